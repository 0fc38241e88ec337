/* SPDX-License-Identifier: Apache-2.0 */
/* Length-prefixed messages, timeouts and status messages. However a body is cut, the same messages
 * come out of it, none over its limit, and the same fault ends it; what is written reads back. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/grpc/grpc_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 300 };

/* All messages behind each other, each with its length before it, and how it ended. */
struct result {
    struct grpc_buffer messages;
    enum grpc_parse last;
    bool is_partial;
};

static void take(struct grpc_parser *parser, struct span part, struct result *result) {
    while (part.len > 0) {
        struct span message = {0};
        size_t before = part.len;
        result->last = grpc_parser_feed(parser, &part, &message);
        ASSERT(part.len < before);
        if (result->last == GRPC_PARSE_MESSAGE) {
            uint8_t prefix[GRPC_PREFIX_SIZE];
            ASSERT(message.len <= MESSAGE_MAX);
            grpc_prefix(prefix, message.len);
            ASSERT(!lg_failed(grpc_buffer_add(&result->messages, span_of(prefix, sizeof prefix))));
            ASSERT(!lg_failed(grpc_buffer_add(&result->messages, message)));
        } else if (result->last != GRPC_PARSE_MORE) {
            return;
        }
    }
}

static void parse(struct span body, size_t step, struct result *result) {
    struct grpc_parser parser = {.message_max = MESSAGE_MAX};
    while (body.len > 0 &&
           (result->last == GRPC_PARSE_MORE || result->last == GRPC_PARSE_MESSAGE)) {
        struct span part = span_slice(body, 0, step);
        body = span_slice(body, part.len, body.len);
        take(&parser, part, result);
    }
    result->is_partial = grpc_parser_is_partial(&parser);
    grpc_buffer_done(&parser.body);
}

static void check_messages(struct span body, size_t step) {
    struct result whole = {0};
    struct result cut = {0};
    parse(body, body.len, &whole);
    parse(body, step, &cut);
    ASSERT(span_equal(grpc_buffer_span(&whole.messages), grpc_buffer_span(&cut.messages)));
    bool is_fault = whole.last != GRPC_PARSE_MORE && whole.last != GRPC_PARSE_MESSAGE;
    ASSERT(!is_fault || whole.last == cut.last);
    ASSERT(is_fault || whole.is_partial == cut.is_partial);
    /* Without a fault and a rest, what came out is what went in. */
    ASSERT(is_fault || whole.is_partial || span_equal(grpc_buffer_span(&whole.messages), body));
    grpc_buffer_done(&whole.messages);
    grpc_buffer_done(&cut.messages);
}

static void check_timeout(struct span text) {
    int64_t ms = 0;
    if (lg_failed(grpc_timeout_parse(text, &ms))) {
        return;
    }
    ASSERT(ms >= 0 && ms <= (int64_t)99999999 * 3600000);
    char written[GRPC_TIMEOUT_TEXT_MAX];
    int64_t again_ms = 0;
    grpc_timeout_format(ms, written);
    ASSERT(!lg_failed(grpc_timeout_parse(span_text(written), &again_ms)));
    ASSERT(again_ms <= ms);
    ASSERT(again_ms == ms || ms > 99999999);
}

static void check_message_text(struct span text) {
    char encoded[GRPC_MESSAGE_TEXT_MAX];
    char decoded[LIMIT_GRPC_STATUS_MESSAGE];
    struct span written = grpc_message_encode(text, encoded);
    for (size_t i = 0; i < written.len; i++) {
        ASSERT(written.ptr[i] >= 0x20 && written.ptr[i] <= 0x7e);
    }
    struct span read = grpc_message_decode(written, decoded);
    ASSERT(span_starts_with(text, read));
    ASSERT(read.len == text.len || text.len > LIMIT_GRPC_STATUS_MESSAGE);
    ASSERT(grpc_message_decode(text, decoded).len <= LIMIT_GRPC_STATUS_MESSAGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    struct span rest = span_of(data + 1, size - 1);
    check_messages(rest, num_max(data[0], 1));
    check_timeout(rest);
    check_message_text(rest);
    (void)grpc_status_read(rest);
    (void)grpc_content_type_is_grpc(rest);
    return 0;
}
