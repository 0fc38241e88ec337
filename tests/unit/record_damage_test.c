/* SPDX-License-Identifier: Apache-2.0 */
/* What of a record was acknowledged and is not there any more is told, for good; what never was may
 * be torn. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include "tests/unit/record_fixture.h"

static void three_kept(struct world *world) {
    reopen(world, &usual);
    for (uint8_t i = 1; i <= 3; i++) {
        add_left(world, i);
    }
    record_book_close(&world->book);
}

static void mark_remove(const struct world *world) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/durable", world->folder);
    assert_int_equal(unlink(path), 0);
}

static void byte_flip(const struct world *world, uint32_t number, size_t at) {
    size_t len = 0;
    uint8_t *bytes = bytes_of(world, number, &len);
    assert_true(at < len);
    bytes[at] ^= 1;
    bytes_put(world, number, span_of(bytes, len));
    free(bytes);
}

/* A byte of any entry, the last one too: told before a restart, after it and after more of them,
 * with the place from which on entries are not known. */
static void an_acknowledged_entry_is_not_taken_for_a_torn_end(void **state) {
    struct world *world = *state;
    struct kept kept;
    size_t len = 0;
    char command[256];
    three_kept(world);
    uint8_t *bytes = bytes_of(world, 1, &len);
    size_t entry = (len - RECORD_HEAD_SIZE) / 3;
    for (size_t at = RECORD_HEAD_SIZE; at < len; at += 7) {
        (void)snprintf(command, sizeof command, "rm -rf %s", world->folder);
        assert_int_equal(system(command), 0);
        three_kept(world);
        byte_flip(world, 1, at);
        uint64_t whole = RECORD_HEAD_SIZE + (at - RECORD_HEAD_SIZE) / entry * entry;
        for (uint8_t restart = 0; restart < 3; restart++) {
            struct record_state told = read_all(world, &kept);
            assert_int_equal(told.damage_count, 1);
            assert_int_equal(told.damages[0].number, 1);
            assert_int_equal(told.damages[0].at, whole);
            assert_int_equal(told.last, restart == 0 ? 1 : 2);
            reopen(world, &usual);
            assert_int_equal(world->book.lost, restart == 0 ? len - whole : 0);
            add_left(world, (uint8_t)(restart + 4));
            record_book_close(&world->book);
        }
    }
    free(bytes);
}

/* Written and never flushed: a kill may leave all of it, some of it or none. */
static void what_was_never_acknowledged_may_be_torn(void **state) {
    struct world *world = *state;
    struct kept kept;
    const struct record_entry entry = left_of(4);
    size_t len = 0;
    three_kept(world);
    reopen(world, &usual);
    size_t durable = (size_t)world->book.len;
    assert_false(lg_failed(record_book_add(&world->book, world->arena, &entry)));
    record_book_close(&world->book);
    uint8_t *bytes = bytes_of(world, 1, &len);
    assert_true(len > durable);
    for (size_t cut = durable; cut <= len; cut += 5) {
        bytes_put(world, 1, span_of(bytes, cut));
        assert_int_equal(read_all(world, &kept).damage_count, 0);
    }
    bytes_put(world, 1, span_of(bytes, len - 1));
    free(bytes);
    reopen(world, &usual);
    assert_int_equal(world->book.lost, 0);
    add_left(world, 5);
    struct record_state whole = read_all(world, &kept);
    assert_int_equal(whole.damage_count, 0);
    assert_int_equal(whole.entries, 4);
    assert_int_equal(whole.torn, len - 1 - durable);
}

/* Each place is one of its own, and the files between are read. */
static void two_places_are_told_apart(void **state) {
    struct world *world = *state;
    struct kept kept;
    three_kept(world);
    byte_flip(world, 1, RECORD_HEAD_SIZE + 30);
    three_kept(world);
    byte_flip(world, 2, RECORD_HEAD_SIZE + 30);
    reopen(world, &usual);
    struct record_state told = read_all(world, &kept);
    assert_int_equal(told.damage_count, 2);
    assert_int_equal(told.damages[0].number, 1);
    assert_int_equal(told.damages[1].number, 2);
    assert_int_equal(told.damages[0].at, told.damages[1].at);
    assert_memory_not_equal(told.damages[0].chain, told.damages[1].chain, RECORD_HASH_SIZE);
}

