/* SPDX-License-Identifier: Apache-2.0 */
/* Where the nodes of the log's tree and the places of its entries are kept: a derived file of leaf
 * records, rebuilt from the journal, and in memory each 256th, 65,536th ... node.
 *
 * Reading and appending lock inside; any thread. */
#ifndef GATEWAY_AUDIT_TREE_H
#define GATEWAY_AUDIT_TREE_H

#include "gateway/audit/files.h"
#include "gateway/audit/merkle.h"

/* One entry: its hash, and where its bytes are in the journal. */
struct audit_leaf {
    struct audit_hash hash;
    uint32_t segment;
    uint32_t at; /* of the first byte of the entry in the segment's file */
    uint16_t len;
};

struct audit_tree;

/* An empty tree; an older file of records is emptied. STORE AUDIT_IO, LIMIT AUDIT_MEMORY. The
 * caller frees it. */
LG_MUST_USE struct lg_err audit_tree_new(const struct audit_folder *folder,
                                         struct audit_tree **out_tree);
void audit_tree_free(struct audit_tree **tree);

/* Makes room, so that the next `count` leaves need no memory. LIMIT AUDIT_MEMORY. */
LG_MUST_USE struct lg_err audit_tree_reserve(struct audit_tree *tree, size_t count);
/* Adds leaves for which room was made: 1 to LIMIT_AUDIT_FRAME_ENTRIES. STORE AUDIT_IO,
 * AUDIT_NO_SPACE; the tree is then of no more use. */
LG_MUST_USE struct lg_err audit_tree_append(struct audit_tree *tree,
                                            const struct audit_leaf *leaves, size_t count);
/* A copy of the right edge, for a next size to be tried out. */
void audit_tree_edge(struct audit_tree *tree, struct audit_edge *out_edge);
uint64_t audit_tree_size(struct audit_tree *tree);

/* INPUT AUDIT_RANGE, STORE AUDIT_IO. */
LG_MUST_USE struct lg_err audit_tree_leaf(struct audit_tree *tree, uint64_t index,
                                          struct audit_leaf *out_leaf);
/* Leaf hash, path and root for the tree of `size`, which is at most the tree's. INPUT AUDIT_RANGE,
 * STORE AUDIT_IO. */
LG_MUST_USE struct lg_err audit_tree_inclusion(struct audit_tree *tree, uint64_t index,
                                               uint64_t size,
                                               struct audit_inclusion *out_inclusion);
LG_MUST_USE struct lg_err audit_tree_consistency(struct audit_tree *tree, uint64_t from,
                                                 uint64_t to, struct audit_path *out_path);
LG_MUST_USE struct lg_err audit_tree_root(struct audit_tree *tree, uint64_t size,
                                          struct audit_hash *out_root);
/* `count` roots of complete subtrees of 256^row leaves, from node `first` of that row: hashes of
 * one tile (1 to 256, within one). INPUT AUDIT_RANGE where the tree has not got them, STORE
 * AUDIT_IO. */
LG_MUST_USE struct lg_err audit_tree_row(struct audit_tree *tree, unsigned row, uint64_t first,
                                         size_t count, struct audit_hash *out_hashes);
/* audit_tree_leaf of 1 to 256 leaves one after the other. */
LG_MUST_USE struct lg_err audit_tree_leaves(struct audit_tree *tree, uint64_t first, size_t count,
                                            struct audit_leaf *out_leaves);
/* Paths alone of `count` leaves from first_index in the tree as it is: what receipts need. */
LG_MUST_USE struct lg_err audit_tree_paths(struct audit_tree *tree, uint64_t first_index,
                                           size_t count, struct audit_path *out_paths);

#endif
