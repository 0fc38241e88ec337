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
    struct store_review_due *ids = NULL;
    size_t count = 0;
    const struct store_due_look look = {.now_ms = now_ms};
    assert_false(lg_failed(store_reviews_due(w->s.reader, &look, w->s.arena, &ids, &count)));
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

static size_t taken_in_turn(struct review_world *w, size_t from, size_t to) {
    static const char *const users[] = {"user-3", "user-4"};
    for (size_t i = from; i < to; i++) {
        struct review_act take = review_act_of(REVIEW_TAKE, users[i % 2]);
        review_do(w, &take);
    }
    return review_case_of(w, review_first).act_count;
}

static void is_taken_and_closed_by_the_lead(struct review_world *w) {
    struct review_act take = review_act_of(REVIEW_TAKE, "user-9");
    struct review_act close = review_closing_of("user-9");
    take.agency = span_text("lead");
    close.agency = take.agency;
    assert_true(review_case_of(w, review_first).lapsed_ms != 0);
    assert_int_equal(review_case_of(w, review_first).taken_by.len, 0);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    review_do(w, &take);
    assert_int_equal(review_check(w, &close), REVIEW_FAULT_NONE);
    review_do(w, &close);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_CLOSED);
}

/* Two who took it from each other as often as they could, and once more in one moment. */
static void a_case_full_of_takes_can_be_closed_after_its_day(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    assert_int_equal(taken_in_turn(w, 0, 59), 59);
    struct review_act up = review_act_of(REVIEW_ESCALATE, "user-3");
    up.reasons = span_text("Needs somebody else.");
    assert_int_equal(review_check(w, &up), REVIEW_FAULT_FULL);
    review_do(w, &up); /* nor does one count that was checked before */
    assert_true(review_case_of(w, review_first).taken_by.len > 0);
    (void)taken_in_turn(w, 59, 61);
    lapse(w, "lead");
    is_taken_and_closed_by_the_lead(w);
}

static void acts_of_one_moment_leave_room_for_the_lapse(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    (void)taken_in_turn(w, 0, STORE_REVIEW_ACTS_MAX + 10);
    lapse(w, "lead");
    is_taken_and_closed_by_the_lead(w);
}

/* Escalated by one person many times in one moment: who takes it then has it. */
static void escalations_of_one_moment_leave_room_for_who_takes_it(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    lapse(w, "lead");
    (void)taken_in_turn(w, 0, 50);
    for (size_t i = 0; i < 20; i++) {
        struct review_act up = review_act_of(REVIEW_ESCALATE, "user-4");
        review_do(w, &up);
    }
    is_taken_and_closed_by_the_lead(w);
}

/* There is no other agency, and both of its officers have escalated it. */
static void a_lapse_to_the_same_agency_lets_its_officers_take_it(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    static const char *const users[] = {"user-3", "user-4"};
    for (size_t i = 0; i < 2; i++) {
        struct review_act take = review_act_of(REVIEW_TAKE, users[i]);
        struct review_act up = review_act_of(REVIEW_ESCALATE, users[i]);
        review_do(w, &take);
        review_do(w, &up);
        assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
    }
    lapse(w, "police");
    for (size_t i = 0; i < 2; i++) {
        struct review_act take = review_act_of(REVIEW_TAKE, users[i]);
        assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    }
}

/* Nor may they be stuck when both have escalated it once more. */
static void after_such_a_lapse_nobody_is_kept_out(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    static const char *const users[] = {"user-3", "user-4"};
    review_open(w, &opening);
    lapse(w, "police");
    for (size_t i = 0; i < 2; i++) {
        struct review_act take = review_act_of(REVIEW_TAKE, users[i]);
        struct review_act up = review_act_of(REVIEW_ESCALATE, users[i]);
        assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
        review_do(w, &take);
        review_do(w, &up);
    }
    for (size_t i = 0; i < 2; i++) {
        struct review_act take = review_act_of(REVIEW_TAKE, users[i]);
        assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    }
}

