/* SPDX-License-Identifier: Apache-2.0 */
/* What commands about a person share: the configuration, the ways to gateway and connector, and the
 * look-up of a person by identity. */
#ifndef TOOLS_LOCKGATE_ASKING_H
#define TOOLS_LOCKGATE_ASKING_H

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/config/client.h"
#include "gateway/wire/subjects.h"
#include "tools/lockgate/client.h"

/* One command under way: zeroed but for the first three, which are borrowed; ended by asking_done.
 */
struct asking {
    const char *config_path;
    const char *identity_path; /* NULL: no person is looked up */
    struct question *question; /* its ground is given; id and person are filled in here */
    struct config_client *config;
    struct client *client;
    struct grpc_channel *gateway;
    struct grpc_channel *connector; /* NULL unless a person is looked up */
    struct span found;              /* the reply to the look-up, as it came */
    struct arena *arena;
    struct diag diag;
    struct wire_report report;
};

/* The method of the look-up. */
extern const char asking_find_path[];

/* Frees everything; a half-opened one too. */
void asking_done(struct asking *asking);
/* Tells on stderr what did not happen and why; the exit code. */
int asking_failed(const struct asking *asking, const char *what, struct lg_err err);

/* What a command does once its options are read. */
struct person_options;
struct asking_verb {
    const char *failed; /* what did not happen where it fails: a sentence */
    struct lg_err (*ask)(void *ctx);
    const struct verdict *verdict; /* of what ask got; NULL: there is none */
    void (*print)(const void *ctx);
};
/* Asks, and prints but for --json; tells of an error; ends the asking. The exit code. */
int asking_run(struct asking *asking, struct person_options *options,
               const struct asking_verb *verb, void *ctx);

/* The way to the gateway alone. CONFIG, PEER, LIMIT with the diag. */
LG_MUST_USE struct lg_err asking_open_gateway(struct asking *asking);
/* Opens both ways, has the identity blinded by the connector and finds the person. */
LG_MUST_USE struct lg_err asking_find_person(struct asking *asking,
                                             struct wire_find_reply *out_reply);
/* Opens both ways and has the identity blinded: its tokens stand in the question's person. */
LG_MUST_USE struct lg_err asking_blind_person(struct asking *asking);
/* A unary call; the answer in the arena. */
LG_MUST_USE struct lg_err asking_call(struct asking *asking, struct client_call call,
                                      struct span *out_answer);

#endif
