/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/calendar.h"

#include <stdio.h>

#include "gateway/base/assert.h"
#include "policy/text/words.h"

enum {
    DAY_S = 86400,
    DAY_MIN = 1440,
    HOUR_S = 3600,
    YEAR_MIN = 1900,
    YEAR_MAX = 2999,
    MARCH = 3,
    OCTOBER = 10,
    /* How far ahead an opening is looked for. */
    WAIT_DAYS = 21,
};

static int64_t floor_div(int64_t value, int64_t by) {
    int64_t quotient = value / by;
    return value % by < 0 ? quotient - 1 : quotient;
}

static bool is_leap(int32_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t month_days(int32_t year, uint32_t month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days before 1 January of a year, counted from 1 January of year 1. */
static int64_t days_before(int64_t year) {
    int64_t past = year - 1;
    return past * 365 + floor_div(past, 4) - floor_div(past, 100) + floor_div(past, 400);
}

int32_t policy_day_of(int32_t year, uint32_t month, uint32_t day) {
    int64_t days = days_before(year) - days_before(1970) + (int64_t)day - 1;
    for (uint32_t i = 1; i < month; i++) {
        days += month_days(year, i);
    }
    return (int32_t)days;
}

void policy_date_of(int32_t day, int32_t *out_year, uint32_t *out_month, uint32_t *out_day) {
    /* Never later than the year sought; at most a few years earlier. */
    int32_t year = (int32_t)(1970 + floor_div(day, 366) - (day < 0 ? 1 : 0));
    while (policy_day_of(year + 1, 1, 1) <= day) {
        year++;
    }
    uint32_t left = (uint32_t)(day - policy_day_of(year, 1, 1));
    uint32_t month = 1;
    while (left >= month_days(year, month)) {
        left -= month_days(year, month);
        month++;
    }
    *out_year = year;
    *out_month = month;
    *out_day = left + 1;
}

uint32_t policy_weekday_of(int32_t day) {
    /* 1 January 1970 was a Thursday. */
    return (uint32_t)(((int64_t)day % 7 + 7 + 3) % 7);
}

static int32_t last_sunday(int32_t year, uint32_t month) {
    int32_t last = policy_day_of(year, month, month_days(year, month));
    return last - (int32_t)((policy_weekday_of(last) + 1) % 7);
}

static bool is_summer(int64_t at_s) {
    int32_t year;
    uint32_t month;
    uint32_t day;
    policy_date_of((int32_t)floor_div(at_s, DAY_S), &year, &month, &day);
    int64_t begin = (int64_t)last_sunday(year, MARCH) * DAY_S + HOUR_S;
    int64_t end = (int64_t)last_sunday(year, OCTOBER) * DAY_S + HOUR_S;
    return at_s >= begin && at_s < end;
}

struct local_time policy_local_time(enum zone zone, int64_t at_s) {
    /* A clock that is beyond the calendar of agreements is as good as none: it is held at its ends,
     * where no agreement is in force. */
    int64_t first = (int64_t)policy_day_of(YEAR_MIN, 1, 1) * DAY_S;
    int64_t last = (int64_t)policy_day_of(YEAR_MAX + 1, 1, 2) * DAY_S;
    at_s = at_s < first ? first : at_s > last ? last : at_s;
    int64_t local_s = at_s + (zone == ZONE_LONDON && is_summer(at_s) ? HOUR_S : 0);
    int32_t day = (int32_t)floor_div(local_s, DAY_S);
    return (struct local_time){
        .day = day,
        .minute = (uint32_t)((local_s - (int64_t)day * DAY_S) / 60),
        .weekday = policy_weekday_of(day),
    };
}

int32_t policy_local_day(const struct policy *policy, int64_t at_s) {
    return policy_local_time(policy->zone, at_s).day;
}

void policy_day_text(int32_t day, char out[static 11]) {
    int32_t year;
    uint32_t month;
    uint32_t day_of_month;
    policy_date_of(day, &year, &month, &day_of_month);
    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)year % 10000U, month % 100U, day_of_month % 100U);
}

