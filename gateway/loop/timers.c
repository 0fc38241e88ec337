/* SPDX-License-Identifier: Apache-2.0 */
/* Timers as a binary heap: start, move and stop cost the logarithm of their number. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/loop/loop_int.h"

enum { TIMERS_SIZE_FIRST = 64 };

void loop_timers_done(struct loop_timers *timers) {
    ASSERT(timers->count == 0);
    free(timers->at);
    *timers = (struct loop_timers){0};
}

static void place(struct loop_timers *timers, uint32_t index, struct loop_timer *timer) {
    timers->at[index] = timer;
    timer->heap_index = index;
}

static void sift_up(struct loop_timers *timers, uint32_t index) {
    struct loop_timer *timer = timers->at[index];
    while (index > 1 && timers->at[index / 2]->due_ms > timer->due_ms) {
        place(timers, index, timers->at[index / 2]);
        index /= 2;
    }
    place(timers, index, timer);
}

static uint32_t smaller_child(const struct loop_timers *timers, uint32_t index) {
    uint32_t left = index * 2;
    if (left < timers->count && timers->at[left + 1]->due_ms < timers->at[left]->due_ms) {
        return left + 1;
    }
    return left;
}

static void sift_down(struct loop_timers *timers, uint32_t index) {
    struct loop_timer *timer = timers->at[index];
    while (index * 2 <= timers->count) {
        uint32_t child = smaller_child(timers, index);
        if (timers->at[child]->due_ms >= timer->due_ms) {
            break;
        }
        place(timers, index, timers->at[child]);
        index = child;
    }
    place(timers, index, timer);
}

static struct lg_err make_room(struct loop_timers *timers) {
    if (timers->count < timers->size) {
        return LG_OK;
    }
    if (timers->size >= LIMIT_LOOP_TIMERS) {
        return lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_FULL);
    }
    uint32_t size = timers->size == 0 ? TIMERS_SIZE_FIRST : timers->size * 2;
    struct loop_timer **at = realloc(timers->at, ((size_t)size + 1) * sizeof *at);
    if (at == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_LOOP, LOOP_MEMORY);
    }
    at[0] = NULL;
    timers->at = at;
    timers->size = size;
    return LG_OK;
}

struct lg_err loop_timers_add(struct loop_timers *timers, struct loop_timer *timer) {
    ASSERT(timer->heap_index == 0);
    TRY(make_room(timers));
    timers->count++;
    place(timers, timers->count, timer);
    sift_up(timers, timers->count);
    return LG_OK;
}

void loop_timers_move(struct loop_timers *timers, struct loop_timer *timer) {
    ASSERT(timers->at[timer->heap_index] == timer);
    sift_up(timers, timer->heap_index);
    sift_down(timers, timer->heap_index);
}

void loop_timers_remove(struct loop_timers *timers, struct loop_timer *timer) {
    uint32_t index = timer->heap_index;
    ASSERT(index >= 1 && index <= timers->count);
    ASSERT(timers->at[index] == timer);
    struct loop_timer *last = timers->at[timers->count];
    timers->count--;
    timer->heap_index = 0;
    if (last != timer) {
        place(timers, index, last);
        loop_timers_move(timers, last);
    }
}

struct loop_timer *loop_timers_first(const struct loop_timers *timers) {
    return timers->count == 0 ? NULL : timers->at[1];
}
