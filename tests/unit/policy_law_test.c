/* SPDX-License-Identifier: Apache-2.0 */
/* The acceptance scenarios of the law (design, law, 4.3), by their numbers, as far as the policy
 * decides them. */
#include "tests/unit/policy_law_fixture.h"

static const struct law_question NURSE = {"hospital/district-nurse", "council-adults",
                                          "direct-care", "care-duty", "care.package"};
static const struct law_question LANDLORD = {"housing-association/officer", "gp", "tenancy-support",
                                             "practice-task", "practice.diagnosis"};
static const struct law_question ENQUIRY = {"council-childrens/social-worker", "police",
                                            "child-enquiry", "enquiry-duty", "incidents.count"};
static const struct law_question CONCERN = {"council-childrens/social-worker", "school",
                                            "child-welfare", "welfare-duty",
                                            "school-record.concern"};
static const struct law_question NAMES = {"police/officer", "hospital", "serious-violence",
                                          "serious-violence-power", "patient.name"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};
static const struct law_question DATES = {"council-adults/officer", "charity", "adult-safeguarding",
                                          "charity-interest", "support.contact-dates"};
static const struct law_question ALLERGIES = {"ambulance/paramedic", "hospital", "emergency-care",
                                              "vital-interests", "patient.allergies"};
static const struct law_question REFERRAL = {"council-housing/officer", "hospital", "homelessness",
                                             "homelessness-duty", "referral.contact"};
static const struct law_question EARLY_HELP = {"charity/keyworker", "council-housing", "early-help",
                                               "help-consent", "tenancy.status"};

/* 1. Permit; confidentiality by implied consent; the opt-out is not consulted. */
static void nurse_asks_for_a_care_package(void **state) {
    struct law *law = *state;
    law->facts.opt_out = (struct policy_opt_out){.is_known = true, .applies = true};
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    law_shared(ruling);
    law_verdicts(ruling, "mwmmm-");
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_IMPLIED);
    law_rests_on(law, ruling, "hsca-2012-251b");
    assert_true(ruling->term->is_duty);
    assert_true(law_has_duty(law, "law-unchecked"));
}

/* 2. The same person objected locally: referred. */
static void nurse_asks_and_the_person_objects(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    law_refused(ruling, POLICY_OBJECTION_REGISTERED);
    law_verdicts(ruling, "mwmmr-");
    assert_true(policy_reason_is_referral(ruling->refusal));
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_WITHDRAWN);
    law_shared(law_ask(law, NURSE));
}

/* 3. Deny: no implied consent outside direct care; explicit consent, or the headline, would do. */
static void landlord_asks_for_a_diagnosis(void **state) {
    struct law *law = *state;
    struct law_question headline = LANDLORD;
    headline.field = "support-headline.in-place";
    const struct policy_ruling *ruling = law_ask(law, LANDLORD);
    law_refused(ruling, POLICY_CONFIDENTIALITY_NOT_MET);
    law_verdicts(ruling, "m-mnm-");
    law_shared(law_ask(law, headline));
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_GIVEN);
    ruling = law_ask(law, LANDLORD);
    law_shared(ruling);
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_EXPLICIT);
}

/* 4. Permit under the duty, though the parent refused. */
static void social_worker_makes_an_enquiry(void **state) {
    struct law *law = *state;
    struct law_question school = ENQUIRY;
    school.source = "school";
    school.field = "school-record.attendance";
    law->request.age_class = AGE_CHILD;
    law_said(law, CONSENT_KIND_NOT_STATED, CONSENT_REFUSED);
    const struct policy_ruling *ruling = law_ask(law, ENQUIRY);
    law_shared(ruling);
    law_verdicts(ruling, "mwm-w-");
    assert_true(ruling->term->is_duty);
    assert_true(law_has_duty(law, "objection-noted"));
    law_rests_on(law, ruling, "children-act-1989-47");
    ruling = law_ask(law, school);
    law_shared(ruling);
    assert_true(ruling->objection_noted);
}

