/* SPDX-License-Identifier: Apache-2.0 */
/* Promises that hold and promises that do not, with the question that breaks them; the agreement of
 * the outside cases; and the two agreements of the demo. */
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static struct lg_err load_with(const char *text, const char *promise, struct diag *diag) {
    size_t size = strlen(text) + strlen(promise) + 1;
    char *longer = calloc(1, size);
    struct policy *policy = NULL;
    assert_non_null(longer);
    snprintf(longer, size, "%s%s", text, promise);
    struct lg_err err = policy_compile(span_text(longer), span_of(NULL, 0), diag, &policy);
    policy_free(&policy);
    free(longer);
    return err;
}

static void holds(const char *text, const char *promise) {
    struct diag diag = {0};
    if (lg_failed(load_with(text, promise, &diag))) {
        fail_msg("%s: %s", promise, diag.text);
    }
}

/* Every part must be in the sentence. */
static void breaks(const char *text, const char *promise, const char *const *parts) {
    struct diag diag = {0};
    assert_int_equal(lg_err_class(load_with(text, promise, &diag)), LG_CLASS_CONFIG);
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (strstr(diag.text, parts[i]) == NULL) {
            fail_msg("%s: not `%s` in: %s", promise, parts[i], diag.text);
        }
    }
}

static void made_up_promises(void **state) {
    (void)state;
    char *text = vector("whole.isa");
    holds(text, "promise T1 never\n  who: gamma/*\n  sees: health.*\n");
    holds(text, "promise T2 never\n  who: beta/*\n  sees: health.notes\n");
    holds(text, "promise T3 never\n  who: any\n  sees: person.*\n  without: consent\n"
                "  for: counting\n");
    holds(text, "promise T4 always\n  who: beta/analyst\n  from: beta, alpha\n"
                "  sees: person.number\n");
    breaks(text, "promise T5 never\n  who: alpha/*\n  sees: health.status\n  from: delta\n",
           (const char *const[]){"T5", "alpha/worker", "`health.status`", "from delta", "clause 3",
                                 "with consent", "a child", NULL});
    /* Without consent it still gets there in an emergency, unless that is excepted. */
    breaks(text,
           "promise T6 never\n  who: alpha/*\n  sees: health.status\n  from: delta\n"
           "  without: consent\n",
           (const char *const[]){"T6", "in an emergency", NULL});
    holds(text, "promise T7 never\n  who: alpha/*\n  sees: health.status\n  from: delta\n"
                "  without: consent\n  unless: emergency\n");
    /* A redacted field is not seen, a pseudonym is. */
    holds(text, "promise T8 never\n  who: alpha/*\n  sees: person.number\n");
    breaks(text, "promise T9 never\n  who: beta/*\n  sees: person.number\n",
           (const char *const[]){"T9", "clause 2", NULL});
    /* Clause 4 lets alpha pass health on to delta for care. */
    breaks(text,
           "promise T10 never\n  who: delta/*\n  sees: health.diagnosis\n  from: gamma\n"
           "  without: consent\n",
           (const char *const[]){"T10", "alpha/worker", "clause 4, which lets it pass on", NULL});
    holds(text, "promise T11 never\n  who: delta/*\n  sees: health.diagnosis\n  from: gamma\n"
                "  for: crime\n");
    breaks(text, "promise T12 always\n  who: alpha/*\n  sees: health.status\n  from: gamma\n",
           (const char *const[]){"T12", "alpha/manager", "`health.status`", NULL});
    /* What needs an emergency is not an ordinary question. */
    breaks(text, "promise T13 always\n  who: beta/officer\n  sees: health.diagnosis\n",
           (const char *const[]){"T13", "no ordinary question", NULL});
    free(text);
}

/* The counterexample that the design tells of. */
static void the_sergeant(void **state) {
    (void)state;
    size_t len;
    char *text = support_file_read(LOCKGATE_DATA "/policy", "one-trafford-response.isa", &len);
    if (text == NULL) {
        print_message("skipped\n");
        skip();
    }
    holds(text, "");
    breaks(text, "promise X never\n  who: police/*\n  sees: mental-health.*\n  without: consent\n",
           (const char *const[]){"police/sergeant", "clause 9.2", "vital-interests",
                                 "in an emergency", NULL});
    holds(text, "promise X never\n  who: police/*\n  sees: mental-health.*\n  without: consent\n"
                "  unless: emergency\n");
    free(text);
}

static char *with_dates(const char *name) {
    static const char *const dates[][2] = {{"@IN_FORCE_FROM@", "2026-06-01"},
                                           {"@IN_FORCE_TO@", "2027-05-31"},
                                           {"@REVIEW_DUE@", "2027-02-01"}};
    size_t len;
    char *text = support_file_read(LOCKGATE_SOURCE "/policy/examples", name, &len);
    assert_non_null(text);
    for (size_t i = 0; i < 3; i++) {
        char *at = strstr(text, dates[i][0]);
        assert_non_null(at);
        size_t mark = strlen(dates[i][0]);
        memcpy(at, dates[i][1], 10);
        memmove(at + 10, at + mark, strlen(at + mark) + 1);
    }
    return text;
}

