/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/grpc/grpc_int.h"

enum { SIZE_FIRST = 512, SIZE_KEPT = 2048 };

/* Grows with what arrives, never with what a prefix promises. A block that moves is wiped, so
 * realloc is not for here. */
static struct lg_err grow(struct grpc_buffer *buffer, size_t size_min) {
    size_t size = buffer->size == 0 ? (size_t)SIZE_FIRST : buffer->size;
    while (size < size_min) {
        TRY(num_mul(size, 2, &size));
    }
    uint8_t *data = malloc(size);
    if (data == NULL) {
        return grpc_error_memory();
    }
    if (buffer->len > 0) {
        memcpy(data, buffer->data, buffer->len);
        explicit_bzero(buffer->data, buffer->len);
    }
    free(buffer->data);
    buffer->data = data;
    buffer->size = size;
    return LG_OK;
}

struct lg_err grpc_buffer_add(struct grpc_buffer *buffer, struct span bytes) {
    size_t len = 0;
    TRY(num_add(buffer->len, bytes.len, &len));
    if (len > buffer->size) {
        TRY(grow(buffer, len));
    }
    if (bytes.len > 0) {
        memcpy(buffer->data + buffer->len, bytes.ptr, bytes.len);
    }
    buffer->len = len;
    return LG_OK;
}

void grpc_buffer_shift(struct grpc_buffer *buffer, size_t len) {
    ASSERT(len <= buffer->len);
    if (len > 0) {
        memmove(buffer->data, buffer->data + len, buffer->len - len);
        buffer->len -= len;
    }
}

void grpc_buffer_clear(struct grpc_buffer *buffer) {
    if (buffer->data != NULL) {
        /* To its size: what was shifted away lies beyond its length. */
        explicit_bzero(buffer->data, buffer->size);
    }
    buffer->len = 0;
    if (buffer->size > SIZE_KEPT) {
        free(buffer->data);
        *buffer = (struct grpc_buffer){0};
    }
}

void grpc_buffer_done(struct grpc_buffer *buffer) {
    grpc_buffer_clear(buffer);
    free(buffer->data);
    *buffer = (struct grpc_buffer){0};
}

struct span grpc_buffer_span(const struct grpc_buffer *buffer) {
    return span_of(buffer->data, buffer->len);
}
