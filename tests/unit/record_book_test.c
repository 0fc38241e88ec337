/* SPDX-License-Identifier: Apache-2.0 */
/* The record of an agency: what is written is read, what was changed is found, and what a crash
 * left is not taken for an entry. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/record_fixture.h"

/* ---- what is written is read ---------------------------------------------------------------- */

static struct lg_err on_texts(void *ctx, const struct record_entry *entry) {
    (void)ctx;
    assert_true(span_equal_text(entry->agreement, "bridgewater"));
    assert_true(span_equal_text(entry->purpose, "support"));
    assert_true(span_equal_text(entry->items.items[1], "contact.known-to-service"));
    return LG_OK;
}

static void what_is_written_is_read(void **state) {
    struct world *world = *state;
    struct kept kept;
    struct record_state whole;
    reopen(world, &usual);
    assert_int_equal(read_all(world, &kept).entries, 0);
    add_left(world, 5);
    assert_false(lg_failed(record_read(world->folder, on_texts, NULL, &world->diag, &whole)));
    const struct record_entry receipt = {.kind = RECORD_RECEIPT,
                                         .time_ms = 2,
                                         .call = {.bytes = {5, 9}},
                                         .index = UINT64_MAX,
                                         .leaf_hash = {1},
                                         .has_commitment = true,
                                         .commitment = {2}};
    add(world, &receipt);
    const struct record_entry unsent = {.kind = RECORD_UNSENT, .call = {.bytes = {6}}};
    add(world, &unsent);
    whole = read_all(world, &kept);
    assert_int_equal(whole.entries, 3);
    assert_int_equal(whole.first, 1);
    assert_int_equal(whole.last, 1);
    assert_int_equal(whole.torn, 0);
    assert_int_equal(whole.damage_count, 0);
    assert_int_equal(kept.items[0].record_count, 5);
    assert_int_equal(kept.items[0].gave[0], 2);
    assert_int_equal(kept.items[0].items.count, 2);
    assert_int_equal(kept.items[0].payload[0], 5);
    assert_true(kept.items[1].index == UINT64_MAX);
    assert_int_equal(kept.items[1].commitment[0], 2);
    assert_int_equal(kept.items[2].kind, RECORD_UNSENT);
}

static void what_does_not_fit_is_not_written(void **state) {
    struct world *world = *state;
    struct kept kept;
    char longer[130];
    struct span many[LIMIT_WIRE_ITEMS + 1];
    memset(longer, 'a', sizeof longer);
    for (size_t i = 0; i <= LIMIT_WIRE_ITEMS; i++) {
        many[i] = span_of(longer, LIMIT_WIRE_NAME);
    }
    reopen(world, &usual);
    struct record_entry entry = left_of(1);
    entry.agreement = span_of(longer, LIMIT_WIRE_NAME + 1);
    assert_true(lg_failed(record_book_add(&world->book, world->arena, &entry)));
    entry = left_of(1);
    entry.items = (struct span_list){.items = many, .count = LIMIT_WIRE_ITEMS + 1};
    assert_true(lg_failed(record_book_add(&world->book, world->arena, &entry)));
    entry.kind = RECORD_KIND_END;
    assert_true(lg_failed(record_book_add(&world->book, world->arena, &entry)));
    /* The largest question does. */
    entry = left_of(1);
    entry.items = (struct span_list){.items = many, .count = LIMIT_WIRE_ITEMS};
    memset(entry.gave, 0xff, sizeof entry.gave);
    add(world, &entry);
    assert_int_equal(read_all(world, &kept).entries, 1);
    assert_int_equal(kept.items[0].items.count, LIMIT_WIRE_ITEMS);
}

/* ---- crashes --------------------------------------------------------------------------------- */

