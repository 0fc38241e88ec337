/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/wire/json.h"
#include "tools/connector/serve_int.h"

/* ---- who may call --------------------------------------------------------------------------- */

bool connector_peer_is_gateway(const struct connector_server *server, const struct tls_peer *peer) {
    return strcmp(peer->uri, server->agent->config->gateway.uri) == 0;
}

bool connector_peer_is_own(const struct connector_server *server, const struct tls_peer *peer) {
    return server->agent->config->local_blinding &&
           strcmp(peer->partnership, server->partnership) == 0 &&
           strcmp(peer->agency, server->agent->config->agency) == 0;
}

static bool on_peer(void *ctx, const struct tls_peer *peer) {
    const struct connector_server *server = ctx;
    return connector_peer_is_gateway(server, peer) || connector_peer_is_own(server, peer);
}

/* The part of lockgate://PARTNERSHIP/AGENCY/SYSTEM after the scheme. */
static void partnership_take(struct connector_server *server) {
    struct span uri = span_text(server->agent->config->gateway.uri);
    struct span rest = span_slice(uri, strlen("lockgate://"), uri.len);
    (void)snprintf(server->partnership, sizeof server->partnership, "%.*s",
                   (int)span_index(rest, '/'), (const char *)rest.ptr);
}

/* ---- size and time --------------------------------------------------------------------------- */

size_t connector_size_class(size_t len) {
    static const size_t CLASSES[] = {4096, 16384, LIMIT_SOURCE_ANSWER};
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        /* Padding needs a little room of its own. */
        if (len + 8 <= CLASSES[i]) {
            return CLASSES[i];
        }
    }
    return 0;
}

int64_t connector_slot_ms(int64_t began_ms, int64_t ended_ms) {
    int64_t slots = (ended_ms - began_ms) / LIMIT_CONNECTOR_SLOT_MS + 1;
    return began_ms + slots * LIMIT_CONNECTOR_SLOT_MS;
}

/* ---- running --------------------------------------------------------------------------------- */

static void on_signal(void *ctx, unsigned events) {
    struct connector_server *server = ctx;
    struct signalfd_siginfo info;
    (void)events;
    if (read(server->signals.fd, &info, sizeof info) == (ssize_t)sizeof info) {
        log_line(LOG_INFO, "connector.stop", "signal=%u", info.ssi_signo);
        loop_stop(server->agent->loop);
    }
}

static struct lg_err signals_watch(struct connector_server *server) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_TOOLS, CONNECTOR_NETWORK);
    }
    return loop_watch_start(server->agent->loop, &server->signals, fd, LOOP_READ, on_signal,
                            server);
}

/* Certificates and lists are taken in anew without a restart. */
static void on_refresh(void *ctx) {
    struct connector_server *server = ctx;
    (void)tls_watch_look(&server->watch_server, server->agent->tls_server, "server");
    (void)tls_watch_look(&server->watch_client, server->agent->tls_client, "client");
    /* Also where no file changed: a peer's certificate, or a list, may have come to its end. */
    grpc_server_recheck(server->grpc);
    grpc_channel_recheck(server->agent->gateway);
    lg_err_ignore(loop_timer_start(server->agent->loop, &server->refresh,
                                   loop_now_ms(server->agent->loop) + LIMIT_TLS_REFRESH_MS,
                                   on_refresh, server),
                  "the files are looked at again at the next start");
}

/* Connect's other form of the messages. */
static const struct grpc_codec CODEC = {
    .knows = wire_json_knows,
    .read = wire_json_request,
    .write = wire_json_reply,
};

static struct lg_err listen_open(struct connector_server *server, struct diag *diag) {
    const struct config_connector *config = server->agent->config;
    struct tls_files files = {.certificate = config->tls_server.certificate,
                              .key = config->tls_server.key,
                              .anchors = config->tls_server.anchors,
                              .crl = config->tls_server.crl};
    TRY(tls_context_new(TLS_SERVER, &files, diag, &server->agent->tls_server));
    struct grpc_serve serve = {.host = server->agent->host,
                               .tls = server->agent->tls_server,
                               .methods = server->methods,
                               .method_count = CONNECTOR_METHODS,
                               .codec = &CODEC,
                               .is_named = true,
                               .on_peer = on_peer,
                               .ctx = server};
    diag_set(diag, 0, "cannot listen on %s", config->listen.text);
    TRY(http2_address_resolve(config->listen.text, &serve.address));
    return grpc_server_new(&serve, &server->grpc);
}

/* STATE/record: what `lockgate audit reconcile` compares with the log. */
static struct lg_err record_open(struct connector_server *server, struct diag *diag) {
    char folder[4096];
    int len = snprintf(folder, sizeof folder, "%s/record", server->agent->config->state);
    if (len < 0 || (size_t)len >= sizeof folder) {
        diag_set(diag, 0, "`state` is too long");
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, RECORD_IO);
    }
    TRY(record_book_open(folder, &(struct record_sizes){.file_max = 0},
                         clock_wall_ms(&server->agent->clock), diag, &server->record));
    if (server->record.lost > 0) {
        log_line(LOG_ERROR, "connector.record.damaged", "bytes=%u next=%u", server->record.lost,
                 server->record.number);
    }
    return LG_OK;
}

struct lg_err connector_server_open(struct connector_agent *agent, struct diag *diag,
                                    struct connector_server *out_server) {
    *out_server = (struct connector_server){.agent = agent,
                                            .journal = {.fd = -1},
                                            .record = {.fd = -1, .mark_fd = -1, .lock_fd = -1},
                                            .signals = {.fd = -1}};
    const struct grpc_method methods[] = {{.path = "/lockgate.v1.Source/Fetch",
                                           .kind = GRPC_UNARY,
                                           .ctx = out_server,
                                           .on_request = connector_on_fetch,
                                           .on_cancel = connector_on_fetch_cancel},
                                          {.path = "/lockgate.v1.Source/Acknowledge",
                                           .kind = GRPC_UNARY,
                                           .ctx = out_server,
                                           .on_request = connector_on_acknowledge},
                                          {.path = "/lockgate.v1.Edge/Blind",
                                           .kind = GRPC_UNARY,
                                           .ctx = out_server,
                                           .on_request = connector_on_blind,
                                           .on_cancel = connector_on_blind_cancel}};
    memcpy(out_server->methods, methods, sizeof methods);
    partnership_take(out_server);
    TRY(connector_journal_open(agent->config->state, diag, &out_server->journal));
    TRY(record_open(out_server, diag));
    TRY(listen_open(out_server, diag));
    on_refresh(out_server);
    grpc_server_set_serving(out_server->grpc, "", true);
    return LG_OK;
}

void connector_server_close(struct connector_server *server) {
    struct loop *loop = server->agent->loop;
    if (server->grpc != NULL) {
        grpc_server_free(&server->grpc);
    }
    loop_timer_stop(loop, &server->refresh);
    if (server->signals.active) {
        loop_watch_stop(loop, &server->signals);
        (void)close(server->signals.fd);
    }
    connector_journal_close(&server->journal);
    record_book_close(&server->record);
}

struct lg_err connector_serve(struct connector_agent *agent, struct diag *diag) {
    struct connector_server server;
    struct lg_err err = connector_server_open(agent, diag, &server);
    if (!lg_failed(err)) {
        err = signals_watch(&server);
    }
    if (!lg_failed(err)) {
        log_line(LOG_INFO, "connector.ready", "agency=%s port=%u", agent->config->agency,
                 grpc_server_port(server.grpc));
        loop_run(agent->loop);
    }
    connector_server_close(&server);
    return err;
}
