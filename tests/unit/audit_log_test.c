/* SPDX-License-Identifier: Apache-2.0 */
/* The log as its users see it: commit, receipts, stale grants, changes, reading back, restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "tests/support/audit_support.h"

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

/* The receipt proves itself with nothing but the log's key. */
static void check_offline(const struct audit_log *log, const struct receipt *receipt,
                          struct span salt) {
    OWN(arena_free) struct arena *arena = NULL;
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey;
    struct receipt_form form;
    struct span text;
    struct audit_proof proof;
    struct audit_verified verified;
    audit_vkey_write(log, vkey_text);
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    assert_false(lg_failed(audit_vkey_read(span_text(vkey_text), &vkey)));
    assert_false(lg_failed(audit_receipt_form(receipt, salt, arena, &form)));
    assert_false(
        lg_failed(audit_proof_write(&form, audit_receipt_checkpoint(receipt), arena, &text)));
    assert_false(lg_failed(audit_proof_read(&text, arena, &proof)));
    assert_int_equal(text.len, 0);
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    assert_true(span_equal(proof.form.leaf, audit_receipt_leaf(receipt)));
    assert_true(span_equal(proof.form.salt, salt));
}

static void receipt_proves_its_entry(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct audit_entry_fields fields = audit_support_ask(7);
    struct audit_entry entry;
    struct span payload = span_text("the bytes of one source's part");
    audit_commitment_make(payload, &commitment);
    fields.kind = AUDIT_RELEASE;
    fields.commitment = &commitment;
    fields.person = audit_support_person(support, 4);
    fields.record_count = 2;
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    assert_int_equal(audit_receipt_index(receipt), 1); /* after NODE_EPOCH */
    assert_int_equal(audit_receipt_kind(receipt), AUDIT_RELEASE);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
    assert_true(span_equal_text(entry.purpose, "child-safeguarding"));
    assert_int_equal(entry.record_count, 2);
    assert_int_equal(entry.time_ms, support->now_ms);
    check_offline(log, receipt, span_of(commitment.salt, sizeof commitment.salt));
    assert_true(audit_receipt_commitment_matches(receipt, commitment.salt, payload));
    assert_false(audit_receipt_commitment_matches(receipt, commitment.salt,
                                                  span_slice(payload, 0, payload.len - 1)));
    commitment.salt[31] ^= 1;
    assert_false(audit_receipt_commitment_matches(receipt, commitment.salt, payload));
}

static void batch_enters_side_by_side(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    struct receipt *receipts[AUDIT_BATCH_MAX];
    for (uint32_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        entries[i] = audit_support_ask(i);
    }
    struct audit_batch batch = {.entries = entries, .count = AUDIT_BATCH_MAX};
    assert_int_equal(audit_support_commit(log, &batch, receipts), AUDIT_COMMITTED);
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        assert_int_equal(audit_receipt_index(receipts[i]), 1 + i);
        assert_true(span_equal(audit_receipt_checkpoint(receipts[i]),
                               audit_receipt_checkpoint(receipts[0])));
        check_offline(log, receipts[i], (struct span){0});
    }
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        audit_receipt_free(&receipts[i]);
    }
    assert_int_equal(audit_size(log), 1 + AUDIT_BATCH_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(receipt_proves_its_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(batch_enters_side_by_side, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
