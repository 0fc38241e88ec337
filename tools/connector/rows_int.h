/* SPDX-License-Identifier: Apache-2.0 */
/* Between the reader of CSV files and the queries. */
#ifndef TOOLS_CONNECTOR_ROWS_INT_H
#define TOOLS_CONNECTOR_ROWS_INT_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "gateway/base/limits.h"
#include "tools/connector/rows.h"

/* The table of a CSV source, and its column of line numbers (no header can be named so). */
#define CONNECTOR_CSV_TABLE "csv"
#define CONNECTOR_CSV_LINE "line\x01"

struct connector_bad_lines {
    uint32_t lines[LIMIT_CONNECTOR_BAD_LINES];
    size_t count;
};

/* Loads the file into a new table of the empty database. CONFIG CONNECTOR_CSV, LIMIT. */
LG_MUST_USE struct lg_err connector_csv_load(const struct mapping *mapping, sqlite3 *db,
                                             struct connector_bad_lines *bad, struct diag *diag,
                                             struct stat *out_file);

/* The same from text in memory. */
LG_MUST_USE struct lg_err connector_csv_take(const struct mapping *mapping, sqlite3 *db,
                                             struct connector_bad_lines *bad, struct span text,
                                             struct diag *diag);

/* UTF-8 of windows-1252 text into out[3 * text.len]; returns its length. The five bytes that stand
 * for nothing become U+FFFD. */
size_t connector_utf8_of_1252(struct span text, uint8_t *out);

#endif
