/* SPDX-License-Identifier: Apache-2.0 */
/* Three calls, as a case system would make them: the agency's own connector blinds the identity,
 * the gateway finds the person behind the tokens, and is asked. */
#include "tools/lockgate/person.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/config/client.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/disclosures.h"
#include "gateway/wire/edge.h"
#include "gateway/wire/subjects.h"
#include "tools/lockgate/client.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/person_options.h"
#include "tools/lockgate/person_print.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024,
    BLIND_MS = 10000,
    FIND_MS = 10000,
    ASK_MS = 30000,
    PERSON_UNKNOWN = 212, /* INPUT: nothing of the identity can be compared */
};

/* One command under way. */
struct asking {
    struct person_options options;
    struct config_client *config;
    struct client *client;
    struct grpc_channel *gateway;
    struct grpc_channel *connector;
    struct arena *arena;
    struct diag diag;
    struct wire_report report;
};

static void asking_done(struct asking *asking) {
    client_close(&asking->client);
    config_client_free(&asking->config);
    arena_free(&asking->arena);
}

static int failed(const struct asking *asking, const char *what, struct lg_err err) {
    const char *why = asking->diag.text;
    if (lg_err_class(err) != LG_CLASS_CONFIG && asking->report.sentence[0] != '\0') {
        why = asking->report.sentence;
    }
    (void)fprintf(stderr, "%s\n", what);
    if (asking->diag.line > 0) {
        (void)fprintf(stderr, "Line %" PRIu32 ": ", asking->diag.line);
    }
    (void)fprintf(stderr, "%s\nCode %s-%u\n", why, lg_class_name(lg_err_class(err)),
                  lg_err_code(err));
    return lg_err_class(err) == LG_CLASS_PEER ? EXIT_TOOL_UNREACHABLE : EXIT_TOOL_FAILED;
}

static struct lg_err asking_open(struct asking *asking) {
    struct diag *diag = &asking->diag;
    TRY(arena_new(ARENA_BYTES, &asking->arena));
    TRY(config_client_load(asking->options.config, diag, &asking->config));
    if (asking->config->connector == NULL) {
        diag_set(diag, 0, "%s: `connector` is needed to look a person up by identity",
                 asking->options.config);
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, PERSON_UNKNOWN);
    }
    TRY(client_open(&asking->config->tls_client, diag, &asking->client));
    TRY(client_dial(asking->client, &asking->config->gateway, diag, &asking->gateway));
    return client_dial(asking->client, asking->config->connector, diag, &asking->connector);
}

static struct lg_err call(struct asking *asking, struct client_call call, struct span *out_answer) {
    return client_ask(asking->client, &call, asking->arena, &asking->diag, out_answer);
}

/* ---- the three calls ----------------------------------------------------------------------- */

static struct lg_err blind(struct asking *asking, const struct identity *identity) {
    struct wire_blind_person person = {.identity = *identity};
    struct wire_blind_request request = {
        .ground = asking->options.question.ground, .persons = &person, .person_count = 1};
    struct wire_blind_reply reply;
    struct span message;
    struct span answer;
    TRY(wire_blind_request_encode(asking->arena, &request, &message));
    TRY(call(asking,
             (struct client_call){.channel = asking->connector,
                                  .path = "/lockgate.v1.Edge/Blind",
                                  .message = message,
                                  .timeout_ms = BLIND_MS},
             &answer));
    TRY(wire_blind_reply_decode(asking->arena, answer, &asking->report, &reply));
    if (reply.person_count != 1 || reply.persons[0].token_count == 0) {
        diag_set(&asking->diag, 0, "nothing of the identity can be compared");
        return lg_err_make(LG_CLASS_INPUT, LG_TOOLS, PERSON_UNKNOWN);
    }
    asking->options.question.person =
        (struct person_ref){.kind = PERSON_TOKENS,
                            .tokens = reply.persons[0].tokens,
                            .token_count = reply.persons[0].token_count};
    return LG_OK;
}

static struct lg_err find(struct asking *asking, struct wire_find_reply *out_reply) {
    struct span message;
    struct span answer;
    struct question *question = &asking->options.question;
    vault_random(question->id.bytes, sizeof question->id.bytes);
    TRY(wire_find_request_encode(asking->arena, question, &message));
    TRY(call(asking,
             (struct client_call){.channel = asking->gateway,
                                  .path = "/lockgate.v1.Subjects/Find",
                                  .message = message,
                                  .timeout_ms = FIND_MS},
             &answer));
    return wire_find_reply_decode(asking->arena, answer, &asking->report, out_reply);
}

static struct lg_err ask(struct asking *asking, struct span handle, struct ask_reply *out_reply) {
    struct span message;
    struct span answer;
    struct question *question = &asking->options.question;
    vault_random(question->id.bytes, sizeof question->id.bytes);
    question->person = (struct person_ref){.kind = PERSON_HANDLE, .handle = handle};
    TRY(wire_ask_request_encode(asking->arena, question, &message));
    TRY(call(asking,
             (struct client_call){.channel = asking->gateway,
                                  .path = "/lockgate.v1.Disclosures/Ask",
                                  .message = message,
                                  .timeout_ms = ASK_MS},
             &answer));
    return wire_ask_reply_decode(asking->arena, answer, &asking->report, out_reply);
}

/* ---- the two verbs ------------------------------------------------------------------------- */

static struct lg_err find_person(struct asking *asking, struct wire_find_reply *out_reply) {
    struct identity identity;
    TRY(asking_open(asking));
    TRY(person_identity_read(asking->options.identity, asking->arena, &asking->diag, &identity));
    TRY(blind(asking, &identity));
    return find(asking, out_reply);
}

static int run_find(struct asking *asking) {
    struct wire_find_reply found;
    struct lg_err err = find_person(asking, &found);
    if (lg_failed(err)) {
        return failed(asking, "The person was not looked up.", err);
    }
    if (found.verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&found.verdict);
        return EXIT_TOOL_REFUSED;
    }
    bool enough = found.band == WIRE_FIND_ENOUGH;
    (void)printf("%s\n", enough ? "Enough to ask about this person" : "Not enough to decide");
    return EXIT_TOOL_DONE;
}

static struct lg_err view_person(struct asking *asking, struct wire_find_reply *out_found,
                                 struct ask_reply *out_reply) {
    TRY(find_person(asking, out_found));
    if (out_found->verdict.decision == DECISION_REFUSE) {
        return LG_OK;
    }
    TRY(ask(asking, out_found->handle, out_reply));
    TRY(person_answer_print(out_reply, asking->arena));
    if (asking->options.receipts == NULL) {
        return LG_OK;
    }
    return person_receipts_write(out_reply, asking->options.receipts, asking->arena, &asking->diag);
}

static int run_view(struct asking *asking) {
    struct wire_find_reply found = {.handle = {.ptr = NULL}};
    struct ask_reply reply = {.part_count = 0};
    struct lg_err err = view_person(asking, &found, &reply);
    if (lg_failed(err)) {
        return failed(asking, "There is no answer.", err);
    }
    if (found.verdict.decision == DECISION_REFUSE) {
        person_verdict_print(&found.verdict);
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

static int run(int argc, char **argv, int (*verb)(struct asking *asking)) {
    struct asking asking = {.config = NULL};
    if (!person_options_read(argc, argv, &asking.options)) {
        return EXIT_TOOL_USAGE;
    }
    int code = verb(&asking);
    asking_done(&asking);
    return code;
}

int tool_person_find(int argc, char **argv) {
    return run(argc, argv, run_find);
}

int tool_person_view(int argc, char **argv) {
    return run(argc, argv, run_view);
}
