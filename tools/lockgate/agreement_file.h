/* SPDX-License-Identifier: Apache-2.0 */
/* Files and complaints that the commands of the noun `agreement` share. */
#ifndef TOOLS_LOCKGATE_AGREEMENT_FILE_H
#define TOOLS_LOCKGATE_AGREEMENT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/diag.h"
#include "gateway/base/span.h"

/* What was read; freed with agreement_input_done. */
struct agreement_file {
    struct span bytes;
};

/* Reads a file of at most size_max bytes; false after a complaint on stderr. */
bool agreement_input_read(const char *name, size_t size_max, struct agreement_file *out_file);
void agreement_input_done(struct agreement_file *file);
/* What happened, where (with the line, if any) and why, what to do: three lines on stderr. */
void agreement_complain(const char *what, const char *name, const struct diag *diag,
                        const char *to_do);

#endif
