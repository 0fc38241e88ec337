/* SPDX-License-Identifier: Apache-2.0 */
/* Emergencies that go on: the time box, whom and which question it is about, the case as it is
 * reviewed, and late reviews. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/review/review.h"
#include "tests/support/line_glass.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_TRUST = 1U << LINE_TRUST,
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
};

static void questions_go_on_inside_the_time_box(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    struct line_log log;
    assert_string_equal(line_glass_declare(w, &amy, &id), "");
    w->wall_ms += 3 * HOUR_MS;
    uint64_t from = audit_size(w->gateway.log);
    struct line_ask ask = line_glass_again(w, &amy, &id);
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "PERMIT_EMERGENCY");
    assert_memory_equal(&ask.emergency.review_id, &id, sizeof id);
    assert_int_equal(ask.emergency.ends_ms, w->wall_ms + HOUR_MS);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 0);
    w->wall_ms += HOUR_MS;
    ask = line_glass_again(w, &amy, &id);
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_LAPSED");
}

/* What the declaration said counts only where the question is silent. */
static void a_question_that_goes_on_keeps_its_own_words(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    assert_string_equal(line_glass_declare(w, &amy, &id), "");
    struct line_ask ask = line_glass_again(w, &amy, &id);
    ask.question.emergency_reason = span_text("curiosity");
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_REASON");
    ask = line_glass_again(w, &amy, &id);
    ask.question.emergency_rationale = span_text("Still there.");
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_RATIONALE");
    /* Whoever can consent by now has their refusal back. */
    line_consent(w, &amy, CONSENT_REFUSED, NULL);
    w->caller.role = span_text("senior");
    ask = line_glass_again(w, &amy, &id);
    ask.question.capacity = CAPACITY_UNSTATED;
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "");
    ask = line_glass_again(w, &amy, &id);
    ask.question.capacity = CAPACITY_CAN;
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "CONSENT_MISSING");
    w->caller.role = span_text("worker");
}

static void a_declaration_is_for_one_user_and_one_person(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct person_id ben = line_person(w, 2, AT_HOMES);
    struct review_id id;
    struct review_id unknown = {{9}};
    assert_string_equal(line_glass_declare(w, &amy, &id), "");
    struct line_ask ask = line_glass_again(w, &ben, &id);
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "EMERGENCY_LAPSED");
    assert_true(ask.has_refusal_receipt);
    assert_int_equal(ask.part_count, 0);
    ask = line_glass_again(w, &amy, &unknown);
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_REASON");
    w->caller.user_id = span_text("u-18");
    ask = line_glass_ask(w, &amy);
    ask.question.declaration = id;
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_LAPSED");
    w->caller.user_id = span_text("u-17");
}

static void nobody_whom_the_caller_may_know_is_nobody(void **state) {
    struct line_world *w = *state;
    struct person_id hidden = line_person(w, 1, AT_TRUST);
    struct span trust[] = {span_text("trust")};
    struct line_ask ask[2];
    for (size_t i = 0; i < 2; i++) {
        ask[i] = line_glass_ask(w, &hidden);
        ask[i].question.sources = (struct span_list){trust, 1};
        ask[i].question.person.handle =
            i == 0 ? line_handle(w, &hidden, false) : line_handle_nobody(w);
        line_ask_run(&ask[i], true);
        assert_int_equal(ask[i].status, GRPC_OK);
        assert_true(ask[i].emergency.was_used);
        struct line_ask again = line_glass_again(w, &hidden, &ask[i].emergency.review_id);
        again.question.sources = (struct span_list){trust, 1};
        again.question.person.handle = ask[i].question.person.handle;
        line_ask_run(&again, true);
        line_glass_expect(&again, "EMERGENCY_LAPSED");
    }
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(
        store_review_find(w->store.reader, &ask[0].emergency.review_id, w->arena, &found, &row)));
    assert_false(lg_failed(review_case_read(w->store.reader, &row, w->arena, &it)));
    assert_false(it.opening.has_person);
}

static void ignore(void *ctx, const struct audit_outcome *outcome) {
    (void)ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
}

static void case_close(struct line_world *w, const struct review_id *id) {
    for (enum review_act_kind kind = REVIEW_TAKE; kind <= REVIEW_CLOSE; kind++) {
        const struct review_act act = {
            .id = *id,
            .kind = kind,
            .at_ms = w->wall_ms,
            .agency = span_text("care"),
            .user_id = span_text("ig-1"),
            .outcome = span_text("justified"),
            .telling = span_text("tell"),
            .reasons = span_text("The ambulance service attended."),
        };
        struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                            .requesting_agency = span_text("care")};
        assert_false(lg_failed(review_act_encode(&act, w->arena, &fields.sealed)));
        const struct audit_batch batch = {.entries = &fields, .count = 1};
        assert_false(lg_failed(audit_commit_wait(w->gateway.log, &batch, ignore, NULL)));
    }
}

static void nothing_goes_on_under_a_closed_case(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    assert_string_equal(line_glass_declare(w, &amy, &id), "");
    case_close(w, &id);
    struct line_ask ask = line_glass_again(w, &amy, &id);
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_LAPSED");
    assert_false(ask.emergency.was_used);
}

static void late_reviews_ask_for_a_second_person(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id[3];
    for (int i = 0; i < 3; i++) {
        assert_string_equal(line_glass_declare(w, &amy, &id[i]), "");
    }
    w->wall_ms += 10 * (int64_t)DAY_MS;
    assert_string_equal(line_glass_declare(w, &amy, NULL), "EMERGENCY_SECOND_PERSON");
    struct line_ask ask = line_glass_ask(w, &amy);
    ask.question.second_person =
        (struct actor){.user_id = span_text("u-20"), .role = span_text("worker")};
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "PERMIT_EMERGENCY");
    /* Under that one the second person need not be named again. */
    struct line_ask again = line_glass_again(w, &amy, &ask.emergency.review_id);
    line_ask_run(&again, false);
    line_glass_expect(&again, "PERMIT_EMERGENCY");
    /* A colleague's backlog is not this one's. */
    w->caller.user_id = span_text("u-18");
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    w->caller.user_id = span_text("u-17");
    /* One review done, and two late ones are below the line. */
    case_close(w, &id[0]);
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_glass_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(questions_go_on_inside_the_time_box),
        T(a_question_that_goes_on_keeps_its_own_words),
        T(a_declaration_is_for_one_user_and_one_person),
        T(nobody_whom_the_caller_may_know_is_nobody),
        T(nothing_goes_on_under_a_closed_case),
        T(late_reviews_ask_for_a_second_person),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
