/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement check`: its exit codes, which scripts depend on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tools/lockgate/agreement.h"
#include "tools/lockgate/exit.h"

#include <cmocka.h>

static const char AGREEMENT[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
static const char FLOOR[] = LOCKGATE_SOURCE "/tests/vectors/policy/floor.isa";
static const char CASES[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.cases.csv";
static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static int check(const char *a, const char *b, const char *c, const char *d, const char *e) {
    const char *words[] = {a, b, c, d, e};
    char *argv[6] = {NULL};
    char copies[5][512];
    int argc = 0;
    for (; argc < 5 && words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return tool_agreement_check(argc, argv);
}

static void done(void **state) {
    (void)state;
    assert_int_equal(check(AGREEMENT, NULL, NULL, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(check("--floor", FLOOR, AGREEMENT, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(check(AGREEMENT, "--cases", CASES, NULL, NULL), EXIT_TOOL_DONE);
}

/* The floor forbids what two of the cases expect. */
static void not_verified(void **state) {
    (void)state;
    assert_int_equal(check(AGREEMENT, "--floor", FLOOR, "--cases", CASES), EXIT_TOOL_NOT_VERIFIED);
}

static void usage(void **state) {
    (void)state;
    assert_int_equal(check(NULL, NULL, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check(AGREEMENT, AGREEMENT, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check(AGREEMENT, "--cases", NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check(AGREEMENT, "--case", CASES, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(check("--cases", CASES, "--cases", CASES, AGREEMENT), EXIT_TOOL_USAGE);
}

static void failed(void **state) {
    (void)state;
    assert_int_equal(check("/nowhere/x.isa", NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(FOLDER, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(CASES, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(FLOOR, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--floor", AGREEMENT, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--floor", "/dev/null", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--cases", AGREEMENT, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check(AGREEMENT, "--cases", "/nowhere", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(check("/dev/zero", NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(done),
        cmocka_unit_test(not_verified),
        cmocka_unit_test(usage),
        cmocka_unit_test(failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
