/* SPDX-License-Identifier: Apache-2.0 */
/* Each request for memory failing in turn while a register is read, an agreement is compiled under
 * it, and its axes are judged and told; while a promise is found to be broken, and while two
 * versions are compared for who joined. */
#include "gateway/base/limits.h"
#include "policy/accession.h"
#include "policy/lint/lint.h"
#include "tests/support/arena_fail.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_law_fixture.h"

static struct lg_err read_register(void *ctx, struct arena *arena) {
    const struct law *law = ctx;
    struct policy_register *it = NULL;
    (void)arena;
    struct lg_err err = policy_register_compile(span_text(law->register_text), NULL, &it);
    assert_int_equal(it == NULL, lg_failed(err));
    policy_register_free(&it);
    return err;
}

static struct lg_err compile_under_law(void *ctx, struct arena *arena) {
    const struct law *law = ctx;
    struct policy *policy = NULL;
    (void)arena;
    struct lg_err err =
        policy_compile_law(span_text(law->text), span_of(NULL, 0), law->statutes, NULL, &policy);
    assert_int_equal(policy == NULL, lg_failed(err));
    policy_free(&policy);
    return err;
}

/* With all the memory that it asks for, the text is refused for its promise. */
static struct lg_err compile_broken(void *ctx, struct arena *arena) {
    struct policy *policy = NULL;
    struct diag diag = {0};
    (void)arena;
    struct lg_err err =
        policy_compile(span_text((const char *)ctx), span_of(NULL, 0), &diag, &policy);
    assert_true(lg_failed(err));
    assert_null(policy);
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return err;
    }
    assert_non_null(strstr(diag.text, "promise P1 is broken"));
    return LG_OK;
}

static const struct law_question questions[] = {
    {"hospital/district-nurse", "council-adults", "direct-care", "care-duty", "care.package"},
    {"housing-association/officer", "gp", "tenancy-support", "practice-task", "practice.diagnosis"},
    {"police/officer", "council-safety", "crime-prevention", "crime-disorder", "incidents.summary"},
    {"council-adults/analyst", "hospital", "service-planning", "planning-251",
     "patient.attendance"},
    {"council-adults/officer", "charity", "adult-safeguarding", "charity-interest",
     "support.contact-dates"},
    {"council-adults/officer", "council-housing", "early-help", "no-gateway", "tenancy.status"},
    {"council-housing/enforcement", "council-adults", "housing-enforcement", "council-powers",
     "board-papers.finding"},
};

static void ask(struct law *law, const struct law_question *question,
                struct policy_request *out_request) {
    struct span who = span_text(question->who);
    size_t slash = span_index(who, '/');
    *out_request = law->request;
    out_request->recipient = span_slice(who, 0, slash);
    out_request->role = span_slice(who, slash + 1, who.len);
    out_request->sources = law_one(law, question->source);
    out_request->fields = law_one(law, question->field);
    out_request->purpose = span_text(question->purpose);
    out_request->basis = span_text(question->basis);
}

/* The question is the test's own: its memory does not fail. */
static struct lg_err judge_and_tell(void *ctx, struct arena *arena) {
    struct law *law = ctx;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        struct policy_request request;
        const struct permit *permit = NULL;
        struct policy_outcome outcome;
        bool was_paused = arena_fail_pause(true);
        ask(law, &questions[i], &request);
        arena_fail_pause(was_paused);
        TRY(policy_decide(&law->force, 1, &request, arena, &permit));
        TRY(policy_settle(permit, 0, &law->facts, arena, &outcome));
        (void)policy_remedy(permit, 0, &outcome.rulings[0], arena);
        for (unsigned axis = 0; axis < POLICY_AXES; axis++) {
            (void)policy_axis_read(&outcome.rulings[0], (enum policy_axis)axis, arena);
        }
        TRY(arena_failed(arena));
    }
    return LG_OK;
}

static struct lg_err join(void *ctx, struct arena *arena) {
    const struct law *law = ctx;
    bool carries[LIMIT_POLICY_PARTIES];
    bool is_accession = true;
    struct lg_err err = policy_accession(law->policy, law->policy, arena, carries, &is_accession);
    assert_false(is_accession); /* all parties sign */
    return err;
}

static void a_register(void **state) {
    arena_fail_each(*state, read_register);
}

static void an_agreement_under_it(void **state) {
    arena_fail_each(*state, compile_under_law);
}

static void a_promise_that_is_broken(void **state) {
    size_t len;
    (void)state;
    char *text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "whole.isa", &len);
    assert_non_null(text);
    text = edited_more(text, "sees: health.*, record.*", "sees: any");
    arena_fail_each(text, compile_broken);
    free(text);
}

static void the_axes(void **state) {
    struct law *law = *state;
    arena_fail_each(law, judge_and_tell);
    law->force.is_suspended = true;
    arena_fail_each(law, judge_and_tell);
}

static void an_accession(void **state) {
    arena_fail_each(*state, join);
}

static struct lg_err lint_it(void *ctx, struct arena *arena) {
    const struct law *law = ctx;
    struct policy_findings findings;
    TRY(policy_findings_init(&findings, arena));
    TRY(policy_lint(law->policy, &findings));
    assert_true(findings.count > 0);
    return LG_OK;
}

/* W15 and W16 too, which only a register raises: with a word less law.isa breaks both. */
static void the_lint(void **state) {
    struct law *law = *state;
    char *text =
        support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "law.isa", &(size_t){0});
    assert_non_null(text);
    text = edited_more(text, "  patient information: no\n  received under", "  received under");
    struct law silent = {.policy = law_compile(law, text)};
    arena_fail_each(&silent, lint_it);
    policy_free(&silent.policy);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_register),
        cmocka_unit_test(an_agreement_under_it),
        cmocka_unit_test(a_promise_that_is_broken),
        cmocka_unit_test(an_accession),
        cmocka_unit_test(the_lint),
        cmocka_unit_test_setup_teardown(the_axes, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
