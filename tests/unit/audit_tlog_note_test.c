/* SPDX-License-Identifier: Apache-2.0 */
/* Outside vectors of verifier keys and signed notes (Go's sumdb/note, C2SP, sunlight, sigsum). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "tests/support/audit_vectors.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char DATA[] = LOCKGATE_DATA "/tlog";

static void vkey_vectors(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "vkeys.jsonl");
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_vkey vkey;
        bool good = !lg_failed(audit_vkey_read(span_text(vectors_text(one, "vkey")), &vkey));
        bool want = strcmp(vectors_text(one, "want"), "ok") == 0;
        if (good != want) {
            fail_msg("%s", vectors_text(one, "name"));
        }
    }
    assert_int_equal(i, 6);
    json_decref(cases);
}

/* The word that the vectors use for what happened. */
static const char *note_outcome(struct span text, const struct audit_vkey *keys, size_t count,
                                bool *out_signed) {
    struct audit_note note;
    if (lg_failed(audit_note_read(text, &note))) {
        return "malformed";
    }
    struct lg_err err = audit_note_verify(&note, keys, count, out_signed);
    if (!lg_failed(err)) {
        return "ok";
    }
    return lg_err_code(err) == AUDIT_UNSIGNED ? "unverified" : "invalid-signature";
}

static void note_vectors(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "signed-notes.jsonl");
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        const json_t *texts = json_object_get(one, "vkeys");
        const json_t *signers = json_object_get(one, "verified_by");
        struct audit_vkey keys[4];
        bool is_signed[4] = {false};
        size_t count = json_array_size(texts);
        size_t signed_count = 0;
        assert_true(count <= 4);
        for (size_t k = 0; k < count; k++) {
            struct span text = span_text(json_string_value(json_array_get(texts, k)));
            assert_false(lg_failed(audit_vkey_read(text, &keys[k])));
        }
        const char *outcome =
            note_outcome(span_text(vectors_text(one, "note")), keys, count, is_signed);
        assert_string_equal(outcome, vectors_text(one, "want"));
        for (size_t k = 0; k < count; k++) {
            signed_count += is_signed[k] ? 1 : 0;
        }
        assert_int_equal(signed_count, json_array_size(signers));
    }
    assert_int_equal(i, 8);
    json_decref(cases);
}

static void sigsum_vector(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "sigsum-proofs.jsonl");
    const json_t *one = json_array_get(cases, 0);
    const json_t *path_hex = json_object_get(one, "inclusion_hex");
    struct span body = span_text(vectors_text(one, "note_body"));
    struct span key = vectors_hex(vectors_text(one, "log_pubkey_hex"));
    struct span signature = vectors_hex(vectors_text(one, "log_signature_hex"));
    struct span leaf = vectors_hex(vectors_text(one, "leaf_hex"));
    struct vault_sign_public public_key;
    struct vault_signature fixed;
    struct audit_checkpoint checkpoint;
    struct audit_hash leaf_hash;
    struct audit_hash path[8];
    memcpy(public_key.bytes, key.ptr, sizeof public_key.bytes);
    memcpy(fixed.bytes, signature.ptr, sizeof fixed.bytes);
    assert_false(lg_failed(vault_verify(&public_key, body, &fixed)));
    assert_false(lg_failed(audit_checkpoint_parse(body, &checkpoint)));
    assert_int_equal(checkpoint.size, 4);
    size_t count = json_array_size(path_hex);
    for (size_t i = 0; i < count; i++) {
        struct span hash = vectors_hex(json_string_value(json_array_get(path_hex, i)));
        memcpy(path[i].bytes, hash.ptr, AUDIT_HASH_SIZE);
        free((void *)(uintptr_t)hash.ptr);
    }
    audit_merkle_leaf(leaf, &leaf_hash);
    struct audit_inclusion_claim claim = {vectors_number(one, "leaf_index"), checkpoint.size,
                                          &leaf_hash, &checkpoint.root};
    assert_false(lg_failed(audit_merkle_inclusion_check(&claim, path, count)));
    leaf_hash.bytes[0] ^= 1;
    assert_true(lg_failed(audit_merkle_inclusion_check(&claim, path, count)));
    free((void *)(uintptr_t)key.ptr);
    free((void *)(uintptr_t)signature.ptr);
    free((void *)(uintptr_t)leaf.ptr);
    json_decref(cases);
}

/* The C2SP example with its one good signature and `extra` more lines of strangers. */
static size_t crowded_note(unsigned extra, char *out, size_t size) {
    static const char good[] =
        "This is an example message.\n\n"
        "\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1E"
        "RYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    size_t len = (size_t)snprintf(out, size, "%s", good);
    for (unsigned i = 0; i < extra; i++) {
        len += (size_t)snprintf(out + len, size - len,
                                "\xe2\x80\x94 stranger-%u.example AAAAAAAA\n", i);
    }
    return len;
}

static void signatures_have_a_ceiling(void **state) {
    static char text[LIMIT_AUDIT_NOTE + 64];
    const char *vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct audit_vkey key;
    bool is_signed = false;
    (void)state;
    assert_false(lg_failed(audit_vkey_read(span_text(vkey), &key)));
    const struct {
        unsigned extra;
        const char *want;
    } cases[] = {{15, "ok"}, {99, "ok"}, {100, "malformed"}, {1000, "malformed"}};
    for (size_t i = 0; i < 4; i++) {
        size_t len = crowded_note(cases[i].extra, text, sizeof text);
        assert_string_equal(note_outcome(span_of(text, len), &key, 1, &is_signed), cases[i].want);
    }
}

static void every_flipped_bit_is_seen(void **state) {
    char text[512];
    const char *vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct audit_vkey key;
    bool is_signed = false;
    (void)state;
    assert_false(lg_failed(audit_vkey_read(span_text(vkey), &key)));
    size_t len = crowded_note(0, text, sizeof text);
    assert_string_equal(note_outcome(span_of(text, len), &key, 1, &is_signed), "ok");
    for (size_t bit = 0; bit < 8 * len; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        assert_string_not_equal(note_outcome(span_of(text, len), &key, 1, &is_signed), "ok");
        assert_false(is_signed);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
}

static void checkpoint_bodies(void **state) {
    static const char root[] = "e8oB6Ic3mZ/eXB1uysJ648tJ4U8hvNPnJFwnaHe4mck=";
    static const struct {
        const char *first_lines;
        bool good;
    } cases[] = {
        {"log.example\n0\n", true},
        {"log.example\n18446744073709551615\n", true},
        {"log.example\n18446744073709551616\n", false},
        {"log.example\n007\n", false},
        {"log.example\n-1\n", false},
        {"log.example\n+1\n", false},
        {"log.example\n1 \n", false},
        {"log.example\n\n", false},
        {"\n1\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char body[256];
        struct audit_checkpoint checkpoint;
        snprintf(body, sizeof body, "%s%s\nextension\n", cases[i].first_lines, root);
        assert_int_equal(!lg_failed(audit_checkpoint_parse(span_text(body), &checkpoint)),
                         cases[i].good);
    }
    struct audit_checkpoint checkpoint;
    assert_true(
        lg_failed(audit_checkpoint_parse(span_text("log.example\n1\nAAAA\n"), &checkpoint)));
    assert_true(lg_failed(audit_checkpoint_parse(span_text("log.example\n1\n"), &checkpoint)));
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vkey_vectors),
        cmocka_unit_test(note_vectors),
        cmocka_unit_test(sigsum_vector),
        cmocka_unit_test(signatures_have_a_ceiling),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(checkpoint_bodies),
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
    return cmocka_run_group_tests(tests, NULL, NULL);
}
