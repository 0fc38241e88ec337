/* SPDX-License-Identifier: Apache-2.0 */
/* Connect's answers. A unary one waits whole until its call is finished: its status is the first
 * thing that goes out, and trailers stand in its headers. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

enum { FIELDS_MAX = 4 + 2 * LIMIT_GRPC_ADDED_FIELDS };

static const char TRAILER[] = "trailer-";

/* Fields of an answer. The first `needed` go out where the peer takes no list with the rest. */
struct head {
    struct http2_field fields[FIELDS_MAX];
    size_t count;
    size_t needed;
    char names[LIMIT_GRPC_ADDED_SIZE + LIMIT_GRPC_ADDED_FIELDS * sizeof TRAILER];
    char wait[24];
};

static void head_start(struct head *head, const char *http, const char *content_type) {
    head->fields[0] = grpc_field(":status", http);
    head->fields[1] = grpc_field("content-type", content_type);
    head->count = 2;
    head->needed = 2;
}

static void head_add(struct head *head, struct http2_field field) {
    ASSERT(head->count < FIELDS_MAX);
    head->fields[head->count] = field;
    head->count++;
}

static void head_add_headers(struct head *head, const struct grpc_fields *headers) {
    struct http2_field fields[LIMIT_GRPC_ADDED_FIELDS];
    size_t count = grpc_fields_list(headers, fields);
    for (size_t i = 0; i < count; i++) {
        head_add(head, fields[i]);
    }
}

static void head_add_trailers(struct head *head, const struct grpc_fields *trailers) {
    struct http2_field fields[LIMIT_GRPC_ADDED_FIELDS];
    size_t count = grpc_fields_list(trailers, fields);
    char *at = head->names;
    for (size_t i = 0; i < count; i++) {
        size_t len = sizeof TRAILER - 1 + fields[i].name.len;
        memcpy(at, TRAILER, sizeof TRAILER - 1);
        memcpy(at + sizeof TRAILER - 1, fields[i].name.ptr, fields[i].name.len);
        fields[i].name = span_of(at, len);
        head_add(head, fields[i]);
        at += len;
    }
}

static struct lg_err respond(struct http2_stream *stream, const struct head *head, bool end) {
    struct lg_err err = http2_stream_respond(stream, head->fields, head->count, end);
    if (lg_failed(err) && lg_err_code(err) == HTTP2_FULL) {
        err = http2_stream_respond(stream, head->fields, head->needed, end);
    }
    return err;
}

/* A whole answer of a few bytes. */
static struct lg_err answer(struct http2_stream *stream, const struct head *head,
                            struct span body) {
    if (body.len == 0) {
        return respond(stream, head, true);
    }
    TRY(respond(stream, head, false));
    TRY(http2_stream_send_last(stream, (struct span){0}, body));
    return http2_stream_finish(stream, NULL, 0);
}

static void answer_notice(struct http2_stream *stream, const struct grpc_notice *notice) {
    char text[GRPC_CONNECT_TEXT_MAX];
    struct head head;
    head_start(&head, notice->http, "application/json");
    if (notice->name != NULL) {
        head_add(&head, grpc_field(notice->name, notice->value));
        head.needed++;
    }
    struct span body = {0};
    if (notice->message != NULL) {
        body = grpc_connect_error(notice->status, notice->message, text);
    }
    if (lg_failed(answer(stream, &head, body))) {
        http2_stream_reset(stream, HTTP2_INTERNAL_ERROR, false);
    }
}

void grpc_connect_notice(struct http2_stream *stream, const struct grpc_notice *notice) {
    answer_notice(stream, notice);
    http2_stream_release(&stream);
}

void grpc_connect_refuse(struct grpc_call *call) {
    ASSERT(call->notice != NULL && !call->is_given);
    grpc_call_mark_over(call, call->notice->status);
    answer_notice(call->stream, call->notice);
}

/* ---- messages ---- */

static const char *content_type(const struct grpc_call *call) {
    if (call->protocol == GRPC_PROTOCOL_CONNECT_STREAM) {
        return call->is_json ? "application/connect+json" : "application/connect+proto";
    }
    return call->is_json ? "application/json" : "application/proto";
}

static struct lg_err open_stream(struct grpc_call *call) {
    struct head head;
    if (call->has_sent) {
        return LG_OK;
    }
    head_start(&head, "200", content_type(call));
    if (call->is_encoding_refused) {
        head_add(&head, grpc_field("connect-accept-encoding", "identity"));
    }
    head_add_headers(&head, call->headers);
    TRY(respond(call->stream, &head, false));
    call->has_sent = true;
    return LG_OK;
}

static struct lg_err send_frame(struct grpc_call *call, struct span message) {
    uint8_t prefix[GRPC_PREFIX_SIZE];
    if (lg_failed(open_stream(call))) {
        return grpc_error_gone();
    }
    grpc_prefix(prefix, message.len);
    struct lg_err err = http2_stream_send(call->stream, span_of(prefix, sizeof prefix), message);
    if (!lg_failed(err)) {
        return LG_OK;
    }
    return lg_err_code(err) == HTTP2_CLOSED ? grpc_error_gone() : grpc_error_full();
}

