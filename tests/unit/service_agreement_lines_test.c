/* SPDX-License-Identifier: Apache-2.0 */
/* Who is given signature lines: they hold the offices of people, and reasons in their words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/service/agreements.h"

#include <cmocka.h>

static bool is_shown(const char *agency, enum system_kind kind, size_t parties) {
    const struct agreement_party_info list[] = {{.party = span_text("police")},
                                                {.party = span_text("housing")}};
    const struct agreement_info info = {.parties = list, .party_count = parties};
    const struct caller caller = {.agency = span_text(agency), .kind = kind};
    return service_agreement_shows_lines(&info, &caller);
}

static void systems_of_its_parties(void **state) {
    (void)state;
    assert_true(is_shown("police", SYSTEM_CASE_SYSTEM, 2));
    assert_true(is_shown("housing", SYSTEM_CONSOLE, 2));
    assert_false(is_shown("gp", SYSTEM_CASE_SYSTEM, 2));
    assert_false(is_shown("hous", SYSTEM_CONSOLE, 2));
    assert_false(is_shown("", SYSTEM_GATEWAY, 2));
}

static void officers_of_every_party_of_the_partnership(void **state) {
    (void)state;
    assert_true(is_shown("gp", SYSTEM_OFFICER, 2));
}

/* A broken text does not tell who its parties are. */
static void a_broken_one_is_for_officers(void **state) {
    (void)state;
    assert_false(is_shown("police", SYSTEM_CASE_SYSTEM, 0));
    assert_true(is_shown("police", SYSTEM_OFFICER, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(systems_of_its_parties),
        cmocka_unit_test(officers_of_every_party_of_the_partnership),
        cmocka_unit_test(a_broken_one_is_for_officers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
