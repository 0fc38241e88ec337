/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/agreement/book_int.h"

static const struct {
    const char *ending;
    size_t size_max;
} kinds[] = {
    [AGREEMENT_FILE_TEXT] = {"isa", LIMIT_POLICY_TEXT_SIZE},
    [AGREEMENT_FILE_LINES] = {"sig", LIMIT_AGREEMENT_SIGNATURES_SIZE},
    [AGREEMENT_FILE_REPORT] = {"report", LIMIT_AGREEMENT_REPORT_SIZE},
    [AGREEMENT_FILE_CASES] = {"cases", LIMIT_AGREEMENT_CASES_SIZE},
};

static struct lg_err file_fail(void) {
    return agreement_fail(LG_CLASS_STORE, AGREEMENT_FILE);
}

/* Ids are a-z, 0-9 and "-" (line.h), so that none leads out of the folder. */
static bool folder_path(const struct agreement_book *book, struct span id,
                        char out[static AGREEMENT_PATH_SIZE]) {
    int len = snprintf(out, AGREEMENT_PATH_SIZE, "%s/%.*s", book->setup.folder, (int)id.len,
                       (const char *)id.ptr);
    return len > 0 && len < AGREEMENT_PATH_SIZE;
}

static bool file_path(const struct agreement_book *book, struct span id, uint32_t version,
                      enum agreement_file which, char out[static AGREEMENT_PATH_SIZE]) {
    int len = snprintf(out, AGREEMENT_PATH_SIZE, "%s/%.*s/%u.%s", book->setup.folder, (int)id.len,
                       (const char *)id.ptr, (unsigned)version, kinds[which].ending);
    return len > 0 && len < AGREEMENT_PATH_SIZE;
}

bool agreement_folder_sync(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return synced;
}

/* A new folder's name is durable before anything in it counts; also where an earlier start made it
 * and was cut off. */
static struct lg_err folder_make(const struct agreement_book *book, struct span id) {
    char path[AGREEMENT_PATH_SIZE];
    if (!folder_path(book, id, path) || (mkdir(path, 0700) != 0 && errno != EEXIST) ||
        !agreement_folder_sync(book->setup.folder)) {
        return file_fail();
    }
    return LG_OK;
}

struct lg_err agreement_file_write(const struct agreement_book *book, struct span id,
                                   uint32_t version, enum agreement_file which, struct span bytes) {
    char path[AGREEMENT_PATH_SIZE];
    TRY(folder_make(book, id));
    if (!file_path(book, id, version, which, path) ||
        lg_failed(vault_private_write(path, bytes, VAULT_WRITE_REPLACE, NULL))) {
        return file_fail();
    }
    return LG_OK;
}

struct lg_err agreement_file_read(const struct agreement_book *book, struct span id,
                                  uint32_t version, enum agreement_file which,
                                  struct span *out_bytes) {
    char path[AGREEMENT_PATH_SIZE];
    size_t len = 0;
    *out_bytes = span_of(NULL, 0);
    if (!file_path(book, id, version, which, path)) {
        return file_fail();
    }
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return LG_OK;
    }
    size_t size_max = kinds[which].size_max;
    uint8_t *bytes = malloc(size_max + 1);
    if (bytes == NULL) {
        return agreement_fail(LG_CLASS_LIMIT, AGREEMENT_MEMORY);
    }
    if (lg_failed(vault_private_read(path, NULL, bytes, size_max + 1, &len)) || len > size_max) {
        free(bytes);
        return file_fail();
    }
    *out_bytes = span_of(bytes, len);
    return LG_OK;
}

void agreement_file_free(struct span *bytes) {
    free((void *)(uintptr_t)bytes->ptr);
    *bytes = span_of(NULL, 0);
}
