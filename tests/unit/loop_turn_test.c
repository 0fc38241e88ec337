/* SPDX-License-Identifier: Apache-2.0 */
/* Turns of the loop under a clock of our own: watches, timers, what is put off, messages. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/loop/loop.h"
#include "tests/support/support.h"
#include "tests/unit/loop_fixture.h"

#include <cmocka.h>

static void test_watch_is_level_triggered(void **state) {
    struct world *world = *state;
    int fds[2];
    pair(fds);
    struct actor a = {.world = world, .letter = 'a'};
    assert_false(
        lg_failed(loop_watch_start(world->loop, &a.watch, fds[0], LOOP_READ, on_ready, &a)));
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "");
    put(fds[1]);
    loop_turn(world->loop, 0);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "aa");
    assert_int_equal(a.events, LOOP_READ);
    assert_false(lg_failed(loop_watch_change(world->loop, &a.watch, LOOP_READ | LOOP_WRITE)));
    loop_turn(world->loop, 0);
    assert_int_equal(a.events, LOOP_READ | LOOP_WRITE);
    loop_watch_stop(world->loop, &a.watch);
    assert_false(a.watch.active);
    loop_watch_stop(world->loop, &a.watch);
    loop_turn(world->loop, 0);
    assert_int_equal(a.calls, 3);
    close(fds[0]);
    close(fds[1]);
}

static void test_hang_up_reports_both_unless_nothing_is_wanted(void **state) {
    struct world *world = *state;
    int fds[2];
    pair(fds);
    struct actor a = {.world = world, .letter = 'a'};
    assert_false(
        lg_failed(loop_watch_start(world->loop, &a.watch, fds[0], LOOP_READ, on_ready, &a)));
    close(fds[1]);
    loop_turn(world->loop, 0);
    assert_int_equal(a.events, LOOP_READ | LOOP_WRITE);
    assert_false(lg_failed(loop_watch_change(world->loop, &a.watch, 0)));
    loop_turn(world->loop, 0);
    assert_int_equal(a.calls, 1);
    assert_false(lg_failed(loop_watch_change(world->loop, &a.watch, LOOP_WRITE)));
    loop_turn(world->loop, 0);
    assert_int_equal(a.calls, 2);
    loop_watch_stop(world->loop, &a.watch);
    close(fds[0]);
}

static void test_watch_of_a_bad_descriptor_fails_and_takes_no_slot(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    struct lg_err err = loop_watch_start(world->loop, &a.watch, -1, LOOP_READ, on_ready, &a);
    assert_int_equal(lg_err_code(err), LOOP_SYSTEM);
    assert_false(a.watch.active);
}

static void on_ready_kill(void *ctx, unsigned events) {
    struct actor *actor = ctx;
    on_ready(actor, events);
    struct actor *victim = actor->victim;
    if (victim == NULL) {
        return;
    }
    actor->victim = NULL;
    loop_watch_stop(actor->world->loop, &victim->watch);
    int fd = victim->watch.fd;
    memset(victim, 0xee, sizeof *victim);
    free(victim);
    /* A newcomer takes the slot in the same turn: the victim's report is not its own. */
    assert_false(lg_failed(
        loop_watch_start(actor->world->loop, &actor->watch, fd, LOOP_READ, on_ready, actor)));
}

/* Both are ready; whichever is called first frees the other, whose report is on its way. */
static void test_freed_watch_is_not_called_in_the_same_turn(void **state) {
    struct world *world = *state;
    int one[2];
    int two[2];
    pair(one);
    pair(two);
    struct actor *a = calloc(1, sizeof *a);
    struct actor *b = calloc(1, sizeof *b);
    struct actor killer = {.world = world, .letter = 'k'};
    *a = (struct actor){.world = world, .letter = 'a'};
    *b = (struct actor){.world = world, .letter = 'b'};
    killer.victim = a;
    assert_false(lg_failed(
        loop_watch_start(world->loop, &b->watch, one[0], LOOP_READ, on_ready_kill, &killer)));
    assert_false(
        lg_failed(loop_watch_start(world->loop, &a->watch, two[0], LOOP_READ, on_ready, a)));
    put(one[1]);
    put(two[1]);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "k");
    loop_turn(world->loop, 0);
    assert_int_equal(strlen(world->trace), 3);
    assert_null(strchr(world->trace, 'a'));
    loop_watch_stop(world->loop, &killer.watch);
    loop_watch_stop(world->loop, &b->watch);
    free(b);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(two[i]);
    }
}

