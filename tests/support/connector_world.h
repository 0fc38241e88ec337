/* SPDX-License-Identifier: Apache-2.0 */
/* A connector of `advice` with a small CSV file, the key service in the same process, and a gateway
 * that is made of tape: it relays Evaluate, takes Enrol and Retire and does as the test says. All
 * of it in one loop, over real mutual TLS. */
#ifndef TESTS_SUPPORT_CONNECTOR_WORLD_H
#define TESTS_SUPPORT_CONNECTOR_WORLD_H

#include "gateway/keyd/keyd.h"
#include "tests/support/ca.h"
#include "tools/connector/agent.h"
#include "tools/connector/serve_int.h"

struct connector_world {
    struct support_ca ca;
    char folder[64];
    char config[128];
    struct keyd *keyd;
    struct vault_key *index_key;
    struct connector_agent *agent;
    struct connector_server server;
    struct grpc_server *gateway;
    struct tls_context *gateway_tls;
    struct grpc_method methods[3];
    uint16_t gateway_port;
    /* What the gateway saw, and how it is to behave. */
    uint64_t records; /* of Enrol, all streams */
    uint64_t streams; /* of Enrol that were answered */
    uint64_t retired; /* tags of Retire */
    uint64_t in_stream;
    struct record_tag last_tag;
    uint64_t opt_outs[OPT_OUT_END]; /* records of each state */
    char opt_out_day[12];           /* of the last record; empty: none */
    uint64_t refuse_stream;         /* the n-th stream of Enrol is refused; 0: none */
    uint64_t reject_line;           /* this line is rejected by the gateway; 0: none */
    bool wrong_key;                 /* Evaluate is answered with proofs of another class's key */
};

/* Certificates once for all tests of a program. */
int connector_world_setup(void **state, const char *source_dir);
int connector_world_teardown(void **state);
/* A fresh folder, key service and configuration; `csv` is the agency's file. */
void connector_world_open(struct connector_world *world, const char *csv);
void connector_world_close(struct connector_world *world);
/* Puts a file of this name into the folder, beside the mapping (mapping.yaml) and the agency's file
 * (people.csv). */
void connector_world_put(const struct connector_world *world, const char *name, const char *text);
/* Replaces the agency's file. */
void connector_world_csv(const struct connector_world *world, const char *csv);
/* Opens the agent anew and connects it, with the gateway listening in its loop. */
void connector_world_agent(struct connector_world *world);
void connector_world_agent_close(struct connector_world *world);

#endif
