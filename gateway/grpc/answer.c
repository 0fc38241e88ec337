/* SPDX-License-Identifier: Apache-2.0 */
/* What a call answers: messages, trailers, Trailers-Only. */
#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

/* ---- answers ---- */

static struct http2_field content_type(void) {
    return grpc_field("content-type", "application/grpc");
}

enum { ENDING_FIELDS_MAX = 3 + LIMIT_GRPC_ADDED_FIELDS };
_Static_assert((int)ENDING_FIELDS_MAX <= (int)LIMIT_HTTP2_TRAILERS, "trailers of an answer");
_Static_assert((int)LIMIT_GRPC_ADDED_SIZE + (int)GRPC_MESSAGE_TEXT_MAX + 128 <=
                   (int)LIMIT_HTTP2_TRAILER_SIZE,
               "trailers of an answer");

/* grpc-status, grpc-message, grpc-retry-pushback-ms, what the owner added. */
struct ending {
    struct http2_field fields[ENDING_FIELDS_MAX];
    size_t count;
    char pushback[24];
    char text[GRPC_MESSAGE_TEXT_MAX];
};

static void ending_make(struct ending *ending, enum grpc_status status, const char *message,
                        int64_t pushback_ms) {
    ending->fields[0] = grpc_field("grpc-status", grpc_status_digits(status));
    ending->count = 1;
    if (message != NULL && message[0] != '\0') {
        ending->fields[ending->count++] =
            grpc_field_of("grpc-message", grpc_message_encode(span_text(message), ending->text));
    }
    if (pushback_ms >= 0) {
        grpc_digits(pushback_ms, ending->pushback, sizeof ending->pushback);
        ending->fields[ending->count++] =
            grpc_field_of("grpc-retry-pushback-ms", span_text(ending->pushback));
    }
}

/* One HEADERS with END_STREAM. A peer that takes so small a list that the rest does not fit gets
 * the status alone. */
static struct lg_err respond_trailers_only(struct http2_stream *stream,
                                           const struct ending *ending) {
    struct http2_field fields[2 + ENDING_FIELDS_MAX] = {grpc_field(":status", "200"),
                                                        content_type()};
    for (size_t i = 0; i < ending->count; i++) {
        fields[2 + i] = ending->fields[i];
    }
    struct lg_err err = http2_stream_respond(stream, fields, 2 + ending->count, true);
    if (lg_failed(err) && lg_err_code(err) == HTTP2_FULL) {
        err = http2_stream_respond(stream, fields, 3, true);
    }
    return err;
}

static struct lg_err send_trailers(struct http2_stream *stream, const struct ending *ending) {
    struct lg_err err = http2_stream_finish(stream, ending->fields, ending->count);
    if (lg_failed(err) && lg_err_code(err) == HTTP2_FULL) {
        err = http2_stream_finish(stream, ending->fields, 1);
    }
    return err;
}

void grpc_call_turn_down(struct grpc_server *server, struct http2_stream *stream,
                         enum grpc_status status, const char *message) {
    struct ending ending;
    ending_make(&ending, status, message, -1);
    server->counters.calls++;
    server->counters.by_status[status]++;
    if (lg_failed(respond_trailers_only(stream, &ending))) {
        http2_stream_reset(stream, HTTP2_INTERNAL_ERROR, false);
    }
    http2_stream_release(&stream);
}

/* A peer that takes too small a list for what was added gets none of it. */
static struct lg_err open_response(struct grpc_call *call) {
    struct http2_field fields[2 + LIMIT_GRPC_ADDED_FIELDS] = {grpc_field(":status", "200"),
                                                              content_type()};
    if (call->has_sent) {
        return LG_OK;
    }
    size_t count = 2 + grpc_fields_list(call->headers, fields + 2);
    struct lg_err err = http2_stream_respond(call->stream, fields, count, false);
    if (lg_failed(err) && lg_err_code(err) == HTTP2_FULL) {
        err = http2_stream_respond(call->stream, fields, 2, false);
    }
    TRY(err);
    call->has_sent = true;
    return LG_OK;
}

