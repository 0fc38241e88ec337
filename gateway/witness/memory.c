/* SPDX-License-Identifier: Apache-2.0 */
/* A log's file "seen-HEX", HEX being the SHA-256 of its origin:
 *
 *   "LGWITN01"   8
 *   size         8, big-endian
 *   root         32
 *   check        32, SHA-256 of the bytes before it and the origin
 *
 * And the file "begun", which is written after a log's first file and before its first cosignature:
 *
 *   "LGWITB01"   8
 *   key id       4, of the witness whose state this is
 *   count        4, big-endian
 *   logs         32 each, SHA-256 of an origin
 *   check        32, SHA-256 of the bytes before it
 *
 * Written under the name "seen-new", synced, renamed, the folder synced. "lock" holds the lock. */
#include "gateway/witness/memory.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum {
    SIZE = 80,
    CHECKED_SIZE = SIZE - VAULT_SHA256_SIZE,
    NAME_SIZE = 5 + 2 * VAULT_SHA256_SIZE + 1,
    KEY_ID_SIZE = 4,
};

static const char MAGIC[] = "LGWITN01";
static const char LOCK[] = "lock";
static const char NEW[] = "seen-new";
static const char BEGUN_MAGIC[] = "LGWITB01";
static const char BEGUN[] = "begun";

static struct lg_err store_error(enum witness_code code) {
    return lg_err_make(LG_CLASS_STORE, LG_WITNESS, code);
}

static struct lg_err io_of(struct lg_err err) {
    return lg_failed(err) ? store_error(WITNESS_IO) : LG_OK;
}