static void start_timer(struct actor *actor, int64_t due_ms) {
    assert_false(
        lg_failed(loop_timer_start(actor->world->loop, &actor->timer, due_ms, on_due, actor)));
}

static void test_wall_clock_is_that_of_the_turn(void **state) {
    struct world *world = *state;
    assert_int_equal(loop_wall_ms(world->loop), 1000);
    world->time.ms = 2000;
    assert_int_equal(loop_wall_ms(world->loop), 1000);
    loop_turn(world->loop, 0);
    assert_int_equal(loop_wall_ms(world->loop), 2000);
    world->time.ms = 500; /* set back */
    loop_turn(world->loop, 0);
    assert_int_equal(loop_wall_ms(world->loop), 500);
}

static void test_timers_fire_in_order_and_once(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    struct actor b = {.world = world, .letter = 'b'};
    struct actor c = {.world = world, .letter = 'c'};
    start_timer(&a, 1030);
    start_timer(&b, 1010);
    start_timer(&c, 1020);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "");
    world->time.ms = 1009;
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "");
    world->time.ms = 1010;
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "b");
    assert_int_equal(loop_now_ms(world->loop), 1010);
    world->time.ms = 5000;
    loop_turn(world->loop, 0);
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "bca");
    assert_int_equal(a.timer.heap_index, 0);
    loop_timer_stop(world->loop, &a.timer);
}

static void test_timers_move_and_stop(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    struct actor b = {.world = world, .letter = 'b'};
    start_timer(&a, 1010);
    start_timer(&b, 1020);
    start_timer(&a, 1030);
    world->time.ms = 1020;
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "b");
    start_timer(&b, 1025);
    start_timer(&a, 1021);
    loop_timer_stop(world->loop, &b.timer);
    world->time.ms = 9000;
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "ba");
}

static void on_due_again(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    assert_false(
        lg_failed(loop_timer_start(actor->world->loop, &actor->timer, 0, on_due_again, actor)));
}

static void on_due_stop_victim(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    loop_timer_stop(actor->world->loop, &actor->victim->timer);
}

static void test_timer_that_restarts_itself_does_not_hold_the_turn(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    assert_false(lg_failed(loop_timer_start(world->loop, &a.timer, 0, on_due_again, &a)));
    loop_turn(world->loop, -1);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "aa");
    loop_timer_stop(world->loop, &a.timer);
}

static void test_timer_may_stop_one_that_is_due_too(void **state) {
    struct world *world = *state;
    struct actor b = {.world = world, .letter = 'b'};
    struct actor a = {.world = world, .letter = 'a', .victim = &b};
    start_timer(&b, 1002);
    assert_false(lg_failed(loop_timer_start(world->loop, &a.timer, 1001, on_due_stop_victim, &a)));
    world->time.ms = 2000;
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "a");
}

/* A thousand timers against a plain sort: pseudo-random dues, a third of them stopped. */
static void test_heap_agrees_with_a_sort(void **state) {
    struct world *world = *state;
    enum { MANY = 1000 };
    struct actor *actors = calloc(MANY, sizeof *actors);
    assert_non_null(actors);
    uint32_t seed = 1;
    int expected = 0;
    for (int i = 0; i < MANY; i++) {
        seed = seed * 1664525U + 1013904223U;
        actors[i] = (struct actor){.world = world, .letter = '.'};
        start_timer(&actors[i], 2000 + (int64_t)(seed >> 22));
    }
    for (int i = 0; i < MANY; i += 3) {
        loop_timer_stop(world->loop, &actors[i].timer);
    }
    for (int64_t now = 2000; now < 2000 + 1024; now++) {
        world->time.ms = now;
        loop_turn(world->loop, 0);
        world->trace[0] = '\0';
        memset(world->trace, 0, sizeof world->trace);
        for (int i = 0; i < MANY; i++) {
            bool due = i % 3 != 0 && actors[i].timer.due_ms <= now;
            assert_int_equal(actors[i].calls, due ? 1 : 0);
        }
    }
    for (int i = 0; i < MANY; i++) {
        expected += actors[i].calls;
    }
    assert_int_equal(expected, MANY - (MANY + 2) / 3);
    free(actors);
}

