/* SPDX-License-Identifier: Apache-2.0 */
/* A segment is one header and then frames, each starting at a multiple of 512, then zeros. All
 * numbers big-endian.
 *
 *   segment header, 512 bytes          frame
 *    0  8  "LGSEGM01"                   0  8  "LGFRAM01"
 *    8  8  number                       8  4  size of the frame, a multiple of 512
 *   16  8  generation                  12  4  entries
 *   24  8  first index                 16  8  generation
 *   32  8  first batch                 24  8  batch number
 *   40 32  hash of the frame before    32  8  first index
 *   72 32  root at first index         40  8  new size = first index + entries
 *  104 32  SHA-256 of the origin       48  8  UTC milliseconds
 *  136     zeros                       56  4  bytes of entries with their lengths
 *  480 32  SHA-256 of what precedes    60  4  endings
 *                                      64 32  hash of the frame before
 *                                      96 32  root at new size
 *                                     128     entries: 16-bit length, bytes
 *                                             endings: 16-byte request ids
 *                                             zeros
 *                                     -32 32  SHA-256 of what precedes, zeros included
 *
 * A frame is valid when sizes add up, the zeros are zero and the hash fits; and it is part of the
 * log when generation, batch, first index and the hash of the frame before follow on (recovery.c).
 * Blocks of 512 keep a torn write of one frame off the bytes of the frame before it. */
#include "gateway/audit/frame.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

static const char SEGMENT_MAGIC[] = "LGSEGM01";
static const char FRAME_MAGIC[] = "LGFRAM01";

static struct lg_err corrupt(void) {
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
}

