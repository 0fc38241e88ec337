/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of a case file beyond those of data/policy/README.md, and a run of cases without memory.
 */
#include "policy/cases/cases.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static void count_difference(void *ctx, struct span id, const char *column, struct span expected,
                             struct span got) {
    unsigned *count = ctx;
    (*count)++;
    print_message("%.*s %s: expected %.*s, got %.*s\n", (int)id.len, (const char *)id.ptr, column,
                  (int)expected.len, expected.len == 0 ? "" : (const char *)expected.ptr,
                  (int)got.len, got.len == 0 ? "" : (const char *)got.ptr);
}

static struct lg_err run(struct fixture *fixture, const char *text, struct diag *diag,
                         unsigned *differences, struct policy_cases_result *result) {
    const struct policy_cases_watch watch = {.on_difference = count_difference, .ctx = differences};
    return policy_cases_run(fixture->policy, span_text(text), &watch, diag, result);
}

static void optional_columns_are_facts(void **state) {
    char *text = vector("optional.cases.csv");
    struct diag diag = {0};
    unsigned differences = 0;
    struct policy_cases_result result = {0};
    assert_false(lg_failed(run(*state, text, &diag, &differences, &result)));
    assert_int_equal(result.passed, 10);
    assert_int_equal(result.failed, 0);
    assert_int_equal(differences, 0);
    free(text);
}

/* The same cells under no heading of their own are as if not given. */
static void absent_columns_are_not_given(void **state) {
    char *text = vector("whole.cases.csv");
    struct diag diag = {0};
    unsigned differences = 0;
    struct policy_cases_result result = {0};
    assert_null(strstr(text, "second_person"));
    assert_false(lg_failed(run(*state, text, &diag, &differences, &result)));
    assert_int_equal(result.passed, 10);
    free(text);
}

static void wrong_cells_name_their_column(void **state) {
    static const struct {
        const char *from;
        const char *to;
        const char *column;
    } changes[] = {
        {"Clause 3,,yes,", "Clause 3,,perhaps,", "second_person"},
        {"Clause 3,,yes,", "Clause 3,,yes,,", "the row has"},
        {"first-aid|safeguarding-2", "first-aid||safeguarding-2", "trainings"},
        {"O8,2,", "O8,two,", "subject_count"},
        {"beta|gamma", "beta|", "consent_recipients"},
        {"consent_from", "second_person", "second_person"},
        {"consent_recorded_by", "consent_taken_by", "consent_taken_by"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char *text = vector("optional.cases.csv");
        char *at = strstr(text, changes[i].from);
        assert_non_null(at);
        char *spoilt = calloc(1, strlen(text) + 64);
        assert_non_null(spoilt);
        snprintf(spoilt, strlen(text) + 64, "%.*s%s%s", (int)(at - text), text, changes[i].to,
                 at + strlen(changes[i].from));
        struct diag diag = {0};
        unsigned differences = 0;
        struct policy_cases_result result = {0};
        struct lg_err err = run(*state, spoilt, &diag, &differences, &result);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        if (strstr(diag.text, changes[i].column) == NULL) {
            fail_msg("%s: %s", changes[i].column, diag.text);
        }
        free(spoilt);
        free(text);
    }
}

static void each_allocation_fails(void **state) {
    char *text = vector("optional.cases.csv");
    for (uint64_t n = 1;; n++) {
        struct diag diag = {0};
        unsigned differences = 0;
        struct policy_cases_result result = {0};
        support_alloc_fail_at(n);
        struct lg_err err = run(*state, text, &diag, &differences, &result);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        assert_int_equal(differences, 0);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_true(n < 1000);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optional_columns_are_facts),
        cmocka_unit_test(absent_columns_are_not_given),
        cmocka_unit_test(wrong_cells_name_their_column),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
