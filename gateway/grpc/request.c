/* SPDX-License-Identifier: Apache-2.0 */
/* What a call receives: the one message of a unary call, kept until the client has sent all, and
 * the messages of a client that streams, as fast as the call's owner takes them. */
#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

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
static void take_framed(struct grpc_call *call, struct span bytes) {
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
        /* A message of several frames is in the parser's buffer: one copy is enough. */
        if (!grpc_parser_move(&call->parser, &call->inbox) &&
            lg_failed(grpc_buffer_add(&call->inbox, message))) {
            grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
            return;
        }
    }
}

static void take_request(struct grpc_call *call, struct span bytes) {
    if (call->protocol == GRPC_PROTOCOL_CONNECT) {
        grpc_connect_take(call, bytes);
    } else {
        take_framed(call, bytes);
    }
}

/* What unfinished requests make us hold is bounded for the connection, not only for each. What a
 * call that is over holds goes when it is left. */
void grpc_call_hold(struct grpc_call *call) {
    size_t size = call->parser.body.size + call->inbox.size;
    if (lg_failed(http2_stream_hold(call->stream, size)) && !call->is_over) {
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "too much of this connection waits");
    }
}

/* The next message may rest; one that has begun may not. */
void grpc_call_set_rest(struct grpc_call *call) {
    if (call->is_paused) {
        return;
    }
    int64_t now_ms = loop_now_ms(call->server->loop);
    if (grpc_parser_is_partial(&call->parser)) {
        http2_stream_set_body_due(call->stream, now_ms + LIMIT_HTTP2_BODY_MS);
    } else {
        http2_stream_set_rest_due(call->stream, now_ms + LIMIT_GRPC_STREAM_REST_MS);
    }
}

static void give_message(struct grpc_call *call, struct span message) {
    OWN(arena_free) struct arena *arena = NULL;
    if (grpc_connect_read(call, &arena, &message)) {
        call->method->on_message(call->method->ctx, call, message);
    }
}

/* Hands out the messages in `bytes` until one pauses or ends the call; returns what was used. */
static size_t take_stream(struct grpc_call *call, struct span bytes) {
    size_t len = bytes.len;
    while (bytes.len > 0 && !call->is_paused && !call->is_over) {
        struct span message = {0};
        enum grpc_parse result = grpc_parser_feed(&call->parser, &bytes, &message);
        if (judge_parse(call, result) && result == GRPC_PARSE_MESSAGE) {
            give_message(call, message);
        }
    }
    return len - bytes.len;
}

static void tell_end(struct grpc_call *call) {
    bool is_due = call->is_heard && !call->is_end_told && !call->is_paused && !call->is_over &&
                  call->inbox.len == 0;
    if (!is_due) {
        return;
    }
    call->is_end_told = true;
    if (grpc_parser_is_partial(&call->parser)) {
        grpc_call_fail(call, GRPC_INTERNAL, "the last message is not whole");
        return;
    }
    if (call->method->on_end != NULL) {
        call->method->on_end(call->method->ctx, call);
    }
}

/* What came while the call was paused, up to the stream's window, waits in the inbox and is given
 * back to the window as it is used. */
static void take_waiting(struct grpc_call *call) {
    size_t used = take_stream(call, grpc_buffer_span(&call->inbox));
    grpc_buffer_shift(&call->inbox, used);
    http2_stream_consume(call->stream, used);
    if (call->inbox.len == 0) {
        grpc_buffer_clear(&call->inbox);
    }
    grpc_call_hold(call);
    if (!call->is_over) {
        grpc_call_set_rest(call);
        tell_end(call);
    }
}

static void keep_waiting(struct grpc_call *call, struct span bytes) {
    if (lg_failed(grpc_buffer_add(&call->inbox, bytes))) {
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
    }
}

