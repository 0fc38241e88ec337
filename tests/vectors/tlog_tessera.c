/* SPDX-License-Identifier: Apache-2.0 */
/* A small signed tile log (tessera's test log): checkpoints, hash tiles, entry bundles, offline
 * receipts and consistency proofs between its sizes. */
#include <stdio.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "tests/vectors/tlog.h"

enum { SIZE_MAX_TRIED = 64, NAME_SIZE = 96 };

static const char FOLDER[] = "tessera-testlog";

static bool vkey_of(struct tlog_run *run, struct audit_vkey *out_vkey) {
    struct span text = tlog_file(run, "tessera-testlog/log.vkey");
    return text.ptr != NULL && !lg_failed(audit_vkey_read(text, out_vkey));
}

/* The size's root, as the log signed it. */
static bool checkpoint_read(struct tlog_run *run, struct span text, unsigned size,
                            struct audit_checkpoint *out_checkpoint) {
    struct audit_vkey vkey;
    struct audit_note note;
    return vkey_of(run, &vkey) && !lg_failed(audit_note_read(text, &note)) &&
           !lg_failed(audit_note_verify(&note, &vkey)) &&
           !lg_failed(audit_checkpoint_parse(note.body, out_checkpoint)) &&
           span_equal(out_checkpoint->origin, vkey.name) && out_checkpoint->size == size;
}

static struct span sized_file(struct tlog_run *run, const char *name, unsigned size) {
    char path[NAME_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s%u", FOLDER, name, size);
    return tlog_file(run, path);
}

/* Leaves of a bundle of `size` entries. */
static bool bundle_read(struct tlog_run *run, unsigned size, struct span *out_leaves) {
    struct span bundle = sized_file(run, "tile/entries/000.p/", size);
    struct reader r = reader_of(bundle);
    for (unsigned i = 0; i < size; i++) {
        out_leaves[i] = reader_part(&r);
    }
    return bundle.ptr != NULL && !lg_failed(reader_end(&r));
}

/* Bundle, tile and signed root of one size say the same. */
static bool size_holds(struct tlog_run *run, struct span checkpoint_text, unsigned size) {
    struct span leaves[SIZE_MAX_TRIED];
    struct audit_checkpoint checkpoint;
    struct audit_edge edge = {.size = 0};
    struct audit_hash root;
    if (!checkpoint_read(run, checkpoint_text, size, &checkpoint) ||
        (size > 0 && !bundle_read(run, size, leaves))) {
        return false;
    }
    struct span tile = sized_file(run, "tile/0/000.p/", size);
    if (tile.len != size * (size_t)AUDIT_HASH_SIZE) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        struct audit_hash hash;
        audit_merkle_leaf(leaves[i], &hash);
        audit_edge_add(&edge, &hash);
        if (memcmp(hash.bytes, tile.ptr + i * (size_t)AUDIT_HASH_SIZE, AUDIT_HASH_SIZE) != 0) {
            return false;
        }
    }
    audit_edge_root(&edge, &root);
    return memcmp(root.bytes, checkpoint.root.bytes, AUDIT_HASH_SIZE) == 0;
}

/* With its own leaf and with no other. */
static bool receipt_holds(struct tlog_run *run, struct span text, unsigned index, unsigned size) {
    struct span leaves[SIZE_MAX_TRIED];
    struct audit_vkey vkey;
    struct audit_proof proof;
    struct audit_verified verified;
    if (!bundle_read(run, size, leaves) || !vkey_of(run, &vkey) ||
        lg_failed(audit_proof_read(&text, run->arena, &proof)) || text.len > 0 ||
        proof.form.index != index || !lg_failed(audit_proof_verify(&proof, &vkey, &verified))) {
        return false;
    }
    proof.form.leaf = leaves[(index + 1) % size];
    if (!lg_failed(audit_proof_verify(&proof, &vkey, &verified))) {
        return false;
    }
    proof.form.leaf = leaves[index];
    return !lg_failed(audit_proof_verify(&proof, &vkey, &verified)) && verified.size == size;
}

static void receipts(struct tlog_run *run, unsigned size) {
    for (unsigned index = 0; index < size; index++) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, "%s/proofs/%02u-of-%02u.tlog-proof", FOLDER, index, size);
        struct span text = tlog_file(run, name);
        if (text.ptr != NULL) {
            tlog_case(run, name, receipt_holds(run, text, index, size));
        }
    }
}

void tlog_tessera(struct tlog_run *run) {
    for (unsigned size = 0; size < SIZE_MAX_TRIED; size++) {
        char name[NAME_SIZE];
        struct span text = sized_file(run, "checkpoint.", size);
        (void)snprintf(name, sizeof name, "checkpoint.%u", size);
        if (text.ptr != NULL) {
            tlog_case(run, name, size_holds(run, text, size));
            receipts(run, size);
        }
    }
}

static bool consistency_holds(struct tlog_run *run, const json_t *one) {
    struct audit_hash path[TLOG_HASHES_MAX];
    struct audit_checkpoint old;
    struct audit_checkpoint new;
    unsigned from = (unsigned)tlog_number(one, "old");
    unsigned to = (unsigned)tlog_number(one, "new");
    size_t count = 0;
    if (!checkpoint_read(run, sized_file(run, "checkpoint.", from), from, &old) ||
        !checkpoint_read(run, sized_file(run, "checkpoint.", to), to, &new) ||
        !tlog_hashes(run, json_object_get(one, "proof_b64"), path, &count)) {
        return false;
    }
    struct audit_consistency_claim claim = {from, to, &old.root, &new.root};
    bool holds = !lg_failed(audit_merkle_consistency_check(&claim, path, count));
    new.root.bytes[0] ^= 1;
    return holds && lg_failed(audit_merkle_consistency_check(&claim, path, count));
}

void tlog_tessera_consistency(struct tlog_run *run) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, "%.0f to %.0f",
                       json_real_value(json_object_get(one, "old")),
                       json_real_value(json_object_get(one, "new")));
        tlog_case(run, name, consistency_holds(run, one));
    }
    json_decref(cases);
}
