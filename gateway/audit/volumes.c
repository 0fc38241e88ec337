/* SPDX-License-Identifier: Apache-2.0 */
/* Two files a volume, of `tiles` tiles (256):
 *
 *   volume-NNNNNNNNNN.hashes   its level 0 tiles one after the other, each 256 hashes of 32 bytes:
 *                              what `tile/0/N` serves
 *   volume-NNNNNNNNNN.entries  "LGVOLUM1", the volume's number (8), for each tile the place in the
 *                              file where its bundle ends (8); then the bundles, each 256 entries
 *                              with a 16-bit length before them: what `tile/entries/N` serves
 *
 * Numbers are big-endian. Both are written under the names "volume.hashes" and "volume.entries",
 * synced, and renamed, the entries last: a volume is there when the entries are under their name.
 * Nothing in them is trusted: what is read is hashed and compared with the tree, which was built
 * from the journal by this process. */
#include "gateway/audit/volumes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit/journal.h"
#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"

enum {
    NAME_SIZE = 32,
    TILE_SIZE = AUDIT_TILE_WIDTH * AUDIT_HASH_SIZE,
    HEAD_SIZE = 16,
    END_SIZE = 8,
    HEAD_SIZE_MAX = HEAD_SIZE + LIMIT_AUDIT_VOLUME_TILES * END_SIZE,
    LENGTH_SIZE = 2,
    BUNDLE_SIZE_MAX = AUDIT_TILE_WIDTH * (LENGTH_SIZE + AUDIT_ENTRY_SIZE_MAX),
    TURN_ARENA_SIZE = BUNDLE_SIZE_MAX + (64 << 10),
};

static const char MAGIC[] = "LGVOLUM1";
static const char NEW_HASHES[] = "volume.hashes";
static const char NEW_ENTRIES[] = "volume.entries";

static struct lg_err corrupt(void) {
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
}

static void name_of(uint64_t volume, const char *kind, char out[static NAME_SIZE]) {
    int len = snprintf(out, NAME_SIZE, "volume-%010" PRIu64 ".%s", volume, kind);
    ASSERT(len > 0);
    ASSERT(len < NAME_SIZE);
}

/* ---- Init */

static const struct audit_volume_build NO_BUILD = {.hashes_fd = -1, .entries_fd = -1};

