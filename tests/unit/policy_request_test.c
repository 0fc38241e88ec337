/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: the state of agreements, names, and every check up to hours in its order. */
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* ---- agreement and names ---- */

static void states_of_the_agreement(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    const struct span_list alpha = list(fixture, "alpha");
    const struct span_list gamma = list(fixture, "gamma");
    const struct span_list delta = list(fixture, "delta");
    const struct {
        struct policy_force force;
        enum policy_reason reason;
    } cases[] = {
        {{.is_suspended = false}, POLICY_REASON_NONE},
        {{.is_suspended = true, .is_unsigned = true}, POLICY_AGREEMENT_SUSPENDED},
        {{.is_unsigned = true, .withdrawn = alpha}, POLICY_AGREEMENT_NOT_SIGNED},
        {{.suspended = alpha}, POLICY_AGREEMENT_SUSPENDED},
        {{.suspended = gamma}, POLICY_AGREEMENT_SUSPENDED},
        {{.suspended = delta}, POLICY_REASON_NONE},
        /* signatures needed: both sides */
        {{.unsigned_parties = gamma}, POLICY_AGREEMENT_NOT_SIGNED},
        {{.unsigned_parties = delta}, POLICY_REASON_NONE},
        {{.withdrawn = gamma}, POLICY_PARTY_WITHDRAWN},
        {{.withdrawn = alpha}, POLICY_PARTY_WITHDRAWN},
        {{.withdrawn = delta}, POLICY_REASON_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_force force = cases[i].force;
        force.policy = fixture->policy;
        assert_int_equal(term_of(fixture, &force, &request)->refusal, cases[i].reason);
    }
}

static void all_parties_must_sign(void **state) {
    struct fixture *fixture = *state;
    char *text = vector("whole.isa");
    char *place = strstr(text, "both sides");
    assert_non_null(place);
    char *longer = calloc(1, strlen(text) + 8);
    assert_non_null(longer);
    snprintf(longer, strlen(text) + 8, "%.*sall parties%s", (int)(place - text), text, place + 10);
    struct policy *policy = compile(longer, NULL);
    struct policy_request request = good(fixture);
    struct policy_force force = {.policy = policy, .unsigned_parties = list(fixture, "delta")};
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_AGREEMENT_NOT_SIGNED);
    policy_free(&policy);
    free(longer);
    free(text);
}

static void names(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.recipient = span_text("omega");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_NOT_A_PARTY);
    request = good(fixture);
    request.sources = list(fixture, "omega");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_NOT_A_PARTY);
    request = good(fixture);
    request.role = span_text("officer"); /* beta's */
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_ROLE_UNKNOWN);
    request.role = span_text("worker/x");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_ROLE_UNKNOWN);
    char longest[200] = {0};
    memset(longest, 'r', sizeof longest - 1);
    request.role = span_text(longest);
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_ROLE_UNKNOWN);
    request.role = span_text("");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_ROLE_UNKNOWN);
    request = good(fixture);
    request.role = span_text("manager");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_TRAINING_NOT_CURRENT);
    request.trainings = list(fixture, "first-aid safeguarding-2");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_NO_CLAUSE);
    request = good(fixture);
    request.sources = list(fixture, "alpha");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_SAME_PARTY);
    request = good(fixture);
    request.purpose = span_text("cares");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_PURPOSE_UNKNOWN);
    request = good(fixture);
    request.fields = list(fixture, "health.status health.stat");
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_term(permit, 0, 0)->refusal, POLICY_FIELD_UNKNOWN);
    assert_int_equal(policy_permit_term(permit, 0, 1)->refusal, POLICY_FIELD_UNKNOWN);
    assert_false(policy_permit_is_open(permit));
}

/* ---- field by field ---- */

