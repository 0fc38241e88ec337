/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service SubjectAccess. */
#include "gateway/wire/subject_access.h"

#include <lockgate/v1/subject_access.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row answer_rows[] = {
    ROW_ENUM(1, struct wire_sar_answer, form, true),
    ROW_ENUM(2, struct wire_sar_answer, to, true),
    ROW_U64(3, struct wire_sar_answer, covered_size, 0),
    ROW_U32(4, struct wire_sar_answer, line_count, 0),
    ROW_BYTES(5, struct wire_sar_answer, lines_digest, WIRE_SAR_DIGEST_SIZE, WIRE_SAR_DIGEST_SIZE),
    ROW_BYTES(6, struct wire_sar_answer, document_digest, WIRE_SAR_DIGEST_SIZE,
              WIRE_SAR_DIGEST_SIZE),
};
static const struct shape shape_answer =
    SHAPE_OF(lockgate__v1__subject_access_answer__descriptor, struct wire_sar_answer, answer_rows);

static const struct shape_row case_rows[] = {
    ROW_U64(1, struct wire_sar_case, number, 0),
    ROW_TEXT(2, struct wire_sar_case, received_day, 0, LIMIT_WIRE_DATE),
    ROW_TEXT(3, struct wire_sar_case, due_day, 0, LIMIT_WIRE_DATE),
    ROW_BOOL(4, struct wire_sar_case, overdue),
    ROW_U32(5, struct wire_sar_case, extended_months, 0),
    ROW_ENUM(6, struct wire_sar_case, pause, false),
    ROW_TEXT(7, struct wire_sar_case, paused_since, 0, LIMIT_WIRE_DATE),
    ROW_ENUM(8, struct wire_sar_case, outcome, false),
    ROW_U32(9, struct wire_sar_case, withheld_count, 0),
    ROW_TEXT(10, struct wire_sar_case, representative_evidence, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(11, struct wire_sar_case, case_reference, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(12, struct wire_sar_case, opened_by, 0, LIMIT_WIRE_ACTOR),
    ROW_I64(13, struct wire_sar_case, opened_ms),
    ROW_U32(14, struct wire_sar_case, export_count, 0),
    ROW_FLAGGED(15, struct wire_sar_case, answer, has_answer, shape_answer),
    ROW_I64(16, struct wire_sar_case, answered_ms),
};
static const struct shape shape_case =
    SHAPE_OF(lockgate__v1__subject_access_case__descriptor, struct wire_sar_case, case_rows);

/* ---- Open ---- */

static const struct shape_row open_request_rows[] = {
    ROW_FIXED(1, struct wire_sar_open_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_sar_open_request, person, wire_shape_person, true),
    ROW_MESSAGE(3, struct wire_sar_open_request, ground, wire_shape_ground, true),
    ROW_TEXT(4, struct wire_sar_open_request, received_day, LIMIT_WIRE_DATE, LIMIT_WIRE_DATE),
    ROW_TEXT(5, struct wire_sar_open_request, representative_evidence, 0, LIMIT_WIRE_ACTOR),
};
static const struct shape_row open_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_sar_open_reply, verdict, wire_shape_verdict, false),
    ROW_FLAGGED(2, struct wire_sar_open_reply, state, has_state, shape_case),
    ROWS_LOGGED(3, struct wire_sar_open_reply),
};

/* ---- Act ---- */

static const struct shape_row act_request_rows[] = {
    ROW_MESSAGE(1, struct wire_sar_act_request, actor, wire_shape_actor, true),
    ROW_U64(2, struct wire_sar_act_request, number, 0),
    ROW_ENUM(3, struct wire_sar_act_request, step, true),
    ROW_TEXT(4, struct wire_sar_act_request, reason, 0, LIMIT_WIRE_SENTENCE),
    ROW_U32(5, struct wire_sar_act_request, months, 0),
    ROW_ENUM(6, struct wire_sar_act_request, pause, false),
    ROW_TEXT(7, struct wire_sar_act_request, day, 0, LIMIT_WIRE_DATE),
    ROW_U64(8, struct wire_sar_act_request, line, 0),
    ROW_TEXT(9, struct wire_sar_act_request, exemption, 0, LIMIT_WIRE_NAME),
    ROW_ENUM(10, struct wire_sar_act_request, outcome, false),
    ROW_FLAGGED(11, struct wire_sar_act_request, answer, has_answer, shape_answer),
};
static const struct shape_row act_reply_rows[] = {
    ROW_FLAGGED(1, struct wire_sar_act_reply, state, has_state, shape_case),
    ROWS_LOGGED(2, struct wire_sar_act_reply),
};

