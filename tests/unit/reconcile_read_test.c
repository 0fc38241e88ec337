/* SPDX-License-Identifier: Apache-2.0 */
/* What the comparison reads: a source's record put together by its calls, receipts that prove
 * nothing, and memory that ends at any point. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/arena_fail.h"
#include "tools/lockgate/reconcile_int.h"

#include <cmocka.h>

enum { ARENA = 64 << 20 };

static const int64_t DAY_MS = 86400000;

struct world {
    char root[64];
    char folder[96];
    struct arena *arena; /* of the record that is written */
    struct record_book book;
    struct reconcile it;
};

static void begin(struct world *world) {
    arena_free(&world->it.arena);
    world->it = (struct reconcile){.to_ms = INT64_MAX, .settled_ms = INT64_MAX};
    assert_false(lg_failed(arena_new(ARENA, &world->it.arena)));
}

static int setup(void **state) {
    struct vault_report report;
    struct diag diag;
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_false(lg_failed(vault_init(&report)));
    (void)snprintf(world->root, sizeof world->root, "/tmp/reconcile_XXXXXX");
    assert_non_null(mkdtemp(world->root));
    (void)snprintf(world->folder, sizeof world->folder, "%s/record", world->root);
    assert_false(lg_failed(arena_new(ARENA, &world->arena)));
    assert_false(lg_failed(record_book_open(world->folder, &(struct record_sizes){.file_max = 0}, 1,
                                            &diag, &world->book)));
    begin(world);
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    char command[128];
    record_book_close(&world->book);
    arena_free(&world->arena);
    arena_free(&world->it.arena);
    (void)snprintf(command, sizeof command, "rm -rf %s", world->root);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

static struct span items[] = {{(const uint8_t *)"advice.topic", 12}};

static void add_at(struct world *world, enum record_kind kind, uint8_t call, uint64_t index,
                   int64_t time_ms) {
    const struct record_entry entry = {.kind = kind,
                                       .time_ms = time_ms,
                                       .call = {.bytes = {call}},
                                       .agreement = span_text("bridgewater"),
                                       .agreement_version = 3,
                                       .items = {.items = items, .count = 1},
                                       .record_count = 2,
                                       .index = index,
                                       .leaf_hash = {call}};
    assert_false(lg_failed(record_book_add(&world->book, world->arena, &entry)));
}

static void add(struct world *world, enum record_kind kind, uint8_t call, uint64_t index) {
    add_at(world, kind, call, index, 1000);
}

/* Receipts come when they come, before or after other answers; of two the first counts. */
static void some_calls(struct world *world) {
    add(world, RECORD_LEFT, 3, 0);
    add(world, RECORD_LEFT, 1, 0);
    add(world, RECORD_RECEIPT, 1, 41);
    add(world, RECORD_LEFT, 2, 0);
    add(world, RECORD_RECEIPT, 3, 40);
    add(world, RECORD_RECEIPT, 1, 99);
    add(world, RECORD_UNSENT, 2, 0);
    add(world, RECORD_RECEIPT, 7, 50); /* of a call that nobody wrote down */
}

static void calls_get_their_receipts(void **state) {
    struct world *world = *state;
    uint8_t digest[VAULT_SHA256_SIZE];
    some_calls(world);
    assert_false(lg_failed(reconcile_record_read(&world->it, world->folder)));
    assert_true(world->it.has_record);
    assert_int_equal(world->it.left_count, 3);
    assert_int_equal(world->it.orphan_count, 1);
    assert_int_equal(world->it.orphans[0].index, 50);
    const struct reconcile_left *left = world->it.left;
    assert_int_equal(left[2].index, 40);
    assert_true(left[2].has_receipt && left[0].has_receipt);
    assert_false(left[1].has_receipt);
    assert_true(left[1].is_unsent && !left[2].is_unsent);
    assert_int_equal(left[0].index, 41);
    assert_true(left[0].is_contradicted && !left[2].is_contradicted);
    const struct request_id id = {.bytes = {3}};
    audit_part_items(&id, (struct span_list){.items = items, .count = 1}, digest);
    assert_memory_equal(left[2].items, digest, sizeof digest);
    assert_true(span_equal_text(left[1].agreement, "bridgewater"));
}

/* Only what is near the days that are compared is held, and a receipt that came within them for an
 * answer from long before is none without an answer. */
static void only_a_stretch_is_held(void **state) {
    struct world *world = *state;
    add_at(world, RECORD_LEFT, 1, 0, 2 * DAY_MS);
    add_at(world, RECORD_LEFT, 2, 0, 18 * DAY_MS);
    add_at(world, RECORD_LEFT, 3, 0, 20 * DAY_MS);
    add_at(world, RECORD_RECEIPT, 3, 30, 20 * DAY_MS);
    add_at(world, RECORD_RECEIPT, 1, 31, 20 * DAY_MS);
    add_at(world, RECORD_RECEIPT, 9, 32, 20 * DAY_MS);
    add_at(world, RECORD_RECEIPT, 9, 32, 20 * DAY_MS);
    add_at(world, RECORD_RECEIPT, 8, 33, 40 * DAY_MS);
    add_at(world, RECORD_LEFT, 4, 0, 23 * DAY_MS);
    world->it.from_ms = 20 * DAY_MS;
    world->it.to_ms = 21 * DAY_MS;
    assert_false(lg_failed(reconcile_record_read(&world->it, world->folder)));
    assert_int_equal(world->it.left_count, 2);
    assert_int_equal(world->it.left[0].call.bytes[0], 2);
    assert_int_equal(world->it.left[1].index, 30);
    assert_int_equal(world->it.orphan_count, 1);
    assert_int_equal(world->it.orphans[0].call.bytes[0], 9);
}

/* A record whose first files went has receipts whose answers went with them, on its first day. */
static void the_first_day_of_a_cut_record_says_nothing(void **state) {
    struct world *world = *state;
    const struct record_sizes few = {.file_max = 300, .files = 2};
    struct diag diag;
    record_book_close(&world->book);
    assert_false(lg_failed(record_book_open(world->folder, &few, 1, &diag, &world->book)));
    for (uint8_t i = 1; i <= 4; i++) {
        add_at(world, RECORD_LEFT, i, 0, 5 * DAY_MS);
    }
    add_at(world, RECORD_RECEIPT, 1, 41, 5 * DAY_MS + 1);
    add_at(world, RECORD_RECEIPT, 70, 42, 6 * DAY_MS);
    assert_true(world->book.dropped > 0);
    assert_false(lg_failed(reconcile_record_read(&world->it, world->folder)));
    assert_true(world->it.record.first > 1);
    assert_int_equal(world->it.orphan_count, 1);
    assert_int_equal(world->it.orphans[0].call.bytes[0], 70);
}

static void a_record_of_nothing(void **state) {
    struct world *world = *state;
    assert_false(lg_failed(reconcile_record_read(&world->it, world->folder)));
    assert_int_equal(world->it.left_count, 0);
    assert_false(lg_failed(reconcile_compare(&world->it)));
    assert_int_equal(world->it.difference_count, 0);
}

static void put(const struct world *world, const char *name, const char *text) {
    char path[192];
    (void)snprintf(path, sizeof path, "%s/%s", world->root, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Files of other names are left alone, folders are gone into once; what cannot be believed is kept
 * by its bytes, so that the same file is the same difference each time. */
static void receipts_that_prove_nothing(void **state) {
    struct world *world = *state;
    struct audit_vkey vkey = {.type = AUDIT_KEY_ED25519};
    char inner[160];
    (void)snprintf(inner, sizeof inner, "%s/one", world->root);
    assert_int_equal(mkdir(inner, 0700), 0);
    (void)snprintf(inner, sizeof inner, "%s/one/two", world->root);
    assert_int_equal(mkdir(inner, 0700), 0);
    put(world, "a.proof", "not a receipt");
    put(world, "one/b.proof", "another");
    put(world, "one/two/c.proof", "too deep");
    put(world, "one/b.part", "an answer");
    put(world, "d.txt", "not a receipt");
    put(world, "e.proof", "");
    assert_false(lg_failed(reconcile_kept_read(&world->it, world->root, &vkey)));
    assert_int_equal(world->it.kept_count, 3);
    assert_false(lg_failed(reconcile_compare(&world->it)));
    assert_int_equal(world->it.difference_count, 3);
    struct call_reference first = world->it.differences[0].call;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(world->it.differences[i].kind, RECONCILE_RECEIPT_UNPROVEN);
        assert_false(world->it.differences[i].has_index);
    }
    begin(world);
    assert_false(lg_failed(reconcile_kept_read(&world->it, world->root, &vkey)));
    assert_false(lg_failed(reconcile_compare(&world->it)));
    assert_memory_equal(&first, &world->it.differences[0].call, sizeof first);
}

static void what_is_not_there_is_told(void **state) {
    struct world *world = *state;
    struct audit_vkey vkey = {.type = AUDIT_KEY_ED25519};
    assert_int_equal(lg_err_code(reconcile_kept_read(&world->it, "/nowhere/x", &vkey)),
                     RECONCILE_IO);
    assert_non_null(strstr(world->it.diag.text, "/nowhere/x"));
    assert_int_equal(lg_err_code(reconcile_record_read(&world->it, "/nowhere/x")), RECORD_IO);
}

static struct lg_err all_of_it(void *ctx, struct arena *arena) {
    struct world *world = ctx;
    struct audit_vkey vkey = {.type = AUDIT_KEY_ED25519};
    world->it = (struct reconcile){.arena = arena, .to_ms = INT64_MAX};
    TRY(reconcile_record_read(&world->it, world->folder));
    TRY(reconcile_kept_read(&world->it, world->root, &vkey));
    TRY(reconcile_compare(&world->it));
    assert_int_equal(world->it.left_count, 3);
    assert_int_equal(world->it.kept_count, 1);
    return LG_OK;
}

/* Any request for memory fails: an error, and never half an answer. */
static void memory_ends_anywhere(void **state) {
    struct world *world = *state;
    some_calls(world);
    put(world, "a.proof", "not a receipt");
    arena_free(&world->it.arena);
    arena_fail_each(world, all_of_it);
    world->it.arena = NULL;
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(only_a_stretch_is_held),      OF(the_first_day_of_a_cut_record_says_nothing),
        OF(calls_get_their_receipts),    OF(a_record_of_nothing),
        OF(receipts_that_prove_nothing), OF(what_is_not_there_is_told),
        OF(memory_ends_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
