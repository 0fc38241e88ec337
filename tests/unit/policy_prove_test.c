/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs over several agreements: paths, counterexamples that are test cases, memory; and the
 * reduction of facts against every question that there is. */
#include "policy/cases/cases.h"
#include "policy/compare/prove_int.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static struct policy *unproven(const char *text) {
    struct diag diag = {0};
    struct policy *policy = NULL;
    if (lg_failed(policy_compile_unproven(span_text(text), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    return policy;
}

/* whole.isa with one promise more. */
static struct policy *promising(const char *promise) {
    char words[512];
    snprintf(words, sizeof words, "\npromise T %s\n\nend\n", promise);
    char *text = edited_more(vector("whole.isa"), "\nend\n", words);
    struct policy *policy = unproven(text);
    free(text);
    return policy;
}

static const struct policy_proof *proof_of(struct fixture *fixture, const struct policy *policy,
                                           const struct policy *other, const char *id) {
    struct policy_proofs proofs;
    assert_false(lg_failed(policy_prove(policy, &other, other != NULL, fixture->arena, &proofs)));
    for (size_t i = 0; i < proofs.count; i++) {
        if (span_equal_text(proofs.proofs[i].id, id)) {
            return &proofs.proofs[i];
        }
    }
    fail_msg("no promise %s", id);
    return NULL;
}

static void own_promises_hold(void **state) {
    struct fixture *fixture = *state;
    struct policy_proofs proofs;
    assert_false(lg_failed(policy_prove(fixture->policy, NULL, 0, fixture->arena, &proofs)));
    assert_int_equal(proofs.count, 3);
    assert_int_equal(proofs.broken, 0);
    assert_true(proofs.proofs[0].is_never);
    assert_false(proofs.proofs[2].is_never);
    for (size_t i = 0; i < 3; i++) {
        assert_true(proofs.proofs[i].cells > 0);
        assert_int_equal(proofs.proofs[i].sentence.len, 0);
    }
}

static void fail_difference(void *ctx, struct span id, const char *column, struct span expected,
                            struct span got) {
    (void)ctx;
    (void)id;
    fail_msg("%s: expected %.*s, got %.*s", column, (int)expected.len,
             expected.len == 0 ? "" : (const char *)expected.ptr, (int)got.len,
             got.len == 0 ? "" : (const char *)got.ptr);
}

/* The counterexample, kept as a case, passes: it is a question as somebody would ask it. */
static void check_case(struct fixture *fixture, const struct policy *policy,
                       const struct policy_step *step) {
    struct span heading;
    struct policy_cases_result result = {0};
    struct diag diag = {0};
    const struct policy_cases_watch watch = {.on_difference = fail_difference};
    assert_false(lg_failed(policy_case_heading_write(fixture->arena, &heading)));
    struct span file =
        arena_format(fixture->arena, "%.*s\n%.*s\n", (int)heading.len, (const char *)heading.ptr,
                     (int)step->case_line.len, (const char *)step->case_line.ptr);
    assert_false(lg_failed(policy_cases_run(policy, file, &watch, &diag, &result)));
    assert_int_equal(result.passed, 1);
    assert_non_null(strstr((const char *)file.ptr, ",permit,"));
}

static void broken_promises_have_a_question(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *promise;
        const char *role;
        const char *clause;
        bool in_emergency;
    } promises[] = {
        {"never\n  who: beta/officer\n  sees: health.diagnosis\n  without: consent", "beta/officer",
         "5", true},
        {"never\n  who: beta/officer\n  sees: health.status\n  unless: emergency", "beta/officer",
         "3", false},
        {"never\n  who: alpha/manager\n  sees: health.*", "alpha/manager", "3", false},
        {"never\n  who: any\n  sees: record.*", "alpha/manager", "6", false},
        {"never\n  who: beta/*\n  sees: person.number\n  without: consent", "beta/officer", "2",
         false},
        {"never\n  who: beta/analyst\n  sees: any\n  for: crime", "beta/analyst", "7", false},
    };
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        OWN(policy_free) struct policy *policy = promising(promises[i].promise);
        const struct policy_proof *proof = proof_of(fixture, policy, NULL, "T");
        assert_false(proof->holds);
        assert_int_equal(proof->step_count, 1);
        assert_true(span_equal_text(proof->steps[0].role, promises[i].role));
        assert_true(span_equal_text(proof->steps[0].clause, promises[i].clause));
        assert_int_equal(proof->steps[0].emergency.len > 0, promises[i].in_emergency);
        check_case(fixture, policy, &proof->steps[0]);
    }
}

