/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of a log at work: volumes are made in the background, and what is handed out hashes to the
 * signed root, wherever it came from. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/bytes.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { BATCHES = 5, BATCH = 60, ARENA_SIZE = 8 << 20, WAITS_MAX = 3000 };

static void entries_add(struct audit_log *log, uint32_t batches) {
    struct audit_entry_fields fields[BATCH];
    struct audit_batch batch = {.entries = fields, .count = BATCH};
    for (uint32_t i = 0; i < batches; i++) {
        for (uint32_t k = 0; k < BATCH; k++) {
            fields[k] = audit_support_ask(i * BATCH + k);
        }
        assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    }
}

/* The keeper comes by about once a second; what a start closes may fill more than these. */
static void volumes_await(struct audit_log *log, uint64_t count) {
    const struct timespec wait = {.tv_nsec = 10000000};
    for (int i = 0; i < WAITS_MAX && audit_volumes_built(&log->volumes) < count; i++) {
        (void)nanosleep(&wait, NULL);
    }
    assert_true(audit_volumes_built(&log->volumes) >= count);
}

static struct span tile_get(struct audit_log *log, const char *path, struct arena *arena) {
    struct audit_tile tile;
    struct span bytes = {0};
    assert_false(lg_failed(audit_tile_path_read(span_text(path), &tile)));
    assert_false(lg_failed(audit_tile_read(log, &tile, arena, &bytes)));
    return bytes;
}

static void assert_no_tile(struct audit_log *log, const char *path) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_tile tile;
    struct span bytes;
    assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
    assert_false(lg_failed(audit_tile_path_read(span_text(path), &tile)));
    struct lg_err err = audit_tile_read(log, &tile, arena, &bytes);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
}

/* All that a mirror fetches of the log's size leads to the root of its checkpoint. */
static void assert_mirror(struct audit_log *log) {
    OWN(arena_free) struct arena *arena = NULL;
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    struct audit_note note;
    struct audit_checkpoint checkpoint;
    struct audit_edge edge = {.size = 0};
    struct audit_hash root;
    assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
    audit_checkpoint_read(log, text, &len);
    assert_false(lg_failed(audit_note_read(span_of(text, len), &note)));
    assert_false(lg_failed(audit_checkpoint_parse(note.body, &checkpoint)));
    for (uint64_t index = 0; index * AUDIT_TILE_WIDTH < checkpoint.size; index++) {
        char entries[64];
        char hashes[64];
        uint64_t rest = checkpoint.size - index * AUDIT_TILE_WIDTH;
        const char *part = rest < AUDIT_TILE_WIDTH ? ".p/" : "";
        char width[8] = "";
        if (rest < AUDIT_TILE_WIDTH) {
            snprintf(width, sizeof width, "%u", (unsigned)rest);
        }
        snprintf(entries, sizeof entries, "tile/entries/%03u%s%s", (unsigned)index, part, width);
        snprintf(hashes, sizeof hashes, "tile/0/%03u%s%s", (unsigned)index, part, width);
        struct reader r = reader_of(tile_get(log, entries, arena));
        struct span tile = tile_get(log, hashes, arena);
        for (size_t i = 0; i < tile.len / AUDIT_HASH_SIZE; i++) {
            struct audit_hash hash;
            audit_merkle_leaf(reader_part(&r), &hash);
            assert_memory_equal(hash.bytes, tile.ptr + i * AUDIT_HASH_SIZE, AUDIT_HASH_SIZE);
            audit_edge_add(&edge, &hash);
        }
        assert_false(lg_failed(reader_end(&r)));
    }
    assert_int_equal(edge.size, checkpoint.size);
    audit_edge_root(&edge, &root);
    assert_memory_equal(root.bytes, checkpoint.root.bytes, AUDIT_HASH_SIZE);
}

static void the_keeper_makes_volumes(void **state) {
    struct audit_support support;
    (void)state;
    audit_support_init(&support);
    support.config.volume_tiles = 1;
    struct audit_log *log = audit_support_open(&support);
    entries_add(log, BATCHES); /* and NODE_EPOCH: 301 */
    assert_mirror(log);
    volumes_await(log, 1);
    assert_mirror(log);
    entries_add(log, BATCHES);
    volumes_await(log, 2);
    assert_mirror(log);
    audit_log_close(&log);
    log = audit_support_open(&support); /* where they are found again */
    volumes_await(log, 2);
    assert_mirror(log);
    audit_log_close(&log);
    audit_support_done(&support);
}

static void a_wrong_volume_is_made_again(void **state) {
    struct audit_support support;
    char path[2 * SUPPORT_PATH_SIZE];
    (void)state;
    audit_support_init(&support);
    support.config.volume_tiles = 1;
    struct audit_log *log = audit_support_open(&support);
    entries_add(log, BATCHES);
    volumes_await(log, 1);
    snprintf(path, sizeof path, "%s/volume-0000000000.entries", support.folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 1000, SEEK_SET), 0);
    assert_int_equal(fwrite("changed", 1, 7, file), 7);
    assert_int_equal(fclose(file), 0);
    assert_mirror(log); /* right all the same, from the journal */
    volumes_await(log, 1);
    assert_mirror(log);
    assert_int_equal(audit_volumes_built(&log->volumes), 1);
    audit_log_close(&log);
    audit_support_done(&support);
}

static void nothing_beyond_the_checkpoint_is_given(void **state) {
    struct audit_support support;
    (void)state;
    audit_support_init(&support);
    struct audit_log *log = audit_support_open(&support);
    entries_add(log, BATCHES);
    assert_int_equal(audit_size(log), 301);
    static const char *const beyond[] = {"tile/0/001",
                                         "tile/0/001.p/46",
                                         "tile/0/002.p/1",
                                         "tile/1/000",
                                         "tile/1/000.p/2",
                                         "tile/2/000.p/1",
                                         "tile/63/000.p/1",
                                         "tile/8/999",
                                         "tile/entries/001",
                                         "tile/entries/001.p/46",
                                         "tile/0/x999/x999/x999/x999/x999/999"};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        assert_no_tile(log, beyond[i]);
    }
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
    assert_int_equal(tile_get(log, "tile/0/001.p/45", arena).len, 45 * AUDIT_HASH_SIZE);
    assert_int_equal(tile_get(log, "tile/1/000.p/1", arena).len, AUDIT_HASH_SIZE);
    audit_log_close(&log);
    audit_support_done(&support);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keeper_makes_volumes),
        cmocka_unit_test(a_wrong_volume_is_made_again),
        cmocka_unit_test(nothing_beyond_the_checkpoint_is_given),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
