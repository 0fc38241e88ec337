/* SPDX-License-Identifier: Apache-2.0 */
/* The outside cases, put to the outside agreement; and the reader of case files itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/cases/cases.h"
#include "policy/cases/csv.h"
#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

struct texts {
    char *agreement;
    size_t agreement_len;
    char *cases;
    size_t cases_len;
    struct policy *policy;
};

/* How many columns differed, and the last of them. */
struct differences {
    unsigned count;
    char column[40];
    char got[80];
};

static void count_difference(void *ctx, struct span id, const char *column, struct span expected,
                             struct span got) {
    struct differences *differences = ctx;
    differences->count++;
    snprintf(differences->column, sizeof differences->column, "%s", column);
    snprintf(differences->got, sizeof differences->got, "%.*s", (int)got.len,
             got.len == 0 ? "" : (const char *)got.ptr);
    print_message("%.*s %s: expected %.*s, got %.*s\n", (int)id.len, (const char *)id.ptr, column,
                  (int)expected.len, expected.len == 0 ? "" : (const char *)expected.ptr,
                  (int)got.len, got.len == 0 ? "" : (const char *)got.ptr);
}

static struct lg_err run(const struct texts *texts, const char *cases, struct diag *diag,
                         struct differences *differences, struct policy_cases_result *result) {
    const struct policy_cases_watch watch = {.on_difference = count_difference, .ctx = differences};
    return policy_cases_run(texts->policy, span_text(cases), &watch, diag, result);
}

static void all_cases_pass(void **state) {
    const struct texts *texts = *state;
    struct diag diag = {0};
    struct differences differences = {0};
    struct policy_cases_result result = {0};
    assert_false(lg_failed(run(texts, texts->cases, &diag, &differences, &result)));
    assert_int_equal(result.passed, 15);
    assert_int_equal(result.failed, 0);
    assert_int_equal(differences.count, 0);
}

/* The runner must notice: one changed answer a column, one difference each. */
static void changed_answers_fail(void **state) {
    const struct texts *texts = *state;
    static const struct {
        const char *from;
        const char *to;
        const char *column;
    } changes[] = {
        {",permit,pass;pass,PERMIT_CLAUSE", ",partial,pass;pass,PERMIT_CLAUSE",
         "expected_decision"},
        {",pass;pass,", ",pass;redact,", "expected_fields"},
        {",CONSENT_WITHDRAWN,7.2", ",CONSENT_REFUSED,7.2", "expected_reason"},
        {",OUT_OF_HOURS,8.3", ",OUT_OF_HOURS,8.4", "expected_clauses"},
        {"keep=90d;min-group=10;onward=no", "keep=90d;onward=no", "expected_obligations"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char *text = calloc(1, texts->cases_len + 64);
        assert_non_null(text);
        const char *at = strstr(texts->cases, changes[i].from);
        assert_non_null(at);
        snprintf(text, texts->cases_len + 64, "%.*s%s%s", (int)(at - texts->cases), texts->cases,
                 changes[i].to, at + strlen(changes[i].from));
        struct diag diag = {0};
        struct differences differences = {0};
        struct policy_cases_result result = {0};
        assert_false(lg_failed(run(texts, text, &diag, &differences, &result)));
        assert_int_equal(result.failed, 1);
        assert_int_equal(result.passed, 14);
        assert_int_equal(differences.count, 1);
        assert_string_equal(differences.column, changes[i].column);
        free(text);
    }
}

static void bad_case_files_name_the_line(void **state) {
    const struct texts *texts = *state;
    static const struct {
        const char *from;
        const char *to;
        uint32_t line;
    } changes[] = {
        {"subject_age", "subject_years", 1},
        {"id,title", "id,id", 1},
        {"S02,Nothing shares a plan type for crime work,otr,active",
         "S02,Nothing shares a plan type for crime work,otr,lively", 3},
        {"S03,Charity asks", "S03,\"Charity asks", 4},
        {"S04,\"Tenancy for early help, with consent\"", "S04,\"Tenancy\"x", 5},
        {"S05,\"Tenancy for early help, nobody asked for consent\",otr",
         "S05,\"Tenancy for early help, nobody asked for consent\",otr,extra", 6},
        {"2026-06-10T19:00:00Z", "2026-06-31T19:00:00Z", 8},
        {",yes,serious-harm,85", ",maybe,serious-harm,85", 9},
        {",yes,serious-harm,85,5", ",yes,serious-harm,8x5,5", 9},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char *text = calloc(1, texts->cases_len + 64);
        assert_non_null(text);
        const char *at = strstr(texts->cases, changes[i].from);
        assert_non_null(at);
        snprintf(text, texts->cases_len + 64, "%.*s%s%s", (int)(at - texts->cases), texts->cases,
                 changes[i].to, at + strlen(changes[i].from));
        struct diag diag = {0};
        struct differences differences = {0};
        struct policy_cases_result result = {0};
        struct lg_err err = run(texts, text, &diag, &differences, &result);
        assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
        assert_int_equal(diag.line, changes[i].line);
        assert_true(diag.text[0] != 0);
        free(text);
    }
}

static void quoted_fields_are_unquoted(void **state) {
    (void)state;
    struct arena *arena = NULL;
    struct diag diag = {0};
    struct csv_row row;
    assert_false(lg_failed(arena_new(65536, &arena)));
    struct csv csv = policy_csv_of(span_text("a,\"b \"\"c\"\", d\r\ne\",\r\nf,,\"\""));
    assert_false(lg_failed(policy_csv_next(&csv, 3, arena, &diag, &row)));
    assert_int_equal(row.count, 3);
    assert_true(span_equal_text(row.fields[1], "b \"c\", d\r\ne"));
    assert_int_equal(row.fields[2].len, 0);
    assert_false(lg_failed(policy_csv_next(&csv, 3, arena, &diag, &row)));
    assert_int_equal(row.line, 3);
    assert_int_equal(row.count, 3);
    assert_true(policy_csv_end(&csv));
    csv = policy_csv_of(span_text("1,2,3,4"));
    assert_true(lg_failed(policy_csv_next(&csv, 3, arena, &diag, &row)));
    csv = policy_csv_of(span_text("1\xff,2"));
    assert_true(lg_failed(policy_csv_next(&csv, 3, arena, &diag, &row)));
    arena_free(&arena);
}

int main(void) {
    struct texts texts = {0};
    struct diag diag = {0};
    const char *folder = LOCKGATE_DATA "/policy";
    texts.agreement = support_file_read(folder, "one-trafford-response.isa", &texts.agreement_len);
    texts.cases = support_file_read(folder, "cases.csv", &texts.cases_len);
    if (texts.agreement == NULL || texts.cases == NULL) {
        printf("skipped\n");
        return TEST_SKIPPED;
    }
    struct span text = span_of(texts.agreement, texts.agreement_len);
    if (lg_failed(policy_compile(text, span_of(NULL, 0), &diag, &texts.policy))) {
        printf("%u: %s\n", (unsigned)diag.line, diag.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(all_cases_pass, &texts),
        cmocka_unit_test_prestate(changed_answers_fail, &texts),
        cmocka_unit_test_prestate(bad_case_files_name_the_line, &texts),
        cmocka_unit_test(quoted_fields_are_unquoted),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    policy_free(&texts.policy);
    free(texts.agreement);
    free(texts.cases);
    return failed;
}
