/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Consents. */
#include "gateway/wire/consents.h"

#include <lockgate/v1/consents.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row consent_how_rows[] = {
    ROW_ENUM(1, struct consent_how, manner, false),
    ROW_ENUM(2, struct consent_how, representative, false),
    ROW_TEXT(3, struct consent_how, representative_evidence, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(4, struct consent_how, evidence, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(5, struct consent_how, language, 0, LIMIT_WIRE_PARTY),
    ROW_ENUM(6, struct consent_how, format, false),
    ROW_TEXT(7, struct consent_how, user_id, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(8, struct consent_how, role, 0, LIMIT_WIRE_ACTOR),
};

static const struct shape shape_consent_how =
    SHAPE_OF(lockgate__v1__consent_how__descriptor, struct consent_how, consent_how_rows);

static const struct shape_row consent_rows[] = {
    ROW_FIXED(1, struct consent, id.bytes, false),
    ROW_ENUM(2, struct consent, state, true),
    ROW_BOOL(3, struct consent, explicit_consent),
    ROW_TEXTS(4, struct consent, purposes, LIMIT_WIRE_NAME, LIMIT_WIRE_CONSENT_WORDS),
    ROW_TEXTS(5, struct consent, categories, LIMIT_WIRE_NAME, LIMIT_WIRE_CONSENT_WORDS),
    ROW_TEXTS(6, struct consent, recipients, LIMIT_WIRE_PARTY, LIMIT_WIRE_CONSENT_WORDS),
    ROW_TEXT(7, struct consent, from, 0, LIMIT_WIRE_DATE),
    ROW_TEXT(8, struct consent, until, 0, LIMIT_WIRE_DATE),
    ROW_I64(9, struct consent, recorded_ms),
    ROW_TEXT(10, struct consent, recorded_by, 0, LIMIT_WIRE_PARTY),
    ROW_U64(11, struct consent, log_index, 0),
    ROW_ENUM(12, struct consent, kind, false),
    ROW_TEXTS(13, struct consent, sources, LIMIT_WIRE_PARTY, LIMIT_WIRE_CONSENT_WORDS),
    ROW_MESSAGE(14, struct consent, how, shape_consent_how, false),
};

static const struct shape shape_consent =
    SHAPE_OF(lockgate__v1__consent__descriptor, struct consent, consent_rows);

static const struct shape_row record_consent_request_rows[] = {
    ROW_FIXED(1, struct wire_record_consent_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_record_consent_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_record_consent_request, ground, wire_shape_ground, true),
    ROW_MESSAGE(4, struct wire_record_consent_request, consent, shape_consent, true),
};

static const struct shape shape_record_consent_request =
    SHAPE_OF(lockgate__v1__record_consent_request__descriptor, struct wire_record_consent_request,
             record_consent_request_rows);

static const struct wire_message message_record_consent_request =
    WIRE_REQUEST(shape_record_consent_request);

struct lg_err wire_record_consent_request_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_record_consent_request *out_request) {
    return wire_message_decode(&message_record_consent_request, arena, bytes, report, out_request);
}

struct lg_err wire_record_consent_request_encode(struct arena *arena,
                                                 const struct wire_record_consent_request *request,
                                                 struct span *out_bytes) {
    return wire_message_encode(&message_record_consent_request, arena, request, out_bytes);
}

static const struct shape_row record_consent_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_record_consent_reply, verdict, wire_shape_verdict, false),
    ROW_FIXED(2, struct wire_record_consent_reply, consent_id.bytes, false),
    ROW_FLAGGED(3, struct wire_record_consent_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(4, struct wire_record_consent_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape shape_record_consent_reply =
    SHAPE_OF(lockgate__v1__record_consent_reply__descriptor, struct wire_record_consent_reply,
             record_consent_reply_rows);

static const struct wire_message message_record_consent_reply =
    WIRE_REPLY(shape_record_consent_reply);

struct lg_err wire_record_consent_reply_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_record_consent_reply *out_reply) {
    return wire_message_decode(&message_record_consent_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_record_consent_reply_encode(struct arena *arena,
                                               const struct wire_record_consent_reply *reply,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_record_consent_reply, arena, reply, out_bytes);
}

static const struct shape_row withdraw_consent_request_rows[] = {
    ROW_FIXED(1, struct wire_withdraw_consent_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_withdraw_consent_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_withdraw_consent_request, ground, wire_shape_ground, true),
    ROW_FIXED(4, struct wire_withdraw_consent_request, consent_id.bytes, false),
    ROW_TEXTS(5, struct wire_withdraw_consent_request, purposes, LIMIT_WIRE_NAME,
              LIMIT_WIRE_CONSENT_WORDS),
    ROW_TEXTS(6, struct wire_withdraw_consent_request, categories, LIMIT_WIRE_NAME,
              LIMIT_WIRE_CONSENT_WORDS),
    ROW_ENUM(7, struct wire_withdraw_consent_request, kind, false),
    ROW_TEXTS(8, struct wire_withdraw_consent_request, recipients, LIMIT_WIRE_PARTY,
              LIMIT_WIRE_CONSENT_WORDS),
    ROW_MESSAGE(9, struct wire_withdraw_consent_request, how, shape_consent_how, false),
};

static const struct shape shape_withdraw_consent_request =
    SHAPE_OF(lockgate__v1__withdraw_consent_request__descriptor,
             struct wire_withdraw_consent_request, withdraw_consent_request_rows);

static const struct wire_message message_withdraw_consent_request =
    WIRE_REQUEST(shape_withdraw_consent_request);

struct lg_err
wire_withdraw_consent_request_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_withdraw_consent_request *out_request) {
    return wire_message_decode(&message_withdraw_consent_request, arena, bytes, report,
                               out_request);
}

struct lg_err
wire_withdraw_consent_request_encode(struct arena *arena,
                                     const struct wire_withdraw_consent_request *request,
                                     struct span *out_bytes) {
    return wire_message_encode(&message_withdraw_consent_request, arena, request, out_bytes);
}

static const struct shape_row withdraw_consent_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_withdraw_consent_reply, verdict, wire_shape_verdict, false),
    ROW_U32(2, struct wire_withdraw_consent_reply, withdrawn, 0),
    ROW_FLAGGED(3, struct wire_withdraw_consent_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(4, struct wire_withdraw_consent_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
    ROW_FIXED(5, struct wire_withdraw_consent_reply, consent_id.bytes, false),
};

static const struct shape shape_withdraw_consent_reply =
    SHAPE_OF(lockgate__v1__withdraw_consent_reply__descriptor, struct wire_withdraw_consent_reply,
             withdraw_consent_reply_rows);

static const struct wire_message message_withdraw_consent_reply =
    WIRE_REPLY(shape_withdraw_consent_reply);

struct lg_err wire_withdraw_consent_reply_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_withdraw_consent_reply *out_reply) {
    return wire_message_decode(&message_withdraw_consent_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_withdraw_consent_reply_encode(struct arena *arena,
                                                 const struct wire_withdraw_consent_reply *reply,
                                                 struct span *out_bytes) {
    return wire_message_encode(&message_withdraw_consent_reply, arena, reply, out_bytes);
}

static const struct shape_row show_consent_request_rows[] = {
    ROW_FIXED(1, struct wire_show_consent_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_show_consent_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_show_consent_request, ground, wire_shape_ground, true),
    ROW_FIXED(4, struct wire_show_consent_request, consent_id.bytes, true),
};

static const struct shape shape_show_consent_request =
    SHAPE_OF(lockgate__v1__show_consent_request__descriptor, struct wire_show_consent_request,
             show_consent_request_rows);

static const struct wire_message message_show_consent_request =
    WIRE_REQUEST(shape_show_consent_request);

struct lg_err wire_show_consent_request_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_show_consent_request *out_request) {
    return wire_message_decode(&message_show_consent_request, arena, bytes, report, out_request);
}

struct lg_err wire_show_consent_request_encode(struct arena *arena,
                                               const struct wire_show_consent_request *request,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_show_consent_request, arena, request, out_bytes);
}

