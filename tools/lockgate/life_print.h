/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of agreements for people and for programs (--json: one object a line). */
#ifndef TOOLS_LOCKGATE_LIFE_PRINT_H
#define TOOLS_LOCKGATE_LIFE_PRINT_H

#include <stdbool.h>

#include "gateway/wire/agreements.h"
#include "gateway/wire/reviews.h"

/* The heading of a table of versions. */
void life_heading_print(bool json);
void life_info_print(const struct wire_agreement_info *info, bool json);
/* A version with what each party has done. */
void life_whole_print(const struct wire_agreement_info *info, bool json);
/* A line for each day that comes up within 90 days of today or has passed; today is a day since
 * 1970. */
void life_due_print(const struct wire_agreement_info *info, int32_t today, bool json);
/* A line for a review case that is overdue; nothing for another. */
void life_case_print(const struct wire_review *review, bool json);

#endif
