/* SPDX-License-Identifier: Apache-2.0 */
/* The law goes by the data and by everything that it is for: a carve-out, a lock or a silence is
 * not got round by what an agreement cites, or by another agreement (design, law, 4.3, rules 2, 10
 * and 14). */
#include "tests/unit/policy_law_fixture.h"

static const struct law_question VIOLENCE = {"police/officer", "council-safety", "serious-violence",
                                             "violence-and-general", "incidents.summary"};
static const struct law_question NURSE = {"hospital/district-nurse", "council-adults",
                                          "direct-care", "care-duty", "care.package"};
static const struct law_question FINDING = {"council-housing/enforcement", "council-adults",
                                            "housing-enforcement", "council-powers",
                                            "board-papers.finding"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};

/* The agreement with several parts of it replaced, in force for the rest of the test. */
static struct policy *spoil_all(struct law *law, const char *const (*pairs)[2], size_t count) {
    char *text = law_replaced(law->text, pairs[0][0], pairs[0][1]);
    for (size_t i = 1; i < count; i++) {
        char *next = law_replaced(text, pairs[i][0], pairs[i][1]);
        free(text);
        text = next;
    }
    struct policy *policy = law_compile(law, text);
    free(text);
    law->force.policy = policy;
    return policy;
}

/* ---- functions ---- */

static const char VIOLENCE_ONLY[] = "  function: serious-violence\n";
static const char VIOLENCE_AND_CRIME[] = "  function: serious-violence, crime-and-disorder\n";
static const char CITED[] = "  gateway: pcsc-2022-16, localism-act-2011-1\n";

static void each_function_needs_its_power(void **state) {
    static const char *const one[][2] = {{VIOLENCE_ONLY, VIOLENCE_AND_CRIME},
                                         {CITED, "  gateway: pcsc-2022-16\n"}};
    static const char *const two[][2] = {{VIOLENCE_ONLY, VIOLENCE_AND_CRIME},
                                         {CITED, "  gateway: pcsc-2022-16, cda-1998-115\n"}};
    struct law *law = *state;
    OWN(policy_free) struct policy *lacking = spoil_all(law, one, 2);
    const struct policy_ruling *ruling = law_ask(law, VIOLENCE);
    law_refused(ruling, POLICY_POWER_MISSING);
    law_rests_on(law, ruling, "pcsc-2022-16");
    OWN(policy_free) struct policy *both = spoil_all(law, two, 2);
    ruling = law_ask(law, VIOLENCE);
    law_shared(ruling);
    law_rests_on(law, ruling, "pcsc-2022-16");
    /* One of the two was checked by nobody, and that one counts. */
    law_verdicts(ruling, "mwm-m-");
    assert_true(ruling->term->law_unchecked);
    assert_non_null(lacking);
    assert_non_null(both);
}

/* The strictest word of all that are relied on: a duty beside a power is none, and only what all of
 * them lift is lifted. */
static void the_strictest_of_several_counts(void **state) {
    static const char *const pairs[][2] = {
        {"  function: direct-care\n", "  function: direct-care, homelessness\n"},
        {"  gateway: hsca-2012-251b\n", "  gateway: hsca-2012-251b, housing-act-1996-213b\n"},
        {"  body: nhs-body\n", "  body: nhs-body, housing-authority\n"}};
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    law_shared(ruling);
    assert_int_equal(ruling->term->consent, POLICY_CONSENT_NOT_NEEDED);
    OWN(policy_free) struct policy *both = spoil_all(law, pairs, 3);
    ruling = law_ask(law, NURSE);
    law_refused(ruling, POLICY_CONSENT_MISSING);
    assert_int_equal(ruling->term->consent, POLICY_CONSENT_UNLESS_EMERGENCY);
    assert_true(ruling->term->is_duty && ruling->term->holder_may_withhold);
    assert_non_null(both);
}

/* What is known to lack goes before what a person has to find out. */
static void of_several_the_firmest_bar_is_told(void **state) {
    static const char *const pairs[][2] = {
        {VIOLENCE_ONLY, "  function: serious-violence, homelessness\n"},
        {CITED, "  gateway: pcsc-2022-16\n"}};
    struct law *law = *state;
    struct law_question names = VIOLENCE;
    names.source = "hospital";
    names.field = "patient.name";
    OWN(policy_free) struct policy *two = spoil_all(law, pairs, 2);
    law_refused(law_ask(law, VIOLENCE), POLICY_POWER_MISSING);
    const struct policy_ruling *ruling = law_ask(law, names);
    law_refused(ruling, POLICY_POWER_CARVED_OUT);
    law_rests_on(law, ruling, "pcsc-2022-16");
    assert_non_null(two);
}

