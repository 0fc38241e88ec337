/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/audit/merkle.h"

#include <string.h>

#include "gateway/base/assert.h"

void audit_merkle_leaf(struct span leaf, struct audit_hash *out_hash) {
    static const uint8_t prefix = 0x00;
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(&prefix, 1));
    vault_sha256_add(&hash, leaf);
    vault_sha256_end(&hash, out_hash->bytes);
}

void audit_merkle_node(const struct audit_hash *left, const struct audit_hash *right,
                       struct audit_hash *out_hash) {
    uint8_t input[1 + 2 * AUDIT_HASH_SIZE] = {0x01};
    memcpy(input + 1, left->bytes, AUDIT_HASH_SIZE);
    memcpy(input + 1 + AUDIT_HASH_SIZE, right->bytes, AUDIT_HASH_SIZE);
    vault_sha256(span_of(input, sizeof input), out_hash->bytes);
}

void audit_edge_add(struct audit_edge *edge, const struct audit_hash *leaf_hash) {
    struct audit_hash node = *leaf_hash;
    unsigned level = 0;
    while ((edge->size >> level & 1U) != 0) {
        audit_merkle_node(&edge->nodes[level], &node, &node);
        level++;
    }
    edge->nodes[level] = node;
    edge->size++;
}

void audit_edge_root(const struct audit_edge *edge, struct audit_hash *out_root) {
    bool started = false;
    for (unsigned level = 0; level < 64; level++) {
        if ((edge->size >> level & 1U) == 0) {
            continue;
        }
        if (started) {
            audit_merkle_node(&edge->nodes[level], out_root, out_root);
        } else {
            *out_root = edge->nodes[level];
            started = true;
        }
    }
    if (!started) {
        vault_sha256((struct span){0}, out_root->bytes);
    }
}

/* Root over the leaves [begin, end). begin is a multiple of every complete subtree that is taken,
 * which holds for each range that RFC 9162 splits off. */
static struct lg_err range_root(const struct audit_nodes *nodes, uint64_t begin, uint64_t end,
                                struct audit_hash *out_root) {
    uint64_t rest = end - begin;
    uint64_t stop = end;
    bool started = false;
    ASSERT(rest > 0);
    for (unsigned level = 0; rest >> level != 0; level++) {
        if ((rest >> level & 1U) == 0) {
            continue;
        }
        struct audit_hash node;
        stop -= UINT64_C(1) << level;
        TRY(nodes->node(nodes->ctx, level, stop >> level, &node));
        if (started) {
            audit_merkle_node(&node, out_root, out_root);
        } else {
            *out_root = node;
            started = true;
        }
    }
    return LG_OK;
}

struct lg_err audit_merkle_root(const struct audit_nodes *nodes, uint64_t size,
                                struct audit_hash *out_root) {
    if (size == 0) {
        vault_sha256((struct span){0}, out_root->bytes);
        return LG_OK;
    }
    return range_root(nodes, 0, size, out_root);
}

/* The largest power of two smaller than n; n is 2 or more. */
static uint64_t split_of(uint64_t n) {
    uint64_t k = 1;
    while (k << 1 < n && k << 1 != 0) {
        k <<= 1;
    }
    return k;
}

/* Proofs are found from the root down and told from the leaf up. */
static void path_reverse(struct audit_path *path) {
    for (size_t i = 0; i < path->count / 2; i++) {
        struct audit_hash other = path->hashes[i];
        path->hashes[i] = path->hashes[path->count - 1 - i];
        path->hashes[path->count - 1 - i] = other;
    }
}

static struct lg_err path_push(struct audit_path *path, const struct audit_nodes *nodes,
                               uint64_t begin, uint64_t end) {
    ASSERT(path->count < AUDIT_PATH_MAX);
    TRY(range_root(nodes, begin, end, &path->hashes[path->count]));
    path->count++;
    return LG_OK;
}

/* Sizes of 2^62 and more would need more hashes than a proof may hold. */
static bool size_is_provable(uint64_t size) {
    return size > 0 && size >> 62 == 0;
}

struct lg_err audit_merkle_inclusion(const struct audit_nodes *nodes, uint64_t index, uint64_t size,
                                     struct audit_path *out_path) {
    if (index >= size || !size_is_provable(size)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
    }
    struct audit_path path = {.count = 0};
    uint64_t begin = 0;
    uint64_t end = size;
    while (end - begin > 1) {
        uint64_t middle = begin + split_of(end - begin);
        if (index < middle) {
            TRY(path_push(&path, nodes, middle, end));
            end = middle;
        } else {
            TRY(path_push(&path, nodes, begin, middle));
            begin = middle;
        }
    }
    path_reverse(&path);
    *out_path = path;
    return LG_OK;
}

