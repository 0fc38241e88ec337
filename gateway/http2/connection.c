/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life (states: http2_int.h). It is freed when it is gone, no stream of it is left
 * and none of our frames is on its stack. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

int64_t http2_connection_now(const struct http2_connection *connection) {
    return loop_now_ms(connection->host->loop);
}

void http2_connection_arm(struct http2_connection *connection, int64_t due_ms) {
    if (connection->state == HTTP2_GONE ||
        (connection->timer.heap_index != 0 && connection->timer.due_ms <= due_ms)) {
        return;
    }
    if (lg_failed(loop_timer_start(connection->host->loop, &connection->timer, due_ms,
                                   http2_connection_on_timer, connection))) {
        /* Without its timers a connection has no end: it goes now. */
        http2_connection_end(connection, HTTP2_INTERNAL_ERROR, HTTP2_WHY_LOST, NULL);
    }
}

static void set_due(struct http2_connection *connection, enum guard_timer timer, int64_t in_ms) {
    int64_t due_ms = http2_connection_now(connection) + in_ms;
    guard_timer_set(&connection->guard, timer, due_ms);
    http2_connection_arm(connection, due_ms);
}

/* ---- reading ---- */

static void serve(struct http2_connection *connection);

static void on_flush(void *ctx) {
    struct http2_connection *connection = ctx;
    connection->entered++;
    if (connection->wants_read_more && connection->state == HTTP2_OPEN && !connection->is_short) {
        connection->wants_read_more = false;
        serve(connection);
    }
    if (connection->is_short && connection->state == HTTP2_OPEN) {
        http2_connection_drop(connection, HTTP2_WHY_LOST);
    } else if (connection->state == HTTP2_OPEN) {
        http2_send_flush(connection);
    } else if (connection->is_ending && connection->state != HTTP2_LINGER) {
        http2_connection_drop(connection, connection->why);
    }
    connection->entered--;
    http2_connection_settle(connection);
}

void http2_connection_wake(struct http2_connection *connection) {
    if (connection->state != HTTP2_GONE) {
        loop_later_start(connection->host->loop, &connection->flush, on_flush, connection);
    }
}

static bool is_reading(const struct http2_connection *connection) {
    return connection->state == HTTP2_OPEN && !connection->is_ending;
}

/* Whether this turn has begun as many requests as it may: answers to ours are read on. */
static bool is_sated(const struct http2_connection *connection) {
    struct http2_host *host = connection->host;
    uint64_t turn = loop_turn_number(host->loop);
    if (host->turn != turn) {
        host->turn = turn;
        host->turn_requests = 0;
    }
    return connection->is_server && host->turn_requests >= LIMIT_HTTP2_TURN_REQUESTS;
}

/* Reads this connection's share of the turn. */
static void serve(struct http2_connection *connection) {
    struct http2_host *host = connection->host;
    size_t budget = LIMIT_HTTP2_TURN_READ;
    while (budget > 0 && is_reading(connection) && !is_sated(connection)) {
        size_t len = 0;
        struct lg_err err =
            tls_stream_read(connection->tls, host->read_buf, sizeof host->read_buf, &len);
        if (lg_failed(err)) {
            if (lg_err_code(err) != TLS_AGAIN) {
                http2_connection_drop(connection, HTTP2_WHY_LOST);
                return;
            }
            break;
        }
        connection->heard_ms = http2_connection_now(connection);
        guard_timer_clear(&connection->guard, GUARD_PING);
        http2_session_feed(connection, span_of(host->read_buf, len));
        explicit_bzero(host->read_buf, len); /* personal data ends with its question */
        budget -= len < budget ? len : budget;
        if (tls_stream_is_dry(connection->tls)) {
            break; /* a look that finds nothing costs as much as a short record */
        }
    }
    if (is_reading(connection) &&
        (tls_stream_has_pending(connection->tls) || is_sated(connection))) {
        connection->wants_read_more = true;
        http2_connection_wake(connection);
    }
}

/* The peer reads our GOAWAY; what it still sends is thrown away. */
static void linger(struct http2_connection *connection) {
    struct http2_host *host = connection->host;
    size_t budget = LIMIT_HTTP2_TURN_READ;
    while (budget > 0) {
        size_t len = 0;
        struct lg_err err =
            tls_stream_read(connection->tls, host->read_buf, sizeof host->read_buf, &len);
        if (lg_failed(err)) {
            if (lg_err_code(err) != TLS_AGAIN) {
                http2_connection_drop(connection, connection->why);
            }
            return;
        }
        budget -= len < budget ? len : budget;
    }
}

