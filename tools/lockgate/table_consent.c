/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate consent ...`: what a person agreed to. */
#include "tools/lockgate/consent.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "consent",
        .verb = "record",
        .arguments = TABLE_PERSON
        "\n  --kind basis|confidentiality|service|objection --state given|refused|withdrawn\n  "
        "[--explicit] [--purposes A,B] [--categories A,B] [--recipients A,B] [--sources A,B]\n  "
        "[--from DAY] [--until DAY] [--manner in-person|telephone|writing|online]\n  "
        "[--representative parent|attorney|deputy|court --representative-evidence REF]\n  "
        "[--evidence REF] [--language TAG] [--format FORM] [--proof FILE] [--json]",
        .summary = "Records what a person agreed to or refused; `withdrawn` lifts an objection",
        .examples = {"lockgate consent record --config cases.yaml --identity - --kind basis "
                     "--state given \\\n    --explicit --purposes early-help --purpose early-help "
                     "--basis early-help-consent \\\n    --user ab12 --role social-worker",
                     "lockgate consent record --config cases.yaml --identity person --kind "
                     "objection \\\n    --state refused --purpose early-help --basis "
                     "early-help-task --user ab12 --role social-worker"},
        .run = tool_consent_record,
    },
    {
        .noun = "consent",
        .verb = "show",
        .arguments = TABLE_PERSON "\n  [--json]",
        .summary = "Shows the consents of a person that may be shown to you",
        .examples = {"lockgate consent show --config cases.yaml --identity person --purpose "
                     "early-help \\\n    --basis early-help-consent --user ab12 --role "
                     "social-worker",
                     "lockgate consent show --config cases.yaml --identity - --purpose "
                     "child-safeguarding \\\n    --basis children-act --user ab12 --role "
                     "social-worker"},
        .has_notes = true,
        .run = tool_consent_show,
    },
    {
        .noun = "consent",
        .verb = "withdraw",
        .arguments = TABLE_PERSON
        "\n  [--id ID] [--kind KIND] [--purposes A,B] [--categories "
        "A,B]\n  [--recipients A,B] [--manner HOW] [--representative WHO --representative-evidence "
        "REF]\n  [--evidence REF] [--language TAG] [--format FORM] [--proof FILE] [--json] "
        "[--quiet]",
        .summary = "Records that a person withdraws consent, without showing what there was",
        .examples = {"lockgate consent withdraw --config cases.yaml --identity person --purpose "
                     "early-help \\\n    --basis early-help-task --user ab12 --role social-worker",
                     "lockgate consent withdraw --config cases.yaml --identity - --kind service "
                     "\\\n    --purpose early-help --basis early-help-task --user ab12 --role "
                     "social-worker"},
        .has_notes = true,
        .run = tool_consent_withdraw,
    },
    {
        .noun = "consent",
        .verb = "receipt",
        .arguments = TABLE_GROUND " --id ID [--proof FILE] [--json]",
        .summary = "Prints the page for the person of what your agency recorded",
        .examples = {"lockgate consent receipt --config cases.yaml --id "
                     "00112233445566778899aabbccddeeff \\\n    --purpose early-help --basis "
                     "early-help-consent --user ab12 --role social-worker",
                     "lockgate consent receipt --config cases.yaml --id "
                     "00112233445566778899aabbccddeeff \\\n    --proof consent.proof --purpose "
                     "early-help --basis early-help-consent \\\n    --user ab12 --role "
                     "social-worker"},
        .run = tool_consent_receipt,
    },
    {
        .noun = "consent",
        .verb = "notices",
        .arguments = TABLE_GROUND " [--outstanding] [--of-source]\n  [--acknowledge NOTICE "
                                  "[--proof FILE]] [--json]",
        .summary = "Lists what ended that your agency relied on, or acknowledges one of it",
        .examples = {"lockgate consent notices --config cases.yaml --outstanding --purpose "
                     "early-help \\\n    --basis early-help-task --user ab12 --role social-worker",
                     "lockgate consent notices --config cases.yaml --acknowledge "
                     "00112233445566778899aabbccddeeff \\\n    --purpose early-help --basis "
                     "early-help-task --user ab12 --role social-worker"},
        .run = tool_consent_notices,
    },
};

const struct command_table table_consent = {commands, sizeof commands / sizeof commands[0]};
