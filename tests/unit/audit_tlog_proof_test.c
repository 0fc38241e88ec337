/* SPDX-License-Identifier: Apache-2.0 */
/* Outside vectors of whole proofs: syntax (transparency-dev/formats), real receipts of a public log
 * (rekor v2), and a signed tile log with its offline receipts (tessera). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "tests/support/audit_vectors.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char DATA[] = LOCKGATE_DATA "/tlog";
enum { ARENA_SIZE = 1 << 20 };

static void syntax_vectors(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "tlog-proof-syntax.jsonl");
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span text = span_text(vectors_text(one, "text"));
        struct audit_proof proof;
        assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
        bool good = !lg_failed(audit_proof_read(&text, arena, &proof));
        bool want = strcmp(vectors_text(one, "want"), "ok") == 0;
        if (good != want) {
            fail_msg("%s", vectors_text(one, "name"));
        }
    }
    assert_int_equal(i, 7);
    json_decref(cases);
}

/* False where the case brings no usable proof at all. */
static bool rekor_proof(const json_t *one, struct span leaf, struct arena *arena,
                        struct audit_proof *out_proof) {
    struct audit_hash hashes[64];
    size_t count = 0;
    if (!vectors_hashes(json_object_get(one, "proof_b64"), hashes, &count)) {
        return false;
    }
    struct span *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = arena_copy(arena, span_of(hashes[i].bytes, AUDIT_HASH_SIZE));
    }
    out_proof->form = (struct receipt_form){
        .index = vectors_number(one, "index"),
        .leaf = leaf,
        .path = {.items = items, .count = count},
    };
    out_proof->checkpoint = span_text(vectors_text(one, "checkpoint"));
    return true;
}

static void rekor_receipts(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "rekor2-receipts.jsonl");
    size_t accepted = 0;
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span leaf = vectors_base64(vectors_text(one, "leaf_b64"));
        struct audit_vkey vkey;
        struct audit_proof proof;
        struct audit_verified verified;
        assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
        assert_false(lg_failed(audit_vkey_read(span_text(vectors_text(one, "log_vkey")), &vkey)));
        bool good = rekor_proof(one, leaf, arena, &proof) &&
                    !lg_failed(audit_proof_verify(&proof, &vkey, &verified));
        if (good != (strcmp(vectors_text(one, "want"), "accept") == 0)) {
            fail_msg("%s", vectors_text(one, "name"));
        }
        accepted += good ? 1 : 0;
        free((void *)(uintptr_t)leaf.ptr);
    }
    assert_int_equal(i, 21);
    assert_int_equal(accepted, 7);
    json_decref(cases);
}

/* ---- The tessera log */

static const char TESSERA[] = LOCKGATE_DATA "/tlog/tessera-testlog";

struct tessera {
    char *vkey_text;
    struct audit_vkey vkey;
    char *entries; /* bundle of the largest size: 16-bit length, bytes */
    size_t entries_len;
    struct span leaves[16];
    struct audit_hash hashes[16];
    size_t count;
};

static int tessera_setup(void **state) {
    static struct tessera log;
    size_t len = 0;
    log.vkey_text = support_file_read(TESSERA, "log.vkey", &len);
    log.entries = support_file_read(TESSERA, "tile/entries/000.p/14", &log.entries_len);
    if (log.vkey_text == NULL || log.entries == NULL ||
        lg_failed(audit_vkey_read(span_of(log.vkey_text, len), &log.vkey))) {
        return 1;
    }
    struct reader r = reader_of(span_of(log.entries, log.entries_len));
    while (r.rest.len > 0 && !r.failed && log.count < 16) {
        log.leaves[log.count] = reader_part(&r);
        audit_merkle_leaf(log.leaves[log.count], &log.hashes[log.count]);
        log.count++;
    }
    *state = &log;
    return lg_failed(reader_end(&r)) || log.count != 14;
}

static int tessera_teardown(void **state) {
    struct tessera *log = *state;
    free(log->vkey_text);
    free(log->entries);
    return 0;
}

