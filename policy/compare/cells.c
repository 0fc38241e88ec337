/* SPDX-License-Identifier: Apache-2.0 */
/* Every cell of both versions: what changed, kept once, and where. */
#include <string.h>

#include "policy/compare/compare_int.h"

/* Within a row a cell depends on its two entries and categories alone; UINT32_MAX where a version
 * lacks it. */
struct memo {
    uint32_t entry_before;
    uint32_t entry_after;
    uint32_t category_before;
    uint32_t category_after;
    uint32_t change; /* POLICY_NONE: nothing changed */
};

struct walk {
    struct compare *compare;
    struct cell_pair cell;
    struct memo *memos;
    uint32_t memo_count;
    uint32_t role;
    uint32_t source;
    uint32_t purpose;
    uint32_t row_first; /* rectangles of the present row */
};

static uint32_t hash_change(const struct change *change) {
    const uint8_t *bytes = (const uint8_t *)change;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < sizeof *change; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    }
    return (uint32_t)((hash ^ hash >> 32) % (2U * LIMIT_POLICY_CHANGES));
}

/* The number of a change, kept where it is new. */
static struct lg_err change_number(struct compare *compare, const struct change *change,
                                   uint32_t *out_number) {
    uint32_t slot = hash_change(change);
    for (; compare->slots[slot] != 0; slot = (slot + 1) % (2U * LIMIT_POLICY_CHANGES)) {
        if (memcmp(&compare->changes[compare->slots[slot] - 1], change, sizeof *change) == 0) {
            *out_number = compare->slots[slot] - 1;
            return LG_OK;
        }
    }
    if (compare->change_count == LIMIT_POLICY_CHANGES) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
    }
    compare->changes = arena_more(compare->arena, compare->changes, compare->change_count,
                                  sizeof *compare->changes);
    if (compare->changes == NULL) {
        return policy_no_memory();
    }
    compare->changes[compare->change_count++] = *change;
    compare->slots[slot] = compare->change_count;
    *out_number = compare->change_count - 1;
    return LG_OK;
}

static void note_side(const struct change_side *side, uint32_t moved, uint8_t *cited,
                      uint32_t *moves) {
    if (side->clause != POLICY_NONE) {
        cited[side->clause] = 1;
        moves[side->clause] |= moved;
    }
    if (side->ban != POLICY_NONE) {
        cited[side->ban] = 1;
    }
}

/* What a line will speak of need not be told again as a change of text. */
static void note_spoken(struct compare *compare, const struct change *change) {
    uint32_t moved = change->weaker | change->stronger;
    note_side(&change->before, moved, compare->cited_before, compare->moved_before);
    note_side(&change->after, moved, compare->cited_after, compare->moved_after);
}

static struct memo memo_key(const struct walk *walk) {
    const struct compare *compare = walk->compare;
    const struct cell_pair *cell = &walk->cell;
    struct memo key = {POLICY_NONE, POLICY_NONE, POLICY_NONE, POLICY_NONE, POLICY_NONE};
    if (cell->is_before) {
        const struct probe_cell *at = &cell->before;
        key.entry_before =
            policy_table_get(compare->before, at->role, at->source, at->purpose, at->field);
        key.category_before = compare->before->fields[at->field].category;
    }
    if (cell->is_after) {
        const struct probe_cell *at = &cell->after;
        key.entry_after =
            policy_table_get(compare->after, at->role, at->source, at->purpose, at->field);
        key.category_after = compare->after->fields[at->field].category;
    }
    return key;
}

static bool same_key(const struct memo *a, const struct memo *b) {
    return a->entry_before == b->entry_before && a->entry_after == b->entry_after &&
           a->category_before == b->category_before && a->category_after == b->category_after;
}

static struct lg_err cell_change(struct walk *walk, uint32_t *out_change) {
    struct memo key = memo_key(walk);
    struct change change;
    for (uint32_t i = 0; i < walk->memo_count; i++) {
        if (same_key(&walk->memos[i], &key)) {
            *out_change = walk->memos[i].change;
            return LG_OK;
        }
    }
    if (policy_compare_cell(walk->compare, &walk->cell, &change)) {
        TRY(change_number(walk->compare, &change, &key.change));
        note_spoken(walk->compare, &change);
    }
    walk->memos[walk->memo_count++] = key;
    *out_change = key.change;
    return LG_OK;
}

/* The rectangle of this row for a change. */
static struct lg_err row_rect(struct walk *walk, uint32_t change, struct rect **out_rect) {
    struct rects *rects = &walk->compare->rects;
    for (uint32_t i = walk->row_first; i < rects->count; i++) {
        if (rects->items[i].change == change) {
            *out_rect = &rects->items[i];
            return LG_OK;
        }
    }
    uint32_t before = rects->count;
    TRY(policy_rects_add(rects, change, walk->compare->arena, out_rect));
    /* Merging in between moved those of this row: it starts anew behind them. */
    walk->row_first = rects->count <= before ? rects->count - 1 : walk->row_first;
    policy_rect_set(*out_rect, SET_ROLES, walk->role);
    policy_rect_set(*out_rect, SET_SOURCES, walk->source);
    policy_rect_set(*out_rect, SET_PURPOSES, walk->purpose);
    return LG_OK;
}

static void cell_of(struct walk *walk, uint32_t field) {
    const struct compare *compare = walk->compare;
    const struct pair *role = &compare->roles.items[walk->role];
    const struct pair *source = &compare->parties.items[walk->source];
    const struct pair *purpose = &compare->purposes.items[walk->purpose];
    const struct pair *data = &compare->fields.items[field];
    struct cell_pair *cell = &walk->cell;
    cell->before = (struct probe_cell){role->before, source->before, purpose->before, data->before};
    cell->after = (struct probe_cell){role->after, source->after, purpose->after, data->after};
    cell->is_before = role->before != POLICY_NONE && source->before != POLICY_NONE &&
                      purpose->before != POLICY_NONE && data->before != POLICY_NONE;
    cell->is_after = role->after != POLICY_NONE && source->after != POLICY_NONE &&
                     purpose->after != POLICY_NONE && data->after != POLICY_NONE;
}

static struct lg_err walk_row(struct walk *walk) {
    struct compare *compare = walk->compare;
    walk->memo_count = 0;
    walk->row_first = compare->rects.count;
    for (uint32_t field = 0; field < compare->fields.count; field++) {
        uint32_t change;
        struct rect *rect;
        cell_of(walk, field);
        if (!walk->cell.is_before && !walk->cell.is_after) {
            continue;
        }
        compare->cells++;
        TRY(cell_change(walk, &change));
        if (change != POLICY_NONE) {
            compare->cells_changed += compare->changes[change].is_cell;
            TRY(row_rect(walk, change, &rect));
            policy_rect_set(rect, SET_FIELDS, field);
        }
    }
    return LG_OK;
}

struct lg_err policy_compare_cells(struct compare *compare) {
    struct walk walk = {.compare = compare};
    walk.memos = arena_array(compare->arena, compare->fields.count, sizeof *walk.memos);
    compare->slots = arena_array(compare->arena, 2 * LIMIT_POLICY_CHANGES, sizeof *compare->slots);
    if (walk.memos == NULL || compare->slots == NULL) {
        return policy_no_memory();
    }
    for (walk.role = 0; walk.role < compare->roles.count; walk.role++) {
        for (walk.source = 0; walk.source < compare->parties.count; walk.source++) {
            for (walk.purpose = 0; walk.purpose < compare->purposes.count; walk.purpose++) {
                TRY(walk_row(&walk));
            }
        }
    }
    policy_rects_merge(&compare->rects);
    return LG_OK;
}
