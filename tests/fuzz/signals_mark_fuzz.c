/* SPDX-License-Identifier: Apache-2.0 */
/* The body of the entry of a mark. Whatever is taken is written back byte for byte. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "gateway/signals/signals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16, BODY_MAX = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct signals_mark_entry entry;
    struct span body = span_of(data, size);
    struct span again;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    if (!lg_failed(signals_mark_decode(body, arena, &entry))) {
        struct lg_err err = signals_mark_encode(&entry, arena, &again);
        ASSERT(lg_failed(err) ? size > BODY_MAX : span_equal(again, body));
    }
    arena_free(&arena);
    return 0;
}
