/* SPDX-License-Identifier: Apache-2.0 */
/* The lawful next step for each reason of the axes: what to add, or whom to ask by office and
 * party; and that for special and criminal data it tells no more than the refusal does. */
#include "tests/unit/policy_law_fixture.h"

static const struct law_question ENQUIRY = {"council-childrens/social-worker", "police",
                                            "child-enquiry", "enquiry-duty", "incidents.count"};
static const struct law_question CROSSING = {"police/officer", "council-safety", "crime-prevention",
                                             "crime-disorder", "incidents.summary"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};
static const struct law_question DATES = {"council-adults/officer", "charity", "adult-safeguarding",
                                          "charity-interest", "support.contact-dates"};
static const struct law_question LANDLORD = {"housing-association/officer", "gp", "tenancy-support",
                                             "practice-task", "practice.diagnosis"};
static const struct law_question TASK = {"council-adults/officer", "council-housing", "early-help",
                                         "council-powers", "tenancy.status"};

/* Asks, and compares the refusal and the step. */
static void step(struct law *law, struct law_question question, enum policy_reason reason,
                 const char *text) {
    const struct policy_ruling *ruling = law_ask(law, question);
    law_refused(ruling, reason);
    struct span remedy = policy_remedy(law->permit, 0, ruling, law->arena);
    assert_string_equal(arena_text(law->arena, remedy), text);
}

static void what_the_requester_can_add(void **state) {
    struct law *law = *state;
    struct law_question council = DATES;
    council.source = "council-housing";
    step(law, DATES, POLICY_STATEMENT_MISSING,
         "State that you need it for your own task under Article 6(1)(e), and why.");
    step(law, CROSSING, POLICY_NECESSITY_MISSING,
         "Record all five: proportionate, lawful, accountable, necessary and least intrusive.");
    step(law, council, POLICY_BASIS_NOT_OPEN_TO_BODY,
         "Cite the public task that the question serves.");
}

static void who_knows_of_the_power(void **state) {
    struct law *law = *state;
    struct law_question nothing = TASK;
    struct law_question unsaid = PLANNING;
    const struct law_question enforcement = {"council-housing/enforcement", "council-adults",
                                             "housing-enforcement", "council-powers",
                                             "board-papers.finding"};
    nothing.basis = "no-gateway";
    unsaid.purpose = "public-health";
    step(law, unsaid, POLICY_POWER_NOT_KNOWN,
         "Ask the Caldicott Guardian of Example Hospital which power covers it.");
    step(law, nothing, POLICY_POWER_MISSING,
         "Cite a basis whose power covers it, or ask the Head of Housing of Housing and "
         "homelessness (example council).");
    step(law, enforcement, POLICY_PURPOSE_LOCKED,
         "Ask the Director of Adult Social Services of Adults' social care (example council) for "
         "what is held under another power.");
}

static void a_duty_that_outlives_the_agreement(void **state) {
    struct law *law = *state;
    law->force.is_suspended = true;
    step(law, ENQUIRY, POLICY_AGREEMENT_SUSPENDED,
         "Refer it as a single disclosure under Children Act 1989 s.47 (Duty to assist an enquiry "
         "about significant harm) to the Information Asset Owner of Example Police, who decides "
         "and records it.");
}

/* The agreement with the data of this title ordinary, and consent shown by the clause of that one.
 */
static struct policy *shown(struct law *law, const char *data, const char *clause) {
    char from[128];
    char to[160];
    snprintf(from, sizeof from, "  title: %s\n  class: special\n", data);
    snprintf(to, sizeof to, "  title: %s\n  class: ordinary\n", data);
    char *ordinary = law_replaced(law->text, from, to);
    snprintf(from, sizeof from, "  title: %s\n", clause);
    snprintf(to, sizeof to, "  title: %s\n  consent shown: yes\n", clause);
    char *text = law_replaced(ordinary, from, to);
    struct policy *policy = law_compile(law, text);
    free(ordinary);
    free(text);
    law->force.policy = policy;
    return policy;
}

