/* SPDX-License-Identifier: Apache-2.0 */
/* Days, London's summer time, hours and bank holidays; and what they do to a decision at the edges
 * of term, review and grace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/calendar.h"
#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { DAY_S = 86400 };

static int32_t day_of(const char *text) {
    int32_t day = 0;
    assert_true(policy_day_parse(span_text(text), &day));
    return day;
}

/* YYYY-MM-DD and a clock, UTC. */
static int64_t utc(const char *day, int hour, int minute, int second) {
    return (int64_t)day_of(day) * DAY_S + hour * 3600 + minute * 60 + second;
}

static void days_count_both_ways(void **state) {
    (void)state;
    assert_int_equal(day_of("1970-01-01"), 0);
    assert_int_equal(day_of("2000-03-01"), 11017);
    assert_int_equal(day_of("1969-12-31"), -1);
    /* Every day of the calendar of agreements, there and back. */
    char text[11];
    char before[11] = "1899-12-31";
    for (int32_t day = day_of("1900-01-01"); day <= day_of("2999-12-31"); day++) {
        int32_t year;
        uint32_t month;
        uint32_t of_month;
        policy_date_of(day, &year, &month, &of_month);
        assert_int_equal(policy_day_of(year, month, of_month), day);
        policy_day_text(day, text);
        assert_true(strcmp(text, before) > 0);
        memcpy(before, text, sizeof before);
    }
    assert_string_equal(before, "2999-12-31");
}

static void dates_are_strict(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",           "2026-02-29", "2026-13-01", "2026-00-10",  "2026-04-31",
        "2026-1-01",  "1899-12-31", "3000-01-01", "2026-01-001", "2026/01/01",
        " 2026-01-1", "2026-01-00", "2100-02-29", "20260-1-01",  "2026-01-0x",
        "2026/01-01", "2026-01/01", "202/-01-01", "2026-0/-01",  "2026-01-/1",
    };
    int32_t day = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(policy_day_parse(span_text(wrong[i]), &day));
    }
    assert_int_equal(day, 42);
    assert_true(policy_day_parse(span_text("2000-02-29"), &day));
}

static void weekdays(void **state) {
    (void)state;
    assert_int_equal(policy_weekday_of(day_of("2026-11-23")), 0); /* a Monday */
    assert_int_equal(policy_weekday_of(day_of("1970-01-01")), 3);
    assert_int_equal(policy_weekday_of(day_of("1969-12-28")), 6);
    assert_int_equal(policy_weekday_of(day_of("2000-02-29")), 1);
}

/* The last Sundays of March and October, 01:00 UTC, to the second. */
static void london_clock_changes(void **state) {
    (void)state;
    static const struct {
        const char *spring;
        const char *autumn;
    } years[] = {
        {"2024-03-31", "2024-10-27"}, {"2025-03-30", "2025-10-26"}, {"2026-03-29", "2026-10-25"},
        {"2027-03-28", "2027-10-31"}, {"2030-03-31", "2030-10-27"},
    };
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
        struct local_time time = policy_local_time(ZONE_LONDON, utc(years[i].spring, 0, 59, 59));
        assert_int_equal(time.minute, 59);
        time = policy_local_time(ZONE_LONDON, utc(years[i].spring, 1, 0, 0));
        assert_int_equal(time.minute, 120);
        time = policy_local_time(ZONE_LONDON, utc(years[i].autumn, 0, 59, 59));
        assert_int_equal(time.minute, 119);
        time = policy_local_time(ZONE_LONDON, utc(years[i].autumn, 1, 0, 0));
        assert_int_equal(time.minute, 60);
        assert_int_equal(time.weekday, 6);
        time = policy_local_time(ZONE_UTC, utc(years[i].spring, 1, 0, 0));
        assert_int_equal(time.minute, 60);
    }
    /* A summer evening in UTC is the next day in London. */
    struct local_time time = policy_local_time(ZONE_LONDON, utc("2026-06-30", 23, 30, 0));
    assert_int_equal(time.day, day_of("2026-07-01"));
    assert_int_equal(time.minute, 30);
    /* Before 1970, and clocks that are out of their mind. */
    time = policy_local_time(ZONE_LONDON, -1);
    assert_int_equal(time.day, -1);
    assert_int_equal(time.minute, 1439);
    assert_int_equal(policy_local_time(ZONE_LONDON, INT64_MIN).day, day_of("1900-01-01"));
    assert_true(policy_local_time(ZONE_LONDON, INT64_MAX).day > day_of("2999-12-31"));
}

