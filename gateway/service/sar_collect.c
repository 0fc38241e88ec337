/* SPDX-License-Identifier: Apache-2.0 */
/* Collect, of the service SubjectAccess: the report of a request, page by page. It is Audit.Search
 * by person: policy, a durable SEARCH, and only then the look at the request, at the person and at
 * the index, off the worker. A request about nobody finds nothing, by the same work. */
#include <assert.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/sar/cursor.h"
#include "gateway/service/hits.h"
#include "gateway/service/sar_int.h"
#include "gateway/service/sar_untold.h"

static_assert((int)SAR_CURSOR_SIZE == (int)WIRE_SEARCH_CURSOR_SIZE, "as it travels");

enum {
    ARENA_SIZE = 48 << 20,
    /* Of a mark in a message: its texts at their longest. */
    MARK_SIZE = 2048,
    UNTOLD_SIZE = 64,
};

struct collecting {
    struct service_search search; /* first */
    struct wire_sar_collect_request request;
    struct sar_cursor cursor;
    struct index_query query;
    struct sar_request state;
    const struct wire_sar_mark *marks; /* in rising line */
    size_t mark_count;
    struct loop_job job;
    struct arena *arena; /* the pool's own */
    struct lg_err err;
    struct index_found found;
    struct wire_sar_collect_reply reply;
    struct span bytes;
};

static struct service_call *call_of(const struct collecting *it) {
    return it->search.call;
}

static const struct query_gateway *gateway_of(const struct collecting *it) {
    return call_of(it)->service->worker->gateway;
}

/* ---- cursor ---- */

static struct lg_err cursor_write(const struct collecting *it, uint64_t position,
                                  struct span *out_cursor) {
    struct sar_cursor cursor = it->cursor;
    uint8_t *buf = arena_alloc(it->arena, SAR_CURSOR_SIZE);
    TRY(arena_failed(it->arena));
    cursor.position = position;
    if (!sar_cursor_write(gateway_of(it)->mark_key, &cursor, buf)) {
        return lg_err_make(LG_CLASS_INPUT, LG_SAR, SAR_FIELDS);
    }
    *out_cursor = span_of(buf, SAR_CURSOR_SIZE);
    return LG_OK;
}

/* Of the first page: from the newest, and its time counts. */
static bool cursor_read(struct collecting *it, int64_t now_ms) {
    it->cursor = (struct sar_cursor){.agency = call_of(it)->caller.agency,
                                     .user_id = call_of(it)->caller.user_id,
                                     .number = it->request.number,
                                     .position = UINT64_MAX,
                                     .until_ms = now_ms + SAR_CURSOR_MS};
    bool is_first = it->request.cursor.len == 0;
    return is_first ||
           sar_cursor_read(gateway_of(it)->mark_key, it->request.cursor, now_ms, &it->cursor);
}

/* ---- on the pool ---- */

static bool is_left(void *ctx) {
    const struct collecting *it = ctx;
    return call_of(it)->is_cancelled;
}

/* What was done about the request itself is no part of the report. */
static void handling_drop(struct service_hits *page) {
    size_t kept = 0;
    for (size_t i = 0; i < page->count; i++) {
        if (page->hits[i].kind != AUDIT_SUBJECT_ACCESS) {
            page->hits[kept] = page->hits[i];
            page->entries[kept++] = page->entries[i];
        }
    }
    page->count = kept;
}

static bool is_shown(const struct service_hits *page, uint64_t line) {
    for (size_t i = 0; i < page->count; i++) {
        if (page->hits[i].index == line) {
            return true;
        }
    }
    return false;
}

/* The marks of this page's lines. */
static struct lg_err marks_take(struct collecting *it, const struct service_hits *page) {
    struct wire_sar_mark *marks = arena_array(it->arena, it->mark_count, sizeof *marks);
    TRY(arena_failed(it->arena));
    for (size_t i = 0; i < it->mark_count; i++) {
        if (is_shown(page, it->marks[i].line)) {
            marks[it->reply.mark_count++] = it->marks[i];
        }
    }
    it->reply.marks = marks;
    return LG_OK;
}

static struct lg_err page_make(struct collecting *it) {
    struct wire_sar_collect_reply *reply = &it->reply;
    struct service_hits page;
    TRY(index_find(gateway_of(it)->index, &it->query, it->arena, &it->found));
    TRY(service_hits_make(call_of(it), &it->found,
                          (it->mark_count == 0 ? 0 : MARK_SIZE) + UNTOLD_SIZE, it->arena, &page));
    if (page.is_more) {
        TRY(cursor_write(it, page.last, &reply->cursor));
    }
    handling_drop(&page);
    TRY(marks_take(it, &page));
    TRY(service_sar_untold(call_of(it), &it->query, &page, it->arena, reply));
    reply->entries = page.entries;
    reply->entry_count = page.count;
    reply->hits = page.hits;
    reply->hit_count = page.count;
    reply->covered_size = it->found.covered;
    reply->checkpoint = page.checkpoint;
    return LG_OK;
}

static struct lg_err reply_encode(struct collecting *it, struct arena *arena) {
    struct wire_sar_collect_reply *reply = &it->reply;
    struct wire_logged logged = {.has_receipt = false};
    reply->verdict = it->search.verdict;
    if (!it->search.is_refused) {
        reply->verdict.decision = DECISION_PERMIT;
    }
    TRY(service_search_logged(&it->search, &logged));
    reply->has_search_receipt = logged.has_receipt;
    reply->search_receipt = logged.receipt;
    reply->search_checkpoint = logged.checkpoint;
    return wire_sar_collect_reply_encode(arena, reply, &it->bytes);
}

static struct lg_err collect(struct collecting *it) {
    TRY(page_make(it));
    return reply_encode(it, it->arena);
}