struct lg_err audit_volumes_init(const struct audit_folder *folder, struct audit_tree *tree,
                                 size_t tiles, struct audit_volumes *out_volumes) {
    ASSERT(tiles > 0);
    ASSERT(tiles <= LIMIT_AUDIT_VOLUME_TILES);
    *out_volumes =
        (struct audit_volumes){.folder = *folder, .tree = tree, .tiles = tiles, .build = NO_BUILD};
    if (pthread_mutex_init(&out_volumes->lock, NULL) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    return LG_OK;
}

static void build_end(struct audit_volumes *volumes) {
    const struct audit_file_ops *ops = volumes->folder.ops;
    if (volumes->build.hashes_fd >= 0) {
        ops->close(ops->ctx, volumes->build.hashes_fd);
    }
    if (volumes->build.entries_fd >= 0) {
        ops->close(ops->ctx, volumes->build.entries_fd);
    }
    volumes->build = NO_BUILD;
}

void audit_volumes_done(struct audit_volumes *volumes) {
    build_end(volumes);
    (void)pthread_mutex_destroy(&volumes->lock);
}

uint64_t audit_volumes_built(struct audit_volumes *volumes) {
    (void)pthread_mutex_lock(&volumes->lock);
    uint64_t built = volumes->built;
    (void)pthread_mutex_unlock(&volumes->lock);
    return built;
}

/* ---- Entries out of the journal */

/* The segment that was read last stays open: entries of a tile stand together. */
struct segment {
    const struct audit_folder *folder;
    uint32_t number;
    int fd; /* -1: none */
};

static void segment_close(struct segment *segment) {
    if (segment->fd >= 0) {
        segment->folder->ops->close(segment->folder->ops->ctx, segment->fd);
        segment->fd = -1;
    }
}

static struct lg_err segment_open(struct segment *segment, uint32_t number) {
    char name[AUDIT_SEGMENT_NAME_SIZE];
    if (segment->fd >= 0 && segment->number == number) {
        return LG_OK;
    }
    segment_close(segment);
    segment->number = number;
    audit_segment_name(number, name);
    return audit_folder_open(segment->folder, name, AUDIT_OPEN_READ, &segment->fd);
}

static bool hashes_to(struct span leaf, const struct audit_hash *wanted) {
    struct audit_hash hash;
    audit_merkle_leaf(leaf, &hash);
    return memcmp(hash.bytes, wanted->bytes, AUDIT_HASH_SIZE) == 0;
}

static struct lg_err entry_copy(struct segment *segment, const struct audit_leaf *leaf,
                                uint8_t *out) {
    const struct audit_file_ops *ops = segment->folder->ops;
    struct audit_into into = {.buf = out, .size = leaf->len};
    TRY(segment_open(segment, leaf->segment));
    TRY(ops->read(ops->ctx, segment->fd, leaf->at, &into));
    return into.len == leaf->len && hashes_to(span_of(out, leaf->len), &leaf->hash) ? LG_OK
                                                                                    : corrupt();
}

static struct lg_err entries_copy(struct segment *segment, const struct audit_leaf *leaves,
                                  size_t count, struct writer *w) {
    for (size_t i = 0; i < count; i++) {
        writer_u16(w, leaves[i].len);
        ASSERT(!w->failed);
        ASSERT(w->size - w->used >= leaves[i].len);
        TRY(entry_copy(segment, &leaves[i], w->buf + w->used));
        w->used += leaves[i].len;
    }
    return LG_OK;
}

static struct lg_err bundle_make(const struct audit_volumes *volumes, uint64_t tile, size_t width,
                                 struct arena *arena, struct span *out_bundle) {
    struct audit_leaf leaves[AUDIT_TILE_WIDTH];
    struct segment segment = {.folder = &volumes->folder, .fd = -1};
    size_t size = 0;
    TRY(audit_tree_leaves(volumes->tree, tile * AUDIT_TILE_WIDTH, width, leaves));
    for (size_t i = 0; i < width; i++) {
        size += LENGTH_SIZE + (size_t)leaves[i].len;
    }
    uint8_t *buf = arena_alloc(arena, size);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, size);
    struct lg_err err = entries_copy(&segment, leaves, width, &w);
    segment_close(&segment);
    TRY(err);
    return writer_end(&w, out_bundle);
}

/* ---- Building */

static struct lg_err file_new(const struct audit_volumes *volumes, const char *name, int *out_fd) {
    const struct audit_file_ops *ops = volumes->folder.ops;
    TRY(audit_folder_open(&volumes->folder, name, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, out_fd));
    return ops->truncate(ops->ctx, *out_fd, 0);
}

static struct lg_err build_begin(struct audit_volumes *volumes, uint64_t volume) {
    struct audit_volume_build *build = &volumes->build;
    build->volume = volume;
    build->entries_at = HEAD_SIZE + volumes->tiles * END_SIZE;
    TRY(file_new(volumes, NEW_HASHES, &build->hashes_fd));
    return file_new(volumes, NEW_ENTRIES, &build->entries_fd);
}

