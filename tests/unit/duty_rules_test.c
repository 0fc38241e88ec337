/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of DUTY entries, and how a duty stands by day and by what was done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/duty/duty.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 1 << 16, DAY = 20700, DUE = 20705 };
#define DAY_MS INT64_C(86400000)

static struct store_duty duty_whole(void) {
    return (struct store_duty){
        .id = {.bytes = {1, 2, 3}},
        .kind = STORE_DUTY_KEEP,
        .agency = span_text("housing"),
        .source = span_text("police"),
        .agreement = span_text("otr"),
        .agreement_version = 3,
        .rule = 5,
        .day = DAY,
        .due_day = DUE,
        .count = 7,
        .through = 90,
    };
}

static struct duty_act act_whole(enum store_duty_act_kind kind) {
    struct duty_act act = {.kind = kind, .at_ms = DAY * DAY_MS + 5, .duty = duty_whole()};
    if (kind == STORE_DUTY_ESCALATED) {
        act.next = span_text("lead");
        return act;
    }
    act.user_id = span_text("ig-1");
    act.role = span_text("manager");
    if (kind == STORE_DUTY_DONE) {
        act.outcome = span_text("done");
        act.reason = span_text("Deleted.");
    }
    return act;
}

static void duties_are_same(const struct store_duty *a, const struct store_duty *b) {
    assert_memory_equal(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
    assert_true(a->kind == b->kind && a->rule == b->rule && a->day == b->day);
    assert_true(a->due_day == b->due_day && a->count == b->count && a->through == b->through);
    assert_int_equal(a->agreement_version, b->agreement_version);
    assert_true(span_equal(a->agency, b->agency) && span_equal(a->source, b->source));
    assert_true(span_equal(a->agreement, b->agreement));
}

static void a_body_is_read_as_it_was_written(void **state) {
    (void)state;
    for (int kind = STORE_DUTY_TAKEN; kind <= STORE_DUTY_ESCALATED; kind++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct duty_act act = act_whole((enum store_duty_act_kind)kind);
        struct duty_act out;
        struct span body;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        assert_false(lg_failed(duty_act_encode(&act, arena, &body)));
        assert_false(lg_failed(duty_act_decode(body, &out)));
        assert_true(out.kind == act.kind && out.at_ms == act.at_ms);
        duties_are_same(&out.duty, &act.duty);
        assert_true(span_equal(out.user_id, act.user_id) && span_equal(out.role, act.role));
        assert_true(span_equal(out.outcome, act.outcome) && span_equal(out.reason, act.reason));
        assert_true(span_equal(out.next, act.next));
        for (size_t len = 0; len < body.len; len++) {
            assert_true(lg_failed(duty_act_decode(span_of(body.ptr, len), &out)));
        }
        uint8_t longer[512] = {0};
        memcpy(longer, body.ptr, body.len);
        assert_true(lg_failed(duty_act_decode(span_of(longer, body.len + 1), &out)));
        longer[0] = 2;
        assert_true(lg_failed(duty_act_decode(span_of(longer, body.len), &out)));
        longer[0] = 1;
        longer[1] = 4; /* an act that is none */
        assert_true(lg_failed(duty_act_decode(span_of(longer, body.len), &out)));
    }
}

static void what_an_act_lacks_is_refused(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    OWN(arena_free) struct arena *small = NULL;
    static uint8_t large[STORE_REVIEW_BODY_MAX];
    struct span body;
    struct duty_act bad[10];
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(arena_new(64, &small)));
    for (size_t i = 0; i < 10; i++) {
        bad[i] = act_whole(i == 9 ? STORE_DUTY_ESCALATED : STORE_DUTY_DONE);
    }
    bad[0].user_id = bad[1].role = bad[2].reason = bad[3].duty.agency = span_of(NULL, 0);
    bad[4].outcome = span_text("perhaps");
    bad[5].at_ms = -1;
    bad[6].duty.due_day = DAY - 1;
    bad[7].reason = span_of(large, sizeof large);
    bad[8].next = span_text("lead");
    bad[9].user_id = span_text("ig-1");
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_DUTY, DUTY_FIELDS);
    for (size_t i = 0; i < 10; i++) {
        assert_true(lg_err_same(duty_act_encode(&bad[i], arena, &body), wrong));
    }
    struct duty_act good = act_whole(STORE_DUTY_TAKEN);
    assert_int_equal(lg_err_class(duty_act_encode(&good, small, &body)), LG_CLASS_LIMIT);
}

static void a_row_names_its_duty_and_whose_it_is(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct duty_act act = act_whole(STORE_DUTY_ESCALATED);
    struct store_duty_act row;
    struct span body;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(duty_act_encode(&act, arena, &body)));
    assert_false(lg_failed(duty_row_make(41, body, &row)));
    assert_true(row.log_index == 41 && row.kind == STORE_DUTY_ESCALATED);
    assert_memory_equal(row.duty.bytes, act.duty.id.bytes, sizeof row.duty.bytes);
    assert_true(span_equal(row.agency, act.duty.agency) && span_equal(row.next, act.next));
    assert_true(lg_failed(duty_row_make(41, span_text("no body"), &row)));
}

/* ---- How it stands ---- */

struct acts {
    struct arena *arena;
    struct store_duty_state state;
};

static void act_put(struct acts *acts, const struct duty_act *act) {
    struct span *const places[] = {[STORE_DUTY_TAKEN] = &acts->state.taken,
                                   [STORE_DUTY_DONE] = &acts->state.done,
                                   [STORE_DUTY_ESCALATED] = &acts->state.escalated};
    assert_false(lg_failed(duty_act_encode(act, acts->arena, places[act->kind])));
}

