/* SPDX-License-Identifier: Apache-2.0 */
/* Review cases: entries there and back, who may do what, counts, sides, a store built again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/review_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct review_id second = {{2}};

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

static void a_case_comes_back_as_it_went(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_case it = review_case_of(w, review_first);
    assert_int_equal(it.state, STORE_REVIEW_OPEN);
    assert_int_equal(it.opening.kind, REVIEW_EMERGENCY);
    assert_int_equal(it.opening.due_ms, opening.due_ms);
    assert_int_equal(it.opening.tell_due_ms, opening.tell_due_ms);
    assert_int_equal(it.opening.capacity, CAPACITY_CANNOT);
    assert_true(it.opening.has_person);
    assert_memory_equal(&it.opening.person, &opening.person, sizeof opening.person);
    assert_true(span_equal(it.opening.rationale, opening.rationale));
    assert_true(span_equal(it.opening.second_user, opening.second_user));
    assert_true(span_equal(it.opening.tell_office, opening.tell_office));
    assert_int_equal(it.opening.sources.count, 2);
    assert_true(span_equal_text(it.opening.sources.items[1], "school"));
    assert_true(span_equal_text(review_case_telling(&it), "blocked"));
    assert_false(store_support_folder_has(&w->s, span_text("unconscious")));
    assert_false(store_support_folder_has(&w->s, span_text("user-1")));
}

static void bodies_outside_their_range_are_refused(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    struct review_entry entry;
    struct span body;
    opening.kind = REVIEW_KIND_END;
    assert_true(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    opening = review_emergency(review_first);
    opening.due_ms = opening.opened_ms - 1;
    assert_true(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    opening = review_emergency(review_first);
    opening.rationale = span_of(arena_alloc(w->s.arena, 4000), 4000);
    assert_true(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    opening = review_emergency(review_first);
    assert_false(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    for (size_t len = 0; len < body.len; len++) {
        assert_true(lg_failed(review_entry_decode(span_of(body.ptr, len), w->s.arena, &entry)));
    }
    uint8_t *longer = arena_alloc(w->s.arena, body.len + 1);
    memcpy(longer, body.ptr, body.len);
    assert_true(lg_failed(review_entry_decode(span_of(longer, body.len + 1), w->s.arena, &entry)));
    longer[0] = 2;
    assert_true(lg_failed(review_entry_decode(span_of(longer, body.len), w->s.arena, &entry)));
}

static void who_did_it_and_who_confirmed_it_do_not_review_it(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act own = review_act_of(REVIEW_TAKE, "user-1");
    struct review_act confirmed = review_act_of(REVIEW_TAKE, "user-2");
    struct review_act other = review_act_of(REVIEW_TAKE, "user-3");
    assert_int_equal(review_check(w, &own), REVIEW_FAULT_OWN);
    assert_int_equal(review_check(w, &confirmed), REVIEW_FAULT_OWN);
    assert_int_equal(review_check(w, &other), REVIEW_FAULT_NONE);
    /* The same user id of another agency is another person. */
    own.agency = span_text("homes");
    assert_int_equal(review_check(w, &own), REVIEW_FAULT_NONE);
    /* Nor does an entry that got into the log by itself count. */
    own.agency = span_text("police");
    review_do(w, &own);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_OPEN);
}

static void a_case_is_taken_closed_and_the_person_told(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act close = review_act_of(REVIEW_CLOSE, "user-3");
    struct review_act tell = review_act_of(REVIEW_TELL, "user-4");
    close.outcome = span_text("justified");
    close.reasons = span_text("The ambulance service attended.");
    close.telling = span_text("tell");
    tell.channel = span_text("in-person");
    assert_int_equal(review_check(w, &close), REVIEW_FAULT_NOT_TAKEN);
    assert_int_equal(review_check(w, &tell), REVIEW_FAULT_BLOCKED);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    review_do(w, &take);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_TAKEN);
    assert_int_equal(review_check(w, &tell), REVIEW_FAULT_BLOCKED);
    struct review_act wrong = close;
    wrong.outcome = span_text("fine");
    assert_int_equal(review_check(w, &wrong), REVIEW_FAULT_OUTCOME);
    wrong = close;
    wrong.reasons = span_text("");
    assert_int_equal(review_check(w, &wrong), REVIEW_FAULT_OUTCOME);
    wrong = close;
    wrong.telling = span_text("");
    assert_int_equal(review_check(w, &wrong), REVIEW_FAULT_TELLING);
    assert_int_equal(review_check(w, &close), REVIEW_FAULT_NONE);
    review_do(w, &close);
    assert_int_equal(review_check(w, &close), REVIEW_FAULT_CLOSED);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_CLOSED);
    struct review_act shouted = tell;
    shouted.channel = span_text("postcard");
    assert_int_equal(review_check(w, &shouted), REVIEW_FAULT_CHANNEL);
    assert_int_equal(review_check(w, &tell), REVIEW_FAULT_NONE);
    review_do(w, &tell);
    assert_int_equal(review_check(w, &tell), REVIEW_FAULT_TOLD);
    struct review_case it = review_case_of(w, review_first);
    assert_int_equal(it.state, STORE_REVIEW_CLOSED);
    assert_true(span_equal_text(it.outcome, "justified"));
    assert_true(span_equal_text(review_case_telling(&it), "told"));
    assert_true(span_equal_text(it.channel, "in-person"));
}

