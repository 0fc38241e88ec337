/* SPDX-License-Identifier: Apache-2.0 */
/* A loop under a clock of its own, and callbacks that leave letters behind. */
#ifndef TESTS_UNIT_LOOP_FIXTURE_H
#define TESTS_UNIT_LOOP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/loop/loop.h"

#include <cmocka.h>

struct fake_time {
    int64_t ms;
};

static inline int64_t fake_ms(void *ctx) {
    return ((struct fake_time *)ctx)->ms;
}

struct world {
    struct fake_time time;
    struct loop *loop;
    char trace[256]; /* letters that callbacks leave behind, in order */
};

/* A callback's target: leaves its letter, and does one more thing where asked to. */
struct actor {
    struct world *world;
    char letter;
    unsigned events;
    int calls;
    struct loop_watch watch;
    struct loop_timer timer;
    struct loop_later later;
    struct loop_message message;
    struct actor *victim;
};

static inline int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->time.ms = 1000;
    struct clock clock = {.wall_ms = fake_ms, .mono_ms = fake_ms, .ctx = &world->time};
    assert_false(lg_failed(loop_new(clock, &world->loop)));
    *state = world;
    return 0;
}

static inline int teardown(void **state) {
    struct world *world = *state;
    loop_free(&world->loop);
    assert_null(world->loop);
    loop_free(&world->loop);
    free(world);
    return 0;
}

static inline void leave(struct actor *actor) {
    size_t used = strlen(actor->world->trace);
    assert_true(used + 1 < sizeof actor->world->trace);
    actor->world->trace[used] = actor->letter;
    actor->calls++;
}

static inline void on_due(void *ctx) {
    leave(ctx);
}

static inline void on_ready(void *ctx, unsigned events) {
    struct actor *actor = ctx;
    actor->events = events;
    leave(actor);
}

static inline void pair(int fds[2]) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static inline void put(int fd) {
    assert_int_equal(write(fd, "x", 1), 1);
}

#endif
