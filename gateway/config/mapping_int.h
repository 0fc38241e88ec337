/* SPDX-License-Identifier: Apache-2.0 */
/* Between the schema of the mapping file and its checks. */
#ifndef GATEWAY_CONFIG_MAPPING_INT_H
#define GATEWAY_CONFIG_MAPPING_INT_H

#include "gateway/base/span.h"
#include "gateway/config/mapping.h"

/* Text to structs by the schema. Errors of mapping_load, with line and nearest word in *diag. */
LG_MUST_USE struct lg_err mapping_schema_read(struct span text, struct diag *diag,
                                              struct mapping **out_mapping);
void mapping_schema_free(struct mapping **mapping);

/* What no schema can say. `text` is only searched for the line of what is wrong. */
LG_MUST_USE struct lg_err mapping_check(const struct mapping *mapping, struct span text,
                                        struct diag *diag);

/* The 1-based line at or after line `from` that holds `word`; `from` where none does. */
uint32_t mapping_line_of(struct span text, const char *word, uint32_t from);

#endif
