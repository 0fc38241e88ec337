/* SPDX-License-Identifier: Apache-2.0 */
/* The axes at their edges: data that a power leaves out, powers that are equally good, carers and
 * others, statutes that nobody checked, what each verdict says of itself, and the next step where
 * there is no register. */
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_law_fixture.h"

static const struct law_question VIOLENCE = {"police/officer", "council-safety", "serious-violence",
                                             "serious-violence-power", "incidents.summary"};
static const struct law_question CROSSING = {"police/officer", "council-safety", "crime-prevention",
                                             "crime-disorder", "incidents.summary"};
static const struct law_question CONCERN = {"council-childrens/social-worker", "school",
                                            "child-welfare", "welfare-duty",
                                            "school-record.concern"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};
static const struct law_question LANDLORD = {"housing-association/officer", "gp", "tenancy-support",
                                             "practice-task", "practice.diagnosis"};
static const struct law_question TASK = {"council-adults/officer", "council-housing", "early-help",
                                         "council-powers", "tenancy.status"};

/* The agreement with several passages replaced, in force for the rest of the test. */
static struct policy *spoil_all(struct law *law, const struct edit *edits, size_t count) {
    char *text = with_edits(edited(law->text, "", ""), edits, count);
    struct policy *policy = law_compile(law, text);
    free(text);
    law->force.policy = policy;
    return policy;
}

/* The register with several passages replaced, and the agreement under it. */
static struct policy *under_register(struct law *law, const struct edit *edits, size_t count,
                                     const struct edit *agreement_edits, size_t agreement_count) {
    struct policy_register *kept = law->statutes;
    struct diag diag = {0};
    char *text = with_edits(edited(law->register_text, "", ""), edits, count);
    if (lg_failed(policy_register_compile(span_text(text), &diag, &law->statutes))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    struct policy *policy = spoil_all(law, agreement_edits, agreement_count);
    policy_register_free(&law->statutes);
    law->statutes = kept;
    free(text);
    return policy;
}

/* ---- powers ---- */

/* The source is none of the bodies that s.16 leaves out; the data is patient information. */
static void data_that_a_power_leaves_out(void **state) {
    static const struct edit patients[] = {{"  held by: police, council-safety\n",
                                            "  held by: police, council-safety\n"
                                            "  patient information: yes\n"}};
    struct law *law = *state;
    law_shared(law_ask(law, VIOLENCE));
    OWN(policy_free) struct policy *policy = spoil_all(law, patients, 1);
    const struct policy_ruling *ruling = law_ask(law, VIOLENCE);
    law_refused(ruling, POLICY_POWER_CARVED_OUT);
    law_rests_on(law, ruling, "pcsc-2022-16");
    assert_non_null(policy);
}

/* Of two that do not carry it the one that only has to begin comes nearer, wherever it is cited. */
static void a_power_that_has_only_to_begin(void **state) {
    static const struct edit cited[][1] = {
        {{"  gateway: children-act-2004-16lc\n",
          "  gateway: children-act-2004-16lc, children-act-1989-47\n"}},
        {{"  gateway: children-act-2004-16lc\n",
          "  gateway: children-act-1989-47, children-act-2004-16lc\n"}},
    };
    struct law *law = *state;
    struct law_question identifier = CONCERN;
    identifier.basis = "identifier-duty";
    identifier.field = "school-record.identifier";
    for (size_t i = 0; i < 2; i++) {
        OWN(policy_free) struct policy *policy = spoil_all(law, cited[i], 1);
        const struct policy_ruling *ruling = law_ask(law, identifier);
        law_refused(ruling, POLICY_POWER_NOT_COMMENCED);
        law_rests_on(law, ruling, "children-act-2004-16lc");
        assert_non_null(policy);
    }
}

/* Both checked, both specific: the one that is cited first. */
static void powers_that_are_equally_good(void **state) {
    static const struct edit checked[] = {
        {"  in force from: 1998-09-30\n  source:\n",
         "  in force from: 1998-09-30\n  checked by: A. Lawyer\n  checked on: 2026-11-01\n"
         "  source:\n"},
        {"  functions: serious-violence\n", "  functions: serious-violence, crime-and-disorder\n"},
    };
    static const struct {
        struct edit cited[1];
        const char *relied_on;
    } cases[] = {
        {{{"  gateway: cda-1998-115\n", "  gateway: cda-1998-115, pcsc-2022-16\n"}},
         "cda-1998-115"},
        {{{"  gateway: cda-1998-115\n", "  gateway: pcsc-2022-16, cda-1998-115\n"}},
         "pcsc-2022-16"},
    };
    struct law *law = *state;
    law->request.necessity = (1U << POLICY_NECESSITIES) - 1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OWN(policy_free)
        struct policy *policy = under_register(law, checked, 2, cases[i].cited, 1);
        const struct policy_ruling *ruling = law_ask(law, CROSSING);
        law_shared(ruling);
        law_rests_on(law, ruling, cases[i].relied_on);
        assert_int_equal(policy_axes_get(ruling->axes, POLICY_AXIS_POWER), POLICY_AXIS_MET);
        assert_non_null(policy);
    }
}

