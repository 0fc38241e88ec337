/* SPDX-License-Identifier: Apache-2.0 */
/* Every proof between two sizes, and of every entry in every tree, of a log that is small enough to
 * try them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "gateway/audit/merkle.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { ENTRIES = 35 };

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

static struct audit_log *log_of(struct audit_support *support) {
    struct audit_log *log = audit_support_open(support);
    while (audit_size(log) < ENTRIES) {
        struct audit_entry_fields fields = audit_support_ask((uint32_t)audit_size(log));
        struct receipt *receipt = audit_support_commit_one(log, &fields);
        audit_receipt_free(&receipt);
    }
    return log;
}

static struct audit_hash root_of(struct audit_log *log, uint64_t size) {
    struct audit_inclusion inclusion;
    assert_false(lg_failed(audit_prove(log, 0, size, &inclusion)));
    return inclusion.root;
}

static void every_tree_begins_every_later_one(void **state) {
    OWN(audit_log_close) struct audit_log *log = log_of(*state);
    for (uint64_t to = 1; to <= ENTRIES; to++) {
        for (uint64_t from = 1; from <= to; from++) {
            const struct audit_hash from_root = root_of(log, from);
            const struct audit_hash to_root = root_of(log, to);
            struct audit_hash other = from_root;
            struct audit_path path;
            struct audit_consistency_claim claim = {
                .from = from, .to = to, .from_root = &from_root, .to_root = &to_root};
            assert_false(lg_failed(audit_consistency(log, from, to, &path)));
            assert_false(
                lg_failed(audit_merkle_consistency_check(&claim, path.hashes, path.count)));
            other.bytes[3] ^= 1;
            claim.from_root = &other;
            assert_true(lg_failed(audit_merkle_consistency_check(&claim, path.hashes, path.count)));
        }
    }
}

static void every_entry_is_in_every_tree_after_it(void **state) {
    OWN(audit_log_close) struct audit_log *log = log_of(*state);
    for (uint64_t size = 1; size <= ENTRIES; size++) {
        for (uint64_t index = 0; index < size; index++) {
            struct audit_inclusion found;
            assert_false(lg_failed(audit_prove(log, index, size, &found)));
            struct audit_inclusion_claim claim = {
                .index = index, .size = size, .leaf_hash = &found.leaf_hash, .root = &found.root};
            assert_false(lg_failed(
                audit_merkle_inclusion_check(&claim, found.path.hashes, found.path.count)));
            claim.index = (index + 1) % size;
            assert_true(size == 1 || lg_failed(audit_merkle_inclusion_check(
                                         &claim, found.path.hashes, found.path.count)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_tree_begins_every_later_one, setup, teardown),
        cmocka_unit_test_setup_teardown(every_entry_is_in_every_tree_after_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
