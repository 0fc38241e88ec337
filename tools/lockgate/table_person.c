/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate person ...`: asking about a person. */
#include "tools/lockgate/person.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "person",
        .verb = "find",
        .arguments = TABLE_PERSON "\n  [--json]",
        .summary = "Says whether a person is known well enough to be asked about",
        .examples = {"lockgate person find --config cases.yaml --identity person --purpose "
                     "child-safeguarding \\\n    --basis children-act --user ab12 --role "
                     "social-worker",
                     "lockgate person find --config cases.yaml --identity - --purpose early-help "
                     "\\\n    --basis early-help-task --user ab12 --role social-worker"},
        .run = tool_person_find,
    },
    {
        .noun = "person",
        .verb = "view",
        .arguments = TABLE_PERSON
        "\n  [--no-consent REASON] [--statement WORDS] [--compelling-reason WORDS]\n  [--capacity "
        "can|cannot|not-known --capacity-basis CODE] [--detail] [--receipts DIR] [--json]",
        .summary = "Asks every agency that the agreement allows, and shows what each gave",
        .examples = {"lockgate person view --config cases.yaml --identity person --purpose "
                     "child-safeguarding \\\n    --basis children-act --case C-17 --user ab12 "
                     "--role social-worker --age child",
                     "lockgate person view --config cases.yaml --identity person --purpose "
                     "child-safeguarding \\\n    --basis children-act --case C-17 --user ab12 "
                     "--role social-worker --receipts receipts"},
        .run = tool_person_view,
    },
};

const struct command_table table_person = {commands, sizeof commands / sizeof commands[0]};
