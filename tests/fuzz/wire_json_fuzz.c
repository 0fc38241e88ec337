/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of every message: the first byte chooses it, the rest is the text. What is taken becomes
 * bytes that the strict walk passes; written as JSON and read again they are the same bytes. What
 * is refused has a sentence. Bytes that pass the walk are written, or found out of order, and what
 * was written is read. */
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/assert.h"
#include "gateway/wire/json.h"
#include "tests/support/messages.h"

enum { BUDGET = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct wire_message *message, struct arena *arena,
                        struct span first) {
    struct span text = {0};
    struct span second = {0};
    struct wire_report report;
    ASSERT(!lg_failed(wire_scan(message, first, true, &report)));
    ASSERT(!lg_failed(wire_json_write(message, arena, first, &text)));
    ASSERT(!lg_failed(wire_json_read(message, arena, text, &report, &second)));
    ASSERT(span_equal(first, second));
}

static void check_bytes(const struct wire_message *message, struct arena *arena,
                        struct span bytes) {
    struct wire_report report;
    struct span text = {0};
    struct span back = {0};
    if (lg_failed(wire_scan(message, bytes, true, &report))) {
        return;
    }
    struct lg_err err = wire_json_write(message, arena, bytes, &text);
    if (lg_failed(err)) {
        ASSERT(lg_err_code(err) == WIRE_DUPLICATE);
        return;
    }
    ASSERT(!lg_failed(wire_json_read(message, arena, text, &report, &back)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct wire_message *message = size > 0 ? messages_at(data[0]) : NULL;
    if (message == NULL) {
        return 0;
    }
    OWN(arena_free) struct arena *arena = NULL;
    struct wire_report report;
    struct span bytes = {0};
    struct span input = span_of(data + 1, size - 1);
    ASSERT(!lg_failed(arena_new(BUDGET, &arena)));
    struct lg_err err = wire_json_read(message, arena, input, &report, &bytes);
    ASSERT(lg_failed(err) == (report.sentence[0] != '\0') || lg_err_code(err) == WIRE_MEMORY);
    if (!lg_failed(err)) {
        check_again(message, arena, bytes);
    } else {
        check_bytes(message, arena, input);
    }
    return 0;
}