/* England and Wales, as gov.uk lists them. */
static void bank_holidays(void **state) {
    (void)state;
    static const char *const days[] = {
        "2021-01-01", "2021-04-02", "2021-04-05", "2021-05-03", "2021-05-31",
        "2021-08-30", "2021-12-27", "2021-12-28", "2023-01-02", "2024-01-01",
        "2024-03-29", "2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26",
        "2024-12-25", "2024-12-26", "2022-12-26", "2022-12-27", "2026-12-25",
        "2026-12-28", "2027-03-26", "2027-03-29", "2027-12-27", "2027-12-28",
    };
    static const char *const others[] = {
        "2021-12-25", "2021-12-26", "2023-01-01", "2022-12-25", "2026-12-26",
        "2026-11-23", "2024-03-31", "2024-08-25", "2024-12-27", "2027-12-25",
    };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        assert_true(policy_is_bank_holiday(day_of(days[i])));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(policy_is_bank_holiday(day_of(others[i])));
    }
    /* Eight in every year: none is lost or counted twice. */
    for (int year = 2000; year < 2100; year++) {
        unsigned count = 0;
        for (int32_t day = policy_day_of(year, 1, 1); day < policy_day_of(year + 1, 1, 1); day++) {
            count += policy_is_bank_holiday(day);
        }
        assert_int_equal(count, 8);
    }
}

/* ---- through an agreement ---- */

static struct policy *load(void) {
    size_t len;
    char *text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "whole.isa", &len);
    struct diag diag = {0};
    struct policy *policy = NULL;
    assert_non_null(text);
    assert_false(lg_failed(policy_compile(span_of(text, len), span_of(NULL, 0), &diag, &policy)));
    free(text);
    return policy;
}

/* The first refusal of one field, consent given. */
static enum policy_reason ask(const struct policy *policy, int64_t at_s, const char *recipient,
                              const char *role, const char *field) {
    struct arena *arena = NULL;
    const struct permit *permit;
    const bool is_number = strcmp(field, "person.number") == 0;
    const struct span source = span_text("alpha");
    const struct span name = span_text(field);
    const struct policy_force force = {.policy = policy};
    const struct policy_request request = {
        .at_s = at_s,
        .recipient = span_text(recipient),
        .role = span_text(role),
        .sources = {.items = &source, .count = 1},
        .fields = {.items = &name, .count = 1},
        .purpose = is_number ? span_text("child-care") : span_text("crime"),
        .basis = is_number ? span_text("duty") : span_text("policing"),
    };
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    assert_false(lg_failed(policy_decide(&force, 1, &request, arena, &permit)));
    enum policy_reason reason = policy_permit_term(permit, 0, 0)->refusal;
    arena_free(&arena);
    return reason;
}

static enum policy_reason night(const struct policy *policy, int64_t at_s) {
    return ask(policy, at_s, "beta", "officer", "person.number");
}

static enum policy_reason some(const struct policy *policy, int64_t at_s) {
    return ask(policy, at_s, "beta", "officer", "person.name");
}

