/* SPDX-License-Identifier: Apache-2.0 */
/* The heap of timers, apart from the loop so that each fits one idea. */
#ifndef GATEWAY_LOOP_LOOP_INT_H
#define GATEWAY_LOOP_LOOP_INT_H

#include "gateway/loop/loop.h"

/* A binary heap by due_ms, 1-based: at[1] is due first, at[0] is unused. For every running timer t:
 * at[t->heap_index] == t. */
struct loop_timers {
    struct loop_timer **at;
    uint32_t count;
    uint32_t size; /* entries that `at` has room for, without at[0] */
};

void loop_timers_done(struct loop_timers *timers);
/* Adds a timer that is not running. LIMIT LOOP_FULL or LOOP_MEMORY. */
LG_MUST_USE struct lg_err loop_timers_add(struct loop_timers *timers, struct loop_timer *timer);
/* Puts a running timer where its changed due_ms belongs. */
void loop_timers_move(struct loop_timers *timers, struct loop_timer *timer);
/* Takes a running timer out. */
void loop_timers_remove(struct loop_timers *timers, struct loop_timer *timer);
/* The timer due first, or NULL where none runs. */
struct loop_timer *loop_timers_first(const struct loop_timers *timers);

#endif