/* With one officer at either agency, past the lapse each may take it again when the other has
 * escalated it, and neither what they escalated last. */
static void after_a_lapse_the_last_to_escalate_is_kept_out(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take[] = {review_act_of(REVIEW_TAKE, "user-3"),
                                review_act_of(REVIEW_TAKE, "user-9")};
    struct review_act up[] = {review_act_of(REVIEW_ESCALATE, "user-3"),
                              review_act_of(REVIEW_ESCALATE, "user-9")};
    take[1].agency = span_text("lead");
    up[1].agency = span_text("lead");
    review_do(w, &take[0]);
    review_do(w, &up[0]);
    lapse(w, "lead");
    review_do(w, &take[1]);
    review_do(w, &up[1]);
    assert_int_equal(review_check(w, &take[1]), REVIEW_FAULT_ESCALATED);
    assert_int_equal(review_check(w, &take[0]), REVIEW_FAULT_NONE);
}

/* Two who were let through at one moment: whoever reads the case after their own act knows whether
 * it is theirs. */
static void a_lost_race_is_seen(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act late = review_act_of(REVIEW_TAKE, "user-4");
    struct review_act close = review_act_of(REVIEW_CLOSE, "user-3");
    struct review_act up = review_act_of(REVIEW_ESCALATE, "user-3");
    review_do(w, &take);
    struct review_case it = review_case_of(w, review_first);
    assert_true(review_act_counted(&it, &take));
    assert_false(review_act_counted(&it, &late));
    assert_false(review_act_counted(&it, &up));
    review_do(w, &close);
    it = review_case_of(w, review_first);
    assert_true(review_act_counted(&it, &close));
    review_do(w, &late); /* was let through before the case was closed */
    it = review_case_of(w, review_first);
    assert_false(review_act_counted(&it, &late));
    assert_int_equal(review_act_check(&it, &late), REVIEW_FAULT_CLOSED);
    struct review_act again = close;
    again.at_ms++;
    review_do(w, &again);
    it = review_case_of(w, review_first);
    assert_true(review_act_counted(&it, &close));
    assert_false(review_act_counted(&it, &again));
    struct review_act tell = review_act_of(REVIEW_TELL, "user-3");
    tell.channel = span_text("in-person");
    review_do(w, &tell);
    again = tell;
    again.at_ms++;
    it = review_case_of(w, review_first);
    assert_true(review_act_counted(&it, &tell));
    assert_false(review_act_counted(&it, &again));
}

/* Who was let through at one moment with as many others as are stored is passed over. */
static void a_take_that_was_not_stored_is_seen(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    (void)taken_in_turn(w, 0, STORE_REVIEW_ACTS_MAX + 10);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-77");
    review_do(w, &take);
    struct review_case it = review_case_of(w, review_first);
    assert_false(review_act_counted(&it, &take));
}

static void a_lapse_to_another_agency_lets_nobody_back(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act up = review_act_of(REVIEW_ESCALATE, "user-3");
    review_do(w, &take);
    review_do(w, &up);
    lapse(w, "lead");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(an_overdue_case_is_handed_on_once),
        CASE(an_agency_that_was_asked_may_be_next),
        CASE(a_closed_case_is_handed_to_nobody),
        CASE(a_case_full_of_takes_can_be_closed_after_its_day),
        CASE(acts_of_one_moment_leave_room_for_the_lapse),
        CASE(escalations_of_one_moment_leave_room_for_who_takes_it),
        CASE(a_lapse_to_the_same_agency_lets_its_officers_take_it),
        CASE(a_lapse_to_another_agency_lets_nobody_back),
        CASE(after_such_a_lapse_nobody_is_kept_out),
        CASE(after_a_lapse_the_last_to_escalate_is_kept_out),
        CASE(a_lost_race_is_seen),
        CASE(a_take_that_was_not_stored_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
