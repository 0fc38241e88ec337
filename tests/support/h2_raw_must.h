/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of RFC 9113 or RFC 7541 that a peer breaks, or keeps in an unusual way: what it sends,
 * and exactly what has to come of it. Each is a test of its own, named by its section. */
#ifndef TESTS_SUPPORT_H2_RAW_MUST_H
#define TESTS_SUPPORT_H2_RAW_MUST_H

#include "tests/support/h2_raw.h"

enum { H2_RAW_STEPS = 10, H2_RAW_NEXT_ID = 201 };

enum h2_raw_kind {
    H2_RAW_END,    /* no further step */
    H2_RAW_FRAME,  /* of `bytes`, zeros behind them up to `size` */
    H2_RAW_FIELDS, /* HEADERS of the fields that `bytes` names, see h2_raw_fields */
    H2_RAW_BYTES,  /* as they are */
    H2_RAW_SETTLE, /* until the other side has done what it does */
};

struct h2_raw_step {
    enum h2_raw_kind kind;
    uint8_t type;
    uint8_t flags;
    uint32_t stream_id;
    const char *bytes;
    size_t len;
    size_t size;
    int times;          /* 0 is once */
    uint32_t id_stride; /* from one time to the next */
};

/* Steps as a table writes them. */
#define H2_FRAME(t, f, id, text)                                                                   \
    {                                                                                              \
        .kind = H2_RAW_FRAME, .type = NGHTTP2_##t, .flags = (f), .stream_id = (id),                \
        .bytes = (text), .len = sizeof(text) - 1                                                   \
    }
#define H2_FILLED(t, f, id, text, s)                                                               \
    {                                                                                              \
        .kind = H2_RAW_FRAME, .type = NGHTTP2_##t, .flags = (f), .stream_id = (id),                \
        .bytes = (text), .len = sizeof(text) - 1, .size = (s)                                      \
    }
#define H2_OTHER(t, f, id, text)                                                                   \
    {                                                                                              \
        .kind = H2_RAW_FRAME, .type = (t), .flags = (f), .stream_id = (id), .bytes = (text),       \
        .len = sizeof(text) - 1                                                                    \
    }
#define H2_OTHER_FILLED(t, f, id, text, s)                                                         \
    {                                                                                              \
        .kind = H2_RAW_FRAME, .type = (t), .flags = (f), .stream_id = (id), .bytes = (text),       \
        .len = sizeof(text) - 1, .size = (s)                                                       \
    }
#define H2_TIMES(n, t, f, id, text)                                                                \
    {                                                                                              \
        .kind = H2_RAW_FRAME, .type = NGHTTP2_##t, .flags = (f), .stream_id = (id),                \
        .bytes = (text), .len = sizeof(text) - 1, .times = (n)                                     \
    }
#define H2_FIELDS(f, id, text)                                                                     \
    {                                                                                              \
        .kind = H2_RAW_FIELDS, .type = NGHTTP2_HEADERS, .flags = (f), .stream_id = (id),           \
        .bytes = (text), .len = sizeof(text) - 1                                                   \
    }
#define H2_STREAMS(n, f, id, text)                                                                 \
    {                                                                                              \
        .kind = H2_RAW_FIELDS, .type = NGHTTP2_HEADERS, .flags = (f), .stream_id = (id),           \
        .bytes = (text), .len = sizeof(text) - 1, .times = (n), .id_stride = 2                     \
    }
#define H2_BYTES(text)                                                                             \
    { .kind = H2_RAW_BYTES, .bytes = (text), .len = sizeof(text) - 1 }
#define H2_SETTLE                                                                                  \
    { .kind = H2_RAW_SETTLE, .bytes = "" }

/* Flags in short. */
enum { ES = 1, EH = 4, EHS = 5, PADDED = 8, PRIO = 32, ACK = 1 };

