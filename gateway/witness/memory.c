/* SPDX-License-Identifier: Apache-2.0 */
/* A log's file "seen-HEX", HEX being the SHA-256 of its origin:
 *
 *   "LGWITN01"   8
 *   size         8, big-endian
 *   root         32
 *   check        32, SHA-256 of the bytes before it and the origin
 *
 * Written under the name "seen-new", synced, renamed, the folder synced. "lock" holds the lock. */
#include "gateway/witness/memory.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum {
    SIZE = 80,
    CHECKED_SIZE = SIZE - VAULT_SHA256_SIZE,
    NAME_SIZE = 5 + 2 * VAULT_SHA256_SIZE + 1,
};

static const char MAGIC[] = "LGWITN01";
static const char LOCK[] = "lock";
static const char NEW[] = "seen-new";

static struct lg_err store_error(enum witness_code code) {
    return lg_err_make(LG_CLASS_STORE, LG_WITNESS, code);
}

static struct lg_err io_of(struct lg_err err) {
    return lg_failed(err) ? store_error(WITNESS_IO) : LG_OK;
}

struct lg_err witness_memory_open(const struct audit_folder *folder,
                                  struct witness_memory *out_memory) {
    const struct audit_file_ops *ops = folder->ops;
    struct witness_memory memory = {.folder = *folder, .lock_fd = -1};
    TRY(io_of(
        audit_folder_open(folder, LOCK, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &memory.lock_fd)));
    struct lg_err err = ops->lock(ops->ctx, memory.lock_fd);
    if (lg_failed(err)) {
        witness_memory_close(&memory);
        return store_error(audit_is(err, AUDIT_LOCKED) ? WITNESS_LOCKED : WITNESS_IO);
    }
    *out_memory = memory;
    return LG_OK;
}

void witness_memory_close(struct witness_memory *memory) {
    if (memory->lock_fd >= 0) {
        memory->folder.ops->close(memory->folder.ops->ctx, memory->lock_fd);
        memory->lock_fd = -1;
    }
}

static void name_of(struct span origin, char out[static NAME_SIZE]) {
    uint8_t digest[VAULT_SHA256_SIZE];
    vault_sha256(origin, digest);
    memcpy(out, "seen-", 5);
    bytes_to_hex(span_of(digest, sizeof digest), out + 5);
}

static void check_of(const uint8_t bytes[static CHECKED_SIZE], struct span origin,
                     uint8_t out[static VAULT_SHA256_SIZE]) {
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(bytes, CHECKED_SIZE));
    vault_sha256_add(&hash, origin);
    vault_sha256_end(&hash, out);
}

static struct lg_err seen_parse(struct span bytes, struct span origin,
                                struct witness_seen *out_seen) {
    uint8_t check[VAULT_SHA256_SIZE];
    if (bytes.len != SIZE) {
        return store_error(WITNESS_STATE);
    }
    check_of(bytes.ptr, origin, check);
    struct reader r = reader_of(bytes);
    struct span magic = reader_bytes(&r, sizeof MAGIC - 1);
    out_seen->size = reader_u64(&r);
    reader_copy(&r, out_seen->root.bytes, AUDIT_HASH_SIZE);
    bool good = span_equal_text(magic, MAGIC) &&
                span_equal(reader_bytes(&r, sizeof check), span_of(check, sizeof check));
    return good && !lg_failed(reader_end(&r)) ? LG_OK : store_error(WITNESS_STATE);
}

struct lg_err witness_memory_read(const struct witness_memory *memory, struct span origin,
                                  struct witness_seen *out_seen) {
    const struct audit_file_ops *ops = memory->folder.ops;
    struct witness_seen seen = {.size = 0};
    char name[NAME_SIZE];
    uint8_t bytes[SIZE + 1];
    struct audit_into into = {.buf = bytes, .size = sizeof bytes};
    int fd = -1;
    name_of(origin, name);
    struct lg_err err = audit_folder_open(&memory->folder, name, AUDIT_OPEN_READ, &fd);
    if (audit_is(err, AUDIT_ABSENT)) {
        vault_sha256((struct span){0}, seen.root.bytes); /* the empty tree's root */
        *out_seen = seen;
        return LG_OK;
    }
    TRY(io_of(err));
    err = ops->read(ops->ctx, fd, 0, &into);
    ops->close(ops->ctx, fd);
    TRY(io_of(err));
    TRY(seen_parse(span_of(bytes, into.len), origin, &seen));
    *out_seen = seen;
    return LG_OK;
}

static void seen_write(const struct witness_seen *seen, struct span origin,
                       uint8_t out[static SIZE]) {
    struct writer w = writer_of(out, SIZE);
    writer_text(&w, MAGIC);
    writer_u64(&w, seen->size);
    writer_bytes(&w, span_of(seen->root.bytes, AUDIT_HASH_SIZE));
    ASSERT(!w.failed);
    ASSERT(w.used == CHECKED_SIZE);
    check_of(out, origin, out + CHECKED_SIZE);
}

static struct lg_err file_write(const struct audit_folder *folder, struct span bytes) {
    const struct audit_file_ops *ops = folder->ops;
    int fd = -1;
    TRY(audit_folder_open(folder, NEW, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &fd));
    struct lg_err err = ops->truncate(ops->ctx, fd, 0);
    if (!lg_failed(err)) {
        err = ops->write(ops->ctx, fd, 0, bytes);
    }
    if (!lg_failed(err)) {
        err = ops->sync(ops->ctx, fd);
    }
    ops->close(ops->ctx, fd);
    return err;
}

struct lg_err witness_memory_write(const struct witness_memory *memory, struct span origin,
                                   const struct witness_seen *seen) {
    char name[NAME_SIZE];
    uint8_t bytes[SIZE];
    name_of(origin, name);
    seen_write(seen, origin, bytes);
    TRY(io_of(file_write(&memory->folder, span_of(bytes, sizeof bytes))));
    TRY(io_of(audit_folder_rename(&memory->folder, NEW, name)));
    return io_of(audit_folder_sync(&memory->folder));
}
