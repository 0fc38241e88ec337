/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule by its number: tests/vectors/policy/lint/rules/ has a file that breaks it and no other,
 * which is a line or two away from the agreement that breaks none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lint/lint.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy/lint";
static const char RULES[] = LOCKGATE_SOURCE "/tests/vectors/policy/lint/rules";

enum { ARENA = 1 << 22, RULES_OF_A_KIND = 14 };

/* Checks and lints a text, freed here; findings live in the arena. */
static void find(char *text, struct arena *arena, struct policy_findings *out_findings) {
    OWN(policy_free) struct policy *policy = NULL;
    assert_non_null(text);
    assert_false(lg_failed(policy_findings_init(out_findings, arena)));
    struct lg_err err = policy_check(span_text(text), span_of(NULL, 0), out_findings, &policy);
    assert_int_equal(lg_failed(err), policy == NULL);
    if (policy != NULL) {
        assert_false(lg_failed(policy_lint(policy, out_findings)));
    }
    free(text);
}

static void rule_is_broken(const char *code) {
    char name[16];
    size_t len;
    struct arena *arena = NULL;
    struct policy_findings findings;
    (void)snprintf(name, sizeof name, "%s.isa", code);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    find(support_file_read(RULES, name, &len), arena, &findings);
    if (findings.count == 0) {
        fail_msg("%s: nothing is found", name);
    }
    for (uint32_t i = 0; i < findings.count; i++) {
        const struct policy_finding *it = &findings.items[i];
        if (strcmp(it->code, code) != 0) {
            fail_msg("%s: %s %.*s", name, it->code, (int)it->sentence.len,
                     (const char *)it->sentence.ptr);
        }
        assert_true(it->line > 0 && it->column > 0 && it->sentence.len > 0);
    }
    const struct policy_rule_text *rule = policy_rule_text_find(code);
    assert_non_null(rule);
    assert_true(rule->title[0] != 0 && rule->why[0] != 0 && rule->what_to_do[0] != 0);
    arena_free(&arena);
}

static void each_rule_has_a_file(void **state) {
    (void)state;
    for (int number = 1; number <= RULES_OF_A_KIND; number++) {
        char code[8];
        (void)snprintf(code, sizeof code, "E%02d", number);
        rule_is_broken(code);
        (void)snprintf(code, sizeof code, "W%02d", number);
        rule_is_broken(code);
    }
}

/* An error keeps the text from being an agreement, a doubt does not. */
static void errors_stop_and_doubts_do_not(void **state) {
    (void)state;
    for (int number = 1; number <= 2 * RULES_OF_A_KIND; number++) {
        bool is_error = number <= RULES_OF_A_KIND;
        char name[16];
        size_t len;
        struct diag diag = {0};
        OWN(policy_free) struct policy *policy = NULL;
        (void)snprintf(name, sizeof name, "%c%02d.isa", is_error ? 'E' : 'W',
                       is_error ? number : number - RULES_OF_A_KIND);
        char *text = support_file_read(RULES, name, &len);
        assert_non_null(text);
        struct lg_err err = policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy);
        free(text);
        if (lg_failed(err) != is_error) {
            fail_msg("%s: %s", name, diag.text);
        }
        assert_true(!is_error || (diag.line > 0 && diag.text[0] != 0));
    }
}

static void the_clean_one_has_no_finding(void **state) {
    (void)state;
    size_t len;
    struct arena *arena = NULL;
    struct policy_findings findings;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    find(support_file_read(FOLDER, "clean.isa", &len), arena, &findings);
    assert_int_equal(findings.count, 0);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_a_file),
        cmocka_unit_test(errors_stop_and_doubts_do_not),
        cmocka_unit_test(the_clean_one_has_no_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
