/* SPDX-License-Identifier: Apache-2.0 */
/* A connector at work: configuration, data, keys and the way to the gateway, opened together. */
#ifndef TOOLS_CONNECTOR_AGENT_H
#define TOOLS_CONNECTOR_AGENT_H

#include "gateway/base/clock.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/config/mapping.h"
#include "gateway/edge/edge.h"
#include "gateway/grpc/grpc.h"
#include "gateway/loop/loop.h"
#include "tools/connector/rows.h"

/* What is opened first; `check` and `preview` need no more. */
struct connector_agent {
    struct config_connector *config;
    struct mapping *mapping;
    struct connector_rows *rows;
    struct vault_key *secret; /* kind SECRET: the agency's one secret */
    struct edge_agency keys;
    struct vault_box_public own_public;
    struct clock clock;
    /* Network; NULL until connector_agent_connect. */
    struct edge_pins pins;
    uint32_t epoch; /* of the tokens that are made */
    struct loop *loop;
    struct http2_host *host;
    struct tls_context *tls_client;
    struct grpc_channel *gateway;
    struct tls_context *tls_server; /* of the server, whose connections may outlive it */
};

/* Loads configuration, mapping and data and opens (or makes, at the first start) the secret key.
 * The mapping must be of the configured agency. Errors with a sentence in *diag. */
LG_MUST_USE struct lg_err connector_agent_open(const char *config_path, struct diag *diag,
                                               struct connector_agent **out_agent);
/* Adds loop, pinned keys and the channel to the gateway (which connects when first used). */
LG_MUST_USE struct lg_err connector_agent_connect(struct connector_agent *agent, struct diag *diag);
/* Waits until every connection has said goodbye or run out of its time to do so. */
void connector_agent_close(struct connector_agent **agent);

#endif
