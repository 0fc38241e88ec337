/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Reviews. */
#include "gateway/wire/reviews.h"

#include <lockgate/v1/reviews.pb-c.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_signals.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row review_notice_rows[] = {
    ROW_TEXT(1, struct wire_review_notice, office, 0, LIMIT_WIRE_NAME),
    ROW_I64(2, struct wire_review_notice, due_ms),
    ROW_I64(3, struct wire_review_notice, seen_ms),
};

static const struct shape shape_review_notice = SHAPE_OF(
    lockgate__v1__review_notice__descriptor, struct wire_review_notice, review_notice_rows);

static const struct shape_row review_detail_rows[] = {
    ROW_TEXT(1, struct wire_review_detail, user_id, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(2, struct wire_review_detail, role, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_review_detail, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_review_detail, case_reference, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(5, struct wire_review_detail, cause, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(6, struct wire_review_detail, rationale, 0, LIMIT_WIRE_RATIONALE),
    ROW_TEXT(7, struct wire_review_detail, capacity, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(8, struct wire_review_detail, capacity_basis, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(9, struct wire_review_detail, second_user, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXTS(10, struct wire_review_detail, sources, LIMIT_WIRE_PARTY, LIMIT_WIRE_SOURCES),
    ROW_MESSAGE(11, struct wire_review_detail, notice, shape_review_notice, false),
    ROW_TEXT(12, struct wire_review_detail, telling, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(13, struct wire_review_detail, channel, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(14, struct wire_review_detail, reasons, 0, LIMIT_WIRE_RATIONALE),
};

static const struct shape shape_review_detail = SHAPE_OF(
    lockgate__v1__review_detail__descriptor, struct wire_review_detail, review_detail_rows);

static const struct shape_row review_hit_rows[] = {
    ROW_U64(1, struct wire_review_hit, log_index, 0),
    ROW_I64(2, struct wire_review_hit, at_ms),
};

static const struct shape shape_review_hit =
    SHAPE_OF(lockgate__v1__review_hit__descriptor, struct wire_review_hit, review_hit_rows);

static const struct shape_row review_hits_rows[] = {
    ROW_U32(1, struct wire_review_hits, count, 0),
    ROW_U32(2, struct wire_review_hits, earlier, 0),
    ROW_MESSAGES(3, struct wire_review_hits, newest, newest_count, shape_review_hit, 0,
                 LIMIT_SIGNALS_HITS_SHOWN),
};

static const struct shape shape_review_hits =
    SHAPE_OF(lockgate__v1__review_hits__descriptor, struct wire_review_hits, review_hits_rows);

static const struct shape_row review_rows[] = {
    ROW_FIXED(1, struct wire_review, review_id.bytes, false),
    ROW_TEXT(2, struct wire_review, kind, 0, LIMIT_WIRE_NAME),
    ROW_U64(3, struct wire_review, log_index, 0),
    ROW_I64(4, struct wire_review, opened_ms),
    ROW_I64(5, struct wire_review, due_ms),
    ROW_TEXT(6, struct wire_review, taken_by, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(7, struct wire_review, outcome, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(8, struct wire_review, state, 0, LIMIT_WIRE_NAME),
    ROW_BOOL(9, struct wire_review, overdue),
    ROW_BOOL(10, struct wire_review, own),
    ROW_TEXT(11, struct wire_review, agreement, 0, LIMIT_WIRE_NAME),
    ROW_FLAGGED(12, struct wire_review, detail, has_detail, shape_review_detail),
    ROW_TEXT(13, struct wire_review, escalated_to, 0, LIMIT_WIRE_PARTY),
    ROW_BOOL(14, struct wire_review, telling_blocked),
    ROW_TEXT(15, struct wire_review, rule, 0, LIMIT_WIRE_RATIONALE),
    ROW_FLAGGED(16, struct wire_review, hits, has_hits, shape_review_hits),
};

static const struct shape shape_review =
    SHAPE_OF(lockgate__v1__review__descriptor, struct wire_review, review_rows);

static const struct shape_row list_reviews_request_rows[] = {
    ROW_MESSAGE(1, struct wire_list_reviews_request, actor, wire_shape_actor, true),
    ROW_BOOL(2, struct wire_list_reviews_request, open_only),
    ROW_FIXED(3, struct wire_list_reviews_request, after_review_id.bytes, false),
};

static const struct shape shape_list_reviews_request =
    SHAPE_OF(lockgate__v1__list_reviews_request__descriptor, struct wire_list_reviews_request,
             list_reviews_request_rows);

static const struct wire_message message_list_reviews_request =
    WIRE_REQUEST(shape_list_reviews_request);

struct lg_err wire_list_reviews_request_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_list_reviews_request *out_request) {
    return wire_message_decode(&message_list_reviews_request, arena, bytes, report, out_request);
}

struct lg_err wire_list_reviews_request_encode(struct arena *arena,
                                               const struct wire_list_reviews_request *request,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_list_reviews_request, arena, request, out_bytes);
}

static const struct shape_row list_reviews_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_list_reviews_reply, reviews, review_count, shape_review, 0,
                 LIMIT_STORE_REVIEW_LIST),
    ROWS_LOGGED(2, struct wire_list_reviews_reply),
};

static const struct shape shape_list_reviews_reply =
    SHAPE_OF(lockgate__v1__list_reviews_reply__descriptor, struct wire_list_reviews_reply,
             list_reviews_reply_rows);

static const struct wire_message message_list_reviews_reply = WIRE_REPLY(shape_list_reviews_reply);

struct lg_err wire_list_reviews_reply_decode(struct arena *arena, struct span bytes,
                                             struct wire_report *report,
                                             struct wire_list_reviews_reply *out_reply) {
    return wire_message_decode(&message_list_reviews_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_list_reviews_reply_encode(struct arena *arena,
                                             const struct wire_list_reviews_reply *reply,
                                             struct span *out_bytes) {
    return wire_message_encode(&message_list_reviews_reply, arena, reply, out_bytes);
}

/* ---- One case ---- */

static const struct shape_row get_review_request_rows[] = {
    ROW_MESSAGE(1, struct wire_review_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_review_request, review_id.bytes, true),
};

static const struct shape_row close_review_request_rows[] = {
    ROW_MESSAGE(1, struct wire_review_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_review_request, review_id.bytes, true),
    ROW_TEXT(3, struct wire_review_request, outcome, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_review_request, reasons, 1, LIMIT_WIRE_RATIONALE),
    ROW_TEXT(5, struct wire_review_request, telling, 0, LIMIT_WIRE_NAME),
};

static const struct shape_row tell_review_request_rows[] = {
    ROW_MESSAGE(1, struct wire_review_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_review_request, review_id.bytes, true),
    ROW_TEXT(3, struct wire_review_request, channel, 1, LIMIT_WIRE_NAME),
};

static const struct shape shape_get_review_request =
    SHAPE_OF(lockgate__v1__get_review_request__descriptor, struct wire_review_request,
             get_review_request_rows);
static const struct shape shape_take_review_request =
    SHAPE_OF(lockgate__v1__take_review_request__descriptor, struct wire_review_request,
             get_review_request_rows);
static const struct shape shape_close_review_request =
    SHAPE_OF(lockgate__v1__close_review_request__descriptor, struct wire_review_request,
             close_review_request_rows);
static const struct shape shape_tell_review_request =
    SHAPE_OF(lockgate__v1__tell_review_request__descriptor, struct wire_review_request,
             tell_review_request_rows);

static const struct shape_row review_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_review_reply, review, shape_review, false),
    ROWS_LOGGED(2, struct wire_review_reply),
};

static const struct shape shape_get_review_reply = SHAPE_OF(
    lockgate__v1__get_review_reply__descriptor, struct wire_review_reply, review_reply_rows);
static const struct shape shape_take_review_reply = SHAPE_OF(
    lockgate__v1__take_review_reply__descriptor, struct wire_review_reply, review_reply_rows);
static const struct shape shape_close_review_reply = SHAPE_OF(
    lockgate__v1__close_review_reply__descriptor, struct wire_review_reply, review_reply_rows);
static const struct shape shape_tell_review_reply = SHAPE_OF(
    lockgate__v1__tell_review_reply__descriptor, struct wire_review_reply, review_reply_rows);

static const struct wire_message review_requests[WIRE_REVIEW_METHODS] = {
    [WIRE_REVIEW_GET] = WIRE_REQUEST(shape_get_review_request),
    [WIRE_REVIEW_TAKE] = WIRE_REQUEST(shape_take_review_request),
    [WIRE_REVIEW_CLOSE] = WIRE_REQUEST(shape_close_review_request),
    [WIRE_REVIEW_TELL] = WIRE_REQUEST(shape_tell_review_request),
};

static const struct wire_message review_replies[WIRE_REVIEW_METHODS] = {
    [WIRE_REVIEW_GET] = WIRE_REPLY(shape_get_review_reply),
    [WIRE_REVIEW_TAKE] = WIRE_REPLY(shape_take_review_reply),
    [WIRE_REVIEW_CLOSE] = WIRE_REPLY(shape_close_review_reply),
    [WIRE_REVIEW_TELL] = WIRE_REPLY(shape_tell_review_reply),
};

struct lg_err wire_review_request_decode(enum wire_review_method method, struct arena *arena,
                                         struct span bytes, struct wire_report *report,
                                         struct wire_review_request *out_request) {
    ASSERT(method < WIRE_REVIEW_METHODS);
    return wire_message_decode(&review_requests[method], arena, bytes, report, out_request);
}

struct lg_err wire_review_request_encode(enum wire_review_method method, struct arena *arena,
                                         const struct wire_review_request *request,
                                         struct span *out_bytes) {
    ASSERT(method < WIRE_REVIEW_METHODS);
    return wire_message_encode(&review_requests[method], arena, request, out_bytes);
}

struct lg_err wire_review_reply_decode(enum wire_review_method method, struct arena *arena,
                                       struct span bytes, struct wire_report *report,
                                       struct wire_review_reply *out_reply) {
    ASSERT(method < WIRE_REVIEW_METHODS);
    return wire_message_decode(&review_replies[method], arena, bytes, report, out_reply);
}

struct lg_err wire_review_reply_encode(enum wire_review_method method, struct arena *arena,
                                       const struct wire_review_reply *reply,
                                       struct span *out_bytes) {
    ASSERT(method < WIRE_REVIEW_METHODS);
    return wire_message_encode(&review_replies[method], arena, reply, out_bytes);
}

/* ---- Open ---- */

static const struct shape_row open_review_request_rows[] = {
    ROW_MESSAGE(1, struct wire_open_review_request, actor, wire_shape_actor, true),
    ROW_TEXT(2, struct wire_open_review_request, cause, 1, LIMIT_WIRE_NAME),
    ROW_FIXED(3, struct wire_open_review_request, call_reference.bytes, false),
    ROW_BOOL(4, struct wire_open_review_request, has_log_index),
    ROW_U64(5, struct wire_open_review_request, log_index, 0),
    ROW_TEXT(6, struct wire_open_review_request, agreement, 0, LIMIT_WIRE_NAME),
    ROW_U32(7, struct wire_open_review_request, record_file, 0),
    ROW_U64(8, struct wire_open_review_request, record_at, 0),
    ROW_FIXED(9, struct wire_open_review_request, record_chain, false),
};

static const struct shape_row open_review_reply_rows[] = {
    ROW_FIXED(1, struct wire_open_review_reply, review_id.bytes, false),
    ROW_BOOL(2, struct wire_open_review_reply, is_new),
    ROWS_LOGGED(3, struct wire_open_review_reply),
};

static const struct shape shape_open_review_request =
    SHAPE_OF(lockgate__v1__open_review_request__descriptor, struct wire_open_review_request,
             open_review_request_rows);
static const struct shape shape_open_review_reply =
    SHAPE_OF(lockgate__v1__open_review_reply__descriptor, struct wire_open_review_reply,
             open_review_reply_rows);

static const struct wire_message message_open_review_request =
    WIRE_REQUEST(shape_open_review_request);
static const struct wire_message message_open_review_reply = WIRE_REPLY(shape_open_review_reply);

struct lg_err wire_open_review_request_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_open_review_request *out_request) {
    return wire_message_decode(&message_open_review_request, arena, bytes, report, out_request);
}

struct lg_err wire_open_review_request_encode(struct arena *arena,
                                              const struct wire_open_review_request *request,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_open_review_request, arena, request, out_bytes);
}

struct lg_err wire_open_review_reply_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_open_review_reply *out_reply) {
    return wire_message_decode(&message_open_review_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_open_review_reply_encode(struct arena *arena,
                                            const struct wire_open_review_reply *reply,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_open_review_reply, arena, reply, out_bytes);
}

/* ---- Marks ---- */

static const struct shape_row mark_request_rows[] = {
    ROW_MESSAGE(1, struct wire_mark_request, actor, wire_shape_actor, true),
    ROW_TEXT(2, struct wire_mark_request, kind, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_mark_request, label, 1, LIMIT_WIRE_ACTOR),
    ROW_MESSAGES(4, struct wire_mark_request, tokens, token_count, wire_shape_token, 0,
                 LIMIT_WIRE_TOKENS),
};

static const struct shape shape_mark_request = SHAPE_OF(
    lockgate__v1__mark_person_request__descriptor, struct wire_mark_request, mark_request_rows);

static const struct shape_row mark_reply_rows[] = {
    ROW_U32(1, struct wire_mark_reply, marked, 0),
    ROWS_LOGGED(2, struct wire_mark_reply),
};

static const struct shape shape_mark_reply =
    SHAPE_OF(lockgate__v1__mark_person_reply__descriptor, struct wire_mark_reply, mark_reply_rows);

static const struct wire_message message_mark_request = WIRE_REQUEST(shape_mark_request);
static const struct wire_message message_mark_reply = WIRE_REPLY(shape_mark_reply);

struct lg_err wire_mark_request_decode(struct arena *arena, struct span bytes,
                                       struct wire_report *report,
                                       struct wire_mark_request *out_request) {
    return wire_message_decode(&message_mark_request, arena, bytes, report, out_request);
}

struct lg_err wire_mark_request_encode(struct arena *arena, const struct wire_mark_request *request,
                                       struct span *out_bytes) {
    return wire_message_encode(&message_mark_request, arena, request, out_bytes);
}

struct lg_err wire_mark_reply_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_mark_reply *out_reply) {
    return wire_message_decode(&message_mark_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_mark_reply_encode(struct arena *arena, const struct wire_mark_reply *reply,
                                     struct span *out_bytes) {
    return wire_message_encode(&message_mark_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_reviews_messages[] = {
    &message_list_reviews_request,
    &message_list_reviews_reply,
    &review_requests[WIRE_REVIEW_GET],
    &review_replies[WIRE_REVIEW_GET],
    &review_requests[WIRE_REVIEW_TAKE],
    &review_replies[WIRE_REVIEW_TAKE],
    &review_requests[WIRE_REVIEW_CLOSE],
    &review_replies[WIRE_REVIEW_CLOSE],
    &review_requests[WIRE_REVIEW_TELL],
    &review_replies[WIRE_REVIEW_TELL],
    &message_open_review_request,
    &message_open_review_reply,
    &message_mark_request,
    &message_mark_reply,
    NULL,
};