static struct lg_err tile_add(struct audit_volumes *volumes) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct audit_file_ops *ops = volumes->folder.ops;
    struct audit_volume_build *build = &volumes->build;
    uint64_t tile = build->volume * volumes->tiles + build->tile_count;
    struct audit_hash hashes[AUDIT_TILE_WIDTH];
    struct span bundle;
    TRY(arena_new(TURN_ARENA_SIZE, &arena));
    TRY(bundle_make(volumes, tile, AUDIT_TILE_WIDTH, arena, &bundle));
    TRY(audit_tree_row(volumes->tree, 0, tile * AUDIT_TILE_WIDTH, AUDIT_TILE_WIDTH, hashes));
    TRY(ops->write(ops->ctx, build->hashes_fd, build->tile_count * (uint64_t)TILE_SIZE,
                   span_of(hashes, sizeof hashes)));
    TRY(ops->write(ops->ctx, build->entries_fd, build->entries_at, bundle));
    build->entries_at += bundle.len;
    build->ends[build->tile_count] = build->entries_at;
    build->tile_count++;
    return LG_OK;
}

static struct lg_err head_write(const struct audit_volumes *volumes) {
    const struct audit_file_ops *ops = volumes->folder.ops;
    const struct audit_volume_build *build = &volumes->build;
    uint8_t head[HEAD_SIZE_MAX];
    struct writer w = writer_of(head, sizeof head);
    struct span written;
    writer_text(&w, MAGIC);
    writer_u64(&w, build->volume);
    for (size_t i = 0; i < volumes->tiles; i++) {
        writer_u64(&w, build->ends[i]);
    }
    TRY(writer_end(&w, &written));
    return ops->write(ops->ctx, build->entries_fd, 0, written);
}

static struct lg_err file_finish(const struct audit_volumes *volumes, int fd, const char *new_name,
                                 const char *kind) {
    const struct audit_file_ops *ops = volumes->folder.ops;
    char name[NAME_SIZE];
    name_of(volumes->build.volume, kind, name);
    TRY(ops->sync(ops->ctx, fd));
    return audit_folder_rename(&volumes->folder, new_name, name);
}

static struct lg_err build_finish(struct audit_volumes *volumes) {
    const struct audit_volume_build *build = &volumes->build;
    TRY(head_write(volumes));
    TRY(file_finish(volumes, build->hashes_fd, NEW_HASHES, "hashes"));
    TRY(file_finish(volumes, build->entries_fd, NEW_ENTRIES, "entries"));
    return audit_folder_sync(&volumes->folder);
}

static struct lg_err is_there(const struct audit_volumes *volumes, uint64_t volume, bool *out_is) {
    char name[NAME_SIZE];
    int fd = -1;
    name_of(volume, "entries", name);
    struct lg_err err = audit_folder_open(&volumes->folder, name, AUDIT_OPEN_READ, &fd);
    *out_is = !lg_failed(err);
    if (!*out_is) {
        return audit_is(err, AUDIT_ABSENT) ? LG_OK : err;
    }
    volumes->folder.ops->close(volumes->folder.ops->ctx, fd);
    return LG_OK;
}

/* Counts the volume as built, unless one before it was found wrong meanwhile. */
static void built_add(struct audit_volumes *volumes, uint64_t volume) {
    (void)pthread_mutex_lock(&volumes->lock);
    if (volumes->built == volume) {
        volumes->built = volume + 1;
    }
    (void)pthread_mutex_unlock(&volumes->lock);
}

static bool is_under_way(const struct audit_volumes *volumes, uint64_t volume) {
    return volumes->build.hashes_fd >= 0 && volumes->build.volume == volume;
}

/* Takes in use what an earlier process made: all of it, so that a start is soon where it was. */
static struct lg_err found_take(struct audit_volumes *volumes, uint64_t full) {
    bool is_built = true;
    for (uint64_t next = audit_volumes_built(volumes);
         next < full && is_built && !is_under_way(volumes, next); next++) {
        TRY(is_there(volumes, next, &is_built));
        if (is_built) {
            built_add(volumes, next);
        }
    }
    return LG_OK;
}