static void always_names_what_is_lacking(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free)
    struct policy *policy = promising("always\n  who: alpha/*\n  sees: record.count");
    const struct policy_proof *proof = proof_of(fixture, policy, NULL, "T");
    assert_false(proof->holds);
    assert_int_equal(proof->step_count, 0);
    assert_true(span_equal_text(proof->sentence,
                                "no ordinary question of alpha/worker gets `record.count`"));
}

/* Clause 4 lets alpha's worker pass gamma's health record on to delta; clause 3 lets delta share
 * what it holds with beta/officer. In the one agreement that is gamma's record for beta. */
static void paths_are_followed(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free)
    struct policy *policy =
        promising("never\n  who: beta/officer\n  from: gamma\n  sees: health.status");
    const struct policy_proof *proof = proof_of(fixture, policy, NULL, "T");
    assert_false(proof->holds);
    assert_int_equal(proof->step_count, 2);
    assert_true(span_equal_text(proof->steps[0].role, "alpha/worker"));
    assert_true(span_equal_text(proof->steps[0].onward_party, "delta"));
    assert_true(span_equal_text(proof->steps[1].role, "beta/officer"));
    assert_true(span_equal_text(proof->steps[1].source, "delta"));
    check_case(fixture, policy, &proof->steps[0]);
    check_case(fixture, policy, &proof->steps[1]);
}

/* Passed on to somebody of whom the promise speaks: one hop. */
static void passing_on_breaks_it(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free)
    struct policy *policy =
        promising("never\n  who: delta/*\n  from: gamma\n  sees: health.status");
    const struct policy_proof *proof = proof_of(fixture, policy, NULL, "T");
    assert_false(proof->holds);
    assert_int_equal(proof->step_count, 1);
    assert_true(span_equal_text(proof->steps[0].onward_party, "delta"));
    assert_non_null(
        strstr((const char *)arena_text(fixture->arena, proof->sentence), "which lets it pass on"));
}

static const char second_agreement[] =
    "isa 1\nagreement second\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
    "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: delta\n"
    "  signatures needed: all parties\n  assessment: A\n  contact: c\n"
    "party delta\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\n"
    "party gamma\n  name: N\n  legal entity: L\n  public authority: no\n"
    "  competent authority: no\n  signs as: S\nrole gamma/helper\n"
    "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
    "  article 9: g\n  covers: p\n"
    "category health\n  title: C\n  class: special\n  held by: delta\n  fields: notes\n"
    "clause 1 share\n  from: delta\n  to: gamma/helper\n  purpose: p\n  basis: d\n"
    "  consent: not needed\n  pass: health.notes\n";

/* The promise holds in the agreement that makes it; another one beside it breaks it. */
static void other_agreements_are_asked(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free)
    struct policy *policy = promising("never\n  who: gamma/*\n  sees: health.notes");
    OWN(policy_free) struct policy *second = compile(second_agreement, NULL);
    assert_true(proof_of(fixture, policy, NULL, "T")->holds);
    const struct policy_proof *proof = proof_of(fixture, policy, second, "T");
    assert_false(proof->holds);
    assert_int_equal(proof->step_count, 1);
    assert_true(span_equal_text(proof->steps[0].agreement, "second"));
    check_case(fixture, second, &proof->steps[0]);
}

/* From one agreement by way of the other: gamma's own record comes to delta by clause 4, and the
 * second agreement gives delta's notes to gamma's helper. */
