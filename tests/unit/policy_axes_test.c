/* SPDX-License-Identifier: Apache-2.0 */
/* How the axes interact (design, law, 4.3): agreement, power, basis, regime and necessity, rules 1
 * to 4 and 12 to 15. What turns on the person is in policy_axes_person_test.c. */
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
static const struct law_question VIOLENCE = {"police/officer", "council-safety", "serious-violence",
                                             "serious-violence-power", "incidents.summary"};
static const struct law_question CROSSING = {"police/officer", "council-safety", "crime-prevention",
                                             "crime-disorder", "incidents.summary"};
static const struct law_question COUNTS = {"council-safety/officer", "police", "crime-prevention",
                                           "crime-sets", "incidents.count"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};
static const struct law_question DATES = {"council-adults/officer", "charity", "adult-safeguarding",
                                          "charity-interest", "support.contact-dates"};
static const struct law_question TASK = {"council-adults/officer", "council-housing", "early-help",
                                         "council-powers", "tenancy.status"};
static const struct law_question SILENT = {"council-housing/officer", "council-adults",
                                           "early-help", "council-powers", "wellbeing.notes"};

static void give_all_five(struct law *law) {
    law->request.necessity = (1U << POLICY_NECESSITIES) - 1;
}

/* ---- rule 1 ---- */

static void agreement_first_but_not_sufficient(void **state) {
    struct law *law = *state;
    struct law_question nothing = TASK;
    nothing.basis = "no-gateway";
    const struct policy_ruling *ruling = law_ask(law, nothing);
    law_refused(ruling, POLICY_POWER_MISSING);
    law_verdicts(ruling, "mnm---");
    assert_int_equal(policy_axes_entry(ruling->axes), 0);
    law->force.is_suspended = true;
    ruling = law_ask(law, TASK);
    law_refused(ruling, POLICY_AGREEMENT_SUSPENDED);
    law_verdicts(ruling, "n-----");
    ruling = law_ask(law, ENQUIRY);
    law_verdicts(ruling, "rw----");
}

static void review_that_is_due_is_a_warning(void **state) {
    struct law *law = *state;
    law->request.at_s = law_time("2027-09-15", 12);
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    law_shared(ruling);
    law_verdicts(ruling, "wwmmm-");
}

/* ---- rule 2 ---- */

static void power_is_directional(void **state) {
    struct law *law = *state;
    struct law_question back = VIOLENCE;
    law_shared(law_ask(law, VIOLENCE));
    /* s.115 lists recipients: a charity is none of them. */
    OWN(policy_free)
    struct policy *other = law_spoil(law, "  from: council-safety\n  to: police/*\n",
                                     "  from: council-safety\n"
                                     "  to: police/*, charity/*\n");
    back.who = "charity/keyworker";
    back.purpose = "crime-prevention";
    back.basis = "crime-disorder";
    give_all_five(law);
    const struct policy_ruling *ruling = law_ask(law, back);
    law_refused(ruling, POLICY_POWER_MISSING);
    law_rests_on(law, ruling, "cda-1998-115");
    assert_non_null(other);
}

static void power_serves_its_own_functions(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *other =
        law_spoil(law, "  function: serious-violence\n", "  function: homelessness\n");
    law_refused(law_ask(law, VIOLENCE), POLICY_POWER_MISSING);
    assert_non_null(other);
}

static void aggregates_only(void **state) {
    struct law *law = *state;
    struct law_question detail = COUNTS;
    OWN(policy_free)
    struct policy *other =
        law_spoil(law, "  function: crime-and-disorder\n", "  function: crime-strategy\n");
    detail.field = "incidents.summary";
    const struct policy_ruling *ruling = law_ask(law, COUNTS);
    law_shared(ruling);
    law_verdicts(ruling, "mwm-m-");
    law_refused(law_ask(law, detail), POLICY_POWER_CARVED_OUT);
    assert_non_null(other);
}

static void private_bodies_need_no_power(void **state) {
    struct law *law = *state;
    law->request.has_statement = true;
    const struct policy_ruling *ruling = law_ask(law, DATES);
    law_shared(ruling);
    law_verdicts(ruling, "m-m-m-");
    assert_int_equal(policy_axes_entry(ruling->axes), 0);
}

