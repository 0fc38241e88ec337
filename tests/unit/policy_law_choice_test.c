/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the powers that a basis cites is relied on or named as the reason, and the axes where a
 * name, an emergency or a route does not help. */
#include "tests/unit/policy_law_fixture.h"

static const struct law_question VIOLENCE = {"police/officer", "council-safety", "serious-violence",
                                             "violence-and-general", "incidents.summary"};
static const struct law_question NURSE = {"hospital/district-nurse", "council-adults",
                                          "direct-care", "care-duty", "care.package"};
static const struct law_question LANDLORD = {"housing-association/officer", "gp", "tenancy-support",
                                             "practice-task", "practice.diagnosis"};
static const struct law_question MEDICATION = {"council-adults/social-worker", "gp",
                                               "tenancy-support", "practice-task",
                                               "practice.medication"};
static const struct law_question ENQUIRY = {"council-childrens/social-worker", "police",
                                            "child-enquiry", "enquiry-duty", "incidents.count"};
static const struct law_question DATES = {"council-housing/officer", "charity",
                                          "adult-safeguarding", "charity-interest",
                                          "support.contact-dates"};
static const struct law_question REFERRAL = {"council-housing/officer", "hospital", "homelessness",
                                             "homelessness-duty", "referral.contact"};

/* The basis of VIOLENCE cites these, and its purpose serves these functions. */
static struct policy *cite(struct law *law, const char *gateways, const char *functions) {
    char line[128];
    snprintf(line, sizeof line, "  gateway: %s\n", gateways);
    char *cited = law_replaced(law->text, "  gateway: pcsc-2022-16, localism-act-2011-1\n", line);
    snprintf(line, sizeof line, "  function: %s\n", functions);
    char *text = law_replaced(cited, "  function: serious-violence\n", line);
    struct policy *policy = law_compile(law, text);
    free(cited);
    free(text);
    law->force.policy = policy;
    return policy;
}

/* Specific before general, then checked before unchecked, then as cited. */
static void the_power_that_is_relied_on(void **state) {
    static const char both[] = "serious-violence, crime-and-disorder";
    static const struct {
        const char *gateways;
        const char *functions;
        const char *relied_on;
    } cases[] = {
        {"localism-act-2011-1", "crime-and-disorder", "localism-act-2011-1"},
        {"pcsc-2022-16, localism-act-2011-1", both, "pcsc-2022-16"},
        {"localism-act-2011-1, pcsc-2022-16", both, "pcsc-2022-16"},
        {"localism-act-2011-1, cda-1998-115", "crime-and-disorder", "cda-1998-115"},
        {"cda-1998-115, pcsc-2022-16", both, "pcsc-2022-16"},
        {"pcsc-2022-16, cda-1998-115", both, "pcsc-2022-16"},
    };
    struct law *law = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OWN(policy_free)
        struct policy *policy = cite(law, cases[i].gateways, cases[i].functions);
        const struct policy_ruling *ruling = law_ask(law, VIOLENCE);
        law_shared(ruling);
        law_rests_on(law, ruling, cases[i].relied_on);
        assert_non_null(policy);
    }
}

/* Of those that fail the one that came nearest is the reason, wherever it is cited. */
static void the_power_that_came_nearest(void **state) {
    static const char *const gateways[] = {"children-act-1989-47, pcsc-2022-16",
                                           "pcsc-2022-16, children-act-1989-47"};
    struct law *law = *state;
    struct law_question names = VIOLENCE;
    names.source = "hospital";
    names.field = "patient.name";
    for (size_t i = 0; i < 2; i++) {
        OWN(policy_free) struct policy *policy = cite(law, gateways[i], "serious-violence");
        const struct policy_ruling *ruling = law_ask(law, names);
        law_refused(ruling, POLICY_POWER_CARVED_OUT);
        law_rests_on(law, ruling, "pcsc-2022-16");
        assert_non_null(policy);
    }
}

static void a_basis_that_nobody_knows_carries_no_power(void **state) {
    struct law *law = *state;
    struct law_question unknown = VIOLENCE;
    unknown.basis = "whatever";
    const struct policy_ruling *ruling = law_ask(law, unknown);
    law_refused(ruling, POLICY_BASIS_NOT_ACCEPTED);
    law_verdicts(ruling, "mnn---");
    assert_int_equal(policy_axes_entry(ruling->axes), 0);
}

/* Article 6(1)(ea) is closed to a public recipient that names nothing else to rely on. */
static void what_the_recipient_relies_on(void **state) {
    static const char from[] = "  to: council-housing/officer\n  purpose: adult-safeguarding\n"
                               "  basis: charity-interest\n";
    struct law *law = *state;
    law->request.has_statement = true;
    OWN(policy_free)
    struct policy *nothing_else =
        law_spoil(law, from,
                  "  to: council-housing/officer\n  purpose: adult-safeguarding\n"
                  "  basis: charity-interest\n  receives under: charity-interest\n");
    law_refused(law_ask(law, DATES), POLICY_BASIS_NOT_OPEN_TO_BODY);
    OWN(policy_free)
    struct policy *another =
        law_spoil(law, from,
                  "  to: council-housing/officer\n  purpose: adult-safeguarding\n"
                  "  basis: charity-interest\n  receives under: charity-interest, care-act-duty\n");
    law_shared(law_ask(law, DATES));
    assert_non_null(nothing_else);
    assert_non_null(another);
}

