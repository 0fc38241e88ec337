/* SPDX-License-Identifier: Apache-2.0 */
/* What the peer answers to a call of ours, and what it means (transport.md 4.2). */
#define _DEFAULT_SOURCE
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/grpc_int.h"

void grpc_leg_rewind(struct grpc_leg *leg) {
    grpc_parser_clear(&leg->parser);
    grpc_buffer_clear(&leg->answer);
    leg->has_headers = false;
    leg->has_message = false;
    leg->has_status = false;
    leg->is_content_good = false;
    leg->http_status = 0;
    leg->pushback_ms = -1;
    leg->text_len = 0;
    if (leg->told != NULL) {
        explicit_bzero(leg->told, sizeof *leg->told);
    }
}

/* ---- headers and trailers ---- */

/* Trailers have the last word: in a Trailers-Only answer the headers are them. */
static void read_status(struct grpc_leg *leg, const struct http2_block *block) {
    struct span status = http2_block_find(block, "grpc-status");
    struct span message = http2_block_find(block, "grpc-message");
    struct span pushback = http2_block_find(block, "grpc-retry-pushback-ms");
    if (status.ptr == NULL) {
        return;
    }
    leg->has_status = true;
    leg->status = grpc_status_read(status);
    leg->text_len = grpc_message_decode(message, leg->text).len;
    if (!grpc_number_read(pushback, &leg->pushback_ms)) {
        leg->pushback_ms = -1;
    }
}

static void keep(const struct grpc_leg *leg, const struct http2_block *block,
                 struct grpc_kept *kept) {
    for (size_t i = 0; leg->keeps[i] != NULL; i++) {
        grpc_kept_take(kept, block, leg->keeps[i]);
    }
}

void grpc_leg_handle_headers(struct grpc_leg *leg, const struct http2_block *block) {
    leg->has_headers = true;
    leg->http_status = block->status;
    leg->is_content_good =
        block->status == 200 && grpc_content_type_is_grpc(http2_block_find(block, "content-type"));
    read_status(leg, block);
    if (leg->told != NULL) {
        keep(leg, block, leg->has_status ? &leg->told->trailers : &leg->told->headers);
    }
}

void grpc_leg_handle_trailers(struct grpc_leg *leg, const struct http2_block *block) {
    read_status(leg, block);
    if (leg->told != NULL) {
        keep(leg, block, &leg->told->trailers);
    }
}

/* ---- messages ---- */

/* True while the leg lives. */
static bool judge_parse(struct grpc_leg *leg, enum grpc_parse result) {
    switch (result) {
    case GRPC_PARSE_MORE:
    case GRPC_PARSE_MESSAGE:
        return true;
    case GRPC_PARSE_TOO_LARGE:
        grpc_leg_fail(leg, GRPC_RESOURCE_EXHAUSTED, "answer over the limit", false);
        return false;
    case GRPC_PARSE_COMPRESSED:
    case GRPC_PARSE_FLAG:
        grpc_leg_fail(leg, GRPC_INTERNAL, "answer in an encoding that was not offered", false);
        return false;
    case GRPC_PARSE_MEMORY:
        grpc_leg_fail(leg, GRPC_RESOURCE_EXHAUSTED, "no memory", false);
        return false;
    }
    return false;
}

static bool take_one(struct grpc_leg *leg, struct span message) {
    if (leg->has_message) {
        grpc_leg_fail(leg, GRPC_INTERNAL, "more than one answer", false);
        return false;
    }
    leg->has_message = true;
    if (lg_failed(grpc_buffer_add(&leg->answer, message))) {
        grpc_leg_fail(leg, GRPC_RESOURCE_EXHAUSTED, "no memory", false);
        return false;
    }
    return true;
}

/* Its owner may cancel it from the callback. */
static bool tell_one(struct grpc_leg *leg, struct span message) {
    if (leg->events->on_message == NULL) {
        return true;
    }
    leg->in_callback = true;
    leg->events->on_message(leg->ctx, leg, message);
    leg->in_callback = false;
    if (!leg->is_cancelled) {
        return true;
    }
    struct grpc_leg *cancelled = leg;
    grpc_leg_cancel(&cancelled);
    return false;
}

