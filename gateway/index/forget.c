/* SPDX-License-Identifier: Apache-2.0 */
/* What was destroyed, forgotten: rows that had what a key opened become what the leaf alone shows
 * to everybody. What is to be forgotten stands in keys.db from the transaction on in which the key
 * ended, until the rows are gone; so a crash in between forgets it at the next start. */
#include "gateway/base/assert.h"
#include "gateway/index/index_int.h"

static const int64_t DAY_MS = 86400000;
enum { POSITIONS_ARENA = 256 << 20, EVERY_QUARTER = 0 };

/* The rows of an entry that nobody opens any more; of another quarter nothing changes. */
static struct lg_err row_renew(struct index_log *index, uint64_t position, uint32_t quarter) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_derived derived;
    struct store_side rows[INDEX_SIDES_MAX];
    size_t count = 0;
    TRY(arena_new(INDEX_ENTRY_ARENA, &arena));
    TRY(index_read(index, position, arena, &derived));
    if (quarter != EVERY_QUARTER && derived.entry.quarter != quarter) {
        return LG_OK;
    }
    TRY(index_sides(index, &derived, NULL, rows, &count));
    return store_entries_put(index->entries, rows, count);
}

static struct lg_err rows_renew(struct index_log *index, const uint64_t *positions, size_t count,
                                uint32_t quarter) {
    for (size_t i = 0; i < count; i++) {
        TRY(row_renew(index, positions[i], quarter));
    }
    return LG_OK;
}

/* Renewed first: where that is broken off, what is left still leads to the rest. What a renewed row
 * does not replace, because its agency left, goes at the end. */
static struct lg_err tagged_forget(struct index_log *index, const struct store_tag *tag) {
    OWN(arena_free) struct arena *arena = NULL;
    uint64_t *positions = NULL;
    size_t count = 0;
    TRY(arena_new(POSITIONS_ARENA, &arena));
    TRY(store_entries_of(index->entries, tag, arena, &positions, &count));
    TRY(rows_renew(index, positions, count, EVERY_QUARTER));
    return store_entries_forget(index->entries, tag, arena, &positions, &count);
}

/* Also what the person did not lead to. */
static struct lg_err subject_forget(struct index_log *index, const struct store_tag *subject) {
    struct store_tag unled;
    store_entry_unled(index->config.store, subject, &unled);
    TRY(tagged_forget(index, subject));
    return tagged_forget(index, &unled);
}

/* The first day of a quarter. */
static int64_t quarter_start_ms(uint32_t quarter) {
    int64_t before = -1;
    int64_t from = INT64_C(366) * ((int64_t)quarter / 4 + 1);
    while (from - before > 1) {
        int64_t day = before + (from - before) / 2;
        if (audit_quarter(day * DAY_MS) >= quarter) {
            from = day;
        } else {
            before = day;
        }
    }
    return from * DAY_MS;
}

/* A row has the time of its detail, the entry the day of its leaf: they may lie a day apart. What
 * still has a detail then is of agencies that left: nobody reads it. */
static struct lg_err quarter_forget(struct index_log *index, uint32_t quarter) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_positions found = {.count = 0};
    int64_t from_ms = quarter_start_ms(quarter);
    int64_t to_ms = quarter_start_ms(quarter + 1);
    TRY(arena_new(POSITIONS_ARENA, &arena));
    TRY(store_entries_between(index->entries, from_ms - 2 * DAY_MS, to_ms + 2 * DAY_MS, arena,
                              &found));
    TRY(rows_renew(index, found.items, found.count, quarter));
    return store_entries_detailed_drop(index->entries, from_ms, to_ms);
}

static struct lg_err forget(struct index_log *index) {
    struct store *store = index->config.store;
    struct store_forget what;
    uint64_t through = store_forgets(store);
    bool found = true;
    while (found) {
        TRY(store_forget_next(store, &found, &what));
        if (found) {
            TRY(what.is_quarter ? quarter_forget(index, what.quarter)
                                : subject_forget(index, &what.subject));
            TRY(store_forget_end(store, what.number));
        }
    }
    atomic_store(&index->forgotten, through);
    return LG_OK;
}

bool index_is_stale(struct index_log *index) {
    return atomic_load(&index->forgotten) != store_forgets(index->config.store);
}

struct lg_err index_forget_locked(struct index_log *index) {
    return index_is_stale(index) ? forget(index) : LG_OK;
}

struct lg_err index_forget(struct index_log *index) {
    if (!index_is_stale(index)) {
        return LG_OK;
    }
    ASSERT(pthread_mutex_lock(&index->fill_mutex) == 0);
    struct lg_err err = index_forget_locked(index);
    ASSERT(pthread_mutex_unlock(&index->fill_mutex) == 0);
    return err;
}
