/* SPDX-License-Identifier: Apache-2.0 */
/* When the answer to a subject access request is due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/day.h"
#include "gateway/sar/sar.h"
#include "tests/support/support.h"

#include <cmocka.h>

static int32_t day(const char *text) {
    int32_t out = 0;
    assert_true(day_read(span_text(text), &out));
    return out;
}

static void a_day_is_written_as_it_is_read(void **state) {
    (void)state;
    char text[DAY_TEXT_SIZE + 1];
    for (int32_t i = 0; i < 60000; i++) {
        int32_t back = -1;
        day_write(i, text);
        assert_true(day_read(span_text(text), &back));
        assert_int_equal(back, i);
        assert_int_equal(day_of_date(day_date_of(i)), i);
    }
    int32_t last = day("9999-12-31");
    day_write(last, text);
    assert_string_equal(text, "9999-12-31");
    day_write(0, text);
    assert_string_equal(text, "1970-01-01");
}

static void the_answer_is_due_on(void **state) {
    static const struct {
        const char *received;
        int32_t paused;
        int32_t months;
        const char *due;
    } rows[] = {
        {"2026-09-03", 0, 0, "2026-10-05"}, /* the 3rd is a Saturday */
        {"2026-09-04", 0, 0, "2026-10-05"}, /* a Sunday */
        {"2026-09-05", 0, 0, "2026-10-05"}, /* a Monday; it came on a Saturday */
        {"2026-01-31", 0, 0, "2026-03-02"}, /* 28 February is a Saturday */
        {"2027-01-31", 0, 0, "2027-03-01"}, /* 28 February is a Sunday */
        {"2028-01-31", 0, 0, "2028-02-29"}, /* a leap year, a Tuesday */
        {"2028-01-29", 0, 0, "2028-02-29"},
        {"2029-01-29", 0, 0, "2029-02-28"},
        {"2100-01-31", 0, 0, "2100-03-01"}, /* no leap year, and 28 February a Sunday */
        {"2026-03-31", 0, 0, "2026-04-30"},
        {"2026-12-31", 0, 0, "2027-02-01"},
        {"2026-11-25", 0, 0, "2026-12-29"}, /* Friday, and Boxing Day moved to Monday 28 */
        {"2027-11-25", 0, 0, "2027-12-29"}, /* Saturday; both moved, to Monday and Tuesday */
        {"2022-11-25", 0, 0, "2022-12-28"}, /* Sunday; Christmas Day moved to Tuesday 27 */
        {"2025-11-25", 0, 0, "2025-12-29"}, /* Thursday and Friday, and a weekend */
        {"2026-12-01", 0, 0, "2027-01-04"}, /* New Year on a Friday, and a weekend */
        {"2021-12-01", 0, 0, "2022-01-04"}, /* New Year moved to Monday 3 */
        {"2026-03-03", 0, 0, "2026-04-07"}, /* Good Friday to Easter Monday */
        {"2024-02-29", 0, 0, "2024-04-02"}, /* Good Friday 29 March 2024 */
        {"2026-04-04", 0, 0, "2026-05-05"}, /* first Monday of May */
        {"2026-04-25", 0, 0, "2026-05-26"}, /* last Monday of May */
        {"2026-07-31", 0, 0, "2026-09-01"}, /* last Monday of August, the 31st */
        {"2026-09-03", 2, 0, "2026-10-05"}, /* a pause that ends on the next working day anyway */
        {"2026-09-03", 10, 0, "2026-10-13"},
        {"2026-09-03", 0, 1, "2026-11-03"},
        {"2026-09-03", 0, 2, "2026-12-03"},
        {"2026-11-30", 0, 2, "2027-03-01"}, /* 28 February 2027 is a Sunday */
        {"2026-12-31", 0, 2, "2027-03-31"},
        {"2026-12-31", 1, 2, "2027-04-01"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sar_clock clock = {.received = day(rows[i].received),
                                        .paused_days = rows[i].paused,
                                        .extra_months = rows[i].months};
        char due[DAY_TEXT_SIZE + 1];
        day_write(sar_due_day(&clock), due);
        if (strcmp(due, rows[i].due) != 0) {
            fail_msg("%s: %s, not %s", rows[i].received, due, rows[i].due);
        }
    }
}

/* Bank holidays as they were published, years without a proclaimed day. */
static void bank_holidays_are_those_of_england_and_wales(void **state) {
    static const char *const rows[] = {
        "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26",
        "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05",
        "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03",
        "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
        "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30",
        "2027-12-27", "2027-12-28",
    };
    size_t next = 0;
    (void)state;
    for (int32_t at = day("2024-01-01"); at < day("2028-01-01"); at++) {
        int32_t weekday = (at + 3) % 7;
        bool is_listed = next < sizeof rows / sizeof rows[0] && at == day(rows[next]);
        next += is_listed ? 1 : 0;
        assert_int_equal(sar_is_working_day(at), weekday < 5 && !is_listed);
    }
    assert_int_equal(next, sizeof rows / sizeof rows[0]);
}

/* Whatever the day: no earlier than a month, and at most four days later than that. */
static void the_day_is_a_working_day_soon_after_a_month(void **state) {
    (void)state;
    for (int32_t at = day("2020-01-01"); at < day("2060-01-01"); at++) {
        const struct sar_clock clock = {.received = at};
        int32_t due = sar_due_day(&clock);
        assert_true(sar_is_working_day(due));
        assert_true(due - at >= 28 && due - at <= 31 + 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_is_written_as_it_is_read),
        cmocka_unit_test(the_answer_is_due_on),
        cmocka_unit_test(bank_holidays_are_those_of_england_and_wales),
        cmocka_unit_test(the_day_is_a_working_day_soon_after_a_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
