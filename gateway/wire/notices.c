/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Consents about what follows a consent: notices and counts. */
#include "gateway/wire/notices.h"

#include <lockgate/v1/consents.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row notice_item_rows[] = {
    ROW_TEXT(1, struct wire_notice_item, source, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(2, struct wire_notice_item, category, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_notice_item, purpose, 0, LIMIT_WIRE_NAME),
    ROW_U64(4, struct wire_notice_item, log_index, 0),
};

static const struct shape shape_notice_item =
    SHAPE_OF(lockgate__v1__notice_item__descriptor, struct wire_notice_item, notice_item_rows);

static const struct shape_row notice_rows[] = {
    ROW_FIXED(1, struct wire_notice, notice_id, false),
    ROW_TEXT(2, struct wire_notice, recipient, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(3, struct wire_notice, agreement, 0, LIMIT_WIRE_NAME),
    ROW_ENUM(4, struct wire_notice, kind, false),
    ROW_TEXT(6, struct wire_notice, pseudonym, 0, LIMIT_WIRE_PSEUDONYM),
    ROW_MESSAGES(7, struct wire_notice, items, item_count, shape_notice_item, 0,
                 LIMIT_WIRE_NOTICE_ITEMS),
    ROW_BOOL(8, struct wire_notice, acknowledged),
    ROW_TEXT(9, struct wire_notice, note, 0, LIMIT_WIRE_NOTE),
};

static const struct shape shape_notice =
    SHAPE_OF(lockgate__v1__notice__descriptor, struct wire_notice, notice_rows);

static const struct shape_row notices_request_rows[] = {
    ROW_FIXED(1, struct wire_notices_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_notices_request, ground, wire_shape_ground, true),
    ROW_BOOL(3, struct wire_notices_request, of_source),
    ROW_BOOL(4, struct wire_notices_request, outstanding_only),
    ROW_BYTES(6, struct wire_notices_request, page, 0, WIRE_NOTICE_PAGE_SIZE),
};

static const struct shape shape_notices_request = SHAPE_OF(
    lockgate__v1__notices_request__descriptor, struct wire_notices_request, notices_request_rows);

static const struct wire_message message_notices_request = WIRE_REQUEST(shape_notices_request);

struct lg_err wire_notices_request_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct wire_notices_request *out_request) {
    return wire_message_decode(&message_notices_request, arena, bytes, report, out_request);
}

struct lg_err wire_notices_request_encode(struct arena *arena,
                                          const struct wire_notices_request *request,
                                          struct span *out_bytes) {
    return wire_message_encode(&message_notices_request, arena, request, out_bytes);
}

static const struct shape_row notices_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_notices_reply, verdict, wire_shape_verdict, false),
    ROW_MESSAGES(2, struct wire_notices_reply, notices, notice_count, shape_notice, 0,
                 LIMIT_WIRE_NOTICE_ITEMS),
    ROWS_LOGGED(4, struct wire_notices_reply),
    ROW_BYTES(6, struct wire_notices_reply, next, 0, WIRE_NOTICE_PAGE_SIZE),
};

static const struct shape shape_notices_reply = SHAPE_OF(
    lockgate__v1__notices_reply__descriptor, struct wire_notices_reply, notices_reply_rows);

static const struct wire_message message_notices_reply = WIRE_REPLY(shape_notices_reply);

