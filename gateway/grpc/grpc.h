/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC over our HTTP/2, both sides, and Connect beside it at the server (design/transport.md 4.1 to
 * 4.3): owners of calls do not see which of them a call came by. Messages are bytes here; what they
 * mean is wire's business.
 *
 * Callbacks come from the worker's loop, never from inside a call of ours. Everything belongs to
 * the thread of its loop. */
#ifndef GATEWAY_GRPC_GRPC_H
#define GATEWAY_GRPC_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/http2/http2.h"
#include "gateway/loop/loop.h"
#include "gateway/tls/tls.h"

enum grpc_code {
    GRPC_MEMORY = 1,
    GRPC_CONFIG, /* a method table or path that cannot be (CONFIG) */
    GRPC_GONE,   /* the call or leg is over; nothing was sent (PEER) */
    GRPC_FULL,   /* a ceiling of limits.h; nothing was taken (LIMIT) */
    GRPC_FIELD,  /* no name or value of metadata (INPUT) */
    GRPC_LARGE,  /* a message that no stream can hold (LIMIT) */
};

/* Statuses of the gRPC status document. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16,
};

/* "DEADLINE_EXCEEDED"; static; "UNKNOWN" for other numbers. */
const char *grpc_status_name(enum grpc_status status);
/* The status that a peer sees for an error of ours: INPUT 3, LIMIT 8, PEER and STORE 14, CONFIG and
 * INTERNAL 13, none 0. */
enum grpc_status grpc_status_of_error(struct lg_err err);

/* ---- server: calls ---- */

/* A call of a peer. The owner holds it from its first callback until grpc_call_release, and until
 * then it counts in the limits of its connection and agency, also when its stream is long gone:
 * one cheap reset must not free a place while the work goes on. */
struct grpc_call;

/* What a kind streams: GRPC_BIDI both ways, and the two ways know nothing of each other. GRPC_PAGE
 * is no call at all: a plain GET of what can be copied, see grpc_call_page. A server has one row of
 * kind GRPC_SITE at most, with the path "/" and then "*". */
enum grpc_kind {
    GRPC_UNARY,
    GRPC_SERVER_STREAM,
    GRPC_CLIENT_STREAM,
    GRPC_BIDI,
    GRPC_PAGE,
    GRPC_SITE, /* whatever is no call, for browsers: see grpc_call_site */
};

/* A piece of metadata to send: `name` of [0-9a-z_.-], not of gRPC, Connect or HTTP; `value` of
 * printable ASCII without spaces at its ends, or any bytes where the name ends in "-bin". */
struct grpc_pair {
    const char *name;
    struct span value;
};

/* In which order calls begin when there are more than can be answered (admission.h). */
enum grpc_lane {
    GRPC_LANE_NORMAL,
    GRPC_LANE_URGENT, /* somebody's safety */
    GRPC_LANE_BULK,   /* nobody stands behind it */
    GRPC_LANE_COUNT,
    GRPC_LANE_NONE = GRPC_LANE_COUNT, /* costs less than a refusal: begins at once, always */
};

/* One row of a server's table. `ctx` goes to every callback. Only what the kind needs is set.
 * Before any callback: the peer's certificate was checked again, the request is within its limits.
 */