/* Ordinary data of a clause that shows it: each refusal that depends on the person has a step of
 * its own. */
static void the_person_where_it_is_shown(void **state) {
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    OWN(policy_free)
    struct policy *patients =
        shown(law, "Patients of the hospital", "Linked set for planning, as pseudonyms");
    step(law, PLANNING, POLICY_OPT_OUT_UNKNOWN,
         "Ask again once the opt-outs were checked, or ask the Caldicott Guardian of Example "
         "Hospital.");
    law->facts.opt_out = (struct policy_opt_out){true, true, today};
    step(law, PLANNING, POLICY_OPT_OUT_APPLIES,
         "Ask for counts instead; an opt-out does not touch them.");
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    OWN(policy_free)
    struct policy *task = law_spoil(law, "  basis: council-powers, no-gateway\n",
                                    "  basis: council-powers, no-gateway\n  consent shown: yes\n");
    step(law, TASK, POLICY_OBJECTION_REGISTERED,
         "Refer it to the Head of Housing of Housing and homelessness (example council), who "
         "decides and records it.");
    OWN(policy_free)
    struct policy *practice = shown(law, "Records of the practice",
                                    "Diagnosis for a tenancy, with the person's permission");
    step(law, LANDLORD, POLICY_CONFIDENTIALITY_NOT_MET,
         "Ask the person for explicit permission, or ask for the headline only.");
    assert_non_null(patients);
    assert_non_null(task);
    assert_non_null(practice);
}

/* Ordinary data of a clause that is silent: one text, as for special data. */
static void one_text_where_it_is_not_shown(void **state) {
    static const char text[] = "Ask the person, or refer it to the Head of Housing of Housing and "
                               "homelessness (example council).";
    struct law *law = *state;
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    step(law, TASK, POLICY_OBJECTION_REGISTERED, text);
    OWN(policy_free)
    struct policy *asks =
        law_spoil(law, "  basis: council-powers, no-gateway\n  consent: not needed",
                  "  basis: council-powers, no-gateway\n  consent: required");
    law->facts.consent_count = 0;
    step(law, TASK, POLICY_CONSENT_MISSING, text);
    law_said(law, CONSENT_KIND_BASIS, CONSENT_REFUSED);
    step(law, TASK, POLICY_CONSENT_REFUSED, text);
    assert_non_null(asks);
}

/* Special data: one text for whatever the person said or never said. */
static void one_text_where_data_is_special(void **state) {
    static const char text[] =
        "Ask the person, or refer it to the Caldicott Guardian of Example Hospital.";
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    step(law, PLANNING, POLICY_OPT_OUT_UNKNOWN, text);
    law->facts.opt_out = (struct policy_opt_out){true, true, today};
    step(law, PLANNING, POLICY_OPT_OUT_APPLIES, text);
    OWN(policy_free)
    struct policy *asks =
        law_spoil(law,
                  "  basis: planning-251\n  consent: not needed\n"
                  "  confidentiality: section 251 25/CAG/0042\n  pseudonymise: patient.attendance\n"
                  "  redact: patient.name\n",
                  "  basis: planning-251\n  consent: required\n"
                  "  confidentiality: section 251 25/CAG/0042\n"
                  "  pseudonymise: patient.attendance\n");
    step(law, PLANNING, POLICY_CONSENT_MISSING, text);
    law_said(law, CONSENT_KIND_NOT_STATED, CONSENT_REFUSED);
    step(law, PLANNING, POLICY_CONSENT_REFUSED, text);
    assert_non_null(asks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_requester_can_add, law_begin, law_end),
        cmocka_unit_test_setup_teardown(who_knows_of_the_power, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_duty_that_outlives_the_agreement, law_begin, law_end),
        cmocka_unit_test_setup_teardown(the_person_where_it_is_shown, law_begin, law_end),
        cmocka_unit_test_setup_teardown(one_text_where_it_is_not_shown, law_begin, law_end),
        cmocka_unit_test_setup_teardown(one_text_where_data_is_special, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
