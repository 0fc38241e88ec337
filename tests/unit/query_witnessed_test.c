/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that wait for the witnesses of the log: nothing leaves before enough have seen it,
 * nothing leaves that changed meanwhile, neither is told apart, and every question has one end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/audit/witnessed.h"
#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum {
    AT_SCHOOL = 1U << LINE_SCHOOL,
    AT_BOTH = AT_SCHOOL | 1U << LINE_HOMES,
    AT_TRUST = 1U << LINE_TRUST,
    NEEDED = 2,
};

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};

static void on_hurry(void *ctx) {
    unsigned *hurries = ctx;
    (*hurries)++;
}

/* Of answers under this agreement two witnesses have to know. */
static void quorum_set(struct line_world *w, const char *agreement, unsigned *hurries) {
    static struct span agreements[2];
    static struct query_quorum quorum;
    agreements[0] = span_text("another");
    agreements[1] = span_text(agreement);
    quorum = (struct query_quorum){.agreements = agreements,
                                   .agreement_count = 2,
                                   .needed = NEEDED,
                                   .hurry = on_hurry,
                                   .ctx = hurries};
    *hurries = 0;
    w->gateway.quorum = &quorum;
}

static void seen(struct line_world *w, uint64_t size, size_t count) {
    audit_seen_set(w->gateway.log, size, count);
    query_witnesses_told(&w->worker, false);
    for (int i = 0; i < 40; i++) {
        line_settle(w);
    }
}

/* Until its RELEASE is durable and it asked for the witnesses. */
static void run_to_witnesses(struct line_ask *ask, const unsigned *hurries) {
    for (int i = 0; i < 400 && *hurries == 0; i++) {
        line_settle(ask->world);
    }
    assert_int_equal(*hurries, 1);
    assert_false(ask->is_ended);
    assert_int_equal(ask->part_count, 0);
}

static void run_out(struct line_ask *ask) {
    for (int i = 0; i < 400 && !ask->is_closed; i++) {
        line_pass(ask->world, 50);
    }
    assert_true(ask->is_closed);
}

static struct line_ask ask_about(struct line_world *w, enum query_kind kind,
                                 const struct person_id *amy) {
    static struct span name;
    line_consent(w, amy, CONSENT_GIVEN, NULL);
    name = span_text("school");
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    struct line_ask ask = line_ask_of(w, kind, line_handle(w, amy, true));
    ask.question.sources = (struct span_list){&name, 1};
    return ask;
}

static struct line_ask ask_school(struct line_world *w, enum query_kind kind, uint32_t serial) {
    struct person_id amy = line_person(w, serial, AT_SCHOOL);
    return ask_about(w, kind, &amy);
}

/* One end, and nothing of a source's handed out or acknowledged. */
static void expect_not_sent(const struct line_ask *ask, uint64_t from, enum audit_decision decision,
                            const char *reason) {
    struct line_log log;
    line_log_read(ask->world, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_ASK), 1);
    assert_int_equal(line_log_finals(&log), 1);
    const struct audit_entry *outcome = line_log_one(&log, AUDIT_OUTCOME, "");
    assert_int_equal(outcome->decision, decision);
    assert_true(span_equal_text(outcome->reason, reason));
    assert_int_equal(outcome->flags & AUDIT_FLAG_FINAL, AUDIT_FLAG_FINAL);
    assert_int_equal(ask->part_count, 0);
    assert_int_equal(ask->world->agencies[LINE_SCHOOL].acknowledged, 0);
}

static void nothing_leaves_before_enough_have_seen_it(void **state) {
    struct line_world *w = *state;
    for (enum query_kind kind = QUERY_ASK; kind <= QUERY_WATCH; kind++) {
        struct line_log log;
        unsigned hurries = 0;
        quorum_set(w, "line", &hurries);
        struct line_ask ask = ask_school(w, kind, (uint32_t)kind + 1);
        uint64_t from = audit_size(w->gateway.log);
        line_ask_begin(&ask);
        run_to_witnesses(&ask, &hurries);
        uint64_t size = audit_size(w->gateway.log);
        line_log_read(w, from, &log);
        assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 1);
        /* Open: a crash now leaves a question that was abandoned. */
        assert_int_equal(line_log_finals(&log), 0);
        seen(w, size, NEEDED - 1); /* too few */
        seen(w, size - 1, NEEDED); /* of the log before it */
        assert_false(ask.is_ended);
        assert_int_equal(ask.part_count, 0);
        seen(w, size, NEEDED);
        assert_true(ask.is_closed);
        assert_int_equal(ask.status, GRPC_OK);
        assert_string_equal(line_value(&ask, "school", "schooling.attendance"), "91");
        line_log_read(w, from, &log);
        assert_int_equal(line_log_finals(&log), 1);
        const struct audit_entry *outcome = line_log_one(&log, AUDIT_OUTCOME, "");
        assert_int_equal(outcome->decision, AUDIT_DECISION_PERMIT);
        assert_true(span_equal_text(outcome->reason, "CONFIRMED"));
        assert_int_equal(hurries, 1);
    }
}

/* Each round that was not enough is followed by another one. */
static void witnesses_are_asked_again(void **state) {
    struct line_world *w = *state;
    unsigned hurries = 0;
    quorum_set(w, "line", &hurries);
    struct line_ask ask = ask_school(w, QUERY_ASK, 1);
    line_ask_begin(&ask);
    run_to_witnesses(&ask, &hurries);
    for (unsigned i = 2; i < 5; i++) {
        query_witnesses_told(&w->worker, true);
        line_settle(w);
        assert_int_equal(hurries, i);
        query_witnesses_told(&w->worker, false);
        line_settle(w);
        assert_int_equal(hurries, i);
    }
    seen(w, audit_size(w->gateway.log), NEEDED + 1);
    assert_true(ask.is_closed);
    assert_int_equal(ask.status, GRPC_OK);
}

