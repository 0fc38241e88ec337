/* SPDX-License-Identifier: Apache-2.0 */
/* The one reader of the log: the thread that brings what is derived from it up to it, a stretch at
 * a time. Nobody waits for it.
 *
 *   both at one place   one stretch is read and opened, its rows go into the index, and then it is
 *                       handed to who follows
 *   apart               a stretch of each, of its own, and none goes past the place of the other:
 *                       so they meet
 *   one fails           it is left alone for a moment, and the other goes on
 *
 * Rows enter under fill_mutex, for they must not pass those who check or forget. Who follows is
 * called without it: what it does may wait for the log. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/index/index_int.h"

static_assert((int)LIMIT_INDEX_BATCH == (int)LIMIT_SIGNALS_BATCH, "a stretch is for both");

enum { BATCH_ARENA = LIMIT_INDEX_BATCH * (INDEX_ENTRY_ARENA + AUDIT_ENTRY_SIZE_MAX) };

/* Where both are, and what a step reads. */
struct reading {
    struct index_log *index;
    struct index_step *step;
    uint64_t size; /* of the log */
    uint64_t place[INDEX_PARTS];
    bool reads[INDEX_PARTS];
    struct arena *arena;
    struct index_derived *derived; /* NULL: none, or not all were tried */
    size_t count;                  /* of them */
};

static bool is_joint(const struct reading *reading) {
    return reading->reads[INDEX_ITSELF] && reading->reads[INDEX_FOLLOWER] &&
           reading->place[INDEX_ITSELF] == reading->place[INDEX_FOLLOWER];
}

/* How many a part reads from its place on. */
static size_t count_of(const struct reading *reading, enum index_taker part) {
    uint64_t from = reading->place[part];
    uint64_t to = reading->size;
    enum index_taker other = part == INDEX_ITSELF ? INDEX_FOLLOWER : INDEX_ITSELF;
    if (reading->reads[other] && reading->place[other] > from) {
        to = reading->place[other] < to ? reading->place[other] : to;
    }
    return (size_t)(to - from < LIMIT_INDEX_BATCH ? to - from : LIMIT_INDEX_BATCH);
}

static void place_note(struct reading *reading, enum index_taker part, struct lg_err err) {
    reading->step->err[part] = err;
    reading->reads[part] = !lg_failed(err) && reading->place[part] < reading->size;
    uint64_t left = reading->reads[part] ? reading->size - reading->place[part] : 0;
    reading->step->left = left > reading->step->left ? left : reading->step->left;
}

/* ---- One stretch ---- */

/* With what who follows wants of it, where it is for both. What was not tried when the thread was
 * stopped would be nobody's for ever: then there is none. */
static struct lg_err stretch_derive(struct reading *reading, uint64_t first, size_t count) {
    struct index_log *index = reading->index;
    struct index_stretch stretch = {.first = first,
                                    .count = count,
                                    .wants_asked = is_joint(reading),
                                    .trials = UINT64_MAX,
                                    .is_over = pace_is_stopping,
                                    .ctx = &index->pace};
    struct index_derived *items = NULL;
    TRY(index_derive(index, &stretch, reading->arena, &items));
    reading->derived = stretch.is_spent ? NULL : items;
    reading->count = count;
    return LG_OK;
}

static void index_turn(struct reading *reading) {
    struct index_step *step = reading->step;
    uint64_t first = reading->place[INDEX_ITSELF];
    size_t count = count_of(reading, INDEX_ITSELF);
    struct lg_err err = stretch_derive(reading, first, count);
    if (!lg_failed(err) && reading->derived != NULL) {
        err = index_rows_add(reading->index, reading->derived, first, count, reading->arena);
        step->did[INDEX_ITSELF] = !lg_failed(err);
    }
    step->err[INDEX_ITSELF] = err;
}

static struct lg_err found_make(struct reading *reading, bool joint,
                                struct index_asked_found *found) {
    uint64_t first = reading->place[INDEX_FOLLOWER];
    if (joint) {
        TRY(index_asked_make(reading->derived, reading->count, reading->arena, found));
        found->through = first + reading->count;
        return LG_OK;
    }
    const struct index_asked_range range = {.first = first,
                                            .count = count_of(reading, INDEX_FOLLOWER),
                                            .is_over = pace_is_stopping,
                                            .ctx = &reading->index->pace};
    return index_asked_read(reading->index, &range, reading->arena, found);
}

static void follower_turn(struct reading *reading, bool joint) {
    const struct index_follower *follower = reading->index->follower;
    struct index_asked_found found = {.count = 0};
    struct index_step *step = reading->step;
    struct lg_err err = found_make(reading, joint, &found);
    if (!lg_failed(err) && !found.is_over) {
        err = follower->take(follower->ctx, &found);
        step->did[INDEX_FOLLOWER] = !lg_failed(err);
    }
    step->err[INDEX_FOLLOWER] = err;
}

/* ---- A step ---- */

static struct lg_err follower_place(struct reading *reading) {
    const struct index_follower *follower = reading->index->follower;
    return follower->place(follower->ctx, &reading->place[INDEX_FOLLOWER]);
}

