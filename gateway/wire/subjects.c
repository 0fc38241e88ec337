/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Subjects. */
#include "gateway/wire/subjects.h"

#include <lockgate/v1/subjects.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

/* A challenge and a response of 32 bytes each (RFC 9497, section 2.2). */
enum { PROOF_SIZE = 64 };

static const struct shape_row find_request_rows[] = {
    ROW_FIXED(1, struct question, id.bytes, true),
    ROW_MESSAGE(2, struct question, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct question, ground, wire_shape_ground, true),
    ROW_ENUM(4, struct question, age_class, false),
};

static const struct shape shape_find_request =
    SHAPE_OF(lockgate__v1__find_request__descriptor, struct question, find_request_rows);

static const struct wire_message message_find_request = WIRE_REQUEST(shape_find_request);

struct lg_err wire_find_request_decode(struct arena *arena, struct span bytes,
                                       struct wire_report *report, struct question *out_question) {
    return wire_message_decode(&message_find_request, arena, bytes, report, out_question);
}

struct lg_err wire_find_request_encode(struct arena *arena, const struct question *question,
                                       struct span *out_bytes) {
    return wire_message_encode(&message_find_request, arena, question, out_bytes);
}

static const struct shape_row find_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_find_reply, verdict, wire_shape_verdict, false),
    ROW_ENUM(2, struct wire_find_reply, band, false),
    ROW_BYTES(3, struct wire_find_reply, handle, 0, LIMIT_WIRE_HANDLE),
    ROWS_LOGGED(4, struct wire_find_reply),
};

static const struct shape shape_find_reply =
    SHAPE_OF(lockgate__v1__find_reply__descriptor, struct wire_find_reply, find_reply_rows);

static const struct wire_message message_find_reply = WIRE_REPLY(shape_find_reply);

struct lg_err wire_find_reply_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_find_reply *out_reply) {
    return wire_message_decode(&message_find_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_find_reply_encode(struct arena *arena, const struct wire_find_reply *reply,
                                     struct span *out_bytes) {
    return wire_message_encode(&message_find_reply, arena, reply, out_bytes);
}

static const struct shape_row blinded_batch_rows[] = {
    ROW_ENUM(1, struct wire_blinded_batch, token_class, true),
    ROW_BLOBS(2, struct wire_blinded_batch, elements, MODEL_POINT_SIZE, 1, LIMIT_WIRE_BATCH),
};

const struct shape wire_shape_blinded_batch = SHAPE_OF(
    lockgate__v1__blinded_batch__descriptor, struct wire_blinded_batch, blinded_batch_rows);

static const struct shape_row evaluated_batch_rows[] = {
    ROW_ENUM(1, struct wire_evaluated_batch, token_class, true),
    ROW_U32(2, struct wire_evaluated_batch, epoch, 1),
    ROW_BLOBS(3, struct wire_evaluated_batch, elements, MODEL_POINT_SIZE, 1, LIMIT_WIRE_BATCH),
    ROW_BYTES(4, struct wire_evaluated_batch, proof, PROOF_SIZE, PROOF_SIZE),
};

const struct shape wire_shape_evaluated_batch = SHAPE_OF(
    lockgate__v1__evaluated_batch__descriptor, struct wire_evaluated_batch, evaluated_batch_rows);

static const struct shape_row evaluate_request_rows[] = {
    ROW_MESSAGE(1, struct wire_evaluate_request, ground, wire_shape_ground, true),
    ROW_MESSAGES(2, struct wire_evaluate_request, batches, batch_count, wire_shape_blinded_batch, 1,
                 LIMIT_WIRE_BATCHES),
};

static const struct shape shape_evaluate_request =
    SHAPE_OF(lockgate__v1__evaluate_request__descriptor, struct wire_evaluate_request,
             evaluate_request_rows);

static const struct wire_message message_evaluate_request = WIRE_REQUEST(shape_evaluate_request);

struct lg_err wire_evaluate_request_decode(struct arena *arena, struct span bytes,
                                           struct wire_report *report,
                                           struct wire_evaluate_request *out_request) {
    return wire_message_decode(&message_evaluate_request, arena, bytes, report, out_request);
}

struct lg_err wire_evaluate_request_encode(struct arena *arena,
                                           const struct wire_evaluate_request *request,
                                           struct span *out_bytes) {
    return wire_message_encode(&message_evaluate_request, arena, request, out_bytes);
}

static const struct shape_row evaluate_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_evaluate_reply, batches, batch_count, wire_shape_evaluated_batch, 0,
                 LIMIT_WIRE_BATCHES),
};

