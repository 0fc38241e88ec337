/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that sends whatever bytes a test wants, over real TLS, and writes down what comes back. */
#ifndef TESTS_SUPPORT_H2_RAW_H
#define TESTS_SUPPORT_H2_RAW_H

#include <nghttp2/nghttp2.h>

#include "tests/support/grpc_world.h"

enum {
    H2_RAW_BUFFER = 4 * 1024 * 1024,
    H2_RAW_STREAMS = 4096,
    H2_RAW_TEXT = 64,
    H2_RAW_NAMES = 256,
    H2_RAW_LINES = 512,
    H2_RAW_BODY = 1024,
};

/* What came on one stream (index: identifier / 2, modulo their number). */
struct h2_raw_stream {
    int headers;
    bool has_ended;
    int resets;
    uint32_t reset_error;
    size_t data_len;
    uint8_t data[H2_RAW_TEXT]; /* the start */
    char http_status[8];
    char grpc_status[8];
    char grpc_message[H2_RAW_TEXT];
    char accept_encoding[H2_RAW_TEXT];
    char content_type[H2_RAW_TEXT];
    char names[H2_RAW_NAMES];  /* of every field in order, each with a space */
    char attempts[8];          /* grpc-previous-rpc-attempts */
    char timeout[16];          /* grpc-timeout */
    char fields[H2_RAW_LINES]; /* "name: value\n" of all, cut */
    char body[H2_RAW_BODY];    /* the data as text, with a NUL; cut */
};

struct h2_raw {
    struct grpc_world *world;
    struct tls_stream *tls;
    nghttp2_hd_inflater *inflater;
    uint8_t *in;
    size_t in_len;
    bool is_closed; /* the other side closed or broke */
    bool holds_ack; /* SETTINGS are not acknowledged */
    bool reads_nothing;
    bool awaits_preface; /* a server's: the client's comes first */
    int frames[16];      /* by type */
    int settings_acks;
    int ping_acks;
    int goaways;
    uint32_t goaway_error; /* of the last */
    uint32_t goaway_last;
    char goaway_text[H2_RAW_TEXT];
    uint32_t settings[16]; /* as announced; by identifier */
    struct h2_raw_stream streams[H2_RAW_STREAMS];
};

/* A client at the world's server: TLS is up, nothing is sent yet. */
void h2_raw_connect(struct grpc_world *world, struct h2_raw *out_raw);
/* A server: the world's channel is replaced by one that comes here at its first call, and `begin`
 * starts such a call. TLS is up, nothing is sent yet. */
void h2_raw_listen(struct grpc_world *world, struct h2_raw *out_raw, struct grpc_try *begin,
                   const char *path);
void h2_raw_free(struct h2_raw *raw);

/* Sends bytes, turning the loop while they do not fit; stops when the other side is gone. */
void h2_raw_bytes(struct h2_raw *raw, struct span bytes);
void h2_raw_frame(struct h2_raw *raw, uint8_t type, uint8_t flags, uint32_t stream_id,
                  struct span payload);
/* A client's preface and empty SETTINGS, and everything answered. */
void h2_raw_greet(struct h2_raw *raw);
/* The loop and this peer, until nothing more happens. */
void h2_raw_settle(struct h2_raw *raw);

/* Header blocks: literals without index. */
struct h2_raw_block {
    uint8_t bytes[65536];
    size_t len;
};
void h2_raw_add(struct h2_raw_block *block, const char *name, const char *value);
/* The same for texts that hold any byte. */
void h2_raw_add_bytes(struct h2_raw_block *block, struct span name, struct span value);
/* The fields of a unary call to `path`. */
void h2_raw_request(struct h2_raw_block *block, const char *path);
/* HEADERS with END_HEADERS, and END_STREAM if `end`. */
void h2_raw_headers(struct h2_raw *raw, uint32_t stream_id, const struct h2_raw_block *block,
                    bool end);
/* A whole unary call with `message` (at most 16 KiB). */
void h2_raw_call(struct h2_raw *raw, uint32_t stream_id, const char *path, struct span message);

#endif
