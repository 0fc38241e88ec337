/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate audit ...`: receipts of the log. */
#include "tools/lockgate/audit.h"
#include "tools/lockgate/consistency.h"
#include "tools/lockgate/proof.h"
#include "tools/lockgate/reconcile.h"
#include "tools/lockgate/report.h"
#include "tools/lockgate/search.h"
#include "tools/lockgate/table.h"

#define NARROWS                                                                                    \
    "\n  [--identity FILE --reason subject-access|complaint|case] [--since DAY] [--until DAY]"     \
    "\n  [--side asked|was-asked] [--agency ID] [--under AGREEMENT] [--for PURPOSE] [--on BASIS]"  \
    "\n  [--kind KIND] [--outcome OUTCOME] [--emergency] [--question ID] [--age child|adult]"

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
        .verb = "export",
        .arguments =
            TABLE_GROUND NARROWS " --key VKEYFILE\n  --reason subject-access|complaint|case",
        .summary = "Writes the receipts of what is found, for `audit verify`; the look is logged "
                   "with its reason",
        .examples = {"lockgate audit export --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --identity person --reason "
                     "complaint --key log.vkey > found.proofs",
                     "lockgate audit export --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --reason case --agency police "
                     "--key log.vkey > police.proofs"},
        .run = tool_audit_export,
    },
    {
        .noun = "audit",
        .verb = "proof",
        .arguments = "INDEX " TABLE_GROUND " [--held FILE]",
        .summary = "Fetches the receipt of an entry, as c2sp.org/tlog-proof, with what leads to it "
                   "from an earlier one; the look is logged",
        .examples = {"lockgate audit proof 1042 --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer > 1042.tlog-proof",
                     "lockgate audit proof 0 --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --held 0.tlog-proof"},
        .run = tool_audit_proof,
    },
    {
        .noun = "audit",
        .verb = "reconcile",
        .arguments = TABLE_GROUND " --key VKEYFILE\n  [--record PATH] [--receipts PATH] [--since "
                                  "DAY] [--until DAY] [--open-cases] [--json]",
        .summary = "Compares a source's own record, or receipts that were kept, with the log; the "
                   "look is logged",
        .examples = {"lockgate audit reconcile --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --key log.vkey --record "
                     "state/record --open-cases",
                     "lockgate audit reconcile --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --key log.vkey --receipts "
                     "receipts --since 2026-07-01"},
        .run = tool_audit_reconcile,
    },
    {
        .noun = "audit",
        .verb = "report",
        .arguments = "QUARTER --config FILE --user ID --role ID [--csv|--html|--json]",
        .summary = "Counts for the board of a quarter that has ended, small numbers hidden; for "
                   "the host",
        .examples = {"lockgate audit report 2026-Q3 --config host.yaml --user ig1 --role "
                     "coordinator",
                     "lockgate audit report 2026-Q3 --config host.yaml --user ig1 --role "
                     "coordinator \\\n    --html > report.html"},
        .run = tool_audit_report,
    },
    {
        .noun = "audit",
        .verb = "search",
        .arguments = TABLE_GROUND NARROWS "\n  [--most N] [--rescan] [--json]",
        .summary = "Looks through the log of one's own agency's side; the look is logged first",
        .examples = {"lockgate audit search --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --identity person --reason "
                     "complaint",
                     "lockgate audit search --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --kind denial --since "
                     "2026-07-01"},
        .run = tool_audit_search,
    },
    {
        .noun = "audit",
        .verb = "show",
        .arguments = "INDEX " TABLE_GROUND " [--key VKEYFILE] [--json]",
        .summary = "Shows one disclosure: the decision by axes, items and marks, and its proof",
        .examples = {"lockgate audit show 1042 --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --key log.vkey",
                     "lockgate audit show 1042 --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --json"},
        .run = tool_audit_show,
    },
    {
        .noun = "audit",
        .verb = "tail",
        .arguments = TABLE_GROUND "\n  [--side asked|was-asked] [--agency ID] [--under AGREEMENT] "
                                  "[--for PURPOSE] [--on BASIS]\n  [--kind KIND] [--outcome "
                                  "OUTCOME] [--emergency] [--every SECONDS] [--times N] [--json]",
        .summary = "Follows the log of one's own agency's side; every look is logged, so not too "
                   "often",
        .examples = {"lockgate audit tail --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --every 60",
                     "lockgate audit tail --config officer.yaml --purpose complaint --basis "
                     "public-task \\\n    --user ig1 --role reviewer --emergency --every 60"},
        .run = tool_audit_tail,
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
