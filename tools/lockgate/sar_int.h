/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about subject access requests share. */
#ifndef TOOLS_LOCKGATE_SAR_INT_H
#define TOOLS_LOCKGATE_SAR_INT_H

#include <stdbool.h>

#include "gateway/wire/subject_access.h"
#include "tools/lockgate/asking.h"
#include "tools/lockgate/options.h"
#include "tools/lockgate/person_options.h"

/* One command under way: zeroed, then given its options, opened, and ended by asking_done. */
struct sar_command {
    const char *config;
    const char *identity;
    const char *number_text;
    const char *line_text;
    const char *reason;
    bool json;
    struct question question; /* its ground */
    uint64_t number;
    uint64_t line;
    struct asking asking;
};

/* Options of every command: number (where wants_number), config, user, role, json, and what `own`
 * has; with a ground where wants_ground. False for wrong usage. */
struct sar_usage {
    bool wants_number;
    bool wants_ground;
    const struct option *own;
    size_t own_count;
};
bool sar_options_read(int argc, char **argv, const struct sar_usage *usage,
                      struct sar_command *command);
/* A decimal number without sign. */
bool sar_number_read(const char *text, uint64_t *out_number);

/* A unary call; the answer is in the arena, and printed where JSON is wanted. */
LG_MUST_USE struct lg_err sar_call(struct sar_command *command, const char *path,
                                   struct span message, struct arena *arena,
                                   struct span *out_answer);
/* A step on the request. */
LG_MUST_USE struct lg_err sar_act(struct sar_command *command,
                                  const struct wire_sar_act_request *request,
                                  struct wire_sar_act_reply *out_reply);
/* The exit code of a failed command, after it was told. */
int sar_failed(struct sar_command *command, const char *what, struct lg_err err);
/* One line of text about a request. */
void sar_case_print(const struct wire_sar_case *it);

/* Lines of one report that a command keeps: more than are about anybody. */
enum { SAR_LINES_MAX = 100000 };
/* Pages of a report until on_page gives an error, or there are no more; a refusal ends them, and is
 * in *out_verdict. A page is valid for the callback. */
typedef struct lg_err (*sar_on_page_fn)(void *ctx, const struct wire_sar_collect_reply *page);
LG_MUST_USE struct lg_err sar_collect(struct sar_command *command, sar_on_page_fn on_page,
                                      void *ctx, struct verdict *out_verdict);
/* Of a line of the page: NULL where it is not withheld. */
const struct wire_sar_mark *sar_mark_find(const struct wire_sar_collect_reply *page, uint64_t line);
/* Empty: the person may be told of the line. */
struct span sar_telling_find(const struct wire_sar_collect_reply *page, uint64_t line);
/* Ends a command that collected; its exit code, after an error or a refusal was told. */
int sar_end(struct sar_command *command, struct lg_err err, const struct verdict *verdict);

#endif
