/* SPDX-License-Identifier: Apache-2.0 */
/* A call of ours, from its request to the wire and to its end. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/grpc/grpc_int.h"

/* ---- its end ---- */

static void count(struct grpc_leg *leg, enum grpc_status status) {
    leg->channel->counters.by_status[status]++;
}

/* Out of its list, off the wire: no callback of its stream follows. */
static void detach(struct grpc_leg *leg) {
    struct grpc_channel *channel = leg->channel;
    loop_timer_stop(channel->loop, &leg->timer);
    loop_later_stop(channel->loop, &leg->wake);
    bool is_open = leg->stream != NULL || leg->is_stuck;
    grpc_legs_remove(is_open ? &channel->open : &channel->waiting, leg);
    if (is_open) {
        channel->counters.open--;
    } else {
        channel->counters.waiting--;
    }
    if (leg->stream != NULL) {
        http2_stream_set_ctx(leg->stream, NULL);
        http2_stream_release(&leg->stream);
    }
}

void grpc_leg_conclude(struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    detach(leg);
    count(leg, outcome->status);
    leg->in_callback = true;
    leg->is_done = true;
    bool has_answer = outcome->status == GRPC_OK && !grpc_kind_gives_stream(leg->kind);
    if (has_answer && leg->events->on_message != NULL) {
        leg->events->on_message(leg->ctx, leg, grpc_buffer_span(&leg->answer));
    }
    if (!leg->is_cancelled) {
        leg->events->on_done(leg->ctx, leg, outcome);
    }
    grpc_channel_leg_free(leg);
}

void grpc_leg_fail(struct grpc_leg *leg, enum grpc_status status, const char *message,
                   bool surely_unprocessed) {
    struct grpc_outcome outcome = {
        .status = status,
        .message = span_text(message),
        .is_ours = true,
        .surely_unprocessed = surely_unprocessed,
        .pushback_ms = -1,
    };
    grpc_leg_conclude(leg, &outcome);
}

void grpc_leg_cancel(struct grpc_leg **leg) {
    struct grpc_leg *it = *leg;
    *leg = NULL;
    if (it == NULL) {
        return;
    }
    if (it->in_callback) {
        it->is_cancelled = true;
        return;
    }
    count(it, GRPC_CANCELLED);
    detach(it);
    grpc_channel_leg_free(it);
}

/* Our deadline: RST_STREAM CANCEL; what still comes is thrown away below us. */
static void on_timer(void *ctx) {
    struct grpc_leg *leg = ctx;
    if (leg->is_stuck) {
        grpc_leg_fail(leg, GRPC_RESOURCE_EXHAUSTED, "the request could not be sent", true);
        return;
    }
    grpc_leg_fail(leg, GRPC_DEADLINE_EXCEEDED, "deadline passed", leg->stream == NULL);
}

/* ---- to the wire ---- */

enum { HEADERS_MAX = 11 + LIMIT_GRPC_ADDED_FIELDS };

/* Pseudo-fields, then grpc-timeout, then the rest, in the order that the document asks for. */
static size_t make_headers(const struct grpc_leg *leg,
                           const char timeout[static GRPC_TIMEOUT_TEXT_MAX],
                           struct http2_field out[static HEADERS_MAX]) {
    size_t n = 0;
    out[n++] = grpc_field(":method", "POST");
    out[n++] = grpc_field(":scheme", "https");
    out[n++] = grpc_field_of(":path", span_text(leg->path));
    out[n++] = grpc_field_of(":authority", span_text(leg->channel->dns_name));
    out[n++] = grpc_field_of("grpc-timeout", span_text(timeout));
    out[n++] = grpc_field("content-type", "application/grpc");
    out[n++] = grpc_field("te", "trailers");
    out[n++] = grpc_field("grpc-accept-encoding", "identity");
    out[n++] = grpc_field("user-agent", "grpc-c-lockgate/1");
    if (leg->is_retried) {
        out[n++] = grpc_field("grpc-previous-rpc-attempts", "1");
    }
    if (leg->traceparent_len > 0) {
        out[n++] = grpc_field_of("traceparent", span_of(leg->traceparent, leg->traceparent_len));
    }
    n += grpc_fields_list(leg->metadata, out + n);
    ASSERT(n <= HEADERS_MAX);
    return n;
}

