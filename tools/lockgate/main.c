/* SPDX-License-Identifier: Apache-2.0 */
/* `lockgate NOUN VERB ...`: one table drives finding the command and every line of help. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/lockgate/agreement.h"
#include "tools/lockgate/agreement_sign.h"
#include "tools/lockgate/audit.h"
#include "tools/lockgate/consent.h"
#include "tools/lockgate/consistency.h"
#include "tools/lockgate/demo.h"
#include "tools/lockgate/diff.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/explain.h"
#include "tools/lockgate/life.h"
#include "tools/lockgate/person.h"
#include "tools/lockgate/proof.h"
#include "tools/lockgate/prove.h"
#include "tools/lockgate/register.h"
#include "tools/lockgate/replay.h"
#include "tools/lockgate/review.h"

/* run gets what follows the verb and gives the exit code; on EXIT_TOOL_USAGE the help follows. */
struct command {
    const char *noun;
    const char *verb;
    const char *arguments;
    const char *summary;
    const char *examples[2];
    int (*run)(int argc, char **argv);
};

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
        .noun = "access",
        .verb = "stop",
        .arguments = "--config FILE --user ID --role ID --agency ID [--system ID | --person ID] "
                     "--reason TEXT",
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
                     "--reason TEXT",
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
        .arguments = "--config FILE --user ID --role ID",
        .summary = "Lists who is stopped",
        .examples = {"lockgate access list --config officer.yaml --user ig1 --role reviewer",
                     "lockgate access list --config officer.yaml --user ig2 --role reviewer"},
        .run = tool_access_list,
    },
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
        .arguments = "FILE.isa [--as text|schedule|processing|json|decision-form] [--floor FILE], "
                     "or ID --config FILE [--version N] [--json]",
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
            "--user ID --role ID --version N]",
        .summary = "Signs for a party, in the file beside the text or at a gateway",
        .examples = {"lockgate agreement sign response.isa --party police --key police.key",
                     "lockgate agreement sign response.isa --party mh-trust --key trust.key "
                     "\\\n    --office \"Caldicott Guardian\""},
        .run = tool_agreement_sign,
    },
    {
        .noun = "agreement",
        .verb = "propose",
        .arguments = "FILE.isa --config FILE --user ID --role ID [--report FILE] [--cases FILE]",
        .summary = "Proposes a version to the other parties",
        .examples = {"lockgate agreement propose v2.isa --config officer.yaml --user ab12 --role "
                     "coordinator",
                     "lockgate agreement propose v2.isa --config officer.yaml --user ab12 --role "
                     "coordinator --report diff.txt"},
        .run = tool_agreement_propose,
    },
    {
        .noun = "agreement",
        .verb = "refuse",
        .arguments = "ID --version N --reason WORDS --config FILE --user ID --role ID --party ID "
                     "--key FILE [--office WORDS]",
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
        .arguments = "ID --version N --config FILE --user ID --role ID",
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
                     "[--office WORDS] [--version N]",
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
                     "[--version N]",
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
                     "ID --key FILE [--office WORDS] [--version N]",
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
                     "[--office WORDS] [--version N]",
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
                     "ID --key FILE [--office WORDS] [--version N]",
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
        .arguments =
            "FILE.isa [--floor FILE] [--register FILE] [--with OTHER.isa ...] [--promise TEXT]",
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
            "--to DATE --user ID --role ID [--expected FILE] [--json]",
        .summary = "Says what a draft would have answered to questions that were asked",
        .examples = {"lockgate agreement replay draft.isa --records may.records \\\n    "
                     "--expected agreed.txt",
                     "lockgate agreement replay draft.isa --config officer.yaml --from 2026-05-01 "
                     "\\\n    --to 2026-05-31 --user ab12 --role governance-officer"},
        .run = tool_agreement_replay,
    },
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
        .arguments = "INDEX --config FILE --purpose ID --basis ID --user ID --role ID [--case REF]",
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
    {
        .noun = "can",
        .verb = "ask",
        .arguments = "--config FILE --purpose ID --basis ID --user ID --role ID [--from PARTY ...] "
                     "[--item ITEM ...] [--agreement ID] [--case REF] [--age child|adult] "
                     "[--no-consent REASON] [--statement WORDS] [--compelling-reason WORDS] "
                     "[--capacity can|cannot|not-known] [--quiet] [--json]",
        .summary = "Says what may be asked for and what is missing; looks nobody up",
        .examples = {"lockgate can ask --config cases.yaml --purpose safeguarding --basis care-act "
                     "\\\n    --user ab12 --role social-worker --from police --item "
                     "incidents.incident-count",
                     "lockgate can ask --config cases.yaml --purpose safeguarding --basis care-act "
                     "\\\n    --user ab12 --role social-worker --quiet"},
        .run = tool_can_ask,
    },
    {
        .noun = "explain",
        .verb = NULL,
        .arguments = "CODE | INDEX or REQUEST-ID --config FILE --purpose ID --basis ID --user ID "
                     "--role ID [--agreement ID] [--case REF] [--json] [--case-line]",
        .summary = "Says what a reason code means, or why a decision came out as it did",
        .examples = {"lockgate explain OUT_OF_HOURS",
                     "lockgate explain 1042 --config cases.yaml --purpose safeguarding --basis "
                     "care-act \\\n    --user ab12 --role social-worker"},
        .run = tool_explain,
    },
    {
        .noun = "consent",
        .verb = "record",
        .arguments = "as `person find`, and --kind basis|confidentiality|service|objection --state "
                     "given|refused|withdrawn\n  [--explicit] [--purposes A,B] [--categories A,B] "
                     "[--recipients A,B] [--sources A,B]\n  [--from DAY] [--until DAY] [--manner "
                     "in-person|telephone|writing|online]\n  [--representative "
                     "parent|attorney|deputy|court --representative-evidence REF]\n  [--evidence "
                     "REF] [--language TAG] [--format FORM] [--proof FILE]",
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
        .arguments = "as `person find`",
        .summary = "Shows the consents of a person that may be shown to you",
        .examples = {"lockgate consent show --config cases.yaml --identity person --purpose "
                     "early-help \\\n    --basis early-help-consent --user ab12 --role "
                     "social-worker",
                     "lockgate consent show --config cases.yaml --identity - --purpose "
                     "child-safeguarding \\\n    --basis children-act --user ab12 --role "
                     "social-worker"},
        .run = tool_consent_show,
    },
    {
        .noun = "consent",
        .verb = "withdraw",
        .arguments = "as `person find`, and [--id ID] [--kind KIND] [--purposes A,B] [--categories "
                     "A,B]\n  [--recipients A,B] [--manner HOW] [--proof FILE]",
        .summary = "Records that a person withdraws consent, without showing what there was",
        .examples = {"lockgate consent withdraw --config cases.yaml --identity person --purpose "
                     "early-help \\\n    --basis early-help-task --user ab12 --role social-worker",
                     "lockgate consent withdraw --config cases.yaml --identity - --kind service "
                     "\\\n    --purpose early-help --basis early-help-task --user ab12 --role "
                     "social-worker"},
        .run = tool_consent_withdraw,
    },
    {
        .noun = "consent",
        .verb = "receipt",
        .arguments = "--config FILE --id ID --purpose ID --basis ID --user ID --role ID [--proof "
                     "FILE]",
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
        .arguments = "--config FILE --purpose ID --basis ID --user ID --role ID [--outstanding]\n  "
                     "[--of-source] [--acknowledge NOTICE]",
        .summary = "Lists what ended that your agency relied on, or acknowledges one of it",
        .examples = {"lockgate consent notices --config cases.yaml --outstanding --purpose "
                     "early-help \\\n    --basis early-help-task --user ab12 --role social-worker",
                     "lockgate consent notices --config cases.yaml --acknowledge "
                     "00112233445566778899aabbccddeeff \\\n    --purpose early-help --basis "
                     "early-help-task --user ab12 --role social-worker"},
        .run = tool_consent_notices,
    },
    {
        .noun = "demo",
        .verb = "up",
        .arguments = "[--state DIR]",
        .summary = "Starts a partnership of made-up agencies on this machine",
        .examples = {"lockgate demo up", "lockgate demo up --state demo-state"},
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
    {
        .noun = "person",
        .verb = "find",
        .arguments = "--config FILE --identity FILE --purpose ID --basis ID --user ID --role ID "
                     "[--agreement ID] [--case REF] [--age child|adult]",
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
        .arguments = "as `person find`, and [--no-consent REASON] [--statement WORDS] "
                     "[--compelling-reason WORDS] [--capacity can|cannot|not-known "
                     "--capacity-basis CODE] [--detail] [--receipts DIR]",
        .summary = "Asks every agency that the agreement allows, and shows what each gave",
        .examples = {"lockgate person view --config cases.yaml --identity person --purpose "
                     "child-safeguarding \\\n    --basis children-act --case C-17 --user ab12 "
                     "--role social-worker --age child",
                     "lockgate person view --config cases.yaml --identity person --purpose "
                     "child-safeguarding \\\n    --basis children-act --case C-17 --user ab12 "
                     "--role social-worker --receipts receipts"},
        .run = tool_person_view,
    },
    {
        .noun = "review",
        .verb = "list",
        .arguments = "--config FILE --user ID --role ID [--all]",
        .summary = "Lists the cases that are not closed",
        .examples = {"lockgate review list --config officer.yaml --user ig1 --role reviewer",
                     "lockgate review list --config officer.yaml --user ig1 --role reviewer --all"},
        .run = tool_review_list,
    },
    {
        .noun = "review",
        .verb = "show",
        .arguments = "ID --config FILE --user ID --role ID",
        .summary = "Shows one case with what was said when it was opened",
        .examples = {"lockgate review show 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer",
                     "lockgate review show 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig2 --role reviewer"},
        .run = tool_review_show,
    },
    {
        .noun = "review",
        .verb = "take",
        .arguments = "ID --config FILE --user ID --role ID",
        .summary = "Takes a case; not one about your own doing",
        .examples = {"lockgate review take 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer",
                     "lockgate review take 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig2 --role reviewer"},
        .run = tool_review_take,
    },
    {
        .noun = "review",
        .verb = "close",
        .arguments = "ID --config FILE --user ID --role ID --outcome "
                     "justified|not-justified|escalated \\\n    --reason TEXT [--telling "
                     "tell|tell-later|do-not-tell-crime|do-not-tell-harm|not-needed]",
        .summary = "Closes a case with an outcome and a sentence",
        .examples = {"lockgate review close 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer \\\n    --outcome justified --reason "
                     "\"Ambulance attended\" --telling tell",
                     "lockgate review close 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer \\\n    --outcome escalated --reason "
                     "\"Needs the Caldicott Guardian\""},
        .run = tool_review_close,
    },
    {
        .noun = "review",
        .verb = "tell",
        .arguments = "ID --config FILE --user ID --role ID --channel "
                     "in-person|telephone-agreed|letter-agreed|representative",
        .summary = "Records that the person was told, once that is safe",
        .examples = {"lockgate review tell 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer --channel in-person",
                     "lockgate review tell 1f0c2d3e4b5a69788796a5b4c3d2e1f0 \\\n    --config "
                     "officer.yaml --user ig1 --role reviewer --channel representative"},
        .run = tool_review_tell,
    },
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

static const size_t command_count = sizeof commands / sizeof commands[0];

/* A noun that takes a name at once has no verb. */
static const char *verb_of(const struct command *command) {
    return command->verb == NULL ? "" : command->verb;
}

static void print_command(FILE *stream, const struct command *command) {
    fprintf(stream, "  %s\n  %s\n\n", command->examples[0], command->examples[1]);
    fprintf(stream, "lockgate %s %s %s\n", command->noun, verb_of(command), command->arguments);
    fprintf(stream, "  %s.\n", command->summary);
}

static void print_all(FILE *stream) {
    fprintf(stream, "lockgate NOUN VERB [NAME] [--flags]\n\n");
    for (size_t i = 0; i < command_count; i++) {
        fprintf(stream, "  %-10s %-10s %s\n", commands[i].noun, verb_of(&commands[i]),
                commands[i].summary);
    }
    fprintf(stream, "\n`lockgate NOUN VERB --help` shows examples.\n");
}

static const struct command *command_find(const char *noun, const char *verb) {
    for (size_t i = 0; i < command_count; i++) {
        const char *own = commands[i].verb;
        if (strcmp(commands[i].noun, noun) == 0 && (own == NULL || strcmp(own, verb) == 0)) {
            return &commands[i];
        }
    }
    return NULL;
}

static bool asks_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv) {
    if (argc >= 2 && asks_help(argv[1])) {
        print_all(stdout);
        return EXIT_TOOL_DONE;
    }
    const struct command *command = argc >= 3 ? command_find(argv[1], argv[2]) : NULL;
    if (command == NULL) {
        print_all(stderr);
        return EXIT_TOOL_USAGE;
    }
    int taken = command->verb == NULL ? 2 : 3;
    if (argc > taken && asks_help(argv[taken])) {
        print_command(stdout, command);
        return EXIT_TOOL_DONE;
    }
    int code = command->run(argc - taken, argv + taken);
    if (code == EXIT_TOOL_USAGE) {
        print_command(stderr, command);
    }
    return code;
}
