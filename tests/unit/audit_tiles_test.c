/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles and volumes: names, borders, crashes while a volume is made, files that were changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/journal.h"
#include "gateway/audit/volumes.h"
#include "tests/support/audit_disk.h"
#include "tests/support/audit_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA_SIZE = 4 << 20, SMALL_TILES = 2, SMALL = SMALL_TILES * AUDIT_TILE_WIDTH };

/* A journal of one segment with the texts "entry 0", "entry 1" ..., without frames: the tree says
 * where they stand. */
struct world {
    struct disk *disk;
    struct audit_file_ops ops;
    struct audit_folder folder;
    struct audit_tree *tree;
    struct audit_volumes volumes;
    size_t count;
};

static size_t entry_text(size_t i, char *out, size_t size) {
    return (size_t)snprintf(out, size, "entry %zu of %0*d", i, (int)(i % 7) + 1, 0);
}

static void segment_fill(struct world *world, size_t count) {
    char name[AUDIT_SEGMENT_NAME_SIZE];
    size_t size = 0;
    int fd = -1;
    uint8_t *bytes = malloc(count * 64 + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        size += entry_text(i, (char *)bytes + size, 64);
    }
    audit_segment_name(0, name);
    assert_false(lg_failed(
        audit_folder_open(&world->folder, name, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &fd)));
    assert_false(lg_failed(world->ops.write(world->ops.ctx, fd, 0, span_of(bytes, size))));
    assert_false(lg_failed(world->ops.sync(world->ops.ctx, fd)));
    assert_false(lg_failed(audit_folder_sync(&world->folder)));
    world->ops.close(world->ops.ctx, fd);
    free(bytes);
}

static void tree_fill(struct world *world, size_t count) {
    uint32_t at = 0;
    for (size_t i = 0; i < count; i++) {
        char text[64];
        size_t len = entry_text(i, text, sizeof text);
        struct audit_leaf leaf = {.segment = 0, .at = at, .len = (uint16_t)len};
        audit_merkle_leaf(span_of(text, len), &leaf.hash);
        assert_false(lg_failed(audit_tree_reserve(world->tree, 1)));
        assert_false(lg_failed(audit_tree_append(world->tree, &leaf, 1)));
        at += (uint32_t)len;
    }
}

/* What a start does: the tree again, and volumes of which nothing is known yet. */
static void world_start(struct world *world, size_t tiles) {
    assert_false(lg_failed(audit_tree_new(&world->folder, &world->tree)));
    tree_fill(world, world->count);
    assert_false(
        lg_failed(audit_volumes_init(&world->folder, world->tree, tiles, &world->volumes)));
}

static void world_end(struct world *world) {
    audit_volumes_done(&world->volumes);
    audit_tree_free(&world->tree);
}

static void world_init(struct world *world, size_t count, size_t tiles) {
    *world = (struct world){.disk = disk_new(0), .count = count};
    world->ops = disk_ops(world->disk);
    world->folder = (struct audit_folder){.ops = &world->ops, .path = "log"};
    segment_fill(world, count);
    world_start(world, tiles);
}

static void world_done(struct world *world) {
    world_end(world);
    disk_free(&world->disk);
}

/* The same on the machine's own disk. */
static void world_init_real(struct world *world, struct audit_support *support, size_t count,
                            size_t tiles) {
    audit_support_init(support);
    *world = (struct world){.count = count, .ops = *audit_files_system()};
    world->folder = (struct audit_folder){.ops = &world->ops, .path = support->folder};
    segment_fill(world, count);
    world_start(world, tiles);
}

static void world_done_real(struct world *world, struct audit_support *support) {
    world_end(world);
    audit_support_done(support);
}

static uint64_t file_size(struct world *world, const char *name) {
    uint64_t size = 0;
    int fd = -1;
    if (lg_failed(audit_folder_open(&world->folder, name, AUDIT_OPEN_READ, &fd))) {
        return 0;
    }
    assert_false(lg_failed(world->ops.size(world->ops.ctx, fd, &size)));
    world->ops.close(world->ops.ctx, fd);
    return size;
}

