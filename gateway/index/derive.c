/* SPDX-License-Identifier: Apache-2.0 */
/* From entries to rows. Whom an entry is about comes from the log's memory where it is recent, else
 * by trying the keys of its quarter, nobody's first, and each for many entries in one pass. */
#include "gateway/audit/hints.h"
#include "gateway/base/assert.h"
#include "gateway/index/index_int.h"
#include "gateway/index/keys.h"
#include "gateway/query/query.h"
#include "gateway/review/review.h"
#include "gateway/store/keys.h"

static const int64_t DAY_MS = 86400000;

struct lg_err index_read(struct index_log *index, uint64_t position, struct arena *arena,
                         struct index_derived *out_derived) {
    *out_derived = (struct index_derived){.position = position};
    TRY(audit_entry_get(index->config.log, position, arena, &out_derived->leaf));
    TRY(audit_entry_decode(out_derived->leaf, &out_derived->entry));
    out_derived->wants_sealed = index_says_who(&out_derived->entry);
    return LG_OK;
}

/* ---- Opening ----------------------------------------------------------------------------------
 */

/* A case about somebody whom only hidden sources know of is about nobody to those who read it. */
static struct lg_err review_leads(struct span sealed, struct arena *arena, bool *out_leads) {
    struct review_entry review;
    struct lg_err err = review_entry_decode(sealed, arena, &review);
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return err;
    }
    *out_leads = !lg_failed(err) && (!review.is_opening || review.opening.has_person);
    return LG_OK;
}

/* Whom the entry may be found by. What this version did not write, or what seals no word on it,
 * leads nobody: of consents none but of sure persons are recorded, and what was relied on was
 * received. */
static struct lg_err leads_find(struct index_derived *derived, struct span sealed,
                                struct arena *arena) {
    struct query_trail_record record = {.is_enough = false};
    switch (derived->entry.kind) {
    case AUDIT_CONSENT:
    case AUDIT_SUBJECT_ACCESS: /* sealed under a person's key where the officer's look was sure */
        derived->leads_requester = true;
        return LG_OK;
    case AUDIT_REVIEW:
        return review_leads(sealed, arena, &derived->leads_requester);
    case AUDIT_ASK:
    case AUDIT_RELEASE:
    case AUDIT_DENIAL:
    case AUDIT_OUTCOME:
        if (lg_failed(query_trail_read(sealed, &record))) {
            return LG_OK;
        }
        derived->leads_requester = record.is_enough;
        derived->leads_source = derived->entry.kind == AUDIT_RELEASE && record.is_part &&
                                record.is_called && !record.is_decoy;
        return LG_OK;
    default:
        return LG_OK;
    }
}

/* What a part lays on who asked, and whether something of the source left.
 * Whoever it is about, and where it is about nobody: a hidden source that was asked about somebody
 * unknown lays the same as one that holds them. */
static void duties_take(struct index_derived *derived, struct span sealed) {
    struct query_trail_record record = {.is_part = false};
    if (derived->entry.kind == AUDIT_RELEASE && !lg_failed(query_trail_read(sealed, &record))) {
        derived->keep_days = record.keep_days;
        derived->is_received = record.record_count > 0;
        derived->onward = record.onward;
    }
}

/* What an entry seals; one whose inside this version did not write is left shut. */
static struct lg_err inside_open(struct index_log *index, struct index_derived *derived,
                                 struct vault_key *key, struct arena *arena) {
    struct audit_opened opened;
    struct lg_err err = audit_entry_open(derived->leaf, key, arena, &opened);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return LG_OK; /* its key is gone, and another was made since */
    }
    TRY(err);
    if (derived->entry.is_part &&
        lg_failed(audit_detail_read(&derived->entry, opened.detail, &derived->detail))) {
        return LG_OK;
    }
    derived->detail_bytes = opened.detail;
    derived->sealed = opened.sealed;
    derived->is_open = derived->entry.is_part;
    duties_take(derived, opened.sealed);
    TRY(index_who_find(index, derived, key, arena));
    return derived->has_subject ? leads_find(derived, opened.sealed, arena) : LG_OK;
}

struct lg_err index_derived_open(struct index_log *index, struct index_derived *derived,
                                 struct vault_key *key, bool is_person, struct arena *arena) {
    derived->is_resolved = true;
    derived->has_subject = is_person;
    if (is_person) {
        store_entry_subject(index->config.store, key, &derived->subject);
    }
    bool opens = is_person || derived->entry.is_part || derived->wants_sealed;
    return opens ? inside_open(index, derived, key, arena) : LG_OK;
}

/* ---- Whom it is about --------------------------------------------------------------------------
 */

