/* SPDX-License-Identifier: Apache-2.0 */
/* Each request for memory failing in turn while an agreement is compiled, checked, printed and
 * decided by: whatever runs out of memory says LIMIT, gives nothing and leaves nothing behind. */
#include "policy/cases/cases.h"
#include "policy/format/format.h"
#include "policy/lint/lint.h"
#include "policy/print/print.h"
#include "tests/support/arena_fail.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static struct lg_err compile_all(void *ctx, struct arena *arena) {
    static char *text;
    static char *floor;
    (void)ctx;
    (void)arena;
    text = text == NULL ? vector("whole.isa") : text;
    floor = floor == NULL ? vector("floor.isa") : floor;
    struct policy *policy = NULL;
    struct diag diag = {0};
    struct lg_err err = policy_compile(span_text(text), span_text(floor), &diag, &policy);
    assert_true(lg_failed(err) == (policy == NULL));
    policy_free(&policy);
    return err;
}

static struct lg_err check_and_lint(void *ctx, struct arena *arena) {
    struct fixture *fixture = ctx;
    struct policy_findings findings;
    struct policy *policy = NULL;
    TRY(policy_findings_init(&findings, arena));
    TRY(policy_check(policy_text(fixture->policy), span_of(NULL, 0), &findings, &policy));
    struct lg_err err = policy_lint(policy, &findings);
    policy_free(&policy);
    return err;
}

/* The request's own lists come from outside: their memory does not fail. */
static struct policy_request request_of(struct fixture *fixture, unsigned number) {
    bool was_paused = arena_fail_pause(true);
    struct policy_request request = good(fixture);
    request.fields = (struct span_list){0};
    request.sources = (struct span_list){0};
    request.basis = span_text(number == 1 ? "plain-duty" : "duty");
    request.no_consent_reason = span_text(number == 2 ? "" : "would-prejudice");
    if (number == 2) {
        request.emergency = (struct policy_emergency){.is_declared = true,
                                                      .reason = span_text("life"),
                                                      .rationale_chars = 20,
                                                      .has_age = true};
    }
    arena_fail_pause(was_paused);
    return request;
}

static struct lg_err format_and_print(void *ctx, struct arena *arena) {
    struct fixture *fixture = ctx;
    const struct policy_request request = request_of(fixture, 0);
    const struct policy_form form = {.request = &request};
    struct diag diag = {0};
    struct span text;
    TRY(policy_format(policy_text(fixture->policy), arena, &diag, &text));
    TRY(policy_print_agreement(fixture->policy, arena, &text));
    TRY(policy_print_schedule(fixture->policy, arena, &text));
    TRY(policy_print_processing(fixture->policy, arena, &text));
    TRY(policy_print_json(fixture->policy, arena, &text));
    return policy_print_decision(fixture->policy, &form, arena, &text);
}

static struct lg_err settle_all(const struct permit *permit, struct arena *arena) {
    const struct policy_counts counts[4] = {{0}};
    const struct policy_facts facts = {.counts = counts, .count_count = 4};
    struct policy_outcome outcomes[3];
    struct policy_outcome whole;
    struct verdict verdict;
    struct span_list list;
    for (size_t i = 0; i < 3; i++) {
        TRY(policy_settle(permit, i, &facts, arena, &outcomes[i]));
        for (size_t j = 0; j < outcomes[i].ruling_count; j++) {
            (void)policy_sentence(permit, i, &outcomes[i].rulings[j], arena);
            (void)policy_remedy(permit, i, &outcomes[i].rulings[j], arena);
        }
    }
    TRY(arena_failed(arena));
    TRY(policy_combine(outcomes, 3, arena, &whole));
    TRY(policy_duty_codes(&whole.duties, arena, &list));
    TRY(policy_permit_verdict(permit, arena, &verdict));
    return policy_permit_findable(permit, arena, &list);
}

static struct lg_err decide_and_settle(void *ctx, struct arena *arena) {
    struct fixture *fixture = ctx;
    const struct policy_force forces[2] = {{.policy = fixture->policy},
                                           {.policy = fixture->floored}};
    for (unsigned number = 0; number < 3; number++) {
        const struct policy_request request = request_of(fixture, number);
        const struct permit *permit = NULL;
        TRY(policy_decide(forces, 2, &request, arena, &permit));
        TRY(settle_all(permit, arena));
    }
    return LG_OK;
}

static void ignore_difference(void *ctx, struct span id, const char *column, struct span expected,
                              struct span got) {
    (void)ctx;
    (void)id;
    (void)column;
    (void)expected;
    (void)got;
}

static struct lg_err run_cases(void *ctx, struct arena *arena) {
    struct fixture *fixture = ctx;
    static char *text;
    (void)arena;
    text = text == NULL ? vector("optional.cases.csv") : text;
    const struct policy_cases_watch watch = {.on_difference = ignore_difference};
    struct policy_cases_result result;
    struct diag diag = {0};
    return policy_cases_run(fixture->policy, span_text(text), &watch, &diag, &result);
}

static void compile_fails(void **state) {
    arena_fail_each(*state, compile_all);
}

static void check_fails(void **state) {
    arena_fail_each(*state, check_and_lint);
}

static void print_fails(void **state) {
    arena_fail_each(*state, format_and_print);
}

static void decide_fails(void **state) {
    arena_fail_each(*state, decide_and_settle);
}

static void cases_fail(void **state) {
    arena_fail_each(*state, run_cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(compile_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(check_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(print_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(decide_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(cases_fail, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
