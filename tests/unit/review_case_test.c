/* SPDX-License-Identifier: Apache-2.0 */
/* Review cases: entries there and back, who may do what, counts, sides, a store built again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/review/review.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { DAY = 24 * 3600 * 1000 };

static const struct review_id first = {{1}};
static const struct review_id second = {{2}};

struct world {
    struct store_support s;
    uint64_t size;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    store_support_init(&world.s);
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(&((struct world *)*state)->s);
    return 0;
}

static struct span two_sources[2];

static struct review_opening emergency(struct review_id id) {
    two_sources[0] = span_text("homes");
    two_sources[1] = span_text("school");
    return (struct review_opening){
        .id = id,
        .kind = REVIEW_EMERGENCY,
        .reviewer = span_text("police"),
        .opener = {span_text("police"), span_text("user-1"), span_text("otr")},
        .system = span_text("cases"),
        .role = span_text("sergeant"),
        .opened_ms = 1000,
        .due_ms = 1000 + 3 * DAY,
        .has_person = true,
        .person = {{7}},
        .cause = span_text("risk-to-life"),
        .rationale = span_text("Found unconscious in the street; no answer at the home."),
        .capacity = CAPACITY_CANNOT,
        .capacity_basis = span_text("seen"),
        .second_user = span_text("user-2"),
        .tell_office = span_text("data-protection-lead"),
        .tell_due_ms = 1000 + 3600000,
        .sources = {two_sources, 2},
    };
}

static void commit(struct world *w, struct span body) {
    const struct review_logged logged = {.log_index = w->size, .body = body};
    struct review_rows rows;
    w->size++;
    assert_false(lg_failed(review_rows_make(w->s.store, &logged, 1, w->s.arena, &rows)));
    const struct store_changes changes = {
        .opens = rows.opens,
        .open_count = rows.open_count,
        .acts = rows.acts,
        .act_count = rows.act_count,
        .through = w->size,
    };
    assert_false(lg_failed(store_changes_apply(w->s.store, &changes)));
}

static void open_case(struct world *w, const struct review_opening *opening) {
    struct span body;
    assert_false(lg_failed(review_opening_encode(opening, w->s.arena, &body)));
    commit(w, body);
}

static struct review_case case_of(struct world *w, struct review_id id) {
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(store_review_find(w->s.reader, &id, w->s.arena, &found, &row)));
    assert_true(found);
    assert_false(lg_failed(review_case_read(w->s.reader, &row, w->s.arena, &it)));
    return it;
}

static struct review_act act_of(enum review_act_kind kind, const char *user) {
    return (struct review_act){
        .id = first,
        .kind = kind,
        .at_ms = 5000,
        .agency = span_text("police"),
        .user_id = span_text(user),
        .role = span_text("reviewer"),
    };
}

static void do_act(struct world *w, const struct review_act *act) {
    struct span body;
    assert_false(lg_failed(review_act_encode(act, w->s.arena, &body)));
    commit(w, body);
}

static enum review_fault check(struct world *w, const struct review_act *act) {
    struct review_case it = case_of(w, act->id);
    return review_act_check(&it, act);
}

static void a_case_comes_back_as_it_went(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_case it = case_of(w, first);
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
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    struct review_entry entry;
    struct span body;
    opening.kind = REVIEW_KIND_END;
    assert_true(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    opening = emergency(first);
    opening.due_ms = opening.opened_ms - 1;
    assert_true(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    opening = emergency(first);
    opening.rationale = span_of(arena_alloc(w->s.arena, 4000), 4000);
    assert_true(lg_failed(review_opening_encode(&opening, w->s.arena, &body)));
    opening = emergency(first);
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
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act own = act_of(REVIEW_TAKE, "user-1");
    struct review_act confirmed = act_of(REVIEW_TAKE, "user-2");
    struct review_act other = act_of(REVIEW_TAKE, "user-3");
    assert_int_equal(check(w, &own), REVIEW_FAULT_OWN);
    assert_int_equal(check(w, &confirmed), REVIEW_FAULT_OWN);
    assert_int_equal(check(w, &other), REVIEW_FAULT_NONE);
    /* The same user id of another agency is another person. */
    own.agency = span_text("homes");
    assert_int_equal(check(w, &own), REVIEW_FAULT_NONE);
    /* Nor does an entry that got into the log by itself count. */
    own.agency = span_text("police");
    do_act(w, &own);
    assert_int_equal(case_of(w, first).state, STORE_REVIEW_OPEN);
}

