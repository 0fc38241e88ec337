/* SPDX-License-Identifier: Apache-2.0 */
/* Small numbers in tables that are given away (subjects.md 6.5). The rule is about people: what is
 * about 0 to 7 of them is not shown, nor what leaves so few over, the rest is rounded to 5, and as
 * many more are left out as it takes for nothing that is left out to follow from the total. That
 * none was counted is told as little as that one was.
 *
 * Which rows go beside the small ones depends on counts and people alone, and not on which are
 * small: where fewer people can be told apart later (somebody was erased), or rows with nothing in
 * them are added, what is hidden is more, never something else, so that a second table of the same
 * events tells no more than the first. */
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

/* A person as far as it takes to tell them from others: equal codes are one person. Who is known by
 * two codes has the second as other; else both are the same. */
enum { SMALL_CODE_SIZE = 16 };
struct small_person {
    uint8_t code[SMALL_CODE_SIZE];
    uint8_t other[SMALL_CODE_SIZE];
};
/* Different people, as many as it takes: SMALL_LEAST stand for more. Zeroed before the first. */
struct small_people {
    struct small_person items[SMALL_LEAST];
    size_t count;
};
void small_people_add(struct small_people *people, const struct small_person *person);

/* A row of a table whose rows add up to its total. */
struct small_cell {
    uint64_t count;
    const struct small_people *people; /* whom it is about; NULL: each that is counted is another */
    /* filled in */
    bool is_hidden;
    uint64_t shown; /* rounded; 0 where it is hidden */
    bool has_percent;
    uint32_t percent; /* whole, of rounded numbers */
};

/* Whether so few were counted, or of so few people, that it may not be shown. */
bool small_is_few(const struct small_cell *cell);

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
