/* SPDX-License-Identifier: Apache-2.0 */
/* What recovery refuses and what it leaves behind (audit.md 5): torn and flipped frames, files put
 * back, removed or exchanged, a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "tests/support/audit_mini.h"

#include <cmocka.h>

enum { FIRST_FRAME = AUDIT_SEGMENT_HEADER_SIZE };

/* ---- The last frame */

static const char TAIL[] = "log/segment-0000000000";

/* The durable bytes of the tail, to be changed by the test; the caller frees them. */
static uint8_t *tail_bytes(const struct disk *disk, size_t *out_len) {
    struct span bytes = disk_file(disk, TAIL);
    uint8_t *copy = malloc(bytes.len);
    assert_non_null(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    *out_len = bytes.len;
    return copy;
}

static size_t frame_at(const uint8_t *bytes, size_t frames_before) {
    size_t at = FIRST_FRAME;
    for (size_t i = 0; i < frames_before; i++) {
        at += audit_frame_size_peek(span_of(bytes + at, AUDIT_FRAME_HEADER_SIZE));
    }
    return at;
}

static void torn_last_frame_is_left_behind(void **state) {
    struct disk *before = mini_disk_with(5, 4);
    size_t len = 0;
    (void)state;
    uint8_t *bytes = tail_bytes(before, &len);
    size_t at = frame_at(bytes, 4);
    size_t size = audit_frame_size_peek(span_of(bytes + at, AUDIT_FRAME_HEADER_SIZE));
    for (size_t kept = 0; kept <= size; kept += AUDIT_BLOCK_SIZE) {
        struct disk *disk = disk_copy(before);
        memset(bytes + at + kept, 0, size - kept);
        disk_file_set(disk, TAIL, span_of(bytes, len));
        assert_int_equal(mini_entries_found(disk), kept == size ? 5 : 4);
        disk_free(&disk);
        memcpy(bytes, disk_file(before, TAIL).ptr, len);
    }
    free(bytes);
    disk_free(&before);
}

/* Blocks of a frame reach the disk in any order. */
static void any_subset_of_blocks_is_left_behind(void **state) {
    static struct mini mini;
    size_t len = 0;
    (void)state;
    mini = (struct mini){.disk = disk_new(0)};
    assert_false(lg_failed(mini_open(&mini)));
    assert_false(lg_failed(mini_append(&mini, 1)));
    assert_false(lg_failed(mini_append(&mini, 9)));
    mini_close(&mini);
    disk_power_cut(mini.disk, DISK_LOSES_ALL, 1);
    uint8_t *bytes = tail_bytes(mini.disk, &len);
    size_t at = frame_at(bytes, 1);
    size_t blocks = audit_frame_size_peek(span_of(bytes + at, AUDIT_FRAME_HEADER_SIZE)) / 512;
    assert_in_range(blocks, 3, 10);
    for (size_t subset = 0; subset < (size_t)1 << blocks; subset++) {
        struct disk *disk = disk_copy(mini.disk);
        for (size_t i = 0; i < blocks; i++) {
            if ((subset >> i & 1U) == 0) {
                memset(bytes + at + i * 512, 0, 512);
            }
        }
        disk_file_set(disk, TAIL, span_of(bytes, len));
        assert_int_equal(mini_entries_found(disk), subset + 1 == (size_t)1 << blocks ? 10 : 1);
        disk_free(&disk);
        memcpy(bytes, disk_file(mini.disk, TAIL).ptr, len);
    }
    free(bytes);
    disk_free(&mini.disk);
}

static void every_flipped_bit_of_the_last_frame(void **state) {
    struct disk *above = mini_disk_with(3, 2);
    struct disk *marked = mini_disk_with(3, 3);
    size_t len = 0;
    (void)state;
    uint8_t *bytes = tail_bytes(above, &len);
    size_t at = frame_at(bytes, 2);
    for (size_t bit = 0; bit < 8 * AUDIT_BLOCK_SIZE; bit++) {
        bytes[at + bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct disk *disk = disk_copy(above);
        disk_file_set(disk, TAIL, span_of(bytes, len));
        assert_int_equal(mini_entries_found(disk), 2); /* nobody can tell it from a torn write */
        disk_free(&disk);
        disk = disk_copy(marked);
        disk_file_set(disk, TAIL, span_of(bytes, len));
        assert_int_equal(mini_entries_found(disk), -AUDIT_BEHIND); /* it was durable once */
        disk_free(&disk);
        bytes[at + bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    free(bytes);
    disk_free(&above);
    disk_free(&marked);
}

/* ---- Damage that is no torn end */

static void flipped_bit_before_a_good_frame_refuses(void **state) {
    struct disk *before = mini_disk_with(4, 1);
    size_t len = 0;
    (void)state;
    uint8_t *bytes = tail_bytes(before, &len);
    size_t from = frame_at(bytes, 1);
    size_t to = frame_at(bytes, 3);
    for (size_t bit = 8 * from; bit < 8 * to; bit += 7) {
        struct disk *disk = disk_copy(before);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        disk_file_set(disk, TAIL, span_of(bytes, len));
        assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
        struct span left = disk_file(disk, TAIL);
        assert_int_equal(left.len, len);
        assert_memory_equal(left.ptr, bytes, len); /* and nothing was changed */
        disk_free(&disk);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    free(bytes);
    disk_free(&before);
}

static void flipped_bit_of_the_segment_header_refuses(void **state) {
    struct disk *before = mini_disk_with(2, 0);
    size_t len = 0;
    (void)state;
    uint8_t *bytes = tail_bytes(before, &len);
    for (size_t bit = 0; bit < 8 * AUDIT_SEGMENT_HEADER_SIZE; bit += 5) {
        struct disk *disk = disk_copy(before);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        disk_file_set(disk, TAIL, span_of(bytes, len));
        assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
        disk_free(&disk);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    free(bytes);
    disk_free(&before);
}

/* Frames exchanged: both good, neither in its place. */
static void exchanged_frames_refuse(void **state) {
    struct disk *disk = mini_disk_with(3, 0);
    size_t len = 0;
    uint8_t block[AUDIT_BLOCK_SIZE];
    (void)state;
    uint8_t *bytes = tail_bytes(disk, &len);
    size_t first = frame_at(bytes, 0);
    size_t second = frame_at(bytes, 1);
    assert_int_equal(second - first, AUDIT_BLOCK_SIZE);
    memcpy(block, bytes + first, sizeof block);
    memcpy(bytes + first, bytes + second, sizeof block);
    memcpy(bytes + second, block, sizeof block);
    disk_file_set(disk, TAIL, span_of(bytes, len));
    assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
    free(bytes);
    disk_free(&disk);
}

/* A last frame above the mark, good in itself, that says something else of where it belongs. */
static void assert_foreign_frame(size_t at) {
    struct disk *disk = mini_disk_with(3, 2);
    size_t len = 0;
    uint8_t *bytes = tail_bytes(disk, &len);
    uint8_t *frame = bytes + frame_at(bytes, 2);
    size_t hashed = audit_frame_size_peek(span_of(frame, AUDIT_FRAME_HEADER_SIZE)) - 32;
    frame[at] ^= 2;
    vault_sha256(span_of(frame, hashed), frame + hashed);
    disk_file_set(disk, TAIL, span_of(bytes, len));
    assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
    free(bytes);
    disk_free(&disk);
}

static void frame_of_another_generation_refuses(void **state) {
    (void)state;
    assert_foreign_frame(16 + 7);
}

static void frame_of_another_batch_refuses(void **state) {
    (void)state;
    assert_foreign_frame(24 + 7);
}

static void frame_of_another_chain_refuses(void **state) {
    (void)state;
    assert_foreign_frame(64);
}

/* ---- Files put back, removed, exchanged */

/* A disk whose log was opened `starts` times with one frame each. */
static struct disk *disk_of_starts(size_t starts) {
    static struct mini mini;
    mini = (struct mini){.disk = disk_new(0)};
    for (size_t i = 0; i < starts; i++) {
        assert_false(lg_failed(mini_open(&mini)));
        assert_int_equal(mini.read_count, i);
        assert_false(lg_failed(mini_append(&mini, 1)));
        mini_close(&mini);
        disk_power_cut(mini.disk, DISK_LOSES_ALL, 1);
    }
    return mini.disk;
}

static void older_generation_put_back_refuses(void **state) {
    struct disk *old = disk_of_starts(2);
    struct disk *new = disk_of_starts(4);
    (void)state;
    /* Segment 1 of the other history has the same place and another generation before it. */
    struct span stale = disk_file(old, "log/segment-0000000001");
    struct disk *disk = disk_copy(new);
    disk_file_set(disk, "log/segment-0000000002", stale);
    assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
    disk_free(&disk);
    disk = disk_copy(new);
    disk_file_set(disk, "log/segment-0000000003", stale);
    assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
    disk_free(&disk);
    disk_free(&old);
    disk_free(&new);
}

static void bytes_after_an_older_segment_refuse(void **state) {
    struct disk *disk = disk_of_starts(3);
    struct span old = disk_file(disk, "log/segment-0000000001");
    size_t len = old.len + 4096;
    uint8_t *bytes = calloc(1, len);
    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, old.ptr, old.len);
    disk_file_set(disk, "log/segment-0000000001", span_of(bytes, len));
    struct disk *zeros = disk_copy(disk);
    assert_int_equal(mini_entries_found(zeros), 3); /* zeros are what a segment ends in */
    bytes[len - 1] = 1;
    disk_file_set(disk, "log/segment-0000000001", span_of(bytes, len));
    assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
    disk_free(&zeros);
    disk_free(&disk);
    free(bytes);
}

static void yesterdays_backup_refuses(void **state) {
    struct disk *old = mini_disk_with(2, 2);
    struct disk *disk = mini_disk_with(5, 5);
    (void)state;
    disk_file_set(disk, TAIL, disk_file(old, TAIL)); /* all but the high-water file */
    assert_int_equal(mini_entries_found(disk), -AUDIT_BEHIND);
    disk_free(&disk);
    disk_free(&old);
}

static void another_history_of_the_same_length_refuses(void **state) {
    static struct mini mini;
    struct disk *disk = mini_disk_with(3, 3);
    (void)state;
    /* The same entries in one frame: same root, another chain. */
    mini = (struct mini){.disk = disk_new(0)};
    assert_false(lg_failed(mini_open(&mini)));
    assert_false(lg_failed(mini_append(&mini, 3)));
    mini_close(&mini);
    disk_power_cut(mini.disk, DISK_LOSES_ALL, 1);
    disk_file_set(disk, TAIL, disk_file(mini.disk, TAIL));
    assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
    disk_free(&disk);
    disk_free(&mini.disk);
}

static void missing_files_refuse(void **state) {
    (void)state;
    static const char *const names[] = {"log/segment-0000000000", "log/segment-0000000001",
                                        "log/high-water"};
    struct disk *before = disk_of_starts(3);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct disk *disk = disk_copy(before);
        disk_file_remove(disk, names[i]);
        assert_int_equal(mini_entries_found(disk), -AUDIT_CORRUPT);
        disk_free(&disk);
    }
    struct disk *disk = disk_copy(before); /* the newest is missing: seen by its length alone */
    disk_file_remove(disk, "log/segment-0000000002");
    assert_int_equal(mini_entries_found(disk),
                     2); /* above the mark: as if it had never been flushed */
    disk_free(&disk);
    disk_free(&before);
    before = mini_disk_with(3, 3);
    disk_file_remove(before, TAIL);
    assert_int_equal(mini_entries_found(before), -AUDIT_BEHIND);
    disk_free(&before);
}

static void high_water_survives_a_torn_slot(void **state) {
    struct disk *before = mini_disk_with(4, 3);
    struct span good = disk_file(before, "log/high-water");
    uint8_t bytes[8192];
    (void)state;
    assert_true(good.len <= sizeof bytes);
    for (size_t slot = 0; slot < 2; slot++) {
        struct disk *disk = disk_copy(before);
        memcpy(bytes, good.ptr, good.len);
        bytes[slot * 4096 + 30] ^= 1;
        disk_file_set(disk, "log/high-water", span_of(bytes, good.len));
        assert_int_equal(mini_entries_found(disk), 4);
        disk_free(&disk);
    }
    bytes[30] ^= 1; /* now both */
    disk_file_set(before, "log/high-water", span_of(bytes, good.len));
    assert_int_equal(mini_entries_found(before), -AUDIT_CORRUPT);
    disk_free(&before);
}

static void bytes_after_an_orderly_end_refuse(void **state) {
    static struct mini mini;
    uint8_t bytes[8192];
    (void)state;
    mini = (struct mini){.disk = disk_new(0)};
    assert_false(lg_failed(mini_open(&mini)));
    assert_false(lg_failed(mini_append(&mini, 1)));
    assert_false(lg_failed(mini_mark(&mini, true)));
    mini_close(&mini);
    disk_power_cut(mini.disk, DISK_LOSES_ALL, 1);
    struct disk *disk = disk_copy(mini.disk);
    assert_int_equal(mini_entries_found(disk), 1);
    disk_free(&disk);
    memcpy(bytes, disk_file(mini.disk, TAIL).ptr, sizeof bytes);
    bytes[FIRST_FRAME + AUDIT_BLOCK_SIZE + 7] = 1;
    disk_file_set(mini.disk, TAIL, span_of(bytes, sizeof bytes));
    assert_int_equal(mini_entries_found(mini.disk), -AUDIT_CORRUPT);
    disk_free(&mini.disk);
}

static void another_origin_is_told(void **state) {
    static struct mini mini;
    (void)state;
    mini = (struct mini){.disk = mini_disk_with(2, 2)};
    struct lg_err err = mini_start(&mini, "other.example");
    mini_close(&mini);
    assert_int_equal(lg_err_code(err), AUDIT_FOREIGN);
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    disk_free(&mini.disk);
}

static void second_process_is_refused(void **state) {
    static struct mini first;
    static struct mini second;
    (void)state;
    first = (struct mini){.disk = disk_new(0)};
    assert_false(lg_failed(mini_open(&first)));
    second = (struct mini){.disk = first.disk};
    struct lg_err err = mini_open(&second);
    assert_int_equal(lg_err_code(err), AUDIT_LOCKED);
    assert_false(lg_failed(mini_append(&first, 1))); /* and harmed nothing */
    mini_close(&first);
    disk_free(&first.disk);
}

static void full_disk_shows_in_the_spares(void **state) {
    static struct mini mini;
    (void)state;
    mini = (struct mini){.disk = disk_new(2 * MINI_SEGMENT_SIZE + 16384)};
    assert_false(lg_failed(mini_open(&mini)));
    assert_false(lg_failed(mini_append(&mini, 1)));
    assert_false(audit_spares_low(&mini.spares));
    assert_false(lg_failed(audit_spares_fill(&mini.spares)));
    struct lg_err err = audit_spares_fill(&mini.spares);
    assert_int_equal(lg_err_code(err), AUDIT_NO_SPACE);
    assert_true(audit_spares_low(&mini.spares));
    assert_false(lg_failed(mini_append(&mini, 1))); /* denials still go in */
    disk_capacity_set(mini.disk, 0);
    assert_false(lg_failed(audit_spares_fill(&mini.spares)));
    assert_false(audit_spares_low(&mini.spares));
    mini_close(&mini);
    disk_free(&mini.disk);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torn_last_frame_is_left_behind),
        cmocka_unit_test(any_subset_of_blocks_is_left_behind),
        cmocka_unit_test(every_flipped_bit_of_the_last_frame),
        cmocka_unit_test(flipped_bit_before_a_good_frame_refuses),
        cmocka_unit_test(flipped_bit_of_the_segment_header_refuses),
        cmocka_unit_test(exchanged_frames_refuse),
        cmocka_unit_test(frame_of_another_generation_refuses),
        cmocka_unit_test(frame_of_another_batch_refuses),
        cmocka_unit_test(frame_of_another_chain_refuses),
        cmocka_unit_test(older_generation_put_back_refuses),
        cmocka_unit_test(bytes_after_an_older_segment_refuse),
        cmocka_unit_test(yesterdays_backup_refuses),
        cmocka_unit_test(another_history_of_the_same_length_refuses),
        cmocka_unit_test(missing_files_refuse),
        cmocka_unit_test(high_water_survives_a_torn_slot),
        cmocka_unit_test(bytes_after_an_orderly_end_refuse),
        cmocka_unit_test(another_origin_is_told),
        cmocka_unit_test(second_process_is_refused),
        cmocka_unit_test(full_disk_shows_in_the_spares),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
