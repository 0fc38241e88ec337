/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Edge. */
#include "gateway/wire/edge.h"

#include <lockgate/v1/edge.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row blind_person_rows[] = {
    ROW_MESSAGE(1, struct wire_blind_person, identity, wire_shape_identity, false),
    ROW_TEXT(2, struct wire_blind_person, local_reference, 0, LIMIT_WIRE_LOCAL_REFERENCE),
};

static const struct shape shape_blind_person =
    SHAPE_OF(lockgate__v1__blind_person__descriptor, struct wire_blind_person, blind_person_rows);

static const struct shape_row blind_request_rows[] = {
    ROW_MESSAGE(1, struct wire_blind_request, ground, wire_shape_ground, true),
    ROW_MESSAGES(2, struct wire_blind_request, persons, person_count, shape_blind_person, 1,
                 LIMIT_WIRE_BLIND_PERSONS),
};

static const struct shape shape_blind_request = SHAPE_OF(
    lockgate__v1__blind_request__descriptor, struct wire_blind_request, blind_request_rows);

static const struct wire_message message_blind_request = WIRE_REQUEST(shape_blind_request);

struct lg_err wire_blind_request_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_blind_request *out_request) {
    return wire_message_decode(&message_blind_request, arena, bytes, report, out_request);
}

struct lg_err wire_blind_request_encode(struct arena *arena,
                                        const struct wire_blind_request *request,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_blind_request, arena, request, out_bytes);
}

static const struct shape_row blinded_person_rows[] = {
    ROW_MESSAGES(1, struct wire_blinded_person, tokens, token_count, wire_shape_token, 0,
                 LIMIT_WIRE_TOKENS),
    ROW_FIXED(2, struct wire_blinded_person, record_tag.bytes, false),
    ROW_BYTES(3, struct wire_blinded_person, reference, 0, LIMIT_WIRE_REFERENCE),
    ROW_TEXT(4, struct wire_blinded_person, code, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_blinded_person = SHAPE_OF(
    lockgate__v1__blinded_person__descriptor, struct wire_blinded_person, blinded_person_rows);

static const struct shape_row blind_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_blind_reply, persons, person_count, shape_blinded_person, 0,
                 LIMIT_WIRE_BLIND_PERSONS),
};

static const struct shape shape_blind_reply =
    SHAPE_OF(lockgate__v1__blind_reply__descriptor, struct wire_blind_reply, blind_reply_rows);

static const struct wire_message message_blind_reply = WIRE_REPLY(shape_blind_reply);

struct lg_err wire_blind_reply_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report,
                                      struct wire_blind_reply *out_reply) {
    return wire_message_decode(&message_blind_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_blind_reply_encode(struct arena *arena, const struct wire_blind_reply *reply,
                                      struct span *out_bytes) {
    return wire_message_encode(&message_blind_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_edge_messages[] = {
    &message_blind_request,
    &message_blind_reply,
    NULL,
};
