/* SPDX-License-Identifier: Apache-2.0 */
/* Break-glass on the line: the case before the question, how often, and what is not opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/review/review.h"
#include "tests/support/line_glass.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_TRUST = 1U << LINE_TRUST,
    AT_SCHOOL = 1U << LINE_SCHOOL,
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
};

static void the_case_is_durable_before_anybody_is_asked(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_ask ask = line_glass_ask(w, &amy);
    struct line_log log;
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "PERMIT_EMERGENCY");
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "300");
    line_log_read(w, from, &log);
    assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
    assert_int_equal(log.entries[1].kind, AUDIT_ASK);
    assert_true((log.entries[0].flags & AUDIT_FLAG_EMERGENCY) != 0);
    assert_true((log.entries[1].flags & AUDIT_FLAG_EMERGENCY) != 0);
    assert_true((line_detail(&ask, "homes").flags & AUDIT_FLAG_EMERGENCY) != 0);
    assert_true(ask.has_emergency);
    assert_true(ask.emergency.was_used);
    assert_int_equal(ask.emergency.ends_ms, w->wall_ms + 4 * HOUR_MS);
    assert_int_equal(ask.emergency.tell_due_ms, w->wall_ms + HOUR_MS);
    assert_true(ask.emergency.review_due_ms > w->wall_ms + 2 * (int64_t)DAY_MS);
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(
        store_review_find(w->store.reader, &ask.emergency.review_id, w->arena, &found, &row)));
    assert_true(found);
    assert_false(lg_failed(review_case_read(w->store.reader, &row, w->arena, &it)));
    assert_int_equal(it.opening.capacity, CAPACITY_CANNOT);
    assert_int_equal(it.opening.due_ms, ask.emergency.review_due_ms);
    assert_true(span_equal_text(it.opening.rationale, "Found unconscious in the street."));
    assert_int_equal(it.opening.sources.count, 1);
    assert_true(span_equal_text(it.opening.sources.items[0], "homes"));
}

static void an_emergency_that_nothing_needed_opens_no_case(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_log log;
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    struct line_ask ask = line_glass_ask(w, &amy);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "PERMIT_CLAUSE");
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 0);
    assert_true(ask.has_emergency);
    assert_false(ask.emergency.was_used);
}

static void its_own_fault_is_the_reason_where_it_would_have_helped(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_ask ask = line_glass_ask(w, &amy);
    ask.question.emergency_rationale = span_text("Found.");
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "PARTIAL");
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_RATIONALE");
    assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "1 Sample Street");
    assert_false(ask.emergency.was_used);
    ask = line_glass_ask(w, &amy);
    ask.question.emergency_reason = span_text("curiosity");
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_REASON");
    w->caller.role = span_text("visitor");
    ask = line_glass_ask(w, &amy);
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_ROLE");
    w->caller.role = span_text("worker");
}

/* Twenty characters are not twenty bytes. */
static void characters_of_the_rationale_are_counted(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_ask ask = line_glass_ask(w, &amy);
    ask.question.emergency_rationale =
        span_text("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
    line_ask_run(&ask, false);
    assert_string_equal(line_glass_refusal(&ask), "EMERGENCY_RATIONALE");
}

/* Of a hidden source a case says nothing of what its person said, or whether there is one: it is
 * there for somebody whose refusal the emergency sets aside, and for everybody else. */
static void a_hidden_source_releases_nothing_without_a_case(void **state) {
    struct line_world *w = *state;
    static const char *const allergies[] = {"mental-health.allergies", "nuts", NULL};
    struct person_id objects = line_person(w, 1, AT_TRUST);
    struct person_id silent = line_person(w, 2, AT_TRUST);
    struct span trust[] = {span_text("trust")};
    struct span items[] = {span_text("mental-health.allergies")};
    w->agencies[LINE_TRUST].answer = line_answer(w, allergies, NULL, 0);
    line_consent(w, &objects, CONSENT_REFUSED, NULL);
    for (size_t i = 0; i < 3; i++) {
        struct line_log log;
        struct line_ask ask = line_glass_ask(w, &objects);
        uint64_t from = audit_size(w->gateway.log);
        unsigned fetches = w->agencies[LINE_TRUST].real_fetches;
        ask.question.sources = (struct span_list){trust, 1};
        ask.question.items = (struct span_list){items, 1};
        ask.question.person.handle = i == 0   ? line_handle(w, &objects, false)
                                     : i == 1 ? line_handle(w, &silent, false)
                                              : line_handle_nobody(w);
        line_ask_run(&ask, true);
        assert_int_equal(ask.status, GRPC_OK);
        assert_int_equal(w->agencies[LINE_TRUST].real_fetches - fetches, i < 2 ? 1 : 0);
        assert_true(ask.emergency.was_used);
        line_log_read(w, from, &log);
        assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
        assert_int_equal(log.entries[1].kind, AUDIT_ASK);
        assert_true((log.entries[1].flags & AUDIT_FLAG_EMERGENCY) != 0);
        assert_true((line_detail(&ask, "trust").flags & AUDIT_FLAG_EMERGENCY) != 0);
    }
}

static void earlier_emergencies_are_counted(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(line_glass_declare(w, &amy, NULL), "");
        w->wall_ms += HOUR_MS;
    }
    assert_string_equal(line_glass_declare(w, &amy, NULL), "EMERGENCY_LIMIT");
    w->caller.user_id = span_text("u-18");
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    w->caller.user_id = span_text("u-17");
    w->wall_ms += 21 * HOUR_MS + 60000; /* the first is out of the window */
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    assert_string_equal(line_glass_declare(w, &amy, NULL), "EMERGENCY_LIMIT");
}