/* 5. Deny, recorded as the holder's decision under s.16LA(3). */
static void school_thinks_disclosure_more_detrimental(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, CONCERN);
    law_shared(ruling);
    assert_true(ruling->term->is_duty && ruling->term->holder_may_withhold);
    law->facts.holder_withholds = true;
    ruling = law_ask(law, CONCERN);
    law_refused(ruling, POLICY_HOLDER_WITHHOLDS);
    law_verdicts(ruling, "mnm-m-");
    law_rests_on(law, ruling, "children-act-2004-16la");
}

/* 6. Deny: carve-out, although the agreement lists the names. */
static void police_ask_for_names_of_patients(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, NAMES);
    law_refused(ruling, POLICY_POWER_CARVED_OUT);
    law_verdicts(ruling, "mnm---");
    law_rests_on(law, ruling, "pcsc-2022-16");
    struct span remedy = policy_remedy(law->permit, 0, ruling, law->arena);
    char *text = arena_text(law->arena, remedy);
    assert_non_null(strstr(text, "Caldicott Guardian"));
    struct law_question others = NAMES;
    others.source = "council-safety";
    others.field = "incidents.summary";
    law_shared(law_ask(law, others));
}

/* 7. The opt-out is applied; what is stale denies. */
static void analyst_wants_a_linked_set(void **state) {
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    law->facts.opt_out = (struct policy_opt_out){.is_known = true, .as_of_day = today - 7};
    const struct policy_ruling *ruling = law_ask(law, PLANNING);
    law_shared(ruling);
    assert_int_equal(ruling->treatment, TREATMENT_PSEUDONYMISE);
    law_verdicts(ruling, "mwmmm-");
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_SECTION_251);
    law->facts.opt_out.as_of_day = today - 8;
    ruling = law_ask(law, PLANNING);
    law_refused(ruling, POLICY_OPT_OUT_UNKNOWN);
    law_verdicts(ruling, "mwmmr-");
    law->facts.opt_out.as_of_day = today + 1;
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    law->facts.opt_out = (struct policy_opt_out){true, true, today};
    ruling = law_ask(law, PLANNING);
    law_refused(ruling, POLICY_OPT_OUT_APPLIES);
    law_verdicts(ruling, "mwmmn-");
}

/* 8. Permit by 6(1)(ea); without the requester's statement, deny. */
static void council_asks_the_charity(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, DATES);
    law_refused(ruling, POLICY_STATEMENT_MISSING);
    law_verdicts(ruling, "m-n---");
    law->request.has_statement = true;
    ruling = law_ask(law, DATES);
    law_shared(ruling);
    law_verdicts(ruling, "m-m-m-");
    assert_false(ruling->term->is_duty);
}

/* 9. Deny: not open to a public authority, neither as source nor as recipient. */
static void officer_cites_recognised_interest(void **state) {
    struct law *law = *state;
    struct law_question council = DATES;
    struct law_question own_task = DATES;
    council.source = "council-housing";
    own_task.who = "council-housing/officer";
    law->request.has_statement = true;
    const struct policy_ruling *ruling = law_ask(law, council);
    law_refused(ruling, POLICY_BASIS_NOT_OPEN_TO_BODY);
    law_verdicts(ruling, "mnn---");
    law_refused(law_ask(law, own_task), POLICY_BASIS_NOT_OPEN_TO_BODY);
}

/* 10. Permit, in the emergency alone. */
static void paramedic_breaks_the_glass(void **state) {
    struct law *law = *state;
    law_refused(law_ask(law, ALLERGIES), POLICY_EMERGENCY_ONLY);
    law_declare(law);
    const struct policy_ruling *ruling = law_ask(law, ALLERGIES);
    law_shared(ruling);
    assert_true(ruling->by_emergency);
    law_verdicts(ruling, "swmsm-");
    assert_true(law_has_duty(law, "emergency-tell") && law_has_duty(law, "emergency-check"));
}

