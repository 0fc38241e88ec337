/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/query/plain.h"

#include <string.h>

#include "gateway/edge/edge.h"

struct query_plain {
    struct query_plain_ask ask;
    struct query_keys_call *call;
    struct edge_plan plan;
    uint32_t epoch;
};

bool query_plain_is_allowed(struct agreement_forces forces, struct span agency,
                            struct span agreement) {
    bool allowed = false;
    for (size_t i = 0; i < forces.count; i++) {
        const struct policy *policy = forces.force[i].policy;
        struct policy_party party;
        if ((agreement.len > 0 && !span_equal(policy_id(policy), agreement)) ||
            !policy_party_find(policy, agency, &party)) {
            continue;
        }
        if (!party.lookup_is_plain) {
            return false;
        }
        allowed = true;
    }
    return allowed;
}

struct query_end query_plain_end_of(enum grpc_status status) {
    if (status == GRPC_INVALID_ARGUMENT) {
        return (struct query_end){
            .status = status,
            .message = "person.identity: nothing of it can be used; give an identifier, or names "
                       "with date of birth"};
    }
    return (struct query_end){.status = GRPC_UNAVAILABLE,
                              .message = "The key service cannot be reached: try again"};
}

static void plain_end(struct query_plain *plain, enum grpc_status status,
                      const struct store_search *tokens) {
    plain->ask.on_tokens(plain->ask.ctx, status, tokens);
}

/* One batch of the reply against one of ours: the proof is checked before anything is unblinded. */
static struct lg_err batch_finish(struct query_plain *plain, const struct edge_batch *batch,
                                  const struct wire_evaluated_batch *evaluated,
                                  struct edge_token *out_tokens) {
    struct arena *arena = plain->ask.arena;
    struct vault_point public_key;
    struct vault_proof proof;
    struct vault_point *points = arena_array(arena, batch->count, sizeof *points);
    TRY(arena_failed(arena));
    if (evaluated->elements.count != batch->count || evaluated->proof.len != sizeof proof.bytes ||
        !query_keys_public(plain->ask.worker->keys, batch->token_class, batch->epoch,
                           &public_key)) {
        return lg_err_make(LG_CLASS_PEER, LG_QUERY, QUERY_ERR_KEYS);
    }
    memcpy(proof.bytes, evaluated->proof.ptr, sizeof proof.bytes);
    for (size_t i = 0; i < batch->count; i++) {
        if (evaluated->elements.items[i].len != sizeof points[i].bytes) {
            return lg_err_make(LG_CLASS_PEER, LG_QUERY, QUERY_ERR_KEYS);
        }
        memcpy(points[i].bytes, evaluated->elements.items[i].ptr, sizeof points[i].bytes);
    }
    const struct edge_reply reply = {
        .epoch = evaluated->epoch, .evaluated = points, .count = batch->count, .proof = &proof};
    return edge_tokens_finish(batch, &public_key, &reply, out_tokens);
}

static struct lg_err tokens_finish(struct query_plain *plain,
                                   const struct wire_evaluate_reply *reply,
                                   struct store_search *out_search) {
    struct arena *arena = plain->ask.arena;
    size_t total = plain->plan.token_count;
    struct edge_token *tokens = arena_array(arena, total, sizeof *tokens);
    struct store_token *kept = arena_array(arena, total, sizeof *kept);
    TRY(arena_failed(arena));
    if (reply->batch_count != plain->plan.batch_count) {
        return lg_err_make(LG_CLASS_PEER, LG_QUERY, QUERY_ERR_KEYS);
    }
    size_t used = 0;
    for (size_t i = 0; i < plain->plan.batch_count; i++) {
        TRY(batch_finish(plain, &plain->plan.batches[i], &reply->batches[i], &tokens[used]));
        used += plain->plan.batches[i].count;
    }
    for (size_t i = 0; i < used; i++) {
        kept[i].token_class = tokens[i].token_class;
        kept[i].epoch = tokens[i].epoch;
        memcpy(kept[i].point, tokens[i].point.bytes, sizeof kept[i].point);
    }
    vault_wipe(tokens, total * sizeof *tokens);
    *out_search = (struct store_search){.tokens = kept, .token_count = used};
    return LG_OK;
}

static void on_evaluated(void *ctx, enum grpc_status status,
                         const struct wire_evaluate_reply *reply) {
    struct query_plain *plain = ctx;
    struct store_search search = {0};
    plain->call = NULL;
    if (status != GRPC_OK || lg_failed(tokens_finish(plain, reply, &search))) {
        status = GRPC_UNAVAILABLE;
    }
    plain_end(plain, status, status == GRPC_OK ? &search : NULL);
}

static struct lg_err plan_make(struct query_plain *plain) {
    const struct edge_identity person = {.primary = *plain->ask.identity};
    return edge_tokens_prepare(plain->ask.arena, &person, 1, plain->epoch, &plain->plan);
}

static struct lg_err evaluate(struct query_plain *plain) {
    struct arena *arena = plain->ask.arena;
    struct wire_blinded_batch *batches =
        arena_array(arena, plain->plan.batch_count, sizeof *batches);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < plain->plan.batch_count; i++) {
        const struct edge_batch *batch = &plain->plan.batches[i];
        struct span *elements = arena_array(arena, batch->count, sizeof *elements);
        TRY(arena_failed(arena));
        for (size_t j = 0; j < batch->count; j++) {
            elements[j] = span_of(batch->blinded[j].bytes, sizeof batch->blinded[j].bytes);
        }
        batches[i] = (struct wire_blinded_batch){
            .token_class = batch->token_class,
            .elements = {.items = elements, .count = batch->count},
        };
    }
    const struct wire_keys_evaluate_request request = {
        .agency = plain->ask.agency,
        .batches = batches,
        .batch_count = plain->plan.batch_count,
        .plain = true,
    };
    const struct query_keys_terms terms = {
        .arena = arena, .deadline_ms = plain->ask.deadline_ms, .ctx = plain};
    return query_keys_evaluate(plain->ask.worker->keys, &terms, &request, on_evaluated,
                               &plain->call);
}

static void on_public_keys(void *ctx, enum grpc_status status) {
    struct query_plain *plain = ctx;
    plain->call = NULL;
    plain->epoch = query_keys_epoch(plain->ask.worker->keys);
    if (status != GRPC_OK || plain->epoch == 0) {
        plain_end(plain, GRPC_UNAVAILABLE, NULL);
        return;
    }
    struct lg_err err = plan_make(plain);
    if (!lg_failed(err) && plain->plan.token_count == 0) {
        plain_end(plain, GRPC_INVALID_ARGUMENT, NULL); /* nothing usable was given */
        return;
    }
    if (!lg_failed(err)) {
        err = evaluate(plain);
    }
    if (lg_failed(err)) {
        plain_end(plain, grpc_status_of_error(err), NULL);
    }
}

struct lg_err query_plain_begin(const struct query_plain_ask *ask, struct query_plain **out_plain) {
    struct query_plain *plain = arena_alloc(ask->arena, sizeof *plain);
    TRY(arena_failed(ask->arena));
    plain->ask = *ask;
    const struct query_keys_terms terms = {
        .arena = ask->arena, .deadline_ms = ask->deadline_ms, .ctx = plain};
    TRY(query_keys_public_fetch(ask->worker->keys, &terms, on_public_keys, &plain->call));
    *out_plain = plain;
    return LG_OK;
}

void query_plain_cancel(struct query_plain **plain) {
    if (*plain != NULL) {
        query_keys_cancel(&(*plain)->call);
        *plain = NULL;
    }
}
