/* SPDX-License-Identifier: Apache-2.0 */
/* From parts that left to what whoever received them has to do. A question writes nothing for it:
 * what the permit lays on them is in the sealed part, which is open here anyway, and entries that
 * lay the same on the same day are one row. So the rows grow with days and agreements, not with
 * questions.
 *
 * Of a hidden source a part lays the same whatever it held (query/trail.c): an answer, nothing, or
 * a decoy count alike, and a row does not tell which it was. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/day.h"
#include "gateway/base/num.h"
#include "gateway/index/index_int.h"

/* Rows of one batch by their id: open addressing, never more than half full. */
enum { SLOTS = 4 * LIMIT_INDEX_BATCH };

struct sums {
    struct store_duty *items;
    size_t count;
    uint16_t *slots; /* number of the item and one, 0 where it is free */
};

static_assert(2 * LIMIT_INDEX_BATCH < UINT16_MAX, "items are numbered in 16 bits");

/* The id is a keyed tag: its first bytes spread. */
static struct store_duty *sum_of(struct sums *sums, const struct store_duty *duty) {
    size_t at = ((size_t)duty->id.bytes[0] << 8 | duty->id.bytes[1]) % SLOTS;
    while (sums->slots[at] != 0) {
        struct store_duty *item = &sums->items[sums->slots[at] - 1];
        if (memcmp(item->id.bytes, duty->id.bytes, sizeof duty->id.bytes) == 0) {
            return item;
        }
        at = (at + 1) % SLOTS;
    }
    struct store_duty *item = &sums->items[sums->count++];
    sums->slots[at] = (uint16_t)sums->count;
    *item = *duty;
    item->count = 0;
    return item;
}

static struct lg_err duty_add(const struct index_log *index, struct sums *sums,
                              struct store_duty *duty, uint64_t position) {
    TRY(store_duty_identify(index->config.store, duty));
    struct store_duty *sum = sum_of(sums, duty);
    sum->count++;
    sum->through = position > sum->through ? position : sum->through;
    return LG_OK;
}

static int32_t due_day(int32_t day, uint32_t days) {
    return day + (int32_t)(days < LIMIT_DUTY_DAYS ? days : LIMIT_DUTY_DAYS);
}

static struct lg_err entry_add(const struct index_log *index, const struct index_derived *derived,
                               struct sums *sums) {
    const struct audit_entry *entry = &derived->entry;
    struct store_duty duty = {
        .agency = derived->detail.requesting_agency,
        .source = entry->source_agency,
        .agreement = entry->agreement,
        .agreement_version = entry->agreement_version,
        .day = day_of_ms(derived->detail.time_ms),
    };
    if (derived->keep_days > 0) {
        duty.kind = STORE_DUTY_KEEP;
        duty.rule = derived->keep_days;
        duty.due_day = due_day(duty.day, derived->keep_days);
        TRY(duty_add(index, sums, &duty, derived->position));
    }
    if (derived->onward != 0) {
        uint32_t days = derived->keep_days > 0 ? derived->keep_days : LIMIT_DUTY_ONWARD_DAYS;
        duty.kind = STORE_DUTY_ONWARD;
        duty.rule = derived->onward;
        duty.due_day = due_day(duty.day, days);
        TRY(duty_add(index, sums, &duty, derived->position));
    }
    return LG_OK;
}

struct lg_err index_duties_make(struct index_log *index, const struct index_derived *derived,
                                size_t count, struct arena *arena,
                                struct store_duties *out_duties) {
    ASSERT(count <= LIMIT_INDEX_BATCH);
    struct sums sums = {.count = 0};
    sums.items = arena_array(arena, 2 * count, sizeof *sums.items);
    sums.slots = arena_array(arena, SLOTS, sizeof *sums.slots);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        if (derived[i].is_open) {
            TRY(entry_add(index, &derived[i], &sums));
        }
    }
    *out_duties = (struct store_duties){.items = sums.items, .count = sums.count};
    return LG_OK;
}

/* ---- Looking --------------------------------------------------------------------------------- */

bool index_is_ready(const struct index_log *index) {
    return atomic_load(&index->is_checked);
}

static struct lg_err is_ready(const struct index_log *index) {
    return index_is_ready(index) ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
}

struct lg_err index_duties_list(struct index_log *index, const struct store_duty_look *look,
                                struct arena *arena, struct index_duties *out_duties) {
    struct store_coverage coverage;
    struct index_duties found;
    TRY(is_ready(index));
    TRY(store_entries_coverage(index->entries, &coverage));
    TRY(store_duties_list(index->entries, look, arena, &found.duties));
    found.covered = coverage.size;
    *out_duties = found;
    return LG_OK;
}

struct lg_err index_duty_find(struct index_log *index, const struct store_duty_key *key,
                              struct arena *arena, bool *out_found, struct store_duty *out_duty) {
    *out_found = false;
    TRY(is_ready(index));
    return store_duty_find(index->entries, key, arena, out_found, out_duty);
}

struct lg_err index_duties_over(struct index_log *index, const struct store_duty *duties,
                                size_t count) {
    TRY(is_ready(index));
    return store_duties_over(index->entries, duties, count);
}
