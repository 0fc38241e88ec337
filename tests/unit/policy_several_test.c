/* SPDX-License-Identifier: Apache-2.0 */
/* Several agreements in force and a request that names none (design, "Several agreements"): all
 * that have both parties are asked, refusals drop out, then the most specific, then the most
 * restrictive treatment, then the lowest id; where all refuse, the one that got furthest, and in
 * the same order where several got as far. */
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* A small agreement: its id, who may receive, how the field is treated, and any further settings of
 * the one clause. */
struct small {
    const char *id;
    const char *to;
    const char *treatment;
    const char *more;
    const char *parties; /* "helper" is the recipient, "keeper" the source */
};

static struct policy *make(const struct small *small) {
    static const char *const parties[] = {"helper", "keeper", "third", "fourth", "fifth"};
    char text[4096];
    size_t used = (size_t)snprintf(
        text, sizeof text,
        "isa 1\nagreement %s\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
        "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: third\n"
        "  signatures needed: all parties\n  assessment: A\n  contact: c\n",
        small->id);
    for (size_t i = 0; i < sizeof parties / sizeof *parties; i++) {
        if (strstr(small->parties, parties[i]) != NULL) {
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "party %s\n  name: N\n  legal entity: L\n"
                                     "  public authority: yes\n  competent authority: no\n"
                                     "  signs as: S\nrole %s/worker\nrole %s/chief\n",
                                     parties[i], parties[i], parties[i]);
        }
    }
    used += (size_t)snprintf(
        text + used, sizeof text - used,
        "purpose care\n  title: C\npurpose child-care\n  title: C\n  within: care\n"
        "basis duty\n  title: D\n  kind: statutory\n  article 6: e\n  covers: care\n"
        "basis other\n  title: O\n  kind: statutory\n  article 6: e\n  covers: care\n"
        "category data\n  title: D\n  class: ordinary\n  held by: any\n  fields: one, two\n"
        "limit some\n  per person: 5 in 1 hour\n"
        "clause %s.1 share\n  from: any\n  to: %s\n  purpose: care\n  basis: duty\n  %s\n%s",
        small->id, small->to, small->treatment,
        strstr(small->more, "consent:") == NULL ? "  consent: not needed\n" : "");
    (void)snprintf(text + used, sizeof text - used, "%s", small->more);
    return compile(text, NULL);
}

static const char BOTH[] = "helper keeper third";

static struct policy_request ask(struct fixture *fixture) {
    return (struct policy_request){
        .at_s = at("2026-06-10", 11),
        .recipient = span_text("helper"),
        .role = span_text("worker"),
        .sources = list(fixture, "keeper"),
        .fields = list(fixture, "data.one"),
        .purpose = span_text("child-care"),
        .basis = span_text("duty"),
    };
}

/* Compiles the agreements, asks, and compares reason, agreement and treatment in every order. */
struct wanted {
    enum policy_reason reason;
    const char *agreement;
    enum treatment treatment;
    bool is_refused; /* the person refused consent as confidentiality, and said nothing else */
};

static void check_order(struct fixture *fixture, struct policy *const *policies, size_t count,
                        size_t turn, const struct wanted *wanted) {
    struct policy_force force[3];
    const struct permit *permit;
    struct policy_outcome outcome;
    const struct policy_counts counts[3] = {{0}};
    const struct consent refused = {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_CONFIDENTIALITY};
    const struct policy_facts facts = {.consents = &refused,
                                       .consent_count = wanted->is_refused ? 1 : 0,
                                       .counts = counts,
                                       .count_count = 3};
    struct policy_request request = ask(fixture);
    for (size_t i = 0; i < count; i++) {
        force[i] = (struct policy_force){.policy = policies[(i + turn) % count]};
    }
    assert_false(lg_failed(policy_decide(force, count, &request, fixture->arena, &permit)));
    assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
    assert_int_equal(outcome.rulings[0].refusal, wanted->reason);
    assert_int_equal(outcome.rulings[0].treatment, wanted->treatment);
    assert_true(span_equal_text(outcome.rulings[0].term->agreement, wanted->agreement));
    assert_true(span_equal_text(outcome.agreement, wanted->agreement));
}

static void check(struct fixture *fixture, const struct small *smalls, size_t count,
                  struct wanted wanted) {
    struct policy *policies[3] = {NULL};
    for (size_t i = 0; i < count; i++) {
        policies[i] = make(&smalls[i]);
    }
    for (size_t turn = 0; turn < count; turn++) {
        check_order(fixture, policies, count, turn, &wanted);
    }
    for (size_t i = 0; i < count; i++) {
        policy_free(&policies[i]);
    }
}

static void the_most_specific_wins(void **state) {
    static const struct small smalls[] = {
        {"aa", "any", "redact: data.*", "", BOTH},
        {"bb", "helper/*", "redact: data.one", "", BOTH},
        {"cc", "helper/worker", "pass: data.one", "", BOTH},
    };
    check(*state, smalls, 3, (struct wanted){POLICY_REASON_NONE, "cc", TREATMENT_PASS, false});
}

