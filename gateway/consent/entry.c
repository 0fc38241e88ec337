/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a CONSENT entry, sealed by the log and by the store.
 *
 *    1  version, 2
 *   16  person
 *   16  consent id
 *    1  state: 1 given, 2 refused, 3 withdrawn
 *    1  explicit: 0 or 1
 *    8  recorded, ms since 1970 UTC
 *    -  from, until, recorded by: each after a 16-bit length
 *    -  purposes, categories, recipients: each a 16-bit count and that many names, each after a
 *       16-bit length
 *    1  kind, 0 to 4 (enum consent_kind)
 *    1  manner, 0 to 4
 *    1  representative, 0 to 4
 *    1  format, 0 to 7
 *    -  sources: as purposes
 *    -  representative's evidence, evidence, language, user id, role: each after a 16-bit length
 *
 * Version 1 ends after the recipients: kind and all that follows were not stated. Valid where every
 * part is in its range (consent.h) and nothing is left over. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/consent/consent_int.h"

struct lg_err consent_fail(enum lg_class klass, enum consent_code code) {
    return lg_err_make(klass, LG_CONSENT, (uint16_t)code);
}

bool consent_name_valid(struct span name) {
    bool valid = name.len > 0 && name.len <= CONSENT_NAME_SIZE_MAX;
    for (size_t i = 0; valid && i < name.len; i++) {
        uint8_t c = name.ptr[i];
        valid = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }
    return valid;
}

static bool names_valid(const struct span_list *names) {
    bool valid = names->count <= CONSENT_NAMES_MAX;
    for (size_t i = 0; valid && i < names->count; i++) {
        valid = consent_name_valid(names->items[i]);
    }
    return valid;
}

/* Empty, or a day of the calendar; *out_day is left where it is empty. */
static bool day_valid(struct span text, int32_t *out_day) {
    return text.len == 0 || policy_day_parse(text, out_day);
}

static bool reference_valid(struct span text) {
    bool valid = text.len <= CONSENT_REFERENCE_SIZE_MAX;
    for (size_t i = 0; valid && i < text.len; i++) {
        uint8_t c = text.ptr[i];
        valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                memchr("./_-:", c, 5) != NULL;
    }
    return valid;
}

/* A tag of RFC 5646 by its shape: subtags of 1 to 8 letters and digits, the first of letters. */
static bool language_valid(struct span tag) {
    size_t run = 0;
    bool valid = tag.len <= CONSENT_LANGUAGE_SIZE_MAX;
    bool is_first = true;
    for (size_t i = 0; valid && i < tag.len; i++) {
        uint8_t c = tag.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (c == '-') {
            valid = run > 0;
            run = 0;
            is_first = false;
        } else {
            run++;
            valid = run <= 8 && (is_letter || (is_digit && !is_first));
        }
    }
    return valid && (tag.len == 0 || run > 0);
}

static bool how_valid(const struct consent_how *how) {
    return how->manner >= CONSENT_MANNER_NOT_STATED && how->manner < CONSENT_MANNER_END &&
           how->representative >= CONSENT_REPRESENTATIVE_NONE &&
           how->representative < CONSENT_REPRESENTATIVE_END &&
           how->format >= CONSENT_FORMAT_NOT_STATED && how->format < CONSENT_FORMAT_END &&
           reference_valid(how->representative_evidence) && reference_valid(how->evidence) &&
           language_valid(how->language) && how->user_id.len <= CONSENT_ACTOR_SIZE_MAX &&
           how->role.len <= CONSENT_ACTOR_SIZE_MAX;
}

/* An objection is no consent: it cannot be given. */
static bool kind_valid(const struct consent *consent) {
    return consent->kind >= CONSENT_KIND_NOT_STATED && consent->kind < CONSENT_KIND_END &&
           (consent->kind != CONSENT_KIND_OBJECTION || consent->state != CONSENT_GIVEN);
}

static bool consent_valid(const struct consent *consent) {
    int32_t from = INT32_MIN;
    int32_t until = INT32_MAX;
    bool state = consent->state >= CONSENT_GIVEN && consent->state <= CONSENT_WITHDRAWN;
    return state && names_valid(&consent->purposes) && names_valid(&consent->categories) &&
           names_valid(&consent->recipients) && names_valid(&consent->sources) &&
           consent_name_valid(consent->recorded_by) && kind_valid(consent) &&
           how_valid(&consent->how) && day_valid(consent->from, &from) &&
           day_valid(consent->until, &until) && from <= until && consent->recorded_ms >= 0;
}

void consent_names_write(struct writer *w, const struct span_list *names) {
    writer_u16(w, (uint16_t)names->count);
    for (size_t i = 0; i < names->count; i++) {
        writer_part(w, names->items[i]);
    }
}

static void how_write(struct writer *w, const struct consent *consent) {
    const struct consent_how *how = &consent->how;
    writer_u8(w, (uint8_t)consent->kind);
    writer_u8(w, (uint8_t)how->manner);
    writer_u8(w, (uint8_t)how->representative);
    writer_u8(w, (uint8_t)how->format);
    consent_names_write(w, &consent->sources);
    writer_part(w, how->representative_evidence);
    writer_part(w, how->evidence);
    writer_part(w, how->language);
    writer_part(w, how->user_id);
    writer_part(w, how->role);
}

