/* SPDX-License-Identifier: Apache-2.0 */
/* A consent that changes while a question is under way: what is no longer granted is not released,
 * whatever the change overtakes, and the log says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_SCHOOL = 1U << LINE_SCHOOL,
    AT_TRUST = 1U << LINE_TRUST,
};

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", "tenancy.arrears",
                                      "250", NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};
static const char *const health[] = {"mental-health.status", "open", NULL};

static struct span_list names_of(struct line_world *w, const char *first, const char *second) {
    struct span *names = arena_array(w->arena, 2, sizeof *names);
    assert_non_null(names);
    names[0] = span_text(first);
    names[1] = span_text(second);
    return (struct span_list){names, second != NULL ? 2 : 1};
}

static void run_out(struct line_ask *ask, bool passes) {
    for (int i = 0; i < 400 && !ask->is_closed; i++) {
        line_pass(ask->world, passes ? 50 : 0);
    }
    assert_true(ask->is_closed);
}

static void keys_until_held(struct line_world *w) {
    for (int i = 0; i < 400 && w->keys.held_count == 0; i++) {
        line_settle(w);
    }
    assert_int_equal(w->keys.held_count, 1);
}

static void expect_one_final(struct line_world *w, uint64_t from, struct line_log *out_log) {
    line_log_read(w, from, out_log);
    assert_int_equal(line_log_count(out_log, AUDIT_ASK), 1);
    assert_int_equal(line_log_finals(out_log), 1);
}

static void a_withdrawal_while_the_source_answers_withholds_its_part(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_SCHOOL);
    struct span item = span_text("schooling.attendance");
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "school", NULL);
    ask.question.items = (struct span_list){&item, 1};
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_SCHOOL, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_SCHOOL);
    run_out(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_WITHHELD_BY_CONSENT);
    assert_int_equal(line_part_of(&ask, "school")->extract.record_count, 0);
    expect_one_final(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
    /* Both read that consent was the reason, and neither what the person said: the clause does not
     * show it. */
    assert_true(
        span_equal_text(line_log_one(&log, AUDIT_DENIAL, "school")->reason, "CONSENT_MISSING"));
    assert_true(span_equal_text(line_detail(&ask, "school").reason, "CONSENT_MISSING"));
}

/* What needs no consent still goes; what was consented to does not. */
static void expect_address_alone(struct line_world *w, struct line_ask *ask, uint64_t from) {
    struct line_log log;
    assert_int_equal(ask->status, GRPC_OK);
    assert_string_equal(line_value(ask, "homes", "tenancy.address"), "1 Sample Street");
    assert_string_equal(line_value(ask, "homes", "tenancy.arrears"), "");
    expect_one_final(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE) - ask->part_count,
                     line_part_of(ask, "homes")->extract.records[0].link_count);
}

/* The answer names the person herself: the look at her as a linked person is newer than the change,
 * the grant for what is asked about her is older. */
static void a_link_to_the_person_does_not_hide_a_withdrawal(void **state) {
    struct line_world *w = *state;
    const uint32_t links[] = {1};
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, links, 1);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "homes", NULL);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_HOMES);
    run_out(&ask, false);
    expect_address_alone(w, &ask, from);
    assert_int_equal(line_part_of(&ask, "homes")->extract.records[0].link_count, 1);
}

static void a_withdrawal_in_the_gate_is_obeyed(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->keys.manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "homes", NULL);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    keys_until_held(w);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    w->keys.manner = LINE_ANSWERS;
    line_keys_release(w);
    run_out(&ask, false);
    expect_address_alone(w, &ask, from);
}

/* The change of a linked person's consent counts for the link. */
static void a_withdrawal_of_a_linked_person_is_obeyed(void **state) {
    struct line_world *w = *state;
    const uint32_t links[] = {2};
    struct person_id amy = line_person(w, 1, AT_SCHOOL);
    struct person_id ben = line_person(w, 2, AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    line_consent(w, &ben, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, links, 1);
    w->keys.manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "school", NULL);
    line_ask_begin(&ask);
    keys_until_held(w);
    line_consent(w, &ben, CONSENT_WITHDRAWN, NULL);
    w->keys.manner = LINE_ANSWERS;
    line_keys_release(w);
    run_out(&ask, false);
    assert_string_equal(line_value(&ask, "school", "schooling.attendance"), "91");
    assert_int_equal(line_part_of(&ask, "school")->extract.records[0].link_count, 0);
}

static void a_watch_withholds_what_comes_after_a_withdrawal(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_WATCH, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "homes", "school");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    for (int i = 0; i < 400 && ask.part_count == 0; i++) {
        line_settle(w);
    }
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "250");
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_SCHOOL);
    run_out(&ask, false);
    assert_int_equal(ask.part_count, 2);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_WITHHELD_BY_CONSENT);
    expect_one_final(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 1);
}

/* The grant is made anew for the first part; the second is judged by it when it comes. */
static void a_watch_judges_a_later_part_by_the_newer_grant(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_WATCH, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "homes", "school");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    line_until_fetched(w, LINE_SCHOOL, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_HOMES);
    for (int i = 0; i < 400 && ask.part_count == 0; i++) {
        line_settle(w);
    }
    line_agency_release(w, LINE_SCHOOL);
    run_out(&ask, false);
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "");
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_WITHHELD_BY_CONSENT);
    expect_one_final(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_DENIAL), 1);
}

