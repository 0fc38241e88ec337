/* SPDX-License-Identifier: Apache-2.0 */
/* Outside vectors of hashing, inclusion and consistency (transparency-dev/merkle), checked by our
 * verifiers; and trees at the borders of tiles, built by our tree and proved by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/tree.h"
#include "gateway/base/bytes.h"
#include "tests/support/audit_support.h"
#include "tests/support/audit_vectors.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char DATA[] = LOCKGATE_DATA "/tlog";

static void assert_hash_hex(const struct audit_hash *hash, const char *hex) {
    char text[2 * AUDIT_HASH_SIZE + 1];
    bytes_to_hex(span_of(hash->bytes, AUDIT_HASH_SIZE), text);
    assert_string_equal(text, hex);
}

static void rfc6962_tree(void **state) {
    (void)state;
    json_t *tree = vectors_object(DATA, "rfc6962-tree.json");
    const json_t *leaves = json_object_get(tree, "leaf_inputs_hex");
    const json_t *hashes = json_object_get(tree, "leaf_hashes_hex");
    const json_t *roots = json_object_get(tree, "root_by_size_hex");
    struct audit_edge edge = {.size = 0};
    struct audit_hash root;
    assert_int_equal(json_array_size(leaves), 8);
    for (size_t i = 0; i < 8; i++) {
        struct span leaf = vectors_hex(json_string_value(json_array_get(leaves, i)));
        struct audit_hash hash;
        audit_edge_root(&edge, &root);
        assert_hash_hex(&root, json_string_value(json_array_get(roots, i)));
        audit_merkle_leaf(leaf, &hash);
        assert_hash_hex(&hash, json_string_value(json_array_get(hashes, i)));
        audit_edge_add(&edge, &hash);
        free((void *)(uintptr_t)leaf.ptr);
    }
    audit_edge_root(&edge, &root);
    assert_hash_hex(&root, json_string_value(json_array_get(roots, 8)));
    json_decref(tree);
}

static void inclusion_vectors(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "merkle-inclusion.jsonl");
    size_t accepted = 0;
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_hash leaf;
        struct audit_hash root;
        struct audit_hash path[64];
        size_t count = 0;
        bool good = vectors_hash(vectors_text(one, "leafHash"), &leaf) &&
                    vectors_hash(vectors_text(one, "root"), &root) &&
                    vectors_hashes(json_object_get(one, "proof"), path, &count);
        struct audit_inclusion_claim claim = {vectors_number(one, "leafIdx"),
                                              vectors_number(one, "treeSize"), &leaf, &root};
        good = good && !lg_failed(audit_merkle_inclusion_check(&claim, path, count));
        if (good == json_is_true(json_object_get(one, "wantErr"))) {
            fail_msg("%s", vectors_text(one, "name"));
        }
        accepted += good ? 1 : 0;
    }
    assert_int_equal(i, 52);
    assert_int_equal(accepted, 2);
    json_decref(cases);
}

static void consistency_vectors(void **state) {
    (void)state;
    json_t *cases = vectors_lines(DATA, "merkle-consistency.jsonl");
    size_t accepted = 0;
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_hash from;
        struct audit_hash to;
        struct audit_hash path[64];
        size_t count = 0;
        bool good = vectors_hash(vectors_text(one, "root1"), &from) &&
                    vectors_hash(vectors_text(one, "root2"), &to) &&
                    vectors_hashes(json_object_get(one, "proof"), path, &count);
        struct audit_consistency_claim claim = {vectors_number(one, "size1"),
                                                vectors_number(one, "size2"), &from, &to};
        good = good && !lg_failed(audit_merkle_consistency_check(&claim, path, count));
        if (good == json_is_true(json_object_get(one, "wantErr"))) {
            fail_msg("%s", vectors_text(one, "name"));
        }
        accepted += good ? 1 : 0;
    }
    assert_int_equal(i, 57);
    assert_int_equal(accepted, 3);
    json_decref(cases);
}

/* ---- Generated trees, through our own tree */

enum { GENERATED_SIZE = 70000 };

