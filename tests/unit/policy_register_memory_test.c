/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation failing in turn, of the register and of an agreement under it: LIMIT, and nothing
 * is left behind. */
#include "tests/unit/policy_law_fixture.h"

enum { RUNS_MAX = 10000 };

static void register_with_each_failure(void **state) {
    struct law *law = *state;
    uint64_t seen = 0;
    for (uint64_t n = 1; n < RUNS_MAX; n++) {
        struct policy_register *it = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = policy_register_compile(span_text(law->register_text), NULL, &it);
        seen = support_alloc_seen();
        support_alloc_fail_at(0);
        assert_int_equal(lg_failed(err), it == NULL);
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
            assert_int_equal(lg_err_code(err), POLICY_MEMORY);
        }
        policy_register_free(&it);
        if (seen < n) {
            assert_false(lg_failed(err));
            assert_true(n > 3);
            return;
        }
    }
    fail();
}

static void agreement_with_each_failure(void **state) {
    struct law *law = *state;
    for (uint64_t n = 1; n < RUNS_MAX; n++) {
        struct policy *policy = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = policy_compile_law(span_text(law->text), span_of(NULL, 0),
                                               law->statutes, NULL, &policy);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        assert_int_equal(lg_failed(err), policy == NULL);
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        }
        policy_free(&policy);
        if (seen < n) {
            assert_false(lg_failed(err));
            return;
        }
    }
    fail();
}

/* The agreement owns what it needs of the register. */
static void register_may_go_before_the_agreement(void **state) {
    struct law *law = *state;
    static const struct law_question nurse = {"hospital/district-nurse", "council-adults",
                                              "direct-care", "care-duty", "care.package"};
    struct policy_register *own = NULL;
    struct policy *policy = NULL;
    assert_false(lg_failed(policy_register_compile(span_text(law->register_text), NULL, &own)));
    assert_false(
        lg_failed(policy_compile_law(span_text(law->text), span_of(NULL, 0), own, NULL, &policy)));
    policy_register_free(&own);
    law->force.policy = policy;
    law_shared(law_ask(law, nurse));
    assert_true(span_equal_text(policy_register_edition(policy_law(policy)), "uk-2026-11"));
    policy_free(&policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_with_each_failure),
        cmocka_unit_test(agreement_with_each_failure),
        cmocka_unit_test_setup_teardown(register_may_go_before_the_agreement, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