static struct lg_err hint_use(struct index_log *index, struct index_keys *keys,
                              struct index_derived *derived, struct arena *arena) {
    struct audit_hint hint;
    struct vault_key *key = NULL;
    audit_hint_find(index->config.log, derived->position, &hint);
    derived->is_resolved = hint.is_known;
    derived->has_person = hint.is_known && hint.has_person;
    derived->person = hint.person;
    bool opens = hint.has_person || derived->entry.is_part || derived->wants_sealed;
    if (!hint.is_known || !opens) {
        return LG_OK;
    }
    const struct person_id *person = hint.has_person ? &hint.person : NULL;
    TRY(index_key_get(keys, index->config.store, person, derived->entry.quarter, &key));
    return key == NULL ? LG_OK : index_derived_open(index, derived, key, hint.has_person, arena);
}

/* Entries of one quarter that wait for their keys. */
struct waiting {
    struct index_log *index;
    struct index_stretch *stretch;
    struct index_derived *items;
    size_t count;
    size_t left; /* of them */
    struct arena *arena;
    struct lg_err err;
};

static struct lg_err key_use(struct waiting *waiting, struct vault_key *key) {
    for (size_t i = 0; i < waiting->count; i++) {
        struct index_derived *item = &waiting->items[i];
        if (!item->is_resolved && audit_entry_is_about(&item->entry, key)) {
            TRY(index_derived_open(waiting->index, item, key, true, waiting->arena));
            waiting->left--;
        }
    }
    return LG_OK;
}

/* Whether one more key may be tried on what is left. */
static bool trial_take(struct waiting *waiting) {
    struct index_stretch *stretch = waiting->stretch;
    bool is_over = stretch->is_over != NULL && stretch->is_over(stretch->ctx);
    stretch->is_spent = is_over || stretch->trials < waiting->left;
    if (!stretch->is_spent) {
        stretch->trials -= waiting->left;
    }
    return !stretch->is_spent;
}

static bool on_key(void *ctx, struct vault_key *key) {
    struct waiting *waiting = ctx;
    if (!trial_take(waiting)) {
        return false;
    }
    waiting->err = key_use(waiting, key);
    return !lg_failed(waiting->err) && waiting->left > 0;
}

/* A leaf's tag is random where it is about nobody: what nobody's key opens is nobody's. Far more of
 * a log than any one person's, and no more than one key. */
static struct lg_err nobodys_find(struct waiting *waiting, struct vault_key *nobody) {
    for (size_t i = 0; i < waiting->count; i++) {
        struct index_derived *item = &waiting->items[i];
        struct audit_opened opened;
        if (item->is_resolved) {
            continue;
        }
        struct lg_err err = audit_entry_open(item->leaf, nobody, waiting->arena, &opened);
        if (lg_err_class(err) == LG_CLASS_INPUT) {
            continue;
        }
        TRY(err);
        TRY(index_derived_open(waiting->index, item, nobody, false, waiting->arena));
        waiting->left--;
    }
    return LG_OK;
}

/* What no key is for was about somebody who was erased. */
static struct lg_err quarter_resolve(struct waiting *waiting) {
    struct store *store = waiting->index->config.store;
    uint32_t quarter = waiting->items[0].entry.quarter;
    OWN(vault_key_free) struct vault_key *nobody = NULL;
    for (size_t i = 0; i < waiting->count; i++) {
        waiting->left += waiting->items[i].is_resolved ? 0 : 1;
    }
    if (waiting->left == 0) {
        return LG_OK;
    }
    TRY(store_key_find(store, NULL, quarter, &nobody));
    if (nobody != NULL) {
        TRY(nobodys_find(waiting, nobody));
    }
    if (waiting->left > 0) {
        TRY(store_key_each(store, quarter, on_key, waiting));
    }
    return waiting->err;
}

static struct lg_err keys_try(struct index_log *index, struct index_stretch *stretch,
                              struct index_derived *items, struct arena *arena) {
    size_t count = stretch->count;
    for (size_t first = 0, end = 0; first < count && !stretch->is_spent; first = end) {
        while (end < count && items[end].entry.quarter == items[first].entry.quarter) {
            end++;
        }
        struct waiting waiting = {.index = index,
                                  .stretch = stretch,
                                  .items = &items[first],
                                  .count = end - first,
                                  .arena = arena};
        TRY(quarter_resolve(&waiting));
    }
    return LG_OK;
}

struct lg_err index_resolve(struct index_log *index, struct index_stretch *stretch,
                            struct index_derived *items, struct arena *arena) {
    OWN(index_keys_free) struct index_keys keys = {.slots = {{.key = NULL}}};
    for (size_t i = 0; i < stretch->count; i++) {
        TRY(hint_use(index, &keys, &items[i], arena));
    }
    return keys_try(index, stretch, items, arena);
}

