/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/client.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/vault/vault.h"

struct client {
    struct loop *loop;
    struct http2_host *host;
    struct tls_context *tls;
    struct grpc_channel *channels[CLIENT_CHANNELS];
    size_t channel_count;
};

enum { TURN_MS = 10 };

/* One call under way. */
struct asking {
    struct client *client;
    struct diag *diag;
    client_on_message_fn on_message;
    void *ctx;
    struct lg_err err; /* of on_message: the call is given up */
    enum grpc_status status;
    bool is_done;
};

static struct lg_err client_err(enum lg_class klass, unsigned code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

struct lg_err client_open(const struct config_tls *tls, struct diag *diag,
                          struct client **out_client) {
    OWN(client_close) struct client *client = calloc(1, sizeof *client);
    struct vault_report report;
    if (client == NULL) {
        return client_err(LG_CLASS_LIMIT, CLIENT_MEMORY);
    }
    diag_set(diag, 0, "the network cannot be set up");
    TRY(vault_init(&report));
    TRY(loop_new(clock_system(), &client->loop));
    TRY(http2_host_new(client->loop, &client->host));
    struct tls_files files = {
        .certificate = tls->certificate, .key = tls->key, .anchors = tls->anchors, .crl = tls->crl};
    TRY(tls_context_new(TLS_CLIENT, &files, diag, &client->tls));
    *out_client = TAKE(client);
    return LG_OK;
}

struct span client_agency(const struct client *client) {
    return span_text(tls_context_self(client->tls)->agency);
}

/* Connections say goodbye before they go; a peer that does not answer is left after their own limit
 * of time. */
static void connections_end(const struct client *client) {
    const struct http2_counters *counters = http2_host_counters(client->host);
    while (counters->connections + counters->handshakes > 0) {
        loop_turn(client->loop, TURN_MS);
    }
}

void client_close(struct client **client) {
    struct client *open = *client;
    if (open == NULL) {
        return;
    }
    for (size_t i = 0; i < open->channel_count; i++) {
        grpc_channel_free(&open->channels[i]);
    }
    if (open->host != NULL) {
        connections_end(open);
        http2_host_free(&open->host);
    }
    tls_context_free(&open->tls);
    loop_free(&open->loop);
    free(open);
    *client = NULL;
}

struct lg_err client_dial(struct client *client, const struct config_peer *peer, struct diag *diag,
                          struct grpc_channel **out_channel) {
    struct grpc_dial dial = {
        .host = client->host, .tls = client->tls, .dns_name = peer->dns, .uri = peer->uri};
    diag_set(diag, 0, "the address %s cannot be used", peer->address.text);
    if (client->channel_count == CLIENT_CHANNELS) {
        return client_err(LG_CLASS_LIMIT, CLIENT_MEMORY);
    }
    vault_random(&dial.seed, sizeof dial.seed);
    TRY(http2_address_resolve(peer->address.text, &dial.address));
    TRY(grpc_channel_new(&dial, &client->channels[client->channel_count]));
    *out_channel = client->channels[client->channel_count++];
    return LG_OK;
}

static void on_answer(void *ctx, struct grpc_leg *leg, struct span message) {
    struct asking *asking = ctx;
    (void)leg;
    if (!lg_failed(asking->err)) {
        asking->err = asking->on_message(asking->ctx, message);
    }
    if (lg_failed(asking->err)) {
        loop_stop(asking->client->loop);
    }
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct asking *asking = ctx;
    (void)leg;
    asking->status = outcome->status;
    asking->is_done = true;
    if (outcome->status != GRPC_OK) {
        diag_set(asking->diag, 0, "%s: %.*s", grpc_status_name(outcome->status),
                 (int)outcome->message.len, (const char *)outcome->message.ptr);
    }
    loop_stop(asking->client->loop);
}

static struct lg_err call_run(struct asking *asking, const struct client_call *call,
                              enum grpc_kind kind) {
    static const struct grpc_leg_events EVENTS = {.on_message = on_answer, .on_done = on_done};
    struct clock clock = clock_system();
    struct grpc_request request = {.path = call->path,
                                   .kind = kind,
                                   .message = call->message,
                                   .response_max = LIMIT_GRPC_SEND_MAX, /* a page of the log */
                                   .deadline_ms = clock_mono_ms(&clock) + call->timeout_ms};
    struct grpc_leg *leg = NULL;
    diag_set(asking->diag, 0, "the peer cannot be reached");
    TRY(grpc_channel_call(call->channel, &request, &EVENTS, asking, &leg));
    while (!asking->is_done && !lg_failed(asking->err)) {
        loop_run(asking->client->loop);
    }
    if (!asking->is_done) {
        grpc_leg_cancel(&leg);
    }
    TRY(asking->err);
    return asking->status == GRPC_OK
               ? LG_OK
               : client_err(LG_CLASS_PEER, CLIENT_STATUS + (unsigned)asking->status);
}

struct kept_answer {
    struct arena *arena;
    struct span bytes;
};

static struct lg_err answer_keep(void *ctx, struct span message) {
    struct kept_answer *answer = ctx;
    answer->bytes = arena_copy(answer->arena, message);
    return arena_failed(answer->arena);
}

struct lg_err client_ask(struct client *client, const struct client_call *call, struct arena *arena,
                         struct diag *diag, struct span *out_answer) {
    struct kept_answer answer = {.arena = arena};
    struct asking asking = {
        .client = client, .diag = diag, .on_message = answer_keep, .ctx = &answer, .err = LG_OK};
    TRY(call_run(&asking, call, GRPC_UNARY));
    *out_answer = answer.bytes;
    return LG_OK;
}

struct lg_err client_stream(struct client *client, const struct client_call *call,
                            client_on_message_fn on_message, void *ctx, struct diag *diag) {
    struct asking asking = {
        .client = client, .diag = diag, .on_message = on_message, .ctx = ctx, .err = LG_OK};
    return call_run(&asking, call, GRPC_SERVER_STREAM);
}
