/* SPDX-License-Identifier: Apache-2.0 */
/* The Merkle tree of RFC 9162, section 2.1, over SHA-256: hashing, the right edge, proofs and their
 * checks. Pure: nodes come in through an interface. */
#ifndef GATEWAY_AUDIT_MERKLE_H
#define GATEWAY_AUDIT_MERKLE_H

#include "gateway/audit/audit.h"

/* SHA-256(0x00, leaf) and SHA-256(0x01, left, right). */
void audit_merkle_leaf(struct span leaf, struct audit_hash *out_hash);
void audit_merkle_node(const struct audit_hash *left, const struct audit_hash *right,
                       struct audit_hash *out_hash);

/* The right edge of a tree: nodes[l] is the root of a complete subtree of 2^l leaves wherever bit l
 * of size is set; together they cover all leaves, the highest level leftmost. Zeroed: the empty
 * tree. */
struct audit_edge {
    uint64_t size;
    struct audit_hash nodes[64];
};

void audit_edge_add(struct audit_edge *edge, const struct audit_hash *leaf_hash);
/* The root; of the empty tree SHA-256 of nothing. */
void audit_edge_root(const struct audit_edge *edge, struct audit_hash *out_root);

/* Where complete subtrees come from: node `index` of `level` covers the leaves from index << level
 * to (index + 1) << level. */
struct audit_nodes {
    void *ctx;
    struct lg_err (*node)(void *ctx, unsigned level, uint64_t index, struct audit_hash *out_node);
};

/* Root of the first `size` leaves. Errors are those of the nodes. */
LG_MUST_USE struct lg_err audit_merkle_root(const struct audit_nodes *nodes, uint64_t size,
                                            struct audit_hash *out_root);
/* RFC 9162, 2.1.3.1. INPUT AUDIT_RANGE unless index < size, and errors of the nodes. */
LG_MUST_USE struct lg_err audit_merkle_inclusion(const struct audit_nodes *nodes, uint64_t index,
                                                 uint64_t size, struct audit_path *out_path);
/* RFC 9162, 2.1.4.1. INPUT AUDIT_RANGE unless 1 <= from <= to, and errors of the nodes. */
LG_MUST_USE struct lg_err audit_merkle_consistency(const struct audit_nodes *nodes, uint64_t from,
                                                   uint64_t to, struct audit_path *out_path);

/* What a proof claims. */
struct audit_inclusion_claim {
    uint64_t index;
    uint64_t size;
    const struct audit_hash *leaf_hash;
    const struct audit_hash *root;
};
struct audit_consistency_claim {
    uint64_t from;
    uint64_t to;
    const struct audit_hash *from_root;
    const struct audit_hash *to_root;
};

/* RFC 9162, 2.1.3.2: LG_OK or INPUT AUDIT_PATH. */
LG_MUST_USE struct lg_err audit_merkle_inclusion_check(const struct audit_inclusion_claim *claim,
                                                       const struct audit_hash *hashes,
                                                       size_t count);
/* RFC 9162, 2.1.4.2: LG_OK or INPUT AUDIT_PATH. A tree is consistent with itself by an empty proof;
 * nothing is proved from the empty tree. */
LG_MUST_USE struct lg_err
audit_merkle_consistency_check(const struct audit_consistency_claim *claim,
                               const struct audit_hash *hashes, size_t count);

#endif
