/* SPDX-License-Identifier: Apache-2.0 */
/* One event loop a worker thread: descriptors, timers, messages from other threads, and work put
 * off to the end of the turn. Raw epoll; nothing here locks on the path of a question. */
#ifndef GATEWAY_LOOP_LOOP_H
#define GATEWAY_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/clock.h"
#include "gateway/base/err.h"

enum loop_code { LOOP_MEMORY = 1, LOOP_SYSTEM, LOOP_FULL };

struct loop;

/* `clock` is copied. The caller frees the loop after every watch and timer is gone. */
LG_MUST_USE struct lg_err loop_new(struct clock clock, struct loop **out_loop);
void loop_free(struct loop **loop);
/* Runs until loop_stop. Only the thread that runs the loop may call what is below, except
 * loop_post and loop_stop. */
void loop_run(struct loop *loop);
/* Runs one turn that waits at most wait_ms for something to happen (0: does not wait): for tests.
 */
void loop_turn(struct loop *loop, int wait_ms);
/* From any thread and from signal handlers: loop_run returns after its turn. */
void loop_stop(struct loop *loop);
/* Monotonic milliseconds as of the start of this turn. */
int64_t loop_now_ms(const struct loop *loop);
/* Wall-clock milliseconds since 1970, looked at once a turn at most. */
int64_t loop_wall_ms(struct loop *loop);
const struct clock *loop_clock(const struct loop *loop);
/* Which turn this is, from 1: for what is counted within one. */
uint64_t loop_turn_number(const struct loop *loop);

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void (*loop_on_ready_fn)(void *ctx, unsigned events);

/* A watched descriptor; embedded in its owner, which keeps it in place until loop_watch_stop.
 * Level-triggered; an error or hang-up is reported as READ and WRITE. It may be stopped, and its
 * owner freed, from any callback of the same loop. */
struct loop_watch {
    int fd;
    unsigned events;
    loop_on_ready_fn on_ready;
    void *ctx;
    bool active;
    bool is_patient;
    uint32_t slot; /* the loop's own */
};

LG_MUST_USE struct lg_err loop_watch_start(struct loop *loop, struct loop_watch *watch, int fd,
                                           unsigned events, loop_on_ready_fn on_ready, void *ctx);
/* Waits for other events from now on. */
LG_MUST_USE struct lg_err loop_watch_change(struct loop *loop, struct loop_watch *watch,
                                            unsigned events);
void loop_watch_stop(struct loop *loop, struct loop_watch *watch);
/* From now on the watch is one of those that may have to wait (loop_patience_begin). LG_CLASS as
 * for a start; it goes on as it was then. */
LG_MUST_USE struct lg_err loop_watch_make_patient(struct loop *loop, struct loop_watch *watch);

/* Until the end of each begin patient watches are looked at once in LIMIT_LOOP_PATIENCE_MS, so that
 * what comes meanwhile is taken together: whoever has more to do than there is time for saves what
 * each look costs. All others are looked at in every turn. What is put off in such a look runs
 * right after it, not at the end of the turn. */
void loop_patience_begin(struct loop *loop);
void loop_patience_end(struct loop *loop);

typedef void (*loop_on_due_fn)(void *ctx);

/* One timer, embedded like a watch; fires once. Starting a running timer moves it. */
struct loop_timer {
    int64_t due_ms;
    loop_on_due_fn on_due;
    void *ctx;
    uint32_t heap_index; /* 0: not running; the loop's own */
};

/* due_ms: monotonic. LIMIT when the table of timers is full. */
LG_MUST_USE struct lg_err loop_timer_start(struct loop *loop, struct loop_timer *timer,
                                           int64_t due_ms, loop_on_due_fn on_due, void *ctx);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Called once at the end of this turn, after all descriptors and timers: a connection flushes
 * here. Embedded; scheduling twice in a turn calls once; may be cancelled. */
struct loop_later {
    loop_on_due_fn on_due;
    void *ctx;
    bool queued;
    struct loop_later *next;
    struct loop_later **link;
};

void loop_later_start(struct loop *loop, struct loop_later *later, loop_on_due_fn on_due,
                      void *ctx);
void loop_later_stop(struct loop *loop, struct loop_later *later);

/* Calls on_due(ctx) once at the very end of this turn, after all that was put off, however often it
 * is asked for: who has to wake another thread does it here, once, with all that the turn brought.
 * Outside a turn: at the end of the next, which then does not wait. on_due asks for none itself. At
 * most LIMIT_LOOP_LAST different ones. */
void loop_last(struct loop *loop, loop_on_due_fn on_due, void *ctx);

/* A message to another thread's loop. The sender owns the struct and may not touch it until on_due
 * ran (which may free it). Messages of one sender arrive in order. Never fails. */
struct loop_message {
    loop_on_due_fn on_due;
    void *ctx;
    struct loop_message *next;
};

void loop_post(struct loop *loop, struct loop_message *message, loop_on_due_fn on_due, void *ctx);

#endif
