/* SPDX-License-Identifier: Apache-2.0 */
/* Export, of the service Audit: the entries of the officer's own side with their proofs, as a
 * stream. The line is that of Search: policy, a durable SEARCH with its reason, and only then the
 * look; nothing is sent before. Then page after page from the index, the newest entry first, all
 * under one checkpoint.
 *
 *   reading   on the pool: a page is found and encoded      then sending
 *   sending   on the loop: messages go out                  then waiting, reading, or the end
 *   waiting   the reader's window is full                   then sending
 *
 * A stream holds one page, encoded, beside what its connection holds for it, whether its reader is
 * slow or not. What was destroyed while a page waited is not sent: the page is read anew. Who is
 * stopped, or whose agreement ends, gets no further page. */
#include "gateway/access/access.h"
#include "gateway/service/audit_look.h"
#include "gateway/service/hits.h"
#include "gateway/service/service_int.h"

enum {
    READ_ARENA = 48 << 20, /* as of a search: entries past the index, and their keys */
    /* Of a message: a leaf of the longest, its detail, a path, and names. */
    MESSAGE_SIZE = 4 * AUDIT_ENTRY_SIZE_MAX,
    PAGE_ARENA = LIMIT_SERVICE_EXPORT_PAGE * (MESSAGE_SIZE + LIMIT_SERVICE_MESSAGE_ARENA / 8),
    KEPT_ARENA = 4 * LIMIT_WIRE_NOTE + LIMIT_SERVICE_MESSAGE_ARENA,
};

static const char busy_sentence[] =
    "your agency, or all together, export as much of the log as may be at once: try again when one "
    "of them has ended";

/* A message of the page. */
struct export_message {
    uint64_t position;
    struct span bytes;
};

struct audit_export {
    struct service_search search; /* first */
    struct audit_export *next;    /* in the service */
    struct wire_audit_search_request request;
    struct index_query query;
    struct loop_job job;
    bool is_reading;
    struct lg_err err;
    struct arena *kept; /* as long as the stream: checkpoint and first message */
    struct audit_receipts_under under;
    struct span begin; /* the first message; empty once it was sent */
    bool has_begun;
    uint64_t covered;
    struct arena *page; /* NULL: none */
    struct export_message messages[LIMIT_SERVICE_EXPORT_PAGE];
    size_t count;
    size_t sent;
    bool is_last;
    uint64_t forgets; /* when the page was read */
};

static struct service_call *call_of(const struct audit_export *it) {
    return it->search.call;
}

static const struct query_gateway *gateway_of(const struct audit_export *it) {
    return call_of(it)->service->worker->gateway;
}

/* ---- those under way ---- */

static bool has_room(const struct service_call *call) {
    size_t all = 0;
    size_t own = 0;
    for (const struct audit_export *it = call->service->exports; it != NULL; it = it->next) {
        all++;
        own += span_equal(call_of(it)->caller.agency, call->caller.agency) ? 1 : 0;
    }
    return all < LIMIT_SERVICE_EXPORTS && own < LIMIT_SERVICE_EXPORTS_AGENCY;
}

static void list_add(struct audit_export *it) {
    it->next = call_of(it)->service->exports;
    call_of(it)->service->exports = it;
}

static void list_drop(struct audit_export *it) {
    struct audit_export **place = &call_of(it)->service->exports;
    while (*place != it) {
        place = &(*place)->next;
    }
    *place = it->next;
}

/* NULL: it has not come so far, or is over. */
static struct audit_export *export_of(struct service *service, const struct grpc_call *call) {
    struct audit_export *it = service->exports;
    while (it != NULL && call_of(it)->call != call) {
        it = it->next;
    }
    return it;
}

/* ---- the end ---- */

static void export_end(struct audit_export *it, enum grpc_status status, const char *message) {
    struct arena *kept = it->kept;
    struct arena *page = it->page;
    list_drop(it);
    audit_receipt_free(&it->search.receipt);
    service_refuse(call_of(it), status, message);
    arena_free(&page);
    arena_free(&kept);
}

static void export_fail(struct audit_export *it, struct lg_err err) {
    struct query_end end = query_end_of_error(err);
    export_end(it, end.status, end.message);
}

/* ---- a page, on the pool ---- */

static bool is_left(void *ctx) {
    const struct audit_export *it = ctx;
    return call_of(it)->is_cancelled;
}

static struct lg_err begin_make(struct audit_export *it) {
    struct wire_audit_export_reply reply = {.has_begin = true};
    struct wire_audit_export_begin *begin = &reply.begin;
    struct wire_logged logged = {.has_receipt = false};
    *begin = (struct wire_audit_export_begin){.verdict = it->search.verdict,
                                              .covered_size = it->covered,
                                              .checkpoint = it->under.checkpoint};
    if (!it->search.is_refused) {
        begin->verdict.decision = DECISION_PERMIT;
    }
    TRY(service_search_logged(&it->search, &logged));
    begin->has_search_receipt = logged.has_receipt;
    begin->search_receipt = logged.receipt;
    begin->search_checkpoint = logged.checkpoint;
    return wire_audit_export_reply_encode(it->kept, &reply, &it->begin);
}

