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

/* ---- people ---------------------------------------------------------------------------------- */

static struct small_person person(uint8_t number) {
    struct small_person made;
    memset(made.code, number, sizeof made.code);
    memcpy(made.other, made.code, sizeof made.other);
    return made;
}

/* Those of so many numbers from the first on. */
static struct small_people people(uint8_t first, uint8_t count) {
    struct small_people made = {.count = 0};
    for (uint8_t i = 0; i < count; i++) {
        const struct small_person one = person((uint8_t)(first + i));
        small_people_add(&made, &one);
        small_people_add(&made, &one);
    }
    return made;
}

static void people_count_once(void **state) {
    struct small_people made = people(1, 7);
    struct small_person other = person(200);
    (void)state;
    assert_int_equal(made.count, 7);
    memset(other.other, 3, sizeof other.other); /* the third, by another code */
    small_people_add(&made, &other);
    assert_int_equal(made.count, 7);
    made = people(1, 100);
    assert_int_equal(made.count, SMALL_LEAST);
    struct small_people named = {.count = 0};
    small_people_add(&named, &other);
    other = person(3);
    small_people_add(&named, &other);
    assert_int_equal(named.count, 1);
}

/* Many questions about few people are small. */
static void a_row_about_few_people_is_hidden(void **state) {
    struct small_people few = people(1, 7);
    struct small_people more = people(20, 30);
    struct small_people most = people(60, 30);
    struct small_cell cells[] = {{.count = 300, .people = &few},
                                 {.count = 40, .people = &more},
                                 {.count = 50, .people = &most},
                                 {.count = 60, .people = &most}};
    (void)state;
    struct small_table table = closed(cells, 4);
    assert_false(table.is_hidden);
    assert_true(cells[0].is_hidden && cells[1].is_hidden && cells[2].is_hidden);
    assert_false(cells[3].is_hidden);
    assert_true(small_is_few(&cells[0]));
    /* Eight are enough, of whom another row has most. */
    few = people(1, 8);
    (void)closed(cells, 4);
    assert_false(cells[0].is_hidden);
}

/* Nearly everybody is in one row, whatever the numbers of questions are. */
static void few_people_left_over_hide_the_rest(void **state) {
    struct small_people all = people(1, 30);
    struct small_people some = people(1, 5);
    struct small_cell cells[] = {{.count = 100, .people = &all}, {.count = 90, .people = &some}};
    (void)state;
    (void)closed(cells, 2);
    assert_true(cells[0].is_hidden && cells[1].is_hidden);
    struct small_cell same[] = {{.count = 100, .people = &some}, {.count = 90, .people = &some}};
    struct small_table table = closed(same, 2);
    assert_true(table.is_hidden && table.shown == 0);
}

/* Somebody was erased, or a row with nothing in it was added: more is hidden, nothing else. */
static void a_second_table_hides_no_less(void **state) {
    enum { CELLS = 4, SIZES = 11 };
    static const uint64_t counts[SIZES] = {0, 3, 8, 9, 15, 20, 21, 30, 50, 80, 100};
    (void)state;
    for (unsigned i = 0; i < SIZES * SIZES * SIZES * SIZES; i++) {
        struct small_people sets[CELLS];
        struct small_cell before[CELLS];
        struct small_cell after[CELLS + 1] = {{.count = 0}};
        unsigned number = i;
        for (size_t j = 0; j < CELLS; j++) {
            uint64_t count = counts[number % SIZES];
            number /= SIZES;
            sets[j] = people((uint8_t)(1 + 60 * j), count > 12 ? 12 : (uint8_t)count);
            before[j] = (struct small_cell){.count = count, .people = &sets[j]};
        }
        (void)closed(before, CELLS);
        struct small_people fewer = people((uint8_t)(1 + 60 * (i % CELLS)), 2);
        memcpy(after, before, sizeof before);
        if (before[i % CELLS].count > 1) {
            after[i % CELLS].people = &fewer;
        }
        (void)closed(after, CELLS);
        for (size_t j = 0; j < CELLS; j++) {
            assert_true(!before[j].is_hidden || after[j].is_hidden);
        }
        memcpy(after, before, sizeof before);
        after[CELLS] = (struct small_cell){.count = 0};
        (void)closed(after, CELLS + 1);
        for (size_t j = 0; j < CELLS; j++) {
            assert_true(!before[j].is_hidden || after[j].is_hidden);
        }
    }
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

static void look(struct seen *seen, unsigned number) {
    struct small_cell cells[ROWS] = {{0}};
    for (size_t i = 0; i < ROWS; i++) {
        seen->counts[i] = (uint8_t)(number % MOST);
        number /= MOST;
        cells[i].count = seen->counts[i];
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
        bool is_small = alike[0].counts[i] < SMALL_LEAST;
        if (is_small && !differs) {
            fail_msg("%u %u %u is solved for", alike[0].counts[0], alike[0].counts[1],
                     alike[0].counts[2]);
        }
        assert_true(!is_small || alike[0].hidden[i] == 1);
    }
}

static void who_knows_the_rules_solves_for_nobody(void **state) {
    struct seen *all = calloc(TABLES, sizeof *all);
    (void)state;
    assert_non_null(all);
    for (unsigned i = 0; i < TABLES; i++) {
        look(&all[i], i);
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
        cmocka_unit_test(people_count_once),
        cmocka_unit_test(a_row_about_few_people_is_hidden),
        cmocka_unit_test(few_people_left_over_hide_the_rest),
        cmocka_unit_test(a_second_table_hides_no_less),
        cmocka_unit_test(percentages_need_fifty),
        cmocka_unit_test(no_rows_and_one),
        cmocka_unit_test(who_knows_the_rules_solves_for_nobody),
        cmocka_unit_test(totals_of_two_tables_tell_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
