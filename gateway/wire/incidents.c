/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Incidents. */
#include "gateway/wire/incidents.h"

#include <lockgate/v1/incidents.pb-c.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/wire/wire_int.h"

/* ---- What several have ---- */

static const struct shape_row entry_rows[] = {
    ROW_U64(1, struct wire_incident_entry, index, 0),
    ROW_BYTES(2, struct wire_incident_entry, question_id, 0, MODEL_REQUEST_ID_SIZE),
};
static const struct shape shape_entry =
    SHAPE_OF(lockgate__v1__incident_entry__descriptor, struct wire_incident_entry, entry_rows);

static const struct shape_row scope_rows[] = {
    ROW_MESSAGES(1, struct wire_incident_scope, entries, entry_count, shape_entry, 0,
                 LIMIT_INCIDENT_NAMED),
    ROW_BOOL(2, struct wire_incident_scope, of_person),
    ROW_TEXT(3, struct wire_incident_scope, agency, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(4, struct wire_incident_scope, system, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(5, struct wire_incident_scope, user_id, 0, LIMIT_WIRE_ACTOR),
    ROW_I64(6, struct wire_incident_scope, from_ms),
    ROW_I64(7, struct wire_incident_scope, to_ms),
};
static const struct shape shape_scope =
    SHAPE_OF(lockgate__v1__incident_scope__descriptor, struct wire_incident_scope, scope_rows);

static const struct shape_row decision_rows[] = {
    ROW_ENUM(1, struct wire_incident_decision, ico, false),
    ROW_ENUM(2, struct wire_incident_decision, persons, false),
    ROW_TEXT(3, struct wire_incident_decision, reason, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_TEXT(4, struct wire_incident_decision, effects, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_TEXT(5, struct wire_incident_decision, delay, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_I64(6, struct wire_incident_decision, decided_ms),
    ROW_TEXT(7, struct wire_incident_decision, decided_by, 0, LIMIT_WIRE_ACTOR),
};
static const struct shape shape_decision = SHAPE_OF(lockgate__v1__incident_decision__descriptor,
                                                    struct wire_incident_decision, decision_rows);

static const struct shape_row incident_rows[] = {
    ROW_FIXED(1, struct wire_incident, incident_id.bytes, false),
    ROW_U64(2, struct wire_incident, number, 0),
    ROW_U32(3, struct wire_incident, version, 0),
    ROW_ENUM(4, struct wire_incident, kind, false),
    ROW_TEXT(5, struct wire_incident, agency, 0, LIMIT_WIRE_PARTY),
    ROW_I64(6, struct wire_incident, opened_ms),
    ROW_TEXT(7, struct wire_incident, opened_by, 0, LIMIT_WIRE_ACTOR),
    ROW_I64(8, struct wire_incident, aware_ms),
    ROW_I64(9, struct wire_incident, due_ms),
    ROW_I64(10, struct wire_incident, hours_left),
    ROW_BOOL(11, struct wire_incident, overdue),
    ROW_BOOL(12, struct wire_incident, escalated),
    ROW_TEXT(13, struct wire_incident, facts, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_FLAGGED(14, struct wire_incident, scope, has_scope, shape_scope),
    ROW_FLAGGED(15, struct wire_incident, decision, has_decision, shape_decision),
    ROW_TEXT(16, struct wire_incident, measures, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_I64(17, struct wire_incident, closed_ms),
    ROW_U32(18, struct wire_incident, notice_count, 0),
    ROW_U32(19, struct wire_incident, entry_count, 0),
    ROW_U64(20, struct wire_incident, covered_size, 0),
};
static const struct shape shape_incident =
    SHAPE_OF(lockgate__v1__incident__descriptor, struct wire_incident, incident_rows);

static const struct shape_row notice_rows[] = {
    ROW_U64(1, struct wire_incident_notice, number, 0),
    ROW_TEXT(2, struct wire_incident_notice, recipient, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(3, struct wire_incident_notice, sender, 0, LIMIT_WIRE_PARTY),
    ROW_ENUM(4, struct wire_incident_notice, kind, false),
    ROW_BOOL(5, struct wire_incident_notice, recall),
    ROW_I64(6, struct wire_incident_notice, sent_ms),
    ROW_I64(7, struct wire_incident_notice, by_ms),
    ROW_TEXT(8, struct wire_incident_notice, system, 0, LIMIT_WIRE_PARTY),
    ROW_MESSAGES(9, struct wire_incident_notice, entries, entry_count, shape_entry, 0,
                 LIMIT_INCIDENT_NOTICE_ENTRIES),
    ROW_U32(10, struct wire_incident_notice, entry_total, 0),
    ROW_BOOL(11, struct wire_incident_notice, acknowledged),
    ROW_ENUM(12, struct wire_incident_notice, outcome, false),
    ROW_TEXT(13, struct wire_incident_notice, reason, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_I64(14, struct wire_incident_notice, acknowledged_ms),
    ROW_TEXT(15, struct wire_incident_notice, note, 0, LIMIT_WIRE_NOTE),
    ROW_FLAGGED(16, struct wire_incident_notice, entry_receipt, has_entry_receipt,
                wire_shape_receipt),
    ROW_BOOL(17, struct wire_incident_notice, overdue),
};
static const struct shape shape_notice =
    SHAPE_OF(lockgate__v1__incident_notice__descriptor, struct wire_incident_notice, notice_rows);

/* ---- Requests and replies ---- */

static const struct shape_row open_request_rows[] = {
    ROW_FIXED(1, struct wire_incident_open_request, id.bytes, true),
    ROW_MESSAGE(2, struct wire_incident_open_request, actor, wire_shape_actor, true),
    ROW_ENUM(3, struct wire_incident_open_request, kind, true),
    ROW_I64(4, struct wire_incident_open_request, aware_ms),
    ROW_TEXT(5, struct wire_incident_open_request, facts, 1, LIMIT_INCIDENT_SENTENCE),
    ROW_MESSAGE(6, struct wire_incident_open_request, scope, shape_scope, true),
    ROW_FLAGGED(7, struct wire_incident_open_request, person, has_person, wire_shape_person),
    ROW_FLAGGED(8, struct wire_incident_open_request, ground, has_ground, wire_shape_ground),
};
static const struct shape_row open_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_open_reply, verdict, wire_shape_verdict, false),
    ROW_FLAGGED(2, struct wire_incident_open_reply, incident, has_incident, shape_incident),
    ROWS_LOGGED(3, struct wire_incident_open_reply),
};

static const struct shape_row scope_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_scope_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_incident_scope_request, incident_id.bytes, true),
    ROW_U64(3, struct wire_incident_scope_request, before, 0),
    ROW_FLAGGED(4, struct wire_incident_scope_request, ground, has_ground, wire_shape_ground),
};
static const struct shape_row count_rows[] = {
    ROW_TEXT(1, struct wire_incident_count, agency, 0, LIMIT_WIRE_PARTY),
    ROW_U32(2, struct wire_incident_count, entries, 0),
};
static const struct shape shape_count =
    SHAPE_OF(lockgate__v1__incident_count__descriptor, struct wire_incident_count, count_rows);
static const struct shape_row scope_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_incident_scope_reply, hits, hit_count, wire_shape_audit_hit, 0,
                 LIMIT_INDEX_PAGE),
    ROW_MESSAGES(2, struct wire_incident_scope_reply, counts, count_count, shape_count, 0,
                 LIMIT_CONFIG_PARTIES),
    ROW_U32(3, struct wire_incident_scope_reply, questions, 0),
    ROW_U64(4, struct wire_incident_scope_reply, next, 0),
    ROW_U64(5, struct wire_incident_scope_reply, covered_size, 0),
    ROWS_LOGGED(6, struct wire_incident_scope_reply),
    ROW_BOOL(8, struct wire_incident_scope_reply, cut),
    ROW_MESSAGE(9, struct wire_incident_scope_reply, verdict, wire_shape_verdict, false),
};

static const struct shape_row notify_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_notify_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_incident_notify_request, incident_id.bytes, true),
    ROW_U32(3, struct wire_incident_notify_request, version, 1),
    ROW_I64(4, struct wire_incident_notify_request, by_ms),
    ROW_FLAGGED(5, struct wire_incident_notify_request, ground, has_ground, wire_shape_ground),
};
static const struct shape_row notify_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_notify_reply, incident, shape_incident, false),
    ROW_U32(2, struct wire_incident_notify_reply, notice_count, 0),
    ROW_U32(3, struct wire_incident_notify_reply, entry_count, 0),
    ROW_BOOL(4, struct wire_incident_notify_reply, more),
    ROWS_LOGGED(5, struct wire_incident_notify_reply),
    ROW_MESSAGE(7, struct wire_incident_notify_reply, verdict, wire_shape_verdict, false),
};