static void unsafe_telling_stays_blocked(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act close = review_act_of(REVIEW_CLOSE, "user-3");
    struct review_act tell = review_act_of(REVIEW_TELL, "user-4");
    close.outcome = span_text("justified");
    close.reasons = span_text("The other adult of the home would learn of it.");
    close.telling = span_text("do-not-tell-harm");
    tell.channel = span_text("in-person");
    review_do(w, &take);
    review_do(w, &close);
    assert_int_equal(review_check(w, &tell), REVIEW_FAULT_BLOCKED);
    struct review_case it = review_case_of(w, review_first);
    assert_true(span_equal_text(review_case_telling(&it), "do-not-tell-harm"));
}

static void who_escalates_gives_it_up(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act up = review_act_of(REVIEW_ESCALATE, "user-3");
    struct review_act close = review_act_of(REVIEW_CLOSE, "user-3");
    close.outcome = span_text("not-justified");
    close.reasons = span_text("No risk was recorded anywhere.");
    close.telling = span_text("tell");
    review_do(w, &take);
    assert_int_equal(review_check(w, &up), REVIEW_FAULT_OUTCOME);
    up.reasons = span_text("Needs the Caldicott Guardian.");
    assert_int_equal(review_check(w, &up), REVIEW_FAULT_NONE);
    review_do(w, &up);
    assert_int_equal(review_check(w, &close), REVIEW_FAULT_NOT_TAKEN);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_ESCALATED);
    take.user_id = span_text("user-5");
    review_do(w, &take);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_ESCALATED);
    close.user_id = span_text("user-5");
    assert_int_equal(review_check(w, &close), REVIEW_FAULT_NONE);
    review_do(w, &close);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_CLOSED);
}

static void is_closed_and_told(struct review_world *w, const struct review_act *close) {
    struct review_act tell = review_act_of(REVIEW_TELL, "user-9");
    tell.channel = span_text("in-person");
    assert_int_equal(review_check(w, close), REVIEW_FAULT_NONE);
    review_do(w, close);
    assert_int_equal(review_case_of(w, review_first).state, STORE_REVIEW_CLOSED);
    assert_int_equal(review_check(w, &tell), REVIEW_FAULT_NONE);
    review_do(w, &tell);
    assert_true(review_case_of(w, review_first).told_ms != 0);
}

static void a_case_taken_to_and_fro_can_still_be_closed(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    static const char *const users[] = {"user-3", "user-4"};
    size_t acts = 0;
    struct review_act take = review_act_of(REVIEW_TAKE, users[0]);
    while (acts <= STORE_REVIEW_ACTS_MAX && review_check(w, &take) == REVIEW_FAULT_NONE) {
        review_do(w, &take);
        take = review_act_of(REVIEW_TAKE, users[++acts % 2]);
    }
    assert_int_equal(acts, STORE_REVIEW_ACTS_ESCALATED_MAX);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_FULL);
    struct review_act up = review_act_of(REVIEW_ESCALATE, users[(acts - 1) % 2]);
    up.reasons = span_text("Needs somebody else.");
    assert_int_equal(review_check(w, &up), REVIEW_FAULT_FULL);
    struct review_act close = review_closing_of(users[(acts - 1) % 2]);
    is_closed_and_told(w, &close);
}