struct lg_err witness_memory_open(const struct audit_folder *folder,
                                  struct witness_memory *out_memory) {
    const struct audit_file_ops *ops = folder->ops;
    int fd = -1;
    TRY(io_of(audit_folder_open(folder, LOCK, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &fd)));
    struct lg_err err = ops->lock(ops->ctx, fd);
    if (lg_failed(err)) {
        ops->close(ops->ctx, fd);
        return store_error(audit_is(err, AUDIT_LOCKED) ? WITNESS_LOCKED : WITNESS_IO);
    }
    out_memory->folder = *folder;
    out_memory->lock_fd = fd;
    out_memory->begun_count = 0;
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

/* The file's bytes into `into`; AUDIT_ABSENT passes. */
static struct lg_err file_read(const struct audit_folder *folder, const char *name,
                               struct audit_into *into) {
    const struct audit_file_ops *ops = folder->ops;
    int fd = -1;
    TRY(audit_folder_open(folder, name, AUDIT_OPEN_READ, &fd));
    struct lg_err err = ops->read(ops->ctx, fd, 0, into);
    ops->close(ops->ctx, fd);
    return err;
}

struct lg_err witness_memory_read(const struct witness_memory *memory, struct span origin,
                                  struct witness_seen *out_seen) {
    struct witness_seen seen = {.size = 0};
    char name[NAME_SIZE];
    uint8_t bytes[SIZE + 1];
    struct audit_into into = {.buf = bytes, .size = sizeof bytes};
    name_of(origin, name);
    struct lg_err err = file_read(&memory->folder, name, &into);
    if (audit_is(err, AUDIT_ABSENT) && !witness_memory_has_begun(memory, origin)) {
        vault_sha256((struct span){0}, seen.root.bytes); /* the empty tree's root */
        *out_seen = seen;
        return LG_OK;
    }
    if (audit_is(err, AUDIT_ABSENT)) {
        return store_error(WITNESS_STATE);
    }
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

/* Durable under its name when it returns. */
static struct lg_err file_replace(const struct audit_folder *folder, const char *name,
                                  struct span bytes) {
    TRY(io_of(file_write(folder, bytes)));
    TRY(io_of(audit_folder_rename(folder, NEW, name)));
    return io_of(audit_folder_sync(folder));
}

/* ---- What has begun */

static size_t begun_len(const struct witness_memory *memory) {
    return WITNESS_BEGUN_HEAD_SIZE + memory->begun_count * VAULT_SHA256_SIZE;
}

static struct lg_err begun_write(struct witness_memory *memory) {
    struct writer w = writer_of(memory->begun + sizeof BEGUN_MAGIC - 1 + KEY_ID_SIZE, 4);
    size_t len = begun_len(memory);
    writer_u32(&w, (uint32_t)memory->begun_count);
    vault_sha256(span_of(memory->begun, len), memory->begun + len);
    return file_replace(&memory->folder, BEGUN, span_of(memory->begun, len + VAULT_SHA256_SIZE));
}

/* What the file holds, in place. */
static struct lg_err begun_read(struct witness_memory *memory) {
    struct audit_into into = {.buf = memory->begun, .size = sizeof memory->begun};
    uint8_t check[VAULT_SHA256_SIZE];
    TRY(file_read(&memory->folder, BEGUN, &into));
    struct reader r = reader_of(span_of(memory->begun, into.len));
    struct span magic = reader_bytes(&r, sizeof BEGUN_MAGIC - 1);
    (void)reader_bytes(&r, KEY_ID_SIZE);
    uint32_t count = reader_u32(&r);
    if (r.failed || !span_equal_text(magic, BEGUN_MAGIC) || count > LIMIT_WITNESS_LOGS_EVER ||
        r.rest.len != ((size_t)count + 1) * VAULT_SHA256_SIZE) {
        return store_error(WITNESS_STATE);
    }
    memory->begun_count = count;
    vault_sha256(span_of(memory->begun, begun_len(memory)), check);
    return memcmp(check, memory->begun + begun_len(memory), sizeof check) == 0
               ? LG_OK
               : store_error(WITNESS_STATE);
}

struct lg_err witness_memory_begin(struct witness_memory *memory,
                                   const struct witness_owner *owner) {
    uint8_t *key_id = memory->begun + sizeof BEGUN_MAGIC - 1;
    static_assert(sizeof BEGUN_MAGIC - 1 + KEY_ID_SIZE + 4 == WITNESS_BEGUN_HEAD_SIZE, "the head");
    struct lg_err err = begun_read(memory);
    bool is_absent = audit_is(err, AUDIT_ABSENT);
    if (lg_failed(err) && !is_absent) {
        return audit_is(err, AUDIT_IO) ? store_error(WITNESS_IO) : store_error(WITNESS_STATE);
    }
    if (!owner->is_new && (is_absent || memcmp(key_id, owner->key_id, KEY_ID_SIZE) != 0)) {
        return store_error(WITNESS_STATE);
    }
    memcpy(memory->begun, BEGUN_MAGIC, sizeof BEGUN_MAGIC - 1);
    memcpy(key_id, owner->key_id, KEY_ID_SIZE);
    return begun_write(memory);
}

bool witness_memory_has_begun(const struct witness_memory *memory, struct span origin) {
    uint8_t digest[VAULT_SHA256_SIZE];
    vault_sha256(origin, digest);
    for (size_t i = 0; i < memory->begun_count; i++) {
        const uint8_t *known = memory->begun + WITNESS_BEGUN_HEAD_SIZE + i * VAULT_SHA256_SIZE;
        if (memcmp(known, digest, sizeof digest) == 0) {
            return true;
        }
    }
    return false;
}

static struct lg_err begun_add(struct witness_memory *memory, struct span origin) {
    if (witness_memory_has_begun(memory, origin)) {
        return LG_OK;
    }
    ASSERT(memory->begun_count < LIMIT_WITNESS_LOGS_EVER);
    vault_sha256(origin, memory->begun + begun_len(memory));
    memory->begun_count++;
    return begun_write(memory);
}

struct lg_err witness_memory_write(struct witness_memory *memory, struct span origin,
                                   const struct witness_seen *seen) {
    char name[NAME_SIZE];
    uint8_t bytes[SIZE];
    name_of(origin, name);
    seen_write(seen, origin, bytes);
    TRY(file_replace(&memory->folder, name, span_of(bytes, sizeof bytes)));
    return begun_add(memory, origin);
}
