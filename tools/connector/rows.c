/* SPDX-License-Identifier: Apache-2.0 */
/* Queries on an agency's data. Every statement is of one form,
 *   SELECT t."a", t."b" FROM "table" AS t [WHERE t."key" = ?1 LIMIT ?2]
 * with names from the mapping alone: a name with the table before it can never be taken for a
 * string. */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "tools/connector/rows_int.h"

struct query {
    sqlite3_stmt *stmt;
    const char *table;
    const char *columns[LIMIT_CONNECTOR_COLUMNS]; /* the mapping's own texts */
    size_t column_count;
    bool too_many;
};

/* Everything that hangs from one open database; swapped whole. */
struct database {
    sqlite3 *handle;
    struct query all;    /* people */
    struct query person; /* one of them */
    struct query groups[LIMIT_MAPPING_LIST];
    struct query groups_all[LIMIT_MAPPING_LIST];
    struct query links[LIMIT_MAPPING_LIST];
    struct stat file;
    struct connector_bad_lines bad;
    const struct mapping *mapping; /* for the authoriser */
    unsigned steps;
};

struct connector_rows {
    const struct mapping *mapping;
    struct database *db;
};

static struct lg_err rows_err(enum lg_class klass, enum connector_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

/* ---- which columns ------------------------------------------------------------------------- */

static void column_add(struct query *query, const char *column) {
    if (column == NULL) {
        return;
    }
    for (size_t i = 0; i < query->column_count; i++) {
        if (strcmp(query->columns[i], column) == 0) {
            return;
        }
    }
    if (query->column_count == LIMIT_CONNECTOR_COLUMNS) {
        query->too_many = true;
        return;
    }
    query->columns[query->column_count++] = column;
}

static void field_add(struct query *query, const struct mapping_field *field) {
    if (field == NULL) {
        return;
    }
    column_add(query, field->from);
    for (uint32_t i = 0; i < field->join_count; i++) {
        column_add(query, field->join[i]);
    }
}

static const char *table_of(const struct mapping *mapping, const char *table) {
    return mapping->source.kind == MAPPING_CSV ? CONNECTOR_CSV_TABLE : table;
}

static void person_columns(const struct mapping *mapping, struct query *query) {
    const struct mapping_identity *identity = &mapping->person.identity;
    query->table = table_of(mapping, mapping->person.table);
    if (mapping->source.kind == MAPPING_CSV) {
        column_add(query, CONNECTOR_CSV_LINE);
    }
    column_add(query, mapping->person.key);
    field_add(query, identity->family_name);
    field_add(query, identity->given_name);
    field_add(query, identity->born);
    field_add(query, identity->postcode);
    field_add(query, identity->identifier);
    for (uint32_t i = 0; i < mapping->withhold_count; i++) {
        column_add(query, mapping->withhold[i].column);
    }
    if (mapping->hide != NULL) {
        column_add(query, mapping->hide->column);
    }
}

static void group_columns(const struct mapping *mapping, const struct mapping_group *group,
                          struct query *query) {
    query->table = table_of(mapping, group->table);
    if (mapping->source.kind == MAPPING_CSV) {
        column_add(query, CONNECTOR_CSV_LINE);
    }
    column_add(query, group->key != NULL ? group->key : mapping->person.key);
    column_add(query, group->record);
    field_add(query, group->newest);
    for (uint32_t i = 0; i < group->item_count; i++) {
        field_add(query, &group->items[i].field);
        field_add(query, group->items[i].dated);
    }
}

static void link_columns(const struct mapping *mapping, const struct mapping_link *link,
                         struct query *query) {
    query->table = table_of(mapping, link->table);
    column_add(query, link->key != NULL ? link->key : mapping->person.key);
    column_add(query, link->other);
    field_add(query, link->relation);
}

/* ---- statements ---------------------------------------------------------------------------- */

static char *query_text(sqlite3 *db, const struct query *query, const char *key) {
    sqlite3_str *sql = sqlite3_str_new(db);
    for (size_t i = 0; i < query->column_count; i++) {
        sqlite3_str_appendf(sql, "%s t.\"%w\"", i == 0 ? "SELECT" : ",", query->columns[i]);
    }
    sqlite3_str_appendf(sql, " FROM \"%w\" AS t", query->table);
    if (key != NULL) {
        sqlite3_str_appendf(sql, " WHERE t.\"%w\" = ?1 LIMIT %d", key, LIMIT_CONNECTOR_RECORDS + 1);
    }
    return sqlite3_str_finish(sql);
}

/* key NULL: every row. */
static struct lg_err query_prepare(struct database *db, struct query *query, const char *key,
                                   struct diag *diag) {
    if (query->too_many) {
        diag_set(diag, 0, "more than %d columns of one table", LIMIT_CONNECTOR_COLUMNS);
        return rows_err(LG_CLASS_CONFIG, CONNECTOR_SOURCE);
    }
    char *sql = query_text(db->handle, query, key);
    if (sql == NULL) {
        return rows_err(LG_CLASS_LIMIT, CONNECTOR_MEMORY);
    }
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &query->stmt, NULL);
    sqlite3_free(sql);
    if (rc != SQLITE_OK) {
        diag_set(diag, 0, "the source does not fit the mapping: %s", sqlite3_errmsg(db->handle));
        return rows_err(LG_CLASS_CONFIG, CONNECTOR_SOURCE);
    }
    return LG_OK;
}

