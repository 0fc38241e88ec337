/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets, counts and timers at their limit, one over, and after time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/http2/guard.h"

#include <cmocka.h>

static void test_provoked_resets(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 5000);
    for (int i = 0; i < LIMIT_HTTP2_PROVOKED; i++) {
        assert_int_equal(guard_reset_provoked(&guard, 5000), GUARD_NONE);
    }
    assert_int_equal(guard_reset_provoked(&guard, 5000), GUARD_CALM);
    assert_int_equal(guard_reset_provoked(&guard, 5099), GUARD_CALM);
    assert_int_equal(guard_reset_provoked(&guard, 5100), GUARD_NONE);
    assert_int_equal(guard_reset_provoked(&guard, 5100), GUARD_CALM);
    /* A pause fills it again, and no more than that; time that stands still or goes back gives
     * nothing. */
    for (int i = 0; i < LIMIT_HTTP2_PROVOKED; i++) {
        assert_int_equal(guard_reset_provoked(&guard, INT64_MAX / 2), GUARD_NONE);
    }
    assert_int_equal(guard_reset_provoked(&guard, INT64_MAX / 2), GUARD_CALM);
    assert_int_equal(guard_reset_provoked(&guard, 0), GUARD_CALM);
}

static void test_received_resets(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int i = 0; i < LIMIT_HTTP2_RESETS; i++) {
        assert_int_equal(guard_reset_received(&guard, 0), GUARD_NONE);
    }
    assert_int_equal(guard_reset_received(&guard, 0), GUARD_CALM);
    assert_int_equal(guard_reset_received(&guard, 1000 / LIMIT_HTTP2_RESETS_PER_S), GUARD_NONE);
}

/* Resets count as frames without progress too: at their steady rate those run out. */
static void test_resets_without_progress(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    int64_t now_ms = 0;
    for (int i = 0; i < LIMIT_HTTP2_IDLE_FRAMES; i++) {
        now_ms += 1000;
        assert_int_equal(guard_reset_received(&guard, now_ms), GUARD_NONE);
    }
    assert_int_equal(guard_reset_received(&guard, now_ms + 1000), GUARD_CALM);
}

static void test_idle_frames(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_stream_finished(&guard); /* gives nothing to a full bucket */
    for (int i = 0; i < LIMIT_HTTP2_IDLE_FRAMES; i++) {
        assert_int_equal(guard_idle_frame(&guard), GUARD_NONE);
    }
    assert_int_equal(guard_idle_frame(&guard), GUARD_CALM);
    guard_stream_finished(&guard);
    guard_data_sent(&guard);
    for (int i = 0; i < LIMIT_HTTP2_IDLE_PER_STREAM + LIMIT_HTTP2_IDLE_PER_DATA; i++) {
        assert_int_equal(guard_idle_frame(&guard), GUARD_NONE);
    }
    assert_int_equal(guard_idle_frame(&guard), GUARD_CALM);
}

/* DATA frames of a byte run out; what is sent like prefix and message does not. */
static void test_small_frames(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int i = 0; i < 10 * LIMIT_HTTP2_SMALL_FRAMES; i++) {
        assert_int_equal(guard_data_frame(&guard, 5), GUARD_NONE);
        assert_int_equal(guard_data_frame(&guard, 2 * LIMIT_HTTP2_SMALL_FRAME), GUARD_NONE);
    }
    int count = 0;
    while (guard_data_frame(&guard, 1) == GUARD_NONE) {
        count++;
    }
    assert_in_range(count, LIMIT_HTTP2_SMALL_FRAMES - 2, LIMIT_HTTP2_SMALL_FRAMES * 11 / 10);
    guard_stream_finished(&guard);
    assert_int_equal(guard_data_frame(&guard, 1), GUARD_NONE);
    for (int i = 0; i < LIMIT_HTTP2_IDLE_FRAMES; i++) {
        assert_int_equal(guard_data_frame(&guard, 0), GUARD_NONE);
    }
    assert_int_equal(guard_data_frame(&guard, 0), GUARD_CALM);
}

