/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 over mutual TLS, both sides (RFC 9113; design/transport.md 1 and 3). nghttp2's only door.
 *
 * A host belongs to one worker: it holds its loop and the pools of buffers that its connections
 * share. A connection drives one TLS stream: bounded reads, one flush at the end of a loop turn
 * that gathers the frames of many streams into records of 16 KiB. What it may not do to us is
 * counted in guard.h, in one place.
 *
 * Nothing here calls back from inside a call of ours, except where it is said; a connection closed
 * from a callback goes at the end of the turn. */
#ifndef GATEWAY_HTTP2_HTTP2_H
#define GATEWAY_HTTP2_HTTP2_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/loop/loop.h"
#include "gateway/tls/tls.h"

enum http2_code {
    HTTP2_MEMORY = 1,
    HTTP2_ADDRESS, /* not an address, or it cannot be listened on (CONFIG) */
    HTTP2_SYSTEM,  /* a socket call failed (INTERNAL) */
    HTTP2_FULL,    /* a ceiling of limits.h (LIMIT) */
    HTTP2_CLOSED,  /* stream or connection takes nothing more (PEER) */
};

/* Error codes of RFC 9113, section 7. */
enum http2_error {
    HTTP2_NO_ERROR = 0,
    HTTP2_PROTOCOL_ERROR = 1,
    HTTP2_INTERNAL_ERROR = 2,
    HTTP2_FLOW_CONTROL_ERROR = 3,
    HTTP2_SETTINGS_TIMEOUT = 4,
    HTTP2_STREAM_CLOSED = 5,
    HTTP2_FRAME_SIZE_ERROR = 6,
    HTTP2_REFUSED_STREAM = 7,
    HTTP2_CANCEL = 8,
    HTTP2_COMPRESSION_ERROR = 9,
    HTTP2_CONNECT_ERROR = 10,
    HTTP2_ENHANCE_YOUR_CALM = 11,
    HTTP2_INADEQUATE_SECURITY = 12,
    HTTP2_HTTP_1_1_REQUIRED = 13,
    HTTP2_LOST = 0x100, /* never on the wire: the stream's connection is gone */
};

/* ---- addresses ---- */

struct http2_address {
    struct sockaddr_storage storage;
    socklen_t len;
};

/* "192.0.2.1:7443", "[::1]:7443" or "host.example:7443". A name is asked of the resolver, which
 * blocks: call at start-up only. CONFIG HTTP2_ADDRESS. */
LG_MUST_USE struct lg_err http2_address_resolve(const char *text,
                                                struct http2_address *out_address);

/* CONFIG HTTP2_ADDRESS where somebody listens there already, or nobody can. */
LG_MUST_USE struct lg_err http2_address_claim(const struct http2_address *address);

/* ---- host ---- */

struct http2_host;

/* `loop` is kept. The caller frees the host after all its connections and listeners; abandoned
 * connections that are still on their way out are cut off by it. */
LG_MUST_USE struct lg_err http2_host_new(struct loop *loop, struct http2_host **out_host);
void http2_host_free(struct http2_host **host);
struct loop *http2_host_loop(const struct http2_host *host);

/* Kept for metrics; grow only, except the three gauges. */
struct http2_counters {
    uint64_t connections; /* gauge: with their handshake done */
    uint64_t handshakes;  /* gauge: under way */
    uint64_t works;       /* gauge: streams of peers that we have not let go */
    uint64_t accepted;    /* connections taken from listeners */
    uint64_t turned_away; /* closed at accept: too many, in all or from one address, or too few
                             descriptors */
    uint64_t handshakes_failed;
    uint64_t peers_refused;   /* of these, for their certificate; the log says why: `tls.refused` */
    uint64_t streams;         /* opened by peers */
    uint64_t streams_refused; /* REFUSED_STREAM: over the limit of work, or draining */
    uint64_t streams_reset;   /* reset by peers */
    uint64_t streams_broken;  /* reset by us because of the peer */
    uint64_t calmed;          /* connections ended by a bucket of guard.h */
    uint64_t timed_out;       /* connections ended by a timer of guard.h */
};
const struct http2_counters *http2_host_counters(const struct http2_host *host);

/* ---- what a connection tells its owner ---- */

struct http2_connection;
struct http2_stream;

