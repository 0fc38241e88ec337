/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_NODE_NODE_INT_H
#define GATEWAY_NODE_NODE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/node/node.h"
#include "gateway/query/query.h"
#include "gateway/service/service.h"

/* Agreements in force, compiled. */
struct node_agreements {
    struct policy_force *force;
    struct policy **policies;
    size_t count;
};

/* The partnership's table of wards; spans point into text. */
struct node_wards {
    struct minimise_ward *wards;
    size_t count;
    uint8_t *text;
};

/* Reads `FRONT,WARD` lines: FRONT is an outward code in upper case, or with the sector's digit.
 * path NULL: no table. CONFIG NODE_WARDS with the line. */
LG_MUST_USE struct lg_err node_wards_load(const char *path, struct diag *diag,
                                          struct node_wards *out_wards);
void node_wards_free(struct node_wards *wards);
/* A whole file of at most size_max bytes; the caller frees *out_text. CONFIG NODE_AGREEMENT. */
LG_MUST_USE struct lg_err node_file_read(const char *path, size_t size_max, struct diag *diag,
                                         uint8_t **out_text, size_t *out_len);

/* Reads each file, compares its hash, compiles it with the floor, and checks that every rule and
 * party that it names exists here. */
LG_MUST_USE struct lg_err node_agreements_load(const struct config_gateway *config,
                                               const struct config_partnership *registry,
                                               struct diag *diag, struct node_agreements *out);
void node_agreements_free(struct node_agreements *agreements);

struct node_worker {
    struct node *node;
    pthread_t thread;
    bool has_thread;
    struct loop *loop;
    struct http2_host *host;
    struct store_reader *reader;
    struct query_worker query;
    struct service *service;
    struct grpc_server *server;
    struct loop_message refresh;
    _Atomic bool is_refreshing;
    struct loop_message drain;
    int64_t drain_ms;
};

struct node {
    struct config_gateway *config;
    struct config_partnership *registry;
    struct tls_context *tls_server;
    struct tls_context *tls_client;
    struct tls_watch watch_server;
    struct tls_watch watch_client;
    struct node_agreements agreements;
    struct node_wards wards;
    struct vault_key *root;
    struct vault_key *index_key;
    struct vault_key *log_key;
    struct vault_key *mark_key;
    struct store *store;
    struct locate *locate;
    struct consent_counters *counters;
    struct audit_log *log;
    struct query_register *reg;
    struct loop_pool *pool;
    struct loop_pool *bulk;
    struct query_gateway gateway;
    struct node_worker *workers;
    size_t worker_count;
    uint16_t port;
    uint32_t prepared_quarter;
};

LG_MUST_USE struct lg_err node_worker_start(struct node_worker *worker, struct node *node,
                                            struct diag *diag);
/* Posts to the worker's thread. */
void node_worker_refresh(struct node_worker *worker);
void node_worker_drain(struct node_worker *worker, int64_t drain_ms);
/* Waits for the thread's end and frees. */
void node_worker_stop(struct node_worker *worker);

#endif
