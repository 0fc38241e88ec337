/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement diff`: its exit codes, which scripts depend on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tools/lockgate/diff.h"
#include "tools/lockgate/exit.h"

#include <cmocka.h>

static const char WHOLE[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
static const char LESS[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole-less.isa";
static const char FLOOR[] = LOCKGATE_SOURCE "/tests/vectors/policy/floor.isa";

static const char LAW[] = LOCKGATE_SOURCE "/tests/vectors/policy/law.isa";
static const char REGISTER[] = LOCKGATE_SOURCE "/policy/register/uk.register";

static int diff(const char *a, const char *b, const char *c, const char *d, const char *e) {
    const char *words[] = {a, b, c, d, e};
    char *argv[6] = {NULL};
    char copies[5][512];
    int argc = 0;
    for (; argc < 5 && words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return tool_agreement_diff(argc, argv);
}

static void nothing_more_is_done(void **state) {
    (void)state;
    assert_int_equal(diff(WHOLE, WHOLE, NULL, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(diff(WHOLE, LESS, NULL, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(diff("--json", WHOLE, LESS, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(diff(WHOLE, LESS, "--floor", FLOOR, NULL), EXIT_TOOL_DONE);
}

static void more_is_refused(void **state) {
    (void)state;
    assert_int_equal(diff(LESS, WHOLE, NULL, NULL, NULL), EXIT_TOOL_REFUSED);
    assert_int_equal(diff(LESS, WHOLE, "--json", NULL, NULL), EXIT_TOOL_REFUSED);
}

/* The register is read, and each text has to name its edition. */
static void versions_are_compared_under_a_register(void **state) {
    (void)state;
    assert_int_equal(diff(LAW, LAW, "--register", REGISTER, NULL), EXIT_TOOL_DONE);
    assert_int_equal(diff(WHOLE, WHOLE, "--register", REGISTER, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(diff(LAW, LAW, "--register", LAW, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(diff(LAW, LAW, "--register", "/nowhere", NULL), EXIT_TOOL_FAILED);
}

static void usage(void **state) {
    (void)state;
    assert_int_equal(diff(NULL, NULL, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(diff(WHOLE, NULL, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(diff(WHOLE, WHOLE, WHOLE, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(diff(WHOLE, WHOLE, "--floor", NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(diff(WHOLE, WHOLE, "--xml", NULL, NULL), EXIT_TOOL_USAGE);
}

static void failed(void **state) {
    (void)state;
    assert_int_equal(diff("/nowhere", WHOLE, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(diff(WHOLE, FLOOR, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(diff(WHOLE, WHOLE, "--floor", "/nowhere", NULL), EXIT_TOOL_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_more_is_done),
        cmocka_unit_test(more_is_refused),
        cmocka_unit_test(versions_are_compared_under_a_register),
        cmocka_unit_test(usage),
        cmocka_unit_test(failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
