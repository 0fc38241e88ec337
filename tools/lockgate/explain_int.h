/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `explain` and `can ask` share. */
#ifndef TOOLS_LOCKGATE_EXPLAIN_INT_H
#define TOOLS_LOCKGATE_EXPLAIN_INT_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"
#include "gateway/wire/explain.h"

enum { EXPLAIN_LIST_MAX = 64 };

struct explain_options {
    const char *config;
    struct question question;
    struct span sources[EXPLAIN_LIST_MAX];
    struct span items[EXPLAIN_LIST_MAX];
    bool is_json;
    bool is_case_line;
};

/* False, after a line to stderr, where a flag is not understood or one is missing. */
bool explain_options_read(int argc, char **argv, struct explain_options *out_options);

void explain_item_print(const struct wire_explained_item *item);
void explain_reply_print(const struct wire_explain_reply *reply);
/* A row of a case file (policy/cases/cases.h) for each source, in the order of columns of
 * data/policy/cases.csv. False, after a line to stderr, where the explanation does not hold all
 * that such a row needs. */
bool explain_case_print(const struct wire_explain_reply *reply);

#endif
