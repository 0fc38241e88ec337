/* SPDX-License-Identifier: Apache-2.0 */
/* The last gate: exactly the bytes that the receipt's leaf commits to, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/release/release.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { ARENA_SIZE = 1 << 14 };

static const char RESULT[] = "one source's result, as it travels";

struct world {
    struct audit_support support;
    struct audit_log *log;
    struct audit_commitment commitment;
    struct receipt *receipt;
    struct arena *arena;
};

static int setup(void **state) {
    static struct world w;
    struct audit_detail detail;
    w = (struct world){.log = NULL};
    audit_support_init(&w.support);
    w.log = audit_support_open(&w.support);
    audit_commitment_make(span_text(RESULT), &w.commitment);
    struct audit_entry_fields fields = audit_support_part(3, AUDIT_RELEASE, &w.commitment, &detail);
    w.receipt = audit_support_commit_one(w.log, &fields);
    assert_false(lg_failed(arena_new(ARENA_SIZE, &w.arena)));
    *state = &w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    audit_receipt_free(&w->receipt);
    arena_free(&w->arena);
    audit_log_close(&w->log);
    audit_support_done(&w->support);
    return 0;
}

static void what_was_committed_leaves_with_its_receipt(void **state) {
    struct world *w = *state;
    struct reply_part part;
    assert_false(
        lg_failed(release_part(w->receipt, &w->commitment, span_text(RESULT), w->arena, &part)));
    assert_true(span_equal_text(part.result, RESULT));
    assert_true(span_equal(part.receipt.leaf, audit_receipt_leaf(w->receipt)));
    assert_true(span_equal(part.receipt.salt, span_of(w->commitment.salt, AUDIT_SALT_SIZE)));
}

static void assert_stays(struct world *w, const struct audit_commitment *commitment,
                         struct span result) {
    struct reply_part part = {.result = {0}};
    struct lg_err err = release_part(w->receipt, commitment, result, w->arena, &part);
    assert_int_equal(lg_err_class(err), LG_CLASS_INTERNAL);
    assert_int_equal(lg_err_code(err), RELEASE_MISMATCH);
    assert_null(part.result.ptr);
}

static void bytes_that_were_not_committed_do_not_leave(void **state) {
    struct world *w = *state;
    struct audit_commitment other = w->commitment;
    char changed[sizeof RESULT];
    for (size_t bit = 0; bit < 8 * strlen(RESULT); bit++) {
        memcpy(changed, RESULT, sizeof changed);
        changed[bit / 8] = (char)((unsigned char)changed[bit / 8] ^ 1U << bit % 8);
        assert_stays(w, &w->commitment, span_of(changed, strlen(RESULT)));
    }
    assert_stays(w, &w->commitment, span_of(RESULT, strlen(RESULT) - 1));
    assert_stays(w, &w->commitment, span_of(NULL, 0));
    other.salt[0] ^= 1;
    assert_stays(w, &other, span_text(RESULT));
}

/* A receipt of something else that was committed at the same time. */
static void a_receipt_of_no_payload_lets_nothing_out(void **state) {
    struct world *w = *state;
    struct audit_entry_fields fields = audit_support_ask(9);
    audit_receipt_free(&w->receipt);
    w->receipt = audit_support_commit_one(w->log, &fields);
    assert_stays(w, &w->commitment, span_text(RESULT));
}

static void without_memory_nothing_leaves(void **state) {
    struct world *w = *state;
    struct reply_part part = {.result = {0}};
    while (!lg_failed(arena_failed(w->arena))) {
        (void)arena_alloc(w->arena, 64);
    }
    struct lg_err err =
        release_part(w->receipt, &w->commitment, span_text(RESULT), w->arena, &part);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_null(part.result.ptr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_committed_leaves_with_its_receipt, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(bytes_that_were_not_committed_do_not_leave, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_receipt_of_no_payload_lets_nothing_out, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_leaves, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