struct grpc_method {
    const char *path; /* "/package.Service/Method"; of pages "/name/" and then "*" */
    enum grpc_kind kind;
    size_t request_max;      /* bytes of one message; 0: LIMIT_GRPC_MESSAGE_MAX */
    int64_t deadline_max_ms; /* a longer or absent grpc-timeout becomes this; 0: the limit */
    enum grpc_lane lane;
    void *ctx;
    /* Unary and server stream, may be NULL: the lane of this request, instead of `lane`. Called
     * once, before the call is given to its owner: a look, no work. */
    enum grpc_lane (*lane_of)(void *ctx, struct span message);
    /* Unary and server stream, may be NULL: whether its caller may make the call at all, by its
     * headers. Called when the request is in and before anything of it is read, and then (is_begun)
     * before each message that is sent: nothing goes to whom it is taken from meanwhile. Anything
     * but OK ends the call, with the sentence, which is static. */
    enum grpc_status (*check)(void *ctx, const struct grpc_call *call, bool is_begun,
                              const char **out_message);
    /* Unary and server stream: the whole request is in, and it is its turn. The message is valid
     * for the callback. Pages: the message is the path behind the row's, as it was sent. */
    void (*on_request)(void *ctx, struct grpc_call *call, struct span message);
    /* Client stream and bidi: the call begins; may be NULL. */
    void (*on_open)(void *ctx, struct grpc_call *call);
    /* Client stream and bidi: a message, valid for the callback; see grpc_call_pause. */
    void (*on_message)(void *ctx, struct grpc_call *call, struct span message);
    /* Client stream and bidi: the client has sent all; a bidi call may go on sending. Not called
     * once the call was finished or cancelled. */
    void (*on_end)(void *ctx, struct grpc_call *call);
    /* Any kind, may be NULL: reset by the peer or connection lost (CANCELLED), deadline passed
     * (DEADLINE_EXCEEDED, already answered), or a fault of the peer in the stream (also answered).
     * Not called after grpc_call_finish. Sends are refused from now on; the owner ends its work and
     * releases the call, now or later. */
    void (*on_cancel)(void *ctx, struct grpc_call *call, enum grpc_status why);
    /* Server stream and bidi, may be NULL: room again after grpc_call_send gave GRPC_FULL. */
    void (*on_writable)(void *ctx, struct grpc_call *call);
};

/* Who calls, as verified by TLS; valid as long as the call. */
const struct tls_peer *grpc_call_peer(const struct grpc_call *call);
/* When the answer is due, monotonic; always set, at most deadline_max_ms after the headers. */
int64_t grpc_call_deadline_ms(const struct grpc_call *call);
/* The first value of a kept header, such as "traceparent" (grpc_serve.metadata), or a span with
 * NULL ptr. Those of "-bin" names are decoded. Values that did not fit LIMIT_GRPC_METADATA_SIZE,
 * are not printable ASCII or not base64 are absent. */
struct span grpc_call_metadata(const struct grpc_call *call, const char *name);
/* The same for the value at `index` (from 0) where a name came more than once. */
struct span grpc_call_metadata_at(const struct grpc_call *call, const char *name, size_t index);
/* The row that took the call. */
const struct grpc_method *grpc_call_method(const struct grpc_call *call);
struct grpc_server *grpc_call_server(const struct grpc_call *call);
void *grpc_call_ctx(const struct grpc_call *call);
void grpc_call_set_ctx(struct grpc_call *call, void *ctx);
/* The owner waits for somebody outside whom it cannot hurry, or goes on: a call that rests takes no
 * place among those that its server works on. For owners that rest at times; others need not say.
 */
void grpc_call_rest(struct grpc_call *call, bool rests);
/* False once it was finished or cancelled. */
bool grpc_call_is_open(const struct grpc_call *call);
/* Adds metadata to what goes out before the first message; name and value as in struct grpc_pair,
 * copied. A peer that takes no header list of that size gets none of it. INPUT GRPC_FIELD; LIMIT
 * GRPC_FULL, GRPC_MEMORY; PEER GRPC_GONE, also when a message was sent before. The call goes on. */
LG_MUST_USE struct lg_err grpc_call_add_header(struct grpc_call *call, const char *name,
                                               struct span value);
/* The same for what goes out with the status; until grpc_call_finish. A peer that has no room for
 * it gets the status alone. */
LG_MUST_USE struct lg_err grpc_call_add_trailer(struct grpc_call *call, const char *name,
                                                struct span value);
/* Copies one message behind what waits. PEER GRPC_GONE; LIMIT GRPC_FULL: stream or connection holds
 * its maximum (on_writable follows for streams; a unary owner finishes with RESOURCE_EXHAUSTED);
 * LIMIT GRPC_LARGE: over LIMIT_GRPC_SEND_MAX, so waiting does not help. INTERNAL: the codec cannot
 * write it. */
LG_MUST_USE struct lg_err grpc_call_send(struct grpc_call *call, struct span message);
/* Sets room for messages of so many bytes in all aside until they are sent: for an owner that must
 * not say it has sent what it then cannot. In place of what was set aside before. False while
 * stream or connection is too full; an owner that waits asks again. */
bool grpc_call_reserve(struct grpc_call *call, size_t len);
/* Bytes of a message of this method as the call carries it: its own, or those of its JSON.
 * SIZE_MAX where it cannot be carried. */