static void a_case_is_taken_closed_and_the_person_told(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act close = act_of(REVIEW_CLOSE, "user-3");
    struct review_act tell = act_of(REVIEW_TELL, "user-4");
    close.outcome = span_text("justified");
    close.reasons = span_text("The ambulance service attended.");
    close.telling = span_text("tell");
    tell.channel = span_text("in-person");
    assert_int_equal(check(w, &close), REVIEW_FAULT_NOT_TAKEN);
    assert_int_equal(check(w, &tell), REVIEW_FAULT_BLOCKED);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    do_act(w, &take);
    assert_int_equal(check(w, &take), REVIEW_FAULT_TAKEN);
    assert_int_equal(check(w, &tell), REVIEW_FAULT_BLOCKED);
    struct review_act wrong = close;
    wrong.outcome = span_text("fine");
    assert_int_equal(check(w, &wrong), REVIEW_FAULT_OUTCOME);
    wrong = close;
    wrong.reasons = span_text("");
    assert_int_equal(check(w, &wrong), REVIEW_FAULT_OUTCOME);
    wrong = close;
    wrong.telling = span_text("");
    assert_int_equal(check(w, &wrong), REVIEW_FAULT_TELLING);
    assert_int_equal(check(w, &close), REVIEW_FAULT_NONE);
    do_act(w, &close);
    assert_int_equal(check(w, &close), REVIEW_FAULT_CLOSED);
    assert_int_equal(check(w, &take), REVIEW_FAULT_CLOSED);
    struct review_act shouted = tell;
    shouted.channel = span_text("postcard");
    assert_int_equal(check(w, &shouted), REVIEW_FAULT_CHANNEL);
    assert_int_equal(check(w, &tell), REVIEW_FAULT_NONE);
    do_act(w, &tell);
    assert_int_equal(check(w, &tell), REVIEW_FAULT_TOLD);
    struct review_case it = case_of(w, first);
    assert_int_equal(it.state, STORE_REVIEW_CLOSED);
    assert_true(span_equal_text(it.outcome, "justified"));
    assert_true(span_equal_text(review_case_telling(&it), "told"));
    assert_true(span_equal_text(it.channel, "in-person"));
}

static void unsafe_telling_stays_blocked(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    struct review_act close = act_of(REVIEW_CLOSE, "user-3");
    struct review_act tell = act_of(REVIEW_TELL, "user-4");
    close.outcome = span_text("justified");
    close.reasons = span_text("The other adult of the home would learn of it.");
    close.telling = span_text("do-not-tell-harm");
    tell.channel = span_text("in-person");
    do_act(w, &take);
    do_act(w, &close);
    assert_int_equal(check(w, &tell), REVIEW_FAULT_BLOCKED);
    struct review_case it = case_of(w, first);
    assert_true(span_equal_text(review_case_telling(&it), "do-not-tell-harm"));
}

static void who_escalates_gives_it_up(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    struct review_act up = act_of(REVIEW_ESCALATE, "user-3");
    struct review_act close = act_of(REVIEW_CLOSE, "user-3");
    close.outcome = span_text("not-justified");
    close.reasons = span_text("No risk was recorded anywhere.");
    close.telling = span_text("tell");
    do_act(w, &take);
    assert_int_equal(check(w, &up), REVIEW_FAULT_OUTCOME);
    up.reasons = span_text("Needs the Caldicott Guardian.");
    assert_int_equal(check(w, &up), REVIEW_FAULT_NONE);
    do_act(w, &up);
    assert_int_equal(check(w, &close), REVIEW_FAULT_NOT_TAKEN);
    assert_int_equal(case_of(w, first).state, STORE_REVIEW_ESCALATED);
    take.user_id = span_text("user-5");
    do_act(w, &take);
    assert_int_equal(case_of(w, first).state, STORE_REVIEW_ESCALATED);
    close.user_id = span_text("user-5");
    assert_int_equal(check(w, &close), REVIEW_FAULT_NONE);
    do_act(w, &close);
    assert_int_equal(case_of(w, first).state, STORE_REVIEW_CLOSED);
}

static struct review_act closing_of(const char *user) {
    struct review_act close = act_of(REVIEW_CLOSE, user);
    close.outcome = span_text("justified");
    close.reasons = span_text("It was.");
    close.telling = span_text("tell");
    return close;
}