static void files_that_are_gone_from_the_end_are_missed(void **state) {
    struct world *world = *state;
    struct kept kept;
    char path[128];
    reopen(world, &small);
    for (uint8_t i = 1; i <= 6; i++) {
        add_left(world, i);
    }
    record_book_close(&world->book);
    path_of(world, 3, path);
    assert_int_equal(unlink(path), 0);
    for (uint8_t restart = 0; restart < 2; restart++) {
        struct record_state told = read_all(world, &kept);
        assert_int_equal(told.damage_count, 1);
        assert_int_equal(told.damages[0].number, 3);
        reopen(world, &small);
        assert_int_equal(world->book.number, 4);
        add_left(world, 7);
        record_book_close(&world->book);
    }
    /* All of them. */
    for (uint32_t number = 1; number <= 4; number++) {
        path_of(world, number, path);
        (void)unlink(path);
    }
    assert_int_equal(read_all(world, &kept).damage_count, 1);
    reopen(world, &small);
    assert_int_equal(world->book.number, 5);
    struct record_state told = read_all(world, &kept);
    assert_int_equal(told.damage_count, 1);
    assert_int_equal(told.damages[0].number, 4);
}

/* A record that hangs together, and is not the one that was acknowledged. */
static void a_record_that_was_written_anew_is_none(void **state) {
    struct world *world = *state;
    struct kept kept;
    char from[160];
    char to[160];
    three_kept(world);
    (void)snprintf(from, sizeof from, "%s/durable", world->folder);
    (void)snprintf(to, sizeof to, "%s/durable", world->root);
    assert_int_equal(rename(from, to), 0);
    path_of(world, 1, from);
    assert_int_equal(unlink(from), 0);
    reopen(world, &usual);
    for (uint8_t i = 7; i <= 9; i++) {
        add_left(world, i);
    }
    record_book_close(&world->book);
    (void)snprintf(from, sizeof from, "%s/durable", world->folder);
    assert_int_equal(rename(to, from), 0);
    assert_int_equal(read_all(world, &kept).damage_count, 1);
    reopen(world, &usual);
    assert_true(world->book.lost > 0);
    assert_int_equal(read_all(world, &kept).damage_count, 1);
}

/* A record of before there were marks, or whose mark a power cut left empty: an entry that hangs
 * together behind one that does not is no torn end. */
static void without_a_mark_a_whole_entry_behind_tells(void **state) {
    struct world *world = *state;
    struct kept kept;
    char path[128];
    three_kept(world);
    mark_remove(world);
    assert_int_equal(read_all(world, &kept).damage_count, 0);
    byte_flip(world, 1, RECORD_HEAD_SIZE + 30);
    assert_int_equal(read_all(world, &kept).damage_count, 1);
    (void)snprintf(path, sizeof path, "%s/durable", world->folder);
    FILE *empty = fopen(path, "wb");
    assert_non_null(empty);
    assert_int_equal(fclose(empty), 0);
    assert_int_equal(read_all(world, &kept).damage_count, 1);
    reopen(world, &usual);
    assert_true(world->book.lost > 0);
    add_left(world, 4);
    assert_int_equal(read_all(world, &kept).damage_count, 1);
}

#define OF(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(an_acknowledged_entry_is_not_taken_for_a_torn_end),
        OF(what_was_never_acknowledged_may_be_torn),
        OF(two_places_are_told_apart),
        OF(files_that_are_gone_from_the_end_are_missed),
        OF(a_record_that_was_written_anew_is_none),
        OF(without_a_mark_a_whole_entry_behind_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
