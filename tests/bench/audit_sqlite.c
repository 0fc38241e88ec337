/* SPDX-License-Identifier: Apache-2.0 */
/* One writer with a queue before it, which is how SQLite writes fastest: no row waits for a lock,
 * and none is taken from thread to thread. Where `in_flight` rows always wait, the next one is
 * there as soon as one is done. */
#define _POSIX_C_SOURCE 200809L
#include "tests/bench/audit_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 512, ENTRY_SIZE_MAX = 4096, IN_FLIGHT_MAX = 1024 };

static int64_t now_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void must(int is_good, const char *what) {
    if (!is_good) {
        fprintf(stderr, "SQLite: %s\n", what);
        exit(1);
    }
}

struct database {
    sqlite3 *db;
    sqlite3_stmt *begin;
    sqlite3_stmt *insert;
    sqlite3_stmt *commit;
};

static sqlite3_stmt *prepared(sqlite3 *db, const char *text) {
    sqlite3_stmt *statement = NULL;
    must(sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK, text);
    return statement;
}

static struct database database_open(const char *path) {
    struct database database = {NULL, NULL, NULL, NULL};
    must(sqlite3_open(path, &database.db) == SQLITE_OK, path);
    must(sqlite3_exec(database.db,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                      "CREATE TABLE log (number INTEGER PRIMARY KEY, entry BLOB NOT NULL);",
                      NULL, NULL, NULL) == SQLITE_OK,
         "WAL, FULL and a table");
    database.begin = prepared(database.db, "BEGIN IMMEDIATE");
    database.insert = prepared(database.db, "INSERT INTO log (entry) VALUES (?)");
    database.commit = prepared(database.db, "COMMIT");
    return database;
}

static void step(sqlite3_stmt *statement) {
    must(sqlite3_step(statement) == SQLITE_DONE, "a step");
    must(sqlite3_reset(statement) == SQLITE_OK, "a reset");
}

static void rows_write(const struct database *database, size_t entry_size, size_t count) {
    uint8_t entry[ENTRY_SIZE_MAX];
    step(database->begin);
    for (size_t i = 0; i < count; i++) {
        must(getrandom(entry, entry_size, 0) == (ssize_t)entry_size, "random bytes");
        must(sqlite3_bind_blob(database->insert, 1, entry, (int)entry_size, SQLITE_TRANSIENT) ==
                 SQLITE_OK,
             "a value");
        step(database->insert);
    }
    step(database->commit);
}

static void database_close(struct database *database, const char *path) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    (void)sqlite3_finalize(database->begin);
    (void)sqlite3_finalize(database->insert);
    (void)sqlite3_finalize(database->commit);
    must(sqlite3_close(database->db) == SQLITE_OK, "closing");
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[PATH_SIZE + 8];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

int64_t sqlite_bench_run(const struct sqlite_bench *bench, int64_t *times_us) {
    int64_t begun_us[IN_FLIGHT_MAX]; /* of those that wait, a ring */
    char path[PATH_SIZE];
    must(bench->in_flight <= IN_FLIGHT_MAX, "so many in flight");
    must(bench->entry_size <= ENTRY_SIZE_MAX, "so large an entry");
    snprintf(path, sizeof path, "%s/compared.sqlite", bench->folder);
    struct database database = database_open(path);
    int64_t start_us = now_us();
    for (size_t i = 0; i < bench->in_flight; i++) {
        begun_us[i] = start_us;
    }
    for (size_t done = 0; done < bench->rows;) {
        size_t count = bench->is_grouped ? bench->in_flight : 1;
        count = count < bench->rows - done ? count : bench->rows - done;
        rows_write(&database, bench->entry_size, count);
        int64_t end_us = now_us();
        for (size_t i = 0; i < count; i++) {
            times_us[done] = end_us - begun_us[done % bench->in_flight];
            begun_us[done % bench->in_flight] = end_us;
            done++;
        }
    }
    int64_t took_us = now_us() - start_us;
    database_close(&database, path);
    return took_us;
}
