/* SPDX-License-Identifier: Apache-2.0 */
/* The flush at the end of a turn: frames of all streams are gathered into records of 16 KiB, one
 * write each. Gathering is worth four to six times (transport.md 1). */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/http2/http2_int.h"

/* ---- bodies ---- */

/* Copies what waits, at most `size`; chunks that are used up go back to the pool. */
static size_t take_body(struct http2_stream *stream, uint8_t *out, size_t size) {
    struct http2_host *host = stream->connection->host;
    size_t taken = 0;
    while (taken < size && stream->head != NULL) {
        struct http2_chunk *chunk = stream->head;
        size_t part = num_min(size - taken, chunk->used - chunk->from);
        memcpy(out + taken, chunk->data + chunk->from, part);
        chunk->from += part;
        taken += part;
        if (chunk->from < chunk->used) {
            break;
        }
        stream->head = chunk->next;
        chunk->next = NULL;
        if (stream->head == NULL) {
            stream->tail = NULL;
        }
        http2_host_chunks_drop(host, chunk);
    }
    return taken;
}

struct lg_err http2_send_trailers(struct http2_stream *stream) {
    nghttp2_nv list[LIMIT_HTTP2_TRAILERS];
    for (size_t i = 0; i < stream->trailer_count; i++) {
        const struct http2_field *field = &stream->trailers[i];
        list[i] = (nghttp2_nv){
            .name = (uint8_t *)(uintptr_t)field->name.ptr,
            .namelen = field->name.len,
            .value = (uint8_t *)(uintptr_t)field->value.ptr,
            .valuelen = field->value.len,
        };
    }
    if (nghttp2_submit_trailer(stream->connection->session, stream->id, list,
                               stream->trailer_count) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
    }
    stream->has_trailed = true;
    return LG_OK;
}

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *buf, size_t len,
                            uint32_t *data_flags, nghttp2_data_source *source, void *user_data) {
    (void)session;
    (void)stream_id;
    (void)user_data;
    struct http2_stream *stream = source->ptr;
    size_t taken = take_body(stream, buf, len);
    if (taken > 0) {
        http2_stream_sent(stream, taken);
    }
    stream->connection->is_dribbled = stream->pending > 0 && taken < LIMIT_HTTP2_DRIBBLE;
    if (stream->pending == 0 && stream->is_finishing) {
        *data_flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream->trailer_count > 0) {
            *data_flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            bool is_sent = stream->has_trailed || !lg_failed(http2_send_trailers(stream));
            return is_sent ? (ssize_t)taken : NGHTTP2_ERR_CALLBACK_FAILURE;
        }
        return (ssize_t)taken;
    }
    if (taken == 0) {
        stream->is_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)taken;
}

nghttp2_data_provider http2_send_provider(struct http2_stream *stream) {
    return (nghttp2_data_provider){.source = {.ptr = stream}, .read_callback = on_read_body};
}

/* ---- gathering ---- */

static size_t room_of(const struct http2_connection *connection) {
    return HTTP2_RECORD_SIZE - connection->out_len;
}

static void put(struct http2_connection *connection, struct span *bytes) {
    size_t part = num_min(bytes->len, room_of(connection));
    if (part > 0) {
        memcpy(connection->out->data + connection->out_len, bytes->ptr, part);
        connection->out_len += part;
        *bytes = span_slice(*bytes, part, bytes->len - part);
    }
}

/* Drawn by RFC 9113, 6.8: 24-bit length, type 7, flags 0, stream 0; then the last stream taken, the
 * error, debug text. Written by hand because after a fault the library may send nothing more. */
static bool put_goaway(struct http2_connection *connection) {
    enum { HEAD = 9, FIXED = 8, TEXT_MAX = 32 };
    struct span text = span_slice(span_text(connection->end_text), 0, TEXT_MAX);
    if (room_of(connection) < HEAD + FIXED + TEXT_MAX) {
        return false;
    }
    int32_t last = connection->session == NULL
                       ? 0
                       : nghttp2_session_get_last_proc_stream_id(connection->session);
    uint32_t numbers[2] = {(uint32_t)last, (uint32_t)connection->end_error};
    uint8_t frame[HEAD + FIXED + TEXT_MAX] = {[2] = (uint8_t)(FIXED + text.len), [3] = 7};
    for (size_t i = 0; i < FIXED; i++) {
        frame[HEAD + i] = (uint8_t)(numbers[i / 4] >> (24 - 8 * (i % 4)));
    }
    if (text.len > 0) {
        memcpy(frame + HEAD + FIXED, text.ptr, text.len);
    }
    struct span bytes = span_of(frame, HEAD + FIXED + text.len);
    put(connection, &bytes);
    connection->is_end_queued = true;
    return true;
}