/* Cut at every byte: the entries before the cut are read, and adding goes on in a new file. */
static void a_torn_end_is_left_behind(void **state) {
    struct world *world = *state;
    struct kept kept;
    size_t len = 0;
    char command[256];
    reopen(world, &usual);
    add_left(world, 1);
    size_t one = (size_t)world->book.len;
    add_left(world, 2);
    record_book_close(&world->book);
    uint8_t *bytes = bytes_of(world, 1, &len);
    for (size_t cut = one; cut < len; cut++) {
        (void)snprintf(command, sizeof command, "rm -f %s/*.rec %s/durable", world->folder,
                       world->folder);
        assert_int_equal(system(command), 0);
        bytes_put(world, 1, span_of(bytes, cut));
        reopen(world, &usual);
        assert_int_equal(world->book.is_torn, cut > one);
        add_left(world, 3);
        struct record_state whole = read_all(world, &kept);
        assert_int_equal(kept.count, 2);
        assert_int_equal(kept.items[1].record_count, 3);
        assert_int_equal(whole.torn, cut - one);
        assert_int_equal(whole.last, cut > one ? 2 : 1);
        assert_int_equal(whole.damage_count, 0);
        record_book_close(&world->book);
    }
    free(bytes);
}

/* A disk that is full in the middle of an entry, and is not any more. */
static void a_write_that_failed_counts_for_nothing(void **state) {
    struct world *world = *state;
    struct kept kept;
    const struct record_entry entry = left_of(2);
    reopen(world, &usual);
    add_left(world, 1);
    int fd = world->book.fd;
    world->book.fd = open("/dev/full", O_WRONLY);
    assert_true(lg_failed(record_book_add(&world->book, world->arena, &entry)));
    (void)close(world->book.fd);
    world->book.fd = fd;
    add_left(world, 3);
    struct record_state whole = read_all(world, &kept);
    assert_int_equal(whole.entries, 2);
    assert_int_equal(whole.last, 2);
    assert_int_equal(kept.items[1].record_count, 3);
    assert_int_equal(whole.damage_count, 0);
}

static void after_a_failed_flush_nothing_is_taken(void **state) {
    struct world *world = *state;
    const struct record_entry entry = left_of(2);
    int ends[2];
    reopen(world, &usual);
    assert_int_equal(pipe(ends), 0);
    int fd = world->book.fd;
    world->book.fd = ends[1]; /* a pipe takes bytes and has no disk */
    assert_false(lg_failed(record_book_add(&world->book, world->arena, &entry)));
    assert_true(lg_failed(record_book_flush(&world->book)));
    world->book.fd = fd;
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(lg_err_code(record_book_add(&world->book, world->arena, &entry)),
                     RECORD_BROKEN);
    assert_int_equal(lg_err_code(record_book_flush(&world->book)), RECORD_BROKEN);
    reopen(world, &usual);
    add_left(world, 3);
}