/* ---- beginning ---- */

static struct lg_err open_session(struct http2_connection *connection) {
    const char *name = connection->is_server ? tls_stream_server_name(connection->tls) : "";
    size_t len = strlen(name);
    if (len >= sizeof connection->server_name) {
        return lg_err_make(LG_CLASS_INPUT, LG_HTTP2, HTTP2_CLOSED);
    }
    memcpy(connection->server_name, name, len + 1);
    TRY(http2_session_new(connection));
    connection->peer = *tls_stream_peer(connection->tls);
    connection->state = HTTP2_OPEN;
    connection->host->counters.connections++;
    connection->host->counters.handshakes--;
    guard_timer_clear(&connection->guard, GUARD_HANDSHAKE);
    set_due(connection, GUARD_SETTINGS, LIMIT_HTTP2_SETTINGS_MS);
    set_due(connection, GUARD_IDLE, LIMIT_HTTP2_IDLE_MS);
    set_due(connection, GUARD_AGE,
            LIMIT_HTTP2_AGE_MS + http2_host_spread(connection->host, LIMIT_HTTP2_AGE_MS));
    connection->heard_ms = http2_connection_now(connection);
    return LG_OK;
}

/* An unknown agency is told nothing at all. */
static bool is_welcome(struct http2_connection *connection) {
    if (connection->is_silent || connection->events->on_open == NULL) {
        return true;
    }
    connection->entered++;
    bool is_known = connection->events->on_open(connection->ctx, connection);
    connection->entered--;
    return is_known;
}

/* A peer's requests may wait for a moment when there are too many; answers to ours may not. */
static struct lg_err watch_open(struct http2_connection *connection) {
    struct loop *loop = connection->host->loop;
    TRY(loop_watch_change(loop, &connection->watch, LOOP_READ));
    return connection->is_server ? loop_watch_make_patient(loop, &connection->watch) : LG_OK;
}

static void handshake(struct http2_connection *connection) {
    unsigned events = 0;
    struct lg_err err = tls_stream_handshake(connection->tls, &events);
    if (lg_failed(err) && lg_err_code(err) == TLS_AGAIN) {
        err = loop_watch_change(connection->host->loop, &connection->watch, events);
        if (lg_failed(err)) {
            http2_connection_drop(connection, HTTP2_WHY_LOST);
        }
        return;
    }
    if (lg_failed(err)) {
        const char *refusal = tls_stream_refusal(connection->tls);
        connection->host->counters.handshakes_failed++;
        if (refusal[0] != '\0') {
            http2_host_note_refusal(connection->host, connection->uri, refusal);
        }
        http2_connection_drop(connection, HTTP2_WHY_HANDSHAKE);
        return;
    }
    http2_listener_forget(connection);
    if (lg_failed(open_session(connection)) || !is_welcome(connection) ||
        lg_failed(watch_open(connection))) {
        http2_connection_drop(connection, HTTP2_WHY_LOST);
        return;
    }
    http2_connection_wake(connection);
    serve(connection);
}

static struct lg_err begin_tls(struct http2_connection *connection) {
    int one = 1;
    unsigned timeout_ms = LIMIT_HTTP2_WRITE_MS;
    /* Best effort: a socket pair of a test has neither. */
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
    TRY(tls_stream_new(connection->tls_context, connection->fd, connection->dns_name,
                       connection->uri, &connection->tls));
    connection->fd = -1;
    connection->state = HTTP2_HANDSHAKE;
    return LG_OK;
}

static void finish_connect(struct http2_connection *connection) {
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
        http2_connection_drop(connection, HTTP2_WHY_CONNECT);
        return;
    }
    if (lg_failed(begin_tls(connection))) {
        http2_connection_drop(connection, HTTP2_WHY_HANDSHAKE);
        return;
    }
    handshake(connection);
}

