/* SPDX-License-Identifier: Apache-2.0 */
/* How the axes interact (design, law, 4.3): confidence, consent, objection, opt-out and the
 * override, rules 5 to 11. */
#include "policy/explain/explain.h"
#include "tests/unit/policy_law_fixture.h"

static const struct law_question NURSE = {"hospital/district-nurse", "council-adults",
                                          "direct-care", "care-duty", "care.package"};
static const struct law_question LANDLORD = {"housing-association/officer", "gp", "tenancy-support",
                                             "practice-task", "practice.diagnosis"};
static const struct law_question MEDICATION = {"council-adults/social-worker", "gp",
                                               "tenancy-support", "practice-task",
                                               "practice.medication"};
static const struct law_question ENQUIRY = {"council-childrens/social-worker", "police",
                                            "child-enquiry", "enquiry-duty", "incidents.count"};
static const struct law_question CONCERN = {"council-childrens/social-worker", "school",
                                            "child-welfare", "welfare-duty",
                                            "school-record.concern"};
static const struct law_question VIOLENCE = {"police/officer", "council-safety", "serious-violence",
                                             "serious-violence-power", "incidents.summary"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};
static const struct law_question DATES = {"council-adults/officer", "charity", "adult-safeguarding",
                                          "charity-interest", "support.contact-dates"};
static const struct law_question NOTES = {"council-adults/social-worker", "charity",
                                          "adult-safeguarding", "charity-interest",
                                          "wellbeing.notes"};
static const struct law_question TASK = {"council-adults/officer", "council-housing", "early-help",
                                         "council-powers", "tenancy.status"};
static const struct law_question RESIDENT = {"council-adults/social-worker", "refuge",
                                             "adult-safeguarding", "charity-interest",
                                             "resident.stays"};

/* ---- rule 5 ---- */

static void consent_kinds_are_kept_apart(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_BASIS, CONSENT_GIVEN);
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_REFUSED);
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_GIVEN);
    law_shared(law_ask(law, LANDLORD));
    struct consent *fact = arena_alloc(law->arena, sizeof *fact);
    assert_non_null(fact);
    *fact = *law->facts.consents;
    fact->explicit_consent = false;
    law->facts.consents = fact;
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
}

static void implied_consent_is_for_direct_care_between_carers(void **state) {
    struct law *law = *state;
    law_shared(law_ask(law, NURSE));
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_WITHDRAWN);
    law_refused(law_ask(law, NURSE), POLICY_CONFIDENTIALITY_NOT_MET);
    law->facts.consent_count = 0;
    OWN(policy_free)
    struct policy *no_care =
        law_spoil(law, "  direct care: yes\n", "  direct care: no\n  secondary use: no\n");
    law_refused(law_ask(law, NURSE), POLICY_CONFIDENTIALITY_NOT_MET);
    assert_non_null(no_care);
}

static void statute_that_lifts_confidence(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *other = law_spoil(
        law, "  held by: police, council-safety\n  fields: count, summary\n",
        "  held by: police, council-safety\n  fields: count, summary\n  confidential: yes\n");
    const struct policy_ruling *ruling = law_ask(law, VIOLENCE);
    law_shared(ruling);
    law_verdicts(ruling, "mmmmm-");
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_STATUTE);
    assert_false(law_has_duty(law, "law-unchecked"));
    assert_non_null(other);
}

static void best_interests_need_a_record_of_capacity(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, MEDICATION);
    law_refused(ruling, POLICY_CONFIDENTIALITY_NOT_KNOWN);
    law_verdicts(ruling, "m-mrm-");
    law->request.capacity = POLICY_CAPACITY_HAS;
    law_refused(law_ask(law, MEDICATION), POLICY_CONFIDENTIALITY_NOT_MET);
    law->request.capacity = POLICY_CAPACITY_LACKS;
    ruling = law_ask(law, MEDICATION);
    law_shared(ruling);
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_BEST_INTERESTS);
}

/* ---- rule 6 ---- */

