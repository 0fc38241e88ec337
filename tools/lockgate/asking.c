/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/asking.h"

#include "gateway/vault/vault.h"
#include "gateway/wire/edge.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/failure.h"
#include "tools/lockgate/person_options.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024,
    BLIND_MS = 10000,
    FIND_MS = 10000,
    PERSON_UNKNOWN = 212, /* INPUT: nothing of the identity can be compared */
};

const char asking_find_path[] = "/lockgate.v1.Subjects/Find";

void asking_done(struct asking *asking) {
    client_close(&asking->client);
    config_client_free(&asking->config);
    arena_free(&asking->arena);
}

int asking_failed(const struct asking *asking, const char *what, struct lg_err err) {
    return failure_tell(&(struct failure){
        .what = what, .diag = &asking->diag, .sentence = asking->report.sentence, .err = err});
}

int asking_run(struct asking *asking, struct person_options *options,
               const struct asking_verb *verb, void *ctx) {
    asking->config_path = options->config;
    asking->identity_path = options->identity;
    asking->question = &options->question;
    struct lg_err err = verb->ask(ctx);
    int code = EXIT_TOOL_DONE;
    if (lg_failed(err)) {
        code = asking_failed(asking, verb->failed, err);
    } else if (verb->verdict != NULL && verb->verdict->decision == DECISION_REFUSE) {
        code = EXIT_TOOL_REFUSED;
    }
    if (!lg_failed(err) && !options->json) {
        verb->print(ctx);
    }
    asking_done(asking);
    return code;
}

struct lg_err asking_open_gateway(struct asking *asking) {
    struct diag *diag = &asking->diag;
    TRY(arena_new(ARENA_BYTES, &asking->arena));
    TRY(config_client_load(asking->config_path, diag, &asking->config));
    TRY(client_open(&asking->config->tls_client, diag, &asking->client));
    return client_dial(asking->client, &asking->config->gateway, diag, &asking->gateway);
}

static struct lg_err connector_open(struct asking *asking) {
    if (asking->config->connector == NULL) {
        diag_set(&asking->diag, 0, "%s: `connector` is needed to look a person up by identity",
                 asking->config_path);
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, PERSON_UNKNOWN);
    }
    return client_dial(asking->client, asking->config->connector, &asking->diag,
                       &asking->connector);
}

struct lg_err asking_call(struct asking *asking, struct client_call call, struct span *out_answer) {
    return client_ask(asking->client, &call, asking->arena, &asking->diag, out_answer);
}

static struct lg_err blind(struct asking *asking, const struct identity *identity) {
    struct wire_blind_person person = {.identity = *identity};
    struct wire_blind_request request = {
        .ground = asking->question->ground, .persons = &person, .person_count = 1};
    struct wire_blind_reply reply;
    struct span message;
    struct span answer;
    TRY(wire_blind_request_encode(asking->arena, &request, &message));
    TRY(asking_call(asking,
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
    asking->question->person = (struct person_ref){.kind = PERSON_TOKENS,
                                                   .tokens = reply.persons[0].tokens,
                                                   .token_count = reply.persons[0].token_count};
    return LG_OK;
}

static struct lg_err find(struct asking *asking, struct wire_find_reply *out_reply) {
    struct span message;
    struct span answer;
    struct question *question = asking->question;
    vault_random(question->id.bytes, sizeof question->id.bytes);
    TRY(wire_find_request_encode(asking->arena, question, &message));
    TRY(asking_call(asking,
                    (struct client_call){.channel = asking->gateway,
                                         .path = asking_find_path,
                                         .message = message,
                                         .timeout_ms = FIND_MS},
                    &answer));
    asking->found = answer;
    return wire_find_reply_decode(asking->arena, answer, &asking->report, out_reply);
}

struct lg_err asking_blind_person(struct asking *asking) {
    struct identity identity;
    TRY(asking_open_gateway(asking));
    TRY(connector_open(asking));
    TRY(person_identity_read(asking->identity_path, asking->arena, &asking->diag, &identity));
    return blind(asking, &identity);
}

struct lg_err asking_find_person(struct asking *asking, struct wire_find_reply *out_reply) {
    TRY(asking_blind_person(asking));
    return find(asking, out_reply);
}
