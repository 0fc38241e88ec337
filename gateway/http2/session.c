/* SPDX-License-Identifier: Apache-2.0 */
/* nghttp2's callbacks: every frame passes the guard first, then goes to its stream's owner. */
#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/http2/http2_int.h"

enum { FRAME_HEAD = 9, CLIENT_PREFACE = 24 };

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
}

static struct http2_stream *stream_of(nghttp2_session *session, int32_t stream_id) {
    return nghttp2_session_get_stream_user_data(session, stream_id);
}

/* ---- the guard's view ---- */

static bool is_idle_frame(const nghttp2_frame_hd *hd) {
    switch (hd->type) {
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PRIORITY:
    case NGHTTP2_WINDOW_UPDATE:
    case NGHTTP2_GOAWAY:
        return true;
    default:
        return false;
    }
}

/* A server's resets are no attack as long as each ends a stream that we opened: gRPC servers reset
 * every stream that they answer early. */
static enum guard_verdict guard_reset(struct http2_connection *connection, int32_t stream_id) {
    connection->host->counters.streams_reset++;
    if (connection->is_server) {
        guard_stream_shut(&connection->guard, stream_id);
        return guard_reset_received(&connection->guard, http2_connection_now(connection));
    }
    bool is_ours = stream_id != 0 && stream_of(connection->session, stream_id) != NULL;
    return is_ours ? GUARD_NONE : guard_idle_frame(&connection->guard);
}

