/* SPDX-License-Identifier: Apache-2.0 */
/* A call at the server: from HEADERS to the last thing its owner does with it. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

/* ---- life ---- */

static struct grpc_call *take_call(struct grpc_server *server) {
    struct grpc_call *call = server->pool;
    if (call == NULL) {
        return calloc(1, sizeof *call);
    }
    server->pool = call->next;
    server->pool_count--;
    /* What is emptied keeps its blocks. */
    struct grpc_buffer body = call->parser.body;
    struct grpc_buffer inbox = call->inbox;
    *call = (struct grpc_call){.parser = {.body = body}, .inbox = inbox};
    return call;
}

static void drop_call(struct grpc_server *server, struct grpc_call *call) {
    grpc_fields_free(&call->headers);
    grpc_fields_free(&call->trailers);
    grpc_buffer_done(&call->outbox);
    grpc_parser_clear(&call->parser);
    grpc_buffer_clear(&call->inbox);
    if (server->pool_count >= LIMIT_GRPC_POOL || server->is_freed) {
        grpc_buffer_done(&call->parser.body);
        grpc_buffer_done(&call->inbox);
        free(call);
        return;
    }
    call->next = server->pool;
    server->pool = call;
    server->pool_count++;
}

struct lg_err grpc_call_new(struct grpc_server *server, struct http2_stream *stream,
                            const struct grpc_method *method, struct grpc_call **out_call) {
    const struct tls_peer *peer = http2_connection_peer(http2_stream_connection(stream));
    struct grpc_agency *agency = grpc_server_agency(server, peer->agency);
    if (agency == NULL || agency->works >= LIMIT_GRPC_AGENCY_CALLS) {
        grpc_refuse_note_share(server);
        return grpc_error_full();
    }
    struct grpc_call *call = take_call(server);
    if (call == NULL) {
        return grpc_error_memory();
    }
    call->server = server;
    call->stream = stream;
    call->method = method;
    call->agency = agency;
    call->parser.message_max = method->request_max;
    agency->works++;
    call->next = server->calls;
    if (call->next != NULL) {
        call->next->prev = call;
    }
    server->calls = call;
    server->call_count++;
    server->counters.calls++;
    http2_stream_set_ctx(stream, call);
    *out_call = call;
    return LG_OK;
}

static void free_call(struct grpc_call *call) {
    struct grpc_server *server = call->server;
    loop_timer_stop(server->loop, &call->timer);
    loop_later_stop(server->loop, &call->resume);
    http2_stream_set_ctx(call->stream, NULL);
    http2_stream_release(&call->stream);
    if (call->prev != NULL) {
        call->prev->next = call->next;
    } else {
        server->calls = call->next;
    }
    if (call->next != NULL) {
        call->next->prev = call->prev;
    }
    grpc_admit_leave(call);
    ASSERT(call->agency->works > 0);
    call->agency->works--;
    server->page_held -= call->page_size;
    call->agency->page_held -= call->page_size;
    server->call_count--;
    drop_call(server, call);
    grpc_server_settle(server);
}

/* What came is not wanted any more, though its owner may hold on to the call: the memory goes, and
 * what waited behind a pause is given back to the connection's window. */
static void drop_waiting(struct grpc_call *call) {
    if (grpc_kind_takes_stream(call->method->kind)) {
        http2_stream_consume(call->stream, call->inbox.len);
    }
    grpc_buffer_clear(&call->inbox);
    grpc_parser_clear(&call->parser);
    lg_err_ignore(http2_stream_hold(call->stream, call->parser.body.size + call->inbox.size),
                  "no more than before");
}

/* Frees what nobody holds: its owner has let it go, or never got it and it is over. */
static void settle(struct grpc_call *call) {
    bool is_loose = call->is_given ? call->is_released : call->is_over;
    if (call->is_page && !call->is_over) {
        return; /* it goes out without its owner */
    }
    if (is_loose && call->entered == 0) {
        free_call(call);
    }
}

void grpc_call_enter(struct grpc_call *call) {
    call->entered++;
}

