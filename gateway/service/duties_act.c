/* SPDX-License-Identifier: Apache-2.0 */
/* Take and Attest, of the service Obligations: what an officer does is an entry for each duty, all
 * of one batch, before it takes effect. What they act on is looked up first, off the worker: a duty
 * is attested as far as it is known then, and what comes later of the same day is open again. */
#include <string.h>

#include "gateway/service/duties_int.h"

/* A page of duties, their acts, and the entries' bodies. */
enum { ACT_ARENA = 2 << 20 };

struct duty_work {
    struct service_commit commit;
    enum wire_duty_method method;
    struct wire_duty_request request;
    struct arena *arena;
    struct loop_job job;
    struct lg_err err;
    struct store_duty duties[LIMIT_DUTY_PAGE];
    bool is_missing;
    struct store_tag missing; /* the first that the agency does not have */
};

static const struct query_worker *worker_of(const struct duty_work *work) {
    return work->commit.call->service->worker;
}

static int64_t now_of(const struct duty_work *work) {
    return clock_wall_ms(&worker_of(work)->gateway->clock);
}

static void work_end(struct duty_work *work) {
    arena_free(&work->arena);
}

static void refuse(struct duty_work *work, enum grpc_status status, const char *sentence) {
    struct service_call *call = work->commit.call;
    work_end(work);
    service_refuse(call, status, sentence);
}

static void refuse_error(struct duty_work *work, struct lg_err err) {
    struct service_call *call = work->commit.call;
    work_end(work);
    service_refuse_error(call, err);
}

/* ---- After the entries ---- */

static struct lg_err reply_make(struct duty_work *work, struct span *out_bytes) {
    struct wire_duty_reply reply = {.duty_count = work->request.duty_count};
    struct wire_duty *shown = arena_array(work->arena, reply.duty_count, sizeof *shown);
    TRY(arena_failed(work->arena));
    for (size_t i = 0; i < reply.duty_count; i++) {
        struct duty_standing standing;
        TRY(service_duty_standing(worker_of(work)->reader, &work->duties[i], now_of(work),
                                  work->arena, &standing));
        TRY(service_duty_show(&standing, false, work->arena, &shown[i]));
    }
    reply.duties = shown;
    TRY(service_commit_logged(&work->commit, &reply.logged));
    return wire_duty_reply_encode(work->method, work->arena, &reply, out_bytes);
}

static void on_acted(struct service_commit *commit) {
    struct duty_work *work = commit->ctx;
    struct arena *arena = work->arena;
    struct span bytes = span_of(NULL, 0);
    if (service_commit_is_durable(commit)) {
        struct lg_err err = reply_make(work, &bytes);
        service_commit_answer(commit, err, bytes);
    }
    arena_free(&arena);
}

/* ---- The entries ---- */

static struct lg_err entry_make(struct duty_work *work, const struct store_duty *duty,
                                struct audit_entry_fields *out_entry) {
    const struct service_call *call = work->commit.call;
    const struct duty_act act = {
        .kind = work->method == WIRE_DUTY_TAKE ? STORE_DUTY_TAKEN : STORE_DUTY_DONE,
        .at_ms = now_of(work),
        .duty = *duty,
        .user_id = call->caller.user_id,
        .role = call->caller.role,
        .outcome = work->request.outcome,
        .reason = work->request.reason,
    };
    *out_entry = (struct audit_entry_fields){
        .kind = AUDIT_DUTY,
        .requesting_agency = call->caller.agency,
        .agreement = query_known_agreement(call->agreements.forces, duty->agreement),
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(duty_act_code(act.kind)),
    };
    vault_random(out_entry->request_id.bytes, sizeof out_entry->request_id.bytes);
    return duty_act_encode(&act, work->arena, &out_entry->sealed);
}

static struct lg_err acts_commit(struct duty_work *work) {
    size_t count = work->request.duty_count;
    struct audit_entry_fields *entries = arena_array(work->arena, count, sizeof *entries);
    TRY(arena_failed(work->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(entry_make(work, &work->duties[i], &entries[i]));
    }
    work->commit.on_committed = on_acted;
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){.entries = entries, .count = count});
}

