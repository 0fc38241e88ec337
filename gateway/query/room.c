/* SPDX-License-Identifier: Apache-2.0 */
/* Step room: what is to leave must fit a message, and the transport must have a place for it. What
 * cannot be sent must not be in the log as released; so the longest lines are left out before, one
 * after the other, and say so, and a caller who does not read is waited for. */
#include <assert.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/base/num.h"
#include "gateway/query/query_int.h"

enum { RECEIPT_MAX = AUDIT_ENTRY_SIZE_MAX + AUDIT_DETAIL_SIZE_MAX + LIMIT_QUERY_RECEIPT_REST };

static_assert(LIMIT_QUERY_RECEIPT_REST >=
                  AUDIT_PATH_MAX * (AUDIT_HASH_SIZE + 2) + AUDIT_SALT_SIZE + 64,
              "path, salt and lengths of a receipt fit");
static_assert(LIMIT_GRPC_SEND_MAX >
                  LIMIT_QUERY_REPLY_REST + LIMIT_QUERY_SOURCES * (RECEIPT_MAX + 4096),
              "a reply of all agencies has room for their lines");
static_assert(LIMIT_GRPC_SEND_MAX >
                  (LIMIT_QUERY_REPLY_REST + LIMIT_QUERY_SOURCES * (RECEIPT_MAX + 2048)) * 3 / 2,
              "as text too");

/* Bytes of what is not a line, in the form in which it travels. As text, receipts are base64 and
 * what else there is has names: less than half as much again. */
static size_t beside(const struct query *query, size_t len) {
    return query->is_text ? len * 3 / 2 : len;
}

/* Bytes for the lines of `count` sources in one message. */
static size_t room_of(const struct query *query, size_t count) {
    size_t rest = beside(query, LIMIT_QUERY_REPLY_REST + count * RECEIPT_MAX);
    size_t max = query->worker->gateway->message_max;
    return max > rest ? max - rest : 0;
}

/* Bytes of the line in its message; a line that cannot be carried counts as more than any room.
 * Measured once: a question that waits for a place looks every few milliseconds. */
static size_t line_len(const struct query *query, struct query_part *part) {
    if (part->line_len == 0) {
        size_t len = query->events->on_measure == NULL
                         ? part->result.len
                         : query->events->on_measure(query->ctx, part->result);
        part->line_len = num_min(len, (size_t)LIMIT_GRPC_SEND_MAX + 1);
    }
    return part->line_len;
}

/* The answer stays: where the grant is made anew it is judged anew, since that it was too long
 * tells of it, and it may be nothing to show by then. */
static struct lg_err leave_out(struct query *query, struct query_part *part) {
    log_line(LOG_WARN, "query.answer.too_long", "agency=%.*s bytes=%zu", (int)part->agency.len,
             (const char *)part->agency.ptr, part->result.len);
    part->is_too_long = true;
    part->link_count = 0;
    part->state = SOURCE_UNAVAILABLE;
    return query_part_extract(query, part);
}

/* Of a stream each line is a message of its own. */
static struct lg_err lines_fit(struct query *query) {
    size_t room = room_of(query, 1);
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage == PART_IN_GATE && part->has_answer && line_len(query, part) > room) {
            TRY(leave_out(query, part));
        }
    }
    return LG_OK;
}

/* The longest that shows something, or NULL. *out_total: bytes of all. */
static struct query_part *longest_find(const struct query *query, size_t *out_total) {
    struct query_part *longest = NULL;
    size_t longest_len = 0;
    *out_total = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        size_t len = line_len(query, part);
        *out_total += len;
        if (part->state == SOURCE_ANSWERED && (longest == NULL || len > longest_len)) {
            longest = part;
            longest_len = len;
        }
    }
    return longest;
}

static struct lg_err reply_fits(struct query *query) {
    size_t room = room_of(query, query->part_count);
    size_t total = 0;
    struct query_part *longest = longest_find(query, &total);
    while (total > room && longest != NULL) {
        TRY(leave_out(query, longest));
        longest = longest_find(query, &total);
    }
    return LG_OK;
}

/* Bytes to set aside. Of a stream, lines beyond what may wait at once are put back: they pass the
 * gate when these have left it. */
static size_t place_of(struct query *query) {
    size_t total = 0;
    size_t receipt = beside(query, LIMIT_QUERY_RECEIPT_USUAL);
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE) {
            continue;
        }
        size_t len = line_len(query, part) + receipt;
        if (query->kind == QUERY_WATCH && total > 0 && total + len > LIMIT_GRPC_SEND_MAX) {
            part->stage = PART_READY;
            continue;
        }
        total += len;
    }
    return num_min(total + beside(query, LIMIT_QUERY_REPLY_USUAL), LIMIT_GRPC_SEND_MAX);
}

static void on_look(void *ctx) {
    query_resume(ctx);
}

static enum step await_place(struct query *query) {
    int64_t now_ms = loop_now_ms(query->worker->loop);
    if (now_ms >= query->deadline_ms - QUERY_ROOM_RESERVE_MS) {
        return query_fail_status(query, GRPC_RESOURCE_EXHAUSTED,
                                 "Earlier answers on this connection are not read: read them, or "
                                 "ask on another connection");
    }
    struct lg_err err = loop_timer_start(query->worker->loop, &query->hold,
                                         now_ms + LIMIT_QUERY_ROOM_LOOK_MS, on_look, query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

enum step step_room(struct query *query) {
    struct lg_err err = query->kind == QUERY_WATCH ? lines_fit(query) : reply_fits(query);
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    if (query->events->on_reserve == NULL ||
        query->events->on_reserve(query->ctx, place_of(query))) {
        return STEP_NEXT;
    }
    return await_place(query);
}
