/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files (RFC 4180, as spreadsheets write them): libcsv cuts them, this file checks and stores.
 *
 * The first line names the columns. A line with another number of fields, a field longer than the
 * limit or bytes that are no text of the file's encoding is left out and told by its number; the
 * rest goes into one table, all text. A quotation mark that is never closed swallows the rest of
 * the file: then the file as a whole is refused. */
#define _POSIX_C_SOURCE 200809L
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tools/connector/rows_int.h"

/* libcsv's names for its states are not in its header. */
enum { CSV_ROW_NOT_BEGUN = 0, CSV_FIELD_BEGUN = 2 };

struct loading {
    const struct mapping *mapping;
    struct connector_bad_lines *bad;
    struct diag *diag;
    sqlite3 *db;
    sqlite3_stmt *insert;
    size_t column_count; /* 0 until the header is read */
    size_t field_count;  /* of the line under way */
    bool line_is_bad;
    bool stopped; /* refused; diag says why */
    uint64_t row_count;
    uint32_t line; /* where the row under way ends: line breaks seen, from 1 */
    uint32_t row_line;
    char *fields[LIMIT_CONNECTOR_COLUMNS]; /* of the line under way */
};

static struct lg_err csv_wrong(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONNECTOR_CSV);
}

static void loading_stop(struct loading *loading, const char *sentence) {
    if (!loading->stopped) {
        diag_set(loading->diag, loading->row_line, "%s", sentence);
        loading->stopped = true;
    }
}

/* ---- text ---------------------------------------------------------------------------------- */

/* What windows-1252 has at 0x80 to 0x9f; 0: nothing. */
static const uint16_t HIGH_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static size_t utf8_write(uint32_t code, uint8_t *out) {
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xc0U | code >> 6);
        out[1] = (uint8_t)(0x80U | (code & 0x3fU));
        return 2;
    }
    out[0] = (uint8_t)(0xe0U | code >> 12);
    out[1] = (uint8_t)(0x80U | (code >> 6 & 0x3fU));
    out[2] = (uint8_t)(0x80U | (code & 0x3fU));
    return 3;
}

size_t connector_utf8_of_1252(struct span text, uint8_t *out) {
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t code = text.ptr[i];
        if (code >= 0x80 && code < 0xa0) {
            uint32_t high = HIGH_1252[code - 0x80];
            code = high == 0 ? 0xfffd : high;
        }
        len += utf8_write(code, out + len);
    }
    return len;
}

