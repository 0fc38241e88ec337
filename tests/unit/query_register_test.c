/* SPDX-License-Identifier: Apache-2.0 */
/* Repeats of a request id: joined in flight, told verdict and receipts afterwards, refused with
 * another body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/query/register.h"
#include "tests/support/support.h"

#include <cmocka.h>

struct fixture {
    struct query_register *reg;
    struct loop *loop;
    unsigned replies;
    char last[16];
    struct query_joiner *joiner;
};

static int64_t zero_ms(void *ctx) {
    (void)ctx;
    return 0;
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const struct clock clock = {.wall_ms = zero_ms, .mono_ms = zero_ms};
    assert_false(lg_failed(query_register_new(&fixture->reg)));
    assert_false(lg_failed(loop_new(clock, &fixture->loop)));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    query_register_free(&fixture->reg);
    loop_free(&fixture->loop);
    free(fixture);
    return 0;
}

static struct query_mark mark_of(uint8_t key, uint8_t digest) {
    struct query_mark mark;
    memset(mark.key, key, sizeof mark.key);
    memset(mark.digest, digest, sizeof mark.digest);
    return mark;
}

static void on_reply(void *ctx, struct span reply) {
    struct fixture *fixture = ctx;
    fixture->replies++;
    memset(fixture->last, 0, sizeof fixture->last);
    if (reply.len > 0) {
        memcpy(fixture->last, reply.ptr, reply.len);
    }
    query_joiner_done(fixture->joiner);
}

static struct query_joiner joiner_of(struct fixture *fixture) {
    return (struct query_joiner){.loop = fixture->loop, .on_reply = on_reply, .ctx = fixture};
}

static enum query_seen begin(struct fixture *fixture, struct query_mark mark,
                             struct query_joiner *joiner, struct span *out_reply) {
    return query_register_begin(fixture->reg, &mark, 1, joiner, out_reply);
}

static void repeat_after_the_end_gets_what_was_kept(void **state) {
    struct fixture *fixture = *state;
    struct query_mark mark = mark_of(1, 1);
    struct query_joiner joiner = joiner_of(fixture);
    struct span reply;
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_NEW);
    query_register_end(fixture->reg, &mark, span_text("full"), span_text("kept"));
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_REPEATED);
    assert_true(span_equal_text(reply, "kept"));
    free((void *)(uintptr_t)reply.ptr);
    assert_int_equal(begin(fixture, mark_of(1, 2), &joiner, &reply), QUERY_CONFLICT);
}

static void repeat_in_flight_joins(void **state) {
    struct fixture *fixture = *state;
    struct query_mark mark = mark_of(1, 1);
    struct query_joiner joiner = joiner_of(fixture);
    struct span reply;
    fixture->joiner = &joiner;
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_NEW);
    assert_int_equal(begin(fixture, mark_of(1, 2), &joiner, &reply), QUERY_CONFLICT);
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_JOINED);
    query_register_end(fixture->reg, &mark, span_text("full"), span_text("kept"));
    assert_int_equal(fixture->replies, 0); /* never from inside */
    loop_turn(fixture->loop, 0);
    assert_int_equal(fixture->replies, 1);
    assert_string_equal(fixture->last, "full");
}

static void an_end_without_answer_frees_the_id(void **state) {
    struct fixture *fixture = *state;
    struct query_mark mark = mark_of(1, 1);
    struct query_joiner joiner = joiner_of(fixture);
    struct span reply;
    fixture->joiner = &joiner;
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_NEW);
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_JOINED);
    query_register_end(fixture->reg, &mark, span_of(NULL, 0), span_of(NULL, 0));
    loop_turn(fixture->loop, 0);
    assert_string_equal(fixture->last, "");
    assert_int_equal(fixture->replies, 1);
    assert_int_equal(begin(fixture, mark_of(1, 2), &joiner, &reply), QUERY_NEW);
    /* A second end of the first request does not touch the new one's slot twice. */
    query_register_end(fixture->reg, &mark, span_of(NULL, 0), span_of(NULL, 0));
}

static void a_joiner_may_leave(void **state) {
    struct fixture *fixture = *state;
    struct query_mark mark = mark_of(1, 1);
    struct query_joiner joiner = joiner_of(fixture);
    struct span reply;
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_NEW);
    assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_JOINED);
    assert_true(query_register_leave(fixture->reg, &mark, &joiner));
    assert_false(query_register_leave(fixture->reg, &mark, &joiner));
    query_register_end(fixture->reg, &mark, span_text("full"), span_text("kept"));
    loop_turn(fixture->loop, 0);
    assert_int_equal(fixture->replies, 0);
}

