/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the two other CONSENT entries, and of a row of reliance.
 *
 * A use, version 3:
 *    1  version, 3
 *   16  person
 *   16  consent id
 *    1  kind of the consent; with an objection 16 times the kinds of consent, bit 1 << kind, of
 * which a refusal is none 8  released, ms since 1970 UTC
 *    -  recipient, agreement, purpose: each after a 16-bit length
 *    4  version of the agreement
 *    -  wider purposes: a 16-bit count and that many names, each after a 16-bit length
 *    -  items: a 16-bit count, 1 or more, and each: source, category after a 16-bit length, 8 bytes
 *       index of the RELEASE
 *
 * An acknowledgement, version 4:
 *    1  version, 4
 *    8  index of the entry that ended the consent
 *    1  kind of the consent
 *    8  recorded, ms since 1970 UTC
 *    -  recipient, agreement, user id, role: each after a 16-bit length
 *
 * A row of reliance is a use of one item. Valid where every part is in its range and nothing is
 * left over. */
#include "gateway/consent/use.h"

#include <assert.h>

#include "gateway/base/bytes.h"
#include "gateway/consent/consent_int.h"

static bool list_valid(const struct span_list *names, size_t max) {
    bool valid = names->count <= max;
    for (size_t i = 0; valid && i < names->count; i++) {
        valid = consent_name_valid(names->items[i]);
    }
    return valid;
}

static bool kind_valid(enum consent_kind kind) {
    return kind >= CONSENT_KIND_NOT_STATED && kind < CONSENT_KIND_END;
}

/* Kinds of consent that can be refused. */
enum { REFUSALS = (1 << CONSENT_KIND_OBJECTION) - 1 };
static_assert(CONSENT_KIND_OBJECTION == 4 && CONSENT_KIND_END <= 16,
              "kind and refusals are a byte");

static uint8_t rests_byte(const struct consent_reliance *use) {
    bool is_objection = use->kind == CONSENT_KIND_OBJECTION;
    unsigned none = is_objection ? ~(unsigned)use->refusals & REFUSALS : 0;
    return (uint8_t)(none << 4 | (unsigned)use->kind);
}

static bool refusals_valid(const struct consent_reliance *use) {
    return use->kind == CONSENT_KIND_OBJECTION ? use->refusals <= REFUSALS : use->refusals == 0;
}

static bool use_valid(const struct consent_reliance *use) {
    bool valid = kind_valid(use->kind) && refusals_valid(use) && use->released_ms >= 0 &&
                 consent_name_valid(use->recipient) && consent_name_valid(use->agreement) &&
                 consent_name_valid(use->purpose) &&
                 list_valid(&use->wider, CONSENT_USE_PURPOSES_MAX) && use->item_count > 0 &&
                 use->item_count <= CONSENT_USE_ITEMS_MAX;
    for (size_t i = 0; valid && i < use->item_count; i++) {
        const struct consent_use_item *item = &use->items[i];
        valid = consent_name_valid(item->source) && consent_name_valid(item->category) &&
                item->released_index <= INT64_MAX;
    }
    return valid;
}

struct lg_err consent_use_encode(const struct person_id *person, const struct consent_reliance *use,
                                 struct arena *arena, struct span *out_body) {
    if (!use_valid(use)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_CONSENT_BODY_MAX);
    if (body == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    struct writer w = writer_of(body, STORE_CONSENT_BODY_MAX);
    writer_u8(&w, CONSENT_BODY_USE);
    writer_bytes(&w, span_of(person->bytes, sizeof person->bytes));
    writer_bytes(&w, span_of(use->consent.bytes, sizeof use->consent.bytes));
    writer_u8(&w, rests_byte(use));
    writer_u64(&w, (uint64_t)use->released_ms);
    writer_part(&w, use->recipient);
    writer_part(&w, use->agreement);
    writer_part(&w, use->purpose);
    writer_u32(&w, use->agreement_version);
    consent_names_write(&w, &use->wider);
    writer_u16(&w, (uint16_t)use->item_count);
    for (size_t i = 0; i < use->item_count; i++) {
        writer_part(&w, use->items[i].source);
        writer_part(&w, use->items[i].category);
        writer_u64(&w, use->items[i].released_index);
    }
    if (lg_failed(writer_end(&w, out_body))) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    return LG_OK;
}

static struct lg_err items_read(struct reader *r, struct arena *arena,
                                struct consent_reliance *use) {
    size_t count = reader_u16(r);
    if (count > CONSENT_USE_ITEMS_MAX) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_BODY);
    }
    struct consent_use_item *items = arena_array(arena, count, sizeof *items);
    if (items == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        items[i].source = reader_part(r);
        items[i].category = reader_part(r);
        items[i].released_index = reader_u64(r);
    }
    use->items = items;
    use->item_count = count;
    return LG_OK;
}

