/* SPDX-License-Identifier: Apache-2.0 */
/* An agreement that is stopped while a question is under way: nothing of it leaves, also where the
 * answer was already there; what was stopped elsewhere, or superseded, lets it end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { AT_HOMES = 1U << LINE_HOMES, AT_SCHOOL = 1U << LINE_SCHOOL };

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};

static struct line_ask asked(struct line_world *w, enum query_kind kind, uint32_t number) {
    struct person_id amy = line_person(w, number, AT_HOMES);
    struct span *source = arena_array(w->arena, 1, sizeof *source);
    assert_non_null(source);
    *source = span_text("homes");
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, kind, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){source, 1};
    return ask;
}

static void run_out(struct line_ask *ask) {
    for (int i = 0; i < 400 && !ask->is_closed; i++) {
        line_pass(ask->world, 0);
    }
    assert_true(ask->is_closed);
}

static void parties_set(struct span_list *list, const char *party) {
    static struct span item;
    item = span_text(party);
    *list = (struct span_list){&item, 1};
}

/* As a suspension does: first what is in force, then the workers are told. */
static void change(struct line_world *w) {
    line_world_agreements_put(w);
    query_agreements_changed(&w->worker);
}

static void expect_stopped(struct line_world *w, struct line_ask *ask, uint64_t from) {
    struct line_log log;
    run_out(ask);
    assert_int_equal(ask->status, GRPC_ABORTED);
    assert_int_equal(ask->part_count, 0);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
    assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 1);
    assert_int_equal(line_log_finals(&log), 1);
}

static void the_lead_suspends(void **state) {
    struct line_world *w = *state;
    for (enum query_kind kind = QUERY_ASK; kind <= QUERY_WATCH; kind++) {
        struct line_ask ask = asked(w, kind, 1 + (uint32_t)kind);
        uint64_t from = audit_size(w->gateway.log);
        line_ask_begin(&ask);
        line_until_fetched(w, LINE_HOMES, w->agencies[LINE_HOMES].fetches + 1);
        w->force.is_suspended = true;
        change(w);
        expect_stopped(w, &ask, from);
        w->force.is_suspended = false;
        change(w);
    }
}

static void a_party_of_the_question_suspends_or_leaves(void **state) {
    struct line_world *w = *state;
    struct span_list *const lists[] = {&w->force.suspended, &w->force.withdrawn};
    static const char *const parties[] = {"homes", "care"};
    for (size_t i = 0; i < 4; i++) {
        struct line_ask ask = asked(w, QUERY_ASK, 1 + (uint32_t)i);
        uint64_t from = audit_size(w->gateway.log);
        line_ask_begin(&ask);
        line_until_fetched(w, LINE_HOMES, w->agencies[LINE_HOMES].fetches + 1);
        parties_set(lists[i / 2], parties[i % 2]);
        change(w);
        expect_stopped(w, &ask, from);
        *lists[i / 2] = (struct span_list){0};
        change(w);
    }
}

static void another_party_suspends(void **state) {
    struct line_world *w = *state;
    struct line_ask ask = asked(w, QUERY_ASK, 1);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    parties_set(&w->force.suspended, "school");
    change(w);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    line_agency_release(w, LINE_HOMES);
    run_out(&ask);
    assert_int_equal(ask.status, GRPC_OK);
    assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "1 Sample Street");
}

/* A new set without a stop: the question ends under the one that it began with. */
static void superseded_it_goes_on(void **state) {
    struct line_world *w = *state;
    struct line_ask ask = asked(w, QUERY_ASK, 1);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    change(w);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    line_agency_release(w, LINE_HOMES);
    run_out(&ask);
    assert_int_equal(ask.status, GRPC_OK);
}

static void taken_out_of_force_it_stops(void **state) {
    struct line_world *w = *state;
    static const struct agreement_stage nothing = {.from_s = INT64_MIN};
    struct agreement_set *set = NULL;
    struct line_ask ask = asked(w, QUERY_ASK, 1);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    assert_false(lg_failed(agreement_set_new(&nothing, 1, &set)));
    agreement_live_put(w->agreements, set);
    query_agreements_changed(&w->worker);
    expect_stopped(w, &ask, from);
}

