/* SPDX-License-Identifier: Apache-2.0 */
/* `budgets` of partnership.yaml: what is read, what is left out, and what is refused with its line.
 */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/config/config.h"

#include <cmocka.h>

enum { LINE = 8 };

static const char head[] = "partnership: bridgewater\n"
                           "name: Bridgewater\n"
                           "parties:\n"
                           "  - id: hub\n"
                           "    name: Hub\n"
                           "    systems:\n"
                           "      - {name: gateway, kind: gateway}\n";

static struct lg_err load(const char *budgets, struct diag *diag,
                          struct config_partnership **out_partnership) {
    char path[] = "/tmp/lockgate-budget-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%s", head, budgets) > 0);
    assert_int_equal(fclose(file), 0);
    struct lg_err err = config_partnership_load(path, diag, out_partnership);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void budgets_are_read_in_their_order(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    struct lg_err err = load("budgets:\n"
                             "  - {role: coordinator, purpose: early-help, window-hours: 48,"
                             " soft: 10, hard: 20}\n"
                             "  - {soft: 40, hard: 80}\n",
                             &diag, &it);
    assert_false(lg_failed(err));
    assert_int_equal(it->budget_count, 2);
    assert_string_equal(it->budgets[0].role, "coordinator");
    assert_string_equal(it->budgets[0].purpose, "early-help");
    assert_int_equal(it->budgets[0].window_hours, 48);
    assert_int_equal(it->budgets[0].hard, 20);
    assert_null(it->budgets[1].role);
    assert_null(it->budgets[1].purpose);
    assert_int_equal(it->budgets[1].window_hours, 24);
    assert_int_equal(it->budgets[1].soft, 40);
    config_partnership_free(&it);
}

static void without_them_nothing_is_limited(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    assert_false(lg_failed(load("", &diag, &it)));
    assert_int_equal(it->budget_count, 0);
    config_partnership_free(&it);
}

static void budgets_that_make_no_sense_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "budgets:\n  - {soft: 0, hard: 5}\n",
        "budgets:\n  - {soft: 5, hard: 5}\n",
        "budgets:\n  - {soft: 5, hard: 1000001}\n",
        "budgets:\n  - {soft: 5}\n",
        "budgets:\n  - {soft: 5, hard: 9, window-hours: 721}\n",
        "budgets:\n  - {soft: 5, hard: 9, role: Team Manager}\n",
        "budgets:\n  - {soft: 5, hard: 9, purpose: 'early help'}\n",
        "budgets:\n  - {soft: 5, hard: 9, per-day: 3}\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct diag diag = {0};
        struct config_partnership *it = NULL;
        struct lg_err err = load(wrong[i], &diag, &it);
        if (!lg_failed(err) || diag.line < LINE || diag.text[0] == '\0') {
            fail_msg("taken, or without a line: %s", wrong[i]);
        }
        assert_null(it);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budgets_are_read_in_their_order),
        cmocka_unit_test(without_them_nothing_is_limited),
        cmocka_unit_test(budgets_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
