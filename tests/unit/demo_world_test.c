/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up people: shares, impossible values, the same bytes for the same seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tools/demo/generate.h"

#include <cmocka.h>

static struct demo_world *world_of(uint64_t seed) {
    struct demo_world *world = NULL;
    assert_false(lg_failed(demo_world_new(seed, &world)));
    return world;
}

static void cohort_has_its_shares_for_any_seed(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct demo_world *world = world_of(seed);
        struct demo_statistics statistics = demo_statistics_of(world);
        assert_int_equal(statistics.people, 2000);
        assert_int_equal(statistics.cohort, 120);
        assert_int_equal(statistics.cohort_known[DEMO_POLICE], 96);
        assert_int_equal(statistics.cohort_known[DEMO_HOUSING], 76);
        /* The background is much lower. */
        assert_true((statistics.known[DEMO_POLICE] - 96) * 100 < 1880 * 20);
        assert_true(statistics.children > 400 && statistics.children < 1000);
        demo_world_free(&world);
    }
}

static bool has_valid_check(const char *nhs) {
    int sum = 0;
    for (int i = 0; i < 9; i++) {
        sum += (nhs[i] - '0') * (10 - i);
    }
    return (11 - sum % 11) % 11 == nhs[9] - '0';
}

static void values_are_impossible(void **state) {
    (void)state;
    struct demo_world *world = world_of(7);
    for (size_t i = 0; i < DEMO_PEOPLE; i++) {
        const struct demo_person *person = &world->people[i];
        assert_int_equal(strlen(person->nhs), 10);
        assert_memory_equal(person->nhs, "999", 3);
        assert_true(has_valid_check(person->nhs));
        assert_true(strncmp(person->phone, "0161 496 0", 10) == 0 ||
                    strncmp(person->phone, "07700 900", 9) == 0);
        const char *postcode = world->households[person->household].postcode;
        const char *inward = strchr(postcode, ' ') + 1;
        assert_int_equal(strlen(inward), 3);
        assert_non_null(strchr("CIKMOV", inward[1]));
        assert_non_null(strchr("CIKMOV", inward[2]));
    }
    demo_world_free(&world);
}

static int compare_text(const void *a, const void *b) {
    return strcmp(a, b);
}

static void numbers_and_references_are_unlike(void **state) {
    (void)state;
    struct demo_world *world = world_of(3);
    static char texts[DEMO_PEOPLE][16];
    for (int round = 0; round < 1 + DEMO_AGENCIES; round++) {
        for (uint32_t i = 0; i < DEMO_PEOPLE; i++) {
            if (round == 0) {
                (void)snprintf(texts[i], 16, "%s", world->people[i].nhs);
            } else {
                demo_reference(world, (enum demo_agency)(round - 1), i, texts[i]);
            }
        }
        qsort(texts, DEMO_PEOPLE, sizeof texts[0], compare_text);
        for (size_t i = 1; i < DEMO_PEOPLE; i++) {
            assert_string_not_equal(texts[i - 1], texts[i]);
        }
    }
    demo_world_free(&world);
}

static void relations_fit_both_ways(void **state) {
    (void)state;
    struct demo_world *world = world_of(2);
    assert_string_equal(demo_relation(world, 0, 1), "partner of");
    assert_string_equal(demo_relation(world, 0, 3), "parent of");
    assert_string_equal(demo_relation(world, 3, 0), "child of");
    assert_string_equal(demo_relation(world, 2, 3), "same household");
    assert_string_equal(world->people[demo_lead_subject(world)].family, "EXAMPLE");
    for (size_t i = 0; i < world->household_count; i++) {
        const struct demo_household *home = &world->households[i];
        assert_true(home->adults >= 1 && home->adults <= home->count);
        for (uint32_t a = home->first; a < home->first + home->count; a++) {
            for (uint32_t b = a + 1; b < home->first + home->count; b++) {
                bool parent = strcmp(demo_relation(world, a, b), "parent of") == 0;
                bool child = strcmp(demo_relation(world, b, a), "child of") == 0;
                assert_int_equal(parent, child);
            }
        }
    }
    demo_world_free(&world);
}

static void folder_compare(const char *a, const char *b, bool same) {
    static const char *const NAMES[] = {"police.db",     "police.yaml",   "hub.db",
                                        "gp.csv",        "voluntary.csv", "housing.db",
                                        "mh-trust.yaml", "canaries"};
    bool all = true;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        size_t a_len = 0;
        size_t b_len = 0;
        char *a_bytes = support_file_read(a, NAMES[i], &a_len);
        char *b_bytes = support_file_read(b, NAMES[i], &b_len);
        assert_non_null(a_bytes);
        assert_non_null(b_bytes);
        all = all && a_len == b_len && memcmp(a_bytes, b_bytes, a_len) == 0;
        free(a_bytes);
        free(b_bytes);
    }
    assert_int_equal(all, same);
}

static void one_seed_gives_one_set_of_bytes(void **state) {
    (void)state;
    const char *const folders[] = {LOCKGATE_BUILD "/demo_test_a", LOCKGATE_BUILD "/demo_test_b",
                                   LOCKGATE_BUILD "/demo_test_c"};
    for (size_t i = 0; i < 3; i++) {
        struct demo_world *world = world_of(i < 2 ? 11 : 12);
        struct diag diag = {.line = 0};
        assert_false(lg_failed(demo_generate(world, folders[i], &diag)));
        demo_world_free(&world);
    }
    folder_compare(folders[0], folders[1], true);
    folder_compare(folders[0], folders[2], false);
}

static void a_folder_that_cannot_be_is_told(void **state) {
    (void)state;
    struct demo_world *world = world_of(1);
    struct diag diag = {.line = 0};
    assert_true(lg_failed(demo_generate(world, "/proc/none/such", &diag)));
    assert_non_null(strstr(diag.text, "/proc/none/such"));
    demo_world_free(&world);
}

static void no_memory_gives_an_error(void **state) {
    (void)state;
    struct demo_world *world = NULL;
    support_alloc_fail_at(1);
    struct lg_err err = demo_world_new(1, &world);
    support_alloc_fail_at(0);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_null(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cohort_has_its_shares_for_any_seed),
        cmocka_unit_test(values_are_impossible),
        cmocka_unit_test(numbers_and_references_are_unlike),
        cmocka_unit_test(relations_fit_both_ways),
        cmocka_unit_test(one_seed_gives_one_set_of_bytes),
        cmocka_unit_test(a_folder_that_cannot_be_is_told),
        cmocka_unit_test(no_memory_gives_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