/* A general power that would carry it does not save what a specific one leaves out, whichever is
 * cited first; without the specific one it does carry. */
static void a_general_power_does_not_save(void **state) {
    static const struct {
        const char *cited;
        enum policy_reason reason;
    } cases[] = {
        {"  gateway: pcsc-2022-16, localism-act-2011-1\n", POLICY_POWER_CARVED_OUT},
        {"  gateway: localism-act-2011-1, pcsc-2022-16\n", POLICY_POWER_CARVED_OUT},
    };
    static const struct edit functions[] = {
        {"  functions: council-functions, homelessness, crime-and-disorder, "
         "multiple-disadvantage\n",
         "  functions: council-functions, serious-violence\n"}};
    struct law *law = *state;
    struct law_question names = VIOLENCE;
    names.source = "hospital";
    names.field = "patient.name";
    names.basis = "violence-and-general";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct edit edits[] = {
            {"  gateway: pcsc-2022-16, localism-act-2011-1\n", cases[i].cited},
            {"  body: nhs-body\n", "  body: nhs-body, local-authority\n"},
        };
        OWN(policy_free) struct policy *policy = under_register(law, functions, 1, edits, 2);
        law_refused(law_ask(law, names), cases[i].reason);
        assert_non_null(policy);
    }
}

/* A general power may leave something out itself. */
static void a_general_power_that_leaves_out(void **state) {
    static const struct edit leaves_out[] = {
        {"  functions: council-functions\n  general: yes\n  in force from: 1974-04-01\n",
         "  functions: council-functions\n  except data: special\n  general: yes\n"
         "  in force from: 1974-04-01\n"}};
    static const struct edit special[] = {
        {"  title: Tenancies\n  class: ordinary\n",
         "  title: Tenancies\n  class: special\n  patient information: no\n"},
        {"  basis: help-consent\n  consent: required\n  pass: tenancy.status, tenancy.arrears\n",
         "  basis: help-consent\n  consent: required\n  pass: support.worker\n"},
        {"  from: council-housing, housing-association\n  to: charity/keyworker\n",
         "  from: council-housing\n  to: charity/keyworker\n"},
        {"  basis: council-powers, no-gateway\n", "  basis: council-powers\n"},
    };
    struct law *law = *state;
    law_shared(law_ask(law, TASK));
    OWN(policy_free) struct policy *policy = under_register(law, leaves_out, 1, special, 4);
    const struct policy_ruling *ruling = law_ask(law, TASK);
    law_refused(ruling, POLICY_POWER_CARVED_OUT);
    law_rests_on(law, ruling, "lga-1972-111");
    assert_non_null(policy);
}

