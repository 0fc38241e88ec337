/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of comma separated values (RFC 4180; lines may end in LF alone). */
#ifndef POLICY_CASES_CSV_H
#define POLICY_CASES_CSV_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "policy/policy.h"

/* INPUT: the text is no such file; the diag says where. */
enum { POLICY_CSV_WRONG = 64 };

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

struct csv policy_csv_of(struct span text);
/* The next row. Not at policy_csv_end. Fields point into text or arena. INPUT POLICY_CSV_WRONG with
 * the diag filled for a stray or open quote, text after a closing quote, bytes that are no UTF-8
 * text, more than column_max fields; LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_csv_next(struct csv *csv, size_t column_max, struct arena *arena,
                                          struct diag *diag, struct csv_row *out_row);
/* Nothing is left. */
bool policy_csv_end(const struct csv *csv);

#endif
