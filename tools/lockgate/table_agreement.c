/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate agreement ...`: its text, and its life at a gateway. */
#include <string.h>

#include "tools/lockgate/agreement.h"
#include "tools/lockgate/agreement_sign.h"
#include "tools/lockgate/diff.h"
#include "tools/lockgate/life.h"
#include "tools/lockgate/prove.h"
#include "tools/lockgate/replay.h"
#include "tools/lockgate/table.h"

/* Of a file where no gateway is named. */
static int agreement_show(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0) {
            return tool_agreement_show_at(argc, argv);
        }
    }
    return tool_agreement_show(argc, argv);
}

static const struct command commands[] = {
    {
        .noun = "agreement",
        .verb = "check",
        .arguments = "FILE.isa [--floor FILE] [--register FILE] [--cases FILE.csv] [--json]",
        .summary = "Finds what is wrong or doubtful in an agreement, and puts test cases to it",
        .examples = {"lockgate agreement check response.isa",
                     "lockgate agreement check response.isa --cases response.cases.csv"},
        .run = tool_agreement_check,
    },
    {
        .noun = "agreement",
        .verb = "format",
        .arguments = "FILE.isa [--write | --check]",
        .summary = "Puts an agreement into the one form that is signed",
        .examples = {"lockgate agreement format response.isa --write",
                     "lockgate agreement format response.isa --check"},
        .run = tool_agreement_format,
    },
    {
        .noun = "agreement",
        .verb = "show",
        .arguments = "FILE.isa [--as text|schedule|processing|json|decision-form] [--floor FILE] "
                     "[--register FILE], or ID --config FILE [--version N] [--json]",
        .summary = "Prints an agreement of a file in several forms, or shows a version of a "
                   "gateway with its signatures",
        .examples = {"lockgate agreement show response.isa --as processing > processing.csv",
                     "lockgate agreement show bridgewater --version 1 --config officer.yaml"},
        .run = agreement_show,
    },
    {
        .noun = "agreement",
        .verb = "keygen",
        .arguments = "--key FILE",
        .summary = "Makes the key with which a party signs, and prints its public half",
        .examples = {"lockgate agreement keygen --key police.key",
                     "lockgate agreement keygen --key keys/housing.key"},
        .run = tool_agreement_keygen,
    },
    {
        .noun = "agreement",
        .verb = "sign",
        .arguments =
            "FILE.isa|ID --party ID --key FILE [--office WORDS] [--report FILE] [--config FILE "
            "--user ID --role ID --version N] [--json]",
        .summary = "Signs for a party, in the file beside the text or at a gateway",
        .examples = {"lockgate agreement sign response.isa --party police --key police.key",
                     "lockgate agreement sign response.isa --party mh-trust --key trust.key "
                     "\\\n    --office \"Caldicott Guardian\""},
        .run = tool_agreement_sign,
    },
    {
        .noun = "agreement",
        .verb = "propose",
        .arguments =
            "FILE.isa --config FILE --user ID --role ID [--report FILE] [--cases FILE] [--json]",
        .summary = "Proposes a version to the other parties",
        .examples = {"lockgate agreement propose v2.isa --config officer.yaml --user ab12 --role "
                     "coordinator",
                     "lockgate agreement propose v2.isa --config officer.yaml --user ab12 --role "
                     "coordinator --report replayed.txt"},
        .run = tool_agreement_propose,
    },
    {
        .noun = "agreement",
        .verb = "refuse",
        .arguments = "ID --version N --reason WORDS --config FILE --user ID --role ID --party ID "
                     "--key FILE [--office WORDS] [--json]",
        .summary = "Says that a party will not sign",
        .examples = {"lockgate agreement refuse bridgewater --version 2 --config officer.yaml "
                     "--user ab12 --role coordinator --party hub --key hub.key --reason wide",
                     "lockgate agreement refuse otr --version 3 --config officer.yaml --user ab12 "
                     "--role coordinator --party gp --key gp.key --reason late"},
        .run = tool_agreement_refuse,
    },
    {
        .noun = "agreement",
        .verb = "activate",
        .arguments = "ID --version N --config FILE --user ID --role ID [--json]",
        .summary = "Brings a signed version into force from its first day",
        .examples = {"lockgate agreement activate bridgewater --version 2 --config officer.yaml "
                     "--user ab12 --role coordinator",
                     "lockgate agreement activate otr --version 3 --config officer.yaml --user "
                     "ab12 --role coordinator --json"},
        .run = tool_agreement_activate,
    },
    {
        .noun = "agreement",
        .verb = "suspend",
        .arguments = "ID --reason WORDS --config FILE --user ID --role ID --party ID --key FILE "
                     "[--office WORDS] [--version N] [--json]",
        .summary = "Stops a party's own clauses at once; the lead: the whole agreement",
        .examples = {"lockgate agreement suspend bridgewater --config officer.yaml --user ab12 "
                     "--role coordinator --party police --key police.key --reason breach",
                     "lockgate agreement suspend otr --config officer.yaml --user ab12 --role "
                     "coordinator --party hub --key hub.key --reason review"},
        .run = tool_agreement_suspend,
    },
    {
        .noun = "agreement",
        .verb = "resume",
        .arguments = "ID --config FILE --user ID --role ID --party ID --key FILE [--office WORDS] "
                     "[--version N] [--json]",
        .summary = "Lets go on what the party suspended",
        .examples = {"lockgate agreement resume bridgewater --config officer.yaml --user ab12 "
                     "--role coordinator --party police --key police.key",
                     "lockgate agreement resume otr --config officer.yaml --user ab12 --role "
                     "coordinator --party hub --key hub.key"},
        .run = tool_agreement_resume,
    },
    {
        .noun = "agreement",
        .verb = "withdraw",
        .arguments = "ID --day YYYY-MM-DD --reason WORDS --config FILE --user ID --role ID --party "
                     "ID --key FILE [--office WORDS] [--version N] [--json]",
        .summary = "Gives notice: from that day the party is no longer in it",
        .examples = {"lockgate agreement withdraw otr --day 2027-04-01 --reason merger --config "
                     "officer.yaml --user ab12 --role coordinator --party gp --key gp.key",
                     "lockgate agreement withdraw otr --day 2027-01-01 --reason closed --config "
                     "officer.yaml --user ab12 --role coordinator --party gp --key gp.key"},
        .run = tool_agreement_withdraw,
    },
    {
        .noun = "agreement",
        .verb = "review",
        .arguments = "ID --day YYYY-MM-DD --config FILE --user ID --role ID --party ID --key FILE "
                     "[--office WORDS] [--version N] [--json]",
        .summary = "Signs that it was reviewed and is unchanged; moves the day of review",
        .examples = {"lockgate agreement review otr --day 2027-04-01 --config officer.yaml --user "
                     "ab12 --role coordinator --party hub --key hub.key",
                     "lockgate agreement review bridgewater --day 2027-09-01 --config officer.yaml "
                     "--user ab12 --role coordinator --party hub --key hub.key"},
        .run = tool_agreement_review,
    },
    {
        .noun = "agreement",
        .verb = "end",
        .arguments = "ID --day YYYY-MM-DD --reason WORDS --config FILE --user ID --role ID --party "
                     "ID --key FILE [--office WORDS] [--version N] [--json]",
        .summary = "Ends an agreement before its last day",
        .examples = {"lockgate agreement end otr --day 2027-04-01 --reason statute --config "
                     "officer.yaml --user ab12 --role coordinator --party hub --key hub.key",
                     "lockgate agreement end otr --day 2027-01-01 --reason closed --config "
                     "officer.yaml --user ab12 --role coordinator --party hub --key hub.key"},
        .run = tool_agreement_end,
    },
    {
        .noun = "agreement",
        .verb = "due",
        .arguments = "--config FILE [--user ID --role ID] [--json]",
        .summary = "Lists reviews and last days that come up in 90, 30 or 7 days, and (for a named "
                   "officer) overdue review cases",
        .examples = {"lockgate agreement due --config officer.yaml",
                     "lockgate agreement due --config officer.yaml --user ab12 --role lead --json"},
        .run = tool_agreement_due,
    },
    {
        .noun = "agreement",
        .verb = "list",
        .arguments = "--config FILE [--json]",
        .summary = "Lists every version and where it stands",
        .examples = {"lockgate agreement list --config officer.yaml",
                     "lockgate agreement list --config officer.yaml --json"},
        .run = tool_agreement_list,
    },
    {
        .noun = "agreement",
        .verb = "diff",
        .arguments = "OLD.isa NEW.isa [--floor FILE] [--register FILE] [--json]",
        .summary = "Says what a new version makes visible, weaker, stronger or gone",
        .examples = {"lockgate agreement diff response-3.isa response-4.isa",
                     "lockgate agreement diff response-3.isa response-4.isa --json"},
        .run = tool_agreement_diff,
    },
    {
        .noun = "agreement",
        .verb = "prove",
        .arguments = "FILE.isa [--floor FILE] [--register FILE] [--with OTHER.isa ...] [--promise "
                     "TEXT] [--json]",
        .summary = "Proves the promises, or shows the question that breaks one",
        .examples = {"lockgate agreement prove response.isa",
                     "lockgate agreement prove response.isa --with hub.isa --promise \\\n    "
                     "'never who: police/sergeant sees: mental-health.notes without: consent'"},
        .run = tool_agreement_prove,
    },
    {
        .noun = "agreement",
        .verb = "replay",
        .arguments =
            "DRAFT.isa --records FILE [--floor FILE] [--register FILE] | --config FILE --from DATE "
            "--to DATE --user ID --role ID [--expected FILE] [--totals] [--json]",
        .summary = "Says what a draft would have answered to questions that were asked",
        .examples = {"lockgate agreement replay draft.isa --records may.records \\\n    "
                     "--expected agreed.txt",
                     "lockgate agreement replay draft.isa --config officer.yaml --from 2026-05-01 "
                     "\\\n    --to 2026-05-31 --user ab12 --role governance-officer --totals "
                     ">replayed.txt"},
        .run = tool_agreement_replay,
    },
};

const struct command_table table_agreement = {commands, sizeof commands / sizeof commands[0]};
