/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "gateway/base/pace.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>

#include "gateway/base/assert.h"

static const int64_t SECOND_NS = 1000000000;
/* Where others wait for the core it is given to them every few milliseconds; now and then it is to
 * something of the machine's own. */
static const int64_t SLICE_NS = 10000000;

void pace_init(struct pace *pace) {
    pthread_condattr_t attributes;
    *pace = (struct pace){.stops = false};
    ASSERT(pthread_mutex_init(&pace->mutex, NULL) == 0);
    ASSERT(pthread_condattr_init(&attributes) == 0);
    ASSERT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    ASSERT(pthread_cond_init(&pace->wake, &attributes) == 0);
    ASSERT(pthread_condattr_destroy(&attributes) == 0);
}

void pace_done(struct pace *pace) {
    ASSERT(pthread_mutex_destroy(&pace->mutex) == 0);
    ASSERT(pthread_cond_destroy(&pace->wake) == 0);
}

void pace_stop(struct pace *pace) {
    ASSERT(pthread_mutex_lock(&pace->mutex) == 0);
    pace->stops = true;
    ASSERT(pthread_cond_broadcast(&pace->wake) == 0);
    ASSERT(pthread_mutex_unlock(&pace->mutex) == 0);
}

bool pace_is_stopping(void *ctx) {
    struct pace *pace = ctx;
    ASSERT(pthread_mutex_lock(&pace->mutex) == 0);
    bool stops = pace->stops;
    ASSERT(pthread_mutex_unlock(&pace->mutex) == 0);
    return stops;
}

bool pace_rest(struct pace *pace, int64_t ns) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ns / SECOND_NS;
    until.tv_nsec += ns % SECOND_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    ASSERT(pthread_mutex_lock(&pace->mutex) == 0);
    while (!pace->stops && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&pace->wake, &pace->mutex, &until);
    }
    bool goes_on = !pace->stops;
    ASSERT(pthread_mutex_unlock(&pace->mutex) == 0);
    return goes_on;
}

struct pace_effort pace_effort_now(void) {
    struct timespec taken;
    struct rusage usage;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
    (void)getrusage(RUSAGE_THREAD, &usage);
    return (struct pace_effort){.core_ns = (int64_t)taken.tv_sec * SECOND_NS + taken.tv_nsec,
                                .put_aside = usage.ru_nivcsw};
}

int64_t pace_share_ns(const struct pace_effort *then, int64_t share) {
    const struct pace_effort now = pace_effort_now();
    int64_t took_ns = now.core_ns - then->core_ns;
    ASSERT(share >= 1);
    if ((now.put_aside - then->put_aside) * SLICE_NS < took_ns) {
        return 0;
    }
    return took_ns * (share - 1);
}
