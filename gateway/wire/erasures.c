/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Erasures. */
#include "gateway/wire/erasures.h"

#include <lockgate/v1/erasures.pb-c.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/wire/wire_int.h"

/* ---- About a person */

static const struct shape_row propose_request_rows[] = {
    ROW_FIXED(1, struct wire_erasure_person_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_erasure_person_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_erasure_person_request, ground, wire_shape_ground, true),
    ROW_TEXT(4, struct wire_erasure_person_request, reason, 1, LIMIT_WIRE_SENTENCE),
};

static const struct shape_row hold_request_rows[] = {
    ROW_FIXED(1, struct wire_erasure_person_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_erasure_person_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_erasure_person_request, ground, wire_shape_ground, true),
    ROW_TEXT(4, struct wire_erasure_person_request, reason, 1, LIMIT_WIRE_SENTENCE),
    ROW_BOOL(5, struct wire_erasure_person_request, lifted),
};

static const struct shape_row propose_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_erasure_person_reply, verdict, wire_shape_verdict, false),
    ROW_U64(2, struct wire_erasure_person_reply, proposal, 0),
    ROWS_LOGGED(3, struct wire_erasure_person_reply),
};

static const struct shape_row hold_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_erasure_person_reply, verdict, wire_shape_verdict, false),
    ROWS_LOGGED(2, struct wire_erasure_person_reply),
};

static const struct shape shape_propose_erasure_request =
    SHAPE_OF(lockgate__v1__propose_erasure_request__descriptor, struct wire_erasure_person_request,
             propose_request_rows);
static const struct shape shape_hold_erasure_request =
    SHAPE_OF(lockgate__v1__hold_erasure_request__descriptor, struct wire_erasure_person_request,
             hold_request_rows);
static const struct shape shape_propose_erasure_reply =
    SHAPE_OF(lockgate__v1__propose_erasure_reply__descriptor, struct wire_erasure_person_reply,
             propose_reply_rows);
static const struct shape shape_hold_erasure_reply =
    SHAPE_OF(lockgate__v1__hold_erasure_reply__descriptor, struct wire_erasure_person_reply,
             hold_reply_rows);

static const struct wire_message person_requests[WIRE_ERASURE_PERSON_METHODS] = {
    [WIRE_ERASURE_PROPOSE] = WIRE_REQUEST(shape_propose_erasure_request),
    [WIRE_ERASURE_HOLD] = WIRE_REQUEST(shape_hold_erasure_request),
};
static const struct wire_message person_replies[WIRE_ERASURE_PERSON_METHODS] = {
    [WIRE_ERASURE_PROPOSE] = WIRE_REPLY(shape_propose_erasure_reply),
    [WIRE_ERASURE_HOLD] = WIRE_REPLY(shape_hold_erasure_reply),
};

struct lg_err wire_erasure_person_request_decode(enum wire_erasure_person_method method,
                                                 struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_erasure_person_request *out_request) {
    ASSERT(method < WIRE_ERASURE_PERSON_METHODS);
    return wire_message_decode(&person_requests[method], arena, bytes, report, out_request);
}

struct lg_err wire_erasure_person_request_encode(enum wire_erasure_person_method method,
                                                 struct arena *arena,
                                                 const struct wire_erasure_person_request *request,
                                                 struct span *out_bytes) {
    ASSERT(method < WIRE_ERASURE_PERSON_METHODS);
    return wire_message_encode(&person_requests[method], arena, request, out_bytes);
}

struct lg_err wire_erasure_person_reply_decode(enum wire_erasure_person_method method,
                                               struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_erasure_person_reply *out_reply) {
    ASSERT(method < WIRE_ERASURE_PERSON_METHODS);
    return wire_message_decode(&person_replies[method], arena, bytes, report, out_reply);
}

struct lg_err wire_erasure_person_reply_encode(enum wire_erasure_person_method method,
                                               struct arena *arena,
                                               const struct wire_erasure_person_reply *reply,
                                               struct span *out_bytes) {
    ASSERT(method < WIRE_ERASURE_PERSON_METHODS);
    return wire_message_encode(&person_replies[method], arena, reply, out_bytes);
}

/* ---- About nobody */

static const struct shape_row expiry_request_rows[] = {
    ROW_MESSAGE(1, struct wire_erasure_request, actor, wire_shape_actor, true),
    ROW_TEXT(2, struct wire_erasure_request, quarter, LIMIT_WIRE_QUARTER, LIMIT_WIRE_QUARTER),
    ROW_TEXT(3, struct wire_erasure_request, reason, 1, LIMIT_WIRE_SENTENCE),
};

static const struct shape_row decide_request_rows[] = {
    ROW_MESSAGE(1, struct wire_erasure_request, actor, wire_shape_actor, true),
    ROW_U64(2, struct wire_erasure_request, proposal, 0),
    ROW_BOOL(3, struct wire_erasure_request, refused),
    ROW_TEXT(4, struct wire_erasure_request, reason, 1, LIMIT_WIRE_SENTENCE),
};

static const struct shape_row expiry_reply_rows[] = {
    ROW_U64(1, struct wire_erasure_reply, proposal, 0),
    ROWS_LOGGED(2, struct wire_erasure_reply),
};

static const struct shape_row decide_reply_rows[] = {
    ROWS_LOGGED(1, struct wire_erasure_reply),
};

static const struct shape shape_propose_expiry_request =
    SHAPE_OF(lockgate__v1__propose_expiry_request__descriptor, struct wire_erasure_request,
             expiry_request_rows);
static const struct shape shape_decide_erasure_request =
    SHAPE_OF(lockgate__v1__decide_erasure_request__descriptor, struct wire_erasure_request,
             decide_request_rows);