/* A private body needs no power, and a duty binds it all the same. */
static void a_duty_of_a_private_body(void **state) {
    static const struct edit charity[] = {
        {"  title: What the school knows\n  class: ordinary\n  held by: school\n",
         "  title: What the school knows\n  class: ordinary\n  held by: school, charity\n"},
        {"  from: school\n  to: council-childrens/*\n",
         "  from: school, charity\n  to: council-childrens/*\n"},
    };
    struct law *law = *state;
    struct law_question concern = CONCERN;
    concern.source = "charity";
    OWN(policy_free) struct policy *policy = spoil_all(law, charity, 2);
    const struct policy_ruling *ruling = law_ask(law, concern);
    law_shared(ruling);
    law_rests_on(law, ruling, "children-act-2004-16la");
    assert_true(ruling->term->is_duty);
    assert_non_null(policy);
}

/* Nobody has to give reasons for what is redacted anyway. */
static void necessity_of_what_is_redacted(void **state) {
    static const struct edit redacts[] = {
        {"  requires: necessity\n  pass: incidents.summary\n",
         "  requires: necessity\n  pass: incidents.summary\n  redact: incidents.count\n"}};
    struct law *law = *state;
    struct law_question count = CROSSING;
    count.field = "incidents.count";
    OWN(policy_free) struct policy *policy = spoil_all(law, redacts, 1);
    law_refused(law_ask(law, CROSSING), POLICY_NECESSITY_MISSING);
    const struct policy_ruling *ruling = law_ask(law, count);
    assert_int_equal(ruling->refusal, POLICY_REASON_NONE);
    assert_int_equal(ruling->treatment, TREATMENT_REDACT);
    assert_int_equal(policy_axes_get(ruling->axes, POLICY_AXIS_NECESSITY), POLICY_AXIS_NOT_ASKED);
    assert_non_null(policy);
}

/* ---- confidence ---- */

/* Implied consent is between those who give care, on both sides. */
static void implied_consent_is_between_carers(void **state) {
    static const char covers[] = "  covers: tenancy-support\n";
    static const char route[] = "  purpose: direct-care\n  basis: practice-task\n"
                                "  consent: not needed\n  confidentiality: implied consent\n";
    static const struct {
        const char *parties; /* of clause 3.1, for direct care */
        const char *who;
        enum policy_reason reason;
    } cases[] = {
        {"  from: gp\n  to: hospital/doctor\n", "hospital/doctor", POLICY_REASON_NONE},
        {"  from: gp\n  to: housing-association/officer\n", "housing-association/officer",
         POLICY_CONFIDENTIALITY_NOT_MET},
        {"  from: charity\n  to: hospital/doctor\n", "hospital/doctor",
         POLICY_CONFIDENTIALITY_NOT_MET},
        {"  from: charity\n  to: housing-association/officer\n", "housing-association/officer",
         POLICY_CONFIDENTIALITY_NOT_MET},
    };
    struct law *law = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char clause[512];
        snprintf(clause, sizeof clause, "%s%s  pass: practice.diagnosis\n", cases[i].parties,
                 route);
        const struct edit edits[] = {
            {covers, "  covers: tenancy-support, direct-care\n"},
            {"  title: Records of the practice\n  class: special\n  held by: gp\n",
             "  title: Records of the practice\n  class: special\n  held by: gp, charity\n"},
            {"  from: gp\n  to: housing-association/officer\n  purpose: tenancy-support\n"
             "  basis: practice-task\n  consent: not needed\n"
             "  confidentiality: implied consent, explicit consent\n"
             "  pass: practice.diagnosis, support-headline.in-place\n",
             clause},
            {"    council-childrens/team-manager, housing-association/officer\n",
             "    council-childrens/team-manager\n"},
        };
        OWN(policy_free) struct policy *policy = spoil_all(law, edits, 4);
        struct law_question care = LANDLORD;
        care.who = cases[i].who;
        care.source = strstr(cases[i].parties, "charity") != NULL ? "charity" : "gp";
        care.purpose = "direct-care";
        law_refused(law_ask(law, care), cases[i].reason);
        assert_non_null(policy);
    }
}

