/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files. The first byte chooses the encoding. What is taken in is text without NUL, has the
 * line it came from, and is no more rows than the file has lines. */
#include <stdint.h>
#include <stdlib.h>

#include "tools/connector/rows_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static size_t lines_of(struct span text) {
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n' || text.ptr[i] == '\r' ? 1 : 0;
    }
    return lines;
}

static void check_row(sqlite3_stmt *rows, size_t lines) {
    sqlite3_int64 line = sqlite3_column_int64(rows, 0);
    require(line >= 1 && (size_t)line <= lines);
    for (int i = 1; i < sqlite3_column_count(rows); i++) {
        const void *text = sqlite3_column_text(rows, i);
        struct span value = span_of(text, (size_t)sqlite3_column_bytes(rows, i));
        require(value.len <= (size_t)LIMIT_CONNECTOR_FIELD * 3 && span_is_text(value));
    }
}

static void check_table(sqlite3 *db, size_t lines) {
    sqlite3_stmt *rows = NULL;
    size_t count = 0;
    require(sqlite3_prepare_v2(db, "SELECT * FROM " CONNECTOR_CSV_TABLE, -1, &rows, NULL) ==
            SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        check_row(rows, lines);
        count++;
    }
    require(count <= lines);
    (void)sqlite3_finalize(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct connector_bad_lines bad;
    struct diag diag = {.line = 0};
    sqlite3 *db = NULL;
    if (size == 0) {
        return 0;
    }
    struct span text = span_of(data + 1, size - 1);
    struct mapping mapping = {
        .source = {.kind = MAPPING_CSV,
                   .encoding = (data[0] & 1) != 0 ? MAPPING_WINDOWS_1252 : MAPPING_UTF_8}};
    require(sqlite3_open(":memory:", &db) == SQLITE_OK);
    struct lg_err err = connector_csv_take(&mapping, db, &bad, text, &diag);
    if (lg_failed(err)) {
        require(diag.text[0] != '\0');
    } else {
        check_table(db, lines_of(text));
    }
    require(bad.count <= LIMIT_CONNECTOR_BAD_LINES);
    (void)sqlite3_close(db);
    return 0;
}
