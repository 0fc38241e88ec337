/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation failing in turn: compile, decide and settle give LIMIT, leave nothing behind and
 * never a half-made permit; and an arena that is too small does the same. */
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static void compile_with_each_failure(void **state) {
    (void)state;
    char *text = vector("whole.isa");
    char *floor = vector("floor.isa");
    uint64_t seen = 0;
    for (uint64_t n = 1;; n++) {
        struct policy *policy = NULL;
        struct diag diag = {0};
        support_alloc_fail_at(n);
        struct lg_err err = policy_compile(span_text(text), span_text(floor), &diag, &policy);
        seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (!lg_failed(err) && seen < n) {
            policy_free(&policy);
            break;
        }
        /* Sorting falls back to sorting in place; all else is told. */
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
            assert_int_equal(lg_err_code(err), POLICY_MEMORY);
            assert_null(policy);
        }
        policy_free(&policy);
        assert_true(n < 10000);
    }
    assert_true(seen > 5);
    free(text);
    free(floor);
}

/* The request comes from outside: what it allocates is not the engine's. */
static struct policy_request everything(struct fixture *fixture) {
    struct policy_request request = good(fixture);
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    return request;
}

static struct lg_err whole_line(struct fixture *fixture, const struct policy_request *request,
                                struct arena *arena) {
    const struct policy_force force = {.policy = fixture->policy};
    const struct permit *permit = NULL;
    const struct policy_counts counts[4] = {{0}};
    const struct policy_facts facts = {.counts = counts, .count_count = 4};
    struct policy_outcome outcomes[3];
    struct policy_outcome whole;
    struct verdict verdict;
    struct span_list found;
    struct span_list codes;
    TRY(policy_decide(&force, 1, request, arena, &permit));
    assert_int_equal(policy_permit_source_count(permit), 3);
    for (size_t i = 0; i < 3; i++) {
        TRY(policy_settle(permit, i, &facts, arena, &outcomes[i]));
    }
    TRY(policy_combine(outcomes, 3, arena, &whole));
    assert_int_equal(whole.decision, DECISION_PARTIAL);
    TRY(policy_duty_codes(&whole.duties, arena, &codes));
    TRY(policy_permit_verdict(permit, arena, &verdict));
    return policy_permit_findable(permit, arena, &found);
}

static void decide_with_each_failure(void **state) {
    struct fixture *fixture = *state;
    const struct policy_request request = everything(fixture);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = whole_line(fixture, &request, arena);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_true(n < 1000);
    }
}

static void decide_with_small_arenas(void **state) {
    struct fixture *fixture = *state;
    const struct policy_request request = everything(fixture);
    bool worked = false;
    for (size_t size = 0; !worked; size += 1009) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(size, &arena)));
        struct lg_err err = whole_line(fixture, &request, arena);
        worked = !lg_failed(err);
        assert_true(worked || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(size < ARENA);
    }
}

/* Sentences of a ruling have no memory to themselves: they come back empty, not broken. */
static void sentences_without_memory(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    struct arena *arena = NULL;
    request.basis = span_text("plain-duty");
    const struct permit *permit = decide(fixture, &force, &request);
    struct policy_ruling ruling = policy_ruling_of(permit, 0, 0);
    assert_false(lg_failed(arena_new(8, &arena)));
    assert_null(policy_sentence(permit, 0, &ruling, arena).ptr);
    assert_true(lg_failed(arena_failed(arena)));
    assert_int_equal(policy_remedy(permit, 0, &ruling, arena).len, 0);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile_with_each_failure),
        cmocka_unit_test_setup_teardown(decide_with_each_failure, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(decide_with_small_arenas, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(sentences_without_memory, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