static void power_that_has_not_begun(void **state) {
    struct law *law = *state;
    struct law_question identifier = CONCERN;
    identifier.basis = "identifier-duty";
    identifier.field = "school-record.identifier";
    const struct policy_ruling *ruling = law_ask(law, identifier);
    law_refused(ruling, POLICY_POWER_NOT_COMMENCED);
    law_rests_on(law, ruling, "children-act-2004-16lc");
    /* s.16LA began a day before the agreement. */
    OWN(policy_free)
    struct policy *early = law_spoil(law, "  in force: 2026-10-01 to", "  in force: 2026-09-01 to");
    law->request.at_s = law_time("2026-09-29", 12);
    law_refused(law_ask(law, CONCERN), POLICY_POWER_NOT_COMMENCED);
    law->request.at_s = law_time("2026-09-30", 12);
    law_shared(law_ask(law, CONCERN));
    assert_non_null(early);
}

/* The register with one passage replaced. */
static struct policy_register *register_with(const struct law *law, const char *from,
                                             const char *to) {
    const char *at = strstr(law->register_text, from);
    struct policy_register *statutes = NULL;
    struct diag diag = {0};
    assert_non_null(at);
    size_t size = strlen(law->register_text) + strlen(to) + 1;
    char *text = calloc(1, size);
    assert_non_null(text);
    snprintf(text, size, "%.*s%s%s", (int)(at - law->register_text), law->register_text, to,
             at + strlen(from));
    if (lg_failed(policy_register_compile(span_text(text), &diag, &statutes))) {
        fail_msg("line %u, column %u: %s", (unsigned)diag.line, (unsigned)diag.column, diag.text);
    }
    free(text);
    return statutes;
}

/* Whether a body that nobody classified is one that the power leaves out is not known. */
static void carve_out_of_bodies_asks_for_the_body(void **state) {
    struct law *law = *state;
    static const char body[] = "  signs as: Head of Community Safety\n  body: local-authority\n";
    struct law open = *law;
    OWN(policy_register_free)
    struct policy_register *any = register_with(
        law,
        "  from: local-authority, childrens-social-care, adult-social-care, housing-authority, "
        "nhs-body,\n    police, policing-body, probation, youth-justice, fire-and-rescue, school, "
        "prison, youth-custody\n",
        "  from: any\n");
    open.statutes = any;
    OWN(policy_free) struct policy *known = law_spoil(&open, body, body);
    law_shared(law_ask(&open, VIOLENCE));
    OWN(policy_free)
    struct policy *unknown = law_spoil(&open, body, "  signs as: Head of Community Safety\n");
    const struct policy_ruling *ruling = law_ask(&open, VIOLENCE);
    law_refused(ruling, POLICY_POWER_NOT_KNOWN);
    law_verdicts(ruling, "mrm---");
    assert_non_null(known);
    assert_non_null(unknown);
}

/* A private body needs no power, but what the statute it cites leaves out, or what is not yet law,
 * it shares no more than a public one does. */
/* What it leaves out; but where it is not yet law a body that needs no power needs none of it. */
static void statute_that_a_private_body_cites_binds_it(void **state) {
    struct law *law = *state;
    struct law_question names = VIOLENCE;
    struct law_question identifier = CONCERN;
    names.source = "hospital";
    names.field = "patient.name";
    identifier.basis = "identifier-duty";
    identifier.field = "school-record.identifier";
    OWN(policy_free)
    struct policy *hospital = law_spoil(law, "  legal entity: NHS trust\n  public authority: yes\n",
                                        "  legal entity: NHS trust\n  public authority: no\n");
    const struct policy_ruling *ruling = law_ask(law, names);
    law_refused(ruling, POLICY_POWER_CARVED_OUT);
    law_verdicts(ruling, "mnm---");
    law_rests_on(law, ruling, "pcsc-2022-16");
    OWN(policy_free)
    struct policy *school =
        law_spoil(law, "  legal entity: Academy trust\n  public authority: yes\n",
                  "  legal entity: Academy trust\n  public authority: no\n");
    ruling = law_ask(law, identifier);
    law_shared(ruling);
    law_verdicts(ruling, "m-m-m-");
    assert_int_equal(policy_axes_entry(ruling->axes), 0);
    law->force.policy = law->policy;
    ruling = law_ask(law, identifier);
    law_refused(ruling, POLICY_POWER_NOT_COMMENCED);
    law_rests_on(law, ruling, "children-act-2004-16lc");
    assert_non_null(hospital);
    assert_non_null(school);
}

