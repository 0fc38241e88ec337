/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a command that asks one thing after the other. */
#ifndef TOOLS_LOCKGATE_CLIENT_H
#define TOOLS_LOCKGATE_CLIENT_H

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/config/config.h"
#include "gateway/grpc/grpc.h"

enum client_code {
    CLIENT_MEMORY = 200, /* LIMIT */
    CLIENT_STATUS = 256, /* PEER: this and the status with which the call ended; the diag tells */
};

struct client;

/* Loop and certificates. `tls` as a configuration names them. Errors with a sentence in *diag. */
LG_MUST_USE struct lg_err client_open(const struct config_tls *tls, struct diag *diag,
                                      struct client **out_client);
/* The agency that our own certificate names. */
struct span client_agency(const struct client *client);
/* Frees its channels too. */
void client_close(struct client **client);

/* A way to one peer; belongs to the client, of which each may have CLIENT_CHANNELS. */
enum { CLIENT_CHANNELS = 16 };
LG_MUST_USE struct lg_err client_dial(struct client *client, const struct config_peer *peer,
                                      struct diag *diag, struct grpc_channel **out_channel);

struct client_call {
    struct grpc_channel *channel;
    const char *path;
    struct span message;
    int64_t timeout_ms;
};

/* A unary call; waits for the answer, which is copied to the arena. PEER CLIENT_STATUS and the
 * status, with its name and sentence in *diag. */
LG_MUST_USE struct lg_err client_ask(struct client *client, const struct client_call *call,
                                     struct arena *arena, struct diag *diag,
                                     struct span *out_answer);

/* A call that is answered by a stream: each message as it comes, valid for the callback, whose
 * error gives the call up and is returned. No more is fetched than is taken. As client_ask
 * otherwise. */
typedef struct lg_err (*client_on_message_fn)(void *ctx, struct span message);
LG_MUST_USE struct lg_err client_stream(struct client *client, const struct client_call *call,
                                        client_on_message_fn on_message, void *ctx,
                                        struct diag *diag);

#endif
