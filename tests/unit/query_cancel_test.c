/* SPDX-License-Identifier: Apache-2.0 */
/* A caller who goes away, after any number of turns of the loop: nothing is told any more, nothing
 * is lost, and a question that was asked ends in exactly one final entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum {
    AT_ALL = 1U << LINE_HOMES | 1U << LINE_SCHOOL | 1U << LINE_TRUST,
    TURNS_QUICK = 40, /* before time moves */
    TURNS_MAX = 160,
    TURN_MS = 25,
};

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", "tenancy.nhs-number",
                                      "9990000018", NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};
static const char *const health[] = {"mental-health.status", "open", NULL};

/* A person whom all know, whose answers name others, so that every step has something to do. */
static struct person_id family(struct line_world *w) {
    static const uint32_t links[] = {2, 3};
    struct person_id amy = line_person(w, 1, AT_ALL);
    (void)line_person(w, 2, AT_ALL);
    (void)line_person(w, 3, AT_ALL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, links, 2);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, links, 2);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, links, 1);
    return amy;
}

static void run_out(struct line_ask *ask) {
    for (int i = 0; i < 400 && !ask->is_closed; i++) {
        line_settle(ask->world);
    }
    assert_true(ask->is_closed);
}

/* What must hold of the log however far the question came. */
static void expect_log(const struct line_ask *ask, uint64_t from) {
    struct line_log log;
    line_log_read(ask->world, from, &log);
    size_t asks = line_log_count(&log, AUDIT_ASK);
    size_t outcomes = line_log_count(&log, AUDIT_OUTCOME);
    assert_true(asks <= 1);
    assert_int_equal(line_log_finals(&log), asks);
    assert_true(outcomes <= 1);
    bool taken = ask->is_ended && ask->status == GRPC_OK && !ask->refuses_parts;
    assert_int_equal(outcomes, asks == 1 && !taken ? 1 : 0);
    if (outcomes == 1) {
        const struct audit_entry *outcome = line_log_one(&log, AUDIT_OUTCOME, "");
        bool is_final = (outcome->flags & AUDIT_FLAG_FINAL) != 0;
        assert_int_equal(outcome->decision,
                         is_final ? AUDIT_DECISION_ABANDONED : AUDIT_DECISION_NOT_DELIVERED);
    }
    /* Whatever was handed out has its entry. */
    assert_true(line_log_count(&log, AUDIT_RELEASE) + line_log_count(&log, AUDIT_DENIAL) >=
                ask->part_count);
}

static void turn(struct line_world *w, int i) {
    w->mono_ms += i < TURNS_QUICK ? 0 : TURN_MS;
    loop_turn(w->worker.loop, 2);
}

/* How far the questions of one test came. */
struct reach {
    unsigned unasked;
    unsigned abandoned;
    unsigned undelivered;
    unsigned answered;
};

static void reach_note(const struct line_ask *ask, uint64_t from, struct reach *reach) {
    struct line_log log;
    line_log_read(ask->world, from, &log);
    if (ask->is_ended) {
        reach->answered++;
    } else if (line_log_count(&log, AUDIT_ASK) == 0) {
        reach->unasked++;
    } else if (line_log_one(&log, AUDIT_OUTCOME, "")->decision == AUDIT_DECISION_ABANDONED) {
        reach->abandoned++;
    } else {
        reach->undelivered++;
    }
}

static void cancel_after(struct line_ask *ask, int turns, struct reach *reach) {
    struct line_world *w = ask->world;
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(ask);
    for (int i = 0; i < turns && !ask->is_closed; i++) {
        turn(w, i);
    }
    size_t parts = ask->part_count;
    bool was_ended = ask->is_ended;
    if (!ask->is_closed) {
        query_cancel(ask->query);
        query_cancel(ask->query); /* again: nothing more happens */
    }
    run_out(ask);
    assert_int_equal(ask->part_count, parts);
    assert_int_equal(ask->is_ended, was_ended);
    expect_log(ask, from);
    reach_note(ask, from, reach);
}

static void cancel_at_any_turn(struct line_world *w, enum query_kind kind) {
    struct person_id amy = family(w);
    struct reach reach = {0};
    for (int turns = 0; turns < TURNS_MAX; turns += turns < TURNS_QUICK ? 1 : 4) {
        struct line_ask ask = line_ask_of(w, kind, line_handle(w, &amy, true));
        cancel_after(&ask, turns, &reach);
    }
    assert_true(reach.unasked > 0);
    assert_true(reach.abandoned > 0);
    assert_true(reach.answered > 0);
}

