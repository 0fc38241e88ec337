/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/connector/blind.h"

#include <string.h>

#include "gateway/wire/subjects.h"

struct connector_blinding {
    struct connector_agent *agent;
    struct arena *arena;
    struct edge_plan plan;
    struct connector_tokens *people;
    size_t count;
    struct grpc_leg *leg;
    connector_on_blinded_fn on_blinded;
    void *ctx;
    struct lg_err err; /* of the answer's content */
};

static struct lg_err blind_err(enum lg_class klass, enum connector_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

/* ---- the question -------------------------------------------------------------------------- */

static struct lg_err batches_make(struct connector_blinding *blinding,
                                  struct wire_evaluate_request *request) {
    const struct edge_plan *plan = &blinding->plan;
    struct wire_blinded_batch *batches =
        arena_array(blinding->arena, plan->batch_count, sizeof *batches);
    TRY(arena_failed(blinding->arena));
    for (size_t i = 0; i < plan->batch_count; i++) {
        const struct edge_batch *batch = &plan->batches[i];
        struct span *elements = arena_array(blinding->arena, batch->count, sizeof *elements);
        TRY(arena_failed(blinding->arena));
        for (size_t j = 0; j < batch->count; j++) {
            elements[j] = span_of(batch->blinded[j].bytes, VAULT_POINT_SIZE);
        }
        batches[i] =
            (struct wire_blinded_batch){.token_class = batch->token_class,
                                        .elements = {.items = elements, .count = batch->count}};
    }
    request->batches = batches;
    request->batch_count = plan->batch_count;
    return LG_OK;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static struct lg_err points_read(const struct wire_evaluated_batch *batch, struct arena *arena,
                                 struct vault_point **out_points) {
    struct vault_point *points = arena_array(arena, batch->elements.count, sizeof *points);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < batch->elements.count; i++) {
        if (batch->elements.items[i].len != VAULT_POINT_SIZE) {
            return blind_err(LG_CLASS_PEER, CONNECTOR_REPLY);
        }
        memcpy(points[i].bytes, batch->elements.items[i].ptr, VAULT_POINT_SIZE);
    }
    *out_points = points;
    return LG_OK;
}

static struct lg_err token_add(struct connector_blinding *blinding, const struct edge_token *token,
                               uint32_t owner) {
    struct edge_sealed_token sealed;
    TRY(edge_token_seal(&blinding->agent->pins.index, token, &sealed));
    struct connector_tokens *person = &blinding->people[owner];
    if (person->count == TOKEN_CLASS_END) {
        return LG_OK;
    }
    person->tokens[person->count++] = (struct token){
        .token_class = token->token_class,
        .epoch = token->epoch,
        .sealed = arena_copy(blinding->arena, span_of(sealed.bytes, sizeof sealed.bytes))};
    return arena_failed(blinding->arena);
}

static struct lg_err batch_finish(struct connector_blinding *blinding,
                                  const struct edge_batch *batch,
                                  const struct wire_evaluated_batch *from) {
    const struct vault_point *key =
        edge_pins_find(&blinding->agent->pins, batch->token_class, batch->epoch);
    struct vault_proof proof;
    if (key == NULL || from->proof.len != sizeof proof.bytes ||
        from->elements.count != batch->count) {
        return blind_err(LG_CLASS_PEER, CONNECTOR_REPLY);
    }
    memcpy(proof.bytes, from->proof.ptr, sizeof proof.bytes);
    struct vault_point *points = NULL;
    TRY(points_read(from, blinding->arena, &points));
    struct edge_reply reply = {
        .epoch = from->epoch, .evaluated = points, .count = batch->count, .proof = &proof};
    struct edge_token tokens[VAULT_BATCH_MAX];
    struct lg_err err = edge_tokens_finish(batch, key, &reply, tokens);
    for (size_t i = 0; !lg_failed(err) && i < batch->count; i++) {
        err = token_add(blinding, &tokens[i], batch->owner[i]);
    }
    vault_wipe(tokens, sizeof tokens);
    return err;
}

static struct lg_err answer_take(struct connector_blinding *blinding, struct span message) {
    struct wire_evaluate_reply reply;
    struct wire_report report;
    TRY(wire_evaluate_reply_decode(blinding->arena, message, &report, &reply));
    if (reply.batch_count != blinding->plan.batch_count) {
        return blind_err(LG_CLASS_PEER, CONNECTOR_REPLY);
    }
    for (size_t i = 0; i < reply.batch_count; i++) {
        if (reply.batches[i].token_class != blinding->plan.batches[i].token_class) {
            return blind_err(LG_CLASS_PEER, CONNECTOR_REPLY);
        }
        TRY(batch_finish(blinding, &blinding->plan.batches[i], &reply.batches[i]));
    }
    return LG_OK;
}

static void on_answer(void *ctx, struct grpc_leg *leg, struct span message) {
    struct connector_blinding *blinding = ctx;
    (void)leg;
    blinding->err = answer_take(blinding, message);
}

static void on_answer_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct connector_blinding *blinding = ctx;
    (void)leg;
    blinding->leg = NULL;
    struct connector_blinded blinded = {.err = blinding->err,
                                        .status = outcome->status,
                                        .sentence = outcome->message,
                                        .people = blinding->people,
                                        .count = blinding->count};
    if (outcome->status != GRPC_OK) {
        blinded.err = blind_err(LG_CLASS_PEER, CONNECTOR_NETWORK);
    }
    blinding->on_blinded(blinding->ctx, &blinded);
}