/* What the demo shows: a social worker's question about a child, to everybody. */
static void the_demo_question(struct fixture *fixture, const struct policy *policy) {
    const struct policy_force force = {.policy = policy};
    const struct policy_request request = {
        .at_s = at("2026-08-30", 3),
        .recipient = span_text("childrens-care"),
        .role = span_text("social-worker"),
        .purpose = span_text("child-safeguarding"),
        .basis = span_text("children-act"),
        .has_case_reference = true,
        .no_consent_reason = span_text("would-prejudice"),
    };
    static const struct {
        const char *source;
        enum decision decision;
        enum policy_reason reason;
        bool hidden;
    } wanted[] = {
        {"police", DECISION_PARTIAL, POLICY_PARTIAL, false},
        {"housing", DECISION_PERMIT, POLICY_PERMIT_CLAUSE, false},
        {"adults-care", DECISION_PARTIAL, POLICY_PARTIAL, false},
        {"mh-trust", DECISION_REFUSE, POLICY_CONSENT_MISSING, true},
        {"gp", DECISION_PARTIAL, POLICY_PARTIAL, false},
        {"voluntary", DECISION_PERMIT, POLICY_PERMIT_CLAUSE, false},
        {"hub", DECISION_REFUSE, POLICY_PROHIBITED, false},
    };
    const struct permit *permit = decide(fixture, &force, &request);
    const struct policy_counts counts[4] = {{0}};
    const struct policy_facts facts = {.counts = counts, .count_count = 4};
    struct span_list found;
    assert_int_equal(policy_permit_source_count(permit), 7);
    for (size_t i = 0; i < 7; i++) {
        struct policy_outcome outcome;
        assert_true(span_equal_text(policy_permit_source(permit, i), wanted[i].source));
        assert_int_equal(policy_permit_is_hidden(permit, i), wanted[i].hidden);
        assert_false(lg_failed(policy_settle(permit, i, &facts, fixture->arena, &outcome)));
        assert_int_equal(outcome.decision, wanted[i].decision);
        assert_int_equal(outcome.reason, wanted[i].reason);
    }
    struct policy_outcome hub;
    assert_false(lg_failed(policy_settle(permit, 6, &facts, fixture->arena, &hub)));
    assert_int_equal(hub.clauses.count, 1);
    assert_true(span_equal_text(hub.clauses.items[0], "11.5"));
    /* The hidden trust and the silent hub are not to be found. */
    assert_false(lg_failed(policy_permit_findable(permit, fixture->arena, &found)));
    assert_int_equal(found.count, 5);
}

static void a_reviewer_gets_pseudonyms(struct fixture *fixture, const struct policy *policy) {
    const struct policy_force force = {.policy = policy};
    const struct policy_request request = {
        .at_s = at("2026-08-30", 3),
        .recipient = span_text("childrens-care"),
        .role = span_text("reviewer"),
        .purpose = span_text("case-review"),
        .basis = span_text("review-task"),
        .has_case_reference = true,
    };
    const struct permit *permit = decide(fixture, &force, &request);
    unsigned pseudonyms = 0;
    for (size_t i = 0; i < policy_permit_source_count(permit); i++) {
        for (size_t j = 0; j < policy_permit_term_count(permit, i); j++) {
            const struct policy_term *term = policy_permit_term(permit, i, j);
            bool passes = term->treatment == TREATMENT_PASS;
            assert_false(passes && span_equal_text(term->category, "identity"));
            pseudonyms += term->treatment == TREATMENT_PSEUDONYMISE;
        }
    }
    assert_int_equal(pseudonyms, 5);
}

static void the_demo_agreements(void **state) {
    struct fixture *fixture = *state;
    static const char *const names[] = {"demo.isa.in", "bench.isa.in"};
    static const char *const parties[] = {"police",   "housing", "adults-care", "childrens-care",
                                          "mh-trust", "gp",      "voluntary"};
    for (size_t i = 0; i < 2; i++) {
        char *text = with_dates(names[i]);
        struct policy *policy = compile(text, NULL);
        const struct policy_force force = {.policy = policy};
        the_demo_question(fixture, policy);
        a_reviewer_gets_pseudonyms(fixture, policy);
        for (size_t j = 0; j < sizeof parties / sizeof parties[0]; j++) {
            struct policy_enrolment it = policy_enrol_find(&force, 1, span_text(parties[j]),
                                                           span_text(""), at("2026-08-30", 3));
            assert_int_equal(it.refusal, POLICY_REASON_NONE);
            assert_int_equal(it.classes, 0x3e);
        }
        assert_int_equal(
            policy_enrol_find(&force, 1, span_text("hub"), span_text(""), at("2026-08-30", 3))
                .refusal,
            POLICY_NO_CLAUSE);
        policy_free(&policy);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_promises),
        cmocka_unit_test(the_sergeant),
        cmocka_unit_test_setup_teardown(the_demo_agreements, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