/* The checkpoint of the whole export: that of the newest entry which the first page covers. */
static struct lg_err first_make(struct audit_export *it, const struct index_found *found) {
    it->covered = found->covered < it->query.before ? found->covered : it->query.before;
    TRY(audit_receipts_checkpoint(gateway_of(it)->log, found->covered - 1, it->kept, &it->under));
    it->has_begun = true;
    return begin_make(it);
}

static struct lg_err message_add(struct audit_export *it, const struct index_hit *found,
                                 struct arena *scratch) {
    struct service_hit hit;
    struct export_message *message = &it->messages[it->count];
    TRY(service_hit_make(call_of(it), found, &it->under, scratch, &hit));
    if (!hit.is_own) {
        return LG_OK;
    }
    const struct wire_audit_export_reply reply = {
        .has_entry = true, .entry = hit.entry, .hit = hit.hit};
    TRY(wire_audit_export_reply_encode(it->page, &reply, &message->bytes));
    message->position = found->side.position;
    it->count++;
    return LG_OK;
}

/* An index that was begun anew since the first page does not go so far any more: what it lacks must
 * not look like nothing. */
static bool is_short(const struct audit_export *it, const struct index_found *found) {
    return it->has_begun && found->covered < it->query.before;
}

static struct lg_err page_fill(struct audit_export *it, struct arena *scratch) {
    struct index_found found;
    TRY(index_find(gateway_of(it)->index, &it->query, scratch, &found));
    if (is_short(it, &found)) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
    }
    if (!it->has_begun) {
        TRY(first_make(it, &found));
    }
    bool is_below = false;
    for (size_t i = 0; i < found.count && !is_below; i++) {
        it->query.before = found.hits[i].side.position;
        is_below = it->query.before < it->request.from_index;
        if (!is_below) {
            TRY(message_add(it, &found.hits[i], scratch));
        }
    }
    it->is_last = is_below || !found.is_more;
    return LG_OK;
}

static struct lg_err page_read(struct audit_export *it) {
    OWN(arena_free) struct arena *scratch = NULL;
    it->forgets = store_forgets(gateway_of(it)->store);
    TRY(arena_new(READ_ARENA, &scratch));
    if (it->kept == NULL) {
        TRY(arena_new(KEPT_ARENA, &it->kept));
    }
    TRY(arena_new(PAGE_ARENA, &it->page));
    return page_fill(it, scratch);
}

static void read_work(void *ctx) {
    struct audit_export *it = ctx;
    it->err = page_read(it);
}

/* ---- sending, on the loop ---- */

static void on_read(void *ctx);

static void read_send(struct audit_export *it) {
    arena_free(&it->page);
    it->count = 0;
    it->sent = 0;
    it->is_reading = true;
    it->job = (struct loop_job){.work = read_work,
                                .on_done = on_read,
                                .ctx = it,
                                .loop = call_of(it)->service->worker->loop};
    loop_pool_send(gateway_of(it)->bulk, &it->job);
}

/* What was permitted when it came may be stopped by now: false after it ended the stream. */
static bool may_go_on(struct audit_export *it) {
    struct service_call *call = call_of(it);
    struct query_worker *worker = call->service->worker;
    bool is_stopped = false;
    struct lg_err err = access_check(worker->reader, &call->caller, &is_stopped);
    if (lg_failed(err)) {
        export_fail(it, err);
        return false;
    }
    if (is_stopped) {
        export_end(it, GRPC_PERMISSION_DENIED, query_stopped_sentence);
        return false;
    }
    if (query_agreements_stopped(worker, &call->agreements, it->search.permit)) {
        export_end(it, GRPC_ABORTED, query_agreements_end().message);
        return false;
    }
    return true;
}

/* From the first message that was not sent. */
static void page_again(struct audit_export *it) {
    it->query.before = it->messages[it->sent].position + 1;
    read_send(it);
}

/* NULL: all of the page is sent. */
static const struct span *next_of(const struct audit_export *it) {
    if (it->begin.len > 0) {
        return &it->begin;
    }
    return it->sent < it->count ? &it->messages[it->sent].bytes : NULL;
}

static void sent_note(struct audit_export *it) {
    if (it->begin.len > 0) {
        it->begin = span_of(NULL, 0);
    } else {
        it->sent++;
    }
}

enum sending { SENDING_DONE, SENDING_FULL, SENDING_ENDED };

/* ENDED: the stream is over, and the export is no more. */
static enum sending messages_send(struct audit_export *it) {
    const struct span *next = next_of(it);
    while (next != NULL) {
        struct lg_err err = grpc_call_send(call_of(it)->call, *next);
        if (lg_err_class(err) == LG_CLASS_LIMIT && lg_err_code(err) == GRPC_FULL) {
            grpc_call_rest(call_of(it)->call, true);
            return SENDING_FULL;
        }
        if (lg_failed(err)) {
            export_fail(it, err);
            return SENDING_ENDED;
        }
        sent_note(it);
        next = next_of(it);
    }
    return SENDING_DONE;
}

