/* SPDX-License-Identifier: Apache-2.0 */
/* Small numbers: the tables that a page of the design settles, and an attacker who knows the rules
 * and lays every table that looks alike beside the one that is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/small.h"

#include <cmocka.h>

enum { ROWS = 3, MOST = 48, TABLES = MOST * MOST * MOST, NO_TOTAL = 255 };

static struct small_table closed(struct small_cell *cells, size_t count) {
    struct small_table table = {.cells = cells, .count = count};
    small_table_close(&table);
    return table;
}

static void large_counts_are_rounded(void **state) {
    (void)state;
    /* Of 500, 402 are known to the police and 98 are not. */
    struct small_cell cells[] = {{.count = 402}, {.count = 98}};
    struct small_table table = closed(cells, 2);
    assert_int_equal(table.shown, 500);
    assert_int_equal(cells[0].shown, 400);
    assert_int_equal(cells[0].percent, 80);
    assert_int_equal(cells[1].shown, 100);
    assert_int_equal(cells[1].percent, 20);
}

static void small_counts_take_another_with_them(void **state) {
    (void)state;
    struct small_cell cells[] = {{.count = 3}, {.count = 30}, {.count = 60}};
    struct small_table table = closed(cells, 3);
    assert_int_equal(table.shown, 95);
    assert_true(cells[0].is_hidden);
    assert_true(cells[1].is_hidden);
    assert_false(cells[2].is_hidden);
    assert_int_equal(cells[0].shown, 0);
}

static void two_that_are_few_together_take_a_third(void **state) {
    (void)state;
    struct small_cell cells[] = {{.count = 3}, {.count = 4}, {.count = 30}, {.count = 60}};
    (void)closed(cells, 4);
    assert_true(cells[0].is_hidden && cells[1].is_hidden && cells[2].is_hidden);
    assert_false(cells[3].is_hidden);
}

static void nearly_all_and_all_are_hidden(void **state) {
    (void)state;
    struct small_cell nearly[] = {{.count = 7}, {.count = 500}};
    struct small_cell all[] = {{.count = 0}, {.count = 500}};
    (void)closed(nearly, 2);
    (void)closed(all, 2);
    assert_true(nearly[0].is_hidden && nearly[1].is_hidden);
    assert_true(all[0].is_hidden && all[1].is_hidden);
}

static void a_small_total_is_hidden(void **state) {
    (void)state;
    struct small_cell cells[] = {{.count = 3}, {.count = 4}};
    struct small_table table = closed(cells, 2);
    assert_true(table.is_hidden);
    assert_int_equal(table.shown, 0);
    assert_true(cells[0].is_hidden && cells[1].is_hidden);
    struct small_cell none[] = {{.count = 0}};
    assert_true(closed(none, 1).is_hidden);
}

/* What everybody knows to be empty hides nothing and is shown. */
static void a_known_zero_hides_nobody(void **state) {
    (void)state;
    struct small_cell cells[] = {
        {.count = 0, .is_known_zero = true}, {.count = 3}, {.count = 30}, {.count = 60}};
    (void)closed(cells, 4);
    assert_false(cells[0].is_hidden);
    assert_true(cells[1].is_hidden && cells[2].is_hidden);
    assert_false(cells[3].is_hidden);
}

static void percentages_need_fifty(void **state) {
    (void)state;
    struct small_cell fewer[] = {{.count = 20}, {.count = 27}};
    struct small_cell more[] = {{.count = 20}, {.count = 28}};
    (void)closed(fewer, 2);
    (void)closed(more, 2);
    assert_false(fewer[0].has_percent);
    assert_true(more[0].has_percent);
    assert_int_equal(more[0].percent, 40);
}

static void no_rows_and_one(void **state) {
    (void)state;
    struct small_cell one[] = {{.count = 12}};
    assert_true(closed(NULL, 0).is_hidden);
    assert_int_equal(closed(one, 1).shown, 10);
    assert_int_equal(one[0].shown, 10);
}

/* ---- the attacker ---------------------------------------------------------------------------- */

/* A table and what is shown of it, as one number to sort by. */
struct seen {
    uint64_t shown;
    uint8_t counts[ROWS];
    uint8_t hidden[ROWS];
};

