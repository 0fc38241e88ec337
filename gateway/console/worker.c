/* SPDX-License-Identifier: Apache-2.0 */
/* One worker's listener for browsers, beside the one for partners: the same loop, store reader and
 * line of questions, another service, whose callers have sessions. */
#include <netinet/in.h>
#include <stdlib.h>

#include "gateway/console/console_int.h"
#include "gateway/wire/json.h"

/* Headers that are looked at. Those that decide come first: what does not fit is absent. */
static const char *const KEPT[] = {
    "lockgate-console", "sec-fetch-site", "origin", "cookie",
    "accept-encoding",  "if-none-match",  NULL,
};

static const struct grpc_codec CODEC = {
    .knows = wire_json_knows,
    .read = wire_json_request,
    .write = wire_json_reply,
};

static bool find_session(void *ctx, const struct grpc_call *call,
                         struct identity_session *out_session) {
    struct console_worker *worker = ctx;
    if (!console_visitor_find(worker, call, false)) {
        return false;
    }
    *out_session = worker->visitor.identity;
    return true;
}

static struct lg_err listen_at(struct console_worker *worker, struct grpc_serve *serve) {
    struct console *console = worker->console;
    TRY(http2_address_resolve(console->config->listen.text, &serve->address));
    if (console->port == 0) {
        TRY(http2_address_claim(&serve->address));
    } else if (serve->address.storage.ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)&serve->address.storage)->sin6_port = htons(console->port);
    } else {
        ((struct sockaddr_in *)&serve->address.storage)->sin_port = htons(console->port);
    }
    TRY(grpc_server_new(serve, &worker->server));
    console->port = grpc_server_port(worker->server);
    return LG_OK;
}

static struct lg_err server_open(struct console_worker *worker, struct http2_host *host,
                                 struct diag *diag) {
    struct grpc_serve serve = {
        .host = host,
        .tls = worker->console->tls,
        .is_shared = true,
        .is_open = true,
        .is_named = true,
        .methods = worker->methods,
        .method_count = worker->method_count,
        .metadata = KEPT,
        .codec = &CODEC,
    };
    serve.fields = console_headers(&serve.field_count);
    struct lg_err err = listen_at(worker, &serve);
    if (lg_failed(err)) {
        diag_set(diag, 0,
                 "console.listen: %s cannot be listened on: another program has it, or it is no "
                 "address of this machine",
                 worker->console->config->listen.text);
    }
    return err;
}

struct lg_err console_worker_new(struct console *console, struct http2_host *host,
                                 struct query_worker *query, struct diag *diag,
                                 struct console_worker **out_worker) {
    OWN(console_worker_free) struct console_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_CONSOLE, CONSOLE_MEMORY);
    }
    worker->console = console;
    worker->loop = http2_host_loop(host);
    worker->query = query;
    TRY(service_new(query, &worker->service));
    service_use_sessions(worker->service,
                         (struct service_sessions){.find = find_session, .ctx = worker});
    console_call_rows(worker);
    console_session_rows(worker);
    console_site_row(worker);
    TRY(server_open(worker, host, diag));
    *out_worker = TAKE(worker);
    return LG_OK;
}

/* Codes under way come back to this loop, and do so within LIMIT_CONSOLE_REDEEM_MS. */
void console_worker_free(struct console_worker **worker) {
    enum { WAIT_MS = 10 };
    struct console_worker *it = *worker;
    *worker = NULL;
    if (it == NULL) {
        return;
    }
    grpc_server_free(&it->server);
    while (it->redeems > 0) {
        loop_turn(it->loop, WAIT_MS);
    }
    service_free(&it->service);
    free(it);
}

void console_worker_drain(struct console_worker *worker, int64_t due_ms, void (*on_drained)(void *),
                          void *ctx) {
    grpc_server_drain(worker->server, due_ms, on_drained, ctx);
}

void console_worker_recheck(struct console_worker *worker) {
    grpc_server_recheck(worker->server);
}
