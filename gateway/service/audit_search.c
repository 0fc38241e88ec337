/* SPDX-License-Identifier: Apache-2.0 */
/* Search, of the service Audit: officers find the entries of their own agency's side. A read about
 * a person like any other, so the line of service_search: policy, a durable SEARCH, and only then
 * the look-up; the index is read off the worker.
 *
 * A person who is not known by rows that this agency may know of is nobody (README, rule 5): found
 * by nothing, in the same time. */
#include "gateway/wire/audit_search.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/index/index.h"
#include "gateway/service/audit_look.h"
#include "gateway/service/hits.h"
#include "gateway/service/service_int.h"

enum {
    ARENA_SIZE = 48 << 20,
    CURSOR_MAC_SIZE = WIRE_SEARCH_CURSOR_SIZE - 8,
};

static_assert((int)CURSOR_MAC_SIZE <= (int)VAULT_MAC32_SIZE, "a cut code");
static_assert((int)WIRE_SEARCH_CURSOR_SIZE > 8, "a position, and its code");

struct looking {
    struct service_search search;
    struct wire_audit_search_request request;
    struct index_query query;
    struct index_check check;
    struct loop_job job;
    struct arena *arena; /* the pool's own */
    struct lg_err err;
    struct index_found found;
    struct wire_audit_search_reply reply;
    struct span bytes;
};

static const struct query_gateway *gateway_of(const struct looking *looking) {
    return looking->search.call->service->worker->gateway;
}

static struct span agency_of(const struct looking *looking) {
    return looking->search.call->caller.agency;
}

/* ---- cursor: position 8, then a code over it and the request ---- */

/* What a page has in common with the one before it. The person's reference may be another by then:
 * a handle lives ten minutes. */
static void cursor_code(const struct looking *looking, uint64_t position,
                        uint8_t out[static VAULT_MAC32_SIZE]) {
    const struct wire_audit_search_request *request = &looking->request;
    uint8_t text[1024];
    struct writer w = writer_of(text, sizeof text);
    struct span written = span_of(NULL, 0);
    writer_part(&w, span_text("audit-search"));
    writer_part(&w, agency_of(looking));
    writer_u64(&w, position);
    writer_u64(&w, (uint64_t)request->from_ms);
    writer_u64(&w, (uint64_t)request->to_ms);
    writer_u8(&w, request->has_person ? 1 : 0);
    writer_u8(&w, (uint8_t)request->side);
    writer_u8(&w, (uint8_t)request->kind);
    writer_u8(&w, (uint8_t)request->outcome);
    writer_u8(&w, request->emergency ? 1 : 0);
    writer_part(&w, request->agency);
    writer_part(&w, request->agreement);
    writer_part(&w, request->purpose);
    writer_part(&w, request->basis);
    writer_part(&w, request->question_id);
    lg_err_ignore(writer_end(&w, &written), "names of at most 128 bytes: it fits");
    vault_mac32(gateway_of(looking)->mark_key, written, out);
}

static struct lg_err cursor_write(const struct looking *looking, uint64_t position,
                                  struct arena *arena, struct span *out_cursor) {
    uint8_t code[VAULT_MAC32_SIZE];
    uint8_t *buf = arena_alloc(arena, WIRE_SEARCH_CURSOR_SIZE);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, WIRE_SEARCH_CURSOR_SIZE);
    cursor_code(looking, position, code);
    writer_u64(&w, position);
    writer_bytes(&w, span_of(code, CURSOR_MAC_SIZE));
    return writer_end(&w, out_cursor);
}

static bool cursor_read(const struct looking *looking, uint64_t *out_position) {
    struct span cursor = looking->request.cursor;
    uint8_t code[VAULT_MAC32_SIZE];
    *out_position = UINT64_MAX;
    if (cursor.len == 0) {
        return true;
    }
    struct reader r = reader_of(cursor);
    uint64_t position = reader_u64(&r);
    struct span given = reader_bytes(&r, CURSOR_MAC_SIZE);
    cursor_code(looking, position, code);
    *out_position = position;
    return !lg_failed(reader_end(&r)) && vault_equal(given, span_of(code, CURSOR_MAC_SIZE));
}

/* ---- one page ---- */

static struct lg_err page_make(struct looking *looking) {
    struct wire_audit_search_reply *reply = &looking->reply;
    struct service_hits page;
    TRY(service_hits_make(looking->search.call, &looking->found, 0, looking->arena, &page));
    if (page.is_more) {
        TRY(cursor_write(looking, page.last, looking->arena, &reply->cursor));
    }
    reply->entries = page.entries;
    reply->entry_count = page.count;
    reply->hits = page.hits;
    reply->hit_count = page.count;
    reply->covered_size = looking->found.covered;
    reply->checkpoint = page.checkpoint;
    return LG_OK;
}

/* ---- on the pool ---- */

static struct lg_err reply_encode(struct looking *looking, struct arena *arena) {
    struct wire_audit_search_reply *reply = &looking->reply;
    struct wire_logged logged = {.has_receipt = false};
    reply->verdict = looking->search.verdict;
    if (!looking->search.is_refused) {
        reply->verdict.decision = DECISION_PERMIT;
    }
    TRY(service_search_logged(&looking->search, &logged));
    reply->has_search_receipt = logged.has_receipt;
    reply->search_receipt = logged.receipt;
    reply->search_checkpoint = logged.checkpoint;
    return wire_audit_search_reply_encode(arena, &looking->reply, &looking->bytes);
}

