/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing, inclusion and consistency (transparency-dev/merkle). */
#include "gateway/audit/merkle.h"
#include "tests/vectors/tlog.h"

void tlog_rfc6962_tree(struct tlog_run *run) {
    json_t *tree = tlog_object(run, "rfc6962-tree.json");
    const json_t *leaves = json_object_get(tree, "leaf_inputs_hex");
    const json_t *hashes = json_object_get(tree, "leaf_hashes_hex");
    const json_t *roots = json_object_get(tree, "root_by_size_hex");
    struct audit_edge edge = {.size = 0};
    struct audit_hash root;
    size_t i = 0;
    const json_t *one = NULL;
    audit_edge_root(&edge, &root);
    tlog_case(run, "root of size 0",
              tlog_hash_is(&root, json_string_value(json_array_get(roots, 0))));
    json_array_foreach(leaves, i, one) {
        const char *text = json_string_value(one);
        struct audit_hash hash;
        audit_merkle_leaf(tlog_hex(run, text != NULL ? text : ""), &hash);
        tlog_case(run, "leaf hash",
                  tlog_hash_is(&hash, json_string_value(json_array_get(hashes, i))));
        audit_edge_add(&edge, &hash);
        audit_edge_root(&edge, &root);
        tlog_case(run, "root",
                  tlog_hash_is(&root, json_string_value(json_array_get(roots, i + 1))));
    }
    json_decref(tree);
}

static bool inclusion_holds(struct tlog_run *run, const json_t *one) {
    struct audit_hash leaf;
    struct audit_hash root;
    struct audit_hash path[TLOG_HASHES_MAX];
    size_t count = 0;
    struct audit_inclusion_claim claim = {tlog_number(one, "leafIdx"), tlog_number(one, "treeSize"),
                                          &leaf, &root};
    return tlog_hash(run, tlog_text(one, "leafHash"), &leaf) &&
           tlog_hash(run, tlog_text(one, "root"), &root) &&
           tlog_hashes(run, json_object_get(one, "proof"), path, &count) &&
           !lg_failed(audit_merkle_inclusion_check(&claim, path, count));
}

static bool consistency_holds(struct tlog_run *run, const json_t *one) {
    struct audit_hash from;
    struct audit_hash to;
    struct audit_hash path[TLOG_HASHES_MAX];
    size_t count = 0;
    struct audit_consistency_claim claim = {tlog_number(one, "size1"), tlog_number(one, "size2"),
                                            &from, &to};
    return tlog_hash(run, tlog_text(one, "root1"), &from) &&
           tlog_hash(run, tlog_text(one, "root2"), &to) &&
           tlog_hashes(run, json_object_get(one, "proof"), path, &count) &&
           !lg_failed(audit_merkle_consistency_check(&claim, path, count));
}

static void proofs(struct tlog_run *run, bool (*holds)(struct tlog_run *, const json_t *)) {
    json_t *cases = tlog_lines(run, run->file);
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        bool is_wanted = json_is_false(json_object_get(one, "wantErr"));
        tlog_case(run, tlog_text(one, "name"), holds(run, one) == is_wanted);
    }
    json_decref(cases);
}

void tlog_merkle_inclusion(struct tlog_run *run) {
    proofs(run, inclusion_holds);
}

void tlog_merkle_consistency(struct tlog_run *run) {
    proofs(run, consistency_holds);
}
