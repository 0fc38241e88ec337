/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation of a check failing in turn, and arenas that are too small: LIMIT, and nothing is
 * left behind; never a check that says less than it found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lint/lint.h"
#include "policy/register/register.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { ARENA = 1 << 22 };

/* The statutes that every check is judged by; NULL in between. */
static struct policy_register *statutes;

/* A whole check; *out_count is how many findings a check that came to its end had. */
static struct lg_err check(struct span text, size_t budget, uint32_t *out_count) {
    OWN(arena_free) struct arena *arena = NULL;
    OWN(policy_free) struct policy *policy = NULL;
    struct policy_findings findings;
    TRY(arena_new(budget, &arena));
    TRY(policy_findings_init(&findings, arena));
    struct lg_err err = policy_check_law(text, span_of(NULL, 0), statutes, &findings, &policy);
    assert_int_equal(policy == NULL, lg_failed(err));
    TRY(lg_err_class(err) == LG_CLASS_CONFIG ? LG_OK : err);
    TRY(policy == NULL ? LG_OK : policy_lint(policy, &findings));
    *out_count = findings.count;
    return LG_OK;
}

static void each_failure(struct span text) {
    uint32_t wanted = 0;
    uint64_t seen = 0;
    assert_false(lg_failed(check(text, ARENA, &wanted)));
    assert_true(wanted > 0);
    for (uint64_t n = 1;; n++) {
        uint32_t count = 0;
        support_alloc_fail_at(n);
        struct lg_err err = check(text, ARENA, &count);
        seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        } else {
            assert_int_equal(count, wanted);
        }
        if (!lg_failed(err) && seen < n) {
            break;
        }
        assert_true(n < 10000);
    }
    assert_true(seen > 5);
    for (size_t budget = 100; budget < 40000; budget += 997) {
        uint32_t count = 0;
        struct lg_err err = check(text, budget, &count);
        assert_true(lg_failed(err) ? lg_err_class(err) == LG_CLASS_LIMIT : count == wanted);
    }
}

static void doubts(void **state) {
    (void)state;
    size_t len;
    char *text = support_file_read(FOLDER, "whole.isa", &len);
    assert_non_null(text);
    each_failure(span_of(text, len));
    free(text);
}

static void faults(void **state) {
    (void)state;
    size_t len;
    char *text = support_file_read(FOLDER, "whole.isa", &len);
    assert_non_null(text);
    char *at = strstr(text, "lead: alpha");
    char *other = strstr(text, "lasts: 2");
    assert_non_null(at);
    assert_non_null(other);
    at[6] = 'b';
    other[7] = 'x';
    each_failure(span_of(text, len));
    free(text);
}

/* What is doubtful under a register alone: W15 and W16. */
static void doubts_under_a_register(void **state) {
    (void)state;
    size_t len;
    struct diag diag = {0};
    char *law = support_file_read(LOCKGATE_SOURCE "/policy/register", "uk.register", &len);
    assert_non_null(law);
    assert_false(lg_failed(policy_register_compile(span_of(law, len), &diag, &statutes)));
    char *text = support_file_read(FOLDER, "law.isa", &len);
    assert_non_null(text);
    each_failure(span_of(text, len));
    policy_register_free(&statutes);
    free(text);
    free(law);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubts),
        cmocka_unit_test(faults),
        cmocka_unit_test(doubts_under_a_register),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
