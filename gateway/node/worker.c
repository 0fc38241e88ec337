/* SPDX-License-Identifier: Apache-2.0 */
/* One worker: a thread with its own loop, listener, connections to agencies and store reader. */
#include <netinet/in.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"
#include "gateway/wire/json.h"

static void *worker_main(void *ctx) {
    struct node_worker *worker = ctx;
    loop_run(worker->loop);
    return NULL;
}

static void address_set_port(struct http2_address *address, uint16_t port) {
    if (address->storage.ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
    } else {
        ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
    }
}

/* Connect's other form of the messages. */
static const struct grpc_codec CODEC = {
    .knows = wire_json_knows,
    .read = wire_json_request,
    .write = wire_json_reply,
};

static struct lg_err server_open(struct node_worker *worker, struct diag *diag) {
    struct node *node = worker->node;
    struct grpc_serve serve = {
        .host = worker->host,
        .tls = node->tls_server,
        .codec = &CODEC,
        .is_shared = true,
        .is_named = true,
        .own_max_ms = LIMIT_NODE_OWN_MS,
        .on_peer = service_knows_peer,
        .ctx = worker->service,
    };
    serve.methods = service_methods(worker->service, &serve.method_count);
    TRY(http2_address_resolve(node->config->listen.text, &serve.address));
    struct lg_err err = LG_OK;
    if (node->port != 0) { /* the other workers take the port that the first one got */
        address_set_port(&serve.address, node->port);
    } else { /* another gateway of this user would get half of our connections */
        err = http2_address_claim(&serve.address);
    }
    if (!lg_failed(err)) {
        err = grpc_server_new(&serve, &worker->server);
    }
    if (lg_failed(err)) {
        diag_set(diag, 0,
                 "listen: %s cannot be listened on: another program has it, or it is no address of "
                 "this machine",
                 node->config->listen.text);
        return err;
    }
    node->port = grpc_server_port(worker->server);
    grpc_server_set_serving(worker->server, "", true);
    return LG_OK;
}

static struct lg_err worker_open(struct node_worker *worker, struct diag *diag) {
    struct node *node = worker->node;
    TRY(loop_new(clock_system(), &worker->loop));
    TRY(http2_host_new(worker->loop, &worker->host));
    TRY(store_reader_open(node->store, &worker->reader));
    worker->query = (struct query_worker){
        .gateway = &node->gateway,
        .loop = worker->loop,
        .reader = worker->reader,
        .agreements = agreement_view_of(node->agreements.live),
    };
    TRY(arena_shelf_new(LIMIT_QUERY_SHELF, &worker->query.shelf));
    TRY(query_askers_new(&node->gateway, &worker->query.askers));
    const struct source_pool_config sources = {
        .host = worker->host,
        .tls = node->tls_client,
        .registry = node->registry,
        .loop = worker->loop,
    };
    TRY(source_pool_new(&sources, &worker->query.sources));
    TRY(query_keys_new(worker->host, node->tls_client, &node->config->key_service,
                       &worker->query.keys));
    TRY(service_new(&worker->query, &worker->service));
    TRY(server_open(worker, diag));
    return node->console == NULL ? LG_OK
                                 : console_worker_new(node->console, worker->host, &worker->query,
                                                      diag, &worker->console);
}

struct lg_err node_worker_start(struct node_worker *worker, struct node *node, struct diag *diag) {
    worker->node = node;
    TRY(worker_open(worker, diag));
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_SERVICE, NODE_THREAD);
    }
    worker->has_thread = true;
    return LG_OK;
}

static void on_refresh(void *ctx) {
    struct node_worker *worker = ctx;
    atomic_store(&worker->is_refreshing, false);
    grpc_server_recheck(worker->server);
    if (worker->console != NULL) {
        console_worker_recheck(worker->console);
    }
    source_pool_recheck(worker->query.sources);
    query_keys_recheck(worker->query.keys);
}

void node_worker_refresh(struct node_worker *worker) {
    if (!atomic_exchange(&worker->is_refreshing, true)) {
        loop_post(worker->loop, &worker->refresh, on_refresh, worker);
    }
}

static void on_agreements(void *ctx) {
    struct node_worker *worker = ctx;
    atomic_store(&worker->is_told, false);
    query_agreements_changed(&worker->query);
}

void node_worker_agreements(struct node_worker *worker) {
    if (!atomic_exchange(&worker->is_told, true)) {
        loop_post(worker->loop, &worker->agreements, on_agreements, worker);
    }
}

static void on_witnessed(void *ctx) {
    struct node_worker *worker = ctx;
    atomic_store(&worker->is_witness_told, false);
    query_witnesses_told(&worker->query, atomic_exchange(&worker->is_round_over, false));
}

void node_worker_witnessed(struct node_worker *worker, bool round_over) {
    if (round_over) {
        atomic_store(&worker->is_round_over, true);
    }
    if (!atomic_exchange(&worker->is_witness_told, true)) {
        loop_post(worker->loop, &worker->witnessed, on_witnessed, worker);
    }
}

static void on_drained(void *ctx) {
    struct node_worker *worker = ctx;
    worker->listeners--;
    if (worker->listeners == 0) {
        loop_stop(worker->loop);
    }
}

static void on_drain(void *ctx) {
    struct node_worker *worker = ctx;
    int64_t due_ms = loop_now_ms(worker->loop) + worker->drain_ms;
    worker->listeners = worker->console == NULL ? 1 : 2;
    grpc_server_drain(worker->server, due_ms, on_drained, worker);
    if (worker->console != NULL) {
        console_worker_drain(worker->console, due_ms, on_drained, worker);
    }
}

void node_worker_drain(struct node_worker *worker, int64_t drain_ms) {
    worker->drain_ms = drain_ms;
    if (worker->has_thread) {
        loop_post(worker->loop, &worker->drain, on_drain, worker);
    }
}

/* The loop still turns a few times, so that what the server's end cancelled writes its last
 * entries. */
static void leftovers_run(struct node_worker *worker) {
    for (int i = 0; i < 100 && http2_host_counters(worker->host)->works > 0; i++) {
        loop_turn(worker->loop, 10);
    }
}

void node_worker_stop(struct node_worker *worker) {
    if (worker->has_thread) {
        pthread_join(worker->thread, NULL);
    }
    if (worker->server != NULL) {
        leftovers_run(worker);
        grpc_server_free(&worker->server);
        console_worker_free(&worker->console);
        leftovers_run(worker);
    }
    source_pool_free(&worker->query.sources);
    query_keys_free(&worker->query.keys);
    service_free(&worker->service);
    store_reader_free(&worker->reader);
    http2_host_free(&worker->host);
    query_askers_free(&worker->query.askers);
    arena_shelf_free(&worker->query.shelf);
    agreement_view_done(&worker->query.agreements);
    loop_free(&worker->loop);
}