/* The one message waits for its call's end. */
static struct lg_err keep_message(struct grpc_call *call, struct span message) {
    ASSERT(!call->has_answer);
    if (!http2_stream_has_room(call->stream, message.len)) {
        return grpc_error_full();
    }
    TRY(grpc_buffer_add(&call->outbox, message));
    call->has_answer = true;
    return LG_OK;
}

static struct lg_err send_bytes(struct grpc_call *call, struct span message) {
    return call->protocol == GRPC_PROTOCOL_CONNECT_STREAM ? send_frame(call, message)
                                                          : keep_message(call, message);
}

/* *out_arena holds the text; the caller frees it, also after an error. */
static struct lg_err json_write(const struct grpc_call *call, struct span message,
                                struct arena **out_arena, struct span *out_json) {
    TRY(arena_new(LIMIT_GRPC_JSON_ARENA, out_arena));
    return call->server->config.codec->write(call->method->path, *out_arena, message, out_json);
}

size_t grpc_connect_measure(const struct grpc_call *call, struct span message) {
    OWN(arena_free) struct arena *arena = NULL;
    struct span json = {0};
    return lg_failed(json_write(call, message, &arena, &json)) ? SIZE_MAX : json.len;
}

struct lg_err grpc_connect_send(struct grpc_call *call, struct span message) {
    if (!call->is_json) {
        return send_bytes(call, message);
    }
    OWN(arena_free) struct arena *arena = NULL;
    struct span json = {0};
    struct lg_err err = json_write(call, message, &arena, &json);
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return grpc_error_large(); /* waiting does not help */
    }
    TRY(err);
    return json.len > LIMIT_GRPC_SEND_MAX ? grpc_error_large() : send_bytes(call, json);
}

/* ---- ends ---- */

static struct lg_err end_stream(struct grpc_call *call, enum grpc_status status,
                                const char *message) {
    enum { FLAG_END = 2 };
    char text[GRPC_CONNECT_TEXT_MAX];
    uint8_t prefix[GRPC_PREFIX_SIZE];
    struct span body = grpc_connect_end_text(status, message, call->trailers, text);
    TRY(open_stream(call));
    grpc_prefix(prefix, body.len);
    prefix[0] = FLAG_END;
    TRY(http2_stream_send_last(call->stream, span_of(prefix, sizeof prefix), body));
    return http2_stream_finish(call->stream, NULL, 0);
}

static struct lg_err end_good(struct grpc_call *call) {
    struct head head;
    head_start(&head, "200", content_type(call));
    head_add_headers(&head, call->headers);
    head_add_trailers(&head, call->trailers);
    struct span body = grpc_buffer_span(&call->outbox);
    if (body.len == 0) {
        return respond(call->stream, &head, true);
    }
    TRY(respond(call->stream, &head, false));
    TRY(http2_stream_send(call->stream, (struct span){0}, body));
    return http2_stream_finish(call->stream, NULL, 0);
}

/* Seconds, rounded up (RFC 9110, 10.2.3): what a client of plain HTTP knows to wait. */
static void head_add_wait(struct head *head, int64_t pushback_ms) {
    if (pushback_ms >= 0) {
        grpc_digits((pushback_ms + 999) / 1000, head->wait, sizeof head->wait);
        head_add(head, grpc_field_of("retry-after", span_text(head->wait)));
    }
}

static struct lg_err end_bad(struct grpc_call *call, enum grpc_status status, const char *message,
                             int64_t pushback_ms) {
    char text[GRPC_CONNECT_TEXT_MAX];
    struct head head;
    head_start(&head, grpc_connect_http(status), "application/json");
    head_add_wait(&head, pushback_ms);
    head_add_headers(&head, call->headers);
    head_add_trailers(&head, call->trailers);
    return answer(call->stream, &head, grpc_connect_error(status, message, text));
}

/* A unary answer that has no room any more, or none at all, is none. */
static enum grpc_status judge(const struct grpc_call *call, enum grpc_status status,
                              const char **message) {
    if (status != GRPC_OK || call->protocol == GRPC_PROTOCOL_CONNECT_STREAM) {
        return status;
    }
    if (!call->has_answer) {
        *message = "the method gave no answer";
        return GRPC_INTERNAL;
    }
    if (!http2_stream_has_room(call->stream, call->outbox.len)) {
        *message = "too many answers wait to be read; read them, then ask again";
        return GRPC_RESOURCE_EXHAUSTED;
    }
    return GRPC_OK;
}

void grpc_connect_end(struct grpc_call *call, enum grpc_status status, const char *message,
                      int64_t pushback_ms) {
    const char *text = message;
    if (call->is_page && call->has_sent) { /* no status can follow the half of a page */
        grpc_call_mark_over(call, status);
        http2_stream_reset(call->stream, HTTP2_CANCEL, false);
        return;
    }
    enum grpc_status judged = judge(call, status, &text);
    grpc_call_mark_over(call, judged);
    struct lg_err err = LG_OK;
    if (call->protocol == GRPC_PROTOCOL_CONNECT_STREAM) {
        err = end_stream(call, judged, text);
    } else {
        err = judged == GRPC_OK ? end_good(call) : end_bad(call, judged, text, pushback_ms);
    }
    if (lg_failed(err)) {
        http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
    }
    grpc_buffer_done(&call->outbox);
}
