/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of http2: the structs that its files share, and what each file offers the others. */
#ifndef GATEWAY_HTTP2_HTTP2_INT_H
#define GATEWAY_HTTP2_HTTP2_INT_H

#include <nghttp2/nghttp2.h>

#include "gateway/base/limits.h"
#include "gateway/http2/guard.h"
#include "gateway/http2/http2.h"

enum {
    HTTP2_RECORD_SIZE = 16384, /* the plaintext of one TLS record */
    HTTP2_CHUNK_SIZE = 2048,
};

/* ---- pools of a host (host.c) ---- */

/* A record under way to the socket. */
struct http2_buffer {
    struct http2_buffer *next;
    uint8_t data[HTTP2_RECORD_SIZE];
};

/* A piece of a body that waits, or of a header block that is collected. from <= used <= size. */
struct http2_chunk {
    struct http2_chunk *next;
    size_t size;
    size_t from;
    size_t used;
    uint8_t data[];
};

/* shelf.c: free pieces of memory for the library, by their size. kept: bytes of them. */
enum { HTTP2_SHELF_STEP = 64, HTTP2_SHELF_SIZES = 16 };
struct http2_piece;
struct http2_shelf {
    struct http2_piece *first[HTTP2_SHELF_SIZES];
    size_t kept;
};

/* spare.c. live: pieces that are out; used: bytes from the front, 0 where none is. */
struct http2_spare {
    size_t used;
    size_t live;
    _Alignas(16) uint8_t bytes[LIMIT_HTTP2_SPARE];
};

struct http2_host {
    struct loop *loop;
    struct http2_counters counters;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *server_option;
    nghttp2_option *client_option;
    struct http2_buffer *buffers;
    struct http2_chunk *chunks;
    struct http2_stream *streams;
    size_t buffer_count;
    size_t chunk_count;
    size_t stream_count;
    uint64_t turn;                      /* of the loop, that turn_requests are of */
    size_t turn_requests;               /* begun by peers */
    size_t connections;                 /* not yet freed */
    struct http2_connection *abandoned; /* without an owner, on their way out */
    uint64_t age_state;                 /* spreads the ages of connections; no secret */
    int64_t told_ms;                    /* since when `told` lines were written on refused peers */
    unsigned told;
    struct http2_shelf shelf;
    struct http2_spare spare;
    uint8_t read_buf[HTTP2_RECORD_SIZE];
};

/* NULL when there is no memory. */
struct http2_buffer *http2_host_buffer(struct http2_host *host);
/* Wipes what was used of it. */
void http2_host_buffer_drop(struct http2_host *host, struct http2_buffer *buffer, size_t used);
/* At least `size` bytes. */
struct http2_chunk *http2_host_chunk(struct http2_host *host, size_t size);
/* Drops a whole list. */
void http2_host_chunks_drop(struct http2_host *host, struct http2_chunk *chunks);
struct http2_stream *http2_host_stream(struct http2_host *host);
void http2_host_stream_drop(struct http2_host *host, struct http2_stream *stream);
/* A peer's certificate was refused: counted, and written to the log while there is room for more
 * lines. `wanted` is the URI that we dialled, or NULL for a client of ours. */
void http2_host_note_refusal(struct http2_host *host, const char *wanted, const char *why);
/* 0 to max - 1, spread evenly enough for timers. */
int64_t http2_host_spread(struct http2_host *host, int64_t max);

/* ---- memory of the library (shelf.c, spare.c) ---- */

/* As malloc, but for size 0, which is had as well. */
void *http2_shelf_take(struct http2_shelf *shelf, size_t size);
/* Bytes of what was taken, at least as many as were asked for. */
size_t http2_shelf_room(const void *ptr);
void http2_shelf_give(struct http2_shelf *shelf, void *ptr);
/* Nothing is out, or never comes back. */
void http2_shelf_clear(struct http2_shelf *shelf);

struct http2_connection;

/* For the library's session of this connection, which is then short of memory and has to end when
 * something was served from the host's spare. */
nghttp2_mem http2_spare_mem(struct http2_connection *connection);

/* ---- header blocks (block.c) ---- */

/* The block that a peer is sending: texts lie behind each other in `text`, in the order of `part`,
 * name then value. Pseudo-fields are taken out at the end. */
/* Fields stay where the library has them: its table of headers, or a piece of its own for each. */
struct http2_block_builder {
    nghttp2_rcbuf *names[LIMIT_HTTP2_FIELDS];
    nghttp2_rcbuf *values[LIMIT_HTTP2_FIELDS];
    struct http2_field fields[LIMIT_HTTP2_FIELDS];
    size_t count;
};

