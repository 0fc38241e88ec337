/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement prove`: its exit codes, which scripts depend on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/prove.h"

#include <cmocka.h>

static const char WHOLE[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
static const char FLOOR[] = LOCKGATE_SOURCE "/tests/vectors/policy/floor.isa";

static const char LAW[] = LOCKGATE_SOURCE "/tests/vectors/policy/law.isa";
static const char REGISTER[] = LOCKGATE_SOURCE "/policy/register/uk.register";

static int prove(const char *a, const char *b, const char *c, const char *d, const char *e) {
    const char *words[] = {a, b, c, d, e};
    char *argv[6] = {NULL};
    char copies[5][512];
    int argc = 0;
    for (; argc < 5 && words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return tool_agreement_prove(argc, argv);
}

static void all_hold(void **state) {
    (void)state;
    assert_int_equal(prove(WHOLE, NULL, NULL, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(prove(WHOLE, "--floor", FLOOR, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(prove(WHOLE, "--with", WHOLE, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(prove(WHOLE, "--promise", "never who: gamma/* sees: record.*", NULL, NULL),
                     EXIT_TOOL_DONE);
}

static void one_is_broken(void **state) {
    (void)state;
    static const char promise[] = "never who: beta/officer sees: health.diagnosis without: consent";
    assert_int_equal(prove(WHOLE, "--promise", promise, NULL, NULL), EXIT_TOOL_NOT_VERIFIED);
}

/* What a statute leaves out no agreement shares (2022 c.32 s.16): the promise is kept by the
 * register, and broken where nobody looks it up. */
static void law_keeps_a_promise(void **state) {
    (void)state;
    static const char promise[] = "never who: police/* sees: patient.name";
    assert_int_equal(prove(LAW, "--register", REGISTER, "--promise", promise), EXIT_TOOL_DONE);
    assert_int_equal(prove(LAW, "--promise", promise, NULL, NULL), EXIT_TOOL_NOT_VERIFIED);
    assert_int_equal(prove(LAW, "--register", REGISTER, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(prove(LAW, "--register", WHOLE, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(prove(LAW, "--register", "/nowhere", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(prove(LAW, "--register", NULL, NULL, NULL), EXIT_TOOL_USAGE);
}

static void json(void **state) {
    (void)state;
    static const char promise[] = "never who: beta/officer sees: health.diagnosis without: consent";
    assert_int_equal(prove(WHOLE, "--json", NULL, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(prove(WHOLE, "--json", "--promise", promise, NULL), EXIT_TOOL_NOT_VERIFIED);
}

static void usage(void **state) {
    (void)state;
    assert_int_equal(prove(NULL, NULL, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(prove(WHOLE, WHOLE, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(prove(WHOLE, "--promise", NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(prove(WHOLE, "--floor", FLOOR, "--floor", FLOOR), EXIT_TOOL_USAGE);
}

static void failed(void **state) {
    (void)state;
    assert_int_equal(prove("/nowhere", NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(prove(FLOOR, NULL, NULL, NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(prove(WHOLE, "--with", "/nowhere", NULL, NULL), EXIT_TOOL_FAILED);
    assert_int_equal(prove(WHOLE, "--promise", "never who: nobody sees: any", NULL, NULL),
                     EXIT_TOOL_FAILED);
    assert_int_equal(prove(WHOLE, "--promise", "sometimes", NULL, NULL), EXIT_TOOL_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hold),
        cmocka_unit_test(one_is_broken),
        cmocka_unit_test(law_keeps_a_promise),
        cmocka_unit_test(json),
        cmocka_unit_test(usage),
        cmocka_unit_test(failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
