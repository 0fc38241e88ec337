/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/query/openings.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/query/query.h"

struct opening {
    struct store_tag opener;
    uint32_t count; /* 0: free */
};

enum { WAYS = LIMIT_QUERY_OPENING_WAYS, ROWS = LIMIT_QUERY_OPENINGS / WAYS };

struct query_openings {
    pthread_mutex_t mutex;
    struct opening places[ROWS][WAYS];
};

struct lg_err query_openings_new(struct query_openings **out_openings) {
    struct query_openings *openings = calloc(1, sizeof *openings);
    if (openings == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
    }
    ASSERT(pthread_mutex_init(&openings->mutex, NULL) == 0);
    *out_openings = openings;
    return LG_OK;
}

void query_openings_free(struct query_openings **openings) {
    if (*openings == NULL) {
        return;
    }
    ASSERT(pthread_mutex_destroy(&(*openings)->mutex) == 0);
    free(*openings);
    *openings = NULL;
}

/* The opener's place, or a free one, or NULL. */
static struct opening *place_find(struct query_openings *openings, const struct store_tag *opener) {
    struct opening *free_place = NULL;
    size_t row = ((size_t)opener->bytes[0] << 8 | opener->bytes[1]) % ROWS;
    for (size_t i = 0; i < WAYS; i++) {
        struct opening *place = &openings->places[row][i];
        if (place->count == 0) {
            free_place = free_place == NULL ? place : free_place;
        } else if (memcmp(place->opener.bytes, opener->bytes, sizeof opener->bytes) == 0) {
            return place;
        }
    }
    return free_place;
}

uint32_t query_openings_take(struct query_openings *openings, const struct store_tag *opener) {
    ASSERT(pthread_mutex_lock(&openings->mutex) == 0);
    uint32_t before = UINT32_MAX;
    struct opening *place = place_find(openings, opener);
    if (place != NULL) {
        before = place->count++;
        place->opener = *opener;
    }
    ASSERT(pthread_mutex_unlock(&openings->mutex) == 0);
    return before;
}

void query_openings_give(struct query_openings *openings, const struct store_tag *opener) {
    ASSERT(pthread_mutex_lock(&openings->mutex) == 0);
    struct opening *place = place_find(openings, opener);
    ASSERT(place != NULL && place->count > 0);
    place->count--;
    ASSERT(pthread_mutex_unlock(&openings->mutex) == 0);
}
