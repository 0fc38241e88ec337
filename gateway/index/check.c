/* SPDX-License-Identifier: Apache-2.0 */
/* What the index should have about a person, found without it: the tag in each leaf is the person's
 * or it is not (audit.md 4.3, "Completeness"). */
#include "gateway/base/assert.h"
#include "gateway/index/index_int.h"

/* The keys of the persons for one quarter. */
struct ring {
    uint32_t quarter;
    size_t count;
    struct vault_key *keys[LIMIT_INDEX_ALIASES];
};

static void ring_clear(struct ring *ring) {
    for (size_t i = 0; i < ring->count; i++) {
        vault_key_free(&ring->keys[i]);
    }
    ring->count = 0;
}

static struct lg_err ring_fill(struct index_log *index, const struct index_check *check,
                               uint32_t quarter, struct ring *ring) {
    ring_clear(ring);
    ring->quarter = quarter;
    for (size_t i = 0; i < check->person_count; i++) {
        struct vault_key *key = NULL;
        TRY(store_key_find(index->config.store, &check->persons[i], quarter, &key));
        if (key == NULL) { /* nobody's: whoever has none takes as long as who has one */
            TRY(vault_key_new(VAULT_KIND_SECRET, &key));
        }
        ring->keys[ring->count++] = key;
    }
    return LG_OK;
}

static struct vault_key *key_of(const struct ring *ring, const struct audit_entry *entry) {
    for (size_t i = 0; i < ring->count; i++) {
        if (audit_entry_is_about(entry, ring->keys[i])) {
            return ring->keys[i];
        }
    }
    return NULL;
}

static struct lg_err rows_check(struct index_log *index, struct index_check *check,
                                struct index_derived *derived, struct vault_key *key,
                                struct arena *arena) {
    struct store_side rows[INDEX_SIDES_MAX];
    size_t count = 0;
    bool lacks = false;
    bool lacks_own = false;
    int64_t agency = store_entry_word(index->config.store, check->agency);
    TRY(index_derived_open(index, derived, key, true, arena));
    TRY(index_sides(index, derived, NULL, rows, &count));
    for (size_t i = 0; i < count; i++) {
        bool has = false;
        TRY(store_entries_has(index->entries, &rows[i], &has));
        lacks = lacks || !has;
        lacks_own = lacks_own || (!has && (agency == 0 || rows[i].agency == agency));
    }
    if (!lacks) {
        return LG_OK;
    }
    check->missing += lacks_own ? 1 : 0;
    return store_entries_put(index->entries, rows, count);
}

static struct lg_err entry_check(struct index_log *index, struct index_check *check,
                                 struct ring *ring) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_derived derived;
    TRY(arena_new(INDEX_ENTRY_ARENA, &arena));
    TRY(index_read(index, check->next, arena, &derived));
    if (ring->quarter != derived.entry.quarter) {
        TRY(ring_fill(index, check, derived.entry.quarter, ring));
    }
    struct vault_key *key = key_of(ring, &derived.entry);
    return key == NULL ? LG_OK : rows_check(index, check, &derived, key, arena);
}

static struct lg_err step(struct index_log *index, struct index_check *check, struct ring *ring) {
    if (!atomic_load(&index->is_checked) || store_entries_is_ruined(index->entries)) {
        TRY(index_file_check(index));
    }
    if (check->next == 0) {
        TRY(index_size(index, &check->through));
    }
    for (size_t i = 0; i < LIMIT_INDEX_TAIL && check->next < check->through; i++) {
        TRY(entry_check(index, check, ring));
        check->next++;
    }
    return LG_OK;
}

struct lg_err index_check_step(struct index_log *index, struct index_check *check) {
    struct ring ring = {.quarter = UINT32_MAX};
    ASSERT(check->person_count <= LIMIT_INDEX_ALIASES);
    ASSERT(pthread_mutex_lock(&index->fill_mutex) == 0);
    struct lg_err err = step(index, check, &ring);
    ASSERT(pthread_mutex_unlock(&index->fill_mutex) == 0);
    ring_clear(&ring);
    return err;
}
