/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of grpc: structs that its files share. */
#ifndef GATEWAY_GRPC_GRPC_INT_H
#define GATEWAY_GRPC_GRPC_INT_H

#include "gateway/base/limits.h"
#include "gateway/grpc/admission.h"
#include "gateway/grpc/grpc.h"

enum { GRPC_PREFIX_SIZE = 5, GRPC_STATUS_COUNT = 17 };

LG_MUST_USE static inline struct lg_err grpc_error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_GRPC, GRPC_MEMORY);
}

LG_MUST_USE static inline struct lg_err grpc_error_full(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_GRPC, GRPC_FULL);
}

LG_MUST_USE static inline struct lg_err grpc_error_large(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_GRPC, GRPC_LARGE);
}

LG_MUST_USE static inline struct lg_err grpc_error_gone(void) {
    return lg_err_make(LG_CLASS_PEER, LG_GRPC, GRPC_GONE);
}

/* A field of constant text, or one whose value must be copied. */
static inline struct http2_field grpc_field(const char *name, const char *value) {
    return (struct http2_field){
        .name = span_text(name), .value = span_text(value), .is_static = true};
}

static inline struct http2_field grpc_field_of(const char *name, struct span value) {
    return (struct http2_field){.name = span_text(name), .value = value};
}

static inline bool grpc_kind_takes_stream(enum grpc_kind kind) {
    return kind == GRPC_CLIENT_STREAM || kind == GRPC_BIDI;
}

static inline bool grpc_kind_gives_stream(enum grpc_kind kind) {
    return kind == GRPC_SERVER_STREAM || kind == GRPC_BIDI;
}

/* ---- bytes that grow (buffer.c) ---- */

/* len <= size. Wiped when cleared: it holds messages. */
struct grpc_buffer {
    uint8_t *data;
    size_t len;
    size_t size;
};

/* Appends; LIMIT GRPC_MEMORY. Callers bound the length. */
LG_MUST_USE struct lg_err grpc_buffer_add(struct grpc_buffer *buffer, struct span bytes);
/* Drops the first `len` bytes. */
void grpc_buffer_shift(struct grpc_buffer *buffer, size_t len);
/* Wipes; keeps a small block for the next use. */
void grpc_buffer_clear(struct grpc_buffer *buffer);
void grpc_buffer_done(struct grpc_buffer *buffer);
struct span grpc_buffer_span(const struct grpc_buffer *buffer);

/* ---- messages out of DATA (parser.c) ---- */

enum grpc_parse {
    GRPC_PARSE_MORE,       /* all bytes were taken, no message is complete */
    GRPC_PARSE_MESSAGE,    /* *out_message, valid until the next feeding */
    GRPC_PARSE_TOO_LARGE,  /* by its prefix; nothing was stored */
    GRPC_PARSE_COMPRESSED, /* flag 1: we never offered an encoding */
    GRPC_PARSE_FLAG,       /* any other flag */
    GRPC_PARSE_MEMORY,
};

struct grpc_parser {
    size_t message_max;
    uint8_t prefix[GRPC_PREFIX_SIZE];
    size_t prefix_len;
    size_t need; /* of the message under way, known once prefix_len is whole */
    struct grpc_buffer body;
    bool is_given; /* body was handed out and goes at the next feeding */
};

/* Takes bytes off the front of *bytes up to the end of one message. */
enum grpc_parse grpc_parser_feed(struct grpc_parser *parser, struct span *bytes,
                                 struct span *out_message);
/* Moves the message that was handed out into an empty buffer, if the parser still holds it. */
bool grpc_parser_move(struct grpc_parser *parser, struct grpc_buffer *out_buffer);
/* Whether a message is under way. */
bool grpc_parser_is_partial(const struct grpc_parser *parser);
void grpc_parser_clear(struct grpc_parser *parser);
void grpc_prefix(uint8_t out[static GRPC_PREFIX_SIZE], size_t message_len);

/* ---- metadata (metadata.c) ---- */

struct grpc_part {
    uint16_t name_len;
    uint16_t value_len;
};

/* What goes into one block of ours: name, value, name, value..., as they travel. */
struct grpc_fields {
    size_t count;
    size_t used;
    struct grpc_part parts[LIMIT_GRPC_ADDED_FIELDS];
    uint8_t text[LIMIT_GRPC_ADDED_SIZE];
};

