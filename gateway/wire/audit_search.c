/* SPDX-License-Identifier: Apache-2.0 */
/* Searches of the log. */
#include "gateway/wire/audit_search.h"

#include <lockgate/v1/audit.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row search_request_rows[] = {
    ROW_MESSAGE(1, struct wire_audit_search_request, ground, wire_shape_ground, true),
    ROW_I64(2, struct wire_audit_search_request, from_ms),
    ROW_I64(3, struct wire_audit_search_request, to_ms),
    ROW_FLAGGED(4, struct wire_audit_search_request, person, has_person, wire_shape_person),
    ROW_U32(5, struct wire_audit_search_request, most, 0),
    ROW_ENUM(6, struct wire_audit_search_request, reason, false),
    ROW_ENUM(7, struct wire_audit_search_request, side, false),
    ROW_TEXT(8, struct wire_audit_search_request, agency, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(9, struct wire_audit_search_request, agreement, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(10, struct wire_audit_search_request, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(11, struct wire_audit_search_request, basis, 0, LIMIT_WIRE_NAME),
    ROW_ENUM(12, struct wire_audit_search_request, kind, false),
    ROW_ENUM(13, struct wire_audit_search_request, outcome, false),
    ROW_BOOL(14, struct wire_audit_search_request, emergency),
    ROW_BYTES(15, struct wire_audit_search_request, question_id, 0, MODEL_REQUEST_ID_SIZE),
    ROW_BYTES(16, struct wire_audit_search_request, cursor, 0, WIRE_SEARCH_CURSOR_SIZE),
    ROW_BOOL(17, struct wire_audit_search_request, rescan),
};

static const struct shape shape_search_request =
    SHAPE_OF(lockgate__v1__audit_search_request__descriptor, struct wire_audit_search_request,
             search_request_rows);

static const struct wire_message message_search_request = WIRE_REQUEST(shape_search_request);

struct lg_err wire_audit_search_request_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_audit_search_request *out_request) {
    return wire_message_decode(&message_search_request, arena, bytes, report, out_request);
}

struct lg_err wire_audit_search_request_encode(struct arena *arena,
                                               const struct wire_audit_search_request *request,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_search_request, arena, request, out_bytes);
}

