/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/day.h"

#include <stddef.h>

enum {
    YEAR_FIRST = 1970,
    MS_OF_HOUR = 60 * 60 * 1000,
    MS_OF_DAY = 24 * MS_OF_HOUR,
    SUNDAY_1970 = 3, /* the first Sunday: 4 January */
};

static bool number_read(struct span text, size_t from, size_t to, int32_t *out_number) {
    *out_number = 0;
    for (size_t i = from; i < to; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        *out_number = *out_number * 10 + (text.ptr[i] - '0');
    }
    return true;
}

static bool is_leap(int32_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int32_t day_month_length(int32_t year, int32_t month) {
    static const int32_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return DAYS[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Leap days of all years before this one. */
static int32_t leaps_before(int32_t year) {
    int32_t past = year - 1;
    return past / 4 - past / 100 + past / 400;
}

static int32_t year_begins(int32_t year) {
    return (year - YEAR_FIRST) * 365 + leaps_before(year) - leaps_before(YEAR_FIRST);
}

int32_t day_of_date(struct day_date date) {
    int32_t days = year_begins(date.year);
    for (int32_t i = 1; i < date.month; i++) {
        days += day_month_length(date.year, i);
    }
    return days + date.day - 1;
}

struct day_date day_date_of(int32_t day) {
    struct day_date date = {.year = YEAR_FIRST + day / 366, .month = 1};
    while (year_begins(date.year + 1) <= day) {
        date.year++;
    }
    int32_t left = day - year_begins(date.year);
    while (left >= day_month_length(date.year, date.month)) {
        left -= day_month_length(date.year, date.month);
        date.month++;
    }
    date.day = left + 1;
    return date;
}

static void digits_write(char *out, int32_t number, size_t count) {
    for (size_t i = count; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

void day_write(int32_t day, char out[static DAY_TEXT_SIZE + 1]) {
    struct day_date date = day_date_of(day);
    digits_write(&out[0], date.year, 4);
    digits_write(&out[5], date.month, 2);
    digits_write(&out[8], date.day, 2);
    out[4] = out[7] = '-';
    out[DAY_TEXT_SIZE] = '\0';
}

bool day_read(struct span text, int32_t *out_day) {
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    bool is_shaped = text.len == DAY_TEXT_SIZE && text.ptr[4] == '-' && text.ptr[7] == '-' &&
                     number_read(text, 0, 4, &year) && number_read(text, 5, 7, &month) &&
                     number_read(text, 8, DAY_TEXT_SIZE, &day);
    if (!is_shaped || year < YEAR_FIRST || month < 1 || month > 12 || day < 1 ||
        day > day_month_length(year, month)) {
        return false;
    }
    *out_day = day_of_date((struct day_date){.year = year, .month = month, .day = day});
    return true;
}

int32_t day_of_ms(int64_t wall_ms) {
    return (int32_t)(wall_ms / MS_OF_DAY);
}

/* March and October both have 31 days. */
static int32_t last_sunday(int32_t year, int32_t month) {
    int32_t last = day_of_date((struct day_date){.year = year, .month = month, .day = 31});
    return last - (last - SUNDAY_1970) % 7;
}

int32_t day_london_of_ms(int64_t wall_ms) {
    int32_t year = day_date_of(day_of_ms(wall_ms)).year;
    int64_t from_ms = last_sunday(year, 3) * (int64_t)MS_OF_DAY + MS_OF_HOUR;
    int64_t to_ms = last_sunday(year, 10) * (int64_t)MS_OF_DAY + MS_OF_HOUR;
    bool is_summer = wall_ms >= from_ms && wall_ms < to_ms;
    return day_of_ms(is_summer ? wall_ms + MS_OF_HOUR : wall_ms);
}