static void collect_work(void *ctx) {
    struct collecting *it = ctx;
    it->err = collect(it);
}

static void on_collected(void *ctx) {
    struct collecting *it = ctx;
    struct arena *arena = it->arena;
    if (lg_failed(it->err)) {
        audit_receipt_free(&it->search.receipt);
        service_refuse_error(call_of(it), it->err);
    } else {
        service_search_answer(&it->search, LG_OK, it->bytes);
    }
    arena_free(&arena);
}

/* ---- the request, on the worker ---- */

static struct lg_err mark_show(const struct store_sar *row, struct wire_sar_mark *out) {
    struct sar_step step;
    TRY(sar_step_decode(row->body, &step));
    const struct sar_exemption *exemption = sar_exemption_at(step.exemption);
    *out = (struct wire_sar_mark){
        .line = row->line,
        .exemption = span_text(exemption->code),
        .words = span_text(exemption->words),
        .statute = span_text(exemption->statute),
        .is_told = exemption->is_told,
        .decided_ms = step.at_ms,
        .decided_by = step.user_id,
        .reason = step.reason,
    };
    return LG_OK;
}

static struct lg_err marks_read(struct collecting *it) {
    struct store_sars rows;
    TRY(store_sar_marks_read(call_of(it)->service->worker->reader, it->request.number, it->arena,
                             &rows));
    struct wire_sar_mark *marks = arena_array(it->arena, rows.count, sizeof *marks);
    TRY(arena_failed(it->arena));
    for (size_t i = 0; i < rows.count; i++) {
        TRY(mark_show(&rows.items[i], &marks[i]));
    }
    it->marks = marks;
    it->mark_count = rows.count;
    return LG_OK;
}

/* The person's ids, as merges have them by now; of nobody one that nobody has. */
static struct lg_err person_read(struct collecting *it, const struct person_id *person) {
    struct person_id *persons = NULL;
    size_t count = 0;
    TRY(store_aliases_read(call_of(it)->service->worker->reader, person, it->arena, &persons,
                           &count));
    it->query.by_person = true;
    it->query.persons = persons;
    it->query.person_count = count < LIMIT_INDEX_ALIASES ? count : LIMIT_INDEX_ALIASES;
    return LG_OK;
}

/* *out_row NULL: the agency has no such request. */
static struct lg_err request_read(struct collecting *it, struct store_sar **out_row) {
    struct store_reader *reader = call_of(it)->service->worker->reader;
    TRY(arena_new(ARENA_SIZE, &it->arena));
    TRY(store_sar_find(reader, call_of(it)->caller.agency, it->request.number, it->arena, out_row));
    if (*out_row == NULL) {
        return LG_OK;
    }
    TRY(sar_request_read(reader, *out_row, 0, it->arena, &it->state));
    TRY(service_sar_state(call_of(it), &it->state, it->arena, &it->reply.state));
    it->reply.has_state = true;
    TRY(marks_read(it));
    return person_read(it, &(*out_row)->person);
}

static void on_logged(struct service_search *search) {
    struct collecting *it = (struct collecting *)search;
    struct store_sar *row = NULL;
    if (search->is_refused) {
        struct lg_err err = reply_encode(it, search->call->arena);
        service_search_answer(search, err, it->bytes);
        return;
    }
    struct lg_err err = request_read(it, &row);
    if (lg_failed(err) || row == NULL) {
        struct arena *arena = it->arena;
        audit_receipt_free(&search->receipt);
        if (lg_failed(err)) {
            service_refuse_error(search->call, err);
        } else {
            service_refuse(search->call, GRPC_NOT_FOUND, service_sar_absent);
        }
        arena_free(&arena);
        return;
    }
    it->job = (struct loop_job){.work = collect_work,
                                .on_done = on_collected,
                                .ctx = it,
                                .loop = search->call->service->worker->loop};
    loop_pool_send(gateway_of(it)->bulk, &it->job);
}

/* False after it refused. */
static bool request_check(struct collecting *it) {
    const char *fault = NULL;
    it->query = (struct index_query){
        .agency = call_of(it)->caller.agency,
        .most = it->request.most == 0 ? LIMIT_INDEX_PAGE_DEFAULT : it->request.most,
        .now_ms = clock_wall_ms(&gateway_of(it)->clock),
        .is_cancelled = is_left,
        .ctx = it,
    };
    bool is_cursor = cursor_read(it, it->query.now_ms);
    it->query.before = it->cursor.position;
    if (it->request.most > LIMIT_INDEX_PAGE) {
        fault = "most: at most 1000; ask for the next page with the reply's cursor";
    } else if (!is_cursor) {
        fault =
            "cursor: of the reply before this page, with the same request and officer, and within "
            "ten minutes of the first page; else begin anew without it";
    }
    if (fault != NULL) {
        service_refuse(call_of(it), GRPC_INVALID_ARGUMENT, fault);
    }
    return fault == NULL;
}

void service_sar_collect(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct collecting *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_report report;
    it->search.call = call;
    if (gateway_of(it)->index == NULL) {
        service_refuse(call, GRPC_UNAVAILABLE,
                       "the index of the log could not be opened when the gateway was started: "
                       "nothing is collected until it is started again");
        return;
    }
    struct lg_err err =
        wire_sar_collect_request_decode(call->arena, message, &report, &it->request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &it->request.ground.actor) || !request_check(it)) {
        return;
    }
    it->search = (struct service_search){
        .call = call,
        .question = {.ground = it->request.ground},
        .counts = it->request.cursor.len == 0, /* a report is one look, however long */
        .what = SAR_REASON,
        .on_located = on_logged,
    };
    vault_random(it->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&it->search);
}
