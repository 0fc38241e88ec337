/* SPDX-License-Identifier: Apache-2.0 */
/* Verifier keys, notes, receipts as text and the receipts of public logs (Go's sumdb/note, C2SP,
 * sunlight, transparency-dev/formats, sigstore rekor v2, sigsum). */
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "tests/vectors/tlog.h"

enum { KEYS_MAX = 8 };

void tlog_vkeys(struct tlog_run *run) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_vkey vkey;
        bool good = !lg_failed(audit_vkey_read(span_text(tlog_text(one, "vkey")), &vkey));
        tlog_case(run, tlog_text(one, "name"), good == (strcmp(tlog_text(one, "want"), "ok") == 0));
    }
    json_decref(cases);
}

/* ---- Notes */

static bool keys_read(const json_t *texts, struct audit_vkey *out_keys, size_t *out_count) {
    bool good = json_array_size(texts) <= KEYS_MAX;
    *out_count = 0;
    for (size_t i = 0; i < json_array_size(texts) && good; i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        good = text != NULL && !lg_failed(audit_vkey_read(span_text(text), &out_keys[i]));
        (*out_count)++;
    }
    return good;
}

/* The word that the vectors use for what happened. */
static const char *note_outcome(struct span text, const struct audit_vkey *keys, size_t count,
                                struct audit_signer *out_signers) {
    struct audit_note note;
    if (lg_failed(audit_note_read(text, &note))) {
        return "malformed";
    }
    struct lg_err err = audit_note_signers(&note, keys, count, out_signers);
    if (!lg_failed(err)) {
        return "ok";
    }
    return lg_err_code(err) == AUDIT_UNSIGNED ? "unverified" : "invalid-signature";
}

/* Exactly those who are named have signed; where the note as a whole is good. */
static bool signers_are(const json_t *wanted, const struct audit_vkey *keys, size_t count,
                        const struct audit_signer *signers) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        const json_t *name = NULL;
        json_array_foreach(wanted, k, name) {
            found += signers[i].has_signed && span_equal_text(keys[i].name, json_string_value(name))
                         ? 1
                         : 0;
        }
    }
    return found == json_array_size(wanted);
}

void tlog_signed_notes(struct tlog_run *run) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_vkey keys[KEYS_MAX];
        struct audit_signer signers[KEYS_MAX] = {{.has_signed = false}};
        size_t count = 0;
        bool good = keys_read(json_object_get(one, "vkeys"), keys, &count);
        const char *outcome =
            good ? note_outcome(span_text(tlog_text(one, "note")), keys, count, signers) : "";
        bool is_wanted = strcmp(outcome, tlog_text(one, "want")) == 0;
        bool is_ok = strcmp(outcome, "ok") == 0;
        tlog_case(run, tlog_text(one, "name"),
                  is_wanted && (!is_ok || signers_are(json_object_get(one, "verified_by"), keys,
                                                      count, signers)));
    }
    json_decref(cases);
}

/* ---- Receipts */

void tlog_proof_syntax(struct tlog_run *run) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct span text = span_text(tlog_text(one, "text"));
        struct audit_proof proof;
        bool good = !lg_failed(audit_proof_read(&text, run->arena, &proof)) && text.len == 0;
        tlog_case(run, tlog_text(one, "name"), good == (strcmp(tlog_text(one, "want"), "ok") == 0));
    }
    json_decref(cases);
}

static bool rekor_holds(struct tlog_run *run, const json_t *one) {
    struct audit_hash hashes[TLOG_HASHES_MAX];
    struct audit_vkey vkey;
    struct audit_verified verified;
    size_t count = 0;
    struct span *items = arena_array(run->arena, TLOG_HASHES_MAX, sizeof *items);
    if (items == NULL || !tlog_hashes(run, json_object_get(one, "proof_b64"), hashes, &count) ||
        lg_failed(audit_vkey_read(span_text(tlog_text(one, "log_vkey")), &vkey))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = span_of(hashes[i].bytes, AUDIT_HASH_SIZE);
    }
    const struct audit_proof proof = {
        .form = {.index = tlog_number(one, "index"),
                 .leaf = tlog_base64(run, tlog_text(one, "leaf_b64")),
                 .path = {.items = items, .count = count}},
        .checkpoint = span_text(tlog_text(one, "checkpoint")),
    };
    return !lg_failed(audit_proof_verify(&proof, &vkey, &verified));
}

void tlog_rekor2_receipts(struct tlog_run *run) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        bool is_wanted = strcmp(tlog_text(one, "want"), "accept") == 0;
        tlog_case(run, tlog_text(one, "name"), rekor_holds(run, one) == is_wanted);
    }
    json_decref(cases);
}

/* ---- Sigsum */

static bool sigsum_is_signed(struct tlog_run *run, const json_t *one) {
    struct span key = tlog_hex(run, tlog_text(one, "log_pubkey_hex"));
    struct span signature = tlog_hex(run, tlog_text(one, "log_signature_hex"));
    struct vault_sign_public public_key;
    struct vault_signature fixed;
    if (key.len != sizeof public_key.bytes || signature.len != sizeof fixed.bytes) {
        return false;
    }
    memcpy(public_key.bytes, key.ptr, sizeof public_key.bytes);
    memcpy(fixed.bytes, signature.ptr, sizeof fixed.bytes);
    return !lg_failed(vault_verify(&public_key, span_text(tlog_text(one, "note_body")), &fixed));
}

static bool sigsum_holds(struct tlog_run *run, const json_t *one) {
    const json_t *hashes = json_object_get(one, "inclusion_hex");
    struct audit_checkpoint checkpoint;
    struct audit_hash leaf_hash;
    struct audit_hash path[TLOG_HASHES_MAX];
    size_t count = json_array_size(hashes);
    if (count > TLOG_HASHES_MAX ||
        lg_failed(audit_checkpoint_parse(span_text(tlog_text(one, "note_body")), &checkpoint))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!tlog_hash_hex(run, json_string_value(json_array_get(hashes, i)), &path[i])) {
            return false;
        }
    }
    audit_merkle_leaf(tlog_hex(run, tlog_text(one, "leaf_hex")), &leaf_hash);
    struct audit_inclusion_claim claim = {tlog_number(one, "leaf_index"), checkpoint.size,
                                          &leaf_hash, &checkpoint.root};
    bool holds = !lg_failed(audit_merkle_inclusion_check(&claim, path, count));
    leaf_hash.bytes[0] ^= 1;
    return holds && lg_failed(audit_merkle_inclusion_check(&claim, path, count));
}

void tlog_sigsum_proofs(struct tlog_run *run) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        tlog_case(run, tlog_text(one, "name"),
                  sigsum_is_signed(run, one) && sigsum_holds(run, one));
    }
    json_decref(cases);
}
