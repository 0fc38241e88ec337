/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed parts of questions. What is taken points into the bytes that were given, and a part of a
 * source says so by its version. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/query/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PART_VERSION = 8, PART_VERSION_BEFORE = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct query_trail_record record;
    if (lg_failed(query_trail_read(span_of(data, size), &record))) {
        return 0;
    }
    ASSERT(size > 0);
    ASSERT(record.is_part == (data[0] == PART_VERSION || data[0] == PART_VERSION_BEFORE));
    ASSERT(!record.is_called || data[0] == PART_VERSION);
    ASSERT(!record.is_enough || data[0] != PART_VERSION_BEFORE);
    ASSERT(record.bytes.len < size);
    if (record.bytes.len > 0) {
        ASSERT(record.bytes.ptr > data);
        ASSERT(record.bytes.ptr + record.bytes.len == data + size);
    }
    return 0;
}