/* The last escalation leaves it with nobody: it is taken once more, and closed. */
static void a_case_escalated_to_the_end_can_still_be_taken(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    char users[STORE_REVIEW_ACTS_MAX][32];
    size_t turn = 0;
    for (; review_case_of(w, review_first).act_count < STORE_REVIEW_ACTS_ESCALATED_MAX; turn++) {
        (void)snprintf(users[turn], sizeof users[turn], "officer-%zu", turn);
        (void)snprintf(users[turn + 1], sizeof users[turn], "officer-%zu", turn + 1);
        struct review_act take = review_act_of(REVIEW_TAKE, users[turn]);
        struct review_act up = review_act_of(REVIEW_ESCALATE, users[turn]);
        up.reasons = span_text("Needs somebody else.");
        assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
        review_do(w, &take);
        assert_int_equal(review_check(w, &up), REVIEW_FAULT_NONE);
        review_do(w, &up);
    }
    assert_int_equal(review_case_of(w, review_first).taken_by.len, 0);
    struct review_act take = review_act_of(REVIEW_TAKE, users[turn]);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    review_do(w, &take);
    struct review_act close = review_closing_of(users[turn]);
    is_closed_and_told(w, &close);
}

/* Acts that were checked at one moment all enter the log; the store leaves room for the last. */
static void acts_of_one_moment_leave_room_for_the_last(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    static const char *const users[] = {"user-3", "user-4"};
    for (size_t i = 0; i < STORE_REVIEW_ACTS_MAX + 10; i++) {
        struct review_act take = review_act_of(REVIEW_TAKE, users[i % 2]);
        review_do(w, &take);
    }
    struct review_case it = review_case_of(w, review_first);
    assert_int_equal(it.act_count, STORE_REVIEW_ACTS_OPEN_MAX - LIMIT_STORE_REVIEW_ACTS_LAPSE);
    struct review_act close = review_closing_of("user-4");
    assert_true(span_equal_text(it.taken_by, "user-4"));
    is_closed_and_told(w, &close);
}

static void nobody_tells_in_their_own_case(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act close = review_closing_of("user-3");
    review_do(w, &take);
    review_do(w, &close);
    static const char *const own[] = {"user-1", "user-2"};
    for (size_t i = 0; i < 2; i++) {
        struct review_act tell = review_act_of(REVIEW_TELL, own[i]);
        tell.channel = span_text("in-person");
        assert_int_equal(review_check(w, &tell), REVIEW_FAULT_OWN);
    }
}

static void who_escalated_does_not_take_it_again(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act up = review_act_of(REVIEW_ESCALATE, "user-3");
    up.reasons = span_text("Needs the Caldicott Guardian.");
    review_do(w, &take);
    review_do(w, &up);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
    take.user_id = span_text("USER-3");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
    take.user_id = span_text("user-5");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
    review_do(w, &take);
    take.user_id = span_text("user-3"); /* nor from whoever has it now */
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
    /* Two do not hand it to and fro: once both have escalated, neither takes it. */
    up.user_id = span_text("user-5");
    assert_int_equal(review_check(w, &up), REVIEW_FAULT_NONE);
    review_do(w, &up);
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
    take.user_id = span_text("User-5");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_ESCALATED);
    take.user_id = span_text("user-6");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_NONE);
}

static void one_name_in_two_cases_is_one_person(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act own = review_act_of(REVIEW_TAKE, "User-1");
    struct review_act confirmed = review_act_of(REVIEW_TAKE, "USER-2");
    struct review_act take = review_act_of(REVIEW_TAKE, "Ig-3");
    assert_int_equal(review_check(w, &own), REVIEW_FAULT_OWN);
    assert_int_equal(review_check(w, &confirmed), REVIEW_FAULT_OWN);
    review_do(w, &take);
    take.user_id = span_text("iG-3");
    assert_int_equal(review_check(w, &take), REVIEW_FAULT_TAKEN);
    struct review_act close = review_closing_of("ig-3");
    is_closed_and_told(w, &close);
}

static uint32_t counted(struct review_world *w, const char *user, int64_t after, int64_t due,
                        bool open) {
    struct store_review_count which = {.kind = REVIEW_EMERGENCY,
                                       .opened_after_ms = after,
                                       .due_before_ms = due,
                                       .is_unclosed = open};
    const struct review_opener opener = {span_text("police"), span_text(user), span_text("otr")};
    uint32_t count = 99;
    assert_false(lg_failed(review_opener_tag(w->s.store, &opener, &which.opener)));
    assert_false(lg_failed(store_reviews_count(w->s.reader, &which, &count)));
    return count;
}

