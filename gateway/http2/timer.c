/* SPDX-License-Identifier: Apache-2.0 */
/* What the timers of a connection and of its streams do, and how a connection drains. */
#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

/* ---- draining ---- */

static void submit_ping(struct http2_connection *connection) {
    if (nghttp2_submit_ping(connection->session, NGHTTP2_FLAG_NONE, NULL) != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
    guard_ping_sent(&connection->guard);
    http2_connection_wake(connection);
}

/* First GOAWAY: a high identifier, so that requests on their way are still taken; the second, a
 * round trip later, with the true one (RFC 9113, 6.8). */
static void begin_server_drain(struct http2_connection *connection) {
    if (nghttp2_submit_shutdown_notice(connection->session) != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
        return;
    }
    guard_timer_set(&connection->guard, GUARD_STEP,
                    http2_connection_now(connection) + LIMIT_HTTP2_DRAIN_STEP_MS);
    submit_ping(connection);
}

void http2_connection_drain(struct http2_connection *connection, int64_t due_ms) {
    if (connection->is_draining || connection->is_ending || connection->state == HTTP2_LINGER ||
        connection->state == HTTP2_GONE) {
        return;
    }
    connection->is_draining = true;
    if (connection->state != HTTP2_OPEN) {
        http2_connection_close(connection);
        return;
    }
    guard_timer_set(&connection->guard, GUARD_DRAIN, due_ms);
    if (connection->is_server) {
        begin_server_drain(connection);
    }
    http2_connection_arm(connection, guard_next_due(&connection->guard));
    http2_connection_check_drained(connection);
}

static void send_second_goaway(struct http2_connection *connection) {
    int32_t last = nghttp2_session_get_last_proc_stream_id(connection->session);
    if (nghttp2_submit_goaway(connection->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL,
                              0) != 0) {
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
        return;
    }
    connection->is_second_sent = true;
    http2_connection_wake(connection);
    http2_connection_check_drained(connection);
}

void http2_connection_check_drained(struct http2_connection *connection) {
    bool is_over = connection->is_draining && connection->live_count == 0 &&
                   (connection->is_second_sent || !connection->is_server);
    if (is_over) {
        http2_connection_close(connection);
    }
}

void http2_connection_ping(struct http2_connection *connection) {
    if (connection->state != HTTP2_OPEN || connection->is_ending ||
        guard_timer_is_set(&connection->guard, GUARD_PING)) {
        return;
    }
    int64_t due_ms = http2_connection_now(connection) + LIMIT_HTTP2_PING_TIMEOUT_MS;
    guard_timer_set(&connection->guard, GUARD_PING, due_ms);
    http2_connection_arm(connection, due_ms);
    submit_ping(connection);
}

/* ---- streams without progress ---- */

static void end_late(struct http2_connection *connection, enum http2_error error) {
    connection->host->counters.timed_out++;
    http2_connection_end(connection, error, HTTP2_WHY_TIMER, NULL);
}

static bool cut_if_due(struct http2_stream *stream, int64_t now_ms) {
    if (!stream->is_live || (stream->body_due_ms > now_ms && stream->answer_due_ms > now_ms)) {
        return false;
    }
    http2_stream_cut(stream, HTTP2_CANCEL);
    return true;
}

/* From the front again after each: its owner may release any stream from the callback. A stream
 * that was cut has no due time any more, so this ends. */
static void cut_streams(struct http2_connection *connection, int64_t now_ms) {
    struct http2_stream *stream = connection->streams;
    while (stream != NULL) {
        stream = cut_if_due(stream, now_ms) ? connection->streams : stream->next;
    }
}

/* Whether a body is late and all other streams wait for the rest of one too: nothing goes on. */
static bool is_stuck(const struct http2_connection *connection, int64_t now_ms) {
    bool has_late = false;
    for (const struct http2_stream *it = connection->streams; it != NULL; it = it->next) {
        if (!it->is_live || it->is_mute) {
            continue;
        }
        if (it->is_ours || it->is_resting || it->body_due_ms == INT64_MAX) {
            return false;
        }
        has_late = has_late || it->body_due_ms <= now_ms;
    }
    return has_late;
}

/* A late body costs its own stream. A peer that has nothing to show but bodies that stop would
 * come again every few seconds, on a connection that cost us a handshake: it goes. */
static void cut_late(struct http2_connection *connection, int64_t now_ms) {
    bool goes = is_stuck(connection, now_ms);
    cut_streams(connection, now_ms);
    if (goes && connection->state == HTTP2_OPEN && !connection->is_ending) {
        end_late(connection, HTTP2_ENHANCE_YOUR_CALM);
    }
}

static int64_t next_stream_due(const struct http2_connection *connection) {
    int64_t next = INT64_MAX;
    for (const struct http2_stream *it = connection->streams; it != NULL; it = it->next) {
        next = it->body_due_ms < next ? it->body_due_ms : next;
        next = it->answer_due_ms < next ? it->answer_due_ms : next;
    }
    return next;
}

/* ---- connections ---- */

static void drop_late(struct http2_connection *connection, enum http2_why why) {
    if (why == HTTP2_WHY_TIMER) {
        connection->host->counters.timed_out++;
    }
    http2_connection_drop(connection, why);
}

static void handle_timer(struct http2_connection *connection, enum guard_timer timer) {
    switch (timer) {
    case GUARD_HANDSHAKE:
    case GUARD_WRITE:
    case GUARD_PING:
        drop_late(connection, HTTP2_WHY_TIMER);
        break;
    case GUARD_LINGER:
        drop_late(connection, connection->why);
        break;
    case GUARD_SETTINGS:
        end_late(connection, HTTP2_SETTINGS_TIMEOUT);
        break;
    case GUARD_BLOCK:
        end_late(connection, HTTP2_ENHANCE_YOUR_CALM);
        break;
    case GUARD_DRAIN:
        http2_connection_close(connection);
        break;
    case GUARD_STEP:
        send_second_goaway(connection);
        break;
    case GUARD_IDLE:
    case GUARD_AGE:
        http2_connection_drain(connection,
                               http2_connection_now(connection) + LIMIT_HTTP2_AGE_DRAIN_MS);
        break;
    case GUARD_TIMER_COUNT:
        break;
    }
}

void http2_connection_on_timer(void *ctx) {
    struct http2_connection *connection = ctx;
    int64_t now_ms = http2_connection_now(connection);
    connection->entered++;
    enum guard_timer timer = guard_timer_take(&connection->guard, now_ms);
    while (timer != GUARD_TIMER_COUNT && connection->state != HTTP2_GONE) {
        handle_timer(connection, timer);
        timer = guard_timer_take(&connection->guard, now_ms);
    }
    if (connection->state == HTTP2_OPEN && !connection->is_ending) {
        cut_late(connection, now_ms);
    }
    if (connection->state != HTTP2_GONE) {
        int64_t next = guard_next_due(&connection->guard);
        int64_t stream_next = next_stream_due(connection);
        next = stream_next < next ? stream_next : next;
        if (next != INT64_MAX) {
            http2_connection_arm(connection, next);
        }
    }
    connection->entered--;
    http2_connection_settle(connection);
}