static void on_wake(void *ctx) {
    grpc_leg_handle_writable(ctx);
}

/* What its owner gave before the stream was there. */
static struct lg_err send_request(struct grpc_leg *leg) {
    TRY(http2_stream_send(leg->stream, (struct span){0}, grpc_buffer_span(&leg->request)));
    if (leg->is_request_whole) {
        TRY(http2_stream_finish(leg->stream, NULL, 0));
    }
    if (grpc_kind_takes_stream(leg->kind)) {
        grpc_buffer_clear(&leg->request);
    }
    return LG_OK;
}

/* Its timer tells of it, since callbacks come from the loop only. */
static enum grpc_start get_stuck(struct grpc_leg *leg) {
    struct loop *loop = leg->channel->loop;
    leg->is_stuck = true;
    ASSERT(leg->timer.heap_index != 0); /* so it only moves, which cannot fail */
    lg_err_ignore(loop_timer_start(loop, &leg->timer, loop_now_ms(loop), on_timer, leg), "moved");
    return GRPC_STUCK;
}

enum grpc_start grpc_leg_start(struct grpc_leg *leg, struct http2_connection *connection) {
    int64_t left_ms = leg->deadline_ms - loop_now_ms(leg->channel->loop);
    char timeout[GRPC_TIMEOUT_TEXT_MAX];
    grpc_timeout_format(left_ms < 1 ? 1 : left_ms, timeout);
    struct http2_field fields[HEADERS_MAX];
    size_t field_count = make_headers(leg, timeout, fields);
    if (!http2_connection_can_open(connection)) {
        http2_connection_await_room(connection);
        return GRPC_NO_ROOM;
    }
    if (lg_failed(http2_stream_open(connection, fields, field_count, false, &leg->stream))) {
        return http2_connection_can_open(connection) ? get_stuck(leg) : GRPC_NO_ROOM;
    }
    http2_stream_set_ctx(leg->stream, leg);
    if (lg_failed(send_request(leg))) {
        return get_stuck(leg);
    }
    if (leg->is_wanting) {
        loop_later_start(leg->channel->loop, &leg->wake, on_wake, leg);
    }
    return GRPC_STARTED;
}

/* ---- beginning ---- */

static struct lg_err add_framed(struct grpc_leg *leg, struct span message) {
    uint8_t prefix[GRPC_PREFIX_SIZE];
    grpc_prefix(prefix, message.len);
    size_t len_before = leg->request.len;
    struct lg_err err = grpc_buffer_add(&leg->request, span_of(prefix, sizeof prefix));
    if (!lg_failed(err)) {
        err = grpc_buffer_add(&leg->request, message);
    }
    if (lg_failed(err)) {
        leg->request.len = len_before;
    }
    return err;
}

static struct lg_err fill_metadata(struct grpc_leg *leg, const struct grpc_request *request) {
    for (size_t i = 0; i < request->metadata_count; i++) {
        TRY(grpc_fields_add(&leg->metadata, request->metadata[i].name, request->metadata[i].value));
    }
    leg->keeps = request->keeps;
    if (request->keeps != NULL) {
        leg->told = calloc(1, sizeof *leg->told);
        if (leg->told == NULL) {
            return grpc_error_memory();
        }
    }
    return LG_OK;
}

