/* SPDX-License-Identifier: Apache-2.0 */
/* The whole comparison: cells, their sentences, the rest of the text, and the order of lines. */
#include <stdlib.h>

#include "policy/compare/compare_int.h"

const char *policy_change_name(enum policy_change_class class) {
    static const char *const names[] = {
        [POLICY_CHANGE_NEW] = "newly visible", [POLICY_CHANGE_WEAKER] = "weaker",
        [POLICY_CHANGE_CHANGED] = "changed",   [POLICY_CHANGE_STRONGER] = "stronger",
        [POLICY_CHANGE_GONE] = "gone",         [POLICY_CHANGE_TEXT] = "text only",
    };
    return names[class];
}

/* Cells before the rest; special and criminal first, then what opens most; then as they came. */
static uint32_t rank(const struct policy_change *line) {
    uint32_t sensitive = line->data_class == POLICY_SPECIAL    ? 0
                         : line->data_class == POLICY_CRIMINAL ? 1
                                                               : 2;
    return (line->is_cell ? 0 : 100) + (line->is_cell ? sensitive * 10 : 0) + line->class;
}

static int compare_lines(const void *left, const void *right) {
    const struct policy_change *a = left;
    const struct policy_change *b = right;
    int order = (rank(a) > rank(b)) - (rank(a) < rank(b));
    return order != 0 ? order : span_compare(a->sentence, b->sentence);
}

struct lg_err policy_diff_make(const struct policy *before, const struct policy *after,
                               struct arena *arena, struct policy_diff *out_diff) {
    struct compare *compare = arena_alloc(arena, sizeof *compare);
    struct policy_diff diff = {0};
    if (compare == NULL) {
        return policy_no_memory();
    }
    TRY(policy_compare_init(compare, before, after, arena));
    TRY(policy_compare_cells(compare));
    TRY(policy_compare_sentences(compare));
    TRY(policy_compare_terms(compare));
    if (compare->line_count > 1) {
        qsort(compare->lines, compare->line_count, sizeof *compare->lines, compare_lines);
    }
    for (size_t i = 0; i < compare->line_count; i++) {
        diff.counts[compare->lines[i].class]++;
    }
    diff.changes = compare->lines;
    diff.count = compare->line_count;
    diff.cells = compare->cells;
    diff.cells_changed = compare->cells_changed;
    *out_diff = diff;
    return LG_OK;
}

bool policy_diff_opens(const struct policy_diff *diff) {
    for (size_t i = 0; i < diff->count; i++) {
        const struct policy_change *line = &diff->changes[i];
        bool opens = line->class == POLICY_CHANGE_NEW || line->class == POLICY_CHANGE_WEAKER ||
                     (line->is_cell && line->class == POLICY_CHANGE_CHANGED);
        if (opens) {
            return true;
        }
    }
    return false;
}