/* ---- Before them ---- */

/* A person who is to be told is a case: the way to tell them is its own. */
static struct lg_err missing_refuse(struct duty_work *work) {
    struct service_call *call = work->commit.call;
    struct store_review_side side;
    struct review_id id;
    memcpy(id.bytes, work->missing.bytes, sizeof id.bytes);
    TRY(store_review_side_find(worker_of(work)->reader, call->caller.agency, &id, work->arena,
                               &side));
    if (side.is_found && side.is_own) {
        refuse(work, GRPC_FAILED_PRECONDITION,
               "duty_id: this is a review case. Take and close the review; it says whether the "
               "person may be told, and Reviews.Tell records that they were");
    } else {
        refuse(work, GRPC_NOT_FOUND,
               "duty_id: your agency has no duty of that id; ask List for those it has");
    }
    return LG_OK;
}

static struct lg_err over_find(struct duty_work *work, bool *out_over) {
    *out_over = false;
    for (size_t i = 0; i < work->request.duty_count && !*out_over; i++) {
        struct duty_standing standing;
        TRY(service_duty_standing(worker_of(work)->reader, &work->duties[i], now_of(work),
                                  work->arena, &standing));
        *out_over = duty_is_over(&standing);
    }
    return LG_OK;
}

static void on_found(void *ctx) {
    struct duty_work *work = ctx;
    struct lg_err err = work->err;
    bool is_over = false;
    if (!lg_failed(err) && work->is_missing) {
        err = missing_refuse(work);
        if (!lg_failed(err)) {
            return;
        }
    }
    if (!lg_failed(err)) {
        err = over_find(work, &is_over);
    }
    if (!lg_failed(err) && is_over) {
        refuse(work, GRPC_FAILED_PRECONDITION,
               "duty_id: a duty among these is over already; nothing was entered");
        return;
    }
    if (!lg_failed(err)) {
        err = acts_commit(work);
    }
    if (lg_failed(err)) {
        refuse_error(work, err);
    }
}

static struct lg_err duties_find(struct duty_work *work) {
    for (size_t i = 0; i < work->request.duty_count && !work->is_missing; i++) {
        struct store_duty_key key = {.agency = work->commit.call->caller.agency};
        bool found = false;
        memcpy(key.id.bytes, work->request.duties[i].duty_id.bytes, sizeof key.id.bytes);
        TRY(index_duty_find(worker_of(work)->gateway->index, &key, work->arena, &found,
                            &work->duties[i]));
        work->is_missing = !found;
        work->missing = key.id;
    }
    return LG_OK;
}

static void find_work(void *ctx) {
    struct duty_work *work = ctx;
    work->err = duties_find(work);
}

static void run(void *ctx, struct grpc_call *grpc, struct span message,
                enum wire_duty_method method) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct duty_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_report report;
    struct lg_err err =
        wire_duty_request_decode(method, call->arena, message, &report, &work->request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &work->request.actor)) {
        return;
    }
    if (method == WIRE_DUTY_ATTEST && !duty_outcome_is_known(work->request.outcome)) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "outcome: done, attested, kept or not-held, with a sentence");
        return;
    }
    if (!service_duties_have_index(call)) {
        return;
    }
    work->method = method;
    work->commit = (struct service_commit){.call = call, .ctx = work};
    err = arena_new(ACT_ARENA, &work->arena);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return;
    }
    work->job = (struct loop_job){
        .work = find_work, .on_done = on_found, .ctx = work, .loop = worker_of(work)->loop};
    loop_pool_send(worker_of(work)->gateway->bulk, &work->job);
}

void service_duty_take(void *ctx, struct grpc_call *grpc, struct span message) {
    run(ctx, grpc, message, WIRE_DUTY_TAKE);
}

void service_duty_attest(void *ctx, struct grpc_call *grpc, struct span message) {
    run(ctx, grpc, message, WIRE_DUTY_ATTEST);
}