/* Patient information is owed confidence whether the category says so or not. */
static void patient_information_is_confidential(void **state) {
    static const struct edit unsaid[] = {{"  fields: diagnosis, medication\n  confidential: yes\n",
                                          "  fields: diagnosis, medication\n"}};
    static const struct edit neither[] = {
        {"  fields: diagnosis, medication\n  confidential: yes\n  patient information: yes\n",
         "  fields: diagnosis, medication\n  patient information: no\n"}};
    struct law *law = *state;
    OWN(policy_free) struct policy *patient = spoil_all(law, unsaid, 1);
    law_refused(law_ask(law, LANDLORD), POLICY_CONFIDENTIALITY_NOT_MET);
    OWN(policy_free) struct policy *plain = spoil_all(law, neither, 1);
    const struct policy_ruling *ruling = law_ask(law, LANDLORD);
    law_shared(ruling);
    assert_int_equal(policy_axes_get(ruling->axes, POLICY_AXIS_CONFIDENTIALITY),
                     POLICY_AXIS_NOT_ASKED);
    assert_non_null(patient);
    assert_non_null(plain);
}

/* A statute that lifts the duty of confidence, and that nobody has checked, does so with a
 * warning. */
static void an_unchecked_statute_lifts_with_a_warning(void **state) {
    static const struct edit unchecked[] = {
        {"  in force from: 2023-01-31\n  checked by: design study, statutory text read, no lawyer\n"
         "  checked on: 2026-11-30\n",
         "  in force from: 2023-01-31\n"}};
    static const struct edit confidential[] = {
        {"  held by: police, council-safety\n",
         "  held by: police, council-safety\n  confidential: yes\n"}};
    struct law *law = *state;
    OWN(policy_free) struct policy *checked = spoil_all(law, confidential, 1);
    const struct policy_ruling *ruling = law_ask(law, VIOLENCE);
    law_shared(ruling);
    law_verdicts(ruling, "mmmmm-");
    OWN(policy_free)
    struct policy *not_checked = under_register(law, unchecked, 1, confidential, 1);
    ruling = law_ask(law, VIOLENCE);
    law_shared(ruling);
    law_verdicts(ruling, "mwmwm-");
    assert_non_null(checked);
    assert_non_null(not_checked);
}

/* An explicit consent of no stated kind is no permission against the opt-out. */
static void a_consent_of_no_kind_leaves_the_opt_out(void **state) {
    static const struct {
        enum consent_kind kind;
        enum policy_reason reason;
    } cases[] = {
        {CONSENT_KIND_NOT_STATED, POLICY_OPT_OUT_APPLIES},
        {CONSENT_KIND_SERVICE, POLICY_OPT_OUT_APPLIES},
        {CONSENT_KIND_BASIS, POLICY_REASON_NONE},
        {CONSENT_KIND_CONFIDENTIALITY, POLICY_REASON_NONE},
    };
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    law->facts.opt_out = (struct policy_opt_out){true, true, today};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        law_said(law, cases[i].kind, CONSENT_GIVEN);
        law_refused(law_ask(law, PLANNING), cases[i].reason);
    }
}

/* "At most 1 day old" is written with one day. */
static void an_opt_out_of_yesterday(void **state) {
    static const char from[] = "  fields: name, attendance, allergies\n  confidential: yes\n"
                               "  patient information: yes\n  opt-out: national, at most 7 days";
    static const char to[] = "  fields: name, attendance, allergies\n  confidential: yes\n"
                             "  patient information: yes\n  opt-out: national, at most 1 day";
    static const struct edit daily[] = {{from, to}};
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    OWN(policy_free) struct policy *policy = spoil_all(law, daily, 1);
    law->facts.opt_out = (struct policy_opt_out){true, false, today - 1};
    law_shared(law_ask(law, PLANNING));
    law->facts.opt_out.as_of_day = today - 2;
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    assert_non_null(policy);
}

/* ---- what verdicts say ---- */