static enum guard_verdict guard_frame(struct http2_connection *connection,
                                      const nghttp2_frame_hd *hd) {
    struct guard *guard = &connection->guard;
    int64_t now_ms = http2_connection_now(connection);
    if (hd->type == NGHTTP2_PING) {
        bool is_ack = (hd->flags & NGHTTP2_FLAG_ACK) != 0;
        return is_ack ? guard_pong(guard) : guard_ping(guard, now_ms, connection->live_count > 0);
    }
    if (hd->type == NGHTTP2_PRIORITY && hd->stream_id == 0) {
        return GUARD_ORDER; /* the library looks at none of them, since we turned them off */
    }
    if (hd->type == NGHTTP2_RST_STREAM) {
        return guard_reset(connection, hd->stream_id);
    }
    if (hd->type == NGHTTP2_HEADERS) {
        bool is_live = stream_of(connection->session, hd->stream_id) != NULL;
        if (connection->is_server) {
            return guard_stream_id(guard, hd->stream_id, is_live);
        }
        return is_live ? GUARD_NONE : guard_late_block(guard);
    }
    return is_idle_frame(hd) ? guard_idle_frame(guard) : GUARD_NONE;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user_data) {
    (void)session;
    struct http2_connection *connection = user_data;
    guard_told(&connection->guard, FRAME_HEAD + hd->length);
    if (hd->type == NGHTTP2_HEADERS || hd->type == NGHTTP2_CONTINUATION) {
        bool is_last = (hd->flags & NGHTTP2_FLAG_END_HEADERS) != 0;
        http2_connection_judge(connection, guard_block_frame(&connection->guard, hd->length,
                                                             hd->type == NGHTTP2_HEADERS, is_last,
                                                             http2_connection_now(connection)));
        http2_connection_arm(connection, guard_next_due(&connection->guard));
    }
    http2_connection_judge(connection, guard_frame_size(hd->length));
    http2_connection_judge(connection, guard_frame(connection, hd));
    return connection->is_ending ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* ---- header blocks ---- */

static void refuse(struct http2_connection *connection, int32_t stream_id) {
    connection->host->counters.streams_refused++;
    guard_stream_dropped(&connection->guard);
    if (nghttp2_submit_rst_stream(connection->session, NGHTTP2_FLAG_NONE, stream_id,
                                  NGHTTP2_REFUSED_STREAM) != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
    http2_connection_judge(
        connection, guard_reset_provoked(&connection->guard, http2_connection_now(connection)));
}

/* Work in progress is counted, not what the library's table holds: a reset frees a place there
 * at once (MadeYouReset, rapid reset). */
static void begin_request(struct http2_connection *connection, int32_t stream_id) {
    connection->host->counters.streams++;
    connection->host->turn_requests++;
    struct http2_stream *stream = NULL;
    if (connection->is_second_sent || connection->stream_count >= LIMIT_HTTP2_STREAMS ||
        lg_failed(http2_stream_new(connection, stream_id, false, &stream))) {
        refuse(connection, stream_id);
        return;
    }
    if (nghttp2_session_set_stream_user_data(connection->session, stream_id, stream) != 0) {
        http2_stream_gone(stream, HTTP2_INTERNAL_ERROR);
        return;
    }
    http2_stream_set_body_due(stream, http2_connection_now(connection) + LIMIT_HTTP2_BODY_MS);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data) {
    (void)session;
    struct http2_connection *connection = user_data;
    guard_block_begin(&connection->guard);
    http2_block_clear(&connection->block);
    connection->is_block_good = true;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        begin_request(connection, frame->hd.stream_id);
    }
    return 0;
}

/* TEMPORAL_CALLBACK_FAILURE resets the stream and stops telling of its fields, but keeps the
 * decoder in step; returning 0 would pay for each of a hundred thousand fields. */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                     nghttp2_rcbuf *value, uint8_t flags, void *user_data) {
    (void)session;
    (void)frame;
    (void)flags;
    struct http2_connection *connection = user_data;
    size_t name_len = nghttp2_rcbuf_get_buf(name).len;
    size_t value_len = nghttp2_rcbuf_get_buf(value).len;
    if (connection->is_block_good && guard_block_field(&connection->guard, name_len, value_len)) {
        http2_block_add(&connection->block, name, value);
        return 0;
    }
    connection->is_block_good = false;
    http2_connection_judge(
        connection, guard_block_refused(&connection->guard, http2_connection_now(connection)));
    return connection->is_ending ? NGHTTP2_ERR_CALLBACK_FAILURE
                                 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* Bytes that no field may hold: the request never reaches a handler, the others go on. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             const uint8_t *name, size_t name_len, const uint8_t *value,
                             size_t value_len, uint8_t flags, void *user_data) {
    (void)name;
    (void)name_len;
    (void)value;
    (void)value_len;
    (void)flags;
    struct http2_connection *connection = user_data;
    struct http2_stream *stream = stream_of(session, frame->hd.stream_id);
    if (stream != NULL) {
        stream->is_field_bad = true;
    }
    connection->is_block_good = false;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* A client's 1xx is no answer yet, and no progress either: a server could send them for as long as
 * the call lasts. The library has checked that it does not end the stream. */
static void tell_block(struct http2_connection *connection, struct http2_stream *stream) {
    const struct http2_events *events = connection->events;
    struct http2_block block = {0};
    if (stream->is_mute || (stream->has_headers && !stream->is_held) || connection->is_silent) {
        return;
    }
    if (lg_failed(http2_block_end(&connection->block, &block))) {
        http2_stream_reset(stream, HTTP2_PROTOCOL_ERROR, true);
        return;
    }
    if (stream->is_ours && block.status >= 100 && block.status < 200) {
        http2_connection_judge(connection, guard_idle_frame(&connection->guard));
        return;
    }
    bool is_trailers = stream->has_headers;
    stream->has_headers = true;
    if (is_trailers && events->on_trailers != NULL) {
        events->on_trailers(connection->ctx, stream, &block);
    } else if (!is_trailers && events->on_headers != NULL) {
        stream->is_held = true;
        events->on_headers(connection->ctx, stream, &block);
    }
}

static void handle_headers(struct http2_connection *connection, const nghttp2_frame *frame) {
    struct http2_stream *stream = stream_of(connection->session, frame->hd.stream_id);
    if (stream != NULL && connection->is_block_good) {
        tell_block(connection, stream);
    }
    http2_block_clear(&connection->block);
}

/* ---- bodies ---- */

static void give_back(struct http2_connection *connection, int32_t stream_id, size_t len) {
    if (nghttp2_session_consume(connection->session, stream_id, len) != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                         const uint8_t *data, size_t len, void *user_data) {
    (void)flags;
    struct http2_connection *connection = user_data;
    struct http2_stream *stream = stream_of(session, stream_id);
    if (stream == NULL || http2_stream_is_silent(stream) || connection->events->on_data == NULL) {
        give_back(connection, stream_id, len);
        return 0;
    }
    stream->unconsumed += len;
    connection->events->on_data(connection->ctx, stream, span_of(data, len));
    return 0;
}

static void handle_end(struct http2_connection *connection, int32_t stream_id) {
    struct http2_stream *stream = stream_of(connection->session, stream_id);
    if (stream == NULL || stream->is_heard) {
        return;
    }
    stream->is_heard = true;
    stream->body_due_ms = INT64_MAX;
    if (!http2_stream_is_silent(stream) && connection->events->on_end != NULL) {
        connection->events->on_end(connection->ctx, stream);
    }
}

/* ---- frames of the connection ---- */

static void handle_settings(struct http2_connection *connection, const nghttp2_frame *frame) {
    if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
        connection->has_settings_ack = true;
    } else {
        connection->has_settings = true;
        http2_connection_wake(connection);
    }
    if (connection->has_settings && connection->has_settings_ack) {
        guard_timer_clear(&connection->guard, GUARD_SETTINGS);
    }
}

static void handle_goaway(struct http2_connection *connection, const nghttp2_goaway *frame) {
    connection->is_told = true;
    if (!connection->is_silent && connection->events->on_goaway != NULL) {
        connection->events->on_goaway(connection->ctx, connection, frame->error_code,
                                      span_of(frame->opaque_data, frame->opaque_data_len));
    }
    http2_connection_wake(connection);
}

/* The answer to the PING between the two GOAWAYs of a drain: one round trip has passed. */
static void handle_ping_ack(struct http2_connection *connection) {
    guard_timer_clear(&connection->guard, GUARD_PING);
    if (guard_timer_is_set(&connection->guard, GUARD_STEP)) {
        guard_timer_set(&connection->guard, GUARD_STEP, http2_connection_now(connection));
        http2_connection_arm(connection, http2_connection_now(connection));
    }
}

/* Padding alone is an empty frame too: its length is known only now. */
static void handle_data(struct http2_connection *connection, const nghttp2_frame *frame) {
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        size_t len = frame->hd.length - num_min(frame->data.padlen, frame->hd.length);
        http2_connection_judge(connection, guard_data_frame(&connection->guard, len));
    }
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user_data) {
    (void)session;
    struct http2_connection *connection = user_data;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        handle_headers(connection, frame);
        break;
    case NGHTTP2_DATA:
        handle_data(connection, frame);
        break;
    case NGHTTP2_SETTINGS:
        handle_settings(connection, frame);
        break;
    case NGHTTP2_GOAWAY:
        handle_goaway(connection, &frame->goaway);
        break;
    case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
            handle_ping_ack(connection);
        }
        break;
    default:
        break;
    }
    bool can_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (can_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        handle_end(connection, frame->hd.stream_id);
    }
    return 0;
}

