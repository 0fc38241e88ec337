/* SPDX-License-Identifier: Apache-2.0 */
/* Between the server and its two services. */
#ifndef TOOLS_CONNECTOR_SERVE_INT_H
#define TOOLS_CONNECTOR_SERVE_INT_H

#include "tools/connector/agent.h"
#include "tools/connector/journal.h"
#include "tools/connector/serve.h"
#include "tools/record/record.h"

enum { CONNECTOR_METHODS = 3 };

struct connector_server {
    struct connector_agent *agent;
    struct grpc_method methods[CONNECTOR_METHODS];
    struct connector_journal journal;
    struct record_book record;
    uint32_t record_dropped; /* files of it that are gone, as last told */
    struct grpc_server *grpc;
    struct loop_watch signals;
    struct loop_timer refresh;
    struct tls_watch watch_server;
    struct tls_watch watch_client;
    char partnership[64];
};

/* Listens and is healthy. The struct stays where it is until it is closed, also after an error. */
LG_MUST_USE struct lg_err connector_server_open(struct connector_agent *agent, struct diag *diag,
                                                struct connector_server *out_server);
void connector_server_close(struct connector_server *server);

/* Whether the peer may call Source, and whether it may call Edge. */
bool connector_peer_is_gateway(const struct connector_server *server, const struct tls_peer *peer);
bool connector_peer_is_own(const struct connector_server *server, const struct tls_peer *peer);

/* Handlers; ctx is the connector_server. */
void connector_on_fetch(void *ctx, struct grpc_call *call, struct span message);
void connector_on_fetch_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);
void connector_on_acknowledge(void *ctx, struct grpc_call *call, struct span message);
void connector_on_blind(void *ctx, struct grpc_call *call, struct span message);
void connector_on_blind_cancel(void *ctx, struct grpc_call *call, enum grpc_status why);

#endif
