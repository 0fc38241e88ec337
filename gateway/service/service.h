/* SPDX-License-Identifier: Apache-2.0 */
/* The RPC services of the gateway, thin: decode, authenticate, hand to the line, encode. One set of
 * handlers a worker. */
#ifndef GATEWAY_SERVICE_SERVICE_H
#define GATEWAY_SERVICE_SERVICE_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/grpc/grpc.h"
#include "gateway/identity/identity.h"
#include "gateway/query/query.h"
#include "gateway/store/duties.h"

struct service;

/* `worker` is kept. LIMIT. The caller frees it after the worker's server. */
LG_MUST_USE struct lg_err service_new(struct query_worker *worker, struct service **out_service);
void service_free(struct service **service);

/* Who calls, where that is a session and no certificate. */
struct service_sessions {
    /* The session of a call, spans valid for the callback that asks; false: it has none (any more).
     */
    bool (*find)(void *ctx, const struct grpc_call *call, struct identity_session *out_session);
    void *ctx;
};
/* What is asked of somebody whose sign-in is not fresh, where it has to be. */
extern const char service_stale_sentence[];
/* Callers of this service are sessions' from now on, and no others. */
void service_use_sessions(struct service *service, struct service_sessions sessions);

/* The table for grpc_serve; lives as long as the service. */
const struct grpc_method *service_methods(const struct service *service, size_t *out_count);
/* For grpc_serve.on_peer: whether the partnership knows this system. ctx is the service. */
bool service_knows_peer(void *ctx, const struct tls_peer *peer);

/* Hands on reviews whose day has passed, a few a call; how many is in *out_count, also with an
 * error. Blocks on the log: not on a worker's loop. Errors of store and log: the next call goes on.
 * A case that cannot be read is left out, and its error comes at the end.
 */
LG_MUST_USE struct lg_err service_reviews_lapse(const struct query_gateway *gateway,
                                                struct store_reader *reader, size_t *out_count);

/* How far the duties of a day were gone through; begin with zeros. */
struct service_duty_sweep {
    int32_t day;
    bool rows_over;
    bool tellings_over;
    bool has_row; /* after_day and after_id are of one */
    int32_t after_day;
    struct store_tag after_id;
    bool has_telling;
    struct store_telling after_telling;
};
/* Escalates duties whose day has passed, a few a call and in one batch; how many is in *out_count.
 * One pass a day goes through all: a call after it does nothing. Blocks on log and disk: not on a
 * worker's loop. Errors of store, index and log: the next call tries again; what cannot be read is
 * left out until the next pass, and its error comes at the end of the call. */
LG_MUST_USE struct lg_err service_duties_lapse(const struct query_gateway *gateway,
                                               struct store_reader *reader,
                                               struct service_duty_sweep *sweep, size_t *out_count);

/* Escalates incidents whose 72 hours have passed undecided, a few a call and in one batch; how many
 * is in *out_count. Blocks on log and disk: not on a worker's loop. Errors of store and log: the
 * next call tries again. */
LG_MUST_USE struct lg_err service_incidents_lapse(const struct query_gateway *gateway,
                                                  struct store_reader *reader, size_t *out_count);

#endif
