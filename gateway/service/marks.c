/* SPDX-License-Identifier: Apache-2.0 */
/* Marks for the rules of misuse: an agency's own staff, and its records that nobody has a reason to
 * see. The entry comes first, then the tokens of the label are replaced. The reply is the same
 * whoever is known behind the tokens: nobody is looked up. */
#include "gateway/base/bytes.h"
#include "gateway/service/service_int.h"
#include "gateway/store/signals.h"
#include "gateway/wire/reviews.h"

struct mark_work {
    struct service_commit commit;
    struct store_mark mark;
    struct store_marked marked;
    struct loop_job job;
    struct lg_err error;
};

static const char full_sentence[] =
    "label: your agency has marked as many as it may; take off those of people who left";

static struct mark_work *work_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct mark_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    work->commit = (struct service_commit){.call = call, .ctx = work};
    return work;
}

/* ---- After the entry ---- */

static void on_put(void *ctx) {
    struct mark_work *work = ctx;
    struct service_commit *commit = &work->commit;
    struct wire_mark_reply reply = {.marked = work->marked.count};
    struct span bytes = span_of(NULL, 0);
    if (!lg_failed(work->error) && work->marked.is_full) {
        struct receipt *receipt = commit->receipt;
        service_refuse(commit->call, GRPC_RESOURCE_EXHAUSTED, full_sentence);
        audit_receipt_free(&receipt);
        return;
    }
    struct lg_err err = work->error;
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_mark_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

static void put_work(void *ctx) {
    struct mark_work *work = ctx;
    struct store *store = work->commit.call->service->worker->gateway->store;
    work->error = store_mark_put(store, &work->mark, &work->marked);
}

static void on_logged(struct service_commit *commit) {
    struct mark_work *work = commit->ctx;
    const struct query_worker *worker = commit->call->service->worker;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    work->job =
        (struct loop_job){.work = put_work, .on_done = on_put, .ctx = work, .loop = worker->loop};
    loop_pool_send(worker->gateway->pool, &work->job);
}

/* ---- The entry ---- */

/* As a search's, with the label where that has its case reference. */
static struct lg_err sealed_make(const struct mark_work *work, struct span *out_sealed) {
    enum { SEALED_SIZE = 1024 };
    const struct caller *caller = &work->commit.call->caller;
    uint8_t *buf = arena_alloc(work->commit.call->arena, SEALED_SIZE);
    TRY(arena_failed(work->commit.call->arena));
    struct writer w = writer_of(buf, SEALED_SIZE);
    writer_u8(&w, 1);
    writer_part(&w, caller->system);
    writer_part(&w, caller->user_id);
    writer_part(&w, caller->role);
    writer_part(&w, caller->display_name);
    writer_part(&w, work->mark.label);
    return writer_end(&w, out_sealed);
}

static struct lg_err mark_commit(struct mark_work *work) {
    struct span agency = work->commit.call->caller.agency;
    bool is_staff = work->mark.kind == STORE_MARK_STAFF;
    bool is_off = work->mark.token_count == 0;
    struct audit_entry_fields fields = {
        .kind = AUDIT_ENROL,
        .requesting_agency = agency,
        .source_agency = agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(is_off     ? (is_staff ? "STAFF_TAKEN_OFF" : "CANARY_TAKEN_OFF")
                            : is_staff ? "STAFF_MARKED"
                                       : "CANARY_MARKED"),
        .record_count = 1,
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(sealed_make(work, &fields.sealed));
    work->commit.on_committed = on_logged;
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){.entries = &fields, .count = 1});
}

/* What is wrong with the request: a sentence, or NULL. */
static const char *mark_read(struct mark_work *work, const struct wire_mark_request *request) {
    bool is_staff = span_equal_text(request->kind, "staff");
    if (!is_staff && !span_equal_text(request->kind, "canary")) {
        return "kind: staff or canary";
    }
    if (!span_is_plain(request->label)) {
        return "label: plain text of one line";
    }
    work->mark = (struct store_mark){
        .agency = work->commit.call->caller.agency,
        .kind = is_staff ? STORE_MARK_STAFF : STORE_MARK_CANARY,
        .label = request->label,
        .token_count = request->token_count,
    };
    return NULL;
}

static struct lg_err tokens_open(struct mark_work *work, const struct wire_mark_request *request) {
    const struct query_gateway *gateway = work->commit.call->service->worker->gateway;
    struct store_token *tokens = NULL;
    if (request->token_count > 0) {
        TRY(locate_tokens_open(gateway->locate, request->tokens, request->token_count,
                               work->commit.call->arena, &tokens));
    }
    work->mark.tokens = tokens;
    return LG_OK;
}

void service_review_mark(void *ctx, struct grpc_call *grpc, struct span message) {
    struct mark_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->commit.call;
    struct wire_mark_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_mark_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.actor)) {
        return;
    }
    const char *fault = mark_read(work, &request);
    if (fault == NULL && lg_failed(tokens_open(work, &request))) {
        fault = "tokens: not such as your connector makes for this gateway";
    }
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    err = mark_commit(work);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