static const struct shape shape_evaluate_reply = SHAPE_OF(
    lockgate__v1__evaluate_reply__descriptor, struct wire_evaluate_reply, evaluate_reply_rows);

static const struct wire_message message_evaluate_reply = WIRE_REPLY(shape_evaluate_reply);

struct lg_err wire_evaluate_reply_decode(struct arena *arena, struct span bytes,
                                         struct wire_report *report,
                                         struct wire_evaluate_reply *out_reply) {
    return wire_message_decode(&message_evaluate_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_evaluate_reply_encode(struct arena *arena,
                                         const struct wire_evaluate_reply *reply,
                                         struct span *out_bytes) {
    return wire_message_encode(&message_evaluate_reply, arena, reply, out_bytes);
}

static const struct shape_row enrol_header_rows[] = {
    ROW_TEXT(1, struct wire_enrol_header, agreement, 1, LIMIT_WIRE_NAME),
    ROW_U64(2, struct wire_enrol_header, expected, 0),
};

static const struct shape shape_enrol_header =
    SHAPE_OF(lockgate__v1__enrol_header__descriptor, struct wire_enrol_header, enrol_header_rows);

static const struct shape_row enrol_record_rows[] = {
    ROW_U64(1, struct wire_enrol_record, line, 1),
    ROW_FIXED(2, struct wire_enrol_record, record_tag.bytes, true),
    ROW_BYTES(3, struct wire_enrol_record, reference, 1, LIMIT_WIRE_REFERENCE),
    ROW_MESSAGES(4, struct wire_enrol_record, tokens, token_count, wire_shape_token, 1,
                 LIMIT_WIRE_TOKENS),
    ROW_ENUM(5, struct wire_enrol_record, opt_out, false),
    ROW_TEXT(6, struct wire_enrol_record, opt_out_day, 0, LIMIT_WIRE_DATE),
};

static const struct shape shape_enrol_record =
    SHAPE_OF(lockgate__v1__enrol_record__descriptor, struct wire_enrol_record, enrol_record_rows);

static const struct shape_row enrol_request_rows[] = {
    ROW_MESSAGE(1, struct wire_enrol_request, header, shape_enrol_header, false),
    ROW_MESSAGE(2, struct wire_enrol_request, record, shape_enrol_record, false),
};

static const struct shape shape_enrol_request = SHAPE_CHOICE_OF(
    lockgate__v1__enrol_request__descriptor, struct wire_enrol_request, kind, enrol_request_rows);

static const struct wire_message message_enrol_request = WIRE_REQUEST(shape_enrol_request);

struct lg_err wire_enrol_request_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_enrol_request *out_request) {
    return wire_message_decode(&message_enrol_request, arena, bytes, report, out_request);
}

struct lg_err wire_enrol_request_encode(struct arena *arena,
                                        const struct wire_enrol_request *request,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_enrol_request, arena, request, out_bytes);
}

