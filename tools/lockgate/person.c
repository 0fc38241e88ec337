/* SPDX-License-Identifier: Apache-2.0 */
/* Three calls, as a case system would make them: the agency's own connector blinds the identity,
 * the gateway finds the person behind the tokens, and is asked. */
#include "tools/lockgate/person.h"

#include <stdio.h>

#include "gateway/vault/vault.h"
#include "gateway/wire/disclosures.h"
#include "tools/lockgate/asking.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"

enum { ASK_MS = 30000 };

/* One command under way. */
struct person_command {
    struct person_options options;
    struct asking asking;
};

static const char ask_path[] = "/lockgate.v1.Disclosures/Ask";

static struct lg_err ask(struct person_command *it, struct span handle,
                         struct ask_reply *out_reply) {
    struct span message;
    struct span answer;
    struct question *question = it->asking.question;
    vault_random(question->id.bytes, sizeof question->id.bytes);
    question->person = (struct person_ref){.kind = PERSON_HANDLE, .handle = handle};
    TRY(wire_ask_request_encode(it->asking.arena, question, &message));
    TRY(asking_call(&it->asking,
                    (struct client_call){.channel = it->asking.gateway,
                                         .path = ask_path,
                                         .message = message,
                                         .timeout_ms = ASK_MS},
                    &answer));
    TRY(wire_ask_reply_decode(it->asking.arena, answer, &it->asking.report, out_reply));
    return it->options.json ? reply_json_print(ask_path, it->asking.arena, answer) : LG_OK;
}

/* ---- the two verbs ------------------------------------------------------------------------- */

/* Of a look-up that was refused, and where that was all that was wanted. */
static struct lg_err found_print(struct person_command *it, const struct wire_find_reply *found) {
    bool enough = found->band == WIRE_FIND_ENOUGH;
    if (it->options.json) {
        return reply_json_print(asking_find_path, it->asking.arena, it->asking.found);
    }
    if (found->verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&found->verdict);
    } else {
        (void)printf("%s\n", enough ? "Enough to ask about this person" : "Not enough to decide");
    }
    return LG_OK;
}

static int run_find(struct person_command *it) {
    struct wire_find_reply found;
    struct lg_err err = asking_find_person(&it->asking, &found);
    if (!lg_failed(err)) {
        err = found_print(it, &found);
    }
    if (lg_failed(err)) {
        return asking_failed(&it->asking, "The person was not looked up.", err);
    }
    return found.verdict.decision == DECISION_REFUSE ? EXIT_TOOL_REFUSED : EXIT_TOOL_DONE;
}

static struct lg_err view_person(struct person_command *it, struct wire_find_reply *out_found,
                                 struct ask_reply *out_reply) {
    TRY(asking_find_person(&it->asking, out_found));
    if (out_found->verdict.decision == DECISION_REFUSE) {
        return found_print(it, out_found);
    }
    TRY(ask(it, out_found->handle, out_reply));
    if (!it->options.json) {
        TRY(person_answer_print(out_reply, it->asking.arena));
    }
    if (it->options.receipts == NULL) {
        return LG_OK;
    }
    return person_receipts_write(out_reply, it->options.receipts, it->asking.arena,
                                 &it->asking.diag);
}

static int run_view(struct person_command *it) {
    struct wire_find_reply found = {.handle = {.ptr = NULL}};
    struct ask_reply reply = {.part_count = 0};
    struct lg_err err = view_person(it, &found, &reply);
    if (lg_failed(err)) {
        return asking_failed(&it->asking, "There is no answer.", err);
    }
    if (found.verdict.decision == DECISION_REFUSE) {
        return EXIT_TOOL_REFUSED;
    }
    switch (reply.verdict.decision) {
    case DECISION_PERMIT:
        return EXIT_TOOL_DONE;
    case DECISION_PARTIAL:
        return EXIT_TOOL_PARTIAL;
    case DECISION_REFUSE:
        break;
    }
    return EXIT_TOOL_REFUSED;
}

static int run(int argc, char **argv, int (*verb)(struct person_command *it)) {
    struct person_command it = {.options = {.config = NULL}};
    if (!person_options_read(argc, argv, &it.options)) {
        return EXIT_TOOL_USAGE;
    }
    it.asking.config_path = it.options.config;
    it.asking.identity_path = it.options.identity;
    it.asking.question = &it.options.question;
    int code = verb(&it);
    asking_done(&it.asking);
    return code;
}

int tool_person_find(int argc, char **argv) {
    return run(argc, argv, run_find);
}

int tool_person_view(int argc, char **argv) {
    return run(argc, argv, run_view);
}