static struct lg_err build_some(struct audit_volumes *volumes, uint64_t next) {
    if (!is_under_way(volumes, next)) {
        build_end(volumes);
        TRY(build_begin(volumes, next));
    }
    for (size_t i = 0; i < LIMIT_AUDIT_VOLUME_TURN && volumes->build.tile_count < volumes->tiles;
         i++) {
        TRY(tile_add(volumes));
    }
    if (volumes->build.tile_count == volumes->tiles) {
        TRY(build_finish(volumes));
        build_end(volumes);
        built_add(volumes, next);
        log_line(LOG_INFO, "audit.volume.built", "volume=%" PRIu64, next);
    }
    return LG_OK;
}

struct lg_err audit_volumes_turn(struct audit_volumes *volumes, uint64_t size) {
    uint64_t full = size / ((uint64_t)volumes->tiles * AUDIT_TILE_WIDTH);
    TRY(found_take(volumes, full));
    uint64_t next = audit_volumes_built(volumes);
    if (full <= next) {
        return LG_OK;
    }
    struct lg_err err = build_some(volumes, next);
    if (lg_failed(err)) {
        build_end(volumes);
    }
    return err;
}

/* ---- Reading a volume */

static struct lg_err file_read(const struct audit_volumes *volumes, const char *name, uint64_t at,
                               struct audit_into *into) {
    const struct audit_file_ops *ops = volumes->folder.ops;
    int fd = -1;
    TRY(audit_folder_open(&volumes->folder, name, AUDIT_OPEN_READ, &fd));
    struct lg_err err = ops->read(ops->ctx, fd, at, into);
    ops->close(ops->ctx, fd);
    TRY(err);
    return into->len == into->size ? LG_OK : corrupt();
}

/* True when these hashes are the tile whose root the tree holds. */
static struct lg_err tile_check(const struct audit_volumes *volumes, uint64_t tile,
                                const struct audit_hash *hashes) {
    struct audit_edge edge = {.size = 0};
    struct audit_hash root;
    struct audit_hash wanted;
    for (size_t i = 0; i < AUDIT_TILE_WIDTH; i++) {
        audit_edge_add(&edge, &hashes[i]);
    }
    audit_edge_root(&edge, &root);
    TRY(audit_tree_row(volumes->tree, 1, tile, 1, &wanted));
    return memcmp(root.bytes, wanted.bytes, AUDIT_HASH_SIZE) == 0 ? LG_OK : corrupt();
}

static struct lg_err tile_from_volume(const struct audit_volumes *volumes, uint64_t tile,
                                      struct arena *arena, struct span *out_bytes) {
    char name[NAME_SIZE];
    struct audit_hash *hashes = arena_array(arena, AUDIT_TILE_WIDTH, sizeof *hashes);
    TRY(arena_failed(arena));
    struct audit_into into = {.buf = hashes, .size = TILE_SIZE};
    name_of(tile / volumes->tiles, "hashes", name);
    TRY(file_read(volumes, name, tile % volumes->tiles * TILE_SIZE, &into));
    TRY(tile_check(volumes, tile, hashes));
    *out_bytes = span_of(hashes, TILE_SIZE);
    return LG_OK;
}

/* Where the bundle of the tile stands. */
static struct lg_err bundle_place(const struct audit_volumes *volumes, const char *name,
                                  uint64_t tile, uint64_t *out_at, uint64_t *out_end) {
    uint8_t head[HEAD_SIZE_MAX];
    size_t size = HEAD_SIZE + volumes->tiles * END_SIZE;
    struct audit_into into = {.buf = head, .size = size};
    TRY(file_read(volumes, name, 0, &into));
    struct reader r = reader_of(span_of(head, size));
    struct span magic = reader_bytes(&r, sizeof MAGIC - 1);
    uint64_t number = reader_u64(&r);
    uint64_t at = size;
    uint64_t end = reader_u64(&r);
    for (size_t i = 0; i < tile % volumes->tiles; i++) {
        at = end;
        end = reader_u64(&r);
    }
    if (!span_equal_text(magic, MAGIC) || number != tile / volumes->tiles || at < size ||
        end <= at || end - at > BUNDLE_SIZE_MAX) {
        return corrupt();
    }
    *out_at = at;
    *out_end = end;
    return LG_OK;
}