/* Makes *fields where it is NULL. INPUT GRPC_FIELD, LIMIT GRPC_FULL, GRPC_MEMORY: nothing added. */
LG_MUST_USE struct lg_err grpc_fields_add(struct grpc_fields **fields, const char *name,
                                          struct span value);
/* Borrowed from `fields`; NULL gives none. Returns the count. */
size_t grpc_fields_list(const struct grpc_fields *fields,
                        struct http2_field out[static LIMIT_GRPC_ADDED_FIELDS]);
/* Wipes. */
void grpc_fields_free(struct grpc_fields **fields);

struct grpc_metadata {
    const char *name; /* of the configuration */
    uint16_t from;
    uint16_t len;
};

/* What was kept of a block of the peer's, decoded. */
struct grpc_kept {
    size_t count;
    size_t used;
    struct grpc_metadata values[LIMIT_GRPC_METADATA_FIELDS];
    uint8_t text[LIMIT_GRPC_METADATA_SIZE];
};

/* Adds every readable value of that name; `name` is kept. */
void grpc_kept_take(struct grpc_kept *kept, const struct http2_block *block, const char *name);
/* The value at `index` among those of that name, or a span with NULL ptr. */
struct span grpc_kept_find(const struct grpc_kept *kept, const char *name, size_t index);

/* ---- texts (text.c) ---- */

enum { GRPC_MESSAGE_TEXT_MAX = LIMIT_GRPC_STATUS_MESSAGE * 3 };

/* Percent-encodes outside 0x20-0x24, 0x26-0x7e; cut at LIMIT_GRPC_STATUS_MESSAGE bytes, never
 * inside a UTF-8 sequence. The message itself where it needs no encoding, else in `out`. */
struct span grpc_message_encode(struct span message, char out[static GRPC_MESSAGE_TEXT_MAX]);
/* Decodes what is well-formed and leaves the rest, as the document says; cut at the limit. */
struct span grpc_message_decode(struct span text, char out[static LIMIT_GRPC_STATUS_MESSAGE]);
/* Decimal digits only, at most 15; false otherwise. */
bool grpc_number_read(struct span text, int64_t *out_number);
bool grpc_content_type_is_grpc(struct span text);
/* At most `len` bytes, not ending inside a sequence of UTF-8. */
struct span grpc_text_cut(struct span text, size_t len);
/* number >= 0 in decimal, NUL-terminated; size above 20. */
void grpc_digits(int64_t number, char *out, size_t size);

/* ---- statuses (status.c) ---- */

/* "0" to "16", static. */
const char *grpc_status_digits(enum grpc_status status);
/* What an answer without grpc-status means, by HTTP status. */
enum grpc_status grpc_status_of_http(unsigned http_status);
/* What RST_STREAM means to a client. */
enum grpc_status grpc_status_of_reset(uint32_t error);
/* grpc-status as sent; UNKNOWN where it cannot be read. */
enum grpc_status grpc_status_read(struct span text);

/* ---- server ---- */

struct grpc_agency {
    char name[64];
    uint32_t works;
    uint32_t connections;
    uint32_t watchers; /* of health; each a work too */
    uint32_t streams;  /* client streams under way */
    size_t page_held;  /* of the server's */
    struct admission_party party;
};

struct grpc_service {
    struct span name; /* inside the method's path */
    bool is_serving;
};

/* A Watch of grpc.health.v1. service_index: the service_count stands for the server itself, -1 for
 * a name that is not here. */
struct grpc_watcher {
    struct grpc_watcher *prev;
    struct grpc_watcher *next;
    struct grpc_call *call;
    int service_index;
};

/* What the next line about refusals says: those since the last one. */
struct grpc_told_busy {
    struct loop_timer timer;
    bool is_going; /* a line was written a moment ago */
    uint64_t refused[GRPC_LANE_COUNT];
    uint64_t share;
    uint64_t late;
};

/* Refusals since from_ms; while it is begun, the timer looks at them. */
struct grpc_patience {
    struct loop_timer timer;
    bool is_begun;
    int64_t from_ms;
    uint32_t refusals;
};

