/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's online backup. The gateway stays the only one that writes: this side reads, and never
 * checkpoints. All pages are taken in one step, so that what is written meanwhile does not start it
 * anew, and without a flush while it lasts, so that it lasts as short as it can. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "tools/lockgate/backup_files.h"

enum { BUSY_MS = 5000 };

static struct lg_err database_failed(sqlite3 *handle, const char *path, struct diag *diag) {
    diag_set(diag, 0, "%s: %s", path, handle != NULL ? sqlite3_errmsg(handle) : "no memory");
    return backup_fail(LG_CLASS_STORE, BACKUP_FILE);
}

static bool text_run(sqlite3 *handle, const char *text) {
    return sqlite3_exec(handle, text, NULL, NULL, NULL) == SQLITE_OK;
}

/* Whether SQLite finds nothing wrong with the copy. */
static bool is_whole(sqlite3 *handle) {
    sqlite3_stmt *stmt = NULL;
    bool good =
        sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
    return sqlite3_finalize(stmt) == SQLITE_OK && good;
}

static bool pages_copy(sqlite3 *from, sqlite3 *to) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    bool good = backup != NULL && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
    return backup != NULL && sqlite3_backup_finish(backup) == SQLITE_OK && good;
}

/* The copy as one file: the mark in its head would otherwise ask for side files. */
static bool copy_finish(sqlite3 *to) {
    return text_run(to, "PRAGMA journal_mode = DELETE") && is_whole(to);
}

static struct lg_err handles_copy(sqlite3 *from, sqlite3 *to, const char *path, struct diag *diag) {
    sqlite3_busy_timeout(from, BUSY_MS);
    if (!text_run(from, "PRAGMA query_only = ON") ||
        !text_run(from, "PRAGMA wal_autocheckpoint = 0")) {
        return database_failed(from, path, diag);
    }
    if (!text_run(to, "PRAGMA synchronous = OFF") || !pages_copy(from, to) || !copy_finish(to)) {
        return database_failed(to, path, diag);
    }
    return LG_OK;
}

static struct lg_err database_copy(const char *from, const char *to, struct diag *diag) {
    sqlite3 *in = NULL;
    sqlite3 *out = NULL;
    struct lg_err err = LG_OK;
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || close(fd) != 0) {
        diag_set(diag, 0, "%s: cannot be made; is it there already?", to);
        return backup_fail(LG_CLASS_STORE, BACKUP_FILE);
    }
    if (sqlite3_open_v2(from, &in, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        err = database_failed(in, from, diag);
    } else if (sqlite3_open_v2(to, &out, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        err = database_failed(out, to, diag);
    } else {
        err = handles_copy(in, out, from, diag);
    }
    (void)sqlite3_close(out);
    (void)sqlite3_close(in);
    return err;
}

static struct lg_err file_sync(const char *path, struct diag *diag) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!good) {
        diag_set(diag, 0, "%s: cannot be flushed to the disk", path);
    }
    return good ? LG_OK : backup_fail(LG_CLASS_STORE, BACKUP_FILE);
}

struct lg_err backup_database_copy(const char *from, const char *to, struct diag *diag,
                                   struct backup_sum *out_sum) {
    TRY(database_copy(from, to, diag));
    TRY(file_sync(to, diag));
    return backup_file_sum(to, diag, out_sum);
}
