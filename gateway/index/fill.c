/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that brings the index up to the log, a batch at a time. Nobody waits for it, and it
 * shares cores with those who answer: while the log grows, and this thread was put aside for
 * others, it rests after each batch in proportion to the time that the batch took of a core. Not by
 * a low priority: it takes locks that they take, and must not be put aside while it has one. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "gateway/audit/merkle.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/base/num.h"
#include "gateway/index/index_int.h"

enum {
    BATCH_ARENA = LIMIT_INDEX_BATCH * INDEX_ENTRY_ARENA,
};

static bool is_stopping(void *ctx) {
    struct index_log *index = ctx;
    ASSERT(pthread_mutex_lock(&index->wake_mutex) == 0);
    bool stops = index->stops;
    ASSERT(pthread_mutex_unlock(&index->wake_mutex) == 0);
    return stops;
}

static const int64_t SECOND_NS = 1000000000;
static const int64_t TURN_NS = 200000000;
static const int64_t SLICE_NS = 10000000;

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
    struct store_duties duties;
    TRY(index_duties_make(index, derived, count, arena, &duties));
    sides.duties = duties.items;
    sides.duty_count = duties.count;
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

/* Waits so long; false when the thread is to end. */
static bool rest(struct index_log *index, int64_t ns) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ns / SECOND_NS;
    until.tv_nsec += ns % SECOND_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    ASSERT(pthread_mutex_lock(&index->wake_mutex) == 0);
    while (!index->stops && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&index->wake, &index->wake_mutex, &until);
    }
    bool goes_on = !index->stops;
    ASSERT(pthread_mutex_unlock(&index->wake_mutex) == 0);
    return goes_on;
}

/* What this thread had of a core, and how often it was put aside in favour of others. */
struct effort {
    uint64_t log_size; /* then */
    int64_t core_ns;
    int64_t put_aside;
};

static struct effort effort_now(const struct index_log *index) {
    struct timespec taken;
    struct rusage usage;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
    (void)getrusage(RUSAGE_THREAD, &usage);
    return (struct effort){.log_size = audit_size(index->config.log),
                           .core_ns = (int64_t)taken.tv_sec * SECOND_NS + taken.tv_nsec,
                           .put_aside = usage.ru_nivcsw};
}

/* How long to rest after what was done since then. Where others wait for the core it is given to
 * them every few milliseconds; now and then it is to something of the machine's own. */
static struct lg_err rest_after(struct index_log *index, const struct effort *then,
                                int64_t *out_ns) {
    struct store_coverage coverage;
    const struct effort now = effort_now(index);
    int64_t took_ns = now.core_ns - then->core_ns;
    bool is_shared = (now.put_aside - then->put_aside) * SLICE_NS >= took_ns;
    *out_ns = 0;
    if (now.log_size == then->log_size || !is_shared) {
        return LG_OK;
    }
    TRY(store_entries_coverage(index->entries, &coverage));
    bool is_behind = now.log_size - coverage.size > LIMIT_AUDIT_HINTS / 4 * 3;
    *out_ns = took_ns * ((is_behind ? LIMIT_INDEX_SHARE_BEHIND : LIMIT_INDEX_SHARE) - 1);
    return LG_OK;
}

/* All that is missing; short of memory, or with a disk that fails, the next turn tries again, with
 * the file as it is. */
static struct lg_err turn(struct index_log *index) {
    bool did = true;
    while (did) {
        const struct effort then = effort_now(index);
        int64_t rest_ns = 0;
        TRY(index_fill(index, &did));
        TRY(rest_after(index, &then, &rest_ns));
        if (!rest(index, rest_ns)) {
            return LG_OK;
        }
    }
    return LG_OK;
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
    } while (rest(index, TURN_NS));
    return NULL;
}
