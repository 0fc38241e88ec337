/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that were destroyed come back from no backup, are destroyed once, and never half; a quarter
 * ends. */
#include "tests/unit/store_erase_fixture.h"

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person bob = {"bob", "sample", "19620830", "ZZ2 2BB", "9990000026"};

/* ---- Twice, and after a backup */

static void a_replay_does_it_once(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    size_t destroyed = 9;
    steps(s, STORE_ERASURE_DONE, &id, 1, "hub");
    steps(s, STORE_ERASURE_DONE, &id, 1, "hub");
    steps(s, STORE_ERASURE_DONE, &id, 2, "hub");
    steps(s, STORE_ERASURE_ASKED, &id, 3, "hub");
    steps(s, STORE_ERASURE_HELD, &id, 4, "hub");
    struct store_erasure *rows = NULL;
    size_t count = 9;
    assert_false(
        lg_failed(store_erasures_list(s->reader, span_of(NULL, 0), s->arena, &rows, &count)));
    assert_int_equal(count, 0);
    assert_false(lg_failed(store_keys_settle(s->store, &destroyed)));
    assert_int_equal(destroyed, 0);
    store_support_reopen(s);
    assert_true(is_gone(s, &a, Q));
}

/* keys.db of yesterday brings both keys back; the start takes them away again. */
static void an_old_key_store_brings_nothing_back(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    struct store_tag of_a = digest(s, &a, Q);
    struct store_tag of_b = digest(s, &b, Q);
    struct store_tag of_nobody = digest(s, NULL, Q - 30);
    struct store_key_id ids[] = {key_id(s, &a), store_key_id_quarter(Q - 30)};
    uint8_t wrapped[WRAPPED];
    size_t destroyed = 0;
    assert_true(wrapped_of(s, &a, Q, wrapped));
    store_support_reopen(s);
    struct file_copy yesterday = file_take(s, "keys.db");
    steps(s, STORE_ERASURE_DONE, &ids[0], 1, "hub");
    steps(s, STORE_ERASURE_DONE, &ids[1], 2, "hub");
    assert_true(is_gone(s, &a, Q) && is_gone(s, NULL, Q - 30));
    files_close(s);
    file_put(s, "keys.db", &yesterday);
    store_support_reopen(s);
    assert_true(same(digest(s, &a, Q), of_a)); /* as it would be without the comparison */
    assert_false(lg_failed(store_keys_settle(s->store, &destroyed)));
    assert_int_equal(destroyed, 2);
    assert_true(is_gone(s, &a, Q) && is_gone(s, NULL, Q - 30));
    assert_false(same(digest(s, NULL, Q - 30), of_nobody));
    assert_true(same(digest(s, &b, Q), of_b));
    assert_false(store_support_folder_has(s, span_of(wrapped, WRAPPED)));
    assert_false(lg_failed(store_keys_settle(s->store, &destroyed)));
    assert_int_equal(destroyed, 0);
}

/* More than are looked at in one go. */
static void many_are_settled(void **state) {
    struct store_support *s = *state;
    enum { MANY = 150 };
    size_t destroyed = 0;
    store_support_reopen(s);
    struct file_copy yesterday = file_take(s, "keys.db");
    for (uint32_t i = 0; i < MANY; i++) {
        struct person_id person = {{(uint8_t)i, 7}};
        struct store_key_id id = key_id(s, &person);
        steps(s, STORE_ERASURE_DONE, &id, i, "hub");
    }
    files_close(s);
    file_put(s, "keys.db", &yesterday);
    store_support_reopen(s);
    assert_false(lg_failed(store_keys_settle(s->store, &destroyed)));
    assert_int_equal(destroyed, MANY);
}

/* lockgate.db comes back from before an erasure that keys.db knows: they live, and their keys do
 * not. The erasure, from the log, ends that. */
static void who_outlives_their_keys_is_counted(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    struct store_key_id ids[] = {key_id(s, &a), key_id(s, &b)};
    size_t people = 9;
    bool any = true;
    assert_false(lg_failed(store_keys_outlived(s->store, &people)));
    assert_int_equal(people, 0);
    assert_false(lg_failed(store_key_any_destroyed(s->store, Q, &any)));
    assert_false(any);
    store_support_reopen(s);
    struct file_copy yesterday = file_take(s, "lockgate.db");
    steps(s, STORE_ERASURE_DONE, &ids[0], 1, "hub");
    steps(s, STORE_ERASURE_DONE, &ids[1], 2, "hub");
    assert_false(lg_failed(store_keys_outlived(s->store, &people)));
    assert_int_equal(people, 0);
    assert_false(lg_failed(store_key_any_destroyed(s->store, Q, &any)));
    assert_true(any);
    files_close(s);
    file_put(s, "lockgate.db", &yesterday);
    store_support_reopen(s);
    assert_true(is_known(s, &a));
    assert_false(lg_failed(store_keys_outlived(s->store, &people)));
    assert_int_equal(people, 2);
    steps(s, STORE_ERASURE_DONE, &ids[0], 1, "hub"); /* as the replay of the log does it */
    assert_false(is_known(s, &a));
    assert_false(lg_failed(store_keys_outlived(s->store, &people)));
    assert_int_equal(people, 1);
}

