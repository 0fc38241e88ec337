/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate review ...`: what has to be looked at. */
#include "tools/lockgate/review.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "review",
        .verb = "list",
        .arguments = "--config FILE --user ID --role ID [--all] [--json]",
        .summary = "Lists the cases that are not closed",
        .examples = {"lockgate review list --config officer.yaml --user ig1 --role reviewer",
                     "lockgate review list --config officer.yaml --user ig1 --role reviewer --all"},
        .run = tool_review_list,
    },
    {
        .noun = "review",
        .verb = "show",
        .arguments = "ID --config FILE --user ID --role ID [--json]",
        .summary = "Shows one case with what was said when it was opened",
        .examples = {"lockgate review show 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer",
                     "lockgate review show 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig2 --role reviewer"},
        .run = tool_review_show,
    },
    {
        .noun = "review",
        .verb = "take",
        .arguments = "ID --config FILE --user ID --role ID [--json]",
        .summary = "Takes a case; not one about your own doing",
        .examples = {"lockgate review take 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer",
                     "lockgate review take 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig2 --role reviewer"},
        .run = tool_review_take,
    },
    {
        .noun = "review",
        .verb = "close",
        .arguments = "ID --config FILE --user ID --role ID --outcome "
                     "justified|not-justified|escalated \\\n    --reason TEXT [--telling "
                     "tell|tell-later|do-not-tell-crime|do-not-tell-harm|not-needed] [--json]",
        .summary = "Closes a case with an outcome and a sentence",
        .examples = {"lockgate review close 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer \\\n    --outcome justified --reason "
                     "\"Ambulance attended\" --telling tell",
                     "lockgate review close 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer \\\n    --outcome escalated --reason "
                     "\"Needs the Caldicott Guardian\""},
        .run = tool_review_close,
    },
    {
        .noun = "review",
        .verb = "tell",
        .arguments = "ID --config FILE --user ID --role ID --channel "
                     "in-person|telephone-agreed|letter-agreed|representative [--json]",
        .summary = "Records that the person was told, once that is safe",
        .examples = {"lockgate review tell 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer --channel in-person",
                     "lockgate review tell 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer --channel representative"},
        .run = tool_review_tell,
    },
    {
        .noun = "review",
        .verb = "mark",
        .arguments = TABLE_PERSON "\n  --kind staff|canary --label ID [--json]",
        .summary = "Marks a person by tokens: of your staff, or one nobody has reason to see",
        .examples =
            {"lockgate review mark --config officer.yaml --identity person --purpose "
             "complaint \\\n    --basis public-task --user ig1 --role reviewer --kind staff "
             "--label jb17",
             "lockgate review mark --config officer.yaml --identity - --purpose complaint "
             "\\\n    --basis public-task --user ig1 --role reviewer --kind canary "
             "--label made-up-3"},
        .run = tool_review_mark,
    },
    {
        .noun = "review",
        .verb = "unmark",
        .arguments = "--config FILE --user ID --role ID --kind staff|canary --label ID [--json]",
        .summary = "Takes a mark off, as of somebody who left",
        .examples = {"lockgate review unmark --config officer.yaml --user ig1 --role reviewer "
                     "\\\n    --kind staff --label jb17",
                     "lockgate review unmark --config officer.yaml --user ig1 --role reviewer "
                     "\\\n    --kind canary --label made-up-3"},
        .run = tool_review_unmark,
    },
};

const struct command_table table_review = {commands, sizeof commands / sizeof commands[0]};
