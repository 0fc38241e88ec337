/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that works beside those who answer: how it is ended, woken, and how long it rests. It
 * shares cores with them, and takes the whole of one only while nobody else wants it. Not by a low
 * priority: it takes locks that they take, and must not be put aside while it has one. */
#ifndef GATEWAY_BASE_PACE_H
#define GATEWAY_BASE_PACE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pace {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stops;
};

/* What the calling thread had of a core since it began, and how often it was put aside for others.
 */
struct pace_effort {
    int64_t core_ns;
    int64_t put_aside;
};

void pace_init(struct pace *pace);
/* Nobody rests any more. */
void pace_done(struct pace *pace);
/* Whoever rests goes on at once, and is told that it is over. Any thread. */
void pace_stop(struct pace *pace);
/* ctx: the pace; as others take it who ask now and then whether to go on. */
bool pace_is_stopping(void *ctx);
/* Waits so long, 0 or more; false where the thread is to end. */
bool pace_rest(struct pace *pace, int64_t ns);

struct pace_effort pace_effort_now(void);
/* How long to rest after what was done since then, for one part in `share` (1 or more) of a core:
 * 0 where the thread was hardly put aside meanwhile, for then nobody waits for the core. */
int64_t pace_share_ns(const struct pace_effort *then, int64_t share);

#endif