size_t grpc_call_measure(const struct grpc_call *call, struct span message);
/* Whether messages travel as JSON. */
bool grpc_call_is_json(const struct grpc_call *call);
/* Ends the answer. `message` NULL: none; else UTF-8 for the peer's eyes, never internals, cut at
 * LIMIT_GRPC_STATUS_MESSAGE. Without a message sent or header added before it is Trailers-Only. An
 * OK unary call has sent exactly one message. A client that has not sent all yet is told to stop
 * (RST_STREAM NO_ERROR). Ignored when the call is over. The call stays held. */
void grpc_call_finish(struct grpc_call *call, enum grpc_status status, const char *message);
/* As finish, with grpc-retry-pushback-ms. */
void grpc_call_finish_later(struct grpc_call *call, enum grpc_status status, const char *message,
                            int64_t pushback_ms);
/* Client stream and bidi: no message and no window is given to us until resume: for owners that
 * work on a message beyond its callback. The body timer stands still. */
void grpc_call_pause(struct grpc_call *call);
void grpc_call_resume(struct grpc_call *call);
/* The work is over. A call that is still open is finished with INTERNAL. Sets the pointer to NULL;
 * accepts NULL. */
void grpc_call_release(struct grpc_call **call);
/* send, finish OK, release, for unary answers; what cannot be sent becomes RESOURCE_EXHAUSTED. */
void grpc_call_reply(struct grpc_call **call, struct span message);
/* A page: its texts are static, its body is not empty. */
struct grpc_page {
    const char *type;  /* content-type */
    const char *cache; /* cache-control */
    struct span body;
};
/* Answers a call of kind GRPC_PAGE, and releases it: the body is copied, and goes out as the peer
 * reads it. What all pages hold is bounded; RESOURCE_EXHAUSTED beyond it. A page is refused like
 * any call. */
void grpc_call_page(struct grpc_call **call, const struct grpc_page *page);
/* What a call of kind GRPC_SITE asks for; query without "?". Spans point into the message. */
struct grpc_site_request {
    struct span method;
    struct span path;
    struct span query;
    struct span body;
};
/* False where the message is none. */
bool grpc_site_read(struct span message, struct grpc_site_request *out_request);
/* status: static. Fields are copied; at most LIMIT_GRPC_SITE_FIELDS. body: kept until the server is
 * gone; it is sent but for is_head. */
struct grpc_site_answer {
    const char *status;
    const struct http2_field *fields;
    size_t field_count;
    struct span body;
    bool is_head;
};
/* Answers a call of kind GRPC_SITE, and releases it. */
void grpc_call_site(struct grpc_call **call, const struct grpc_site_answer *answer);
/* finish, release. */
void grpc_call_refuse(struct grpc_call **call, enum grpc_status status, const char *message);

/* ---- server ---- */

/* How messages are read from JSON and written as JSON: Connect's other form of them. What they mean
 * is not known here. Results are in the arena; they may be called at any time, from any thread. */
struct grpc_codec {
    /* Whether it has the messages of this method. */
    bool (*knows)(const char *path);
    /* A request. INPUT and LIMIT go to the peer, with the sentence, where one was written (a text
     * of at most LIMIT_GRPC_STATUS_MESSAGE bytes in the arena; no value in it). */
    struct lg_err (*read)(const char *path, struct arena *arena, struct span json,
                          const char **out_sentence, struct span *out_message);
    /* A reply. */
    struct lg_err (*write)(const char *path, struct arena *arena, struct span message,
                           struct span *out_json);
};

/* One for each worker and listener. Offers grpc.health.v1.Health for the services of its table
 * beside it. */
struct grpc_server;

struct grpc_serve {
    struct http2_host *host; /* kept; the worker's */
    struct tls_context *tls; /* kept; server side */
    struct http2_address address;
    bool is_shared; /* the address, with other servers of this process (http2_listen) */
    const struct grpc_method *methods; /* copied; their paths are kept */
    size_t method_count;
    /* NULL-terminated names of headers kept for grpc_call_metadata beside "traceparent"; kept;
     * NULL: none. All calls together of one request keep LIMIT_GRPC_METADATA_FIELDS values. */
    const char *const *metadata;
    /* Kept; NULL: no JSON, and Connect carries protobuf alone. */
    const struct grpc_codec *codec;
    /* In every answer of the server, whatever it answers: see http2_listen. Kept. */
    const struct http2_field *fields;
    size_t field_count;
    /* Peers are browsers: the context is open, and none of them has a name to be counted by. */
    bool is_open;
    /* SNI and :authority have to be names or addresses of the server's certificate, else 421. */
    bool is_named;
    /* What the server's own part of a call should take at most when there are many (admission.h);
     * 0: calls take their time for other reasons. */
    int64_t own_max_ms;
    /* Whether the partnership knows this peer; NULL: all of the CA. False ends the connection. */
    bool (*on_peer)(void *ctx, const struct tls_peer *peer);
    void *ctx;
};

