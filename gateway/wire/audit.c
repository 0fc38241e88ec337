/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Audit. */
#include "gateway/wire/audit.h"

#include <lockgate/v1/audit.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row audit_get_request_rows[] = {
    ROW_MESSAGE(1, struct wire_audit_get_request, ground, wire_shape_ground, true),
    ROW_U64(2, struct wire_audit_get_request, index, 0),
    ROW_U64(3, struct wire_audit_get_request, held_size, 0),
};

static const struct shape shape_audit_get_request =
    SHAPE_OF(lockgate__v1__audit_get_request__descriptor, struct wire_audit_get_request,
             audit_get_request_rows);

static const struct wire_message message_audit_get_request = WIRE_REQUEST(shape_audit_get_request);

struct lg_err wire_audit_get_request_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_audit_get_request *out_request) {
    return wire_message_decode(&message_audit_get_request, arena, bytes, report, out_request);
}

struct lg_err wire_audit_get_request_encode(struct arena *arena,
                                            const struct wire_audit_get_request *request,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_audit_get_request, arena, request, out_bytes);
}

static const struct shape_row audit_get_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_audit_get_reply, verdict, wire_shape_verdict, false),
    ROWS_LOGGED(2, struct wire_audit_get_reply),
    ROW_U64(4, struct wire_audit_get_reply, held_size, 0),
    ROW_BLOBS(5, struct wire_audit_get_reply, consistency, MODEL_HASH_SIZE, 0, LIMIT_WIRE_PATH),
};

static const struct shape shape_audit_get_reply = SHAPE_OF(
    lockgate__v1__audit_get_reply__descriptor, struct wire_audit_get_reply, audit_get_reply_rows);

static const struct wire_message message_audit_get_reply = WIRE_REPLY(shape_audit_get_reply);

struct lg_err wire_audit_get_reply_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct wire_audit_get_reply *out_reply) {
    return wire_message_decode(&message_audit_get_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_audit_get_reply_encode(struct arena *arena,
                                          const struct wire_audit_get_reply *reply,
                                          struct span *out_bytes) {
    return wire_message_encode(&message_audit_get_reply, arena, reply, out_bytes);
}

static const struct shape_row prove_request_rows[] = {
    ROW_U64(1, struct wire_prove_request, index, 0),
    ROW_U64(2, struct wire_prove_request, size, 0),
};

static const struct shape shape_prove_request = SHAPE_OF(
    lockgate__v1__prove_request__descriptor, struct wire_prove_request, prove_request_rows);

static const struct wire_message message_prove_request = WIRE_REQUEST(shape_prove_request);

struct lg_err wire_prove_request_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_prove_request *out_request) {
    return wire_message_decode(&message_prove_request, arena, bytes, report, out_request);
}

struct lg_err wire_prove_request_encode(struct arena *arena,
                                        const struct wire_prove_request *request,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_prove_request, arena, request, out_bytes);
}

static const struct shape_row prove_reply_rows[] = {
    ROW_U64(1, struct wire_prove_reply, index, 0),
    ROW_U64(2, struct wire_prove_reply, size, 0),
    ROW_BLOBS(3, struct wire_prove_reply, path, MODEL_HASH_SIZE, 0, LIMIT_WIRE_PATH),
    ROW_BYTES(4, struct wire_prove_reply, leaf_hash, MODEL_HASH_SIZE, MODEL_HASH_SIZE),
    ROW_BYTES(5, struct wire_prove_reply, root, MODEL_HASH_SIZE, MODEL_HASH_SIZE),
};

static const struct shape shape_prove_reply =
    SHAPE_OF(lockgate__v1__prove_reply__descriptor, struct wire_prove_reply, prove_reply_rows);

static const struct wire_message message_prove_reply = WIRE_REPLY(shape_prove_reply);

struct lg_err wire_prove_reply_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report,
                                      struct wire_prove_reply *out_reply) {
    return wire_message_decode(&message_prove_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_prove_reply_encode(struct arena *arena, const struct wire_prove_reply *reply,
                                      struct span *out_bytes) {
    return wire_message_encode(&message_prove_reply, arena, reply, out_bytes);
}

static const struct shape_row checkpoint_reply_rows[] = {
    ROW_INLINE(1, SHAPE_NOWHERE, wire_shape_checkpoint),
};

static const struct shape shape_checkpoint_reply =
    SHAPE_OF(lockgate__v1__checkpoint_reply__descriptor, struct wire_note, checkpoint_reply_rows);

static const struct wire_message message_checkpoint_reply = WIRE_REPLY(shape_checkpoint_reply);

struct lg_err wire_checkpoint_reply_decode(struct arena *arena, struct span bytes,
                                           struct wire_report *report, struct span *out_note) {
    struct wire_note note;
    TRY(wire_message_decode(&message_checkpoint_reply, arena, bytes, report, &note));
    *out_note = note.text;
    return LG_OK;
}

struct lg_err wire_checkpoint_reply_encode(struct arena *arena, const struct span *note,
                                           struct span *out_bytes) {
    struct wire_note text = {.text = *note};
    return wire_message_encode(&message_checkpoint_reply, arena, &text, out_bytes);
}

static const struct shape_row consistency_request_rows[] = {
    ROW_U64(1, struct wire_consistency_request, from_size, 0),
    ROW_U64(2, struct wire_consistency_request, to_size, 0),
};

static const struct shape shape_consistency_request =
    SHAPE_OF(lockgate__v1__consistency_request__descriptor, struct wire_consistency_request,
             consistency_request_rows);

static const struct wire_message message_consistency_request =
    WIRE_REQUEST(shape_consistency_request);

struct lg_err wire_consistency_request_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_consistency_request *out_request) {
    return wire_message_decode(&message_consistency_request, arena, bytes, report, out_request);
}

struct lg_err wire_consistency_request_encode(struct arena *arena,
                                              const struct wire_consistency_request *request,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_consistency_request, arena, request, out_bytes);
}

static const struct shape_row consistency_reply_rows[] = {
    ROW_U64(1, struct wire_consistency_reply, from_size, 0),
    ROW_U64(2, struct wire_consistency_reply, to_size, 0),
    ROW_BLOBS(3, struct wire_consistency_reply, path, MODEL_HASH_SIZE, 0, LIMIT_WIRE_PATH),
};

static const struct shape shape_consistency_reply =
    SHAPE_OF(lockgate__v1__consistency_reply__descriptor, struct wire_consistency_reply,
             consistency_reply_rows);

static const struct wire_message message_consistency_reply = WIRE_REPLY(shape_consistency_reply);

struct lg_err wire_consistency_reply_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_consistency_reply *out_reply) {
    return wire_message_decode(&message_consistency_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_consistency_reply_encode(struct arena *arena,
                                            const struct wire_consistency_reply *reply,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_consistency_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_audit_messages[] = {
    &message_audit_get_request,  &message_audit_get_reply,
    &message_prove_request,      &message_prove_reply,
    &message_checkpoint_reply,   &message_consistency_request,
    &message_consistency_reply,  &wire_message_explain_request,
    &wire_message_explain_reply, NULL,
};