/* ---- what the library sends and closes ---- */

/* Resets that the library makes by itself answer malformed requests; none of our partners'
 * libraries sends those, so the connection ends at once (security.md, M6). Ours were counted where
 * they were made; INTERNAL_ERROR is a block over its limits. */
static void count_reset(struct http2_connection *connection, const struct http2_stream *stream,
                        uint32_t error) {
    if ((stream != NULL && stream->is_mute) || error == NGHTTP2_REFUSED_STREAM ||
        error == NGHTTP2_CANCEL || error == NGHTTP2_NO_ERROR) {
        return;
    }
    connection->host->counters.streams_broken++;
    if (error == NGHTTP2_INTERNAL_ERROR || (stream != NULL && stream->is_field_bad)) {
        http2_connection_judge(
            connection, guard_reset_provoked(&connection->guard, http2_connection_now(connection)));
        return;
    }
    http2_connection_end(connection, (enum http2_error)error, HTTP2_WHY_PROTOCOL, NULL);
}

/* The library does not do it: an answer before the request's end is followed by RST_STREAM
 * NO_ERROR, so that the client stops sending (RFC 9113, 8.1). */
static void end_early(struct http2_connection *connection, struct http2_stream *stream) {
    if (stream->is_ours || stream->is_heard) {
        return;
    }
    if (nghttp2_submit_rst_stream(connection->session, NGHTTP2_FLAG_NONE, stream->id,
                                  NGHTTP2_NO_ERROR) != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
    http2_connection_judge(
        connection, guard_reset_provoked(&connection->guard, http2_connection_now(connection)));
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user_data) {
    struct http2_connection *connection = user_data;
    struct http2_stream *stream =
        frame->hd.stream_id == 0 ? NULL : stream_of(session, frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
        count_reset(connection, stream, frame->rst_stream.error_code);
        return 0;
    }
    if (frame->hd.type == NGHTTP2_DATA) {
        if (!connection->is_dribbled) {
            guard_data_sent(&connection->guard);
        }
    } else if (frame->hd.type == NGHTTP2_HEADERS) {
        guard_answer_sent(&connection->guard);
    } else {
        return 0;
    }
    if (stream == NULL) {
        return 0;
    }
    stream->on_wire = true;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        stream->is_ended = true;
        end_early(connection, stream);
    }
    return 0;
}

/* A request that could not begin, after a GOAWAY for instance: the library made no stream of it
 * and closes none. */
static int on_frame_not_send(nghttp2_session *session, const nghttp2_frame *frame, int error,
                             void *user_data) {
    (void)session;
    (void)error;
    struct http2_connection *connection = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0;
    }
    for (struct http2_stream *it = connection->streams; it != NULL; it = it->next) {
        if (it->is_ours && it->is_live && it->id == frame->hd.stream_id && !it->on_wire) {
            http2_stream_gone(it, HTTP2_REFUSED_STREAM);
            return 0;
        }
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error,
                           void *user_data) {
    (void)user_data;
    struct http2_stream *stream = stream_of(session, stream_id);
    if (stream != NULL && stream->is_live) {
        http2_stream_gone(stream, error);
    }
    return 0;
}