/* ---- rule 3 ---- */

static void duty_changes_the_default(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, ENQUIRY);
    assert_true(ruling->term->is_duty);
    ruling = law_ask(law, VIOLENCE);
    assert_false(ruling->term->is_duty);
    assert_true(ruling->term->holder_may_withhold);
    law->facts.holder_withholds = true;
    ruling = law_ask(law, VIOLENCE);
    law_refused(ruling, POLICY_HOLDER_WITHHOLDS);
    law_verdicts(ruling, "mnm-m-");
    /* s.45 leaves no choice: what is withheld all the same goes to a person. */
    const struct law_question board = {"board/manager", "council-adults", "board-review",
                                       "board-duty", "board-papers.finding"};
    ruling = law_ask(law, board);
    law_refused(ruling, POLICY_HOLDER_WITHHOLDS);
    law_verdicts(ruling, "mrm-m-");
}

/* ---- rule 4 ---- */

static void consent_is_no_power_and_a_task_no_confidence(void **state) {
    struct law *law = *state;
    const struct law_question with_consent = {"charity/keyworker", "council-housing", "early-help",
                                              "help-consent", "tenancy.status"};
    law_said(law, CONSENT_KIND_BASIS, CONSENT_GIVEN);
    law_shared(law_ask(law, with_consent));
    OWN(policy_free)
    struct policy *other =
        law_spoil(law, "  article 6: a\n  covers: early-help\n  gateway: lga-1972-111\n",
                  "  article 6: a\n  covers: early-help\n");
    law_refused(law_ask(law, with_consent), POLICY_POWER_MISSING);
    assert_non_null(other);
    law->force.policy = law->policy;
    const struct policy_ruling *ruling = law_ask(law, SILENT);
    law_refused(ruling, POLICY_CONFIDENTIALITY_NOT_KNOWN);
    law_verdicts(ruling, "mwmrm-");
}

/* A basis that is closed to one of the parties stays closed where the emergency names it. */
static void basis_of_an_emergency_suits_the_parties(void **state) {
    struct law *law = *state;
    struct law_question other = LANDLORD;
    other.basis = "other";
    law_declare(law);
    static const char *const kinds[] = {"statutory", "law-enforcement"};
    for (int i = 0; i < 2; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "basis other\n  title: Of the emergency alone\n  kind: %s\n  article 6: e\n"
                 "  article 9: g, DPA 2018 Sch 1 para 18\n  article 10: DPA 2018 Sch 1 para 18\n"
                 "  covers: emergency-care, adult-safeguarding, homelessness, child-welfare, "
                 "tenancy-support\nemergency break-glass\n  basis for refusal: other\n",
                 kinds[i]);
        OWN(policy_free) struct policy *named = law_spoil(law, "emergency break-glass\n", text);
        law_refused(law_ask(law, other), i == 0 ? POLICY_REASON_NONE : POLICY_BASIS_NOT_ACCEPTED);
        assert_non_null(named);
    }
}

/* ---- rule 12 ---- */

static void obligations_tell_of_the_law(void **state) {
    struct law *law = *state;
    give_all_five(law);
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    law->request.has_compelling_reason = true;
    law_shared(law_ask(law, CROSSING));
    const struct span_list *codes = &law->outcome.duties.obligations;
    assert_int_equal(codes->count, 4);
    assert_true(span_equal_text(codes->items[0], "do-not-tell-crime"));
    assert_true(span_equal_text(codes->items[1], "law-unchecked"));
    assert_true(span_equal_text(codes->items[2], "objection-noted"));
    assert_true(span_equal_text(codes->items[3], "regime-crossing"));
    /* Only for a recorded reason, and only where one of the two is under Part 3. */
    law->request.no_consent_reason = span_text("cannot-give");
    law_shared(law_ask(law, CROSSING));
    assert_false(law_has_duty(law, "do-not-tell-crime"));
    law->request.no_consent_reason = span_text("would-prejudice");
    law_shared(law_ask(law, VIOLENCE));
    assert_false(law_has_duty(law, "do-not-tell-crime"));
}

