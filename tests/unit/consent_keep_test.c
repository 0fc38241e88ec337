/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that outlive the program: exact after an orderly end, never fuller of allowance after a
 * crash, and nothing rests on a use that the store may not know of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/consent.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { COUNT = 16, AHEAD = COUNT / 8, HOUR_S = 3600, START_MS = 5000000 };

struct world {
    struct store_support s;
    struct consent_counters *counters;
    int64_t wall_ms;
    int64_t mono_ms;
};

static int64_t read_wall(void *ctx) {
    return ((const struct world *)ctx)->wall_ms;
}

static int64_t read_mono(void *ctx) {
    return ((const struct world *)ctx)->mono_ms;
}

static void counters_open(struct world *w) {
    const struct clock clock = {.wall_ms = read_wall, .mono_ms = read_mono, .ctx = w};
    assert_false(lg_failed(consent_counters_new(w->s.store, &w->counters)));
    assert_false(lg_failed(consent_counters_keep(w->counters, &clock)));
}

static int set_up(void **state) {
    static struct world world;
    world = (struct world){.wall_ms = 1790000000000, .mono_ms = START_MS};
    store_support_init(&world.s);
    counters_open(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    consent_counters_free(&w->counters);
    store_support_done(&w->s);
    return 0;
}

/* The machine's clock that counts from its start begins anew. */
static void restart(struct world *w, bool is_orderly) {
    if (is_orderly) {
        assert_false(lg_failed(consent_counters_settle(w->counters, w->mono_ms)));
    }
    consent_counters_free(&w->counters);
    store_support_reopen(&w->s);
    w->mono_ms = 1000;
    counters_open(w);
}

static struct consent_used use(struct world *w, uint8_t key, bool flushes) {
    const struct consent_use it = {
        .key = {{key}}, .rate = {.count = COUNT, .window_s = HOUR_S}, .mono_ms = w->mono_ms};
    struct consent_used used;
    assert_false(lg_failed(consent_counters_use(w->counters, &it, &used)));
    if (flushes && used.owed != 0) {
        assert_false(consent_counters_are_durable(w->counters, used.owed));
        assert_false(lg_failed(consent_counters_flush(w->counters)));
        assert_true(consent_counters_are_durable(w->counters, used.owed));
    }
    return used;
}

static unsigned left(struct world *w, uint8_t key) {
    unsigned count = 0;
    while (use(w, key, true).is_taken) {
        count++;
    }
    return count;
}

static void an_orderly_end_leaves_them_exactly(void **state) {
    struct world *w = *state;
    for (int i = 0; i < 5; i++) {
        assert_true(use(w, 1, true).is_taken);
    }
    restart(w, true);
    assert_int_equal(left(w, 1), COUNT - 5);
    assert_int_equal(left(w, 2), COUNT);
}

static void a_crash_gives_nothing_back(void **state) {
    struct world *w = *state;
    for (unsigned used = 0; used <= COUNT; used++) {
        uint8_t key = (uint8_t)(10 + used);
        for (unsigned i = 0; i < used; i++) {
            (void)use(w, key, true);
        }
        restart(w, false);
        unsigned found = left(w, key);
        assert_true(found <= COUNT - used);
        assert_true(found + AHEAD >= COUNT - used);
    }
}

/* Most uses wait for nothing. */
static void a_reserve_lasts_for_some_uses(void **state) {
    struct world *w = *state;
    unsigned waits = 0;
    for (int i = 0; i < COUNT; i++) {
        waits += use(w, 1, true).owed != 0 ? 1 : 0;
    }
    assert_int_equal(waits, (COUNT + AHEAD) / (AHEAD + 1));
}

/* A use that fits into what another reserved rests on the same write. */
static void a_reserve_that_is_not_durable_holds_up_every_use(void **state) {
    struct world *w = *state;
    uint64_t owed = use(w, 1, false).owed;
    assert_true(owed != 0);
    for (int i = 0; i < AHEAD; i++) {
        assert_true(use(w, 1, false).owed == owed);
    }
    assert_true(use(w, 2, false).owed > owed);
    assert_true(use(w, 1, true).owed > owed);
    assert_true(use(w, 1, false).owed == 0);
    assert_true(use(w, 2, false).owed == 0);
}

static void time_that_passed_while_it_was_down_counts(void **state) {
    struct world *w = *state;
    assert_int_equal(left(w, 1), COUNT);
    w->wall_ms += HOUR_S * 1000 / 2;
    restart(w, true);
    unsigned found = left(w, 1);
    assert_true(found == COUNT / 2 || found == COUNT / 2 - 1);
    /* A clock that went back makes nothing larger. */
    w->wall_ms -= 24 * (int64_t)HOUR_S * 1000;
    restart(w, true);
    assert_int_equal(left(w, 1), 0);
}

static void an_empty_counter_is_forgotten(void **state) {
    struct world *w = *state;
    (void)use(w, 1, true);
    w->wall_ms += 2 * (int64_t)HOUR_S * 1000;
    restart(w, false);
    assert_int_equal(left(w, 1), COUNT);
}

static void what_is_owed_beyond_its_room_is_not_used(void **state) {
    struct world *w = *state;
    struct consent_used used = {0};
    struct lg_err err = LG_OK;
    unsigned taken = 0;
    for (unsigned i = 0; i < 2 * STORE_COUNTERS_MAX && !lg_failed(err); i++) {
        const struct consent_use it = {
            .key = {{(uint8_t)(i >> 8), (uint8_t)i, 7}},
            .rate = {.count = 1, .window_s = HOUR_S},
            .mono_ms = w->mono_ms,
        };
        err = consent_counters_use(w->counters, &it, &used);
        taken += lg_failed(err) ? 0 : 1;
    }
    assert_true(lg_failed(err));
    assert_int_equal(taken, STORE_COUNTERS_MAX);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_false(lg_failed(consent_counters_flush(w->counters)));
    assert_true(use(w, 200, true).is_taken);
}

static void memory_may_fail_at_the_end(void **state) {
    struct world *w = *state;
    (void)use(w, 1, true);
    support_alloc_fail_at(1);
    struct lg_err err = consent_counters_settle(w->counters, w->mono_ms);
    uint64_t seen = support_alloc_seen();
    support_alloc_fail_at(0);
    assert_int_equal(lg_failed(err), seen > 0);
    restart(w, false);
    assert_true(left(w, 1) <= COUNT - 1);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_orderly_end_leaves_them_exactly),
        CASE(a_crash_gives_nothing_back),
        CASE(a_reserve_lasts_for_some_uses),
        CASE(time_that_passed_while_it_was_down_counts),
        CASE(a_reserve_that_is_not_durable_holds_up_every_use),
        CASE(an_empty_counter_is_forgotten),
        CASE(what_is_owed_beyond_its_room_is_not_used),
        CASE(memory_may_fail_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