static void test_pings(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    assert_int_equal(guard_ping(&guard, 0, false), GUARD_NONE);
    assert_int_equal(guard_ping(&guard, LIMIT_HTTP2_PING_GAP_QUIET_MS, false), GUARD_NONE);
    int64_t now_ms = LIMIT_HTTP2_PING_GAP_QUIET_MS;
    for (int i = 0; i < LIMIT_HTTP2_PING_STRIKES; i++) {
        now_ms += LIMIT_HTTP2_PING_GAP_QUIET_MS - 1;
        assert_int_equal(guard_ping(&guard, now_ms, false), GUARD_NONE);
    }
    assert_int_equal(guard_ping(&guard, now_ms + 1, false), GUARD_PINGS);
}

/* Anything we send clears the strikes; with streams open the gap is short. */
static void test_pings_between_answers(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(guard_ping(&guard, i, true), GUARD_NONE);
        assert_int_equal(guard_ping(&guard, i, true), GUARD_NONE);
        guard_data_sent(&guard);
    }
    for (int i = 1; i <= 100; i++) {
        assert_int_equal(guard_ping(&guard, (int64_t)i * LIMIT_HTTP2_PING_GAP_MS, true),
                         GUARD_NONE);
    }
}

static void test_pongs(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_ping_sent(&guard);
    for (int i = 0; i < 1 + LIMIT_HTTP2_IDLE_FRAMES; i++) {
        assert_int_equal(guard_pong(&guard), GUARD_NONE);
    }
    assert_int_equal(guard_pong(&guard), GUARD_CALM);
    guard_ping_sent(&guard);
    assert_int_equal(guard_pong(&guard), GUARD_NONE);
}

static void test_header_block(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_block_begin(&guard);
    for (int i = 0; i < LIMIT_HTTP2_FIELDS; i++) {
        assert_true(guard_block_field(&guard, 1, 0));
    }
    assert_false(guard_block_field(&guard, 0, 0));
    guard_block_begin(&guard);
    assert_true(guard_block_field(&guard, 6, LIMIT_HTTP2_BLOCK_SIZE - 38));
    guard_block_begin(&guard);
    assert_false(guard_block_field(&guard, 6, LIMIT_HTTP2_BLOCK_SIZE - 37));
}

static void test_stream_order(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    assert_int_equal(guard_stream_id(&guard, 1, false), GUARD_NONE);
    assert_int_equal(guard_stream_id(&guard, 9, false), GUARD_NONE);
    assert_int_equal(guard_stream_id(&guard, 1, false), GUARD_NONE); /* trailers, perhaps */
    assert_int_equal(guard_stream_id(&guard, 9, false), GUARD_NONE);
    assert_int_equal(guard_stream_id(&guard, 3, false), GUARD_ORDER);
    assert_int_equal(guard_stream_id(&guard, 7, false), GUARD_ORDER);
    assert_int_equal(guard_stream_id(&guard, 11, false), GUARD_NONE);
    assert_int_equal(guard_stream_id(&guard, INT32_MAX, false), GUARD_NONE);
    assert_int_equal(guard_stream_id(&guard, 13, false), GUARD_ORDER);
    guard_init(&guard, 0);
    assert_int_equal(guard_stream_id(&guard, 5, false), GUARD_NONE);
    assert_int_equal(guard_stream_id(&guard, 1, false), GUARD_ORDER);
}

/* What the peer has ended itself it may not go on with; the oldest are forgotten, and counted like
 * any other block on a closed stream. Streams in progress have their trailers. */
static void test_ended_streams(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int id = 1; id <= 2 * LIMIT_HTTP2_SHUT + 1; id += 2) {
        assert_int_equal(guard_stream_id(&guard, id, false), GUARD_NONE);
        guard_stream_shut(&guard, id);
    }
    for (int id = 3; id <= 2 * LIMIT_HTTP2_SHUT + 1; id += 2) {
        assert_int_equal(guard_stream_id(&guard, id, true), GUARD_NONE);
        assert_int_equal(guard_stream_id(&guard, id, false), GUARD_SHUT);
    }
    for (int i = 0; i < LIMIT_HTTP2_IDLE_FRAMES; i++) {
        assert_int_equal(guard_stream_id(&guard, 1, false), GUARD_NONE);
    }
    assert_int_equal(guard_stream_id(&guard, 1, false), GUARD_CALM);
}

