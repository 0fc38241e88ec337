/* SPDX-License-Identifier: Apache-2.0 */
/* An agency's data, read and never written: one SQLite handle, whether the source is a database of
 * the agency or a CSV file loaded into memory, so that there is one path of queries.
 *
 * The handle is opened read-only; an authoriser refuses everything but reads of the columns that
 * the mapping names, in the tables and views that it names; every query is prepared once and takes
 * its values as parameters; a query that works too long is stopped. */
#ifndef TOOLS_CONNECTOR_ROWS_H
#define TOOLS_CONNECTOR_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/config/mapping.h"
#include "tools/connector/value.h"

/* Codes of LG_TOOLS, also for the rest of the connector. */
enum connector_code {
    CONNECTOR_MEMORY = 1, /* LIMIT */
    CONNECTOR_SOURCE,     /* CONFIG: the source cannot be opened or does not fit the mapping */
    CONNECTOR_CSV,        /* CONFIG: the file as a whole is no table: its line is in the diag */
    CONNECTOR_QUERY,      /* STORE: a query failed or was stopped */
    CONNECTOR_KEYS,       /* CONFIG: file of pinned keys */
    CONNECTOR_STATE,      /* STORE: file of what was enrolled */
    CONNECTOR_REPLY,      /* PEER: an answer that does not fit the question */
    CONNECTOR_NETWORK,    /* PEER: not reachable, refused or late; the diag tells */
    CONNECTOR_NO_PERSON,  /* INPUT: the data has no such person */
    CONNECTOR_OPT_OUT, /* CONFIG: the result of the opt-out exchange; line and sentence in diag */
};

struct connector_rows;

/* Opens and checks: every table and column of the mapping must be there. `mapping` is kept. CONFIG
 * CONNECTOR_SOURCE or CONNECTOR_CSV with a sentence in *diag, LIMIT CONNECTOR_MEMORY. */
LG_MUST_USE struct lg_err connector_rows_open(const struct mapping *mapping, struct diag *diag,
                                              struct connector_rows **out_rows);
void connector_rows_close(struct connector_rows **rows);

/* Takes a CSV file in anew if it changed since; a bad one leaves the old rows in use and gives the
 * error. A database needs no refreshing. *out_changed tells whether rows were swapped. */
LG_MUST_USE struct lg_err connector_rows_refresh(struct connector_rows *rows, struct diag *diag,
                                                 bool *out_changed);

const struct mapping *connector_rows_mapping(const struct connector_rows *rows);
/* Lines of the CSV file that are no row (wrong number of fields, not text), at most
 * LIMIT_CONNECTOR_BAD_LINES; 0 lines for a database. Valid until the next refresh. */
const uint32_t *connector_rows_bad_lines(const struct connector_rows *rows, size_t *out_count);
/* How old the data is, seconds since 1970 UTC; 0 where it is read as it stands now. */
int64_t connector_rows_as_of_s(const struct connector_rows *rows);

/* Whom a row is about; line is its line in the file or its place in the table, from 1. */
typedef struct lg_err (*connector_on_row_fn)(void *ctx, const struct connector_row *row,
                                             uint64_t line);

/* Every row of the person table. Stops at the first error of on_row. STORE CONNECTOR_QUERY. */
LG_MUST_USE struct lg_err connector_rows_people(struct connector_rows *rows,
                                                connector_on_row_fn on_row, void *ctx);
/* The rows of one person in the person table, in group `index` or in link table `index` of the
 * mapping; at most LIMIT_CONNECTOR_RECORDS + 1. */
LG_MUST_USE struct lg_err connector_rows_person(struct connector_rows *rows, struct span key,
                                                connector_on_row_fn on_row, void *ctx);
LG_MUST_USE struct lg_err connector_rows_group(struct connector_rows *rows, uint32_t index,
                                               struct span key, connector_on_row_fn on_row,
                                               void *ctx);
/* Every row of the group's table. */
LG_MUST_USE struct lg_err connector_rows_group_all(struct connector_rows *rows, uint32_t index,
                                                   connector_on_row_fn on_row, void *ctx);
LG_MUST_USE struct lg_err connector_rows_links(struct connector_rows *rows, uint32_t index,
                                               struct span key, connector_on_row_fn on_row,
                                               void *ctx);

#endif