static void cases_count_for_whose_doing_they_are(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    opening = review_emergency(second);
    opening.opened_ms = 9000;
    opening.due_ms = 9000 + 3 * REVIEW_DAY_MS;
    review_open(w, &opening);
    review_open(w, &opening); /* the same id once more changes nothing */
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, false), 2);
    assert_int_equal(counted(w, "user-1", 1000, INT64_MAX, false), 1);
    assert_int_equal(counted(w, "user-2", 0, INT64_MAX, false), 0);
    assert_int_equal(counted(w, "user-1", 0, 2000 + 3 * REVIEW_DAY_MS, true), 1);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    struct review_act close = review_act_of(REVIEW_CLOSE, "user-3");
    close.outcome = span_text("justified");
    close.reasons = span_text("It was.");
    close.telling = span_text("not-needed");
    review_do(w, &take);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, true), 2);
    review_do(w, &close);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, true), 1);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, false), 2);
    /* Derived from the log, and kept. */
    store_support_reopen(&w->s);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, true), 1);
}

static void each_side_has_its_own_name_for_a_case(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    struct store_review_side *homes = NULL;
    struct store_review_side *school = NULL;
    struct store_review_side *police = NULL;
    struct store_review_side *none = NULL;
    review_open(w, &opening);
    assert_int_equal(review_listed(w, "police", true, &police), 1);
    assert_int_equal(review_listed(w, "homes", true, &homes), 1);
    assert_int_equal(review_listed(w, "school", true, &school), 1);
    assert_int_equal(review_listed(w, "clinic", true, &none), 0);
    assert_true(police[0].is_own);
    assert_false(homes[0].is_own);
    assert_memory_equal(&police[0].id, &review_first, sizeof review_first);
    assert_memory_not_equal(&homes[0].id, &school[0].id, sizeof review_first);
    assert_memory_not_equal(&homes[0].id, &review_first, sizeof review_first);
    struct store_review_side side;
    assert_false(lg_failed(
        store_review_side_find(w->s.reader, span_text("homes"), &homes[0].id, w->s.arena, &side)));
    assert_true(side.is_found);
    assert_memory_equal(&side.review.id, &review_first, sizeof review_first);
    assert_false(lg_failed(
        store_review_side_find(w->s.reader, span_text("school"), &homes[0].id, w->s.arena, &side)));
    assert_false(side.is_found);
}

static void what_was_applied_is_passed_over(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    struct review_act take = review_act_of(REVIEW_TAKE, "user-3");
    review_do(w, &take);
    /* A replay from the beginning, as after a crash between the log and the store. */
    w->size = 0;
    review_open(w, &opening);
    review_do(w, &take);
    struct store_review_act *acts = NULL;
    size_t count = 0;
    assert_false(
        lg_failed(store_review_acts_read(w->s.reader, &review_first, w->s.arena, &acts, &count)));
    assert_int_equal(count, 1);
}

static void memory_may_end_anywhere(void **state) {
    struct review_world *w = *state;
    struct review_opening opening = review_emergency(review_first);
    review_open(w, &opening);
    bool done = false;
    for (size_t budget = 0; budget < 40000 && !done; budget += 64) {
        OWN(arena_free) struct arena *arena = NULL;
        struct store_review row;
        struct review_case it;
        struct span body;
        bool found = false;
        assert_false(lg_failed(arena_new(budget + 1, &arena)));
        done = !lg_failed(review_opening_encode(&opening, arena, &body)) &&
               !lg_failed(store_review_find(w->s.reader, &review_first, arena, &found, &row)) &&
               !lg_failed(review_case_read(w->s.reader, &row, arena, &it));
    }
    assert_true(done);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_case_comes_back_as_it_went),
        CASE(bodies_outside_their_range_are_refused),
        CASE(who_did_it_and_who_confirmed_it_do_not_review_it),
        CASE(a_case_is_taken_closed_and_the_person_told),
        CASE(unsafe_telling_stays_blocked),
        CASE(who_escalates_gives_it_up),
        CASE(a_case_taken_to_and_fro_can_still_be_closed),
        CASE(a_case_escalated_to_the_end_can_still_be_taken),
        CASE(acts_of_one_moment_leave_room_for_the_last),
        CASE(nobody_tells_in_their_own_case),
        CASE(who_escalated_does_not_take_it_again),
        CASE(one_name_in_two_cases_is_one_person),
        CASE(cases_count_for_whose_doing_they_are),
        CASE(each_side_has_its_own_name_for_a_case),
        CASE(what_was_applied_is_passed_over),
        CASE(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