static void public_interest_is_a_human_decision(void **state) {
    struct law *law = *state;
    law->request.has_statement = true;
    const struct policy_ruling *ruling = law_ask(law, NOTES);
    law_refused(ruling, POLICY_CONFIDENTIALITY_NOT_KNOWN);
    law_verdicts(ruling, "m-mrm-");
    law_declare(law);
    ruling = law_ask(law, NOTES);
    law_shared(ruling);
    assert_true(ruling->by_emergency);
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_PUBLIC_INTEREST);
    law->request.emergency.rationale_chars = 3;
    law_refused(law_ask(law, NOTES), POLICY_EMERGENCY_RATIONALE);
}

/* ---- rule 7 ---- */

static void withdrawal_stops_what_relied_on_consent_only(void **state) {
    struct law *law = *state;
    const struct law_question with_consent = {"charity/keyworker", "council-housing", "early-help",
                                              "help-consent", "tenancy.status"};
    law_said(law, CONSENT_KIND_BASIS, CONSENT_WITHDRAWN);
    const struct policy_ruling *ruling = law_ask(law, with_consent);
    law_refused(ruling, POLICY_CONSENT_WITHDRAWN);
    law_verdicts(ruling, "mwn-m-");
    law_shared(law_ask(law, ENQUIRY));
}

/* ---- rule 8 ---- */

static void objection_pauses_unless_something_stands_against_it(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    const struct policy_ruling *ruling = law_ask(law, TASK);
    law_refused(ruling, POLICY_OBJECTION_REGISTERED);
    law_verdicts(ruling, "mwm-r-");
    law->request.has_compelling_reason = true;
    ruling = law_ask(law, TASK);
    law_shared(ruling);
    assert_true(ruling->objection_noted);
    law_verdicts(ruling, "mwm-w-");
    law->request.has_compelling_reason = false;
    law_shared(law_ask(law, ENQUIRY)); /* a duty */
    /* A clause that only notes it. */
    ruling = law_ask(law, VIOLENCE);
    law_shared(ruling);
    law_verdicts(ruling, "mmm-w-");
}

/* A refusal is an objection where nobody needs to ask, of the kinds that the clause is about: who
 * relies on there being none is told of those. */
static void what_is_refused_objects_by_its_kind(void **state) {
    static const char silent[] = "  consent: not needed\n  objection: refer\n"
                                 "  pass: tenancy.status\n";
    static const char service[] = "  consent: not needed\n  consent is: service\n"
                                  "  objection: refer\n  pass: tenancy.status\n";
    const uint32_t not_stated = 1U << CONSENT_KIND_NOT_STATED;
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, TASK);
    assert_true(ruling->is_objectable);
    assert_int_equal(ruling->objection_kinds, (1U << CONSENT_KIND_OBJECTION) - 1);
    OWN(policy_free) struct policy *policy = law_spoil(law, silent, service);
    const uint32_t kinds = law_ask(law, TASK)->objection_kinds;
    assert_int_equal(kinds, not_stated | 1U << CONSENT_KIND_SERVICE);
    for (unsigned kind = CONSENT_KIND_NOT_STATED; kind < CONSENT_KIND_OBJECTION; kind++) {
        law_said(law, (enum consent_kind)kind, CONSENT_REFUSED);
        bool objects = (kinds >> kind & 1U) != 0;
        assert_int_equal(law_ask(law, TASK)->refusal, objects ? POLICY_OBJECTION_REGISTERED : 0);
    }
    assert_non_null(policy);
}

/* Where the statute itself makes the objection decisive, the asker's reason does not. */
static void objection_that_the_statute_makes_decisive_stands(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    law->request.has_compelling_reason = true;
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    law_refused(ruling, POLICY_OBJECTION_REGISTERED);
    law_verdicts(ruling, "mwmmr-");
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_WITHDRAWN);
    law_shared(law_ask(law, NURSE));
}

/* ---- rule 9 ---- */