/* Before the session goes whose fields they are. */
void http2_block_clear(struct http2_block_builder *builder);
/* Takes a reference to both. A field that guard_block_field() lets pass. */
void http2_block_add(struct http2_block_builder *builder, nghttp2_rcbuf *name,
                     nghttp2_rcbuf *value);
/* Borrowed from the builder until it is cleared. INPUT when Host differs from :authority. */
LG_MUST_USE struct lg_err http2_block_end(struct http2_block_builder *builder,
                                          struct http2_block *out_block);

/* ---- connections (connection.c) and streams (stream.c) ---- */

/* State, who drives it, states that may follow:
 *   CONNECTING  connection_connect    HANDSHAKE, GONE
 *   HANDSHAKE   connection_handshake  OPEN, GONE
 *   OPEN        connection_serve      LINGER, GONE
 *   LINGER      connection_linger     GONE
 *   GONE        nobody; freed with its last stream */
enum http2_state {
    HTTP2_CONNECTING,
    HTTP2_HANDSHAKE,
    HTTP2_OPEN,
    HTTP2_LINGER,
    HTTP2_GONE,
};

struct http2_stream {
    struct http2_connection *connection;
    struct http2_stream *prev;
    struct http2_stream *next; /* in its connection, or in the pool */
    void *ctx;
    int32_t id;
    bool is_ours;      /* opened by us */
    bool is_live;      /* the library knows it */
    bool is_held;      /* its owner has not released it */
    bool is_mute;      /* no further callbacks: reset by us */
    bool is_responded; /* response headers were submitted; true for ours */
    bool is_finishing; /* nothing follows what waits */
    bool is_ended;     /* END_STREAM of ours went out */
    bool is_heard;     /* END_STREAM of the peer came */
    bool is_resting;   /* the peer owes nothing of its body just now */
    bool has_headers;  /* the peer's headers came: what follows are trailers */
    bool has_trailed;  /* its trailers were submitted */
    bool is_deferred;  /* the library waits for http2_stream_send */
    bool is_wanting;   /* a send was turned down */
    bool is_field_bad; /* the library resets it for bytes that no field may hold */
    bool on_wire;      /* our HEADERS were serialised */
    struct http2_chunk *head;
    struct http2_chunk *tail;
    size_t pending;
    size_t reserved;     /* set aside for what its owner will send */
    size_t wanted;       /* bytes of the send that was turned down */
    size_t unconsumed;   /* of the peer's body, not yet given back */
    size_t held;         /* by its owner, of the request */
    int64_t body_due_ms; /* INT64_MAX: none */
    int64_t answer_due_ms;
    struct http2_field trailers[LIMIT_HTTP2_TRAILERS];
    size_t trailer_count;
    struct http2_chunk *trailer_text;
};

struct http2_connection {
    struct http2_host *host;
    const struct http2_events *events;
    void *ctx;
    struct http2_listener *listener; /* NULL for clients, and once the listener is gone */
    struct http2_connection *prev;
    struct http2_connection *next; /* in the listener, or among the abandoned */
    enum http2_state state;
    enum http2_why why;
    bool is_server;
    bool is_new;         /* counts among its listener's handshakes */
    bool is_silent;      /* no callbacks */
    bool is_abandoned;   /* in the host's list */
    bool is_draining;    /* takes no new streams */
    bool is_drain_told;  /* clients: on_goaway was called for it */
    bool is_second_sent; /* the second GOAWAY of a drain */
    bool is_blocked;     /* the socket takes nothing */
    bool is_short;       /* the library got spare memory: this connection ends */
    bool is_ending;      /* GOAWAY with end_error, then LINGER */
    bool is_end_queued;  /* that GOAWAY is in the buffer */
    bool is_told;        /* the peer sent GOAWAY */
    bool was_full;       /* clients: a stream was turned down */
    bool is_dribbled;    /* the DATA frame under way is cut small by the peer's window */
    bool has_settings;   /* the peer's SETTINGS came */
    bool has_settings_ack;
    bool is_block_good;   /* the header block under way is within its limits */
    bool wants_read_more; /* bytes wait inside TLS */
    enum http2_error end_error;
    const char *end_text; /* static debug text, or NULL */
    int fd;               /* while CONNECTING */
    struct tls_context *tls_context;
    const char *dns_name;
    const char *uri;
    struct tls_stream *tls;
    struct tls_peer peer;
    char server_name[256];
    char good_host[256]; /* the last that http2_connection_is_for found good */
    struct sockaddr_storage remote;
    nghttp2_session *session;
    struct guard guard;
    struct loop_watch watch;
    struct loop_timer timer;
    struct loop_later flush;
    struct http2_block_builder block;
    struct http2_buffer *out;
    size_t out_from;
    size_t out_len;
    size_t out_used;   /* the most that was ever in it, for wiping */
    struct span carry; /* the rest of a frame that did not fit; the library's memory */
    struct http2_stream *streams;
    size_t stream_count; /* in the list */
    size_t live_count;   /* of those, known to the library */
    size_t wanting_count;
    size_t pending; /* of all streams */
    size_t reserved;
    size_t held; /* of all streams */
    size_t held_max;
    const struct http2_field *fields; /* of every answer: http2_listen.fields */
    size_t field_count;
    int64_t heard_ms;
    unsigned entered; /* callbacks of the library under way */
};

