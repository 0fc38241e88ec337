/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force: stages by their moments, sets that outlive being replaced, and many threads
 * that read while one writes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/agreement/set.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { READERS = 3, CHANGES = 500 };

static struct agreement_set *set_of(int64_t first, int64_t second, bool suspended) {
    const struct span parties[] = {span_text("a"), span_text("b")};
    const struct agreement_stage_entry one = {.force = {.is_suspended = suspended}};
    const struct agreement_stage_entry two[] = {
        {.force = {.suspended = {parties, 2}, .is_suspended = suspended}},
        {.force = {.withdrawn = {parties, 1}, .is_suspended = suspended}},
    };
    const struct agreement_stage stages[] = {
        {.from_s = INT64_MIN},
        {.from_s = first, .entries = &one, .count = 1},
        {.from_s = second, .entries = two, .count = 2},
    };
    struct agreement_set *set = NULL;
    struct lg_err err = agreement_set_new(stages, 3, &set);
    return lg_failed(err) ? NULL : set;
}

static void stages_begin_at_their_moment(void **state) {
    (void)state;
    struct agreement_set *set = set_of(100, 200, false);
    assert_non_null(set);
    static const struct {
        int64_t at;
        size_t count;
        int64_t next;
    } moments[] = {{INT64_MIN, 0, 100}, {99, 0, 100},        {100, 1, 200},
                   {199, 1, 200},       {200, 2, INT64_MAX}, {INT64_MAX, 2, INT64_MAX}};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        assert_int_equal(agreement_set_at(set, moments[i].at).count, moments[i].count);
        assert_true(agreement_set_next(set, moments[i].at) == moments[i].next);
    }
    struct agreement_forces forces = agreement_set_at(set, 200);
    assert_int_equal(forces.force[0].suspended.count, 2);
    assert_true(span_equal_text(forces.force[0].suspended.items[1], "b"));
    assert_int_equal(forces.force[1].withdrawn.count, 1);
    agreement_set_free(&set);
    assert_null(set);
    agreement_set_free(&set);
}

static void a_view_sees_the_newest_and_a_holder_keeps_its_own(void **state) {
    (void)state;
    struct agreement_live *live = NULL;
    assert_false(lg_failed(agreement_live_new(&live)));
    struct agreement_view view = agreement_view_of(live);
    assert_int_equal(agreement_set_at(agreement_view_set(&view), 0).count, 0);
    agreement_live_put(live, set_of(-10, 10, false));
    struct agreement_set *held = agreement_set_hold(agreement_view_set(&view));
    assert_int_equal(agreement_set_at(held, 0).count, 1);
    assert_ptr_equal(agreement_view_set(&view), held);
    agreement_live_put(live, set_of(-20, -10, true));
    assert_int_equal(agreement_set_at(agreement_view_set(&view), 0).count, 2);
    assert_false(agreement_set_at(held, 0).force[0].is_suspended);
    agreement_view_done(&view);
    agreement_live_free(&live);
    assert_int_equal(agreement_set_at(held, 0).count, 1);
    agreement_set_free(&held);
}

static void with_each_allocation_failing(void **state) {
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct agreement_live *live = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = agreement_live_new(&live);
        struct agreement_set *set = set_of(1, 2, false);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        bool is_whole = !lg_failed(err) && set != NULL;
        agreement_live_free(&live);
        agreement_set_free(&set);
        if (seen < n) {
            assert_true(is_whole);
            break;
        }
        assert_false(is_whole);
        assert_true(n < 1000);
    }
}

/* ---- Threads ---- */

struct race {
    struct agreement_live *live;
    atomic_bool done;
};

static void *read_on(void *ctx) {
    struct race *race = ctx;
    struct agreement_view view = agreement_view_of(race->live);
    size_t torn = 0;
    while (!atomic_load(&race->done)) {
        struct agreement_set *set = agreement_set_hold(agreement_view_set(&view));
        struct agreement_forces forces = agreement_set_at(set, 300);
        for (size_t i = 1; i < forces.count; i++) {
            torn += forces.force[i].is_suspended != forces.force[0].is_suspended;
        }
        agreement_set_free(&set);
    }
    agreement_view_done(&view);
    return (void *)torn;
}

static void readers_never_see_half_a_set(void **state) {
    (void)state;
    struct race race = {.live = NULL};
    pthread_t threads[READERS];
    assert_false(lg_failed(agreement_live_new(&race.live)));
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &race), 0);
    }
    for (size_t i = 0; i < CHANGES; i++) {
        struct agreement_set *set = set_of(100, 200, i % 2 == 0);
        assert_non_null(set);
        agreement_live_put(race.live, set);
    }
    atomic_store(&race.done, true);
    for (size_t i = 0; i < READERS; i++) {
        void *torn = NULL;
        assert_int_equal(pthread_join(threads[i], &torn), 0);
        assert_null(torn);
    }
    agreement_live_free(&race.live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_begin_at_their_moment),
        cmocka_unit_test(a_view_sees_the_newest_and_a_holder_keeps_its_own),
        cmocka_unit_test(with_each_allocation_failing),
        cmocka_unit_test(readers_never_see_half_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
