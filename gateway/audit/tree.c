/* SPDX-License-Identifier: Apache-2.0 */
/* The tree in rows of 8 levels. Row 0 holds the leaf hashes, in the file; row r holds the roots of
 * complete subtrees of 256^r leaves, in memory (32 bytes for 256 entries). What lies between is
 * computed a tile of 256 at a time and kept in a few slots; the newest tile is extended leaf by
 * leaf, so that the paths of a fresh batch cost no hashing.
 *
 * Record of the file "leaves", 48 bytes, big-endian: leaf hash 32, segment 4, place in it 4, length
 * 2, zeros 6. Nothing in the file is trusted that was not written by this process. */
#define _POSIX_C_SOURCE 200809L
#include "gateway/audit/tree.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum {
    ROWS = 5, /* 256^5 leaves: more than LIMIT_AUDIT_SEGMENTS can hold */
    TILE = 256,
    TILE_LEVELS = 8,
    TILE_NODES = 2 * TILE - 2,
    RECORD_SIZE = 48,
    RECORD_USED = 42,
    FIRST_ROW_SLOTS = 8, /* a batch spans up to five tiles */
    OTHER_ROW_SLOTS = 2,
    SLOTS = FIRST_ROW_SLOTS + (ROWS - 1) * OTHER_ROW_SLOTS,
};

static const char FILE_NAME[] = "leaves";

/* One tile with its inner nodes: level l starts at offset 2 * (TILE - (TILE >> l)). Nodes of
 * complete subtrees of the first `count` are set. */
struct slot {
    uint64_t tile;
    size_t count; /* 0: empty */
    struct audit_hash nodes[TILE_NODES];
};

struct row {
    struct audit_hash *hashes;
    size_t count;
    size_t size;
};

struct audit_tree {
    const struct audit_file_ops *ops;
    int fd;
    pthread_mutex_t lock;
    struct audit_edge edge;
    struct row rows[ROWS]; /* rows[0] holds nothing: the file does */
    struct slot slots[SLOTS];
};

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
}

struct lg_err audit_tree_new(const struct audit_folder *folder, struct audit_tree **out_tree) {
    struct audit_tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL) {
        return no_memory();
    }
    tree->ops = folder->ops;
    tree->fd = -1;
    if (pthread_mutex_init(&tree->lock, NULL) != 0) {
        free(tree);
        return no_memory();
    }
    struct lg_err err =
        audit_folder_open(folder, FILE_NAME, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &tree->fd);
    if (!lg_failed(err)) {
        err = tree->ops->truncate(tree->ops->ctx, tree->fd, 0);
    }
    if (lg_failed(err)) {
        audit_tree_free(&tree);
        return err;
    }
    *out_tree = tree;
    return LG_OK;
}

void audit_tree_free(struct audit_tree **tree) {
    struct audit_tree *t = *tree;
    if (t == NULL) {
        return;
    }
    if (t->fd >= 0) {
        t->ops->close(t->ops->ctx, t->fd);
    }
    for (size_t i = 0; i < ROWS; i++) {
        free(t->rows[i].hashes);
    }
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
    *tree = NULL;
}