/* A connection in HANDSHAKE or CONNECTING over fd (given). */
struct http2_start {
    struct http2_host *host;
    struct tls_context *tls;
    const struct http2_events *events;
    void *ctx;
    int fd;
    bool is_connected;
    const char *dns_name; /* clients; NULL: server */
    const char *uri;
};
LG_MUST_USE struct lg_err http2_connection_new(const struct http2_start *start,
                                               struct http2_connection **out_connection);
/* GOAWAY at the end of the turn, then LINGER. The first call counts. `text` is static or NULL. */
void http2_connection_end(struct http2_connection *connection, enum http2_error error,
                          enum http2_why why, const char *text);
/* Ends it if the verdict says so. */
void http2_connection_judge(struct http2_connection *connection, enum guard_verdict verdict);
/* Gone at once: every callback, then freed if no stream is left. Not from the library's callbacks.
 */
void http2_connection_drop(struct http2_connection *connection, enum http2_why why);
/* Every stream is told that the connection is lost to it. */
void http2_connection_lose_streams(struct http2_connection *connection);
/* Frees it if it is gone and nothing refers to it. */
void http2_connection_settle(struct http2_connection *connection);
/* Flush at the end of this turn. */
void http2_connection_wake(struct http2_connection *connection);
/* The timer fires at due_ms at the latest. */
void http2_connection_arm(struct http2_connection *connection, int64_t due_ms);
int64_t http2_connection_now(const struct http2_connection *connection);
/* Timers of the guard and of streams (timer.c). */
void http2_connection_on_timer(void *ctx);
/* The last stream of a draining connection ended, or GOAWAYs are done: closes it. */
void http2_connection_check_drained(struct http2_connection *connection);

/* ---- the library (session.c) ---- */

LG_MUST_USE struct lg_err http2_session_setup(struct http2_host *host);
void http2_session_teardown(struct http2_host *host);
/* Makes the session and queues our SETTINGS. */
LG_MUST_USE struct lg_err http2_session_new(struct http2_connection *connection);
/* Feeds bytes; ends the connection where they are wrong. */
void http2_session_feed(struct http2_connection *connection, struct span bytes);
/* The next serialised frame, empty when there is none. PEER HTTP2_CLOSED when the library is done
 * for. */
LG_MUST_USE struct lg_err http2_session_next(struct http2_connection *connection,
                                             struct span *out_frame);

/* ---- sending (send.c) ---- */

void http2_send_flush(void *connection);
/* The data provider of every stream. */
nghttp2_data_provider http2_send_provider(struct http2_stream *stream);
/* Submits the trailers that it keeps; nothing of its body may wait. */
LG_MUST_USE struct lg_err http2_send_trailers(struct http2_stream *stream);

/* ---- streams ---- */

/* LIMIT HTTP2_MEMORY. */
LG_MUST_USE struct lg_err http2_stream_new(struct http2_connection *connection, int32_t id,
                                           bool is_ours, struct http2_stream **out_stream);
/* The library has let it go. */
void http2_stream_gone(struct http2_stream *stream, uint32_t error);
/* `count` bytes of the body went out. */
void http2_stream_sent(struct http2_stream *stream, size_t count);
/* Frees it if nobody holds it. */
void http2_stream_settle(struct http2_stream *stream);
/* Tells the owner and resets: by a timer. */
void http2_stream_cut(struct http2_stream *stream, enum http2_error error);
/* True when nothing else can be said to its owner. */
bool http2_stream_is_silent(const struct http2_stream *stream);

/* ---- listener ---- */

/* A connection of this listener passed its handshake or is gone. */
void http2_listener_forget(struct http2_connection *connection);

#endif
