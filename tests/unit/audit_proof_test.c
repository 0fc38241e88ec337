/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts as text at their limits, and what a signed checkpoint of the wrong log proves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "gateway/base/limits_witness.h"

#include <cmocka.h>

enum { ARENA_SIZE = 1 << 20 };

struct world {
    struct arena *arena;
    struct vault_key *sign_key;
};

static int setup(void **state) {
    static struct world world;
    struct vault_report report;
    world = (struct world){.arena = NULL};
    *state = &world;
    return lg_failed(vault_init(&report)) || lg_failed(arena_new(ARENA_SIZE, &world.arena)) ||
           lg_failed(vault_key_new(VAULT_KIND_SIGN, &world.sign_key));
}

static int teardown(void **state) {
    struct world *world = *state;
    vault_key_free(&world->sign_key);
    arena_free(&world->arena);
    return 0;
}

/* A checkpoint of a one-leaf log that names `origin`, signed by a key called `signer`. */
static struct span checkpoint_of(const struct world *world, const char *origin,
                                 const struct audit_vkey *signer, struct span leaf) {
    struct audit_hash root;
    struct vault_signature signature;
    uint8_t signed_bytes[4 + VAULT_SIGNATURE_SIZE];
    char root_text[64];
    char signature_text[128];
    audit_merkle_leaf(leaf, &root);
    bytes_to_base64(span_of(root.bytes, AUDIT_HASH_SIZE), root_text);
    struct span body = arena_format(world->arena, "%s\n1\n%s\n", origin, root_text);
    vault_sign(world->sign_key, body, &signature);
    memcpy(signed_bytes, signer->id, 4);
    memcpy(signed_bytes + 4, signature.bytes, VAULT_SIGNATURE_SIZE);
    bytes_to_base64(span_of(signed_bytes, sizeof signed_bytes), signature_text);
    return arena_format(world->arena, "%.*s\n\xe2\x80\x94 %.*s %s\n", (int)body.len,
                        (const char *)body.ptr, (int)signer->name.len,
                        (const char *)signer->name.ptr, signature_text);
}

static void checkpoint_of_another_log_proves_nothing(void **state) {
    struct world *world = *state;
    struct audit_vkey vkey = audit_vkey_of("log.example", world->sign_key, AUDIT_KEY_ED25519);
    struct audit_verified verified;
    struct audit_proof proof = {.form = {.leaf = span_text("leaf")}};
    proof.checkpoint = checkpoint_of(world, "log.example", &vkey, proof.form.leaf);
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    assert_int_equal(verified.size, 1);
    proof.checkpoint = checkpoint_of(world, "log.example/other", &vkey, proof.form.leaf);
    struct lg_err err = audit_proof_verify(&proof, &vkey, &verified);
    assert_int_equal(lg_err_code(err), AUDIT_ORIGIN);
}

