/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations: of a decision in the log, and of what is missing before one. */
#include "gateway/wire/explain.h"

#include <lockgate/v1/audit.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_explain.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row explained_check_rows[] = {
    ROW_TEXT(1, struct wire_explained_check, check, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_explained_check, mark, 1, LIMIT_WIRE_NAME),
    ROW_LOOSE(3, struct wire_explained_check, asked, 0, LIMIT_WIRE_SENTENCE),
    ROW_LOOSE(4, struct wire_explained_check, found, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_explained_check = SHAPE_OF(
    lockgate__v1__explained_check__descriptor, struct wire_explained_check, explained_check_rows);

static const struct shape_row nearest_rows[] = {
    ROW_TEXT(1, struct wire_nearest, clause, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_nearest, line, 0),
    ROW_TEXT(3, struct wire_nearest, differs, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_nearest =
    SHAPE_OF(lockgate__v1__nearest_clause__descriptor, struct wire_nearest, nearest_rows);

static const struct shape_row hint_rows[] = {
    ROW_TEXT(1, struct wire_hint, kind, 1, LIMIT_WIRE_NAME),
    ROW_LOOSE(2, struct wire_hint, value, 0, LIMIT_WIRE_SENTENCE),
    ROW_I64(3, struct wire_hint, at_s),
    ROW_U32(4, struct wire_hint, number, 0),
    ROW_LOOSE(5, struct wire_hint, sentence, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_hint =
    SHAPE_OF(lockgate__v1__hint__descriptor, struct wire_hint, hint_rows);

static const struct shape_row hint_set_rows[] = {
    ROW_MESSAGES(1, struct wire_hint_set, hints, hint_count, shape_hint, 0, LIMIT_WIRE_HINTS),
    ROW_BOOL(2, struct wire_hint_set, changes_request),
};

static const struct shape shape_hint_set =
    SHAPE_OF(lockgate__v1__hint_set__descriptor, struct wire_hint_set, hint_set_rows);

static const struct shape_row explained_axis_rows[] = {
    ROW_TEXT(1, struct wire_explained_axis, axis, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_explained_axis, verdict, 1, LIMIT_WIRE_NAME),
    ROW_LOOSE(3, struct wire_explained_axis, source, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_explained_axis = SHAPE_OF(
    lockgate__v1__explained_axis__descriptor, struct wire_explained_axis, explained_axis_rows);

static const struct shape_row explained_item_rows[] = {
    ROW_TEXT(1, struct wire_explained_item, item, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_explained_item, code, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_explained_item, treatment, 0, LIMIT_WIRE_NAME),
    ROW_LOOSE(4, struct wire_explained_item, sentence, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(5, struct wire_explained_item, clause, 0, LIMIT_WIRE_NAME),
    ROW_LOOSE(6, struct wire_explained_item, clause_title, 0, LIMIT_WIRE_SENTENCE),
    ROW_U32(7, struct wire_explained_item, clause_line, 0),
    ROW_MESSAGES(8, struct wire_explained_item, checks, check_count, shape_explained_check, 0,
                 LIMIT_WIRE_HINTS),
    ROW_MESSAGES(9, struct wire_explained_item, nearest, nearest_count, shape_nearest, 0,
                 LIMIT_WIRE_HINTS),
    ROW_MESSAGES(10, struct wire_explained_item, hint_sets, hint_set_count, shape_hint_set, 0,
                 LIMIT_WIRE_HINTS),
    ROW_TEXT(11, struct wire_explained_item, rule, 0, LIMIT_WIRE_NAME),
    ROW_MESSAGES(12, struct wire_explained_item, axes, axis_count, shape_explained_axis, 0,
                 LIMIT_WIRE_HINTS),
};

const struct shape wire_shape_explained_item = SHAPE_OF(
    lockgate__v1__explained_item__descriptor, struct wire_explained_item, explained_item_rows);

static const struct shape_row explained_source_rows[] = {
    ROW_TEXT(1, struct wire_explained_source, source, 1, LIMIT_WIRE_PARTY),
    ROW_ENUM(2, struct wire_explained_source, decision, false),
    ROW_TEXT(3, struct wire_explained_source, code, 0, LIMIT_WIRE_NAME),
    ROW_MESSAGES(4, struct wire_explained_source, items, item_count, wire_shape_explained_item, 0,
                 LIMIT_WIRE_HELD_BACK),
    ROW_TEXTS(5, struct wire_explained_source, obligations, LIMIT_WIRE_NAME,
              LIMIT_WIRE_OBLIGATIONS),
};

static const struct shape shape_explained_source =
    SHAPE_OF(lockgate__v1__explained_source__descriptor, struct wire_explained_source,
             explained_source_rows);

static const struct shape_row explained_agreement_rows[] = {
    ROW_TEXT(1, struct wire_explained_agreement, id, 1, LIMIT_WIRE_NAME),
    ROW_LOOSE(2, struct wire_explained_agreement, title, 0, LIMIT_WIRE_SENTENCE),
    ROW_U32(3, struct wire_explained_agreement, version, 0),
    ROW_TEXT(4, struct wire_explained_agreement, lead, 0, LIMIT_WIRE_PARTY),
    ROW_LOOSE(5, struct wire_explained_agreement, contact, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(6, struct wire_explained_agreement, review_day, 0, LIMIT_WIRE_DATE),
    ROW_TEXT(7, struct wire_explained_agreement, last_day, 0, LIMIT_WIRE_DATE),
    ROW_TEXTS(8, struct wire_explained_agreement, signatories, LIMIT_WIRE_SENTENCE,
              LIMIT_WIRE_SIGNATORIES),
    ROW_LOOSE(9, struct wire_explained_agreement, emergency_tell, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_explained_agreement =
    SHAPE_OF(lockgate__v1__explained_agreement__descriptor, struct wire_explained_agreement,
             explained_agreement_rows);

static const struct shape_row decision_facts_rows[] = {
    ROW_I64(1, struct wire_decision_facts, at_s),
    ROW_TEXT(2, struct wire_decision_facts, recipient, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(3, struct wire_decision_facts, role, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_decision_facts, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(5, struct wire_decision_facts, basis, 0, LIMIT_WIRE_NAME),
    ROW_ENUM(6, struct wire_decision_facts, age_class, false),
    ROW_TEXT(7, struct wire_decision_facts, no_consent_reason, 0, LIMIT_WIRE_NAME),
    ROW_BOOL(8, struct wire_decision_facts, case_reference),
    ROW_BOOL(9, struct wire_decision_facts, second_person),
    ROW_U32(10, struct wire_decision_facts, reasons_given, 0),
    ROW_BOOL(11, struct wire_decision_facts, emergency),
    ROW_TEXT(12, struct wire_decision_facts, emergency_reason, 0, LIMIT_WIRE_NAME),
    ROW_U32(13, struct wire_decision_facts, rationale_chars, 0),
    ROW_U32(14, struct wire_decision_facts, emergency_age_min, 0),
    ROW_U32(15, struct wire_decision_facts, emergency_count, 0),
    ROW_TEXT(16, struct wire_decision_facts, consent, 0, LIMIT_WIRE_NAME),
    ROW_BOOL(17, struct wire_decision_facts, statement),
    ROW_TEXT(18, struct wire_decision_facts, withholding, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(19, struct wire_decision_facts, withholding_office, 0, LIMIT_WIRE_OFFICE),
};

static const struct shape shape_decision_facts = SHAPE_OF(
    lockgate__v1__decision_facts__descriptor, struct wire_decision_facts, decision_facts_rows);

static const struct shape_row explain_request_rows[] = {
    ROW_MESSAGE(1, struct wire_explain_request, ground, wire_shape_ground, true),
    ROW_U64(2, struct wire_explain_request, index, 0),
    ROW_BYTES(3, struct wire_explain_request, request_id, 0, MODEL_REQUEST_ID_SIZE),
};

static const struct shape shape_explain_request = SHAPE_OF(
    lockgate__v1__explain_request__descriptor, struct wire_explain_request, explain_request_rows);

const struct wire_message wire_message_explain_request = WIRE_REQUEST(shape_explain_request);

struct lg_err wire_explain_request_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct wire_explain_request *out_request) {
    return wire_message_decode(&wire_message_explain_request, arena, bytes, report, out_request);
}

struct lg_err wire_explain_request_encode(struct arena *arena,
                                          const struct wire_explain_request *request,
                                          struct span *out_bytes) {
    return wire_message_encode(&wire_message_explain_request, arena, request, out_bytes);
}

static const struct shape_row explain_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_explain_reply, verdict, wire_shape_verdict, false),
    ROWS_LOGGED(2, struct wire_explain_reply),
    ROW_U64(4, struct wire_explain_reply, index, 0),
    ROW_TEXT(5, struct wire_explain_reply, reader, 0, LIMIT_WIRE_NAME),
    ROW_MESSAGES(6, struct wire_explain_reply, sources, source_count, shape_explained_source, 0,
                 LIMIT_WIRE_SOURCES),
    ROW_FLAGGED(7, struct wire_explain_reply, agreement, has_agreement, shape_explained_agreement),
    ROW_FLAGGED(8, struct wire_explain_reply, facts, has_facts, shape_decision_facts),
    ROW_BYTES(9, struct wire_explain_reply, policy_hash, 0, MODEL_HASH_SIZE),
    ROW_TEXT(10, struct wire_explain_reply, refused_for, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_explain_reply = SHAPE_OF(
    lockgate__v1__explain_reply__descriptor, struct wire_explain_reply, explain_reply_rows);

const struct wire_message wire_message_explain_reply = WIRE_REPLY(shape_explain_reply);

struct lg_err wire_explain_reply_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_explain_reply *out_reply) {
    return wire_message_decode(&wire_message_explain_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_explain_reply_encode(struct arena *arena, const struct wire_explain_reply *reply,
                                        struct span *out_bytes) {
    return wire_message_encode(&wire_message_explain_reply, arena, reply, out_bytes);
}
