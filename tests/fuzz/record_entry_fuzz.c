/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an entry of an agency's record. Whatever is taken is written back byte for byte. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "tools/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct span items[LIMIT_WIRE_ITEMS];
    struct record_entry entry;
    struct span body = span_of(data, size);
    struct span again;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    if (!lg_failed(record_body_read(body, items, &entry))) {
        struct lg_err err = record_body_write(&entry, arena, &again);
        ASSERT(lg_failed(err) ? size > RECORD_BODY_MAX : span_equal(again, body));
    }
    arena_free(&arena);
    return 0;
}
