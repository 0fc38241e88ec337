/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate register check`: its exit codes, which scripts depend on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/support.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/register.h"

#include <cmocka.h>

static int check(const char *word) {
    char copy[512];
    char *argv[2] = {copy, NULL};
    snprintf(copy, sizeof copy, "%s", word);
    return tool_register_check(1, argv);
}

static void exit_codes(void **state) {
    (void)state;
    char *two[] = {"a", "b", NULL};
    assert_int_equal(check(LOCKGATE_SOURCE "/policy/register/uk.register"), EXIT_TOOL_DONE);
    assert_int_equal(check(LOCKGATE_SOURCE "/tests/vectors/policy/law.isa"), EXIT_TOOL_FAILED);
    assert_int_equal(check(LOCKGATE_SOURCE "/nothing.register"), EXIT_TOOL_FAILED);
    assert_int_equal(check("--help-me"), EXIT_TOOL_USAGE);
    assert_int_equal(tool_register_check(0, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(tool_register_check(2, two), EXIT_TOOL_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(exit_codes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