static void says(struct law *law, const struct policy_ruling *ruling, enum policy_axis axis,
                 const char *text) {
    struct policy_axis_view view = policy_axis_read(ruling, axis, law->arena);
    char *found = arena_text(law->arena, view.source);
    assert_non_null(found);
    assert_string_equal(found, text);
}

static void a_basis_that_nobody_knows_says_nothing(void **state) {
    struct law *law = *state;
    struct law_question unknown = TASK;
    unknown.basis = "whatever";
    const struct policy_ruling *ruling = law_ask(law, unknown);
    law_refused(ruling, POLICY_BASIS_NOT_ACCEPTED);
    says(law, ruling, POLICY_AXIS_BASIS, "");
}

static void part_3_says_so(void **state) {
    static const struct edit policing[] = {
        {"  basis: crime-disorder\n  receives under: policing\n", "  basis: policing\n"}};
    struct law *law = *state;
    struct law_question question = CROSSING;
    question.basis = "policing";
    OWN(policy_free) struct policy *policy = spoil_all(law, policing, 1);
    says(law, law_ask(law, question), POLICY_AXIS_BASIS,
         "Law enforcement purposes, DPA 2018 Part 3: DPA 2018 Part 3, Article 10 DPA 2018 Part 3, "
         "strictly necessary");
    assert_non_null(policy);
}

static void an_opt_out_says_so(void **state) {
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    law->facts.opt_out = (struct policy_opt_out){true, true, today};
    const struct policy_ruling *ruling = law_ask(law, PLANNING);
    law_refused(ruling, POLICY_OPT_OUT_APPLIES);
    says(law, ruling, POLICY_AXIS_OBJECTION, "National Data Opt-Out");
}

/* ---- the holder, and what others say of how data was received ---- */

/* What the holder decides is not the person's word: of ordinary data whoever asks is told whom to
 * go to, and of special data what is told of everybody. */
static void the_next_step_where_the_holder_withholds(void **state) {
    struct law *law = *state;
    law->facts.holder_withholds = true;
    const struct policy_ruling *ruling = law_ask(law, CONCERN);
    law_refused(ruling, POLICY_HOLDER_WITHHOLDS);
    assert_string_equal(
        arena_text(law->arena, policy_remedy(law->permit, 0, ruling, law->arena)),
        "Refer it to the Head Teacher of Example High School, who decides and records it.");
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    law->facts.opt_out = (struct policy_opt_out){true, false, today};
    ruling = law_ask(law, PLANNING);
    law_refused(ruling, POLICY_HOLDER_WITHHOLDS);
    assert_string_equal(
        arena_text(law->arena, policy_remedy(law->permit, 0, ruling, law->arena)),
        "Ask the person, or refer it to the Caldicott Guardian of Example Hospital.");
}

/* A lock that another agreement states binds under its own edition of the register; under another
 * one nobody can tell whether the purpose is open. */
static void a_lock_under_another_edition(void **state) {
    static const struct edit free_papers[] = {{"  received under: care-act-45\n", ""}};
    static const struct edit other[] = {{"agreement law\n", "agreement other\n"}};
    static const struct edit other_edition[] = {{"agreement law\n", "agreement other\n"},
                                                {"  law: uk-2026-11\n", "  law: uk-2026-12\n"}};
    static const struct edit edition[] = {{"edition uk-2026-11\n", "edition uk-2026-12\n"}};
    static const struct law_question enforcement = {"council-housing/enforcement", "council-adults",
                                                    "housing-enforcement", "council-powers",
                                                    "board-papers.finding"};
    struct law *law = *state;
    OWN(policy_free) struct policy *same = spoil_all(law, other, 1);
    OWN(policy_free) struct policy *later = under_register(law, edition, 1, other_edition, 2);
    OWN(policy_free) struct policy *asked = spoil_all(law, free_papers, 1);
    const struct {
        const struct policy *other;
        enum policy_reason reason;
    } cases[] = {{same, POLICY_PURPOSE_LOCKED}, {later, POLICY_POWER_NOT_KNOWN}};
    law_shared(law_ask(law, enforcement));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct policy_force forces[] = {{.policy = asked}, {.policy = cases[i].other}};
        const struct permit *permit = NULL;
        law->request.agreement = span_text("law");
        (void)law_ask(law, enforcement);
        assert_false(lg_failed(policy_decide(forces, 2, &law->request, law->arena, &permit)));
        assert_int_equal(policy_permit_term(permit, 0, 0)->refusal, cases[i].reason);
    }
}