/* All turns that there are to do. */
static void build_all(struct world *world, uint64_t size) {
    uint64_t wanted = size / (world->volumes.tiles * (uint64_t)AUDIT_TILE_WIDTH);
    for (size_t i = 0; i < 1000 && audit_volumes_built(&world->volumes) < wanted; i++) {
        assert_false(lg_failed(audit_volumes_turn(&world->volumes, size)));
    }
    assert_int_equal(audit_volumes_built(&world->volumes), wanted);
}

static void assert_bundle(struct world *world, uint64_t index, unsigned width) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_tile tile = {.is_entries = true, .index = index, .width = width};
    struct span bytes;
    size_t at = 0;
    assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
    assert_false(lg_failed(audit_volumes_read(&world->volumes, &tile, arena, &bytes)));
    for (unsigned i = 0; i < width; i++) {
        char text[64];
        size_t len = entry_text(index * AUDIT_TILE_WIDTH + i, text, sizeof text);
        assert_true(at + 2 + len <= bytes.len);
        assert_int_equal(bytes.ptr[at] * 256 + bytes.ptr[at + 1], len);
        assert_memory_equal(bytes.ptr + at + 2, text, len);
        at += 2 + len;
    }
    assert_int_equal(at, bytes.len);
}

static void assert_tile(struct world *world, uint64_t index, unsigned width) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_tile tile = {.index = index, .width = width};
    struct span bytes;
    assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
    assert_false(lg_failed(audit_volumes_read(&world->volumes, &tile, arena, &bytes)));
    assert_int_equal(bytes.len, width * AUDIT_HASH_SIZE);
    for (unsigned i = 0; i < width; i++) {
        char text[64];
        struct audit_hash hash;
        size_t len = entry_text(index * AUDIT_TILE_WIDTH + i, text, sizeof text);
        audit_merkle_leaf(span_of(text, len), &hash);
        assert_memory_equal(bytes.ptr + i * AUDIT_HASH_SIZE, hash.bytes, AUDIT_HASH_SIZE);
    }
}

/* Everything that the world has, wherever it comes from. */
static void assert_all(struct world *world) {
    for (uint64_t index = 0; index * AUDIT_TILE_WIDTH < world->count; index++) {
        size_t rest = world->count - index * AUDIT_TILE_WIDTH;
        unsigned width = rest < AUDIT_TILE_WIDTH ? (unsigned)rest : AUDIT_TILE_WIDTH;
        assert_bundle(world, index, width);
        assert_tile(world, index, width);
    }
}

/* ---- Names */

static const char *const BAD_NAMES[] = {
    "",
    "tile",
    "tile/",
    "tile/0",
    "tile/0/",
    "tile/0/0",
    "tile/0/00",
    "tile/0/0000",
    "tile/00/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/+1/000",
    "tile/01/000",
    "tile/000/000",
    "tile/0/000/",
    "tile/0/000.p",
    "tile/0/000.p/",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/1/",
    "tile/0/000.p/1000",
    "tile/0/x000/001",
    "tile/0/x001",
    "tile/0/x001/",
    "tile/0/001/002",
    "tile/0/x001/x002",
    "tile/0/X001/002",
    "/tile/0/000",
    "tile//000",
    "tile/0//000",
    "tile/0/000 ",
    "tile/0/00a",
    "tile/entries",
    "tile/entries/",
    "tile/entries/0",
    "tile/entries/0/000",
    "tile/entriesx/000",
    "tile/0/x001/x001/x001/x001/x001/x001/001",
    "tile/0/../000",
    "tile/0/%30%30%30",
    "checkpoint",
    "tile/0/000.P/1",
    "tile/0/000?x",
};

