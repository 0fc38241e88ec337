/* SPDX-License-Identifier: Apache-2.0 */
/* O_DIRECT is a Linux flag. */
#define _GNU_SOURCE
#include "gateway/audit/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct lg_err failed(void) {
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_NO_SPACE);
    case ENOENT:
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_ABSENT);
    default:
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
    }
}

static struct lg_err system_open(void *ctx, const char *path, unsigned how, int *out_fd) {
    (void)ctx;
    int flags = O_CLOEXEC | O_NOFOLLOW | ((how & AUDIT_OPEN_WRITE) != 0 ? O_RDWR : O_RDONLY);
    flags |= (how & AUDIT_OPEN_CREATE) != 0 ? O_CREAT : 0;
    int fd = -1;
    if ((how & AUDIT_OPEN_DIRECT) != 0) {
        fd = open(path, flags | O_DIRECT, 0600);
    }
    if (fd < 0) {
        fd = open(path, flags, 0600);
        if (fd >= 0 && (how & AUDIT_OPEN_DIRECT) != 0) {
            /* Clean pages are dropped; the next read comes from the disk. */
            (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        }
    }
    if (fd < 0) {
        return failed();
    }
    *out_fd = fd;
    return LG_OK;
}

static void system_close(void *ctx, int fd) {
    (void)ctx;
    (void)close(fd); /* what matters was synced before */
}

static struct lg_err system_read(void *ctx, int fd, uint64_t at, struct audit_into *into) {
    (void)ctx;
    size_t len = 0;
    while (len < into->size) {
        uint8_t *place = (uint8_t *)into->buf + len;
        ssize_t got = pread(fd, place, into->size - len, (off_t)(at + len));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed();
        }
        len += (size_t)got;
        /* A direct read ends short only where the file does. */
        if (got == 0 || (size_t)got % AUDIT_DIRECT_ALIGN != 0) {
            break;
        }
    }
    into->len = len;
    return LG_OK;
}

static struct lg_err system_write(void *ctx, int fd, uint64_t at, struct span bytes) {
    (void)ctx;
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t put = pwrite(fd, bytes.ptr + done, bytes.len - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return failed();
        }
        done += (size_t)put;
    }
    return LG_OK;
}

static struct lg_err system_sync(void *ctx, int fd) {
    struct stat status;
    (void)ctx;
    /* Never tried twice: after an error the kernel forgets what it could not write. A file that has
     * lost its name is flushed as well as any, and gone with this process. */
    if (fdatasync(fd) != 0 || fstat(fd, &status) != 0) {
        return failed();
    }
    /* No call failed, so errno is that of another one. */
    return status.st_nlink > 0 ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
}

static struct lg_err system_size(void *ctx, int fd, uint64_t *out_size) {
    struct stat status;
    (void)ctx;
    if (fstat(fd, &status) != 0) {
        return failed();
    }
    *out_size = (uint64_t)status.st_size;
    return LG_OK;
}

static struct lg_err system_truncate(void *ctx, int fd, uint64_t size) {
    (void)ctx;
    return ftruncate(fd, (off_t)size) == 0 ? LG_OK : failed();
}

static struct lg_err system_lock(void *ctx, int fd) {
    (void)ctx;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return LG_OK;
    }
    return errno == EWOULDBLOCK ? lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_LOCKED) : failed();
}

static struct lg_err system_rename(void *ctx, const char *from, const char *to) {
    (void)ctx;
    return rename(from, to) == 0 ? LG_OK : failed();
}

static struct lg_err system_remove(void *ctx, const char *path) {
    (void)ctx;
    return unlink(path) == 0 ? LG_OK : failed();
}

static struct lg_err system_sync_folder(void *ctx, const char *path) {
    (void)ctx;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return failed();
    }
    struct lg_err err = fsync(fd) == 0 ? LG_OK : failed();
    (void)close(fd);
    return err;
}

static struct lg_err system_list(void *ctx, const char *path, audit_on_name_fn on_name,
                                 void *on_ctx) {
    (void)ctx;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return failed();
    }
    struct lg_err err = LG_OK;
    const struct dirent *entry = NULL;
    errno = 0;
    while (!lg_failed(err) && (entry = readdir(folder)) != NULL) {
        err = on_name(on_ctx, entry->d_name);
        errno = 0;
    }
    if (!lg_failed(err) && errno != 0) {
        err = failed();
    }
    (void)closedir(folder);
    return err;
}

const struct audit_file_ops *audit_files_system(void) {
    static const struct audit_file_ops ops = {
        .ctx = NULL,
        .open = system_open,
        .close = system_close,
        .read = system_read,
        .write = system_write,
        .sync = system_sync,
        .size = system_size,
        .truncate = system_truncate,
        .lock = system_lock,
        .rename = system_rename,
        .remove = system_remove,
        .sync_folder = system_sync_folder,
        .list = system_list,
    };
    return &ops;
}

static struct lg_err path_of(const struct audit_folder *folder, const char *name,
                             char out[static AUDIT_FILE_PATH_MAX]) {
    int len = snprintf(out, AUDIT_FILE_PATH_MAX, "%s/%s", folder->path, name);
    if (len < 0 || len >= AUDIT_FILE_PATH_MAX) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
    }
    return LG_OK;
}

struct lg_err audit_folder_open(const struct audit_folder *folder, const char *name, unsigned how,
                                int *out_fd) {
    char path[AUDIT_FILE_PATH_MAX];
    TRY(path_of(folder, name, path));
    return folder->ops->open(folder->ops->ctx, path, how, out_fd);
}

struct lg_err audit_folder_rename(const struct audit_folder *folder, const char *from,
                                  const char *to) {
    char from_path[AUDIT_FILE_PATH_MAX];
    char to_path[AUDIT_FILE_PATH_MAX];
    TRY(path_of(folder, from, from_path));
    TRY(path_of(folder, to, to_path));
    return folder->ops->rename(folder->ops->ctx, from_path, to_path);
}

struct lg_err audit_folder_remove(const struct audit_folder *folder, const char *name) {
    char path[AUDIT_FILE_PATH_MAX];
    TRY(path_of(folder, name, path));
    return folder->ops->remove(folder->ops->ctx, path);
}

struct lg_err audit_folder_sync(const struct audit_folder *folder) {
    return folder->ops->sync_folder(folder->ops->ctx, folder->path);
}
