/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed parts of many entries opened at once: each gives what it would give alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "gateway/audit/audit.h"
#include "tests/support/audit_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ENTRIES = 6, PERSONS = 2, ARENA = 1 << 20 };
static const int64_t QUARTER_MS = INT64_C(92) * 86400 * 1000;

static int setup(void **state) {
    static struct audit_support support;
    audit_support_init(&support);
    *state = &support;
    return 0;
}

static int teardown(void **state) {
    audit_support_done(*state);
    return 0;
}

/* Of two persons and nobody by turns, half of them in the next quarter. */
static void commit_entries(struct audit_support *support, struct audit_log *log,
                           char sealed[ENTRIES][16]) {
    for (uint32_t i = 0; i < ENTRIES; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        (void)snprintf(sealed[i], sizeof sealed[i], "sealed %u", (unsigned)i);
        fields.person = i % 3 == PERSONS ? NULL : audit_support_person(support, (uint8_t)(i % 3));
        fields.sealed = span_text(sealed[i]);
        support->now_ms += i == ENTRIES / 2 ? QUARTER_MS : 0;
        struct receipt *receipt = audit_support_commit_one(log, &fields);
        assert_int_equal(audit_receipt_index(receipt), i + 1);
        audit_receipt_free(&receipt);
    }
}

static struct lg_err open_all(struct audit_log *log, struct arena *arena,
                              struct audit_unsealing items[ENTRIES]) {
    for (uint32_t i = 0; i < ENTRIES; i++) {
        items[i] = (struct audit_unsealing){.found = false};
        TRY(audit_entry_get(log, i + 1, arena, &items[i].leaf));
    }
    return audit_entries_unseal(log, items, ENTRIES, arena);
}

static void many_open_as_each_alone(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_unsealing items[ENTRIES];
    char sealed[ENTRIES][16];
    commit_entries(support, log, sealed);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(open_all(log, arena, items)));
    for (size_t i = 0; i < ENTRIES; i++) {
        struct audit_opened alone;
        bool found = false;
        assert_true(items[i].found);
        assert_true(span_equal_text(items[i].opened.sealed, sealed[i]));
        assert_false(lg_failed(audit_entry_unseal(log, items[i].leaf, arena, &alone, &found)));
        assert_true(found);
        assert_true(span_equal(alone.sealed, items[i].opened.sealed));
    }
    assert_false(lg_failed(audit_entries_unseal(log, items, 0, arena)));
}

/* Where a person's keys are gone, their entries stay shut and the others open. */
static void the_erased_stay_shut(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_unsealing items[ENTRIES];
    char sealed[ENTRIES][16];
    commit_entries(support, log, sealed);
    support->people_count--;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(open_all(log, arena, items)));
    for (size_t i = 0; i < ENTRIES; i++) {
        assert_int_equal(items[i].found, i % 3 != 1);
    }
}

static void bytes_that_are_no_entry_are_refused(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_unsealing item = {.leaf = span_text("no entry")};
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_int_equal(lg_err_class(audit_entries_unseal(log, &item, 1, arena)), LG_CLASS_INPUT);
}

static void each_allocation_fails(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    char sealed[ENTRIES][16];
    commit_entries(support, log, sealed);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct audit_unsealing items[ENTRIES];
        support_alloc_fail_at(n);
        struct lg_err err = arena_new(ARENA, &arena);
        if (!lg_failed(err)) {
            err = open_all(log, arena, items);
        }
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_open_as_each_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_erased_stay_shut, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_entry_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(each_allocation_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