/* ---- Collect ---- */

static const struct shape_row collect_request_rows[] = {
    ROW_MESSAGE(1, struct wire_sar_collect_request, ground, wire_shape_ground, true),
    ROW_U64(2, struct wire_sar_collect_request, number, 0),
    ROW_U32(3, struct wire_sar_collect_request, most, 0),
    ROW_BYTES(4, struct wire_sar_collect_request, cursor, 0, WIRE_SEARCH_CURSOR_SIZE),
};
static const struct shape_row mark_rows[] = {
    ROW_U64(1, struct wire_sar_mark, line, 0),
    ROW_TEXT(2, struct wire_sar_mark, exemption, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_sar_mark, words, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(4, struct wire_sar_mark, statute, 0, LIMIT_WIRE_SENTENCE),
    ROW_BOOL(5, struct wire_sar_mark, is_told),
    ROW_I64(6, struct wire_sar_mark, decided_ms),
    ROW_TEXT(7, struct wire_sar_mark, decided_by, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(8, struct wire_sar_mark, reason, 0, LIMIT_WIRE_SENTENCE),
};
static const struct shape shape_mark =
    SHAPE_OF(lockgate__v1__subject_access_mark__descriptor, struct wire_sar_mark, mark_rows);
static const struct shape_row untold_rows[] = {
    ROW_U64(1, struct wire_sar_untold, line, 0),
    ROW_TEXT(2, struct wire_sar_untold, telling, 0, LIMIT_WIRE_NAME),
};
static const struct shape shape_untold =
    SHAPE_OF(lockgate__v1__subject_access_untold__descriptor, struct wire_sar_untold, untold_rows);
static const struct shape_row collect_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_sar_collect_reply, verdict, wire_shape_verdict, false),
    ROW_MESSAGES(2, struct wire_sar_collect_reply, entries, entry_count, wire_shape_receipt, 0,
                 LIMIT_INDEX_PAGE),
    ROW_MESSAGES(3, struct wire_sar_collect_reply, hits, hit_count, wire_shape_audit_hit, 0,
                 LIMIT_INDEX_PAGE),
    ROW_MESSAGES(4, struct wire_sar_collect_reply, marks, mark_count, shape_mark, 0,
                 LIMIT_SAR_MARKS),
    ROW_U64(5, struct wire_sar_collect_reply, covered_size, 0),
    ROW_MESSAGE(6, struct wire_sar_collect_reply, checkpoint, wire_shape_checkpoint, false),
    ROW_BYTES(7, struct wire_sar_collect_reply, cursor, 0, WIRE_SEARCH_CURSOR_SIZE),
    ROW_FLAGGED(8, struct wire_sar_collect_reply, state, has_state, shape_case),
    ROW_FLAGGED(9, struct wire_sar_collect_reply, search_receipt, has_search_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(10, struct wire_sar_collect_reply, search_checkpoint, wire_shape_checkpoint, false),
    ROW_MESSAGES(11, struct wire_sar_collect_reply, untold, untold_count, shape_untold, 0,
                 LIMIT_INDEX_PAGE),
};

/* ---- List ---- */

static const struct shape_row list_request_rows[] = {
    ROW_MESSAGE(1, struct wire_sar_list_request, actor, wire_shape_actor, true),
    ROW_BOOL(2, struct wire_sar_list_request, closed),
};
static const struct shape_row list_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_sar_list_reply, cases, case_count, shape_case, 0,
                 LIMIT_WIRE_SAR_LIST),
    ROWS_LOGGED(2, struct wire_sar_list_reply),
};

/* ---- Shapes and messages ---- */

static const struct shape shape_open_request =
    SHAPE_OF(lockgate__v1__open_subject_access_request__descriptor, struct wire_sar_open_request,
             open_request_rows);
static const struct shape shape_open_reply =
    SHAPE_OF(lockgate__v1__open_subject_access_reply__descriptor, struct wire_sar_open_reply,
             open_reply_rows);
static const struct shape shape_act_request =
    SHAPE_OF(lockgate__v1__act_subject_access_request__descriptor, struct wire_sar_act_request,
             act_request_rows);
static const struct shape shape_act_reply = SHAPE_OF(
    lockgate__v1__act_subject_access_reply__descriptor, struct wire_sar_act_reply, act_reply_rows);
static const struct shape shape_collect_request =
    SHAPE_OF(lockgate__v1__collect_subject_access_request__descriptor,
             struct wire_sar_collect_request, collect_request_rows);
static const struct shape shape_collect_reply =
    SHAPE_OF(lockgate__v1__collect_subject_access_reply__descriptor, struct wire_sar_collect_reply,
             collect_reply_rows);
