/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Disclosures. */
#include "gateway/wire/disclosures.h"

#include <lockgate/v1/disclosures.pb-c.h>
#include <parts.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_explain.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row five_reasons_rows[] = {
    ROW_TEXT(1, struct five_reasons, proportionate, 0, LIMIT_WIRE_REASON),
    ROW_TEXT(2, struct five_reasons, lawful, 0, LIMIT_WIRE_REASON),
    ROW_TEXT(3, struct five_reasons, accountable, 0, LIMIT_WIRE_REASON),
    ROW_TEXT(4, struct five_reasons, necessary, 0, LIMIT_WIRE_REASON),
    ROW_TEXT(5, struct five_reasons, least_intrusive, 0, LIMIT_WIRE_REASON),
};

static const struct shape shape_five_reasons =
    SHAPE_OF(lockgate__v1__five_reasons__descriptor, struct five_reasons, five_reasons_rows);

static const struct shape_row emergency_rows[] = {
    ROW_TEXT(1, struct question, emergency_reason, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct question, emergency_rationale, 0, LIMIT_WIRE_RATIONALE),
    ROW_ENUM(3, struct question, capacity, false),
    ROW_TEXT(4, struct question, capacity_basis, 0, LIMIT_WIRE_NAME),
    ROW_FIXED(5, struct question, declaration.bytes, false),
};

static const struct shape shape_emergency =
    SHAPE_OF(lockgate__v1__emergency__descriptor, struct question, emergency_rows);