/* On the pool. */
static bool is_left(void *ctx) {
    const struct looking *looking = ctx;
    return looking->search.call->is_cancelled;
}

static struct lg_err look(struct looking *looking) {
    looking->query.is_cancelled = is_left;
    looking->query.ctx = looking;
    TRY(arena_new(ARENA_SIZE, &looking->arena));
    TRY(index_find(gateway_of(looking)->index, &looking->query, looking->arena, &looking->found));
    TRY(page_make(looking));
    if (looking->request.rescan) {
        looking->reply.rescanned_size = looking->check.through;
        looking->reply.rescan_missing = looking->check.missing;
    }
    return reply_encode(looking, looking->arena);
}

static void look_work(void *ctx) {
    struct looking *looking = ctx;
    looking->err = look(looking);
}

static void on_looked(void *ctx) {
    struct looking *looking = ctx;
    struct arena *arena = looking->arena;
    if (lg_failed(looking->err)) {
        audit_receipt_free(&looking->search.receipt);
        service_refuse_error(looking->search.call, looking->err);
    } else {
        service_search_answer(&looking->search, LG_OK, looking->bytes);
    }
    arena_free(&arena);
}

static void job_send(struct looking *looking, void (*work)(void *ctx), void (*on_done)(void *ctx)) {
    looking->job = (struct loop_job){.work = work,
                                     .on_done = on_done,
                                     .ctx = looking,
                                     .loop = looking->search.call->service->worker->loop};
    loop_pool_send(gateway_of(looking)->bulk, &looking->job);
}

static void rescan_work(void *ctx) {
    struct looking *looking = ctx;
    looking->err = index_check_step(gateway_of(looking)->index, &looking->check);
}

/* A stretch of the log a job: others of the pool come between. */
static void on_rescanned(void *ctx) {
    struct looking *looking = ctx;
    const struct index_check *check = &looking->check;
    if (lg_failed(looking->err) || looking->search.call->is_cancelled) {
        audit_receipt_free(&looking->search.receipt);
        service_refuse_error(looking->search.call, looking->err);
    } else if (check->next < check->through) {
        job_send(looking, rescan_work, on_rescanned);
    } else {
        job_send(looking, look_work, on_looked);
    }
}

/* ---- the line ---- */

static struct lg_err persons_find(struct looking *looking) {
    TRY(service_audit_look_persons(&looking->search, &looking->query));
    looking->check.agency = agency_of(looking);
    looking->check.persons = looking->query.persons;
    looking->check.person_count = looking->query.person_count;
    return LG_OK;
}

static void refused_answer(struct looking *looking) {
    struct lg_err err = reply_encode(looking, looking->search.call->arena);
    service_search_answer(&looking->search, err, looking->bytes);
}

static void on_logged(struct service_search *search) {
    struct looking *looking = (struct looking *)search;
    if (search->is_refused) {
        refused_answer(looking);
        return;
    }
    struct lg_err err = looking->request.has_person ? persons_find(looking) : LG_OK;
    if (lg_failed(err)) {
        audit_receipt_free(&search->receipt);
        service_refuse_error(search->call, err);
    } else if (looking->request.rescan) {
        job_send(looking, rescan_work, on_rescanned);
    } else {
        job_send(looking, look_work, on_looked);
    }
}

/* ---- the request ---- */

static const char *request_fault(const struct looking *looking) {
    const struct wire_audit_search_request *request = &looking->request;
    if (request->most > LIMIT_INDEX_PAGE) {
        return "most: at most 1000; ask for the next page with the reply's cursor";
    }
    if (request->rescan && !request->has_person) {
        return "rescan: only with person";
    }
    return service_audit_look_fault(looking->search.call, request);
}

/* False after it refused. */
static bool request_check(struct looking *looking) {
    struct service_call *call = looking->search.call;
    const struct wire_audit_search_request *request = &looking->request;
    const char *fault = request_fault(looking);
    struct lg_err err = service_audit_look_query(call, request, &looking->query);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return false;
    }
    looking->query.most = request->most == 0 ? LIMIT_INDEX_PAGE_DEFAULT : request->most;
    if (fault == NULL && !cursor_read(looking, &looking->query.before)) {
        fault = "cursor: of the reply before this page, with the same request";
    }
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return false;
    }
    return true;
}

void service_audit_search(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct looking *looking = arena_alloc(call->arena, sizeof *looking);
    if (looking == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_report report;
    looking->search.call = call;
    if (gateway_of(looking)->index == NULL) {
        service_refuse(call, GRPC_UNAVAILABLE,
                       "the index of the log could not be opened when the gateway was started: "
                       "nothing is searched until it is started again");
        return;
    }
    struct lg_err err =
        wire_audit_search_request_decode(call->arena, message, &report, &looking->request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &looking->request.ground.actor) ||
        !request_check(looking)) {
        return;
    }
    looking->search = (struct service_search){
        .call = call,
        .question = {.ground = looking->request.ground, .person = looking->request.person},
        .wants_person = looking->request.has_person,
        .counts = looking->request.has_person,
        .what = service_audit_look_reason(looking->request.reason),
        .on_located = on_logged,
    };
    vault_random(looking->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&looking->search);
}
