/* SPDX-License-Identifier: Apache-2.0 */
/* The order of what is compared, and finding things in it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lockgate/reconcile_int.h"

static int left_order(const void *a, const void *b) {
    const struct reconcile_left *one = a;
    const struct reconcile_left *other = b;
    int order = memcmp(&one->call, &other->call, sizeof one->call);
    return order != 0 ? order : (one->time_ms > other->time_ms) - (one->time_ms < other->time_ms);
}

static int leaf_order(const void *a, const void *b) {
    uint64_t one = ((const struct reconcile_leaf *)a)->index;
    uint64_t other = ((const struct reconcile_leaf *)b)->index;
    return (one > other) - (one < other);
}

static int kept_order(const void *a, const void *b) {
    uint64_t one = ((const struct reconcile_kept *)a)->index;
    uint64_t other = ((const struct reconcile_kept *)b)->index;
    return (one > other) - (one < other);
}

static void sort(void *items, size_t count, size_t size, int (*order)(const void *, const void *)) {
    if (count > 0) {
        qsort(items, count, size, order);
    }
}

void reconcile_left_sort(struct reconcile *it) {
    sort(it->left, it->left_count, sizeof *it->left, left_order);
}

void reconcile_sort(struct reconcile *it) {
    reconcile_left_sort(it);
    sort(it->leaves, it->leaf_count, sizeof *it->leaves, leaf_order);
    sort(it->kept, it->kept_count, sizeof *it->kept, kept_order);
}

struct reconcile_left *reconcile_left_find(const struct reconcile *it,
                                           const struct call_reference *call) {
    size_t low = 0;
    size_t high = it->left_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(it->left[middle].call.bytes, call->bytes, sizeof call->bytes);
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < it->left_count && memcmp(&it->left[low].call, call, sizeof *call) == 0;
    return found ? &it->left[low] : NULL;
}

const struct reconcile_leaf *reconcile_leaf_find(const struct reconcile *it, uint64_t index) {
    const struct reconcile_leaf key = {.index = index};
    return it->leaf_count == 0 ? NULL
                               : bsearch(&key, it->leaves, it->leaf_count, sizeof key, leaf_order);
}

bool reconcile_is_kept(const struct reconcile *it, uint64_t index) {
    size_t low = 0;
    size_t high = it->kept_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (it->kept[middle].index < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < it->kept_count && it->kept[low].index == index && !it->kept[low].is_proven) {
        low++;
    }
    return low < it->kept_count && it->kept[low].index == index;
}
