/* SPDX-License-Identifier: Apache-2.0 */
/* Decision records as bytes. All numbers big-endian. A name is 3 bytes: agreement u8, number u16.
 *
 * Of a question:
 *   version u8 = 2 | bits u16 | at, seconds since 1970 i64
 *   agreements: count u8, each: SHA-256 32 | version u32 | bits u8 (1 suspended, 2 unsigned)
 *   agreement | recipient | role | purpose | basis, a name each
 *   age class u8 | no-consent reason u8 | five reasons u8, bit i: the i-th was given
 *   capacity u8
 *   trainings: count u8, names
 *   with bit DECLARED: section name | reason name | rationale characters u32 | age in minutes u32 |
 *     count u32 | overdue u32 | capacity u8
 *   standings: count u8, each: party name | state u8
 *   sources: count u16, names | fields: count u16, names
 *   with bit BYSTANDERS: count u8, 1 or more, each: SHA-256 32 | bits u8 (1 superseded)
 *   bits: 1 whole, 2 case reference, 4 second person, 8 statement, 16 emergency, 32 its age known,
 *     64 compelling reason, 128 bystanders
 *
 * Of a source:
 *   version u8 = 2 | bits u8 (1 whole, 2 opted out, 4 withheld, 8 opt-outs known) | source name
 *   day of the opt-outs i32, 0 where they are not known
 *   decision u8 | reason u16 | fields decided on u16
 *   fields: count u16, each: agreement u8 | field u16 | clause u16 | reason u16 |
 *     ruling u8 (treatment, 16 by emergency, 32 objection noted) | checks u32 | axes u32
 *   categories: count u8, names
 *   limits: count u8, each: name | uses by person u32 | by agency u32 | of subject u32
 *   kinds given u8, bit i: a consent of kind i
 *   consents: room u8 | count u8, each, and zeros for the rest of the room:
 *     state u8 | consent bits u8 | kind u8 | from i32 | until i32 | revision u64 | recorded ms i64
 * | categories u64 | agreements u16 consent bits: 1 explicit; every 2 purpose, 4 category, 8
 * recipient, 16 source; 32 times recorder
 *
 * Valid: every number in its range, counts within the limits of policy/record/record.h, an
 * agreement's number below their count, no other bits, nothing left over. */
#include "policy/record/record_int.h"

static unsigned bit(bool value, unsigned mask) {
    return value ? mask : 0;
}

static void write_name(struct writer *w, struct policy_record_name name) {
    writer_u8(w, name.agreement);
    writer_u16(w, name.number);
}

static void write_names(struct writer *w, const struct policy_record_name *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        write_name(w, names[i]);
    }
}

static void write_agreements(struct writer *w, const struct policy_record_ask *ask) {
    writer_u8(w, (uint8_t)ask->agreement_count);
    for (size_t i = 0; i < ask->agreement_count; i++) {
        const struct policy_record_agreement *it = &ask->agreements[i];
        writer_bytes(w, span_of(it->hash.bytes, sizeof it->hash.bytes));
        writer_u32(w, it->version);
        writer_u8(w, (uint8_t)(bit(it->is_suspended, 1) | bit(it->is_unsigned, 2)));
    }
}

static void write_emergency(struct writer *w, const struct policy_record_emergency *emergency) {
    if (!emergency->is_declared) {
        return;
    }
    write_name(w, emergency->section);
    write_name(w, emergency->reason);
    writer_u32(w, emergency->rationale_chars);
    writer_u32(w, emergency->age_min);
    writer_u32(w, emergency->count);
    writer_u32(w, emergency->overdue);
    writer_u8(w, (uint8_t)emergency->capacity);
}

static void write_bystanders(struct writer *w, const struct policy_record_ask *ask) {
    if (ask->bystander_count == 0) {
        return;
    }
    writer_u8(w, (uint8_t)ask->bystander_count);
    for (size_t i = 0; i < ask->bystander_count; i++) {
        const struct policy_record_bystander *it = &ask->bystanders[i];
        writer_bytes(w, span_of(it->hash.bytes, sizeof it->hash.bytes));
        writer_u8(w, (uint8_t)bit(it->is_superseded, 1));
    }
}

void policy_record_ask_write(const struct policy_record_ask *ask, struct writer *writer) {
    unsigned bits = bit(ask->is_whole, ASK_WHOLE) | bit(ask->has_case_reference, ASK_CASE) |
                    bit(ask->has_second_person, ASK_SECOND) |
                    bit(ask->has_statement, ASK_STATEMENT) |
                    bit(ask->has_compelling_reason, ASK_COMPELLING) |
                    bit(ask->bystander_count > 0, ASK_BYSTANDERS) |
                    bit(ask->emergency.is_declared, ASK_DECLARED) |
                    bit(ask->emergency.is_declared && ask->emergency.has_age, ASK_HAS_AGE);
    writer_u8(writer, RECORD_VERSION);
    writer_u16(writer, (uint16_t)bits);
    writer_u64(writer, (uint64_t)ask->at_s);
    write_agreements(writer, ask);
    write_name(writer, ask->agreement);
    write_name(writer, ask->recipient);
    write_name(writer, ask->role);
    write_name(writer, ask->purpose);
    write_name(writer, ask->basis);
    writer_u8(writer, (uint8_t)ask->age_class);
    writer_u8(writer, (uint8_t)ask->no_consent);
    writer_u8(writer, ask->reasons_given);
    writer_u8(writer, (uint8_t)ask->capacity);
    writer_u8(writer, (uint8_t)ask->training_count);
    write_names(writer, ask->trainings, ask->training_count);
    write_emergency(writer, &ask->emergency);
    writer_u8(writer, (uint8_t)ask->standing_count);
    for (size_t i = 0; i < ask->standing_count; i++) {
        write_name(writer, ask->standings[i].party);
        writer_u8(writer, (uint8_t)ask->standings[i].state);
    }
    writer_u16(writer, (uint16_t)ask->source_count);
    write_names(writer, ask->sources, ask->source_count);
    writer_u16(writer, (uint16_t)ask->field_count);
    write_names(writer, ask->fields, ask->field_count);
    write_bystanders(writer, ask);
}

