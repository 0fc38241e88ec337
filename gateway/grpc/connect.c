/* SPDX-License-Identifier: Apache-2.0 */
/* Connect's requests: which form of a method is asked for, what its headers say, the bare message
 * of a unary call, messages out of JSON. */
#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

/* ---- forms ---- */

struct form_row {
    const char *type;
    struct grpc_form form;
};

static const struct form_row FORMS[] = {
    {"application/json", {GRPC_PROTOCOL_CONNECT, true}},
    {"application/proto", {GRPC_PROTOCOL_CONNECT, false}},
    {"application/connect+json", {GRPC_PROTOCOL_CONNECT_STREAM, true}},
    {"application/connect+proto", {GRPC_PROTOCOL_CONNECT_STREAM, false}},
};

/* Names of types are compared without regard to case (RFC 9110, 8.3.1). */
static bool is_type(struct span text, const char *type) {
    struct span wanted = span_text(type);
    for (size_t i = 0; i < text.len && text.len == wanted.len; i++) {
        uint8_t byte = text.ptr[i];
        uint8_t lower = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
        if (lower != wanted.ptr[i]) {
            return false;
        }
    }
    return text.len == wanted.len;
}

struct grpc_form grpc_form_of(struct span content_type) {
    if (grpc_content_type_is_grpc(content_type)) {
        return (struct grpc_form){.protocol = GRPC_PROTOCOL_GRPC};
    }
    struct span type = span_trim(span_slice(content_type, 0, span_index(content_type, ';')));
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (is_type(type, FORMS[i].type)) {
            return FORMS[i].form;
        }
    }
    return (struct grpc_form){.protocol = GRPC_PROTOCOL_NONE};
}

/* ---- methods ---- */

static const struct grpc_notice UNARY_ALONE = {
    .http = "415",
    .status = GRPC_UNIMPLEMENTED,
    .message = "this method answers once: send the bare message with content-type "
               "application/json or application/proto",
    .name = "accept-post",
    .value = "application/json, application/proto, application/grpc",
};

static const struct grpc_notice STREAM_ALONE = {
    .http = "415",
    .status = GRPC_UNIMPLEMENTED,
    .message = "this method streams: send framed messages with content-type "
               "application/connect+json or application/connect+proto",
    .name = "accept-post",
    .value = "application/connect+json, application/connect+proto, application/grpc",
};

static const struct grpc_notice NO_JSON_UNARY = {
    .http = "415",
    .status = GRPC_UNIMPLEMENTED,
    .message = "this method has no JSON form: send content-type application/proto",
    .name = "accept-post",
    .value = "application/proto, application/grpc",
};

static const struct grpc_notice NO_JSON_STREAM = {
    .http = "415",
    .status = GRPC_UNIMPLEMENTED,
    .message = "this method has no JSON form: send content-type application/connect+proto",
    .name = "accept-post",
    .value = "application/connect+proto, application/grpc",
};

const struct grpc_notice *grpc_connect_misfit(const struct grpc_server *server,
                                              const struct grpc_method *method,
                                              struct grpc_form form) {
    const struct grpc_codec *codec = server->config.codec;
    bool is_unary = method->kind == GRPC_UNARY;
    bool is_asked_unary = form.protocol == GRPC_PROTOCOL_CONNECT;
    if (form.protocol == GRPC_PROTOCOL_GRPC) {
        return NULL;
    }
    if (is_unary != is_asked_unary) {
        return is_unary ? &UNARY_ALONE : &STREAM_ALONE;
    }
    if (form.is_json && (codec == NULL || !codec->knows(method->path))) {
        return is_unary ? &NO_JSON_UNARY : &NO_JSON_STREAM;
    }
    return NULL;
}

/* ---- refusals ---- */

static const struct grpc_notice BAD_VERSION = {
    .http = "400",
    .status = GRPC_INVALID_ARGUMENT,
    .message = "connect-protocol-version is not known here; send 1, or none",
};

static const struct grpc_notice BAD_TIMEOUT = {
    .http = "400",
    .status = GRPC_INVALID_ARGUMENT,
    .message = "connect-timeout-ms is not readable; send 1 to 10 digits",
};