/* The signed root of a size, verified. */
static struct audit_checkpoint tessera_checkpoint(const struct tessera *log, unsigned size) {
    char name[32];
    size_t len = 0;
    struct audit_note note;
    struct audit_checkpoint checkpoint;
    bool is_signed = false;
    snprintf(name, sizeof name, "checkpoint.%u", size);
    char *text = support_file_read(TESSERA, name, &len);
    assert_non_null(text);
    assert_false(lg_failed(audit_note_read(span_of(text, len), &note)));
    assert_false(lg_failed(audit_note_verify(&note, &log->vkey, 1, &is_signed)));
    assert_true(is_signed);
    assert_false(lg_failed(audit_checkpoint_parse(note.body, &checkpoint)));
    assert_true(span_equal(checkpoint.origin, log->vkey.name));
    assert_int_equal(checkpoint.size, size);
    checkpoint.origin = log->vkey.name;
    free(text);
    return checkpoint;
}

static void tessera_roots(void **state) {
    const struct tessera *log = *state;
    struct audit_edge edge = {.size = 0};
    for (unsigned size = 0; size <= 14; size++) {
        struct audit_hash root;
        audit_edge_root(&edge, &root);
        if (size % 2 == 0) {
            struct audit_checkpoint checkpoint = tessera_checkpoint(log, size);
            assert_memory_equal(root.bytes, checkpoint.root.bytes, AUDIT_HASH_SIZE);
        }
        if (size < 14) {
            audit_edge_add(&edge, &log->hashes[size]);
        }
    }
}

static void tessera_receipts(void **state) {
    static const char *const names[] = {"00-of-02", "01-of-02", "00-of-04", "02-of-04",
                                        "03-of-04", "00-of-08", "04-of-08", "07-of-08",
                                        "00-of-14", "07-of-14", "13-of-14"};
    const struct tessera *log = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        OWN(arena_free) struct arena *arena = NULL;
        char name[64];
        size_t len = 0;
        struct audit_proof proof;
        struct audit_verified verified;
        snprintf(name, sizeof name, "proofs/%s.tlog-proof", names[i]);
        char *text = support_file_read(TESSERA, name, &len);
        assert_non_null(text);
        struct span rest = span_of(text, len);
        assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
        assert_false(lg_failed(audit_proof_read(&rest, arena, &proof)));
        assert_int_equal(rest.len, 0);
        struct lg_err err = audit_proof_verify(&proof, &log->vkey, &verified);
        assert_int_equal(lg_err_code(err), AUDIT_PROOF_FORMAT); /* the leaf is not in the file */
        proof.form.leaf = log->leaves[proof.form.index];
        assert_false(lg_failed(audit_proof_verify(&proof, &log->vkey, &verified)));
        assert_int_equal(verified.size, strtoul(names[i] + 6, NULL, 10));
        proof.form.leaf = log->leaves[(proof.form.index + 1) % 14];
        err = audit_proof_verify(&proof, &log->vkey, &verified);
        assert_int_equal(lg_err_code(err), AUDIT_PATH);
        free(text);
    }
}

static void tessera_consistency(void **state) {
    const struct tessera *log = *state;
    json_t *cases = vectors_lines(TESSERA, "consistency.jsonl");
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_hash path[64];
        size_t count = 0;
        unsigned from = (unsigned)vectors_number(one, "old");
        unsigned to = (unsigned)vectors_number(one, "new");
        struct audit_checkpoint old = tessera_checkpoint(log, from);
        struct audit_checkpoint new = tessera_checkpoint(log, to);
        struct audit_consistency_claim claim = {from, to, &old.root, &new.root};
        assert_true(vectors_hashes(json_object_get(one, "proof_b64"), path, &count));
        assert_false(lg_failed(audit_merkle_consistency_check(&claim, path, count)));
        claim.to_root = &log->hashes[0];
        assert_true(lg_failed(audit_merkle_consistency_check(&claim, path, count)));
    }
    assert_int_equal(i, 28);
    json_decref(cases);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest vectors[] = {
        cmocka_unit_test(syntax_vectors),
        cmocka_unit_test(rekor_receipts),
    };
    const struct CMUnitTest tessera[] = {
        cmocka_unit_test(tessera_roots),
        cmocka_unit_test(tessera_receipts),
        cmocka_unit_test(tessera_consistency),
    };
    json_t *probe = vectors_lines(DATA, "vkeys.jsonl");
    if (probe == NULL) {
        printf("skipped: no data in %s\n", DATA);
        return TEST_SKIPPED;
    }
    json_decref(probe);
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    int failed = cmocka_run_group_tests(vectors, NULL, NULL);
    return failed + cmocka_run_group_tests(tessera, tessera_setup, tessera_teardown);
}