/* Two blocks may be on their way to each stream that we closed, up to a ceiling. */
static void test_late_blocks(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_stream_dropped(&guard);
    for (int i = 0; i < 2 + LIMIT_HTTP2_IDLE_FRAMES; i++) {
        assert_int_equal(guard_late_block(&guard), GUARD_NONE);
    }
    assert_int_equal(guard_late_block(&guard), GUARD_CALM);
    for (int i = 0; i < LIMIT_HTTP2_LATE_BLOCKS; i++) {
        guard_stream_dropped(&guard);
    }
    for (int i = 0; i < LIMIT_HTTP2_LATE_BLOCKS; i++) {
        assert_int_equal(guard_late_block(&guard), GUARD_NONE);
    }
    assert_int_equal(guard_late_block(&guard), GUARD_CALM);
}

/* Blocks cost by their bytes: 1 for each KiB, and late ones 1 more for each frame. */
static void test_blocks_are_priced(void **state) {
    enum { KIB = LIMIT_HTTP2_BLOCK_PRICE };
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int i = 0; i < LIMIT_HTTP2_PROVOKED / 20; i++) {
        assert_int_equal(guard_block_frame(&guard, 16 * KIB, true, false, 0), GUARD_NONE);
        assert_int_equal(guard_block_refused(&guard, 0), GUARD_NONE);
        assert_int_equal(guard_block_frame(&guard, 4 * KIB, false, true, 0), GUARD_NONE);
    }
    assert_int_equal(guard_block_frame(&guard, KIB - 1, true, true, 0), GUARD_NONE);
    assert_int_equal(guard_block_refused(&guard, 0), GUARD_NONE);
    assert_int_equal(guard_block_frame(&guard, KIB, true, true, 0), GUARD_NONE);
    assert_int_equal(guard_block_refused(&guard, 0), GUARD_CALM);
    /* The next block is within its limits, and free. */
    assert_int_equal(guard_block_frame(&guard, 16 * KIB, true, false, 0), GUARD_NONE);
    assert_int_equal(guard_block_frame(&guard, 16 * KIB, false, true, 0), GUARD_NONE);
    guard_init(&guard, 0);
    for (int i = 0; i < LIMIT_HTTP2_IDLE_FRAMES / 10; i++) {
        assert_int_equal(guard_block_frame(&guard, 5 * KIB, true, false, 0), GUARD_NONE);
        assert_int_equal(guard_late_block(&guard), GUARD_NONE);
        assert_int_equal(guard_block_frame(&guard, 3 * KIB, false, true, 0), GUARD_NONE);
    }
    assert_int_equal(guard_block_frame(&guard, 0, true, true, 0), GUARD_NONE);
    assert_int_equal(guard_late_block(&guard), GUARD_CALM);
}

static void test_continuations(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int block = 0; block < 3; block++) {
        assert_int_equal(guard_block_frame(&guard, 0, true, false, 0), GUARD_NONE);
        for (int i = 0; i < LIMIT_HTTP2_CONTINUATIONS; i++) {
            assert_int_equal(guard_block_frame(&guard, 0, false, false, 0), GUARD_NONE);
        }
    }
    assert_int_equal(guard_block_frame(&guard, 0, false, true, 0), GUARD_CALM);
}

static void test_frame_size(void **state) {
    (void)state;
    assert_int_equal(guard_frame_size(0), GUARD_NONE);
    assert_int_equal(guard_frame_size(LIMIT_HTTP2_FRAME), GUARD_NONE);
    assert_int_equal(guard_frame_size(LIMIT_HTTP2_FRAME + 1), GUARD_SIZE);
}

/* The oldest gaps are forgotten, never a newer one. */
static void test_many_gaps(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    for (int i = 1; i <= 2 * LIMIT_HTTP2_GAPS; i++) {
        assert_int_equal(guard_stream_id(&guard, 4 * i + 1, false), GUARD_NONE);
    }
    int last = 4 * 2 * LIMIT_HTTP2_GAPS + 1;
    for (int i = 0; i < LIMIT_HTTP2_GAPS; i++) {
        assert_int_equal(guard_stream_id(&guard, last - 2 - 4 * i, false), GUARD_ORDER);
    }
}

static void test_dark_bytes(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_told(&guard, 100);
    guard_fed(&guard, 60);
    assert_int_equal(guard_check_dark(&guard), GUARD_NONE);
    guard_fed(&guard, 40 + LIMIT_HTTP2_DARK_BYTES);
    assert_int_equal(guard_check_dark(&guard), GUARD_NONE);
    guard_fed(&guard, 1);
    assert_int_equal(guard_check_dark(&guard), GUARD_CALM);
    guard_stream_finished(&guard);
    guard_fed(&guard, LIMIT_HTTP2_DARK_PER_STREAM);
    assert_int_equal(guard_check_dark(&guard), GUARD_NONE);
}

