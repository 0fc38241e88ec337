/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file that somebody may be replacing: opened once, checked on the descriptor, bounded,
 * and the same before and after. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/tls/tls_int.h"

static struct tls_file_mark mark_of(const struct stat *info) {
    return (struct tls_file_mark){.device = info->st_dev,
                                  .inode = info->st_ino,
                                  .size = info->st_size,
                                  .changed = info->st_mtim};
}

static bool mark_equal(const struct tls_file_mark *a, const struct tls_file_mark *b) {
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

bool tls_file_is_changed(const char *path, const struct tls_file_mark *mark) {
    struct stat info;
    if (lstat(path, &info) != 0) {
        return true;
    }
    struct tls_file_mark now = mark_of(&info);
    return !mark_equal(&now, mark);
}

static struct lg_err check_info(const char *path, const struct stat *info, size_t size_max,
                                enum tls_secrecy secrecy, struct diag *diag) {
    if (!S_ISREG(info->st_mode)) {
        diag_set(diag, 0, "%s is not a plain file", path);
        return tls_error_file();
    }
    if (info->st_size <= 0 || (size_t)info->st_size > size_max) {
        diag_set(diag, 0, "%s is empty or larger than %zu bytes", path, size_max);
        return tls_error_file();
    }
    bool foreign = info->st_uid != geteuid() && info->st_uid != 0;
    if (secrecy == TLS_SECRET_FILE && (foreign || (info->st_mode & 077) != 0)) {
        diag_set(diag, 0, "%s can be read by others: make it yours with mode 0600", path);
        return tls_error_file();
    }
    if (secrecy == TLS_TRUSTED_FILE && (foreign || (info->st_mode & S_IWGRP) != 0)) {
        diag_set(diag, 0, "%s can be changed by others: make it yours with mode 0644", path);
        return tls_error_file();
    }
    if ((info->st_mode & S_IWOTH) != 0) {
        diag_set(diag, 0, "%s can be written by everybody", path);
        return tls_error_file();
    }
    return LG_OK;
}

/* One byte of room more than the size tells a file that grew. */
static struct lg_err read_all(int fd, struct tls_blob *blob, size_t size) {
    while (blob->len <= size) {
        ssize_t got = read(fd, blob->ptr + blob->len, size + 1 - blob->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return tls_error_file();
        }
        if (got == 0) {
            break;
        }
        blob->len += (size_t)got;
    }
    return blob->len == size ? LG_OK : tls_error_file();
}

static struct lg_err read_opened(int fd, const char *path, size_t size_max,
                                 enum tls_secrecy secrecy, struct diag *diag,
                                 struct tls_blob *blob) {
    struct stat before;
    struct stat after;
    if (fstat(fd, &before) != 0) {
        diag_set(diag, 0, "%s cannot be read: %s", path, strerror(errno));
        return tls_error_file();
    }
    TRY(check_info(path, &before, size_max, secrecy, diag));
    blob->ptr = calloc(1, (size_t)before.st_size + 1);
    if (blob->ptr == NULL) {
        return tls_error_memory();
    }
    blob->mark = mark_of(&before);
    struct lg_err err = read_all(fd, blob, (size_t)before.st_size);
    bool same = fstat(fd, &after) == 0;
    struct tls_file_mark mark = same ? mark_of(&after) : (struct tls_file_mark){0};
    if (lg_failed(err) || !mark_equal(&mark, &blob->mark)) {
        diag_set(diag, 0, "%s changed while it was read", path);
        return tls_error_file();
    }
    return LG_OK;
}

struct lg_err tls_blob_read(const char *path, size_t size_max, enum tls_secrecy secrecy,
                            struct diag *diag, struct tls_blob *out_blob) {
    /* Not blocking: a named pipe in the file's place must not hold the program. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        diag_set(diag, 0, "%s cannot be opened: %s", path,
                 errno == ELOOP ? "it is a symbolic link" : strerror(errno));
        return tls_error_file();
    }
    struct tls_blob blob = {0};
    struct lg_err err = read_opened(fd, path, size_max, secrecy, diag, &blob);
    close(fd);
    if (lg_failed(err)) {
        tls_blob_done(&blob);
        return err;
    }
    *out_blob = blob;
    return LG_OK;
}

void tls_blob_done(struct tls_blob *blob) {
    if (blob->ptr != NULL) {
        OPENSSL_cleanse(blob->ptr, blob->len);
        free(blob->ptr);
    }
    *blob = (struct tls_blob){0};
}
