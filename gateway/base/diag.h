/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file that a person wrote: where, what, why, what to do. */
#ifndef GATEWAY_BASE_DIAG_H
#define GATEWAY_BASE_DIAG_H

#include <stdint.h>

#include "gateway/base/attr.h"

/* Filled by loaders on error. line is 1-based, 0 where no line applies. column is 1-based in
 * characters, 0 where only the line is known. code names the rule that is broken, empty where rules
 * have none. text is NUL-terminated. */
struct diag {
    uint32_t line;
    uint32_t column;
    char code[4];
    char text[480];
};

/* Sets line and text, which is cut at the end of the array, and clears the rest. NULL diag is
 * accepted. */
void diag_set(struct diag *diag, uint32_t line, const char *format, ...) LG_PRINTF(3, 4);
/* Adds rule and column to what was just set; at most three characters of the code. NULL diag is
 * accepted. */
void diag_place(struct diag *diag, const char *code, uint32_t column);

#endif