struct lg_err consent_entry_encode(const struct person_id *person, const struct consent *consent,
                                   struct arena *arena, struct span *out_body) {
    if (!consent_valid(consent)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_CONSENT_BODY_MAX);
    if (body == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    struct writer w = writer_of(body, STORE_CONSENT_BODY_MAX);
    writer_u8(&w, CONSENT_BODY_FACT);
    writer_bytes(&w, span_of(person->bytes, sizeof person->bytes));
    writer_bytes(&w, span_of(consent->id.bytes, sizeof consent->id.bytes));
    writer_u8(&w, (uint8_t)consent->state);
    writer_u8(&w, consent->explicit_consent ? 1 : 0);
    writer_u64(&w, (uint64_t)consent->recorded_ms);
    writer_part(&w, consent->from);
    writer_part(&w, consent->until);
    writer_part(&w, consent->recorded_by);
    consent_names_write(&w, &consent->purposes);
    consent_names_write(&w, &consent->categories);
    consent_names_write(&w, &consent->recipients);
    how_write(&w, consent);
    if (lg_failed(writer_end(&w, out_body))) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    return LG_OK;
}

struct lg_err consent_names_read(struct reader *r, struct arena *arena,
                                 struct span_list *out_names) {
    size_t count = reader_u16(r);
    if (count > CONSENT_NAMES_MAX) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_BODY);
    }
    struct span *names = arena_array(arena, count, sizeof *names);
    if (names == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = reader_part(r);
    }
    *out_names = (struct span_list){.items = names, .count = count};
    return LG_OK;
}

static struct lg_err how_read(struct reader *r, struct arena *arena, struct consent *consent) {
    struct consent_how *how = &consent->how;
    consent->kind = (enum consent_kind)reader_u8(r);
    how->manner = (enum consent_manner)reader_u8(r);
    how->representative = (enum consent_representative)reader_u8(r);
    how->format = (enum consent_format)reader_u8(r);
    TRY(consent_names_read(r, arena, &consent->sources));
    how->representative_evidence = reader_part(r);
    how->evidence = reader_part(r);
    how->language = reader_part(r);
    how->user_id = reader_part(r);
    how->role = reader_part(r);
    return LG_OK;
}

struct lg_err consent_entry_decode(struct span body, struct arena *arena,
                                   struct person_id *out_person, struct consent *out_consent) {
    struct reader r = reader_of(body);
    struct consent consent = {0};
    struct person_id person;
    uint8_t version = reader_u8(&r);
    reader_copy(&r, person.bytes, sizeof person.bytes);
    reader_copy(&r, consent.id.bytes, sizeof consent.id.bytes);
    consent.state = (enum consent_state)reader_u8(&r);
    uint8_t is_explicit = reader_u8(&r);
    consent.explicit_consent = is_explicit == 1;
    consent.recorded_ms = (int64_t)reader_u64(&r);
    consent.from = reader_part(&r);
    consent.until = reader_part(&r);
    consent.recorded_by = reader_part(&r);
    TRY(consent_names_read(&r, arena, &consent.purposes));
    TRY(consent_names_read(&r, arena, &consent.categories));
    TRY(consent_names_read(&r, arena, &consent.recipients));
    if (version == CONSENT_BODY_FACT) {
        TRY(how_read(&r, arena, &consent));
    }
    bool is_known = version == CONSENT_BODY_FACT || version == CONSENT_BODY_FIRST;
    if (lg_failed(reader_end(&r)) || !is_known || is_explicit > 1 || !consent_valid(&consent)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_BODY);
    }
    *out_person = person;
    *out_consent = consent;
    return LG_OK;
}

/* ---- Rows and entries --------------------------------------------------------------------------
 */

struct lg_err consent_facts_read(struct store_reader *reader, const struct person_id *person,
                                 struct arena *arena, struct consent_facts *out_facts) {
    struct store_consents rows = {0};
    TRY(store_consents_read(reader, person, arena, &rows));
    struct consent *facts = arena_array(arena, rows.count + 1, sizeof *facts);
    if (facts == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < rows.count; i++) {
        struct person_id recorded_for; /* may be an alias by now; the row says whose it is */
        struct lg_err err =
            consent_entry_decode(rows.items[i].body, arena, &recorded_for, &facts[i]);
        if (lg_err_class(err) == LG_CLASS_INPUT) {
            return consent_fail(LG_CLASS_STORE, CONSENT_BODY);
        }
        TRY(err);
        facts[i].log_index = rows.items[i].log_index;
    }
    *out_facts = (struct consent_facts){
        .items = facts, .count = rows.count, .applied_through = rows.applied_through};
    return LG_OK;
}

void consent_facts_close(struct consent_facts *facts) {
    if (facts->count == STORE_CONSENTS_MAX) {
        facts->items[facts->count] = (struct consent){.state = CONSENT_REFUSED};
        facts->count++;
    }
}