/* ---- carve-outs ---- */

/* A general power alone, cited by a basis of its own: the specific one speaks of the data whether
 * the agreement cites it or not. */
static void what_nobody_cites_is_left_out_all_the_same(void **state) {
    static const char wide[] = "  functions: council-functions, homelessness, crime-and-disorder, "
                               "multiple-disadvantage\n";
    static const char wider[] = "  functions: council-functions, serious-violence\n";
    static const char *const pairs[][2] = {
        {CITED, "  gateway: localism-act-2011-1\n"},
        {"  body: nhs-body\n", "  body: nhs-body, local-authority\n"}};
    struct law *law = *state;
    struct law_question names = VIOLENCE;
    struct policy_register *statutes = law->statutes;
    struct diag diag = {0};
    names.source = "hospital";
    names.field = "patient.name";
    char *text = law_replaced(law->register_text, wide, wider);
    assert_false(lg_failed(policy_register_compile(span_text(text), &diag, &law->statutes)));
    OWN(policy_free) struct policy *general = spoil_all(law, pairs, 2);
    const struct policy_ruling *ruling = law_ask(law, names);
    law_refused(ruling, POLICY_POWER_CARVED_OUT);
    law_rests_on(law, ruling, "pcsc-2022-16");
    law_shared(law_ask(law, VIOLENCE)); /* what is not left out goes under the general one */
    policy_register_free(&law->statutes);
    law->statutes = statutes;
    free(text);
    assert_non_null(general);
}

/* ---- locks ---- */

/* A second agreement over the same field, which says nothing of how it was received. */
static void another_agreement_opens_no_lock(void **state) {
    static const char *const silent[][2] = {{"agreement law\n", "agreement other\n"},
                                            {"  received under: care-act-45\n", ""}};
    struct law *law = *state;
    OWN(policy_free) struct policy *other = spoil_all(law, silent, 2);
    law_shared(law_ask(law, FINDING)); /* alone there is no lock */
    const struct policy_force force[] = {{.policy = other}, {.policy = law->policy}};
    for (size_t i = 0; i < 2; i++) {
        /* Named or not, the question falls under both. */
        law->request.agreement = i == 0 ? span_text("") : span_text("other");
        assert_false(lg_failed(policy_decide(force, 2, &law->request, law->arena, &law->permit)));
        assert_int_equal(policy_permit_refusal(law->permit, 0), POLICY_PURPOSE_LOCKED);
    }
    /* A draft that nobody signed binds nobody. */
    const struct policy_force draft[] = {{.policy = other},
                                         {.policy = law->policy, .is_unsigned = true}};
    assert_false(lg_failed(policy_decide(draft, 2, &law->request, law->arena, &law->permit)));
    assert_int_equal(policy_permit_refusal(law->permit, 0), POLICY_REASON_NONE);
}

