/* SPDX-License-Identifier: Apache-2.0 */
/* Files as a backup handles them: copied whole, checked by digest, on the disk before they count.
 */
#ifndef TOOLS_LOCKGATE_BACKUP_FILES_H
#define TOOLS_LOCKGATE_BACKUP_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/vault/vault.h"

enum backup_code {
    BACKUP_FILE = 230, /* STORE: a file could not be read or written; the diag says which */
    BACKUP_PLACE,      /* CONFIG: where it goes is not empty, or is missing */
    BACKUP_WRONG,      /* INPUT: no backup, or not as it was made */
    BACKUP_MEMORY,     /* LIMIT */
};

enum { BACKUP_PATH_SIZE = 4096 };

struct backup_sum {
    uint8_t sha256[VAULT_SHA256_SIZE];
    uint64_t size;
};

LG_MUST_USE struct lg_err backup_fail(enum lg_class klass, enum backup_code code);
/* "folder/name". CONFIG BACKUP_PLACE where it is too long. */
LG_MUST_USE struct lg_err backup_path(const char *folder, const char *name, struct diag *diag,
                                      char out[static BACKUP_PATH_SIZE]);
/* Makes the folder, 0700, where it is missing. */
LG_MUST_USE struct lg_err backup_folder_make(const char *path, struct diag *diag);
/* True where there is no such folder, or nothing in it but these names (NULL ends). */
LG_MUST_USE struct lg_err backup_folder_is_empty(const char *path, const char *const *but,
                                                 struct diag *diag, bool *out_is);
/* What is durable about names in the folder. */
LG_MUST_USE struct lg_err backup_folder_sync(const char *path, struct diag *diag);
/* Copies a regular file to a new one, 0600, with the holes of long runs of zeros, and flushes it.
 * out_sum is of what was written. */
LG_MUST_USE struct lg_err backup_file_copy(const char *from, const char *to, struct diag *diag,
                                           struct backup_sum *out_sum);
LG_MUST_USE struct lg_err backup_file_sum(const char *path, struct diag *diag,
                                          struct backup_sum *out_sum);
/* A database of a gateway at work, as it was at one moment, as one file without side files:
 * SQLite's online backup. Holds the gateway's cutting of its side file up for as long as it reads.
 */
LG_MUST_USE struct lg_err backup_database_copy(const char *from, const char *to, struct diag *diag,
                                               struct backup_sum *out_sum);
/* Every name in the folder to on_name, in order of bytes. */
LG_MUST_USE struct lg_err backup_folder_each(const char *path,
                                             struct lg_err (*on_name)(void *ctx, const char *name),
                                             void *ctx, struct diag *diag);

#endif
