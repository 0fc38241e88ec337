/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway as a client of the key service: one channel a worker. Everything that goes there is
 * blinded. Belongs to the worker's thread. */
#ifndef GATEWAY_QUERY_KEYS_H
#define GATEWAY_QUERY_KEYS_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/config/config.h"
#include "gateway/grpc/grpc.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/keys.h"
#include "gateway/wire/subjects.h"

struct query_keys;

/* host and tls are kept. CONFIG where the address cannot be resolved; LIMIT. */
LG_MUST_USE struct lg_err query_keys_new(struct http2_host *host, struct tls_context *tls,
                                         const struct config_peer *peer,
                                         struct query_keys **out_keys);
void query_keys_free(struct query_keys **keys);
/* After tls_context_refresh. */
void query_keys_recheck(struct query_keys *keys);

/* One call under way; ends with its callback or by query_keys_cancel. */
struct query_keys_call;

/* status OK: the reply is decoded into the call's arena; otherwise NULL. */
typedef void (*query_on_elements_fn)(void *ctx, enum grpc_status status,
                                     const struct span_list *elements);
typedef void (*query_on_evaluated_fn)(void *ctx, enum grpc_status status,
                                      const struct wire_evaluate_reply *reply);

/* How one call goes. arena is kept until the callback; ctx goes to it. */
struct query_keys_terms {
    struct arena *arena;
    int64_t deadline_ms; /* monotonic */
    void *ctx;
};

/* Elements of the reply are as many as those of the request, 32 bytes each; anything else is
 * INTERNAL. LIMIT, PEER: nothing was sent, no callback. */
LG_MUST_USE struct lg_err query_keys_pseudonymise(struct query_keys *keys,
                                                  const struct query_keys_terms *terms,
                                                  const struct wire_pseudonymise_request *request,
                                                  query_on_elements_fn on_elements,
                                                  struct query_keys_call **out_call);
LG_MUST_USE struct lg_err query_keys_evaluate(struct query_keys *keys,
                                              const struct query_keys_terms *terms,
                                              const struct wire_keys_evaluate_request *request,
                                              query_on_evaluated_fn on_evaluated,
                                              struct query_keys_call **out_call);
/* The public halves of the token keys, which the gateway needs for look-ups in clear. Asked for
 * each time, as one small call beside the evaluation; what was answered last is kept. */
typedef void (*query_on_public_fn)(void *ctx, enum grpc_status status);
LG_MUST_USE struct lg_err query_keys_public_fetch(struct query_keys *keys,
                                                  const struct query_keys_terms *terms,
                                                  query_on_public_fn on_public,
                                                  struct query_keys_call **out_call);
/* The newest epoch that has all classes, 0 where nothing was fetched. */
uint32_t query_keys_epoch(const struct query_keys *keys);
/* False where there is none of this class and epoch. */
bool query_keys_public(const struct query_keys *keys, enum token_class token_class, uint32_t epoch,
                       struct vault_point *out_public);
/* Accepts NULL. */
void query_keys_cancel(struct query_keys_call **call);

#endif
