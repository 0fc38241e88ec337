/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate config ...`: files of the programs. */
#include "tools/lockgate/config.h"
#include "tools/lockgate/table.h"

#define TABLE_AS "[--as gateway|keyd|connector|witness|client|partnership|mapping]"

static const struct command commands[] = {
    {
        .noun = "config",
        .verb = "check",
        .arguments = "FILE " TABLE_AS,
        .summary = "Reads a file as its program would, and every file that it names",
        .examples = {"lockgate config check /etc/lockgate/gateway.yaml",
                     "lockgate config check clients.yaml --as mapping"},
        .run = tool_config_check,
    },
    {
        .noun = "config",
        .verb = "show",
        .arguments = "FILE " TABLE_AS " [--json]",
        .summary = "Every setting with its value, and the line that says so or that it is the "
                   "default",
        .examples = {"lockgate config show /etc/lockgate/gateway.yaml",
                     "lockgate config show gateway.yaml --json"},
        .run = tool_config_show,
    },
    {
        .noun = "config",
        .verb = "schema",
        .arguments = "KIND",
        .summary = "What may stand in a file: gateway, keyd, connector, witness, client, "
                   "partnership or mapping",
        .examples = {"lockgate config schema gateway", "lockgate config schema mapping"},
        .run = tool_config_schema,
    },
};

const struct command_table table_config = {commands, sizeof commands / sizeof commands[0]};