/* Names are lower-case. `is_static`: both texts live for ever and need no copy. */
struct http2_field {
    struct span name;
    struct span value;
    bool is_static;
};

/* A header or trailer block, borrowed for the callback. Pseudo-fields of requests are taken out of
 * `fields` and are checked (RFC 9113, section 8.3); `status` is 0 in requests and trailers. */
struct http2_block {
    struct span method;
    struct span path;
    struct span authority;
    struct span scheme;
    unsigned status;
    const struct http2_field *fields;
    size_t field_count;
};

/* The first field of that name, or a span with NULL ptr. */
struct span http2_block_look(const struct http2_block *block, struct span name);
/* The same; here, so that nobody counts the bytes of a name that is written out. */
static inline struct span http2_block_find(const struct http2_block *block, const char *name) {
    return http2_block_look(block, span_text(name));
}

enum http2_why {
    HTTP2_WHY_DONE,      /* drained, or closed by us */
    HTTP2_WHY_LOST,      /* the peer or the network went away */
    HTTP2_WHY_HANDSHAKE, /* TLS failed, or the certificate was not the expected one */
    HTTP2_WHY_CONNECT,   /* no TCP connection */
    HTTP2_WHY_TIMER,     /* a timer of guard.h */
    HTTP2_WHY_CALM,      /* a bucket of guard.h */
    HTTP2_WHY_PROTOCOL,  /* the peer broke RFC 9113 */
    HTTP2_WHY_GOAWAY,    /* the peer told us to go */
};

/* ctx is the owner's. All of one table live as long as its connections. Any may be NULL. */
struct http2_events {
    /* TLS is up and the peer known. False ends the connection (an unknown agency). */
    bool (*on_open)(void *ctx, struct http2_connection *connection);
    /* Clients: the peer sent GOAWAY, or the connection drains by its age; http2_connection_can_open
     * is false from now on. `error` and debug text as sent. Streams above its last identifier are
     * told separately, by on_reset. */
    void (*on_goaway)(void *ctx, struct http2_connection *connection, uint32_t error,
                      struct span debug);
    /* Clients: there may be room for a stream that was turned down before. */
    void (*on_room)(void *ctx, struct http2_connection *connection);
    /* The connection is gone; every live stream had on_reset before. Last word: the pointer is not
     * to be used any more, its streams may be. */
    void (*on_closed)(void *ctx, struct http2_connection *connection, enum http2_why why);

    /* Requests (servers) and responses (clients; 1xx skipped). A server's stream is held by the
     * owner from here until http2_stream_release. */
    void (*on_headers)(void *ctx, struct http2_stream *stream, const struct http2_block *block);
    /* Bytes of the body. The window is given back by http2_stream_consume. */
    void (*on_data)(void *ctx, struct http2_stream *stream, struct span bytes);
    void (*on_trailers)(void *ctx, struct http2_stream *stream, const struct http2_block *block);
    /* The peer has sent all: END_STREAM. */
    void (*on_end)(void *ctx, struct http2_stream *stream);
    /* What waits in the stream fell below LIMIT_HTTP2_STREAM_LOW, and there is room for the send
     * that was turned down. */
    void (*on_writable)(void *ctx, struct http2_stream *stream);
    /* Ended before its time, by the peer, by a timer or with the connection: nothing more can be
     * sent. `unprocessed`: the peer surely never acted on it (REFUSED_STREAM, above the GOAWAY, or
     * never sent). Not called for http2_stream_reset. */
    void (*on_reset)(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed);
};

/* ---- listener (server side) ---- */

struct http2_listener;

struct http2_listen {
    struct http2_host *host;      /* kept */
    struct tls_context *tls;      /* kept */
    struct http2_address address; /* port 0: any, see http2_listener_port */
    bool is_shared; /* with other listeners of this process; else the address is its own */
    const struct http2_events *events; /* kept */
    void *ctx;
    size_t held_max; /* bytes, see http2_stream_hold; 0: LIMIT_HTTP2_CONNECTION_HELD */
    /* Connections in all, and from one address (of IPv6 its /64): where nobody has a certificate
     * these are the only names. 0: LIMIT_HTTP2_CONNECTIONS. */
    size_t connections_max;
    size_t address_max;
    /* Kept; in every answer that has no field of that name of its own: whoever writes one cannot
     * forget them. With an answer's own at most LIMIT_HTTP2_FIELDS. */
    const struct http2_field *fields;
    size_t field_count;
};

