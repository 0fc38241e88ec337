/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/http2/guard.h"

#include "gateway/base/assert.h"

enum { MILLI = 1000 };

static struct guard_bucket bucket_of(int64_t size, int64_t per_s, int64_t now_ms) {
    return (struct guard_bucket){
        .level = size * MILLI, .size = size * MILLI, .per_s = per_s, .at_ms = now_ms};
}

static void bucket_give(struct guard_bucket *bucket, int64_t thousandths) {
    int64_t room = bucket->size - bucket->level;
    bucket->level += thousandths < room ? thousandths : room;
}

/* One token a second is one thousandth a millisecond. A long pause fills the bucket at most, so
 * the product is bounded before it is made. */
static void bucket_refill(struct guard_bucket *bucket, int64_t now_ms) {
    int64_t passed = now_ms - bucket->at_ms;
    if (passed <= 0) {
        return;
    }
    bucket->at_ms = now_ms;
    bucket_give(bucket, passed > bucket->size ? bucket->size : passed * bucket->per_s);
}

static bool bucket_take(struct guard_bucket *bucket, int64_t count) {
    ASSERT(bucket->level >= 0);
    ASSERT(bucket->level <= bucket->size);
    if (bucket->level < count * MILLI) {
        return false;
    }
    bucket->level -= count * MILLI;
    return true;
}

void guard_init(struct guard *guard, int64_t now_ms) {
    *guard = (struct guard){
        .provoked = bucket_of(LIMIT_HTTP2_PROVOKED, LIMIT_HTTP2_PROVOKED_PER_S, now_ms),
        .resets = bucket_of(LIMIT_HTTP2_RESETS, LIMIT_HTTP2_RESETS_PER_S, now_ms),
        .idle = bucket_of(LIMIT_HTTP2_IDLE_FRAMES, 0, now_ms),
        .dark = bucket_of(LIMIT_HTTP2_DARK_BYTES, 0, now_ms),
        .small = bucket_of(LIMIT_HTTP2_SMALL_FRAMES, 0, now_ms),
        .pinged_ms = INT64_MIN,
    };
    for (size_t i = 0; i < GUARD_TIMER_COUNT; i++) {
        guard->due[i] = INT64_MAX;
    }
}

void guard_fed(struct guard *guard, size_t len) {
    guard->bytes_fed += len;
}

void guard_told(struct guard *guard, size_t len) {
    guard->bytes_told += len;
}

/* A frame is told with its whole length when it begins, so more may be told than was fed. */
enum guard_verdict guard_check_dark(struct guard *guard) {
    if (guard->bytes_fed <= guard->bytes_told) {
        return GUARD_NONE;
    }
    uint64_t dark = guard->bytes_fed - guard->bytes_told;
    guard->bytes_told = guard->bytes_fed;
    uint64_t late = dark < guard->bytes_late ? dark : guard->bytes_late;
    guard->bytes_late -= late;
    dark -= late;
    return bucket_take(&guard->dark, (int64_t)dark) ? GUARD_NONE : GUARD_CALM;
}

static enum guard_verdict pay_provoked(struct guard *guard, unsigned price, int64_t now_ms) {
    bucket_refill(&guard->provoked, now_ms);
    return bucket_take(&guard->provoked, price) ? GUARD_NONE : GUARD_CALM;
}

enum guard_verdict guard_idle_frame(struct guard *guard) {
    return bucket_take(&guard->idle, 1) ? GUARD_NONE : GUARD_CALM;
}

/* Some clients send the prefix of each message in a frame of its own: the message pays for it. */
enum guard_verdict guard_data_frame(struct guard *guard, size_t len) {
    if (len == 0) {
        return guard_idle_frame(guard);
    }
    bucket_give(&guard->small, (int64_t)len * MILLI / LIMIT_HTTP2_SMALL_FRAME);
    return bucket_take(&guard->small, 1) ? GUARD_NONE : GUARD_CALM;
}