static void one_process_writes(void **state) {
    struct world *world = *state;
    reopen(world, &usual);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct record_book other;
        struct lg_err err = record_book_open(world->folder, &usual, 1, NULL, &other);
        _exit(lg_err_code(err) == RECORD_LOCKED ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- changes --------------------------------------------------------------------------------- */

/* Any bit, anywhere: what is read afterwards is a beginning of what was written, or the file is
 * none. */
static void a_flipped_bit_ends_what_is_believed(void **state) {
    struct world *world = *state;
    struct kept kept;
    size_t len = 0;
    reopen(world, &usual);
    for (uint8_t i = 1; i <= 3; i++) {
        add_left(world, i);
    }
    record_book_close(&world->book);
    uint8_t *bytes = bytes_of(world, 1, &len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        struct record_state whole;
        kept.count = 0;
        bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        bytes_put(world, 1, span_of(bytes, len));
        struct lg_err err = record_read(world->folder, on_entry, &kept, &world->diag, &whole);
        bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        if (lg_failed(err)) {
            assert_true(bit < 8 * (size_t)RECORD_HEAD_SIZE);
            continue;
        }
        assert_true(kept.count < 3);
        assert_true(whole.torn > 0);
        for (size_t i = 0; i < kept.count; i++) {
            assert_int_equal(kept.items[i].record_count, i + 1);
        }
    }
    free(bytes);
}

static void files_follow_each_other(void **state) {
    struct world *world = *state;
    struct kept kept;
    reopen(world, &small);
    for (uint8_t i = 1; i <= 6; i++) {
        add_left(world, i);
        reopen(world, &small); /* the chain goes on over restarts */
    }
    struct record_state whole = read_all(world, &kept);
    assert_int_equal(whole.entries, 6);
    assert_int_equal(whole.last, 3);
    assert_int_equal(whole.damage_count, 0);
    assert_int_equal(whole.torn, 0);
    for (uint8_t i = 7; i <= 20; i++) {
        add_left(world, i);
    }
    whole = read_all(world, &kept);
    assert_int_equal(whole.first, 7);
    assert_int_equal(whole.last, 10);
    assert_int_equal(whole.entries, 8);
    assert_int_equal(kept.items[0].record_count, 13);
    assert_int_equal(whole.damage_count, 0);
    assert_true(world->book.dropped > 0);
}

static void a_change_in_an_older_file_breaks_the_chain(void **state) {
    struct world *world = *state;
    struct kept kept;
    char path[128];
    char other[128];
    size_t len = 0;
    reopen(world, &small);
    for (uint8_t i = 1; i <= 6; i++) {
        add_left(world, i);
    }
    uint8_t *bytes = bytes_of(world, 2, &len);
    /* The last entry cut off, exactly. */
    size_t entry = (len - RECORD_HEAD_SIZE) / 2;
    bytes_put(world, 2, span_of(bytes, len - entry));
    struct record_state whole = read_all(world, &kept);
    assert_int_equal(whole.damage_count, 1);
    assert_int_equal(whole.damages[0].number, 2);
    assert_int_equal(whole.entries, 5);
    bytes_put(world, 2, span_of(bytes, len));
    assert_int_equal(read_all(world, &kept).damage_count, 0);
    free(bytes);
    /* A file taken out. */
    path_of(world, 2, path);
    (void)snprintf(other, sizeof other, "%s/away", world->folder);
    assert_int_equal(rename(path, other), 0);
    whole = read_all(world, &kept);
    assert_int_equal(whole.damage_count, 1);
    assert_int_equal(whole.damages[0].number, 2);
    assert_int_equal(rename(other, path), 0);
    /* One file alone is read too. */
    assert_false(lg_failed(record_read(path, on_entry, &kept, &world->diag, &whole)));
    assert_int_equal(whole.first, 2);
    assert_int_equal(whole.entries, 2);
}

static void what_is_no_record_is_told(void **state) {
    struct world *world = *state;
    struct kept kept = {.count = 0};
    struct record_state whole;
    assert_int_equal(lg_err_code(record_read(world->folder, on_entry, &kept, &world->diag, &whole)),
                     RECORD_IO);
    reopen(world, &usual);
    record_book_close(&world->book);
    bytes_put(world, 2, span_text("not a record"));
    assert_int_equal(lg_err_code(record_read(world->folder, on_entry, &kept, &world->diag, &whole)),
                     RECORD_FORMAT);
    assert_int_equal(
        lg_err_code(record_book_open(world->folder, &usual, 1, &world->diag, &world->book)),
        RECORD_FORMAT);
    assert_non_null(strstr(world->diag.text, "move it away"));
}

static void without_memory_it_says_so(void **state) {
    struct world *world = *state;
    struct kept kept = {.count = 0};
    struct record_state whole;
    reopen(world, &usual);
    add_left(world, 1);
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        kept.count = 0;
        support_alloc_fail_at(n);
        struct lg_err err = record_read(world->folder, on_entry, &kept, &world->diag, &whole);
        done = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_true(lg_failed(err) || kept.count == 1);
        assert_true(!done || !lg_failed(err));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, world_begin, world_end),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_not_written, world_begin, world_end),
        cmocka_unit_test_setup_teardown(a_torn_end_is_left_behind, world_begin, world_end),
        cmocka_unit_test_setup_teardown(a_write_that_failed_counts_for_nothing, world_begin,
                                        world_end),
        cmocka_unit_test_setup_teardown(after_a_failed_flush_nothing_is_taken, world_begin,
                                        world_end),
        cmocka_unit_test_setup_teardown(one_process_writes, world_begin, world_end),
        cmocka_unit_test_setup_teardown(a_flipped_bit_ends_what_is_believed, world_begin,
                                        world_end),
        cmocka_unit_test_setup_teardown(files_follow_each_other, world_begin, world_end),
        cmocka_unit_test_setup_teardown(a_change_in_an_older_file_breaks_the_chain, world_begin,
                                        world_end),
        cmocka_unit_test_setup_teardown(what_is_no_record_is_told, world_begin, world_end),
        cmocka_unit_test_setup_teardown(without_memory_it_says_so, world_begin, world_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
