/* SPDX-License-Identifier: Apache-2.0 */
/* Collects one header block. What it may hold is counted by guard.h before it comes here; rules of
 * RFC 9113, 8.3 that the library knows (order, names, duplicates of pseudo-fields) are checked by
 * it, and the agreement of Host with :authority here. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

static struct lg_err make_room(struct http2_block_builder *builder, struct http2_host *host,
                               size_t len) {
    struct http2_chunk *old = builder->text;
    size_t used = old == NULL ? 0 : old->used;
    if (len > LIMIT_HTTP2_BLOCK_SIZE - used) {
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_FULL);
    }
    if (old != NULL && len <= old->size - used) {
        return LG_OK;
    }
    struct http2_chunk *text =
        http2_host_chunk(host, used + len > HTTP2_CHUNK_SIZE ? LIMIT_HTTP2_BLOCK_SIZE : len);
    if (text == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
    }
    if (used > 0) {
        memcpy(text->data, old->data, used);
        text->used = used;
    }
    http2_host_chunks_drop(host, old);
    builder->text = text;
    return LG_OK;
}

void http2_block_clear(struct http2_block_builder *builder, struct http2_host *host) {
    http2_host_chunks_drop(host, builder->text);
    builder->text = NULL;
    builder->count = 0;
}

static void put(struct http2_chunk *text, struct span bytes) {
    if (bytes.len > 0) {
        memcpy(text->data + text->used, bytes.ptr, bytes.len);
        text->used += bytes.len;
    }
}

struct lg_err http2_block_add(struct http2_block_builder *builder, struct http2_host *host,
                              struct span name, struct span value) {
    if (builder->count >= LIMIT_HTTP2_FIELDS) {
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_FULL);
    }
    TRY(make_room(builder, host, name.len + value.len));
    put(builder->text, name);
    put(builder->text, value);
    builder->parts[builder->count] = (struct http2_part){
        .name_len = (uint32_t)name.len,
        .value_len = (uint32_t)value.len,
    };
    builder->count++;
    return LG_OK;
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
    size_t at = 0;
    for (size_t i = 0; i < builder->count; i++) {
        struct http2_part part = builder->parts[i];
        ASSERT(at + part.name_len + part.value_len <= builder->text->used);
        struct span name = span_of(builder->text->data + at, part.name_len);
        struct span value = span_of(builder->text->data + at + part.name_len, part.value_len);
        at += part.name_len + part.value_len;
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
