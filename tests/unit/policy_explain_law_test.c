/* SPDX-License-Identifier: Apache-2.0 */
/* The axes of a decision for three readers, under a statute register. */
#include "policy/explain/explain.h"
#include "tests/unit/policy_law_chance.h"

enum { ASKED = 1500 };

static const struct law_question NURSE = {"hospital/district-nurse", "council-adults",
                                          "direct-care", "care-duty", "care.package"};
static const struct law_question TASK = {"council-adults/officer", "council-housing", "early-help",
                                         "council-powers", "tenancy.status"};
static const struct law_question NOTES = {"council-adults/social-worker", "charity",
                                          "adult-safeguarding", "charity-interest",
                                          "wellbeing.notes"};

static const struct policy_explanation *
explain_with(struct law *law, const struct policy_facts *facts, enum policy_reader reader) {
    const struct policy_explain_what what = {.facts = facts, .reader = reader};
    struct policy_explained_source out;
    assert_false(lg_failed(policy_explain(law->permit, &what, law->arena, &out)));
    assert_int_equal(out.field_count, 1);
    return &out.fields[0];
}

static const struct policy_explained_axis *axis_of(const struct policy_explanation *it,
                                                   enum policy_axis axis) {
    for (size_t i = 0; i < it->axis_count; i++) {
        if (it->axes[i].axis == axis) {
            return &it->axes[i];
        }
    }
    return NULL;
}

static void must_say(struct span said, const char *wanted) {
    if (!span_equal_text(said, wanted)) {
        fail_msg("%.*s", (int)said.len, (const char *)said.ptr);
    }
}

static void axis_says(const struct policy_explanation *it, enum policy_axis axis,
                      enum policy_axis_verdict verdict, const char *source) {
    const struct policy_explained_axis *found = axis_of(it, axis);
    assert_non_null(found);
    assert_int_equal(found->verdict, verdict);
    must_say(found->source, source);
}

/* An auditor reads the word of the ruling, and each verdict with what it rests on. */
static void auditors_read_six_axes(void **state) {
    struct law *law = *state;
    const struct policy_ruling *ruling = law_ask(law, NURSE);
    law_shared(ruling);
    const struct policy_explanation *it = explain_with(law, &law->facts, POLICY_READER_AUDITOR);
    assert_int_equal(it->axis_count, POLICY_AXES);
    for (size_t i = 0; i < it->axis_count; i++) {
        assert_int_equal(it->axes[i].axis, i);
        assert_int_equal(it->axes[i].verdict, policy_axes_get(ruling->axes, it->axes[i].axis));
    }
    axis_says(it, POLICY_AXIS_CONFIDENTIALITY, POLICY_AXIS_MET, "implied consent");
    axis_says(it, POLICY_AXIS_BASIS, POLICY_AXIS_MET,
              "Health and Social Care Act 2012 s.251B, provision of care: UK GDPR Article 6(1) e, "
              "Article 9(2) h, DPA 2018 Sch 1 para 2");
    axis_says(it, POLICY_AXIS_NECESSITY, POLICY_AXIS_NOT_ASKED, "");
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    law_refused(law_ask(law, TASK), POLICY_OBJECTION_REGISTERED);
    it = explain_with(law, &law->facts, POLICY_READER_AUDITOR);
    axis_says(it, POLICY_AXIS_OBJECTION, POLICY_AXIS_REFERRED, "objection of the person");
}

/* What rests on the person is not among the requester's axes, whatever the class of the data. */
static void requesters_read_four_axes(void **state) {
    struct law *law = *state;
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    law_refused(law_ask(law, TASK), POLICY_OBJECTION_REGISTERED);
    const struct policy_explanation *it = explain_with(law, &law->facts, POLICY_READER_REQUESTER);
    assert_int_equal(it->axis_count, 4);
    assert_null(axis_of(it, POLICY_AXIS_CONFIDENTIALITY));
    assert_null(axis_of(it, POLICY_AXIS_OBJECTION));
    assert_int_equal(axis_of(it, POLICY_AXIS_POWER)->verdict, POLICY_AXIS_MET_WITH_WARNING);
    struct policy_explanation term;
    assert_false(lg_failed(policy_explain_term(law->permit, 0, 0, law->arena, &term)));
    assert_int_equal(term.axis_count, 4);
    /* Without facts nobody reads more. */
    it = explain_with(law, NULL, POLICY_READER_AUDITOR);
    assert_int_equal(it->axis_count, 4);
}

/* A source that may not know who asks reads no basis and no power, and of an emergency that there
 * was one. */
static void sources_read_no_more_than_they_are_told(void **state) {
    struct law *law = *state;
    law->request.has_statement = true;
    law_declare(law);
    law_shared(law_ask(law, NOTES));
    assert_int_equal(policy_permit_tells(law->permit, 0), POLICY_TELLS_PERMIT);
    const struct policy_explanation *it = explain_with(law, &law->facts, POLICY_READER_SOURCE);
    assert_int_equal(it->axis_count, POLICY_AXES);
    axis_says(it, POLICY_AXIS_BASIS, POLICY_AXIS_MET, "");
    axis_says(it, POLICY_AXIS_CONFIDENTIALITY, POLICY_AXIS_MET, "public interest");
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    for (size_t i = 0; i < LAW_QUESTIONS; i++) {
        law_ask(law, law_questions[i]);
        it = explain_with(law, &law->facts, POLICY_READER_SOURCE);
        bool told = policy_permit_tells(law->permit, 0) != POLICY_TELLS_PERMIT;
        for (size_t j = 0; j < it->axis_count; j++) {
            bool is_set_aside = it->axes[j].verdict == POLICY_AXIS_SET_ASIDE;
            if (!told && is_set_aside) {
                must_say(it->axes[j].source, "an emergency");
            }
        }
    }
}

/* The same axes for everybody, over random questions and random facts. */
static void requesters_axes_do_not_depend_on_the_person(void **state) {
    struct law *law = *state;
    struct law_chance chance = {.state = 31};
    unsigned refused = 0;
    for (int i = 0; i < ASKED; i++) {
        assert_int_equal(law_begin(state), 0);
        law_chance_request(law, &chance);
        law_chance_facts(law, &chance);
        refused += law_ask(law, law_chance_question(&chance))->refusal != POLICY_REASON_NONE;
        const struct policy_facts nobody = {0};
        const struct policy_explanation *a =
            explain_with(law, &law->facts, POLICY_READER_REQUESTER);
        const struct policy_explanation *b = explain_with(law, &nobody, POLICY_READER_REQUESTER);
        assert_int_equal(a->axis_count, b->axis_count);
        for (size_t j = 0; j < a->axis_count; j++) {
            assert_int_equal(a->axes[j].axis, b->axes[j].axis);
            assert_int_equal(a->axes[j].verdict, b->axes[j].verdict);
            assert_true(span_equal(a->axes[j].source, b->axes[j].source));
        }
        law_end(state);
    }
    assert_true(refused > ASKED / 4 && refused < ASKED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(auditors_read_six_axes, law_begin, law_end),
        cmocka_unit_test_setup_teardown(requesters_read_four_axes, law_begin, law_end),
        cmocka_unit_test_setup_teardown(sources_read_no_more_than_they_are_told, law_begin,
                                        law_end),
        cmocka_unit_test(requesters_axes_do_not_depend_on_the_person),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
