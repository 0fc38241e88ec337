/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed parts of questions. What is taken points into the bytes that were given, and a part of a
 * source says so by its version. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/query/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PART_VERSION = 10, PART_VERSION_DUTYLESS = 8, PART_VERSION_BEFORE = 6 };

enum { DUTIES_SIZE = 4 + 1 };

static bool is_part(uint8_t version) {
    return version == PART_VERSION || version == PART_VERSION_DUTYLESS ||
           version == PART_VERSION_BEFORE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct query_trail_record record;
    if (lg_failed(query_trail_read(span_of(data, size), &record))) {
        return 0;
    }
    ASSERT(size > 0);
    ASSERT(record.is_part == is_part(data[0]));
    ASSERT(!record.is_called || (is_part(data[0]) && data[0] != PART_VERSION_BEFORE));
    ASSERT((record.keep_days == 0 && record.onward == 0) || data[0] == PART_VERSION);
    ASSERT(!record.is_enough || data[0] != PART_VERSION_BEFORE);
    ASSERT(record.bytes.len < size);
    if (record.bytes.len > 0) {
        ASSERT(record.bytes.ptr > data);
        size_t behind = data[0] == PART_VERSION ? DUTIES_SIZE : 0;
        ASSERT(record.bytes.ptr + record.bytes.len + behind == data + size);
    }
    return 0;
}