static void test_table_of_timers_has_a_ceiling(void **state) {
    struct world *world = *state;
    struct loop_timer *timers = calloc(LIMIT_LOOP_TIMERS + 1, sizeof *timers);
    assert_non_null(timers);
    for (int i = 0; i < LIMIT_LOOP_TIMERS; i++) {
        assert_false(lg_failed(loop_timer_start(world->loop, &timers[i], 9000 - i, on_due, world)));
    }
    struct lg_err err =
        loop_timer_start(world->loop, &timers[LIMIT_LOOP_TIMERS], 9000, on_due, world);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_int_equal(lg_err_code(err), LOOP_FULL);
    assert_int_equal(timers[LIMIT_LOOP_TIMERS].heap_index, 0);
    for (int i = 0; i < LIMIT_LOOP_TIMERS; i++) {
        loop_timer_stop(world->loop, &timers[i]);
    }
    free(timers);
}

static void on_due_put_off(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    struct actor *other = actor->victim;
    loop_later_start(actor->world->loop, &other->later, on_due, other);
    loop_later_start(actor->world->loop, &other->later, on_due, other);
}

static void test_later_runs_last_and_once(void **state) {
    struct world *world = *state;
    struct actor b = {.world = world, .letter = 'b'};
    struct actor a = {.world = world, .letter = 'a', .victim = &b};
    struct actor c = {.world = world, .letter = 'c'};
    assert_false(lg_failed(loop_timer_start(world->loop, &a.timer, 0, on_due_put_off, &a)));
    start_timer(&c, 1);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "acb");
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "acb");
}

static void on_due_cancel(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    loop_later_stop(actor->world->loop, &actor->victim->later);
}

static void test_later_can_be_cancelled_anywhere(void **state) {
    struct world *world = *state;
    struct actor actors[5];
    for (int i = 0; i < 5; i++) {
        actors[i] = (struct actor){.world = world, .letter = (char)('a' + i)};
        loop_later_start(world->loop, &actors[i].later, on_due, &actors[i]);
    }
    loop_later_stop(world->loop, &actors[4].later);
    loop_later_stop(world->loop, &actors[0].later);
    loop_later_stop(world->loop, &actors[2].later);
    loop_later_stop(world->loop, &actors[2].later);
    loop_later_start(world->loop, &actors[0].later, on_due, &actors[0]);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "bda");
    /* From inside: the first cancels the last of the list that is running. */
    actors[0].victim = &actors[2];
    loop_later_start(world->loop, &actors[0].later, on_due_cancel, &actors[0]);
    loop_later_start(world->loop, &actors[1].later, on_due, &actors[1]);
    loop_later_start(world->loop, &actors[2].later, on_due, &actors[2]);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "bdaab");
}

static void test_later_started_by_later_waits_for_the_next_turn(void **state) {
    struct world *world = *state;
    struct actor b = {.world = world, .letter = 'b'};
    struct actor a = {.world = world, .letter = 'a', .victim = &b};
    loop_later_start(world->loop, &a.later, on_due_put_off, &a);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "a");
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "ab");
}

static void on_due_last(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    loop_last(actor->world->loop, on_due, actor->victim);
    loop_last(actor->world->loop, on_due, actor->victim);
}

/* After what was put off, once, whoever asks; and a loop that nothing wakes does not wait. */
static void test_last_comes_last_and_once(void **state) {
    struct world *world = *state;
    struct actor z = {.world = world, .letter = 'z'};
    struct actor y = {.world = world, .letter = 'y'};
    struct actor a = {.world = world, .letter = 'a', .victim = &z};
    struct actor b = {.world = world, .letter = 'b', .victim = &y};
    struct actor c = {.world = world, .letter = 'c', .victim = &z};
    loop_last(world->loop, on_due, &z);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "z");
    loop_later_start(world->loop, &a.later, on_due_last, &a);
    loop_later_start(world->loop, &b.later, on_due_last, &b);
    loop_later_start(world->loop, &c.later, on_due_last, &c);
    loop_turn(world->loop, -1);
    assert_string_equal(world->trace, "zabczy");
    loop_turn(world->loop, 0);
    assert_string_equal(world->trace, "zabczy");
}

static void on_due_stop_loop(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    loop_stop(actor->world->loop);
}

static void test_stop_ends_the_run_and_can_come_first(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    assert_false(lg_failed(loop_timer_start(world->loop, &a.timer, 0, on_due_stop_loop, &a)));
    loop_run(world->loop);
    assert_string_equal(world->trace, "a");
    loop_stop(world->loop);
    loop_run(world->loop);
    assert_string_equal(world->trace, "a");
}

