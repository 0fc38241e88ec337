/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate can ...`: rehearsing a question. */
#include "tools/lockgate/explain.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "can",
        .verb = "ask",
        .arguments =
            TABLE_GROUND "\n  [--from PARTY ...] [--item ITEM ...] [--age child|adult] [--json]\n  "
                         "[--no-consent REASON] [--statement WORDS] [--compelling-reason WORDS]\n  "
                         "[--capacity can|cannot|not-known --capacity-basis CODE]",
        .summary = "Says what may be asked for and what is missing; looks nobody up",
        .examples = {"lockgate can ask --config cases.yaml --purpose safeguarding --basis care-act "
                     "\\\n    --user ab12 --role social-worker --from police --item "
                     "incidents.incident-count",
                     "lockgate can ask --config cases.yaml --purpose safeguarding --basis care-act "
                     "\\\n    --user ab12 --role social-worker --quiet"},
        .run = tool_can_ask,
    },
};

const struct command_table table_can = {commands, sizeof commands / sizeof commands[0]};