/* Rows of the index; what both need is derived then. */
static void index_run(struct reading *reading) {
    struct index_log *index = reading->index;
    ASSERT(pthread_mutex_lock(&index->fill_mutex) == 0);
    place_note(reading, INDEX_ITSELF, index_place(index, &reading->place[INDEX_ITSELF]));
    if (reading->reads[INDEX_ITSELF]) {
        index_turn(reading);
    }
    ASSERT(pthread_mutex_unlock(&index->fill_mutex) == 0);
}

/* In the arena of the step: what the follower does not share with the index is read after it. */
static void follower_run(struct reading *reading) {
    bool joint = is_joint(reading);
    if (joint && pace_is_stopping(&reading->index->pace)) {
        return; /* not all were tried */
    }
    joint =
        joint && reading->derived != NULL; /* what failed for one is tried by the other itself */
    OWN(arena_free) struct arena *apart = NULL;
    if (!joint) {
        struct lg_err err = arena_new(BATCH_ARENA, &apart);
        if (lg_failed(err)) {
            reading->step->err[INDEX_FOLLOWER] = err;
            return;
        }
        reading->arena = apart;
    }
    follower_turn(reading, joint);
}

static struct lg_err step_run(struct reading *reading) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_step *step = reading->step;
    bool follows = reading->index->follower != NULL && !step->skips[INDEX_FOLLOWER];
    TRY(arena_new(BATCH_ARENA, &arena));
    reading->arena = arena;
    reading->size = audit_size(reading->index->config.log);
    if (follows) {
        place_note(reading, INDEX_FOLLOWER, follower_place(reading));
    }
    if (!step->skips[INDEX_ITSELF]) {
        index_run(reading);
    }
    if (reading->reads[INDEX_FOLLOWER]) {
        follower_run(reading);
    }
    return LG_OK;
}

void index_step_run(struct index_log *index, struct index_step *step) {
    struct reading reading = {.index = index, .step = step};
    const struct index_follower *follower = index->follower;
    struct lg_err err = step_run(&reading);
    if (lg_failed(err)) {
        step->err[INDEX_ITSELF] = err;
        step->err[INDEX_FOLLOWER] = err;
    }
    if (follower == NULL || step->skips[INDEX_FOLLOWER]) {
        return;
    }
    if (!lg_failed(step->err[INDEX_FOLLOWER]) && !reading.reads[INDEX_FOLLOWER]) {
        step->err[INDEX_FOLLOWER] = follower->pause(follower->ctx);
    }
    follower->tell(follower->ctx, step->err[INDEX_FOLLOWER]);
}

struct lg_err index_fill(struct index_log *index, bool *out_did) {
    struct index_step step = {.left = 0};
    index_step_run(index, &step);
    *out_did = step.did[INDEX_ITSELF] || step.did[INDEX_FOLLOWER];
    return lg_failed(step.err[INDEX_ITSELF]) ? step.err[INDEX_ITSELF] : step.err[INDEX_FOLLOWER];
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* Between turns; and how long what failed is left alone, short of memory or with a disk that fails.
 */
static const int64_t TURN_NS = 200000000;
static const int64_t TURN_MS = 200;

struct turns {
    struct clock clock;
    unsigned failed[INDEX_PARTS]; /* one after the other */
    int64_t again_ms[INDEX_PARTS];
};

/* Who follows says itself what became of it. */
static void failures_note(struct turns *turns, const struct index_step *step) {
    for (size_t i = 0; i < INDEX_PARTS; i++) {
        if (step->skips[i]) {
            continue;
        }
        struct lg_err err = step->err[i];
        turns->failed[i] = lg_failed(err) ? turns->failed[i] + 1 : 0;
        turns->again_ms[i] = lg_failed(err) ? clock_mono_ms(&turns->clock) + TURN_MS : 0;
        if (i == INDEX_ITSELF && turns->failed[i] == 1) {
            log_line(LOG_WARN, "index.behind", "class=%s code=%u", lg_class_name(lg_err_class(err)),
                     (unsigned)lg_err_code(err));
        }
    }
}

/* While the log grows, and others want the core; more where the log will soon have forgotten whom
 * entries are about. */
static int64_t rest_after(const struct index_log *index, const struct pace_effort *then,
                          uint64_t size_then, uint64_t left) {
    if (audit_size(index->config.log) == size_then) {
        return 0;
    }
    bool is_behind = left > LIMIT_AUDIT_HINTS / 4 * 3;
    return pace_share_ns(then, is_behind ? LIMIT_INDEX_SHARE_BEHIND : LIMIT_INDEX_SHARE);
}

void *index_reader_run(void *ctx) {
    struct index_log *index = ctx;
    struct turns turns = {.clock = clock_system()};
    int64_t rest_ns = 0;
    do {
        const struct pace_effort then = pace_effort_now();
        uint64_t size_then = audit_size(index->config.log);
        struct index_step step = {.left = 0};
        for (size_t i = 0; i < INDEX_PARTS; i++) {
            step.skips[i] = clock_mono_ms(&turns.clock) < turns.again_ms[i];
        }
        index_step_run(index, &step);
        failures_note(&turns, &step);
        bool did = step.did[INDEX_ITSELF] || step.did[INDEX_FOLLOWER];
        rest_ns = did ? rest_after(index, &then, size_then, step.left) : TURN_NS;
    } while (pace_rest(&index->pace, rest_ns));
    return NULL;
}