enum h2_raw_reaction {
    H2_RAW_IGNORED,  /* no reset, no GOAWAY, and the next call is answered */
    H2_RAW_RESET,    /* RST_STREAM `error` on `stream_id`, and the next call is answered */
    H2_RAW_GOAWAY,   /* GOAWAY `error`, and closed */
    H2_RAW_CLOSED,   /* closed, with whatever word before */
    H2_RAW_ANSWERED, /* `stream_id` has grpc-status `status`, and the next call is answered */
};

struct h2_raw_expect {
    enum h2_raw_reaction reaction;
    uint32_t error;
    uint32_t stream_id;
    const char *status;
};

#define H2_IGNORED                                                                                 \
    { .reaction = H2_RAW_IGNORED }
#define H2_RESET(id, e)                                                                            \
    { .reaction = H2_RAW_RESET, .error = NGHTTP2_##e, .stream_id = (id) }
#define H2_GOAWAY(e)                                                                               \
    { .reaction = H2_RAW_GOAWAY, .error = NGHTTP2_##e }
#define H2_CLOSED                                                                                  \
    { .reaction = H2_RAW_CLOSED }
#define H2_ANSWERED(id, s)                                                                         \
    { .reaction = H2_RAW_ANSWERED, .stream_id = (id), .status = (s) }
/* The same, and the leg ends with this status (servers that break rules). */
#define H2_RESET_AS(s, id, e)                                                                      \
    { .reaction = H2_RAW_RESET, .error = NGHTTP2_##e, .stream_id = (id), .status = (s) }
#define H2_GOAWAY_AS(s, e)                                                                         \
    { .reaction = H2_RAW_GOAWAY, .error = NGHTTP2_##e, .status = (s) }

struct h2_raw_must {
    const char *name;
    struct h2_raw_expect expect;
    struct h2_raw_step steps[H2_RAW_STEPS];
    int served;     /* requests of these steps that may reach a method */
    bool is_silent; /* no preface is sent before the steps */
    bool pauses;    /* the first message of Sum pauses its call: nothing is consumed */
};

/* A rule and its steps; so many of its requests reach a method; without a preface before it; with
 * a client stream that is paused at its first message. */
#define H2_MUST(n, e, ...)                                                                         \
    {                                                                                              \
        .name = (n), .expect = e, .steps = { __VA_ARGS__ }                                         \
    }
#define H2_SERVED(count, n, e, ...)                                                                \
    { .name = (n), .expect = e, .steps = {__VA_ARGS__}, .served = (count) }
#define H2_SILENT(count, n, e, ...)                                                                \
    { .name = (n), .expect = e, .steps = {__VA_ARGS__}, .served = (count), .is_silent = true }
#define H2_PAUSED(count, n, e, ...)                                                                \
    { .name = (n), .expect = e, .steps = {__VA_ARGS__}, .served = (count), .pauses = true }

/* Fields in short, joined by '|': "name=value" with %XX for any byte, or a word of letters for
 * fields of a good message, in this order: of a request m s p a c t (:method, :scheme, :path of
 * Echo, :authority, content-type, te), of an answer S C G (:status, content-type, grpc-status). */
void h2_raw_fields(struct h2_raw_block *block, const char *text);

/* Sends the steps. */
void h2_raw_run(struct h2_raw *raw, const struct h2_raw_step *steps);

/* A program of tests: a client that breaks the rules at the server of a world, while another client
 * of that server gets its answers. Prints how many rules. `source_dir` is LOCKGATE_SOURCE. */
int h2_raw_musts_of_clients(const char *source_dir, const struct h2_raw_must *musts, size_t count);

/* The same for a server that breaks them. Its steps follow the client's request on stream 1; where
 * the reaction lets the stream live it is answered afterwards. `status` is how the call must have
 * ended (the number of the gRPC status). */
int h2_raw_musts_of_servers(const char *source_dir, const struct h2_raw_must *musts, size_t count);

#endif
