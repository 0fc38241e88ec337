/* SPDX-License-Identifier: Apache-2.0 */
/* Durable CONSENT entries to rows of the store: facts, uses and acknowledgements, in log order. */
#include "gateway/base/bytes.h"
#include "gateway/consent/consent_int.h"
#include "gateway/consent/counts.h"

/* What one fact and one row are while they are held against each other: bounded by the size of a
 * body. */
enum { HELD_BUDGET = 1 << 15 };

static enum store_tally_what tally_of(const struct consent *consent) {
    if (consent->kind == CONSENT_KIND_OBJECTION) {
        return STORE_TALLY_OBJECTED;
    }
    switch (consent->state) {
    case CONSENT_GIVEN:
        return STORE_TALLY_GIVEN;
    case CONSENT_WITHDRAWN:
        return STORE_TALLY_WITHDRAWN;
    case CONSENT_REFUSED:
        break;
    }
    return STORE_TALLY_REFUSED;
}

static struct lg_err fact_read(struct span body, struct arena *arena,
                               struct store_consent_change *change) {
    struct consent consent;
    TRY(consent_entry_decode(body, arena, &change->consent.person, &consent));
    change->kind = STORE_CHANGE_CONSENT;
    change->consent.id = consent.id;
    change->consent.log_index = change->log_index;
    change->consent.body = body;
    bool is_lifting = consent.kind == CONSENT_KIND_OBJECTION && consent.state == CONSENT_WITHDRAWN;
    change->tally = (struct store_tally_mark){
        .agency = is_lifting ? span_of(NULL, 0) : consent.recorded_by,
        .month = consent_month(consent.recorded_ms),
        .what = tally_of(&consent),
    };
    return LG_OK;
}

static struct lg_err use_read(struct span body, struct arena *arena,
                              struct store_consent_change *change) {
    struct person_id person;
    struct consent_reliance use;
    TRY(consent_use_decode(body, arena, &person, &use));
    return consent_use_rows(&person, &use, arena, change);
}

static struct lg_err acknowledgement_read(const struct store *store, struct span body,
                                          struct store_consent_change *change) {
    struct consent_acknowledgement acknowledgement;
    TRY(consent_acknowledgement_decode(body, &acknowledgement));
    change->kind = STORE_CHANGE_ACKNOWLEDGED;
    return store_notice_tag(store, &acknowledgement.notice, &change->notice);
}

/* The first byte says which of the three the entry is. */
static struct lg_err change_read(const struct store *store, const struct consent_logged *logged,
                                 struct arena *arena, struct store_consent_change *change) {
    struct reader r = reader_of(logged->body);
    change->log_index = logged->log_index;
    switch (reader_u8(&r)) {
    case CONSENT_BODY_USE:
        return use_read(logged->body, arena, change);
    case CONSENT_BODY_ACKNOWLEDGEMENT:
        return acknowledgement_read(store, logged->body, change);
    default:
        return fact_read(logged->body, arena, change);
    }
}

/* Each pair of bodies is decoded into memory of its own. */
static struct lg_err ends_find(void *ctx, struct span fact_body, struct span use_body,
                               bool *out_ends, struct store_notice_key *out_key) {
    (void)ctx;
    OWN(arena_free) struct arena *arena = NULL;
    *out_ends = false;
    if (lg_failed(arena_new(HELD_BUDGET, &arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    return consent_use_ends(arena, fact_body, use_body, out_ends, out_key);
}

const struct store_ending *consent_ending(void) {
    static const struct store_ending ending = {.find = ends_find};
    return &ending;
}

struct lg_err consent_rows_make(const struct store *store, const struct consent_logged *changes,
                                size_t count, struct arena *arena,
                                struct store_consent_change *out_rows) {
    for (size_t i = 0; i < count; i++) {
        TRY(change_read(store, &changes[i], arena, &out_rows[i]));
    }
    return LG_OK;
}

struct lg_err consent_apply(struct store *store, const struct consent_logged *changes, size_t count,
                            uint64_t through) {
    OWN(arena_free) struct arena *arena = NULL;
    if (count > STORE_APPLY_MAX) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    if (lg_failed(arena_new((count + 1) * CONSENT_APPLY_ENTRY, &arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    struct store_consent_change *rows = arena_array(arena, count + 1, sizeof *rows);
    if (rows == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    TRY(consent_rows_make(store, changes, count, arena, rows));
    const struct store_changes applied = {
        .consents = rows, .consent_count = count, .ending = consent_ending(), .through = through};
    return store_changes_apply(store, &applied);
}
