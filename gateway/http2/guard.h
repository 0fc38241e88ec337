/* SPDX-License-Identifier: Apache-2.0 */
/* What one peer may do to one connection: every bucket, count and timer of design/transport.md 3,
 * in one place and without nghttp2, because the library counts only some of them (security.md,
 * M5-M7). Pure: it is told of events with the time and says what must happen. */
#ifndef GATEWAY_HTTP2_GUARD_H
#define GATEWAY_HTTP2_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/limits.h"

/* A token bucket in thousandths. Never above `size`, never below 0. */
struct guard_bucket {
    int64_t level;
    int64_t size;
    int64_t per_s; /* given back with time; 0: only by guard_bucket_give */
    int64_t at_ms;
};

enum guard_timer {
    GUARD_HANDSHAKE, /* TCP connection and TLS */
    GUARD_SETTINGS,  /* the peer's SETTINGS and its ACK of ours */
    GUARD_BLOCK,     /* HEADERS to END_HEADERS */
    GUARD_WRITE,     /* the socket takes nothing */
    GUARD_PING,      /* no word after a PING of ours */
    GUARD_LINGER,    /* the peer may still read our GOAWAY */
    GUARD_DRAIN,     /* what drains is cut */
    GUARD_STEP,      /* second GOAWAY of a drain */
    GUARD_IDLE,      /* no streams */
    GUARD_AGE,
    GUARD_TIMER_COUNT,
};

/* What an event calls for. All but NONE end the connection. */
enum guard_verdict {
    GUARD_NONE,
    GUARD_CALM,  /* GOAWAY ENHANCE_YOUR_CALM */
    GUARD_PINGS, /* the same with debug text too_many_pings, which makes gRPC clients slow down */
    GUARD_ORDER, /* GOAWAY PROTOCOL_ERROR: a stream identifier went down, or must not be 0 */
    GUARD_SHUT,  /* GOAWAY STREAM_CLOSED: the peer goes on with what it had ended */
    GUARD_SIZE,  /* GOAWAY FRAME_SIZE_ERROR */
};

struct guard_gap {
    int32_t first;
    int32_t last;
};

struct guard {
    struct guard_bucket provoked; /* resets that we send because of the peer */
    struct guard_bucket resets;   /* resets from the peer */
    struct guard_bucket idle;     /* frames without progress */
    struct guard_bucket dark;     /* bytes that no callback told of */
    struct guard_bucket small;    /* DATA frames with next to nothing in them */
    uint64_t bytes_fed;
    uint64_t bytes_told;
    uint64_t bytes_late;  /* may still come on streams that we have closed */
    unsigned blocks_late; /* header blocks, likewise */
    /* The header block under way. */
    size_t block_fields;
    size_t block_size;
    size_t block_wire;    /* its frames so far */
    unsigned block_more;  /* its CONTINUATION frames */
    bool is_block_last;   /* its frame with END_HEADERS has begun */
    bool is_block_late;   /* on a closed stream */
    bool is_block_over;   /* its limits */
    uint64_t block_bytes; /* bytes_told with that frame */
    /* PINGs of the peer (gRPC proposal A8). */
    int64_t pinged_ms;
    unsigned ping_strikes;
    unsigned pongs_due; /* answers to PINGs of ours */
    /* Streams of the peer: the highest, and the latest that were stepped over. */
    int32_t highest;
    struct guard_gap gaps[LIMIT_HTTP2_GAPS];
    unsigned gap_count;             /* all so far; the last LIMIT_HTTP2_GAPS are kept */
    int32_t shut[LIMIT_HTTP2_SHUT]; /* streams that the peer itself has ended, likewise */
    unsigned shut_count;
    int64_t due[GUARD_TIMER_COUNT]; /* monotonic; INT64_MAX: off */
};

void guard_init(struct guard *guard, int64_t now_ms);

/* Bytes handed to the library, and frames with 9 + length that a callback told of. Checked after
 * each feeding. */
void guard_fed(struct guard *guard, size_t len);
void guard_told(struct guard *guard, size_t len);
enum guard_verdict guard_check_dark(struct guard *guard);

enum guard_verdict guard_idle_frame(struct guard *guard);
/* A DATA frame with `len` bytes of a body came, and is not its stream's last. */
enum guard_verdict guard_data_frame(struct guard *guard, size_t len);
enum guard_verdict guard_ping(struct guard *guard, int64_t now_ms, bool has_streams);
/* We sent a PING; an answer came, to one of ours or to none. */
void guard_ping_sent(struct guard *guard);
enum guard_verdict guard_pong(struct guard *guard);
enum guard_verdict guard_reset_received(struct guard *guard, int64_t now_ms);
enum guard_verdict guard_reset_provoked(struct guard *guard, int64_t now_ms);
/* A stream was finished in peace; a DATA frame, any HEADERS or DATA was sent. */
void guard_stream_finished(struct guard *guard);
/* A stream was closed before the peer had sent all: what is on its way, at most a window of bytes
 * and two header blocks, reaches no callback and is no fault. */
void guard_stream_dropped(struct guard *guard);
void guard_data_sent(struct guard *guard);
void guard_answer_sent(struct guard *guard);

/* The length of any frame: the library lets CONTINUATION be as long as its head says. */
enum guard_verdict guard_frame_size(size_t len);
/* The peer reset this stream, or it is closed and the peer had ended it. */
void guard_stream_shut(struct guard *guard, int32_t stream_id);
/* A HEADERS frame of a client on this stream begins; `is_live`: it is one of those in progress. */
enum guard_verdict guard_stream_id(struct guard *guard, int32_t stream_id, bool is_live);
/* The block under way is on a stream that is closed: it has to be decoded, and nothing comes of it.
 * Priced by its bytes. */
enum guard_verdict guard_late_block(struct guard *guard);
/* A HEADERS (`is_first`) or CONTINUATION frame with `len` bytes was told of; the timer starts with
 * the first of a block and ends by itself once the last byte was fed. */
enum guard_verdict guard_block_frame(struct guard *guard, size_t len, bool is_first, bool is_last,
                                     int64_t now_ms);
void guard_block_begin(struct guard *guard);
/* Counts one field, every cookie crumb too; false when the block is over its limits. */
bool guard_block_field(struct guard *guard, size_t name_len, size_t value_len);
/* The block is over its limits: what is decoded of it all the same is priced like resets. */
enum guard_verdict guard_block_refused(struct guard *guard, int64_t now_ms);

void guard_timer_set(struct guard *guard, enum guard_timer timer, int64_t due_ms);
void guard_timer_clear(struct guard *guard, enum guard_timer timer);
bool guard_timer_is_set(const struct guard *guard, enum guard_timer timer);
/* The earliest due time, INT64_MAX when none is set. */
int64_t guard_next_due(const struct guard *guard);
/* The first timer that is due, cleared; GUARD_TIMER_COUNT when there is none. */
enum guard_timer guard_timer_take(struct guard *guard, int64_t now_ms);

#endif
