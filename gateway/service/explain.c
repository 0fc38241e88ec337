/* SPDX-License-Identifier: Apache-2.0 */
/* Explain, of the service Audit: it is a read of the log, and entered there first like any other.
 * Opening sealed parts tries the key of every person of the quarter, so it is done off the worker.
 */
#include "gateway/wire/explain.h"

#include "gateway/service/explain_int.h"

static struct arena *arena_of(const struct explaining *e) {
    return e->search.call->arena;
}

static const struct query_gateway *gateway_of(const struct explaining *e) {
    return e->search.call->service->worker->gateway;
}

static struct span agency_of(const struct explaining *e) {
    return e->search.call->caller.agency;
}

/* ---- finding the entry ---- */

enum { SCAN_STEP = 64, SCAN_ARENA = SCAN_STEP * 2 * LIMIT_AUDIT_ENTRY };

static bool is_question(const struct audit_entry *entry) {
    return !entry->is_part && (entry->kind == AUDIT_ASK || entry->kind == AUDIT_DENIAL);
}

/* Entries from `from` down, at most SCAN_STEP of them, in memory of their own. */
static struct lg_err scan_step(struct explaining *e, uint64_t *from, bool *out_found) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(SCAN_ARENA, &arena));
    for (size_t i = 0; i<SCAN_STEP && * from> 0 && !*out_found; i++) {
        struct audit_entry entry;
        struct span leaf;
        (*from)--;
        TRY(audit_entry_get(gateway_of(e)->log, *from, arena, &leaf));
        TRY(audit_entry_decode(leaf, &entry));
        *out_found = is_question(&entry) && span_equal(entry.requesting_agency, agency_of(e)) &&
                     span_equal(span_of(entry.request_id.bytes, sizeof entry.request_id.bytes),
                                e->request_id);
    }
    return LG_OK;
}

static struct lg_err index_find(struct explaining *e) {
    uint64_t from = audit_size(gateway_of(e)->log);
    uint64_t least = from > LIMIT_SERVICE_EXPLAIN_SCAN ? from - LIMIT_SERVICE_EXPLAIN_SCAN : 0;
    bool found = false;
    while (!found && from > least) {
        TRY(scan_step(e, &from, &found));
    }
    e->index = from;
    e->end = found ? EXPLAIN_DONE : EXPLAIN_NOT_FOUND;
    return LG_OK;
}

/* ---- whose it is ---- */

/* An officer of the source reads that side; anybody of the agency that asked reads the other. */
static struct lg_err reader_find(struct explaining *e, const struct audit_entry *entry) {
    bool asked = span_equal(entry->requesting_agency, agency_of(e));
    bool is_officer = e->search.call->caller.kind == SYSTEM_OFFICER;
    if (entry->is_part) {
        TRY(audit_entry_is_asked_by(gateway_of(e)->log, entry, agency_of(e), &asked));
    }
    if (asked) {
        e->reader = POLICY_READER_REQUESTER;
    } else if (entry->is_part && is_officer && span_equal(entry->source_agency, agency_of(e))) {
        e->reader = POLICY_READER_SOURCE;
    } else {
        e->end = EXPLAIN_NOT_YOURS;
    }
    return LG_OK;
}

/* ---- the explanation ---- */

static struct lg_err explain(struct explaining *e) {
    struct audit_entry entry;
    struct span leaf;
    if (e->request_id.len > 0) {
        TRY(index_find(e));
    }
    if (e->end != EXPLAIN_DONE) {
        return LG_OK;
    }
    TRY(audit_entry_get(gateway_of(e)->log, e->index, arena_of(e), &leaf));
    TRY(audit_entry_decode(leaf, &entry));
    TRY(reader_find(e, &entry));
    e->denied = !entry.is_part && entry.kind == AUDIT_DENIAL ? entry.reason : span_of(NULL, 0);
    if (e->end == EXPLAIN_DONE && !entry.is_part && !is_question(&entry)) {
        e->end = EXPLAIN_NO_DECISION;
    }
    return e->end == EXPLAIN_DONE ? explaining_make(e, leaf) : LG_OK;
}