static void on_ready(void *ctx, unsigned events) {
    struct http2_connection *connection = ctx;
    if (connection->is_ending && connection->state < HTTP2_OPEN) {
        return; /* its owner may be gone, and it goes at the end of this turn */
    }
    connection->entered++;
    switch (connection->state) {
    case HTTP2_CONNECTING:
        finish_connect(connection);
        break;
    case HTTP2_HANDSHAKE:
        handshake(connection);
        break;
    case HTTP2_OPEN:
        if ((events & LOOP_WRITE) != 0) {
            http2_connection_wake(connection);
        }
        if ((events & LOOP_READ) != 0) {
            serve(connection);
        }
        break;
    case HTTP2_LINGER:
        linger(connection);
        break;
    case HTTP2_GONE:
        break;
    }
    connection->entered--;
    http2_connection_settle(connection);
}

static struct lg_err start(struct http2_connection *connection, bool is_connected) {
    struct loop *loop = connection->host->loop;
    if (is_connected) {
        TRY(begin_tls(connection));
    }
    int fd = is_connected ? tls_stream_fd(connection->tls) : connection->fd;
    unsigned events = connection->is_server ? LOOP_READ : LOOP_WRITE;
    TRY(loop_watch_start(loop, &connection->watch, fd, events, on_ready, connection));
    int64_t due_ms =
        loop_now_ms(loop) + (is_connected ? LIMIT_HTTP2_HANDSHAKE_MS
                                          : LIMIT_HTTP2_CONNECT_MS + LIMIT_HTTP2_HANDSHAKE_MS);
    guard_timer_set(&connection->guard, GUARD_HANDSHAKE, due_ms);
    return loop_timer_start(loop, &connection->timer, due_ms, http2_connection_on_timer,
                            connection);
}

struct lg_err http2_connection_new(const struct http2_start *begin,
                                   struct http2_connection **out_connection) {
    struct http2_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(begin->fd);
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
    }
    connection->host = begin->host;
    connection->events = begin->events;
    connection->ctx = begin->ctx;
    connection->tls_context = begin->tls;
    connection->fd = begin->fd;
    connection->dns_name = begin->dns_name;
    connection->uri = begin->uri;
    connection->is_server = begin->dns_name == NULL;
    connection->held_max = LIMIT_HTTP2_CONNECTION_HELD;
    connection->state = HTTP2_CONNECTING;
    guard_init(&connection->guard, loop_now_ms(begin->host->loop));
    begin->host->connections++;
    begin->host->counters.handshakes++;
    struct lg_err err = start(connection, begin->is_connected);
    if (lg_failed(err)) {
        connection->is_silent = true;
        http2_connection_drop(connection, HTTP2_WHY_LOST);
        return err;
    }
    *out_connection = connection;
    return LG_OK;
}

/* ---- ending ---- */

void http2_connection_end(struct http2_connection *connection, enum http2_error error,
                          enum http2_why why, const char *text) {
    if (connection->is_ending || connection->state == HTTP2_LINGER ||
        connection->state == HTTP2_GONE) {
        return;
    }
    connection->is_ending = true;
    connection->end_error = error;
    connection->end_text = text;
    connection->why = why;
    http2_connection_wake(connection);
}

void http2_connection_judge(struct http2_connection *connection, enum guard_verdict verdict) {
    if (verdict == GUARD_NONE || connection->is_ending) {
        return;
    }
    switch (verdict) {
    case GUARD_ORDER:
        http2_connection_end(connection, HTTP2_PROTOCOL_ERROR, HTTP2_WHY_PROTOCOL, NULL);
        return;
    case GUARD_SHUT:
        http2_connection_end(connection, HTTP2_STREAM_CLOSED, HTTP2_WHY_PROTOCOL, NULL);
        return;
    case GUARD_SIZE:
        http2_connection_end(connection, HTTP2_FRAME_SIZE_ERROR, HTTP2_WHY_PROTOCOL, NULL);
        return;
    default:
        break;
    }
    connection->host->counters.calmed++;
    http2_connection_end(connection, HTTP2_ENHANCE_YOUR_CALM, HTTP2_WHY_CALM,
                         verdict == GUARD_PINGS ? "too_many_pings" : NULL);
}

void http2_connection_settle(struct http2_connection *connection) {
    if (connection->state != HTTP2_GONE || connection->entered > 0 ||
        connection->stream_count > 0) {
        return;
    }
    connection->host->connections--;
    free(connection);
}

