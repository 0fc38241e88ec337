/* SPDX-License-Identifier: Apache-2.0 */
/* Each request for memory failing in turn while a case is written and put to its agreement: LIMIT,
 * and never an answer that was not asked for. */
#include "policy/cases/cases.h"
#include "tests/support/arena_fail.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

struct attempt {
    struct policy *policy;
    struct policy_request request;
};

static void ignore_difference(void *ctx, struct span id, const char *column, struct span expected,
                              struct span got) {
    (void)ctx;
    (void)id;
    (void)column;
    (void)expected;
    (void)got;
}

static struct lg_err write_and_run(void *ctx, struct arena *arena) {
    const struct attempt *attempt = ctx;
    const struct policy_cases_watch watch = {.on_difference = ignore_difference};
    const struct policy_force force = {.policy = attempt->policy};
    const struct consent consent = {.state = CONSENT_GIVEN};
    const struct policy_case_row row = {
        .id = span_text("1"),
        .title = span_text("Says \"no\", twice"),
        .force = &force,
        .request = &attempt->request,
        .consent = &consent,
    };
    struct policy_cases_result result = {0};
    struct diag diag = {0};
    struct span heading;
    struct span line;
    TRY(policy_case_heading_write(arena, &heading));
    TRY(policy_case_row_write(&row, arena, &line));
    struct span file =
        arena_format(arena, "%.*s\n%.*s", (int)heading.len, (const char *)heading.ptr,
                     (int)line.len, (const char *)line.ptr);
    TRY(arena_failed(arena));
    TRY(policy_cases_run(attempt->policy, file, &watch, &diag, &result));
    assert_int_equal(result.passed, 1);
    return LG_OK;
}

static void cases_fail(void **state) {
    struct fixture *fixture = *state;
    struct attempt attempt = {.policy = fixture->policy, .request = good(fixture)};
    attempt.request.agreement = span_text("whole");
    attempt.request.emergency = declared("", "life");
    arena_fail_each(&attempt, write_and_run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cases_fail, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
