/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit ...`: receipts of the log. */
#include "tools/lockgate/audit.h"
#include "tools/lockgate/consistency.h"
#include "tools/lockgate/proof.h"
#include "tools/lockgate/table.h"

static const struct command commands[] = {
    {
        .noun = "audit",
        .verb = "consistency",
        .arguments = "FILE --key VKEYFILE --config FILE",
        .summary = "Checks that the log still begins with what it was at an earlier receipt or "
                   "checkpoint",
        .examples = {"lockgate audit consistency answer.proof --key log.vkey --config cases.yaml",
                     "lockgate audit consistency checkpoint.may --key log.vkey --config "
                     "cases.yaml"},
        .run = tool_audit_consistency,
    },
    {
        .noun = "audit",
        .verb = "proof",
        .arguments = "INDEX " TABLE_GROUND,
        .summary = "Fetches the receipt of an entry, as c2sp.org/tlog-proof; the look is logged",
        .examples = {"lockgate audit proof 1042 --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer > 1042.tlog-proof",
                     "lockgate audit proof 0 --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --case C-17"},
        .run = tool_audit_proof,
    },
    {
        .noun = "audit",
        .verb = "verify",
        .arguments = "FILE --key VKEYFILE [--payload FILE] [--witness FILE [--quorum N]] [--html]",
        .summary = "Checks receipts offline: record, path, signed checkpoint, witnesses",
        .examples = {"lockgate audit verify answer.proof --key log.vkey --payload part.bin",
                     "lockgate audit verify answer.proof --key log.vkey --html > receipts.html"},
        .run = tool_audit_verify,
    },
};

const struct command_table table_audit = {commands, sizeof commands / sizeof commands[0]};
