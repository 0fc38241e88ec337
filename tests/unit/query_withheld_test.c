/* SPDX-License-Identifier: Apache-2.0 */
/* A source that decides not to share: its line, the log's entry, and what its officers read there.
 * Of a source of hidden existence nothing of that shows. And what a question states, as far as the
 * decision and the log see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/query/query_int.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_SCHOOL = 1U << LINE_SCHOOL,
    AT_TRUST = 1U << LINE_TRUST,
};

static const char *const tenancy[] = {"tenancy.arrears", "250", NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};
static const char *const health[] = {"mental-health.status", "open", NULL};

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

static struct line_ask ask_one(struct line_world *w, struct span handle, const char *agency) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, handle);
    struct span *name = arena_alloc(w->arena, sizeof *name);
    assert_non_null(name);
    *name = span_text(agency);
    ask.question.sources = (struct span_list){name, 1};
    return ask;
}

static void withhold(struct line_world *w, enum line_agency_id agency, const char *const *items,
                     const char *code, const char *office) {
    w->agencies[agency].answer = line_answer(w, items, NULL, 0);
    w->agencies[agency].answer.is_withheld = true;
    w->agencies[agency].answer.withholding =
        (struct withholding){.code = span_text(code), .office = span_text(office)};
}

/* What the newest entry of a source holds of its decision, in its sealed part. */
static struct query_trail_record sealed_of(struct line_world *w, uint64_t from) {
    struct query_trail_record record = {.is_part = false};
    for (uint64_t i = from; i < audit_size(w->gateway.log); i++) {
        struct audit_opened opened;
        struct query_trail_record one;
        struct span leaf;
        bool found = false;
        assert_false(lg_failed(audit_entry_get(w->gateway.log, i, w->arena, &leaf)));
        assert_false(
            lg_failed(audit_entry_unseal(w->gateway.log, leaf, w->arena, &opened, &found)));
        if (found && !lg_failed(query_trail_read(opened.sealed, &one)) && one.is_part) {
            record = one;
        }
    }
    assert_true(record.is_part);
    return record;
}

/* Whether the arrears are, with this code. */
static bool is_held_back(const struct extract *extract, const char *code) {
    for (size_t i = 0; i < extract->held_back_count; i++) {
        if (span_equal_text(extract->held_back[i].item, "tenancy.arrears")) {
            return span_equal_text(extract->held_back[i].code, code);
        }
    }
    return false;
}

static void an_open_source_withholds_its_part(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    withhold(w, LINE_HOMES, tenancy, "more-detrimental", "Housing Safeguarding Lead");
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    const struct extract *extract = &line_part_of(&ask, "homes")->extract;
    assert_int_equal(extract->state, SOURCE_WITHHELD_BY_SOURCE);
    assert_int_equal(extract->record_count, 0);
    assert_true(is_held_back(extract, "HOLDER_WITHHOLDS"));
    line_log_read(w, from, &log);
    const struct audit_entry *denial = line_log_one(&log, AUDIT_DENIAL, "homes");
    assert_int_equal(denial->decision, AUDIT_DECISION_REFUSE);
    assert_true(span_equal_text(denial->reason, "HOLDER_WITHHOLDS"));
    assert_true(span_equal_text(line_detail(&ask, "homes").reason, "HOLDER_WITHHOLDS"));
    struct query_trail_record record = sealed_of(w, from);
    assert_true(span_equal_text(record.withholding.code, "more-detrimental"));
    assert_true(span_equal_text(record.withholding.office, "Housing Safeguarding Lead"));
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].acknowledged, 1);
}

static void words_of_the_source_stay_out_of_the_log(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    withhold(w, LINE_HOMES, tenancy, "because of her mother", "");
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    struct query_trail_record record = sealed_of(w, from);
    assert_true(span_equal_text(record.withholding.code, "other"));
    assert_int_equal(record.withholding.office.len, 0);
    /* Without a judgement there is none. */
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    from = audit_size(w->gateway.log);
    ask = ask_one(w, line_handle(w, &amy, true), "homes");
    line_ask_run(&ask, false);
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "250");
    assert_int_equal(sealed_of(w, from).withholding.code.len, 0);
}

