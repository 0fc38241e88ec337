/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate register ...`: the statutes. */
#include "tools/lockgate/register.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "register",
        .verb = "check",
        .arguments = "FILE",
        .summary = "Reads a statute register as the gateway would and lists what nobody has "
                   "checked",
        .examples = {"lockgate register check uk.register",
                     "lockgate register check /etc/lockgate/uk.register"},
        .run = tool_register_check,
    },
};

const struct command_table table_register = {commands, sizeof commands / sizeof commands[0]};
