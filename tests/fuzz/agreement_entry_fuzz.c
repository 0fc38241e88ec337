/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an act on an agreement: refused, or what it reads writes exactly those bytes again.
 */
#include <stddef.h>
#include <stdint.h>

#include "gateway/agreement/entry.h"
#include "gateway/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct agreement_entry entry;
    uint8_t again[AGREEMENT_BODY_SIZE_MAX];
    struct span written = span_of(NULL, 0);
    if (lg_failed(agreement_entry_decode(span_of(data, size), &entry))) {
        return 0;
    }
    ASSERT(agreement_entry_is(span_of(data, size)));
    if (size > AGREEMENT_BODY_SIZE_MAX) {
        return 0;
    }
    struct lg_err err = agreement_entry_encode(&entry, again, &written);
    ASSERT(!lg_failed(err));
    ASSERT(span_equal(written, span_of(data, size)));
    return 0;
}
