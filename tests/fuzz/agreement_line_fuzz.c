/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a signature line: refused, or what it reads writes exactly those bytes again. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/agreement/line.h"
#include "gateway/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct agreement_line line;
    uint8_t again[AGREEMENT_LINE_SIZE_MAX];
    struct span written = span_of(NULL, 0);
    if (lg_failed(agreement_line_read(span_of(data, size), &line))) {
        return 0;
    }
    struct lg_err err = agreement_line_write(&line, again, &written);
    ASSERT(!lg_failed(err));
    bool has_end = data[size - 1] == '\n';
    ASSERT(written.len == size + (has_end ? 0 : 1));
    ASSERT(span_equal(span_slice(written, 0, written.len - 1),
                      span_of(data, size - (has_end ? 1 : 0))));
    return 0;
}