/* ---- the answer ---- */

static void verdict_set(struct explaining *e) {
    static const struct {
        const char *code;
        const char *sentence;
    } ends[] = {
        [EXPLAIN_NOT_YOURS] = {"NOT_YOUR_ENTRY",
                               "This entry is not about a question of your agency or to it."},
        [EXPLAIN_NOT_FOUND] =
            {"NOT_FOUND", "No question of your agency with this request id is among the newest "
                          "entries; give the index of its receipt."},
        [EXPLAIN_NO_DECISION] = {"NO_DECISION", "This entry holds no decision to explain."},
        [EXPLAIN_ERASED] = {"ERASED", "What this entry sealed was erased with the person's keys."},
        [EXPLAIN_NO_TEXT] = {"TEXT_NOT_HERE",
                             "The text that decided is not here as it was: its file is broken, or "
                             "that of its floor or register. Explain it with the texts of that "
                             "time."},
        [EXPLAIN_CUT] = {"NOT_RECORDED_IN_FULL",
                         "This decision cannot be shown again in full, because more texts or facts "
                         "bore on it than its record holds. What it was stands in its receipt."},
    };
    e->reply.verdict = e->search.verdict;
    e->reply.verdict.decision = DECISION_PERMIT;
    e->reply.index = e->index;
    e->reply.reader = span_text(e->reader == POLICY_READER_SOURCE ? "source" : "requester");
    if (e->end != EXPLAIN_DONE) {
        e->reply.verdict.decision = DECISION_REFUSE;
        e->reply.verdict.code = span_text(ends[e->end].code);
        e->reply.verdict.sentence = span_text(ends[e->end].sentence);
        e->reply.verdict.remedy = span_of(NULL, 0);
        e->reply.reader = span_of(NULL, 0);
    }
}

static void answer(struct explaining *e) {
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_search_logged(&e->search, &e->reply.logged);
    if (!lg_failed(err)) {
        err = wire_explain_reply_encode(arena_of(e), &e->reply, &bytes);
    }
    explaining_done(e);
    service_search_answer(&e->search, err, bytes);
}

static void work(void *ctx) {
    struct explaining *e = ctx;
    e->err = explain(e);
}

static void on_worked(void *ctx) {
    struct explaining *e = ctx;
    if (!lg_failed(e->err)) {
        verdict_set(e);
        answer(e);
        return;
    }
    explaining_done(e);
    audit_receipt_free(&e->search.receipt);
    if (lg_err_class(e->err) == LG_CLASS_INPUT) {
        service_refuse(e->search.call, GRPC_OUT_OF_RANGE,
                       "index: outside the log; ask Checkpoint for its size");
    } else {
        service_refuse_error(e->search.call, e->err);
    }
}

static void on_logged(struct service_search *search) {
    struct explaining *e = (struct explaining *)search;
    if (search->is_refused) {
        e->reply.verdict = search->verdict;
        answer(e);
        return;
    }
    e->job = (struct loop_job){
        .work = work, .on_done = on_worked, .ctx = e, .loop = search->call->service->worker->loop};
    loop_pool_send(gateway_of(e)->bulk, &e->job);
}

void service_audit_explain(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_explain_request request = {.index = 0};
    struct wire_report report;
    struct lg_err err = wire_explain_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_authenticate(call, &request.ground.actor)) {
        return;
    }
    if (request.request_id.len != 0 && request.request_id.len != MODEL_REQUEST_ID_SIZE) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, "request_id: 16 bytes, or none and an index");
        return;
    }
    struct explaining *e = arena_alloc(call->arena, sizeof *e);
    if (e == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    e->index = request.index;
    e->request_id = request.request_id;
    e->search = (struct service_search){
        .call = call, .question = {.ground = request.ground}, .on_located = on_logged};
    vault_random(e->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&e->search);
}