/* Every character of the signature, in turn. */
static void a_wrong_signature_proves_nothing(void **state) {
    struct world *world = *state;
    struct audit_vkey vkey = audit_vkey_of("log.example", world->sign_key, AUDIT_KEY_ED25519);
    struct audit_verified verified;
    struct audit_proof proof = {.form = {.leaf = span_text("leaf")}};
    struct span good = checkpoint_of(world, "log.example", &vkey, proof.form.leaf);
    char *text = arena_alloc(world->arena, good.len);
    size_t at = good.len - 2; /* before the newline and the last character, which is padding */
    for (; good.ptr[at - 1] != ' '; at--) {
        memcpy(text, good.ptr, good.len);
        text[at] = text[at] == 'A' ? 'B' : 'A';
        proof.checkpoint = span_of(text, good.len);
        assert_true(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    }
    proof.checkpoint = good;
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
}

static void a_proof_without_its_leaf_proves_nothing(void **state) {
    struct world *world = *state;
    struct audit_vkey vkey = audit_vkey_of("log.example", world->sign_key, AUDIT_KEY_ED25519);
    struct audit_verified verified;
    struct audit_proof proof = {.form = {.index = 0}};
    proof.checkpoint = checkpoint_of(world, "log.example", &vkey, span_text(""));
    struct lg_err err = audit_proof_verify(&proof, &vkey, &verified);
    assert_int_equal(lg_err_code(err), AUDIT_PROOF_FORMAT);
}

/* A form of `count` hashes. */
static struct receipt_form form_of(struct world *world, size_t count, size_t leaf_len) {
    struct span *items = arena_array(world->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = span_of(arena_alloc(world->arena, AUDIT_HASH_SIZE), AUDIT_HASH_SIZE);
    }
    return (struct receipt_form){
        .index = UINT64_MAX,
        .leaf = span_of(arena_alloc(world->arena, leaf_len), leaf_len),
        .path = {.items = items, .count = count},
    };
}

static void largest_proof_is_written_and_read(void **state) {
    struct world *world = *state;
    struct receipt_form form = form_of(world, AUDIT_PATH_MAX, AUDIT_ENTRY_SIZE_MAX);
    struct audit_proof proof;
    struct span text;
    form.salt = span_of(arena_alloc(world->arena, AUDIT_SALT_SIZE), AUDIT_SALT_SIZE);
    char *note = arena_alloc(world->arena, LIMIT_AUDIT_WITNESSED);
    memset(note, 'n', LIMIT_AUDIT_WITNESSED);
    struct span checkpoint = span_of(note, LIMIT_AUDIT_WITNESSED);
    assert_false(lg_failed(audit_proof_write(&form, checkpoint, world->arena, &text)));
    assert_false(lg_failed(audit_proof_read(&text, world->arena, &proof)));
    assert_int_equal(proof.form.index, UINT64_MAX);
    assert_int_equal(proof.form.path.count, AUDIT_PATH_MAX);
    assert_true(span_equal(proof.form.leaf, form.leaf));
    assert_true(span_equal(proof.form.salt, form.salt));
    assert_true(span_equal(proof.checkpoint, checkpoint));
}

static struct audit_earlier earlier_of(struct world *world, size_t note_len, size_t count) {
    char *note = arena_alloc(world->arena, note_len);
    memset(note, 'e', note_len);
    struct audit_earlier earlier = {.checkpoint = span_of(note, note_len),
                                    .path = form_of(world, count, 1).path};
    for (size_t i = 0; i < count; i++) {
        memset((uint8_t *)earlier.path.items[i].ptr, (int)i + 1, AUDIT_HASH_SIZE);
    }
    return earlier;
}

static void largest_proof_with_an_earlier_one_is_written_and_read(void **state) {
    struct world *world = *state;
    struct receipt_form form = form_of(world, AUDIT_PATH_MAX, AUDIT_ENTRY_SIZE_MAX);
    struct audit_earlier earlier = earlier_of(world, LIMIT_AUDIT_WITNESSED, AUDIT_CONSISTENCY_MAX);
    struct audit_proof proof;
    struct span text;
    form.salt = span_of(arena_alloc(world->arena, AUDIT_SALT_SIZE), AUDIT_SALT_SIZE);
    form.detail = span_of(arena_alloc(world->arena, AUDIT_DETAIL_SIZE_MAX), AUDIT_DETAIL_SIZE_MAX);
    assert_false(lg_failed(
        audit_proof_write_since(&form, earlier.checkpoint, &earlier, world->arena, &text)));
    assert_false(lg_failed(audit_proof_read(&text, world->arena, &proof)));
    assert_true(span_equal(proof.form.detail, form.detail));
    assert_true(span_equal(proof.earlier.checkpoint, earlier.checkpoint));
    assert_int_equal(proof.earlier.path.count, AUDIT_CONSISTENCY_MAX);
    for (size_t i = 0; i < AUDIT_CONSISTENCY_MAX; i++) {
        assert_true(span_equal(proof.earlier.path.items[i], earlier.path.items[i]));
    }
    earlier = earlier_of(world, LIMIT_AUDIT_WITNESSED + 1, 1);
    assert_true(
        lg_failed(audit_proof_write_since(&form, form.salt, &earlier, world->arena, &text)));
    earlier = earlier_of(world, 1, AUDIT_CONSISTENCY_MAX + 1);
    assert_true(
        lg_failed(audit_proof_write_since(&form, form.salt, &earlier, world->arena, &text)));
}

/* The earlier checkpoint has to be signed by the same log, and to lead to this one. */
static void an_earlier_checkpoint_is_checked(void **state) {
    struct world *world = *state;
    struct audit_vkey vkey = audit_vkey_of("log.example", world->sign_key, AUDIT_KEY_ED25519);
    struct audit_verified verified;
    struct audit_proof proof = {.form = {.leaf = span_text("leaf")}};
    proof.checkpoint = checkpoint_of(world, "log.example", &vkey, proof.form.leaf);
    proof.earlier.checkpoint = proof.checkpoint;
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    assert_int_equal(verified.earlier_size, 1);
    proof.earlier.checkpoint = checkpoint_of(world, "log.example", &vkey, span_text("other"));
    struct lg_err err = audit_proof_verify(&proof, &vkey, &verified);
    assert_int_equal(lg_err_code(err), AUDIT_EARLIER);
    proof.earlier.checkpoint = checkpoint_of(world, "log.example/b", &vkey, proof.form.leaf);
    err = audit_proof_verify(&proof, &vkey, &verified);
    assert_int_equal(lg_err_code(err), AUDIT_ORIGIN);
    proof.earlier.checkpoint = proof.checkpoint;
    proof.earlier.path = form_of(world, 1, 1).path;
    err = audit_proof_verify(&proof, &vkey, &verified);
    assert_int_equal(lg_err_code(err), AUDIT_EARLIER);
    proof.earlier = (struct audit_earlier){.checkpoint = {0}};
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    assert_int_equal(verified.earlier_size, 0);
}

static void one_over_is_not_written(void **state) {
    struct world *world = *state;
    struct span text;
    struct span note = span_text("note\n");
    struct receipt_form form = form_of(world, AUDIT_PATH_MAX + 1, 10);
    assert_true(lg_failed(audit_proof_write(&form, note, world->arena, &text)));
    form = form_of(world, 1, AUDIT_ENTRY_SIZE_MAX + 1);
    assert_true(lg_failed(audit_proof_write(&form, note, world->arena, &text)));
    form = form_of(world, 1, 10);
    form.salt = span_of(form.leaf.ptr, 10);
    assert_true(lg_failed(audit_proof_write(&form, note, world->arena, &text)));
    form.salt = (struct span){0};
    note = span_of(arena_alloc(world->arena, LIMIT_AUDIT_WITNESSED + 1), LIMIT_AUDIT_WITNESSED + 1);
    assert_true(lg_failed(audit_proof_write(&form, note, world->arena, &text)));
}

/* A proof text of `count` hashes, written by hand. */
static struct span text_of(const struct world *world, size_t count) {
    static const char line[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    struct writer w = writer_of(arena_alloc(world->arena, 100000), 100000);
    struct span text;
    writer_text(&w, "c2sp.org/tlog-proof@v1\nindex 7\n");
    for (size_t i = 0; i < count; i++) {
        writer_text(&w, line);
    }
    writer_text(&w, "\nnote\n");
    assert_false(lg_failed(writer_end(&w, &text)));
    return text;
}

static void too_many_hashes_are_not_read(void **state) {
    struct world *world = *state;
    struct audit_proof proof;
    const size_t counts[] = {AUDIT_PATH_MAX, AUDIT_PATH_MAX + 1, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct span text = text_of(world, counts[i]);
        bool good = !lg_failed(audit_proof_read(&text, world->arena, &proof));
        assert_int_equal(good, counts[i] <= AUDIT_PATH_MAX);
    }
}

static void a_bundle_is_taken_apart(void **state) {
    struct world *world = *state;
    struct audit_proof proof;
    struct span one = text_of(world, 2);
    struct span rest =
        arena_format(world->arena, "%.*s%.*s%.*s", (int)one.len, (const char *)one.ptr,
                     (int)one.len, (const char *)one.ptr, (int)one.len, (const char *)one.ptr);
    for (size_t left = 3; left > 0; left--) {
        assert_int_equal(rest.len, left * one.len);
        assert_false(lg_failed(audit_proof_read(&rest, world->arena, &proof)));
        assert_true(span_equal_text(proof.checkpoint, "note\n"));
    }
    assert_int_equal(rest.len, 0);
    assert_true(lg_failed(audit_proof_read(&rest, world->arena, &proof)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checkpoint_of_another_log_proves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_signature_proves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proof_without_its_leaf_proves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(largest_proof_is_written_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(largest_proof_with_an_earlier_one_is_written_and_read,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_earlier_checkpoint_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(one_over_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_hashes_are_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bundle_is_taken_apart, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