struct lg_err consent_use_decode(struct span body, struct arena *arena,
                                 struct person_id *out_person, struct consent_reliance *out_use) {
    struct reader r = reader_of(body);
    struct consent_reliance use = {.item_count = 0};
    struct person_id person;
    uint8_t version = reader_u8(&r);
    reader_copy(&r, person.bytes, sizeof person.bytes);
    reader_copy(&r, use.consent.bytes, sizeof use.consent.bytes);
    unsigned rests = reader_u8(&r);
    use.kind = (enum consent_kind)(rests & 15U);
    unsigned none = rests >> 4;
    use.refusals = (uint8_t)(use.kind == CONSENT_KIND_OBJECTION ? ~none & REFUSALS : none);
    use.released_ms = (int64_t)reader_u64(&r);
    use.recipient = reader_part(&r);
    use.agreement = reader_part(&r);
    use.purpose = reader_part(&r);
    use.agreement_version = reader_u32(&r);
    TRY(consent_names_read(&r, arena, &use.wider));
    TRY(items_read(&r, arena, &use));
    if (lg_failed(reader_end(&r)) || version != CONSENT_BODY_USE || !use_valid(&use)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_BODY);
    }
    *out_person = person;
    *out_use = use;
    return LG_OK;
}

/* ---- Acknowledgements --------------------------------------------------------------------------
 */

static bool acknowledgement_valid(const struct consent_acknowledgement *it) {
    return kind_valid(it->notice.kind) && it->notice.ended_index <= INT64_MAX &&
           it->recorder.now_ms >= 0 && consent_name_valid(it->notice.recipient) &&
           consent_name_valid(it->notice.agreement) &&
           it->recorder.user_id.len <= CONSENT_ACTOR_SIZE_MAX &&
           it->recorder.role.len <= CONSENT_ACTOR_SIZE_MAX;
}

