/* SPDX-License-Identifier: Apache-2.0 */
/* The walk against the library: whatever the walk lets through, protobuf-c unpacks, within 64 times
 * the bytes and a little. The first byte chooses the message, its high bit strict or lenient. */
#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/assert.h"
#include "tests/support/messages.h"

enum { STRICT = 0x80, FACTOR = 64, ROOM = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *on_alloc(void *arena, size_t size) {
    return arena_alloc(arena, size);
}

static void on_free(void *arena, void *ptr) {
    (void)arena;
    (void)ptr;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct wire_message *message = size > 0 ? messages_at(data[0] & 0x7fU) : NULL;
    if (message == NULL) {
        return 0;
    }
    struct wire_report report;
    struct span bytes = span_of(data + 1, size - 1);
    struct lg_err err = wire_scan(message, bytes, (data[0] & STRICT) != 0, &report);
    ASSERT(lg_failed(err) == (report.sentence[0] != '\0'));
    if (lg_failed(err)) {
        return 0;
    }
    OWN(arena_free) struct arena *arena = NULL;
    ASSERT(!lg_failed(arena_new(size * FACTOR + ROOM, &arena)));
    ProtobufCAllocator allocator = {.alloc = on_alloc, .free = on_free, .allocator_data = arena};
    ASSERT(protobuf_c_message_unpack(message->shape->message, &allocator, bytes.len, bytes.ptr) !=
           NULL);
    return 0;
}