/* ---- one evaluation ------------------------------------------------------------------------ */

static struct lg_err plan_make(struct connector_blinding *blinding,
                               const struct connector_blind_request *request) {
    struct edge_identity *people = arena_array(blinding->arena, request->count, sizeof *people);
    TRY(arena_failed(blinding->arena));
    for (size_t i = 0; i < request->count; i++) {
        people[i].primary = request->people[i];
    }
    TRY(edge_tokens_prepare(blinding->arena, people, request->count, blinding->agent->epoch,
                            &blinding->plan));
    for (size_t i = 0; i < request->count; i++) {
        blinding->people[i].flaws = blinding->plan.flaws[i];
    }
    return LG_OK;
}

static struct lg_err ask(struct connector_blinding *blinding,
                         const struct connector_blind_request *request) {
    static const struct grpc_leg_events EVENTS = {.on_message = on_answer,
                                                  .on_done = on_answer_done};
    struct wire_evaluate_request message = {.ground = request->ground};
    TRY(batches_make(blinding, &message));
    struct span bytes;
    TRY(wire_evaluate_request_encode(blinding->arena, &message, &bytes));
    struct grpc_request call = {.path = "/lockgate.v1.Subjects/Evaluate",
                                .kind = GRPC_UNARY,
                                .message = bytes,
                                .deadline_ms = request->deadline_ms};
    return grpc_channel_call(blinding->agent->gateway, &call, &EVENTS, blinding, &blinding->leg);
}

struct lg_err connector_blind(struct connector_agent *agent, struct arena *arena,
                              const struct connector_blind_request *request,
                              struct connector_blinding **out_blinding) {
    struct connector_blinding *blinding = arena_alloc(arena, sizeof *blinding);
    struct connector_tokens *people = arena_array(arena, request->count, sizeof *people);
    TRY(arena_failed(arena));
    *blinding = (struct connector_blinding){.agent = agent,
                                            .arena = arena,
                                            .people = people,
                                            .count = request->count,
                                            .on_blinded = request->on_blinded,
                                            .ctx = request->ctx};
    TRY(plan_make(blinding, request));
    if (blinding->plan.batch_count == 0) {
        /* Nobody has anything to make a token of; told as an error, so that on_blinded comes from
         * the loop alone. */
        return blind_err(LG_CLASS_INPUT, CONNECTOR_NO_PERSON);
    }
    TRY(ask(blinding, request));
    *out_blinding = blinding;
    return LG_OK;
}

void connector_blinding_cancel(struct connector_blinding *blinding) {
    grpc_leg_cancel(&blinding->leg);
}
