/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate sar ...`: subject access requests. */
#include "tools/lockgate/sar.h"
#include "tools/lockgate/table.h"

#define ACTOR "NUMBER " TABLE_ACTOR
#define ON_GROUND "--config officer.yaml " TABLE_ON_COMPLAINT

static const struct command commands[] = {
    {
        .noun = "sar",
        .verb = "open",
        .arguments = TABLE_GROUND "\n  --identity FILE --received DAY [--representative REF] "
                                  "[--age child|adult] [--json]",
        .summary = "Opens a subject access request, known person or not (UK GDPR, Article 15)",
        .examples = {"lockgate sar open " ON_GROUND " --identity person --received 2026-11-30",
                     "lockgate sar open " ON_GROUND " --identity - --received 2026-11-30 \\\n    "
                     "--representative DEMO-LETTER-7 --case SAR-12"},
        .run = tool_sar_open,
    },
    {
        .noun = "sar",
        .verb = "list",
        .arguments = TABLE_ACTOR " [--closed] [--json]",
        .summary = "Lists your agency's requests by the day of their answer",
        .examples = {"lockgate sar list " TABLE_AS_OFFICER,
                     "lockgate sar list " TABLE_AS_OFFICER " --closed"},
        .run = tool_sar_list,
    },
    {
        .noun = "sar",
        .verb = "extend",
        .arguments = ACTOR " --months 1|2 --reason WORDS [--json]",
        .summary = "Extends a request, once and before its day (Article 12(3))",
        .examples = {"lockgate sar extend 1042 " TABLE_AS_OFFICER
                     " \\\n    --months 2 --reason \"Many "
                     "entries of several years\"",
                     "lockgate sar extend 1042 " TABLE_AS_OFFICER
                     " \\\n    --months 1 --reason \"A third "
                     "party has to be asked\""},
        .run = tool_sar_extend,
    },
    {
        .noun = "sar",
        .verb = "pause",
        .arguments = ACTOR " --asked identity|clarification\n  --day DAY --reason WORDS [--json]",
        .summary = "Stops the clock while the person is asked who they are, or what they mean",
        .examples = {"lockgate sar pause 1042 " TABLE_AS_OFFICER " \\\n    --asked identity --day "
                     "2026-12-01 --reason \"No proof was enclosed\"",
                     "lockgate sar pause 1042 " TABLE_AS_OFFICER
                     " \\\n    --asked clarification --day "
                     "2026-12-01 --reason \"Which years\""},
        .run = tool_sar_pause,
    },
    {
        .noun = "sar",
        .verb = "resume",
        .arguments = ACTOR " --day DAY --reason WORDS [--json]",
        .summary = "Starts the clock again, from the day on which the person answered",
        .examples = {"lockgate sar resume 1042 " TABLE_AS_OFFICER
                     " \\\n    --day 2026-12-08 --reason "
                     "\"Passport seen\"",
                     "lockgate sar resume 1042 " TABLE_AS_OFFICER
                     " \\\n    --day 2026-12-08 --reason "
                     "\"All years\""},
        .run = tool_sar_resume,
    },
    {
        .noun = "sar",
        .verb = "withhold",
        .arguments = "NUMBER " TABLE_GROUND "\n  --line INDEX --exemption CODE --reason WORDS "
                     "[--json]",
        .summary = "Leaves a line out of what the person gets; who decided it stays with you",
        .examples = {"lockgate sar withhold 1042 " ON_GROUND " --line 977 --exemption "
                     "legal-privilege \\\n    --reason \"Advice of counsel\"",
                     "lockgate sar withhold 1042 " ON_GROUND " --line 977 --exemption crime \\\n   "
                     " --reason \"An inquiry is under way\""},
        .run = tool_sar_withhold,
    },
    {
        .noun = "sar",
        .verb = "reveal",
        .arguments = ACTOR " --line INDEX --reason WORDS [--json]",
        .summary = "Shows a line again that was withheld",
        .examples = {"lockgate sar reveal 1042 " TABLE_AS_OFFICER
                     " \\\n    --line 977 --reason \"The "
                     "inquiry is over\"",
                     "lockgate sar reveal 1042 " TABLE_AS_OFFICER
                     " \\\n    --line 978 --reason \"Wrong "
                     "line\""},
        .run = tool_sar_reveal,
    },
    {
        .noun = "sar",
        .verb = "close",
        .arguments = ACTOR " --outcome answered|refused|withdrawn\n  --reason WORDS [--json]",
        .summary = "Closes a request",
        .examples = {"lockgate sar close 1042 " TABLE_AS_OFFICER
                     " \\\n    --outcome answered --reason "
                     "\"Sent by post\"",
                     "lockgate sar close 1042 " TABLE_AS_OFFICER
                     " \\\n    --outcome withdrawn --reason "
                     "\"By telephone\""},
        .run = tool_sar_close,
    },
    {
        .noun = "sar",
        .verb = "collect",
        .arguments = "NUMBER " TABLE_GROUND "\n  [--json]",
        .summary = "Shows the lines of a report to its officers, with what is withheld",
        .examples = {"lockgate sar collect 1042 " ON_GROUND,
                     "lockgate sar collect 1042 " ON_GROUND " --json"},
        .run = tool_sar_collect,
    },
    {
        .noun = "sar",
        .verb = "export",
        .arguments = "NUMBER " TABLE_GROUND
                     "\n  --as html|csv|json [--key VKEYFILE] [--to person|representative] "
                     "[--reason WORDS]",
        .summary =
            "Writes what the person gets, a page to print, a table, or JSON with proofs, once "
            "it is in the log what was answered",
        .examples = {"lockgate sar export 1042 " ON_GROUND " --as html > answer.html",
                     "lockgate sar export 1042 " ON_GROUND " --as json --key log.vkey > "
                     "answer.json"},
        .run = tool_sar_export,
    },
};

const struct command_table table_sar = {commands, sizeof commands / sizeof commands[0]};
