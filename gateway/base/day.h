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

#endif
