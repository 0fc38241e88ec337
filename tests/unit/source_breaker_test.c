/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "gateway/base/limits.h"
#include "gateway/source/breaker.h"

#include <cmocka.h>

static struct source_breaker opened(int64_t now_ms) {
    struct source_breaker breaker = {0};
    uint32_t round = 0;
    for (int i = 1; i < LIMIT_SOURCE_FAILURES; i++) {
        assert_true(source_breaker_enter(&breaker, now_ms, &round));
        assert_false(source_breaker_failed(&breaker, round, now_ms));
    }
    assert_true(source_breaker_failed(&breaker, round, now_ms));
    return breaker;
}

static void opens_after_failures_in_a_row(void **state) {
    (void)state;
    struct source_breaker breaker = opened(100);
    uint32_t round = 0;
    assert_false(source_breaker_enter(&breaker, 100, &round));
    assert_false(source_breaker_enter(&breaker, 100 + LIMIT_SOURCE_REST_MS - 1, &round));
    assert_true(source_breaker_would_pass(&breaker, 100 + LIMIT_SOURCE_REST_MS));
}

static void success_in_between_starts_the_count_again(void **state) {
    (void)state;
    struct source_breaker breaker = {0};
    for (int i = 0; i < 3 * LIMIT_SOURCE_FAILURES; i++) {
        if (i % (LIMIT_SOURCE_FAILURES - 1) == 0) {
            source_breaker_succeeded(&breaker, 0);
        }
        assert_false(source_breaker_failed(&breaker, 0, i));
    }
}

static void one_probe_at_a_time(void **state) {
    (void)state;
    struct source_breaker breaker = opened(0);
    int64_t now_ms = LIMIT_SOURCE_REST_MS;
    uint32_t round = 0;
    assert_true(source_breaker_enter(&breaker, now_ms, &round));
    assert_false(source_breaker_enter(&breaker, now_ms, &round));
    source_breaker_undecided(&breaker, round); /* cancelled: the next one may try */
    assert_true(source_breaker_enter(&breaker, now_ms, &round));
    source_breaker_succeeded(&breaker, round);
    assert_true(source_breaker_enter(&breaker, now_ms, &round));
    assert_true(source_breaker_enter(&breaker, now_ms, &round));
}

/* An ask from before the opening ends while the probe is under way: it is not the probe. */
static void older_asks_say_nothing_of_the_probe(void **state) {
    (void)state;
    struct source_breaker breaker = {0};
    uint32_t older = 0;
    uint32_t probe = 0;
    assert_true(source_breaker_enter(&breaker, 0, &older));
    for (int i = 0; i < LIMIT_SOURCE_FAILURES; i++) {
        (void)source_breaker_failed(&breaker, older, 0);
    }
    assert_true(breaker.is_open);
    int64_t now_ms = LIMIT_SOURCE_REST_MS;
    assert_true(source_breaker_enter(&breaker, now_ms, &probe));
    assert_false(source_breaker_failed(&breaker, older, now_ms));
    assert_int_equal(breaker.rest_ms, LIMIT_SOURCE_REST_MS);
    source_breaker_undecided(&breaker, older);
    assert_true(breaker.is_probing);
    source_breaker_succeeded(&breaker, older);
    assert_true(breaker.is_open);
    source_breaker_succeeded(&breaker, probe);
    assert_false(breaker.is_open);
    /* Nor do they count against the agency once it is back. */
    for (int i = 0; i < 2 * LIMIT_SOURCE_FAILURES; i++) {
        assert_false(source_breaker_failed(&breaker, i % 2 == 0 ? older : probe, now_ms));
    }
    assert_false(breaker.is_open);
}

static void rests_grow_to_their_ceiling(void **state) {
    (void)state;
    struct source_breaker breaker = opened(0);
    int64_t now_ms = 0;
    int64_t rest_ms = LIMIT_SOURCE_REST_MS;
    uint32_t round = 0;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(breaker.rest_ms, rest_ms);
        now_ms = breaker.rest_until_ms;
        assert_true(source_breaker_enter(&breaker, now_ms, &round));
        assert_false(source_breaker_failed(&breaker, round, now_ms));
        rest_ms = 2 * rest_ms < LIMIT_SOURCE_REST_MAX_MS ? 2 * rest_ms : LIMIT_SOURCE_REST_MAX_MS;
    }
    assert_int_equal(breaker.rest_ms, LIMIT_SOURCE_REST_MAX_MS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_failures_in_a_row),
        cmocka_unit_test(success_in_between_starts_the_count_again),
        cmocka_unit_test(one_probe_at_a_time),
        cmocka_unit_test(older_asks_say_nothing_of_the_probe),
        cmocka_unit_test(rests_grow_to_their_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