static void on_message_post(void *ctx) {
    struct actor *actor = ctx;
    leave(actor);
    if (actor->calls < 3) {
        loop_post(actor->world->loop, &actor->message, on_message_post, actor);
    }
}

static void test_message_may_be_sent_again_from_its_own_callback(void **state) {
    struct world *world = *state;
    struct actor a = {.world = world, .letter = 'a'};
    loop_post(world->loop, &a.message, on_message_post, &a);
    for (int i = 0; i < 4; i++) {
        loop_turn(world->loop, 0);
    }
    assert_string_equal(world->trace, "aaa");
}

enum { SENDERS = 4, SENT_EACH = 5000 };

struct parcel {
    struct loop_message message;
    struct sender *sender;
    int number;
};

struct sender {
    struct loop *loop;
    int *total;
    int next; /* the number that has to arrive next */
};

static void on_parcel(void *ctx) {
    struct parcel *parcel = ctx;
    assert_int_equal(parcel->number, parcel->sender->next);
    parcel->sender->next++;
    (*parcel->sender->total)++;
    if (*parcel->sender->total == SENDERS * SENT_EACH) {
        loop_stop(parcel->sender->loop);
    }
    free(parcel);
}

static void *send_all(void *ctx) {
    struct sender *sender = ctx;
    for (int i = 0; i < SENT_EACH; i++) {
        struct parcel *parcel = malloc(sizeof *parcel);
        if (parcel == NULL) {
            abort();
        }
        *parcel = (struct parcel){.sender = sender, .number = i};
        loop_post(sender->loop, &parcel->message, on_parcel, parcel);
    }
    return NULL;
}

static void test_messages_of_many_threads_arrive_in_order(void **state) {
    struct world *world = *state;
    int total = 0;
    pthread_t threads[SENDERS];
    struct sender senders[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.loop = world->loop, .total = &total};
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    loop_run(world->loop);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(senders[i].next, SENT_EACH);
    }
}

static void test_each_allocation_failing(void **state) {
    struct world *world = *state;
    struct clock clock = {.wall_ms = fake_ms, .mono_ms = fake_ms, .ctx = &world->time};
    struct loop *loop = NULL;
    support_alloc_fail_at(1);
    struct lg_err err = loop_new(clock, &loop);
    if (support_alloc_seen() == 0) {
        support_alloc_fail_at(0);
        loop_free(&loop);
        skip(); /* the sanitizer owns the allocator */
    }
    support_alloc_fail_at(0);
    assert_int_equal(lg_err_code(err), LOOP_MEMORY);
    assert_null(loop);
    int fds[2];
    pair(fds);
    struct actor a = {.world = world, .letter = 'a'};
    support_alloc_fail_at(1);
    err = loop_watch_start(world->loop, &a.watch, fds[0], LOOP_READ, on_ready, &a);
    assert_int_equal(lg_err_code(err), LOOP_MEMORY);
    assert_false(a.watch.active);
    support_alloc_fail_at(1);
    err = loop_timer_start(world->loop, &a.timer, 1, on_due, &a);
    support_alloc_fail_at(0);
    assert_int_equal(lg_err_code(err), LOOP_MEMORY);
    assert_int_equal(a.timer.heap_index, 0);
    loop_turn(world->loop, 0);
    assert_int_equal(a.calls, 0);
    close(fds[0]);
    close(fds[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_watch_is_level_triggered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hang_up_reports_both_unless_nothing_is_wanted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_watch_of_a_bad_descriptor_fails_and_takes_no_slot,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_watch_is_not_called_in_the_same_turn, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_wall_clock_is_that_of_the_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_fire_in_order_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_move_and_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timer_that_restarts_itself_does_not_hold_the_turn,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_timer_may_stop_one_that_is_due_too, setup, teardown),
        cmocka_unit_test_setup_teardown(test_heap_agrees_with_a_sort, setup, teardown),
        cmocka_unit_test_setup_teardown(test_table_of_timers_has_a_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(test_later_runs_last_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_later_can_be_cancelled_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_later_started_by_later_waits_for_the_next_turn, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_last_comes_last_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_ends_the_run_and_can_come_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_message_may_be_sent_again_from_its_own_callback, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_messages_of_many_threads_arrive_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_each_allocation_failing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