struct generated {
    struct audit_support support;
    struct audit_tree *tree;
    json_t *vectors;
    struct audit_hash *leaves;
};

static void generated_leaf(uint32_t i, struct audit_leaf *out_leaf) {
    char text[32];
    int len = snprintf(text, sizeof text, "igw-dev-%u", i);
    *out_leaf = (struct audit_leaf){.segment = i, .at = 2 * i, .len = (uint16_t)len};
    audit_merkle_leaf(span_of(text, (size_t)len), &out_leaf->hash);
}

static int generated_setup(void **state) {
    static struct generated generated;
    struct audit_leaf leaves[1000];
    audit_support_init(&generated.support);
    struct audit_folder folder = {audit_files_system(), generated.support.folder};
    generated.vectors = vectors_object(DATA, "generated-trees.json");
    generated.leaves = calloc(GENERATED_SIZE, sizeof generated.leaves[0]);
    if (generated.leaves == NULL || lg_failed(audit_tree_new(&folder, &generated.tree))) {
        return 1;
    }
    /* Batches of 1, 2, 3 ... leaves end inside tiles, at their borders and across them. */
    uint32_t at = 0;
    for (uint32_t step = 1; at < GENERATED_SIZE; step = step % 1000 + 1) {
        uint32_t count = GENERATED_SIZE - at < step ? GENERATED_SIZE - at : step;
        for (uint32_t i = 0; i < count; i++) {
            generated_leaf(at + i, &leaves[i]);
            generated.leaves[at + i] = leaves[i].hash;
        }
        if (lg_failed(audit_tree_reserve(generated.tree, count)) ||
            lg_failed(audit_tree_append(generated.tree, leaves, count))) {
            return 1;
        }
        at += count;
    }
    *state = &generated;
    return 0;
}

static int generated_teardown(void **state) {
    struct generated *generated = *state;
    audit_tree_free(&generated->tree);
    json_decref(generated->vectors);
    free(generated->leaves);
    audit_support_done(&generated->support);
    return 0;
}

static void generated_roots(void **state) {
    struct generated *generated = *state;
    json_t *roots = json_object_get(generated->vectors, "root_by_size");
    const char *size = NULL;
    json_t *root = NULL;
    assert_int_equal(json_object_size(roots), 17);
    json_object_foreach(roots, size, root) {
        struct audit_hash ours;
        uint64_t leaf_count = strtoull(size, NULL, 10);
        assert_false(lg_failed(audit_tree_root(generated->tree, leaf_count, &ours)));
        assert_hash_hex(&ours, json_string_value(root));
    }
}

static void assert_path(const struct audit_path *path, const json_t *wanted) {
    assert_int_equal(path->count, json_array_size(wanted));
    for (size_t i = 0; i < path->count; i++) {
        assert_hash_hex(&path->hashes[i], json_string_value(json_array_get(wanted, i)));
    }
}

static void generated_inclusion(void **state) {
    struct generated *generated = *state;
    const json_t *cases = json_object_get(generated->vectors, "inclusion");
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_inclusion ours;
        struct audit_leaf leaf;
        uint64_t index = vectors_number(one, "index");
        uint64_t size = vectors_number(one, "size");
        assert_false(lg_failed(audit_tree_inclusion(generated->tree, index, size, &ours)));
        assert_path(&ours.path, json_object_get(one, "proof"));
        struct audit_inclusion_claim claim = {index, size, &ours.leaf_hash, &ours.root};
        assert_false(
            lg_failed(audit_merkle_inclusion_check(&claim, ours.path.hashes, ours.path.count)));
        assert_false(lg_failed(audit_tree_leaf(generated->tree, index, &leaf)));
        assert_memory_equal(leaf.hash.bytes, ours.leaf_hash.bytes, AUDIT_HASH_SIZE);
        assert_int_equal(leaf.segment, index);
        assert_int_equal(leaf.at, 2 * index);
    }
    assert_int_equal(i, 78);
}

