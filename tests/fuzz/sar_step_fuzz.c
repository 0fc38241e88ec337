/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a SUBJECT_ACCESS entry. Whatever is taken is written back byte for byte, but for a
 * body of before, which gets today's version and no answer; is a row of the store; and what it does
 * to a request leaves a day that can be written. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/day.h"
#include "gateway/sar/sar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 1 << 16, INDEX = 1000, DAY = 20697 };

static bool is_written_back(struct span body, struct span again) {
    if (body.ptr[0] != 1) {
        return span_equal(again, body);
    }
    return again.len == body.len + 2 && memcmp(again.ptr + 1, body.ptr + 1, body.len - 1) == 0 &&
           again.ptr[body.len] == 0 && again.ptr[body.len + 1] == 0;
}

static void check(struct arena *arena, struct span body) {
    struct sar_step step;
    struct store_sar row;
    struct span again;
    if (lg_failed(sar_step_decode(body, &step))) {
        ASSERT(lg_failed(sar_row_make(INDEX, body, &row)));
        return;
    }
    struct lg_err err = sar_step_encode(&step, arena, &again);
    /* Longer than an entry's sealed part holds: read, but never written by us. */
    ASSERT(lg_failed(err) ? body.len + 2 > STORE_SAR_BODY_MAX : is_written_back(body, again));
    if (!lg_failed(sar_row_make(INDEX, body, &row))) {
        ASSERT(row.opens ? row.number == INDEX : row.number < INDEX);
    }
    struct sar_request request = {.number = INDEX, .opened = {.kind = SAR_OPEN, .day = DAY}};
    (void)sar_step_apply(&request, &step);
    char text[DAY_TEXT_SIZE + 1];
    int32_t due = sar_request_due(&request, DAY);
    ASSERT(due >= DAY);
    day_write(due, text);
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
