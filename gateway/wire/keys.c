/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Keys. */
#include "gateway/wire/keys.h"

#include <lockgate/v1/keys.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row keys_evaluate_request_rows[] = {
    ROW_TEXT(1, struct wire_keys_evaluate_request, agency, 1, LIMIT_WIRE_PARTY),
    ROW_MESSAGES(2, struct wire_keys_evaluate_request, batches, batch_count,
                 wire_shape_blinded_batch, 1, LIMIT_WIRE_BATCHES),
    ROW_BOOL(3, struct wire_keys_evaluate_request, plain),
};

static const struct shape shape_keys_evaluate_request =
    SHAPE_OF(lockgate__v1__keys_evaluate_request__descriptor, struct wire_keys_evaluate_request,
             keys_evaluate_request_rows);

static const struct wire_message message_keys_evaluate_request =
    WIRE_REQUEST(shape_keys_evaluate_request);

struct lg_err wire_keys_evaluate_request_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_keys_evaluate_request *out_request) {
    return wire_message_decode(&message_keys_evaluate_request, arena, bytes, report, out_request);
}

struct lg_err wire_keys_evaluate_request_encode(struct arena *arena,
                                                const struct wire_keys_evaluate_request *request,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_keys_evaluate_request, arena, request, out_bytes);
}

static const struct shape_row keys_evaluate_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_evaluate_reply, batches, batch_count, wire_shape_evaluated_batch, 0,
                 LIMIT_WIRE_BATCHES),
};

static const struct shape shape_keys_evaluate_reply =
    SHAPE_OF(lockgate__v1__keys_evaluate_reply__descriptor, struct wire_evaluate_reply,
             keys_evaluate_reply_rows);

static const struct wire_message message_keys_evaluate_reply =
    WIRE_REPLY(shape_keys_evaluate_reply);

struct lg_err wire_keys_evaluate_reply_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_evaluate_reply *out_reply) {
    return wire_message_decode(&message_keys_evaluate_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_keys_evaluate_reply_encode(struct arena *arena,
                                              const struct wire_evaluate_reply *reply,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_keys_evaluate_reply, arena, reply, out_bytes);
}

static const struct shape_row pseudonymise_request_rows[] = {
    ROW_TEXT(1, struct wire_pseudonymise_request, agreement, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_pseudonymise_request, recipient, 1, LIMIT_WIRE_PARTY),
    ROW_U32(3, struct wire_pseudonymise_request, epoch, 0),
    ROW_BLOBS(4, struct wire_pseudonymise_request, elements, MODEL_POINT_SIZE, 1, LIMIT_WIRE_BATCH),
};

static const struct shape shape_pseudonymise_request =
    SHAPE_OF(lockgate__v1__pseudonymise_request__descriptor, struct wire_pseudonymise_request,
             pseudonymise_request_rows);

static const struct wire_message message_pseudonymise_request =
    WIRE_REQUEST(shape_pseudonymise_request);

struct lg_err wire_pseudonymise_request_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_pseudonymise_request *out_request) {
    return wire_message_decode(&message_pseudonymise_request, arena, bytes, report, out_request);
}

struct lg_err wire_pseudonymise_request_encode(struct arena *arena,
                                               const struct wire_pseudonymise_request *request,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_pseudonymise_request, arena, request, out_bytes);
}

/* Both replies are a list of elements and nothing else. */
struct wire_elements {
    struct span_list list;
};

static const struct shape_row elements_rows[] = {
    ROW_BLOBS(1, struct wire_elements, list, MODEL_POINT_SIZE, 1, LIMIT_WIRE_BATCH),
};

static const struct shape shape_pseudonymise_reply =
    SHAPE_OF(lockgate__v1__pseudonymise_reply__descriptor, struct wire_elements, elements_rows);

static const struct wire_message message_pseudonymise_reply = WIRE_REPLY(shape_pseudonymise_reply);

struct lg_err wire_pseudonymise_reply_decode(struct arena *arena, struct span bytes,
                                             struct wire_report *report,
                                             struct span_list *out_elements) {
    struct wire_elements elements;
    TRY(wire_message_decode(&message_pseudonymise_reply, arena, bytes, report, &elements));
    *out_elements = elements.list;
    return LG_OK;
}

