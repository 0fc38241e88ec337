/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that brings the index up to the log, a batch at a time. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/merkle.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/base/num.h"
#include "gateway/index/index_int.h"

enum {
    TURN_MS = 200,
    BATCH_ARENA = LIMIT_INDEX_BATCH * INDEX_ENTRY_ARENA,
};

static bool is_stopping(void *ctx) {
    struct index_log *index = ctx;
    ASSERT(pthread_mutex_lock(&index->wake_mutex) == 0);
    bool stops = index->stops;
    ASSERT(pthread_mutex_unlock(&index->wake_mutex) == 0);
    return stops;
}

/* False where it was stopped meanwhile: what was not tried would be nobody's for ever. */
static struct lg_err batch_add(struct index_log *index, uint64_t first, size_t count,
                               bool *out_did) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_derived *derived = NULL;
    struct index_stretch stretch = {
        .first = first, .count = count, .trials = UINT64_MAX, .is_over = is_stopping, .ctx = index};
    struct store_sides sides = {.coverage = {.size = first + count}, .latest_ms = INT64_MIN};
    struct audit_hash last;
    TRY(arena_new(BATCH_ARENA, &arena));
    TRY(index_derive(index, &stretch, arena, &derived));
    if (stretch.is_spent) {
        return LG_OK;
    }
    struct store_side *rows = arena_array(arena, count * INDEX_SIDES_MAX, sizeof *rows);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        size_t added = 0;
        int64_t time_ms = index_latest_ms(&derived[i]);
        TRY(index_sides(index, &derived[i], &rows[sides.count], &added));
        sides.count += added;
        sides.latest_ms = time_ms > sides.latest_ms ? time_ms : sides.latest_ms;
    }
    sides.sides = rows;
    audit_merkle_leaf(derived[count - 1].leaf, &last);
    memcpy(sides.coverage.last, last.bytes, sizeof last.bytes);
    TRY(store_entries_add(index->entries, &sides));
    *out_did = true;
    return LG_OK;
}

static struct lg_err fill(struct index_log *index, bool *out_did) {
    struct store_coverage coverage;
    if (!atomic_load(&index->is_checked) || store_entries_is_ruined(index->entries)) {
        TRY(index_file_check(index));
    }
    TRY(index_forget_locked(index));
    TRY(store_entries_coverage(index->entries, &coverage));
    uint64_t size = audit_size(index->config.log);
    if (coverage.size > size) { /* another process wrote it: the next turn begins it anew */
        store_entries_ruin(index->entries);
        return LG_OK;
    }
    size_t count = (size_t)(size - coverage.size < LIMIT_INDEX_BATCH ? size - coverage.size
                                                                     : LIMIT_INDEX_BATCH);
    return count > 0 ? batch_add(index, coverage.size, count, out_did) : LG_OK;
}

struct lg_err index_fill(struct index_log *index, bool *out_did) {
    *out_did = false;
    ASSERT(pthread_mutex_lock(&index->fill_mutex) == 0);
    struct lg_err err = fill(index, out_did);
    ASSERT(pthread_mutex_unlock(&index->fill_mutex) == 0);
    return err;
}

/* Waits for the next turn; false when the thread is to end. */
static bool turn_wait(struct index_log *index) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TURN_MS * INT64_C(1000000);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    ASSERT(pthread_mutex_lock(&index->wake_mutex) == 0);
    while (!index->stops && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&index->wake, &index->wake_mutex, &until);
    }
    bool goes_on = !index->stops;
    ASSERT(pthread_mutex_unlock(&index->wake_mutex) == 0);
    return goes_on;
}

/* All that is missing; short of memory, or with a disk that fails, the next turn tries again, with
 * the file as it is. */
static struct lg_err turn(struct index_log *index) {
    struct lg_err err = LG_OK;
    bool did = true;
    while (did && !lg_failed(err) && !is_stopping(index)) {
        err = index_fill(index, &did);
    }
    return err;
}

void *index_fill_run(void *ctx) {
    struct index_log *index = ctx;
    unsigned failed = 0;
    do {
        struct lg_err err = turn(index);
        failed = lg_failed(err) ? failed + 1 : 0;
        if (failed == 1) {
            log_line(LOG_WARN, "index.behind", "class=%s code=%u", lg_class_name(lg_err_class(err)),
                     (unsigned)lg_err_code(err));
        }
    } while (turn_wait(index));
    return NULL;
}
