/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of the node's own that does a piece of work, rests, and does the next, until it is
 * stopped: for what blocks on log and disk and nobody waits for. */
#ifndef GATEWAY_NODE_TURNS_H
#define GATEWAY_NODE_TURNS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/err.h"

/* One piece, on the thread; how long to rest after it, in nanoseconds. */
typedef int64_t (*node_turn_fn)(void *ctx);

/* Zeroed before it is started; stays where it is. */
struct node_turns {
    node_turn_fn turn;
    void *ctx;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex;
    bool has_mutex;
    pthread_cond_t wake;
    bool stops; /* under mutex */
};

/* LIMIT; what was begun is freed by stop. */
LG_MUST_USE struct lg_err node_turns_start(struct node_turns *turns, node_turn_fn turn, void *ctx);
/* Whether the piece under way should come to its end. */
bool node_turns_is_stopping(struct node_turns *turns);
/* Waits for the piece under way. Once; also where it was not started. */
void node_turns_stop(struct node_turns *turns);

#endif
