/* SPDX-License-Identifier: Apache-2.0 */
/* Each value of a case file, as it may be written and as it may not; rows that are written, and
 * read back as the same question. */
#include "policy/cases/cases.h"
#include "policy/cases/csv.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { CELLS = 64, FILE_SIZE = 16384 };

struct row {
    struct span heading[CELLS];
    struct span cells[CELLS];
    size_t count;
};

static void fail_difference(void *ctx, struct span id, const char *column, struct span expected,
                            struct span got) {
    (void)ctx;
    (void)id;
    fail_msg("%s: expected %.*s, got %.*s", column, (int)expected.len,
             expected.len == 0 ? "" : (const char *)expected.ptr, (int)got.len,
             got.len == 0 ? "" : (const char *)got.ptr);
}

static void ignore_difference(void *ctx, struct span id, const char *column, struct span expected,
                              struct span got) {
    (void)ctx;
    (void)id;
    (void)column;
    (void)expected;
    (void)got;
}

/* ---- a good row, and one cell of it spoiled ---- */

static void good_row(struct fixture *fixture, struct row *row) {
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    const struct policy_case_row given = {
        .id = span_text("1"), .title = span_text("T"), .force = &force, .request = &request};
    struct span heading;
    struct span line;
    request.agreement = span_text("whole");
    assert_false(lg_failed(policy_case_heading_write(fixture->arena, &heading)));
    assert_false(lg_failed(policy_case_row_write(&given, fixture->arena, &line)));
    row->count = 0;
    while (span_split(&heading, ',', &row->heading[row->count])) {
        assert_true(span_split(&line, ',', &row->cells[row->count]));
        row->count++;
    }
}

static void put(char *file, size_t *used, struct span cell, char end) {
    assert_true(*used + cell.len + 2 < FILE_SIZE);
    memcpy(file + *used, cell.len == 0 ? "" : (const char *)cell.ptr, cell.len);
    *used += cell.len;
    file[(*used)++] = end;
    file[*used] = 0;
}

static struct lg_err run_with(struct fixture *fixture, const struct row *row, const char *column,
                              const char *value, struct diag *diag) {
    const struct policy_cases_watch watch = {.on_difference = ignore_difference};
    struct policy_cases_result result;
    static char file[FILE_SIZE];
    size_t used = 0;
    bool is_there = false;
    for (size_t i = 0; i < row->count; i++) {
        put(file, &used, row->heading[i], i + 1 < row->count ? ',' : '\n');
    }
    for (size_t i = 0; i < row->count; i++) {
        bool is_it = span_equal_text(row->heading[i], column);
        is_there |= is_it;
        put(file, &used, is_it ? span_text(value) : row->cells[i], i + 1 < row->count ? ',' : '\n');
    }
    assert_true(is_there);
    return policy_cases_run(fixture->policy, span_of(file, used), &watch, diag, &result);
}

static const struct {
    const char *column;
    const char *value;
    bool is_good;
} values[] = {
    {"at", "2026-06-10T11:00:00Z", true},
    {"at", "2026-06-10T23:59:59Z", true},
    {"at", "", false},
    {"at", "2026-06-10T11:00:00", false},
    {"at", "2026-06-31T11:00:00Z", false},
    {"at", "2026-06-10 11:00:00Z", false},
    {"at", "2026-06-10T24:00:00Z", false},
    {"at", "2026-06-10T11.00:00Z", false},
    {"at", "2026-06-10T11:60:00Z", false},
    {"at", "2026-06-10T11:00.00Z", false},
    {"at", "2026-06-10T11:00:60Z", false},
    {"at", "2026-06-10T11:00:00z", false},
    {"at", "2026-06-10T/1:00:00Z", false},
    {"at", "2026-06-10T:1:00:00Z", false},
    {"at", "2026-06-10T1/:00:00Z", false},
    {"at", "2026-06-10T1::00:00Z", false},
    {"agreement_state", "active", true},
    {"agreement_state", "unsigned", true},
    {"agreement_state", "suspended", true},
    {"agreement_state", "withdrawn:alpha", true},
    {"agreement_state", "withdrawn:", false},
    {"agreement_state", "", false},
    {"person_count", "", true},
    {"person_count", "1000000000", true},
    {"person_count", "1000000001", false},
    {"person_count", "99999999999999999999999", false},
    {"person_count", "-1", false},
    {"person_count", "1:", false},
    {"agency_count", "x", false},
    {"subject_count", "x", false},
    {"subject_age", "", true},
    {"subject_age", "17", true},
    {"subject_age", "18", true},
    {"subject_age", "x", false},
    {"consent", "", true},
    {"consent", "none", true},
    {"consent", "given", true},
    {"consent", "refused", true},
    {"consent", "withdrawn", true},
    {"consent", "perhaps", false},
    {"consent_explicit", "no", true},
    {"consent_explicit", "perhaps", false},
    {"consent_purposes", "care|crime", true},
    {"consent_purposes", "care||crime", false},
    {"consent_categories", "|health", false},
    {"consent_recipients", "alpha|", false},
    {"fields", "health.status;health.notes", true},
    {"fields", "health.status;;health.notes", false},
    {"trainings", "|", false},
    {"second_person", "perhaps", false},
    {"emergency", "yes", true},
    {"emergency", "perhaps", false},
    {"emergency_age_min", "x", false},
    {"emergency_count", "x", false},
    {"rationale_chars", "x", false},
};