static void handle_stream_data(struct grpc_call *call, struct span bytes) {
    if (call->is_paused || call->inbox.len > 0) {
        keep_waiting(call, bytes);
        return;
    }
    size_t used = take_stream(call, bytes);
    if (call->is_over) {
        http2_stream_consume(call->stream, bytes.len);
        return;
    }
    http2_stream_consume(call->stream, used);
    grpc_call_set_rest(call);
    keep_waiting(call, span_slice(bytes, used, bytes.len - used));
}

void grpc_call_handle_data(struct grpc_call *call, struct span bytes) {
    grpc_call_enter(call);
    bool is_stream = grpc_kind_takes_stream(call->method->kind) && !call->is_over;
    if (is_stream) {
        handle_stream_data(call, bytes);
    } else {
        http2_stream_consume(call->stream, bytes.len);
        take_request(call, bytes);
    }
    grpc_call_hold(call);
    grpc_call_leave(call);
}

/* ---- dispatch ---- */

void grpc_call_hand_over(struct grpc_call *call) {
    ASSERT(call->entered > 0);
    call->is_given = true;
    call->method->on_request(call->method->ctx, call, grpc_buffer_span(&call->inbox));
    grpc_buffer_clear(&call->inbox);
    grpc_call_hold(call);
}

/* What waits for its turn is the message itself: admission looks into it. */
static bool read_inbox(struct grpc_call *call) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span message = grpc_buffer_span(&call->inbox);
    if (!call->is_json) {
        return true;
    }
    if (!grpc_connect_read(call, &arena, &message)) {
        return false;
    }
    grpc_buffer_clear(&call->inbox);
    if (lg_failed(grpc_buffer_add(&call->inbox, message))) {
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "no memory");
        return false;
    }
    return true;
}

static void dispatch(struct grpc_call *call) {
    /* A bare body of no bytes is the message without fields. */
    bool has_message = call->has_message || call->protocol == GRPC_PROTOCOL_CONNECT;
    if (grpc_parser_is_partial(&call->parser)) {
        grpc_call_fail(call, GRPC_INTERNAL, "the message is not whole");
        return;
    }
    if (!has_message) {
        grpc_call_fail(call, GRPC_UNIMPLEMENTED, "no message in a unary call");
        return;
    }
    if (grpc_call_has_valid_peer(call) && grpc_call_is_allowed(call, false) && read_inbox(call) &&
        grpc_admit_request(call)) {
        grpc_call_hand_over(call);
    }
}

void grpc_call_handle_end(struct grpc_call *call) {
    call->is_heard = true;
    if (call->is_over) {
        return;
    }
    grpc_call_enter(call);
    if (call->notice != NULL) {
        grpc_connect_refuse(call);
    } else if (grpc_kind_takes_stream(call->method->kind)) {
        tell_end(call);
    } else {
        dispatch(call);
    }
    grpc_call_leave(call);
}

void grpc_call_handle_writable(struct grpc_call *call) {
    if (call->is_page && call->has_sent && !call->is_over) {
        grpc_call_enter(call);
        grpc_page_pump(call);
        grpc_call_leave(call);
        return;
    }
    if (!call->is_over && call->is_given && call->method->on_writable != NULL) {
        grpc_call_enter(call);
        call->method->on_writable(call->method->ctx, call);
        grpc_call_leave(call);
    }
}

/* ---- pausing ---- */

void grpc_call_pause(struct grpc_call *call) {
    ASSERT(grpc_kind_takes_stream(call->method->kind));
    if (!call->is_over) {
        call->is_paused = true;
        loop_later_stop(call->server->loop, &call->resume);
        http2_stream_set_body_due(call->stream, INT64_MAX);
    }
}

static void on_resume(void *ctx) {
    struct grpc_call *call = ctx;
    grpc_call_enter(call);
    if (!call->is_over) {
        call->is_paused = false;
        take_waiting(call);
    }
    grpc_call_leave(call);
}

void grpc_call_resume(struct grpc_call *call) {
    if (call->is_paused && !call->is_over) {
        loop_later_start(call->server->loop, &call->resume, on_resume, call);
    }
}
