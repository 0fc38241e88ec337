/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a REVIEW entry. Whatever is taken is written back byte for byte: what the log
 * committed to is what the store holds. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "gateway/review/review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16 };

static void check(struct arena *arena, struct span body) {
    struct review_entry entry;
    struct span again;
    if (lg_failed(review_entry_decode(body, arena, &entry))) {
        return;
    }
    struct lg_err err = entry.is_opening ? review_opening_encode(&entry.opening, arena, &again)
                                         : review_act_encode(&entry.act, arena, &again);
    /* Longer than an entry's sealed part holds: read, but never written by us. */
    ASSERT(lg_failed(err) ? body.len > STORE_REVIEW_BODY_MAX : span_equal(again, body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    check(arena, span_of(data, size));
    arena_free(&arena);
    return 0;
}
