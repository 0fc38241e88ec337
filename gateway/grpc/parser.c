/* SPDX-License-Identifier: Apache-2.0 */
/* Length-prefixed messages:
 *
 *   byte 0      flag: 0 plain, 1 compressed
 *   bytes 1-4   length, big-endian
 *   then        the message
 *
 * Prefix and message may be split over DATA frames anywhere, and one frame may hold many. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/grpc/grpc_int.h"

void grpc_prefix(uint8_t out[static GRPC_PREFIX_SIZE], size_t message_len) {
    ASSERT(message_len <= UINT32_MAX);
    out[0] = 0;
    for (size_t i = 1; i < GRPC_PREFIX_SIZE; i++) {
        out[i] = (uint8_t)(message_len >> (8 * (GRPC_PREFIX_SIZE - 1 - i)));
    }
}

static struct span cut(struct span *bytes, size_t len) {
    struct span part = span_slice(*bytes, 0, len);
    *bytes = span_slice(*bytes, part.len, bytes->len - part.len);
    return part;
}

/* The length is judged before anything is stored. */
static enum grpc_parse read_prefix(struct grpc_parser *parser) {
    size_t need = 0;
    for (size_t i = 1; i < GRPC_PREFIX_SIZE; i++) {
        need = need << 8 | parser->prefix[i];
    }
    if (parser->prefix[0] > 1) {
        return GRPC_PARSE_FLAG;
    }
    if (need > parser->message_max) {
        return GRPC_PARSE_TOO_LARGE;
    }
    parser->need = need;
    return parser->prefix[0] == 1 ? GRPC_PARSE_COMPRESSED : GRPC_PARSE_MESSAGE;
}

static enum grpc_parse feed_prefix(struct grpc_parser *parser, struct span *bytes) {
    struct span part = cut(bytes, GRPC_PREFIX_SIZE - parser->prefix_len);
    if (part.len > 0) {
        memcpy(parser->prefix + parser->prefix_len, part.ptr, part.len);
        parser->prefix_len += part.len;
    }
    return parser->prefix_len < GRPC_PREFIX_SIZE ? GRPC_PARSE_MORE : read_prefix(parser);
}

enum grpc_parse grpc_parser_feed(struct grpc_parser *parser, struct span *bytes,
                                 struct span *out_message) {
    if (parser->is_given) {
        parser->is_given = false;
        grpc_buffer_clear(&parser->body);
    }
    if (parser->prefix_len < GRPC_PREFIX_SIZE) {
        enum grpc_parse result = feed_prefix(parser, bytes);
        if (result != GRPC_PARSE_MESSAGE) {
            return result;
        }
    }
    ASSERT(parser->body.len <= parser->need);
    struct span part = cut(bytes, parser->need - parser->body.len);
    if (part.len == parser->need) {
        /* Whole in this frame: no copy. */
        parser->prefix_len = 0;
        *out_message = part;
        return GRPC_PARSE_MESSAGE;
    }
    if (lg_failed(grpc_buffer_add(&parser->body, part))) {
        return GRPC_PARSE_MEMORY;
    }
    if (parser->body.len < parser->need) {
        return GRPC_PARSE_MORE;
    }
    parser->prefix_len = 0;
    parser->is_given = true;
    *out_message = grpc_buffer_span(&parser->body);
    return GRPC_PARSE_MESSAGE;
}

bool grpc_parser_move(struct grpc_parser *parser, struct grpc_buffer *out_buffer) {
    if (!parser->is_given) {
        return false;
    }
    ASSERT(out_buffer->len == 0);
    struct grpc_buffer spare = *out_buffer;
    *out_buffer = parser->body;
    parser->body = spare;
    parser->is_given = false;
    return true;
}

bool grpc_parser_is_partial(const struct grpc_parser *parser) {
    return parser->prefix_len > 0;
}

void grpc_parser_clear(struct grpc_parser *parser) {
    grpc_buffer_clear(&parser->body);
    parser->prefix_len = 0;
    parser->need = 0;
    parser->is_given = false;
}
