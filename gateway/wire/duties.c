/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Obligations. */
#include "gateway/wire/duties.h"

#include <lockgate/v1/duties.pb-c.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row duty_rows[] = {
    ROW_FIXED(1, struct wire_duty, duty_id.bytes, false),
    ROW_ENUM(2, struct wire_duty, kind, false),
    ROW_ENUM(3, struct wire_duty, state, false),
    ROW_TEXT(4, struct wire_duty, agency, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(5, struct wire_duty, agreement, 0, LIMIT_WIRE_NAME),
    ROW_U32(6, struct wire_duty, agreement_version, 0),
    ROW_TEXT(7, struct wire_duty, rule, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(8, struct wire_duty, source, 0, LIMIT_WIRE_PARTY),
    ROW_U64(9, struct wire_duty, count, 0),
    ROW_I64(10, struct wire_duty, received_ms),
    ROW_I64(11, struct wire_duty, due_ms),
    ROW_BOOL(12, struct wire_duty, blocked),
    ROW_TEXT(13, struct wire_duty, taken_by, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(14, struct wire_duty, attested_by, 0, LIMIT_WIRE_ACTOR),
    ROW_I64(15, struct wire_duty, attested_ms),
    ROW_TEXT(16, struct wire_duty, outcome, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(17, struct wire_duty, reason, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(18, struct wire_duty, escalated_to, 0, LIMIT_WIRE_PARTY),
};

static const struct shape shape_duty =
    SHAPE_OF(lockgate__v1__duty__descriptor, struct wire_duty, duty_rows);

/* ---- List */

static const struct shape_row list_duties_request_rows[] = {
    ROW_MESSAGE(1, struct wire_list_duties_request, actor, wire_shape_actor, true),
    ROW_ENUM(2, struct wire_list_duties_request, kind, false),
    ROW_BOOL(3, struct wire_list_duties_request, open_only),
    ROW_BOOL(4, struct wire_list_duties_request, overdue_only),
    ROW_BOOL(5, struct wire_list_duties_request, escalated),
    ROW_BYTES(6, struct wire_list_duties_request, cursor, 0, LIMIT_WIRE_DUTY_CURSOR),
};

static const struct shape shape_list_duties_request =
    SHAPE_OF(lockgate__v1__list_duties_request__descriptor, struct wire_list_duties_request,
             list_duties_request_rows);

static const struct wire_message message_list_duties_request =
    WIRE_REQUEST(shape_list_duties_request);

struct lg_err wire_list_duties_request_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_list_duties_request *out_request) {
    return wire_message_decode(&message_list_duties_request, arena, bytes, report, out_request);
}

struct lg_err wire_list_duties_request_encode(struct arena *arena,
                                              const struct wire_list_duties_request *request,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_list_duties_request, arena, request, out_bytes);
}

static const struct shape_row list_duties_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_list_duties_reply, duties, duty_count, shape_duty, 0,
                 LIMIT_DUTY_PAGE),
    ROW_BYTES(2, struct wire_list_duties_reply, cursor, 0, LIMIT_WIRE_DUTY_CURSOR),
    ROW_U64(3, struct wire_list_duties_reply, covered_size, 0),
    ROWS_LOGGED(4, struct wire_list_duties_reply),
};

static const struct shape shape_list_duties_reply =
    SHAPE_OF(lockgate__v1__list_duties_reply__descriptor, struct wire_list_duties_reply,
             list_duties_reply_rows);

static const struct wire_message message_list_duties_reply = WIRE_REPLY(shape_list_duties_reply);