/* 11. The fourth of a day is over what the agreement allows. */
static void fourth_emergency_of_a_day(void **state) {
    struct law *law = *state;
    law_declare(law);
    law->request.emergency.count = 2;
    law_shared(law_ask(law, ALLERGIES));
    law->request.emergency.count = 3;
    law_refused(law_ask(law, ALLERGIES), POLICY_EMERGENCY_LIMIT);
}

/* 14. The automated route is closed; a duty exists, so the case is referred. */
static void agreement_expired_and_a_duty_exists(void **state) {
    struct law *law = *state;
    law->request.at_s = law_time("2027-10-01", 12);
    const struct policy_ruling *ruling = law_ask(law, ENQUIRY);
    law_refused(ruling, POLICY_AGREEMENT_EXPIRED);
    law_verdicts(ruling, "rw----");
    assert_true(ruling->term->is_duty);
    law_rests_on(law, ruling, "children-act-1989-47");
    char *text = arena_text(law->arena, policy_remedy(law->permit, 0, ruling, law->arena));
    assert_non_null(strstr(text, "single disclosure"));
    assert_non_null(strstr(text, "Information Asset Owner"));
    /* A power alone is no such reason. */
    ruling = law_ask(law, NAMES);
    law_refused(ruling, POLICY_AGREEMENT_EXPIRED);
    law_verdicts(ruling, "n-----");
}

/* 15. Deny: s.45 locks it to the functions of the Board. */
static void board_papers_for_enforcement(void **state) {
    struct law *law = *state;
    const struct law_question enforcement = {"council-housing/enforcement", "council-adults",
                                             "housing-enforcement", "council-powers",
                                             "board-papers.finding"};
    const struct law_question board = {"board/manager", "council-adults", "board-review",
                                       "board-duty", "board-papers.finding"};
    const struct policy_ruling *ruling = law_ask(law, enforcement);
    law_refused(ruling, POLICY_PURPOSE_LOCKED);
    law_verdicts(ruling, "mnm---");
    ruling = law_ask(law, board);
    law_shared(ruling);
    law_verdicts(ruling, "mmm-m-");
    assert_true(law_has_duty(law, "purpose-lock"));
    assert_false(law_has_duty(law, "law-unchecked"));
}

/* 17. Deny, unless the person agrees or the override stands in. */
static void referral_without_agreement(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, REFERRAL);
    law_refused(ruling, POLICY_CONSENT_MISSING);
    law_verdicts(ruling, "mnm-m-");
    law_said(law, CONSENT_KIND_SERVICE, CONSENT_GIVEN);
    ruling = law_ask(law, REFERRAL);
    law_shared(ruling);
    law_verdicts(ruling, "mwm-m-");
    law->facts.consent_count = 0;
    law_declare(law);
    ruling = law_ask(law, REFERRAL);
    law_shared(ruling);
    law_verdicts(ruling, "msm-m-");
    assert_true(ruling->by_emergency);
}

/* 18, and 12: the later and narrower refusal wins, and a withdrawal stops at once. */
static void consents_conflict(void **state) {
    struct law *law = *state;
    struct span purpose = span_text("early-help");
    struct consent facts[2] = {
        {.state = CONSENT_GIVEN, .explicit_consent = true, .log_index = 1},
        {.state = CONSENT_REFUSED, .purposes = {.items = &purpose, .count = 1}, .log_index = 2},
    };
    law->facts.consents = facts;
    law->facts.consent_count = 1;
    law_shared(law_ask(law, EARLY_HELP));
    law->facts.consent_count = 2;
    const struct policy_ruling *ruling = law_ask(law, EARLY_HELP);
    law_refused(ruling, POLICY_CONSENT_REFUSED);
    assert_ptr_equal(ruling->consent, &facts[1]);
    assert_ptr_equal(ruling->conflicts, &facts[0]);
    facts[1].state = CONSENT_WITHDRAWN;
    law_refused(law_ask(law, EARLY_HELP), POLICY_CONSENT_WITHDRAWN);
}