static void names_have_one_form(void **state) {
    static const struct {
        const char *path;
        struct audit_tile tile;
    } good[] = {
        {"tile/0/000", {.level = 0, .index = 0, .width = 256}},
        {"tile/0/000.p/1", {.level = 0, .index = 0, .width = 1}},
        {"tile/63/999.p/255", {.level = 63, .index = 999, .width = 255}},
        {"tile/1/x001/000", {.level = 1, .index = 1000, .width = 256}},
        {"tile/2/x001/x234/067", {.level = 2, .index = 1234067, .width = 256}},
        {"tile/0/x999/x999/x999/x999/x999/999", {.index = 999999999999999999, .width = 256}},
        {"tile/entries/000", {.is_entries = true, .width = 256}},
        {"tile/entries/x001/234.p/17", {.is_entries = true, .index = 1234, .width = 17}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct audit_tile tile;
        assert_false(lg_failed(audit_tile_path_read(span_text(good[i].path), &tile)));
        assert_int_equal(tile.is_entries, good[i].tile.is_entries);
        assert_int_equal(tile.level, good[i].tile.level);
        assert_int_equal(tile.index, good[i].tile.index);
        assert_int_equal(tile.width, good[i].tile.width);
    }
    for (size_t i = 0; i < sizeof BAD_NAMES / sizeof BAD_NAMES[0]; i++) {
        struct audit_tile tile;
        if (!lg_failed(audit_tile_path_read(span_text(BAD_NAMES[i]), &tile))) {
            fail_msg("%s", BAD_NAMES[i]);
        }
    }
}

/* ---- Borders */

static void tiles_end_where_the_tree_does(void **state) {
    static const size_t sizes[] = {1, 255, 256, 257, 511, 512, 513};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct world world;
        struct audit_hash hashes[AUDIT_TILE_WIDTH];
        struct audit_leaf leaf;
        world_init(&world, sizes[i], SMALL_TILES);
        build_all(&world, sizes[i]);
        assert_int_equal(audit_volumes_built(&world.volumes), sizes[i] / SMALL);
        assert_all(&world);
        uint64_t last = (sizes[i] - 1) / AUDIT_TILE_WIDTH * AUDIT_TILE_WIDTH;
        size_t width = sizes[i] - last;
        assert_false(lg_failed(audit_tree_row(world.tree, 0, last, width, hashes)));
        if (width < AUDIT_TILE_WIDTH) {
            assert_true(lg_failed(audit_tree_row(world.tree, 0, last, width + 1, hashes)));
        }
        assert_int_equal(!lg_failed(audit_tree_row(world.tree, 1, 0, 1, hashes)), sizes[i] >= 256);
        assert_true(lg_failed(audit_tree_row(world.tree, 2, 0, 1, hashes)));
        assert_true(lg_failed(audit_tree_row(world.tree, 40, 0, 1, hashes)));
        assert_true(lg_failed(audit_tree_leaf(world.tree, sizes[i], &leaf)));
        assert_true(lg_failed(audit_tree_leaves(world.tree, sizes[i] - 1, 2, &leaf)));
        world_done(&world);
    }
}

static void out_of_range_is_refused(void **state) {
    struct world world;
    struct audit_inclusion inclusion;
    struct audit_path path;
    (void)state;
    world_init(&world, 7, SMALL_TILES);
    struct lg_err err = audit_tree_inclusion(world.tree, 5, 5, &inclusion);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_inclusion(world.tree, 5, 8, &inclusion);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_consistency(world.tree, 0, 5, &path);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_consistency(world.tree, 6, 5, &path);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_tree_consistency(world.tree, 5, 8, &path);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    world_done(&world);
}

