/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a CONSENT entry, sealed by the log and by the store.
 *
 *    1  version, 1
 *   16  person
 *   16  consent id
 *    1  state: 1 given, 2 refused, 3 withdrawn
 *    1  explicit: 0 or 1
 *    8  recorded, ms since 1970 UTC
 *    -  from, until, recorded by: each after a 16-bit length
 *    -  purposes, categories, recipients: each a 16-bit count and that many names, each after a
 *       16-bit length
 *
 * Valid where every part is in its range (consent.h) and nothing is left over. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/consent/consent_int.h"

enum { BODY_VERSION = 1, DAY_SIZE = 10 };

struct lg_err consent_fail(enum lg_class klass, enum consent_code code) {
    return lg_err_make(klass, LG_CONSENT, (uint16_t)code);
}

static bool name_valid(struct span name) {
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
        valid = name_valid(names->items[i]);
    }
    return valid;
}

/* Empty, or a day of the calendar; *out_day is left where it is empty. */
static bool day_valid(struct span text, int32_t *out_day) {
    return text.len == 0 || policy_day_parse(text, out_day);
}

static bool consent_valid(const struct consent *consent) {
    int32_t from = INT32_MIN;
    int32_t until = INT32_MAX;
    bool state = consent->state >= CONSENT_GIVEN && consent->state <= CONSENT_WITHDRAWN;
    return state && names_valid(&consent->purposes) && names_valid(&consent->categories) &&
           names_valid(&consent->recipients) && name_valid(consent->recorded_by) &&
           day_valid(consent->from, &from) && day_valid(consent->until, &until) && from <= until &&
           consent->recorded_ms >= 0;
}

static void names_write(struct writer *w, const struct span_list *names) {
    writer_u16(w, (uint16_t)names->count);
    for (size_t i = 0; i < names->count; i++) {
        writer_part(w, names->items[i]);
    }
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
    writer_u8(&w, BODY_VERSION);
    writer_bytes(&w, span_of(person->bytes, sizeof person->bytes));
    writer_bytes(&w, span_of(consent->id.bytes, sizeof consent->id.bytes));
    writer_u8(&w, (uint8_t)consent->state);
    writer_u8(&w, consent->explicit_consent ? 1 : 0);
    writer_u64(&w, (uint64_t)consent->recorded_ms);
    writer_part(&w, consent->from);
    writer_part(&w, consent->until);
    writer_part(&w, consent->recorded_by);
    names_write(&w, &consent->purposes);
    names_write(&w, &consent->categories);
    names_write(&w, &consent->recipients);
    if (lg_failed(writer_end(&w, out_body))) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    return LG_OK;
}

static struct lg_err names_read(struct reader *r, struct arena *arena,
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
    TRY(names_read(&r, arena, &consent.purposes));
    TRY(names_read(&r, arena, &consent.categories));
    TRY(names_read(&r, arena, &consent.recipients));
    if (lg_failed(reader_end(&r)) || version != BODY_VERSION || is_explicit > 1 ||
        !consent_valid(&consent)) {
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

/* Names of one consent, decoded and dropped again. */
enum { APPLY_BUDGET = 1 << 20 };

static struct lg_err changes_decode(const struct consent_logged *changes, size_t count,
                                    struct arena *arena, struct store_consent *out_rows) {
    for (size_t i = 0; i < count; i++) {
        struct consent consent;
        TRY(consent_entry_decode(changes[i].body, arena, &out_rows[i].person, &consent));
        out_rows[i].id = consent.id;
        out_rows[i].log_index = changes[i].log_index;
        out_rows[i].body = changes[i].body;
    }
    return LG_OK;
}

struct lg_err consent_apply(struct store *store, const struct consent_logged *changes, size_t count,
                            uint64_t through) {
    OWN(arena_free) struct arena *arena = NULL;
    if (count > STORE_APPLY_MAX) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    if (lg_failed(arena_new(APPLY_BUDGET + count * 4096, &arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    struct store_consent *rows = arena_array(arena, count + 1, sizeof *rows);
    if (rows == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    TRY(changes_decode(changes, count, arena, rows));
    return store_consents_apply(store, rows, count, through);
}
