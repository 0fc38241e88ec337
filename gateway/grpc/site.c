/* SPDX-License-Identifier: Apache-2.0 */
/* A site beside the calls, for browsers: whatever is asked of a server that is no call of Connect's
 * or gRPC's goes to its one row of kind GRPC_SITE, which answers with any status and any fields. A
 * request is admitted, counted, held and timed like a unary call, its answer goes out as a page. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

enum { FIELDS_MAX = 1 + LIMIT_GRPC_SITE_FIELDS };

static const struct grpc_notice TOO_LONG = {.http = "414", .status = GRPC_RESOURCE_EXHAUSTED};

/* ---- requests: "METHOD PATH\n" and the body */

static bool request_keep(struct grpc_call *call, const struct http2_block *block) {
    return !lg_failed(grpc_buffer_add(&call->inbox, block->method)) &&
           !lg_failed(grpc_buffer_add(&call->inbox, span_text(" "))) &&
           !lg_failed(grpc_buffer_add(&call->inbox, block->path)) &&
           !lg_failed(grpc_buffer_add(&call->inbox, span_text("\n")));
}

void grpc_site_begin(struct grpc_call *call, const struct http2_block *block) {
    call->is_page = true;
    call->is_site = true;
    bool is_short = block->path.len <= LIMIT_GRPC_SITE_PATH && block->method.len <= LIMIT_GRPC_PATH;
    if (!is_short || !request_keep(call, block)) {
        grpc_connect_doom(call, &TOO_LONG);
        return;
    }
    grpc_call_begin(call, (struct grpc_form){.protocol = GRPC_PROTOCOL_CONNECT}, block);
}

bool grpc_site_read(struct span message, struct grpc_site_request *out_request) {
    size_t line = span_index(message, '\n');
    struct span head = span_slice(message, 0, line);
    size_t blank = span_index(head, ' ');
    if (line == message.len || blank == head.len) {
        return false;
    }
    struct span target = span_slice(head, blank + 1, head.len);
    size_t question = span_index(target, '?');
    *out_request = (struct grpc_site_request){
        .method = span_slice(head, 0, blank),
        .path = span_slice(target, 0, question),
        .query = span_slice(target, question + 1, target.len),
        .body = span_slice(message, line + 1, message.len),
    };
    return true;
}

/* ---- answers */

static struct lg_err respond(struct grpc_call *call, const struct grpc_site_answer *answer) {
    struct http2_field fields[FIELDS_MAX] = {grpc_field(":status", answer->status)};
    ASSERT(answer->field_count <= LIMIT_GRPC_SITE_FIELDS);
    if (answer->field_count > 0) {
        memcpy(fields + 1, answer->fields, answer->field_count * sizeof *fields);
    }
    bool has_body = answer->body.len > 0 && !answer->is_head;
    return http2_stream_respond(call->stream, fields, 1 + answer->field_count, !has_body);
}

static void answer_now(struct grpc_call *call, const struct grpc_site_answer *answer) {
    if (lg_failed(respond(call, answer))) {
        grpc_call_mark_over(call, GRPC_CANCELLED);
        http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
        return;
    }
    call->has_sent = true;
    if (answer->body.len == 0 || answer->is_head) {
        grpc_call_mark_over(call, GRPC_OK);
        return;
    }
    call->page_kept = answer->body;
    grpc_page_pump(call);
    if (!call->is_over) {
        grpc_call_rest(call, true);
    }
}

void grpc_call_site(struct grpc_call **call, const struct grpc_site_answer *answer) {
    struct grpc_call *it = *call;
    ASSERT(it->is_site);
    grpc_call_enter(it);
    if (!it->is_over) {
        answer_now(it, answer);
    }
    it->is_released = true;
    *call = NULL;
    grpc_call_leave(it);
}