/* Two at one moment do not both find room for one. */
static void those_under_way_are_counted(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    unsigned fetches = w->agencies[LINE_HOMES].fetches;
    struct line_ask first = line_glass_ask(w, &amy);
    struct line_ask other = line_glass_ask(w, &amy);
    line_ask_begin(&first);
    line_ask_begin(&other);
    line_until_fetched(w, LINE_HOMES, fetches + 2);
    line_agency_release(w, LINE_HOMES);
    line_until(w, &first.is_closed);
    line_until(w, &other.is_closed);
    bool one = line_glass_refusal(&first)[0] == '\0' && first.emergency.was_used;
    bool two = line_glass_refusal(&other)[0] == '\0' && other.emergency.was_used;
    assert_true(one != two);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
}

/* One that waits for its answer is counted once: by its case. */
static void one_that_is_opened_counts_once(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    unsigned fetches = w->agencies[LINE_HOMES].fetches;
    struct line_ask first = line_glass_ask(w, &amy);
    line_ask_begin(&first);
    line_until_fetched(w, LINE_HOMES, fetches + 1);
    struct line_ask other = line_glass_ask(w, &amy);
    line_ask_begin(&other);
    line_until_fetched(w, LINE_HOMES, fetches + 2);
    line_agency_release(w, LINE_HOMES);
    line_until(w, &first.is_closed);
    line_until(w, &other.is_closed);
    assert_true(first.emergency.was_used);
    assert_true(other.emergency.was_used);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    assert_string_equal(line_glass_declare(w, &amy, NULL), "EMERGENCY_LIMIT");
}

/* Nothing else needs this emergency. */
static void what_lifts_the_hard_line_has_its_case(void **state) {
    struct line_world *w = *state;
    struct config_budget budget = {.window_hours = 24, .soft = 1, .hard = 2};
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_log log;
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->registry.budgets = &budget;
    w->registry.budget_count = 1;
    for (int i = 0; i < 5; i++) {
        struct line_ask ask = line_glass_ask(w, &amy);
        uint64_t from = audit_size(w->gateway.log);
        line_ask_run(&ask, false);
        if (i < 2) {
            line_glass_expect(&ask, "PERMIT_CLAUSE");
            assert_false(ask.emergency.was_used);
            continue;
        }
        line_glass_expect(&ask, "PERMIT_CLAUSE");
        assert_true(ask.emergency.was_used);
        line_log_read(w, from, &log);
        assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
        assert_int_equal(log.entries[1].kind, AUDIT_ASK);
        assert_true((log.entries[1].flags & AUDIT_FLAG_EMERGENCY) != 0);
    }
    /* Three a day: no longer valid, so the line holds. */
    struct line_ask ask = line_glass_ask(w, &amy);
    line_ask_run(&ask, false);
    line_glass_expect(&ask, "BUDGET_REACHED");
    w->registry.budgets = NULL;
    w->registry.budget_count = 0;
}

