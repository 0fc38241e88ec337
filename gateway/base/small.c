/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/base/small.h"

static uint64_t rounded(uint64_t count) {
    return (count + SMALL_STEP / 2) / SMALL_STEP * SMALL_STEP;
}

static uint64_t total_of(const struct small_table *table) {
    uint64_t total = 0;
    for (size_t i = 0; i < table->count; i++) {
        total += table->cells[i].count;
    }
    return total;
}

/* What is hidden so far: how many, and how much they are together. */
struct hidden {
    size_t count;
    uint64_t sum;
};

static void hide(struct small_cell *cell, struct hidden *hidden) {
    cell->is_hidden = true;
    hidden->count++;
    hidden->sum += cell->count;
}

/* A row that can hide another: not one of which everybody knows that it is empty. */
static bool can_hide(const struct small_cell *cell) {
    return !cell->is_known_zero && !cell->is_hidden;
}

/* Small ones, and those that are nearly all. */
static struct hidden small_hide(struct small_table *table, uint64_t total, size_t rows) {
    struct hidden hidden = {0};
    for (size_t i = 0; i < table->count; i++) {
        struct small_cell *cell = &table->cells[i];
        bool is_small = cell->count < SMALL_LEAST;
        bool is_nearly_all = rows > 1 && total - cell->count < SMALL_LEAST;
        if (can_hide(cell) && (is_small || is_nearly_all)) {
            hide(cell, &hidden);
        }
    }
    return hidden;
}

/* The total less what is shown is what is hidden: of one row that is the row, and of rows that are
 * few together it bounds each. So the smallest of the others go too. */
static void more_hide(struct small_table *table, struct hidden *hidden) {
    while (hidden->count > 0 && (hidden->count == 1 || hidden->sum < SMALL_LEAST)) {
        struct small_cell *least = NULL;
        for (size_t i = 0; i < table->count; i++) {
            struct small_cell *cell = &table->cells[i];
            if (can_hide(cell) && (least == NULL || cell->count < least->count)) {
                least = cell;
            }
        }
        if (least == NULL) {
            return;
        }
        hide(least, hidden);
    }
}

void small_table_close(struct small_table *table) {
    uint64_t total = total_of(table);
    size_t rows = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct small_cell *cell = &table->cells[i];
        cell->is_hidden = false;
        rows += cell->is_known_zero ? 0 : 1;
    }
    struct hidden hidden = small_hide(table, total, rows);
    more_hide(table, &hidden);
    /* Too few in all, or one row alone that could not be hidden behind another. */
    table->is_hidden = total < SMALL_LEAST || (hidden.count == 1 && rows == 1);
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
