/* SPDX-License-Identifier: Apache-2.0 */
/* Look-up in clear, for a party whose agreement says `look-up: plain` (README, rule 9): the gateway
 * does an edge's work. The identifiers stay in the call's arena; the key service still sees blinded
 * elements alone, and counts them on a smaller budget. */
#ifndef GATEWAY_QUERY_PLAIN_H
#define GATEWAY_QUERY_PLAIN_H

#include "gateway/query/query.h"

/* Whether this agency may, under every agreement in force that could decide: the one that the
 * ground names, or all that have it as a party. */
bool query_plain_is_allowed(struct agreement_forces forces, struct span agency,
                            struct span agreement);

/* status OK: the person's tokens, in the arena. INVALID_ARGUMENT: nothing of the identity is
 * usable; any other: the key service. Either way query_plain_end_of says it in words. */
typedef void (*query_on_tokens_fn)(void *ctx, enum grpc_status status,
                                   const struct store_search *tokens);

struct query_end query_plain_end_of(enum grpc_status status);

struct query_plain;

struct query_plain_ask {
    struct query_worker *worker;
    struct arena *arena; /* kept until the callback; owns everything */
    struct span agency;
    const struct identity *identity;
    int64_t deadline_ms;
    query_on_tokens_fn on_tokens;
    void *ctx;
};

/* The callback comes later, once, unless it is cancelled. */
LG_MUST_USE struct lg_err query_plain_begin(const struct query_plain_ask *ask,
                                            struct query_plain **out_plain);
/* Accepts NULL. */
void query_plain_cancel(struct query_plain **plain);

#endif