/* Binds and accepts at once. A shared address is bound with SO_REUSEPORT, which lets any other
 * program of the same user in as well: http2_address_claim comes before the first. CONFIG
 * HTTP2_ADDRESS, LIMIT, INTERNAL. */
LG_MUST_USE struct lg_err http2_listener_new(const struct http2_listen *listen,
                                             struct http2_listener **out_listener);
/* Closes the listening socket; then every connection it accepted is closed at once, with its
 * callbacks. Streams not yet released stay valid until they are. */
void http2_listener_free(struct http2_listener **listener);
uint16_t http2_listener_port(const struct http2_listener *listener);
/* Takes no more connections; those there are drain (two GOAWAYs, RFC 9113, 6.8) and are cut at
 * `due_ms` (monotonic). http2_listener_is_empty tells when all are gone. */
void http2_listener_drain(struct http2_listener *listener, int64_t due_ms);
bool http2_listener_is_empty(const struct http2_listener *listener);
/* Closes connections whose peer's certificate is no longer valid, with what it still asks for:
 * nothing is released to it any more. Drains those whose own certificate is older than the
 * context's, for LIMIT_HTTP2_AGE_DRAIN_MS. Call after tls_context_refresh, and now and then for the
 * certificates that expire. */
void http2_listener_recheck(struct http2_listener *listener);
/* Takes a connected, non-blocking socket (given) as if it had been accepted: for tests. */
LG_MUST_USE struct lg_err http2_listener_take(struct http2_listener *listener, int fd);

/* ---- client side ---- */

struct http2_target {
    struct http2_host *host; /* kept */
    struct tls_context *tls; /* kept */
    struct http2_address address;
    const char *dns_name;              /* kept; SNI and name in the certificate */
    const char *uri;                   /* kept; expected SAN URI */
    const struct http2_events *events; /* kept */
    void *ctx;
};

/* Starts connecting; on_open or on_closed follows from the loop, never from inside. */
LG_MUST_USE struct lg_err http2_connect(const struct http2_target *target,
                                        struct http2_connection **out_connection);
/* The same over a connected, non-blocking socket (given): for tests. */
LG_MUST_USE struct lg_err http2_connect_over(const struct http2_target *target, int fd,
                                             struct http2_connection **out_connection);
/* Whether the peer's MAX_CONCURRENT_STREAMS, GOAWAY and our state allow one more stream. */
bool http2_connection_can_open(const struct http2_connection *connection);
/* on_room is to be called when there is room again. */
void http2_connection_await_room(struct http2_connection *connection);
/* Opens a stream with these fields, pseudo-fields first. `end`: no body follows. The stream is held
 * by the caller until http2_stream_release. LIMIT HTTP2_FULL where can_open is false. */
LG_MUST_USE struct lg_err http2_stream_open(struct http2_connection *connection,
                                            const struct http2_field *fields, size_t field_count,
                                            bool end, struct http2_stream **out_stream);

/* ---- connections ---- */

/* Streams in progress finish until `due_ms` (monotonic), no new one is taken, then it closes. */
void http2_connection_drain(struct http2_connection *connection, int64_t due_ms);
/* GOAWAY and close at the end of this turn; on_reset of its streams and on_closed are called. */
void http2_connection_close(struct http2_connection *connection);
/* The same without any further callback, for an owner that goes away itself. */
void http2_connection_abandon(struct http2_connection **connection);
/* Valid as long as the connection or one of its streams; all empty before on_open. */
const struct tls_peer *http2_connection_peer(const struct http2_connection *connection);
/* Checked again now: time and current CRL. False also once the connection is gone. */
bool http2_connection_peer_is_valid(const struct http2_connection *connection);
/* SNI as sent by the client, or "". */
const char *http2_connection_server_name(const struct http2_connection *connection);
/* Whether the connection is for that host: a name or address of our own certificate, as the peer
 * has it. Servers; false once the connection is gone. */