static struct lg_err fill(struct grpc_leg *leg, const struct grpc_request *request) {
    leg->path = request->path;
    leg->kind = request->kind;
    leg->deadline_ms = request->deadline_ms;
    leg->pushback_ms = -1;
    leg->parser.message_max =
        request->response_max == 0 ? (size_t)LIMIT_GRPC_MESSAGE_MAX : request->response_max;
    leg->traceparent_len = request->traceparent.len;
    if (request->traceparent.len > 0) {
        memcpy(leg->traceparent, request->traceparent.ptr, request->traceparent.len);
    }
    if (!grpc_kind_takes_stream(request->kind)) {
        TRY(add_framed(leg, request->message));
        leg->is_request_whole = true;
    }
    TRY(fill_metadata(leg, request));
    return loop_timer_start(leg->channel->loop, &leg->timer, leg->deadline_ms, on_timer, leg);
}

static struct lg_err check_call(struct grpc_channel *channel, const struct grpc_request *request) {
    bool is_late = request->deadline_ms <= loop_now_ms(channel->loop);
    if (is_late || channel->is_freeing || grpc_channel_state(channel) == GRPC_CHANNEL_BROKEN) {
        return grpc_error_gone();
    }
    if (channel->counters.waiting >= LIMIT_GRPC_WAITING ||
        request->traceparent.len > GRPC_TRACEPARENT_MAX ||
        request->message.len > LIMIT_GRPC_SEND_MAX ||
        request->response_max > LIMIT_GRPC_MESSAGE_CEILING) {
        return grpc_error_full();
    }
    return LG_OK;
}

struct lg_err grpc_channel_call(struct grpc_channel *channel, const struct grpc_request *request,
                                const struct grpc_leg_events *events, void *ctx,
                                struct grpc_leg **out_leg) {
    ASSERT(events->on_done != NULL);
    TRY(check_call(channel, request));
    struct grpc_leg *leg = NULL;
    TRY(grpc_channel_leg_new(channel, &leg));
    leg->events = events;
    leg->ctx = ctx;
    struct lg_err err = fill(leg, request);
    if (lg_failed(err)) {
        grpc_channel_leg_free(leg);
        return err;
    }
    channel->counters.calls++;
    channel->counters.waiting++;
    grpc_legs_add(&channel->waiting, leg);
    grpc_channel_pump(channel);
    *out_leg = leg;
    return LG_OK;
}

/* ---- what streams ---- */

struct lg_err grpc_leg_send(struct grpc_leg *leg, struct span message) {
    ASSERT(grpc_kind_takes_stream(leg->kind));
    ASSERT(!leg->is_request_whole);
    if (leg->is_stuck || leg->is_cancelled || leg->is_done) {
        return grpc_error_gone();
    }
    if (message.len > LIMIT_GRPC_SEND_MAX) {
        return grpc_error_large();
    }
    if (leg->stream == NULL) {
        if (leg->request.len > 0 && leg->request.len + message.len > LIMIT_HTTP2_STREAM_LOW) {
            leg->is_wanting = true;
            return grpc_error_full();
        }
        return add_framed(leg, message);
    }
    uint8_t prefix[GRPC_PREFIX_SIZE];
    grpc_prefix(prefix, message.len);
    struct lg_err err = http2_stream_send(leg->stream, span_of(prefix, sizeof prefix), message);
    if (!lg_failed(err)) {
        return LG_OK;
    }
    return lg_err_code(err) == HTTP2_CLOSED ? grpc_error_gone() : grpc_error_full();
}

void grpc_leg_end(struct grpc_leg *leg) {
    ASSERT(grpc_kind_takes_stream(leg->kind));
    if (leg->is_request_whole) {
        return;
    }
    leg->is_request_whole = true;
    if (leg->stream != NULL) {
        lg_err_ignore(http2_stream_finish(leg->stream, NULL, 0), "its reset is told by itself");
    }
}

/* ---- asking ---- */

struct span grpc_leg_header(const struct grpc_leg *leg, const char *name) {
    return leg->told == NULL ? (struct span){0} : grpc_kept_find(&leg->told->headers, name, 0);
}

struct span grpc_leg_trailer(const struct grpc_leg *leg, const char *name) {
    return leg->told == NULL ? (struct span){0} : grpc_kept_find(&leg->told->trailers, name, 0);
}
