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
/* The civil day of the United Kingdom at a moment, milliseconds since 1970: one hour ahead of UTC
 * from 1 in the morning, Greenwich mean time, of the last Sunday in March to that of the last
 * Sunday in October (Summer Time Act 1972, section 1, as the Summer Time Order 2002, SI 2002/262,
 * has it). For moments since 1996; statutes of earlier years set other days. */
int32_t day_london_of_ms(int64_t wall_ms);

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
