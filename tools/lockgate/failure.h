/* SPDX-License-Identifier: Apache-2.0 */
/* What every command that asks a gateway says when it failed, and what it exits with. */
#ifndef TOOLS_LOCKGATE_FAILURE_H
#define TOOLS_LOCKGATE_FAILURE_H

#include "gateway/base/diag.h"
#include "gateway/base/err.h"

/* All borrowed. */
struct failure {
    const char *what; /* what did not happen: a sentence */
    const struct diag *diag;
    const char *sentence;   /* about a reply that cannot be read; empty where there is none */
    const char *if_refused; /* what to do about a refusal; NULL for the usual advice */
    struct lg_err err;
};

/* Four lines on stderr: what, why, what to do, the code. Gives the exit code: 3 where the gateway
 * refused, 6 where it was not reached, did not answer in time or has too much to do, 7 where it
 * does not know the caller, otherwise 1. */
int failure_tell(const struct failure *failure);

#endif
