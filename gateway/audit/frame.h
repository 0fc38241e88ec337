/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the journal: segment headers and frames. One frame is what one flush makes durable.
 */
#ifndef GATEWAY_AUDIT_FRAME_H
#define GATEWAY_AUDIT_FRAME_H

#include "gateway/audit/audit.h"

enum {
    AUDIT_BLOCK_SIZE = 512,
    AUDIT_SEGMENT_HEADER_SIZE = 512,
    AUDIT_FRAME_HEADER_SIZE = 128,
    /* Entries with their lengths, an ending for each, hash, rounded up to blocks. */
    AUDIT_FRAME_SIZE_MAX =
        (AUDIT_FRAME_HEADER_SIZE + LIMIT_AUDIT_FRAME_BYTES + LIMIT_AUDIT_FRAME_ENTRIES * 2 +
         LIMIT_AUDIT_FRAME_ENTRIES * MODEL_REQUEST_ID_SIZE + AUDIT_HASH_SIZE + AUDIT_BLOCK_SIZE -
         1) /
        AUDIT_BLOCK_SIZE * AUDIT_BLOCK_SIZE,
};

/* What stands before the frames of a segment. */
struct audit_segment_header {
    uint64_t number;     /* from 0, without a gap */
    uint64_t generation; /* of all its frames */
    uint64_t first_index;
    uint64_t first_batch;
    struct audit_hash previous; /* hash of the frame before its first; zero at the very start */
    struct audit_hash root;     /* of the tree of first_index leaves */
    struct audit_hash origin;   /* SHA-256 of the log's name */
};

void audit_segment_header_write(const struct audit_segment_header *header,
                                uint8_t out[static AUDIT_SEGMENT_HEADER_SIZE]);
/* STORE AUDIT_CORRUPT unless it is one. */
LG_MUST_USE struct lg_err
audit_segment_header_read(const uint8_t bytes[static AUDIT_SEGMENT_HEADER_SIZE],
                          struct audit_segment_header *out_header);

/* What a frame says about itself. */
struct audit_frame_head {
    uint32_t count; /* entries, 1 to LIMIT_AUDIT_FRAME_ENTRIES */
    uint32_t end_count;
    uint64_t generation;
    uint64_t batch; /* frames before it in the log */
    uint64_t first_index;
    uint64_t new_size;
    int64_t time_ms;
    struct audit_hash previous;
    struct audit_hash root; /* of the tree of new_size leaves */
};

/* A frame being filled. Always true: used + what sealing adds fits. */
struct audit_frame {
    uint8_t *buf; /* AUDIT_FRAME_SIZE_MAX */
    size_t used;
    size_t entry_bytes;
    uint32_t count;
    uint32_t end_count;
};

struct audit_frame audit_frame_begin(uint8_t *buf);
/* True while `count` entries of `bytes` in all still fit. */
bool audit_frame_has_room(const struct audit_frame *frame, size_t count, size_t bytes);
/* Adds an entry and tells where its bytes stand in the frame. */
size_t audit_frame_add(struct audit_frame *frame, struct span leaf);
/* Names a question that ends with this frame; after the last entry, at most one an entry. */
void audit_frame_add_end(struct audit_frame *frame, const struct request_id *id);
/* Writes head and hash; count and end_count of the head are the frame's own. The bytes are the
 * whole frame, a multiple of AUDIT_BLOCK_SIZE. */
struct span audit_frame_seal(struct audit_frame *frame, const struct audit_frame_head *head,
                             struct audit_hash *out_hash);

/* A frame read back: entries and endings are walked by the readers, which are known to hold. */
struct audit_frame_view {
    struct audit_frame_head head;
    size_t size;
    struct audit_hash hash;
    struct span entries;
    struct span ends;
};

/* The size that a frame at the front of the bytes claims, or 0 where no frame can start. Needs
 * AUDIT_FRAME_HEADER_SIZE bytes. */
size_t audit_frame_size_peek(struct span bytes);
/* STORE AUDIT_CORRUPT unless the bytes are one frame with a right hash. */
LG_MUST_USE struct lg_err audit_frame_read(struct span bytes, struct audit_frame_view *out_view);

#endif
