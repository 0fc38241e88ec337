/* SPDX-License-Identifier: Apache-2.0 */
/* Enrol and Retire: a party's own people into the index and out of it. Nobody is enrolled without
 * an `enrol` clause in force. The stream stands still while a batch is written; what was written
 * stays when the stream breaks, with its entry in the log, and sending it again is harmless. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/subjects.h"

struct enrolment {
    struct service_call *call;
    struct arena *batch_arena; /* of the records that wait; new for each batch */
    struct span agreement;
    bool has_header;
    bool has_ended;  /* the client sent all */
    bool is_writing; /* a batch is at the pool, or its changes on their way into the log */
    bool is_logged;  /* the entry of what was taken is written or under way */
    struct policy_enrolment allowed;
    struct store_record records[LIMIT_SERVICE_ENROL_BATCH];
    struct wire_enrol_record waiting[LIMIT_SERVICE_ENROL_BATCH];
    uint64_t lines[LIMIT_SERVICE_ENROL_BATCH];
    struct store_enrolled results[LIMIT_SERVICE_ENROL_BATCH];
    struct audit_scope changed[AUDIT_CONDITION_MAX]; /* scopes of persons that became one */
    size_t changed_count;
    bool changed_all;
    size_t waiting_count;
    size_t record_count;
    struct lg_err error;
    struct loop_job job;
    struct service_commit commit;
    struct service_commit batch_commit;
    struct wire_rejected_line rejected[LIMIT_SERVICE_REJECTED];
    struct wire_enrol_reply reply;
};

static struct enrolment *enrolment_of(struct grpc_call *call) {
    struct service_call *begun = grpc_call_ctx(call);
    return begun == NULL ? NULL : begun->work;
}

static void enrolment_end(struct enrolment *enrolment) {
    struct service_call *call = enrolment->call;
    arena_free(&enrolment->batch_arena);
    service_call_end(&call);
}

static void enrolment_leave(struct enrolment *enrolment);

static void enrolment_refuse(struct enrolment *enrolment, enum grpc_status status,
                             const char *message) {
    grpc_call_finish(enrolment->call->call, status, message);
    enrolment_leave(enrolment);
}

static void reject(struct enrolment *enrolment, uint64_t line, const char *code,
                   const char *sentence) {
    enrolment->reply.rejected++;
    if (enrolment->reply.rejected_line_count < LIMIT_SERVICE_REJECTED) {
        enrolment->rejected[enrolment->reply.rejected_line_count++] = (struct wire_rejected_line){
            .line = line, .code = span_text(code), .sentence = span_text(sentence)};
    }
}

/* On the pool: opens the tokens of each record and writes those that are whole. */
static void batch_open(struct enrolment *enrolment) {
    const struct query_gateway *gateway = enrolment->call->service->worker->gateway;
    int64_t now_ms = clock_wall_ms(&gateway->clock);
    enrolment->record_count = 0;
    for (size_t i = 0; i < enrolment->waiting_count; i++) {
        const struct wire_enrol_record *waiting = &enrolment->waiting[i];
        struct store_token *tokens = NULL;
        struct store_opt_out opt_out;
        bool allowed = true;
        for (size_t j = 0; j < waiting->token_count; j++) {
            unsigned bit = 1U << waiting->tokens[j].token_class;
            allowed = allowed && (enrolment->allowed.classes & bit) != 0;
        }
        if (!allowed) {
            reject(enrolment, waiting->line, "CLASS_NOT_ALLOWED",
                   "The enrol clause does not allow a token class of this line.");
        } else if (waiting->reference.len != STORE_REFERENCE_SIZE) {
            reject(enrolment, waiting->line, "REFERENCE_SIZE",
                   "The sealed reference does not have the one size that references have.");
        } else if (!service_opt_out_read(waiting, now_ms, &opt_out)) {
            reject(enrolment, waiting->line, "OPT_OUT",
                   "An opt-out goes with the day of its result, YYYY-MM-DD and not after today.");
        } else if (lg_failed(locate_tokens_open(gateway->locate, waiting->tokens,
                                                waiting->token_count, enrolment->batch_arena,
                                                &tokens))) {
            reject(enrolment, waiting->line, "TOKEN_NOT_OURS",
                   "A token is not sealed to this index, or not what it says it is.");
        } else {
            enrolment->lines[enrolment->record_count] = waiting->line;
            enrolment->records[enrolment->record_count++] = (struct store_record){
                .record_tag = waiting->record_tag,
                .reference = waiting->reference,
                .tokens = tokens,
                .token_count = waiting->token_count,
                .opt_out = opt_out,
            };
        }
    }
}

