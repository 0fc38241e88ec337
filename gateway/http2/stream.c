/* SPDX-License-Identifier: Apache-2.0 */
/* Streams as their owners see them. A stream is freed when the library has closed it and its owner
 * has released it; until then it holds its place among the connection's streams in progress. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/http2/http2_int.h"

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
}

static struct lg_err full(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_FULL);
}

static struct lg_err closed(void) {
    return lg_err_make(LG_CLASS_PEER, LG_HTTP2, HTTP2_CLOSED);
}

/* ---- life ---- */

struct lg_err http2_stream_new(struct http2_connection *connection, int32_t id, bool is_ours,
                               struct http2_stream **out_stream) {
    struct http2_stream *stream = http2_host_stream(connection->host);
    if (stream == NULL) {
        return no_memory();
    }
    stream->connection = connection;
    stream->id = id;
    stream->is_ours = is_ours;
    stream->is_responded = is_ours;
    stream->is_live = true;
    stream->is_held = is_ours;
    stream->body_due_ms = INT64_MAX;
    stream->answer_due_ms = INT64_MAX;
    stream->next = connection->streams;
    if (stream->next != NULL) {
        stream->next->prev = stream;
    }
    connection->streams = stream;
    connection->stream_count++;
    connection->live_count++;
    if (!is_ours) {
        connection->host->counters.works++;
    }
    guard_timer_clear(&connection->guard, GUARD_IDLE);
    *out_stream = stream;
    return LG_OK;
}

static void set_wanting(struct http2_stream *stream, bool is_wanting) {
    if (stream->is_wanting == is_wanting) {
        return;
    }
    stream->is_wanting = is_wanting;
    stream->connection->wanting_count += is_wanting ? 1U : (size_t)-1;
}

/* Gives back at most so much of what was set aside. */
static void unreserve(struct http2_stream *stream, size_t len) {
    len = num_min(len, stream->reserved);
    ASSERT(stream->connection->reserved >= len);
    stream->reserved -= len;
    stream->connection->reserved -= len;
}

static void drop_pending(struct http2_stream *stream) {
    struct http2_connection *connection = stream->connection;
    unreserve(stream, stream->reserved);
    ASSERT(connection->pending >= stream->pending);
    connection->pending -= stream->pending;
    stream->pending = 0;
    stream->answer_due_ms = INT64_MAX;
    http2_host_chunks_drop(connection->host, stream->head);
    http2_host_chunks_drop(connection->host, stream->trailer_text);
    stream->head = NULL;
    stream->tail = NULL;
    stream->trailer_text = NULL;
    stream->trailer_count = 0;
    set_wanting(stream, false);
}

void http2_stream_settle(struct http2_stream *stream) {
    struct http2_connection *connection = stream->connection;
    if (stream->is_live || stream->is_held) {
        return;
    }
    drop_pending(stream);
    if (stream->prev != NULL) {
        stream->prev->next = stream->next;
    } else {
        connection->streams = stream->next;
    }
    if (stream->next != NULL) {
        stream->next->prev = stream->prev;
    }
    connection->stream_count--;
    if (!stream->is_ours) {
        connection->host->counters.works--;
    }
    http2_host_stream_drop(connection->host, stream);
    if (connection->stream_count == 0 && connection->state == HTTP2_OPEN) {
        int64_t now_ms = http2_connection_now(connection);
        guard_timer_set(&connection->guard, GUARD_IDLE, now_ms + LIMIT_HTTP2_IDLE_MS);
        http2_connection_arm(connection, now_ms + LIMIT_HTTP2_IDLE_MS);
        http2_connection_check_drained(connection);
    }
    if (connection->was_full) {
        http2_connection_wake(connection);
    }
}

bool http2_stream_is_silent(const struct http2_stream *stream) {
    return stream->is_mute || !stream->is_held || stream->connection->is_silent;
}

static void tell_reset(struct http2_stream *stream, uint32_t error) {
    struct http2_connection *connection = stream->connection;
    bool is_unprocessed = stream->is_ours && (!stream->on_wire || error == HTTP2_REFUSED_STREAM);
    if (!http2_stream_is_silent(stream) && connection->events->on_reset != NULL) {
        stream->is_mute = true;
        connection->events->on_reset(connection->ctx, stream, error, is_unprocessed);
    }
}