static bool is_zero(struct span bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

static void hash_write(struct writer *w, const struct audit_hash *hash) {
    writer_bytes(w, span_of(hash->bytes, AUDIT_HASH_SIZE));
}

/* ---- Segment header */

void audit_segment_header_write(const struct audit_segment_header *header,
                                uint8_t out[static AUDIT_SEGMENT_HEADER_SIZE]) {
    size_t hashed = AUDIT_SEGMENT_HEADER_SIZE - AUDIT_HASH_SIZE;
    struct writer w = writer_of(out, hashed);
    memset(out, 0, hashed);
    writer_text(&w, SEGMENT_MAGIC);
    writer_u64(&w, header->number);
    writer_u64(&w, header->generation);
    writer_u64(&w, header->first_index);
    writer_u64(&w, header->first_batch);
    hash_write(&w, &header->previous);
    hash_write(&w, &header->root);
    hash_write(&w, &header->origin);
    ASSERT(!w.failed);
    vault_sha256(span_of(out, hashed), out + hashed);
}

struct lg_err audit_segment_header_read(const uint8_t bytes[static AUDIT_SEGMENT_HEADER_SIZE],
                                        struct audit_segment_header *out_header) {
    size_t hashed = AUDIT_SEGMENT_HEADER_SIZE - AUDIT_HASH_SIZE;
    uint8_t hash[VAULT_SHA256_SIZE];
    struct audit_segment_header header;
    struct reader r = reader_of(span_of(bytes, hashed));
    vault_sha256(span_of(bytes, hashed), hash);
    if (memcmp(hash, bytes + hashed, sizeof hash) != 0 ||
        !span_equal_text(reader_bytes(&r, strlen(SEGMENT_MAGIC)), SEGMENT_MAGIC)) {
        return corrupt();
    }
    header.number = reader_u64(&r);
    header.generation = reader_u64(&r);
    header.first_index = reader_u64(&r);
    header.first_batch = reader_u64(&r);
    reader_copy(&r, header.previous.bytes, AUDIT_HASH_SIZE);
    reader_copy(&r, header.root.bytes, AUDIT_HASH_SIZE);
    reader_copy(&r, header.origin.bytes, AUDIT_HASH_SIZE);
    if (r.failed || !is_zero(r.rest)) {
        return corrupt();
    }
    *out_header = header;
    return LG_OK;
}

/* ---- Filling a frame */

struct audit_frame audit_frame_begin(uint8_t *buf) {
    return (struct audit_frame){.buf = buf, .used = AUDIT_FRAME_HEADER_SIZE};
}

bool audit_frame_has_room(const struct audit_frame *frame, size_t count, size_t bytes) {
    return frame->count + count <= LIMIT_AUDIT_FRAME_ENTRIES &&
           frame->entry_bytes + bytes <= LIMIT_AUDIT_FRAME_BYTES;
}

size_t audit_frame_add(struct audit_frame *frame, struct span leaf) {
    struct writer w = writer_of(frame->buf + frame->used, AUDIT_FRAME_SIZE_MAX - frame->used);
    ASSERT(leaf.len <= AUDIT_ENTRY_SIZE_MAX);
    ASSERT(frame->end_count == 0);
    ASSERT(audit_frame_has_room(frame, 1, leaf.len));
    writer_part(&w, leaf);
    ASSERT(!w.failed);
    size_t at = frame->used + 2;
    frame->used += w.used;
    frame->entry_bytes += leaf.len;
    frame->count++;
    return at;
}

void audit_frame_add_end(struct audit_frame *frame, const struct request_id *id) {
    ASSERT(frame->end_count < frame->count);
    memcpy(frame->buf + frame->used, id->bytes, MODEL_REQUEST_ID_SIZE);
    frame->used += MODEL_REQUEST_ID_SIZE;
    frame->end_count++;
}

struct span audit_frame_seal(struct audit_frame *frame, const struct audit_frame_head *head,
                             struct audit_hash *out_hash) {
    size_t size = (frame->used + AUDIT_HASH_SIZE + AUDIT_BLOCK_SIZE - 1) / AUDIT_BLOCK_SIZE *
                  AUDIT_BLOCK_SIZE;
    size_t entries_len =
        frame->used - AUDIT_FRAME_HEADER_SIZE - (size_t)frame->end_count * MODEL_REQUEST_ID_SIZE;
    struct writer w = writer_of(frame->buf, AUDIT_FRAME_HEADER_SIZE);
    ASSERT(size <= AUDIT_FRAME_SIZE_MAX);
    ASSERT(head->new_size == head->first_index + frame->count);
    writer_text(&w, FRAME_MAGIC);
    writer_u32(&w, (uint32_t)size);
    writer_u32(&w, frame->count);
    writer_u64(&w, head->generation);
    writer_u64(&w, head->batch);
    writer_u64(&w, head->first_index);
    writer_u64(&w, head->new_size);
    writer_u64(&w, (uint64_t)head->time_ms);
    writer_u32(&w, (uint32_t)entries_len);
    writer_u32(&w, frame->end_count);
    hash_write(&w, &head->previous);
    hash_write(&w, &head->root);
    ASSERT(!w.failed);
    ASSERT(w.used == AUDIT_FRAME_HEADER_SIZE);
    size_t hashed = size - AUDIT_HASH_SIZE;
    memset(frame->buf + frame->used, 0, hashed - frame->used);
    vault_sha256(span_of(frame->buf, hashed), out_hash->bytes);
    memcpy(frame->buf + hashed, out_hash->bytes, AUDIT_HASH_SIZE);
    return span_of(frame->buf, size);
}

/* ---- Reading a frame */

size_t audit_frame_size_peek(struct span bytes) {
    struct reader r = reader_of(bytes);
    bool marked = span_equal_text(reader_bytes(&r, strlen(FRAME_MAGIC)), FRAME_MAGIC);
    uint32_t size = reader_u32(&r);
    if (r.failed || !marked || size < AUDIT_BLOCK_SIZE || size > AUDIT_FRAME_SIZE_MAX ||
        size % AUDIT_BLOCK_SIZE != 0) {
        return 0;
    }
    return size;
}

static void head_read(struct reader *r, struct audit_frame_head *head, uint32_t *out_entries_len) {
    (void)reader_bytes(r, strlen(FRAME_MAGIC));
    (void)reader_u32(r);
    head->count = reader_u32(r);
    head->generation = reader_u64(r);
    head->batch = reader_u64(r);
    head->first_index = reader_u64(r);
    head->new_size = reader_u64(r);
    head->time_ms = (int64_t)reader_u64(r);
    *out_entries_len = reader_u32(r);
    head->end_count = reader_u32(r);
    reader_copy(r, head->previous.bytes, AUDIT_HASH_SIZE);
    reader_copy(r, head->root.bytes, AUDIT_HASH_SIZE);
}

/* The entries are so many parts and nothing else. */
static bool entries_add_up(struct span entries, uint32_t count) {
    struct reader r = reader_of(entries);
    for (uint32_t i = 0; i < count && !r.failed; i++) {
        if (reader_part(&r).len > AUDIT_ENTRY_SIZE_MAX) {
            return false;
        }
    }
    return !lg_failed(reader_end(&r));
}

static bool head_is_valid(const struct audit_frame_head *head) {
    return head->count > 0 && head->count <= LIMIT_AUDIT_FRAME_ENTRIES &&
           head->end_count <= head->count && head->time_ms >= 0 &&
           head->new_size > head->first_index && head->new_size - head->first_index == head->count;
}

struct lg_err audit_frame_read(struct span bytes, struct audit_frame_view *out_view) {
    struct audit_frame_view view = {.size = audit_frame_size_peek(bytes)};
    uint32_t entries_len = 0;
    if (view.size == 0 || bytes.len != view.size) {
        return corrupt();
    }
    size_t hashed = view.size - AUDIT_HASH_SIZE;
    vault_sha256(span_of(bytes.ptr, hashed), view.hash.bytes);
    if (memcmp(view.hash.bytes, bytes.ptr + hashed, AUDIT_HASH_SIZE) != 0) {
        return corrupt();
    }
    struct reader r = reader_of(span_of(bytes.ptr, hashed));
    head_read(&r, &view.head, &entries_len);
    view.entries = reader_bytes(&r, entries_len);
    view.ends = reader_bytes(&r, (size_t)view.head.end_count * MODEL_REQUEST_ID_SIZE);
    if (r.failed || !head_is_valid(&view.head) || !entries_add_up(view.entries, view.head.count) ||
        !is_zero(r.rest)) {
        return corrupt();
    }
    *out_view = view;
    return LG_OK;
}