/* Stopped before anything was decided, and there was no permit yet that could rest on it. */
static void what_is_stopped_before_the_decision_refuses(void **state) {
    struct line_world *w = *state;
    struct line_ask ask = asked(w, QUERY_ASK, 1);
    line_ask_begin(&ask);
    w->force.is_suspended = true;
    change(w);
    run_out(&ask);
    assert_int_equal(ask.status, GRPC_OK);
    assert_true(span_equal_text(ask.verdict.code, "AGREEMENT_SUSPENDED"));
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 0);
}

/* After so many turns, and nobody tells the worker: it looks for itself before it commits. */
static void whenever_it_is_stopped_nothing_leaves(void **state) {
    struct line_world *w = *state;
    for (uint32_t turns = 0; turns < 12; turns++) {
        struct line_ask ask = asked(w, QUERY_ASK, 1 + turns);
        struct line_log log;
        uint64_t from = audit_size(w->gateway.log);
        line_ask_begin(&ask);
        for (uint32_t i = 0; i < turns; i++) {
            line_pass(w, 0);
        }
        w->force.is_suspended = true;
        line_world_agreements_put(w);
        w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
        line_agency_release(w, LINE_HOMES);
        run_out(&ask);
        line_log_read(w, from, &log);
        assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
        w->force.is_suspended = false;
        line_world_agreements_put(w);
    }
}

static void it_looks_before_it_commits(void **state) {
    struct line_world *w = *state;
    struct line_ask ask = asked(w, QUERY_ASK, 1);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    w->force.is_suspended = true;
    line_world_agreements_put(w);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    line_agency_release(w, LINE_HOMES);
    expect_stopped(w, &ask, from);
}

/* The answer waits for the log while the agreement is suspended and nobody tells the worker: the
 * entry of the stop makes the release stale, and the worker looks for itself. */
static void on_stopped(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static void the_log_stops_it_where_nobody_told(void **state) {
    struct line_world *w = *state;
    struct store_tag tag;
    struct audit_scope scope;
    bool committed = false;
    struct line_ask ask = asked(w, QUERY_ASK, 1);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    assert_false(lg_failed(consent_scope_agreement(w->store.store, policy_id(w->policy), &tag)));
    memcpy(scope.bytes, tag.bytes, sizeof scope.bytes);
    const struct audit_entry_fields fields = {.kind = AUDIT_STOP,
                                              .requesting_agency = span_text("care"),
                                              .agreement = policy_id(w->policy),
                                              .reason = span_text("SUSPEND"),
                                              .sealed = span_text("of the test")};
    const struct audit_batch batch = {
        .entries = &fields, .count = 1, .changed = &scope, .changed_count = 1};
    w->force.is_suspended = true;
    line_world_agreements_put(w);
    assert_false(
        lg_failed(audit_commit(w->gateway.log, &batch, w->worker.loop, on_stopped, &committed)));
    line_until(w, &committed);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    line_agency_release(w, LINE_HOMES);
    expect_stopped(w, &ask, from);
}

static void the_next_question_is_refused(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    w->force.is_suspended = true;
    line_world_agreements_put(w);
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(ask.verdict.decision, DECISION_REFUSE);
    assert_true(span_equal_text(ask.verdict.code, "AGREEMENT_SUSPENDED"));
}

static int group_setup(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, line_world_open, line_world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_lead_suspends),
        TEST(a_party_of_the_question_suspends_or_leaves),
        TEST(another_party_suspends),
        TEST(superseded_it_goes_on),
        TEST(taken_out_of_force_it_stops),
        TEST(what_is_stopped_before_the_decision_refuses),
        TEST(whenever_it_is_stopped_nothing_leaves),
        TEST(it_looks_before_it_commits),
        TEST(the_log_stops_it_where_nobody_told),
        TEST(the_next_question_is_refused),
    };
    return cmocka_run_group_tests(tests, group_setup, line_world_teardown);
}
