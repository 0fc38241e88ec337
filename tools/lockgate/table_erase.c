/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate erase ...`: proposals, holds and decisions. */
#include "tools/lockgate/erase.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "erase",
        .verb = "subject",
        .arguments = TABLE_PERSON "\n  --reason WORDS [--json]",
        .summary = "Proposes to erase a person from log and index (UK GDPR, Article 17)",
        .examples =
            {"lockgate erase subject --config officer.yaml --identity person " TABLE_ON_COMPLAINT
             " --reason \"Case closed; the person asks\"",
             "lockgate erase subject --config officer.yaml --identity - " TABLE_ON_COMPLAINT
             " --reason \"Wrong person\" --case DEMO-7"},
        .run = tool_erase_subject,
    },
    {
        .noun = "erase",
        .verb = "hold",
        .arguments = TABLE_PERSON "\n  --reason WORDS [--lift] [--json]",
        .summary = "Holds a person's entries back from erasure (Article 17(3)), or lets go",
        .examples =
            {"lockgate erase hold --config officer.yaml --identity person " TABLE_ON_COMPLAINT
             " --reason \"A claim is before the court\"",
             "lockgate erase hold --config officer.yaml --identity person " TABLE_ON_COMPLAINT
             " --reason \"The claim is settled\" --lift"},
        .run = tool_erase_hold,
    },
    {
        .noun = "erase",
        .verb = "quarter",
        .arguments = "QUARTER " TABLE_ACTOR " --reason WORDS [--json]",
        .summary = "Proposes to destroy the key of a quarter of the log whose time is over",
        .examples = {"lockgate erase quarter 2019-Q1 --config officer.yaml --user ig1 --role "
                     "reviewer \\\n    --reason \"Kept for six years\"",
                     "lockgate erase quarter 2019-Q2 --config officer.yaml --user ig2 --role "
                     "reviewer \\\n    --reason \"Kept for six years\""},
        .run = tool_erase_quarter,
    },
    {
        .noun = "erase",
        .verb = "decide",
        .arguments = "PROPOSAL " TABLE_ACTOR " --outcome destroy|refuse --reason "
                     "WORDS [--json]",
        .summary = "Destroys the keys that a proposal is about, or refuses it; not your own",
        .examples = {"lockgate erase decide 1042 --config officer.yaml --user ig2 --role reviewer "
                     "\\\n    --outcome destroy --reason \"No claim, no duty to keep\"",
                     "lockgate erase decide 1042 --config officer.yaml --user ig2 --role reviewer "
                     "\\\n    --outcome refuse --reason \"An inquiry needs the entries\""},
        .run = tool_erase_decide,
    },
    {
        .noun = "erase",
        .verb = "list",
        .arguments = TABLE_ACTOR " [--json]",
        .summary = "Lists proposals and holds that stand",
        .examples = {"lockgate erase list " TABLE_AS_OFFICER,
                     "lockgate erase list --config officer.yaml --user ig2 --role reviewer"},
        .run = tool_erase_list,
    },
};

const struct command_table table_erase = {commands, sizeof commands / sizeof commands[0]};