struct lg_err wire_notices_reply_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_notices_reply *out_reply) {
    return wire_message_decode(&message_notices_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_notices_reply_encode(struct arena *arena, const struct wire_notices_reply *reply,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_notices_reply, arena, reply, out_bytes);
}

static const struct shape_row acknowledge_notice_request_rows[] = {
    ROW_FIXED(1, struct wire_acknowledge_notice_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_acknowledge_notice_request, ground, wire_shape_ground, true),
    ROW_FIXED(3, struct wire_acknowledge_notice_request, notice_id, true),
};

static const struct shape shape_acknowledge_notice_request =
    SHAPE_OF(lockgate__v1__acknowledge_notice_request__descriptor,
             struct wire_acknowledge_notice_request, acknowledge_notice_request_rows);

static const struct wire_message message_acknowledge_notice_request =
    WIRE_REQUEST(shape_acknowledge_notice_request);

struct lg_err
wire_acknowledge_notice_request_decode(struct arena *arena, struct span bytes,
                                       struct wire_report *report,
                                       struct wire_acknowledge_notice_request *out_request) {
    return wire_message_decode(&message_acknowledge_notice_request, arena, bytes, report,
                               out_request);
}

struct lg_err
wire_acknowledge_notice_request_encode(struct arena *arena,
                                       const struct wire_acknowledge_notice_request *request,
                                       struct span *out_bytes) {
    return wire_message_encode(&message_acknowledge_notice_request, arena, request, out_bytes);
}

static const struct shape_row acknowledge_notice_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_acknowledge_notice_reply, verdict, wire_shape_verdict, false),
    ROW_FLAGGED(2, struct wire_acknowledge_notice_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(3, struct wire_acknowledge_notice_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape shape_acknowledge_notice_reply =
    SHAPE_OF(lockgate__v1__acknowledge_notice_reply__descriptor,
             struct wire_acknowledge_notice_reply, acknowledge_notice_reply_rows);

static const struct wire_message message_acknowledge_notice_reply =
    WIRE_REPLY(shape_acknowledge_notice_reply);

struct lg_err
wire_acknowledge_notice_reply_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_acknowledge_notice_reply *out_reply) {
    return wire_message_decode(&message_acknowledge_notice_reply, arena, bytes, report, out_reply);
}

struct lg_err
wire_acknowledge_notice_reply_encode(struct arena *arena,
                                     const struct wire_acknowledge_notice_reply *reply,
                                     struct span *out_bytes) {
    return wire_message_encode(&message_acknowledge_notice_reply, arena, reply, out_bytes);
}

static const struct shape_row consent_counts_request_rows[] = {
    ROW_FIXED(1, struct wire_consent_counts_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_consent_counts_request, ground, wire_shape_ground, true),
    ROW_TEXT(3, struct wire_consent_counts_request, month, 7, 7),
};

static const struct shape shape_consent_counts_request =
    SHAPE_OF(lockgate__v1__consent_counts_request__descriptor, struct wire_consent_counts_request,
             consent_counts_request_rows);

static const struct wire_message message_consent_counts_request =
    WIRE_REQUEST(shape_consent_counts_request);

struct lg_err wire_consent_counts_request_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_consent_counts_request *out_request) {
    return wire_message_decode(&message_consent_counts_request, arena, bytes, report, out_request);
}

struct lg_err wire_consent_counts_request_encode(struct arena *arena,
                                                 const struct wire_consent_counts_request *request,
                                                 struct span *out_bytes) {
    return wire_message_encode(&message_consent_counts_request, arena, request, out_bytes);
}

static const struct shape_row consent_count_rows[] = {
    ROW_TEXT(1, struct wire_consent_count, agency, 0, LIMIT_WIRE_PARTY),
    ROW_U32(2, struct wire_consent_count, asked, 0),
    ROW_U32(3, struct wire_consent_count, given, 0),
    ROW_U32(4, struct wire_consent_count, refused, 0),
    ROW_U32(5, struct wire_consent_count, withdrawn, 0),
    ROW_U32(6, struct wire_consent_count, objected, 0),
    ROW_BOOL(7, struct wire_consent_count, suppressed),
};

static const struct shape shape_consent_count = SHAPE_OF(
    lockgate__v1__consent_count__descriptor, struct wire_consent_count, consent_count_rows);

static const struct shape_row consent_counts_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_consent_counts_reply, verdict, wire_shape_verdict, false),
    ROW_MESSAGES(2, struct wire_consent_counts_reply, counts, count_count, shape_consent_count, 0,
                 LIMIT_WIRE_SOURCES),
    ROW_FLAGGED(3, struct wire_consent_counts_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(4, struct wire_consent_counts_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape shape_consent_counts_reply =
    SHAPE_OF(lockgate__v1__consent_counts_reply__descriptor, struct wire_consent_counts_reply,
             consent_counts_reply_rows);

static const struct wire_message message_consent_counts_reply =
    WIRE_REPLY(shape_consent_counts_reply);

struct lg_err wire_consent_counts_reply_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_consent_counts_reply *out_reply) {
    return wire_message_decode(&message_consent_counts_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_consent_counts_reply_encode(struct arena *arena,
                                               const struct wire_consent_counts_reply *reply,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_consent_counts_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_notices_messages[] = {
    &message_notices_request,
    &message_notices_reply,
    &message_acknowledge_notice_request,
    &message_acknowledge_notice_reply,
    &message_consent_counts_request,
    &message_consent_counts_reply,
    NULL,
};