static void a_hidden_part_withdrawn_in_flight_is_nothing_to_show(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, NULL, 0);
    w->agencies[LINE_TRUST].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, false));
    ask.question.sources = names_of(w, "trust", NULL);
    uint64_t from = audit_size(w->gateway.log);
    int64_t begun_ms = w->mono_ms;
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_TRUST, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_TRUST);
    run_out(&ask, true);
    assert_int_equal(line_part_of(&ask, "trust")->extract.state, SOURCE_NOTHING_TO_SHOW);
    assert_int_equal(ask.pseudonym.len, 0);
    assert_int_equal(ask.ended_ms - begun_ms, LINE_SLOT_MS);
    expect_one_final(w, from, &log);
    assert_true(span_equal_text(line_log_one(&log, AUDIT_RELEASE, "trust")->reason, "HIDDEN"));
}

/* As many records as one answer may have, each of this size at least. */
static struct answer long_answer(struct line_world *w, const char *item, size_t value_size) {
    enum { RECORDS = 36 };
    struct source_record *records = arena_array(w->arena, RECORDS, sizeof *records);
    char *value = arena_alloc(w->arena, value_size + 1);
    assert_non_null(records);
    assert_non_null(value);
    memset(value, 'v', value_size);
    const char *const items[] = {item, value, NULL};
    for (size_t i = 0; i < RECORDS; i++) {
        records[i] = line_answer(w, items, NULL, 0).records[0];
    }
    return (struct answer){.records = records, .record_count = RECORDS};
}

/* The same where what it answered would not have fitted the reply: that it was long tells of it. */
static void a_hidden_part_too_long_and_withdrawn_is_nothing_to_show(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].answer = long_answer(w, "mental-health.status", 400);
    w->gateway.message_max = LIMIT_QUERY_REPLY_REST + 8192 + 10000;
    for (int withdraws = 0; withdraws < 2; withdraws++) {
        w->agencies[LINE_TRUST].manner = LINE_HOLDS;
        w->agencies[LINE_TRUST].fetches = 0;
        struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, false));
        ask.question.sources = names_of(w, "trust", NULL);
        line_ask_begin(&ask);
        line_until_fetched(w, LINE_TRUST, 1);
        if (withdraws == 1) {
            line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
        }
        line_agency_release(w, LINE_TRUST);
        run_out(&ask, true);
        assert_int_equal(line_part_of(&ask, "trust")->extract.state,
                         withdraws == 1 ? SOURCE_NOTHING_TO_SHOW : SOURCE_UNAVAILABLE);
    }
}

static const char *const library[] = {"library.card", "L-1", NULL};

static struct line_ask ask_library(struct line_world *w, const struct person_id *person) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, person, true));
    struct span *item = arena_alloc(w->arena, sizeof *item);
    assert_non_null(item);
    *item = span_text("library.card");
    ask.question.sources = names_of(w, "school", NULL);
    ask.question.items = (struct span_list){item, 1};
    return ask;
}

/* One use an hour: the grant that is made anew does not count as another. */
static void a_grant_made_anew_takes_no_second_use(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, library, NULL, 0);
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = ask_library(w, &amy);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_SCHOOL, 1);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    line_agency_release(w, LINE_SCHOOL);
    run_out(&ask, false);
    assert_string_equal(line_value(&ask, "school", "library.card"), "L-1");
    ask = ask_library(w, &amy);
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_NOT_PERMITTED);
}

/* Nor does a person whom the answer names: how many there are would show in what is left. */
static void a_linked_person_takes_no_use(void **state) {
    struct line_world *w = *state;
    static const uint32_t links[] = {2, 3, 4};
    struct person_id amy = line_person(w, 1, AT_SCHOOL);
    struct person_id ben = line_person(w, 2, AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    line_consent(w, &ben, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, library, links, 3);
    struct line_ask ask = ask_library(w, &amy);
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "school")->extract.records[0].link_count, 1);
}

/* A consent that is given again and again: the question gives up, and its end is in the log. */
static void a_grant_that_never_holds_is_given_up(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->keys.manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = names_of(w, "homes", NULL);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    for (int i = 0; i <= LIMIT_QUERY_STALE; i++) {
        keys_until_held(w);
        line_consent(w, &amy, CONSENT_GIVEN, NULL);
        w->keys.manner = LINE_TALKS_RUBBISH; /* so that the next gate asks for the name again */
        line_keys_release(w);
        w->keys.manner = LINE_HOLDS;
    }
    run_out(&ask, false);
    assert_int_equal(ask.status, GRPC_ABORTED);
    expect_one_final(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
    assert_int_equal(line_log_one(&log, AUDIT_OUTCOME, "")->decision, AUDIT_DECISION_ABANDONED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_withdrawal_while_the_source_answers_withholds_its_part),
        T(a_link_to_the_person_does_not_hide_a_withdrawal),
        T(a_withdrawal_in_the_gate_is_obeyed),
        T(a_withdrawal_of_a_linked_person_is_obeyed),
        T(a_watch_withholds_what_comes_after_a_withdrawal),
        T(a_watch_judges_a_later_part_by_the_newer_grant),
        T(a_hidden_part_withdrawn_in_flight_is_nothing_to_show),
        T(a_hidden_part_too_long_and_withdrawn_is_nothing_to_show),
        T(a_grant_made_anew_takes_no_second_use),
        T(a_linked_person_takes_no_use),
        T(a_grant_that_never_holds_is_given_up),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
