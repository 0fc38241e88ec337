/* SPDX-License-Identifier: Apache-2.0 */
/* Frames and segment headers of the journal, with their hashes set right, so that what stands
 * behind the hash is reached. A frame that reads can be walked to its end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/frame.h"
#include "gateway/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static void frame_walk(const struct audit_frame_view *frame) {
    struct reader r = reader_of(frame->entries);
    for (uint32_t i = 0; i < frame->head.count; i++) {
        require(reader_part(&r).len <= AUDIT_ENTRY_SIZE_MAX);
    }
    require(!lg_failed(reader_end(&r)));
    require(frame->ends.len == (size_t)frame->head.end_count * MODEL_REQUEST_ID_SIZE);
    require(frame->head.new_size - frame->head.first_index == frame->head.count);
}

static void frame_try(uint8_t *bytes, size_t size) {
    struct audit_frame_view frame;
    if (size < AUDIT_FRAME_HEADER_SIZE ||
        audit_frame_size_peek(span_of(bytes, AUDIT_FRAME_HEADER_SIZE)) != size) {
        return;
    }
    vault_sha256(span_of(bytes, size - AUDIT_HASH_SIZE), bytes + size - AUDIT_HASH_SIZE);
    if (!lg_failed(audit_frame_read(span_of(bytes, size), &frame))) {
        frame_walk(&frame);
    }
}

static void header_try(uint8_t bytes[static AUDIT_SEGMENT_HEADER_SIZE]) {
    struct audit_segment_header header;
    uint8_t again[AUDIT_SEGMENT_HEADER_SIZE];
    size_t hashed = AUDIT_SEGMENT_HEADER_SIZE - AUDIT_HASH_SIZE;
    vault_sha256(span_of(bytes, hashed), bytes + hashed);
    if (!lg_failed(audit_segment_header_read(bytes, &header))) {
        audit_segment_header_write(&header, again);
        require(memcmp(again, bytes, sizeof again) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vault_report report;
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL || lg_failed(vault_init(&report))) {
        free(bytes);
        return 0;
    }
    memcpy(bytes, data, size);
    frame_try(bytes, size);
    if (size >= AUDIT_SEGMENT_HEADER_SIZE) {
        header_try(bytes);
    }
    free(bytes);
    return 0;
}
