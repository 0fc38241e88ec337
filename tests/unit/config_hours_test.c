/* SPDX-License-Identifier: Apache-2.0 */
/* `working-hours` and `case-reference-for` of a party: what is read, what counts as working, and
 * what is refused with its line. */
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

static struct lg_err load(const char *more, struct diag *diag,
                          struct config_partnership **out_partnership) {
    char path[] = "/tmp/lockgate-hours-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%s", head, more) > 0);
    assert_int_equal(fclose(file), 0);
    struct lg_err err = config_partnership_load(path, diag, out_partnership);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void hours_include_from_and_not_to(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    assert_false(lg_failed(load("    working-hours: tue-fri 08:30-18:00\n", &diag, &it)));
    const struct config_party *party = &it->parties[0];
    assert_true(config_hours_include(party, 1, 8 * 60 + 30));
    assert_true(config_hours_include(party, 4, 18 * 60 - 1));
    assert_false(config_hours_include(party, 1, 8 * 60 + 29));
    assert_false(config_hours_include(party, 4, 18 * 60));
    assert_false(config_hours_include(party, 0, 12 * 60));
    assert_false(config_hours_include(party, 5, 12 * 60));
    config_partnership_free(&it);
}

static void a_day_may_be_whole(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    assert_false(lg_failed(load("    working-hours: sun-sun 00:00-24:00\n", &diag, &it)));
    assert_true(config_hours_include(&it->parties[0], 6, 0));
    assert_true(config_hours_include(&it->parties[0], 6, 24 * 60 - 1));
    assert_false(config_hours_include(&it->parties[0], 5, 0));
    config_partnership_free(&it);
}

static void without_them_every_hour_counts(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    assert_false(lg_failed(load("", &diag, &it)));
    for (uint32_t day = 0; day < 7; day++) {
        assert_true(config_hours_include(&it->parties[0], day, 0));
    }
    assert_false(config_purpose_wants_case(&it->parties[0], span_text("early-help")));
    config_partnership_free(&it);
}

static void purposes_are_read(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    const char *text = "    case-reference-for: [early-help, child-safeguarding]\n";
    assert_false(lg_failed(load(text, &diag, &it)));
    assert_true(config_purpose_wants_case(&it->parties[0], span_text("early-help")));
    assert_true(config_purpose_wants_case(&it->parties[0], span_text("child-safeguarding")));
    assert_false(config_purpose_wants_case(&it->parties[0], span_text("early")));
    assert_false(config_purpose_wants_case(&it->parties[0], span_of(NULL, 0)));
    config_partnership_free(&it);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "    working-hours: mon-fri\n",
        "    working-hours: mon-fri 08:00-18:0\n",
        "    working-hours: mon-fri 08:00-18:000\n",
        "    working-hours: mon-fri 08:00-08:00\n",
        "    working-hours: mon-fri 18:00-08:00\n",
        "    working-hours: mon-fri 08:00-24:01\n",
        "    working-hours: mon-fri 08:60-18:00\n",
        "    working-hours: mon-fri 8:000-18:00\n",
        "    working-hours: fri-mon 08:00-18:00\n",
        "    working-hours: mon-fra 08:00-18:00\n",
        "    working-hours: Mon-Fri 08:00-18:00\n",
        "    working-hours: mon_fri 08:00-18:00\n",
        "    working-hours: mon-fri 0x:00-18:00\n",
        "    case-reference-for: [Early help]\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct diag diag = {0};
        struct config_partnership *it = NULL;
        struct lg_err err = load(wrong[i], &diag, &it);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_int_equal(diag.line, LINE);
        assert_null(it);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_include_from_and_not_to),  cmocka_unit_test(a_day_may_be_whole),
        cmocka_unit_test(without_them_every_hour_counts), cmocka_unit_test(purposes_are_read),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
