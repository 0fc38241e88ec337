/* SPDX-License-Identifier: Apache-2.0 */
/* What was done about duties, as the log's entries are applied to the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/duties.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct store_tag FIRST = {.bytes = {1}};
static const struct store_tag SECOND = {.bytes = {2}};

static int set_up(void **state) {
    static struct store_support support;
    store_support_init(&support);
    *state = &support;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(*state);
    return 0;
}

static struct store_duty_act act_of(uint64_t index, enum store_duty_act_kind kind,
                                    const char *body) {
    return (struct store_duty_act){.log_index = index,
                                   .kind = kind,
                                   .duty = FIRST,
                                   .agency = span_text("housing"),
                                   .body = span_text(body)};
}

static struct lg_err apply(struct store_support *s, const struct store_duty_act *act) {
    const struct store_changes changes = {
        .duty_acts = act, .duty_act_count = 1, .through = act->log_index + 1};
    return store_changes_apply(s->store, &changes);
}

static struct store_duty_state state_of(struct store_support *s, const struct store_tag *duty) {
    struct store_duty_state state;
    assert_false(lg_failed(store_duty_state_read(s->reader, duty, s->arena, &state)));
    return state;
}

static void the_newest_act_of_a_kind_counts(void **state) {
    struct store_support *s = *state;
    struct store_duty_act acts[] = {
        act_of(1, STORE_DUTY_TAKEN, "taken by a"),
        act_of(2, STORE_DUTY_DONE, "done by a"),
        act_of(3, STORE_DUTY_TAKEN, "taken by b"),
        act_of(4, STORE_DUTY_DONE, "done by b"),
    };
    assert_int_equal(state_of(s, &FIRST).taken.len, 0);
    for (size_t i = 0; i < 4; i++) {
        assert_false(lg_failed(apply(s, &acts[i])));
    }
    store_support_reopen(s);
    struct store_duty_state now = state_of(s, &FIRST);
    assert_true(span_equal_text(now.taken, "taken by b"));
    assert_true(span_equal_text(now.done, "done by b"));
    assert_int_equal(now.escalated.len, 0);
    assert_int_equal(state_of(s, &SECOND).done.len, 0);
    /* What was applied is passed over, as after a crash between the flush and its answer. */
    acts[1].body = span_text("another text");
    assert_false(lg_failed(apply(s, &acts[1])));
    assert_true(span_equal_text(state_of(s, &FIRST).done, "done by b"));
}

static size_t seen_by(struct store_support *s, const char *agency, uint64_t before,
                      struct store_duty_states *out_states) {
    assert_false(lg_failed(
        store_duty_states_next(s->reader, span_text(agency), before, s->arena, out_states)));
    return out_states->count;
}

static void the_first_escalation_counts(void **state) {
    struct store_support *s = *state;
    struct store_duty_states states;
    struct store_duty_act first = act_of(5, STORE_DUTY_ESCALATED, "to the lead");
    struct store_duty_act again = act_of(6, STORE_DUTY_ESCALATED, "to the host");
    struct store_duty_act other = act_of(7, STORE_DUTY_ESCALATED, "another");
    first.next = other.next = span_text("lead");
    again.next = span_text("hub");
    other.duty = SECOND;
    assert_false(lg_failed(apply(s, &first)));
    assert_false(lg_failed(apply(s, &again)));
    assert_false(lg_failed(apply(s, &other)));
    assert_true(span_equal_text(state_of(s, &FIRST).escalated, "to the lead"));
    assert_int_equal(state_of(s, &FIRST).escalated_index, 5);
    assert_int_equal(seen_by(s, "hub", UINT64_MAX, &states), 0);
    assert_int_equal(seen_by(s, "housing", UINT64_MAX, &states), 0);
    assert_int_equal(seen_by(s, "lead", UINT64_MAX, &states), 2);
    assert_int_equal(states.items[0].escalated_index, 7);
    assert_int_equal(seen_by(s, "lead", 7, &states), 1);
    assert_true(span_equal_text(states.items[0].escalated, "to the lead"));
}

/* One agency's entry changes nothing of another's duty, though it names its id. */
static void another_agency_does_nothing_to_it(void **state) {
    struct store_support *s = *state;
    struct store_duty_act own = act_of(1, STORE_DUTY_TAKEN, "taken");
    struct store_duty_act foreign = act_of(2, STORE_DUTY_DONE, "done");
    foreign.agency = span_text("police");
    assert_false(lg_failed(apply(s, &own)));
    assert_false(lg_failed(apply(s, &foreign)));
    assert_int_equal(state_of(s, &FIRST).done.len, 0);
}

static void what_is_no_act_is_refused(void **state) {
    struct store_support *s = *state;
    struct store_duty_act bad[] = {
        act_of(1, STORE_DUTY_TAKEN, "taken"),
        act_of(1, (enum store_duty_act_kind)0, "x"),
        act_of(1, (enum store_duty_act_kind)4, "x"),
        act_of(1, STORE_DUTY_DONE, ""),
    };
    bad[0].agency = span_of(NULL, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(lg_err_class(apply(s, &bad[i])), LG_CLASS_INPUT);
    }
}

static void names_and_words_are_sealed(void **state) {
    struct store_support *s = *state;
    struct store_duty_act act = act_of(1, STORE_DUTY_DONE, "deleted by ig-1 of the agency");
    assert_false(lg_failed(apply(s, &act)));
    assert_false(store_support_folder_has(s, span_text("deleted by ig-1")));
    assert_false(store_support_folder_has(s, span_text("housing")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_newest_act_of_a_kind_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_escalation_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_agency_does_nothing_to_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_act_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_and_words_are_sealed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