static void opt_out_is_asked_beyond_individual_care_only(void **state) {
    struct law *law = *state;
    law_shared(law_ask(law, NURSE));
    /* The person's own permission. */
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_GIVEN);
    law_shared(law_ask(law, PLANNING));
    law->facts.consent_count = 0;
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    OWN(policy_free)
    struct policy *counts =
        law_spoil(law, "  pseudonymise: patient.attendance\n  redact: patient.name\n",
                  "  aggregate: patient.attendance\n  smallest group: 10\n");
    const struct policy_ruling *ruling = law_ask(law, PLANNING);
    law_shared(ruling);
    law_verdicts(ruling, "mwm-m-");
    OWN(policy_free)
    struct policy *exempt = law_spoil(
        law,
        "  fields: name, attendance, allergies\n  confidential: yes\n  patient information: yes\n"
        "  opt-out: national, at most 7 days old\n",
        "  fields: name, attendance, allergies\n  confidential: yes\n  patient information: yes\n"
        "  opt-out: none\n");
    law_shared(law_ask(law, PLANNING));
    assert_non_null(counts);
    assert_non_null(exempt);
}

/* Permission is explicit, and of the lawful basis or of confidentiality. */
static void opt_out_yields_to_explicit_permission_only(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_BASIS, CONSENT_GIVEN);
    law_shared(law_ask(law, PLANNING));
    law_said(law, CONSENT_KIND_SERVICE, CONSENT_GIVEN);
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    law_said(law, CONSENT_KIND_NOT_STATED, CONSENT_GIVEN);
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    for (enum consent_kind kind = CONSENT_KIND_BASIS; kind <= CONSENT_KIND_CONFIDENTIALITY;
         kind++) {
        law_said(law, kind, CONSENT_REFUSED);
        law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
        struct consent implicit = {.state = CONSENT_GIVEN, .kind = kind};
        law->facts.consents = &implicit;
        law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    }
    const struct consent facts[] = {
        {.state = CONSENT_GIVEN,
         .kind = CONSENT_KIND_CONFIDENTIALITY,
         .explicit_consent = true,
         .log_index = 1},
        {.state = CONSENT_REFUSED, .log_index = 2},
    };
    law->facts.consents = facts;
    law_shared(law_ask(law, PLANNING));
    law->facts.consent_count = 2;
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
}

static void opt_out_that_nobody_settled_is_not_known(void **state) {
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    law->facts.opt_out = (struct policy_opt_out){.is_known = true, .as_of_day = today};
    law_shared(law_ask(law, PLANNING));
    /* No age that the agreement allows. */
    OWN(policy_free)
    struct policy *silent = law_spoil(
        law,
        "  fields: name, attendance, allergies\n  confidential: yes\n  patient information: yes\n"
        "  opt-out: national, at most 7 days old\n",
        "  fields: name, attendance, allergies\n  confidential: yes\n  patient information: yes\n");
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    /* A purpose that does not say whether it is care. */
    OWN(policy_free)
    struct policy *unsaid = law_spoil(law, "  function: medical-purposes\n  secondary use: yes\n",
                                      "  function: medical-purposes\n");
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    assert_non_null(silent);
    assert_non_null(unsaid);
}

/* A purpose that says it is secondary use is no direct care, whatever it lies within. */
static void own_word_of_a_purpose_ends_what_it_would_inherit(void **state) {
    struct law *law = *state;
    struct law_question inner = NURSE;
    inner.purpose = "emergency-care";
    law_shared(law_ask(law, inner));
    OWN(policy_free)
    struct policy *use =
        law_spoil(law, "  within: direct-care\n", "  within: direct-care\n  secondary use: yes\n");
    law_refused(law_ask(law, inner), POLICY_CONFIDENTIALITY_NOT_MET);
    assert_non_null(use);
    /* And the other way about: care within planning is care. */
    OWN(policy_free)
    struct policy *care = law_spoil(law,
                                    "  title: A purpose that says no function\n"
                                    "  secondary use: yes\n",
                                    "  title: Care that was found to be due\n"
                                    "  within: service-planning\n"
                                    "  direct care: yes\n");
    const struct law_question found = {"council-adults/analyst", "hospital", "public-health",
                                       "planning-251", "patient.attendance"};
    law_shared(law_ask(law, found));
    assert_non_null(care);
}