bool http2_connection_is_for(struct http2_connection *connection, struct span host);
void *http2_connection_ctx(const struct http2_connection *connection);
void http2_connection_set_ctx(struct http2_connection *connection, void *ctx);
/* Streams in progress, and those of the peer that are not yet released (work). */
size_t http2_connection_works(const struct http2_connection *connection);
/* When the last byte from the peer was read, monotonic. */
int64_t http2_connection_heard_ms(const struct http2_connection *connection);
/* Sends a PING; without any byte from the peer for LIMIT_HTTP2_PING_TIMEOUT_MS after it, the
 * connection is closed (TIMER). */
void http2_connection_ping(struct http2_connection *connection);

/* ---- streams ---- */

struct http2_connection *http2_stream_connection(const struct http2_stream *stream);
void *http2_stream_ctx(const struct http2_stream *stream);
void http2_stream_set_ctx(struct http2_stream *stream, void *ctx);
/* Servers: response headers, first `:status`. `end`: nothing follows (Trailers-Only). Once only.
 * PEER HTTP2_CLOSED when the stream is gone; LIMIT HTTP2_FULL when the fields pass the peer's
 * SETTINGS_MAX_HEADER_LIST_SIZE. */
LG_MUST_USE struct lg_err http2_stream_respond(struct http2_stream *stream,
                                               const struct http2_field *fields, size_t field_count,
                                               bool end);
/* Copies head and body, in this order, behind what waits. LIMIT HTTP2_FULL when the stream or the
 * connection holds its maximum: nothing was taken, on_writable follows when they would fit; for
 * more than LIMIT_HTTP2_STREAM_PENDING bytes that is never. */
LG_MUST_USE struct lg_err http2_stream_send(struct http2_stream *stream, struct span head,
                                            struct span body);
/* Whether http2_stream_send would take so many bytes now. */
bool http2_stream_has_room(const struct http2_stream *stream, size_t len);
/* Sets room for so many bytes aside, in place of what this stream had set aside before, until they
 * are sent or the stream is gone. False, and nothing is set aside, where there is no room now. */
bool http2_stream_reserve(struct http2_stream *stream, size_t len);
/* The last bytes of an answer whose protocol ends it in its body, at most LIMIT_HTTP2_LAST_SIZE:
 * taken beyond the ceilings as well, like trailers. http2_stream_finish follows. */
LG_MUST_USE struct lg_err http2_stream_send_last(struct http2_stream *stream, struct span head,
                                                 struct span body);
/* Nothing follows what was sent but these trailers (servers; none: plain END_STREAM). An answer
 * before the request's end is followed by RST_STREAM NO_ERROR. */
LG_MUST_USE struct lg_err http2_stream_finish(struct http2_stream *stream,
                                              const struct http2_field *trailers,
                                              size_t trailer_count);
/* RST_STREAM; no callback of this stream follows. `provoked`: because of what the peer did; taken
 * from its bucket. */
void http2_stream_reset(struct http2_stream *stream, enum http2_error error, bool provoked);
/* Gives `len` bytes of the body back to the peer's windows. */
void http2_stream_consume(struct http2_stream *stream, size_t len);
/* How much memory the owner holds for this stream's request: what came and is not yet used. Takes
 * the place of what was said before. LIMIT HTTP2_FULL where all streams of the connection would
 * hold more than http2_listen.held_max; never for less than before. Over with the stream's
 * release.
 */
LG_MUST_USE struct lg_err http2_stream_hold(struct http2_stream *stream, size_t size);
/* When the body must have moved on (monotonic), else the stream is reset with CANCEL and on_reset
 * tells; INT64_MAX: no limit. Set to LIMIT_HTTP2_BODY_MS from the headers at first. */
void http2_stream_set_body_due(struct http2_stream *stream, int64_t due_ms);
/* The same for a peer that owes nothing now and may rest between two messages: one that rests too
 * long loses its stream, and never its connection. */
void http2_stream_set_rest_due(struct http2_stream *stream, int64_t due_ms);
/* Bytes that wait to be sent. */
size_t http2_stream_pending(const struct http2_stream *stream);
/* Whether anything can still be sent. */
bool http2_stream_is_open(const struct http2_stream *stream);
/* The work is over: the place among the connection's 100 is free again. A stream not finished is
 * reset with CANCEL (clients) or INTERNAL_ERROR (servers). Sets the pointer to NULL; accepts NULL.
 */
void http2_stream_release(struct http2_stream **stream);

#endif