static enum duty_state state_of(const struct acts *acts, const struct store_duty *duty,
                                int64_t now_ms) {
    struct duty_standing standing;
    assert_false(lg_failed(duty_standing_make(duty, &acts->state, now_ms, &standing)));
    return standing.state;
}

static void the_due_day_counts_to_its_last_moment(void **state) {
    struct store_duty duty = duty_whole();
    struct acts acts = {0};
    int64_t end_ms = (DUE + 1) * DAY_MS;
    (void)state;
    assert_false(duty_is_past(&duty, end_ms - 1));
    assert_true(duty_is_past(&duty, end_ms));
    assert_int_equal(state_of(&acts, &duty, end_ms - 1), DUTY_OPEN);
    assert_int_equal(state_of(&acts, &duty, end_ms), DUTY_OVERDUE);
}

static void each_act_moves_it_on(void **state) {
    struct store_duty duty = duty_whole();
    OWN(arena_free) struct arena *arena = NULL;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct acts acts = {.arena = arena};
    int64_t in_time_ms = DAY * DAY_MS;
    int64_t late_ms = (DUE + 1) * DAY_MS;
    struct duty_act taken = act_whole(STORE_DUTY_TAKEN);
    struct duty_act escalated = act_whole(STORE_DUTY_ESCALATED);
    struct duty_act done = act_whole(STORE_DUTY_DONE);
    act_put(&acts, &taken);
    assert_int_equal(state_of(&acts, &duty, in_time_ms), DUTY_TAKEN);
    assert_int_equal(state_of(&acts, &duty, late_ms), DUTY_OVERDUE);
    act_put(&acts, &escalated);
    assert_int_equal(state_of(&acts, &duty, late_ms), DUTY_ESCALATED);
    act_put(&acts, &done);
    assert_int_equal(state_of(&acts, &duty, late_ms), DUTY_DONE);
    /* What came after it was done is owed anew. */
    duty.through++;
    assert_int_equal(state_of(&acts, &duty, late_ms), DUTY_ESCALATED);
    duty.through--;
    for (size_t i = 0; i < 3; i++) {
        static const char *const words[] = {"attested", "kept", "not-held"};
        done.outcome = span_text(words[i]);
        act_put(&acts, &done);
        assert_int_equal(state_of(&acts, &duty, late_ms), DUTY_ATTESTED);
    }
}

static void an_act_that_cannot_be_read_is_an_error(void **state) {
    struct store_duty duty = duty_whole();
    struct duty_standing standing;
    const struct store_duty_state acts = {.done = span_text("no body")};
    (void)state;
    assert_int_equal(lg_err_class(duty_standing_make(&duty, &acts, 0, &standing)), LG_CLASS_STORE);
}

static struct review_case emergency(void) {
    struct review_case it = {.state = STORE_REVIEW_OPEN, .log_index = 12};
    it.opening.kind = REVIEW_EMERGENCY;
    it.opening.reviewer = span_text("housing");
    it.opening.opened_ms = DAY * DAY_MS + DAY_MS - 1;
    return it;
}

static struct duty_standing standing_of(const struct review_case *it, int64_t now_ms) {
    const struct store_duty_state none = {.escalated_index = 0};
    struct duty_standing standing;
    assert_false(lg_failed(duty_standing_of_case(it, &none, now_ms, &standing)));
    return standing;
}

/* Within a month, if the review lets them be told. */
static void a_person_is_told_once_the_review_says_so(void **state) {
    struct review_case it = emergency();
    int64_t last_ms = (DAY + LIMIT_DUTY_TELL_DAYS + 1) * DAY_MS - 1;
    (void)state;
    assert_int_equal(standing_of(&it, last_ms).state, DUTY_OPEN);
    assert_true(standing_of(&it, last_ms).is_blocked);
    assert_int_equal(standing_of(&it, last_ms + 1).state, DUTY_OVERDUE);
    it.taken_by = span_text("ig-1");
    assert_int_equal(standing_of(&it, last_ms).state, DUTY_TAKEN);
    it.state = STORE_REVIEW_CLOSED;
    it.closed_ms = it.opening.opened_ms + 1;
    it.telling = span_text("tell-later");
    assert_false(standing_of(&it, last_ms).is_blocked);
    it.closed_ms = last_ms; /* put off: the month begins anew */
    assert_int_equal(standing_of(&it, last_ms + 1).state, DUTY_TAKEN);
    assert_int_equal(standing_of(&it, last_ms + 1 + LIMIT_DUTY_TELL_DAYS * DAY_MS).state,
                     DUTY_OVERDUE);
    it.telling = span_text("tell");
    assert_int_equal(standing_of(&it, last_ms + 1).state, DUTY_OVERDUE);
    static const char *const never[] = {"do-not-tell-crime", "do-not-tell-harm", "not-needed"};
    for (size_t i = 0; i < 3; i++) {
        it.telling = span_text(never[i]);
        assert_int_equal(standing_of(&it, last_ms + 1).state, DUTY_ATTESTED);
    }
    it.telling = span_text("tell");
    it.told_ms = last_ms;
    assert_int_equal(standing_of(&it, last_ms + 1).state, DUTY_DONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_read_as_it_was_written),
        cmocka_unit_test(what_an_act_lacks_is_refused),
        cmocka_unit_test(a_row_names_its_duty_and_whose_it_is),
        cmocka_unit_test(the_due_day_counts_to_its_last_moment),
        cmocka_unit_test(each_act_moves_it_on),
        cmocka_unit_test(an_act_that_cannot_be_read_is_an_error),
        cmocka_unit_test(a_person_is_told_once_the_review_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
