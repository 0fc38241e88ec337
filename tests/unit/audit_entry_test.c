/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an entry: ranges, keys, what is sealed and what its length tells. */
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

static void largest_entry_fits(void **state) {
    static uint8_t sealed[AUDIT_SEALED_SIZE_MAX];
    static char code[AUDIT_CODE_SIZE_MAX];
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct audit_entry_fields fields = audit_support_ask(1);
    memset(code, '~', sizeof code);
    memset(sealed, 0xff, sizeof sealed);
    struct span longest = span_of(code, sizeof code);
    audit_commitment_make((struct span){0}, &commitment);
    fields.source_agency = fields.requesting_agency = fields.agreement = longest;
    fields.purpose = fields.basis = fields.reason = longest;
    fields.items_form = AUDIT_ITEMS_DIGEST;
    fields.commitment = &commitment;
    fields.sealed = span_of(sealed, sizeof sealed);
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        entries[i] = fields;
    }
    struct audit_batch batch = {.entries = entries, .count = AUDIT_BATCH_MAX};
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    assert_int_equal(audit_size(log), 1 + AUDIT_BATCH_MAX);
}

/* ---- Keys and sealed parts */

static void sealed_part_opens_with_its_key_alone(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_commitment commitment;
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_entry entry;
    struct vault_key *mine = NULL;
    struct vault_key *other = NULL;
    struct span salt;
    struct span sealed;
    audit_commitment_make(span_text("part"), &commitment);
    fields.commitment = &commitment;
    fields.person = audit_support_person(support, 4);
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    struct span leaf = audit_receipt_leaf(receipt);
    assert_false(lg_failed(audit_entry_decode(leaf, &entry)));
    const struct audit_keys *keys = &support->config.keys;
    assert_false(lg_failed(keys->subject(keys->ctx, fields.person, entry.quarter, &mine)));
    assert_false(lg_failed(keys->subject(keys->ctx, fields.person, entry.quarter + 1, &other)));
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    assert_false(lg_failed(audit_entry_open(leaf, mine, arena, &salt, &sealed)));
    assert_memory_equal(salt.ptr, commitment.salt, AUDIT_SALT_SIZE);
    assert_true(span_equal_text(sealed, "officer 17"));
    assert_true(audit_entry_is_about(&entry, mine));
    assert_false(audit_entry_is_about(&entry, other));
    struct lg_err err = audit_entry_open(leaf, other, arena, &salt, &sealed);
    assert_int_equal(lg_err_code(err), AUDIT_SEALED);
    vault_key_free(&mine);
    vault_key_free(&other);
}

static void every_flipped_bit_of_a_leaf_is_seen(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_entry entry;
    struct vault_key *key = NULL;
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    size_t len = audit_receipt_leaf(receipt).len;
    memcpy(leaf, audit_receipt_leaf(receipt).ptr, len);
    assert_false(lg_failed(audit_entry_decode(span_of(leaf, len), &entry)));
    const struct audit_keys *keys = &support->config.keys;
    assert_false(lg_failed(keys->nobody(keys->ctx, entry.quarter, &key)));
    for (size_t bit = 0; bit < 8 * len; bit++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span salt;
        struct span sealed;
        assert_false(lg_failed(arena_new(1 << 14, &arena)));
        leaf[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_true(lg_failed(audit_entry_open(span_of(leaf, len), key, arena, &salt, &sealed)));
        leaf[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++) {
        assert_true(lg_failed(audit_entry_decode(span_of(leaf, cut), &entry)));
    }
    vault_key_free(&key);
}

/* The cipher alone would open it: only the commitment says that the key is another one. */
static void a_wrong_key_commitment_is_seen(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_entry entry;
    struct vault_key *key = NULL;
    struct span salt;
    struct span sealed;
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    uint8_t plain[AUDIT_ENTRY_SIZE_MAX];
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    size_t len = audit_receipt_leaf(receipt).len;
    memcpy(leaf, audit_receipt_leaf(receipt).ptr, len);
    assert_false(lg_failed(audit_entry_decode(span_of(leaf, len), &entry)));
    const struct audit_keys *keys = &support->config.keys;
    assert_false(lg_failed(keys->nobody(keys->ctx, entry.quarter, &key)));
    size_t bound_len = entry.head.len + VAULT_SHA256_SIZE;
    assert_false(lg_failed(vault_open(key, span_of(leaf, bound_len), entry.sealed, plain)));
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        leaf[entry.head.len] ^= (uint8_t)wrong;
        vault_seal(key, span_of(leaf, bound_len),
                   span_of(plain, entry.sealed.len - VAULT_SEAL_OVERHEAD), leaf + bound_len + 2);
        struct lg_err err = audit_entry_open(span_of(leaf, len), key, arena, &salt, &sealed);
        assert_int_equal(lg_err_code(err), wrong == 0 ? 0 : AUDIT_SEALED);
    }
    vault_key_free(&key);
}

static void one_person_two_entries_share_no_field(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = {.kind = AUDIT_SEARCH,
                                        .person = audit_support_person(support, 4)};
    struct audit_entry a;
    struct audit_entry b;
    fields.request_id = audit_support_id(1);
    OWN(audit_receipt_free) struct receipt *first = audit_support_commit_one(log, &fields);
    fields.request_id = audit_support_id(2);
    OWN(audit_receipt_free) struct receipt *second = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(first), &a)));
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(second), &b)));
    assert_false(span_equal(a.tag, b.tag));
    assert_false(span_equal(a.key_commitment, b.key_commitment));
    assert_false(span_equal(a.sealed, b.sealed));
    assert_int_equal(a.sealed.len, b.sealed.len);
}

static void length_of_sealed_text_is_hidden_in_steps(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_entry entry;
    size_t seen = 0;
    for (size_t len = 0; len <= 126; len += 63) {
        static const uint8_t text[126];
        fields.sealed = span_of(text, len);
        OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
        assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
        assert_true(seen == 0 || seen == entry.sealed.len);
        seen = entry.sealed.len;
    }
}

static void quarters_begin_where_they_should(void **state) {
    (void)state;
    assert_int_equal(audit_quarter(0), 1970 * 4);
    assert_int_equal(audit_quarter(INT64_C(951782400000) - 1), 2000 * 4);      /* 28 Feb 2000 */
    assert_int_equal(audit_quarter(INT64_C(954547200000) - 1), 2000 * 4);      /* 31 Mar 2000 */
    assert_int_equal(audit_quarter(INT64_C(954547200000)), 2000 * 4 + 1);      /* 1 Apr 2000 */
    assert_int_equal(audit_quarter(INT64_C(1790812799999)), 2026 * 4 + 2);     /* 30 Sep 2026 */
    assert_int_equal(audit_quarter(INT64_C(1790812800000)), 2026 * 4 + 3);     /* 1 Oct 2026 */
    assert_int_equal(audit_quarter(INT64_C(1798761600000) - 1), 2026 * 4 + 3); /* 31 Dec 2026 */
    assert_int_equal(audit_quarter(INT64_C(1798761600000)), 2027 * 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(largest_entry_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(sealed_part_opens_with_its_key_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_of_a_leaf_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_key_commitment_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(one_person_two_entries_share_no_field, setup, teardown),
        cmocka_unit_test_setup_teardown(length_of_sealed_text_is_hidden_in_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(quarters_begin_where_they_should, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
