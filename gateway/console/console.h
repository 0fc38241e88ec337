/* SPDX-License-Identifier: Apache-2.0 */
/* The console: where browsers are served (design/console.md 1). A listener of its own with its own
 * TLS context, behind which stand the files of the web part, the sign-in, and those calls of the
 * services that people may make, by the same handlers as for everybody.
 *
 *   GET  files of the manifest           pages only with a session
 *   GET  /sign-in/start, /sign-in/return there and back (OpenID Connect)
 *   GET  /signed-in/N                    goes on to page N
 *   GET  /pins                           public keys for looking up blindly; with a session
 *   POST /sign-out                       from the console's own pages
 *   POST /sign-out/back-channel          from the provider
 *   POST /lockgate.v1.SERVICE/METHOD     Connect; of calls.c's table, with a session
 *
 * Anything else is 404. No path of a request reaches the file system. */
#ifndef GATEWAY_CONSOLE_CONSOLE_H
#define GATEWAY_CONSOLE_CONSOLE_H

#include <stdint.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/grpc/grpc.h"
#include "gateway/query/query.h"

enum console_code {
    CONSOLE_MEMORY = 1,
    CONSOLE_ASSETS, /* CONFIG: the manifest or a file of it is not what it should be */
    CONSOLE_SYSTEM, /* CONFIG: no such console of the host, or a role that it may not vouch for */
};

/* What all workers share. */
struct console;
/* One a worker. */
struct console_worker;

/* Reads certificate, files, keys and secret. config and registry are kept. Before threads begin.
 * CONFIG with diag; LIMIT. */
LG_MUST_USE struct lg_err console_new(const struct config_console *config,
                                      const struct config_partnership *registry, struct diag *diag,
                                      struct console **out_console);
/* What the pages say of this installation (design/README.md, rule 9). Before its workers. */
void console_describe(struct console *console, bool has_one_operator);
/* Begins its threads; before its workers. LIMIT, INTERNAL. */
LG_MUST_USE struct lg_err console_start(struct console *console);
/* After all its workers. */
void console_free(struct console **console);
/* Re-reads the certificate where it changed, and tells the log. Main thread. */
void console_refresh(struct console *console);

/* Begins to listen; `query` and `host` are kept and those of the worker's loop. The first worker
 * finds the port that the others take. CONFIG with diag; LIMIT; INTERNAL. */
LG_MUST_USE struct lg_err console_worker_new(struct console *console, struct http2_host *host,
                                             struct query_worker *query, struct diag *diag,
                                             struct console_worker **out_worker);
/* As grpc_server_free: its calls get their on_cancel. */
void console_worker_free(struct console_worker **worker);
/* As grpc_server_drain. */
void console_worker_drain(struct console_worker *worker, int64_t due_ms, void (*on_drained)(void *),
                          void *ctx);
/* As grpc_server_recheck. */
void console_worker_recheck(struct console_worker *worker);
/* Where it listens; 0 before the first worker. */
uint16_t console_port(const struct console *console);

#endif
