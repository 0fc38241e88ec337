/* SPDX-License-Identifier: Apache-2.0 */
/* A store that is stuck: what waits for the log is bounded, questions are turned down before
 * withdrawals are, and what was asked can still be ended. When it moves on, everything that was
 * taken is written. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { OVER = 1000 };

/* Holds the sequencer in the store. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_open;
    bool is_reached;
};

struct world {
    struct audit_support support;
    struct gate gate;
    struct audit_log *log;
    struct loop *loop;
    size_t taken;
    size_t done;
    size_t committed;
};

static struct lg_err apply(void *ctx, const struct audit_change *changes, size_t count) {
    struct gate *gate = ctx;
    (void)changes;
    (void)count;
    pthread_mutex_lock(&gate->lock);
    gate->is_reached = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->is_open) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
    return LG_OK;
}

static void gate_await(struct gate *gate) {
    pthread_mutex_lock(&gate->lock);
    while (!gate->is_reached) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate) {
    pthread_mutex_lock(&gate->lock);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    struct world *world = ctx;
    world->done++;
    world->committed += outcome->result == AUDIT_COMMITTED ? 1 : 0;
}

static struct lg_err commit(struct world *world, const struct audit_batch *batch) {
    struct lg_err err = audit_commit(world->log, batch, world->loop, on_done, world);
    world->taken += lg_failed(err) ? 0 : 1;
    return err;
}

static struct lg_err commit_ask(struct world *world, enum audit_kind kind) {
    struct audit_entry_fields fields = audit_support_ask((uint32_t)world->taken + 1);
    fields.kind = kind;
    return commit(world, &(struct audit_batch){.entries = &fields, .count = 1});
}

static struct lg_err commit_consent(struct world *world) {
    struct audit_scope scope = {{4}};
    struct audit_entry_fields fields = {.kind = AUDIT_CONSENT,
                                        .person = audit_support_person(&world->support, 4),
                                        .sealed = span_text("consent withdrawn")};
    return commit(world,
                  &(struct audit_batch){
                      .entries = &fields, .count = 1, .changed = &scope, .changed_count = 1});
}

static struct lg_err commit_part(struct world *world, enum audit_kind kind) {
    struct audit_commitment commitment;
    struct audit_detail detail;
    audit_commitment_make(span_text("part"), &commitment);
    struct audit_entry_fields fields =
        audit_support_part((uint32_t)world->taken + 1, kind, &commitment, &detail);
    return commit(world, &(struct audit_batch){.entries = &fields, .count = 1});
}

static void expect_full(struct lg_err err) {
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_int_equal(lg_err_code(err), AUDIT_QUEUE_FULL);
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    audit_support_init(&world->support);
    pthread_mutex_init(&world->gate.lock, NULL);
    pthread_cond_init(&world->gate.changed, NULL);
    world->support.config.apply = apply;
    world->support.config.apply_ctx = &world->gate;
    world->log = audit_support_open(&world->support);
    assert_false(lg_failed(loop_new(clock_system(), &world->loop)));
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    gate_open(&world->gate);
    audit_log_close(&world->log);
    loop_free(&world->loop);
    pthread_cond_destroy(&world->gate.changed);
    pthread_mutex_destroy(&world->gate.lock);
    audit_support_done(&world->support);
    free(world);
    return 0;
}

/* The first change holds the sequencer; everything after it waits in the queue. */
static void stick(struct world *world) {
    assert_false(lg_failed(commit_consent(world)));
    loop_turn(world->loop, 0);
    gate_await(&world->gate);
}

static void test_queue_is_bounded(void **state) {
    struct world *world = *state;
    stick(world);
    for (size_t i = 0; i < LIMIT_AUDIT_QUEUE_BEGINS; i++) {
        assert_false(lg_failed(commit_ask(world, i % 2 == 0 ? AUDIT_ASK : AUDIT_SEARCH)));
    }
    for (int i = 0; i < OVER; i++) {
        expect_full(commit_ask(world, i % 2 == 0 ? AUDIT_ASK : AUDIT_SEARCH));
    }
    for (size_t i = LIMIT_AUDIT_QUEUE_BEGINS; i < LIMIT_AUDIT_QUEUE; i++) {
        assert_false(lg_failed(commit_consent(world)));
    }
    for (int i = 0; i < OVER; i++) {
        expect_full(commit_consent(world));
    }
    for (int i = 0; i < OVER; i++) {
        assert_false(lg_failed(commit_part(world, i % 2 == 0 ? AUDIT_RELEASE : AUDIT_DENIAL)));
    }
    assert_int_equal(world->done, 0);
    gate_open(&world->gate);
    while (world->done < world->taken) {
        loop_turn(world->loop, 1000);
    }
    assert_int_equal(world->taken, 1 + LIMIT_AUDIT_QUEUE + OVER);
    assert_int_equal(world->committed, world->taken);
    /* As if nothing had been. */
    assert_false(lg_failed(commit_ask(world, AUDIT_ASK)));
    while (world->done < world->taken) {
        loop_turn(world->loop, 1000);
    }
    assert_int_equal(world->committed, world->taken);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_queue_is_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