static void too_many_joiners_are_turned_away(void **state) {
    struct fixture *fixture = *state;
    struct query_mark mark = mark_of(1, 1);
    struct query_joiner joiners[LIMIT_QUERY_JOINERS + 1];
    struct span reply;
    assert_int_equal(begin(fixture, mark, &joiners[0], &reply), QUERY_NEW);
    for (size_t i = 0; i < LIMIT_QUERY_JOINERS; i++) {
        joiners[i] = joiner_of(fixture);
        assert_int_equal(begin(fixture, mark, &joiners[i], &reply), QUERY_JOINED);
    }
    assert_int_equal(begin(fixture, mark, &joiners[LIMIT_QUERY_JOINERS], &reply), QUERY_FULL);
    for (size_t i = 0; i < LIMIT_QUERY_JOINERS; i++) {
        assert_true(query_register_leave(fixture->reg, &mark, &joiners[i]));
    }
}

/* Eight ids of one set in flight fill it; the oldest that is over makes room. */
static void a_full_set_forgets_its_oldest(void **state) {
    struct fixture *fixture = *state;
    struct query_joiner joiner = joiner_of(fixture);
    struct span reply;
    struct query_mark marks[9];
    for (uint8_t i = 0; i < 9; i++) {
        marks[i] = mark_of(0, i);
        marks[i].key[QUERY_KEY_SIZE - 1] = i; /* the set comes from the first bytes */
    }
    for (uint8_t i = 0; i < 8; i++) {
        assert_int_equal(query_register_begin(fixture->reg, &marks[i], i, &joiner, &reply),
                         QUERY_NEW);
    }
    assert_int_equal(begin(fixture, marks[8], &joiner, &reply), QUERY_FULL);
    query_register_end(fixture->reg, &marks[5], span_text("f"), span_text("k"));
    query_register_end(fixture->reg, &marks[3], span_text("f"), span_text("k"));
    assert_int_equal(begin(fixture, marks[8], &joiner, &reply), QUERY_NEW);
    assert_int_equal(begin(fixture, marks[5], &joiner, &reply), QUERY_REPEATED);
    free((void *)(uintptr_t)reply.ptr);
    /* Number 3 was forgotten for number 8, and may displace number 5 in its turn. */
    assert_int_equal(begin(fixture, marks[3], &joiner, &reply), QUERY_NEW);
}

static void each_failed_allocation_is_an_error(void **state) {
    (void)state;
    for (uint64_t n = 1; n <= 2; n++) {
        struct query_register *reg = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = query_register_new(&reg);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        assert_true(seen == 0 || lg_failed(err)); /* sanitizers own the allocator */
        query_register_free(&reg);
    }
}

/* What is kept for repeats is bounded: the oldest ends are forgotten early. */
static void kept_bytes_are_bounded(void **state) {
    struct fixture *fixture = *state;
    enum { ONE = 1 << 20, COUNT = LIMIT_QUERY_REGISTER_BYTES / ONE + 8 };
    uint8_t *kept = calloc(1, ONE);
    unsigned remembered = 0;
    assert_non_null(kept);
    for (unsigned i = 0; i < COUNT; i++) {
        struct query_mark mark = mark_of((uint8_t)i, 1);
        struct query_joiner joiner = joiner_of(fixture);
        struct span reply;
        assert_int_equal(begin(fixture, mark, &joiner, &reply), QUERY_NEW);
        query_register_end(fixture->reg, &mark, span_text("full"), span_of(kept, ONE));
    }
    for (unsigned i = 0; i < COUNT; i++) {
        struct query_mark mark = mark_of((uint8_t)i, 1);
        struct query_joiner joiner = joiner_of(fixture);
        struct span reply = span_of(NULL, 0);
        if (begin(fixture, mark, &joiner, &reply) == QUERY_REPEATED) {
            remembered++;
            assert_int_equal(reply.len, ONE);
            free((void *)(uintptr_t)reply.ptr);
        } else {
            query_register_end(fixture->reg, &mark, span_of(NULL, 0), span_of(NULL, 0));
        }
    }
    free(kept);
    assert_int_equal(remembered, LIMIT_QUERY_REGISTER_BYTES / ONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(repeat_after_the_end_gets_what_was_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(repeat_in_flight_joins, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_without_answer_frees_the_id, setup, teardown),
        cmocka_unit_test_setup_teardown(a_joiner_may_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_joiners_are_turned_away, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_set_forgets_its_oldest, setup, teardown),
        cmocka_unit_test_setup_teardown(kept_bytes_are_bounded, setup, teardown),
        cmocka_unit_test(each_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
