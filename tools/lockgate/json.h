/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON on a stream, for commands that take --json (RFC 8259). */
#ifndef TOOLS_LOCKGATE_JSON_H
#define TOOLS_LOCKGATE_JSON_H

#include <stdio.h>

#include "gateway/model/model.h"

/* A string with its quotes. text is UTF-8. */
void json_text(FILE *stream, struct span text);
/* `,"name":["a","b"]`. */
void json_list(FILE *stream, const char *name, const struct span_list *list);

#endif
