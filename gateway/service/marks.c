/* SPDX-License-Identifier: Apache-2.0 */
/* Marks for the rules of misuse: an agency's own staff, and its records that nobody has a reason to
 * see. The entry holds the mark, and what it says replaces the label's tokens before it is told, or
 * after a crash at the next start. The reply is the same whoever is known behind the tokens: nobody
 * is looked up. */
#include "gateway/service/service_int.h"
#include "gateway/signals/signals.h"
#include "gateway/store/signals.h"
#include "gateway/wire/reviews.h"

struct mark_work {
    struct service_commit commit;
    struct store_mark mark;
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

/* Whether the label would be one too many. */
static bool is_full(const struct mark_work *work, const struct store_mark_standing *standing) {
    return work->mark.tag_count > 0 && !standing->has && standing->count >= LIMIT_SIGNALS_MARKS;
}

/* ---- After the entry ---- */

/* Of two that came at one moment the second may have found no room. */
static void on_logged(struct service_commit *commit) {
    const struct mark_work *work = commit->ctx;
    struct wire_mark_reply reply = {.marked = 0};
    struct store_mark_standing standing = {.count = 0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err =
        store_mark_standing(commit->call->service->worker->reader, &work->mark, &standing);
    if (!lg_failed(err) && is_full(work, &standing)) {
        struct receipt *receipt = commit->receipt;
        service_refuse(commit->call, GRPC_RESOURCE_EXHAUSTED, full_sentence);
        audit_receipt_free(&receipt);
        return;
    }
    reply.marked = standing.count;
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_mark_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

/* ---- The entry ---- */

static struct lg_err mark_commit(struct mark_work *work) {
    const struct caller *caller = &work->commit.call->caller;
    const struct signals_mark_entry sealed = {.system = caller->system,
                                              .user_id = caller->user_id,
                                              .role = caller->role,
                                              .display_name = caller->display_name,
                                              .mark = work->mark};
    struct audit_entry_fields fields = {
        .kind = AUDIT_ENROL,
        .requesting_agency = caller->agency,
        .source_agency = caller->agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(signals_mark_reason(&work->mark)),
        .record_count = 1,
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(signals_mark_encode(&sealed, work->commit.call->arena, &fields.sealed));
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
    };
    return NULL;
}

static struct lg_err tokens_open(struct mark_work *work, const struct wire_mark_request *request) {
    const struct query_gateway *gateway = work->commit.call->service->worker->gateway;
    struct arena *arena = work->commit.call->arena;
    struct store_token *tokens = NULL;
    struct store_tag *tags = NULL;
    if (request->token_count == 0) {
        return LG_OK;
    }
    TRY(locate_tokens_open(gateway->locate, request->tokens, request->token_count, arena, &tokens));
    tags = arena_array(arena, request->token_count, sizeof *tags);
    TRY(arena_failed(arena));
    TRY(store_mark_tags(gateway->store, tokens, request->token_count, tags));
    work->mark.tags = tags;
    work->mark.tag_count = request->token_count;
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
    struct store_mark_standing standing;
    err = store_mark_standing(call->service->worker->reader, &work->mark, &standing);
    if (!lg_failed(err) && is_full(work, &standing)) {
        service_refuse(call, GRPC_RESOURCE_EXHAUSTED, full_sentence);
        return;
    }
    if (!lg_failed(err)) {
        err = mark_commit(work);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
