/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of comma separated values (RFC 4180; lines may end in LF alone). */
#ifndef TOOLS_LOCKGATE_CSV_H
#define TOOLS_LOCKGATE_CSV_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

enum csv_code { CSV_WRONG = 1, CSV_MEMORY };

/* rest: what is not read yet. line: of the row that is read next, 1-based. */
struct csv {
    struct span rest;
    uint32_t line;
};

struct csv_row {
    struct span *fields;
    size_t count;
    uint32_t line;
};

struct csv csv_of(struct span text);
/* The next row. Not at csv_end. Fields point into text or arena. INPUT with
 * the diag filled for a stray or open quote, text after a closing quote, bytes that are no UTF-8
 * text, more than column_max fields; LIMIT CSV_MEMORY. */
LG_MUST_USE struct lg_err csv_row_next(struct csv *csv, size_t column_max, struct arena *arena,
                                       struct diag *diag, struct csv_row *out_row);
/* Nothing is left. */
bool csv_end(const struct csv *csv);

#endif