/* Listens at once; health is NOT_SERVING until grpc_server_set_serving. CONFIG, LIMIT, INTERNAL. */
LG_MUST_USE struct lg_err grpc_server_new(const struct grpc_serve *serve,
                                          struct grpc_server **out_server);
/* Closes everything; open calls get on_cancel before this returns, and must all be released before
 * their host is freed (late releases are fine). */
void grpc_server_free(struct grpc_server **server);
uint16_t grpc_server_port(const struct grpc_server *server);
/* Health of one service ("lockgate.v1.Disclosures") or, with "", of all and the server itself. */
void grpc_server_set_serving(struct grpc_server *server, const char *service, bool serving);
/* NOT_SERVING to all, no new connections, two GOAWAYs; what waits for its turn is refused, and what
 * is not answered at `due_ms` (monotonic) is cut. on_drained is called once, from the loop, when
 * nothing is left; may be NULL. */
void grpc_server_drain(struct grpc_server *server, int64_t due_ms, void (*on_drained)(void *ctx),
                       void *ctx);
/* After tls_context_refresh, and now and then: see http2_listener_recheck. */
void grpc_server_recheck(struct grpc_server *server);
/* Takes a connected, non-blocking socket (given): for tests. */
LG_MUST_USE struct lg_err grpc_server_take(struct grpc_server *server, int fd);

/* Grow only. */
struct grpc_counters {
    uint64_t calls;
    uint64_t by_status[17]; /* answers sent; cancelled ones under CANCELLED */
    uint64_t refused_works; /* over the agency's limit of work */
    /* Of calls that were not: begun and refused, by lane; waited and then refused, of these. */
    uint64_t begun[GRPC_LANE_COUNT];
    uint64_t refused[GRPC_LANE_COUNT];
    uint64_t refused_late;
};
const struct grpc_counters *grpc_server_counters(const struct grpc_server *server);

/* ---- client ---- */

/* The way to one peer for one worker: connects at the first call, comes back after a break with
 * growing waits, waits in line when the peer's streams are used up. */
struct grpc_channel;
/* One call of ours. */
struct grpc_leg;

struct grpc_dial {
    struct http2_host *host; /* kept */
    struct tls_context *tls; /* kept; client side */
    struct http2_address address;
    const char *dns_name; /* copied; SNI, name in the certificate, :authority */
    const char *uri;      /* copied; the peer's SAN URI lockgate://... */
    uint64_t seed;        /* of the jitter; take it from the randomness of the process */
};

LG_MUST_USE struct lg_err grpc_channel_new(const struct grpc_dial *dial,
                                           struct grpc_channel **out_channel);
/* Legs that are left get on_done (UNAVAILABLE) before this returns. */
void grpc_channel_free(struct grpc_channel **channel);

enum grpc_channel_state {
    GRPC_CHANNEL_IDLE, /* never asked, or closed in peace */
    GRPC_CHANNEL_CONNECTING,
    GRPC_CHANNEL_READY,
    GRPC_CHANNEL_BROKEN, /* the last attempt failed; calls fail at once until the wait is over */
};
enum grpc_channel_state grpc_channel_state(const struct grpc_channel *channel);
/* Starts connecting if idle, or if the wait after a failure is over: for health probing. */
void grpc_channel_wake(struct grpc_channel *channel);
/* After tls_context_refresh, and now and then: a connection under an older certificate of ours
 * drains, and the next call makes a new one; one to a peer that is no longer valid is closed, its
 * calls end with UNAVAILABLE. */
void grpc_channel_recheck(struct grpc_channel *channel);

