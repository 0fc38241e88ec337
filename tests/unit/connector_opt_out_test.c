/* SPDX-License-Identifier: Apache-2.0 */
/* The result of the opt-out exchange at the agency: what is taken, where a mistake is told, what
 * leaves with a record. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/connector_world.h"
#include "tests/support/support.h"
#include "tools/connector/enrol.h"
#include "tools/connector/opt_out.h"

#include <cmocka.h>

/* 2026-11-30 12:00 UTC. */
static const int64_t NOW_MS = 1796040000000;

static struct lg_err take(const char *text, const char *date, struct diag *diag,
                          struct connector_opt_out **out) {
    FILE *stream = tmpfile();
    assert_non_null(stream);
    (void)fputs(text, stream);
    rewind(stream);
    const struct connector_opt_out_file file = {.stream = stream, .name = "result", .date = date};
    *diag = (struct diag){.line = 0};
    *out = NULL;
    struct lg_err err = connector_opt_out_read(&file, NOW_MS, diag, out);
    (void)fclose(stream);
    return err;
}

static enum opt_out of(const struct connector_opt_out *opt_out, const char *scheme,
                       const char *number) {
    const struct identity identity = {.scheme = span_text(scheme), .identifier = span_text(number)};
    return connector_opt_out_of(opt_out, &identity);
}

static void who_is_in_the_result_may_be_used(void **state) {
    static const char *const FILES[] = {
        "date: 2026-11-23\n9990000018\n9990000034\n",
        "date: 2026-11-23\r\n999 000 0034,\r\n\r\n9990000018,\r\n",
        "\xef\xbb\xbf"
        "date:2026-11-23\n9990000018\n9990000034\n9990000018",
    };
    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        struct diag diag;
        struct connector_opt_out *opt_out = NULL;
        assert_false(lg_failed(take(FILES[i], NULL, &diag, &opt_out)));
        assert_int_equal(of(opt_out, "nhs", "9990000018"), OPT_OUT_DOES_NOT_APPLY);
        assert_int_equal(of(opt_out, "nhs", "999-000 0034"), OPT_OUT_DOES_NOT_APPLY);
        assert_int_equal(of(opt_out, "nhs", "9990000026"), OPT_OUT_APPLIES);
        struct span day = connector_opt_out_day(opt_out, OPT_OUT_APPLIES);
        assert_true(span_equal_text(day, "2026-11-23"));
        connector_opt_out_close(&opt_out);
        assert_null(opt_out);
    }
}

static void of_others_nothing_is_known(void **state) {
    struct diag diag;
    struct connector_opt_out *opt_out = NULL;
    (void)state;
    assert_false(lg_failed(take("9990000018\n", "2026-11-30", &diag, &opt_out)));
    assert_int_equal(of(opt_out, "", ""), OPT_OUT_NOT_STATED);
    assert_int_equal(of(opt_out, "nhs", "9990000019"), OPT_OUT_NOT_STATED); /* check digit */
    assert_int_equal(of(opt_out, "council", "9990000018"), OPT_OUT_NOT_STATED);
    assert_int_equal(of(NULL, "nhs", "9990000018"), OPT_OUT_NOT_STATED);
    assert_int_equal(connector_opt_out_day(opt_out, OPT_OUT_NOT_STATED).len, 0);
    connector_opt_out_close(&opt_out);
}

static void many_numbers_are_found(void **state) {
    enum { COUNT = 5000, LINE = 12 };
    char *text = calloc(COUNT + 1, LINE);
    struct diag diag;
    struct connector_opt_out *opt_out = NULL;
    size_t used = 0;
    (void)state;
    assert_non_null(text);
    char number[LINE];
    for (unsigned i = 0; i < COUNT; i++) {
        for (unsigned check = 0; check < 10; check++) {
            (void)snprintf(number, sizeof number, "999%06u%u", COUNT - i, check);
            if (edge_nhs_number_fits(number)) {
                used += (size_t)snprintf(text + used, LINE, "%s\n", number);
            }
        }
    }
    assert_false(lg_failed(take(text, "2026-11-30", &diag, &opt_out)));
    assert_int_equal(connector_opt_out_count(opt_out), used / 11);
    for (size_t i = 0; i < used; i += 11) {
        (void)snprintf(number, sizeof number, "%.10s", text + i);
        assert_int_equal(of(opt_out, "nhs", number), OPT_OUT_DOES_NOT_APPLY);
    }
    connector_opt_out_close(&opt_out);
    free(text);
}