static void values_are_read_or_refused(void **state) {
    struct fixture *fixture = *state;
    struct row row;
    good_row(fixture, &row);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct diag diag = {0};
        struct lg_err err = run_with(fixture, &row, values[i].column, values[i].value, &diag);
        if (lg_failed(err) == values[i].is_good) {
            fail_msg("%s `%s`: %s", values[i].column, values[i].value, diag.text);
        }
        if (!values[i].is_good) {
            assert_int_equal(lg_err_code(err), POLICY_CASES_WRONG);
            assert_int_equal(diag.line, 2);
            assert_non_null(strstr(diag.text, values[i].column));
        }
    }
}

/* As many items as a list may have, and one more. */
static void lists_have_a_ceiling(void **state) {
    struct fixture *fixture = *state;
    struct row row;
    char fields[2 * 257];
    struct diag diag = {0};
    good_row(fixture, &row);
    for (size_t i = 0; i < 257; i++) {
        fields[2 * i] = 'x';
        fields[2 * i + 1] = ';';
    }
    fields[2 * 256 - 1] = 0;
    assert_false(lg_failed(run_with(fixture, &row, "fields", fields, &diag)));
    fields[2 * 256 - 1] = ';';
    fields[2 * 257 - 1] = 0;
    assert_true(lg_failed(run_with(fixture, &row, "fields", fields, &diag)));
}

static void columns_are_wanted(void **state) {
    struct fixture *fixture = *state;
    const struct policy_cases_watch watch = {.on_difference = ignore_difference};
    struct policy_cases_result result;
    struct diag diag = {0};
    struct lg_err err =
        policy_cases_run(fixture->policy, span_text("id,title\n"), &watch, &diag, &result);
    assert_int_equal(lg_err_code(err), POLICY_CASES_WRONG);
    assert_int_equal(diag.line, 1);
    assert_non_null(strstr(diag.text, "is missing"));
}

/* ---- fields without quotes ---- */

static void fields_end_where_they_may(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *text;
        size_t count; /* 0: not CSV */
    } texts[] = {
        {"a,", 2},  {"a,\n", 2}, {"a,b\r\n", 2}, {",", 2},        {"a\rb", 0},
        {"a\r", 0}, {"a\"b", 0}, {"\"a\"", 1},   {"\"a\"b", 0},   {"\"a\"\r\n", 1},
        {"\"a", 0}, {"\"", 0},   {"\"\"\"", 0},  {"\"\"\"\"", 1}, {"", 1},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct csv csv = policy_csv_of(span_text(texts[i].text));
        struct csv_row row = {0};
        struct diag diag = {0};
        struct lg_err err = policy_csv_next(&csv, 2, fixture->arena, &diag, &row);
        if (lg_failed(err) != (texts[i].count == 0)) {
            fail_msg("`%s`: %s", texts[i].text, diag.text);
        }
        assert_int_equal(row.count, texts[i].count);
    }
}

/* ---- rows that are written ---- */

/* A request of every kind that a row holds comes back as itself: the answer is the same. */
static void what_is_written_is_read_as_the_same(void **state) {
    struct fixture *fixture = *state;
    static const enum consent_state states[] = {CONSENT_GIVEN, CONSENT_REFUSED, CONSENT_WITHDRAWN};
    static const enum age_class ages[] = {AGE_CHILD, AGE_ADULT, AGE_UNKNOWN};
    const struct policy_cases_watch watch = {.on_difference = fail_difference};
    for (unsigned i = 0; i < 24; i++) {
        struct policy_force force = {
            .policy = fixture->policy, .is_suspended = i % 8 == 1, .is_unsigned = i % 8 == 2};
        struct policy_request request = good(fixture);
        const struct consent consent = {.state = states[i % 3],
                                        .explicit_consent = i % 2 == 0,
                                        .purposes = list(fixture, "care child-care"),
                                        .recorded_by = span_text("gamma")};
        struct policy_cases_result result = {0};
        struct diag diag = {0};
        struct span heading;
        struct span line;
        force.withdrawn = list(fixture, i % 8 == 3 ? "gamma" : "");
        request.agreement = span_text("whole");
        request.age_class = ages[i / 8];
        request.has_case_reference = i % 8 != 4;
        request.emergency = declared("", "life");
        request.emergency.is_declared = i % 2 == 0;
        request.emergency.has_age = i % 4 == 0;
        const struct policy_case_row row = {
            .id = span_text("1"),
            .title = span_text("Says \"no\", twice"),
            .why = span_text("a line\nand another"),
            .force = &force,
            .request = &request,
            .consent = i % 8 == 5 ? NULL : &consent,
        };
        assert_false(lg_failed(policy_case_heading_write(fixture->arena, &heading)));
        assert_false(lg_failed(policy_case_row_write(&row, fixture->arena, &line)));
        struct span file =
            arena_format(fixture->arena, "%.*s\n%.*s", (int)heading.len, (const char *)heading.ptr,
                         (int)line.len, (const char *)line.ptr);
        assert_non_null(strstr((const char *)file.ptr, "\"Says \"\"no\"\", twice\""));
        assert_false(lg_failed(policy_cases_run(fixture->policy, file, &watch, &diag, &result)));
        assert_int_equal(result.passed, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_read_or_refused, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(lists_have_a_ceiling, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(columns_are_wanted, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(fields_end_where_they_may, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_as_the_same, arena_begin,
                                        arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
