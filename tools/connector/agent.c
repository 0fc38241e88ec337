/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lg_err mapping_open(struct connector_agent *agent, struct diag *diag) {
    TRY(mapping_load(agent->config->mapping, diag, &agent->mapping));
    if (strcmp(agent->mapping->connector, agent->config->agency) != 0) {
        diag_set(diag, 0, "the mapping is of \"%s\", the configuration of \"%s\"",
                 agent->mapping->connector, agent->config->agency);
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONNECTOR_SOURCE);
    }
    return connector_rows_open(agent->mapping, diag, &agent->rows);
}

static struct lg_err keys_open(struct connector_agent *agent, struct diag *diag) {
    struct vault_report report;
    TRY(vault_init(&report));
    struct vault_file file = {.path = agent->config->secret_key};
    TRY(vault_key_load_or_create(&file, VAULT_KIND_SECRET, diag, &agent->secret));
    TRY(edge_agency_open(agent->secret, &agent->keys));
    agent->own_public = vault_box_public(agent->keys.box);
    return LG_OK;
}

struct lg_err connector_agent_open(const char *config_path, struct diag *diag,
                                   struct connector_agent **out_agent) {
    OWN(connector_agent_close) struct connector_agent *agent = calloc(1, sizeof *agent);
    if (agent == NULL) {
        diag_set(diag, 0, "no memory");
        return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CONNECTOR_MEMORY);
    }
    agent->clock = clock_system();
    TRY(config_connector_load(config_path, diag, &agent->config));
    TRY(keys_open(agent, diag));
    TRY(mapping_open(agent, diag));
    *out_agent = TAKE(agent);
    return LG_OK;
}

static struct lg_err pins_open(struct connector_agent *agent, struct diag *diag) {
    char text[EDGE_PINS_TEXT_SIZE];
    FILE *file = fopen(agent->config->pinned_keys, "re");
    if (file == NULL) {
        diag_set(diag, 0, "%s: %s", agent->config->pinned_keys, strerror(errno));
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONNECTOR_KEYS);
    }
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    TRY(edge_pins_read(span_of(text, len), diag, &agent->pins));
    agent->epoch = edge_pins_epoch(&agent->pins);
    if (!agent->pins.has_index || agent->epoch == 0) {
        diag_set(diag, 0, "%s: the index's key, or a class of token keys, is missing",
                 agent->config->pinned_keys);
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONNECTOR_KEYS);
    }
    return LG_OK;
}

static struct lg_err channel_open(struct connector_agent *agent, struct diag *diag) {
    const struct config_tls *tls = &agent->config->tls_client;
    const struct config_peer *gateway = &agent->config->gateway;
    struct tls_files files = {
        .certificate = tls->certificate, .key = tls->key, .anchors = tls->anchors, .crl = tls->crl};
    TRY(tls_context_new(TLS_CLIENT, &files, diag, &agent->tls_client));
    struct grpc_dial dial = {.host = agent->host,
                             .tls = agent->tls_client,
                             .dns_name = gateway->dns,
                             .uri = gateway->uri};
    vault_random(&dial.seed, sizeof dial.seed);
    struct lg_err err = http2_address_resolve(gateway->address.text, &dial.address);
    if (lg_failed(err)) {
        diag_set(diag, 0, "the gateway's address %s cannot be used", gateway->address.text);
        return err;
    }
    return grpc_channel_new(&dial, &agent->gateway);
}

struct lg_err connector_agent_connect(struct connector_agent *agent, struct diag *diag) {
    diag_set(diag, 0, "the network cannot be set up");
    TRY(pins_open(agent, diag));
    TRY(loop_new(agent->clock, &agent->loop));
    TRY(http2_host_new(agent->loop, &agent->host));
    return channel_open(agent, diag);
}

/* Connections say goodbye before they go; a peer that does not answer is left after their own limit
 * of time. */
static void connections_end(const struct connector_agent *agent) {
    enum { TURN_MS = 10 };
    const struct http2_counters *counters = http2_host_counters(agent->host);
    while (counters->connections + counters->handshakes > 0) {
        loop_turn(agent->loop, TURN_MS);
    }
}

void connector_agent_close(struct connector_agent **agent) {
    struct connector_agent *open = *agent;
    if (open == NULL) {
        return;
    }
    if (open->gateway != NULL) {
        grpc_channel_free(&open->gateway);
    }
    if (open->host != NULL) {
        connections_end(open);
        http2_host_free(&open->host);
    }
    tls_context_free(&open->tls_client);
    tls_context_free(&open->tls_server);
    loop_free(&open->loop);
    connector_rows_close(&open->rows);
    mapping_free(&open->mapping);
    edge_agency_close(&open->keys);
    vault_key_free(&open->secret);
    config_connector_free(&open->config);
    free(open);
    *agent = NULL;
}