static void then_the_most_restrictive(void **state) {
    static const struct small smalls[] = {
        {"aa", "helper/*", "pass: data.one", "", BOTH},
        {"bb", "helper/*", "pseudonymise: data.one", "", BOTH},
        {"cc", "any", "redact: data.one", "", BOTH},
    };
    check(*state, smalls, 3,
          (struct wanted){POLICY_REASON_NONE, "bb", TREATMENT_PSEUDONYMISE, false});
}

static void then_the_lowest_id(void **state) {
    static const struct small smalls[] = {
        {"cc", "helper/*", "pass: data.one", "", BOTH},
        {"ab", "helper/*", "pass: data.one", "", BOTH},
        {"bb", "helper/*", "pass: data.one", "", BOTH},
    };
    check(*state, smalls, 3, (struct wanted){POLICY_REASON_NONE, "ab", TREATMENT_PASS, false});
}

/* A refusal drops out, at either half, however specific its clause is. */
static void refusals_drop_out(void **state) {
    static const struct small early[] = {
        {"aa", "helper/worker", "pass: data.one", "  requires: case reference\n", BOTH},
        {"bb", "any", "redact: data.two\n  pass: data.*", "", BOTH},
    };
    static const struct small late[] = {
        {"aa", "helper/worker", "pass: data.one", "  consent: required\n", BOTH},
        {"bb", "any", "pass: data.*", "", BOTH},
    };
    check(*state, early, 2, (struct wanted){POLICY_REASON_NONE, "bb", TREATMENT_PASS, false});
    check(*state, late, 2, (struct wanted){POLICY_REASON_NONE, "bb", TREATMENT_PASS, false});
}

static void the_refusal_that_got_furthest(void **state) {
    static const struct small smalls[] = {
        {"aa", "third/*", "pass: data.one", "", BOTH}, /* NO_CLAUSE */
        {"bb", "any", "pass: data.*", "  consent: required\n", BOTH},
        {"cc", "helper/worker", "pass: data.one", "  requires: case reference\n", BOTH},
    };
    check(*state, smalls, 3, (struct wanted){POLICY_CONSENT_MISSING, "bb", TREATMENT_NONE, false});
}

/* All that fails at one step got equally far, whatever the code: what the person said of consent
 * does not choose the agreement. */
static void codes_of_one_step_are_as_far(void **state) {
    static const char service[] = "  consent: required\n  consent is: service\n";
    static const char confidence[] = "  consent: required\n  consent is: confidentiality\n";
    static const struct small lowest_id[] = {
        {"aa", "any", "pass: data.*", service, BOTH},
        {"bb", "any", "pass: data.*", confidence, BOTH},
    };
    static const struct small specific[] = {
        {"aa", "any", "pass: data.*", service, BOTH},
        {"bb", "helper/worker", "pass: data.*", confidence, BOTH},
        {"cc", "third/*", "pass: data.*", "", BOTH},
    };
    static const struct small restrictive[] = {
        {"aa", "any", "pass: data.*", confidence, BOTH},
        {"bb", "any", "pseudonymise: data.*", service, BOTH},
    };
    check(*state, lowest_id, 2,
          (struct wanted){POLICY_CONSENT_MISSING, "aa", TREATMENT_NONE, .is_refused = true});
    check(*state, specific, 3,
          (struct wanted){POLICY_CONSENT_REFUSED, "bb", TREATMENT_NONE, .is_refused = true});
    check(*state, restrictive, 2,
          (struct wanted){POLICY_CONSENT_MISSING, "bb", TREATMENT_NONE, .is_refused = true});
}

/* The same before the person is looked at. */
static void equally_far_in_the_first_half(void **state) {
    static const char needs_case[] = "  requires: case reference\n";
    static const struct small specific[] = {
        {"aa", "any", "redact: data.*", needs_case, BOTH},
        {"bb", "helper/worker", "pass: data.*", needs_case, BOTH},
    };
    static const struct small restrictive[] = {
        {"aa", "any", "pass: data.*", needs_case, BOTH},
        {"bb", "any", "pseudonymise: data.*", needs_case, BOTH},
        {"cc", "any", "pseudonymise: data.*", needs_case, BOTH},
    };
    const struct wanted wanted = {POLICY_CASE_REFERENCE_MISSING, "bb", TREATMENT_NONE, false};
    check(*state, specific, 2, wanted);
    check(*state, restrictive, 3, wanted);
}

/* One without both parties is not asked while another has them. */
static void strangers_are_left_out(void **state) {
    static const struct small smalls[] = {
        {"aa", "third/*", "pass: data.one", "", "keeper third"},
        {"bb", "third/*", "pass: data.one", "", BOTH},
    };
    static const struct small alone[] = {
        {"aa", "third/*", "pass: data.one", "", "keeper third"},
    };
    check(*state, smalls, 2, (struct wanted){POLICY_NO_CLAUSE, "bb", TREATMENT_NONE, false});
    check(*state, alone, 1, (struct wanted){POLICY_NOT_A_PARTY, "aa", TREATMENT_NONE, false});
}

