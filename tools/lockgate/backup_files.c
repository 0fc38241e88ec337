/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "tools/lockgate/backup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 65536 };

struct lg_err backup_fail(enum lg_class klass, enum backup_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

static struct lg_err file_failed(const char *path, struct diag *diag) {
    diag_set(diag, 0, "%s: %s", path, strerror(errno));
    return backup_fail(LG_CLASS_STORE, BACKUP_FILE);
}

struct lg_err backup_path(const char *folder, const char *name, struct diag *diag,
                          char out[static BACKUP_PATH_SIZE]) {
    int len = snprintf(out, BACKUP_PATH_SIZE, "%s/%s", folder, name);
    if (len < 0 || len >= BACKUP_PATH_SIZE) {
        diag_set(diag, 0, "%s: the path is too long", folder);
        return backup_fail(LG_CLASS_CONFIG, BACKUP_PLACE);
    }
    return LG_OK;
}

struct lg_err backup_folder_make(const char *path, struct diag *diag) {
    return mkdir(path, 0700) == 0 || errno == EEXIST ? LG_OK : file_failed(path, diag);
}

struct lg_err backup_folder_sync(const char *path, struct diag *diag) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    struct lg_err err = good ? LG_OK : file_failed(path, diag);
    if (fd >= 0) {
        (void)close(fd);
    }
    return err;
}

/* ---- folders */

static int name_kept(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int name_compare(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

struct lg_err backup_folder_each(const char *path,
                                 struct lg_err (*on_name)(void *ctx, const char *name), void *ctx,
                                 struct diag *diag) {
    struct dirent **names = NULL;
    int count = scandir(path, &names, name_kept, name_compare);
    struct lg_err err = count < 0 ? file_failed(path, diag) : LG_OK;
    for (int i = 0; i < count; i++) {
        if (!lg_failed(err)) {
            err = on_name(ctx, names[i]->d_name);
        }
        free(names[i]);
    }
    free(names);
    return err;
}

struct emptiness {
    const char *const *but;
    bool is_empty;
};

static struct lg_err name_check(void *ctx, const char *name) {
    struct emptiness *it = ctx;
    bool is_but = false;
    for (size_t i = 0; it->but != NULL && it->but[i] != NULL; i++) {
        is_but = is_but || strcmp(it->but[i], name) == 0;
    }
    it->is_empty = it->is_empty && is_but;
    return LG_OK;
}

struct lg_err backup_folder_is_empty(const char *path, const char *const *but, struct diag *diag,
                                     bool *out_is) {
    struct emptiness it = {.but = but, .is_empty = true};
    struct stat info;
    *out_is = false;
    if (stat(path, &info) == 0 || errno != ENOENT) {
        TRY(backup_folder_each(path, name_check, &it, diag));
    }
    *out_is = it.is_empty;
    return LG_OK;
}

/* ---- files */

/* A pair of files; to is -1 where the bytes are only counted. */
struct copying {
    int from;
    int to;
    struct vault_sha256 hash;
    uint64_t size;
};

static bool is_zero(const uint8_t *bytes, size_t len) {
    return len > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

static bool block_write(int fd, const uint8_t *bytes, size_t len) {
    for (size_t done = 0; done < len;) {
        ssize_t written = write(fd, bytes + done, len - done);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool blocks_copy(struct copying *it, uint8_t *block) {
    for (;;) {
        ssize_t len = read(it->from, block, BLOCK);
        if (len == 0) {
            return it->to < 0 || (ftruncate(it->to, (off_t)it->size) == 0 && fsync(it->to) == 0);
        }
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len < 0) {
            return false;
        }
        vault_sha256_add(&it->hash, span_of(block, (size_t)len));
        it->size += (uint64_t)len;
        bool good = it->to < 0 ||
                    (is_zero(block, (size_t)len) ? lseek(it->to, (off_t)it->size, SEEK_SET) >= 0
                                                 : block_write(it->to, block, (size_t)len));
        if (!good) {
            return false;
        }
    }
}

static struct lg_err files_copy(const char *from, const char *to, struct diag *diag,
                                struct backup_sum *out_sum) {
    struct copying it = {.to = -1};
    struct stat info = {0};
    uint8_t *block = malloc(BLOCK);
    if (block == NULL) {
        return backup_fail(LG_CLASS_LIMIT, BACKUP_MEMORY);
    }
    const char *at = from;
    vault_sha256_begin(&it.hash);
    it.from = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = it.from >= 0 && fstat(it.from, &info) == 0 && S_ISREG(info.st_mode);
    if (good && to != NULL) {
        at = to;
        it.to = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        good = it.to >= 0;
    }
    good = good && blocks_copy(&it, block);
    struct lg_err err = good ? LG_OK : file_failed(at, diag);
    vault_sha256_end(&it.hash, out_sum->sha256);
    out_sum->size = it.size;
    free(block);
    if (it.from >= 0) {
        (void)close(it.from);
    }
    if (it.to >= 0) {
        (void)close(it.to);
    }
    return err;
}

struct lg_err backup_file_copy(const char *from, const char *to, struct diag *diag,
                               struct backup_sum *out_sum) {
    return files_copy(from, to, diag, out_sum);
}

struct lg_err backup_file_sum(const char *path, struct diag *diag, struct backup_sum *out_sum) {
    return files_copy(path, NULL, diag, out_sum);
}
