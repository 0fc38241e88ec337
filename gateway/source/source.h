/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the agencies: one connection a worker and agency, a deadline for each leg, a breaker that
 * spares an agency that is down. What one agency does harms only its own line of the answer. */
#ifndef GATEWAY_SOURCE_SOURCE_H
#define GATEWAY_SOURCE_SOURCE_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/grpc/grpc.h"
#include "gateway/model/model.h"

enum source_code {
    SOURCE_MEMORY = 1,
    SOURCE_UNKNOWN, /* this agency serves no Source (CONFIG) */
};

/* The agencies as one worker reaches them. Belongs to the worker's thread. */
struct source_pool;

struct source_pool_config {
    struct http2_host *host;                   /* kept */
    struct tls_context *tls;                   /* kept; client side */
    const struct config_partnership *registry; /* kept */
    struct loop *loop;                         /* kept */
};

/* Makes a channel for every party with a source; connects to each at once, so that the first
 * question finds their health known. An address that cannot be resolved makes that agency
 * unavailable, and is logged. LIMIT SOURCE_MEMORY. */
LG_MUST_USE struct lg_err source_pool_new(const struct source_pool_config *config,
                                          struct source_pool **out_pool);
/* Every leg gets its on_done before this returns. */
void source_pool_free(struct source_pool **pool);
/* After tls_context_refresh. */
void source_pool_recheck(struct source_pool *pool);

/* Whether the agency may be asked now, from its health alone: read before anybody is located, so
 * that "unavailable" says nothing about the person. */
bool source_is_available(struct source_pool *pool, struct span agency);

struct source_outcome {
    enum source_state state; /* ANSWERED, NO_ANSWER_IN_TIME, UNAVAILABLE; of a hidden source also
                                NOTHING_TO_SHOW: it was reached, and what came was of no use */
    struct answer answer;    /* with ANSWERED; may hold no record; lives in the asker's arena */
};

/* Comes exactly once, from the loop, unless the leg is cancelled; ends the leg. */
typedef void (*source_on_done_fn)(void *ctx, const struct source_outcome *outcome);

struct source_leg;

struct source_ask {
    struct span agency;
    const struct fetch_request *request;
    struct arena *arena; /* kept until on_done: the answer is decoded into it */
    int64_t deadline_ms; /* monotonic */
    bool is_hidden;      /* that the agency knows the person must not show */
    bool is_decoy;       /* the reference is nobody's */
    source_on_done_fn on_done;
    void *ctx;
};

/* Begins a call. A fault of the agency, known now or later, arrives by on_done as UNAVAILABLE;
 * errors are ours alone: LIMIT SOURCE_MEMORY. The leg is valid until on_done or cancel. */
LG_MUST_USE struct lg_err source_leg_begin(struct source_pool *pool, const struct source_ask *ask,
                                           struct source_leg **out_leg);
/* Ends it without a callback. Sets the pointer to NULL; accepts NULL. */
void source_leg_cancel(struct source_leg **leg);

/* Sends the agency the receipt of what it gave (serialised AcknowledgeRequest, copied). Nobody
 * waits for the outcome; an agency that is down fetches its receipts later. */
void source_acknowledge(struct source_pool *pool, struct span agency, struct span message);

#endif
