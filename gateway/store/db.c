/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite as the store uses it: one connection that writes and checkpoints, read-only ones beside it
 * that never do (SQLite 3.40's WAL-reset race needs two that do), no memory map, values always
 * bound. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/store/store_int.h"

enum {
    APPLICATION_MAIN = 0x4c474d31, /* "LGM1", "LGK1", "LGE1": a file of one sort is no other */
    APPLICATION_KEYS = 0x4c474b31,
    APPLICATION_ENTRIES = 0x4c474531,
    SCHEMA_VERSION = 6,
    /* A reader waits for another process's recovery of the write-ahead file, never for a writer. */
    BUSY_MS = 2000,
    CHECKPOINT_PAGES = 1000,
};

struct lg_err store_fail(enum lg_class klass, enum store_code code) {
    return lg_err_make(klass, LG_STORE, (uint16_t)code);
}

/* What a result code means. Memory and our own constraints leave the file as it was; everything
 * else means that the disk or the file can no longer be trusted. */
static struct lg_err db_failed(struct store_db *db, int rc) {
    int primary = rc & 0xff;
    if (primary == SQLITE_NOMEM) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    if (primary == SQLITE_CONSTRAINT) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    db->is_broken = true;
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    return store_fail(LG_CLASS_STORE, STORE_IO);
}

/* Runs a text of ours that has no parameters and gives at most one number or word. */
static struct lg_err db_text(struct store_db *db, const char *text, int64_t *out_number,
                             char out_word[static 8]) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db->handle, text, -1, &stmt, NULL);
    if (rc != SQLITE_OK) {
        return db_failed(db, rc);
    }
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *out_number = sqlite3_column_int64(stmt, 0);
        const unsigned char *word = sqlite3_column_text(stmt, 0);
        for (size_t i = 0; word != NULL && word[i] != 0 && i < 7; i++) {
            out_word[i] = (char)word[i];
        }
    }
    int final_rc = sqlite3_finalize(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return db_failed(db, rc);
    }
    return final_rc == SQLITE_OK ? LG_OK : db_failed(db, final_rc);
}

static struct lg_err db_run(struct store_db *db, const char *text) {
    int64_t number = 0;
    char word[8] = {0};
    return db_text(db, text, &number, word);
}

static struct lg_err db_number(struct store_db *db, const char *text, int64_t *out_number) {
    char word[8] = {0};
    return db_text(db, text, out_number, word);
}

/* The two numbers in the file's head that say what it is. */
static const char *const mark_main[] = {"PRAGMA application_id = 1279741233",
                                        "PRAGMA user_version = 6", NULL};
static const char *const mark_keys[] = {"PRAGMA application_id = 1279740721",
                                        "PRAGMA user_version = 6", NULL};
static const char *const mark_entries[] = {"PRAGMA application_id = 1279739185",
                                           "PRAGMA user_version = 6", NULL};
static_assert(APPLICATION_ENTRIES == 1279739185, "the text of the pragma says the same");
static_assert(APPLICATION_MAIN == 1279741233, "the text of the pragma says the same");
static_assert(APPLICATION_KEYS == 1279740721, "the text of the pragma says the same");
static_assert(SCHEMA_VERSION == 6, "the text of the pragma says the same");

static int64_t application_of(struct store_db_options options) {
    int64_t others = options.entries ? APPLICATION_ENTRIES : APPLICATION_MAIN;
    return options.keys ? APPLICATION_KEYS : others;
}

static struct lg_err schema_make(struct store_db *db, struct store_db_options options) {
    for (size_t i = 0; store_sql_schema(options, i) != NULL; i++) {
        TRY(db_run(db, store_sql_schema(options, i)));
    }
    const char *const *marks = options.entries ? mark_entries : mark_main;
    marks = options.keys ? mark_keys : marks;
    for (size_t i = 0; marks[i] != NULL; i++) {
        TRY(db_run(db, marks[i]));
    }
    return LG_OK;
}

/* Makes the schema in an empty file, or checks that it is ours and of this version. */
static struct lg_err schema_check(struct store_db *db, struct store_db_options options,
                                  struct diag *diag) {
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    TRY(db_number(db, "PRAGMA application_id", &application));
    TRY(db_number(db, "PRAGMA user_version", &version));
    TRY(db_number(db, "SELECT count(*) FROM sqlite_schema", &tables));
    if (application == 0 && version == 0 && tables == 0 && !options.is_readonly) {
        TRY(db_run(db, "BEGIN IMMEDIATE"));
        return store_db_end(db, schema_make(db, options));
    }
    if (application != application_of(options)) {
        diag_set(diag, 0, "%s is not a store of this program",
                 options.keys ? "keys.db" : "lockgate.db");
        return store_fail(LG_CLASS_CONFIG, STORE_SCHEMA);
    }
    if (version != SCHEMA_VERSION) {
        diag_set(diag, 0, "The store is of version %lld; this program reads version %d only",
                 (long long)version, SCHEMA_VERSION);
        return store_fail(LG_CLASS_CONFIG, STORE_SCHEMA);
    }
    return LG_OK;
}