/* ---- rule 10 ---- */

static void override_defeats_the_persons_word(void **state) {
    struct law *law = *state;
    law->request.has_statement = true;
    law_refused(law_ask(law, RESIDENT), POLICY_CONSENT_MISSING);
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
    law_declare(law);
    const struct policy_ruling *ruling = law_ask(law, LANDLORD);
    law_shared(ruling);
    law_verdicts(ruling, "m-msm-");
    /* An objection. */
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    OWN(policy_free)
    struct policy *refers =
        law_spoil(law, "  confidentiality: implied consent, explicit consent\n",
                  "  confidentiality: implied consent, explicit consent\n  objection: refer\n");
    ruling = law_ask(law, LANDLORD);
    law_shared(ruling);
    law_verdicts(ruling, "m-mss-");
    assert_true(ruling->objection_noted);
    law->request.emergency.is_declared = false;
    law->facts.consent_count = 0;
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
    assert_non_null(refers);
}

static void override_defeats_neither_carve_out_nor_missing_power(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *wide = law_spoil(law, "  declared by: ambulance/paramedic,",
                                    "  declared by: police/officer, "
                                    "council-adults/officer, "
                                    "ambulance/paramedic,");
    law_declare(law);
    struct law_question names = VIOLENCE;
    names.source = "hospital";
    names.field = "patient.name";
    law_refused(law_ask(law, names), POLICY_POWER_CARVED_OUT);
    struct law_question nothing = DATES;
    nothing.source = "council-housing";
    nothing.basis = "no-gateway";
    law_refused(law_ask(law, nothing), POLICY_POWER_MISSING);
    /* Nor the minimum, nor another person's protected place. */
    struct law_question sealed = RESIDENT;
    sealed.who = "council-housing/enforcement";
    law_refused(law_ask(law, sealed), POLICY_PROHIBITED);
    assert_non_null(wide);
}

static void holder_is_not_overridden(void **state) {
    struct law *law = *state;
    struct law_question manager = CONCERN;
    manager.who = "council-childrens/team-manager";
    law_declare(law);
    law->facts.holder_withholds = true;
    law_refused(law_ask(law, manager), POLICY_HOLDER_WITHHOLDS);
}

/* ---- rule 11 ---- */

static void refusal_of_an_adult_is_set_aside_by_few(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_REFUSED);
    law_declare(law);
    /* The housing officer may declare, but not set a refusal aside. */
    const struct policy_ruling *ruling = law_ask(law, LANDLORD);
    law_refused(ruling, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
    law_verdicts(ruling, "m-mnw-");
    /* The social worker may. */
    law->request.has_statement = true;
    ruling = law_ask(law, NOTES);
    law_shared(ruling);
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_PUBLIC_INTEREST);
}

/* What an auditor reads of the only field. */
static struct policy_explanation explained(struct law *law) {
    const struct policy_explain_what what = {.facts = &law->facts, .reader = POLICY_READER_AUDITOR};
    struct policy_explained_source out;
    assert_false(lg_failed(policy_explain(law->permit, &what, law->arena, &out)));
    assert_int_equal(out.field_count, 1);
    return out.fields[0];
}

static struct consent said_on(enum consent_kind kind, enum consent_state state, const char *day) {
    return (struct consent){
        .kind = kind, .state = state, .recorded_ms = law_time(day, 12) * 1000, .log_index = 1};
}

/* A clause may ask for consent of one kind, and the duty of confidence be refused in another: what
 * is told is the refusal, not what else is recorded, which may be nothing. */
