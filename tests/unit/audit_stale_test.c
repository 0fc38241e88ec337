/* SPDX-License-Identifier: Apache-2.0 */
/* Who is refused for a change hears of it when the change can be read: what is read before would be
 * refused for the same change once more. */
#define _POSIX_C_SOURCE 200809L
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

/* The store, which takes its time: it says that it has begun, and goes on when it may. */
struct slow_store {
    sem_t begun;
    sem_t may_end;
};

static struct lg_err apply_slowly(void *ctx, const struct audit_change *changes, size_t count) {
    struct slow_store *store = ctx;
    (void)changes;
    assert_int_equal(count, 1);
    (void)sem_post(&store->begun);
    while (sem_wait(&store->may_end) != 0) {
    }
    return LG_OK;
}

struct waiter {
    bool is_done;
    enum audit_result result;
};

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    struct waiter *waiter = ctx;
    waiter->is_done = true;
    waiter->result = outcome->result;
}

static void turns_until(struct loop *loop, const bool *flag) {
    for (int i = 0; i < 4000 && !*flag; i++) {
        loop_turn(loop, 5);
    }
    assert_true(*flag);
}

static void stale_is_told_after_the_change_was_applied(void **state) {
    struct audit_support support;
    struct slow_store store;
    struct loop *loop = NULL;
    struct waiter change = {0};
    struct waiter stale = {0};
    struct waiter other = {0};
    struct audit_scope person = {{4}};
    const struct audit_condition condition = {{4}, 0};
    (void)state;
    audit_support_init(&support);
    assert_int_equal(sem_init(&store.begun, 0, 0), 0);
    assert_int_equal(sem_init(&store.may_end, 0, 0), 0);
    support.config.apply = apply_slowly;
    support.config.apply_ctx = &store;
    struct audit_log *log = audit_support_open(&support);
    assert_false(lg_failed(loop_new(clock_system(), &loop)));
    const struct audit_entry_fields consent = {.kind = AUDIT_CONSENT,
                                               .person = audit_support_person(&support, 4),
                                               .sealed = span_text("consent 12 withdrawn")};
    const struct audit_batch changes = {
        .entries = &consent, .count = 1, .changed = &person, .changed_count = 1};
    const struct audit_entry_fields asks[] = {audit_support_ask(7), audit_support_ask(8)};
    const struct audit_batch rests = {
        .entries = &asks[0], .count = 1, .conditions = &condition, .condition_count = 1};
    const struct audit_batch free_of_it = {.entries = &asks[1], .count = 1};
    assert_false(lg_failed(audit_commit(log, &changes, loop, on_done, &change)));
    assert_false(lg_failed(audit_commit(log, &rests, loop, on_done, &stale)));
    assert_false(lg_failed(audit_commit(log, &free_of_it, loop, on_done, &other)));
    loop_turn(loop, 0); /* one group of all three */
    while (sem_wait(&store.begun) != 0) {
    }
    turns_until(loop, &other.is_done); /* a question need not wait for the store */
    loop_turn(loop, 0);
    assert_false(stale.is_done || change.is_done);
    (void)sem_post(&store.may_end);
    turns_until(loop, &stale.is_done);
    turns_until(loop, &change.is_done);
    assert_int_equal(stale.result, AUDIT_REFUSED_STALE);
    assert_int_equal(change.result, AUDIT_COMMITTED);
    assert_int_equal(other.result, AUDIT_COMMITTED);
    audit_log_close(&log);
    loop_free(&loop);
    (void)sem_destroy(&store.begun);
    (void)sem_destroy(&store.may_end);
    audit_support_done(&support);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_is_told_after_the_change_was_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