static void is_closed_and_told(struct world *w, const struct review_act *close) {
    struct review_act tell = act_of(REVIEW_TELL, "user-9");
    tell.channel = span_text("in-person");
    assert_int_equal(check(w, close), REVIEW_FAULT_NONE);
    do_act(w, close);
    assert_int_equal(case_of(w, first).state, STORE_REVIEW_CLOSED);
    assert_int_equal(check(w, &tell), REVIEW_FAULT_NONE);
    do_act(w, &tell);
    assert_true(case_of(w, first).told_ms != 0);
}

static void a_case_taken_to_and_fro_can_still_be_closed(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    static const char *const users[] = {"user-3", "user-4"};
    size_t acts = 0;
    struct review_act take = act_of(REVIEW_TAKE, users[0]);
    while (acts <= STORE_REVIEW_ACTS_MAX && check(w, &take) == REVIEW_FAULT_NONE) {
        do_act(w, &take);
        take = act_of(REVIEW_TAKE, users[++acts % 2]);
    }
    assert_int_equal(acts, STORE_REVIEW_ACTS_MAX - 4);
    assert_int_equal(check(w, &take), REVIEW_FAULT_FULL);
    struct review_act up = act_of(REVIEW_ESCALATE, users[(acts - 1) % 2]);
    up.reasons = span_text("Needs somebody else.");
    assert_int_equal(check(w, &up), REVIEW_FAULT_FULL);
    struct review_act close = closing_of(users[(acts - 1) % 2]);
    is_closed_and_told(w, &close);
}

/* The last escalation leaves it with nobody: it is taken once more, and closed. */
static void a_case_escalated_to_the_end_can_still_be_taken(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    static const char *const users[] = {"user-3", "user-4"};
    size_t turn = 0;
    for (; case_of(w, first).act_count < STORE_REVIEW_ACTS_MAX - 4; turn++) {
        struct review_act take = act_of(REVIEW_TAKE, users[turn % 2]);
        struct review_act up = act_of(REVIEW_ESCALATE, users[turn % 2]);
        up.reasons = span_text("Needs somebody else.");
        assert_int_equal(check(w, &take), REVIEW_FAULT_NONE);
        do_act(w, &take);
        assert_int_equal(check(w, &up), REVIEW_FAULT_NONE);
        do_act(w, &up);
    }
    assert_int_equal(case_of(w, first).taken_by.len, 0);
    struct review_act take = act_of(REVIEW_TAKE, users[turn % 2]);
    assert_int_equal(check(w, &take), REVIEW_FAULT_NONE);
    do_act(w, &take);
    struct review_act close = closing_of(users[turn % 2]);
    is_closed_and_told(w, &close);
}

/* Acts that were checked at one moment all enter the log; the store leaves room for the last. */
static void acts_of_one_moment_leave_room_for_the_last(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    static const char *const users[] = {"user-3", "user-4"};
    for (size_t i = 0; i < STORE_REVIEW_ACTS_MAX + 10; i++) {
        struct review_act take = act_of(REVIEW_TAKE, users[i % 2]);
        do_act(w, &take);
    }
    struct review_case it = case_of(w, first);
    assert_int_equal(it.act_count, STORE_REVIEW_ACTS_OPEN_MAX);
    struct review_act close = closing_of("user-4");
    assert_true(span_equal_text(it.taken_by, "user-4"));
    is_closed_and_told(w, &close);
}

static void nobody_tells_in_their_own_case(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    struct review_act close = closing_of("user-3");
    do_act(w, &take);
    do_act(w, &close);
    static const char *const own[] = {"user-1", "user-2"};
    for (size_t i = 0; i < 2; i++) {
        struct review_act tell = act_of(REVIEW_TELL, own[i]);
        tell.channel = span_text("in-person");
        assert_int_equal(check(w, &tell), REVIEW_FAULT_OWN);
    }
}

static void who_escalated_does_not_take_it_again(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    struct review_act up = act_of(REVIEW_ESCALATE, "user-3");
    up.reasons = span_text("Needs the Caldicott Guardian.");
    do_act(w, &take);
    do_act(w, &up);
    assert_int_equal(check(w, &take), REVIEW_FAULT_ESCALATED);
    take.user_id = span_text("USER-3");
    assert_int_equal(check(w, &take), REVIEW_FAULT_ESCALATED);
    take.user_id = span_text("user-5");
    assert_int_equal(check(w, &take), REVIEW_FAULT_NONE);
    do_act(w, &take);
    take.user_id = span_text("user-3"); /* nor from whoever has it now */
    assert_int_equal(check(w, &take), REVIEW_FAULT_ESCALATED);
}