struct lg_err consent_acknowledgement_encode(const struct consent_acknowledgement *acknowledgement,
                                             struct arena *arena, struct span *out_body) {
    if (!acknowledgement_valid(acknowledgement)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    uint8_t *body = arena_alloc(arena, STORE_CONSENT_BODY_MAX);
    if (body == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    struct writer w = writer_of(body, STORE_CONSENT_BODY_MAX);
    writer_u8(&w, CONSENT_BODY_ACKNOWLEDGEMENT);
    writer_u64(&w, acknowledgement->notice.ended_index);
    writer_u8(&w, (uint8_t)acknowledgement->notice.kind);
    writer_u64(&w, (uint64_t)acknowledgement->recorder.now_ms);
    writer_part(&w, acknowledgement->notice.recipient);
    writer_part(&w, acknowledgement->notice.agreement);
    writer_part(&w, acknowledgement->recorder.user_id);
    writer_part(&w, acknowledgement->recorder.role);
    return writer_end(&w, out_body);
}

struct lg_err consent_acknowledgement_decode(struct span body,
                                             struct consent_acknowledgement *out) {
    struct reader r = reader_of(body);
    struct consent_acknowledgement it = {.recorder = {.now_ms = 0}};
    uint8_t version = reader_u8(&r);
    it.notice.ended_index = reader_u64(&r);
    it.notice.kind = (enum consent_kind)reader_u8(&r);
    it.recorder.now_ms = (int64_t)reader_u64(&r);
    it.notice.recipient = reader_part(&r);
    it.notice.agreement = reader_part(&r);
    it.recorder.user_id = reader_part(&r);
    it.recorder.role = reader_part(&r);
    it.recorder.party = it.notice.recipient;
    if (lg_failed(reader_end(&r)) || version != CONSENT_BODY_ACKNOWLEDGEMENT ||
        !acknowledgement_valid(&it)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_BODY);
    }
    *out = it;
    return LG_OK;
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

static struct store_use_key key_of(const struct consent_reliance *use,
                                   const struct consent_use_item *item) {
    return (struct store_use_key){
        .rests_on = rests_byte(use),
        .consent = use->consent,
        .recipient = use->recipient,
        .agreement = use->agreement,
        .purpose = use->purpose,
        .source = item->source,
        .category = item->category,
    };
}

struct lg_err consent_use_new(struct store_reader *reader, const struct consent_reliance *use,
                              struct arena *arena, const struct consent_use_item **out_items,
                              size_t *out_count) {
    struct consent_use_item *items = arena_array(arena, use->item_count, sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < use->item_count; i++) {
        const struct store_use_key key = key_of(use, &use->items[i]);
        bool found = false;
        TRY(store_use_find(reader, &key, &found));
        if (!found) {
            items[count++] = use->items[i];
        }
    }
    *out_items = items;
    *out_count = count;
    return LG_OK;
}

struct lg_err consent_use_rows(const struct person_id *person, const struct consent_reliance *use,
                               struct arena *arena, struct store_consent_change *change) {
    struct store_use *rows = arena_array(arena, use->item_count, sizeof *rows);
    if (rows == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    change->released_index = UINT64_MAX;
    for (size_t i = 0; i < use->item_count; i++) {
        struct consent_reliance one = *use;
        one.items = &use->items[i];
        one.item_count = 1;
        rows[i].key = key_of(use, one.items);
        TRY(consent_use_encode(person, &one, arena, &rows[i].body));
        if (one.items->released_index < change->released_index) {
            change->released_index = one.items->released_index;
        }
    }
    change->kind = STORE_CHANGE_USES;
    change->person = *person;
    change->uses = rows;
    change->use_count = use->item_count;
    return LG_OK;
}

/* ---- Ending ------------------------------------------------------------------------------------
 */

static bool list_has(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return list->count == 0;
}

static bool purposes_cover(const struct span_list *named, const struct consent_reliance *use) {
    for (size_t i = 0; i < use->wider.count; i++) {
        if (list_has(named, use->wider.items[i])) {
            return true;
        }
    }
    return list_has(named, use->purpose);
}

/* As decisions see it: the newest fact of this scope says no. A fact or a consent that states no
 * kind is of every kind of consent. An objection ends what rested on there being none, until it is
 * lifted, and so does a refusal or a withdrawal that decisions take for one; a consent is not
 * touched by an objection. */
static bool fact_is_no(const struct consent *fact, const struct consent_reliance *use) {
    if (fact->kind == CONSENT_KIND_OBJECTION) {
        return use->kind == CONSENT_KIND_OBJECTION && fact->state == CONSENT_REFUSED;
    }
    if (use->kind == CONSENT_KIND_OBJECTION) {
        return (use->refusals >> fact->kind & 1U) != 0 && fact->state != CONSENT_GIVEN;
    }
    bool same_kind = fact->kind == use->kind || fact->kind == CONSENT_KIND_NOT_STATED ||
                     use->kind == CONSENT_KIND_NOT_STATED;
    return same_kind && fact->state != CONSENT_GIVEN;
}

static bool fact_ends(const struct consent *fact, const struct consent_reliance *use) {
    return fact_is_no(fact, use) && purposes_cover(&fact->purposes, use) &&
           list_has(&fact->categories, use->items[0].category) &&
           list_has(&fact->recipients, use->recipient) &&
           list_has(&fact->sources, use->items[0].source);
}

struct lg_err consent_use_ends(void *ctx, struct span fact_body, struct span use_body,
                               bool *out_ends, struct store_notice_key *out_key) {
    struct arena *arena = ctx;
    struct person_id person;
    struct consent fact;
    struct consent_reliance use;
    *out_ends = false;
    TRY(consent_entry_decode(fact_body, arena, &person, &fact));
    TRY(consent_use_decode(use_body, arena, &person, &use));
    *out_ends = fact_ends(&fact, &use);
    if (*out_ends) {
        out_key->recipient = use.recipient;
        out_key->agreement = use.agreement;
        out_key->kind = use.kind;
    }
    return LG_OK;
}
