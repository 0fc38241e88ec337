/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate duty ...`: what was received, and what is owed for it. */
#include "tools/lockgate/duty.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "duty",
        .verb = "list",
        .arguments = "--config FILE --user ID --role ID [--kind keep|onward|tell] [--overdue] "
                     "[--all]\n    [--escalated] [--json]",
        .summary = "Lists what is to be deleted, not passed on, or told to a person, and by when",
        .examples = {"lockgate duty list --config officer.yaml --user ig1 --role reviewer",
                     "lockgate duty list --config officer.yaml --user ig1 --role reviewer "
                     "--overdue"},
        .run = tool_duty_list,
    },
    {
        .noun = "duty",
        .verb = "take",
        .arguments = "ID[,ID...] --config FILE --user ID --role ID [--json]",
        .summary = "Says that you see to these duties",
        .examples = {"lockgate duty take 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer",
                     "lockgate duty take 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig2 --role reviewer"},
        .run = tool_duty_take,
    },
    {
        .noun = "duty",
        .verb = "attest",
        .arguments = "ID[,ID...] --config FILE --user ID --role ID --outcome "
                     "done|attested|kept|not-held \\\n    --reason TEXT [--json]",
        .summary = "Records that duties were done, or why they need not be",
        .examples = {"lockgate duty attest 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer \\\n    --outcome done --reason "
                     "\"Deleted from the case system\"",
                     "lockgate duty attest 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer \\\n    --outcome kept --reason "
                     "\"A claim is before the court\""},
        .run = tool_duty_attest,
    },
};

const struct command_table table_duty = {commands, sizeof commands / sizeof commands[0]};