struct lg_err wire_list_duties_reply_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_list_duties_reply *out_reply) {
    return wire_message_decode(&message_list_duties_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_list_duties_reply_encode(struct arena *arena,
                                            const struct wire_list_duties_reply *reply,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_list_duties_reply, arena, reply, out_bytes);
}

/* ---- Take and Attest */

static const struct shape_row duty_ref_rows[] = {
    ROW_FIXED(1, struct wire_duty_ref, duty_id.bytes, true),
};

static const struct shape shape_duty_ref =
    SHAPE_OF(lockgate__v1__duty_ref__descriptor, struct wire_duty_ref, duty_ref_rows);

static const struct shape_row take_duties_request_rows[] = {
    ROW_MESSAGE(1, struct wire_duty_request, actor, wire_shape_actor, true),
    ROW_MESSAGES(2, struct wire_duty_request, duties, duty_count, shape_duty_ref, 1,
                 LIMIT_DUTY_PAGE),
};

static const struct shape_row attest_duties_request_rows[] = {
    ROW_MESSAGE(1, struct wire_duty_request, actor, wire_shape_actor, true),
    ROW_MESSAGES(2, struct wire_duty_request, duties, duty_count, shape_duty_ref, 1,
                 LIMIT_DUTY_PAGE),
    ROW_TEXT(3, struct wire_duty_request, outcome, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_duty_request, reason, 1, LIMIT_WIRE_SENTENCE),
};

static const struct shape_row duty_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_duty_reply, duties, duty_count, shape_duty, 0, LIMIT_DUTY_PAGE),
    ROWS_LOGGED(2, struct wire_duty_reply),
};

static const struct shape shape_take_duties_request =
    SHAPE_OF(lockgate__v1__take_duties_request__descriptor, struct wire_duty_request,
             take_duties_request_rows);
static const struct shape shape_attest_duties_request =
    SHAPE_OF(lockgate__v1__attest_duties_request__descriptor, struct wire_duty_request,
             attest_duties_request_rows);
static const struct shape shape_take_duties_reply =
    SHAPE_OF(lockgate__v1__take_duties_reply__descriptor, struct wire_duty_reply, duty_reply_rows);
static const struct shape shape_attest_duties_reply = SHAPE_OF(
    lockgate__v1__attest_duties_reply__descriptor, struct wire_duty_reply, duty_reply_rows);

static const struct wire_message duty_requests[WIRE_DUTY_METHODS] = {
    [WIRE_DUTY_TAKE] = WIRE_REQUEST(shape_take_duties_request),
    [WIRE_DUTY_ATTEST] = WIRE_REQUEST(shape_attest_duties_request),
};
static const struct wire_message duty_replies[WIRE_DUTY_METHODS] = {
    [WIRE_DUTY_TAKE] = WIRE_REPLY(shape_take_duties_reply),
    [WIRE_DUTY_ATTEST] = WIRE_REPLY(shape_attest_duties_reply),
};

struct lg_err wire_duty_request_decode(enum wire_duty_method method, struct arena *arena,
                                       struct span bytes, struct wire_report *report,
                                       struct wire_duty_request *out_request) {
    ASSERT(method < WIRE_DUTY_METHODS);
    return wire_message_decode(&duty_requests[method], arena, bytes, report, out_request);
}

struct lg_err wire_duty_request_encode(enum wire_duty_method method, struct arena *arena,
                                       const struct wire_duty_request *request,
                                       struct span *out_bytes) {
    ASSERT(method < WIRE_DUTY_METHODS);
    return wire_message_encode(&duty_requests[method], arena, request, out_bytes);
}

struct lg_err wire_duty_reply_decode(enum wire_duty_method method, struct arena *arena,
                                     struct span bytes, struct wire_report *report,
                                     struct wire_duty_reply *out_reply) {
    ASSERT(method < WIRE_DUTY_METHODS);
    return wire_message_decode(&duty_replies[method], arena, bytes, report, out_reply);
}

struct lg_err wire_duty_reply_encode(enum wire_duty_method method, struct arena *arena,
                                     const struct wire_duty_reply *reply, struct span *out_bytes) {
    ASSERT(method < WIRE_DUTY_METHODS);
    return wire_message_encode(&duty_replies[method], arena, reply, out_bytes);
}

const struct wire_message *const wire_duties_messages[] = {
    &message_list_duties_request,
    &message_list_duties_reply,
    &duty_requests[WIRE_DUTY_TAKE],
    &duty_replies[WIRE_DUTY_TAKE],
    &duty_requests[WIRE_DUTY_ATTEST],
    &duty_replies[WIRE_DUTY_ATTEST],
    NULL,
};