enum guard_verdict guard_ping(struct guard *guard, int64_t now_ms, bool has_streams) {
    int64_t gap = has_streams ? LIMIT_HTTP2_PING_GAP_MS : LIMIT_HTTP2_PING_GAP_QUIET_MS;
    bool is_early = guard->pinged_ms != INT64_MIN && now_ms - guard->pinged_ms < gap;
    guard->pinged_ms = now_ms;
    if (is_early) {
        guard->ping_strikes++;
    }
    if (guard->ping_strikes > LIMIT_HTTP2_PING_STRIKES) {
        return GUARD_PINGS;
    }
    return guard_idle_frame(guard) == GUARD_NONE ? GUARD_NONE : GUARD_PINGS;
}

void guard_ping_sent(struct guard *guard) {
    guard->pongs_due++;
}

enum guard_verdict guard_pong(struct guard *guard) {
    if (guard->pongs_due > 0) {
        guard->pongs_due--;
        return GUARD_NONE;
    }
    return guard_idle_frame(guard);
}

enum guard_verdict guard_reset_received(struct guard *guard, int64_t now_ms) {
    bucket_refill(&guard->resets, now_ms);
    return bucket_take(&guard->resets, 1) ? guard_idle_frame(guard) : GUARD_CALM;
}

enum guard_verdict guard_reset_provoked(struct guard *guard, int64_t now_ms) {
    return pay_provoked(guard, 1, now_ms);
}

void guard_stream_finished(struct guard *guard) {
    bucket_give(&guard->idle, (int64_t)LIMIT_HTTP2_IDLE_PER_STREAM * MILLI);
    bucket_give(&guard->dark, (int64_t)LIMIT_HTTP2_DARK_PER_STREAM * MILLI);
    bucket_give(&guard->small, (int64_t)LIMIT_HTTP2_IDLE_PER_STREAM * MILLI);
}

/* Twice the window, for the heads of small frames. */
void guard_stream_dropped(struct guard *guard) {
    guard->bytes_late += 2 * LIMIT_HTTP2_STREAM_WINDOW;
    if (guard->bytes_late > LIMIT_HTTP2_LATE_BYTES) {
        guard->bytes_late = LIMIT_HTTP2_LATE_BYTES;
    }
    guard->blocks_late += 2;
    if (guard->blocks_late > LIMIT_HTTP2_LATE_BLOCKS) {
        guard->blocks_late = LIMIT_HTTP2_LATE_BLOCKS;
    }
}

/* A byte of a block may stand for a whole field: 16 KiB cost as much as some ten requests. */
static unsigned price_of(size_t len) {
    return (unsigned)(len / LIMIT_HTTP2_BLOCK_PRICE);
}

static enum guard_verdict pay_late(struct guard *guard, unsigned price) {
    if (guard->blocks_late >= price) {
        guard->blocks_late -= price;
        return GUARD_NONE;
    }
    return bucket_take(&guard->idle, price) ? GUARD_NONE : GUARD_CALM;
}

enum guard_verdict guard_late_block(struct guard *guard) {
    guard->is_block_late = true;
    return pay_late(guard, 1 + price_of(guard->block_wire));
}

/* RFC 9113, 4.2: nobody was told that more than the initial value may be sent. */
enum guard_verdict guard_frame_size(size_t len) {
    return len <= LIMIT_HTTP2_FRAME ? GUARD_NONE : GUARD_SIZE;
}

void guard_data_sent(struct guard *guard) {
    bucket_give(&guard->idle, (int64_t)LIMIT_HTTP2_IDLE_PER_DATA * MILLI);
    guard_answer_sent(guard);
}

void guard_answer_sent(struct guard *guard) {
    guard->ping_strikes = 0;
    guard->pinged_ms = INT64_MIN;
}

static bool is_in_gap(const struct guard *guard, int32_t stream_id) {
    unsigned count = guard->gap_count < LIMIT_HTTP2_GAPS ? guard->gap_count : LIMIT_HTTP2_GAPS;
    for (unsigned i = 0; i < count; i++) {
        if (stream_id >= guard->gaps[i].first && stream_id <= guard->gaps[i].last) {
            return true;
        }
    }
    return false;
}

void guard_stream_shut(struct guard *guard, int32_t stream_id) {
    guard->shut[guard->shut_count % LIMIT_HTTP2_SHUT] = stream_id;
    guard->shut_count++;
}

static bool is_shut(const struct guard *guard, int32_t stream_id) {
    for (unsigned i = 0; i < LIMIT_HTTP2_SHUT && i < guard->shut_count; i++) {
        if (guard->shut[i] == stream_id) {
            return true;
        }
    }
    return false;
}