/* 65,535, 65,536 and 65,537 entries, with volumes as they are in use. */
static void a_volume_is_made_when_it_is_full(void **state) {
    enum { FULL = 65536 };
    struct audit_support support;
    struct world world;
    (void)state;
    world_init_real(&world, &support, FULL + 1, LIMIT_AUDIT_VOLUME_TILES);
    assert_false(lg_failed(audit_volumes_turn(&world.volumes, FULL - 1)));
    assert_int_equal(file_size(&world, "volume.hashes"), 0);
    assert_int_equal(audit_volumes_built(&world.volumes), 0);
    for (size_t i = 0; i < LIMIT_AUDIT_VOLUME_TILES / LIMIT_AUDIT_VOLUME_TURN; i++) {
        assert_int_equal(audit_volumes_built(&world.volumes), 0);
        assert_false(lg_failed(audit_volumes_turn(&world.volumes, FULL)));
    }
    assert_int_equal(audit_volumes_built(&world.volumes), 1);
    assert_false(lg_failed(audit_volumes_turn(&world.volumes, FULL + 1)));
    assert_int_equal(audit_volumes_built(&world.volumes), 1);
    assert_int_equal(file_size(&world, "volume-0000000000.hashes"), FULL * AUDIT_HASH_SIZE);
    assert_int_equal(file_size(&world, "volume.hashes"), 0);
    assert_bundle(&world, 0, AUDIT_TILE_WIDTH);
    assert_bundle(&world, 255, AUDIT_TILE_WIDTH);
    assert_bundle(&world, 256, 1);
    assert_tile(&world, 0, AUDIT_TILE_WIDTH);
    assert_tile(&world, 255, AUDIT_TILE_WIDTH);
    assert_tile(&world, 255, 3);
    assert_tile(&world, 256, 1);
    world_done_real(&world, &support);
}

static void volumes_are_found_again(void **state) {
    struct world world;
    (void)state;
    world_init(&world, 2 * SMALL + 5, SMALL_TILES);
    build_all(&world, world.count);
    world_end(&world);
    world_start(&world, SMALL_TILES);
    uint64_t operations = disk_operations(world.disk);
    assert_false(lg_failed(audit_volumes_turn(&world.volumes, world.count)));
    assert_int_equal(audit_volumes_built(&world.volumes), 2);  /* at once */
    assert_int_equal(disk_operations(world.disk), operations); /* nothing was written */
    assert_all(&world);
    world_done(&world);
}

/* ---- Crashes */

/* The power goes before the n-th operation of building; false when there are fewer. */
static bool crash_at(uint64_t n, enum disk_loss loss) {
    struct world world;
    struct lg_err err = LG_OK;
    world_init(&world, SMALL + 3, SMALL_TILES);
    disk_stop_at(world.disk, n);
    while (!lg_failed(err) && audit_volumes_built(&world.volumes) == 0) {
        err = audit_volumes_turn(&world.volumes, world.count);
    }
    disk_stop_at(world.disk, 0);
    world_end(&world);
    disk_power_cut(world.disk, loss, (uint32_t)n);
    world_start(&world, SMALL_TILES);
    assert_all(&world);
    build_all(&world, world.count);
    assert_all(&world);
    world_done(&world);
    return lg_failed(err);
}

static void a_crash_loses_no_volume(void **state) {
    (void)state;
    for (enum disk_loss loss = DISK_LOSES_ALL; loss <= DISK_KEEPS_RANDOM; loss++) {
        uint64_t n = 1;
        while (crash_at(n, loss)) {
            n++;
        }
        assert_true(n > 8);
    }
}

static void a_full_disk_waits(void **state) {
    struct world world;
    (void)state;
    world_init(&world, SMALL, SMALL_TILES);
    disk_capacity_set(world.disk, 1);
    struct lg_err err = audit_volumes_turn(&world.volumes, world.count);
    assert_int_equal(lg_err_code(err), AUDIT_NO_SPACE);
    assert_all(&world);
    disk_capacity_set(world.disk, 0);
    build_all(&world, world.count);
    assert_all(&world);
    world_done(&world);
}

/* ---- Files that are not what they were */

