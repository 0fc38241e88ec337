/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/small.h"

#include <string.h>

static uint64_t rounded(uint64_t count) {
    return (count + SMALL_STEP / 2) / SMALL_STEP * SMALL_STEP;
}

/* ---- People ---------------------------------------------------------------------------------- */

static bool is_code(const uint8_t *one, const uint8_t *other) {
    return memcmp(one, other, SMALL_CODE_SIZE) == 0;
}

static bool is_same(const struct small_person *one, const struct small_person *other) {
    return is_code(one->code, other->code) || is_code(one->code, other->other) ||
           is_code(one->other, other->code);
}

void small_people_add(struct small_people *people, const struct small_person *person) {
    for (size_t i = 0; i < people->count; i++) {
        if (is_same(&people->items[i], person)) {
            return;
        }
    }
    if (people->count < SMALL_LEAST) {
        people->items[people->count++] = *person;
    }
}

/* ---- Rows together --------------------------------------------------------------------------- */

/* What some rows are together: how many, and how many people, up to SMALL_LEAST. */
struct sum {
    uint64_t count;
    uint64_t unnamed; /* of rows in which each is another person */
    struct small_people people;
};

static void sum_add(struct sum *sum, const struct small_cell *cell) {
    sum->count += cell->count;
    if (cell->people == NULL) {
        sum->unnamed += cell->count;
        return;
    }
    for (size_t i = 0; i < cell->people->count; i++) {
        small_people_add(&sum->people, &cell->people->items[i]);
    }
}

static bool is_few(const struct sum *sum) {
    return sum->count < SMALL_LEAST || sum->unnamed + sum->people.count < SMALL_LEAST;
}

bool small_is_few(const struct small_cell *cell) {
    struct sum sum = {0};
    sum_add(&sum, cell);
    return is_few(&sum);
}

/* Whether all other rows are few. */
static bool rest_is_few(const struct small_table *table, size_t but) {
    struct sum sum = {0};
    for (size_t i = 0; i < table->count && is_few(&sum); i++) {
        if (i != but) {
            sum_add(&sum, &table->cells[i]);
        }
    }
    return is_few(&sum);
}

static bool total_is_few(const struct small_table *table) {
    return rest_is_few(table, SIZE_MAX);
}

/* ---- What is hidden -------------------------------------------------------------------------- */

/* Small ones, and those that are nearly all. */
static size_t small_hide(struct small_table *table) {
    size_t hidden = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct small_cell *cell = &table->cells[i];
        bool is_nearly_all = table->count > 1 && rest_is_few(table, i);
        cell->is_hidden = small_is_few(cell) || is_nearly_all;
        hidden += cell->is_hidden ? 1 : 0;
    }
    return hidden;
}

/* The first row after this one in the order of counts, and of rows where they are equal; NULL: it
 * was the last. */
static struct small_cell *next_of(const struct small_table *table, const struct small_cell *after) {
    struct small_cell *next = NULL;
    for (size_t i = 0; i < table->count; i++) {
        struct small_cell *cell = &table->cells[i];
        bool is_after = after == NULL || cell->count > after->count ||
                        (cell->count == after->count && cell > after);
        if (is_after && (next == NULL || cell->count < next->count)) {
            next = cell;
        }
    }
    return next;
}

/* The total less what is shown is what is hidden: of one row that is the row, and of rows that are
 * few together it bounds each. So the least rows go too, until they are not few, and two of them
 * have anything: the same ones whichever are small. */
static void least_hide(struct small_table *table) {
    struct sum sum = {0};
    size_t with_any = 0;
    struct small_cell *cell = next_of(table, NULL);
    while (cell != NULL && (with_any < 2 || is_few(&sum))) {
        cell->is_hidden = true;
        sum_add(&sum, cell);
        with_any += cell->count > 0 ? 1 : 0;
        cell = next_of(table, cell);
    }
}

void small_table_close(struct small_table *table) {
    uint64_t total = 0;
    if (small_hide(table) > 0) {
        least_hide(table);
    }
    for (size_t i = 0; i < table->count; i++) {
        total += table->cells[i].count;
    }
    table->is_hidden = total_is_few(table);
    table->shown = table->is_hidden ? 0 : rounded(total);
    for (size_t i = 0; i < table->count; i++) {
        struct small_cell *cell = &table->cells[i];
        cell->shown = cell->is_hidden ? 0 : rounded(cell->count);
        cell->has_percent =
            !cell->is_hidden && !table->is_hidden && table->shown >= SMALL_PERCENT_LEAST;
        cell->percent = cell->has_percent
                            ? (uint32_t)((200 * cell->shown + table->shown) / (2 * table->shown))
                            : 0;
    }
}