size_t policy_record_ask_size_max(size_t agreements, size_t sources, size_t fields) {
    size_t head = 1 + 2 + 8 + 1 + 5 * NAME_SIZE + 4 + 1 + 2 * NAME_SIZE + 17 + 1 + 2 + 2 + 1;
    return head + agreements * (POLICY_RECORD_HASH_SIZE + 5) +
           (POLICY_RECORD_TRAININGS_MAX + sources + fields) * NAME_SIZE +
           (size_t)POLICY_RECORD_STANDINGS_MAX * (NAME_SIZE + 1) +
           (size_t)POLICY_RECORD_BYSTANDERS_MAX * (POLICY_RECORD_HASH_SIZE + 1);
}

static void write_field(struct writer *w, const struct policy_record_field *field) {
    writer_u8(w, field->agreement);
    writer_u16(w, field->field);
    writer_u16(w, field->clause);
    writer_u16(w, policy_record_code(field->reason));
    writer_u8(w, (uint8_t)((unsigned)field->treatment | bit(field->by_emergency, RULING_EMERGENCY) |
                           bit(field->objection_noted, RULING_OBJECTION)));
    writer_u32(w, field->checks);
    writer_u32(w, field->axes);
}

static void write_consent(struct writer *w, const struct policy_record_consent *it) {
    unsigned bits =
        bit(it->is_explicit, CONSENT_EXPLICIT) | bit(it->every_purpose, CONSENT_EVERY_PURPOSE) |
        bit(it->every_category, CONSENT_EVERY_CATEGORY) |
        bit(it->every_recipient, CONSENT_EVERY_RECIPIENT) |
        bit(it->every_source, CONSENT_EVERY_SOURCE) | (unsigned)it->recorder * CONSENT_RECORDER;
    writer_u8(w, (uint8_t)it->state);
    writer_u8(w, (uint8_t)bits);
    writer_u8(w, (uint8_t)it->kind);
    writer_u32(w, (uint32_t)it->from_day);
    writer_u32(w, (uint32_t)it->until_day);
    writer_u64(w, it->revision);
    writer_u64(w, (uint64_t)it->recorded_ms);
    writer_u64(w, it->categories);
    writer_u16(w, it->agreements);
}

static void write_consents(struct writer *w, const struct policy_record_part *part) {
    static const uint8_t zeros[CONSENT_SIZE] = {0};
    writer_u8(w, part->given_kinds);
    writer_u8(w, (uint8_t)part->consent_room);
    writer_u8(w, (uint8_t)part->consent_count);
    for (size_t i = 0; i < part->consent_count; i++) {
        write_consent(w, &part->consents[i]);
    }
    for (size_t i = part->consent_count; i < part->consent_room; i++) {
        writer_bytes(w, span_of(zeros, sizeof zeros));
    }
}

void policy_record_part_write(const struct policy_record_part *part, struct writer *writer) {
    writer_u8(writer, RECORD_VERSION);
    writer_u8(writer,
              (uint8_t)(bit(part->is_whole, PART_WHOLE) | bit(part->opted_out, PART_OPTED_OUT) |
                        bit(part->is_withheld, PART_WITHHELD) |
                        bit(part->opt_out_known, PART_OPT_OUT_KNOWN)));
    write_name(writer, part->source);
    writer_u32(writer, (uint32_t)part->opt_out_day);
    writer_u8(writer, (uint8_t)part->decision);
    writer_u16(writer, policy_record_code(part->reason));
    writer_u16(writer, (uint16_t)part->field_total);
    writer_u16(writer, (uint16_t)part->field_count);
    for (size_t i = 0; i < part->field_count; i++) {
        write_field(writer, &part->fields[i]);
    }
    writer_u8(writer, (uint8_t)part->category_count);
    write_names(writer, part->categories, part->category_count);
    writer_u8(writer, (uint8_t)part->limit_count);
    for (size_t i = 0; i < part->limit_count; i++) {
        write_name(writer, part->limits[i].limit);
        writer_u32(writer, part->limits[i].counts.person);
        writer_u32(writer, part->limits[i].counts.agency);
        writer_u32(writer, part->limits[i].counts.subject);
    }
    write_consents(writer, part);
}
