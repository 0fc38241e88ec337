/* SPDX-License-Identifier: Apache-2.0 */
/* The search for what would make it lawful comes to an end, also where changes never do. The linker
 * puts the function below in place of the one that finds the next (tests/unit/CMakeLists.txt). */
#include "policy/explain/seek_int.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static unsigned found;

struct policy_hint __wrap_policy_remedy_next(struct seeking *s);

/* A case reference, again and again: it helps nothing here. */
struct policy_hint __wrap_policy_remedy_next(struct seeking *s) {
    (void)s;
    found++;
    return (struct policy_hint){.kind = POLICY_HINT_CASE_REFERENCE};
}

static void a_search_ends(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    const struct policy_facts facts = {.consents = NULL};
    struct policy_outcome outcome;
    struct policy_hints hints;
    request.age_class = AGE_UNKNOWN;
    request.sources = list(fixture, "delta");
    const struct policy_force force = {.policy = fixture->policy};
    const struct permit *permit = decide(fixture, &force, &request);
    assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
    assert_int_not_equal(outcome.rulings[0].refusal, POLICY_REASON_NONE);
    assert_false(lg_failed(policy_hints_find(&outcome.rulings[0], &facts, fixture->arena, &hints)));
    assert_int_equal(hints.count, 0);
    assert_true(found >= POLICY_HINT_END);
    assert_true(found < 100 * POLICY_HINT_END);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_search_ends, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