static void says(struct law *law, const struct policy_ruling *ruling, enum policy_axis axis,
                 const char *text) {
    struct policy_axis_view view = policy_axis_read(ruling, axis, law->arena);
    char *found = arena_text(law->arena, view.source);
    assert_non_null(found);
    assert_string_equal(found, text);
}

static void verdicts_say_where_they_come_from(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    says(law, ruling, POLICY_AXIS_AGREEMENT, "law version 1, clause 1.1 (line 469)");
    says(law, ruling, POLICY_AXIS_POWER,
         "Health and Social Care Act 2012 s.251B, duty (hsca-2012-251b of register uk-2026-11; not "
         "checked by anybody)");
    says(law, ruling, POLICY_AXIS_BASIS,
         "Health and Social Care Act 2012 s.251B, provision of care: UK GDPR Article 6(1) e, "
         "Article 9(2) h, DPA 2018 Sch 1 para 2");
    says(law, ruling, POLICY_AXIS_CONFIDENTIALITY, "implied consent");
    says(law, ruling, POLICY_AXIS_OBJECTION, "");
    says(law, ruling, POLICY_AXIS_NECESSITY, "");
    ruling = law_ask(law, NAMES);
    says(law, ruling, POLICY_AXIS_POWER,
         "Police, Crime, Sentencing and Courts Act 2022 s.16, power (pcsc-2022-16 of register "
         "uk-2026-11; checked by design study, statutory text read, no lawyer on 2026-11-30)");
    ruling = law_ask(law, PLANNING);
    says(law, ruling, POLICY_AXIS_CONFIDENTIALITY, "section 251, 25/CAG/0042");
    says(law, ruling, POLICY_AXIS_OBJECTION, "National Data Opt-Out");
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    says(law, law_ask(law, NURSE), POLICY_AXIS_OBJECTION, "objection of the person");
    law_declare(law);
    ruling = law_ask(law, ALLERGIES);
    says(law, ruling, POLICY_AXIS_CONFIDENTIALITY,
         "emergency break-glass, declared by paramedic: risk-to-life");
    law->request.agreement = span_text("other");
    ruling = law_ask(law, NURSE);
    says(law, ruling, POLICY_AXIS_AGREEMENT, "no agreement in force");
    says(law, ruling, POLICY_AXIS_BASIS, "");
    law->request.agreement = span_text("law");
    law->force.is_suspended = true;
    says(law, law_ask(law, NAMES), POLICY_AXIS_AGREEMENT, "law version 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nurse_asks_for_a_care_package, law_begin, law_end),
        cmocka_unit_test_setup_teardown(nurse_asks_and_the_person_objects, law_begin, law_end),
        cmocka_unit_test_setup_teardown(landlord_asks_for_a_diagnosis, law_begin, law_end),
        cmocka_unit_test_setup_teardown(social_worker_makes_an_enquiry, law_begin, law_end),
        cmocka_unit_test_setup_teardown(school_thinks_disclosure_more_detrimental, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(police_ask_for_names_of_patients, law_begin, law_end),
        cmocka_unit_test_setup_teardown(analyst_wants_a_linked_set, law_begin, law_end),
        cmocka_unit_test_setup_teardown(council_asks_the_charity, law_begin, law_end),
        cmocka_unit_test_setup_teardown(officer_cites_recognised_interest, law_begin, law_end),
        cmocka_unit_test_setup_teardown(paramedic_breaks_the_glass, law_begin, law_end),
        cmocka_unit_test_setup_teardown(fourth_emergency_of_a_day, law_begin, law_end),
        cmocka_unit_test_setup_teardown(agreement_expired_and_a_duty_exists, law_begin, law_end),
        cmocka_unit_test_setup_teardown(board_papers_for_enforcement, law_begin, law_end),
        cmocka_unit_test_setup_teardown(referral_without_agreement, law_begin, law_end),
        cmocka_unit_test_setup_teardown(consents_conflict, law_begin, law_end),
        cmocka_unit_test_setup_teardown(verdicts_say_where_they_come_from, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