static void field_checks_in_order(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.fields = list(fixture, "record.count");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_SOURCE_DOES_NOT_HOLD);
    /* Clause 3: case, second person, age, hours; each in turn the only thing that lacks. */
    request = good(fixture);
    request.sources = list(fixture, "delta");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_REASON_NONE);
    request.at_s = at("2026-06-10", 20);
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_OUT_OF_HOURS);
    request.has_second_person = false;
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_SECOND_PERSON_MISSING);
    request.has_case_reference = false;
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_CASE_REFERENCE_MISSING);
    request.age_class = AGE_ADULT;
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_SUBJECT_NOT_COVERED);
    request.age_class = AGE_UNKNOWN;
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_SUBJECT_NOT_COVERED);
    request.basis = span_text("asked");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_BASIS_NOT_ACCEPTED);
    request.basis = span_text("unheard-of");
    const struct policy_term *term = term_of(fixture, &force, &request);
    assert_int_equal(term->refusal, POLICY_BASIS_NOT_ACCEPTED);
    assert_true(span_equal_text(term->clause, "3"));
    assert_int_equal(term->treatment, TREATMENT_NONE);
}

static unsigned mark(uint32_t checks, enum policy_check check) {
    return checks >> (2 * (unsigned)check) & 3U;
}

static void prohibitions(void **state) {
    struct fixture *fixture = *state;
    struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.recipient = span_text("beta");
    request.role = span_text("officer");
    request.fields = list(fixture, "health.notes");
    const struct policy_term *term = term_of(fixture, &force, &request);
    assert_int_equal(term->refusal, POLICY_PROHIBITED);
    assert_true(span_equal_text(term->clause, "n.1"));
    /* The floor was looked at before, and let it pass. */
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(mark(policy_ruling_of(permit, 0, 0).checks, POLICY_CHECK_FLOOR),
                     POLICY_PASSED);
    /* `unless: emergency`, and gamma may not declare one. */
    request = good(fixture);
    request.recipient = span_text("gamma");
    request.role = span_text("helper");
    request.sources = list(fixture, "delta");
    request.fields = list(fixture, "health.diagnosis");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_PROHIBITED);
    request.emergency = (struct policy_emergency){.is_declared = true};
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_EMERGENCY_ROLE);
    /* The floor comes first and nothing sets it aside. */
    force.policy = fixture->floored;
    term = term_of(fixture, &force, &request);
    assert_int_equal(term->refusal, POLICY_FLOOR_PROHIBITED);
    assert_true(span_equal_text(term->clause, "f.1"));
    request = good(fixture);
    request.recipient = span_text("alpha");
    request.sources = list(fixture, "beta");
    request.fields = list(fixture, "record.summary");
    request.purpose = span_text("counting");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_FLOOR_PROHIBITED);
    request.purpose = span_text("crime");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_NO_CLAUSE);
}

/* Clause 2 is nearer than clause 1 in recipient and purpose, and refuses by itself at noon although
 * clause 1 would share. */
static void the_nearest_clause_decides_alone(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.recipient = span_text("beta");
    request.role = span_text("analyst");
    request.fields = list(fixture, "person.number");
    request.sources = list(fixture, "alpha");
    const struct policy_term *term = term_of(fixture, &force, &request);
    assert_true(span_equal_text(term->clause, "2"));
    assert_int_equal(term->refusal, POLICY_OUT_OF_HOURS);
    request.purpose = span_text("care");
    term = term_of(fixture, &force, &request);
    assert_true(span_equal_text(term->clause, "1"));
    assert_int_equal(term->treatment, TREATMENT_REDACT);
}

/* Recognised interest is not open to public authorities; law enforcement needs a competent one. */
static void bases_and_parties(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.fields = list(fixture, "person.name");
    request.basis = span_text("interest");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_REASON_NONE);
    request.sources = list(fixture, "delta");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_BASIS_NOT_ACCEPTED);
}

/* ---- emergencies ---- */

