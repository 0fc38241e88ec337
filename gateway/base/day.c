/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/day.h"

#include <stddef.h>

enum { YEAR_FIRST = 1970, MS_OF_DAY = 24 * 60 * 60 * 1000 };

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

static int32_t days_in(int32_t year, int32_t month) {
    static const int32_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return DAYS[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Leap days of all years before this one. */
static int32_t leaps_before(int32_t year) {
    int32_t past = year - 1;
    return past / 4 - past / 100 + past / 400;
}

bool day_read(struct span text, int32_t *out_day) {
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    bool is_shaped = text.len == DAY_TEXT_SIZE && text.ptr[4] == '-' && text.ptr[7] == '-' &&
                     number_read(text, 0, 4, &year) && number_read(text, 5, 7, &month) &&
                     number_read(text, 8, DAY_TEXT_SIZE, &day);
    if (!is_shaped || year < YEAR_FIRST || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month)) {
        return false;
    }
    int32_t days = (year - YEAR_FIRST) * 365 + leaps_before(year) - leaps_before(YEAR_FIRST);
    for (int32_t i = 1; i < month; i++) {
        days += days_in(year, i);
    }
    *out_day = days + day - 1;
    return true;
}

int32_t day_of_ms(int64_t wall_ms) {
    return (int32_t)(wall_ms / MS_OF_DAY);
}