/* A connection without a listener is in no other list. */
static void link_abandoned(struct http2_connection *connection) {
    struct http2_host *host = connection->host;
    connection->is_abandoned = true;
    connection->prev = NULL;
    connection->next = host->abandoned;
    if (connection->next != NULL) {
        connection->next->prev = connection;
    }
    host->abandoned = connection;
}

static void unlink_abandoned(struct http2_connection *connection) {
    if (!connection->is_abandoned) {
        return;
    }
    if (connection->prev != NULL) {
        connection->prev->next = connection->next;
    } else {
        connection->host->abandoned = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->prev = connection->prev;
    }
    connection->is_abandoned = false;
}

static void stop(struct http2_connection *connection) {
    struct http2_host *host = connection->host;
    unlink_abandoned(connection);
    if (connection->state == HTTP2_OPEN || connection->state == HTTP2_LINGER) {
        host->counters.connections--;
    } else {
        host->counters.handshakes--;
    }
    connection->state = HTTP2_GONE;
    loop_watch_stop(host->loop, &connection->watch);
    loop_timer_stop(host->loop, &connection->timer);
    loop_later_stop(host->loop, &connection->flush);
    http2_block_clear(&connection->block);
    http2_host_buffer_drop(host, connection->out, connection->out_used);
    connection->out = NULL;
    connection->carry = (struct span){0};
    nghttp2_session_del(connection->session);
    connection->session = NULL;
    tls_stream_free(&connection->tls);
    if (connection->fd >= 0) {
        close(connection->fd);
        connection->fd = -1;
    }
}

/* From the front again each time: an owner may release any stream from its callback. */
void http2_connection_lose_streams(struct http2_connection *connection) {
    while (connection->live_count > 0) {
        struct http2_stream *stream = connection->streams;
        while (!stream->is_live) {
            stream = stream->next;
        }
        http2_stream_gone(stream, HTTP2_LOST);
    }
}

void http2_connection_drop(struct http2_connection *connection, enum http2_why why) {
    ASSERT(connection->state != HTTP2_GONE);
    connection->entered++;
    bool was_new = connection->state < HTTP2_OPEN;
    stop(connection);
    http2_connection_lose_streams(connection);
    if (was_new || connection->listener != NULL) {
        http2_listener_forget(connection);
    }
    if (!connection->is_silent && connection->events->on_closed != NULL) {
        connection->events->on_closed(connection->ctx, connection, why);
    }
    connection->entered--;
    http2_connection_settle(connection);
}

void http2_connection_close(struct http2_connection *connection) {
    http2_connection_end(connection, HTTP2_NO_ERROR, HTTP2_WHY_DONE, NULL);
}

void http2_connection_abandon(struct http2_connection **connection) {
    struct http2_connection *it = *connection;
    *connection = NULL;
    if (it == NULL) {
        return;
    }
    it->is_silent = true;
    if (it->listener == NULL && it->state != HTTP2_GONE) {
        link_abandoned(it);
    }
    http2_connection_close(it);
}

/* ---- asking ---- */

const struct tls_peer *http2_connection_peer(const struct http2_connection *connection) {
    return &connection->peer;
}

bool http2_connection_peer_is_valid(const struct http2_connection *connection) {
    enum { MS_PER_S = 1000 };
    int64_t now_s = loop_wall_ms(connection->host->loop) / MS_PER_S;
    return connection->tls != NULL && tls_stream_peer_is_valid(connection->tls, now_s);
}

const char *http2_connection_server_name(const struct http2_connection *connection) {
    return connection->server_name;
}

/* A client says the same host with every request, and the certificate is slow to read. */
bool http2_connection_is_for(struct http2_connection *connection, struct span host) {
    if (connection->tls == NULL || host.len == 0 || host.len >= sizeof connection->good_host) {
        return false;
    }
    if (span_equal_text(host, connection->good_host)) {
        return true;
    }
    if (!tls_stream_has_name(connection->tls, host)) {
        return false;
    }
    memcpy(connection->good_host, host.ptr, host.len);
    connection->good_host[host.len] = '\0';
    return true;
}

void *http2_connection_ctx(const struct http2_connection *connection) {
    return connection->ctx;
}

void http2_connection_set_ctx(struct http2_connection *connection, void *ctx) {
    connection->ctx = ctx;
}

size_t http2_connection_works(const struct http2_connection *connection) {
    return connection->stream_count;
}

int64_t http2_connection_heard_ms(const struct http2_connection *connection) {
    return connection->heard_ms;
}
