/* SPDX-License-Identifier: Apache-2.0 */
/* Which fault this run has, and which test of the program it runs: LOCKGATE_PLANT, a number from
 * plants.py, and LOCKGATE_TEST, the name of a test. */
#include "tests/plants/plant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

bool plant_is(int number) {
    const char *text = getenv("LOCKGATE_PLANT");
    return text != NULL && strtol(text, NULL, 10) == number;
}

/* Names that are the linker's. */
int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown) {
    const char *test = getenv("LOCKGATE_TEST");
    cmocka_set_test_filter(test != NULL ? test : "*");
    return __real__cmocka_run_group_tests(name, tests, count, setup, teardown);
}