static void emergencies_set_aside_what_is_listed(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    struct policy_counts none = {0};
    request.at_s = at("2026-06-10", 20);
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_OUT_OF_HOURS);
    /* Hours, by either section; named or not. */
    static const struct {
        const char *id;
        const char *reason;
        enum policy_reason refusal;
    } cases[] = {
        {"", "life", POLICY_REASON_NONE},
        {"", "flood", POLICY_REASON_NONE},
        {"break-glass", "harm", POLICY_REASON_NONE},
        {"flood", "flood", POLICY_REASON_NONE},
        {"break-glass", "flood", POLICY_EMERGENCY_REASON},
        {"flood", "life", POLICY_EMERGENCY_REASON},
        {"fire", "life", POLICY_EMERGENCY_NOT_PROVIDED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        request.emergency = declared(cases[i].id, cases[i].reason);
        const struct policy_term *term = term_of(fixture, &force, &request);
        assert_int_equal(term->refusal, cases[i].refusal);
        assert_int_equal(term->emergency_used, cases[i].refusal == POLICY_REASON_NONE);
    }
    /* `flood` does not set a limit aside, `break-glass` does. */
    struct policy_counts full = {.person = 3};
    request.emergency = declared("flood", "flood");
    struct policy_outcome outcome = settle(fixture, decide(fixture, &force, &request), NULL, full);
    assert_int_equal(outcome.reason, POLICY_RATE_LIMIT);
    request.emergency = declared("", "life");
    outcome = settle(fixture, decide(fixture, &force, &request), NULL, full);
    assert_int_equal(outcome.reason, POLICY_PERMIT_EMERGENCY);
    assert_int_equal(outcome.duties.obligations.count, 2);
    assert_true(span_equal_text(outcome.duties.obligations.items[0], "emergency-check"));
    assert_true(span_equal_text(outcome.duties.obligations.items[1], "emergency-tell"));
    assert_true(span_equal_text(outcome.rulings[0].basis, "life"));
    /* Declared and not needed: not used, nobody is told. */
    request.at_s = at("2026-06-10", 11);
    outcome = settle(fixture, decide(fixture, &force, &request), NULL, none);
    assert_int_equal(outcome.reason, POLICY_PERMIT_CLAUSE);
    assert_int_equal(outcome.duties.obligations.count, 0);
    /* Declared, not valid and not needed: no matter either. */
    request.emergency.reason = span_text("bored");
    outcome = settle(fixture, decide(fixture, &force, &request), NULL, none);
    assert_int_equal(outcome.reason, POLICY_PERMIT_CLAUSE);
}

static void emergencies_and_the_review(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    /* Past its grace. */
    request.at_s = at("2027-03-03", 11);
    request.emergency = declared("", "bored");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_EMERGENCY_REASON);
    request.emergency = declared("", "life");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_REASON_NONE);
    assert_true(term_of(fixture, &force, &request)->emergency_used);
    request.emergency = declared("flood", "flood");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_AGREEMENT_REVIEW_OVERDUE);
}

static void emergencies_leave_the_rest(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    /* Not a case reference, not a clause that is missing. */
    request.sources = list(fixture, "delta");
    request.has_case_reference = false;
    request.emergency = declared("", "life");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_CASE_REFERENCE_MISSING);
    request = good(fixture);
    request.purpose = span_text("crime");
    request.emergency = declared("", "life");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_NO_CLAUSE);
}

static void the_emergency_brings_its_basis(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.basis = span_text("life"); /* clause 4 does not list it */
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_BASIS_NOT_ACCEPTED);
    request.emergency = declared("", "life");
    struct policy_outcome outcome =
        settle(fixture, decide(fixture, &force, &request), NULL, (struct policy_counts){0});
    assert_int_equal(outcome.reason, POLICY_PERMIT_EMERGENCY);
    request.emergency.rationale_chars = 19;
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_EMERGENCY_RATIONALE);
    /* Another basis that the clause does not list stays refused. */
    request.emergency = declared("", "life");
    request.basis = span_text("asked");
    assert_int_equal(term_of(fixture, &force, &request)->refusal, POLICY_BASIS_NOT_ACCEPTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(states_of_the_agreement, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(all_parties_must_sign, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(names, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(field_checks_in_order, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(prohibitions, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_nearest_clause_decides_alone, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(bases_and_parties, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(emergencies_set_aside_what_is_listed, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(emergencies_and_the_review, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(emergencies_leave_the_rest, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_emergency_brings_its_basis, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