/* An agreement that names no register cannot tell which function it serves: referred. */
static void without_a_register_a_lock_refers(void **state) {
    static const char text[] =
        "isa 1\nagreement plain\n  title: Plain\n  version: 1\n"
        "  in force: 2026-04-01 to 2027-03-31\n  review due: 2027-01-31\n  review grace: 0 days\n"
        "  time zone: Europe/London\n  lead: council-adults\n  signatures needed: all parties\n"
        "  assessment: DPIA-1\n  contact: lead\n"
        "party council-adults\n  name: Adults\n  legal entity: Council\n  public authority: yes\n"
        "  competent authority: no\n  signs as: Director\n"
        "party council-housing\n  name: Housing\n  legal entity: Council\n"
        "  public authority: yes\n  competent authority: no\n  signs as: Head\n"
        "role council-housing/enforcement\n"
        "purpose housing-enforcement\n  title: Enforcement\n"
        "basis council-powers\n  title: Localism Act 2011 s.1\n  kind: statutory\n"
        "  article 6: e\n  article 9: g\n  covers: housing-enforcement\n"
        "category board-papers\n  title: Papers\n  class: special\n  held by: council-adults\n"
        "  fields: finding\n"
        "clause 1 share\n  title: Findings\n  from: council-adults\n  to: council-housing/*\n"
        "  purpose: housing-enforcement\n  basis: council-powers\n  consent: not needed\n"
        "  pass: board-papers.finding\n  keep: 1 day\n";
    struct law *law = *state;
    struct diag diag = {0};
    OWN(policy_free) struct policy *plain = NULL;
    assert_false(lg_failed(
        policy_compile_law(span_text(text), span_of(NULL, 0), law->statutes, &diag, &plain)));
    law->force.policy = plain;
    law_shared(law_ask(law, FINDING));
    const struct policy_force force[] = {{.policy = plain}, {.policy = law->policy}};
    law->request.agreement = span_text("plain");
    assert_false(lg_failed(policy_decide(force, 2, &law->request, law->arena, &law->permit)));
    assert_int_equal(policy_permit_refusal(law->permit, 0), POLICY_POWER_NOT_KNOWN);
}

/* ---- silence ---- */

/* Nobody says whether the hospital's special data is patient information. What holds for patient
 * information either way is shared; the rest is for a person to decide. */
static void silence_on_patient_information_refers(void **state) {
    static const char said[] =
        "  patient information: yes\n  opt-out: national, at most 7 days old\n"
        "\ncategory practice\n";
    static const char silent[] = "\ncategory practice\n";
    struct law *law = *state;
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    struct law_question names = VIOLENCE;
    names.source = "hospital";
    names.field = "patient.name";
    law->facts.opt_out = (struct policy_opt_out){.is_known = true, .as_of_day = today};
    law_shared(law_ask(law, PLANNING));
    OWN(policy_free) struct policy *unsaid = law_spoil(law, said, silent);
    const struct policy_ruling *ruling = law_ask(law, PLANNING);
    law_refused(ruling, POLICY_OPT_OUT_UNKNOWN);
    assert_true(policy_reason_is_referral(ruling->refusal));
    law_said(law, CONSENT_KIND_CONFIDENTIALITY, CONSENT_GIVEN);
    law_shared(law_ask(law, PLANNING));
    /* pcsc-2022-16 leaves out health bodies whatever the data is; a power that leaves out patient
     * information alone may leave this out. */
    law_refused(law_ask(law, names), POLICY_POWER_CARVED_OUT);
    static const char *const pairs[][2] = {
        {said, silent},
        {VIOLENCE_ONLY, "  function: multiple-disadvantage\n"},
        {CITED, "  gateway: dea-2017-part-5\n"},
        {"  body: nhs-body\n", "  body: nhs-body, local-authority\n"}};
    OWN(policy_free) struct policy *power = spoil_all(law, pairs, 4);
    law_refused(law_ask(law, names), POLICY_POWER_NOT_KNOWN);
    assert_non_null(unsaid);
    assert_non_null(power);
}

/* Likewise of the duty of confidence: a category that the agreement does not call confidential. */
static void silence_on_confidence_refers(void **state) {
    static const char said[] = "  confidential: yes\n  patient information: no\n";
    static const struct law_question notes = {"council-housing/officer", "council-adults",
                                              "early-help", "council-powers", "wellbeing.notes"};
    static const char route[] = "  title: Notes within the council, with no word on confidence\n";
    static const char implied[] = "  title: Notes\n  confidentiality: implied consent\n";
    static const char *const no[][2] = {{said, "  patient information: no\n"}, {route, implied}};
    static const char *const silent[][2] = {{said, ""}, {route, implied}};
    static const char *const sure[][2] = {{said, "  confidential: yes\n"}, {route, implied}};
    struct law *law = *state;
    law->facts.opt_out.is_known = true;
    OWN(policy_free) struct policy *none = spoil_all(law, no, 2);
    const struct policy_ruling *ruling = law_ask(law, notes);
    law_shared(ruling);
    law_verdicts(ruling, "mwm-m-");
    OWN(policy_free) struct policy *unsaid = spoil_all(law, silent, 2);
    law_refused(law_ask(law, notes), POLICY_CONFIDENTIALITY_NOT_KNOWN);
    OWN(policy_free) struct policy *confidential = spoil_all(law, sure, 2);
    law_refused(law_ask(law, notes), POLICY_CONFIDENTIALITY_NOT_MET);
    assert_non_null(none);
    assert_non_null(unsaid);
    assert_non_null(confidential);
}

