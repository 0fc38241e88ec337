/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to decision records; the format is drawn in policy/record/write.c. Nothing is taken that
 * would not be written as the same bytes. */
#include "policy/record/record_int.h"

/* A record while it is read: bytes, how many agreements there are to point to, and whether anything
 * was out of its range. */
struct reading {
    struct reader reader;
    size_t agreements;
    bool is_wrong;
    struct arena *arena;
};

static void want(struct reading *in, bool is_right) {
    in->is_wrong = in->is_wrong || !is_right;
}

static struct lg_err end(const struct reading *in) {
    if (lg_failed(arena_failed(in->arena))) {
        return policy_no_memory();
    }
    if (in->is_wrong || lg_failed(reader_end(&in->reader))) {
        return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_RECORD_WRONG);
    }
    return LG_OK;
}

/* A list that is longer than it may be has no room, and the record is wrong. */
static void *room(struct reading *in, size_t count, size_t count_max, size_t size) {
    want(in, count <= count_max);
    return in->is_wrong || in->reader.failed ? NULL : arena_array(in->arena, count, size);
}

static unsigned read_bits(struct reading *in, unsigned bits, unsigned mask) {
    want(in, (bits & ~mask) == 0);
    return bits;
}

static struct policy_record_name read_name(struct reading *in) {
    struct policy_record_name name = {.agreement = reader_u8(&in->reader)};
    name.number = reader_u16(&in->reader);
    want(in, name.agreement < in->agreements || name.agreement == POLICY_RECORD_UNKNOWN ||
                 (name.agreement == POLICY_RECORD_NOT_GIVEN && name.number == 0));
    return name;
}

/* A name that is there and known. */
static struct policy_record_name read_known(struct reading *in) {
    struct policy_record_name name = read_name(in);
    want(in, name.agreement < POLICY_RECORD_UNKNOWN);
    return name;
}

static const struct policy_record_name *read_names(struct reading *in, size_t count,
                                                   size_t count_max) {
    struct policy_record_name *names = room(in, count, count_max, sizeof *names);
    for (size_t i = 0; names != NULL && i < count; i++) {
        names[i] = read_name(in);
    }
    return names;
}

static void read_agreements(struct reading *in, struct policy_record_ask *ask) {
    ask->agreement_count = reader_u8(&in->reader);
    struct policy_record_agreement *agreements =
        room(in, ask->agreement_count, LIMIT_POLICY_AGREEMENTS, sizeof *agreements);
    for (size_t i = 0; agreements != NULL && i < ask->agreement_count; i++) {
        struct policy_record_agreement *it = &agreements[i];
        reader_copy(&in->reader, it->hash.bytes, sizeof it->hash.bytes);
        it->version = reader_u32(&in->reader);
        unsigned bits = read_bits(in, reader_u8(&in->reader), 3);
        it->is_suspended = (bits & 1) != 0;
        it->is_unsigned = (bits & 2) != 0;
    }
    ask->agreements = agreements;
    in->agreements = ask->agreement_count;
}

static void read_emergency(struct reading *in, unsigned bits,
                           struct policy_record_emergency *emergency) {
    emergency->is_declared = (bits & ASK_DECLARED) != 0;
    emergency->has_age = (bits & ASK_HAS_AGE) != 0;
    if (!emergency->is_declared) {
        want(in, !emergency->has_age);
        emergency->section.agreement = POLICY_RECORD_NOT_GIVEN;
        emergency->reason.agreement = POLICY_RECORD_NOT_GIVEN;
        return;
    }
    emergency->section = read_name(in);
    emergency->reason = read_name(in);
    emergency->rationale_chars = reader_u32(&in->reader);
    emergency->age_min = reader_u32(&in->reader);
    emergency->count = reader_u32(&in->reader);
    emergency->overdue = reader_u32(&in->reader);
    uint8_t capacity = reader_u8(&in->reader);
    want(in, capacity <= CAPACITY_NOT_KNOWN);
    emergency->capacity = (enum capacity)capacity;
}

static void read_standings(struct reading *in, struct policy_record_ask *ask) {
    ask->standing_count = reader_u8(&in->reader);
    struct policy_record_standing *standings =
        room(in, ask->standing_count, POLICY_RECORD_STANDINGS_MAX, sizeof *standings);
    for (size_t i = 0; standings != NULL && i < ask->standing_count; i++) {
        standings[i].party = read_known(in);
        unsigned state = reader_u8(&in->reader);
        want(in, state >= POLICY_RECORD_SUSPENDED && state <= POLICY_RECORD_WITHDRAWN);
        standings[i].state = (enum policy_record_state)state;
    }
    ask->standings = standings;
}