struct lg_err audit_tree_reserve(struct audit_tree *tree, size_t count) {
    struct lg_err err = LG_OK;
    (void)pthread_mutex_lock(&tree->lock);
    for (size_t r = 1; r < ROWS && !lg_failed(err); r++) {
        struct row *row = &tree->rows[r];
        count = count / TILE + 1;
        if (row->size - row->count >= count) {
            continue;
        }
        size_t size = row->size * 2 + count + TILE;
        struct audit_hash *hashes = realloc(row->hashes, size * sizeof *hashes);
        if (hashes == NULL) {
            err = no_memory();
        } else {
            row->hashes = hashes;
            row->size = size;
        }
    }
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

/* ---- Slots */

static size_t level_at(unsigned level) {
    return 2 * ((size_t)TILE - ((size_t)TILE >> level));
}

static struct slot *slot_of(struct audit_tree *tree, unsigned row, uint64_t tile) {
    if (row == 0) {
        return &tree->slots[tile % FIRST_ROW_SLOTS];
    }
    size_t base = FIRST_ROW_SLOTS + (size_t)(row - 1) * OTHER_ROW_SLOTS;
    return &tree->slots[base + tile % OTHER_ROW_SLOTS];
}

/* Sets the next hash of the tile, and every inner node that it completes. */
static void slot_add(struct slot *slot, const struct audit_hash *hash) {
    size_t position = slot->count;
    ASSERT(position < TILE);
    slot->nodes[position] = *hash;
    for (unsigned level = 1; level < TILE_LEVELS && (position & 1U) != 0; level++) {
        const struct audit_hash *right = &slot->nodes[level_at(level - 1) + position];
        position >>= 1;
        audit_merkle_node(right - 1, right, &slot->nodes[level_at(level) + position]);
    }
    slot->count++;
}

static uint64_t row_count(const struct audit_tree *tree, unsigned row) {
    return row == 0 ? tree->edge.size : tree->rows[row].count;
}

static struct lg_err records_read(struct audit_tree *tree, uint64_t first, size_t count,
                                  uint8_t *out) {
    struct audit_into into = {.buf = out, .size = count * RECORD_SIZE};
    TRY(tree->ops->read(tree->ops->ctx, tree->fd, first * RECORD_SIZE, &into));
    return into.len == count * RECORD_SIZE ? LG_OK
                                           : lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
}

static struct lg_err slot_fill(struct audit_tree *tree, struct slot *slot, unsigned row,
                               size_t count) {
    uint64_t first = slot->tile * TILE;
    if (row > 0) {
        for (size_t i = 0; i < count; i++) {
            slot_add(slot, &tree->rows[row].hashes[first + i]);
        }
        return LG_OK;
    }
    uint8_t records[TILE * RECORD_SIZE];
    TRY(records_read(tree, first, count, records));
    for (size_t i = 0; i < count; i++) {
        struct audit_hash hash;
        memcpy(hash.bytes, records + i * RECORD_SIZE, AUDIT_HASH_SIZE);
        slot_add(slot, &hash);
    }
    return LG_OK;
}

/* The slot of a tile with all that the row has of it. */
static struct lg_err slot_load(struct audit_tree *tree, unsigned row, uint64_t tile,
                               struct slot **out_slot) {
    struct slot *slot = slot_of(tree, row, tile);
    uint64_t rest = row_count(tree, row) - tile * TILE;
    size_t count = rest < TILE ? (size_t)rest : TILE;
    if (slot->tile != tile || slot->count != count) {
        slot->tile = tile;
        slot->count = 0;
        struct lg_err err = slot_fill(tree, slot, row, count);
        if (lg_failed(err)) {
            slot->count = 0;
            return err;
        }
    }
    *out_slot = slot;
    return LG_OK;
}

static struct lg_err tree_node(void *ctx, unsigned level, uint64_t index,
                               struct audit_hash *out_node) {
    struct audit_tree *tree = ctx;
    unsigned row = level / TILE_LEVELS;
    unsigned within = level % TILE_LEVELS;
    struct slot *slot = NULL;
    ASSERT(row < ROWS);
    if (row > 0 && within == 0) {
        ASSERT(index < tree->rows[row].count);
        *out_node = tree->rows[row].hashes[index];
        return LG_OK;
    }
    size_t width = (size_t)TILE >> within;
    TRY(slot_load(tree, row, index / width, &slot));
    size_t position = (size_t)(index % width);
    ASSERT((position + 1) << within <= slot->count);
    *out_node = slot->nodes[level_at(within) + position];
    return LG_OK;
}

static struct audit_nodes nodes_of(struct audit_tree *tree) {
    return (struct audit_nodes){.ctx = tree, .node = tree_node};
}

/* ---- Appending */

/* After a row grew to a whole tile: its root enters the row above, and so on. */
static struct lg_err rows_grow(struct audit_tree *tree) {
    for (unsigned r = 0; r + 1 < ROWS; r++) {
        uint64_t count = row_count(tree, r);
        struct slot *slot = NULL;
        if (count % TILE != 0) {
            break;
        }
        TRY(slot_load(tree, r, count / TILE - 1, &slot));
        const struct audit_hash *halves = &slot->nodes[level_at(TILE_LEVELS - 1)];
        struct row *above = &tree->rows[r + 1];
        ASSERT(above->count < above->size);
        audit_merkle_node(&halves[0], &halves[1], &above->hashes[above->count]);
        above->count++;
    }
    return LG_OK;
}

static struct lg_err leaf_add(struct audit_tree *tree, const struct audit_hash *hash) {
    uint64_t tile = tree->edge.size / TILE;
    struct slot *slot = slot_of(tree, 0, tile);
    size_t position = (size_t)(tree->edge.size % TILE);
    if (position == 0) {
        slot->tile = tile;
        slot->count = 0;
    } else {
        TRY(slot_load(tree, 0, tile, &slot));
    }
    slot_add(slot, hash);
    audit_edge_add(&tree->edge, hash);
    return rows_grow(tree);
}

static void record_write(struct writer *w, const struct audit_leaf *leaf) {
    writer_bytes(w, span_of(leaf->hash.bytes, AUDIT_HASH_SIZE));
    writer_u32(w, leaf->segment);
    writer_u32(w, leaf->at);
    writer_u16(w, leaf->len);
    writer_u16(w, 0);
    writer_u32(w, 0);
}

static struct lg_err append_locked(struct audit_tree *tree, const struct audit_leaf *leaves,
                                   size_t count) {
    uint8_t records[LIMIT_AUDIT_FRAME_ENTRIES * RECORD_SIZE];
    struct writer w = writer_of(records, sizeof records);
    struct span written;
    for (size_t i = 0; i < count; i++) {
        record_write(&w, &leaves[i]);
    }
    TRY(writer_end(&w, &written));
    TRY(tree->ops->write(tree->ops->ctx, tree->fd, tree->edge.size * RECORD_SIZE, written));
    for (size_t i = 0; i < count; i++) {
        TRY(leaf_add(tree, &leaves[i].hash));
    }
    return LG_OK;
}

struct lg_err audit_tree_append(struct audit_tree *tree, const struct audit_leaf *leaves,
                                size_t count) {
    ASSERT(count > 0);
    ASSERT(count <= LIMIT_AUDIT_FRAME_ENTRIES);
    (void)pthread_mutex_lock(&tree->lock);
    struct lg_err err = append_locked(tree, leaves, count);
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

/* ---- Reading */

void audit_tree_edge(struct audit_tree *tree, struct audit_edge *out_edge) {
    (void)pthread_mutex_lock(&tree->lock);
    *out_edge = tree->edge;
    (void)pthread_mutex_unlock(&tree->lock);
}

uint64_t audit_tree_size(struct audit_tree *tree) {
    (void)pthread_mutex_lock(&tree->lock);
    uint64_t size = tree->edge.size;
    (void)pthread_mutex_unlock(&tree->lock);
    return size;
}

static struct lg_err out_of_range(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
}

static struct lg_err leaves_locked(struct audit_tree *tree, uint64_t first, size_t count,
                                   struct audit_leaf *out_leaves) {
    uint8_t records[TILE * RECORD_SIZE];
    if (first >= tree->edge.size || count > tree->edge.size - first) {
        return out_of_range();
    }
    TRY(records_read(tree, first, count, records));
    struct reader r = reader_of(span_of(records, count * RECORD_SIZE));
    for (size_t i = 0; i < count; i++) {
        reader_copy(&r, out_leaves[i].hash.bytes, AUDIT_HASH_SIZE);
        out_leaves[i].segment = reader_u32(&r);
        out_leaves[i].at = reader_u32(&r);
        out_leaves[i].len = reader_u16(&r);
        (void)reader_bytes(&r, RECORD_SIZE - RECORD_USED);
    }
    return LG_OK;
}

struct lg_err audit_tree_leaves(struct audit_tree *tree, uint64_t first, size_t count,
                                struct audit_leaf *out_leaves) {
    ASSERT(count > 0);
    ASSERT(count <= TILE);
    (void)pthread_mutex_lock(&tree->lock);
    struct lg_err err = leaves_locked(tree, first, count, out_leaves);
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

struct lg_err audit_tree_leaf(struct audit_tree *tree, uint64_t index,
                              struct audit_leaf *out_leaf) {
    return audit_tree_leaves(tree, index, 1, out_leaf);
}

static struct lg_err row_locked(struct audit_tree *tree, unsigned row, uint64_t first, size_t count,
                                struct audit_hash *out_hashes) {
    uint64_t there = row_count(tree, row);
    struct slot *slot = NULL;
    if (first >= there || count > there - first) {
        return out_of_range();
    }
    if (row > 0) {
        memcpy(out_hashes, &tree->rows[row].hashes[first], count * sizeof *out_hashes);
        return LG_OK;
    }
    TRY(slot_load(tree, row, first / TILE, &slot));
    memcpy(out_hashes, &slot->nodes[first % TILE], count * sizeof *out_hashes);
    return LG_OK;
}

struct lg_err audit_tree_row(struct audit_tree *tree, unsigned row, uint64_t first, size_t count,
                             struct audit_hash *out_hashes) {
    ASSERT(count > 0);
    ASSERT(first % TILE + count <= TILE);
    if (row >= ROWS) {
        return out_of_range();
    }
    (void)pthread_mutex_lock(&tree->lock);
    struct lg_err err = row_locked(tree, row, first, count, out_hashes);
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

static struct lg_err inclusion_locked(struct audit_tree *tree, uint64_t index, uint64_t size,
                                      struct audit_inclusion *out_inclusion) {
    struct audit_nodes nodes = nodes_of(tree);
    if (size > tree->edge.size || index >= size) {
        return out_of_range();
    }
    out_inclusion->index = index;
    out_inclusion->size = size;
    TRY(tree_node(tree, 0, index, &out_inclusion->leaf_hash));
    TRY(audit_merkle_inclusion(&nodes, index, size, &out_inclusion->path));
    return audit_merkle_root(&nodes, size, &out_inclusion->root);
}

struct lg_err audit_tree_inclusion(struct audit_tree *tree, uint64_t index, uint64_t size,
                                   struct audit_inclusion *out_inclusion) {
    (void)pthread_mutex_lock(&tree->lock);
    struct lg_err err = inclusion_locked(tree, index, size, out_inclusion);
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

struct lg_err audit_tree_consistency(struct audit_tree *tree, uint64_t from, uint64_t to,
                                     struct audit_path *out_path) {
    struct audit_nodes nodes = nodes_of(tree);
    (void)pthread_mutex_lock(&tree->lock);
    struct lg_err err = to > tree->edge.size ? out_of_range()
                                             : audit_merkle_consistency(&nodes, from, to, out_path);
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

struct lg_err audit_tree_root(struct audit_tree *tree, uint64_t size, struct audit_hash *out_root) {
    struct audit_nodes nodes = nodes_of(tree);
    (void)pthread_mutex_lock(&tree->lock);
    struct lg_err err =
        size > tree->edge.size ? out_of_range() : audit_merkle_root(&nodes, size, out_root);
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}

struct lg_err audit_tree_paths(struct audit_tree *tree, uint64_t first_index, size_t count,
                               struct audit_path *out_paths) {
    struct audit_nodes nodes = nodes_of(tree);
    struct lg_err err = LG_OK;
    (void)pthread_mutex_lock(&tree->lock);
    for (size_t i = 0; i < count && !lg_failed(err); i++) {
        err = audit_merkle_inclusion(&nodes, first_index + i, tree->edge.size, &out_paths[i]);
    }
    (void)pthread_mutex_unlock(&tree->lock);
    return err;
}