struct grpc_server {
    struct http2_host *host;
    struct loop *loop;
    struct grpc_serve config;
    struct http2_listener *listener;
    struct grpc_method *methods;    /* ours and health's, sorted by path */
    const struct grpc_method *site; /* NULL: none */
    struct span paths[LIMIT_GRPC_METHODS];
    size_t method_count;
    struct grpc_service services[LIMIT_GRPC_METHODS];
    size_t service_count;
    bool is_serving; /* the service "" */
    struct grpc_watcher *watchers;
    struct admission admission;
    struct admission_pace *paces; /* of the methods, by their index */
    struct loop_later pump;
    size_t stream_count; /* client streams under way */
    size_t page_held;    /* bytes of pages that go out */
    struct grpc_told_busy told_busy;
    struct grpc_patience patience;
    struct grpc_counters counters;
    struct grpc_agency agencies[LIMIT_GRPC_AGENCIES];
    size_t agency_count;
    struct grpc_call *calls; /* all that are not freed */
    size_t call_count;
    struct grpc_call *pool;
    size_t pool_count;
    bool is_draining;
    bool is_freed; /* the last call frees it */
    void (*on_drained)(void *ctx);
    void *on_drained_ctx;
    struct loop_later drained;
};

enum grpc_protocol {
    GRPC_PROTOCOL_GRPC,
    GRPC_PROTOCOL_CONNECT, /* unary; see connect_int.h */
    GRPC_PROTOCOL_CONNECT_STREAM,
    GRPC_PROTOCOL_NONE,
};

/* An answer of the server's own: see connect_int.h. */
struct grpc_notice;

/* What a content type says; NONE where it is not one of ours. */
struct grpc_form {
    enum grpc_protocol protocol;
    bool is_json;
};

/* States: it is made at HEADERS; given to its owner (is_given) when the request is in and its turn
 * has come, or at once where the client streams; over when finished or cancelled; freed when nobody
 * holds it. */
struct grpc_call {
    struct grpc_server *server;
    struct http2_stream *stream;
    const struct grpc_method *method;
    struct grpc_call *prev;
    struct grpc_call *next; /* in the server, or in its pool */
    void *ctx;
    struct grpc_agency *agency;
    struct admission_ticket ticket;
    bool is_stream; /* counted in stream_count */
    int64_t deadline_ms;
    struct loop_timer timer;
    struct loop_later resume;
    struct grpc_parser parser;
    struct grpc_buffer inbox; /* the one message; or what a client streamed while it was paused */
    struct grpc_fields *headers; /* added by its owner; NULL: none */
    struct grpc_fields *trailers;
    enum grpc_protocol protocol;
    bool is_json;                     /* Connect: messages travel as JSON */
    bool is_encoding_refused;         /* Connect, streams: the answer says what is taken */
    const struct grpc_notice *notice; /* Connect, unary: it is refused when all has come; or NULL */
    size_t dropped;                   /* of its body since then */
    bool has_answer;                  /* Connect, unary: outbox holds it */
    bool is_page;                     /* beside Connect: outbox holds what goes out */
    bool is_site;                     /* a page of a site: page_kept goes out */
    struct span page_kept;            /* its body, which outlives the server */
    size_t page_at;                   /* so much of it has */
    size_t page_size;                 /* of server->page_held */
    struct grpc_buffer outbox;
    bool has_message;
    bool is_given;
    bool is_over;
    bool is_paused;
    bool is_heard; /* the client has sent all */
    bool is_end_told;
    bool has_sent;    /* response headers are out */
    unsigned entered; /* frames of ours that use it: a free waits */
    bool is_released;
    struct grpc_kept kept;
};

/* call.c */
LG_MUST_USE struct lg_err grpc_call_new(struct grpc_server *server, struct http2_stream *stream,
                                        const struct grpc_method *method,
                                        struct grpc_call **out_call);
/* The request's headers: deadline, kept metadata, encoding. Begins the call. */
void grpc_call_begin(struct grpc_call *call, struct grpc_form form,
                     const struct http2_block *block);
void grpc_call_handle_reset(struct grpc_call *call);
void grpc_call_handle_writable(struct grpc_call *call);
/* Around whatever may call its owner, who may release it there: freed by the last leave at the
 * earliest. */
void grpc_call_enter(struct grpc_call *call);
void grpc_call_leave(struct grpc_call *call);
void grpc_call_mark_over(struct grpc_call *call, enum grpc_status status);
/* A fault of the peer in the middle of a call: answered, then told to the owner. Entered. */
void grpc_call_fail(struct grpc_call *call, enum grpc_status status, const char *message);
/* Looked at for every call, not only at the handshake. False: the call was failed. */
bool grpc_call_has_valid_peer(struct grpc_call *call);