static const struct grpc_notice BAD_ENCODING = {
    .http = "501",
    .status = GRPC_UNIMPLEMENTED,
    .message = "only the encoding identity is taken; send the message uncompressed",
    .name = "accept-encoding",
    .value = "identity",
};

static const struct grpc_notice TOO_LARGE = {
    .http = "429",
    .status = GRPC_RESOURCE_EXHAUSTED,
    .message = "message over the limit",
};

static const struct grpc_notice NO_BODY = {
    .http = "400",
    .status = GRPC_INVALID_ARGUMENT,
    .message = "a page is asked for without a body",
};

static const struct grpc_notice NO_MEMORY = {
    .http = "429",
    .status = GRPC_RESOURCE_EXHAUSTED,
    .message = "no memory",
};

void grpc_connect_doom(struct grpc_call *call, const struct grpc_notice *notice) {
    call->protocol = GRPC_PROTOCOL_CONNECT;
    call->notice = notice;
    grpc_buffer_clear(&call->inbox);
}

/* A stream is answered at once: its status stands behind headers that are always 200. */
static void refuse(struct grpc_call *call, const struct grpc_notice *notice) {
    if (call->protocol == GRPC_PROTOCOL_CONNECT) {
        grpc_connect_doom(call, notice);
        return;
    }
    call->is_encoding_refused = notice == &BAD_ENCODING;
    grpc_call_fail(call, notice->status, notice->message);
}

void grpc_connect_refuse_timeout(struct grpc_call *call) {
    refuse(call, &BAD_TIMEOUT);
}

/* ---- headers ---- */

struct lg_err grpc_connect_timeout(const struct http2_block *block, int64_t *out_ms) {
    enum { DIGITS_MAX = 10 };
    struct span text = http2_block_find(block, "connect-timeout-ms");
    *out_ms = INT64_MAX;
    if (text.ptr == NULL) {
        return LG_OK;
    }
    if (text.len > DIGITS_MAX || !grpc_number_read(text, out_ms)) {
        return lg_err_make(LG_CLASS_INPUT, LG_GRPC, GRPC_CONFIG);
    }
    return LG_OK;
}

static bool is_identity(const struct http2_block *block, const char *name) {
    struct span value = http2_block_find(block, name);
    return value.ptr == NULL || span_equal_text(value, "identity");
}

bool grpc_connect_check(struct grpc_call *call, const struct http2_block *block) {
    struct span version = http2_block_find(block, "connect-protocol-version");
    if (version.ptr != NULL && !span_equal_text(version, "1")) {
        refuse(call, &BAD_VERSION);
        return false;
    }
    if (!is_identity(block, "content-encoding") ||
        !is_identity(block, "connect-content-encoding")) {
        refuse(call, &BAD_ENCODING);
        return false;
    }
    return true;
}

/* ---- messages ---- */

static void drop(struct grpc_call *call, size_t len) {
    call->dropped += len;
    if (call->dropped > LIMIT_GRPC_DROPPED) {
        grpc_connect_refuse(call);
    }
}

void grpc_connect_take(struct grpc_call *call, struct span bytes) {
    if (call->is_over) {
        return;
    }
    if (call->notice != NULL) {
        drop(call, bytes.len);
        return;
    }
    if (call->is_page && !call->is_site && bytes.len > 0) {
        refuse(call, &NO_BODY);
        return;
    }
    if (bytes.len > call->parser.message_max - call->inbox.len) {
        refuse(call, &TOO_LARGE);
    } else if (lg_failed(grpc_buffer_add(&call->inbox, bytes))) {
        refuse(call, &NO_MEMORY);
    }
}

bool grpc_connect_read(struct grpc_call *call, struct arena **arena, struct span *message) {
    const char *sentence = NULL;
    struct span bytes = {0};
    if (!call->is_json) {
        return true;
    }
    struct lg_err err = arena_new(LIMIT_GRPC_JSON_ARENA, arena);
    if (!lg_failed(err)) {
        err = call->server->config.codec->read(call->method->path, *arena, *message, &sentence,
                                               &bytes);
    }
    if (lg_failed(err)) {
        grpc_call_fail(call, grpc_status_of_error(err), sentence);
        return false;
    }
    if (bytes.len > call->method->request_max) {
        grpc_call_fail(call, GRPC_RESOURCE_EXHAUSTED, "message over the limit");
        return false;
    }
    *message = bytes;
    return true;
}