static void generated_consistency(void **state) {
    struct generated *generated = *state;
    const json_t *cases = json_object_get(generated->vectors, "consistency");
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(cases, i, one) {
        struct audit_path path;
        struct audit_hash from;
        struct audit_hash to;
        uint64_t from_size = vectors_number(one, "old");
        uint64_t to_size = vectors_number(one, "new");
        assert_false(lg_failed(audit_tree_consistency(generated->tree, from_size, to_size, &path)));
        assert_path(&path, json_object_get(one, "proof"));
        assert_false(lg_failed(audit_tree_root(generated->tree, from_size, &from)));
        assert_false(lg_failed(audit_tree_root(generated->tree, to_size, &to)));
        struct audit_consistency_claim claim = {from_size, to_size, &from, &to};
        assert_false(lg_failed(audit_merkle_consistency_check(&claim, path.hashes, path.count)));
    }
    assert_int_equal(i, 110);
}

/* SHA-256 of a tile: `width` nodes of level 8 * row from `first`. */
static void tile_digest(const struct generated *generated, unsigned row, size_t first, size_t width,
                        struct audit_hash *out_digest) {
    size_t leaves_each = (size_t)1 << (8 * row);
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    for (size_t i = first; i < first + width; i++) {
        struct audit_edge edge = {.size = 0};
        struct audit_hash node;
        for (size_t leaf = i * leaves_each; leaf < (i + 1) * leaves_each; leaf++) {
            audit_edge_add(&edge, &generated->leaves[leaf]);
        }
        audit_edge_root(&edge, &node);
        vault_sha256_add(&hash, span_of(node.bytes, AUDIT_HASH_SIZE));
    }
    vault_sha256_end(&hash, out_digest->bytes);
}

static void generated_tiles(void **state) {
    struct generated *generated = *state;
    json_t *sizes = json_object_get(generated->vectors, "tiles");
    const char *size = NULL;
    json_t *tiles = NULL;
    size_t checked = 0;
    json_object_foreach(sizes, size, tiles) {
        const char *path = NULL;
        json_t *wanted = NULL;
        json_object_foreach(tiles, path, wanted) {
            unsigned row = 0;
            unsigned number = 0;
            unsigned width = 256;
            struct audit_hash digest;
            assert_true(sscanf(path, "tile/%u/%u.p/%u", &row, &number, &width) >= 2);
            tile_digest(generated, row, (size_t)number * 256, width, &digest);
            assert_hash_hex(&digest, json_string_value(wanted));
            checked++;
        }
    }
    assert_int_equal(checked, 3 + 4 + 277);
}

static void out_of_range_is_refused(void **state) {
    struct generated *generated = *state;
    struct audit_inclusion inclusion;
    struct audit_path path;
    struct audit_leaf leaf;
    struct lg_err err = audit_tree_inclusion(generated->tree, 5, 5, &inclusion);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_inclusion(generated->tree, 5, GENERATED_SIZE + 1, &inclusion);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_leaf(generated->tree, GENERATED_SIZE, &leaf);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_consistency(generated->tree, 0, 5, &path);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_consistency(generated->tree, 6, 5, &path);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_consistency(generated->tree, 5, GENERATED_SIZE + 1, &path);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest vectors[] = {
        cmocka_unit_test(rfc6962_tree),
        cmocka_unit_test(inclusion_vectors),
        cmocka_unit_test(consistency_vectors),
    };
    const struct CMUnitTest generated[] = {
        cmocka_unit_test(generated_roots),         cmocka_unit_test(generated_inclusion),
        cmocka_unit_test(generated_consistency),   cmocka_unit_test(generated_tiles),
        cmocka_unit_test(out_of_range_is_refused),
    };
    json_t *probe = vectors_object(DATA, "rfc6962-tree.json");
    if (probe == NULL) {
        printf("skipped: no data in %s\n", DATA);
        return TEST_SKIPPED;
    }
    json_decref(probe);
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    int failed = cmocka_run_group_tests(vectors, NULL, NULL);
    return failed + cmocka_run_group_tests(generated, generated_setup, generated_teardown);
}
