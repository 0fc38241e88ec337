/* SPDX-License-Identifier: Apache-2.0 */
/* Small numbers in tables that are given away (subjects.md 6.5): a count from 0 to 7 is not shown,
 * nor one that leaves so few over, the rest is rounded to 5, and as many more are left out as it
 * takes for nothing that is left out to follow from the total. */
#ifndef GATEWAY_BASE_SMALL_H
#define GATEWAY_BASE_SMALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SMALL_LEAST = 8,         /* the least count that may be shown */
    SMALL_STEP = 5,          /* what counts are rounded to */
    SMALL_PERCENT_LEAST = 50 /* the least total of which percentages are told */
};

/* A row of a table whose rows add up to its total. */
struct small_cell {
    uint64_t count;
    bool is_known_zero; /* everybody may know that there is none: then it hides nothing */
    /* filled in */
    bool is_hidden;
    uint64_t shown; /* rounded; 0 where it is hidden */
    bool has_percent;
    uint32_t percent; /* whole, of rounded numbers */
};

struct small_table {
    struct small_cell *cells;
    size_t count;
    /* filled in */
    bool is_hidden; /* the total too */
    uint64_t shown;
};

/* Decides what is shown. The set of rows must not depend on their counts. The same counts give the
 * same answer, so that asking again tells no more. Sums of counts fit 64 bits. */
void small_table_close(struct small_table *table);

#endif
