/* SPDX-License-Identifier: Apache-2.0 */
/* A record in a folder of its own, and its bytes. */
#ifndef TESTS_UNIT_RECORD_FIXTURE_H
#define TESTS_UNIT_RECORD_FIXTURE_H

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/vault/vault.h"
#include "tests/support/support.h"
#include "tools/record/record.h"

#include <cmocka.h>

enum { ARENA = 64 << 20, KEPT = 64 };

static const struct record_sizes usual = {.file_max = 0};
static const struct record_sizes small = {.file_max = 400, .files = 4};

struct kept {
    struct record_entry items[KEPT];
    size_t count;
};

struct world {
    char root[64];
    char folder[96];
    struct arena *arena;
    struct record_book book;
    struct diag diag;
};

static inline int world_begin(void **state) {
    struct vault_report report;
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_false(lg_failed(vault_init(&report)));
    (void)snprintf(world->root, sizeof world->root, "/tmp/record_book_XXXXXX");
    assert_non_null(mkdtemp(world->root));
    (void)snprintf(world->folder, sizeof world->folder, "%s/record", world->root);
    assert_false(lg_failed(arena_new(ARENA, &world->arena)));
    world->book = (struct record_book){.fd = -1, .mark_fd = -1, .lock_fd = -1};
    *state = world;
    return 0;
}

static inline int world_end(void **state) {
    struct world *world = *state;
    char command[128];
    record_book_close(&world->book);
    arena_free(&world->arena);
    (void)snprintf(command, sizeof command, "rm -rf %s", world->root);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

static inline void reopen(struct world *world, const struct record_sizes *sizes) {
    record_book_close(&world->book);
    assert_false(
        lg_failed(record_book_open(world->folder, sizes, 1000, &world->diag, &world->book)));
}

static struct span names[] = {{(const uint8_t *)"advice.topic", 12},
                              {(const uint8_t *)"contact.known-to-service", 24}};

static inline struct record_entry left_of(uint8_t number) {
    return (struct record_entry){.kind = RECORD_LEFT,
                                 .time_ms = 1700000000000 + number,
                                 .call = {.bytes = {number, 9}},
                                 .agreement = span_text("bridgewater"),
                                 .agreement_version = 3,
                                 .purpose = span_text("support"),
                                 .items = {.items = names, .count = 2},
                                 .gave = {2},
                                 .record_count = number,
                                 .payload = {number, 7}};
}

static inline void add(struct world *world, const struct record_entry *entry) {
    assert_false(lg_failed(record_book_add(&world->book, world->arena, entry)));
    assert_false(lg_failed(record_book_flush(&world->book)));
}

static inline void add_left(struct world *world, uint8_t number) {
    const struct record_entry entry = left_of(number);
    add(world, &entry);
}

LG_MUST_USE static inline struct lg_err on_entry(void *ctx, const struct record_entry *entry) {
    struct kept *kept = ctx;
    assert_true(kept->count < KEPT);
    kept->items[kept->count] = *entry;
    kept->items[kept->count].agreement = span_of(NULL, 0);
    kept->items[kept->count].items = (struct span_list){.count = entry->items.count};
    kept->count++;
    return LG_OK;
}

static inline struct record_state read_all(struct world *world, struct kept *kept) {
    struct record_state state;
    kept->count = 0;
    assert_false(lg_failed(record_read(world->folder, on_entry, kept, &world->diag, &state)));
    assert_int_equal(state.entries, kept->count);
    return state;
}

static inline void path_of(const struct world *world, uint32_t number, char out[static 128]) {
    (void)snprintf(out, 128, "%s/%08" PRIu32 ".rec", world->folder, number);
}

/* The bytes of a file; the caller frees them. */
static inline uint8_t *bytes_of(const struct world *world, uint32_t number, size_t *out_len) {
    char name[16];
    (void)snprintf(name, sizeof name, "%08" PRIu32 ".rec", number);
    char *bytes = support_file_read(world->folder, name, out_len);
    assert_non_null(bytes);
    return (uint8_t *)bytes;
}

static inline void bytes_put(const struct world *world, uint32_t number, struct span bytes) {
    char path[128];
    path_of(world, number, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

#endif