/* HEADERS on a stream below the highest: trailers of one in progress, or of one that we have closed
 * already. What was stepped over, and what the peer itself had ended, is remembered for as long as
 * there is room, and a fault; the rest is counted. */
static enum guard_verdict judge_lower(struct guard *guard, int32_t stream_id, bool is_live) {
    if (is_live) {
        return GUARD_NONE;
    }
    if (is_in_gap(guard, stream_id)) {
        return GUARD_ORDER;
    }
    return is_shut(guard, stream_id) ? GUARD_SHUT : guard_late_block(guard);
}

/* RFC 9113, 5.1.1: a new stream has a higher identifier than every one before. */
enum guard_verdict guard_stream_id(struct guard *guard, int32_t stream_id, bool is_live) {
    if (stream_id <= guard->highest) {
        return judge_lower(guard, stream_id, is_live);
    }
    int32_t next = guard->highest == 0 ? 1 : guard->highest + 2;
    if (stream_id > next) {
        guard->gaps[guard->gap_count % LIMIT_HTTP2_GAPS] =
            (struct guard_gap){.first = next, .last = stream_id - 2};
        guard->gap_count++;
    }
    guard->highest = stream_id;
    return GUARD_NONE;
}

static bool is_block_over(const struct guard *guard) {
    return guard->is_block_last && guard->bytes_fed >= guard->block_bytes;
}

enum guard_verdict guard_block_frame(struct guard *guard, size_t len, bool is_first, bool is_last,
                                     int64_t now_ms) {
    if (!guard_timer_is_set(guard, GUARD_BLOCK) || is_block_over(guard)) {
        guard_timer_set(guard, GUARD_BLOCK, now_ms + LIMIT_HTTP2_BLOCK_MS);
    }
    guard->is_block_last = is_last;
    guard->block_bytes = guard->bytes_told;
    if (is_first) {
        guard->block_wire = len;
        guard->block_more = 0;
        guard->is_block_late = false;
        guard->is_block_over = false;
        return GUARD_NONE;
    }
    guard->block_wire += len;
    guard->block_more++;
    if (guard->block_more > LIMIT_HTTP2_CONTINUATIONS) {
        return GUARD_CALM;
    }
    if (guard->is_block_late) {
        return pay_late(guard, 1 + price_of(len));
    }
    return guard->is_block_over ? pay_provoked(guard, price_of(len), now_ms) : GUARD_NONE;
}

enum guard_verdict guard_block_refused(struct guard *guard, int64_t now_ms) {
    guard->is_block_over = true;
    return pay_provoked(guard, price_of(guard->block_wire), now_ms);
}

void guard_block_begin(struct guard *guard) {
    guard->block_fields = 0;
    guard->block_size = 0;
}

bool guard_block_field(struct guard *guard, size_t name_len, size_t value_len) {
    enum { FIELD_OVERHEAD = 32 }; /* RFC 9113, 6.5.2 */
    guard->block_fields++;
    guard->block_size += name_len + value_len + FIELD_OVERHEAD;
    return guard->block_fields <= LIMIT_HTTP2_FIELDS && guard->block_size <= LIMIT_HTTP2_BLOCK_SIZE;
}

void guard_timer_set(struct guard *guard, enum guard_timer timer, int64_t due_ms) {
    guard->due[timer] = due_ms;
}

void guard_timer_clear(struct guard *guard, enum guard_timer timer) {
    guard->due[timer] = INT64_MAX;
}

bool guard_timer_is_set(const struct guard *guard, enum guard_timer timer) {
    return guard->due[timer] != INT64_MAX;
}

int64_t guard_next_due(const struct guard *guard) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < GUARD_TIMER_COUNT; i++) {
        next = guard->due[i] < next ? guard->due[i] : next;
    }
    return next;
}

enum guard_timer guard_timer_take(struct guard *guard, int64_t now_ms) {
    for (size_t i = 0; i < GUARD_TIMER_COUNT; i++) {
        if (guard->due[i] > now_ms) {
            continue;
        }
        guard->due[i] = INT64_MAX;
        if (i != GUARD_BLOCK || !is_block_over(guard)) {
            return (enum guard_timer)i;
        }
    }
    return GUARD_TIMER_COUNT;
}
