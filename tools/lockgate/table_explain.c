/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate explain ...`: why a decision came out as it did. */
#include "tools/lockgate/explain.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "explain",
        .verb = NULL,
        .arguments =
            "CODE [--json] | INDEX or REQUEST-ID\n  " TABLE_GROUND " [--json] [--case-line]",
        .summary = "Says what a reason code means, or why a decision came out as it did",
        .examples = {"lockgate explain OUT_OF_HOURS",
                     "lockgate explain 1042 --config cases.yaml --purpose safeguarding --basis "
                     "care-act \\\n    --user ab12 --role social-worker"},
        .run = tool_explain,
    },
};

const struct command_table table_explain = {commands, sizeof commands / sizeof commands[0]};
