/* SPDX-License-Identifier: Apache-2.0 */
/* Pages beside the calls: GET of a path under a row of kind GRPC_PAGE. A page is admitted, counted
 * and held like a unary call of Connect's, and refused in its form; its body goes out as there is
 * room, however large it is, after its owner has let it go. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

/* A page below SMALL, as a checkpoint is, is bounded by the calls that an agency may have. */
enum { CHUNK_SIZE = 65536, FIELDS = 4, SMALL = 1024 };

static const struct grpc_notice NO_MEMORY = {
    .http = "429",
    .status = GRPC_RESOURCE_EXHAUSTED,
    .message = "no memory",
};

/* ---- requests */

/* The row without its last byte, which is a star. */
static struct span prefix_of(const struct grpc_method *method) {
    return span_of(method->path, strlen(method->path) - 1);
}

const struct grpc_method *grpc_page_find(const struct grpc_server *server,
                                         const struct http2_block *block) {
    if (!span_equal_text(block->method, "GET")) {
        return NULL;
    }
    for (size_t i = 0; i < server->method_count; i++) {
        const struct grpc_method *method = &server->methods[i];
        if (method->kind == GRPC_PAGE && block->path.len <= LIMIT_GRPC_PATH &&
            span_starts_with(block->path, prefix_of(method))) {
            return method;
        }
    }
    return NULL;
}

void grpc_page_begin(struct grpc_call *call, const struct http2_block *block) {
    struct span prefix = prefix_of(call->method);
    struct span rest = span_slice(block->path, prefix.len, block->path.len);
    call->is_page = true;
    if (lg_failed(grpc_buffer_add(&call->inbox, rest))) {
        grpc_connect_doom(call, &NO_MEMORY);
        return;
    }
    grpc_call_begin(call, (struct grpc_form){.protocol = GRPC_PROTOCOL_CONNECT}, block);
}

/* ---- answers */

static void break_off(struct grpc_call *call) {
    grpc_call_mark_over(call, GRPC_CANCELLED);
    http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
}

void grpc_page_pump(struct grpc_call *call) {
    struct span body = call->is_site ? call->page_kept : grpc_buffer_span(&call->outbox);
    ASSERT(call->entered > 0);
    while (!call->is_over && call->page_at < body.len) {
        struct span chunk = span_slice(body, call->page_at, CHUNK_SIZE);
        struct lg_err err = http2_stream_send(call->stream, (struct span){0}, chunk);
        if (lg_failed(err) && lg_err_code(err) == HTTP2_FULL) {
            return; /* on_writable goes on */
        }
        if (lg_failed(err)) {
            break_off(call);
            return;
        }
        call->page_at += chunk.len;
    }
    if (call->is_over) {
        return;
    }
    grpc_call_mark_over(call, GRPC_OK);
    if (lg_failed(http2_stream_finish(call->stream, NULL, 0))) {
        http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
    }
}

static void respond(struct grpc_call *call, const struct grpc_page *page) {
    const struct http2_field fields[FIELDS] = {
        grpc_field(":status", "200"),
        grpc_field("content-type", page->type),
        grpc_field("cache-control", page->cache),
        grpc_field("x-content-type-options", "nosniff"),
    };
    if (lg_failed(http2_stream_respond(call->stream, fields, FIELDS, false))) {
        break_off(call);
        return;
    }
    call->has_sent = true;
    grpc_page_pump(call);
    if (!call->is_over) {
        grpc_call_rest(call, true); /* its reader's pace is nothing that we could hurry */
    }
}

static bool has_room(const struct grpc_call *call, size_t len) {
    return len <= (size_t)LIMIT_GRPC_PAGES_HELD - call->server->page_held &&
           len <= (size_t)LIMIT_GRPC_PAGES_HELD_AGENCY - call->agency->page_held;
}

/* Room for the body until the peer has read it: what slow readers hold is bounded for the server,
 * and for each agency, whose slow reader is no other's. */
static bool keep(struct grpc_call *call, struct span body) {
    size_t counted = body.len < SMALL ? 0 : body.len;
    if (!has_room(call, counted) || lg_failed(grpc_buffer_add(&call->outbox, body))) {
        return false;
    }
    call->page_size = counted;
    call->server->page_held += counted;
    call->agency->page_held += counted;
    return true;
}

void grpc_call_page(struct grpc_call **call, const struct grpc_page *page) {
    struct grpc_call *it = *call;
    ASSERT(it->is_page);
    ASSERT(page->body.len > 0);
    grpc_call_enter(it);
    if (!it->is_over && !keep(it, page->body)) {
        grpc_call_end(it, GRPC_RESOURCE_EXHAUSTED,
                      "too many pages wait to be read; read them, then ask again", -1);
    } else if (!it->is_over) {
        respond(it, page);
    }
    it->is_released = true;
    *call = NULL;
    grpc_call_leave(it);
}
