/* SPDX-License-Identifier: Apache-2.0 */
/* Identities to tokens sealed to the index: blinded here, evaluated by the key service by way of
 * the gateway, the proof checked against the pinned keys (subjects.md 5.3). */
#ifndef TOOLS_CONNECTOR_BLIND_H
#define TOOLS_CONNECTOR_BLIND_H

#include "gateway/base/arena.h"
#include "tools/connector/agent.h"

enum { CONNECTOR_BLIND_PEOPLE = LIMIT_VAULT_BATCH };

/* The tokens of one person; none where nothing of the identity could be used. */
struct connector_tokens {
    struct token tokens[TOKEN_CLASS_END];
    size_t count;
    unsigned flaws; /* of enum edge_flaw */
};

/* status: the gateway's, for PEER CONNECTOR_NETWORK. sentence: for people, may be empty. */
struct connector_blinded {
    struct lg_err err;
    enum grpc_status status;
    struct span sentence;
    const struct connector_tokens *people; /* in the order of the request; in its arena */
    size_t count;
};

typedef void (*connector_on_blinded_fn)(void *ctx, const struct connector_blinded *blinded);

struct connector_blind_request {
    const struct identity *people; /* 1 to CONNECTOR_BLIND_PEOPLE */
    size_t count;
    struct ground ground;
    int64_t deadline_ms; /* monotonic */
    connector_on_blinded_fn on_blinded;
    void *ctx;
};

/* One evaluation under way; lives in the arena. */
struct connector_blinding;

/* on_blinded comes once, from the loop, unless this fails or it is cancelled. */
LG_MUST_USE struct lg_err connector_blind(struct connector_agent *agent, struct arena *arena,
                                          const struct connector_blind_request *request,
                                          struct connector_blinding **out_blinding);
void connector_blinding_cancel(struct connector_blinding *blinding);

#endif