static void paths_cross_agreements(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free)
    struct policy *policy =
        promising("never\n  who: gamma/helper\n  from: gamma\n  sees: health.notes");
    OWN(policy_free) struct policy *second = compile(second_agreement, NULL);
    const struct policy_proof *proof = proof_of(fixture, policy, second, "T");
    assert_false(proof->holds);
    assert_int_equal(proof->step_count, 2);
    assert_true(span_equal_text(proof->steps[0].agreement, "whole"));
    assert_true(span_equal_text(proof->steps[1].agreement, "second"));
}

/* A promise is proven at a moment at which the hours of a clause are open, if there is one in the
 * term: the earliest counts, however rare. */
static void every_opening_of_the_term_counts(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *term;
        const char *hours;
        bool opens;
    } rows[] = {
        {"in force: 2026-01-05 to 2026-01-07\n  review due: 2026-01-07\n  review grace: 0 days",
         "09:00 to 10:00 on saturday", false},
        {"in force: 2026-01-05 to 2026-01-10\n  review due: 2026-01-10\n  review grace: 0 days",
         "09:00 to 10:00 on saturday", true},
        /* Before noon of the only day. */
        {"in force: 2026-01-05 to 2026-01-05\n  review due: 2026-01-05\n  review grace: 0 days",
         "08:00 to 10:00 on monday", true},
        /* On 29 March there is no such hour, but a week later. */
        {"in force: 2026-03-23 to 2026-04-08\n  review due: 2026-04-08\n  review grace: 0 days",
         "01:00 to 02:00 on sunday", true},
        {"in force: 2026-03-23 to 2026-04-04\n  review due: 2026-04-04\n  review grace: 0 days",
         "01:00 to 02:00 on sunday", false},
        /* While the review is overdue and graced, as long as the term lasts. */
        {"in force: 2026-01-05 to 2026-01-31\n  review due: 2026-01-06\n  review grace: 4 days",
         "09:00 to 10:00 on saturday", true},
        {"in force: 2026-01-05 to 2026-01-31\n  review due: 2026-01-06\n  review grace: 3 days",
         "09:00 to 10:00 on saturday", false},
        {"in force: 2026-01-05 to 2026-01-09\n  review due: 2026-01-06\n  review grace: 9 days",
         "09:00 to 10:00 on saturday", false},
        /* After more than three weeks. */
        {"in force: 2026-01-05 to 2026-02-04\n  review due: 2026-02-04\n  review grace: 0 days",
         "09:00 to 10:00 on monday\n  closed on: 2026-01-05, 2026-01-12, 2026-01-19, 2026-01-26",
         true},
        /* Just after three weeks in which summer time began. */
        {"in force: 2026-03-16 to 2026-04-06\n  review due: 2026-04-06\n  review grace: 0 days",
         "00:00 to 00:30 on monday\n  closed on: 2026-03-16, 2026-03-23, 2026-03-30", true},
        {"in force: 2026-01-05 to 2026-01-31\n  review due: 2026-01-31\n  review grace: 0 days",
         "09:00 to 10:00 on monday\n  closed on: 2026-01-05, 2026-01-12, 2026-01-19, 2026-01-26",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char hours[256];
        char *text = edited(second_agreement,
                            "in force: 2026-01-01 to 2026-12-31\n  review due: 2026-12-31\n"
                            "  review grace: 0 days\n  time zone: UTC",
                            rows[i].term);
        snprintf(hours, sizeof hours, "hours rare\n  open: %s\nclause 1 share\n  hours: rare\n",
                 rows[i].hours);
        text = edited_more(text, "  lead: delta", "\n  time zone: Europe/London\n  lead: delta");
        text = edited_more(text, "clause 1 share\n", hours);
        text = edited_more(text, "  pass: health.notes\n",
                           "  pass: health.notes\npromise T never\n  who: gamma/*\n"
                           "  sees: health.notes\n");
        OWN(policy_free) struct policy *policy = unproven(text);
        const struct policy_proof *proof = proof_of(fixture, policy, NULL, "T");
        if (proof->holds == rows[i].opens) {
            fail_msg("%s with %s: %s", rows[i].term, rows[i].hours,
                     proof->holds ? "holds" : "is broken");
        }
        if (rows[i].opens) {
            check_case(fixture, policy, &proof->steps[0]);
        }
        free(text);
    }
}