/* Fills the empty buffer with frames. */
static struct lg_err gather_frames(struct http2_connection *connection) {
    put(connection, &connection->carry);
    while (room_of(connection) > 0 && connection->carry.len == 0) {
        if (connection->is_ending) {
            if (!connection->is_end_queued && !put_goaway(connection)) {
                break;
            }
            return LG_OK;
        }
        struct span frame = {0};
        TRY(http2_session_next(connection, &frame));
        if (frame.len == 0) {
            return LG_OK;
        }
        put(connection, &frame);
        connection->carry = frame;
    }
    return LG_OK;
}

static struct lg_err gather(struct http2_connection *connection) {
    if (connection->out == NULL) {
        connection->out = http2_host_buffer(connection->host);
        if (connection->out == NULL) {
            return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
        }
    }
    connection->out_from = 0;
    connection->out_len = 0;
    connection->entered++;
    struct lg_err err = gather_frames(connection);
    connection->entered--;
    connection->out_used = num_max(connection->out_used, connection->out_len);
    return err;
}

static void drop_buffer(struct http2_connection *connection) {
    http2_host_buffer_drop(connection->host, connection->out, connection->out_used);
    connection->out = NULL;
    connection->out_used = 0;
    connection->out_from = 0;
    connection->out_len = 0;
}

/* ---- writing ---- */

static void set_blocked(struct http2_connection *connection, bool is_blocked) {
    if (connection->is_blocked == is_blocked) {
        return;
    }
    connection->is_blocked = is_blocked;
    if (is_blocked) {
        int64_t due_ms = http2_connection_now(connection) + LIMIT_HTTP2_WRITE_MS;
        guard_timer_set(&connection->guard, GUARD_WRITE, due_ms);
        http2_connection_arm(connection, due_ms);
    } else {
        guard_timer_clear(&connection->guard, GUARD_WRITE);
    }
}

static struct lg_err write_buffer(struct http2_connection *connection) {
    while (connection->out_from < connection->out_len) {
        size_t taken = 0;
        struct lg_err err = tls_stream_write(connection->tls,
                                             span_of(connection->out->data + connection->out_from,
                                                     connection->out_len - connection->out_from),
                                             &taken);
        if (lg_failed(err)) {
            set_blocked(connection, lg_err_code(err) == TLS_AGAIN);
            return err;
        }
        set_blocked(connection, false);
        connection->out_from += taken;
    }
    return LG_OK;
}

/* LG_OK with *out_more when the turn's share is used up; TLS_AGAIN when the socket is full. */
static struct lg_err write_all(struct http2_connection *connection, bool *out_more) {
    size_t written = 0;
    *out_more = false;
    for (;;) {
        if (connection->out_from == connection->out_len) {
            if (written >= LIMIT_HTTP2_TURN_WRITE) {
                *out_more = true;
                return LG_OK;
            }
            TRY(gather(connection));
            if (connection->out_len == 0) {
                drop_buffer(connection);
                return LG_OK;
            }
        }
        size_t len = connection->out_len - connection->out_from;
        TRY(write_buffer(connection));
        written += len;
    }
}

/* ---- after writing ---- */

/* One at a time from the front: an owner may release any stream from its callback. What is turned
 * down there again does not fit, so it is not told of twice. */