/* Where there are none the bit is not set. */
static void read_bystanders(struct reading *in, unsigned bits, struct policy_record_ask *ask) {
    if ((bits & ASK_BYSTANDERS) == 0) {
        return;
    }
    ask->bystander_count = reader_u8(&in->reader);
    want(in, ask->bystander_count > 0);
    struct policy_record_bystander *bystanders =
        room(in, ask->bystander_count, POLICY_RECORD_BYSTANDERS_MAX, sizeof *bystanders);
    for (size_t i = 0; bystanders != NULL && i < ask->bystander_count; i++) {
        struct policy_record_bystander *it = &bystanders[i];
        reader_copy(&in->reader, it->hash.bytes, sizeof it->hash.bytes);
        it->is_superseded = read_bits(in, reader_u8(&in->reader), 1) != 0;
    }
    ask->bystanders = bystanders;
}

static void read_facts(struct reading *in, struct policy_record_ask *ask) {
    unsigned age = reader_u8(&in->reader);
    unsigned no_consent = reader_u8(&in->reader);
    want(in, age <= AGE_ADULT && no_consent <= POLICY_RECORD_OTHER_REASON);
    ask->age_class = (enum age_class)age;
    ask->no_consent = (enum policy_record_no_consent)no_consent;
    ask->reasons_given = (uint8_t)read_bits(in, reader_u8(&in->reader), 0x1f);
    unsigned capacity = reader_u8(&in->reader);
    want(in, capacity <= POLICY_CAPACITY_LACKS);
    ask->capacity = (enum policy_capacity)capacity;
}

static void read_version(struct reading *in) {
    want(in, reader_u8(&in->reader) == RECORD_VERSION);
}

struct lg_err policy_record_ask_read(struct span bytes, struct arena *arena,
                                     struct policy_record_ask *out_ask) {
    struct reading in = {.reader = reader_of(bytes), .arena = arena};
    struct policy_record_ask ask = {0};
    read_version(&in);
    unsigned bits = read_bits(&in, reader_u16(&in.reader), ASK_BITS);
    ask.is_whole = (bits & ASK_WHOLE) != 0;
    ask.has_case_reference = (bits & ASK_CASE) != 0;
    ask.has_second_person = (bits & ASK_SECOND) != 0;
    ask.has_statement = (bits & ASK_STATEMENT) != 0;
    ask.has_compelling_reason = (bits & ASK_COMPELLING) != 0;
    ask.at_s = (int64_t)reader_u64(&in.reader);
    read_agreements(&in, &ask);
    ask.agreement = read_name(&in);
    ask.recipient = read_name(&in);
    ask.role = read_name(&in);
    ask.purpose = read_name(&in);
    ask.basis = read_name(&in);
    read_facts(&in, &ask);
    ask.training_count = reader_u8(&in.reader);
    ask.trainings = read_names(&in, ask.training_count, POLICY_RECORD_TRAININGS_MAX);
    read_emergency(&in, bits, &ask.emergency);
    read_standings(&in, &ask);
    ask.source_count = reader_u16(&in.reader);
    ask.sources = read_names(&in, ask.source_count, LIMIT_POLICY_SOURCES);
    ask.field_count = reader_u16(&in.reader);
    ask.fields = read_names(&in, ask.field_count, LIMIT_POLICY_ASKED);
    read_bystanders(&in, bits, &ask);
    TRY(end(&in));
    *out_ask = ask;
    return LG_OK;
}

/* ---- of a source ---- */

static enum policy_reason read_reason(struct reading *in) {
    enum policy_reason reason = policy_record_code_find(reader_u16(&in->reader));
    want(in, reason != POLICY_REASON_END);
    return reason;
}

/* Verdicts and the route that there are, and none of the bits between. */
static uint32_t read_axes(struct reading *in) {
    uint32_t axes = reader_u32(&in->reader);
    for (unsigned axis = 0; axis < POLICY_AXES; axis++) {
        want(in, policy_axes_get(axes, (enum policy_axis)axis) <= POLICY_AXIS_NOT_MET);
    }
    want(in, policy_axes_confidence(axes) < POLICY_CONFIDENCES);
    want(in, (axes >> (POLICY_AXES_CONFIDENCE_SHIFT + 3) & 7U) == 0);
    return axes;
}

static struct policy_record_field read_field(struct reading *in) {
    struct policy_record_field field = {.agreement = reader_u8(&in->reader)};
    want(in, field.agreement < in->agreements || field.agreement == POLICY_RECORD_UNKNOWN);
    field.field = reader_u16(&in->reader);
    field.clause = reader_u16(&in->reader);
    field.reason = read_reason(in);
    unsigned bits = read_bits(in, reader_u8(&in->reader),
                              RULING_TREATMENT | RULING_EMERGENCY | RULING_OBJECTION);
    want(in, (bits & RULING_TREATMENT) <= TREATMENT_REDACT);
    field.treatment = (enum treatment)(bits & RULING_TREATMENT);
    field.by_emergency = (bits & RULING_EMERGENCY) != 0;
    field.objection_noted = (bits & RULING_OBJECTION) != 0;
    field.checks = reader_u32(&in->reader);
    field.axes = read_axes(in);
    return field;
}