struct lg_err audit_merkle_consistency(const struct audit_nodes *nodes, uint64_t from, uint64_t to,
                                       struct audit_path *out_path) {
    if (from > to || from == 0 || !size_is_provable(to)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
    }
    struct audit_path path = {.count = 0};
    uint64_t begin = 0;
    uint64_t end = to;
    while (from != end) {
        uint64_t middle = begin + split_of(end - begin);
        if (from <= middle) {
            TRY(path_push(&path, nodes, middle, end));
            end = middle;
        } else {
            TRY(path_push(&path, nodes, begin, middle));
            begin = middle;
        }
    }
    if (begin > 0) { /* from is then not a complete subtree whose root the verifier knows */
        TRY(path_push(&path, nodes, begin, end));
    }
    path_reverse(&path);
    *out_path = path;
    return LG_OK;
}

/* Position of a node and of the last node of the same level, while climbing. */
struct climb {
    uint64_t at;
    uint64_t last;
};

/* From a node that is the last of its level and a left child up to where it has a left neighbour:
 * levels on which it has no sibling. */
static void climb_skip(struct climb *climb) {
    while ((climb->at & 1U) == 0 && climb->at != 0) {
        climb->at >>= 1;
        climb->last >>= 1;
    }
}

static bool climb_has_left(const struct climb *climb) {
    return (climb->at & 1U) != 0 || climb->at == climb->last;
}

static void climb_up(struct climb *climb) {
    climb->at >>= 1;
    climb->last >>= 1;
}

static bool hash_equal(const struct audit_hash *a, const struct audit_hash *b) {
    return memcmp(a->bytes, b->bytes, AUDIT_HASH_SIZE) == 0;
}

static struct lg_err path_wrong(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_PATH);
}

struct lg_err audit_merkle_inclusion_check(const struct audit_inclusion_claim *claim,
                                           const struct audit_hash *hashes, size_t count) {
    if (claim->index >= claim->size) {
        return path_wrong();
    }
    struct climb climb = {.at = claim->index, .last = claim->size - 1};
    struct audit_hash root = *claim->leaf_hash;
    for (size_t i = 0; i < count; i++) {
        if (climb.last == 0) {
            return path_wrong();
        }
        if (climb_has_left(&climb)) {
            audit_merkle_node(&hashes[i], &root, &root);
            climb_skip(&climb);
        } else {
            audit_merkle_node(&root, &hashes[i], &root);
        }
        climb_up(&climb);
    }
    return climb.last == 0 && hash_equal(&root, claim->root) ? LG_OK : path_wrong();
}

/* Climbs from the last node that both trees share; `from` and `to` are the two roots so far. */
static bool consistency_climb(struct climb climb, const struct audit_hash *hashes, size_t count,
                              struct audit_hash *from, struct audit_hash *to) {
    for (size_t i = 0; i < count; i++) {
        if (climb.last == 0) {
            return false;
        }
        if (climb_has_left(&climb)) {
            audit_merkle_node(&hashes[i], from, from);
            audit_merkle_node(&hashes[i], to, to);
            climb_skip(&climb);
        } else {
            audit_merkle_node(to, &hashes[i], to);
        }
        climb_up(&climb);
    }
    return climb.last == 0;
}

struct lg_err audit_merkle_consistency_check(const struct audit_consistency_claim *claim,
                                             const struct audit_hash *hashes, size_t count) {
    if (claim->from == 0 || claim->from > claim->to) {
        return path_wrong();
    }
    if (claim->from == claim->to) {
        return count == 0 && hash_equal(claim->from_root, claim->to_root) ? LG_OK : path_wrong();
    }
    if (count == 0) {
        return path_wrong();
    }
    struct climb climb = {.at = claim->from - 1, .last = claim->to - 1};
    while ((climb.at & 1U) != 0) {
        climb_up(&climb);
    }
    /* A smaller tree of 2^n leaves is itself the shared node, and not told again. */
    bool told = (claim->from & (claim->from - 1)) != 0;
    struct audit_hash from = told ? hashes[0] : *claim->from_root;
    struct audit_hash to = from;
    size_t used = told ? 1 : 0;
    if (!consistency_climb(climb, hashes + used, count - used, &from, &to)) {
        return path_wrong();
    }
    return hash_equal(&from, claim->from_root) && hash_equal(&to, claim->to_root) ? LG_OK
                                                                                  : path_wrong();
}