static void tell_writable(struct http2_connection *connection) {
    struct http2_stream *stream = connection->streams;
    while (stream != NULL && connection->wanting_count > 0) {
        bool is_ready = stream->is_wanting && stream->pending < LIMIT_HTTP2_STREAM_LOW &&
                        connection->pending < LIMIT_HTTP2_CONNECTION_PENDING / 2 &&
                        http2_stream_has_room(stream, stream->wanted);
        if (!is_ready) {
            stream = stream->next;
            continue;
        }
        stream->is_wanting = false;
        connection->wanting_count--;
        if (!http2_stream_is_silent(stream) && connection->events->on_writable != NULL) {
            connection->events->on_writable(connection->ctx, stream);
        }
        stream = connection->streams;
    }
}

static void tell_room(struct http2_connection *connection) {
    if (connection->was_full && http2_connection_can_open(connection)) {
        connection->was_full = false;
        if (!connection->is_silent && connection->events->on_room != NULL) {
            connection->events->on_room(connection->ctx, connection);
        }
    }
}

static void tell_drain(struct http2_connection *connection) {
    bool is_news = connection->is_draining && !connection->is_server && !connection->is_drain_told;
    if (is_news) {
        connection->is_drain_told = true;
        if (!connection->is_silent && connection->events->on_goaway != NULL) {
            connection->events->on_goaway(connection->ctx, connection, HTTP2_NO_ERROR,
                                          (struct span){0});
        }
    }
}

static void begin_linger(struct http2_connection *connection) {
    int64_t due_ms = http2_connection_now(connection) + LIMIT_HTTP2_LINGER_MS;
    if (!connection->is_ending) {
        /* The library ended it by a GOAWAY of its own, or both sides are through. */
        bool is_peace = connection->is_draining || connection->is_told;
        connection->why = connection->is_draining ? HTTP2_WHY_DONE : HTTP2_WHY_GOAWAY;
        connection->why = is_peace ? connection->why : HTTP2_WHY_PROTOCOL;
    }
    connection->state = HTTP2_LINGER;
    shutdown(tls_stream_fd(connection->tls), SHUT_WR);
    guard_timer_set(&connection->guard, GUARD_LINGER, due_ms);
    http2_connection_arm(connection, due_ms);
    http2_connection_lose_streams(connection);
}

/* What to wait for: nothing is read while the socket takes nothing and much waits, since the
 * peer would only make us hold more. */
static struct lg_err watch(struct http2_connection *connection) {
    bool is_high =
        connection->is_blocked &&
        connection->pending + 32 * nghttp2_session_get_outbound_queue_size(connection->session) >
            LIMIT_HTTP2_OUTPUT_HIGH;
    unsigned events =
        (is_high ? 0U : (unsigned)LOOP_READ) | (connection->is_blocked ? (unsigned)LOOP_WRITE : 0U);
    return loop_watch_change(connection->host->loop, &connection->watch, events);
}

static void flush_open(struct http2_connection *connection) {
    bool is_more = false;
    struct lg_err err = write_all(connection, &is_more);
    if (lg_failed(err) && !connection->is_blocked) {
        http2_connection_drop(connection, connection->is_ending ? connection->why : HTTP2_WHY_LOST);
        return;
    }
    if (is_more) {
        http2_connection_wake(connection);
    }
    bool is_done = connection->is_ending ? connection->is_end_queued
                                         : nghttp2_session_want_read(connection->session) == 0 &&
                                               nghttp2_session_want_write(connection->session) == 0;
    if (is_done && !connection->is_blocked && !is_more && connection->carry.len == 0) {
        begin_linger(connection);
    }
    /* Who is sent away for what it did, and reads nothing, gets no more time to read that. */
    if (connection->is_ending && connection->is_blocked && connection->why != HTTP2_WHY_DONE &&
        !guard_timer_is_set(&connection->guard, GUARD_LINGER)) {
        int64_t due_ms = http2_connection_now(connection) + LIMIT_HTTP2_LINGER_MS;
        guard_timer_set(&connection->guard, GUARD_LINGER, due_ms);
        http2_connection_arm(connection, due_ms);
    }
    if (lg_failed(watch(connection))) {
        http2_connection_drop(connection, HTTP2_WHY_LOST);
        return;
    }
    tell_drain(connection);
    tell_writable(connection);
    tell_room(connection);
}

void http2_send_flush(void *ctx) {
    struct http2_connection *connection = ctx;
    if (connection->state != HTTP2_OPEN) {
        return;
    }
    flush_open(connection);
}
