/* SPDX-License-Identifier: Apache-2.0 */
/* Small private files: read only where nobody else could have written or read them, written whole
 * or not at all. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

struct lg_err vault_file_refuse(struct diag *diag, const char *path, const char *what) {
    diag_set(diag, 0, "%s: %s", path, what);
    return vault_fail(LG_CLASS_CONFIG, VAULT_FILE);
}

/* Checked on the descriptor, so that nobody swaps the file in between. */
static const char *private_fault(int fd, mode_t forbidden) {
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return "cannot be examined";
    }
    if (!S_ISREG(st.st_mode)) {
        return "is not a regular file";
    }
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        return "belongs to another user";
    }
    if ((st.st_mode & forbidden) != 0) {
        return "is open to group or others; `chmod 600` it";
    }
    return NULL;
}

/* At most size_max bytes; what does not fit is left. */
static bool read_all(int fd, uint8_t *out, size_t size_max, size_t *out_len) {
    size_t len = 0;
    while (len < size_max) {
        ssize_t got = read(fd, out + len, size_max - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    *out_len = len;
    return true;
}

struct lg_err vault_private_load(const struct vault_private *place, struct diag *diag, uint8_t *out,
                                 size_t size_max, size_t *out_len) {
    int fd = open(place->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return vault_file_refuse(diag, place->path, strerror(errno));
    }
    const char *fault = private_fault(fd, place->forbidden);
    if (fault == NULL && !read_all(fd, out, size_max, out_len)) {
        fault = "cannot be read";
    }
    close(fd);
    return fault == NULL ? LG_OK : vault_file_refuse(diag, place->path, fault);
}

struct lg_err vault_private_read(const char *path, struct diag *diag, uint8_t *out, size_t size_max,
                                 size_t *out_len) {
    struct vault_private place = {.path = path, .forbidden = S_IRWXG | S_IRWXO};
    return vault_private_load(&place, diag, out, size_max, out_len);
}

/* Everything to the file and down to the disk. */
static bool write_all(int fd, struct span data) {
    size_t done = 0;
    while (done < data.len) {
        ssize_t n = write(fd, data.ptr + done, data.len - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

static bool folder_sync(const char *path) {
    char folder[VAULT_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? snprintf(folder, sizeof folder, ".")
                            : snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path);
    if (len < 0 || len >= VAULT_PATH_SIZE) {
        return false;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    close(fd);
    return synced;
}

/* Writes `beside` whole, after taking away what a start that was cut off may have left there. */
static struct lg_err beside_write(const char *beside, struct span data, struct diag *diag) {
    if (unlink(beside) != 0 && errno != ENOENT) {
        return vault_file_refuse(diag, beside, strerror(errno));
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return vault_file_refuse(diag, beside, strerror(errno));
    }
    bool written = write_all(fd, data);
    if (close(fd) != 0 || !written) {
        unlink(beside);
        diag_set(diag, 0, "%s: cannot be written durably", beside);
        return vault_fail(LG_CLASS_STORE, VAULT_WRITE);
    }
    return LG_OK;
}

struct lg_err vault_private_write(const char *path, struct span data, enum vault_write how,
                                  struct diag *diag) {
    char beside[VAULT_PATH_SIZE];
    int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || len >= VAULT_PATH_SIZE) {
        return vault_file_refuse(diag, path, "is too long a path");
    }
    TRY(beside_write(beside, data, diag));
    /* A link fails where the name is taken; a rename takes it over. */
    bool renames = how == VAULT_WRITE_REPLACE;
    int rc = renames ? rename(beside, path) : link(beside, path);
    bool taken = rc != 0 && errno == EEXIST;
    if (!renames || rc != 0) {
        unlink(beside);
    }
    if (taken) {
        return vault_file_refuse(diag, path, "exists already");
    }
    if (rc != 0 || !folder_sync(path)) {
        diag_set(diag, 0, "%s: cannot be written durably", path);
        return vault_fail(LG_CLASS_STORE, VAULT_WRITE);
    }
    return LG_OK;
}