static struct lg_err bundle_check(struct span bundle, const struct audit_hash *hashes) {
    struct reader r = reader_of(bundle);
    for (size_t i = 0; i < AUDIT_TILE_WIDTH; i++) {
        struct span leaf = reader_part(&r);
        if (r.failed || !hashes_to(leaf, &hashes[i])) {
            return corrupt();
        }
    }
    return lg_failed(reader_end(&r)) ? corrupt() : LG_OK;
}

static struct lg_err bundle_from_volume(const struct audit_volumes *volumes, uint64_t tile,
                                        struct arena *arena, struct span *out_bytes) {
    char name[NAME_SIZE];
    uint64_t at = 0;
    uint64_t end = 0;
    struct audit_hash hashes[AUDIT_TILE_WIDTH];
    name_of(tile / volumes->tiles, "entries", name);
    TRY(bundle_place(volumes, name, tile, &at, &end));
    struct audit_into into = {.buf = arena_alloc(arena, (size_t)(end - at)),
                              .size = (size_t)(end - at)};
    TRY(arena_failed(arena));
    TRY(file_read(volumes, name, at, &into));
    TRY(audit_tree_row(volumes->tree, 0, tile * AUDIT_TILE_WIDTH, AUDIT_TILE_WIDTH, hashes));
    TRY(bundle_check(span_of(into.buf, into.size), hashes));
    *out_bytes = span_of(into.buf, into.size);
    return LG_OK;
}

/* ---- Reading */

/* Told; and taken out of use, to be made again from the journal, where it is the volume that is
 * wrong and not the machine that is short of descriptors. */
static void volume_leave(struct audit_volumes *volumes, uint64_t volume, struct lg_err why) {
    char name[NAME_SIZE];
    log_line(LOG_ERROR, "audit.volume.wrong", "volume=%" PRIu64 " code=%u", volume,
             lg_err_code(why));
    if (!audit_is(why, AUDIT_CORRUPT) && !audit_is(why, AUDIT_ABSENT)) {
        return;
    }
    (void)pthread_mutex_lock(&volumes->lock);
    if (volume < volumes->built) {
        volumes->built = volume;
    }
    name_of(volume, "entries", name);
    lg_err_ignore(audit_folder_remove(&volumes->folder, name),
                  "it is out of use until the next start, which looks at it again");
    (void)pthread_mutex_unlock(&volumes->lock);
}

static bool is_in_volume(struct audit_volumes *volumes, const struct audit_tile *tile) {
    return tile->level == 0 && tile->width == AUDIT_TILE_WIDTH &&
           tile->index / volumes->tiles < audit_volumes_built(volumes);
}

static struct lg_err tile_from_tree(const struct audit_volumes *volumes,
                                    const struct audit_tile *tile, struct arena *arena,
                                    struct span *out_bytes) {
    struct audit_hash *hashes = arena_array(arena, tile->width, sizeof *hashes);
    TRY(arena_failed(arena));
    TRY(audit_tree_row(volumes->tree, tile->level, tile->index * AUDIT_TILE_WIDTH, tile->width,
                       hashes));
    *out_bytes = span_of(hashes, tile->width * sizeof *hashes);
    return LG_OK;
}

struct lg_err audit_volumes_read(struct audit_volumes *volumes, const struct audit_tile *tile,
                                 struct arena *arena, struct span *out_bytes) {
    if (is_in_volume(volumes, tile)) {
        struct lg_err err = tile->is_entries
                                ? bundle_from_volume(volumes, tile->index, arena, out_bytes)
                                : tile_from_volume(volumes, tile->index, arena, out_bytes);
        if (!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT) {
            return err;
        }
        volume_leave(volumes, tile->index / volumes->tiles, err);
    }
    return tile->is_entries ? bundle_make(volumes, tile->index, tile->width, arena, out_bytes)
                            : tile_from_tree(volumes, tile, arena, out_bytes);
}