static void of_a_quarter_only_its_changes_were_erased(void **state) {
    struct store_support *s = *state;
    struct store_key_id old = store_key_id_quarter(Q - 30);
    bool any = false;
    steps(s, STORE_ERASURE_DONE, &old, 1, "hub");
    assert_false(lg_failed(store_key_any_destroyed(s->store, Q - 30, &any)));
    assert_true(any);
    assert_false(lg_failed(store_key_any_destroyed(s->store, Q, &any)));
    assert_false(any);
}

/* ---- A quarter */

static void a_quarter_ends(void **state) {
    struct store_support *s = *state;
    enum { PEOPLE = 1500, OLD = Q - 30 };
    struct store_key_id id = store_key_id_quarter(OLD);
    struct person_id *people = calloc(PEOPLE, sizeof *people);
    bool left = true;
    size_t sweeps = 0;
    assert_non_null(people);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        memcpy(people[i].bytes, &i, sizeof i);
    }
    for (size_t i = 0; i < PEOPLE; i += STORE_BATCH_MAX) {
        size_t rest = PEOPLE - i;
        assert_false(lg_failed(store_keys_make(
            s->store, &people[i], rest < STORE_BATCH_MAX ? rest : STORE_BATCH_MAX, OLD)));
    }
    struct store_tag nobody = digest(s, NULL, OLD);
    struct store_tag person = digest(s, &people[0], OLD);
    struct store_tag other = digest(s, &people[0], OLD + 1);
    assert_int_equal(keys_of(s, OLD), PEOPLE + 1);
    steps(s, STORE_ERASURE_DONE, &id, 1, "hub");
    assert_int_equal(keys_of(s, OLD), 0);
    assert_true(is_gone(s, NULL, OLD) && is_gone(s, &people[0], OLD));
    assert_false(same(digest(s, NULL, OLD), nobody) || same(digest(s, &people[0], OLD), person));
    assert_true(same(digest(s, &people[0], OLD + 1), other));
    uint8_t wrapped[WRAPPED];
    assert_true(wrapped_of(s, &people[0], OLD, wrapped)); /* opened by nothing, and swept away */
    while (left) {
        assert_false(lg_failed(store_keys_sweep(s->store, &left)));
        assert_true(++sweeps < 10);
    }
    assert_true(sweeps > 1);
    assert_false(wrapped_of(s, &people[0], OLD, wrapped));
    assert_true(wrapped_of(s, &people[0], OLD + 1, wrapped));
    free(people);
}

/* ---- Faults */

/* Whatever fails, it is either not done, or done once it is applied again; never half. */
static void each_allocation_fails(void **state) {
    struct store_support *s = *state;
    for (uint64_t n = 1;; n++) {
        char id_text[16];
        (void)snprintf(id_text, sizeof id_text, "999%07u", (unsigned)n);
        struct made_person who = {"", "", "", "", id_text};
        struct person_id person = enrolled(s, "housing", 1000 + (uint32_t)n, &who);
        struct store_key_id id = key_id(s, &person);
        uint8_t wrapped[WRAPPED];
        assert_true(wrapped_of(s, &person, Q, wrapped));
        struct store_erasure both[2];
        done_make(s, &id, n, "hub", both);
        support_alloc_fail_at(n);
        struct lg_err err = entry(s, both, 2);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        bool done = true;
        if (lg_failed(err)) {
            /* Where the side file was not cut, that is what the error tells. */
            assert_true(lg_err_class(err) == LG_CLASS_LIMIT || lg_err_class(err) == LG_CLASS_STORE);
            assert_false(store_is_latched(s->store));
            assert_false(lg_failed(store_erasure_is_done(s->reader, &id, &done)));
            assert_false(done);
            assert_false(lg_failed(entry(s, both, 2)));
        }
        assert_true(is_gone(s, &person, Q));
        assert_false(is_known(s, &person));
        assert_false(store_support_folder_has(s, span_of(wrapped, WRAPPED)));
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 600);
        arena_free(&s->arena);
        assert_false(lg_failed(arena_new(64U << 20, &s->arena)));
    }
}

/* A store that can no longer be trusted erases nothing and says so: the log then stops. */
static void a_latched_store_says_so(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    struct lg_err latched = lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_LATCHED);
    size_t destroyed = 0;
    bool left = true;
    s->store->keys.is_broken = true;
    store_latch_check(s->store, &s->store->keys);
    assert_true(lg_err_same(store_keys_destroy(s->store, &id, 1), latched));
    assert_true(lg_err_same(step(s, STORE_ERASURE_DONE, &id, 1, "hub"), latched));
    assert_true(lg_err_same(store_keys_sweep(s->store, &left), latched));
    assert_true(left);
    assert_false(lg_failed(store_keys_settle(s->store, &destroyed)));
    assert_int_equal(destroyed, 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, erase_set_up, erase_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_replay_does_it_once),
        CASE(an_old_key_store_brings_nothing_back),
        CASE(many_are_settled),
        CASE(who_outlives_their_keys_is_counted),
        CASE(of_a_quarter_only_its_changes_were_erased),
        CASE(a_quarter_ends),
        CASE(each_allocation_fails),
        CASE(a_latched_store_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
