/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation of the calling thread fails in turn: open, commit, reading. The table of scopes
 * at its ceiling. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/audit/questions.h"
#include "gateway/audit/scopes.h"
#include "tests/support/audit_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

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

/* False where this build has no failing allocations (sanitizers own them). */
static bool can_fail(void) {
    struct audit_questions *questions = NULL;
    support_alloc_fail_at(1);
    bool failed = lg_failed(audit_questions_new(&questions));
    support_alloc_fail_at(0);
    audit_questions_free(&questions);
    return failed;
}

static void open_gives_back_what_it_took(void **state) {
    struct audit_support *support = *state;
    bool opened = !can_fail();
    uint64_t n = 1;
    for (; !opened; n++) {
        struct audit_log *log = NULL;
        struct diag diag;
        support_alloc_fail_at(n);
        struct lg_err err = audit_log_open(&support->config, &diag, NULL, &log);
        support_alloc_fail_at(0);
        opened = !lg_failed(err);
        assert_true(opened == (log != NULL));
        audit_log_close(&log);
        assert_true(n < 1000);
    }
    assert_true(n == 1 || n > 8);
    struct audit_log *log = audit_support_open(support); /* and the folder is still good */
    audit_log_close(&log);
}

static void count_done(void *ctx, const struct audit_outcome *outcome) {
    size_t *count = ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
    (*count)++;
}

static void commit_queues_nothing_without_memory(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    size_t done = can_fail() ? 0 : 1;
    size_t failures = 0;
    fields.person = audit_support_person(support, 3);
    for (uint64_t n = 1; done == 0; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = audit_commit_wait(log, &batch, count_done, &done);
        support_alloc_fail_at(0);
        failures += lg_failed(err) ? 1 : 0;
        assert_int_equal(lg_failed(err), done == 0);
    }
    if (failures > 0) {
        assert_int_equal(audit_size(log), 2);
    }
}

static void reading_tells_that_memory_is_short(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct receipt_form form;
    struct span checkpoint;
    struct span leaf;
    assert_false(lg_failed(arena_new(64, &arena)));
    struct lg_err err = audit_entry_get(log, 0, arena, &leaf);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    err = audit_entry_receipt(log, 0, arena, &form, &checkpoint);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
}

/* ---- Scopes at their ceiling */

static struct audit_scope scope_of(uint32_t number) {
    struct audit_scope scope = {{0}};
    memcpy(scope.bytes, &number, sizeof number);
    return scope;
}

static struct audit_condition condition_of(uint32_t number, uint64_t applied_through) {
    struct audit_scope scope = scope_of(number);
    struct audit_condition condition = {.applied_through = applied_through};
    memcpy(condition.scope, scope.bytes, sizeof condition.scope);
    return condition;
}

static void no_change_is_ever_forgotten(void **state) {
    enum { MOST = 64, CHANGES = 1000 };
    struct audit_scopes *scopes = NULL;
    (void)state;
    assert_false(lg_failed(audit_scopes_new(MOST, &scopes)));
    for (uint32_t i = 0; i < CHANGES; i++) {
        struct audit_scope scope = scope_of(i);
        audit_scopes_note(scopes, &scope, 10 * i);
        for (uint32_t k = 0; k <= i; k++) {
            struct audit_condition before = condition_of(k, 10 * (uint64_t)k);
            assert_true(audit_scopes_is_stale(scopes, &before));
        }
        struct audit_condition after = condition_of(i, 10 * (uint64_t)i + 1);
        assert_false(audit_scopes_is_stale(scopes, &after)); /* and what is fresh may go */
        struct audit_condition other = condition_of(CHANGES + i, 10 * (uint64_t)i + 1);
        assert_false(audit_scopes_is_stale(scopes, &other));
    }
    audit_scopes_free(&scopes);
}

static void a_full_table_keeps_each_scope_apart(void **state) {
    enum { MOST = 4096 };
    struct audit_scopes *scopes = NULL;
    (void)state;
    assert_false(lg_failed(audit_scopes_new(MOST, &scopes)));
    for (uint32_t i = 0; i < MOST / 2; i++) {
        struct audit_scope scope = scope_of(i);
        audit_scopes_note(scopes, &scope, i);
    }
    for (uint32_t i = 0; i < MOST / 2; i++) {
        struct audit_condition at = condition_of(i, i);
        struct audit_condition after = condition_of(i, i + 1);
        assert_true(audit_scopes_is_stale(scopes, &at));
        assert_false(audit_scopes_is_stale(scopes, &after));
    }
    audit_scopes_free(&scopes);
}

static void questions_have_a_ceiling(void **state) {
    struct audit_questions *questions = NULL;
    (void)state;
    assert_false(lg_failed(audit_questions_new(&questions)));
    for (uint32_t i = 0; i < LIMIT_AUDIT_OPEN_QUESTIONS + 1000; i++) {
        struct request_id id = audit_support_id(i);
        assert_false(lg_failed(audit_questions_begin(questions, &id, i)));
    }
    assert_int_equal(audit_questions_count(questions), LIMIT_AUDIT_OPEN_QUESTIONS);
    assert_int_equal(audit_questions_missed(questions), 1000);
    struct request_id first = audit_support_id(0);
    audit_questions_end(questions, &first);
    audit_questions_end(questions, &first); /* a second end ends nothing else */
    assert_int_equal(audit_questions_count(questions), LIMIT_AUDIT_OPEN_QUESTIONS - 1);
    assert_int_equal(audit_questions_get(questions, 0)->index, 1);
    audit_questions_free(&questions);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(open_gives_back_what_it_took, setup, teardown),
        cmocka_unit_test_setup_teardown(commit_queues_nothing_without_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_tells_that_memory_is_short, setup, teardown),
        cmocka_unit_test_setup_teardown(no_change_is_ever_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_table_keeps_each_scope_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(questions_have_a_ceiling, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
