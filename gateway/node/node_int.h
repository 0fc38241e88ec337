/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_NODE_NODE_INT_H
#define GATEWAY_NODE_NODE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/agreement/book.h"
#include "gateway/console/console.h"
#include "gateway/index/index.h"
#include "gateway/node/node.h"
#include "gateway/query/query.h"
#include "gateway/service/service.h"

struct node;
struct node_signals;
struct node_witnesses;

/* Agreements: every version that this gateway ever had, and what is in force. */
struct node_agreements {
    char folder[4096];
    struct span floor;                /* this struct's own */
    struct policy_register *statutes; /* this struct's own; NULL: none */
    struct agreement_live *live;
    struct agreement_book *book;
    /* Workers are told of changes between the two: an act may still be in the log's hands when they
     * have gone. */
    pthread_mutex_t mutex;
    bool has_mutex;
    bool tells;
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

/* agreements.c. A file whose hash the configuration lists; the caller frees *out_text. */
LG_MUST_USE struct lg_err node_pinned_read(const struct config_pinned_file *file, struct diag *diag,
                                           uint8_t **out_text, size_t *out_len);
LG_MUST_USE struct lg_err node_floor_load(struct node *node, struct diag *diag);
/* The statute register that the configuration names, if it does. */
LG_MUST_USE struct lg_err node_register_load(struct node *node, struct diag *diag);
/* ctx: the node. INPUT AGREEMENT_TEXT where a rule or party that the text names does not exist
 * here. */
LG_MUST_USE struct lg_err node_agreement_fits(void *ctx, const struct policy *policy,
                                              struct diag *diag);
/* The book, from what the store has; before the log is opened. `folder` exists. */
LG_MUST_USE struct lg_err node_agreements_open(struct node *node, const char *folder,
                                               struct diag *diag);
/* An audit_apply_fn; ctx is the node. */
LG_MUST_USE struct lg_err node_apply(void *ctx, const struct audit_change *changes, size_t count);
/* Whether workers are told when something comes into force or is stopped. */
void node_agreements_tell(struct node *node, bool tells);
void node_agreements_free(struct node_agreements *agreements);
/* leaving.c: some of what is to go; called every few seconds. */
void node_leavers_delete(struct node *node);
/* founding.c: whether the agreements of the configuration could found, and then founds what is not
 * in the state yet. CONFIG NODE_AGREEMENT with file and reason. */
LG_MUST_USE struct lg_err node_agreements_check(struct node *node, struct diag *diag);
LG_MUST_USE struct lg_err node_agreements_found(struct node *node, struct diag *diag);

/* overdue.c: hands on reviews, duties and incidents whose time has passed, on a thread of its own.
 * Needs log, index and gateway, and ends before them. After an error stop frees what was begun.
 * STORE; LIMIT.
 */
LG_MUST_USE struct lg_err node_overdue_start(struct node *node);
void node_overdue_stop(struct node *node);

/* signals.c: the rules of misuse follow the index, whose thread does not run yet, and is ended by
 * stop. Needs log, index and gateway, and ends before them. After an error stop frees what was
 * begun. STORE; LIMIT. */
LG_MUST_USE struct lg_err node_signals_start(struct node *node);
void node_signals_stop(struct node *node);

/* witnesses.c: asks those that the configuration names about the log as it was found, before
 * anything is added to it, and then goes on asking. Who does not answer is not waited for; where
 * none does, that is told, and the start goes on. STORE AUDIT_FROZEN where one of them knows
 * better; CONFIG, LIMIT, INTERNAL. */
LG_MUST_USE struct lg_err node_witnesses_start(struct node *node, struct diag *diag);
/* The next round begins at once. Any thread. */
void node_witnesses_hurry(struct node *node);
/* Whether workers are told what the witnesses have seen. */
void node_witnesses_tell(struct node *node, bool tells);
/* quorum.c: for which agreements answers wait for witnesses; once it is known which there are.
 * CONFIG NODE_AGREEMENT with the id that none has. */
LG_MUST_USE struct lg_err node_quorum_open(struct node *node, struct diag *diag);
void node_witnesses_stop(struct node *node);

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
    struct console_worker *console; /* NULL: no browsers */
    uint32_t listeners;             /* that are not drained yet */
    struct loop_message refresh;
    _Atomic bool is_refreshing;
    struct loop_message agreements;
    _Atomic bool is_told;
    struct loop_message witnessed;
    _Atomic bool is_witness_told;
    _Atomic bool is_round_over;
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
    struct store_reader *reader; /* of the main thread */
    struct locate *locate;
    struct consent_counters *counters;
    struct audit_log *log;
    struct index_log *index;
    struct span *agencies;            /* of the partnership, for the index */
    struct node_witnesses *witnesses; /* NULL: none */
    struct console *console;          /* NULL: none */
    struct node_signals *signals;     /* NULL: none */
    struct node_overdue *overdue;
    struct query_register *reg;
    struct query_openings *openings;
    struct query_quorum quorum;
    struct span *quorum_agreements; /* point into config */
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
void node_worker_agreements(struct node_worker *worker);
void node_worker_witnessed(struct node_worker *worker, bool round_over);
void node_worker_drain(struct node_worker *worker, int64_t drain_ms);
/* Waits for the thread's end and frees. */
void node_worker_stop(struct node_worker *worker);

#endif
