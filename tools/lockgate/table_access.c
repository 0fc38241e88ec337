/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate access ...`: who is stopped. */
#include "tools/lockgate/review.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "access",
        .verb = "stop",
        .arguments = "--config FILE --user ID --role ID --agency ID [--system ID | --person ID] "
                     "--reason TEXT [--json]",
        .summary = "Stops a person, a system or an agency from the next question on",
        .examples = {"lockgate access stop --config officer.yaml --user ig1 --role reviewer "
                     "--agency housing \\\n    --person ab12 --reason \"Looks without a case\"",
                     "lockgate access stop --config officer.yaml --user ig1 --role reviewer "
                     "--agency housing \\\n    --system cases --reason \"Certificate was copied\""},
        .run = tool_access_stop,
    },
    {
        .noun = "access",
        .verb = "resume",
        .arguments = "--config FILE --user ID --role ID --agency ID [--system ID | --person ID] "
                     "--reason TEXT [--json]",
        .summary = "Ends a stop",
        .examples = {"lockgate access resume --config officer.yaml --user ig1 --role reviewer "
                     "--agency housing \\\n    --person ab12 --reason \"Looked into\"",
                     "lockgate access resume --config officer.yaml --user ig1 --role reviewer "
                     "--agency housing \\\n    --reason \"New certificates\""},
        .run = tool_access_resume,
    },
    {
        .noun = "access",
        .verb = "list",
        .arguments = "--config FILE --user ID --role ID [--json]",
        .summary = "Lists who is stopped",
        .examples = {"lockgate access list --config officer.yaml --user ig1 --role reviewer",
                     "lockgate access list --config officer.yaml --user ig2 --role reviewer"},
        .run = tool_access_list,
    },
};

const struct command_table table_access = {commands, sizeof commands / sizeof commands[0]};
