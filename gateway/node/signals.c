/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that puts the log through the rules of misuse: on no worker, and a share of a core
 * while the log grows, so that whoever asks does not wait for it. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/service/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"

static const int64_t SECOND_NS = 1000000000;
/* Between turns; and while much of the log is left, so many times what the turn took of a core. */
static const int64_t REST_NS = 1000000000;
enum { REST_TIMES = 7 };

struct node_signals {
    struct store_reader *reader;
    struct service_signals *signals;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex;
    bool has_mutex;
    pthread_cond_t wake;
    bool stops; /* under mutex */
    bool fails; /* the thread's own */
};

static bool is_stopping(void *ctx) {
    struct node_signals *it = ctx;
    ASSERT(pthread_mutex_lock(&it->mutex) == 0);
    bool stops = it->stops;
    ASSERT(pthread_mutex_unlock(&it->mutex) == 0);
    return stops;
}

/* False where it was stopped meanwhile. */
static bool rest(struct node_signals *it, int64_t ns) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ns / SECOND_NS;
    until.tv_nsec += ns % SECOND_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    ASSERT(pthread_mutex_lock(&it->mutex) == 0);
    while (!it->stops && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&it->wake, &it->mutex, &until);
    }
    bool goes_on = !it->stops;
    ASSERT(pthread_mutex_unlock(&it->mutex) == 0);
    return goes_on;
}

static int64_t core_ns(void) {
    struct timespec taken;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
    return (int64_t)taken.tv_sec * SECOND_NS + taken.tv_nsec;
}

/* Says once that it fails, and once that it goes on. */
static void outcome_note(struct node_signals *it, struct lg_err err, size_t opened) {
    bool failed = lg_failed(err);
    if (opened > 0) {
        log_line(LOG_INFO, "node.signals.cases", "opened=%zu", opened);
    }
    if (failed && !it->fails) {
        log_line(LOG_WARN, "node.signals", "behind=yes class=%s code=%u",
                 lg_class_name(lg_err_class(err)), (unsigned)lg_err_code(err));
    } else if (!failed && it->fails) {
        log_line(LOG_INFO, "node.signals", "behind=no");
    }
    it->fails = failed;
}

static void *thread_main(void *ctx) {
    struct node_signals *it = ctx;
    int64_t rest_ns = 0;
    while (rest(it, rest_ns)) {
        struct service_signals_turn turn = {.is_over = is_stopping, .ctx = it};
        int64_t begun_ns = core_ns();
        struct lg_err err = service_signals_run(it->signals, &turn);
        outcome_note(it, err, turn.opened);
        int64_t took_ns = core_ns() - begun_ns;
        rest_ns = turn.is_behind && !lg_failed(err) ? took_ns * REST_TIMES : REST_NS;
    }
    return NULL;
}

static struct lg_err wake_init(struct node_signals *it) {
    pthread_condattr_t attr;
    bool good = pthread_condattr_init(&attr) == 0 &&
                pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&it->wake, &attr) == 0 &&
                pthread_mutex_init(&it->mutex, NULL) == 0;
    it->has_mutex = good;
    return good ? LG_OK : lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
}

struct lg_err node_signals_start(struct node *node) {
    struct node_signals *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    node->signals = it;
    TRY(wake_init(it));
    TRY(store_reader_open(node->store, &it->reader));
    TRY(service_signals_open(&node->gateway, it->reader, &it->signals));
    if (pthread_create(&it->thread, NULL, thread_main, it) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    it->has_thread = true;
    return LG_OK;
}

void node_signals_stop(struct node *node) {
    struct node_signals *it = node->signals;
    if (it == NULL) {
        return;
    }
    if (it->has_thread) {
        ASSERT(pthread_mutex_lock(&it->mutex) == 0);
        it->stops = true;
        ASSERT(pthread_cond_signal(&it->wake) == 0);
        ASSERT(pthread_mutex_unlock(&it->mutex) == 0);
        ASSERT(pthread_join(it->thread, NULL) == 0);
        lg_err_ignore(service_signals_write(it->signals), "the next start counts it again");
    }
    service_signals_free(&it->signals);
    store_reader_free(&it->reader);
    if (it->has_mutex) {
        (void)pthread_mutex_destroy(&it->mutex);
        (void)pthread_cond_destroy(&it->wake);
    }
    free(it);
    node->signals = NULL;
}
