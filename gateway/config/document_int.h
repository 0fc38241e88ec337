/* SPDX-License-Identifier: Apache-2.0 */
/* Between reading a file and scanning it. */
#ifndef GATEWAY_CONFIG_DOCUMENT_INT_H
#define GATEWAY_CONFIG_DOCUMENT_INT_H

#include "gateway/base/arena.h"
#include "gateway/config/config_int.h"

/* Where a value begins. */
struct config_spot {
    struct config_spot *next;
    const char *place;
    uint32_t line;
};

struct config_document {
    struct arena *arena; /* holds all below */
    struct span text;
    const char *folder; /* "" or ending in "/" */
    struct config_spot *spots;
};

/* The first pass: fills document->spots. */
LG_MUST_USE struct lg_err config_document_scan(const cyaml_schema_value_t *schema,
                                               struct config_document *document, struct diag *diag);

/* A scalar against its schema: NULL, or what is wrong with it. *out_nearest may get a word that was
 * meant. */
const char *config_scalar_fault(struct span scalar, const cyaml_schema_value_t *schema,
                                const char **out_nearest);

#endif