static const struct shape_row show_consent_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_show_consent_reply, verdict, wire_shape_verdict, false),
    ROW_FLAGGED(2, struct wire_show_consent_reply, consent, has_consent, shape_consent),
    ROWS_LOGGED(3, struct wire_show_consent_reply),
};

static const struct shape shape_show_consent_reply =
    SHAPE_OF(lockgate__v1__show_consent_reply__descriptor, struct wire_show_consent_reply,
             show_consent_reply_rows);

static const struct wire_message message_show_consent_reply = WIRE_REPLY(shape_show_consent_reply);

struct lg_err wire_show_consent_reply_decode(struct arena *arena, struct span bytes,
                                             struct wire_report *report,
                                             struct wire_show_consent_reply *out_reply) {
    return wire_message_decode(&message_show_consent_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_show_consent_reply_encode(struct arena *arena,
                                             const struct wire_show_consent_reply *reply,
                                             struct span *out_bytes) {
    return wire_message_encode(&message_show_consent_reply, arena, reply, out_bytes);
}

static const struct shape_row list_consents_request_rows[] = {
    ROW_FIXED(1, struct wire_list_consents_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_list_consents_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_list_consents_request, ground, wire_shape_ground, true),
};

static const struct shape shape_list_consents_request =
    SHAPE_OF(lockgate__v1__list_consents_request__descriptor, struct wire_list_consents_request,
             list_consents_request_rows);

static const struct wire_message message_list_consents_request =
    WIRE_REQUEST(shape_list_consents_request);

struct lg_err wire_list_consents_request_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_list_consents_request *out_request) {
    return wire_message_decode(&message_list_consents_request, arena, bytes, report, out_request);
}

struct lg_err wire_list_consents_request_encode(struct arena *arena,
                                                const struct wire_list_consents_request *request,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_list_consents_request, arena, request, out_bytes);
}