void grpc_call_leave(struct grpc_call *call) {
    ASSERT(call->entered > 0);
    call->entered--;
    if (call->is_over && call->entered == 0) {
        drop_waiting(call);
    }
    settle(call);
}

void grpc_call_mark_over(struct grpc_call *call, enum grpc_status status) {
    ASSERT(!call->is_over);
    ASSERT((unsigned)status < GRPC_STATUS_COUNT);
    call->is_over = true;
    call->server->counters.by_status[status]++;
    grpc_admit_over(call, status);
    loop_timer_stop(call->server->loop, &call->timer);
    loop_later_stop(call->server->loop, &call->resume);
    if (call->entered == 0) {
        drop_waiting(call); /* else its owner may be reading it */
    }
}

/* The owner, if there is one, learns that it is over. */
static void tell_cancel(struct grpc_call *call, enum grpc_status why) {
    if (call->is_given && !call->is_released && call->method->on_cancel != NULL) {
        call->method->on_cancel(call->method->ctx, call, why);
    }
}

void grpc_call_fail(struct grpc_call *call, enum grpc_status status, const char *message) {
    ASSERT(call->entered > 0);
    if (!call->is_over) {
        grpc_call_end(call, status, message, -1);
        tell_cancel(call, status);
    }
}

void grpc_call_handle_reset(struct grpc_call *call) {
    if (call->is_over) {
        return;
    }
    grpc_call_enter(call);
    grpc_call_mark_over(call, GRPC_CANCELLED);
    tell_cancel(call, GRPC_CANCELLED);
    grpc_call_leave(call);
}

/* ---- headers ---- */

static void on_deadline(void *ctx) {
    grpc_call_enter(ctx);
    grpc_call_fail(ctx, GRPC_DEADLINE_EXCEEDED, "deadline passed");
    grpc_call_leave(ctx);
}

/* What the peer gives us; INT64_MAX where it does not say. */
static struct lg_err asked_time(const struct grpc_call *call, const struct http2_block *block,
                                int64_t *out_ms) {
    struct span text = http2_block_find(block, "grpc-timeout");
    *out_ms = INT64_MAX;
    if (call->protocol != GRPC_PROTOCOL_GRPC) {
        return grpc_connect_timeout(block, out_ms);
    }
    return text.ptr == NULL ? LG_OK : grpc_timeout_parse(text, out_ms);
}

static struct lg_err set_deadline(struct grpc_call *call, const struct http2_block *block) {
    int64_t asked_ms = 0;
    TRY(asked_time(call, block, &asked_ms));
    struct loop *loop = call->server->loop;
    int64_t max_ms = call->method->deadline_max_ms;
    call->deadline_ms = loop_now_ms(loop) + (asked_ms < max_ms ? asked_ms : max_ms);
    return loop_timer_start(loop, &call->timer, call->deadline_ms, on_deadline, call);
}

static void keep_metadata(struct grpc_call *call, const struct http2_block *block) {
    grpc_kept_take(&call->kept, block, "traceparent");
    const char *const *names = call->server->config.metadata;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        grpc_kept_take(&call->kept, block, names[i]);
    }
}

/* The certificate is looked at for every call, not only at the handshake. */
bool grpc_call_has_valid_peer(struct grpc_call *call) {
    if (http2_connection_peer_is_valid(http2_stream_connection(call->stream))) {
        return true;
    }
    grpc_call_fail(call, GRPC_UNAUTHENTICATED, "the client's certificate is no longer valid");
    return false;
}

static void tell_open(struct grpc_call *call) {
    if (!grpc_admit_stream(call)) {
        return;
    }
    call->is_given = true;
    http2_stream_set_rest_due(call->stream,
                              loop_now_ms(call->server->loop) + LIMIT_GRPC_STREAM_REST_MS);
    if (call->method->on_open != NULL) {
        call->method->on_open(call->method->ctx, call);
    }
}

static bool check_encoding(struct grpc_call *call, const struct http2_block *block) {
    struct span encoding = http2_block_find(block, "grpc-encoding");
    if (call->protocol != GRPC_PROTOCOL_GRPC) {
        return grpc_connect_check(call, block);
    }
    if (encoding.ptr != NULL && !span_equal_text(encoding, "identity")) {
        grpc_call_refuse_encoding(call);
        return false;
    }
    return true;
}

