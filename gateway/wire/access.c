/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Access. */
#include "gateway/wire/access.h"

#include <lockgate/v1/access.pb-c.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row access_scope_rows[] = {
    ROW_TEXT(1, struct wire_access_scope, agency, 1, LIMIT_WIRE_PARTY),
    ROW_TEXT(2, struct wire_access_scope, system, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(3, struct wire_access_scope, user_id, 0, LIMIT_WIRE_ACTOR),
};

static const struct shape shape_access_scope =
    SHAPE_OF(lockgate__v1__access_scope__descriptor, struct wire_access_scope, access_scope_rows);

static const struct shape_row access_request_rows[] = {
    ROW_MESSAGE(1, struct wire_access_request, actor, wire_shape_actor, true),
    ROW_MESSAGE(2, struct wire_access_request, scope, shape_access_scope, true),
    ROW_TEXT(3, struct wire_access_request, reason, 1, LIMIT_WIRE_SENTENCE),
};

static const struct shape_row access_reply_rows[] = {
    ROWS_LOGGED(1, struct wire_access_reply),
};

static const struct shape shape_stop_access_request = SHAPE_OF(
    lockgate__v1__stop_access_request__descriptor, struct wire_access_request, access_request_rows);
static const struct shape shape_resume_access_request =
    SHAPE_OF(lockgate__v1__resume_access_request__descriptor, struct wire_access_request,
             access_request_rows);
static const struct shape shape_stop_access_reply = SHAPE_OF(
    lockgate__v1__stop_access_reply__descriptor, struct wire_access_reply, access_reply_rows);
static const struct shape shape_resume_access_reply = SHAPE_OF(
    lockgate__v1__resume_access_reply__descriptor, struct wire_access_reply, access_reply_rows);

static const struct wire_message access_requests[WIRE_ACCESS_METHODS] = {
    [WIRE_ACCESS_STOP] = WIRE_REQUEST(shape_stop_access_request),
    [WIRE_ACCESS_RESUME] = WIRE_REQUEST(shape_resume_access_request),
};

static const struct wire_message access_replies[WIRE_ACCESS_METHODS] = {
    [WIRE_ACCESS_STOP] = WIRE_REPLY(shape_stop_access_reply),
    [WIRE_ACCESS_RESUME] = WIRE_REPLY(shape_resume_access_reply),
};

struct lg_err wire_access_request_decode(enum wire_access_method method, struct arena *arena,
                                         struct span bytes, struct wire_report *report,
                                         struct wire_access_request *out_request) {
    ASSERT(method < WIRE_ACCESS_METHODS);
    return wire_message_decode(&access_requests[method], arena, bytes, report, out_request);
}

struct lg_err wire_access_request_encode(enum wire_access_method method, struct arena *arena,
                                         const struct wire_access_request *request,
                                         struct span *out_bytes) {
    ASSERT(method < WIRE_ACCESS_METHODS);
    return wire_message_encode(&access_requests[method], arena, request, out_bytes);
}

struct lg_err wire_access_reply_decode(enum wire_access_method method, struct arena *arena,
                                       struct span bytes, struct wire_report *report,
                                       struct wire_access_reply *out_reply) {
    ASSERT(method < WIRE_ACCESS_METHODS);
    return wire_message_decode(&access_replies[method], arena, bytes, report, out_reply);
}

struct lg_err wire_access_reply_encode(enum wire_access_method method, struct arena *arena,
                                       const struct wire_access_reply *reply,
                                       struct span *out_bytes) {
    ASSERT(method < WIRE_ACCESS_METHODS);
    return wire_message_encode(&access_replies[method], arena, reply, out_bytes);
}

struct list_stops_request {
    struct actor actor;
};

static const struct shape_row list_stops_request_rows[] = {
    ROW_MESSAGE(1, struct list_stops_request, actor, wire_shape_actor, true),
};

static const struct shape shape_list_stops_request =
    SHAPE_OF(lockgate__v1__list_stops_request__descriptor, struct list_stops_request,
             list_stops_request_rows);

static const struct wire_message message_list_stops_request =
    WIRE_REQUEST(shape_list_stops_request);

struct lg_err wire_list_stops_request_decode(struct arena *arena, struct span bytes,
                                             struct wire_report *report, struct actor *out_actor) {
    struct list_stops_request request = {0};
    TRY(wire_message_decode(&message_list_stops_request, arena, bytes, report, &request));
    *out_actor = request.actor;
    return LG_OK;
}

struct lg_err wire_list_stops_request_encode(struct arena *arena, const struct actor *actor,
                                             struct span *out_bytes) {
    const struct list_stops_request request = {.actor = *actor};
    return wire_message_encode(&message_list_stops_request, arena, &request, out_bytes);
}

static const struct shape_row stopped_access_rows[] = {
    ROW_MESSAGE(1, struct wire_stopped_access, scope, shape_access_scope, false),
    ROW_I64(2, struct wire_stopped_access, since_ms),
    ROW_TEXT(3, struct wire_stopped_access, by_agency, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(4, struct wire_stopped_access, by_user, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(5, struct wire_stopped_access, reason, 0, LIMIT_WIRE_SENTENCE),
    ROW_U64(6, struct wire_stopped_access, log_index, 0),
};

static const struct shape shape_stopped_access = SHAPE_OF(
    lockgate__v1__stopped_access__descriptor, struct wire_stopped_access, stopped_access_rows);

static const struct shape_row list_stops_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_list_stops_reply, stops, stop_count, shape_stopped_access, 0,
                 LIMIT_STORE_STOPS),
    ROWS_LOGGED(2, struct wire_list_stops_reply),
};

static const struct shape shape_list_stops_reply =
    SHAPE_OF(lockgate__v1__list_stops_reply__descriptor, struct wire_list_stops_reply,
             list_stops_reply_rows);

static const struct wire_message message_list_stops_reply = WIRE_REPLY(shape_list_stops_reply);

struct lg_err wire_list_stops_reply_decode(struct arena *arena, struct span bytes,
                                           struct wire_report *report,
                                           struct wire_list_stops_reply *out_reply) {
    return wire_message_decode(&message_list_stops_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_list_stops_reply_encode(struct arena *arena,
                                           const struct wire_list_stops_reply *reply,
                                           struct span *out_bytes) {
    return wire_message_encode(&message_list_stops_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_access_messages[] = {
    &access_requests[WIRE_ACCESS_STOP],
    &access_replies[WIRE_ACCESS_STOP],
    &access_requests[WIRE_ACCESS_RESUME],
    &access_replies[WIRE_ACCESS_RESUME],
    &message_list_stops_request,
    &message_list_stops_reply,
    NULL,
};
