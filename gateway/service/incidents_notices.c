/* SPDX-License-Identifier: Apache-2.0 */
/* Notices and Acknowledge, of the service Incidents: what an agency was told, each with the note
 * that the log's key signed and the receipt of its entry, and what it did about it. Who sent a
 * recall reads the answer; what a source says to having been told stays with the source, since a
 * hidden one would tell by it whom it holds. */
#include "gateway/base/bytes.h"
#include "gateway/base/day.h"
#include "gateway/service/incidents_int.h"

static const int64_t DAY_MS = 86400000;

/* To a recipient the day alone: two of them must not know by it that they were told of one
 * incident. */
struct lg_err service_incident_notice_show(const struct incident_notice *notice, bool is_recipient,
                                           int64_t now_ms, struct arena *arena,
                                           struct wire_incident_notice *out_notice) {
    const struct incident_step *sent = &notice->sent;
    const struct incident_step *answered = &notice->answered;
    size_t count = incident_entry_count(sent);
    *out_notice = (struct wire_incident_notice){
        .number = notice->number,
        .recipient = is_recipient || !sent->is_quiet ? sent->agency : span_of(NULL, 0),
        .sender = is_recipient ? sent->other : span_of(NULL, 0),
        .kind = (enum wire_incident_kind)sent->what,
        .recall = sent->is_recall,
        .sent_ms = is_recipient ? day_of_ms(sent->at_ms) * DAY_MS : sent->at_ms,
        .by_ms = sent->by_ms,
        .system = sent->scope_system,
        .entry_total = (uint32_t)count,
    };
    if (is_recipient || sent->is_recall) {
        out_notice->acknowledged = answered->kind != 0;
        out_notice->outcome = (enum wire_incident_outcome)answered->outcome;
        out_notice->reason = answered->reason;
        out_notice->acknowledged_ms = answered->at_ms;
        out_notice->overdue = answered->kind == 0 && now_ms > sent->by_ms;
    }
    if (!is_recipient) {
        return LG_OK;
    }
    struct wire_incident_entry *entries = arena_array(arena, count, sizeof *entries);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        entries[i].index = incident_entry_at(sent, i);
    }
    out_notice->entries = entries;
    out_notice->entry_count = count;
    return LG_OK;
}

/* ---- Notices ---- */

struct telling {
    struct service_commit commit;
    uint64_t before;
    struct wire_incident_notices_reply reply;
    struct wire_incident_notice *shown; /* those of the reply */
    struct loop_job job;
    struct lg_err err;
};

static struct lg_err note_fill(const struct service_call *call,
                               const struct incident_notice *notice,
                               const struct audit_receipts_under *under,
                               struct wire_incident_notice *out) {
    struct audit_log *log = call->service->worker->gateway->log;
    struct span text;
    TRY(incident_note_write(notice, call->arena, &text));
    TRY(audit_text_sign(log, text, call->arena, &out->note));
    out->has_entry_receipt = true;
    return audit_receipt_under(log, notice->number, under, call->arena, &out->entry_receipt);
}

static struct lg_err rows_show(struct telling *it, const struct store_incident_notices *rows) {
    struct service_call *call = it->commit.call;
    struct arena *arena = call->arena;
    struct audit_receipts_under under;
    it->shown = arena_array(arena, rows->count, sizeof *it->shown);
    TRY(arena_failed(arena));
    it->reply.notices = it->shown;
    it->reply.notice_count = rows->count;
    if (rows->count == 0) {
        return LG_OK;
    }
    TRY(audit_receipts_checkpoint(call->service->worker->gateway->log, rows->items[0].log_index,
                                  arena, &under));
    it->reply.entry_checkpoint = under.checkpoint;
    for (size_t i = 0; i < rows->count; i++) {
        struct incident_notice notice;
        TRY(incident_notice_read(&rows->items[i], &notice));
        TRY(service_incident_notice_show(&notice, true, service_incident_now(call), arena,
                                         &it->shown[i]));
        TRY(note_fill(call, &notice, &under, &it->shown[i]));
    }
    return LG_OK;
}