static void batch_work(void *ctx) {
    struct enrolment *enrolment = ctx;
    const struct query_gateway *gateway = enrolment->call->service->worker->gateway;
    batch_open(enrolment);
    enrolment->error = LG_OK;
    if (enrolment->record_count == 0) {
        return;
    }
    int64_t now_ms = clock_wall_ms(&gateway->clock);
    const struct store_enrolment batch = {
        .agency = enrolment->call->caller.agency,
        .agreement = enrolment->agreement,
        .now_ms = now_ms,
        .quarter = audit_quarter(now_ms),
        .records = enrolment->records,
        .count = enrolment->record_count,
    };
    enrolment->error = store_enrol(gateway->store, &batch, enrolment->results);
}

static void results_count(struct enrolment *enrolment) {
    for (size_t i = 0; i < enrolment->record_count; i++) {
        switch (enrolment->results[i].how) {
        case STORE_ADDED:
            enrolment->reply.added++;
            break;
        case STORE_UPDATED:
            enrolment->reply.updated++;
            break;
        case STORE_UNCHANGED:
            enrolment->reply.unchanged++;
            break;
        case STORE_DUPLICATE:
            reject(enrolment, enrolment->lines[i], "SECOND_RECORD",
                   "This agency has another record of the same person in the index.");
            break;
        }
    }
}

static void enrolment_finish(struct enrolment *enrolment);
static void batch_begin(struct enrolment *enrolment);

static void batch_refuse(struct enrolment *enrolment) {
    struct query_end end = query_end_of_error(enrolment->error);
    enrolment_refuse(enrolment, end.status,
                     lg_err_class(enrolment->error) == LG_CLASS_INPUT
                         ? "A record of the batch breaks the contract; nothing of the batch was "
                           "taken"
                         : end.message);
}

static void batch_end(struct enrolment *enrolment) {
    enrolment->is_writing = false;
    if (enrolment->call->is_cancelled) {
        enrolment_leave(enrolment);
        return;
    }
    if (lg_failed(enrolment->error)) {
        batch_refuse(enrolment);
        return;
    }
    enrolment->waiting_count = 0;
    arena_free(&enrolment->batch_arena);
    if (enrolment->has_ended) {
        enrolment_finish(enrolment);
    } else {
        grpc_call_resume(enrolment->call->call);
    }
}

static void on_batch_logged(struct service_commit *commit) {
    struct enrolment *enrolment = commit->ctx;
    if (commit->receipt == NULL) {
        enrolment->error = lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
    }
    audit_receipt_free(&commit->receipt);
    batch_end(enrolment);
}

/* What an entry says of what one call did to the index. */
struct enrol_entry {
    struct span agreement;
    const char *reason;
    uint64_t count;
    const struct enrolment *merges; /* the scopes that changed, or NULL */
};

static struct lg_err entry_commit(struct service_commit *commit, const struct enrol_entry *entry) {
    struct audit_entry_fields fields = {
        .kind = AUDIT_ENROL,
        .requesting_agency = commit->call->caller.agency,
        .source_agency = commit->call->caller.agency,
        .agreement = entry->agreement,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(entry->reason),
        .record_count = entry->count > UINT32_MAX ? UINT32_MAX : (uint32_t)entry->count,
    };
    struct audit_batch batch = {.entries = &fields, .count = 1};
    if (entry->merges != NULL) {
        batch.changed = entry->merges->changed;
        batch.changed_count = entry->merges->changed_count;
        batch.changed_all = entry->merges->changed_all;
    }
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    return service_commit_begin(commit, &batch);
}

/* Every id that the person ever had: a grant in flight rests on the one that it was located by. */
static struct lg_err merge_note(struct enrolment *enrolment, const struct person_id *person) {
    struct store_tag *scopes = NULL;
    size_t count = 0;
    TRY(consent_scopes_person(enrolment->call->service->worker->reader, person,
                              enrolment->batch_arena, &scopes, &count));
    if (count > AUDIT_CONDITION_MAX - enrolment->changed_count) {
        enrolment->changed_all = true;
        return LG_OK;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(enrolment->changed[enrolment->changed_count++].bytes, scopes[i].bytes,
               AUDIT_SCOPE_SIZE);
    }
    return LG_OK;
}