static const struct shape_row ask_request_rows[] = {
    ROW_FIXED(1, struct question, id.bytes, true),
    ROW_MESSAGE(2, struct question, person, wire_shape_person, true),
    ROW_TEXTS(3, struct question, sources, LIMIT_WIRE_PARTY, LIMIT_WIRE_SOURCES),
    ROW_TEXTS(4, struct question, items, LIMIT_WIRE_NAME, LIMIT_WIRE_ITEMS),
    ROW_ENUM_ELSE(5, struct question, tier, TIER_HEADLINE),
    ROW_MESSAGE(6, struct question, ground, wire_shape_ground, true),
    ROW_ENUM(7, struct question, age_class, false),
    ROW_MESSAGE(8, struct question, reasons, shape_five_reasons, false),
    ROW_TEXT(9, struct question, no_consent_reason, 0, LIMIT_WIRE_NAME),
    ROW_INLINE(10, offsetof(struct question, emergency_declared), shape_emergency),
    ROW_MESSAGE(11, struct question, second_person, wire_shape_actor, false),
    ROW_TEXT(12, struct question, statement, 0, LIMIT_WIRE_REASON),
    ROW_TEXT(13, struct question, compelling_reason, 0, LIMIT_WIRE_REASON),
    ROW_ENUM(14, struct question, deciding_capacity, false),
    ROW_TEXT(15, struct question, deciding_capacity_basis, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_ask_request =
    SHAPE_OF(lockgate__v1__ask_request__descriptor, struct question, ask_request_rows);

static const struct wire_message message_ask_request = WIRE_REQUEST(shape_ask_request);

struct lg_err wire_ask_request_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report, struct question *out_question) {
    return wire_message_decode(&message_ask_request, arena, bytes, report, out_question);
}

struct lg_err wire_ask_request_encode(struct arena *arena, const struct question *question,
                                      struct span *out_bytes) {
    return wire_message_encode(&message_ask_request, arena, question, out_bytes);
}

static const struct shape_row released_item_rows[] = {
    ROW_TEXT(1, struct released_item, item, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct released_item, value, 0, LIMIT_WIRE_VALUE),
    ROW_ENUM(3, struct released_item, treatment, false),
    ROW_TEXT(4, struct released_item, rule, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(5, struct released_item, date, 0, LIMIT_WIRE_DATE),
    ROW_ENUM(6, struct released_item, standing, false),
};

static const struct shape shape_released_item =
    SHAPE_OF(lockgate__v1__released_item__descriptor, struct released_item, released_item_rows);

static const struct shape_row released_link_rows[] = {
    ROW_TEXT(1, struct released_link, pseudonym.text, 0, LIMIT_WIRE_PSEUDONYM),
    ROW_TEXT(2, struct released_link, relation, 0, LIMIT_WIRE_RELATION),
};

static const struct shape shape_released_link =
    SHAPE_OF(lockgate__v1__released_link__descriptor, struct released_link, released_link_rows);

static const struct shape_row released_record_rows[] = {
    ROW_TEXT(1, struct released_record, record, 0, LIMIT_WIRE_RECORD),
    ROW_MESSAGES(2, struct released_record, items, item_count, shape_released_item, 0,
                 LIMIT_WIRE_ITEMS),
    ROW_MESSAGES(3, struct released_record, links, link_count, shape_released_link, 0,
                 LIMIT_WIRE_LINKS),
};

static const struct shape shape_released_record = SHAPE_OF(
    lockgate__v1__released_record__descriptor, struct released_record, released_record_rows);

static const struct shape_row held_back_rows[] = {
    ROW_TEXT(1, struct held_back, item, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct held_back, code, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct held_back, clause, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct held_back, sentence, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_held_back =
    SHAPE_OF(lockgate__v1__held_back__descriptor, struct held_back, held_back_rows);

static const struct shape_row source_result_rows[] = {
    ROW_TEXT(1, struct extract, source, 1, LIMIT_WIRE_PARTY),
    ROW_ENUM(2, struct extract, state, false),
    ROW_MESSAGES(3, struct extract, records, record_count, shape_released_record, 0,
                 LIMIT_WIRE_RECORDS),
    ROW_MESSAGES(4, struct extract, held_back, held_back_count, shape_held_back, 0,
                 LIMIT_WIRE_HELD_BACK),
    ROW_I64(5, struct extract, as_of_s),
    ROW_TEXT(6, struct extract, sentence, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_source_result =
    SHAPE_OF(lockgate__v1__source_result__descriptor, struct extract, source_result_rows);

static const struct wire_message message_source_result = WIRE_REPLY(shape_source_result);

struct lg_err wire_source_result_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report, struct extract *out_extract) {
    return wire_message_decode(&message_source_result, arena, bytes, report, out_extract);
}

struct lg_err wire_source_result_encode(struct arena *arena, const struct extract *extract,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_source_result, arena, extract, out_bytes);
}

static const struct shape_row source_part_rows[] = {
    ROW_RAW(1, struct reply_part, result, shape_source_result),
    ROW_MESSAGE(2, struct reply_part, receipt, wire_shape_receipt, true),
};

static const struct shape shape_source_part =
    SHAPE_OF(lockgate__parts__source_part__descriptor, struct reply_part, source_part_rows);

static const struct shape_row duties_rows[] = {
    ROW_U32(1, struct duties, keep_days, 0),
    ROW_TEXT(2, struct duties, onward, 0, LIMIT_WIRE_NAME),
    ROW_TEXTS(3, struct duties, obligations, LIMIT_WIRE_NAME, LIMIT_WIRE_OBLIGATIONS),
};

static const struct shape shape_duties =
    SHAPE_OF(lockgate__v1__duties__descriptor, struct duties, duties_rows);

static const struct shape_row emergency_note_rows[] = {
    ROW_BOOL(1, struct emergency_note, was_used),
    ROW_FIXED(2, struct emergency_note, review_id.bytes, false),
    ROW_I64(3, struct emergency_note, ends_ms),
    ROW_I64(4, struct emergency_note, review_due_ms),
    ROW_TEXT(5, struct emergency_note, tell_office, 0, LIMIT_WIRE_NAME),
    ROW_I64(6, struct emergency_note, tell_due_ms),
    ROW_TEXT(7, struct emergency_note, telling, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_emergency_note =
    SHAPE_OF(lockgate__v1__emergency_note__descriptor, struct emergency_note, emergency_note_rows);

static const struct shape_row ask_reply_rows[] = {
    ROW_FIXED(1, struct ask_reply, id.bytes, true),
    ROW_MESSAGE(2, struct ask_reply, verdict, wire_shape_verdict, false),
    ROW_TEXT(3, struct ask_reply, pseudonym, 0, LIMIT_WIRE_PSEUDONYM),
    ROW_MESSAGES(4, struct ask_reply, parts, part_count, shape_source_part, 0, LIMIT_WIRE_SOURCES),
    ROW_MESSAGE(5, struct ask_reply, duties, shape_duties, false),
    ROW_FLAGGED(6, struct ask_reply, refusal_receipt, has_refusal_receipt, wire_shape_receipt),
    ROW_MESSAGE(7, struct ask_reply, checkpoint, wire_shape_checkpoint, false),
    ROW_BOOL(8, struct ask_reply, repeated_request),
    ROW_FLAGGED(9, struct ask_reply, emergency, has_emergency, shape_emergency_note),
};

static const struct shape shape_ask_reply =
    SHAPE_OF(lockgate__parts__ask_reply__descriptor, struct ask_reply, ask_reply_rows);

static const struct wire_message message_ask_reply = WIRE_REPLY(shape_ask_reply);

struct lg_err wire_ask_reply_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report, struct ask_reply *out_reply) {
    return wire_message_decode(&message_ask_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_ask_reply_encode(struct arena *arena, const struct ask_reply *reply,
                                    struct span *out_bytes) {
    return wire_message_encode(&message_ask_reply, arena, reply, out_bytes);
}

static const struct shape_row watch_part_rows[] = {
    ROW_MESSAGE(1, struct wire_watch_part, part, shape_source_part, true),
    ROW_TEXT(2, struct wire_watch_part, pseudonym, 0, LIMIT_WIRE_PSEUDONYM),
    ROW_MESSAGE(3, struct wire_watch_part, checkpoint, wire_shape_checkpoint, false),
};

static const struct shape shape_watch_part =
    SHAPE_OF(lockgate__parts__watch_part__descriptor, struct wire_watch_part, watch_part_rows);

static const struct shape_row watch_end_rows[] = {
    ROW_MESSAGE(1, struct wire_watch_end, verdict, wire_shape_verdict, false),
    ROW_MESSAGE(2, struct wire_watch_end, duties, shape_duties, false),
    ROW_FLAGGED(3, struct wire_watch_end, refusal_receipt, has_refusal_receipt, wire_shape_receipt),
    ROW_MESSAGE(4, struct wire_watch_end, checkpoint, wire_shape_checkpoint, false),
    ROW_FLAGGED(5, struct wire_watch_end, emergency, has_emergency, shape_emergency_note),
};

static const struct shape shape_watch_end =
    SHAPE_OF(lockgate__v1__watch_end__descriptor, struct wire_watch_end, watch_end_rows);

static const struct shape_row watch_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_watch_reply, part, shape_watch_part, false),
    ROW_MESSAGE(2, struct wire_watch_reply, end, shape_watch_end, false),
};

static const struct shape shape_watch_reply = SHAPE_CHOICE_OF(
    lockgate__parts__watch_reply__descriptor, struct wire_watch_reply, kind, watch_reply_rows);

static const struct wire_message message_watch_reply = WIRE_REPLY(shape_watch_reply);

struct lg_err wire_watch_reply_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report,
                                      struct wire_watch_reply *out_reply) {
    return wire_message_decode(&message_watch_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_watch_reply_encode(struct arena *arena, const struct wire_watch_reply *reply,
                                      struct span *out_bytes) {
    return wire_message_encode(&message_watch_reply, arena, reply, out_bytes);
}

static const struct shape_row can_ask_request_rows[] = {
    ROW_TEXTS(1, struct question, sources, LIMIT_WIRE_PARTY, LIMIT_WIRE_SOURCES),
    ROW_TEXTS(2, struct question, items, LIMIT_WIRE_NAME, LIMIT_WIRE_ITEMS),
    ROW_MESSAGE(3, struct question, ground, wire_shape_ground, true),
    ROW_ENUM(4, struct question, age_class, false),
    ROW_TEXT(5, struct question, no_consent_reason, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(6, struct question, statement, 0, LIMIT_WIRE_REASON),
    ROW_MESSAGE(7, struct question, reasons, shape_five_reasons, false),
    ROW_TEXT(8, struct question, compelling_reason, 0, LIMIT_WIRE_REASON),
    ROW_ENUM(9, struct question, deciding_capacity, false),
};

static const struct shape shape_can_ask_request =
    SHAPE_OF(lockgate__v1__can_ask_request__descriptor, struct question, can_ask_request_rows);

static const struct wire_message message_can_ask_request = WIRE_REQUEST(shape_can_ask_request);

struct lg_err wire_can_ask_request_decode(struct arena *arena, struct span bytes,
                                          struct wire_report *report,
                                          struct question *out_question) {
    return wire_message_decode(&message_can_ask_request, arena, bytes, report, out_question);
}

struct lg_err wire_can_ask_request_encode(struct arena *arena, const struct question *question,
                                          struct span *out_bytes) {
    return wire_message_encode(&message_can_ask_request, arena, question, out_bytes);
}

static const struct shape_row permitted_item_rows[] = {
    ROW_TEXT(1, struct wire_permitted_item, item, 1, LIMIT_WIRE_NAME),
    ROW_TEXT(2, struct wire_permitted_item, treatment, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_permitted_item, rule, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_permitted_item, clause, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(5, struct wire_permitted_item, consent, 0, LIMIT_WIRE_NAME),
};

static const struct shape shape_permitted_item = SHAPE_OF(
    lockgate__v1__permitted_item__descriptor, struct wire_permitted_item, permitted_item_rows);

static const struct shape_row source_permit_rows[] = {
    ROW_TEXT(1, struct wire_source_permit, source, 1, LIMIT_WIRE_PARTY),
    ROW_MESSAGES(2, struct wire_source_permit, items, item_count, shape_permitted_item, 0,
                 LIMIT_WIRE_ITEMS),
    ROW_MESSAGES(3, struct wire_source_permit, held_back, held_back_count, shape_held_back, 0,
                 LIMIT_WIRE_HELD_BACK),
    ROW_MESSAGES(4, struct wire_source_permit, missing, missing_count, wire_shape_explained_item, 0,
                 LIMIT_WIRE_MISSING),
};

static const struct shape shape_source_permit = SHAPE_OF(
    lockgate__v1__source_permit__descriptor, struct wire_source_permit, source_permit_rows);

static const struct shape_row can_ask_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_can_ask_reply, verdict, wire_shape_verdict, false),
    ROW_MESSAGES(2, struct wire_can_ask_reply, sources, source_count, shape_source_permit, 0,
                 LIMIT_WIRE_SOURCES),
};

static const struct shape shape_can_ask_reply = SHAPE_OF(
    lockgate__v1__can_ask_reply__descriptor, struct wire_can_ask_reply, can_ask_reply_rows);

static const struct wire_message message_can_ask_reply = WIRE_REPLY(shape_can_ask_reply);

struct lg_err wire_can_ask_reply_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct wire_can_ask_reply *out_reply) {
    return wire_message_decode(&message_can_ask_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_can_ask_reply_encode(struct arena *arena, const struct wire_can_ask_reply *reply,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_can_ask_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_disclosures_messages[] = {
    &message_ask_request,
    &message_source_result,
    &message_ask_reply,
    &message_watch_reply,
    &message_can_ask_request,
    &message_can_ask_reply,
    NULL,
};
