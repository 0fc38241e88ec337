/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file that a person wrote: where, what, why, what to do. */
#ifndef GATEWAY_BASE_DIAG_H
#define GATEWAY_BASE_DIAG_H

#include <stdint.h>

#include "gateway/base/attr.h"

/* Filled by loaders on error. line is 1-based, 0 where no line applies. text is NUL-terminated. */
struct diag {
    uint32_t line;
    char text[480];
};

/* Sets both; the text is cut at the end of the array. NULL diag is accepted. */
void diag_set(struct diag *diag, uint32_t line, const char *format, ...) LG_PRINTF(3, 4);

#endif