static struct lg_err notices_make(struct telling *it) {
    struct service_call *call = it->commit.call;
    struct store_incident_notices rows;
    TRY(store_incident_notices_to(call->service->worker->reader, call->caller.agency, it->before,
                                  call->arena, &rows));
    TRY(rows_show(it, &rows));
    if (rows.count == LIMIT_INCIDENT_NOTICE_PAGE) {
        uint8_t *buf = arena_alloc(call->arena, WIRE_INCIDENT_CURSOR_SIZE);
        TRY(arena_failed(call->arena));
        struct writer w = writer_of(buf, WIRE_INCIDENT_CURSOR_SIZE);
        writer_u64(&w, rows.items[rows.count - 1].log_index);
        TRY(writer_end(&w, &it->reply.cursor));
    }
    return LG_OK;
}

static struct lg_err question_add(struct telling *it, struct wire_incident_entry *entry) {
    struct service_call *call = it->commit.call;
    OWN(arena_free) struct arena *scratch = NULL;
    struct request_id id;
    bool found = false;
    TRY(arena_new(4 * AUDIT_ENTRY_SIZE_MAX, &scratch));
    const struct index_part part = {call->caller.agency, entry->index};
    struct lg_err err =
        index_question_find(call->service->worker->gateway->index, &part, scratch, &found, &id);
    if (lg_err_class(err) == LG_CLASS_STORE) {
        return LG_OK; /* the index is made anew just now: a notice stands without it */
    }
    TRY(err);
    if (found) {
        entry->question_id = arena_copy(call->arena, span_of(id.bytes, sizeof id.bytes));
    }
    return arena_failed(call->arena);
}

/* Of recalls alone: of others the recipient is the source. */
static struct lg_err questions_add(struct telling *it) {
    size_t left = LIMIT_INCIDENT_QUESTIONS;
    for (size_t i = 0; i < it->reply.notice_count; i++) {
        struct wire_incident_notice *notice = &it->shown[i];
        struct wire_incident_entry *entries =
            arena_array(it->commit.call->arena, notice->entry_count, sizeof *entries);
        TRY(arena_failed(it->commit.call->arena));
        for (size_t j = 0; j < notice->entry_count; j++) {
            entries[j] = notice->entries[j];
            if (notice->recall && left > 0 && !it->commit.call->is_cancelled) {
                TRY(question_add(it, &entries[j]));
                left--;
            }
        }
        notice->entries = entries;
    }
    return LG_OK;
}

static void questions_work(void *ctx) {
    struct telling *it = ctx;
    it->err = questions_add(it);
}

static void notices_answer(void *ctx) {
    struct telling *it = ctx;
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = it->err;
    if (!lg_failed(err)) {
        err = service_commit_logged(&it->commit, &it->reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_NOTICES, it->commit.call->arena, &it->reply,
                                         &bytes);
    }
    service_commit_answer(&it->commit, err, bytes);
}

static bool has_recall(const struct telling *it) {
    bool has = false;
    for (size_t i = 0; i < it->reply.notice_count; i++) {
        has = has || it->shown[i].recall;
    }
    return has;
}

/* Questions are looked up off the worker; without an index a notice stands without them. */
static void on_notices_logged(struct service_commit *commit) {
    struct telling *it = commit->ctx;
    const struct query_worker *worker = commit->call->service->worker;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    it->err = notices_make(it);
    bool has_index = worker->gateway->index != NULL && index_is_ready(worker->gateway->index);
    if (lg_failed(it->err) || !has_index || !has_recall(it)) {
        notices_answer(it);
        return;
    }
    it->job = (struct loop_job){
        .work = questions_work, .on_done = notices_answer, .ctx = it, .loop = worker->loop};
    loop_pool_send(worker->gateway->bulk, &it->job);
}

