/* SPDX-License-Identifier: Apache-2.0 */
/* One disclosure: what was asked and decided, what was released, and whether the log holds it. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/audit/note.h"
#include "gateway/wire/audit.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/explain_int.h"
#include "tools/lockgate/officer.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/search.h"
#include "tools/lockgate/search_int.h"

struct show {
    struct officer officer;
    struct question question;
    const char *key;
    uint64_t index;
    struct wire_explain_reply explained;
    struct wire_audit_get_reply got;
};

static bool show_options_read(int argc, char **argv, struct show *show) {
    const char *index = NULL;
    struct option asked[QUESTION_OPTIONS];
    const struct option own[] = {
        {.text = &index},
        {"--config", .text = &show->officer.options.config},
        {"--key", .text = &show->key},
        {"--json", .is_set = &show->officer.options.json},
    };
    question_table(&show->question, asked);
    const struct option_table tables[] = {{asked, sizeof asked / sizeof asked[0]},
                                          {own, sizeof own / sizeof own[0]}};
    return options_read(argc, argv, tables, 2) && show->officer.options.config != NULL &&
           question_is_whole(&show->question) && index != NULL &&
           !lg_failed(audit_decimal_read(span_text(index), &show->index));
}

static struct lg_err show_fetch(struct show *show) {
    struct officer *officer = &show->officer;
    const struct wire_explain_request explain = {.ground = show->question.ground,
                                                 .index = show->index};
    const struct wire_audit_get_request get = {.ground = show->question.ground,
                                               .index = show->index};
    struct span message;
    struct span answer;
    TRY(officer_open(officer));
    TRY(wire_explain_request_encode(officer->arena, &explain, &message));
    TRY(officer_call(officer, "/lockgate.v1.Audit/Explain", message, &answer));
    TRY(wire_explain_reply_decode(officer->arena, answer, &officer->report, &show->explained));
    TRY(wire_audit_get_request_encode(officer->arena, &get, &message));
    TRY(officer_call(officer, "/lockgate.v1.Audit/Get", message, &answer));
    return wire_audit_get_reply_decode(officer->arena, answer, &officer->report, &show->got);
}

/* Whether the receipt holds under the key. */
static struct lg_err proof_hold(struct show *show, struct audit_verified *out_verified) {
    struct officer *officer = &show->officer;
    struct audit_vkey vkey;
    const struct audit_proof proof = {.form = show->got.logged.receipt,
                                      .checkpoint = show->got.logged.checkpoint};
    TRY(search_key_read(show->key, officer->arena, &officer->diag, &vkey));
    return audit_proof_verify(&proof, &vkey, out_verified);
}

static int proof_show(struct show *show) {
    struct audit_verified verified;
    bool is_quiet = show->officer.options.json;
    if (show->key == NULL) {
        if (!is_quiet) {
            (void)puts("Proof: not checked; --key gives the log's verifier key.");
        }
        return EXIT_TOOL_DONE;
    }
    struct lg_err err = proof_hold(show, &verified);
    if (lg_failed(err) && lg_err_module(err) != LG_AUDIT) {
        return officer_failed(&show->officer, "The proof was not checked.", err);
    }
    if (lg_failed(err)) {
        (void)fputs("NOT VERIFIED\nThe receipt does not lead to a checkpoint that this key "
                    "signed.\nKeep it, and ask the log's operator why.\n",
                    stderr);
        return EXIT_TOOL_NOT_VERIFIED;
    }
    if (!is_quiet) {
        (void)printf("Proof: entry %" PRIu64 " is in the log as it was signed at %" PRIu64
                     " entries.\n",
                     show->index, verified.size);
    }
    return EXIT_TOOL_DONE;
}

/* What holds no decision is shown all the same: it has a receipt. */
static int shown(struct show *show) {
    bool is_quiet = show->officer.options.json;
    if (show->got.verdict.decision == DECISION_REFUSE) {
        if (!is_quiet) {
            person_verdict_print(&show->got.verdict);
        }
        return EXIT_TOOL_REFUSED;
    }
    if (!is_quiet && show->explained.verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&show->explained.verdict);
    } else if (!is_quiet) {
        explain_reply_print(&show->explained);
    }
    return proof_show(show);
}

int tool_audit_show(int argc, char **argv) {
    struct show show = {.index = 0};
    if (!show_options_read(argc, argv, &show)) {
        return EXIT_TOOL_USAGE;
    }
    struct lg_err err = show_fetch(&show);
    int code = lg_failed(err) ? officer_failed(&show.officer, "The entry cannot be shown.", err)
                              : shown(&show);
    officer_done(&show.officer);
    return code;
}
