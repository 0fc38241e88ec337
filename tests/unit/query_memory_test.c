/* SPDX-License-Identifier: Apache-2.0 */
/* Memory fails at any one place of a question: it ends in some way, tells no more than it logged,
 * and the next question is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum {
    AT_ALL = 1U << LINE_HOMES | 1U << LINE_SCHOOL,
    STEPS = 600,
    ALLOCATIONS_MAX = 4000,
};

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", "tenancy.nhs-number",
                                      "9990000018", NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};

static struct person_id family(struct line_world *w) {
    static const uint32_t links[] = {2, 3};
    struct person_id amy = line_person(w, 1, AT_ALL);
    (void)line_person(w, 2, AT_ALL);
    (void)line_person(w, 3, AT_ALL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, links, 2);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, links, 1);
    return amy;
}

/* What was handed out has its entry, with these very bytes; an asked question has one end, but for
 * one that could not be written: that is the next start's. */
static void expect_log(const struct line_ask *ask, uint64_t from) {
    struct line_log log;
    line_log_read(ask->world, from, &log);
    size_t asks = line_log_count(&log, AUDIT_ASK);
    assert_true(asks <= 1);
    assert_true(line_log_finals(&log) <= 1);
    if (ask->is_ended && ask->status == GRPC_OK) {
        assert_int_equal(line_log_finals(&log), 1);
    }
    for (size_t i = 0; i < ask->part_count; i++) {
        bool found = false;
        for (size_t j = 0; j < log.count; j++) {
            found = found || span_equal(log.leaves[j], ask->parts[i].leaf);
        }
        assert_true(found);
    }
}

/* True when the n-th allocation was there to fail. */
static bool ask_failing_at(struct line_world *w, enum query_kind kind, struct span handle,
                           uint64_t n) {
    struct line_ask ask = line_ask_of(w, kind, handle);
    struct span names[] = {span_text("homes"), span_text("school")};
    ask.question.sources = (struct span_list){names, 2};
    uint64_t from = audit_size(w->gateway.log);
    support_alloc_fail_at(n);
    line_ask_begin(&ask);
    for (int i = 0; i < STEPS && !ask.is_closed; i++) {
        loop_turn(w->worker.loop, 1);
    }
    bool was_reached = support_alloc_seen() >= n;
    support_alloc_fail_at(0);
    for (int i = 0; i < 100 && !ask.is_closed; i++) {
        line_pass(w, 100); /* what failed to be told is told by its deadline */
    }
    assert_true(ask.is_closed);
    expect_log(&ask, from);
    return was_reached;
}

/* Connections that broke come back, and breakers close. */
static void heal(struct line_world *w, struct span handle) {
    struct line_ask ask = {0};
    for (int i = 0; i < 40; i++) {
        line_pass(w, 2000);
        ask = line_ask_of(w, QUERY_ASK, handle);
        struct span names[] = {span_text("homes"), span_text("school")};
        ask.question.sources = (struct span_list){names, 2};
        line_ask_run(&ask, false);
        if (ask.status == GRPC_OK && ask.pseudonym.len > 0 &&
            line_part_of(&ask, "homes")->extract.state == SOURCE_ANSWERED &&
            line_part_of(&ask, "school")->extract.state == SOURCE_ANSWERED) {
            return;
        }
    }
    fail_msg("never well again: status %d", ask.status);
}

/* Without the shelf of blocks, which hides the allocations of all questions but the first. */
static void each_allocation_may_fail(struct line_world *w, enum query_kind kind, uint64_t step) {
    struct arena_shelf *shelf = w->worker.shelf;
    w->worker.shelf = NULL;
    struct person_id amy = family(w);
    struct span handle = line_handle(w, &amy, true);
    uint64_t n = 1;
    while (n < ALLOCATIONS_MAX && ask_failing_at(w, kind, handle, n)) {
        n += step;
        if (n % 16 < step) {
            w->wall_ms += 1000;
            heal(w, line_handle(w, &amy, true));
            handle = line_handle(w, &amy, true);
        }
    }
    assert_true(n > 12); /* under a sanitizer those of our own code alone */
    assert_true(n < ALLOCATIONS_MAX);
    heal(w, line_handle(w, &amy, true));
    w->worker.shelf = shelf;
}

static void of_an_ask(void **state) {
    each_allocation_may_fail(*state, QUERY_ASK, 1);
}

static void of_a_watch(void **state) {
    each_allocation_may_fail(*state, QUERY_WATCH, 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {T(of_an_ask), T(of_a_watch)};
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