static void an_ask_may_be_cancelled_at_any_turn(void **state) {
    cancel_at_any_turn(*state, QUERY_ASK);
}

static void a_watch_may_be_cancelled_at_any_turn(void **state) {
    cancel_at_any_turn(*state, QUERY_WATCH);
}

/* ---- at each wait that a test can hold ---- */

static void cancel_and_expect(struct line_ask *ask, uint64_t from, enum audit_decision decision) {
    struct line_log log;
    query_cancel(ask->query);
    run_out(ask);
    expect_log(ask, from);
    line_log_read(ask->world, from, &log);
    assert_int_equal(line_log_one(&log, AUDIT_OUTCOME, "")->decision, decision);
    assert_int_equal(ask->ends, 0);
}

static void cancelled_while_a_source_answers(void **state) {
    struct line_world *w = *state;
    struct person_id amy = family(w);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    cancel_and_expect(&ask, from, AUDIT_DECISION_ABANDONED);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].cancelled, 1);
    line_agency_release(w, LINE_HOMES); /* too late: nobody hears it */
    line_settle(w);
}

static void cancelled_while_names_are_made(void **state) {
    struct line_world *w = *state;
    struct person_id amy = family(w);
    struct span homes = span_text("homes");
    w->keys.manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){&homes, 1};
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    for (int i = 0; i < 400 && w->keys.held_count == 0; i++) {
        line_settle(w);
    }
    cancel_and_expect(&ask, from, AUDIT_DECISION_ABANDONED);
    line_keys_release(w);
    line_settle(w);
}

/* Between the entry and the slot: the release is durable and nobody got it. */
static void cancelled_while_held_for_the_slot(void **state) {
    struct line_world *w = *state;
    struct person_id amy = family(w);
    struct span trust = span_text("trust");
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){&trust, 1};
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_TRUST, 1);
    line_settle(w);
    line_pass(w, LINE_SLOT_MS - 90);
    for (int i = 0; i < 400 && audit_size(w->gateway.log) < from + 2; i++) {
        line_settle(w);
    }
    line_settle(w);
    assert_false(ask.is_ended);
    cancel_and_expect(&ask, from, AUDIT_DECISION_NOT_DELIVERED);
}

static void what_the_transport_does_not_take_is_logged(void **state) {
    struct line_world *w = *state;
    struct person_id amy = family(w);
    struct span homes = span_text("homes");
    for (int i = 0; i < 2; i++) {
        struct line_log log;
        struct line_ask ask =
            line_ask_of(w, i == 0 ? QUERY_ASK : QUERY_WATCH, line_handle(w, &amy, true));
        ask.question.sources = (struct span_list){&homes, 1};
        ask.refuses_parts = true;
        uint64_t from = audit_size(w->gateway.log);
        line_ask_run(&ask, false);
        line_log_read(w, from, &log);
        assert_int_equal(line_log_finals(&log), 1);
        assert_int_equal(line_log_one(&log, AUDIT_OUTCOME, "")->decision,
                         AUDIT_DECISION_NOT_DELIVERED);
        assert_int_equal(ask.status, i == 0 ? GRPC_OK : GRPC_RESOURCE_EXHAUSTED);
    }
}

/* A stream that is full in the middle: what follows is not asked for any more. */
static void a_full_stream_ends_a_watch(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = family(w);
    struct span names[] = {span_text("homes"), span_text("school")};
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_WATCH, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){names, 2};
    ask.refuses_parts = true;
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_RESOURCE_EXHAUSTED);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_finals(&log), 1);
    assert_int_equal(line_log_one(&log, AUDIT_OUTCOME, "")->decision, AUDIT_DECISION_ABANDONED);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_SCHOOL].cancelled, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(an_ask_may_be_cancelled_at_any_turn), T(a_watch_may_be_cancelled_at_any_turn),
        T(cancelled_while_a_source_answers),    T(cancelled_while_names_are_made),
        T(cancelled_while_held_for_the_slot),   T(what_the_transport_does_not_take_is_logged),
        T(a_full_stream_ends_a_watch),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
