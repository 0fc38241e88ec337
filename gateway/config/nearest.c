/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody who mistyped a word may have meant: Levenshtein's distance, in one row. */
#include <string.h>

#include "gateway/base/num.h"
#include "gateway/config/config_int.h"

enum { WORD_MAX = 64 };

/* Edits between the first WORD_MAX bytes of both. */
static size_t distance(struct span a, struct span b) {
    size_t row[WORD_MAX + 1];
    a = span_slice(a, 0, WORD_MAX);
    b = span_slice(b, 0, WORD_MAX);
    for (size_t i = 0; i <= b.len; i++) {
        row[i] = i;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t swap = diagonal + (a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = num_min(swap, num_min(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.len];
}

const char *config_nearest(struct span word, const char *const *list, size_t count) {
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t here = distance(word, span_text(list[i]));
        if (here < best_distance) {
            best = list[i];
            best_distance = here;
        }
    }
    return best;
}
