/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/node/turns.h"

#include <errno.h>
#include <time.h>

#include "gateway/base/assert.h"
#include "gateway/node/node_int.h"

static const int64_t SECOND_NS = 1000000000;

bool node_turns_is_stopping(struct node_turns *turns) {
    ASSERT(pthread_mutex_lock(&turns->mutex) == 0);
    bool stops = turns->stops;
    ASSERT(pthread_mutex_unlock(&turns->mutex) == 0);
    return stops;
}

/* False where it was stopped meanwhile. */
static bool rest(struct node_turns *turns, int64_t ns) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ns / SECOND_NS;
    until.tv_nsec += ns % SECOND_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    ASSERT(pthread_mutex_lock(&turns->mutex) == 0);
    while (!turns->stops && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&turns->wake, &turns->mutex, &until);
    }
    bool goes_on = !turns->stops;
    ASSERT(pthread_mutex_unlock(&turns->mutex) == 0);
    return goes_on;
}

static void *thread_main(void *ctx) {
    struct node_turns *turns = ctx;
    int64_t rest_ns = 0;
    while (rest(turns, rest_ns)) {
        rest_ns = turns->turn(turns->ctx);
    }
    return NULL;
}

static struct lg_err wake_init(struct node_turns *turns) {
    pthread_condattr_t attr;
    bool good = pthread_condattr_init(&attr) == 0 &&
                pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&turns->wake, &attr) == 0 &&
                pthread_mutex_init(&turns->mutex, NULL) == 0;
    turns->has_mutex = good;
    return good ? LG_OK : lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
}

struct lg_err node_turns_start(struct node_turns *turns, node_turn_fn turn, void *ctx) {
    turns->turn = turn;
    turns->ctx = ctx;
    TRY(wake_init(turns));
    if (pthread_create(&turns->thread, NULL, thread_main, turns) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    turns->has_thread = true;
    return LG_OK;
}

void node_turns_stop(struct node_turns *turns) {
    if (turns->has_thread) {
        ASSERT(pthread_mutex_lock(&turns->mutex) == 0);
        turns->stops = true;
        ASSERT(pthread_cond_signal(&turns->wake) == 0);
        ASSERT(pthread_mutex_unlock(&turns->mutex) == 0);
        ASSERT(pthread_join(turns->thread, NULL) == 0);
    }
    if (turns->has_mutex) {
        (void)pthread_mutex_destroy(&turns->mutex);
        (void)pthread_cond_destroy(&turns->wake);
    }
    *turns = (struct node_turns){.turn = NULL};
}
