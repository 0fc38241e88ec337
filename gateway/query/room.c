/* SPDX-License-Identifier: Apache-2.0 */
/* What fits a message. A reply that cannot be sent must not be in the log as released; so the
 * longest lines are left out before, one after the other, and say so. */
#include <assert.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/query/query_int.h"

enum { RECEIPT_MAX = AUDIT_ENTRY_SIZE_MAX + AUDIT_DETAIL_SIZE_MAX + LIMIT_QUERY_RECEIPT_REST };

static_assert(LIMIT_QUERY_RECEIPT_REST >=
                  AUDIT_PATH_MAX * (AUDIT_HASH_SIZE + 2) + AUDIT_SALT_SIZE + 64,
              "path, salt and lengths of a receipt fit");
static_assert(LIMIT_GRPC_SEND_MAX >
                  LIMIT_QUERY_REPLY_REST + LIMIT_QUERY_SOURCES * (RECEIPT_MAX + 4096),
              "a reply of all agencies has room for their lines");

/* Bytes for the lines of `count` sources in one message. */
static size_t room_of(const struct query *query, size_t count) {
    size_t rest = LIMIT_QUERY_REPLY_REST + count * RECEIPT_MAX;
    size_t max = query->worker->gateway->message_max;
    return max > rest ? max - rest : 0;
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
        if (part->stage == PART_IN_GATE && part->has_answer && part->result.len > room) {
            TRY(leave_out(query, part));
        }
    }
    return LG_OK;
}

/* The longest that shows something, or NULL. *out_total: bytes of all. */
static struct query_part *longest_find(const struct query *query, size_t *out_total) {
    struct query_part *longest = NULL;
    *out_total = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        *out_total += part->result.len;
        bool shows = part->state == SOURCE_ANSWERED;
        if (shows && (longest == NULL || part->result.len > longest->result.len)) {
            longest = part;
        }
    }
    return longest;
}

struct lg_err query_room_make(struct query *query) {
    if (query->kind == QUERY_WATCH) {
        return lines_fit(query);
    }
    size_t room = room_of(query, query->part_count);
    size_t total = 0;
    struct query_part *longest = longest_find(query, &total);
    while (total > room && longest != NULL) {
        TRY(leave_out(query, longest));
        longest = longest_find(query, &total);
    }
    return LG_OK;
}
