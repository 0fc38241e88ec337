/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's pace: it is woken and ended at once, and rests only for others. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "gateway/base/pace.h"

#include <cmocka.h>

static const int64_t DAY_NS = INT64_C(86400000000000);

static void nothing_is_waited_for_where_there_is_no_rest(void **state) {
    struct pace pace;
    (void)state;
    pace_init(&pace);
    assert_true(pace_rest(&pace, 0));
    assert_true(pace_rest(&pace, 1));
    assert_false(pace_is_stopping(&pace));
    pace_stop(&pace);
    assert_true(pace_is_stopping(&pace));
    assert_false(pace_rest(&pace, DAY_NS));
    assert_false(pace_rest(&pace, 0));
    pace_done(&pace);
}

static void *rest_long(void *ctx) {
    struct pace *pace = ctx;
    return pace_rest(pace, DAY_NS) ? pace : NULL;
}

static void who_rests_is_woken(void **state) {
    struct pace pace;
    pthread_t thread;
    void *went_on = &pace;
    (void)state;
    pace_init(&pace);
    assert_int_equal(pthread_create(&thread, NULL, rest_long, &pace), 0);
    pace_stop(&pace);
    assert_int_equal(pthread_join(thread, &went_on), 0);
    assert_null(went_on);
    pace_done(&pace);
}

static void the_rest_follows_from_the_work(void **state) {
    (void)state;
    struct pace_effort then = pace_effort_now();
    then.put_aside -= 1000000; /* as if others had wanted the core all the time */
    then.core_ns -= 1000000;
    assert_int_equal(pace_share_ns(&then, 1), 0);
    int64_t rest_ns = pace_share_ns(&then, 10);
    assert_true(rest_ns >= 9 * 1000000);
    then.put_aside += 2000000; /* as if nobody had */
    assert_int_equal(pace_share_ns(&then, 10), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_waited_for_where_there_is_no_rest),
        cmocka_unit_test(who_rests_is_woken),
        cmocka_unit_test(the_rest_follows_from_the_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
