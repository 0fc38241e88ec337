/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of limits: leaky buckets in a table of fixed size, 16 places a row.
 *
 * A bucket is the moment at which it is empty again. A use moves that moment on by window / count;
 * uses inside the window are what is left until then in those steps. A bucket that is empty gives
 * its place away. Times are microseconds, so that rounding down a step stays far below one use. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/consent/consent_int.h"

enum { WAYS = 16, ROWS = LIMIT_CONSENT_COUNTERS / WAYS };
static_assert((ROWS & (ROWS - 1)) == 0, "a row is picked by the low bits of the key");

struct counter {
    struct store_tag key;
    int64_t empty_at_us;
};

struct consent_counters {
    const struct store *store; /* kept; makes the keys */
    pthread_mutex_t mutex;
    struct counter places[ROWS][WAYS];
};

struct lg_err consent_counters_new(const struct store *store,
                                   struct consent_counters **out_counters) {
    struct consent_counters *counters = calloc(1, sizeof *counters);
    if (counters == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    counters->store = store;
    ASSERT(pthread_mutex_init(&counters->mutex, NULL) == 0);
    *out_counters = counters;
    return LG_OK;
}

void consent_counters_free(struct consent_counters **counters) {
    if (*counters == NULL) {
        return;
    }
    ASSERT(pthread_mutex_destroy(&(*counters)->mutex) == 0);
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

void consent_counters_take(struct consent_counters *counters, const struct consent_bucket *bucket,
                           int64_t mono_ms) {
    if (bucket->rate.count == 0) {
        return;
    }
    int64_t now = now_us(mono_ms);
    struct counter *place = place_find(counters, &bucket->key, now);
    if (place == NULL) {
        return;
    }
    int64_t from = place->empty_at_us > now ? place->empty_at_us : now;
    place->key = bucket->key;
    place->empty_at_us =
        from + (int64_t)((uint64_t)bucket->rate.window_s * 1000000U / bucket->rate.count);
}