/* ---- set-up ---- */

static void set_callbacks(nghttp2_session_callbacks *callbacks) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}

static struct lg_err make_option(nghttp2_option **out_option) {
    if (nghttp2_option_new(out_option) != 0) {
        return no_memory();
    }
    nghttp2_option_set_no_auto_window_update(*out_option, 1);
    nghttp2_option_set_no_closed_streams(*out_option, 1);
    nghttp2_option_set_peer_max_concurrent_streams(*out_option, LIMIT_HTTP2_STREAMS);
    nghttp2_option_set_max_deflate_dynamic_table_size(*out_option, LIMIT_HTTP2_TABLE_SIZE);
    nghttp2_option_set_max_outbound_ack(*out_option, LIMIT_HTTP2_ACKS);
    /* The library counts each piece of such a frame's head that it is fed; the frames are counted
     * by the guard. */
    nghttp2_option_set_max_continuations(*out_option, FRAME_HEAD * LIMIT_HTTP2_CONTINUATIONS);
    nghttp2_option_set_stream_reset_rate_limit(*out_option, LIMIT_HTTP2_RESETS,
                                               LIMIT_HTTP2_RESETS_PER_S);
    return LG_OK;
}

struct lg_err http2_session_setup(struct http2_host *host) {
    if (nghttp2_session_callbacks_new(&host->callbacks) != 0) {
        return no_memory();
    }
    set_callbacks(host->callbacks);
    TRY(make_option(&host->server_option));
    return make_option(&host->client_option);
}

void http2_session_teardown(struct http2_host *host) {
    nghttp2_session_callbacks_del(host->callbacks);
    nghttp2_option_del(host->server_option);
    nghttp2_option_del(host->client_option);
}

static int submit_settings(struct http2_connection *connection) {
    /* The last entry stands for the side's own: servers turn the old priorities off (RFC 9218),
     * clients turn push off. */
    nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
         connection->is_server ? (uint32_t)LIMIT_HTTP2_STREAMS : 0U},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, LIMIT_HTTP2_STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, LIMIT_HTTP2_BLOCK_SIZE},
        {connection->is_server ? NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES
                               : NGHTTP2_SETTINGS_ENABLE_PUSH,
         connection->is_server ? 1U : 0U},
    };
    return nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, entries,
                                   sizeof entries / sizeof entries[0]);
}

struct lg_err http2_session_new(struct http2_connection *connection) {
    struct http2_host *host = connection->host;
    nghttp2_mem mem = http2_spare_mem(connection);
    int rv = connection->is_server
                 ? nghttp2_session_server_new3(&connection->session, host->callbacks, connection,
                                               host->server_option, &mem)
                 : nghttp2_session_client_new3(&connection->session, host->callbacks, connection,
                                               host->client_option, &mem);
    if (rv != 0) {
        return no_memory();
    }
    if (submit_settings(connection) != 0 ||
        nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0,
                                              LIMIT_HTTP2_CONNECTION_WINDOW) != 0 ||
        connection->is_short) {
        return no_memory();
    }
    if (connection->is_server) {
        guard_told(&connection->guard, CLIENT_PREFACE);
    }
    return LG_OK;
}

/* The error that ends the connection where the library gives up. */
static enum http2_error error_of(ssize_t rv) {
    switch (rv) {
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_SETTINGS:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
        return HTTP2_ENHANCE_YOUR_CALM;
    case NGHTTP2_ERR_NOMEM:
        return HTTP2_INTERNAL_ERROR;
    default:
        return HTTP2_PROTOCOL_ERROR;
    }
}

void http2_session_feed(struct http2_connection *connection, struct span bytes) {
    guard_fed(&connection->guard, bytes.len);
    connection->entered++;
    ssize_t rv = nghttp2_session_mem_recv(connection->session, bytes.ptr, bytes.len);
    connection->entered--;
    if (rv < 0) {
        enum http2_error error = error_of(rv);
        bool is_calm = error == HTTP2_ENHANCE_YOUR_CALM;
        http2_connection_end(connection, error, is_calm ? HTTP2_WHY_CALM : HTTP2_WHY_PROTOCOL,
                             NULL);
        return;
    }
    http2_connection_judge(connection, guard_check_dark(&connection->guard));
    if (nghttp2_session_want_write(connection->session) != 0) {
        http2_connection_wake(connection);
    }
}

struct lg_err http2_session_next(struct http2_connection *connection, struct span *out_frame) {
    const uint8_t *data = NULL;
    ssize_t len = nghttp2_session_mem_send(connection->session, &data);
    if (len < 0) {
        return lg_err_make(LG_CLASS_PEER, LG_HTTP2, HTTP2_CLOSED);
    }
    *out_frame = span_of(data, (size_t)len);
    return LG_OK;
}
