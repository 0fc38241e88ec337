/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate demo ...`: the made-up partnership. */
#include "tools/lockgate/demo.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "demo",
        .verb = "up",
        .arguments = "[--state DIR] [--console DIR]",
        .summary = "Starts a partnership of made-up agencies on this machine",
        .examples = {"lockgate demo up", "lockgate demo up --console build/release/console"},
        .run = tool_demo_up,
    },
    {
        .noun = "demo",
        .verb = "down",
        .arguments = "[--state DIR]",
        .summary = "Ends what `demo up` started",
        .examples = {"lockgate demo down", "lockgate demo down --state demo-state"},
        .run = tool_demo_down,
    },
    {
        .noun = "demo",
        .verb = "status",
        .arguments = "[--state DIR]",
        .summary = "Says what runs, where, and how the made-up people are spread",
        .examples = {"lockgate demo status", "lockgate demo status --state demo-state"},
        .run = tool_demo_status,
    },
};

const struct command_table table_demo = {commands, sizeof commands / sizeof commands[0]};