/* A request that names one gets that one, also where another would share. */
static void the_named_one_decides(void **state) {
    struct fixture *fixture = *state;
    static const struct small smalls[] = {
        {"aa", "any", "pass: data.*", "", BOTH},
        {"bb", "any", "pass: data.*", "  consent: required\n", BOTH},
    };
    struct policy *policies[] = {make(&smalls[0]), make(&smalls[1])};
    const struct policy_force force[] = {{.policy = policies[0]}, {.policy = policies[1]}};
    struct policy_request request = ask(fixture);
    const struct permit *permit;
    static const struct {
        const char *name;
        enum policy_reason reason;
        enum policy_consent_rule rule;
    } cases[] = {
        {"aa", POLICY_REASON_NONE, POLICY_CONSENT_NOT_NEEDED},
        {"bb", POLICY_REASON_NONE, POLICY_CONSENT_REQUIRED},
        {"cc", POLICY_NO_AGREEMENT, (enum policy_consent_rule)0},
    };
    for (size_t i = 0; i < 3; i++) {
        request.agreement = span_text(cases[i].name);
        assert_false(lg_failed(policy_decide(force, 2, &request, fixture->arena, &permit)));
        const struct policy_term *term = policy_permit_term(permit, 0, 0);
        assert_int_equal(term->refusal, cases[i].reason);
        assert_int_equal(term->consent, cases[i].rule);
    }
    policy_free(&policies[0]);
    policy_free(&policies[1]);
}

/* Fields and sources of all agreements come together, each once; so do limits. */
static void all_of_all(void **state) {
    struct fixture *fixture = *state;
    static const struct small smalls[] = {
        {"aa", "any", "pass: data.one", "  limit: some\n", BOTH},
        {"bb", "any", "pass: data.*", "  limit: some\n", "helper keeper third"},
    };
    struct policy *policies[] = {make(&smalls[0]), make(&smalls[1])};
    const struct policy_force force[] = {{.policy = policies[0]}, {.policy = policies[1]}};
    struct policy_request request = ask(fixture);
    const struct permit *permit;
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    assert_false(lg_failed(policy_decide(force, 2, &request, fixture->arena, &permit)));
    assert_int_equal(policy_permit_source_count(permit), 2);
    assert_int_equal(policy_permit_term_count(permit, 0), 2);
    assert_true(span_equal_text(policy_permit_term(permit, 0, 0)->agreement, "aa"));
    assert_true(span_equal_text(policy_permit_term(permit, 0, 1)->agreement, "bb"));
    assert_int_equal(policy_permit_limit_count(permit), 2);
    assert_true(span_equal_text(policy_permit_limit(permit, 1).agreement, "bb"));
    /* The whole verdict names an agreement that shares, not just the first in force. */
    struct verdict verdict;
    request.fields = list(fixture, "data.two");
    assert_false(lg_failed(policy_decide(force, 2, &request, fixture->arena, &permit)));
    assert_false(lg_failed(policy_permit_verdict(permit, fixture->arena, &verdict)));
    assert_int_equal(verdict.decision, DECISION_PERMIT);
    assert_true(span_equal_text(verdict.agreement, "bb"));
    policy_free(&policies[0]);
    policy_free(&policies[1]);
}

/* Room is for all of them: a later agreement brings parties and fields that the first lacks. */
static void the_later_brings_more(void **state) {
    struct fixture *fixture = *state;
    static const struct small smalls[] = {
        {"aa", "any", "pass: data.one", "", "helper third"},
        {"bb", "any", "pass: data.*",
         "  consent: not needed\nclause bb.2 share\n  title: M\n  from: any\n  to: any\n  purpose: "
         "care\n  basis: duty\n"
         "  consent: not needed\n  pass: more.*\n"
         "category more\n  title: M\n  class: ordinary\n  held by: any\n  fields: a, b, c, d\n",
         "helper keeper third fourth fifth"},
    };
    struct policy *policies[] = {make(&smalls[0]), make(&smalls[1])};
    for (size_t first = 0; first < 2; first++) {
        const struct policy_force force[] = {{.policy = policies[first]},
                                             {.policy = policies[1 - first]}};
        struct policy_request request = ask(fixture);
        const struct permit *permit;
        request.sources = (struct span_list){0};
        request.fields = (struct span_list){0};
        assert_false(lg_failed(policy_decide(force, 2, &request, fixture->arena, &permit)));
        assert_int_equal(policy_permit_source_count(permit), 4);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(policy_permit_term_count(permit, i), 6);
        }
    }
    policy_free(&policies[0]);
    policy_free(&policies[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_most_specific_wins, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(then_the_most_restrictive, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(then_the_lowest_id, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(refusals_drop_out, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_refusal_that_got_furthest, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(codes_of_one_step_are_as_far, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(equally_far_in_the_first_half, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(strangers_are_left_out, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_named_one_decides, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(all_of_all, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_later_brings_more, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