/* An update may make two persons one: then what is refused or withdrawn for one counts for both,
 * and grants made before are stale; so are those made before the person opted out. Each batch with
 * updates has its entry, merged or not: how many there are must not tell that somebody is known
 * elsewhere. */
static struct lg_err batch_log(struct enrolment *enrolment, uint64_t updated) {
    enrolment->changed_count = 0;
    enrolment->changed_all = false;
    for (size_t i = 0; i < enrolment->record_count; i++) {
        if (enrolment->results[i].is_merged || enrolment->results[i].is_opted_out) {
            TRY(merge_note(enrolment, &enrolment->results[i].person));
        }
    }
    enrolment->batch_commit = (struct service_commit){
        .call = enrolment->call, .on_committed = on_batch_logged, .ctx = enrolment};
    const struct enrol_entry entry = {.agreement = enrolment->agreement,
                                      .reason = "UPDATED",
                                      .count = updated,
                                      .merges = enrolment};
    return entry_commit(&enrolment->batch_commit, &entry);
}

static void on_batch(void *ctx) {
    struct enrolment *enrolment = ctx;
    if (lg_failed(enrolment->error)) {
        batch_end(enrolment);
        return;
    }
    uint64_t updated = enrolment->reply.updated;
    results_count(enrolment);
    updated = enrolment->reply.updated - updated;
    if (updated > 0) {
        enrolment->error = batch_log(enrolment, updated);
    }
    if (updated == 0 || lg_failed(enrolment->error)) {
        batch_end(enrolment);
    }
}

static void batch_begin(struct enrolment *enrolment) {
    const struct query_worker *worker = enrolment->call->service->worker;
    grpc_call_pause(enrolment->call->call);
    enrolment->is_writing = true;
    enrolment->job = (struct loop_job){
        .work = batch_work, .on_done = on_batch, .ctx = enrolment, .loop = worker->loop};
    loop_pool_send(worker->gateway->bulk, &enrolment->job);
}

static void on_enrol_logged(struct service_commit *commit) {
    struct enrolment *enrolment = commit->ctx;
    if (commit->receipt == NULL) {
        enrolment_refuse(enrolment, GRPC_UNAVAILABLE,
                         "The people were taken, but the log takes no entries now: send again");
        return;
    }
    struct arena *arena = enrolment->call->arena;
    struct wire_logged *logged = &enrolment->reply.logged;
    logged->has_receipt = true;
    logged->checkpoint = audit_receipt_checkpoint(commit->receipt);
    enrolment->reply.rejected_lines = enrolment->rejected;
    struct span bytes = span_of(NULL, 0);
    struct lg_err err =
        audit_receipt_form(commit->receipt, span_of(NULL, 0), arena, &logged->receipt);
    if (!lg_failed(err)) {
        err = wire_enrol_reply_encode(arena, &enrolment->reply, &bytes);
    }
    struct receipt *receipt = commit->receipt;
    arena_free(&enrolment->batch_arena);
    service_answer(enrolment->call, err, bytes);
    audit_receipt_free(&receipt);
}

static uint64_t enrolment_taken(const struct enrolment *enrolment) {
    return enrolment->reply.added + enrolment->reply.updated;
}

static struct lg_err enrolment_log(struct enrolment *enrolment,
                                   void (*on_committed)(struct service_commit *commit)) {
    enrolment->is_logged = true;
    enrolment->commit = (struct service_commit){
        .call = enrolment->call, .on_committed = on_committed, .ctx = enrolment};
    return entry_commit(&enrolment->commit,
                        &(struct enrol_entry){.agreement = enrolment->agreement,
                                              .reason = "ENROLLED",
                                              .count = enrolment_taken(enrolment)});
}

static void on_leaving_logged(struct service_commit *commit) {
    audit_receipt_free(&commit->receipt);
    enrolment_end(commit->ctx);
}

/* The stream ended without its end: what was taken by then is in the index, so it has its entry. */
static void enrolment_leave(struct enrolment *enrolment) {
    if (enrolment->is_logged || enrolment_taken(enrolment) == 0 ||
        lg_failed(enrolment_log(enrolment, on_leaving_logged))) {
        enrolment_end(enrolment);
    }
}

static void enrolment_finish(struct enrolment *enrolment) {
    struct lg_err err = enrolment_log(enrolment, on_enrol_logged);
    if (lg_failed(err)) {
        struct query_end end = query_end_of_error(err);
        enrolment_refuse(enrolment, end.status, end.message);
    }
}