/* What is on its way to a stream that we have closed is no fault, up to its window and the heads.
 */
static void test_late_bytes(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_stream_dropped(&guard);
    guard_fed(&guard, 2 * LIMIT_HTTP2_STREAM_WINDOW + LIMIT_HTTP2_DARK_BYTES);
    assert_int_equal(guard_check_dark(&guard), GUARD_NONE);
    guard_fed(&guard, 1);
    assert_int_equal(guard_check_dark(&guard), GUARD_CALM);
    for (int i = 0; i < 1000; i++) {
        guard_stream_dropped(&guard);
    }
    guard_fed(&guard, LIMIT_HTTP2_LATE_BYTES);
    assert_int_equal(guard_check_dark(&guard), GUARD_NONE);
    guard_fed(&guard, 1);
    assert_int_equal(guard_check_dark(&guard), GUARD_CALM);
}

static void test_timers(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    assert_true(guard_next_due(&guard) == INT64_MAX);
    assert_int_equal(guard_timer_take(&guard, INT64_MAX - 1), GUARD_TIMER_COUNT);
    guard_timer_set(&guard, GUARD_IDLE, 50);
    guard_timer_set(&guard, GUARD_AGE, 40);
    assert_int_equal(guard_next_due(&guard), 40);
    assert_int_equal(guard_timer_take(&guard, 39), GUARD_TIMER_COUNT);
    assert_int_equal(guard_timer_take(&guard, 40), GUARD_AGE);
    assert_false(guard_timer_is_set(&guard, GUARD_AGE));
    assert_int_equal(guard_timer_take(&guard, 50), GUARD_IDLE);
    assert_int_equal(guard_timer_take(&guard, 50), GUARD_TIMER_COUNT);
}

/* The timer of a block ends by itself once its last byte is in, and not before; the frames of one
 * block share one time. */
static void test_block_timer(void **state) {
    (void)state;
    struct guard guard;
    guard_init(&guard, 0);
    guard_told(&guard, 30);
    assert_int_equal(guard_block_frame(&guard, 21, true, true, 0), GUARD_NONE);
    guard_fed(&guard, 30);
    assert_int_equal(guard_timer_take(&guard, LIMIT_HTTP2_BLOCK_MS), GUARD_TIMER_COUNT);
    guard_told(&guard, 30);
    assert_int_equal(guard_block_frame(&guard, 21, true, false, 10000), GUARD_NONE);
    guard_fed(&guard, 30);
    guard_told(&guard, 30);
    assert_int_equal(guard_block_frame(&guard, 21, false, true, 12000), GUARD_NONE);
    guard_fed(&guard, 29);
    assert_int_equal(guard_next_due(&guard), 10000 + LIMIT_HTTP2_BLOCK_MS);
    assert_int_equal(guard_timer_take(&guard, 10000 + LIMIT_HTTP2_BLOCK_MS), GUARD_BLOCK);
    /* A new block has time of its own, though the old one's timer was never taken. */
    guard_fed(&guard, 1);
    guard_told(&guard, 30);
    assert_int_equal(guard_block_frame(&guard, 21, true, true, 20000), GUARD_NONE);
    guard_fed(&guard, 30);
    guard_told(&guard, 30);
    assert_int_equal(guard_block_frame(&guard, 21, true, false, 24000), GUARD_NONE);
    assert_int_equal(guard_next_due(&guard), 24000 + LIMIT_HTTP2_BLOCK_MS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_provoked_resets),
        cmocka_unit_test(test_received_resets),
        cmocka_unit_test(test_resets_without_progress),
        cmocka_unit_test(test_idle_frames),
        cmocka_unit_test(test_small_frames),
        cmocka_unit_test(test_pings),
        cmocka_unit_test(test_pings_between_answers),
        cmocka_unit_test(test_pongs),
        cmocka_unit_test(test_header_block),
        cmocka_unit_test(test_stream_order),
        cmocka_unit_test(test_ended_streams),
        cmocka_unit_test(test_late_blocks),
        cmocka_unit_test(test_blocks_are_priced),
        cmocka_unit_test(test_continuations),
        cmocka_unit_test(test_frame_size),
        cmocka_unit_test(test_many_gaps),
        cmocka_unit_test(test_dark_bytes),
        cmocka_unit_test(test_late_bytes),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_block_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
