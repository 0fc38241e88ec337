/* SPDX-License-Identifier: Apache-2.0 */
/* A few threads for what blocks or burns: store writes, key derivation. A job runs once on one of
 * them and comes back as an event of the loop that sent it. */
#ifndef GATEWAY_LOOP_POOL_H
#define GATEWAY_LOOP_POOL_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/loop/loop.h"

struct loop_pool;

/* `threads`: 1 to 16. LIMIT LOOP_MEMORY, INTERNAL LOOP_SYSTEM. */
LG_MUST_USE struct lg_err loop_pool_new(size_t threads, struct loop_pool **out_pool);
/* Finishes every job that was sent, then ends the threads. Loops that wait for jobs must still be
 * there; their on_done messages stay posted. */
void loop_pool_free(struct loop_pool **pool);

/* Embedded in its owner, which keeps it in place until on_done ran. */
struct loop_job {
    void (*work)(void *ctx);    /* on a thread of the pool */
    void (*on_done)(void *ctx); /* on the loop's thread */
    void *ctx;
    struct loop *loop;
    struct loop_message message;
    struct loop_job *next;
};

/* Never fails; jobs are taken in the order in which they were sent. All fields but message and next
 * are the caller's to set. */
void loop_pool_send(struct loop_pool *pool, struct loop_job *job);

#endif
