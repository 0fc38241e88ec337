/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of limits: leaky buckets in a table of fixed size, 16 places a row.
 *
 * A bucket is the moment at which it is empty again. A use moves that moment on by window / count;
 * uses inside the window are what is left until then in those steps. A bucket that is empty gives
 * its place away. Times are microseconds, so that rounding down a step stays far below one use.
 *
 * A crash must give nothing back. So the store holds a moment that is never before the bucket's
 * own: a use that would pass it first reserves some uses ahead (an eighth of the count), and what
 * rests on the use waits until that is durable. After a crash the bucket begins at what was
 * reserved, so at most that eighth is lost; after an orderly end exactly where it was. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/consent/consent_int.h"

enum { WAYS = 16, ROWS = LIMIT_CONSENT_COUNTERS / WAYS, AHEAD_SHARE = 8 };
static_assert((ROWS & (ROWS - 1)) == 0, "a row is picked by the low bits of the key");

/* Of a place in use empty_at_us <= reserved_us where the counters are kept. */
struct counter {
    struct store_tag key;
    int64_t empty_at_us;
    int64_t reserved_us;
    uint64_t owed; /* the number at which it was reserved */
};

struct consent_counters {
    struct store *store; /* kept; makes the keys */
    pthread_mutex_t mutex;
    bool is_kept;                                  /* in the store too */
    int64_t wall_ahead_us;                         /* of the monotonic clock */
    struct store_counter owed[STORE_COUNTERS_MAX]; /* reserved and not yet durable */
    size_t owed_count;
    uint64_t owed_number;    /* counts what was owed */
    uint64_t durable_number; /* and what of it is durable */
    pthread_mutex_t flush_mutex;
    struct store_counter flushing[STORE_COUNTERS_MAX]; /* under flush_mutex */
    struct counter places[ROWS][WAYS];
};

struct lg_err consent_counters_new(struct store *store, struct consent_counters **out_counters) {
    struct consent_counters *counters = calloc(1, sizeof *counters);
    if (counters == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    counters->store = store;
    ASSERT(pthread_mutex_init(&counters->mutex, NULL) == 0);
    ASSERT(pthread_mutex_init(&counters->flush_mutex, NULL) == 0);
    *out_counters = counters;
    return LG_OK;
}

void consent_counters_free(struct consent_counters **counters) {
    if (*counters == NULL) {
        return;
    }
    ASSERT(pthread_mutex_destroy(&(*counters)->mutex) == 0);
    ASSERT(pthread_mutex_destroy(&(*counters)->flush_mutex) == 0);
    free(*counters);
    *counters = NULL;
}

const struct store *consent_counters_store(const struct consent_counters *counters) {
    return counters->store;
}

void consent_counters_enter(struct consent_counters *counters) {
    ASSERT(pthread_mutex_lock(&counters->mutex) == 0);
}

void consent_counters_leave(struct consent_counters *counters) {
    ASSERT(pthread_mutex_unlock(&counters->mutex) == 0);
}

static int64_t now_us(int64_t mono_ms) {
    return mono_ms * 1000 + 1; /* never 0, which is the moment of a place never used */
}

/* The counter's place, or one that is free; NULL where the row is full of others. */
static struct counter *place_find(struct consent_counters *counters, const struct store_tag *key,
                                  int64_t now) {
    /* The key is a keyed digest: nobody outside can aim at a row. */
    size_t row = ((size_t)key->bytes[0] << 8 | key->bytes[1]) % ROWS;
    struct counter *free_place = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        struct counter *place = &counters->places[row][i];
        if (memcmp(place->key.bytes, key->bytes, sizeof key->bytes) == 0) {
            return place;
        }
        if (place->empty_at_us <= now) {
            free_place = place;
        }
    }
    return free_place;
}

/* ---- Kept in the store -------------------------------------------------------------------------
 */

/* One that was left when the program ended. Where its row is full of others it is left out: they
 * are as full as it, and it counts as used up until one is empty. */
static void on_left(void *ctx, const struct store_counter *it) {
    struct consent_counters *counters = ctx;
    int64_t empty_at_us = it->empty_at_us - counters->wall_ahead_us;
    struct counter *place = place_find(counters, &it->key, 0);
    if (place != NULL) {
        *place = (struct counter){
            .key = it->key, .empty_at_us = empty_at_us, .reserved_us = empty_at_us};
    }
}

struct lg_err consent_counters_keep(struct consent_counters *counters, const struct clock *clock) {
    int64_t wall_us = clock_wall_ms(clock) * 1000;
    counters->wall_ahead_us = wall_us - clock_mono_ms(clock) * 1000;
    counters->is_kept = true;
    return store_counters_load(counters->store, wall_us, on_left, counters);
}

/* Reserves uses ahead of this one. False where no more can be owed at once. */
static bool reserve(struct consent_counters *counters, struct counter *place, int64_t empty_at_us,
                    const struct policy_rate *rate) {
    int64_t step_us = (int64_t)((uint64_t)rate->window_s * 1000000U / rate->count);
    if (counters->owed_count == STORE_COUNTERS_MAX) {
        return false;
    }
    place->reserved_us = empty_at_us + step_us * (int64_t)(rate->count / AHEAD_SHARE);
    counters->owed[counters->owed_count++] = (struct store_counter){
        .key = place->key, .empty_at_us = place->reserved_us + counters->wall_ahead_us};
    place->owed = ++counters->owed_number;
    return true;
}