void http2_stream_gone(struct http2_stream *stream, uint32_t error) {
    ASSERT(stream->is_live);
    struct http2_connection *connection = stream->connection;
    stream->body_due_ms = INT64_MAX;
    if (stream->is_ended && stream->is_heard && error == HTTP2_NO_ERROR) {
        guard_stream_finished(&connection->guard);
    }
    if (!stream->is_heard) {
        guard_stream_dropped(&connection->guard);
    } else if (!stream->is_ours) {
        guard_stream_shut(&connection->guard, stream->id);
    }
    drop_pending(stream);
    /* An answer that was complete before the peer's END_STREAM is no fault: the owner has said all
     * (servers), or heard all (clients). */
    bool is_complete = stream->is_ours ? stream->is_heard : stream->is_ended;
    if (!is_complete) {
        tell_reset(stream, error);
    }
    /* Only now: its owner may have released it from the callback. */
    stream->is_live = false;
    connection->live_count--;
    http2_stream_settle(stream);
}

void http2_stream_cut(struct http2_stream *stream, enum http2_error error) {
    if (!stream->is_live) {
        return;
    }
    int rv = nghttp2_submit_rst_stream(stream->connection->session, NGHTTP2_FLAG_NONE, stream->id,
                                       (uint32_t)error);
    if (rv != 0) {
        http2_connection_end(stream->connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
    drop_pending(stream);
    stream->body_due_ms = INT64_MAX;
    http2_connection_wake(stream->connection);
    tell_reset(stream, (uint32_t)error);
}

void http2_stream_reset(struct http2_stream *stream, enum http2_error error, bool provoked) {
    struct http2_connection *connection = stream->connection;
    if (stream->is_mute || !stream->is_live) {
        stream->is_mute = true;
        return;
    }
    stream->is_mute = true;
    http2_stream_cut(stream, error);
    if (provoked) {
        connection->host->counters.streams_broken++;
        http2_connection_judge(
            connection, guard_reset_provoked(&connection->guard, http2_connection_now(connection)));
    }
}

void http2_stream_release(struct http2_stream **stream) {
    struct http2_stream *it = *stream;
    *stream = NULL;
    if (it == NULL) {
        return;
    }
    ASSERT(it->is_held);
    struct http2_connection *connection = it->connection;
    if (it->is_live && !it->is_mute && !it->is_finishing) {
        http2_stream_reset(it, it->is_ours ? HTTP2_CANCEL : HTTP2_INTERNAL_ERROR, false);
    } else if (it->is_live && it->is_ours && !it->is_heard && !it->is_mute) {
        http2_stream_reset(it, HTTP2_CANCEL, false);
    }
    it->is_held = false;
    lg_err_ignore(http2_stream_hold(it, 0), "less always fits");
    if (it->unconsumed > 0) {
        http2_stream_consume(it, it->unconsumed);
    }
    http2_stream_settle(it);
    http2_connection_settle(connection);
}

/* ---- opening and answering ---- */

static nghttp2_nv to_nv(const struct http2_field *field) {
    /* The library's struct has no const; it only reads. */
    return (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)field->name.ptr,
        .namelen = field->name.len,
        .value = (uint8_t *)(uintptr_t)field->value.ptr,
        .valuelen = field->value.len,
        .flags = field->is_static
                     ? (uint8_t)(NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE)
                     : (uint8_t)NGHTTP2_NV_FLAG_NONE,
    };
}

/* The peer says how large a list it takes; common clients say 8,192. */
static struct lg_err to_list(struct http2_connection *connection, const struct http2_field *fields,
                             size_t field_count, nghttp2_nv out_list[static LIMIT_HTTP2_FIELDS]) {
    if (field_count > LIMIT_HTTP2_FIELDS) {
        return full();
    }
    size_t size = 0;
    for (size_t i = 0; i < field_count; i++) {
        size += fields[i].name.len + fields[i].value.len + 32;
        out_list[i] = to_nv(&fields[i]);
    }
    size_t size_max = nghttp2_session_get_remote_settings(connection->session,
                                                          NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
    return size > size_max ? full() : LG_OK;
}

bool http2_connection_can_open(const struct http2_connection *connection) {
    if (connection->state != HTTP2_OPEN || connection->is_ending || connection->is_draining ||
        connection->is_told) {
        return false;
    }
    size_t allowed = nghttp2_session_get_remote_settings(connection->session,
                                                         NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    if (!connection->has_settings) {
        allowed = LIMIT_HTTP2_STREAMS;
    }
    return connection->live_count < num_min(allowed, LIMIT_HTTP2_CLIENT_STREAMS);
}

void http2_connection_await_room(struct http2_connection *connection) {
    connection->was_full = true;
}

struct lg_err http2_stream_open(struct http2_connection *connection,
                                const struct http2_field *fields, size_t field_count, bool end,
                                struct http2_stream **out_stream) {
    if (!http2_connection_can_open(connection)) {
        connection->was_full = true;
        return full();
    }
    nghttp2_nv list[LIMIT_HTTP2_FIELDS];
    TRY(to_list(connection, fields, field_count, list));
    struct http2_stream *stream = NULL;
    TRY(http2_stream_new(connection, 0, true, &stream));
    nghttp2_data_provider provider = http2_send_provider(stream);
    stream->is_finishing = end;
    stream->is_deferred = false;
    int32_t id = nghttp2_submit_request(connection->session, NULL, list, field_count,
                                        end ? NULL : &provider, stream);
    if (id < 0) {
        /* Memory, or the last identifier is used up: the connection has to be made anew. */
        stream->is_live = false;
        stream->is_held = false;
        connection->live_count--;
        http2_stream_settle(stream);
        if (id == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE) {
            http2_connection_drain(connection,
                                   http2_connection_now(connection) + LIMIT_HTTP2_AGE_DRAIN_MS);
            return full();
        }
        return no_memory();
    }
    stream->id = id;
    http2_connection_wake(connection);
    *out_stream = stream;
    return LG_OK;
}

static bool has_field(const struct http2_field *fields, size_t field_count, struct span name) {
    for (size_t i = 0; i < field_count; i++) {
        if (span_equal(fields[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* An answer's own fields, and behind them those of its listener that it does not have; how many, or
 * more than fit. */
static size_t all_fields(const struct http2_connection *connection,
                         const struct http2_field *fields, size_t field_count,
                         struct http2_field out_all[static LIMIT_HTTP2_FIELDS]) {
    size_t count = field_count;
    if (field_count > LIMIT_HTTP2_FIELDS) {
        return field_count;
    }
    memcpy(out_all, fields, field_count * sizeof *fields);
    for (size_t i = 0; i < connection->field_count; i++) {
        if (has_field(fields, field_count, connection->fields[i].name)) {
            continue;
        }
        if (count < LIMIT_HTTP2_FIELDS) {
            out_all[count] = connection->fields[i];
        }
        count++;
    }
    return count;
}

struct lg_err http2_stream_respond(struct http2_stream *stream, const struct http2_field *fields,
                                   size_t field_count, bool end) {
    ASSERT(!stream->is_ours);
    ASSERT(!stream->is_responded);
    if (!http2_stream_is_open(stream)) {
        return closed();
    }
    nghttp2_nv list[LIMIT_HTTP2_FIELDS];
    struct http2_field all[LIMIT_HTTP2_FIELDS];
    size_t count = all_fields(stream->connection, fields, field_count, all);
    TRY(to_list(stream->connection, all, count, list));
    nghttp2_data_provider provider = http2_send_provider(stream);
    if (nghttp2_submit_response(stream->connection->session, stream->id, list, count,
                                end ? NULL : &provider) != 0) {
        return no_memory();
    }
    stream->is_responded = true;
    stream->is_finishing = end;
    http2_connection_wake(stream->connection);
    return LG_OK;
}

/* ---- sending ---- */

static struct lg_err resume(struct http2_stream *stream) {
    http2_connection_wake(stream->connection);
    if (!stream->is_deferred) {
        return LG_OK;
    }
    stream->is_deferred = false;
    int rv = nghttp2_session_resume_data(stream->connection->session, stream->id);
    return rv == NGHTTP2_ERR_NOMEM ? no_memory() : LG_OK;
}

/* Behind what waits: into the room of the last chunk, the rest into one more. */
static struct lg_err append(struct http2_stream *stream, struct span head, struct span body) {
    struct http2_chunk *tail = stream->tail;
    size_t len = head.len + body.len;
    if (tail == NULL || tail->size - tail->used < len) {
        tail = http2_host_chunk(stream->connection->host, len);
        if (tail == NULL) {
            return no_memory();
        }
        if (stream->tail == NULL) {
            stream->head = tail;
        } else {
            stream->tail->next = tail;
        }
        stream->tail = tail;
    }
    if (head.len > 0) {
        memcpy(tail->data + tail->used, head.ptr, head.len);
    }
    if (body.len > 0) {
        memcpy(tail->data + tail->used + head.len, body.ptr, body.len);
    }
    tail->used += len;
    unreserve(stream, len);
    stream->pending += len;
    stream->connection->pending += len;
    return LG_OK;
}

bool http2_stream_has_room(const struct http2_stream *stream, size_t len) {
    size_t of_stream = num_min(stream->pending, LIMIT_HTTP2_STREAM_PENDING);
    const struct http2_connection *connection = stream->connection;
    size_t taken = connection->pending + connection->reserved - stream->reserved;
    size_t of_connection = num_min(taken, LIMIT_HTTP2_CONNECTION_PENDING);
    return len <= LIMIT_HTTP2_STREAM_PENDING - of_stream &&
           len <= LIMIT_HTTP2_CONNECTION_PENDING - of_connection;
}

bool http2_stream_reserve(struct http2_stream *stream, size_t len) {
    if (!http2_stream_is_open(stream) || !http2_stream_has_room(stream, len)) {
        return false;
    }
    unreserve(stream, stream->reserved);
    stream->reserved = len;
    stream->connection->reserved += len;
    return true;
}

/* What may be sent. */
static struct lg_err send_now(struct http2_stream *stream, struct span head, struct span body) {
    struct http2_connection *connection = stream->connection;
    if (head.len + body.len == 0) {
        return LG_OK;
    }
    TRY(append(stream, head, body));
    /* A request of ours may wait: its deadline ends it, and a server may rest on a client stream.
     */
    if (stream->answer_due_ms == INT64_MAX && !stream->is_ours) {
        stream->answer_due_ms = http2_connection_now(connection) + LIMIT_HTTP2_ANSWER_MS;
        http2_connection_arm(connection, stream->answer_due_ms);
    }
    return resume(stream);
}

struct lg_err http2_stream_send(struct http2_stream *stream, struct span head, struct span body) {
    ASSERT(stream->is_responded);
    if (!http2_stream_is_open(stream)) {
        return closed();
    }
    size_t len = 0;
    TRY(num_add(head.len, body.len, &len));
    if (!http2_stream_has_room(stream, len)) {
        stream->wanted = len;
        set_wanting(stream, true);
        return full();
    }
    return send_now(stream, head, body);
}

struct lg_err http2_stream_send_last(struct http2_stream *stream, struct span head,
                                     struct span body) {
    ASSERT(stream->is_responded);
    ASSERT(!stream->is_finishing);
    ASSERT(head.len <= LIMIT_HTTP2_LAST_SIZE);
    ASSERT(body.len <= LIMIT_HTTP2_LAST_SIZE - head.len);
    return http2_stream_is_open(stream) ? send_now(stream, head, body) : closed();
}

static struct lg_err keep_trailers(struct http2_stream *stream, const struct http2_field *trailers,
                                   size_t trailer_count) {
    if (trailer_count > LIMIT_HTTP2_TRAILERS) {
        return full();
    }
    nghttp2_nv list[LIMIT_HTTP2_FIELDS];
    TRY(to_list(stream->connection, trailers, trailer_count, list));
    size_t len = 0;
    for (size_t i = 0; i < trailer_count; i++) {
        len += trailers[i].is_static ? 0 : trailers[i].name.len + trailers[i].value.len;
    }
    if (len > LIMIT_HTTP2_TRAILER_SIZE) {
        return full();
    }
    struct http2_chunk *text = len == 0 ? NULL : http2_host_chunk(stream->connection->host, len);
    if (len > 0 && text == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < trailer_count; i++) {
        stream->trailers[i] = trailers[i];
        if (trailers[i].is_static) {
            continue;
        }
        struct span name = trailers[i].name;
        struct span value = trailers[i].value;
        memcpy(text->data + text->used, name.ptr, name.len);
        stream->trailers[i].name.ptr = text->data + text->used;
        text->used += name.len;
        if (value.len > 0) {
            memcpy(text->data + text->used, value.ptr, value.len);
        }
        stream->trailers[i].value.ptr = text->data + text->used;
        text->used += value.len;
    }
    stream->trailer_text = text;
    stream->trailer_count = trailer_count;
    return LG_OK;
}

struct lg_err http2_stream_finish(struct http2_stream *stream, const struct http2_field *trailers,
                                  size_t trailer_count) {
    ASSERT(stream->is_responded);
    if (!http2_stream_is_open(stream)) {
        return closed();
    }
    TRY(keep_trailers(stream, trailers, trailer_count));
    stream->is_finishing = true;
    /* Behind a window of 0 the library does not ask for a body; trailers need none. */
    if (stream->pending == 0 && trailer_count > 0) {
        http2_connection_wake(stream->connection);
        return http2_send_trailers(stream);
    }
    return resume(stream);
}

void http2_stream_sent(struct http2_stream *stream, size_t count) {
    struct http2_connection *connection = stream->connection;
    ASSERT(count <= stream->pending);
    ASSERT(count <= connection->pending);
    stream->pending -= count;
    connection->pending -= count;
    stream->answer_due_ms = stream->pending == 0 || stream->is_ours
                                ? INT64_MAX
                                : http2_connection_now(connection) + LIMIT_HTTP2_ANSWER_MS;
}

/* ---- receiving ---- */

/* Once the stream is closed only the connection's window is left to give back to. */
void http2_stream_consume(struct http2_stream *stream, size_t len) {
    struct http2_connection *connection = stream->connection;
    ASSERT(len <= stream->unconsumed);
    stream->unconsumed -= len;
    if (connection->session == NULL || len == 0) {
        return;
    }
    int rv = nghttp2_session_consume(connection->session, stream->id, len);
    if (rv != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
    http2_connection_wake(connection);
}

struct lg_err http2_stream_hold(struct http2_stream *stream, size_t size) {
    struct http2_connection *connection = stream->connection;
    ASSERT(connection->held >= stream->held);
    size_t others = connection->held - stream->held;
    if (size > stream->held && size > connection->held_max - others) {
        return full();
    }
    stream->held = size;
    connection->held = others + size;
    return LG_OK;
}

/* ---- asking ---- */

void http2_stream_set_rest_due(struct http2_stream *stream, int64_t due_ms) {
    http2_stream_set_body_due(stream, due_ms);
    stream->is_resting = true;
}

void http2_stream_set_body_due(struct http2_stream *stream, int64_t due_ms) {
    stream->is_resting = false;
    if (!stream->is_live || stream->is_heard) {
        return;
    }
    stream->body_due_ms = due_ms;
    if (due_ms != INT64_MAX) {
        http2_connection_arm(stream->connection, due_ms);
    }
}

struct http2_connection *http2_stream_connection(const struct http2_stream *stream) {
    return stream->connection;
}

void *http2_stream_ctx(const struct http2_stream *stream) {
    return stream->ctx;
}

void http2_stream_set_ctx(struct http2_stream *stream, void *ctx) {
    stream->ctx = ctx;
}

size_t http2_stream_pending(const struct http2_stream *stream) {
    return stream->pending;
}

bool http2_stream_is_open(const struct http2_stream *stream) {
    return stream->is_live && !stream->is_mute && !stream->is_finishing &&
           !stream->connection->is_ending;
}