static const struct shape_row act_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_act_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_incident_act_request, incident_id.bytes, true),
    ROW_U32(3, struct wire_incident_act_request, version, 1),
    ROW_ENUM(4, struct wire_incident_act_request, step, true),
    ROW_TEXT(5, struct wire_incident_act_request, reason, 1, LIMIT_INCIDENT_SENTENCE),
    ROW_ENUM(6, struct wire_incident_act_request, ico, false),
    ROW_ENUM(7, struct wire_incident_act_request, persons, false),
    ROW_TEXT(8, struct wire_incident_act_request, effects, 0, LIMIT_INCIDENT_SENTENCE),
    ROW_TEXT(9, struct wire_incident_act_request, delay, 0, LIMIT_INCIDENT_SENTENCE),
};
static const struct shape_row act_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_act_reply, incident, shape_incident, false),
    ROWS_LOGGED(2, struct wire_incident_act_reply),
};

static const struct shape_row list_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_list_request, actor, wire_shape_actor, true),
    ROW_BOOL(2, struct wire_incident_list_request, all),
    ROW_BOOL(3, struct wire_incident_list_request, escalated),
    ROW_BYTES(4, struct wire_incident_list_request, cursor, 0, WIRE_INCIDENT_CURSOR_SIZE),
};
static const struct shape_row list_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_incident_list_reply, incidents, incident_count, shape_incident, 0,
                 LIMIT_INCIDENT_PAGE),
    ROW_BYTES(2, struct wire_incident_list_reply, cursor, 0, WIRE_INCIDENT_CURSOR_SIZE),
    ROWS_LOGGED(3, struct wire_incident_list_reply),
};