void service_incident_notices(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_NOTICES, sizeof(struct wire_incident_notices_request),
        offsetof(struct wire_incident_notices_request, actor)};
    void *decoded = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &decoded);
    if (call == NULL) {
        return;
    }
    const struct wire_incident_notices_request *request = decoded;
    struct telling *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct reader r = reader_of(request->cursor);
    it->commit =
        (struct service_commit){.call = call, .on_committed = on_notices_logged, .ctx = it};
    it->before = request->cursor.len > 0 ? reader_u64(&r) : UINT64_MAX;
    if (lg_failed(reader_end(&r))) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, "cursor: of the reply before this page");
        return;
    }
    struct lg_err err = service_officer_look(&it->commit, "INCIDENT_NOTICES");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

/* ---- Acknowledge ---- */

struct answering {
    struct service_commit commit;
    const struct wire_incident_answer_request *request;
    struct store_incident_notice *row; /* as it was last read; NULL: none of the number */
    struct incident_notice notice;
};

static struct lg_err notice_find(struct answering *it) {
    struct service_call *call = it->commit.call;
    TRY(store_incident_notice_find(call->service->worker->reader, call->caller.agency,
                                   it->request->number, call->arena, &it->row));
    return it->row == NULL ? LG_OK : incident_notice_read(it->row, &it->notice);
}

static void on_answered(struct service_commit *commit) {
    struct answering *it = commit->ctx;
    struct wire_incident_answer_reply reply = {.logged = {.has_receipt = false}};
    struct service_call *call = commit->call;
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = notice_find(it);
    if (!lg_failed(err) &&
        (it->row == NULL || it->row->answer_index != audit_receipt_index(commit->receipt))) {
        audit_receipt_free(&commit->receipt);
        service_refuse(call, GRPC_ABORTED,
                       "Nothing was changed: another answer to this notice came first, or it went "
                       "with an erasure; Notices says which stand");
        return;
    }
    if (!lg_failed(err)) {
        err = service_incident_notice_show(&it->notice, true, service_incident_now(call),
                                           call->arena, &reply.notice);
    }
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_ANSWER, call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

static const char *answer_fault(const struct answering *it) {
    bool notes = it->request->outcome == WIRE_INCIDENT_NOTED;
    if (it->notice.answered.kind != 0) {
        return "number: your agency acknowledged this notice already";
    }
    if (notes == it->notice.sent.is_recall) {
        return "outcome: of a recall destroyed, returned, kept or not-held; of a notice to know "
               "of, "
               "noted";
    }
    return NULL;
}

static struct lg_err answer_commit(struct answering *it) {
    struct incident_step step = {
        .kind = INCIDENT_ACKNOWLEDGE,
        .id = it->notice.sent.id,
        .outcome = (enum incident_outcome)it->request->outcome,
        .has_person = it->row->is_of_person,
        .number = it->request->number,
        .reason = it->request->reason,
    };
    service_incident_actor(it->commit.call, &step);
    return service_incident_commit(&it->commit, &step, 1, &it->row->person);
}

void service_incident_acknowledge(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_ANSWER, sizeof(struct wire_incident_answer_request),
        offsetof(struct wire_incident_answer_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL) {
        return;
    }
    struct answering *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    it->commit = (struct service_commit){.call = call, .on_committed = on_answered, .ctx = it};
    struct lg_err err = notice_find(it);
    if (!lg_failed(err) && it->row == NULL) {
        service_refuse(call, GRPC_NOT_FOUND,
                       "number: your agency has no notice of that number; Notices says which it "
                       "has");
        return;
    }
    const char *fault = lg_failed(err) ? NULL : answer_fault(it);
    if (fault != NULL) {
        service_refuse(call, GRPC_FAILED_PRECONDITION, fault);
        return;
    }
    if (!lg_failed(err)) {
        err = answer_commit(it);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
