/* SPDX-License-Identifier: Apache-2.0 */
/* What the lint finds in whole agreements, against the list that was read and agreed to: one line a
 * finding, rule and sentence. Who changes an agreement reads the difference and writes it down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lint/lint.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char EXAMPLES[] = LOCKGATE_SOURCE "/policy/examples";
static const char DATA[] = LOCKGATE_DATA "/policy";
static const char GOLDEN[] = LOCKGATE_SOURCE "/tests/vectors/policy/lint";

enum { ARENA = 1 << 24 };

static char *replaced(char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *copy = calloc(1, size);
    assert_non_null(at);
    assert_non_null(copy);
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    return copy;
}

/* Findings as lines; freed with the arena. */
static struct span lines_of(const char *text, struct arena *arena) {
    struct policy *policy = NULL;
    struct policy_findings findings;
    struct diag diag = {0};
    struct span lines = span_text("");
    assert_false(lg_failed(policy_findings_init(&findings, arena)));
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    assert_false(lg_failed(policy_lint(policy, &findings)));
    policy_free(&policy);
    for (uint32_t i = 0; i < findings.count; i++) {
        const struct policy_finding *it = &findings.items[i];
        assert_true(it->line > 0 && it->column > 0);
        lines = arena_format(arena, "%.*s%s %.*s\n", (int)lines.len, (const char *)lines.ptr,
                             it->code, (int)it->sentence.len, (const char *)it->sentence.ptr);
    }
    return lines;
}

static void compare(const char *text, const char *golden) {
    struct arena *arena = NULL;
    size_t len;
    char *wanted = support_file_read(GOLDEN, golden, &len);
    assert_non_null(wanted);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct span got = lines_of(text, arena);
    if (!span_equal_text(got, wanted)) {
        fprintf(stderr, "%s should read:\n%.*s", golden, (int)got.len, (const char *)got.ptr);
        fail();
    }
    arena_free(&arena);
    free(wanted);
}

static void demo_is(const char *name, const char *golden) {
    size_t len;
    char *text = support_file_read(EXAMPLES, name, &len);
    assert_non_null(text);
    text = replaced(text, "@IN_FORCE_FROM@", "2026-01-01");
    text = replaced(text, "@IN_FORCE_TO@", "2026-12-31");
    text = replaced(text, "@REVIEW_DUE@", "2026-11-30");
    compare(text, golden);
    free(text);
}

static void demo(void **state) {
    (void)state;
    demo_is("demo.isa.in", "demo.golden");
    demo_is("demo-safety.isa.in", "demo-safety.golden");
}

static void example(void **state) {
    (void)state;
    size_t len;
    char *text = support_file_read(DATA, "one-trafford-response.isa", &len);
    if (text == NULL) {
        skip();
    }
    compare(text, "example.golden");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo),
        cmocka_unit_test(example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
