/* SPDX-License-Identifier: Apache-2.0 */
/* The National Data Opt-Out of a record, kept with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person amy_no_id = {"amy", "example", "19840517", "ZZ1 1AA", ""};

static int set_up(void **state) {
    static struct store_support support;
    store_support_init(&support);
    *state = &support;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(*state);
    return 0;
}

static struct lg_err enrol_as(struct store_support *s, const struct made_person *person,
                              struct store_opt_out opt_out, struct store_enrolled *out_result) {
    struct store_token tokens[5];
    uint8_t reference[STORE_REFERENCE_SIZE] = {0};
    struct store_record record = {
        .record_tag = store_support_tag(1),
        .reference = span_of(reference, sizeof reference),
        .tokens = tokens,
        .token_count = store_support_tokens(person, tokens),
        .opt_out = opt_out,
    };
    struct store_enrolment batch = {
        .agency = span_text("health"),
        .agreement = span_text("otr"),
        .now_ms = 1795435200000,
        .quarter = STORE_SUPPORT_QUARTER,
        .records = &record,
        .count = 1,
    };
    *out_result = (struct store_enrolled){0};
    return store_enrol(s->store, &batch, out_result);
}

static struct store_enrolled enrol(struct store_support *s, const struct made_person *person,
                                   enum opt_out state, int32_t day) {
    struct store_enrolled result;
    assert_false(lg_failed(enrol_as(s, person, (struct store_opt_out){state, day}, &result)));
    return result;
}

static void expect(struct store_support *s, enum opt_out state, int32_t day) {
    const struct record_tag tag = store_support_tag(1);
    const struct store_row *row = NULL;
    assert_false(
        lg_failed(store_record_find(s->reader, span_text("health"), &tag, s->arena, &row)));
    assert_non_null(row);
    assert_int_equal(row->opt_out.state, state);
    assert_int_equal(row->opt_out.as_of_day, day);
    struct store_row *rows = NULL;
    size_t count = 0;
    assert_false(lg_failed(store_rows_read(s->reader, &row->person, s->arena, &rows, &count)));
    size_t at = 0;
    while (at < count && !span_equal_text(rows[at].agency, "health")) {
        at++;
    }
    assert_true(at < count);
    assert_int_equal(rows[at].opt_out.state, state);
    assert_int_equal(rows[at].opt_out.as_of_day, day);
}

static void flag_and_day_are_kept(void **state) {
    struct store_support *s = *state;
    assert_int_equal(enrol(s, &amy, OPT_OUT_DOES_NOT_APPLY, 20000).how, STORE_ADDED);
    expect(s, OPT_OUT_DOES_NOT_APPLY, 20000);
    store_support_reopen(s);
    expect(s, OPT_OUT_DOES_NOT_APPLY, 20000);
}

static void enrolling_again_updates_it(void **state) {
    struct store_support *s = *state;
    (void)enrol(s, &amy, OPT_OUT_NOT_STATED, 0);
    struct store_enrolled result = enrol(s, &amy, OPT_OUT_DOES_NOT_APPLY, 20000);
    assert_int_equal(result.how, STORE_UPDATED);
    assert_false(result.is_opted_out); /* nothing rested on it */
    result = enrol(s, &amy, OPT_OUT_DOES_NOT_APPLY, 20007);
    assert_int_equal(result.how, STORE_UNCHANGED);
    assert_false(result.is_opted_out);
    expect(s, OPT_OUT_DOES_NOT_APPLY, 20007);
    result = enrol(s, &amy, OPT_OUT_APPLIES, 20014);
    assert_int_equal(result.how, STORE_UPDATED);
    assert_true(result.is_opted_out);
    expect(s, OPT_OUT_APPLIES, 20014);
    result = enrol(s, &amy, OPT_OUT_NOT_STATED, 0);
    assert_int_equal(result.how, STORE_UPDATED);
    assert_false(result.is_opted_out); /* it applied before */
    expect(s, OPT_OUT_NOT_STATED, 0);
    /* Tokens and opt-out at once. */
    (void)enrol(s, &amy, OPT_OUT_DOES_NOT_APPLY, 20021);
    result = enrol(s, &amy_no_id, OPT_OUT_APPLIES, 20021);
    assert_int_equal(result.how, STORE_UPDATED);
    assert_true(result.is_opted_out);
    expect(s, OPT_OUT_APPLIES, 20021);
}

/* Two persons become one by an update of the other agency: the row moves with what it says. */
static void a_merge_keeps_it(void **state) {
    struct store_support *s = *state;
    const struct made_person other = {"jo", "sample", "19910101", "ZZ9 9AA", ""};
    (void)enrol(s, &amy, OPT_OUT_APPLIES, 20000);
    assert_int_equal(store_support_enrol(s, "housing", 2, &other), STORE_ADDED);
    assert_int_equal(store_support_enrol(s, "housing", 2, &amy), STORE_UPDATED);
    assert_true(store_support_joined(s, "housing", 2, "health", 1));
    expect(s, OPT_OUT_APPLIES, 20000);
}

static void state_and_day_go_together(void **state) {
    struct store_support *s = *state;
    static const struct store_opt_out WRONG[] = {{OPT_OUT_NOT_STATED, 1}, {OPT_OUT_END, 1}};
    struct store_enrolled result;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct lg_err err = enrol_as(s, &amy, WRONG[i], &result);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(lg_err_code(err), STORE_FIELDS);
    }
}

/* The flag says something of a person's health care: not to be read off the files. */
static void it_is_sealed(void **state) {
    struct store_support *s = *state;
    static const uint8_t BYTES[] = {OPT_OUT_APPLIES, 0x12, 0x34, 0x56, 0x78};
    (void)enrol(s, &amy, OPT_OUT_APPLIES, 0x12345678);
    assert_false(store_support_folder_has(s, span_of(BYTES, sizeof BYTES)));
    assert_false(store_support_folder_has(s, span_of(BYTES + 1, sizeof BYTES - 1)));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(flag_and_day_are_kept), CASE(enrolling_again_updates_it),
        CASE(a_merge_keeps_it),      CASE(state_and_day_go_together),
        CASE(it_is_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