static const struct shape shape_propose_expiry_reply = SHAPE_OF(
    lockgate__v1__propose_expiry_reply__descriptor, struct wire_erasure_reply, expiry_reply_rows);
static const struct shape shape_decide_erasure_reply = SHAPE_OF(
    lockgate__v1__decide_erasure_reply__descriptor, struct wire_erasure_reply, decide_reply_rows);

static const struct wire_message erasure_requests[WIRE_ERASURE_METHODS] = {
    [WIRE_ERASURE_EXPIRY] = WIRE_REQUEST(shape_propose_expiry_request),
    [WIRE_ERASURE_DECIDE] = WIRE_REQUEST(shape_decide_erasure_request),
};
static const struct wire_message erasure_replies[WIRE_ERASURE_METHODS] = {
    [WIRE_ERASURE_EXPIRY] = WIRE_REPLY(shape_propose_expiry_reply),
    [WIRE_ERASURE_DECIDE] = WIRE_REPLY(shape_decide_erasure_reply),
};

struct lg_err wire_erasure_request_decode(enum wire_erasure_method method, struct arena *arena,
                                          struct span bytes, struct wire_report *report,
                                          struct wire_erasure_request *out_request) {
    ASSERT(method < WIRE_ERASURE_METHODS);
    return wire_message_decode(&erasure_requests[method], arena, bytes, report, out_request);
}

struct lg_err wire_erasure_request_encode(enum wire_erasure_method method, struct arena *arena,
                                          const struct wire_erasure_request *request,
                                          struct span *out_bytes) {
    ASSERT(method < WIRE_ERASURE_METHODS);
    return wire_message_encode(&erasure_requests[method], arena, request, out_bytes);
}

struct lg_err wire_erasure_reply_decode(enum wire_erasure_method method, struct arena *arena,
                                        struct span bytes, struct wire_report *report,
                                        struct wire_erasure_reply *out_reply) {
    ASSERT(method < WIRE_ERASURE_METHODS);
    return wire_message_decode(&erasure_replies[method], arena, bytes, report, out_reply);
}

struct lg_err wire_erasure_reply_encode(enum wire_erasure_method method, struct arena *arena,
                                        const struct wire_erasure_reply *reply,
                                        struct span *out_bytes) {
    ASSERT(method < WIRE_ERASURE_METHODS);
    return wire_message_encode(&erasure_replies[method], arena, reply, out_bytes);
}

/* ---- List */

struct list_erasures_request {
    struct actor actor;
};

static const struct shape_row list_erasures_request_rows[] = {
    ROW_MESSAGE(1, struct list_erasures_request, actor, wire_shape_actor, true),
};

static const struct shape shape_list_erasures_request =
    SHAPE_OF(lockgate__v1__list_erasures_request__descriptor, struct list_erasures_request,
             list_erasures_request_rows);

static const struct wire_message message_list_erasures_request =
    WIRE_REQUEST(shape_list_erasures_request);

struct lg_err wire_list_erasures_request_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct actor *out_actor) {
    struct list_erasures_request request = {0};
    TRY(wire_message_decode(&message_list_erasures_request, arena, bytes, report, &request));
    *out_actor = request.actor;
    return LG_OK;
}

struct lg_err wire_list_erasures_request_encode(struct arena *arena, const struct actor *actor,
                                                struct span *out_bytes) {
    const struct list_erasures_request request = {.actor = *actor};
    return wire_message_encode(&message_list_erasures_request, arena, &request, out_bytes);
}

static const struct shape_row standing_erasure_rows[] = {
    ROW_U64(1, struct wire_standing_erasure, log_index, 0),
    ROW_ENUM(2, struct wire_standing_erasure, kind, false),
    ROW_TEXT(3, struct wire_standing_erasure, quarter, 0, LIMIT_WIRE_QUARTER),
    ROW_I64(4, struct wire_standing_erasure, since_ms),
    ROW_TEXT(5, struct wire_standing_erasure, by_agency, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(6, struct wire_standing_erasure, by_user, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(7, struct wire_standing_erasure, case_reference, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(8, struct wire_standing_erasure, reason, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_standing_erasure =
    SHAPE_OF(lockgate__v1__standing_erasure__descriptor, struct wire_standing_erasure,
             standing_erasure_rows);

static const struct shape_row list_erasures_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_list_erasures_reply, standing, standing_count,
                 shape_standing_erasure, 0, LIMIT_WIRE_ERASURES),
    ROWS_LOGGED(2, struct wire_list_erasures_reply),
};

static const struct shape shape_list_erasures_reply =
    SHAPE_OF(lockgate__v1__list_erasures_reply__descriptor, struct wire_list_erasures_reply,
             list_erasures_reply_rows);

static const struct wire_message message_list_erasures_reply =
    WIRE_REPLY(shape_list_erasures_reply);

struct lg_err wire_list_erasures_reply_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_list_erasures_reply *out_reply) {
    return wire_message_decode(&message_list_erasures_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_list_erasures_reply_encode(struct arena *arena,
                                              const struct wire_list_erasures_reply *reply,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_list_erasures_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_erasures_messages[] = {
    &person_requests[WIRE_ERASURE_PROPOSE],
    &person_replies[WIRE_ERASURE_PROPOSE],
    &person_requests[WIRE_ERASURE_HOLD],
    &person_replies[WIRE_ERASURE_HOLD],
    &erasure_requests[WIRE_ERASURE_EXPIRY],
    &erasure_replies[WIRE_ERASURE_EXPIRY],
    &erasure_requests[WIRE_ERASURE_DECIDE],
    &erasure_replies[WIRE_ERASURE_DECIDE],
    &message_list_erasures_request,
    &message_list_erasures_reply,
    NULL,
};