static void refusal_of_permission_is_told_by_itself(void **state) {
    static const char from[] = "  consent: not needed\n"
                               "  confidentiality: implied consent, explicit consent\n";
    static const char to[] = "  consent: not needed\n  consent is: lawful basis\n"
                             "  confidentiality: public interest\n";
    struct law *law = *state;
    OWN(policy_free) struct policy *by_basis = law_spoil(law, from, to);
    static const char *const words[] = {"was refused on 3 June 2026.",
                                        "was withdrawn on 3 June 2026."};
    static const enum consent_state states[] = {CONSENT_REFUSED, CONSENT_WITHDRAWN};
    law_declare(law);
    for (size_t i = 0; i < 4; i++) {
        const struct consent facts[] = {
            said_on(CONSENT_KIND_CONFIDENTIALITY, states[i % 2], "2026-06-03"),
            said_on(CONSENT_KIND_BASIS, CONSENT_GIVEN, "2026-06-05"),
        };
        law->facts.consents = facts;
        law->facts.consent_count = 1 + i / 2;
        const struct policy_ruling *ruling = law_ask(law, LANDLORD);
        law_refused(ruling, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        assert_ptr_equal(ruling->consent, &facts[0]);
        const struct policy_explanation told = explained(law);
        struct span last = span_text(words[i % 2]);
        assert_true(told.sentence.len > last.len);
        assert_true(
            span_equal(span_slice(told.sentence, told.sentence.len - last.len, last.len), last));
    }
    assert_non_null(by_basis);
}

/* A basis that carries the refusal of an adult who can consent, named by the emergency. */
#define HARM_BASIS                                                                                 \
    "basis serious-harm\n"                                                                         \
    "  title: Serious harm to others\n"                                                            \
    "  kind: statutory\n"                                                                          \
    "  article 6: e\n"                                                                             \
    "  article 9: g, DPA 2018 Sch 1 para 18\n"                                                     \
    "  article 10: DPA 2018 Sch 1 para 18\n"                                                       \
    "  covers: emergency-care, adult-safeguarding, homelessness, child-welfare, tenancy-support\n" \
    "emergency break-glass\n"                                                                      \
    "  basis for refusal: serious-harm\n"

/* Nor does the route of public interest carry the refusal of an adult who can consent, where the
 * agreement names no basis for that. */
static void public_interest_needs_a_basis_for_a_refusal(void **state) {
    struct law *law = *state;
    law->request.has_statement = true;
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_REFUSED);
    law_declare(law);
    for (int i = 0; i < 2; i++) {
        law->request.emergency.capacity = i == 0 ? CAPACITY_CAN : CAPACITY_NOT_KNOWN;
        const struct policy_ruling *ruling = law_ask(law, NOTES);
        law_refused(ruling, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        law_verdicts(ruling, "m-mnw-");
    }
    law->request.emergency.capacity = CAPACITY_CANNOT;
    const struct policy_ruling *ruling = law_ask(law, NOTES);
    law_shared(ruling);
    assert_true(span_equal_text(ruling->basis, "vital-interests"));
    law->request.emergency.capacity = CAPACITY_CAN;
    OWN(policy_free)
    struct policy *named = law_spoil(law, "emergency break-glass\n", HARM_BASIS);
    ruling = law_ask(law, NOTES);
    law_shared(ruling);
    assert_true(span_equal_text(ruling->basis, "serious-harm"));
    assert_int_equal(policy_axes_confidence(ruling->axes), POLICY_CONFIDENCE_PUBLIC_INTEREST);
    assert_non_null(named);
}

static void override_without_a_route_needs_a_basis_for_a_refusal(void **state) {
    struct law *law = *state;
    static const char declared[] =
        "  declared by: ambulance/paramedic, council-adults/social-worker, "
        "council-housing/officer,\n"
        "    council-childrens/team-manager, housing-association/officer\n"
        "  refusal set aside by: council-adults/social-worker\n";
    static const char by_the_landlord[] = "  declared by: housing-association/officer\n"
                                          "  refusal set aside by: housing-association/officer\n";
    char from[512];
    char to[1024];
    snprintf(from, sizeof from, "emergency break-glass\n%s", declared);
    snprintf(to, sizeof to, "%s%s", HARM_BASIS, by_the_landlord);
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_WITHDRAWN);
    law_declare(law);
    law->request.emergency.capacity = CAPACITY_CAN;
    OWN(policy_free)
    struct policy *senior = law_spoil(law, declared, by_the_landlord);
    law_refused(law_ask(law, LANDLORD), POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
    OWN(policy_free) struct policy *named = law_spoil(law, from, to);
    const struct policy_ruling *ruling = law_ask(law, LANDLORD);
    law_shared(ruling);
    law_verdicts(ruling, "m-msw-");
    assert_true(span_equal_text(ruling->basis, "serious-harm"));
    assert_non_null(senior);
    assert_non_null(named);
}

static void public_interest_is_no_route_where_permission_is_not_set_aside(void **state) {
    struct law *law = *state;
    law->request.has_statement = true;
    law_declare(law);
    OWN(policy_free)
    struct policy *hours =
        law_spoil(law,
                  "  refusal set aside by: council-adults/social-worker\n"
                  "  purpose: emergency-care, adult-safeguarding, homelessness, child-welfare, "
                  "tenancy-support\n"
                  "  basis: vital-interests\n"
                  "  reasons: risk-to-life, serious-harm\n"
                  "  rationale: at least 20 characters\n"
                  "  lasts: 4 hours\n"
                  "  at most: 3 per person in 1 day\n"
                  "  sets aside: missing consent, hours\n",
                  "  purpose: emergency-care, adult-safeguarding, homelessness, child-welfare, "
                  "tenancy-support\n"
                  "  basis: vital-interests\n"
                  "  reasons: risk-to-life, serious-harm\n"
                  "  rationale: at least 20 characters\n"
                  "  lasts: 4 hours\n"
                  "  at most: 3 per person in 1 day\n"
                  "  sets aside: hours\n");
    law_refused(law_ask(law, NOTES), POLICY_CONFIDENTIALITY_NOT_KNOWN);
    assert_non_null(hours);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(consent_kinds_are_kept_apart, law_begin, law_end),
        cmocka_unit_test_setup_teardown(implied_consent_is_for_direct_care_between_carers,
                                        law_begin, law_end),
        cmocka_unit_test_setup_teardown(statute_that_lifts_confidence, law_begin, law_end),
        cmocka_unit_test_setup_teardown(best_interests_need_a_record_of_capacity, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(public_interest_is_a_human_decision, law_begin, law_end),
        cmocka_unit_test_setup_teardown(withdrawal_stops_what_relied_on_consent_only, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(objection_pauses_unless_something_stands_against_it,
                                        law_begin, law_end),
        cmocka_unit_test_setup_teardown(what_is_refused_objects_by_its_kind, law_begin, law_end),
        cmocka_unit_test_setup_teardown(objection_that_the_statute_makes_decisive_stands, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(opt_out_is_asked_beyond_individual_care_only, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(opt_out_yields_to_explicit_permission_only, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(opt_out_that_nobody_settled_is_not_known, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(own_word_of_a_purpose_ends_what_it_would_inherit, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(override_defeats_the_persons_word, law_begin, law_end),
        cmocka_unit_test_setup_teardown(override_defeats_neither_carve_out_nor_missing_power,
                                        law_begin, law_end),
        cmocka_unit_test_setup_teardown(holder_is_not_overridden, law_begin, law_end),
        cmocka_unit_test_setup_teardown(refusal_of_an_adult_is_set_aside_by_few, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(refusal_of_permission_is_told_by_itself, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(public_interest_needs_a_basis_for_a_refusal, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(override_without_a_route_needs_a_basis_for_a_refusal,
                                        law_begin, law_end),
        cmocka_unit_test_setup_teardown(
            public_interest_is_no_route_where_permission_is_not_set_aside, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