struct mistake {
    const char *text;
    const char *date;
    uint32_t line;
    const char *says;
};

static void mistakes_are_told_without_a_number(void **state) {
    static const struct mistake MISTAKES[] = {
        {"9990000018\n9990000019\n", "2026-11-23", 2, "check digit"},
        {"9990000018\n\n999000001\n", "2026-11-23", 3, "check digit"},
        {"9990000018;1\n", "2026-11-23", 1, "not an NHS number"},
        {"9999999999\n", "2026-11-23", 1, "check digit"},
        {"99900000189990000018\n", "2026-11-23", 1, "not an NHS number"},
        {"9990000018,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
         "\n",
         "2026-11-23", 1, "not an NHS number"},
        {"date: 2026-11-23\n9990000018\n", "2026-11-23", 1, "not an NHS number"},
        {"9990000018\n", NULL, 1, "date: YYYY-MM-DD"},
        {"date: 23/11/2026\n9990000018\n", NULL, 1, "form"},
        {"date: 2026-02-29\n9990000018\n", NULL, 1, "form"},
        {"date: 2026-12-01\n9990000018\n", NULL, 1, "future"},
        {"9990000018\n", "2026-12-01", 0, "future"},
        {"date: 2026-11-23\n\n", NULL, 2, "nobody"},
        {"", "2026-11-23", 0, "nobody"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof MISTAKES / sizeof MISTAKES[0]; i++) {
        const struct mistake *mistake = &MISTAKES[i];
        struct diag diag;
        struct connector_opt_out *opt_out = NULL;
        struct lg_err err = take(mistake->text, mistake->date, &diag, &opt_out);
        assert_null(opt_out);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_int_equal(lg_err_code(err), CONNECTOR_OPT_OUT);
        assert_int_equal(diag.line, mistake->line);
        if (strstr(diag.text, mistake->says) == NULL || strstr(diag.text, "999") != NULL) {
            fail_msg("mistake %zu: \"%s\" does not say \"%s\"", i, diag.text, mistake->says);
        }
    }
}

static void every_failed_allocation_is_told(void **state) {
    bool has_failed = true;
    uint64_t runs = 0;
    (void)state;
    for (uint64_t n = 1; has_failed; n++, runs++) {
        static char text[] = "9990000018\n9990000026\n";
        FILE *stream = fmemopen(text, sizeof text - 1, "r");
        assert_non_null(stream);
        const struct connector_opt_out_file file = {
            .stream = stream, .name = "result", .date = "2026-11-23"};
        struct diag diag = {.line = 0};
        struct connector_opt_out *opt_out = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = connector_opt_out_read(&file, NOW_MS, &diag, &opt_out);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_int_equal(opt_out == NULL, lg_failed(err));
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        connector_opt_out_close(&opt_out);
        (void)fclose(stream);
    }
    assert_true(runs >= 3); /* what it keeps, its numbers, and the run in which nothing fails */
}

/* ---- enrolment ----------------------------------------------------------------------------- */

static const char MAPPING[] = "connector: advice\n"
                              "source: {kind: csv, path: people.csv, missing: [\"-\"]}\n"
                              "person:\n"
                              "  key: ref\n"
                              "  identity:\n"
                              "    family-name: {from: family}\n"
                              "    given-name: {from: given}\n"
                              "    born: {from: born, date: YYYY-MM-DD}\n"
                              "    identifier: {from: nhs}\n"
                              "    scheme: nhs\n"
                              "records:\n"
                              "  - items:\n"
                              "      - {item: advice.topic, from: topic, standing: reported}\n";
static const char PEOPLE[] = "ref,family,given,born,topic,nhs\n"
                             "r1,EXAMPLE,Riley,1990-01-02,debt,9990000018\n"
                             "r2,EXAMPLE,Sam,1991-01-02,debt,9990000026\n"
                             "r3,EXAMPLE,Jo,1992-01-02,debt,-\n";

static struct lg_err enrol(struct connector_world *world, const char *result, struct diag *diag,
                           struct connector_enrolment *out_counts) {
    struct connector_enrol_options options = {.agreement = "bridgewater"};
    char mapping[sizeof MAPPING + 64];
    (void)snprintf(mapping, sizeof mapping, "%s%s", MAPPING,
                   result != NULL ? "opt-out: {file: result.csv}\n" : "");
    connector_world_put(world, "mapping.yaml", mapping);
    connector_world_put(world, "result.csv", result != NULL ? result : "");
    memset(world->opt_outs, 0, sizeof world->opt_outs);
    *diag = (struct diag){.line = 0};
    connector_world_agent(world);
    struct lg_err err = connector_enrol(world->agent, &options, diag, out_counts);
    connector_world_agent_close(world);
    return err;
}

static void each_record_carries_a_flag_and_a_day(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    struct diag diag;
    connector_world_open(world, PEOPLE);
    assert_false(lg_failed(enrol(world, "date: 2026-01-05\n9990000018\n", &diag, &counts)));
    assert_int_equal(counts.sent, 3);
    assert_int_equal(world->opt_outs[OPT_OUT_DOES_NOT_APPLY], 1);
    assert_int_equal(world->opt_outs[OPT_OUT_APPLIES], 1);
    assert_int_equal(world->opt_outs[OPT_OUT_NOT_STATED], 1);
    assert_string_equal(world->opt_out_day, ""); /* r3 came last */
    /* The same result has nothing to say; a newer one is sent for those whom it is about. */
    assert_false(lg_failed(enrol(world, "date: 2026-01-05\n9990000018\n", &diag, &counts)));
    assert_int_equal(counts.sent, 0);
    assert_false(lg_failed(enrol(world, "date: 2026-01-12\n9990000018\n", &diag, &counts)));
    assert_int_equal(counts.sent, 2);
    assert_string_equal(world->opt_out_day, "2026-01-12");
    assert_false(
        lg_failed(enrol(world, "date: 2026-01-12\n9990000018\n9990000026\n", &diag, &counts)));
    assert_int_equal(counts.sent, 1);
    assert_int_equal(world->opt_outs[OPT_OUT_DOES_NOT_APPLY], 1);
    /* Without the section the flags go. */
    assert_false(lg_failed(enrol(world, NULL, &diag, &counts)));
    assert_int_equal(counts.sent, 2);
    assert_int_equal(world->opt_outs[OPT_OUT_NOT_STATED], 2);
    connector_world_close(world);
}

static void a_result_of_no_use_stops_the_enrolment(void **state) {
    struct connector_world *world = *state;
    static struct connector_enrolment counts;
    struct diag diag;
    connector_world_open(world, PEOPLE);
    struct lg_err err = enrol(world, "date: 2026-01-05\n9990000018\n9990000027\n", &diag, &counts);
    assert_int_equal(lg_err_code(err), CONNECTOR_OPT_OUT);
    assert_int_equal(diag.line, 3);
    assert_int_equal(world->records, 0);
    assert_int_equal(world->streams, 0);
    err = enrol(world, "date: 2999-01-05\n9990000018\n", &diag, &counts);
    assert_int_equal(lg_err_code(err), CONNECTOR_OPT_OUT);
    assert_int_equal(world->records, 0);
    connector_world_close(world);
}

static void a_result_that_is_not_there_is_told(void **state) {
    struct diag diag = {.line = 0};
    struct connector_opt_out *opt_out = NULL;
    char path[] = LOCKGATE_BUILD "/tests/there-is-no-such-result";
    struct mapping_opt_out from = {.file = path};
    struct mapping mapping = {.opt_out = &from};
    (void)state;
    struct lg_err err = connector_opt_out_open(&mapping, NOW_MS, &diag, &opt_out);
    assert_int_equal(lg_err_code(err), CONNECTOR_OPT_OUT);
    assert_non_null(strstr(diag.text, "there-is-no-such-result"));
    mapping.opt_out = NULL;
    assert_false(lg_failed(connector_opt_out_open(&mapping, NOW_MS, &diag, &opt_out)));
    assert_null(opt_out);
}

static int setup(void **state) {
    return connector_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_in_the_result_may_be_used),
        cmocka_unit_test(of_others_nothing_is_known),
        cmocka_unit_test(many_numbers_are_found),
        cmocka_unit_test(mistakes_are_told_without_a_number),
        cmocka_unit_test(every_failed_allocation_is_told),
        cmocka_unit_test(each_record_carries_a_flag_and_a_day),
        cmocka_unit_test(a_result_of_no_use_stops_the_enrolment),
        cmocka_unit_test(a_result_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, setup, connector_world_teardown);
}