/* 22:00 to 06:00 on every day, London. In June 22:00 is 21:00 UTC. */
static void hours_pass_midnight(void **state) {
    const struct policy *policy = *state;
    assert_int_equal(night(policy, utc("2026-06-10", 20, 59, 59)), POLICY_OUT_OF_HOURS);
    assert_int_equal(night(policy, utc("2026-06-10", 21, 0, 0)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2026-06-10", 23, 30, 0)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2026-06-11", 4, 59, 59)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2026-06-11", 5, 0, 0)), POLICY_OUT_OF_HOURS);
    /* From Sunday into Monday the week wraps. */
    assert_int_equal(night(policy, utc("2026-06-14", 22, 0, 0)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2026-06-15", 4, 0, 0)), POLICY_REASON_NONE);
    /* The night when clocks go back has 06:00 an hour later in UTC. */
    assert_int_equal(night(policy, utc("2026-10-25", 5, 30, 0)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2026-10-25", 6, 0, 0)), POLICY_OUT_OF_HOURS);
    assert_int_equal(night(policy, utc("2026-10-24", 5, 30, 0)), POLICY_OUT_OF_HOURS);
}

/* 09:00 to 17:00 on Monday to Wednesday and Friday. */
static void days_of_the_week(void **state) {
    const struct policy *policy = *state;
    static const bool open[] = {true, true, true, false, true, false, false};
    for (int i = 0; i < 7; i++) {
        int64_t at_s = utc("2026-06-08", 10, 0, 0) + (int64_t)i * DAY_S; /* a Monday */
        assert_int_equal(some(policy, at_s), open[i] ? POLICY_REASON_NONE : POLICY_OUT_OF_HOURS);
    }
    assert_int_equal(some(policy, utc("2026-06-08", 7, 59, 59)), POLICY_OUT_OF_HOURS);
    assert_int_equal(some(policy, utc("2026-06-08", 8, 0, 0)), POLICY_REASON_NONE);
    assert_int_equal(some(policy, utc("2026-06-08", 16, 0, 0)), POLICY_OUT_OF_HOURS);
}

/* In force from 2026-04-01 to 2027-03-31, both included, by London's day. */
static void term_is_local_and_inclusive(void **state) {
    const struct policy *policy = *state;
    assert_int_equal(night(policy, utc("2026-03-31", 22, 59, 59)), POLICY_AGREEMENT_NOT_STARTED);
    assert_int_equal(night(policy, utc("2026-03-31", 23, 0, 0)), POLICY_REASON_NONE);
    /* The end lies past review and grace: told first as ended, by London's midnight. */
    assert_int_equal(night(policy, utc("2027-03-31", 22, 59, 59)), POLICY_AGREEMENT_REVIEW_OVERDUE);
    assert_int_equal(night(policy, utc("2027-03-31", 23, 0, 0)), POLICY_AGREEMENT_EXPIRED);
}

/* Review due 2027-01-31, two weeks of grace: the last good day is 2027-02-14. */
static void review_has_its_grace(void **state) {
    const struct policy *policy = *state;
    assert_int_equal(night(policy, utc("2027-01-31", 23, 30, 0)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2027-02-14", 23, 59, 59)), POLICY_REASON_NONE);
    assert_int_equal(night(policy, utc("2027-02-15", 0, 0, 0)), POLICY_AGREEMENT_REVIEW_OVERDUE);
}

static void review_due_is_told_after_the_day(void **state) {
    const struct policy *policy = *state;
    static const struct {
        const char *day;
        bool due;
    } cases[] = {{"2027-01-31", false}, {"2027-02-01", true}};
    for (size_t i = 0; i < 2; i++) {
        struct arena *arena = NULL;
        const struct permit *permit;
        const struct span source = span_text("alpha");
        const struct span field = span_text("person.number");
        const struct policy_force force = {.policy = policy};
        const struct policy_counts none[2] = {{0}};
        const struct policy_facts facts = {.counts = none, .count_count = 2};
        struct policy_outcome outcome;
        const struct policy_request request = {
            .at_s = utc(cases[i].day, 23, 0, 0),
            .recipient = span_text("beta"),
            .role = span_text("officer"),
            .sources = {.items = &source, .count = 1},
            .fields = {.items = &field, .count = 1},
            .purpose = span_text("child-care"),
            .basis = span_text("duty"),
        };
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        assert_false(lg_failed(policy_decide(&force, 1, &request, arena, &permit)));
        assert_false(lg_failed(policy_settle(permit, 0, &facts, arena, &outcome)));
        assert_int_equal(outcome.decision, DECISION_PERMIT);
        assert_int_equal(outcome.duties.obligations.count, cases[i].due ? 1 : 0);
        assert_int_equal(outcome.duties.keep_days, 5);
        arena_free(&arena);
    }
}

/* Closed by date and by bank holiday; how long until they open again. */
static void closed_days_and_waiting(void **state) {
    const struct policy *policy = *state;
    const struct hours *office = &policy->hours[0];
    /* 2026-12-24 is a Thursday, closed by date; the 25th and the 28th are holidays; the 26th is a
     * Saturday, open from 10:00. */
    struct local_time now = policy_local_time(ZONE_LONDON, utc("2026-12-23", 18, 0, 0));
    assert_false(policy_hours_open(office, now));
    assert_int_equal(policy_hours_wait(office, now), 2 * 1440 + 16 * 60);
    now = policy_local_time(ZONE_LONDON, utc("2026-12-26", 12, 30, 0));
    assert_false(policy_hours_open(office, now));
    assert_int_equal(policy_hours_wait(office, now), 2 * 1440 + 19 * 60 + 30);
    now = policy_local_time(ZONE_LONDON, utc("2026-12-26", 12, 29, 59));
    assert_true(policy_hours_open(office, now));
    assert_int_equal(policy_hours_wait(office, now), 0);
}

/* Closed for longer than anybody looks ahead. */
static void closed_for_weeks(void **state) {
    const struct policy *policy = *state;
    struct hours closed = policy->hours[0];
    struct local_time now = policy_local_time(ZONE_LONDON, utc("2026-06-10", 12, 0, 0));
    int32_t days[21];
    for (int32_t i = 0; i < 21; i++) {
        days[i] = now.day + i;
    }
    closed.closed_days = days;
    closed.closed_count = 21;
    assert_int_equal(policy_hours_wait(&closed, now), UINT32_MAX);
    closed.closed_count = 20;
    assert_int_equal(policy_hours_wait(&closed, now), 20 * 1440 - 5 * 60);
}

static int set_up(void **state) {
    *state = load();
    return 0;
}

static int tear_down(void **state) {
    struct policy *policy = *state;
    policy_free(&policy);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_count_both_ways),
        cmocka_unit_test(dates_are_strict),
        cmocka_unit_test(weekdays),
        cmocka_unit_test(london_clock_changes),
        cmocka_unit_test(bank_holidays),
        cmocka_unit_test(hours_pass_midnight),
        cmocka_unit_test(days_of_the_week),
        cmocka_unit_test(term_is_local_and_inclusive),
        cmocka_unit_test(review_has_its_grace),
        cmocka_unit_test(review_due_is_told_after_the_day),
        cmocka_unit_test(closed_days_and_waiting),
        cmocka_unit_test(closed_for_weeks),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