/* page.c */
/* The row of kind GRPC_PAGE that this is a GET of; NULL: none. */
const struct grpc_method *grpc_page_find(const struct grpc_server *server,
                                         const struct http2_block *block);
/* As grpc_call_begin. */
void grpc_page_begin(struct grpc_call *call, const struct http2_block *block);
/* Sends what there is room for; ends the call after the last of it. Entered. */
void grpc_page_pump(struct grpc_call *call);

/* site.c */
/* As grpc_call_begin. */
void grpc_site_begin(struct grpc_call *call, const struct http2_block *block);

/* request.c */
/* When the client must have said more. */
void grpc_call_set_rest(struct grpc_call *call);
void grpc_call_handle_data(struct grpc_call *call, struct span bytes);
void grpc_call_handle_end(struct grpc_call *call);
/* Says how much is held for it now; ends it where that is too much for its connection. Entered. */
void grpc_call_hold(struct grpc_call *call);
/* Gives a request to its owner. Entered. */
void grpc_call_hand_over(struct grpc_call *call);

/* admit.c: when a call may begin */
LG_MUST_USE struct lg_err grpc_admit_new(struct grpc_server *server);
void grpc_admit_done(struct grpc_server *server);
/* Whether the owner may have it now. Else it waits, and is handed over later, or was refused.
 * Entered. */
bool grpc_admit_request(struct grpc_call *call);
/* The same of a client stream, which never waits. */
bool grpc_admit_stream(struct grpc_call *call);
/* Its answer is decided: what waits gives its place back. */
void grpc_admit_over(struct grpc_call *call, enum grpc_status status);
/* Its owner is through with it, too. */
void grpc_admit_leave(struct grpc_call *call);
/* Refuses all that wait: the server drains. */
void grpc_admit_drain(struct grpc_server *server);

/* refuse.c: who is turned away, and what is said */
enum grpc_refusal {
    GRPC_REFUSAL_BUSY,  /* it would not be answered in time */
    GRPC_REFUSAL_LATE,  /* it waited in vain */
    GRPC_REFUSAL_SHARE, /* its agency has as many as it may */
    GRPC_REFUSAL_DRAIN,
};
/* A call that nobody has had yet. Counted and told. Entered. */
void grpc_refuse(struct grpc_call *call, enum grpc_refusal refusal);
/* Over the agency's limit of calls: counted and told. */
void grpc_refuse_note_share(struct grpc_server *server);
void grpc_refuse_done(struct grpc_server *server);

/* answer.c */
/* False: its method's check ended it. */
bool grpc_call_is_allowed(struct grpc_call *call, bool is_begun);
/* Trailers, or Trailers-Only; ignored when the call is over. pushback_ms < 0: none. */
void grpc_call_end(struct grpc_call *call, enum grpc_status status, const char *message,
                   int64_t pushback_ms);
/* UNIMPLEMENTED, saying what is taken. */
void grpc_call_refuse_encoding(struct grpc_call *call);
/* An answer of the protocol's own to a stream without a call: Trailers-Only. */
void grpc_call_turn_down(struct grpc_server *server, struct http2_stream *stream,
                         enum grpc_status status, const char *message);

/* server.c */
void grpc_server_settle(struct grpc_server *server);
/* NULL when the table is full. */
struct grpc_agency *grpc_server_agency(struct grpc_server *server, const char *name);

/* health.c */
enum { GRPC_HEALTH_METHODS = 2 };
void grpc_health_methods(struct grpc_server *server,
                         struct grpc_method out[static GRPC_HEALTH_METHODS]);

/* Watches end, so that their connections can drain. */
void grpc_health_end(struct grpc_server *server);

/* ---- client ---- */

enum { GRPC_TRACEPARENT_MAX = 64, GRPC_RETIRING_MAX = 4 };

/* One connection of a channel. */
struct grpc_link {
    struct grpc_channel *channel;
    struct grpc_link *next; /* among the retiring */
    struct http2_connection *connection;
    bool is_open;
    bool is_proved; /* the peer has answered a call */
};

struct grpc_legs {
    struct grpc_leg *first;
    struct grpc_leg *last;
};

