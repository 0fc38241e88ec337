/* SPDX-License-Identifier: Apache-2.0 */
/* One field of one row, as the mapping says: taken from its columns, cleaned, or rejected. */
#ifndef TOOLS_CONNECTOR_VALUE_H
#define TOOLS_CONNECTOR_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/config/mapping.h"

enum connector_state {
    CONNECTOR_MISSING,  /* nothing there, or a word that stands for nothing */
    CONNECTOR_PRESENT,  /* text */
    CONNECTOR_REJECTED, /* something there that the mapping does not cover: never guessed */
};

/* text is empty unless the state is CONNECTOR_PRESENT, and then UTF-8 of 1 to
 * LIMIT_CONNECTOR_VALUE bytes without control characters. */
struct connector_value {
    enum connector_state state;
    struct span text;
};

/* A row under its column names. Borrowed. */
struct connector_row {
    const char *const *columns;
    const struct span *values;
    size_t count;
};

/* The text under this column; empty where the row has no such column. */
struct span connector_row_text(const struct connector_row *row, const char *column);

/* Reads a field; the text lives in the arena or in the mapping. LIMIT when the arena is full. */
LG_MUST_USE struct lg_err connector_value_read(const struct mapping_source *source,
                                               const struct mapping_field *field,
                                               const struct connector_row *row, struct arena *arena,
                                               struct connector_value *out_value);

enum { CONNECTOR_DATE_SIZE = 10 };

/* YYYY-MM-DD of a date as the agency writes it. False where it is none of the calendar. */
bool connector_date_read(enum mapping_date form, struct span text,
                         char out[static CONNECTOR_DATE_SIZE + 1]);

#endif