struct lg_err wire_pseudonymise_reply_encode(struct arena *arena, const struct span_list *elements,
                                             struct span *out_bytes) {
    struct wire_elements list = {.list = *elements};
    return wire_message_encode(&message_pseudonymise_reply, arena, &list, out_bytes);
}

static const struct shape_row keys_translate_request_rows[] = {
    ROW_TEXT(1, struct wire_keys_translate_request, from_agreement, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_keys_translate_request, from_recipient, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(3, struct wire_keys_translate_request, to_agreement, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_keys_translate_request, to_recipient, 0, LIMIT_WIRE_PARTY),
    ROW_U32(5, struct wire_keys_translate_request, epoch, 0),
    ROW_BLOBS(6, struct wire_keys_translate_request, elements, MODEL_POINT_SIZE, 1,
              LIMIT_WIRE_BATCH),
};

static const struct shape shape_keys_translate_request =
    SHAPE_OF(lockgate__v1__keys_translate_request__descriptor, struct wire_keys_translate_request,
             keys_translate_request_rows);

static const struct wire_message message_keys_translate_request =
    WIRE_REQUEST(shape_keys_translate_request);

struct lg_err wire_keys_translate_request_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_keys_translate_request *out_request) {
    return wire_message_decode(&message_keys_translate_request, arena, bytes, report, out_request);
}

struct lg_err wire_keys_translate_request_encode(struct arena *arena,
                                                 const struct wire_keys_translate_request *request,
                                                 struct span *out_bytes) {
    return wire_message_encode(&message_keys_translate_request, arena, request, out_bytes);
}

static const struct shape shape_keys_translate_reply =
    SHAPE_OF(lockgate__v1__keys_translate_reply__descriptor, struct wire_elements, elements_rows);

static const struct wire_message message_keys_translate_reply =
    WIRE_REPLY(shape_keys_translate_reply);

struct lg_err wire_keys_translate_reply_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct span_list *out_elements) {
    struct wire_elements elements;
    TRY(wire_message_decode(&message_keys_translate_reply, arena, bytes, report, &elements));
    *out_elements = elements.list;
    return LG_OK;
}

struct lg_err wire_keys_translate_reply_encode(struct arena *arena,
                                               const struct span_list *elements,
                                               struct span *out_bytes) {
    struct wire_elements list = {.list = *elements};
    return wire_message_encode(&message_keys_translate_reply, arena, &list, out_bytes);
}

static const struct shape_row public_key_rows[] = {
    ROW_ENUM(1, struct wire_public_key, token_class, true),
    ROW_U32(2, struct wire_public_key, epoch, 1),
    ROW_BYTES(3, struct wire_public_key, key, MODEL_POINT_SIZE, MODEL_POINT_SIZE),
};

static const struct shape shape_public_key =
    SHAPE_OF(lockgate__v1__public_key__descriptor, struct wire_public_key, public_key_rows);

static const struct shape_row public_keys_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_public_keys_reply, keys, key_count, shape_public_key, 0,
                 LIMIT_WIRE_PUBLIC_KEYS),
};

static const struct shape shape_public_keys_reply =
    SHAPE_OF(lockgate__v1__public_keys_reply__descriptor, struct wire_public_keys_reply,
             public_keys_reply_rows);

static const struct wire_message message_public_keys_reply = WIRE_REPLY(shape_public_keys_reply);

struct lg_err wire_public_keys_reply_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_public_keys_reply *out_reply) {
    return wire_message_decode(&message_public_keys_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_public_keys_reply_encode(struct arena *arena,
                                            const struct wire_public_keys_reply *reply,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_public_keys_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_keys_messages[] = {
    &message_keys_evaluate_request,  &message_keys_evaluate_reply,
    &message_pseudonymise_request,   &message_pseudonymise_reply,
    &message_keys_translate_request, &message_keys_translate_reply,
    &message_public_keys_reply,      NULL,
};
