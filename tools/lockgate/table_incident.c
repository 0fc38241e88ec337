/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate incident ...`: personal data that went astray. */
#include "tools/lockgate/incident.h"
#include "tools/lockgate/table.h"

#define ACTOR "--config FILE --user ID --role ID"
/* Of an incident of a person. */
#define GROUND "[--purpose ID] [--basis ID] [--agreement ID] [--case REF]"
#define AS_OFFICER "--config officer.yaml --user ig1 --role reviewer"
#define ID "5b0c2d3e4b5a69788796a5b4c3d2e1f0"

static const struct command commands[] = {
    {
        .noun = "incident",
        .verb = "open",
        .arguments = ACTOR
        " --kind wrong-person|wrong-merge|lost-device|compromised-system\n"
        "  --aware TIME --facts WORDS [--entries N[,N...]] [--system NAME] [--of-user ID]\n"
        "  [--agency ID] [--from TIME] [--to TIME] [--identity FILE] [--purpose ID] "
        "[--basis ID]\n  [--agreement ID] [--case REF] [--age child|adult] [--request ID] "
        "[--json]",
        .summary = "Opens an incident: 72 hours from --aware. Words outlive erasure: name nobody",
        .examples =
            {"lockgate incident open " AS_OFFICER " \\\n    --kind lost-device --system "
             "tablet-7 --from 2026-11-28 --aware 2026-11-30T09:15 \\\n    --facts \"Left on "
             "a train, not locked\"",
             "lockgate incident open " AS_OFFICER " \\\n    --kind wrong-person --entries "
             "1042,1043 --aware 2026-11-30 \\\n    --facts \"Two residents of one name\""},
        .run = tool_incident_open,
    },
    {
        .noun = "incident",
        .verb = "scope",
        .arguments = "ID " ACTOR " " GROUND " [--json]",
        .summary = "Lists the entries of your agency's side that an incident is about",
        .examples = {"lockgate incident scope " ID " \\\n    " AS_OFFICER,
                     "lockgate incident scope " ID " \\\n    " AS_OFFICER " --json"},
        .run = tool_incident_scope,
    },
    {
        .noun = "incident",
        .verb = "notify",
        .arguments = "ID " ACTOR " --version N --by DAY\n  " GROUND " [--json]",
        .summary = "Tells those on the other side of each entry, once, by a signed notice",
        .examples = {"lockgate incident notify " ID " \\\n    " AS_OFFICER
                     " --version 1 --by 2026-12-07",
                     "lockgate incident notify " ID " \\\n    " AS_OFFICER
                     " --version 2 --by 2026-12-14 --json"},
        .run = tool_incident_notify,
    },
    {
        .noun = "incident",
        .verb = "list",
        .arguments = ACTOR " [--all] [--escalated] [--json]",
        .summary = "Lists your agency's incidents with the hours that are left",
        .examples = {"lockgate incident list " AS_OFFICER,
                     "lockgate incident list " AS_OFFICER " --escalated"},
        .run = tool_incident_list,
    },
    {
        .noun = "incident",
        .verb = "show",
        .arguments = "ID " ACTOR " [--json]",
        .summary = "Shows an incident, who was told, and what recipients did",
        .examples = {"lockgate incident show " ID " \\\n    " AS_OFFICER,
                     "lockgate incident show " ID " \\\n    " AS_OFFICER " --json"},
        .run = tool_incident_show,
    },
    {
        .noun = "incident",
        .verb = "notices",
        .arguments = ACTOR " [--json]",
        .summary = "Lists what your agency was told, with the entries of your side",
        .examples = {"lockgate incident notices " AS_OFFICER,
                     "lockgate incident notices " AS_OFFICER " --json"},
        .run = tool_incident_notices,
    },
    {
        .noun = "incident",
        .verb = "acknowledge",
        .arguments = "NUMBER " ACTOR " --outcome destroyed|returned|kept|not-held|noted\n"
                     "  --reason WORDS [--json]",
        .summary = "Says what your agency did about a notice",
        .examples = {"lockgate incident acknowledge 1107 " AS_OFFICER
                     " \\\n    --outcome destroyed "
                     "--reason \"Deleted from the case system\"",
                     "lockgate incident acknowledge 1108 " AS_OFFICER " \\\n    --outcome noted "
                     "--reason \"Passed to our data protection officer\""},
        .run = tool_incident_acknowledge,
    },
    {
        .noun = "incident",
        .verb = "decide",
        .arguments = "ID " ACTOR " --version N --ico notify|not --persons tell|not\n"
                     "  --reason WORDS [--effects WORDS] [--delay WORDS] [--json]",
        .summary = "Records whether the ICO is notified and the persons are told (Articles 33, 34)",
        .examples = {"lockgate incident decide " ID " \\\n    " AS_OFFICER
                     " --version 2 --ico not --persons not \\\n    --reason \"Encrypted; no risk\"",
                     "lockgate incident decide " ID " \\\n    " AS_OFFICER
                     " --version 2 --ico notify --persons tell \\\n    --reason \"High risk\" "
                     "--effects \"Addresses of three families\""},
        .run = tool_incident_decide,
    },
    {
        .noun = "incident",
        .verb = "report",
        .arguments = ACTOR " [--json]",
        .summary = "Prints the register: facts, effects and measures of all (Article 33(5))",
        .examples = {"lockgate incident report " AS_OFFICER,
                     "lockgate incident report " AS_OFFICER " --json"},
        .run = tool_incident_report,
    },
    {
        .noun = "incident",
        .verb = "close",
        .arguments = "ID " ACTOR " --version N --measures WORDS [--json]",
        .summary = "Closes an incident that was decided, with what was done about it",
        .examples = {"lockgate incident close " ID " \\\n    " AS_OFFICER
                     " --version 3 --measures \"Devices lock themselves\"",
                     "lockgate incident close " ID " \\\n    " AS_OFFICER
                     " --version 4 --measures \"Merge undone\" --json"},
        .run = tool_incident_close,
    },
};

const struct command_table table_incident = {commands, sizeof commands / sizeof commands[0]};
