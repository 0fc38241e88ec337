/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a command line, by a table: one row a flag. */
#ifndef TOOLS_LOCKGATE_OPTIONS_H
#define TOOLS_LOCKGATE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/span.h"

/* A flag and where it goes: exactly one of text, span and is_set is not NULL, or take. flag NULL: a
 * word that is no flag; of several such rows the first that is empty gets it. Places are empty at
 * first, and nothing is said twice but by `take`, which gives false for a value that does not fit.
 */
struct option {
    const char *flag;
    const char **text;
    struct span *span;
    bool *is_set; /* has no value */
    bool (*take)(void *ctx, const char *value);
    void *ctx;
};

/* Several tables are read as one. */
struct option_table {
    const struct option *rows;
    size_t count;
};

/* False after a line on stderr for a word that no row takes. Texts point into argv. */
bool options_read(int argc, char **argv, const struct option_table *tables, size_t count);

#endif