uint64_t consent_counters_owed(struct consent_counters *counters,
                               const struct consent_bucket *bucket, int64_t mono_ms) {
    const struct counter *place = place_find(counters, &bucket->key, now_us(mono_ms));
    if (bucket->rate.count == 0 || place == NULL) {
        return 0;
    }
    ASSERT(memcmp(place->key.bytes, bucket->key.bytes, sizeof place->key.bytes) == 0);
    return place->owed > counters->durable_number ? place->owed : 0;
}

bool consent_counters_are_durable(struct consent_counters *counters, uint64_t number) {
    consent_counters_enter(counters);
    bool durable = counters->durable_number >= number;
    consent_counters_leave(counters);
    return durable;
}

static struct lg_err flush(struct consent_counters *counters) {
    consent_counters_enter(counters);
    size_t count = counters->owed_count;
    uint64_t number = counters->owed_number;
    memcpy(counters->flushing, counters->owed, count * sizeof counters->owed[0]);
    counters->owed_count = 0;
    consent_counters_leave(counters);
    if (count > 0) {
        TRY(store_counters_put(counters->store, counters->flushing, count));
    }
    consent_counters_enter(counters);
    counters->durable_number = number;
    consent_counters_leave(counters);
    return LG_OK;
}

/* A failed write latches the store: nothing that is owed becomes durable any more, and nothing that
 * rests on it goes on. */
struct lg_err consent_counters_flush(struct consent_counters *counters) {
    ASSERT(pthread_mutex_lock(&counters->flush_mutex) == 0);
    struct lg_err err = flush(counters);
    ASSERT(pthread_mutex_unlock(&counters->flush_mutex) == 0);
    return err;
}

/* What an orderly end leaves: every bucket exactly where it is. */
struct lg_err consent_counters_settle(struct consent_counters *counters, int64_t mono_ms) {
    if (!counters->is_kept) {
        return LG_OK;
    }
    struct store_counter *all = calloc(LIMIT_CONSENT_COUNTERS, sizeof *all);
    if (all == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_CONSENT_COUNTERS; i++) {
        const struct counter *place = &counters->places[i / WAYS][i % WAYS];
        if (place->empty_at_us > now_us(mono_ms)) {
            all[count++] = (struct store_counter){
                .key = place->key, .empty_at_us = place->empty_at_us + counters->wall_ahead_us};
        }
    }
    struct lg_err err = store_counters_replace(counters->store, all, count);
    free(all);
    return err;
}

/* ---- Counting ----------------------------------------------------------------------------------
 */

uint32_t consent_counters_look(struct consent_counters *counters,
                               const struct consent_bucket *bucket, int64_t mono_ms) {
    if (bucket->rate.count == 0) {
        return 0;
    }
    int64_t now = now_us(mono_ms);
    struct counter *place = place_find(counters, &bucket->key, now);
    if (place == NULL) {
        return UINT32_MAX;
    }
    if (place->empty_at_us <= now) {
        /* One tick from empty: taken for this counter, whatever else is looked at meanwhile. */
        *place = (struct counter){.key = bucket->key, .empty_at_us = now + 1};
        return 0;
    }
    uint64_t step = (uint64_t)bucket->rate.window_s * 1000000U / bucket->rate.count;
    uint64_t left = (uint64_t)(place->empty_at_us - now) - 1;
    uint64_t uses = step == 0 ? 0 : (left + step - 1) / step;
    return uses > UINT32_MAX ? UINT32_MAX : (uint32_t)uses;
}

bool consent_counters_take(struct consent_counters *counters, const struct consent_bucket *bucket,
                           int64_t mono_ms) {
    if (bucket->rate.count == 0) {
        return true;
    }
    int64_t now = now_us(mono_ms);
    struct counter *place = place_find(counters, &bucket->key, now);
    if (place == NULL) {
        return true; /* it was looked at: UINT32_MAX uses, which refuse */
    }
    int64_t from = place->empty_at_us > now ? place->empty_at_us : now;
    int64_t empty_at_us =
        from + (int64_t)((uint64_t)bucket->rate.window_s * 1000000U / bucket->rate.count);
    place->key = bucket->key;
    if (counters->is_kept && empty_at_us > place->reserved_us &&
        !reserve(counters, place, empty_at_us, &bucket->rate)) {
        return false;
    }
    place->empty_at_us = empty_at_us;
    return true;
}

struct lg_err consent_counters_use(struct consent_counters *counters, const struct consent_use *use,
                                   struct consent_used *out_used) {
    const struct consent_bucket bucket = {.key = use->key, .rate = use->rate};
    struct consent_used used = {0};
    consent_counters_enter(counters);
    used.before = consent_counters_look(counters, &bucket, use->mono_ms);
    used.is_taken = used.before < use->rate.count || use->goes_beyond;
    bool fits = !used.is_taken || consent_counters_take(counters, &bucket, use->mono_ms);
    used.owed = used.is_taken ? consent_counters_owed(counters, &bucket, use->mono_ms) : 0;
    consent_counters_leave(counters);
    if (!fits) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    *out_used = used;
    return LG_OK;
}