/* Exactly `len` digits from `at`, which are there. */
static bool digits(struct span text, size_t at, size_t len, uint32_t *out_value) {
    *out_value = 0;
    for (size_t i = at; i < at + len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        *out_value = *out_value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return true;
}

bool policy_day_parse(struct span text, int32_t *out_day) {
    uint32_t year;
    uint32_t month;
    uint32_t day;
    bool shape = text.len == 10 && digits(text, 0, 4, &year) && text.ptr[4] == '-' &&
                 digits(text, 5, 2, &month) && text.ptr[7] == '-' && digits(text, 8, 2, &day);
    if (!shape || year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12) {
        return false;
    }
    if (day < 1 || day > month_days((int32_t)year, month)) {
        return false;
    }
    *out_day = policy_day_of((int32_t)year, month, day);
    return true;
}

/* Easter Sunday by the Gregorian rule (Meeus, Astronomical Algorithms, chapter 8). */
static int32_t easter(int32_t year) {
    int32_t golden = year % 19;
    int32_t century = year / 100;
    int32_t leap = century / 4;
    int32_t moon = (century - (century + 8) / 25 + 1) / 3;
    int32_t epact = (19 * golden + century - leap - moon + 15) % 30;
    int32_t letter = (32 + 2 * (century % 4) + 2 * ((year % 100) / 4) - epact - year % 4) % 7;
    int32_t shift = (golden + 11 * epact + 22 * letter) / 451;
    int32_t sum = epact + letter - 7 * shift + 114;
    return policy_day_of(year, (uint32_t)(sum / 31), (uint32_t)(sum % 31 + 1));
}

static int32_t monday_from(int32_t day) {
    return day + (int32_t)((7 - policy_weekday_of(day)) % 7);
}

/* Christmas Day and Boxing Day move to the next weekdays that are free. */
static bool is_christmas(int32_t year, int32_t day) {
    int32_t christmas = policy_day_of(year, 12, 25);
    uint32_t weekday = policy_weekday_of(christmas);
    int32_t first = weekday == 5 ? christmas + 2 : weekday == 6 ? christmas + 2 : christmas;
    int32_t second = weekday == 4 ? christmas + 3 : weekday == 5 ? christmas + 3 : christmas + 1;
    return day == first || day == second;
}

bool policy_is_bank_holiday(int32_t day) {
    int32_t year;
    uint32_t month;
    uint32_t day_of_month;
    policy_date_of(day, &year, &month, &day_of_month);
    int32_t new_year = policy_day_of(year, 1, 1);
    uint32_t weekday = policy_weekday_of(new_year);
    int32_t new_year_off = weekday >= 5 ? monday_from(new_year) : new_year;
    int32_t sunday = easter(year);
    return day == new_year_off || day == sunday - 2 || day == sunday + 1 ||
           day == monday_from(policy_day_of(year, 5, 1)) ||
           day == monday_from(policy_day_of(year, 5, 25)) ||
           day == monday_from(policy_day_of(year, 8, 25)) || is_christmas(year, day);
}

bool policy_hours_closed(const struct hours *hours, int32_t day) {
    for (uint32_t i = 0; i < hours->closed_count; i++) {
        if (hours->closed_days[i] == day) {
            return true;
        }
    }
    return hours->closed_on_bank_holidays && policy_is_bank_holiday(day);
}

bool policy_hours_open(const struct hours *hours, struct local_time now) {
    ASSERT(now.minute < DAY_MIN);
    return policy_bits_has(&hours->week, now.weekday * DAY_MIN + now.minute) &&
           !policy_hours_closed(hours, now.day);
}

/* The first open minute of a day from `minute` on, or DAY_MIN. */
static uint32_t first_open(const struct hours *hours, int32_t day, uint32_t minute) {
    if (policy_hours_closed(hours, day)) {
        return DAY_MIN;
    }
    uint32_t base = policy_weekday_of(day) * DAY_MIN;
    while (minute < DAY_MIN && !policy_bits_has(&hours->week, base + minute)) {
        minute++;
    }
    return minute;
}

uint32_t policy_hours_wait(const struct hours *hours, struct local_time now) {
    uint32_t minute = now.minute;
    for (uint32_t ahead = 0; ahead < WAIT_DAYS; ahead++) {
        uint32_t found = first_open(hours, now.day + (int32_t)ahead, minute);
        if (found < DAY_MIN) {
            return ahead * DAY_MIN + found - now.minute;
        }
        minute = 0;
    }
    return UINT32_MAX;
}

struct policy_london policy_london_time(int64_t at_s) {
    struct local_time local = policy_local_time(ZONE_LONDON, at_s);
    return (struct policy_london){.weekday = local.weekday,
                                  .minute = local.minute,
                                  .is_bank_holiday = policy_is_bank_holiday(local.day)};
}
