/* SPDX-License-Identifier: Apache-2.0 */
/* The witnesses of the log: a thread and a loop of their own, since it waits for the log's files.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/audit/witnessed.h"
#include "gateway/base/limits_witness.h"
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"
#include "gateway/witness/client.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

struct node_witnesses {
    struct witness_peer peers[LIMIT_WITNESS_COUNT];
    struct loop *loop;
    struct http2_host *host;
    struct witness_client *client;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool has_round; /* under mutex */
    bool tells;     /* workers of what is seen; under mutex */
    struct node *node;
    struct loop_message hurry;
    _Atomic bool is_hurrying;
};

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
}

/* Under the mutex: answers may wait for it. */
static void workers_tell(const struct node_witnesses *it, bool round_over) {
    for (size_t i = 0; it->tells && i < it->node->worker_count; i++) {
        node_worker_witnessed(&it->node->workers[i], round_over);
    }
}

static void on_seen(void *ctx) {
    struct node_witnesses *it = ctx;
    (void)pthread_mutex_lock(&it->mutex);
    workers_tell(it, false);
    (void)pthread_mutex_unlock(&it->mutex);
}

static void on_round(void *ctx) {
    struct node_witnesses *it = ctx;
    (void)pthread_mutex_lock(&it->mutex);
    it->has_round = true;
    (void)pthread_cond_signal(&it->changed);
    workers_tell(it, true);
    (void)pthread_mutex_unlock(&it->mutex);
}

void node_witnesses_tell(struct node *node, bool tells) {
    struct node_witnesses *it = node->witnesses;
    if (it != NULL) {
        (void)pthread_mutex_lock(&it->mutex);
        it->tells = tells && node->quorum.needed > 0;
        (void)pthread_mutex_unlock(&it->mutex);
    }
}

static void *thread_main(void *ctx) {
    struct node_witnesses *it = ctx;
    loop_run(it->loop);
    return NULL;
}

static struct lg_err peers_read(const struct config_gateway *config, struct node_witnesses *it,
                                struct diag *diag) {
    for (uint32_t i = 0; i < config->witness_count; i++) {
        const struct config_log_witness *witness = &config->witnesses[i];
        it->peers[i] = (struct witness_peer){
            .dns = witness->peer.dns, .uri = witness->peer.uri, .vkey = witness->vkey};
        struct lg_err err =
            http2_address_resolve(witness->peer.address.text, &it->peers[i].address);
        if (lg_failed(err)) {
            diag_set(diag, 0, "witnesses: %s is not an address that can be found",
                     witness->peer.address.text);
            return err;
        }
    }
    return LG_OK;
}

static struct lg_err client_start(struct node *node, struct node_witnesses *it, struct diag *diag) {
    TRY(peers_read(node->config, it, diag));
    TRY(loop_new(clock_system(), &it->loop));
    TRY(http2_host_new(it->loop, &it->host));
    const struct witness_watch watch = {
        .log = node->log,
        .host = it->host,
        .tls = node->tls_client,
        .peers = it->peers,
        .peer_count = node->config->witness_count,
        .on_round = on_round,
        .on_seen = on_seen,
        .ctx = it,
    };
    TRY(witness_client_new(&watch, diag, &it->client));
    if (pthread_create(&it->thread, NULL, thread_main, it) != 0) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_SERVICE, NODE_THREAD);
    }
    it->has_thread = true;
    return LG_OK;
}

/* The first round, for at most LIMIT_WITNESS_START_MS: how many cosigned what was found. Who is
 * there and who is not are both known then, or nobody is waited for any more. */
static size_t round_await(struct node_witnesses *it) {
    struct timespec until;
    int waited = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + LIMIT_WITNESS_START_MS % MS_PER_S * (int64_t)NS_PER_MS;
    until.tv_sec += LIMIT_WITNESS_START_MS / MS_PER_S + ns / (MS_PER_S * (int64_t)NS_PER_MS);
    until.tv_nsec = ns % (MS_PER_S * (int64_t)NS_PER_MS);
    (void)pthread_mutex_lock(&it->mutex);
    while (!it->has_round && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&it->changed, &it->mutex, &until);
    }
    (void)pthread_mutex_unlock(&it->mutex);
    return witness_client_seen(it->client);
}

/* A log that was put back from an older copy together with its high-water file looks whole from
 * inside. Who starts it without the word of a witness is told what nobody has checked. */
static void word_tell(uint32_t asked, size_t seen) {
    log_line(seen > 0 || asked == 0 ? LOG_INFO : LOG_WARN, "node.witnesses",
             "asked=%u cosigned=%zu%s", asked, seen,
             seen > 0 ? "" : " unchecked=whether-an-older-copy-of-the-log-was-put-back");
}

static bool locks_init(struct node_witnesses *it) {
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0) {
        return false;
    }
    /* None of these can fail on Linux but for memory, which they do not take. */
    bool good = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
                pthread_mutex_init(&it->mutex, NULL) == 0 &&
                pthread_cond_init(&it->changed, &monotonic) == 0;
    (void)pthread_condattr_destroy(&monotonic);
    return good;
}

struct lg_err node_witnesses_start(struct node *node, struct diag *diag) {
    if (node->config->witness_count == 0) {
        word_tell(0, 0);
        return LG_OK;
    }
    node->witnesses = calloc(1, sizeof *node->witnesses);
    if (node->witnesses == NULL || !locks_init(node->witnesses)) {
        free(node->witnesses);
        node->witnesses = NULL;
        return no_memory();
    }
    node->witnesses->node = node;
    TRY(client_start(node, node->witnesses, diag));
    size_t seen = round_await(node->witnesses);
    if (!audit_log_is_frozen(node->log)) {
        word_tell(node->config->witness_count, seen);
        return LG_OK;
    }
    diag_set(
        diag, 0,
        "a witness knows more of the audit log than is here, or another history: it is frozen, and "
        "nothing was added to it. Put the newest copy of the log's folder back.");
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_FROZEN);
}

static void on_hurry(void *ctx) {
    struct node_witnesses *it = ctx;
    atomic_store(&it->is_hurrying, false);
    witness_client_hurry(it->client);
}

void node_witnesses_hurry(struct node *node) {
    struct node_witnesses *it = node->witnesses;
    if (it != NULL && !atomic_exchange(&it->is_hurrying, true)) {
        loop_post(it->loop, &it->hurry, on_hurry, it);
    }
}

void node_witnesses_stop(struct node *node) {
    struct node_witnesses *it = node->witnesses;
    if (it == NULL) {
        return;
    }
    if (it->has_thread) {
        loop_stop(it->loop);
        pthread_join(it->thread, NULL);
    }
    witness_client_free(&it->client);
    http2_host_free(&it->host);
    loop_free(&it->loop);
    (void)pthread_cond_destroy(&it->changed);
    (void)pthread_mutex_destroy(&it->mutex);
    free(it);
    node->witnesses = NULL;
}