/* ---- rule 13 ---- */

static void regime_is_one_or_the_other(void **state) {
    struct law *law = *state;
    give_all_five(law);
    const struct policy_ruling *ruling = law_ask(law, CROSSING);
    law_shared(ruling);
    assert_int_equal(ruling->term->regime, POLICY_REGIME_UK_GDPR);
    assert_true(ruling->term->regime_crossing);
    ruling = law_ask(law, VIOLENCE);
    assert_false(ruling->term->regime_crossing);
    OWN(policy_free)
    struct policy *same = law_spoil(law, "  receives under: policing\n",
                                    "  receives under: policing, crime-disorder\n");
    assert_false(law_ask(law, CROSSING)->term->regime_crossing);
    OWN(policy_free)
    struct policy *part3 = law_spoil(law, "  basis: crime-disorder\n  receives under: policing\n",
                                     "  basis: policing\n");
    struct law_question policing = CROSSING;
    policing.basis = "policing";
    ruling = law_ask(law, policing);
    assert_int_equal(ruling->term->regime, POLICY_REGIME_PART_3);
    law_refused(ruling, POLICY_POWER_MISSING);
    assert_non_null(same);
    assert_non_null(part3);
}

/* ---- rule 14 ---- */

static void unknown_means_refer(void **state) {
    struct law *law = *state;
    const struct law_question unsaid = {"council-adults/analyst", "hospital", "public-health",
                                        "planning-251", "patient.attendance"};
    const struct policy_ruling *ruling = law_ask(law, unsaid);
    law_refused(ruling, POLICY_POWER_NOT_KNOWN);
    law_verdicts(ruling, "mrm---");
    char *text = arena_text(law->arena, policy_remedy(law->permit, 0, ruling, law->arena));
    assert_non_null(strstr(text, "Caldicott Guardian of Example Hospital"));
    OWN(policy_free) struct policy *nobody = law_spoil(law, "  body: police\n", "");
    law_refused(law_ask(law, ENQUIRY), POLICY_POWER_NOT_KNOWN);
    law_refused(law_ask(law, VIOLENCE), POLICY_POWER_NOT_KNOWN);
    assert_non_null(nobody);
    OWN(policy_free)
    struct policy *lock = law_spoil(law,
                                    "  title: Enforce conditions of tenancies and licences\n"
                                    "  function: council-functions\n",
                                    "  title: Enforce conditions of tenancies and licences\n");
    const struct law_question enforcement = {"council-housing/enforcement", "council-adults",
                                             "housing-enforcement", "council-powers",
                                             "board-papers.finding"};
    law_refused(law_ask(law, enforcement), POLICY_POWER_NOT_KNOWN);
    assert_non_null(lock);
}

static void function_of_the_basis_where_the_purpose_has_none(void **state) {
    struct law *law = *state;
    const struct law_question unsaid = {"council-adults/analyst", "hospital", "public-health",
                                        "planning-251", "patient.attendance"};
    OWN(policy_free)
    struct policy *other =
        law_spoil(law, "  covers: service-planning, public-health\n",
                  "  covers: service-planning, public-health\n  function: medical-purposes\n");
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    law->facts.opt_out = (struct policy_opt_out){.is_known = true, .as_of_day = today};
    law_shared(law_ask(law, unsaid));
    assert_non_null(other);
}

/* ---- rule 15, and necessity ---- */

static void necessity_wants_all_five(void **state) {
    struct law *law = *state;
    for (unsigned i = 0; i < POLICY_NECESSITIES; i++) {
        give_all_five(law);
        law->request.necessity &= ~(1U << i);
        const struct policy_ruling *ruling = law_ask(law, CROSSING);
        law_refused(ruling, POLICY_NECESSITY_MISSING);
        law_verdicts(ruling, "mwm--n");
    }
    give_all_five(law);
    const struct policy_ruling *ruling = law_ask(law, CROSSING);
    law_shared(ruling);
    law_verdicts(ruling, "mwm-mm");
}