/* ---- the next step without a register ---- */

/* An officer is named where the agreement itself has something for one to decide. */
static void the_next_step_without_a_register(void **state) {
    static const struct law_question notes = {"council-adults/social-worker", "charity",
                                              "adult-safeguarding", "charity-interest",
                                              "wellbeing.notes"};
    static const char asks_notes[] = "  basis: charity-interest\n  receives under: care-act-duty\n"
                                     "  consent: required\n  pass: wellbeing.notes\n";
    static const char refers_notes[] =
        "  basis: charity-interest\n  receives under: care-act-duty\n"
        "  consent: required\n  objection: refer\n  pass: wellbeing.notes\n";
    static const char notes_now[] = "  basis: charity-interest\n  receives under: care-act-duty\n"
                                    "  consent: not needed\n"
                                    "  confidentiality: explicit consent, public interest\n"
                                    "  pass: wellbeing.notes\n";
    static const struct {
        const struct law_question *question;
        struct edit edits[1];
        const char *officer; /* NULL: none is named */
    } cases[] = {
        {&notes, {{notes_now, asks_notes}}, NULL},
        {&notes,
         {{notes_now, refers_notes}},
         "refer it to the Chief Executive of Example Family Support"},
        {&PLANNING,
         {{"  basis: planning-251\n  consent: not needed\n"
           "  confidentiality: section 251 25/CAG/0042\n  pseudonymise: patient.attendance\n"
           "  redact: patient.name\n",
           "  basis: planning-251\n  consent: required\n"
           "  pseudonymise: patient.attendance\n"}},
         "refer it to the Caldicott Guardian of Example Hospital"},
    };
    struct law *law = *state;
    law->request.has_statement = true;
    law_said(law, CONSENT_KIND_NOT_STATED, CONSENT_REFUSED);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy *policy = NULL;
        struct diag diag = {0};
        char *text = with_edits(edited(law->text, "", ""), cases[i].edits, 1);
        if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy))) {
            fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
        }
        law->force.policy = policy;
        const struct policy_ruling *ruling = law_ask(law, *cases[i].question);
        law_refused(ruling, POLICY_CONSENT_REFUSED);
        struct span remedy = policy_remedy(law->permit, 0, ruling, law->arena);
        char *step = arena_text(law->arena, remedy);
        const char *officer = cases[i].officer == NULL ? "refer it to" : cases[i].officer;
        assert_int_equal(strstr(step, officer) != NULL, cases[i].officer != NULL);
        policy_free(&policy);
        free(text);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, law_begin, law_end)
    const struct CMUnitTest tests[] = {
        CASE(data_that_a_power_leaves_out),
        CASE(a_power_that_has_only_to_begin),
        CASE(powers_that_are_equally_good),
        CASE(a_general_power_does_not_save),
        CASE(a_general_power_that_leaves_out),
        CASE(a_duty_of_a_private_body),
        CASE(necessity_of_what_is_redacted),
        CASE(implied_consent_is_between_carers),
        CASE(patient_information_is_confidential),
        CASE(an_unchecked_statute_lifts_with_a_warning),
        CASE(a_consent_of_no_kind_leaves_the_opt_out),
        CASE(an_opt_out_of_yesterday),
        CASE(a_basis_that_nobody_knows_says_nothing),
        CASE(part_3_says_so),
        CASE(an_opt_out_says_so),
        CASE(the_next_step_where_the_holder_withholds),
        CASE(a_lock_under_another_edition),
        CASE(the_next_step_without_a_register),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
