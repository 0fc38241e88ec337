/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding: walk, unpack into the arena, carry over. Encoding: carry over, pack, walk. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/wire/wire_int.h"

LG_MUST_USE static struct lg_err error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
}

static void *on_alloc(void *arena, size_t size) {
    return arena_alloc(arena, size);
}

/* The arena drops everything at its end. */
static void on_free(void *arena, void *ptr) {
    (void)arena;
    (void)ptr;
}

struct lg_err wire_message_decode(const struct wire_message *message, struct arena *arena,
                                  struct span bytes, struct wire_report *report, void *out) {
    struct wire_report unread;
    struct wire_report *told = report != NULL ? report : &unread;
    ProtobufCAllocator allocator = {.alloc = on_alloc, .free = on_free, .allocator_data = arena};
    TRY(wire_scan(message, bytes, !message->lenient, told));
    if (told->spoilt > 0) {
        uint8_t *own = arena_alloc(arena, bytes.len);
        if (own == NULL) {
            return error_memory();
        }
        memcpy(own, bytes.ptr, bytes.len);
        bytes = span_of(own, bytes.len);
        TRY(wire_scan_blank(message, own, bytes.len, told));
    }
    ProtobufCMessage *from =
        protobuf_c_message_unpack(message->shape->message, &allocator, bytes.len, bytes.ptr);
    void *plain = arena_alloc(arena, message->shape->size);
    if (from == NULL || plain == NULL) {
        return error_memory();
    }
    TRY(wire_convert_read(arena, message->shape, from, plain));
    memcpy(out, plain, message->shape->size);
    return LG_OK;
}

struct lg_err wire_message_encode(const struct wire_message *message, struct arena *arena,
                                  const void *plain, struct span *out_bytes) {
    ProtobufCMessage *to = NULL;
    struct wire_report report;
    TRY(wire_convert_write(arena, message->shape, plain, &to));
    size_t size = protobuf_c_message_get_packed_size(to);
    uint8_t *bytes = arena_alloc(arena, size);
    if (bytes == NULL) {
        return error_memory();
    }
    size_t wrote = protobuf_c_message_pack(to, bytes);
    ASSERT(wrote == size);
    struct lg_err err = wire_scan(message, span_of(bytes, size), true, &report);
    if (lg_failed(err)) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, lg_err_code(err));
    }
    *out_bytes = span_of(bytes, size);
    return LG_OK;
}

struct lg_err wire_empty_decode(struct span bytes, struct wire_report *report) {
    static const struct shape nothing = {.choice_at = SHAPE_NOWHERE};
    static const struct wire_message message = WIRE_REQUEST(nothing);
    struct wire_report unread;
    return wire_scan(&message, bytes, true, report != NULL ? report : &unread);
}