static const struct shape_row list_consents_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_list_consents_reply, verdict, wire_shape_verdict, false),
    ROW_MESSAGES(2, struct wire_list_consents_reply, consents, consent_count, shape_consent, 0,
                 LIMIT_WIRE_CONSENTS),
    ROW_FLAGGED(3, struct wire_list_consents_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(4, struct wire_list_consents_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape shape_list_consents_reply =
    SHAPE_OF(lockgate__v1__list_consents_reply__descriptor, struct wire_list_consents_reply,
             list_consents_reply_rows);

static const struct wire_message message_list_consents_reply =
    WIRE_REPLY(shape_list_consents_reply);

struct lg_err wire_list_consents_reply_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_list_consents_reply *out_reply) {
    return wire_message_decode(&message_list_consents_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_list_consents_reply_encode(struct arena *arena,
                                              const struct wire_list_consents_reply *reply,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_list_consents_reply, arena, reply, out_bytes);
}

static const struct shape_row consent_receipt_request_rows[] = {
    ROW_FIXED(1, struct wire_consent_receipt_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_consent_receipt_request, ground, wire_shape_ground, true),
    ROW_FIXED(3, struct wire_consent_receipt_request, consent_id.bytes, true),
};

static const struct shape shape_consent_receipt_request =
    SHAPE_OF(lockgate__v1__consent_receipt_request__descriptor, struct wire_consent_receipt_request,
             consent_receipt_request_rows);

static const struct wire_message message_consent_receipt_request =
    WIRE_REQUEST(shape_consent_receipt_request);

struct lg_err
wire_consent_receipt_request_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_consent_receipt_request *out_request) {
    return wire_message_decode(&message_consent_receipt_request, arena, bytes, report, out_request);
}

struct lg_err
wire_consent_receipt_request_encode(struct arena *arena,
                                    const struct wire_consent_receipt_request *request,
                                    struct span *out_bytes) {
    return wire_message_encode(&message_consent_receipt_request, arena, request, out_bytes);
}

static const struct shape_row consent_receipt_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_consent_receipt_reply, verdict, wire_shape_verdict, false),
    ROW_FLAGGED(2, struct wire_consent_receipt_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(3, struct wire_consent_receipt_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
    ROW_TEXT(4, struct wire_consent_receipt_reply, page, 0, LIMIT_WIRE_NOTE),
};

static const struct shape shape_consent_receipt_reply =
    SHAPE_OF(lockgate__v1__consent_receipt_reply__descriptor, struct wire_consent_receipt_reply,
             consent_receipt_reply_rows);

static const struct wire_message message_consent_receipt_reply =
    WIRE_REPLY(shape_consent_receipt_reply);

struct lg_err wire_consent_receipt_reply_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_consent_receipt_reply *out_reply) {
    return wire_message_decode(&message_consent_receipt_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_consent_receipt_reply_encode(struct arena *arena,
                                                const struct wire_consent_receipt_reply *reply,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_consent_receipt_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_consents_messages[] = {
    &message_record_consent_request,
    &message_record_consent_reply,
    &message_withdraw_consent_request,
    &message_withdraw_consent_reply,
    &message_show_consent_request,
    &message_show_consent_reply,
    &message_list_consents_request,
    &message_list_consents_reply,
    &message_consent_receipt_request,
    &message_consent_receipt_reply,
    NULL,
};