static void file_flip(struct world *world, const char *path, size_t at, uint8_t mask) {
    struct span bytes = disk_file(world->disk, path);
    assert_true(at < bytes.len);
    uint8_t *copy = malloc(bytes.len);
    assert_non_null(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    copy[at] ^= mask;
    disk_file_set(world->disk, path, span_of(copy, bytes.len));
    free(copy);
}

static void changed_file(const char *path, size_t step) {
    struct world world;
    world_init(&world, SMALL, SMALL_TILES);
    build_all(&world, world.count);
    size_t len = disk_file(world.disk, path).len;
    for (size_t at = 0; at < len; at += at < 64 ? 1 : step) {
        file_flip(&world, path, at, (uint8_t)(1 << at % 8));
        assert_all(&world); /* right all the same */
        assert_int_equal(audit_volumes_built(&world.volumes), 0);
        build_all(&world, world.count);
        assert_all(&world);
        assert_int_equal(audit_volumes_built(&world.volumes), 1);
    }
    disk_file_set(world.disk, path, span_of("short", 5));
    assert_all(&world);
    assert_int_equal(audit_volumes_built(&world.volumes), 0);
    build_all(&world, world.count);
    disk_file_remove(world.disk, path);
    assert_all(&world);
    assert_int_equal(audit_volumes_built(&world.volumes), 0);
    world_done(&world);
}

static void a_changed_volume_is_seen(void **state) {
    (void)state;
    changed_file("log/volume-0000000000.hashes", 331);
    changed_file("log/volume-0000000000.entries", 331);
}

static void a_volume_in_the_place_of_another_is_seen(void **state) {
    struct world world;
    (void)state;
    world_init(&world, 2 * SMALL, SMALL_TILES);
    build_all(&world, world.count);
    disk_file_set(world.disk, "log/volume-0000000000.hashes",
                  disk_file(world.disk, "log/volume-0000000001.hashes"));
    assert_all(&world);
    assert_int_equal(audit_volumes_built(&world.volumes), 0);
    build_all(&world, world.count);
    disk_file_set(world.disk, "log/volume-0000000001.entries",
                  disk_file(world.disk, "log/volume-0000000000.entries"));
    assert_all(&world);
    assert_int_equal(audit_volumes_built(&world.volumes), 1);
    world_done(&world);
}

/* Where the journal itself is not what it was, nothing is made of it and nothing handed out. */
static void a_changed_journal_is_seen(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct world world;
    struct span bytes;
    const struct audit_tile tile = {.is_entries = true, .index = 1, .width = AUDIT_TILE_WIDTH};
    (void)state;
    assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
    world_init(&world, SMALL, SMALL_TILES);
    file_flip(&world, "log/segment-0000000000",
              disk_file(world.disk, "log/segment-0000000000").len - 1, 4);
    assert_bundle(&world, 0, AUDIT_TILE_WIDTH);
    struct lg_err err = audit_volumes_read(&world.volumes, &tile, arena, &bytes);
    assert_int_equal(lg_err_code(err), AUDIT_CORRUPT);
    err = audit_volumes_turn(&world.volumes, world.count);
    assert_int_equal(lg_err_code(err), AUDIT_CORRUPT);
    assert_int_equal(audit_volumes_built(&world.volumes), 0);
    world_done(&world);
}

/* ---- Memory */

static void without_memory_nothing_is_lost(void **state) {
    struct audit_support support;
    struct world world;
    (void)state;
    world_init_real(&world, &support, SMALL, SMALL_TILES);
    for (uint64_t n = 1; audit_volumes_built(&world.volumes) == 0; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = audit_volumes_turn(&world.volumes, world.count);
        support_alloc_fail_at(0);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT ||
                    lg_err_class(err) == LG_CLASS_STORE);
    }
    assert_all(&world);
    for (uint64_t n = 1; n < 3; n++) {
        struct arena *arena = NULL;
        struct span bytes;
        const struct audit_tile tile = {.is_entries = true, .width = AUDIT_TILE_WIDTH};
        assert_false(lg_failed(arena_new(n * 8, &arena)));
        struct lg_err err = audit_volumes_read(&world.volumes, &tile, arena, &bytes);
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_int_equal(audit_volumes_built(&world.volumes), 1); /* not the volume's fault */
        arena_free(&arena);
    }
    world_done_real(&world, &support);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_one_form),
        cmocka_unit_test(tiles_end_where_the_tree_does),
        cmocka_unit_test(out_of_range_is_refused),
        cmocka_unit_test(a_volume_is_made_when_it_is_full),
        cmocka_unit_test(volumes_are_found_again),
        cmocka_unit_test(a_crash_loses_no_volume),
        cmocka_unit_test(a_full_disk_waits),
        cmocka_unit_test(a_changed_volume_is_seen),
        cmocka_unit_test(a_volume_in_the_place_of_another_is_seen),
        cmocka_unit_test(a_changed_journal_is_seen),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
