/* SPDX-License-Identifier: Apache-2.0 */
/* Erasure of a person, proposed or held back. The person is found as `person find` does, so that no
 * identifier stands on the command line. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/vault/vault.h"
#include "gateway/wire/erasures.h"
#include "tools/lockgate/asking.h"
#include "tools/lockgate/erase.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/person_print.h"
#include "tools/lockgate/reply.h"

enum { ERASE_MS = 15000 };

/* One command under way. */
struct erase_command {
    struct person_options options;
    const char *reason;
    bool lift;
    enum wire_erasure_person_method method;
    struct asking asking;
    struct wire_erasure_person_reply reply;
};

static bool options_take(struct erase_command *it, int argc, char **argv) {
    struct option rows[PERSON_OPTIONS];
    const struct option own[] = {{"--reason", .text = &it->reason},
                                 {"--lift", .is_set = &it->lift}};
    size_t own_count = it->method == WIRE_ERASURE_HOLD ? 2 : 1;
    person_table(&it->options, rows);
    const struct option_table tables[] = {{rows, sizeof rows / sizeof rows[0]}, {own, own_count}};
    return options_read(argc, argv, tables, 2) && it->reason != NULL &&
           person_options_are_whole(&it->options, true);
}

/* Of a look-up that was refused, or of the step itself. */
static struct lg_err json_print(const struct erase_command *it, const char *path,
                                struct span answer) {
    return it->options.json ? reply_json_print(path, it->asking.arena, answer) : LG_OK;
}

static struct lg_err ask(void *ctx) {
    struct erase_command *it = ctx;
    static const char *const paths[WIRE_ERASURE_PERSON_METHODS] = {
        [WIRE_ERASURE_PROPOSE] = "/lockgate.v1.Erasures/Propose",
        [WIRE_ERASURE_HOLD] = "/lockgate.v1.Erasures/Hold",
    };
    struct wire_find_reply found;
    struct wire_erasure_person_request request = {
        .ground = it->asking.question->ground,
        .reason = span_text(it->reason),
        .lifted = it->lift,
    };
    struct span message;
    struct span answer;
    TRY(asking_find_person(&it->asking, &found));
    it->reply.verdict = found.verdict;
    if (found.verdict.decision == DECISION_REFUSE) {
        return json_print(it, asking_find_path, it->asking.found);
    }
    vault_random(request.id.bytes, sizeof request.id.bytes);
    request.person = (struct person_ref){.kind = PERSON_HANDLE, .handle = found.handle};
    TRY(wire_erasure_person_request_encode(it->method, it->asking.arena, &request, &message));
    TRY(asking_call(&it->asking,
                    (struct client_call){.channel = it->asking.gateway,
                                         .path = paths[it->method],
                                         .message = message,
                                         .timeout_ms = ERASE_MS},
                    &answer));
    TRY(wire_erasure_person_reply_decode(it->method, it->asking.arena, answer, &it->asking.report,
                                         &it->reply));
    return json_print(it, paths[it->method], answer);
}

static void reply_print(const void *ctx) {
    const struct erase_command *it = ctx;
    if (it->reply.verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&it->reply.verdict);
    } else if (it->method == WIRE_ERASURE_PROPOSE) {
        (void)printf(
            "Proposed as %" PRIu64 "\n"
            "An officer of the host decides: lockgate erase decide %" PRIu64 "\n"
            "Tell the person that consents end with it; that what they refused is kept by a "
            "code alone, so that it counts if an agency enrols them again; and that "
            "agencies keep their own records\n",
            it->reply.proposal, it->reply.proposal);
    } else if (it->lift) {
        (void)printf("Your agency no longer holds this person's entries\n");
    } else {
        (void)printf("Held: this person is not erased until your agency lets go\n");
    }
}

static int run(int argc, char **argv, enum wire_erasure_person_method method) {
    struct erase_command it = {.method = method};
    if (!options_take(&it, argc, argv)) {
        return EXIT_TOOL_USAGE;
    }
    const struct asking_verb verb = {.failed = "Nothing was changed.",
                                     .ask = ask,
                                     .verdict = &it.reply.verdict,
                                     .print = reply_print};
    return asking_run(&it.asking, &it.options, &verb, &it);
}

int tool_erase_subject(int argc, char **argv) {
    return run(argc, argv, WIRE_ERASURE_PROPOSE);
}

int tool_erase_hold(int argc, char **argv) {
    return run(argc, argv, WIRE_ERASURE_HOLD);
}
