/* SPDX-License-Identifier: Apache-2.0 */
/* Between the server and its two services. */
#ifndef TOOLS_CONNECTOR_SERVE_INT_H
#define TOOLS_CONNECTOR_SERVE_INT_H

#include "tools/connector/agent.h"
#include "tools/connector/journal.h"
#include "tools/connector/serve.h"

struct connector_server {
    struct connector_agent *agent;
    struct connector_journal journal;
    struct tls_context *tls;
    struct grpc_server *grpc;
    struct loop_watch signals;
    struct loop_timer refresh;
    char partnership[64];
    uint64_t rejected; /* values that the mapping does not cover, since start */
};

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
