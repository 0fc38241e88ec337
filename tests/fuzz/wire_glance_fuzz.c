/* SPDX-License-Identifier: Apache-2.0 */
/* The first look at a question against the strict reading: what it points at lies in the message,
 * and where the request is good, both see the same. */
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/assert.h"
#include "gateway/wire/disclosures.h"
#include "gateway/wire/glance.h"

enum { BUDGET = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size);
    struct wire_glance seen = wire_ask_request_glance(bytes);
    ASSERT(seen.purpose.len == 0 || (seen.purpose.ptr >= data && seen.purpose.len <= size &&
                                     (size_t)(seen.purpose.ptr - data) <= size - seen.purpose.len));
    OWN(arena_free) struct arena *arena = NULL;
    ASSERT(!lg_failed(arena_new(BUDGET, &arena)));
    struct wire_report report;
    struct question question = {0};
    if (!lg_failed(wire_ask_request_decode(arena, bytes, &report, &question))) {
        ASSERT(span_equal(seen.purpose, question.ground.purpose));
        ASSERT(seen.has_emergency == question.emergency_declared);
    }
    return 0;
}