static void read_fields(struct reading *in, struct policy_record_part *part) {
    part->field_count = reader_u16(&in->reader);
    struct policy_record_field *fields =
        room(in, part->field_count, POLICY_RECORD_FIELDS_MAX, sizeof *fields);
    for (size_t i = 0; fields != NULL && i < part->field_count; i++) {
        fields[i] = read_field(in);
    }
    part->fields = fields;
    want(in, part->field_count <= part->field_total);
}

static void read_limits(struct reading *in, struct policy_record_part *part) {
    part->limit_count = reader_u8(&in->reader);
    struct policy_record_limit *limits =
        room(in, part->limit_count, POLICY_RECORD_LIMITS_MAX, sizeof *limits);
    for (size_t i = 0; limits != NULL && i < part->limit_count; i++) {
        limits[i].limit = read_known(in);
        limits[i].counts.person = reader_u32(&in->reader);
        limits[i].counts.agency = reader_u32(&in->reader);
        limits[i].counts.subject = reader_u32(&in->reader);
    }
    part->limits = limits;
}

static void read_consent(struct reading *in, struct policy_record_consent *it) {
    unsigned state = reader_u8(&in->reader);
    unsigned bits = reader_u8(&in->reader);
    want(in, state >= CONSENT_GIVEN && state <= CONSENT_WITHDRAWN);
    want(in, bits < (POLICY_RECORD_BY_OTHER + 1) * CONSENT_RECORDER);
    it->state = (enum consent_state)state;
    it->is_explicit = (bits & CONSENT_EXPLICIT) != 0;
    it->every_purpose = (bits & CONSENT_EVERY_PURPOSE) != 0;
    it->every_category = (bits & CONSENT_EVERY_CATEGORY) != 0;
    it->every_recipient = (bits & CONSENT_EVERY_RECIPIENT) != 0;
    it->every_source = (bits & CONSENT_EVERY_SOURCE) != 0;
    it->recorder = (enum policy_record_recorder)(bits / CONSENT_RECORDER);
    unsigned kind = reader_u8(&in->reader);
    want(in, kind < CONSENT_KIND_END);
    it->kind = (enum consent_kind)kind;
    it->from_day = (int32_t)reader_u32(&in->reader);
    it->until_day = (int32_t)reader_u32(&in->reader);
    it->revision = reader_u64(&in->reader);
    it->recorded_ms = (int64_t)reader_u64(&in->reader);
    it->categories = reader_u64(&in->reader);
    it->agreements = reader_u16(&in->reader);
}

static void read_consents(struct reading *in, struct policy_record_part *part) {
    part->given_kinds = (uint8_t)read_bits(in, reader_u8(&in->reader), GIVEN_KINDS);
    part->consent_room = reader_u8(&in->reader);
    part->consent_count = reader_u8(&in->reader);
    want(in, part->consent_room <= POLICY_RECORD_CONSENTS_MAX);
    struct policy_record_consent *consents =
        room(in, part->consent_count, part->consent_room, sizeof *consents);
    if (consents == NULL) {
        return;
    }
    for (size_t i = 0; i < part->consent_count; i++) {
        read_consent(in, &consents[i]);
    }
    size_t rest = (part->consent_room - part->consent_count) * CONSENT_SIZE;
    struct span zeros = reader_bytes(&in->reader, rest);
    for (size_t i = 0; i < zeros.len; i++) {
        want(in, zeros.ptr[i] == 0);
    }
    part->consents = consents;
}

struct lg_err policy_record_part_read(struct span bytes, size_t agreement_count,
                                      struct arena *arena, struct policy_record_part *out_part) {
    struct reading in = {.reader = reader_of(bytes), .agreements = agreement_count, .arena = arena};
    struct policy_record_part part = {0};
    read_version(&in);
    unsigned bits = read_bits(&in, reader_u8(&in.reader), PART_BITS);
    part.is_whole = (bits & PART_WHOLE) != 0;
    part.opted_out = (bits & PART_OPTED_OUT) != 0;
    part.is_withheld = (bits & PART_WITHHELD) != 0;
    part.opt_out_known = (bits & PART_OPT_OUT_KNOWN) != 0;
    part.source = read_name(&in);
    part.opt_out_day = (int32_t)reader_u32(&in.reader);
    want(&in, part.opt_out_known || (!part.opted_out && part.opt_out_day == 0));
    unsigned decision = reader_u8(&in.reader);
    want(&in, decision >= DECISION_PERMIT && decision <= DECISION_REFUSE);
    part.decision = (enum decision)decision;
    part.reason = read_reason(&in);
    part.field_total = reader_u16(&in.reader);
    read_fields(&in, &part);
    part.category_count = reader_u8(&in.reader);
    part.categories = read_names(&in, part.category_count, POLICY_RECORD_CATEGORIES_MAX);
    read_limits(&in, &part);
    read_consents(&in, &part);
    TRY(end(&in));
    *out_part = part;
    return LG_OK;
}