/* ---- `law:` ---- */

static const char *const PLAIN[] = {
    "isa 1\nagreement plain\n  title: Plain\n  version: 1\n"
    "  in force: 2026-04-01 to 2027-03-31\n  review due: 2027-01-31\n  review grace: 0 days\n"
    "  time zone: Europe/London\n  lead: a\n  signatures needed: all parties\n"
    "  assessment: DPIA-1\n  contact: lead\n"
    "party z\n  name: Z\n  legal entity: Z\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\nrole z/worker\n",
    "party a\n  name: A\n  legal entity: A\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n",
    "purpose p\n  title: P\n",
    "basis b\n  title: Act 2000 s.1\n  kind: statutory\n  article 6: e\n  article 9: g\n"
    "  covers: p\n",
    "category c\n  title: C\n  class: special\n  held by: a\n  fields: f\n",
    "clause 1 share\n  title: S\n  from: a\n  to: z/*\n  purpose: p\n  basis: b\n"
    "  consent: not needed\n  pass: c.f\n  keep: 1 day\n",
};
enum { PLAIN_SECTIONS = sizeof PLAIN / sizeof PLAIN[0] };

/* The plain agreement with a setting more in one of its sections. */
static struct lg_err compile_plain(const struct policy_register *statutes, size_t section,
                                   const char *setting, struct diag *diag) {
    char text[4096];
    size_t at = 0;
    struct policy *policy = NULL;
    for (size_t i = 0; i < PLAIN_SECTIONS; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", PLAIN[i],
                               i == section ? setting : "");
    }
    struct lg_err err =
        policy_compile_law(span_text(text), span_of(NULL, 0), statutes, diag, &policy);
    policy_free(&policy);
    return err;
}

/* Every setting that only a register gives a meaning to demands one. */
static void words_of_the_register_demand_it(void **state) {
    static const struct {
        size_t section;
        const char *setting;
        const char *name;
    } cases[] = {
        {1, "  body: nhs-body\n", "`body`"},
        {2, "  function: direct-care\n", "`function`"},
        {3, "  gateway: care-act-45\n", "`gateway`"},
        {3, "  function: direct-care\n", "`function`"},
        {4, "  patient information: no\n", "`patient information`"},
        {4, "  opt-out: none\n", "`opt-out`"},
        {4, "  received under: care-act-45\n", "`received under`"},
        {5, "  confidentiality: implied consent\n", "`confidentiality`"},
    };
    struct law *law = *state;
    struct diag diag = {0};
    assert_false(lg_failed(compile_plain(NULL, 0, "", &diag)));
    assert_false(lg_failed(compile_plain(law->statutes, 0, "", &diag)));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        diag = (struct diag){0};
        assert_true(lg_failed(compile_plain(NULL, cases[i].section, cases[i].setting, &diag)));
        assert_non_null(strstr(diag.text, cases[i].name));
        assert_non_null(strstr(diag.text, "needs `law: EDITION`"));
        diag = (struct diag){0};
        assert_true(
            lg_failed(compile_plain(law->statutes, cases[i].section, cases[i].setting, &diag)));
        assert_non_null(strstr(diag.text, "needs `law: uk-2026-11`"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_function_needs_its_power, law_begin, law_end),
        cmocka_unit_test_setup_teardown(the_strictest_of_several_counts, law_begin, law_end),
        cmocka_unit_test_setup_teardown(of_several_the_firmest_bar_is_told, law_begin, law_end),
        cmocka_unit_test_setup_teardown(what_nobody_cites_is_left_out_all_the_same, law_begin,
                                        law_end),
        cmocka_unit_test_setup_teardown(another_agreement_opens_no_lock, law_begin, law_end),
        cmocka_unit_test_setup_teardown(without_a_register_a_lock_refers, law_begin, law_end),
        cmocka_unit_test_setup_teardown(silence_on_patient_information_refers, law_begin, law_end),
        cmocka_unit_test_setup_teardown(silence_on_confidence_refers, law_begin, law_end),
        cmocka_unit_test_setup_teardown(words_of_the_register_demand_it, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
