/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a DUTY entry. Whatever is taken is written back byte for byte. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "gateway/duty/duty.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    struct duty_act act;
    struct span body = span_of(data, size);
    struct span again;
    if (lg_failed(arena_new(BUDGET, &arena))) {
        return 0;
    }
    if (!lg_failed(duty_act_decode(body, &act))) {
        struct lg_err err = duty_act_encode(&act, arena, &again);
        ASSERT(lg_failed(err) ? size > STORE_REVIEW_BODY_MAX : span_equal(again, body));
    }
    arena_free(&arena);
    return 0;
}