struct lg_err index_derive(struct index_log *index, struct index_stretch *stretch,
                           struct arena *arena, struct index_derived **out_derived) {
    struct index_derived *items = arena_array(arena, stretch->count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < stretch->count; i++) {
        TRY(index_read(index, stretch->first + i, arena, &items[i]));
        items[i].neighbours = i;
        items[i].wants_sealed |= stretch->wants_asked && index_asked_is_wanted(&items[i].entry);
    }
    TRY(index_resolve(index, stretch, items, arena));
    *out_derived = items;
    return LG_OK;
}

int64_t index_latest_ms(const struct index_derived *derived) {
    int64_t time_ms = derived->entry.time_ms;
    if (derived->entry.is_part) {
        time_ms = derived->is_open ? derived->detail.time_ms : time_ms + DAY_MS - 1;
    }
    return time_ms;
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

/* What rows are made with. */
struct making {
    const struct store *store;
    struct index_words *words;
};

static int64_t word_of(const struct making *making, struct span word) {
    return index_word_get(making->words, making->store, word);
}

static struct store_side side_of_leaf(const struct making *making,
                                      const struct index_derived *derived) {
    const struct audit_entry *entry = &derived->entry;
    struct store_side side = {
        .position = derived->position,
        .agreement = word_of(making, entry->agreement),
        .purpose = word_of(making, entry->purpose),
        .basis = word_of(making, entry->basis),
        .time_ms = entry->time_ms,
        .kind = (unsigned)entry->kind,
        .decision = (unsigned)entry->decision,
        .is_emergency = (entry->flags & AUDIT_FLAG_EMERGENCY) != 0,
    };
    return side;
}

/* Who asked: in the detail or in the leaf; else the one of the agencies whose tag the leaf has. */
static struct lg_err requester_find(struct index_log *index, const struct index_derived *derived,
                                    struct span *out_agency) {
    const struct span_list *agencies = &index->config.agencies;
    *out_agency =
        derived->is_open ? derived->detail.requesting_agency : derived->entry.requesting_agency;
    for (size_t i = 0; out_agency->len == 0 && derived->entry.is_part && i < agencies->count; i++) {
        bool is = false;
        TRY(audit_entry_is_asked_by(index->config.log, &derived->entry, agencies->items[i], &is));
        *out_agency = is ? agencies->items[i] : span_of(NULL, 0);
    }
    return LG_OK;
}

static struct store_side requester_side(const struct making *making,
                                        const struct index_derived *derived, struct span agency) {
    const struct store *store = making->store;
    const struct request_id *question = &derived->entry.request_id;
    struct store_side side = side_of_leaf(making, derived);
    side.role = STORE_SIDE_REQUESTER;
    side.agency = word_of(making, agency);
    side.other = word_of(making, derived->entry.source_agency);
    side.has_subject = derived->has_subject;
    side.system = word_of(making, derived->system);
    side.actor = store_entry_word(store, derived->user_id);
    side.is_received = derived->is_received;
    if (derived->has_subject && derived->leads_requester) {
        side.subject = derived->subject;
    } else if (derived->has_subject) {
        store_entry_unled(store, &derived->subject, &side.subject);
    }
    if (derived->is_open) {
        const struct audit_detail *detail = &derived->detail;
        side.time_ms = detail->time_ms;
        side.purpose = word_of(making, detail->purpose);
        side.basis = word_of(making, detail->basis);
        side.is_emergency = (detail->flags & AUDIT_FLAG_EMERGENCY) != 0;
        side.detail = derived->detail_bytes;
        question = &detail->question_id;
    }
    store_entry_question(store, question, &side.question);
    return side;
}

static struct store_side source_side(const struct making *making,
                                     const struct index_derived *derived) {
    const struct audit_entry *entry = &derived->entry;
    struct store_side side = side_of_leaf(making, derived);
    store_entry_question(making->store, &entry->request_id, &side.question);
    side.role = STORE_SIDE_SOURCE;
    side.agency = word_of(making, entry->source_agency);
    side.other = word_of(making, entry->requesting_agency);
    side.has_subject = derived->has_subject && derived->is_open && derived->leads_source;
    side.is_received = derived->is_received;
    if (side.has_subject) {
        side.subject = derived->subject;
    }
    return side;
}

struct lg_err index_sides(struct index_log *index, const struct index_derived *derived,
                          struct index_words *words,
                          struct store_side out_sides[static INDEX_SIDES_MAX], size_t *out_count) {
    const struct making making = {.store = index->config.store, .words = words};
    struct span requester;
    size_t count = 0;
    TRY(requester_find(index, derived, &requester));
    if (requester.len > 0) {
        out_sides[count++] = requester_side(&making, derived, requester);
    }
    struct span source = derived->entry.source_agency;
    if (derived->entry.is_part && !span_equal(source, requester)) {
        out_sides[count++] = source_side(&making, derived);
    }
    *out_count = count;
    return LG_OK;
}