static const struct shape_row get_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_get_request, actor, wire_shape_actor, true),
    ROW_FIXED(2, struct wire_incident_get_request, incident_id.bytes, true),
};
static const struct shape_row get_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_get_reply, incident, shape_incident, false),
    ROW_MESSAGES(2, struct wire_incident_get_reply, notices, notice_count, shape_notice, 0,
                 LIMIT_INCIDENT_NOTICES),
    ROWS_LOGGED(3, struct wire_incident_get_reply),
};

static const struct shape_row notices_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_notices_request, actor, wire_shape_actor, true),
    ROW_BYTES(2, struct wire_incident_notices_request, cursor, 0, WIRE_INCIDENT_CURSOR_SIZE),
};
static const struct shape_row notices_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_incident_notices_reply, notices, notice_count, shape_notice, 0,
                 LIMIT_INCIDENT_NOTICE_PAGE),
    ROW_BYTES(2, struct wire_incident_notices_reply, cursor, 0, WIRE_INCIDENT_CURSOR_SIZE),
    ROW_MESSAGE(3, struct wire_incident_notices_reply, entry_checkpoint, wire_shape_checkpoint,
                false),
    ROWS_LOGGED(4, struct wire_incident_notices_reply),
};

static const struct shape_row answer_request_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_answer_request, actor, wire_shape_actor, true),
    ROW_U64(2, struct wire_incident_answer_request, number, 1),
    ROW_ENUM(3, struct wire_incident_answer_request, outcome, true),
    ROW_TEXT(4, struct wire_incident_answer_request, reason, 1, LIMIT_INCIDENT_SENTENCE),
};
static const struct shape_row answer_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_incident_answer_reply, notice, shape_notice, false),
    ROWS_LOGGED(2, struct wire_incident_answer_reply),
};

/* ---- Shapes ---- */

static const struct shape shape_open_request =
    SHAPE_OF(lockgate__v1__open_incident_request__descriptor, struct wire_incident_open_request,
             open_request_rows);
static const struct shape shape_open_reply =
    SHAPE_OF(lockgate__v1__open_incident_reply__descriptor, struct wire_incident_open_reply,
             open_reply_rows);
static const struct shape shape_scope_request =
    SHAPE_OF(lockgate__v1__scope_incident_request__descriptor, struct wire_incident_scope_request,
             scope_request_rows);
static const struct shape shape_scope_reply =
    SHAPE_OF(lockgate__v1__scope_incident_reply__descriptor, struct wire_incident_scope_reply,
             scope_reply_rows);
static const struct shape shape_notify_request =
    SHAPE_OF(lockgate__v1__notify_incident_request__descriptor, struct wire_incident_notify_request,
             notify_request_rows);
static const struct shape shape_notify_reply =
    SHAPE_OF(lockgate__v1__notify_incident_reply__descriptor, struct wire_incident_notify_reply,
             notify_reply_rows);
static const struct shape shape_act_request =
    SHAPE_OF(lockgate__v1__act_incident_request__descriptor, struct wire_incident_act_request,
             act_request_rows);
static const struct shape shape_act_reply = SHAPE_OF(
    lockgate__v1__act_incident_reply__descriptor, struct wire_incident_act_reply, act_reply_rows);
static const struct shape shape_list_request =
    SHAPE_OF(lockgate__v1__list_incidents_request__descriptor, struct wire_incident_list_request,
             list_request_rows);
static const struct shape shape_list_reply =
    SHAPE_OF(lockgate__v1__list_incidents_reply__descriptor, struct wire_incident_list_reply,
             list_reply_rows);
static const struct shape shape_get_request =
    SHAPE_OF(lockgate__v1__get_incident_request__descriptor, struct wire_incident_get_request,
             get_request_rows);
static const struct shape shape_get_reply = SHAPE_OF(
    lockgate__v1__get_incident_reply__descriptor, struct wire_incident_get_reply, get_reply_rows);
