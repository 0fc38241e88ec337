/* SPDX-License-Identifier: Apache-2.0 */
/* How well a mapping fits the data: counts for each field, never a value. */
#ifndef TOOLS_CONNECTOR_CHECK_H
#define TOOLS_CONNECTOR_CHECK_H

#include <stdio.h>

#include "tools/connector/opt_out.h"
#include "tools/connector/rows.h"

/* Goes through all rows and prints a line for each field and each item: filled, missing, rejected
 * with the first lines; how many people the mapping hides and withholds; and of the National Data
 * Opt-Out (NULL: the mapping names no result) its day and for how many it applies, does not, and is
 * not known. *out_rejected counts lines that are no row and rejected fields. */
LG_MUST_USE struct lg_err connector_check(struct connector_rows *rows,
                                          const struct connector_opt_out *opt_out, FILE *out,
                                          uint64_t *out_rejected);

#endif
