/* SPDX-License-Identifier: Apache-2.0 */
/* The witness on the network: POST /add-checkpoint over HTTP/2 and mutual TLS, for whoever has a
 * certificate of the partnership; whose checkpoint it is says its signature. */
#ifndef GATEWAY_WITNESS_SERVE_H
#define GATEWAY_WITNESS_SERVE_H

#include "gateway/http2/http2.h"
#include "gateway/witness/witness.h"

struct witness_server;

struct witness_serve {
    struct witness *witness; /* kept; from now on for the server's own thread alone */
    struct http2_host *host; /* kept */
    struct tls_context *tls; /* kept; server side */
    struct http2_address address;
    /* What was seen could not be made durable: the process has to end, and answers nothing more.
     * From the loop. */
    void (*on_broken)(void *ctx);
    void *ctx;
};

/* Listens at once. CONFIG, LIMIT, INTERNAL. The caller frees it before the host. */
LG_MUST_USE struct lg_err witness_server_new(const struct witness_serve *serve,
                                             struct witness_server **out_server);
/* Closes everything; waits for the request that is at the disk. */
void witness_server_free(struct witness_server **server);
uint16_t witness_server_port(const struct witness_server *server);
/* See http2_listener_recheck. */
void witness_server_recheck(struct witness_server *server);
/* Takes a connected, non-blocking socket (given): for tests. */
LG_MUST_USE struct lg_err witness_server_take(struct witness_server *server, int fd);

#endif
