/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a peer, after TLS, into a server's connection: the first byte says how they are cut
 * and who sends them. Whatever comes, what is held stays within its limits, every stream that was
 * handed out ends, and the connection is gone without a trace. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HELD_MAX = LIMIT_HTTP2_STREAMS + 1 };

struct owner {
    struct http2_stream *held[HELD_MAX];
    size_t held_count;
    uint64_t told;
    uint64_t ended;
};

static int64_t no_time(void *ctx) {
    (void)ctx;
    return 1000000;
}

static void forget(struct owner *owner, struct http2_stream *stream) {
    for (size_t i = 0; i < owner->held_count; i++) {
        if (owner->held[i] == stream) {
            owner->held_count--;
            owner->held[i] = owner->held[owner->held_count];
            owner->ended++;
            http2_stream_release(&stream);
            return;
        }
    }
    ASSERT(stream == NULL); /* told of a stream that was not handed out, or twice */
}

static void on_headers(void *ctx, struct http2_stream *stream, const struct http2_block *block) {
    struct owner *owner = ctx;
    ASSERT(owner->held_count < HELD_MAX);
    ASSERT(block->field_count <= LIMIT_HTTP2_FIELDS);
    ASSERT(block->method.ptr != NULL);
    owner->held[owner->held_count] = stream;
    owner->held_count++;
    owner->told++;
}

static void on_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
}

/* Every second answer is Trailers-Only, the others have a body. */
static void on_end(void *ctx, struct http2_stream *stream) {
    struct owner *owner = ctx;
    static const uint8_t BODY[3000];
    struct http2_field status = {.name = span_text(":status"), .value = span_text("200")};
    struct http2_field trailer = {.name = span_text("grpc-status"), .value = span_text("0")};
    bool is_short = owner->told % 2 == 0;
    struct lg_err err = http2_stream_respond(stream, &status, 1, is_short);
    if (!lg_failed(err) && !is_short) {
        err = http2_stream_send(stream, span_of(BODY, 5), span_of(BODY, sizeof BODY));
        lg_err_ignore(err, "full is an answer");
        lg_err_ignore(http2_stream_finish(stream, &trailer, 1), "and so is gone");
    }
    forget(owner, stream);
}

static void on_reset(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed) {
    (void)error;
    (void)unprocessed;
    forget(ctx, stream);
}

static const struct http2_events EVENTS = {
    .on_headers = on_headers,
    .on_data = on_data,
    .on_end = on_end,
    .on_reset = on_reset,
};

static struct http2_connection *make(struct http2_host *host, struct owner *owner) {
    struct http2_connection *connection = calloc(1, sizeof *connection);
    ASSERT(connection != NULL);
    connection->host = host;
    connection->events = &EVENTS;
    connection->ctx = owner;
    connection->is_server = true;
    connection->state = HTTP2_OPEN;
    connection->fd = -1;
    host->connections++;
    host->counters.connections++;
    guard_init(&connection->guard, 1000000);
    ASSERT(!lg_failed(http2_session_new(connection)));
    return connection;
}

/* As a flush would, to nowhere. */
static void drain(struct http2_connection *connection) {
    connection->entered++;
    struct span frame = {.len = 1};
    while (frame.len > 0 && !connection->is_ending) {
        if (lg_failed(http2_session_next(connection, &frame))) {
            break;
        }
    }
    connection->entered--;
}

static void check(const struct http2_connection *connection) {
    ASSERT(connection->stream_count <= LIMIT_HTTP2_STREAMS);
    ASSERT(connection->live_count <= connection->stream_count);
    ASSERT(connection->pending <= LIMIT_HTTP2_CONNECTION_PENDING);
    ASSERT(connection->held <= LIMIT_HTTP2_CONNECTION_HELD);
    ASSERT(connection->block.count <= LIMIT_HTTP2_FIELDS);
    ASSERT(connection->entered == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct clock clock = {.wall_ms = no_time, .mono_ms = no_time};
    struct owner owner = {0};
    struct loop *loop = NULL;
    struct http2_host *host = NULL;
    if (size == 0) {
        return 0;
    }
    ASSERT(!lg_failed(loop_new(clock, &loop)));
    ASSERT(!lg_failed(http2_host_new(loop, &host)));
    struct http2_connection *connection = make(host, &owner);
    size_t step = data[0] == 0 ? size : data[0];
    struct span rest = span_of(data + 1, size - 1);
    while (rest.len > 0 && !connection->is_ending) {
        struct span part = span_slice(rest, 0, step);
        rest = span_slice(rest, part.len, rest.len);
        http2_session_feed(connection, part);
        drain(connection);
        check(connection);
    }
    http2_connection_drop(connection, HTTP2_WHY_LOST);
    ASSERT(owner.held_count == 0);
    ASSERT(owner.ended == owner.told);
    ASSERT(host->counters.works == 0);
    http2_host_free(&host);
    loop_free(&loop);
    return 0;
}
