/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the Gregorian calendar as numbers: days since 1970-01-01. */
#ifndef GATEWAY_BASE_DAY_H
#define GATEWAY_BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/span.h"

enum { DAY_TEXT_SIZE = 10 };

/* The day of a date YYYY-MM-DD, years 1970 to 9999. False where the text is none. */
bool day_read(struct span text, int32_t *out_day);
/* The UTC day of a moment, milliseconds since 1970. */
int32_t day_of_ms(int64_t wall_ms);

/* A date; month and day from 1. */
struct day_date {
    int32_t year;
    int32_t month;
    int32_t day;
};
/* The date of a day, years 1970 to 9999. */
struct day_date day_date_of(int32_t day);
/* The day of a date of the calendar, years 1970 to 9999. */
int32_t day_of_date(struct day_date date);
/* Days of a month of that year, 1 to 12. */
int32_t day_month_length(int32_t year, int32_t month);
/* YYYY-MM-DD with NUL, years 1970 to 9999. */
void day_write(int32_t day, char out[static DAY_TEXT_SIZE + 1]);

#endif