static void go_on(struct audit_export *it) {
    if (!may_go_on(it)) {
        return;
    }
    if (it->sent < it->count && it->forgets != store_forgets(gateway_of(it)->store)) {
        page_again(it); /* somebody was erased while it waited */
        return;
    }
    if (messages_send(it) != SENDING_DONE) {
        return;
    }
    if (it->is_last) {
        export_end(it, GRPC_OK, NULL);
    } else {
        read_send(it);
    }
}

static void on_read(void *ctx) {
    struct audit_export *it = ctx;
    it->is_reading = false;
    if (call_of(it)->is_cancelled) {
        export_end(it, GRPC_CANCELLED, NULL);
    } else if (lg_failed(it->err)) {
        export_fail(it, it->err);
    } else {
        go_on(it);
    }
}

void service_audit_export_writable(void *ctx, struct grpc_call *call) {
    struct audit_export *it = export_of(ctx, call);
    if (it != NULL && !it->is_reading && !call_of(it)->is_cancelled) {
        grpc_call_rest(call, false);
        go_on(it);
    }
}

/* What is on the pool ends when it comes back; before the look, as a search does. */
void service_audit_export_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    struct audit_export *it = export_of(ctx, call);
    if (it == NULL) {
        service_on_cancel(ctx, call, why);
        return;
    }
    call_of(it)->is_cancelled = true;
    if (!it->is_reading) {
        export_end(it, GRPC_CANCELLED, NULL);
    }
}

/* ---- the line ---- */

static struct lg_err refusal_make(struct audit_export *it) {
    TRY(arena_new(KEPT_ARENA, &it->kept));
    return begin_make(it);
}

/* The one message of a refusal. */
static void refused_answer(struct audit_export *it) {
    struct lg_err err = refusal_make(it);
    struct arena *kept = it->kept;
    service_search_answer(&it->search, err, it->begin);
    arena_free(&kept);
}

/* Its own look, and what came after it, are no part of the export. */
static struct lg_err query_make(struct audit_export *it) {
    uint64_t look = audit_receipt_index(it->search.receipt);
    uint64_t to = it->request.to_index;
    it->query.before = to != 0 && to < look ? to : look;
    it->query.most = LIMIT_SERVICE_EXPORT_PAGE;
    it->query.is_cancelled = is_left;
    it->query.ctx = it;
    return it->request.has_person ? service_audit_look_persons(&it->search, &it->query) : LG_OK;
}

static void on_logged(struct service_search *search) {
    struct audit_export *it = (struct audit_export *)search;
    if (search->is_refused) {
        refused_answer(it);
        return;
    }
    struct lg_err err = query_make(it);
    if (lg_failed(err)) {
        audit_receipt_free(&search->receipt);
        service_refuse_error(search->call, err);
    } else if (!has_room(search->call)) {
        audit_receipt_free(&search->receipt);
        service_refuse(search->call, GRPC_RESOURCE_EXHAUSTED, busy_sentence);
    } else {
        list_add(it);
        read_send(it);
    }
}

/* ---- the request ---- */

static const char *request_fault(const struct audit_export *it) {
    const struct wire_audit_search_request *request = &it->request;
    if (service_audit_look_reason(request->reason) == NULL) {
        return "reason: say why the entries are exported: subject access, a complaint, or a case";
    }
    if (request->to_index != 0 && request->to_index <= request->from_index) {
        return "from_index, to_index: positions of entries, the first included, the last not";
    }
    return service_audit_look_fault(call_of(it), request);
}

static void export_begin(struct audit_export *it) {
    struct service_call *call = call_of(it);
    struct lg_err err = service_audit_look_query(call, &it->request, &it->query);
    const char *fault = request_fault(it);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return;
    }
    if (fault != NULL || !has_room(call)) {
        service_refuse(call, fault != NULL ? GRPC_INVALID_ARGUMENT : GRPC_RESOURCE_EXHAUSTED,
                       fault != NULL ? fault : busy_sentence);
        return;
    }
    it->search = (struct service_search){
        .call = call,
        .question = {.ground = it->request.ground, .person = it->request.person},
        .wants_person = it->request.has_person,
        .counts = it->request.has_person,
        .what = service_audit_look_reason(it->request.reason),
        .on_located = on_logged,
    };
    vault_random(it->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&it->search);
}

void service_audit_export(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct audit_export *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_report report;
    it->search.call = call;
    if (gateway_of(it)->index == NULL) {
        service_refuse(call, GRPC_UNAVAILABLE,
                       "the index of the log could not be opened when the gateway was started: "
                       "nothing is exported until it is started again");
        return;
    }
    struct lg_err err =
        wire_audit_export_request_decode(call->arena, message, &report, &it->request);
    if (service_decoded(call, err, &report) &&
        service_officer_authenticate(call, &it->request.ground.actor)) {
        export_begin(it);
    }
}