static void redacted_fields_ask_nothing_of_the_law(void **state) {
    struct law *law = *state;
    struct law_question name = PLANNING;
    name.field = "patient.name";
    const struct policy_ruling *ruling = law_ask(law, name);
    assert_int_equal(ruling->refusal, POLICY_REASON_NONE);
    assert_int_equal(ruling->treatment, TREATMENT_REDACT);
    law_verdicts(ruling, "m-m---");
    assert_int_equal(law->outcome.reason, POLICY_REDACTED);
}

static void statement_where_a_clause_asks_for_it(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *other = law_spoil(law, "  requires: necessity\n", "  requires: statement\n");
    law_refused(law_ask(law, CROSSING), POLICY_STATEMENT_MISSING);
    law->request.has_statement = true;
    law_shared(law_ask(law, CROSSING));
    assert_non_null(other);
}

/* ---- without a register ---- */

static void without_a_register_power_and_confidence_are_not_asked(void **state) {
    struct law *law = *state;
    struct policy *plain = NULL;
    assert_false(lg_failed(policy_compile(span_text(law->text), span_of(NULL, 0), NULL, &plain)));
    assert_true(policy_needs_law(plain));
    assert_null(policy_law(plain));
    law->force.policy = plain;
    const struct policy_ruling *ruling = law_ask(law, LANDLORD);
    law_shared(ruling);
    law_verdicts(ruling, "m-m-m-");
    law_shared(law_ask(law, VIOLENCE));
    law_shared(law_ask(law, DATES));
    /* What the text itself asks for still counts. */
    law_refused(law_ask(law, CROSSING), POLICY_NECESSITY_MISSING);
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    policy_free(&plain);
}

static void words_have_names(void **state) {
    (void)state;
    for (unsigned i = 0; i < POLICY_AXES; i++) {
        assert_true(strlen(policy_axis_name((enum policy_axis)i)) > 4);
    }
    for (unsigned i = 0; i <= POLICY_AXIS_NOT_MET; i++) {
        assert_true(strlen(policy_axis_verdict_name((enum policy_axis_verdict)i)) >= 3);
    }
    for (unsigned i = 0; i < POLICY_CONFIDENCES; i++) {
        assert_true(strlen(policy_confidence_name((enum policy_confidence)i)) >= 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(agreement_first_but_not_sufficient, law_begin, law_end),
        cmocka_unit_test_setup_teardown(review_that_is_due_is_a_warning, law_begin, law_end),
        cmocka_unit_test_setup_teardown(power_is_directional, law_begin, law_end),
        cmocka_unit_test_setup_teardown(power_serves_its_own_functions, law_begin, law_end),
        cmocka_unit_test_setup_teardown(aggregates_only, law_begin, law_end),
        cmocka_unit_test_setup_teardown(private_bodies_need_no_power, law_begin, law_end),
        cmocka_unit_test_setup_teardown(power_that_has_not_begun, law_begin, law_end),
        cmocka_unit_test_setup_teardown(carve_out_of_bodies_asks_for_the_body, law_begin, law_end),
        cmocka_unit_test_setup_teardown(statute_that_a_private_body_cites_binds_it, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(duty_changes_the_default, law_begin, law_end),
        cmocka_unit_test_setup_teardown(consent_is_no_power_and_a_task_no_confidence, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(basis_of_an_emergency_suits_the_parties, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(obligations_tell_of_the_law, law_begin, law_end),
        cmocka_unit_test_setup_teardown(regime_is_one_or_the_other, law_begin, law_end),
        cmocka_unit_test_setup_teardown(unknown_means_refer, law_begin, law_end),
        cmocka_unit_test_setup_teardown(function_of_the_basis_where_the_purpose_has_none, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(necessity_wants_all_five, law_begin, law_end),
        cmocka_unit_test_setup_teardown(redacted_fields_ask_nothing_of_the_law, law_begin, law_end),
        cmocka_unit_test_setup_teardown(statement_where_a_clause_asks_for_it, law_begin, law_end),
        cmocka_unit_test_setup_teardown(without_a_register_power_and_confidence_are_not_asked,
                                        law_begin, law_end),
        cmocka_unit_test(words_have_names),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
