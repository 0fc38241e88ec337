/* SPDX-License-Identifier: Apache-2.0 */
/* Where a stretch of time begins in the log. */
#include "gateway/base/limits.h"
#include "gateway/service/replay.h"

/* The first entry from `from` on that has a time: a part shows its day alone. */
static struct lg_err timed_find(struct audit_log *log, uint64_t from, uint64_t end,
                                uint64_t *out_index, int64_t *out_ms) {
    struct audit_entry entry = {.is_part = true};
    uint64_t index = from;
    while (index < end) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span leaf;
        TRY(arena_new(2 * LIMIT_AUDIT_ENTRY, &arena));
        TRY(audit_entry_get(log, index, arena, &leaf));
        TRY(audit_entry_decode(leaf, &entry));
        if (!entry.is_part) {
            break;
        }
        index++;
    }
    *out_index = index;
    *out_ms = entry.time_ms;
    return LG_OK;
}

/* Times never step back in the log, so that it can be halved. */
struct lg_err service_log_first(struct audit_log *log, int64_t from_ms, uint64_t size,
                                uint64_t *out_index) {
    uint64_t low = 0;
    uint64_t high = size;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        uint64_t index;
        int64_t time_ms;
        TRY(timed_find(log, middle, high, &index, &time_ms));
        if (index < high && time_ms < from_ms) {
            low = index + 1;
        } else {
            high = middle;
        }
    }
    *out_index = low;
    return LG_OK;
}
