/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that changed alike, as few rectangles (roles x sources x purposes x fields) as sorting
 * finds. Joining two that are equal in three sets adds no cell and loses none. Rectangles of
 * several parties that take the same from everybody else are told apart by their own party alone;
 * since nobody asks itself, their own may be put in, and they join. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "policy/compare/compare_int.h"

void policy_rects_init(struct rects *rects, const uint32_t sizes[static SETS]) {
    *rects = (struct rects){0};
    for (int i = 0; i < SETS; i++) {
        rects->words[i] = policy_bits_words(sizes[i]);
        rects->first[i] = rects->total;
        rects->total += rects->words[i];
    }
}

static int compare_sets(const struct rect *a, const struct rect *b, int set) {
    const struct rects *rects = a->owner;
    return memcmp(a->sets + rects->first[set], b->sets + rects->first[set],
                  rects->words[set] * sizeof *a->sets);
}

/* By change and every set but the one that is joined, then by that one, so that the order of the
 * result does not depend on how the library sorts. */
static int compare_rects(const void *left, const void *right) {
    const struct rect *a = left;
    const struct rect *b = right;
    int order = (a->change > b->change) - (a->change < b->change);
    for (int i = 0; i < SETS && order == 0; i++) {
        order = i == a->owner->merging ? 0 : compare_sets(a, b, i);
    }
    return order != 0 ? order : compare_sets(a, b, a->owner->merging);
}

static bool can_join(const struct rect *a, const struct rect *b) {
    bool same = a->change == b->change;
    for (int i = 0; i < SETS && same; i++) {
        same = i == a->owner->merging || compare_sets(a, b, i) == 0;
    }
    return same;
}

static void join(struct rects *rects) {
    uint32_t kept = 0;
    uint32_t first = rects->first[rects->merging];
    for (uint32_t i = 1; i < rects->count; i++) {
        struct rect *last = &rects->items[kept];
        struct rect *next = &rects->items[i];
        if (!can_join(last, next)) {
            struct rect moved = rects->items[++kept];
            rects->items[kept] = *next;
            *next = moved;
            continue;
        }
        for (uint32_t word = 0; word < rects->words[rects->merging]; word++) {
            last->sets[first + word] |= next->sets[first + word];
        }
    }
    rects->count = rects->count == 0 ? 0 : kept + 1;
}

static void merge_along(struct rects *rects, int set) {
    rects->merging = set;
    if (rects->count > 1) {
        qsort(rects->items, rects->count, sizeof *rects->items, compare_rects);
    }
    join(rects);
}

static void merge_rows(struct rects *rects) {
    merge_along(rects, SET_FIELDS);
    merge_along(rects, SET_PURPOSES);
    merge_along(rects, SET_SOURCES);
}

/* The only party of the rectangle's roles, or POLICY_NONE. */
static uint32_t only_party(const struct rects *rects, const struct rect *rect) {
    uint32_t party = POLICY_NONE;
    for (uint32_t i = 0; i < rects->role_count; i++) {
        if (policy_rect_has(rect, SET_ROLES, i)) {
            if (party != POLICY_NONE && party != rects->role_party[i]) {
                return POLICY_NONE;
            }
            party = rects->role_party[i];
        }
    }
    return party;
}

/* Before roles are joined: each rectangle is of one. */
static void own_add(struct rects *rects) {
    for (uint32_t i = 0; i < rects->count; i++) {
        uint32_t party = only_party(rects, &rects->items[i]);
        ASSERT(party != POLICY_NONE);
        policy_rect_set(&rects->items[i], SET_SOURCES, party);
    }
}

static void own_drop(struct rects *rects) {
    for (uint32_t i = 0; i < rects->count; i++) {
        struct rect *rect = &rects->items[i];
        uint32_t party = only_party(rects, rect);
        if (party != POLICY_NONE) {
            rect->sets[rects->first[SET_SOURCES] + party / 64] &= ~(UINT64_C(1) << party % 64);
        }
    }
}

struct lg_err policy_rects_add(struct rects *rects, uint32_t change, struct arena *arena,
                               struct rect **out_rect) {
    if (rects->count == LIMIT_POLICY_CHANGES) {
        merge_rows(rects);
        /* Still nearly full: merging after every row would never end. */
        if (rects->count > LIMIT_POLICY_CHANGES / 4 * 3) {
            return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
        }
    }
    if (rects->count == rects->made) {
        rects->items = arena_more(arena, rects->items, rects->made, sizeof *rects->items);
        if (rects->items == NULL) {
            return policy_no_memory();
        }
        rects->items[rects->made] =
            (struct rect){.sets = arena_array(arena, rects->total, sizeof(uint64_t))};
        if (rects->items[rects->made].sets == NULL) {
            return policy_no_memory();
        }
        rects->made++;
    }
    struct rect *rect = &rects->items[rects->count++];
    memset(rect->sets, 0, rects->total * sizeof *rect->sets);
    rect->change = change;
    rect->owner = rects;
    *out_rect = rect;
    return LG_OK;
}

void policy_rects_merge(struct rects *rects) {
    merge_rows(rects);
    own_add(rects);
    merge_along(rects, SET_ROLES);
    own_drop(rects);
    merge_along(rects, SET_ROLES);
    merge_along(rects, SET_SOURCES);
    merge_along(rects, SET_PURPOSES);
}