/* The line is that of somebody whom the source does not know; the sealed part has the truth. */
static void a_hidden_source_withholds_unseen(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    struct person_id ben = line_person(w, 2, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    withhold(w, LINE_TRUST, health, "more-detrimental", "Caldicott Guardian");
    uint64_t from = audit_size(w->gateway.log);
    struct line_ask known = ask_one(w, line_handle(w, &amy, false), "trust");
    line_ask_run(&known, true);
    line_log_read(w, from, &log);
    assert_int_equal(w->agencies[LINE_TRUST].real_fetches, 1);
    assert_true(span_equal_text(line_log_one(&log, AUDIT_RELEASE, "trust")->reason, "HIDDEN"));
    assert_true(span_equal_text(sealed_of(w, from).withholding.code, "more-detrimental"));
    struct line_ask unknown = ask_one(w, line_handle(w, &ben, false), "trust");
    line_ask_run(&unknown, true);
    assert_int_equal(line_part_of(&known, "trust")->extract.state, SOURCE_NOTHING_TO_SHOW);
    assert_true(
        span_equal(line_part_of(&known, "trust")->result, line_part_of(&unknown, "trust")->result));
    assert_int_equal(line_part_of(&known, "trust")->leaf.len,
                     line_part_of(&unknown, "trust")->leaf.len);
    assert_true(span_equal_text(line_detail(&known, "trust").reason, "HIDDEN"));
}

/* Where the grant is made anew, because of what another source gave, the judgement is in it too. */
static void consent_that_goes_meanwhile_comes_first(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    struct span names[2] = {span_text("homes"), span_text("school")};
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    withhold(w, LINE_HOMES, tenancy, "not-reasonable", "Housing Safeguarding Lead");
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){names, 2};
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_SCHOOL, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_SCHOOL);
    line_until(w, &ask.is_closed);
    const struct extract *extract = &line_part_of(&ask, "homes")->extract;
    assert_int_equal(extract->record_count, 0);
    assert_true(is_held_back(extract, "CONSENT_MISSING"));
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_WITHHELD_BY_CONSENT);
}

/* Policy sees that a statement and which reasons are given, and none of their words. */
static void statement_and_reasons_reach_the_decision(void **state) {
    (void)state;
    const struct caller caller = {.agency = span_text("care")};
    struct question question = {.tier = TIER_DETAIL};
    struct policy_request request = query_policy_request(&caller, &question, 0);
    assert_false(request.has_statement);
    assert_int_equal(request.necessity, 0);
    question.statement = span_text("For our own task.");
    question.reasons.proportionate = span_text("one");
    question.reasons.least_intrusive = span_text("five");
    request = query_policy_request(&caller, &question, 0);
    assert_true(request.has_statement);
    assert_int_equal(request.necessity, 1U << POLICY_PROPORTIONATE | 1U << POLICY_LEAST_INTRUSIVE);
}

/* Asks with the n-th allocation failing; whether there were so many. Nothing leaves, whatever
 * becomes of the question. */
static bool nothing_leaves_at(struct line_world *w, const struct person_id *amy, uint64_t n) {
    struct line_ask ask = ask_one(w, line_handle(w, amy, true), "homes");
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
    for (size_t i = 0; i < ask.part_count; i++) {
        assert_int_equal(ask.parts[i].extract.record_count, 0);
    }
    return was_reached;
}

static void each_allocation_may_fail(void **state) {
    struct line_world *w = *state;
    struct arena_shelf *shelf = w->worker.shelf;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    withhold(w, LINE_HOMES, tenancy, "not-necessary", "Housing Safeguarding Lead");
    w->worker.shelf = NULL;
    uint64_t n = 1;
    while (n < 2000 && nothing_leaves_at(w, &amy, n)) {
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
}

#define T(name) cmocka_unit_test_setup_teardown(name, line_world_open, line_world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(an_open_source_withholds_its_part),        T(words_of_the_source_stay_out_of_the_log),
        T(a_hidden_source_withholds_unseen),         T(consent_that_goes_meanwhile_comes_first),
        T(statement_and_reasons_reach_the_decision), T(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