void grpc_call_end(struct grpc_call *call, enum grpc_status status, const char *message,
                   int64_t pushback_ms) {
    struct ending ending;
    if (call->is_over) {
        return;
    }
    if (call->protocol != GRPC_PROTOCOL_GRPC) {
        grpc_connect_end(call, status, message, pushback_ms);
        return;
    }
    grpc_call_mark_over(call, status);
    ending_make(&ending, status, message, pushback_ms);
    ending.count += grpc_fields_list(call->trailers, ending.fields + ending.count);
    /* In an answer of trailers only what was added as header could not be told from a trailer. */
    bool has_headers = call->headers != NULL && !lg_failed(open_response(call));
    struct lg_err err = call->has_sent || has_headers
                            ? send_trailers(call->stream, &ending)
                            : respond_trailers_only(call->stream, &ending);
    if (lg_failed(err)) {
        http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
    }
}

/* UNIMPLEMENTED says what is taken, so that the client may try again without. */
void grpc_call_refuse_encoding(struct grpc_call *call) {
    struct http2_field fields[] = {
        grpc_field(":status", "200"),
        content_type(),
        grpc_field("grpc-accept-encoding", "identity"),
        grpc_field("grpc-status", grpc_status_digits(GRPC_UNIMPLEMENTED)),
        grpc_field("grpc-message", "only identity encoding is taken"),
    };
    grpc_call_mark_over(call, GRPC_UNIMPLEMENTED);
    if (lg_failed(
            http2_stream_respond(call->stream, fields, sizeof fields / sizeof fields[0], true))) {
        http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
    }
}

/* ---- what owners do ---- */

struct lg_err grpc_call_add_header(struct grpc_call *call, const char *name, struct span value) {
    if (call->is_over || call->has_sent) {
        return grpc_error_gone();
    }
    return grpc_fields_add(&call->headers, name, value);
}

struct lg_err grpc_call_add_trailer(struct grpc_call *call, const char *name, struct span value) {
    if (call->is_over) {
        return grpc_error_gone();
    }
    return grpc_fields_add(&call->trailers, name, value);
}

static struct lg_err send_message(struct grpc_call *call, struct span message) {
    uint8_t prefix[GRPC_PREFIX_SIZE];
    if (lg_failed(open_response(call))) {
        return grpc_error_gone();
    }
    grpc_prefix(prefix, message.len);
    struct lg_err err = http2_stream_send(call->stream, span_of(prefix, sizeof prefix), message);
    if (!lg_failed(err)) {
        return LG_OK;
    }
    return lg_err_code(err) == HTTP2_CLOSED ? grpc_error_gone() : grpc_error_full();
}

/* Response headers wait for the first message: a call that is refused before it is Trailers-Only,
 * and its client may retry (gRPC proposal A6). */
bool grpc_call_is_allowed(struct grpc_call *call, bool is_begun) {
    const struct grpc_method *method = call->method;
    const char *message = NULL;
    enum grpc_status status =
        method->check == NULL ? GRPC_OK : method->check(method->ctx, call, is_begun, &message);
    if (status != GRPC_OK) {
        grpc_call_end(call, status, message, -1);
    }
    return status == GRPC_OK;
}

struct lg_err grpc_call_send(struct grpc_call *call, struct span message) {
    if (call->is_over || !http2_stream_is_open(call->stream) || !grpc_call_is_allowed(call, true)) {
        return grpc_error_gone();
    }
    if (message.len > LIMIT_GRPC_SEND_MAX) {
        return grpc_error_large();
    }
    TRY(call->protocol == GRPC_PROTOCOL_GRPC ? send_message(call, message)
                                             : grpc_connect_send(call, message));
    if (call->method->kind == GRPC_BIDI) {
        grpc_call_set_rest(call); /* a client may rest for as long as it has something to read */
    }
    return LG_OK;
}

void grpc_call_finish(struct grpc_call *call, enum grpc_status status, const char *message) {
    grpc_call_end(call, status, message, -1);
}

void grpc_call_finish_later(struct grpc_call *call, enum grpc_status status, const char *message,
                            int64_t pushback_ms) {
    ASSERT(pushback_ms >= 0);
    grpc_call_end(call, status, message, pushback_ms);
}