static struct lg_err wal_set(struct store_db *db) {
    int64_t number = 0;
    char word[8] = {0};
    TRY(db_text(db, "PRAGMA journal_mode = WAL", &number, word));
    return strcmp(word, "wal") == 0 ? LG_OK : db_failed(db, SQLITE_IOERR);
}

static struct lg_err db_set_up(struct store_db *db, struct store_db_options options) {
    TRY(db_run(db, "PRAGMA trusted_schema = OFF"));
    TRY(db_run(db, "PRAGMA mmap_size = 0"));
    TRY(db_run(db, "PRAGMA temp_store = MEMORY"));
    TRY(db_run(db, "PRAGMA cell_size_check = ON"));
    if (options.is_readonly) {
        TRY(db_run(db, "PRAGMA query_only = ON"));
        return db_run(db, "PRAGMA wal_autocheckpoint = 0");
    }
    TRY(db_run(db, options.keys || options.entries ? "PRAGMA secure_delete = ON"
                                                   : "PRAGMA secure_delete = FAST"));
    if (options.entries) {
        /* Rows of nine indexes go to places all over the file: with 2 MiB each is read again. */
        TRY(db_run(db, "PRAGMA cache_size = -32768"));
    }
    TRY(wal_set(db));
    /* What is derived from the log may be behind after a power cut, and is then caught up. */
    TRY(db_run(db, options.entries ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL"));
    if (options.entries) {
        /* The same pages are written by one batch after another: copied back once for many. */
        return db_run(db, "PRAGMA wal_autocheckpoint = 8000");
    }
    static_assert(CHECKPOINT_PAGES == 1000, "the text of the pragma says the same");
    return db_run(db, "PRAGMA wal_autocheckpoint = 1000");
}

struct lg_err store_db_open(struct store_db *db, const char *path, struct store_db_options options,
                            struct diag *diag) {
    *db = (struct store_db){0};
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    flags |= options.is_readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
    struct lg_err err = rc == SQLITE_OK ? LG_OK : db_failed(db, rc);
    if (!lg_failed(err)) {
        sqlite3_extended_result_codes(db->handle, 1);
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        err = db_set_up(db, options);
    }
    if (!lg_failed(err)) {
        err = schema_check(db, options, diag);
    }
    if (lg_failed(err)) {
        if (lg_err_class(err) != LG_CLASS_CONFIG) {
            diag_set(diag, 0, "The store's file cannot be read: %s",
                     db->handle != NULL ? sqlite3_errmsg(db->handle) : "no memory");
        }
        store_db_close(db);
    }
    return err;
}

void store_db_close(struct store_db *db) {
    for (size_t i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(db->statements[i]);
        db->statements[i] = NULL;
    }
    sqlite3_close(db->handle);
    db->handle = NULL;
}

/* The statement, prepared at its first use. */
static struct store_query query_prepare(struct store_db *db, enum store_sql sql) {
    struct store_query query = {.db = db, .err = LG_OK};
    if (db->statements[sql] == NULL) {
        int rc = sqlite3_prepare_v3(db->handle, store_sql_text(sql), -1, SQLITE_PREPARE_PERSISTENT,
                                    &db->statements[sql], NULL);
        if (rc != SQLITE_OK) {
            query.err = db_failed(db, rc);
            return query;
        }
    }
    query.stmt = db->statements[sql];
    return query;
}

static struct lg_err statement_run(struct store_db *db, enum store_sql sql) {
    OWN(store_query_done) struct store_query query = query_prepare(db, sql);
    return store_query_run(&query);
}

/* The transaction of a connection that is held, begun by its first statement. */
static struct lg_err held_open(struct store_db *db) {
    if (!db->is_held || db->is_open) {
        return LG_OK;
    }
    db->is_open = true;
    struct lg_err err = statement_run(db, SQL_BEGIN);
    db->is_open = !lg_failed(err);
    return err;
}

void store_db_hold(struct store_db *db) {
    ASSERT(!db->is_held);
    db->is_held = true;
}

void store_db_let_go(struct store_db *db) {
    ASSERT(db->is_held);
    db->is_held = false;
    if (db->is_open) {
        db->is_open = false;
        lg_err_ignore(store_db_end(db, LG_OK), "it only read; a broken connection latches");
    }
}

struct lg_err store_db_begin(struct store_db *db, bool for_writing) {
    if (db->is_held) {
        ASSERT(!for_writing);
        return held_open(db);
    }
    return statement_run(db, for_writing ? SQL_BEGIN_WRITE : SQL_BEGIN);
}

struct lg_err store_db_end(struct store_db *db, struct lg_err err) {
    if (db->is_held) {
        return err;
    }
    if (!lg_failed(err)) {
        err = statement_run(db, SQL_COMMIT);
    }
    /* SQLite rolls back by itself after some errors; rolling back twice would be one more. */
    if (lg_failed(err) && sqlite3_get_autocommit(db->handle) == 0) {
        lg_err_ignore(statement_run(db, SQL_ROLLBACK), "the first error is the one to tell");
    }
    return err;
}

bool store_db_truncate(struct store_db *db) {
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED) {
        lg_err_ignore(db_failed(db, rc), "a broken connection latches at its next use");
    }
    return rc == SQLITE_OK;
}

struct lg_err store_db_overwrite(struct store_db *db, bool is_on) {
    return db_run(db, is_on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST");
}

struct store_query store_query_of(struct store_db *db, enum store_sql sql) {
    struct lg_err err = held_open(db);
    return lg_failed(err) ? (struct store_query){.db = db, .err = err} : query_prepare(db, sql);
}

void store_query_done(struct store_query *query) {
    if (query->stmt != NULL) {
        sqlite3_reset(query->stmt); /* repeats an error that step gave before */
        sqlite3_clear_bindings(query->stmt);
        query->stmt = NULL;
    }
}

static void query_check(struct store_query *query, int rc) {
    if (rc != SQLITE_OK && !lg_failed(query->err)) {
        query->err = db_failed(query->db, rc);
    }
}

void store_query_bytes(struct store_query *query, int parameter, struct span bytes) {
    if (!lg_failed(query->err)) {
        /* An empty value is no NULL: SQLite wants a pointer for it. */
        const void *ptr = bytes.len > 0 ? (const void *)bytes.ptr : (const void *)"";
        query_check(query,
                    sqlite3_bind_blob64(query->stmt, parameter, ptr, bytes.len, SQLITE_STATIC));
    }
}

void store_query_number(struct store_query *query, int parameter, int64_t number) {
    if (!lg_failed(query->err)) {
        query_check(query, sqlite3_bind_int64(query->stmt, parameter, number));
    }
}

void store_query_text(struct store_query *query, int parameter, const char *text) {
    if (!lg_failed(query->err)) {
        query_check(query, sqlite3_bind_text(query->stmt, parameter, text, -1, SQLITE_STATIC));
    }
}

bool store_query_next(struct store_query *query) {
    if (lg_failed(query->err)) {
        return false;
    }
    int rc = sqlite3_step(query->stmt);
    if (rc == SQLITE_ROW) {
        return true;
    }
    if (rc != SQLITE_DONE) {
        query->err = db_failed(query->db, rc);
    }
    return false;
}

struct span store_query_column(struct store_query *query, int column) {
    if (lg_failed(query->err)) {
        return span_of(NULL, 0);
    }
    const void *ptr = sqlite3_column_blob(query->stmt, column);
    int len = sqlite3_column_bytes(query->stmt, column);
    if (ptr == NULL || len < 0) {
        return span_of(NULL, 0);
    }
    return span_of(ptr, (size_t)len);
}

int64_t store_query_column_number(struct store_query *query, int column) {
    return lg_failed(query->err) ? 0 : sqlite3_column_int64(query->stmt, column);
}

void store_query_column_copy(struct store_query *query, int column, uint8_t *out, size_t size) {
    struct span bytes = store_query_column(query, column);
    if (bytes.len == size) {
        memcpy(out, bytes.ptr, size);
        return;
    }
    memset(out, 0, size);
    if (!lg_failed(query->err)) {
        query->err = store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
}

struct lg_err store_query_end(struct store_query *query) {
    store_query_done(query);
    return query->err;
}

struct lg_err store_query_run(struct store_query *query) {
    while (store_query_next(query)) {
        /* Rows that nobody wants, such as those of a pragma. */
    }
    return store_query_end(query);
}

size_t store_db_changes(const struct store_db *db) {
    int changes = sqlite3_changes(db->handle);
    return changes > 0 ? (size_t)changes : 0;
}