static void one_name_in_two_cases_is_one_person(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act own = act_of(REVIEW_TAKE, "User-1");
    struct review_act confirmed = act_of(REVIEW_TAKE, "USER-2");
    struct review_act take = act_of(REVIEW_TAKE, "Ig-3");
    assert_int_equal(check(w, &own), REVIEW_FAULT_OWN);
    assert_int_equal(check(w, &confirmed), REVIEW_FAULT_OWN);
    do_act(w, &take);
    take.user_id = span_text("iG-3");
    assert_int_equal(check(w, &take), REVIEW_FAULT_TAKEN);
    struct review_act close = closing_of("ig-3");
    is_closed_and_told(w, &close);
}

static uint32_t counted(struct world *w, const char *user, int64_t after, int64_t due, bool open) {
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
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    opening = emergency(second);
    opening.opened_ms = 9000;
    opening.due_ms = 9000 + 3 * DAY;
    open_case(w, &opening);
    open_case(w, &opening); /* the same id once more changes nothing */
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, false), 2);
    assert_int_equal(counted(w, "user-1", 1000, INT64_MAX, false), 1);
    assert_int_equal(counted(w, "user-2", 0, INT64_MAX, false), 0);
    assert_int_equal(counted(w, "user-1", 0, 2000 + 3 * DAY, true), 1);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    struct review_act close = act_of(REVIEW_CLOSE, "user-3");
    close.outcome = span_text("justified");
    close.reasons = span_text("It was.");
    close.telling = span_text("not-needed");
    do_act(w, &take);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, true), 2);
    do_act(w, &close);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, true), 1);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, false), 2);
    /* Derived from the log, and kept. */
    store_support_reopen(&w->s);
    assert_int_equal(counted(w, "user-1", 0, INT64_MAX, true), 1);
}

static size_t listed(struct world *w, const char *agency, bool open,
                     struct store_review_side **out_sides) {
    const struct store_review_list which = {
        .agency = span_text(agency), .before_index = UINT64_MAX, .is_unclosed = open};
    size_t count = 99;
    assert_false(lg_failed(store_reviews_list(w->s.reader, &which, w->s.arena, out_sides, &count)));
    return count;
}

static void each_side_has_its_own_name_for_a_case(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    struct store_review_side *homes = NULL;
    struct store_review_side *school = NULL;
    struct store_review_side *police = NULL;
    struct store_review_side *none = NULL;
    open_case(w, &opening);
    assert_int_equal(listed(w, "police", true, &police), 1);
    assert_int_equal(listed(w, "homes", true, &homes), 1);
    assert_int_equal(listed(w, "school", true, &school), 1);
    assert_int_equal(listed(w, "clinic", true, &none), 0);
    assert_true(police[0].is_own);
    assert_false(homes[0].is_own);
    assert_memory_equal(&police[0].id, &first, sizeof first);
    assert_memory_not_equal(&homes[0].id, &school[0].id, sizeof first);
    assert_memory_not_equal(&homes[0].id, &first, sizeof first);
    struct store_review_side side;
    assert_false(lg_failed(
        store_review_side_find(w->s.reader, span_text("homes"), &homes[0].id, w->s.arena, &side)));
    assert_true(side.is_found);
    assert_memory_equal(&side.review.id, &first, sizeof first);
    assert_false(lg_failed(
        store_review_side_find(w->s.reader, span_text("school"), &homes[0].id, w->s.arena, &side)));
    assert_false(side.is_found);
}

static void what_was_applied_is_passed_over(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    struct review_act take = act_of(REVIEW_TAKE, "user-3");
    do_act(w, &take);
    /* A replay from the beginning, as after a crash between the log and the store. */
    w->size = 0;
    open_case(w, &opening);
    do_act(w, &take);
    struct store_review_act *acts = NULL;
    size_t count = 0;
    assert_false(lg_failed(store_review_acts_read(w->s.reader, &first, w->s.arena, &acts, &count)));
    assert_int_equal(count, 1);
}

static void memory_may_end_anywhere(void **state) {
    struct world *w = *state;
    struct review_opening opening = emergency(first);
    open_case(w, &opening);
    bool done = false;
    for (size_t budget = 0; budget < 40000 && !done; budget += 64) {
        OWN(arena_free) struct arena *arena = NULL;
        struct store_review row;
        struct review_case it;
        struct span body;
        bool found = false;
        assert_false(lg_failed(arena_new(budget + 1, &arena)));
        done = !lg_failed(review_opening_encode(&opening, arena, &body)) &&
               !lg_failed(store_review_find(w->s.reader, &first, arena, &found, &row)) &&
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
