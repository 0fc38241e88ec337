/* SPDX-License-Identifier: Apache-2.0 */
/* The log's side of its witnesses: every round the newest checkpoint goes to all of them, so that
 * they sign the same one (audit.md 4.5). What they sign is kept with the log; a witness that knows
 * more of the log than is here, or something else, freezes it. One that cannot be reached, or does
 * not want to, changes nothing.
 *
 * Belongs to the thread of its host's loop, which waits for files of the log now and then: a loop
 * of its own. */
#ifndef GATEWAY_WITNESS_CLIENT_H
#define GATEWAY_WITNESS_CLIENT_H

#include "gateway/http2/http2.h"
#include "gateway/witness/witness.h"

/* All kept until the client is freed. */
struct witness_peer {
    struct http2_address address;
    const char *dns;
    const char *uri;
    const char *vkey; /* NAME+ID+KEY, type 4 */
};

struct witness_client;

struct witness_watch {
    struct audit_log *log;   /* kept */
    struct http2_host *host; /* kept */
    struct tls_context *tls; /* kept; client side */
    const struct witness_peer *peers;
    size_t peer_count; /* 1 to LIMIT_WITNESS_COUNT */
    /* A round is over: every witness has answered, or failed. May be NULL. */
    void (*on_round)(void *ctx);
    /* A witness has cosigned: audit_seen_by knows. May be NULL. */
    void (*on_seen)(void *ctx);
    void *ctx;
};

/* Begins the first round at once. CONFIG WITNESS_KEYS with the diag for a key that is none of a
 * witness; LIMIT. The caller frees it before the host. */
LG_MUST_USE struct lg_err witness_client_new(const struct witness_watch *watch, struct diag *diag,
                                             struct witness_client **out_client);
void witness_client_free(struct witness_client **client);
/* The next round begins as soon as the one under way is over, and LIMIT_WITNESS_PACE_MS after the
 * beginning of the last. One that is not over LIMIT_WITNESS_PATIENCE_MS after its beginning is
 * given up for it. */
void witness_client_hurry(struct witness_client *client);
/* How many witnesses have cosigned in the newest round so far. Any thread. */
size_t witness_client_seen(const struct witness_client *client);

#endif