void service_enrol_open(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct enrolment *enrolment = arena_alloc(call->arena, sizeof *enrolment);
    if (enrolment == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    enrolment->call = call;
    if (service_authenticate_system(call) && !service_is_stopped(call)) {
        call->work = enrolment;
    }
}

/* Looked up for every message: a stream may last longer than what it was begun under. */
static bool enrolment_find(const struct enrolment *enrolment, struct agreement_forces forces,
                           struct policy_enrolment *out_allowed) {
    const struct query_gateway *gateway = enrolment->call->service->worker->gateway;
    int64_t now_s = clock_wall_ms(&gateway->clock) / 1000;
    const struct policy_force *force = agreement_forces_find(forces, enrolment->agreement);
    if (force == NULL) {
        return false;
    }
    *out_allowed =
        policy_enrol_find(force, 1, enrolment->call->caller.agency, span_text(""), now_s);
    return out_allowed->refusal == POLICY_REASON_NONE;
}

static void header_take(struct enrolment *enrolment, const struct wire_enrol_header *header) {
    enrolment->has_header = true;
    enrolment->agreement = arena_copy(enrolment->call->arena, header->agreement);
    if (enrolment_find(enrolment, enrolment->call->agreements.forces, &enrolment->allowed)) {
        return;
    }
    enrolment_refuse(enrolment, GRPC_PERMISSION_DENIED,
                     "header.agreement: no agreement of that id is in force with an enrol clause "
                     "for this party");
}

/* Copied out of the message's arena: it waits for its batch. */
static bool record_keep(struct enrolment *enrolment, const struct wire_enrol_record *record) {
    struct arena *arena = enrolment->batch_arena;
    struct token *tokens = arena_array(arena, record->token_count, sizeof *tokens);
    if (tokens == NULL) {
        return false;
    }
    for (size_t i = 0; i < record->token_count; i++) {
        tokens[i] = record->tokens[i];
        tokens[i].sealed = arena_copy(arena, record->tokens[i].sealed);
    }
    struct wire_enrol_record *kept = &enrolment->waiting[enrolment->waiting_count++];
    *kept = *record;
    kept->reference = arena_copy(arena, record->reference);
    kept->opt_out_day = arena_copy(arena, record->opt_out_day);
    kept->tokens = tokens;
    return !lg_failed(arena_failed(arena));
}

static void message_take(struct enrolment *enrolment, const struct wire_enrol_request *request) {
    if (request->kind == WIRE_ENROL_HEADER) {
        if (enrolment->has_header) {
            enrolment_refuse(enrolment, GRPC_INVALID_ARGUMENT,
                             "header: only the first message of the stream is one");
        } else {
            header_take(enrolment, &request->header);
        }
        return;
    }
    if (!enrolment->has_header) {
        enrolment_refuse(enrolment, GRPC_INVALID_ARGUMENT,
                         "header: the first message of the stream has to be one");
        return;
    }
    struct policy_enrolment allowed;
    if (!enrolment_find(enrolment, query_agreements_now(enrolment->call->service->worker),
                        &allowed)) {
        enrolment_refuse(enrolment, GRPC_ABORTED, query_agreements_end().message);
        return;
    }
    enrolment->reply.received++;
    if (!record_keep(enrolment, &request->record)) {
        enrolment_refuse(enrolment, GRPC_RESOURCE_EXHAUSTED, "The gateway is short of memory");
    } else if (enrolment->waiting_count == LIMIT_SERVICE_ENROL_BATCH) {
        batch_begin(enrolment);
    }
}

void service_enrol_message(void *ctx, struct grpc_call *grpc, struct span message) {
    (void)ctx;
    struct enrolment *enrolment = enrolment_of(grpc);
    if (enrolment == NULL) {
        return;
    }
    struct wire_enrol_request request = {0};
    struct wire_report report;
    struct arena *arena = NULL;
    if (lg_failed(arena_new(LIMIT_SERVICE_MESSAGE_ARENA, &arena)) ||
        (enrolment->batch_arena == NULL &&
         lg_failed(arena_new(LIMIT_QUERY_ARENA, &enrolment->batch_arena)))) {
        arena_free(&arena);
        enrolment_refuse(enrolment, GRPC_RESOURCE_EXHAUSTED, "The gateway is short of memory");
        return;
    }
    struct lg_err err = wire_enrol_request_decode(arena, message, &report, &request);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        enrolment_refuse(enrolment, GRPC_INVALID_ARGUMENT, report.sentence);
    } else if (lg_failed(err)) {
        enrolment_refuse(enrolment, GRPC_RESOURCE_EXHAUSTED, "The gateway is short of memory");
    } else {
        message_take(enrolment, &request);
    }
    arena_free(&arena);
}

