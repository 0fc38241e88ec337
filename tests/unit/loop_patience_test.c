/* SPDX-License-Identifier: Apache-2.0 */
/* Patient watches: looked at in every turn, or together, once in a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/loop/loop.h"
#include "tests/unit/loop_fixture.h"

#include <cmocka.h>

static void watch_patient(struct actor *actor, int fd) {
    struct loop *loop = actor->world->loop;
    assert_false(lg_failed(loop_watch_start(loop, &actor->watch, fd, LOOP_READ, on_ready, actor)));
    assert_false(lg_failed(loop_watch_make_patient(loop, &actor->watch)));
}

/* Without patience a patient watch is as any other, after those that are not. */
static void test_patient_watches_wait_only_while_there_is_patience(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    struct actor p = {.world = world, .letter = 'p'};
    int fds[2];
    int others[2];
    pair(fds);
    pair(others);
    watch_patient(&p, fds[0]);
    assert_false(
        lg_failed(loop_watch_start(world->loop, &a.watch, others[0], LOOP_READ, on_ready, &a)));
    put(fds[1]);
    put(others[1]);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "ap");
    loop_patience_begin(world->loop);
    loop_patience_begin(world->loop);
    loop_turn(world->loop, 0);
    world->time.ms += LIMIT_LOOP_PATIENCE_MS - 1;
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "apaa");
    world->time.ms += 1;
    loop_turn(world->loop, 0);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "apaaapa");
    loop_patience_end(world->loop);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "apaaapaa");
    loop_patience_end(world->loop);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "apaaapaaap");
    /* Silence, then nothing at all, is heard of as ever. */
    assert_false(lg_failed(loop_watch_change(world->loop, &p.watch, 0)));
    loop_turn(world->loop, 0);
    assert_int_equal(p.calls, 3);
    assert_false(lg_failed(loop_watch_change(world->loop, &p.watch, LOOP_WRITE)));
    loop_turn(world->loop, 0);
    assert_int_equal(p.events, LOOP_WRITE);
    loop_watch_stop(world->loop, &p.watch);
    loop_turn(world->loop, 0);
    assert_int_equal(p.calls, 4);
    loop_watch_stop(world->loop, &a.watch);
    close(fds[0]);
    close(fds[1]);
    close(others[0]);
    close(others[1]);
}

/* A turn does not sleep past the look, nor wakes before it because one of them is ready. */
static void test_a_turn_sleeps_until_the_patient_look(void **state) {
    struct world *world = *state;
    struct loop *loop = NULL;
    struct actor p = {.world = world, .letter = 'p'};
    int fds[2];
    pair(fds);
    assert_false(lg_failed(loop_new(clock_system(), &loop)));
    assert_false(lg_failed(loop_watch_start(loop, &p.watch, fds[0], LOOP_READ, on_ready, &p)));
    assert_false(lg_failed(loop_watch_make_patient(loop, &p.watch)));
    put(fds[1]);
    int64_t begun_ms = loop_now_ms(loop);
    loop_patience_begin(loop);
    for (int i = 0; p.calls == 0; i++) {
        loop_turn(loop, -1);
        assert_true(i < 3);
    }
    assert_true(loop_now_ms(loop) - begun_ms >= LIMIT_LOOP_PATIENCE_MS);
    loop_patience_end(loop);
    loop_watch_stop(loop, &p.watch);
    loop_free(&loop);
    close(fds[0]);
    close(fds[1]);
}

static void on_ready_later(void *ctx, unsigned events) {
    struct actor *actor = ctx;
    (void)events;
    loop_later_start(actor->world->loop, &actor->later, on_due, actor);
}

/* What they put off does not wait for the messages of the turn. */
static void test_what_a_patient_look_puts_off_comes_first(void **state) {
    struct world *world = *state;
    struct actor p = {.world = world, .letter = 'p'};
    struct actor m = {.world = world, .letter = 'm'};
    int fds[2];
    pair(fds);
    assert_false(
        lg_failed(loop_watch_start(world->loop, &p.watch, fds[0], LOOP_READ, on_ready_later, &p)));
    assert_false(lg_failed(loop_watch_make_patient(world->loop, &p.watch)));
    put(fds[1]);
    loop_post(world->loop, &m.message, on_due, &m);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "mp");
    loop_patience_begin(world->loop);
    world->time.ms += LIMIT_LOOP_PATIENCE_MS;
    loop_post(world->loop, &m.message, on_due, &m);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "mppm");
    loop_patience_end(world->loop);
    loop_watch_stop(world->loop, &p.watch);
    close(fds[0]);
    close(fds[1]);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_patient_watches_wait_only_while_there_is_patience),
        CASE(test_a_turn_sleeps_until_the_patient_look),
        CASE(test_what_a_patient_look_puts_off_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
