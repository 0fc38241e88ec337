/* SPDX-License-Identifier: Apache-2.0 */
/* Collects one header block. What it may hold is counted by guard.h before it comes here; rules of
 * RFC 9113, 8.3 that the library knows (order, names, duplicates of pseudo-fields) are checked by
 * it, and the agreement of Host with :authority here. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

void http2_block_clear(struct http2_block_builder *builder) {
    for (size_t i = 0; i < builder->count; i++) {
        nghttp2_rcbuf_decref(builder->names[i]);
        nghttp2_rcbuf_decref(builder->values[i]);
    }
    builder->count = 0;
}

void http2_block_add(struct http2_block_builder *builder, nghttp2_rcbuf *name,
                     nghttp2_rcbuf *value) {
    ASSERT(builder->count < LIMIT_HTTP2_FIELDS);
    nghttp2_rcbuf_incref(name);
    nghttp2_rcbuf_incref(value);
    builder->names[builder->count] = name;
    builder->values[builder->count] = value;
    builder->count++;
}

static struct span text_of(nghttp2_rcbuf *buf) {
    nghttp2_vec vec = nghttp2_rcbuf_get_buf(buf);
    return span_of(vec.base, vec.len);
}

/* Three digits: the library has checked them. */
static unsigned read_status(struct span text) {
    unsigned status = 0;
    for (size_t i = 0; i < text.len && i < 3; i++) {
        status = status * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return status;
}

static void take_pseudo(struct http2_block *block, struct span name, struct span value) {
    if (span_equal_text(name, ":method")) {
        block->method = value;
    } else if (span_equal_text(name, ":path")) {
        block->path = value;
    } else if (span_equal_text(name, ":authority")) {
        block->authority = value;
    } else if (span_equal_text(name, ":scheme")) {
        block->scheme = value;
    } else if (span_equal_text(name, ":status")) {
        block->status = read_status(value);
    }
}

/* A request that says one host to the router and another to the handler is an attack on
 * whoever looks at only one of them (security.md 4.1). */
static struct lg_err check_host(struct http2_block *block) {
    struct span host = http2_block_find(block, "host");
    if (host.ptr == NULL) {
        return LG_OK;
    }
    if (block->authority.ptr == NULL) {
        block->authority = host;
    }
    if (!span_equal(host, block->authority)) {
        return lg_err_make(LG_CLASS_INPUT, LG_HTTP2, HTTP2_CLOSED);
    }
    return LG_OK;
}

struct lg_err http2_block_end(struct http2_block_builder *builder, struct http2_block *out_block) {
    struct http2_block block = {.fields = builder->fields};
    for (size_t i = 0; i < builder->count; i++) {
        struct span name = text_of(builder->names[i]);
        struct span value = text_of(builder->values[i]);
        if (name.len > 0 && name.ptr[0] == ':') {
            take_pseudo(&block, name, value);
            continue;
        }
        builder->fields[block.field_count] = (struct http2_field){.name = name, .value = value};
        block.field_count++;
    }
    TRY(check_host(&block));
    *out_block = block;
    return LG_OK;
}

struct span http2_block_look(const struct http2_block *block, struct span name) {
    for (size_t i = 0; i < block->field_count; i++) {
        if (span_equal(block->fields[i].name, name)) {
            return block->fields[i].value;
        }
    }
    return (struct span){0};
}
