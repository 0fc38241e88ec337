/* SPDX-License-Identifier: Apache-2.0 */
/* When the answer is due. Bank holidays of England and Wales, as they have been since 1978:
 *
 *    1 January, 25 and 26 December   where they fall on a weekend, the next weekdays instead
 *    Good Friday and Easter Monday   by the Gregorian reckoning of Easter
 *    first and last Monday of May, last Monday of August
 */
#include "gateway/base/day.h"
#include "gateway/sar/sar.h"

enum { THURSDAY_1970 = 3, SATURDAY = 5, SUNDAY = 6 }; /* days of the week from Monday, 0 */

static int32_t weekday_of(int32_t day) {
    return (day + THURSDAY_1970) % 7;
}

/* Easter Sunday (Meeus, Astronomical Algorithms, chapter 8). */
static int32_t easter_of(int32_t year) {
    int32_t a = year % 19;
    int32_t b = year / 100;
    int32_t c = year % 100;
    int32_t g = (8 * b + 13) / 25;
    int32_t h = (19 * a + b - b / 4 - g + 15) % 30;
    int32_t l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int32_t m = (a + 11 * h + 19 * l) / 433;
    int32_t month = (h + l - 7 * m + 90) / 25;
    int32_t day = (h + l - 7 * m + 33 * month + 19) % 32;
    return day_of_date((struct day_date){.year = year, .month = month, .day = day});
}

static bool is_monday_holiday(struct day_date date) {
    bool is_first = date.day <= 7;
    bool is_last = date.day > 31 - 7; /* May and August have 31 days */
    return (date.month == 5 && (is_first || is_last)) || (date.month == 8 && is_last);
}

/* 1 January, and the two days of Christmas, on a weekday or on the next one that is free. */
static bool is_fixed_holiday(struct day_date date, int32_t weekday) {
    if (date.month == 1) {
        return date.day == 1 || (weekday == 0 && date.day <= 3);
    }
    if (date.month != 12 || date.day < 25) {
        return false;
    }
    /* For one of the two days on a weekend the 27th or 28th is free, for both Monday and Tuesday:
     * whichever it is, it is a Monday or a Tuesday, and only after a weekend. */
    return date.day <= 26 || (date.day == 27 && weekday <= 1) || (date.day == 28 && weekday <= 1);
}

bool sar_is_working_day(int32_t day) {
    int32_t weekday = weekday_of(day);
    if (weekday == SATURDAY || weekday == SUNDAY) {
        return false;
    }
    struct day_date date = day_date_of(day);
    int32_t easter = easter_of(date.year);
    return day != easter - 2 && day != easter + 1 && !(weekday == 0 && is_monday_holiday(date)) &&
           !is_fixed_holiday(date, weekday);
}

static int32_t months_later(int32_t day, int32_t months) {
    struct day_date date = day_date_of(day);
    date.month += months;
    while (date.month > 12) {
        date.month -= 12;
        date.year++;
    }
    int32_t last = day_month_length(date.year, date.month);
    date.day = date.day < last ? date.day : last;
    return day_of_date(date);
}

int32_t sar_due_day(const struct sar_clock *clock) {
    int32_t day = months_later(clock->received, 1 + clock->extra_months) + clock->paused_days;
    while (!sar_is_working_day(day)) {
        day++; /* at most four days together are none */
    }
    return day;
}