static const char *key_of(const struct mapping *mapping, const char *key) {
    return key != NULL ? key : mapping->person.key;
}

static struct lg_err queries_prepare(struct database *db, struct diag *diag) {
    const struct mapping *mapping = db->mapping;
    person_columns(mapping, &db->all);
    TRY(query_prepare(db, &db->all, NULL, diag));
    person_columns(mapping, &db->person);
    TRY(query_prepare(db, &db->person, mapping->person.key, diag));
    for (uint32_t i = 0; i < mapping->record_count; i++) {
        group_columns(mapping, &mapping->records[i], &db->groups[i]);
        TRY(query_prepare(db, &db->groups[i], key_of(mapping, mapping->records[i].key), diag));
        group_columns(mapping, &mapping->records[i], &db->groups_all[i]);
        TRY(query_prepare(db, &db->groups_all[i], NULL, diag));
    }
    for (uint32_t i = 0; i < mapping->link_count; i++) {
        link_columns(mapping, &mapping->links[i], &db->links[i]);
        TRY(query_prepare(db, &db->links[i], key_of(mapping, mapping->links[i].key), diag));
    }
    return LG_OK;
}

/* ---- what SQLite may do -------------------------------------------------------------------- */

static bool query_reads(const struct query *query, const char *table, const char *column) {
    if (query->table == NULL || strcmp(query->table, table) != 0) {
        return false;
    }
    for (size_t i = 0; i < query->column_count; i++) {
        /* Names of columns do not tell large letters from small ones. */
        if (sqlite3_stricmp(query->columns[i], column) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct database *db, const char *table, const char *column) {
    bool named = query_reads(&db->all, table, column) || query_reads(&db->person, table, column);
    for (uint32_t i = 0; i < db->mapping->record_count; i++) {
        named = named || query_reads(&db->groups[i], table, column);
    }
    for (uint32_t i = 0; i < db->mapping->link_count; i++) {
        named = named || query_reads(&db->links[i], table, column);
    }
    return named;
}

static bool is_named_table(const struct database *db, const char *table) {
    bool named = strcmp(db->all.table, table) == 0;
    for (uint32_t i = 0; i < db->mapping->record_count; i++) {
        named = named || (db->groups[i].table != NULL && strcmp(db->groups[i].table, table) == 0);
    }
    for (uint32_t i = 0; i < db->mapping->link_count; i++) {
        named = named || (db->links[i].table != NULL && strcmp(db->links[i].table, table) == 0);
    }
    return named;
}

/* Reads of named columns, and whatever a named view reads or computes by itself. */
static int on_authorise(void *ctx, int action, const char *first, const char *second,
                        const char *database, const char *view) {
    const struct database *db = ctx;
    (void)database;
    if (action == SQLITE_SELECT) {
        return SQLITE_OK;
    }
    if (action != SQLITE_READ && action != SQLITE_FUNCTION) {
        return SQLITE_DENY;
    }
    if (view != NULL && is_named_table(db, view)) {
        return SQLITE_OK;
    }
    /* Without a column: that rows are gone through, not what is in them. The statements are ours,
     * so only a named view can cause it. */
    if (action == SQLITE_READ && second != NULL && second[0] == '\0') {
        return SQLITE_OK;
    }
    bool named = action == SQLITE_READ && view == NULL && first != NULL && second != NULL &&
                 is_named(db, first, second);
    return named ? SQLITE_OK : SQLITE_DENY;
}

/* Called every thousand steps of the machine; not 0 stops the query. */
static int on_progress(void *ctx) {
    struct database *db = ctx;
    return ++db->steps > LIMIT_CONNECTOR_STEPS;
}

static void handle_restrict(struct database *db) {
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_set_authorizer(db->handle, on_authorise, db);
    sqlite3_progress_handler(db->handle, 1000, on_progress, db);
}

/* ---- opening ------------------------------------------------------------------------------- */

static void database_free(struct database **db) {
    if (*db == NULL) {
        return;
    }
    (void)sqlite3_finalize((*db)->all.stmt);
    (void)sqlite3_finalize((*db)->person.stmt);
    for (size_t i = 0; i < LIMIT_MAPPING_LIST; i++) {
        (void)sqlite3_finalize((*db)->groups[i].stmt);
        (void)sqlite3_finalize((*db)->groups_all[i].stmt);
        (void)sqlite3_finalize((*db)->links[i].stmt);
    }
    (void)sqlite3_close((*db)->handle);
    free(*db);
    *db = NULL;
}

static struct lg_err handle_open(struct database *db, const char *path, int flags,
                                 struct diag *diag) {
    int rc = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        diag_set(diag, 0, "%s: %s", path, sqlite3_errstr(rc));
        return rows_err(LG_CLASS_CONFIG, CONNECTOR_SOURCE);
    }
    (void)sqlite3_busy_timeout(db->handle, 250);
    return LG_OK;
}

/* The key column has an index, as an agency's own database would. */
static struct lg_err csv_index(struct database *db) {
    char *sql = sqlite3_mprintf("CREATE INDEX by_key ON \"%w\"(\"%w\")", CONNECTOR_CSV_TABLE,
                                db->mapping->person.key);
    if (sql == NULL) {
        return rows_err(LG_CLASS_LIMIT, CONNECTOR_MEMORY);
    }
    /* A key that is no column is told by the first query, with its name. */
    (void)sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return LG_OK;
}

static struct lg_err database_fill(struct database *db, struct diag *diag) {
    const struct mapping *mapping = db->mapping;
    if (mapping->source.kind == MAPPING_SQLITE) {
        TRY(handle_open(db, mapping->source.path, SQLITE_OPEN_READONLY, diag));
        return LG_OK;
    }
    TRY(handle_open(db, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, diag));
    TRY(connector_csv_load(mapping, db->handle, &db->bad, diag, &db->file));
    return csv_index(db);
}

static struct lg_err database_new(const struct mapping *mapping, struct diag *diag,
                                  struct database **out_db) {
    OWN(database_free) struct database *db = calloc(1, sizeof *db);
    if (db == NULL) {
        diag_set(diag, 0, "no memory");
        return rows_err(LG_CLASS_LIMIT, CONNECTOR_MEMORY);
    }
    db->mapping = mapping;
    TRY(database_fill(db, diag));
    handle_restrict(db);
    TRY(queries_prepare(db, diag));
    *out_db = TAKE(db);
    return LG_OK;
}

struct lg_err connector_rows_open(const struct mapping *mapping, struct diag *diag,
                                  struct connector_rows **out_rows) {
    OWN(connector_rows_close) struct connector_rows *rows = calloc(1, sizeof *rows);
    if (rows == NULL) {
        diag_set(diag, 0, "no memory");
        return rows_err(LG_CLASS_LIMIT, CONNECTOR_MEMORY);
    }
    rows->mapping = mapping;
    TRY(database_new(mapping, diag, &rows->db));
    *out_rows = TAKE(rows);
    return LG_OK;
}

void connector_rows_close(struct connector_rows **rows) {
    if (*rows != NULL) {
        database_free(&(*rows)->db);
        free(*rows);
        *rows = NULL;
    }
}

static bool file_is_same(const struct stat *a, const struct stat *b) {
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

struct lg_err connector_rows_refresh(struct connector_rows *rows, struct diag *diag,
                                     bool *out_changed) {
    *out_changed = false;
    struct stat now;
    if (rows->mapping->source.kind != MAPPING_CSV) {
        return LG_OK;
    }
    if (stat(rows->mapping->source.path, &now) != 0) {
        diag_set(diag, 0, "%s: %s", rows->mapping->source.path, strerror(errno));
        return rows_err(LG_CLASS_CONFIG, CONNECTOR_SOURCE);
    }
    if (file_is_same(&now, &rows->db->file)) {
        return LG_OK;
    }
    struct database *fresh = NULL;
    TRY(database_new(rows->mapping, diag, &fresh));
    database_free(&rows->db);
    rows->db = fresh;
    *out_changed = true;
    return LG_OK;
}

const struct mapping *connector_rows_mapping(const struct connector_rows *rows) {
    return rows->mapping;
}

const uint32_t *connector_rows_bad_lines(const struct connector_rows *rows, size_t *out_count) {
    *out_count = rows->db->bad.count;
    return rows->db->bad.lines;
}

int64_t connector_rows_as_of_s(const struct connector_rows *rows) {
    struct stat file;
    if (rows->mapping->source.as_of == MAPPING_AS_OF_NOW ||
        stat(rows->mapping->source.path, &file) != 0) {
        return 0;
    }
    return file.st_mtim.tv_sec;
}

/* ---- reading ------------------------------------------------------------------------------- */

static void row_fill(const struct query *query, struct span *values, struct connector_row *row) {
    for (size_t i = 0; i < query->column_count; i++) {
        const void *text = sqlite3_column_text(query->stmt, (int)i);
        int len = sqlite3_column_bytes(query->stmt, (int)i);
        values[i] = span_of(text, text == NULL || len < 0 ? 0 : (size_t)len);
    }
    *row = (struct connector_row){
        .columns = query->columns, .values = values, .count = query->column_count};
}

static uint64_t line_of(const struct connector_row *row, uint64_t place) {
    struct span text = connector_row_text(row, CONNECTOR_CSV_LINE);
    uint64_t line = 0;
    for (size_t i = 0; i < text.len && i < 18; i++) {
        line = line * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len == 0 ? place : line;
}

static struct lg_err query_run(struct database *db, struct query *query, connector_on_row_fn on_row,
                               void *ctx) {
    struct span values[LIMIT_CONNECTOR_COLUMNS];
    struct connector_row row;
    struct lg_err err = LG_OK;
    int rc = SQLITE_DONE;
    uint64_t place = 0;
    db->steps = 0;
    while (!lg_failed(err) && (rc = sqlite3_step(query->stmt)) == SQLITE_ROW) {
        row_fill(query, values, &row);
        err = on_row(ctx, &row, line_of(&row, ++place));
    }
    (void)sqlite3_reset(query->stmt);
    (void)sqlite3_clear_bindings(query->stmt);
    if (!lg_failed(err) && rc != SQLITE_DONE) {
        log_line(LOG_ERROR, "connector.query.failed", "code=%d", rc);
        return rows_err(LG_CLASS_STORE, CONNECTOR_QUERY);
    }
    return err;
}

static struct lg_err query_run_for(struct database *db, struct query *query, struct span key,
                                   connector_on_row_fn on_row, void *ctx) {
    if (sqlite3_bind_text64(query->stmt, 1, (const char *)key.ptr, key.len, SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK) {
        return rows_err(LG_CLASS_STORE, CONNECTOR_QUERY);
    }
    return query_run(db, query, on_row, ctx);
}

struct lg_err connector_rows_people(struct connector_rows *rows, connector_on_row_fn on_row,
                                    void *ctx) {
    return query_run(rows->db, &rows->db->all, on_row, ctx);
}

struct lg_err connector_rows_person(struct connector_rows *rows, struct span key,
                                    connector_on_row_fn on_row, void *ctx) {
    return query_run_for(rows->db, &rows->db->person, key, on_row, ctx);
}

struct lg_err connector_rows_group(struct connector_rows *rows, uint32_t index, struct span key,
                                   connector_on_row_fn on_row, void *ctx) {
    return query_run_for(rows->db, &rows->db->groups[index], key, on_row, ctx);
}

struct lg_err connector_rows_group_all(struct connector_rows *rows, uint32_t index,
                                       connector_on_row_fn on_row, void *ctx) {
    return query_run(rows->db, &rows->db->groups_all[index], on_row, ctx);
}

struct lg_err connector_rows_links(struct connector_rows *rows, uint32_t index, struct span key,
                                   connector_on_row_fn on_row, void *ctx) {
    return query_run_for(rows->db, &rows->db->links[index], key, on_row, ctx);
}