/* A copy with a NUL after it, in UTF-8; NULL when there is no memory. */
static char *field_text(const struct loading *loading, struct span field) {
    uint8_t *copy = malloc(3 * field.len + 1);
    if (copy == NULL) {
        return NULL;
    }
    size_t len = field.len;
    if (loading->mapping->source.encoding == MAPPING_WINDOWS_1252) {
        len = connector_utf8_of_1252(field, copy);
    } else if (len > 0) {
        memcpy(copy, field.ptr, len);
    }
    copy[len] = '\0';
    return (char *)copy;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void fields_drop(struct loading *loading) {
    for (size_t i = 0; i < loading->field_count && i < LIMIT_CONNECTOR_COLUMNS; i++) {
        free(loading->fields[i]);
        loading->fields[i] = NULL;
    }
    loading->field_count = 0;
    loading->line_is_bad = false;
}

/* CREATE TABLE with the header's names, and the INSERT that fits it. */
static bool table_make(struct loading *loading) {
    sqlite3_str *create = sqlite3_str_new(loading->db);
    sqlite3_str *insert = sqlite3_str_new(loading->db);
    sqlite3_str_appendf(create, "CREATE TABLE \"%w\"(\"%w\" INTEGER", CONNECTOR_CSV_TABLE,
                        CONNECTOR_CSV_LINE);
    sqlite3_str_appendf(insert, "INSERT INTO \"%w\" VALUES(?", CONNECTOR_CSV_TABLE);
    for (size_t i = 0; i < loading->field_count; i++) {
        sqlite3_str_appendf(create, ",\"%w\" TEXT", loading->fields[i]);
        sqlite3_str_appendall(insert, ",?");
    }
    sqlite3_str_appendall(create, ")");
    sqlite3_str_appendall(insert, ")");
    char *create_sql = sqlite3_str_finish(create);
    char *insert_sql = sqlite3_str_finish(insert);
    bool made =
        create_sql != NULL && insert_sql != NULL &&
        sqlite3_exec(loading->db, create_sql, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(loading->db, insert_sql, -1, &loading->insert, NULL) == SQLITE_OK;
    sqlite3_free(create_sql);
    sqlite3_free(insert_sql);
    return made;
}

static void header_take(struct loading *loading) {
    if (loading->line_is_bad || loading->field_count > LIMIT_CONNECTOR_COLUMNS) {
        loading_stop(loading, "the first line does not name columns");
        return;
    }
    for (size_t i = 0; i < loading->field_count; i++) {
        struct span name = span_trim(span_text(loading->fields[i]));
        memmove(loading->fields[i], name.ptr, name.len);
        loading->fields[i][name.len] = '\0';
    }
    if (!table_make(loading)) {
        loading_stop(loading, "the first line does not name columns that differ");
        return;
    }
    loading->column_count = loading->field_count;
}

static void row_insert(struct loading *loading) {
    sqlite3_stmt *insert = loading->insert;
    int rc = sqlite3_bind_int64(insert, 1, loading->row_line);
    for (size_t i = 0; rc == SQLITE_OK && i < loading->field_count; i++) {
        rc = sqlite3_bind_text(insert, (int)i + 2, loading->fields[i], -1, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(insert) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
    }
    (void)sqlite3_reset(insert);
    (void)sqlite3_clear_bindings(insert);
    if (rc != SQLITE_OK) {
        loading_stop(loading, "the row cannot be stored");
    }
}

static void row_take(struct loading *loading) {
    if (loading->line_is_bad || loading->field_count != loading->column_count) {
        if (loading->bad->count < LIMIT_CONNECTOR_BAD_LINES) {
            loading->bad->lines[loading->bad->count++] = loading->row_line;
        }
        return;
    }
    if (++loading->row_count > LIMIT_CONNECTOR_ROWS) {
        loading_stop(loading, "more rows than a connector holds");
        return;
    }
    row_insert(loading);
}

static void on_csv_field(void *bytes, size_t len, void *ctx) {
    struct loading *loading = ctx;
    struct span field = span_of(bytes, len);
    size_t place = loading->field_count++;
    if (loading->stopped || place >= LIMIT_CONNECTOR_COLUMNS) {
        loading->line_is_bad = true;
        return;
    }
    bool latin = loading->mapping->source.encoding == MAPPING_WINDOWS_1252;
    if (len > LIMIT_CONNECTOR_FIELD || memchr(bytes == NULL ? "" : bytes, 0, len) != NULL ||
        (!latin && !span_is_text(field))) {
        loading->line_is_bad = true;
        field.len = 0;
    }
    loading->fields[place] = field_text(loading, field);
    if (loading->fields[place] == NULL) {
        loading_stop(loading, "no memory");
        loading->line_is_bad = true;
    }
}

static void on_csv_row(int end, void *ctx) {
    struct loading *loading = ctx;
    (void)end;
    if (!loading->stopped) {
        if (loading->column_count == 0) {
            header_take(loading);
        } else {
            row_take(loading);
        }
    }
    fields_drop(loading);
}

/* ---- files --------------------------------------------------------------------------------- */

/* libcsv tells no line numbers: the bytes go in line by line, and a row that ends belongs to the
 * line after the last one that ended a row. */
static void feed_line(struct loading *loading, struct csv_parser *parser, struct span line) {
    loading->line++;
    if (parser->pstate == CSV_ROW_NOT_BEGUN) {
        loading->row_line = loading->line;
    }
    if (csv_parse(parser, line.ptr, line.len, on_csv_field, on_csv_row, loading) != line.len) {
        loading_stop(loading, "cannot be read as CSV");
    }
}

static void feed(struct loading *loading, struct csv_parser *parser, struct span text) {
    struct span rest = text;
    if (span_starts_with(rest, span_text("\xef\xbb\xbf"))) {
        rest = span_slice(rest, 3, rest.len);
    }
    while (rest.len > 0 && !loading->stopped) {
        size_t len = span_index(rest, '\n');
        len = len < rest.len ? len + 1 : len;
        feed_line(loading, parser, span_slice(rest, 0, len));
        rest = span_slice(rest, len, rest.len);
    }
    if (parser->quoted != 0 && parser->pstate == CSV_FIELD_BEGUN) {
        loading_stop(loading, "a quotation mark opens here and is never closed");
    }
    (void)csv_fini(parser, on_csv_field, on_csv_row, loading);
    if (loading->column_count == 0) {
        loading_stop(loading, "the file is empty");
    }
}

static struct lg_err parse(struct loading *loading, struct span text) {
    struct csv_parser parser;
    if (csv_init(&parser, 0) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CONNECTOR_MEMORY);
    }
    (void)sqlite3_exec(loading->db, "BEGIN", NULL, NULL, NULL);
    feed(loading, &parser, text);
    (void)sqlite3_finalize(loading->insert);
    (void)sqlite3_exec(loading->db, "COMMIT", NULL, NULL, NULL);
    fields_drop(loading);
    csv_free(&parser);
    return loading->stopped ? csv_wrong() : LG_OK;
}

static struct lg_err file_take(FILE *file, struct diag *diag, struct stat *out_file,
                               struct span *out_text) {
    if (fstat(fileno(file), out_file) != 0 || !S_ISREG(out_file->st_mode) ||
        out_file->st_size > LIMIT_CONNECTOR_FILE) {
        diag_set(diag, 0, "the source is no file, or longer than %d bytes", LIMIT_CONNECTOR_FILE);
        return csv_wrong();
    }
    size_t size = (size_t)out_file->st_size;
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CONNECTOR_MEMORY);
    }
    *out_text = span_of(bytes, fread(bytes, 1, size, file));
    return LG_OK;
}

struct lg_err connector_csv_take(const struct mapping *mapping, sqlite3 *db,
                                 struct connector_bad_lines *bad, struct span text,
                                 struct diag *diag) {
    struct loading *loading = calloc(1, sizeof *loading);
    if (loading == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CONNECTOR_MEMORY);
    }
    *loading = (struct loading){.mapping = mapping, .bad = bad, .diag = diag, .db = db};
    bad->count = 0;
    struct lg_err err = parse(loading, text);
    free(loading);
    return err;
}

struct lg_err connector_csv_load(const struct mapping *mapping, sqlite3 *db,
                                 struct connector_bad_lines *bad, struct diag *diag,
                                 struct stat *out_file) {
    FILE *file = fopen(mapping->source.path, "rbe");
    if (file == NULL) {
        diag_set(diag, 0, "%s: %s", mapping->source.path, strerror(errno));
        return csv_wrong();
    }
    struct span text = {.ptr = NULL};
    struct lg_err err = file_take(file, diag, out_file, &text);
    (void)fclose(file);
    if (lg_failed(err)) {
        return err;
    }
    err = connector_csv_take(mapping, db, bad, text, diag);
    free((void *)text.ptr);
    return err;
}
