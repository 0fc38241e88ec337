/* SPDX-License-Identifier: Apache-2.0 */
/* What binds a whole answer whose fields may be passed on differently: the strictest, in whatever
 * order the fields were asked for; two permissions of one kind that differ make none. */
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* Clause 4 passes on to delta; these two of the same kind of question differ from it. */
static const char MORE[] = "clause 4.1 share\n  from: gamma\n  to: alpha/worker\n"
                           "  purpose: child-care\n  basis: duty\n  consent: not needed\n"
                           "  pass: health.notes\n  onward: to beta for care\n"
                           "clause 4.2 share\n  from: gamma\n  to: alpha/worker\n"
                           "  purpose: child-care\n  basis: duty\n  consent: not needed\n"
                           "  pass: health.diagnosis\n  onward: ask beta\n";

static struct policy *load(void) {
    char *text = vector("whole.isa");
    const char *at = strstr(text, "clause 5 share");
    size_t size = strlen(text) + sizeof MORE;
    char *longer = malloc(size);
    assert_non_null(at);
    assert_non_null(longer);
    snprintf(longer, size, "%.*s%s%s", (int)(at - text), text, MORE, at);
    struct policy *policy = compile(longer, NULL);
    free(longer);
    free(text);
    return policy;
}

static void the_strictest_binds(void **state) {
    static const struct {
        const char *fields;
        const char *onward;
    } rows[] = {
        {"health.status", "to"},
        {"health.notes", "to"},
        {"health.diagnosis", "ask"},
        {"health.status health.notes", "no"},
        {"health.status health.notes health.diagnosis", "ask"},
        {"health.status health.diagnosis health.notes", "ask"},
        {"health.diagnosis health.notes health.status", "ask"},
    };
    struct fixture *fixture = *state;
    struct policy *policy = load();
    const struct policy_force force = {.policy = policy};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_request request = good(fixture);
        request.fields = list(fixture, rows[i].fields);
        struct policy_outcome outcome =
            settle(fixture, decide(fixture, &force, &request), NULL, (struct policy_counts){0});
        assert_int_equal(outcome.decision, DECISION_PERMIT);
        assert_true(span_equal_text(outcome.duties.onward, rows[i].onward));
    }
    policy_free(&policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_strictest_binds, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
