/* SPDX-License-Identifier: Apache-2.0 */
/* The decision that two rows are one person, without any store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/store.h"

#include <cmocka.h>

enum { N = 1 << TOKEN_N, A = 1 << TOKEN_A, C = 1 << TOKEN_C, D = 1 << TOKEN_D, E = 1 << TOKEN_E };

static struct store_evidence agrees(unsigned classes) {
    return (struct store_evidence){.classes = classes};
}

/* All 32 sets against the table of the header, spelled out once more. */
static void enough_is_the_table(void **state) {
    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        unsigned set = i << 1;
        bool by_name = (set & A) != 0 && (set & (D | E)) != 0;
        bool expected = (set & N) != 0 || by_name;
        struct store_evidence evidence = agrees(set);
        assert_int_equal(store_evidence_is_enough(&evidence), expected);
        evidence.is_contradicted = true;
        assert_false(store_evidence_is_enough(&evidence));
    }
}

static void classes_that_imply_each_other_are_one(void **state) {
    (void)state;
    const unsigned weak[] = {0, A, C, D, E, A | C, C | D, C | E, D | E, C | D | E};
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        struct store_evidence evidence = agrees(weak[i]);
        assert_false(store_evidence_is_enough(&evidence));
    }
}

static size_t match(const unsigned *sets, size_t count) {
    struct store_evidence evidence[4];
    for (size_t i = 0; i < count; i++) {
        evidence[i] = agrees(sets[i]);
    }
    return store_match_find(evidence, count);
}

static void nobody_is_no_match(void **state) {
    (void)state;
    assert_true(store_match_find(NULL, 0) == STORE_MATCH_NONE);
    assert_true(match((const unsigned[]){C | E, A, D | E}, 3) == STORE_MATCH_NONE);
}

static void one_beside_weak_ones_is_found(void **state) {
    (void)state;
    assert_int_equal(match((const unsigned[]){A | E, C | E}, 2), 0);
    assert_int_equal(match((const unsigned[]){A, A | C | D | E, C | D | E}, 3), 1);
    assert_int_equal(match((const unsigned[]){N}, 1), 0);
}

static void a_runner_up_stops_the_match(void **state) {
    (void)state;
    assert_true(match((const unsigned[]){A | E, A | D}, 2) == STORE_MATCH_NONE);
    assert_true(match((const unsigned[]){N, N | A | E}, 2) == STORE_MATCH_NONE);
    /* An identifier alone against name and address of somebody else: perhaps mistyped. */
    assert_true(match((const unsigned[]){N, A | E}, 2) == STORE_MATCH_NONE);
    assert_int_equal(match((const unsigned[]){A | E, N | C, A | D}, 3), 1);
}

static void contradicted_is_no_runner_up(void **state) {
    (void)state;
    struct store_evidence evidence[] = {agrees(A | C | D | E), agrees(A | E)};
    evidence[0].is_contradicted = true;
    assert_int_equal(store_match_find(evidence, 2), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_is_the_table),
        cmocka_unit_test(classes_that_imply_each_other_are_one),
        cmocka_unit_test(nobody_is_no_match),
        cmocka_unit_test(one_beside_weak_ones_is_found),
        cmocka_unit_test(a_runner_up_stops_the_match),
        cmocka_unit_test(contradicted_is_no_runner_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