static const struct shape shape_list_request =
    SHAPE_OF(lockgate__v1__list_subject_access_request__descriptor, struct wire_sar_list_request,
             list_request_rows);
static const struct shape shape_list_reply =
    SHAPE_OF(lockgate__v1__list_subject_access_reply__descriptor, struct wire_sar_list_reply,
             list_reply_rows);

static const struct wire_message message_open_request = WIRE_REQUEST(shape_open_request);
static const struct wire_message message_open_reply = WIRE_REPLY(shape_open_reply);
static const struct wire_message message_act_request = WIRE_REQUEST(shape_act_request);
static const struct wire_message message_act_reply = WIRE_REPLY(shape_act_reply);
static const struct wire_message message_collect_request = WIRE_REQUEST(shape_collect_request);
static const struct wire_message message_collect_reply = WIRE_REPLY(shape_collect_reply);
static const struct wire_message message_list_request = WIRE_REQUEST(shape_list_request);
static const struct wire_message message_list_reply = WIRE_REPLY(shape_list_reply);

struct lg_err wire_sar_open_request_decode(struct arena *arena, struct span bytes,
                                           struct wire_report *report,
                                           struct wire_sar_open_request *out_request) {
    return wire_message_decode(&message_open_request, arena, bytes, report, out_request);
}

struct lg_err wire_sar_open_request_encode(struct arena *arena,
                                           const struct wire_sar_open_request *request,
                                           struct span *out_bytes) {
    return wire_message_encode(&message_open_request, arena, request, out_bytes);
}

struct lg_err wire_sar_open_reply_decode(struct arena *arena, struct span bytes,
                                         struct wire_report *report,
                                         struct wire_sar_open_reply *out_reply) {
    return wire_message_decode(&message_open_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_sar_open_reply_encode(struct arena *arena,
                                         const struct wire_sar_open_reply *reply,
                                         struct span *out_bytes) {
    return wire_message_encode(&message_open_reply, arena, reply, out_bytes);
}

struct lg_err wire_sar_act_request_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct wire_sar_act_request *out_request) {
    return wire_message_decode(&message_act_request, arena, bytes, report, out_request);
}

struct lg_err wire_sar_act_request_encode(struct arena *arena,
                                          const struct wire_sar_act_request *request,
                                          struct span *out_bytes) {
    return wire_message_encode(&message_act_request, arena, request, out_bytes);
}

struct lg_err wire_sar_act_reply_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_sar_act_reply *out_reply) {
    return wire_message_decode(&message_act_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_sar_act_reply_encode(struct arena *arena, const struct wire_sar_act_reply *reply,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_act_reply, arena, reply, out_bytes);
}

struct lg_err wire_sar_collect_request_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_sar_collect_request *out_request) {
    return wire_message_decode(&message_collect_request, arena, bytes, report, out_request);
}

struct lg_err wire_sar_collect_request_encode(struct arena *arena,
                                              const struct wire_sar_collect_request *request,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_collect_request, arena, request, out_bytes);
}

struct lg_err wire_sar_collect_reply_decode(struct arena *arena, struct span bytes,
                                            struct wire_report *report,
                                            struct wire_sar_collect_reply *out_reply) {
    return wire_message_decode(&message_collect_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_sar_collect_reply_encode(struct arena *arena,
                                            const struct wire_sar_collect_reply *reply,
                                            struct span *out_bytes) {
    return wire_message_encode(&message_collect_reply, arena, reply, out_bytes);
}

struct lg_err wire_sar_list_request_decode(struct arena *arena, struct span bytes,
                                           struct wire_report *report,
                                           struct wire_sar_list_request *out_request) {
    return wire_message_decode(&message_list_request, arena, bytes, report, out_request);
}

struct lg_err wire_sar_list_request_encode(struct arena *arena,
                                           const struct wire_sar_list_request *request,
                                           struct span *out_bytes) {
    return wire_message_encode(&message_list_request, arena, request, out_bytes);
}

struct lg_err wire_sar_list_reply_decode(struct arena *arena, struct span bytes,
                                         struct wire_report *report,
                                         struct wire_sar_list_reply *out_reply) {
    return wire_message_decode(&message_list_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_sar_list_reply_encode(struct arena *arena,
                                         const struct wire_sar_list_reply *reply,
                                         struct span *out_bytes) {
    return wire_message_encode(&message_list_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_subject_access_messages[] = {
    &message_open_request, &message_open_reply,      &message_act_request,
    &message_act_reply,    &message_collect_request, &message_collect_reply,
    &message_list_request, &message_list_reply,      NULL,
};