static const struct shape_row rejected_line_rows[] = {
    ROW_U64(1, struct wire_rejected_line, line, 0),
    ROW_TEXT(2, struct wire_rejected_line, code, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_rejected_line, sentence, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_rejected_line = SHAPE_OF(
    lockgate__v1__rejected_line__descriptor, struct wire_rejected_line, rejected_line_rows);

static const struct shape_row enrol_reply_rows[] = {
    ROW_U64(1, struct wire_enrol_reply, received, 0),
    ROW_U64(2, struct wire_enrol_reply, added, 0),
    ROW_U64(3, struct wire_enrol_reply, updated, 0),
    ROW_U64(4, struct wire_enrol_reply, unchanged, 0),
    ROW_U64(5, struct wire_enrol_reply, rejected, 0),
    ROW_MESSAGES(6, struct wire_enrol_reply, rejected_lines, rejected_line_count,
                 shape_rejected_line, 0, LIMIT_WIRE_REJECTED_LINES),
    ROWS_LOGGED(7, struct wire_enrol_reply),
};

static const struct shape shape_enrol_reply =
    SHAPE_OF(lockgate__v1__enrol_reply__descriptor, struct wire_enrol_reply, enrol_reply_rows);

static const struct wire_message message_enrol_reply = WIRE_REPLY(shape_enrol_reply);

struct lg_err wire_enrol_reply_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report,
                                      struct wire_enrol_reply *out_reply) {
    return wire_message_decode(&message_enrol_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_enrol_reply_encode(struct arena *arena, const struct wire_enrol_reply *reply,
                                      struct span *out_bytes) {
    return wire_message_encode(&message_enrol_reply, arena, reply, out_bytes);
}

static const struct shape_row retire_request_rows[] = {
    ROW_TEXT(1, struct wire_retire_request, agreement, 1, LIMIT_WIRE_NAME),
    ROW_BLOBS(2, struct wire_retire_request, record_tags, MODEL_RECORD_TAG_SIZE, 1,
              LIMIT_WIRE_RECORD_TAGS),
};

static const struct shape shape_retire_request = SHAPE_OF(
    lockgate__v1__retire_request__descriptor, struct wire_retire_request, retire_request_rows);

static const struct wire_message message_retire_request = WIRE_REQUEST(shape_retire_request);

struct lg_err wire_retire_request_decode(struct arena *arena, struct span bytes,
                                         struct wire_report *report,
                                         struct wire_retire_request *out_request) {
    return wire_message_decode(&message_retire_request, arena, bytes, report, out_request);
}

struct lg_err wire_retire_request_encode(struct arena *arena,
                                         const struct wire_retire_request *request,
                                         struct span *out_bytes) {
    return wire_message_encode(&message_retire_request, arena, request, out_bytes);
}

static const struct shape_row retire_reply_rows[] = {
    ROW_U64(1, struct wire_retire_reply, retired, 0),
    ROW_U64(2, struct wire_retire_reply, unknown, 0),
    ROWS_LOGGED(3, struct wire_retire_reply),
};

static const struct shape shape_retire_reply =
    SHAPE_OF(lockgate__v1__retire_reply__descriptor, struct wire_retire_reply, retire_reply_rows);

static const struct wire_message message_retire_reply = WIRE_REPLY(shape_retire_reply);

struct lg_err wire_retire_reply_decode(struct arena *arena, struct span bytes,
                                       struct wire_report *report,
                                       struct wire_retire_reply *out_reply) {
    return wire_message_decode(&message_retire_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_retire_reply_encode(struct arena *arena, const struct wire_retire_reply *reply,
                                       struct span *out_bytes) {
    return wire_message_encode(&message_retire_reply, arena, reply, out_bytes);
}

static const struct shape_row translate_request_rows[] = {
    ROW_MESSAGE(1, struct wire_translate_request, ground, wire_shape_ground, true),
    ROW_TEXT(2, struct wire_translate_request, pseudonym, 1, LIMIT_WIRE_PSEUDONYM),
    ROW_TEXT(3, struct wire_translate_request, to_agreement, 1, LIMIT_WIRE_NAME),
};

static const struct shape shape_translate_request =
    SHAPE_OF(lockgate__v1__translate_request__descriptor, struct wire_translate_request,
             translate_request_rows);

static const struct wire_message message_translate_request = WIRE_REQUEST(shape_translate_request);

struct lg_err wire_translate_request_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_translate_request *out_request) {
    return wire_message_decode(&message_translate_request, arena, bytes, report, out_request);
}

struct lg_err wire_translate_request_encode(struct arena *arena,
                                            const struct wire_translate_request *request,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_translate_request, arena, request, out_bytes);
}

static const struct shape_row translate_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_translate_reply, verdict, wire_shape_verdict, false),
    ROW_TEXT(2, struct wire_translate_reply, pseudonym, 0, LIMIT_WIRE_PSEUDONYM),
    ROWS_LOGGED(3, struct wire_translate_reply),
};

static const struct shape shape_translate_reply = SHAPE_OF(
    lockgate__v1__translate_reply__descriptor, struct wire_translate_reply, translate_reply_rows);

static const struct wire_message message_translate_reply = WIRE_REPLY(shape_translate_reply);

struct lg_err wire_translate_reply_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct wire_translate_reply *out_reply) {
    return wire_message_decode(&message_translate_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_translate_reply_encode(struct arena *arena,
                                          const struct wire_translate_reply *reply,
                                          struct span *out_bytes) {
    return wire_message_encode(&message_translate_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_subjects_messages[] = {
    &message_find_request,
    &message_find_reply,
    &message_evaluate_request,
    &message_evaluate_reply,
    &message_enrol_request,
    &message_enrol_reply,
    &message_retire_request,
    &message_retire_reply,
    &message_translate_request,
    &message_translate_reply,
    NULL,
};