struct grpc_channel_counters {
    uint64_t connects;
    uint64_t connect_failures; /* since start */
    uint32_t failures_in_row;  /* of connecting; 0 after success */
    uint64_t calls;
    uint64_t by_status[17];
    uint64_t retried; /* sent again because surely unprocessed */
    uint32_t waiting; /* gauge: in line for a stream or a connection */
    uint32_t open;    /* gauge: on the wire */
};
const struct grpc_channel_counters *grpc_channel_counters(const struct grpc_channel *channel);

struct grpc_outcome {
    enum grpc_status status;
    struct span message;     /* the peer's grpc-message decoded, or ours; for the log's eyes only if
                                `is_ours`; valid for the callback */
    bool is_ours;            /* no grpc-status came from the peer: mapped, timed out, unreachable */
    bool surely_unprocessed; /* the peer never acted on it */
    int64_t pushback_ms;     /* grpc-retry-pushback-ms, or -1 */
};

/* Metadata of the answer: the first value of a name of grpc_request.keeps, decoded where it ends in
 * "-bin", or a span with NULL ptr; valid until the leg ends. Headers come before the first message;
 * an answer of a status alone has trailers only. */
struct span grpc_leg_header(const struct grpc_leg *leg, const char *name);
struct span grpc_leg_trailer(const struct grpc_leg *leg, const char *name);

/* All but on_done may be NULL. on_done comes exactly once, from the loop, and ends the leg; never
 * after grpc_leg_cancel. */
struct grpc_leg_events {
    /* Unary and client stream: the one answer, just before on_done with OK, never otherwise.
     * Server stream and bidi: each as it arrives. */
    void (*on_message)(void *ctx, struct grpc_leg *leg, struct span message);
    void (*on_done)(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome);
    /* Client stream and bidi: room again after grpc_leg_send gave GRPC_FULL. */
    void (*on_writable)(void *ctx, struct grpc_leg *leg);
};

struct grpc_request {
    const char *path; /* kept: a literal or as long-lived as the channel */
    enum grpc_kind kind;
    struct span message;     /* copied; client stream and bidi: none */
    int64_t deadline_ms;     /* monotonic; the remaining time goes out as grpc-timeout */
    size_t response_max;     /* bytes of one message; 0: LIMIT_GRPC_MESSAGE_MAX */
    struct span traceparent; /* copied; empty: none */
    /* Copied, at most LIMIT_GRPC_ADDED_FIELDS. */
    const struct grpc_pair *metadata;
    size_t metadata_count;
    /* NULL-terminated names whose values are kept of the answer; kept; NULL: none. */
    const char *const *keeps;
};

/* Begins a call. Retried once by itself where it is surely unprocessed and there is time. `events`
 * is kept. LIMIT GRPC_FULL when the line is full; PEER GRPC_GONE while the channel is broken or the
 * deadline past; INPUT GRPC_FIELD: no callback follows an error. The leg is valid until on_done or
 * cancel. */
LG_MUST_USE struct lg_err grpc_channel_call(struct grpc_channel *channel,
                                            const struct grpc_request *request,
                                            const struct grpc_leg_events *events, void *ctx,
                                            struct grpc_leg **out_leg);
/* Client stream and bidi: one more message (copied). LIMIT GRPC_FULL: wait for on_writable;
 * GRPC_LARGE: over LIMIT_GRPC_SEND_MAX. PEER GRPC_GONE: on_done tells why. */
LG_MUST_USE struct lg_err grpc_leg_send(struct grpc_leg *leg, struct span message);
/* Client stream and bidi: that was all. */
void grpc_leg_end(struct grpc_leg *leg);
/* Ends it without any further callback; RST_STREAM CANCEL if it is on the wire. Sets the pointer to
 * NULL; accepts NULL. Not from this leg's on_done. */
void grpc_leg_cancel(struct grpc_leg **leg);

/* ---- pieces, also for tools and tests ---- */

/* 1 to 8 digits and one of H M S m u n, in milliseconds rounded up; INPUT otherwise. */
LG_MUST_USE struct lg_err grpc_timeout_parse(struct span text, int64_t *out_ms);
enum { GRPC_TIMEOUT_TEXT_MAX = 12 };
/* ms >= 0; out is NUL-terminated. */
void grpc_timeout_format(int64_t ms, char out[static GRPC_TIMEOUT_TEXT_MAX]);

#endif
