/* SPDX-License-Identifier: Apache-2.0 */
/* How well a mapping fits the data: counts for each field, never a value. */
#ifndef TOOLS_CONNECTOR_CHECK_H
#define TOOLS_CONNECTOR_CHECK_H

#include <stdio.h>

#include "tools/connector/rows.h"

/* Goes through all rows and prints a line for each field and each item: filled, missing, rejected
 * with the first lines. *out_rejected counts lines that are no row and rejected fields. */
LG_MUST_USE struct lg_err connector_check(struct connector_rows *rows, FILE *out,
                                          uint64_t *out_rejected);

#endif