struct grpc_channel {
    struct http2_host *host;
    struct loop *loop;
    struct tls_context *tls;
    struct http2_address address;
    char dns_name[256];
    char uri[TLS_URI_MAX + 1];
    uint64_t random;
    struct grpc_link *link;     /* the one that takes calls */
    struct grpc_link *retiring; /* newest first; they finish their calls */
    uint64_t generation;        /* of the certificate under the link */
    int64_t retry_ms;           /* no connecting before */
    int64_t backoff_ms;
    int64_t keepalive_ms;
    struct grpc_legs waiting;
    struct grpc_legs open;
    struct grpc_leg *pool;
    size_t pool_count;
    bool is_freeing;
    struct loop_timer keepalive;
    struct loop_later fail; /* for the waiting legs of a broken channel */
    struct grpc_channel_counters counters;
};

/* What a leg keeps of an answer. */
struct grpc_told {
    struct grpc_kept headers;
    struct grpc_kept trailers;
};

/* In one list of its channel: waiting (stream NULL) or open. */
struct grpc_leg {
    struct grpc_channel *channel;
    struct grpc_leg *prev;
    struct grpc_leg *next; /* in its list, or in the pool */
    struct http2_stream *stream;
    const struct grpc_leg_events *events;
    void *ctx;
    const char *path;
    enum grpc_kind kind;
    int64_t deadline_ms;
    struct loop_timer timer;
    struct loop_later wake;
    struct grpc_buffer request;   /* framed; of a stream: what was sent before it was open */
    struct grpc_fields *metadata; /* NULL: none */
    const char *const *keeps;
    struct grpc_told *told; /* NULL where nothing is kept */
    bool is_request_whole;
    bool is_retried;
    bool is_stuck; /* could not be sent; its timer tells */
    bool is_wanting;
    bool in_callback; /* of its owner: a cancel waits */
    bool is_cancelled;
    bool is_done; /* its owner is being told the end */
    bool has_headers;
    bool has_message;
    bool has_status;
    bool is_content_good;
    unsigned http_status;
    enum grpc_status status;
    int64_t pushback_ms;
    struct grpc_parser parser;
    struct grpc_buffer answer; /* unary: the one message */
    char traceparent[GRPC_TRACEPARENT_MAX];
    size_t traceparent_len;
    char text[LIMIT_GRPC_STATUS_MESSAGE];
    size_t text_len;
};

/* leg.c */
enum grpc_start { GRPC_STARTED, GRPC_NO_ROOM, GRPC_STUCK };
/* Sends its headers and what it has. */
enum grpc_start grpc_leg_start(struct grpc_leg *leg, struct http2_connection *connection);
/* Tells its owner and frees it. `message` is ours. */
void grpc_leg_fail(struct grpc_leg *leg, enum grpc_status status, const char *message,
                   bool surely_unprocessed);

/* answer of the peer: reply.c */
void grpc_leg_handle_headers(struct grpc_leg *leg, const struct http2_block *block);
void grpc_leg_handle_data(struct grpc_leg *leg, struct span bytes);
void grpc_leg_handle_trailers(struct grpc_leg *leg, const struct http2_block *block);
void grpc_leg_handle_end(struct grpc_leg *leg);
void grpc_leg_handle_reset(struct grpc_leg *leg, uint32_t error, bool unprocessed);
void grpc_leg_handle_writable(struct grpc_leg *leg);
/* Takes it off the wire and out of its list, tells, frees. */
void grpc_leg_conclude(struct grpc_leg *leg, const struct grpc_outcome *outcome);
/* Forgets a try's answer. */
void grpc_leg_rewind(struct grpc_leg *leg);

/* channel.c */
void grpc_legs_add(struct grpc_legs *legs, struct grpc_leg *leg);
void grpc_legs_add_front(struct grpc_legs *legs, struct grpc_leg *leg);
void grpc_legs_remove(struct grpc_legs *legs, struct grpc_leg *leg);
/* Starts what waits, as far as there is room; connects where nothing is there to start it on. */
void grpc_channel_pump(struct grpc_channel *channel);
/* LIMIT GRPC_MEMORY. */
LG_MUST_USE struct lg_err grpc_channel_leg_new(struct grpc_channel *channel,
                                               struct grpc_leg **out_leg);
void grpc_channel_leg_free(struct grpc_leg *leg);

#endif
