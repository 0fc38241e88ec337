/* SPDX-License-Identifier: Apache-2.0 */
/* Days, local time and opening hours by arithmetic alone: no table of zones, no clock. */
#ifndef POLICY_CALENDAR_H
#define POLICY_CALENDAR_H

#include "policy/policy_int.h"

/* A moment as the wall clock of the agreement's place shows it. weekday 0 is Monday. */
struct local_time {
    int32_t day; /* since 1970-01-01 */
    uint32_t minute;
    uint32_t weekday;
};

/* Europe/London follows the rules since 1996: one hour ahead from the last Sunday of March 01:00
 * UTC to the last Sunday of October 01:00 UTC (Summer Time Order 2002). */
struct local_time policy_local_time(enum zone zone, int64_t at_s);
/* The day of a date of the Gregorian calendar. */
int32_t policy_day_of(int32_t year, uint32_t month, uint32_t day);
void policy_date_of(int32_t day, int32_t *out_year, uint32_t *out_month, uint32_t *out_day);
uint32_t policy_weekday_of(int32_t day);
/* A day off in England and Wales under the Banking and Financial Dealings Act 1971 and its usual
 * substitute days; days proclaimed for one year only are listed by date in the agreement. */
bool policy_is_bank_holiday(int32_t day);
/* A day on which they do not open at all. */
bool policy_hours_closed(const struct hours *hours, int32_t day);
bool policy_hours_open(const struct hours *hours, struct local_time now);
/* Minutes from now until the hours open again, at most three weeks; 0 where open now, UINT32_MAX
 * where they do not open in that time. */
uint32_t policy_hours_wait(const struct hours *hours, struct local_time now);

#endif