/* Too few witnesses, or a consent that ended meanwhile: the same words at the same moment, and the
 * same in the log. */
static void what_is_not_confirmed_is_not_sent(void **state) {
    struct line_world *w = *state;
    int64_t took[2] = {0, 0};
    for (int changes = 0; changes < 2; changes++) {
        unsigned hurries = 0;
        quorum_set(w, "line", &hurries);
        struct person_id amy = line_person(w, (uint32_t)changes + 1, AT_SCHOOL);
        struct line_ask ask = ask_about(w, QUERY_ASK, &amy);
        uint64_t from = audit_size(w->gateway.log);
        int64_t begun_ms = w->mono_ms;
        line_ask_begin(&ask);
        run_to_witnesses(&ask, &hurries);
        uint64_t size = audit_size(w->gateway.log);
        if (changes == 1) {
            line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
            seen(w, size, LIMIT_WITNESS_COUNT);
            assert_false(ask.is_ended);
        }
        run_out(&ask);
        took[changes] = ask.ended_ms - begun_ms;
        assert_int_equal(ask.status, GRPC_UNAVAILABLE);
        expect_not_sent(&ask, from, AUDIT_DECISION_NOT_DELIVERED, "UNCONFIRMED");
        assert_true(took[changes] <= ask.deadline_ms);
    }
    assert_int_equal(took[0], took[1]);
}

static void a_log_that_is_frozen_confirms_nothing(void **state) {
    struct line_world *w = *state;
    unsigned hurries = 0;
    quorum_set(w, "line", &hurries);
    struct line_ask ask = ask_school(w, QUERY_ASK, 1);
    line_ask_begin(&ask);
    run_to_witnesses(&ask, &hurries);
    audit_log_freeze(w->gateway.log, "larger-size");
    seen(w, audit_size(w->gateway.log), LIMIT_WITNESS_COUNT);
    assert_false(ask.is_ended);
    run_out(&ask);
    assert_int_equal(ask.status, GRPC_UNAVAILABLE);
    assert_int_equal(ask.part_count, 0);
}

static void who_goes_away_while_waiting_has_abandoned_it(void **state) {
    struct line_world *w = *state;
    unsigned hurries = 0;
    quorum_set(w, "line", &hurries);
    struct line_ask ask = ask_school(w, QUERY_ASK, 1);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    run_to_witnesses(&ask, &hurries);
    query_cancel(ask.query);
    run_out(&ask);
    expect_not_sent(&ask, from, AUDIT_DECISION_ABANDONED, "CANCELLED");
}

/* Line by line of a stream; the last one is the end. */
static void each_line_of_a_stream_is_confirmed(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    unsigned hurries = 0;
    struct span names[] = {span_text("homes"), span_text("school")};
    struct person_id amy = line_person(w, 1, AT_BOTH);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    quorum_set(w, "line", &hurries);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_WATCH, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){names, 2};
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    run_to_witnesses(&ask, &hurries);
    seen(w, audit_size(w->gateway.log), NEEDED);
    assert_int_equal(ask.part_count, 1);
    assert_false(ask.is_ended);
    line_agency_release(w, LINE_SCHOOL);
    for (int i = 0; i < 400 && hurries == 1; i++) {
        line_settle(w);
    }
    assert_int_equal(hurries, 2);
    assert_int_equal(ask.part_count, 1);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_finals(&log), 0);
    seen(w, audit_size(w->gateway.log), NEEDED);
    assert_true(ask.is_closed);
    assert_int_equal(ask.part_count, 2);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 2);
    assert_int_equal(line_log_finals(&log), 1);
}

/* Of a person whom nobody knows, and of one whom a hidden source knows, as long. */
static void whoever_it_is_about_waits(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    for (int known = 0; known < 2; known++) {
        unsigned hurries = 0;
        quorum_set(w, "line", &hurries);
        struct line_ask ask = line_ask_of(
            w, QUERY_ASK, known == 1 ? line_handle(w, &amy, false) : line_handle_nobody(w));
        line_ask_begin(&ask);
        for (int i = 0; i < 400 && hurries == 0; i++) {
            line_pass(w, 50);
        }
        assert_int_equal(hurries, 1);
        assert_false(ask.is_ended);
        seen(w, audit_size(w->gateway.log), NEEDED);
        run_out(&ask);
        assert_int_equal(ask.status, GRPC_OK);
    }
}

/* While one waits, what is under another agreement is answered; what waited comes after it. */
static void others_do_not_wait(void **state) {
    struct line_world *w = *state;
    unsigned hurries = 0;
    quorum_set(w, "elsewhere", &hurries);
    struct line_ask ask = ask_school(w, QUERY_ASK, 1);
    uint64_t from = audit_size(w->gateway.log);
    struct line_log log;
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(hurries, 0);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 0);
    assert_int_equal(line_log_finals(&log), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(nothing_leaves_before_enough_have_seen_it),
        T(witnesses_are_asked_again),
        T(what_is_not_confirmed_is_not_sent),
        T(a_log_that_is_frozen_confirms_nothing),
        T(who_goes_away_while_waiting_has_abandoned_it),
        T(each_line_of_a_stream_is_confirmed),
        T(whoever_it_is_about_waits),
        T(others_do_not_wait),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