static const struct shape shape_notices_request =
    SHAPE_OF(lockgate__v1__incident_notices_request__descriptor,
             struct wire_incident_notices_request, notices_request_rows);
static const struct shape shape_notices_reply =
    SHAPE_OF(lockgate__v1__incident_notices_reply__descriptor, struct wire_incident_notices_reply,
             notices_reply_rows);
static const struct shape shape_answer_request =
    SHAPE_OF(lockgate__v1__acknowledge_incident_request__descriptor,
             struct wire_incident_answer_request, answer_request_rows);
static const struct shape shape_answer_reply =
    SHAPE_OF(lockgate__v1__acknowledge_incident_reply__descriptor,
             struct wire_incident_answer_reply, answer_reply_rows);

static const struct wire_message requests[WIRE_INCIDENT_METHODS] = {
    [WIRE_INCIDENT_OPEN] = WIRE_REQUEST(shape_open_request),
    [WIRE_INCIDENT_SCOPE] = WIRE_REQUEST(shape_scope_request),
    [WIRE_INCIDENT_NOTIFY] = WIRE_REQUEST(shape_notify_request),
    [WIRE_INCIDENT_ACT] = WIRE_REQUEST(shape_act_request),
    [WIRE_INCIDENT_LIST] = WIRE_REQUEST(shape_list_request),
    [WIRE_INCIDENT_GET] = WIRE_REQUEST(shape_get_request),
    [WIRE_INCIDENT_NOTICES] = WIRE_REQUEST(shape_notices_request),
    [WIRE_INCIDENT_ANSWER] = WIRE_REQUEST(shape_answer_request),
};
static const struct wire_message replies[WIRE_INCIDENT_METHODS] = {
    [WIRE_INCIDENT_OPEN] = WIRE_REPLY(shape_open_reply),
    [WIRE_INCIDENT_SCOPE] = WIRE_REPLY(shape_scope_reply),
    [WIRE_INCIDENT_NOTIFY] = WIRE_REPLY(shape_notify_reply),
    [WIRE_INCIDENT_ACT] = WIRE_REPLY(shape_act_reply),
    [WIRE_INCIDENT_LIST] = WIRE_REPLY(shape_list_reply),
    [WIRE_INCIDENT_GET] = WIRE_REPLY(shape_get_reply),
    [WIRE_INCIDENT_NOTICES] = WIRE_REPLY(shape_notices_reply),
    [WIRE_INCIDENT_ANSWER] = WIRE_REPLY(shape_answer_reply),
};

struct lg_err wire_incident_request_decode(enum wire_incident_method method, struct arena *arena,
                                           struct span bytes, struct wire_report *report,
                                           void *out_request) {
    ASSERT(method < WIRE_INCIDENT_METHODS);
    return wire_message_decode(&requests[method], arena, bytes, report, out_request);
}

struct lg_err wire_incident_request_encode(enum wire_incident_method method, struct arena *arena,
                                           const void *request, struct span *out_bytes) {
    ASSERT(method < WIRE_INCIDENT_METHODS);
    return wire_message_encode(&requests[method], arena, request, out_bytes);
}

struct lg_err wire_incident_reply_decode(enum wire_incident_method method, struct arena *arena,
                                         struct span bytes, struct wire_report *report,
                                         void *out_reply) {
    ASSERT(method < WIRE_INCIDENT_METHODS);
    return wire_message_decode(&replies[method], arena, bytes, report, out_reply);
}

struct lg_err wire_incident_reply_encode(enum wire_incident_method method, struct arena *arena,
                                         const void *reply, struct span *out_bytes) {
    ASSERT(method < WIRE_INCIDENT_METHODS);
    return wire_message_encode(&replies[method], arena, reply, out_bytes);
}

const struct wire_message *const wire_incidents_messages[] = {
    &requests[WIRE_INCIDENT_OPEN],
    &replies[WIRE_INCIDENT_OPEN],
    &requests[WIRE_INCIDENT_SCOPE],
    &replies[WIRE_INCIDENT_SCOPE],
    &requests[WIRE_INCIDENT_NOTIFY],
    &replies[WIRE_INCIDENT_NOTIFY],
    &requests[WIRE_INCIDENT_ACT],
    &replies[WIRE_INCIDENT_ACT],
    &requests[WIRE_INCIDENT_LIST],
    &replies[WIRE_INCIDENT_LIST],
    &requests[WIRE_INCIDENT_GET],
    &replies[WIRE_INCIDENT_GET],
    &requests[WIRE_INCIDENT_NOTICES],
    &replies[WIRE_INCIDENT_NOTICES],
    &requests[WIRE_INCIDENT_ANSWER],
    &replies[WIRE_INCIDENT_ANSWER],
    NULL,
};
