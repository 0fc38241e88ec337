/* SPDX-License-Identifier: Apache-2.0 */
/* Two slots of 512 bytes, at 0 and at 4096, written in turn, so that a torn write leaves the other:
 *
 *    0  8  "LGMARK01"      32 32  hash of the frame that ends at size
 *    8  8  sequence        64 32  root
 *   16  8  generation      96  1  closed in order: 1, else 0
 *   24  8  size            97     zeros
 *                         480 32  SHA-256 of what precedes
 *
 * A slot is valid when its hash fits; the valid slot of the higher sequence counts. */
#include "gateway/audit/highwater.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum { SLOT_SIZE = 512, SLOT_HASHED = SLOT_SIZE - AUDIT_HASH_SIZE, SLOT_STEP = 4096 };

static const char FILE_NAME[] = "high-water";
static const char UNFINISHED[] = "high-water.unfinished";
static const char MAGIC[] = "LGMARK01";

static void slot_write(uint64_t sequence, const struct audit_mark *mark,
                       uint8_t out[static SLOT_SIZE]) {
    struct writer w = writer_of(out, SLOT_HASHED);
    memset(out, 0, SLOT_HASHED);
    writer_text(&w, MAGIC);
    writer_u64(&w, sequence);
    writer_u64(&w, mark->generation);
    writer_u64(&w, mark->size);
    writer_bytes(&w, span_of(mark->frame.bytes, AUDIT_HASH_SIZE));
    writer_bytes(&w, span_of(mark->root.bytes, AUDIT_HASH_SIZE));
    writer_u8(&w, mark->closed ? 1 : 0);
    ASSERT(!w.failed);
    vault_sha256(span_of(out, SLOT_HASHED), out + SLOT_HASHED);
}

static bool slot_read(const uint8_t bytes[static SLOT_SIZE], uint64_t *out_sequence,
                      struct audit_mark *out_mark) {
    uint8_t hash[VAULT_SHA256_SIZE];
    struct reader r = reader_of(span_of(bytes, SLOT_HASHED));
    vault_sha256(span_of(bytes, SLOT_HASHED), hash);
    if (memcmp(hash, bytes + SLOT_HASHED, sizeof hash) != 0 ||
        !span_equal_text(reader_bytes(&r, strlen(MAGIC)), MAGIC)) {
        return false;
    }
    *out_sequence = reader_u64(&r);
    out_mark->generation = reader_u64(&r);
    out_mark->size = reader_u64(&r);
    reader_copy(&r, out_mark->frame.bytes, AUDIT_HASH_SIZE);
    reader_copy(&r, out_mark->root.bytes, AUDIT_HASH_SIZE);
    out_mark->closed = reader_u8(&r) == 1;
    return true;
}

static struct lg_err slots_load(struct audit_highwater *highwater) {
    const struct audit_file_ops *ops = highwater->folder.ops;
    bool found = false;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t bytes[SLOT_SIZE] = {0};
        uint64_t sequence = 0;
        struct audit_into into = {.buf = bytes, .size = sizeof bytes};
        struct audit_mark mark = {.size = 0};
        TRY(ops->read(ops->ctx, highwater->fd, (uint64_t)i * SLOT_STEP, &into));
        if (into.len == sizeof bytes && slot_read(bytes, &sequence, &mark) &&
            (!found || sequence > highwater->sequence)) {
            highwater->sequence = sequence;
            highwater->mark = mark;
            found = true;
        }
    }
    return found ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
}

/* Under another name until it is whole, so that a file of the name always has a valid slot. */
static struct lg_err file_make(struct audit_highwater *highwater) {
    static const struct audit_mark nothing;
    unsigned how = AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE;
    TRY(audit_folder_open(&highwater->folder, UNFINISHED, how, &highwater->fd));
    TRY(audit_highwater_write(highwater, &nothing));
    TRY(audit_folder_rename(&highwater->folder, UNFINISHED, FILE_NAME));
    return audit_folder_sync(&highwater->folder);
}

static struct lg_err file_load(struct audit_highwater *highwater) {
    TRY(audit_folder_open(&highwater->folder, FILE_NAME, AUDIT_OPEN_WRITE, &highwater->fd));
    return slots_load(highwater);
}

struct lg_err audit_highwater_open(const struct audit_folder *folder, bool make,
                                   struct audit_highwater *out_highwater) {
    struct audit_highwater highwater = {.folder = *folder, .fd = -1};
    struct lg_err err = make ? file_make(&highwater) : file_load(&highwater);
    if (lg_failed(err)) {
        audit_highwater_close(&highwater);
        return err;
    }
    *out_highwater = highwater;
    return LG_OK;
}

struct lg_err audit_highwater_write(struct audit_highwater *highwater,
                                    const struct audit_mark *mark) {
    const struct audit_file_ops *ops = highwater->folder.ops;
    uint8_t bytes[SLOT_SIZE];
    uint64_t sequence = highwater->sequence + 1;
    ASSERT(mark->size >= highwater->mark.size);
    slot_write(sequence, mark, bytes);
    uint64_t at = sequence % 2 * SLOT_STEP;
    TRY(ops->write(ops->ctx, highwater->fd, at, span_of(bytes, sizeof bytes)));
    TRY(ops->sync(ops->ctx, highwater->fd));
    highwater->sequence = sequence;
    highwater->mark = *mark;
    return LG_OK;
}

void audit_highwater_close(struct audit_highwater *highwater) {
    if (highwater->fd >= 0) {
        highwater->folder.ops->close(highwater->folder.ops->ctx, highwater->fd);
        highwater->fd = -1;
    }
}
