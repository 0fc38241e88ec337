/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate completion ...`: words of the command line for a shell. */
#include "tools/lockgate/completion.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "completion",
        .verb = "bash",
        .arguments = "",
        .summary = "Prints a script that completes nouns, verbs and flags",
        .examples =
            {"lockgate completion bash > ~/.local/share/bash-completion/completions/lockgate",
             "source <(lockgate completion bash)"},
        .run = tool_completion_bash,
    },
};

const struct command_table table_completion = {commands, sizeof commands / sizeof commands[0]};
