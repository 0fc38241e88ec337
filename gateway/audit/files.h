/* SPDX-License-Identifier: Apache-2.0 */
/* Files as an interface, so that a test can own what is durable and what fails. */
#ifndef GATEWAY_AUDIT_FILES_H
#define GATEWAY_AUDIT_FILES_H

#include "gateway/audit/audit.h"

enum audit_open {
    AUDIT_OPEN_READ = 0,
    AUDIT_OPEN_WRITE = 1,  /* and read */
    AUDIT_OPEN_CREATE = 2, /* with WRITE: makes the file, mode 0600 */
    AUDIT_OPEN_DIRECT = 4, /* past the page cache where the file system can: what the disk holds,
                              not what a failed write left in memory (audit.md I9) */
};

/* Reads of DIRECT files are at multiples of this, into memory aligned to it. */
enum { AUDIT_DIRECT_ALIGN = 4096 };

/* Where a read goes: `size` bytes at buf, of which it sets the first `len`. */
struct audit_into {
    void *buf;
    size_t size;
    size_t len;
};

typedef struct lg_err (*audit_on_name_fn)(void *ctx, const char *name);

/* Each call succeeds whole or fails: STORE AUDIT_IO, AUDIT_NO_SPACE (disk or quota full),
 * AUDIT_ABSENT (no such file), AUDIT_LOCKED. Interrupted and short calls are gone on with. Any
 * thread. */
struct audit_file_ops {
    void *ctx;
    struct lg_err (*open)(void *ctx, const char *path, unsigned how, int *out_fd);
    void (*close)(void *ctx, int fd);
    /* Fills `into`; fewer bytes only at the end of the file. */
    struct lg_err (*read)(void *ctx, int fd, uint64_t at, struct audit_into *into);
    struct lg_err (*write)(void *ctx, int fd, uint64_t at, struct span bytes);
    /* One fdatasync; an error also for a file that has no name any more. */
    struct lg_err (*sync)(void *ctx, int fd);
    struct lg_err (*size)(void *ctx, int fd, uint64_t *out_size);
    struct lg_err (*truncate)(void *ctx, int fd, uint64_t size);
    struct lg_err (*lock)(void *ctx, int fd);
    struct lg_err (*rename)(void *ctx, const char *from, const char *to);
    struct lg_err (*remove)(void *ctx, const char *path);
    struct lg_err (*sync_folder)(void *ctx, const char *path);
    struct lg_err (*list)(void *ctx, const char *path, audit_on_name_fn on_name, void *on_ctx);
};

/* The machine's. */
const struct audit_file_ops *audit_files_system(void);

/* A folder and the way to it; copied freely. */
struct audit_folder {
    const struct audit_file_ops *ops;
    const char *path;
};

enum { AUDIT_FILE_PATH_MAX = 1024 };

/* Opens folder/name. Also STORE AUDIT_IO for a path that is too long. */
LG_MUST_USE struct lg_err audit_folder_open(const struct audit_folder *folder, const char *name,
                                            unsigned how, int *out_fd);
LG_MUST_USE struct lg_err audit_folder_rename(const struct audit_folder *folder, const char *from,
                                              const char *to);
LG_MUST_USE struct lg_err audit_folder_remove(const struct audit_folder *folder, const char *name);
LG_MUST_USE struct lg_err audit_folder_sync(const struct audit_folder *folder);

/* True for this code, whatever the class. */
static inline bool audit_is(struct lg_err err, enum audit_code code) {
    return lg_failed(err) && lg_err_code(err) == code;
}

#endif
