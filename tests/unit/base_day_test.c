/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/day.h"

#include <cmocka.h>

static int32_t day(const char *text) {
    int32_t number = -1;
    assert_true(day_read(span_text(text), &number));
    return number;
}

static void days_are_counted_from_1970(void **state) {
    (void)state;
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("1970-12-31"), 364);
    assert_int_equal(day("1972-03-01"), 790);
    assert_int_equal(day("2000-02-29"), 11016);
    assert_int_equal(day("2026-11-30"), 20787);
    assert_int_equal(day("2100-03-01") - day("2100-02-28"), 1);
    assert_int_equal(day("9999-12-31"), 2932896);
    assert_int_equal(day_of_ms(1796040000000), day("2026-11-30"));
    assert_int_equal(day_of_ms(86399999), 0);
    assert_int_equal(day_of_ms(86400000), 1);
}

static void what_is_no_date_is_refused(void **state) {
    static const char *const TEXTS[] = {
        "",           "2026-11-3",  "2026-11-300", "2026/11/30", "2026-13-01",
        "2026-00-01", "2026-04-31", "2026-01-00",  "2026-02-29", "2100-02-29",
        "1969-12-31", "20a6-01-01", "+026-01-01",  "2026-1 -01",
    };
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        int32_t number = 0;
        if (day_read(span_text(TEXTS[i]), &number)) {
            fail_msg("\"%s\" is taken", TEXTS[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_from_1970),
        cmocka_unit_test(what_is_no_date_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