static int seen_order(const void *a, const void *b) {
    uint64_t one = ((const struct seen *)a)->shown;
    uint64_t other = ((const struct seen *)b)->shown;
    return one < other ? -1 : one > other;
}

static void look(struct seen *seen, unsigned number, unsigned known) {
    struct small_cell cells[ROWS] = {{0}};
    for (size_t i = 0; i < ROWS; i++) {
        seen->counts[i] = (uint8_t)(number % MOST);
        number /= MOST;
        cells[i].count = seen->counts[i];
        cells[i].is_known_zero = (known >> i & 1) != 0 && seen->counts[i] == 0;
    }
    struct small_table table = closed(cells, ROWS);
    seen->shown = table.is_hidden ? NO_TOTAL : table.shown;
    for (size_t i = 0; i < ROWS; i++) {
        seen->hidden[i] = cells[i].is_hidden ? 1 : 0;
        seen->shown = seen->shown << 8 | (cells[i].is_hidden ? 255 : cells[i].shown);
    }
}

/* Of all tables that look like this one, a hidden count from 1 to 7 has another value in some. */
static void none_is_solved_for(const struct seen *alike, size_t count) {
    for (size_t i = 0; i < ROWS; i++) {
        bool differs = false;
        for (size_t j = 1; j < count; j++) {
            differs = differs || alike[j].counts[i] != alike[0].counts[i];
        }
        bool is_small = alike[0].counts[i] >= 1 && alike[0].counts[i] < SMALL_LEAST;
        if (is_small && !differs) {
            fail_msg("%u %u %u is solved for", alike[0].counts[0], alike[0].counts[1],
                     alike[0].counts[2]);
        }
        assert_true(!is_small || alike[0].hidden[i] == 1);
    }
}

static void every_table(unsigned known) {
    struct seen *all = calloc(TABLES, sizeof *all);
    assert_non_null(all);
    for (unsigned i = 0; i < TABLES; i++) {
        look(&all[i], i, known);
    }
    qsort(all, TABLES, sizeof *all, seen_order);
    size_t first = 0;
    for (size_t i = 1; i <= TABLES; i++) {
        if (i == TABLES || all[i].shown != all[first].shown) {
            /* Every table that looks so is here: none of its counts is more than its total. */
            uint64_t total = all[first].shown >> (8 * ROWS);
            if (total == NO_TOTAL || total + SMALL_STEP < MOST) {
                none_is_solved_for(&all[first], i - first);
            }
            first = i;
        }
    }
    free(all);
}

static void who_knows_the_rules_solves_for_nobody(void **state) {
    (void)state;
    for (unsigned known = 0; known < 1U << ROWS; known++) {
        every_table(known);
    }
}

/* Two tables of the same events: what one hides does not follow from the other's total. */
static void totals_of_two_tables_tell_no_more(void **state) {
    (void)state;
    for (uint64_t small = 1; small < SMALL_LEAST; small++) {
        struct small_cell by_one[] = {{.count = small}, {.count = 40}, {.count = 60}};
        struct small_cell by_other[] = {{.count = 50}, {.count = 50 + small}};
        struct small_table one = closed(by_one, 3);
        struct small_table other = closed(by_other, 2);
        assert_int_equal(one.shown, other.shown);
        /* The least and the most that total less shown rows can be: always many more than one. */
        uint64_t rest = other.shown - by_one[2].shown;
        assert_true(by_one[0].is_hidden && by_one[1].is_hidden);
        assert_true(rest > 2 * SMALL_LEAST);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_counts_are_rounded),
        cmocka_unit_test(small_counts_take_another_with_them),
        cmocka_unit_test(two_that_are_few_together_take_a_third),
        cmocka_unit_test(nearly_all_and_all_are_hidden),
        cmocka_unit_test(a_small_total_is_hidden),
        cmocka_unit_test(a_known_zero_hides_nobody),
        cmocka_unit_test(percentages_need_fifty),
        cmocka_unit_test(no_rows_and_one),
        cmocka_unit_test(who_knows_the_rules_solves_for_nobody),
        cmocka_unit_test(totals_of_two_tables_tell_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