/* A consent that goes while the question is under way, at a source that nobody opened a case for;
 * another source of the question has one. */
static void a_source_outside_the_case_does_not_join_it(void **state) {
    struct line_world *w = *state;
    static const char *const attendance[] = {"schooling.attendance", "91", NULL};
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    struct span both[] = {span_text("homes"), span_text("school")};
    struct line_log log;
    w->caller.role = span_text("senior");
    w->agencies[LINE_SCHOOL].answer = line_answer(w, attendance, NULL, 0);
    line_consent(w, &amy, CONSENT_GIVEN, "schooling");
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_glass_ask(w, &amy);
    uint64_t from = audit_size(w->gateway.log);
    ask.question.sources = (struct span_list){both, 2};
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_SCHOOL, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, "schooling");
    line_agency_release(w, LINE_SCHOOL);
    line_until(w, &ask.is_closed);
    assert_int_equal(ask.status, GRPC_ABORTED);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 1);
    w->agencies[LINE_SCHOOL].manner = LINE_ANSWERS;
    w->caller.role = span_text("worker");
}

static void consent_that_goes_meanwhile_opens_nothing(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_log log;
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    struct line_ask ask = line_glass_ask(w, &amy);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_HOMES);
    line_until(w, &ask.is_closed);
    /* This role's emergency sets no refusal aside: held back, and still no case. */
    assert_int_equal(ask.status, GRPC_OK);
    assert_string_equal(line_glass_refusal(&ask), "CONSENT_MISSING");
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 0);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
}

/* Whatever fails: nobody is asked under an emergency whose case is not in the log before it. */
static void expect_case_first(struct line_world *w, uint64_t from) {
    struct line_log log;
    line_log_read(w, from, &log);
    for (size_t i = 0; i < log.count; i++) {
        const struct audit_entry *entry = &log.entries[i];
        if (entry->kind == AUDIT_ASK && (entry->flags & AUDIT_FLAG_EMERGENCY) != 0) {
            assert_true(i > 0);
            assert_int_equal(log.entries[i - 1].kind, AUDIT_REVIEW);
            assert_memory_equal(&log.entries[i - 1].request_id, &entry->request_id,
                                sizeof entry->request_id);
        }
    }
}

static bool ask_failing_at(struct line_world *w, const struct person_id *person, uint64_t n) {
    uint64_t from = audit_size(w->gateway.log);
    w->caller.user_id = arena_format(w->arena, "u-%u", (unsigned)n);
    struct line_ask ask = line_glass_ask(w, person);
    support_alloc_fail_at(n);
    line_ask_begin(&ask);
    for (int i = 0; i < 600 && !ask.is_closed; i++) {
        loop_turn(w->worker.loop, 1);
    }
    bool was_reached = support_alloc_seen() >= n;
    support_alloc_fail_at(0);
    for (int i = 0; i < 100 && !ask.is_closed; i++) {
        line_pass(w, 100);
    }
    assert_true(ask.is_closed);
    expect_case_first(w, from);
    return was_reached;
}

static void each_allocation_may_fail(void **state) {
    struct line_world *w = *state;
    struct arena_shelf *shelf = w->worker.shelf;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->worker.shelf = NULL;
    uint64_t n = 1;
    while (n < 2000 && ask_failing_at(w, &amy, n)) {
        n += 2;
        if (n % 16 == 1) { /* connections that broke come back, and breakers close */
            w->wall_ms += 1000;
            for (int i = 0; i < 5; i++) {
                line_pass(w, 2000);
            }
        }
    }
    assert_true(n > 8); /* a sanitizer shows the allocations of our own code alone */
    assert_true(n < 2000);
    w->worker.shelf = shelf;
    w->caller.user_id = span_text("u-17");
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_glass_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(the_case_is_durable_before_anybody_is_asked),
        T(an_emergency_that_nothing_needed_opens_no_case),
        T(its_own_fault_is_the_reason_where_it_would_have_helped),
        T(characters_of_the_rationale_are_counted),
        T(a_source_outside_the_case_does_not_join_it),
        T(a_hidden_source_releases_nothing_without_a_case),
        T(earlier_emergencies_are_counted),
        T(those_under_way_are_counted),
        T(one_that_is_opened_counts_once),
        T(what_lifts_the_hard_line_has_its_case),
        T(consent_that_goes_meanwhile_opens_nothing),
        T(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
