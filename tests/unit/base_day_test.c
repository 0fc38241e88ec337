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

/* Moments in seconds: those of the two changes of some years, and of midnight around them. */
static void the_civil_day_is_an_hour_ahead_in_summer(void **state) {
    static const struct {
        const char *utc; /* the day */
        int64_t second;  /* of it */
        const char *civil;
    } CASES[] = {
        {"2026-01-31", 86399, "2026-01-31"},
        {"2026-03-28", 86399, "2026-03-28"},
        {"2026-03-29", 3599, "2026-03-29"},
        {"2026-03-29", 82799, "2026-03-29"},
        {"2026-03-29", 82800, "2026-03-30"},
        {"2026-06-30", 82799, "2026-06-30"},
        {"2026-06-30", 82800, "2026-07-01"},
        {"2026-10-24", 82800, "2026-10-25"},
        {"2026-10-25", 82800, "2026-10-25"},
        {"2026-12-31", 86399, "2026-12-31"},
        /* The 31st of March or October is a Sunday itself, or the day after one. */
        {"2030-03-30", 82800, "2030-03-30"},
        {"2030-03-31", 82800, "2030-04-01"},
        {"2027-10-30", 82800, "2027-10-31"},
        {"2027-10-31", 82800, "2027-10-31"},
        {"2024-03-30", 82800, "2024-03-30"},
        {"2024-03-31", 82800, "2024-04-01"},
        {"2025-10-25", 82800, "2025-10-26"},
        {"2025-10-26", 82800, "2025-10-26"},
        {"2027-03-27", 82800, "2027-03-27"},
        {"2027-03-28", 82800, "2027-03-29"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t ms = (day(CASES[i].utc) * INT64_C(86400) + CASES[i].second) * 1000;
        if (day_london_of_ms(ms) != day(CASES[i].civil)) {
            fail_msg("%s + %lld s", CASES[i].utc, (long long)CASES[i].second);
        }
    }
    /* Across each change no day is left out or comes twice in an order that goes back. */
    int32_t last = day("1996-01-01");
    for (int64_t ms = last * INT64_C(86400000); last < day("2040-01-01"); ms += 1800000) {
        int32_t now = day_london_of_ms(ms);
        assert_true(now == last || now == last + 1);
        last = now;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_from_1970),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(the_civil_day_is_an_hour_ahead_in_summer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
