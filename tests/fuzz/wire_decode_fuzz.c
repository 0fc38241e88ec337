/* SPDX-License-Identifier: Apache-2.0 */
/* Every message of wire: the first byte chooses it, the rest is its bytes. What was taken, written
 * and read again must be written the same; what a strict message took must be writable. */
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/assert.h"
#include "tests/support/messages.h"

enum { BUDGET = 8 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct wire_message *message, struct arena *arena,
                        struct span first) {
    void *back = arena_alloc(arena, message->shape->size);
    struct span second = {0};
    struct wire_report report;
    ASSERT(back != NULL);
    ASSERT(!lg_failed(wire_message_decode(message, arena, first, &report, back)));
    ASSERT(report.ignored == 0);
    ASSERT(!lg_failed(wire_message_encode(message, arena, back, &second)));
    ASSERT(span_equal(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct wire_message *message = size > 0 ? messages_at(data[0]) : NULL;
    if (message == NULL) {
        return 0;
    }
    OWN(arena_free) struct arena *arena = NULL;
    struct wire_report report;
    struct span first = {0};
    ASSERT(!lg_failed(arena_new(BUDGET, &arena)));
    void *plain = arena_alloc(arena, message->shape->size);
    ASSERT(plain != NULL);
    struct lg_err err =
        wire_message_decode(message, arena, span_of(data + 1, size - 1), &report, plain);
    ASSERT(lg_failed(err) == (report.sentence[0] != '\0') || lg_err_code(err) == WIRE_MEMORY);
    if (lg_failed(err)) {
        return 0;
    }
    err = wire_message_encode(message, arena, plain, &first);
    ASSERT(message->lenient || !lg_failed(err));
    if (!lg_failed(err)) {
        check_again(message, arena, first);
    }
    return 0;
}