/* What the promise does not speak of by name: roles, purposes and parties of the other agreement
 * that the one which promises does not know. */
static void strange_names_break_nothing(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *promise;
        const char *from;
        const char *to;
        bool holds;
    } rows[] = {
        {"never\n  who: gamma/*\n  sees: health.notes", "isa 1", "isa 1", false},
        {"never\n  who: gamma/*\n  sees: health.notes\n  for: care", "isa 1", "isa 1", true},
        {"never\n  who: gamma/*\n  sees: health.notes", "  to: gamma/helper\n",
         "  to: gamma/stranger\n", true},
        {"never\n  who: gamma/*\n  from: delta\n  sees: health.notes", "  from: delta\n",
         "  from: omega\n", true},
        {"never\n  who: gamma/*\n  from: alpha\n  sees: health.notes", "isa 1", "isa 1", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = edited(second_agreement, rows[i].from, rows[i].to);
        text = edited_more(text, "role gamma/helper\n",
                           "role gamma/helper\nrole gamma/stranger\n"
                           "party omega\n  name: N\n  legal entity: L\n  public authority: yes\n"
                           "  competent authority: no\n  signs as: S\n");
        text = edited_more(text, "  held by: delta\n", "  held by: delta, omega\n");
        OWN(policy_free) struct policy *policy = promising(rows[i].promise);
        OWN(policy_free) struct policy *second = compile(text, NULL);
        assert_int_equal(proof_of(fixture, policy, second, "T")->holds, rows[i].holds);
        free(text);
    }
}

/* Not a proof that ends early and holds: LIMIT at whichever cell or question it stops. */
static void the_questions_have_a_ceiling(void **state) {
    struct fixture *fixture = *state;
    static const char *const promises[] = {
        "never\n  who: beta/officer\n  from: gamma\n  sees: health.status",
        "never\n  who: gamma/*\n  sees: health.*",
        "always\n  who: alpha/worker\n  from: gamma\n  sees: health.*\n  for: child-care",
        "always\n  who: alpha/worker\n  sees: record.count",
    };
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        OWN(policy_free) struct policy *policy = promising(promises[i]);
        struct prove_agreement agreement = {.policy = policy};
        bool is_proven = false;
        uint64_t needed = 0;
        assert_false(lg_failed(policy_probe_init(policy, fixture->arena, &agreement.probe)));
        for (uint64_t max = 0; !is_proven; max++) {
            OWN(arena_free) struct arena *arena = NULL;
            assert_false(lg_failed(arena_new(ARENA, &arena)));
            struct prove prove = {.agreements = &agreement,
                                  .agreement_count = 1,
                                  .promise = &policy->promises[policy->promise_count - 1],
                                  .arena = arena,
                                  .questions_max = max};
            struct lg_err err = policy_prove_promise(&prove);
            is_proven = !lg_failed(err);
            needed = prove.cells + prove.questions;
            assert_true(is_proven || lg_err_code(err) == POLICY_TOO_LARGE);
            assert_int_equal(needed, is_proven ? max : max + 1);
        }
        assert_true(needed > 1);
    }
}

static void each_allocation_fails(void **state) {
    struct fixture *fixture = *state;
    (void)fixture;
    OWN(policy_free)
    struct policy *policy =
        promising("never\n  who: beta/officer\n  from: gamma\n  sees: health.status");
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct policy_proofs proofs;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = policy_prove(policy, NULL, 0, arena, &proofs);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 1000);
    }
    bool worked = false;
    for (size_t size = 16; !worked; size *= 2) {
        struct arena *arena = NULL;
        struct policy_proofs proofs;
        assert_false(lg_failed(arena_new(size, &arena)));
        worked = !lg_failed(policy_prove(policy, NULL, 0, arena, &proofs));
        arena_free(&arena);
        assert_true(size < ARENA);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(own_promises_hold, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(broken_promises_have_a_question, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(always_names_what_is_lacking, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(paths_are_followed, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(passing_on_breaks_it, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(other_agreements_are_asked, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(paths_cross_agreements, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(every_opening_of_the_term_counts, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(strange_names_break_nothing, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_questions_have_a_ceiling, arena_begin, arena_end),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
