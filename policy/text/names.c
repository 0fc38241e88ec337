/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/text/names.h"

#include <stdlib.h>

#include "gateway/base/assert.h"
#include "policy/policy.h"
#include "policy/text/words.h"

struct lg_err policy_names_init(struct names *names, uint32_t size, struct arena *arena) {
    *names = (struct names){.size = size};
    names->entries = arena_array(arena, size, sizeof *names->entries);
    if (names->entries == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
    }
    return LG_OK;
}

void policy_names_add(struct names *names, struct span text, uint32_t line) {
    ASSERT(names->count < names->size);
    names->entries[names->count] =
        (struct names_entry){.text = text, .index = names->count, .line = line};
    names->count++;
}

static int compare(const void *left, const void *right) {
    const struct names_entry *a = left;
    const struct names_entry *b = right;
    int order = span_compare(a->text, b->text);
    if (order != 0) {
        return order;
    }
    return (a->index > b->index) - (a->index < b->index);
}

const struct names_entry *policy_names_seal(struct names *names) {
    if (names->count > 1) {
        qsort(names->entries, names->count, sizeof *names->entries, compare);
    }
    for (uint32_t i = 1; i < names->count; i++) {
        if (span_equal(names->entries[i - 1].text, names->entries[i].text)) {
            return &names->entries[i];
        }
    }
    return NULL;
}

uint32_t policy_names_find(const struct names *names, struct span text) {
    uint32_t low = 0;
    uint32_t high = names->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = span_compare(names->entries[middle].text, text);
        if (order == 0) {
            return names->entries[middle].index;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return POLICY_NONE;
}

struct span policy_names_nearest(const struct names *names, struct span text) {
    struct nearest nearest = policy_nearest_of(text);
    for (uint32_t i = 0; i < names->count; i++) {
        policy_nearest_offer(&nearest, names->entries[i].text);
    }
    return nearest.best;
}
