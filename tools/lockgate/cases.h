/* SPDX-License-Identifier: Apache-2.0 */
/* Test cases of an agreement: questions in a CSV file with the right answers beside them. */
#ifndef TOOLS_LOCKGATE_CASES_H
#define TOOLS_LOCKGATE_CASES_H

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "policy/policy.h"

struct cases_result {
    uint32_t passed;
    uint32_t failed;
};

/* Called for every column of a case that differs. */
struct cases_watch {
    void (*on_difference)(void *ctx, struct span id, const char *column, struct span expected,
                          struct span got);
    void *ctx;
};

/* Puts every row of the text to the agreement. INPUT with the diag filled where the text is no case
 * file (unknown or missing column, a value that cannot be read, with its line); LIMIT for memory.
 */
LG_MUST_USE struct lg_err cases_run(const struct policy *policy, struct span text,
                                    const struct cases_watch *watch, struct diag *diag,
                                    struct cases_result *out_result);

#endif
