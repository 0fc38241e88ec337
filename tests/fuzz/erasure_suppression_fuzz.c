/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a SUPPRESSION entry. Whatever is taken is written back byte for byte. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "gateway/erasure/suppression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct store_suppression it;
    struct span body = span_of(data, size);
    struct span again;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    if (size > 0 && !lg_failed(erasure_suppression_decode(1, body, arena, &it))) {
        struct lg_err err = erasure_suppression_encode(&it, arena, &again);
        ASSERT(!lg_failed(err) && span_equal(again, body));
    }
    arena_free(&arena);
    return 0;
}
