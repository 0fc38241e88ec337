/* SPDX-License-Identifier: Apache-2.0 */
/* A case that is not closed by its day: who sees it from then on, and that this happens once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/review_world.h"

#include <cmocka.h>

static int set_up(void **state) {
    static struct review_world world;
    world = (struct review_world){0};
    store_support_init(&world.s);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(&((struct review_world *)*state)->s);
    return 0;
}

static void lapse(struct review_world *w, const char *next) {
    struct review_case it = review_case_of(w, review_first);
    struct span body;
    assert_false(lg_failed(
        review_lapse_encode(&it, span_text(next), it.opening.due_ms + 1, w->s.arena, &body)));
    review_commit(w, body);
}

static size_t due(struct review_world *w, int64_t now_ms) {
    struct review_id *ids = NULL;
    size_t count = 0;
    assert_false(lg_failed(store_reviews_due(w->s.reader, now_ms, w->s.arena, &ids, &count)));
    return count;
}

/* Whoever is next sees and does what the reviewer's officers do; once, and not of a closed case. */
static void an_overdue_case_is_handed_on_once(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    struct store_review_side *sides = NULL;
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    review_do(w, &take);
    assert_int_equal(due(w, opening.due_ms), 0);
    assert_int_equal(due(w, opening.due_ms + 1), 1);
    assert_int_equal(review_listed(w, "lead", true, &sides), 0);
    lapse(w, "lead");
    assert_int_equal(due(w, opening.due_ms + 1), 0);
    struct review_case it = review_case_of(w, review_first);
    assert_int_equal(it.state, STORE_REVIEW_ESCALATED);
    assert_true(span_equal_text(it.lapsed_to, "lead"));
    assert_int_equal(it.taken_by.len, 0);
    assert_true(review_case_is_overdue(&it, opening.due_ms + 1)); /* and counts as before */
    assert_true(span_equal_text(review_case_telling(&it), "blocked"));
    assert_int_equal(review_listed(w, "lead", true, &sides), 1);
    assert_true(sides[0].is_own);
    assert_memory_not_equal(&sides[0].id, &review_first, sizeof review_first);
    /* Whoever had it may take it again, and an officer of the lead. Nobody reviews themselves. */
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    take.user_id = span_text("user-1");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_OWN);
    take.agency = span_text("lead");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    review_do(w, &take);
    lapse(w, "police"); /* a second one in the log changes nothing */
    assert_true(span_equal_text(review_case_of(w, review_first).lapsed_to, "lead"));
    assert_true(span_equal_text(review_case_of(w, review_first).taken_by, "user-1"));
    store_support_reopen(&w->s);
    assert_int_equal(due(w, opening.due_ms + 1), 0);
}

static void an_agency_that_was_asked_may_be_next(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    struct store_review_side *before = NULL;
    struct store_review_side *after = NULL;
    review_open(w, &opening);
    assert_int_equal(review_listed(w, "homes", true, &before), 1);
    assert_false(before[0].is_own);
    lapse(w, "homes");
    assert_int_equal(review_listed(w, "homes", true, &after), 1);
    assert_true(after[0].is_own);
    assert_memory_equal(&after[0].id, &before[0].id, sizeof review_first);
    assert_int_equal(review_listed(w, "police", true, &after), 1);
    assert_true(after[0].is_own);
}

static void a_closed_case_is_handed_to_nobody(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    struct store_review_side *sides = NULL;
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act close = review_closing_of("user-3");
    review_do(w, &take);
    review_do(w, &close);
    assert_int_equal(due(w, INT64_MAX), 0);
    lapse(w, "lead"); /* checked in the moment before */
    assert_int_equal(review_listed(w, "lead", false, &sides), 0);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_CLOSED);
    assert_int_equal(review_case_of(w, review_first).lapsed_ms, 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_overdue_case_is_handed_on_once),
        CASE(an_agency_that_was_asked_may_be_next),
        CASE(a_closed_case_is_handed_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