void service_enrol_end(void *ctx, struct grpc_call *grpc) {
    (void)ctx;
    struct enrolment *enrolment = enrolment_of(grpc);
    if (enrolment == NULL) {
        return;
    }
    enrolment->has_ended = true;
    if (!enrolment->has_header) {
        enrolment_refuse(enrolment, GRPC_INVALID_ARGUMENT,
                         "header: the first message of the stream has to be one");
    } else if (enrolment->waiting_count > 0 && !enrolment->is_writing) {
        batch_begin(enrolment);
    } else if (!enrolment->is_writing) {
        enrolment_finish(enrolment);
    }
}

void service_enrol_cancel(void *ctx, struct grpc_call *grpc, enum grpc_status why) {
    (void)ctx;
    (void)why;
    struct enrolment *enrolment = enrolment_of(grpc);
    if (enrolment == NULL) {
        return;
    }
    enrolment->call->is_cancelled = true;
    if (!enrolment->is_writing && !enrolment->is_logged) {
        enrolment_leave(enrolment);
    }
}

/* ---- Retire ---- */

struct retirement {
    struct service_call *call;
    struct span agreement;
    struct record_tag *tags;
    size_t tag_count;
    size_t retired;
    struct lg_err error;
    struct loop_job job;
    struct service_commit commit;
};

static void retire_work(void *ctx) {
    struct retirement *retirement = ctx;
    retirement->error = store_retire(retirement->call->service->worker->gateway->store,
                                     retirement->call->caller.agency, retirement->tags,
                                     retirement->tag_count, &retirement->retired);
}

static void on_retire_logged(struct service_commit *commit) {
    struct retirement *retirement = commit->ctx;
    if (commit->receipt == NULL) {
        service_refuse(retirement->call, GRPC_UNAVAILABLE,
                       "The people were retired, but the log takes no entries now: send again");
        return;
    }
    struct wire_retire_reply reply = {
        .retired = retirement->retired,
        .unknown = retirement->tag_count - retirement->retired,
        .logged = {.has_receipt = true, .checkpoint = audit_receipt_checkpoint(commit->receipt)},
    };
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = audit_receipt_form(commit->receipt, span_of(NULL, 0),
                                           retirement->call->arena, &reply.logged.receipt);
    if (!lg_failed(err)) {
        err = wire_retire_reply_encode(retirement->call->arena, &reply, &bytes);
    }
    struct receipt *receipt = commit->receipt;
    service_answer(retirement->call, err, bytes);
    audit_receipt_free(&receipt);
}

static void on_retired(void *ctx) {
    struct retirement *retirement = ctx;
    struct lg_err err = retirement->error;
    retirement->commit = (struct service_commit){
        .call = retirement->call, .on_committed = on_retire_logged, .ctx = retirement};
    if (!lg_failed(err)) {
        err = entry_commit(&retirement->commit,
                           &(struct enrol_entry){.agreement = retirement->agreement,
                                                 .reason = "RETIRED",
                                                 .count = retirement->retired});
    }
    if (lg_failed(err)) {
        service_refuse_error(retirement->call, err);
    }
}

static struct lg_err retirement_fill(struct retirement *retirement,
                                     const struct wire_retire_request *request) {
    size_t count = request->record_tags.count;
    retirement->tags = arena_array(retirement->call->arena, count, sizeof *retirement->tags);
    TRY(arena_failed(retirement->call->arena));
    for (size_t i = 0; i < count; i++) {
        memcpy(retirement->tags[i].bytes, request->record_tags.items[i].ptr, MODEL_RECORD_TAG_SIZE);
    }
    retirement->tag_count = count;
    retirement->agreement =
        query_known_agreement(retirement->call->agreements.forces, request->agreement);
    return LG_OK;
}

void service_retire(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_retire_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_retire_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) || !service_authenticate_system(call) ||
        service_is_stopped(call)) {
        return;
    }
    struct retirement *retirement = arena_alloc(call->arena, sizeof *retirement);
    err = arena_failed(call->arena);
    if (!lg_failed(err)) {
        retirement->call = call;
        err = retirement_fill(retirement, &request);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return;
    }
    retirement->job = (struct loop_job){.work = retire_work,
                                        .on_done = on_retired,
                                        .ctx = retirement,
                                        .loop = call->service->worker->loop};
    loop_pool_send(call->service->worker->gateway->bulk, &retirement->job);
}