static const struct shape_row hit_rows[] = {
    ROW_U64(1, struct wire_audit_hit, index, 0),
    ROW_ENUM(2, struct wire_audit_hit, side, false),
    ROW_ENUM(3, struct wire_audit_hit, kind, false),
    ROW_ENUM(4, struct wire_audit_hit, outcome, false),
    ROW_I64(5, struct wire_audit_hit, time_ms),
    ROW_BYTES(6, struct wire_audit_hit, question_id, 0, MODEL_REQUEST_ID_SIZE),
    ROW_TEXT(7, struct wire_audit_hit, requester, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(8, struct wire_audit_hit, source, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(9, struct wire_audit_hit, agreement, 0, LIMIT_WIRE_NAME),
    ROW_U32(10, struct wire_audit_hit, agreement_version, 0),
    ROW_TEXT(11, struct wire_audit_hit, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(12, struct wire_audit_hit, basis, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(13, struct wire_audit_hit, reason, 0, LIMIT_WIRE_NAME),
    ROW_BOOL(14, struct wire_audit_hit, emergency),
    ROW_U32(15, struct wire_audit_hit, record_count, 0),
};

const struct shape wire_shape_audit_hit =
    SHAPE_OF(lockgate__v1__audit_hit__descriptor, struct wire_audit_hit, hit_rows);

static const struct shape_row search_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_audit_search_reply, entries, entry_count, wire_shape_receipt, 0,
                 LIMIT_INDEX_PAGE),
    ROW_U64(2, struct wire_audit_search_reply, covered_size, 0),
    ROW_MESSAGE(3, struct wire_audit_search_reply, checkpoint, wire_shape_checkpoint, false),
    ROW_MESSAGE(4, struct wire_audit_search_reply, verdict, wire_shape_verdict, false),
    ROW_MESSAGES(5, struct wire_audit_search_reply, hits, hit_count, wire_shape_audit_hit, 0,
                 LIMIT_INDEX_PAGE),
    ROW_BYTES(6, struct wire_audit_search_reply, cursor, 0, WIRE_SEARCH_CURSOR_SIZE),
    ROW_FLAGGED(7, struct wire_audit_search_reply, search_receipt, has_search_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(8, struct wire_audit_search_reply, search_checkpoint, wire_shape_checkpoint, false),
    ROW_U64(9, struct wire_audit_search_reply, rescanned_size, 0),
    ROW_U64(10, struct wire_audit_search_reply, rescan_missing, 0),
};

static const struct shape shape_search_reply =
    SHAPE_OF(lockgate__v1__audit_search_reply__descriptor, struct wire_audit_search_reply,
             search_reply_rows);

static const struct wire_message message_search_reply = WIRE_REPLY(shape_search_reply);

struct lg_err wire_audit_search_reply_decode(struct arena *arena, struct span bytes,
                                             struct wire_report *report,
                                             struct wire_audit_search_reply *out_reply) {
    return wire_message_decode(&message_search_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_audit_search_reply_encode(struct arena *arena,
                                             const struct wire_audit_search_reply *reply,
                                             struct span *out_bytes) {
    return wire_message_encode(&message_search_reply, arena, reply, out_bytes);
}

/* ---- Exports --------------------------------------------------------------------------------- */

static const struct shape_row export_request_rows[] = {
    ROW_MESSAGE(1, struct wire_audit_search_request, ground, wire_shape_ground, true),
    ROW_U64(2, struct wire_audit_search_request, from_index, 0),
    ROW_U64(3, struct wire_audit_search_request, to_index, 0),
    ROW_ENUM(4, struct wire_audit_search_request, reason, true),
    ROW_FLAGGED(5, struct wire_audit_search_request, person, has_person, wire_shape_person),
    ROW_I64(6, struct wire_audit_search_request, from_ms),
    ROW_I64(7, struct wire_audit_search_request, to_ms),
    ROW_ENUM(8, struct wire_audit_search_request, side, false),
    ROW_TEXT(9, struct wire_audit_search_request, agency, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(10, struct wire_audit_search_request, agreement, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(11, struct wire_audit_search_request, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(12, struct wire_audit_search_request, basis, 0, LIMIT_WIRE_NAME),
    ROW_ENUM(13, struct wire_audit_search_request, kind, false),
    ROW_ENUM(14, struct wire_audit_search_request, outcome, false),
    ROW_BOOL(15, struct wire_audit_search_request, emergency),
    ROW_BYTES(16, struct wire_audit_search_request, question_id, 0, MODEL_REQUEST_ID_SIZE),
};

static const struct shape shape_export_request =
    SHAPE_OF(lockgate__v1__export_request__descriptor, struct wire_audit_search_request,
             export_request_rows);

static const struct shape_row export_begin_rows[] = {
    ROW_MESSAGE(1, struct wire_audit_export_begin, verdict, wire_shape_verdict, false),
    ROW_FLAGGED(2, struct wire_audit_export_begin, search_receipt, has_search_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(3, struct wire_audit_export_begin, search_checkpoint, wire_shape_checkpoint, false),
    ROW_U64(4, struct wire_audit_export_begin, covered_size, 0),
    ROW_MESSAGE(5, struct wire_audit_export_begin, checkpoint, wire_shape_checkpoint, false),
};

static const struct shape shape_export_begin = SHAPE_OF(
    lockgate__v1__export_begin__descriptor, struct wire_audit_export_begin, export_begin_rows);

static const struct shape_row export_reply_rows[] = {
    ROW_FLAGGED(1, struct wire_audit_export_reply, entry, has_entry, wire_shape_receipt),
    ROW_MESSAGE(2, struct wire_audit_export_reply, hit, wire_shape_audit_hit, false),
    ROW_FLAGGED(3, struct wire_audit_export_reply, begin, has_begin, shape_export_begin),
};

static const struct shape shape_export_reply = SHAPE_OF(
    lockgate__v1__export_reply__descriptor, struct wire_audit_export_reply, export_reply_rows);

static const struct wire_message message_export_request = WIRE_REQUEST(shape_export_request);
static const struct wire_message message_export_reply = WIRE_REPLY(shape_export_reply);

struct lg_err wire_audit_export_request_decode(struct arena *arena, struct span bytes,
                                               struct wire_report *report,
                                               struct wire_audit_search_request *out_request) {
    return wire_message_decode(&message_export_request, arena, bytes, report, out_request);
}

struct lg_err wire_audit_export_request_encode(struct arena *arena,
                                               const struct wire_audit_search_request *request,
                                               struct span *out_bytes) {
    return wire_message_encode(&message_export_request, arena, request, out_bytes);
}

struct lg_err wire_audit_export_reply_decode(struct arena *arena, struct span bytes,
                                             struct wire_report *report,
                                             struct wire_audit_export_reply *out_reply) {
    return wire_message_decode(&message_export_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_audit_export_reply_encode(struct arena *arena,
                                             const struct wire_audit_export_reply *reply,
                                             struct span *out_bytes) {
    return wire_message_encode(&message_export_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_audit_search_messages[] = {
    &message_search_request,
    &message_search_reply,
    &message_export_request,
    &message_export_reply,
    NULL,
};
