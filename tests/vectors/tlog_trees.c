/* SPDX-License-Identifier: Apache-2.0 */
/* Trees at the borders of tiles, built by our tree: roots, proofs and the tiles that it serves. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/audit/volumes.h"
#include "tests/vectors/tlog.h"

enum { TREE_SIZE = 70000, BATCH_MAX = 1000, NAME_SIZE = 96 };

struct generated {
    struct audit_tree *tree;
    struct audit_volumes volumes;
    const json_t *vectors;
};

/* Batches of 1, 2, 3 ... leaves end inside tiles, at their borders and across them. */
static bool tree_fill(struct audit_tree *tree, const char *prefix) {
    struct audit_leaf leaves[BATCH_MAX];
    size_t at = 0;
    for (size_t step = 1; at < TREE_SIZE; step = step % BATCH_MAX + 1) {
        size_t count = TREE_SIZE - at < step ? TREE_SIZE - at : step;
        for (size_t i = 0; i < count; i++) {
            char text[64];
            int len = snprintf(text, sizeof text, "%.32s%zu", prefix, at + i);
            leaves[i] = (struct audit_leaf){.len = (uint16_t)len};
            audit_merkle_leaf(span_of(text, (size_t)len), &leaves[i].hash);
        }
        if (lg_failed(audit_tree_reserve(tree, count)) ||
            lg_failed(audit_tree_append(tree, leaves, count))) {
            return false;
        }
        at += count;
    }
    return true;
}

static void roots(struct tlog_run *run, const struct generated *generated) {
    const char *size = NULL;
    json_t *root = NULL;
    json_object_foreach(json_object_get(generated->vectors, "root_by_size"), size, root) {
        struct audit_hash ours;
        bool good = !lg_failed(audit_tree_root(generated->tree, strtoull(size, NULL, 10), &ours)) &&
                    tlog_hash_is(&ours, json_string_value(root));
        tlog_case(run, size, good);
    }
}

static bool path_is(const struct audit_path *path, const json_t *wanted) {
    bool same = path->count == json_array_size(wanted);
    for (size_t i = 0; i < path->count && same; i++) {
        same = tlog_hash_is(&path->hashes[i], json_string_value(json_array_get(wanted, i)));
    }
    return same;
}

static bool inclusion_holds(const struct generated *generated, const json_t *one) {
    struct audit_inclusion ours;
    uint64_t index = tlog_number(one, "index");
    uint64_t size = tlog_number(one, "size");
    if (lg_failed(audit_tree_inclusion(generated->tree, index, size, &ours))) {
        return false;
    }
    struct audit_inclusion_claim claim = {index, size, &ours.leaf_hash, &ours.root};
    return path_is(&ours.path, json_object_get(one, "proof")) &&
           !lg_failed(audit_merkle_inclusion_check(&claim, ours.path.hashes, ours.path.count));
}

static bool consistency_holds(const struct generated *generated, const json_t *one) {
    struct audit_path path;
    struct audit_hash from;
    struct audit_hash to;
    uint64_t from_size = tlog_number(one, "old");
    uint64_t to_size = tlog_number(one, "new");
    if (lg_failed(audit_tree_consistency(generated->tree, from_size, to_size, &path)) ||
        lg_failed(audit_tree_root(generated->tree, from_size, &from)) ||
        lg_failed(audit_tree_root(generated->tree, to_size, &to))) {
        return false;
    }
    struct audit_consistency_claim claim = {from_size, to_size, &from, &to};
    return path_is(&path, json_object_get(one, "proof")) &&
           !lg_failed(audit_merkle_consistency_check(&claim, path.hashes, path.count));
}

static void proofs(struct tlog_run *run, const struct generated *generated, const char *kind,
                   bool (*holds)(const struct generated *, const json_t *)) {
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(json_object_get(generated->vectors, kind), i, one) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, "%s %zu", kind, i);
        tlog_case(run, name, holds(generated, one));
    }
}

static bool tile_holds(struct tlog_run *run, struct generated *generated, const char *path,
                       const char *wanted) {
    struct audit_tile tile;
    struct audit_hash digest;
    struct span bytes;
    if (lg_failed(audit_tile_path_read(span_text(path), &tile)) ||
        lg_failed(audit_volumes_read(&generated->volumes, &tile, run->arena, &bytes))) {
        return false;
    }
    vault_sha256(bytes, digest.bytes);
    return tlog_hash_is(&digest, wanted);
}

static void tiles(struct tlog_run *run, struct generated *generated) {
    const char *size = NULL;
    json_t *of_size = NULL;
    json_object_foreach(json_object_get(generated->vectors, "tiles"), size, of_size) {
        const char *path = NULL;
        json_t *wanted = NULL;
        json_object_foreach(of_size, path, wanted) {
            tlog_case(run, path, tile_holds(run, generated, path, json_string_value(wanted)));
        }
    }
}

static void cases(struct tlog_run *run, struct generated *generated) {
    roots(run, generated);
    proofs(run, generated, "inclusion", inclusion_holds);
    proofs(run, generated, "consistency", consistency_holds);
    tiles(run, generated);
}

void tlog_generated_trees(struct tlog_run *run) {
    char path[] = "/tmp/tlog-vectors-XXXXXX";
    char *made = mkdtemp(path);
    struct audit_folder folder = {audit_files_system(), path};
    json_t *vectors = tlog_object(run, run->file);
    struct generated generated = {.vectors = vectors};
    bool good = made != NULL && vectors != NULL &&
                !lg_failed(audit_tree_new(&folder, &generated.tree)) &&
                !lg_failed(audit_volumes_init(&folder, generated.tree, LIMIT_AUDIT_VOLUME_TILES,
                                              &generated.volumes));
    tlog_case(run, "a tree to fill", good);
    run->passed -= good ? 1 : 0; /* no case of the vectors */
    if (good) {
        tlog_case(run, "filled", tree_fill(generated.tree, tlog_text(vectors, "leaf_prefix")));
        run->passed -= 1;
        cases(run, &generated);
        audit_volumes_done(&generated.volumes);
    }
    audit_tree_free(&generated.tree);
    json_decref(vectors);
    if (made != NULL) {
        lg_err_ignore(audit_folder_remove(&folder, "leaves"), "then the folder stays");
        (void)rmdir(path);
    }
}
