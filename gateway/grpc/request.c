/* SPDX-License-Identifier: Apache-2.0 */
/* What a call receives: the one message of a unary call, kept until the client has sent all, and
 * the messages of a client stream, as fast as its owner takes them. */
#include "gateway/base/assert.h"
#include "gateway/grpc/grpc_int.h"

/* ---- messages ---- */

/* True while the call may go on. */
static bool judge_parse(struct grpc_call *call, enum grpc_parse result) {
    switch (result) {
    case GRPC_PARSE_MORE:
    case GRPC_PARSE_MESSAGE:
        return true;
    case GRPC_PARSE_TOO_LARGE:
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "message over the limit");
        return false;
    case GRPC_PARSE_COMPRESSED:
        grpc_call_fail(call, GRPC_INTERNAL, "compressed message without an encoding");
        return false;
    case GRPC_PARSE_FLAG:
        grpc_call_fail(call, GRPC_INTERNAL, "unknown message flag");
        return false;
    case GRPC_PARSE_MEMORY:
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
        return false;
    }
    return false;
}

/* A unary message is kept until the client has sent all: nothing begins before. */
static void take_unary(struct grpc_call *call, struct span bytes) {
    while (bytes.len > 0 && !call->is_over) {
        struct span message = {0};
        enum grpc_parse result = grpc_parser_feed(&call->parser, &bytes, &message);
        if (!judge_parse(call, result)) {
            return;
        }
        if (result != GRPC_PARSE_MESSAGE) {
            continue;
        }
        if (call->has_message) {
            grpc_call_fail(call, GRPC_UNIMPLEMENTED, "more than one message in a unary call");
            return;
        }
        call->has_message = true;
        if (lg_failed(grpc_buffer_add(&call->inbox, message))) {
            grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
            return;
        }
    }
}

/* The next message may rest; one that has begun may not. */
static void set_rest(struct grpc_call *call) {
    int64_t rest_ms = grpc_parser_is_partial(&call->parser) ? (int64_t)LIMIT_HTTP2_BODY_MS
                                                            : (int64_t)LIMIT_GRPC_STREAM_REST_MS;
    http2_stream_set_body_due(call->stream, loop_now_ms(call->server->loop) + rest_ms);
}

static void tell_message(struct grpc_call *call, struct span message) {
    call->in_callback = true;
    call->method->on_message(call->method->ctx, call, message);
    call->in_callback = false;
}

/* Hands out the messages in `bytes` until one pauses the call; returns what was used. The call may
 * be freed: then *out_alive is false. */
static size_t take_stream(struct grpc_call *call, struct span bytes, bool *out_alive) {
    size_t len = bytes.len;
    while (bytes.len > 0 && !call->is_paused && !call->is_over && !call->is_released) {
        struct span message = {0};
        *out_alive = false;
        enum grpc_parse result = grpc_parser_feed(&call->parser, &bytes, &message);
        if (!judge_parse(call, result)) {
            return len;
        }
        *out_alive = true;
        if (result == GRPC_PARSE_MESSAGE) {
            tell_message(call, message);
        }
    }
    return len - bytes.len;
}

static void tell_end(struct grpc_call *call) {
    bool is_due = call->is_heard && !call->is_end_told && !call->is_paused && !call->is_over &&
                  !call->is_released && call->inbox.len == 0;
    if (!is_due) {
        return;
    }
    call->is_end_told = true;
    if (grpc_parser_is_partial(&call->parser)) {
        grpc_call_fail(call, GRPC_INTERNAL, "the last message is not whole");
        return;
    }
    if (call->method->on_end != NULL) {
        call->in_callback = true;
        call->method->on_end(call->method->ctx, call);
        call->in_callback = false;
    }
}

/* What came while the call was paused, up to the stream's window, waits in the inbox and is given
 * back to the window as it is used. */
static void take_waiting(struct grpc_call *call) {
    bool is_alive = true;
    size_t used = take_stream(call, grpc_buffer_span(&call->inbox), &is_alive);
    if (!is_alive) {
        return;
    }
    grpc_buffer_shift(&call->inbox, used);
    if (!call->is_over) {
        http2_stream_consume(call->stream, used);
        set_rest(call);
        tell_end(call);
    }
    grpc_call_settle(call);
}

static void handle_stream_data(struct grpc_call *call, struct span bytes) {
    if (call->is_paused || call->inbox.len > 0) {
        if (lg_failed(grpc_buffer_add(&call->inbox, bytes))) {
            grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
        }
        return;
    }
    bool is_alive = true;
    size_t used = take_stream(call, bytes, &is_alive);
    if (!is_alive) {
        return;
    }
    struct span rest = span_slice(bytes, used, bytes.len - used);
    if (call->is_over || call->is_released) {
        grpc_call_settle(call);
        return;
    }
    http2_stream_consume(call->stream, used);
    if (call->is_paused) {
        http2_stream_set_body_due(call->stream, INT64_MAX);
    } else {
        set_rest(call);
    }
    if (lg_failed(grpc_buffer_add(&call->inbox, rest))) {
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
    }
}

void grpc_call_handle_data(struct grpc_call *call, struct span bytes) {
    if (call->method->kind == GRPC_CLIENT_STREAM && !call->is_over) {
        handle_stream_data(call, bytes);
        return;
    }
    http2_stream_consume(call->stream, bytes.len);
    if (!call->is_over) {
        take_unary(call, bytes);
    }
}

/* ---- dispatch ---- */

static void dispatch(struct grpc_call *call) {
    if (grpc_parser_is_partial(&call->parser)) {
        grpc_call_fail(call, GRPC_INTERNAL, "the message is not whole");
        return;
    }
    if (!call->has_message) {
        grpc_call_fail(call, GRPC_UNIMPLEMENTED, "no message in a unary call");
        return;
    }
    if (!grpc_call_has_valid_peer(call)) {
        return;
    }
    call->is_given = true;
    call->in_callback = true;
    call->method->on_request(call->method->ctx, call, grpc_buffer_span(&call->inbox));
    call->in_callback = false;
    grpc_buffer_clear(&call->inbox);
    grpc_call_settle(call);
}

void grpc_call_handle_end(struct grpc_call *call) {
    call->is_heard = true;
    if (call->is_over) {
        return;
    }
    if (call->method->kind == GRPC_CLIENT_STREAM) {
        tell_end(call);
        grpc_call_settle(call);
        return;
    }
    dispatch(call);
}

void grpc_call_handle_writable(struct grpc_call *call) {
    if (!call->is_over && call->is_given && call->method->on_writable != NULL) {
        call->in_callback = true;
        call->method->on_writable(call->method->ctx, call);
        call->in_callback = false;
        grpc_call_settle(call);
    }
}

/* ---- pausing ---- */

void grpc_call_pause(struct grpc_call *call) {
    ASSERT(call->method->kind == GRPC_CLIENT_STREAM);
    if (!call->is_over) {
        call->is_paused = true;
        loop_later_stop(call->server->loop, &call->resume);
        http2_stream_set_body_due(call->stream, INT64_MAX);
    }
}

static void on_resume(void *ctx) {
    struct grpc_call *call = ctx;
    if (!call->is_over) {
        call->is_paused = false;
        take_waiting(call);
    }
}

void grpc_call_resume(struct grpc_call *call) {
    if (call->is_paused && !call->is_over) {
        loop_later_start(call->server->loop, &call->resume, on_resume, call);
    }
}