static void refuse_timeout(struct grpc_call *call, struct lg_err err) {
    if (lg_err_class(err) != LG_CLASS_INPUT) {
        grpc_call_fail(call, grpc_status_of_error(err), "too many calls at once");
    } else if (call->protocol == GRPC_PROTOCOL_GRPC) {
        grpc_call_fail(call, GRPC_INVALID_ARGUMENT, "unreadable grpc-timeout");
    } else {
        grpc_connect_refuse_timeout(call);
    }
}

static void begin(struct grpc_call *call, const struct http2_block *block) {
    struct lg_err err = set_deadline(call, block);
    if (lg_failed(err)) {
        refuse_timeout(call, err);
        return;
    }
    if (!check_encoding(call, block)) {
        return;
    }
    keep_metadata(call, block);
    if (grpc_call_has_valid_peer(call) && grpc_kind_takes_stream(call->method->kind)) {
        tell_open(call);
    }
}

void grpc_call_begin(struct grpc_call *call, struct grpc_form form,
                     const struct http2_block *block) {
    call->protocol = form.protocol;
    call->is_json = form.is_json;
    if (form.is_json) {
        call->parser.message_max *= LIMIT_WIRE_JSON_FACTOR;
    }
    grpc_call_enter(call);
    begin(call, block);
    grpc_call_leave(call);
}

/* ---- what owners do ---- */

void grpc_call_release(struct grpc_call **call) {
    struct grpc_call *it = *call;
    *call = NULL;
    if (it == NULL) {
        return;
    }
    ASSERT(it->is_given);
    ASSERT(!it->is_released);
    grpc_call_end(it, GRPC_INTERNAL, NULL, -1);
    it->is_released = true;
    settle(it);
}

void grpc_call_reply(struct grpc_call **call, struct span message) {
    struct lg_err err = grpc_call_send(*call, message);
    if (lg_err_class(err) == LG_CLASS_INTERNAL) {
        grpc_call_end(*call, GRPC_INTERNAL, NULL, -1);
    } else if (lg_failed(err)) {
        grpc_call_end(*call, GRPC_RESOURCE_EXHAUSTED, "the answer is over the limit", -1);
    } else {
        grpc_call_end(*call, GRPC_OK, NULL, -1);
    }
    grpc_call_release(call);
}

void grpc_call_refuse(struct grpc_call **call, enum grpc_status status, const char *message) {
    grpc_call_end(*call, status, message, -1);
    grpc_call_release(call);
}

bool grpc_call_reserve(struct grpc_call *call, size_t len) {
    return grpc_call_is_open(call) && http2_stream_reserve(call->stream, len);
}

/* ---- asking ---- */

bool grpc_call_is_json(const struct grpc_call *call) {
    return call->is_json;
}

size_t grpc_call_measure(const struct grpc_call *call, struct span message) {
    return call->is_json ? grpc_connect_measure(call, message) : message.len;
}

const struct tls_peer *grpc_call_peer(const struct grpc_call *call) {
    return http2_connection_peer(http2_stream_connection(call->stream));
}

int64_t grpc_call_deadline_ms(const struct grpc_call *call) {
    return call->deadline_ms;
}

struct span grpc_call_metadata(const struct grpc_call *call, const char *name) {
    return grpc_kept_find(&call->kept, name, 0);
}

struct span grpc_call_metadata_at(const struct grpc_call *call, const char *name, size_t index) {
    return grpc_kept_find(&call->kept, name, index);
}

const struct grpc_method *grpc_call_method(const struct grpc_call *call) {
    return call->method;
}

struct grpc_server *grpc_call_server(const struct grpc_call *call) {
    return call->server;
}

void *grpc_call_ctx(const struct grpc_call *call) {
    return call->ctx;
}

void grpc_call_set_ctx(struct grpc_call *call, void *ctx) {
    call->ctx = ctx;
}

bool grpc_call_is_open(const struct grpc_call *call) {
    return !call->is_over;
}