void grpc_leg_handle_data(struct grpc_leg *leg, struct span bytes) {
    http2_stream_consume(leg->stream, bytes.len);
    while (bytes.len > 0 && leg->is_content_good) {
        struct span message = {0};
        enum grpc_parse result = grpc_parser_feed(&leg->parser, &bytes, &message);
        if (!judge_parse(leg, result)) {
            return;
        }
        if (result != GRPC_PARSE_MESSAGE) {
            continue;
        }
        bool is_alive =
            grpc_kind_gives_stream(leg->kind) ? tell_one(leg, message) : take_one(leg, message);
        if (!is_alive) {
            return;
        }
    }
}

/* ---- endings ---- */

static void conclude_ok(struct grpc_leg *leg) {
    if (grpc_parser_is_partial(&leg->parser)) {
        grpc_leg_fail(leg, GRPC_INTERNAL, "the answer is not whole", false);
        return;
    }
    if (!grpc_kind_gives_stream(leg->kind) && !leg->has_message) {
        grpc_leg_fail(leg, GRPC_INTERNAL, "OK without an answer", false);
        return;
    }
    struct grpc_outcome outcome = {.status = GRPC_OK, .pushback_ms = leg->pushback_ms};
    grpc_leg_conclude(leg, &outcome);
}

void grpc_leg_handle_end(struct grpc_leg *leg) {
    if (!leg->has_status) {
        grpc_leg_fail(leg, grpc_status_of_http(leg->http_status), "no grpc-status", false);
        return;
    }
    if (leg->status == GRPC_OK) {
        conclude_ok(leg);
        return;
    }
    struct grpc_outcome outcome = {
        .status = leg->status,
        .message = span_of(leg->text, leg->text_len),
        .pushback_ms = leg->pushback_ms,
    };
    grpc_leg_conclude(leg, &outcome);
}

/* Once, while there is time, and only what no handler can have seen. What a client streamed is not
 * kept. */
static bool can_retry(const struct grpc_leg *leg, bool unprocessed) {
    return unprocessed && !leg->is_retried && !leg->has_headers && !leg->channel->is_freeing &&
           !grpc_kind_takes_stream(leg->kind) && loop_now_ms(leg->channel->loop) < leg->deadline_ms;
}

static void retry(struct grpc_leg *leg) {
    struct grpc_channel *channel = leg->channel;
    leg->is_retried = true;
    http2_stream_set_ctx(leg->stream, NULL);
    http2_stream_release(&leg->stream);
    grpc_leg_rewind(leg);
    grpc_legs_remove(&channel->open, leg);
    grpc_legs_add_front(&channel->waiting, leg);
    channel->counters.open--;
    channel->counters.waiting++;
    channel->counters.retried++;
    grpc_channel_pump(channel);
}

void grpc_leg_handle_reset(struct grpc_leg *leg, uint32_t error, bool unprocessed) {
    if (can_retry(leg, unprocessed)) {
        retry(leg);
        return;
    }
    if (error == HTTP2_LOST) {
        grpc_leg_fail(leg, GRPC_UNAVAILABLE, "connection lost", unprocessed);
        return;
    }
    bool is_late = loop_now_ms(leg->channel->loop) >= leg->deadline_ms;
    enum grpc_status status =
        error == HTTP2_CANCEL && is_late ? GRPC_DEADLINE_EXCEEDED : grpc_status_of_reset(error);
    grpc_leg_fail(leg, status, "stream reset", unprocessed);
}

void grpc_leg_handle_writable(struct grpc_leg *leg) {
    leg->is_wanting = false;
    if (leg->events->on_writable == NULL || leg->is_request_whole) {
        return;
    }
    leg->in_callback = true;
    leg->events->on_writable(leg->ctx, leg);
    leg->in_callback = false;
    if (leg->is_cancelled) {
        struct grpc_leg *cancelled = leg;
        grpc_leg_cancel(&cancelled);
    }
}