/* A statute is a route only where one is relied on that lifts the duty of confidence. */
static void a_statute_that_lifts_nothing(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *none =
        law_spoil(law, "  confidentiality: best interests\n  pass: practice.medication\n",
                  "  confidentiality: statute\n  pass: practice.medication\n");
    law_refused(law_ask(law, MEDICATION), POLICY_CONFIDENTIALITY_NOT_MET);
    OWN(policy_free)
    struct policy *silent =
        law_spoil(law, "  confidentiality: implied consent\n  pass: care.package",
                  "  confidentiality: statute\n  pass: care.package");
    law_refused(law_ask(law, NURSE), POLICY_CONFIDENTIALITY_NOT_MET);
    assert_non_null(none);
    assert_non_null(silent);
}

/* What an emergency would not have set aside keeps its own reason; one that the agreement does not
 * provide is the reason. */
static void an_emergency_that_does_not_help(void **state) {
    struct law *law = *state;
    law_declare(law);
    law_shared(law_ask(law, LANDLORD));
    law->request.emergency.id = span_text("no-such");
    law_refused(law_ask(law, LANDLORD), POLICY_EMERGENCY_NOT_PROVIDED);
    law_declare(law);
    char *nobody =
        law_replaced(law->text, "  refusal set aside by: council-adults/social-worker\n", "");
    char *text =
        law_replaced(nobody, "  sets aside: missing consent, hours\n", "  sets aside: hours\n");
    OWN(policy_free) struct policy *hours = law_compile(law, text);
    law->force.policy = hours;
    free(nobody);
    free(text);
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
    law->request.emergency.rationale_chars = 1;
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
}

/* A clause that is stricter than the statute stays so: no emergency stands in for consent. */
static void a_clause_stricter_than_the_statute(void **state) {
    struct law *law = *state;
    law_declare(law);
    law_shared(law_ask(law, REFERRAL));
    OWN(policy_free)
    struct policy *strict = law_spoil(law, "  basis: homelessness-duty\n  consent: not needed\n",
                                      "  basis: homelessness-duty\n  consent: required\n");
    law_refused(law_ask(law, REFERRAL), POLICY_CONSENT_MISSING);
    assert_non_null(strict);
}

/* ---- a duty outlives the agreement ---- */

static void outlives(struct law *law, enum policy_reason reason) {
    const struct policy_ruling *ruling = law_ask(law, ENQUIRY);
    law_refused(ruling, reason);
    law_verdicts(ruling, "rw----");
    law_rests_on(law, ruling, "children-act-1989-47");
}

static void every_end_of_an_agreement(void **state) {
    struct law *law = *state;
    law->force.withdrawn = law_one(law, "police");
    outlives(law, POLICY_PARTY_WITHDRAWN);
    law->force.withdrawn = (struct span_list){0};
    law->force.is_unsigned = true;
    outlives(law, POLICY_AGREEMENT_NOT_SIGNED);
    law->force.is_unsigned = false;
    law->force.has_review_day = true;
    law->force.review_day = 0;
    outlives(law, POLICY_AGREEMENT_REVIEW_OVERDUE);
    law->force.has_review_day = false;
    law->request.at_s = law_time("2099-01-01", 12);
    outlives(law, POLICY_AGREEMENT_EXPIRED);
}

/* Nothing is said of a duty where a name is not known, where only a power is there, or where it is
 * not the agreement that fails. */
static void no_duty_without_all_names(void **state) {
    struct law *law = *state;
    struct law_question questions[] = {ENQUIRY, ENQUIRY, ENQUIRY, ENQUIRY, VIOLENCE};
    questions[0].who = "nobody/social-worker";
    questions[1].source = "nobody";
    questions[2].purpose = "nothing";
    questions[3].field = "incidents.nothing";
    law->force.is_suspended = true;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        const struct policy_ruling *ruling = law_ask(law, questions[i]);
        law_refused(ruling, POLICY_AGREEMENT_SUSPENDED);
        law_verdicts(ruling, "n-----");
        assert_int_equal(policy_axes_entry(ruling->axes), 0);
    }
    law->force.is_suspended = false;
    questions[0] = ENQUIRY;
    questions[0].who = "council-childrens/nobody";
    law_refused(law_ask(law, questions[0]), POLICY_ROLE_UNKNOWN);
    law_verdicts(&law->outcome.rulings[0], "n-----");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_power_that_is_relied_on, law_begin, law_end),
        cmocka_unit_test_setup_teardown(the_power_that_came_nearest, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_basis_that_nobody_knows_carries_no_power, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(what_the_recipient_relies_on, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_statute_that_lifts_nothing, law_begin, law_end),
        cmocka_unit_test_setup_teardown(an_emergency_that_does_not_help, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_clause_stricter_than_the_statute, law_begin, law_end),
        cmocka_unit_test_setup_teardown(every_end_of_an_agreement, law_begin, law_end),
        cmocka_unit_test_setup_teardown(no_duty_without_all_names, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
