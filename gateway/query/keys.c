/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/query/keys.h"

#include <stdlib.h>
#include <string.h>

/* Public keys kept: five classes in at most four epochs. */
enum { KEYS_MEMORY = 2, KEYS_KEPT = 20, KEYS_CLASSES = TOKEN_CLASS_END - 1 };

struct kept_key {
    enum token_class token_class;
    uint32_t epoch;
    struct vault_point point;
};

struct query_keys {
    struct grpc_channel *channel;
    struct kept_key kept[KEYS_KEPT];
    size_t kept_count;
};

struct query_keys_call {
    struct query_keys *keys;
    struct arena *arena;
    struct grpc_leg *leg;
    query_on_elements_fn on_elements;
    query_on_evaluated_fn on_evaluated;
    query_on_public_fn on_public;
    void *ctx;
    size_t element_count;
    bool is_decoded;
    struct span_list elements;
    struct wire_evaluate_reply evaluated;
};

struct lg_err query_keys_new(struct http2_host *host, struct tls_context *tls,
                             const struct config_peer *peer, struct query_keys **out_keys) {
    struct grpc_dial dial = {.host = host, .tls = tls, .dns_name = peer->dns, .uri = peer->uri};
    vault_random(&dial.seed, sizeof dial.seed);
    TRY(http2_address_resolve(peer->address.text, &dial.address));
    OWN(query_keys_free) struct query_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, KEYS_MEMORY);
    }
    TRY(grpc_channel_new(&dial, &keys->channel));
    grpc_channel_wake(keys->channel);
    *out_keys = TAKE(keys);
    return LG_OK;
}

void query_keys_free(struct query_keys **keys) {
    if (*keys == NULL) {
        return;
    }
    if ((*keys)->channel != NULL) {
        grpc_channel_free(&(*keys)->channel);
    }
    free(*keys);
    *keys = NULL;
}

void query_keys_recheck(struct query_keys *keys) {
    grpc_channel_recheck(keys->channel);
}

static bool elements_fit(const struct query_keys_call *call) {
    if (call->elements.count != call->element_count) {
        return false;
    }
    for (size_t i = 0; i < call->elements.count; i++) {
        if (call->elements.items[i].len != MODEL_POINT_SIZE) {
            return false;
        }
    }
    return true;
}

static void keys_keep(struct query_keys *keys, const struct wire_public_keys_reply *reply) {
    keys->kept_count = 0;
    for (size_t i = 0; i < reply->key_count && keys->kept_count < KEYS_KEPT; i++) {
        const struct wire_public_key *key = &reply->keys[i];
        struct kept_key *kept = &keys->kept[keys->kept_count];
        if (key->key.len != sizeof kept->point.bytes) {
            continue;
        }
        memcpy(kept->point.bytes, key->key.ptr, sizeof kept->point.bytes);
        kept->token_class = key->token_class;
        kept->epoch = key->epoch;
        keys->kept_count++;
    }
}

static void public_decode(struct query_keys_call *call, struct span message) {
    struct wire_report report;
    struct wire_public_keys_reply reply = {0};
    call->is_decoded =
        !lg_failed(wire_public_keys_reply_decode(call->arena, message, &report, &reply));
    if (call->is_decoded) {
        keys_keep(call->keys, &reply);
    }
}

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    (void)leg;
    struct query_keys_call *call = ctx;
    struct wire_report report;
    if (call->on_public != NULL) {
        public_decode(call, message);
    } else if (call->on_elements != NULL) {
        struct lg_err err =
            wire_pseudonymise_reply_decode(call->arena, message, &report, &call->elements);
        call->is_decoded = !lg_failed(err) && elements_fit(call);
    } else {
        call->is_decoded = !lg_failed(
            wire_keys_evaluate_reply_decode(call->arena, message, &report, &call->evaluated));
    }
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    (void)leg;
    struct query_keys_call call = *(struct query_keys_call *)ctx;
    free(ctx);
    enum grpc_status status = outcome->status;
    if (status == GRPC_OK && !call.is_decoded) {
        status = GRPC_INTERNAL;
    }
    if (call.on_public != NULL) {
        call.on_public(call.ctx, status);
    } else if (call.on_elements != NULL) {
        call.on_elements(call.ctx, status, status == GRPC_OK ? &call.elements : NULL);
    } else {
        call.on_evaluated(call.ctx, status, status == GRPC_OK ? &call.evaluated : NULL);
    }
}

static const struct grpc_leg_events events = {.on_message = on_message, .on_done = on_done};

static struct lg_err call_begin(struct query_keys *keys, const struct query_keys_call *model,
                                const struct grpc_request *request,
                                struct query_keys_call **out_call) {
    struct query_keys_call *call = malloc(sizeof *call);
    if (call == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, KEYS_MEMORY);
    }
    *call = *model;
    call->keys = keys;
    struct lg_err err = grpc_channel_call(keys->channel, request, &events, call, &call->leg);
    if (lg_failed(err)) {
        free(call);
        return err;
    }
    *out_call = call;
    return LG_OK;
}

struct lg_err query_keys_pseudonymise(struct query_keys *keys, const struct query_keys_terms *terms,
                                      const struct wire_pseudonymise_request *request,
                                      query_on_elements_fn on_elements,
                                      struct query_keys_call **out_call) {
    struct grpc_request rpc = {
        .path = "/lockgate.v1.Keys/Pseudonymise",
        .kind = GRPC_UNARY,
        .deadline_ms = terms->deadline_ms,
    };
    TRY(wire_pseudonymise_request_encode(terms->arena, request, &rpc.message));
    const struct query_keys_call model = {
        .arena = terms->arena,
        .on_elements = on_elements,
        .ctx = terms->ctx,
        .element_count = request->elements.count,
    };
    return call_begin(keys, &model, &rpc, out_call);
}

struct lg_err query_keys_evaluate(struct query_keys *keys, const struct query_keys_terms *terms,
                                  const struct wire_keys_evaluate_request *request,
                                  query_on_evaluated_fn on_evaluated,
                                  struct query_keys_call **out_call) {
    struct grpc_request rpc = {
        .path = "/lockgate.v1.Keys/Evaluate",
        .kind = GRPC_UNARY,
        .deadline_ms = terms->deadline_ms,
    };
    TRY(wire_keys_evaluate_request_encode(terms->arena, request, &rpc.message));
    const struct query_keys_call model = {
        .arena = terms->arena, .on_evaluated = on_evaluated, .ctx = terms->ctx};
    return call_begin(keys, &model, &rpc, out_call);
}

struct lg_err query_keys_public_fetch(struct query_keys *keys, const struct query_keys_terms *terms,
                                      query_on_public_fn on_public,
                                      struct query_keys_call **out_call) {
    const struct grpc_request rpc = {
        .path = "/lockgate.v1.Keys/PublicKeys",
        .kind = GRPC_UNARY,
        .deadline_ms = terms->deadline_ms,
    };
    const struct query_keys_call model = {
        .arena = terms->arena, .on_public = on_public, .ctx = terms->ctx};
    return call_begin(keys, &model, &rpc, out_call);
}

bool query_keys_public(const struct query_keys *keys, enum token_class token_class, uint32_t epoch,
                       struct vault_point *out_public) {
    for (size_t i = 0; i < keys->kept_count; i++) {
        if (keys->kept[i].token_class == token_class && keys->kept[i].epoch == epoch) {
            *out_public = keys->kept[i].point;
            return true;
        }
    }
    return false;
}

uint32_t query_keys_epoch(const struct query_keys *keys) {
    uint32_t newest = 0;
    for (size_t i = 0; i < keys->kept_count; i++) {
        size_t classes = 0;
        for (size_t j = 0; j < keys->kept_count; j++) {
            classes += keys->kept[j].epoch == keys->kept[i].epoch ? 1 : 0;
        }
        if (classes == KEYS_CLASSES && keys->kept[i].epoch > newest) {
            newest = keys->kept[i].epoch;
        }
    }
    return newest;
}

void query_keys_cancel(struct query_keys_call **call) {
    if (*call == NULL) {
        return;
    }
    grpc_leg_cancel(&(*call)->leg);
    free(*call);
    *call = NULL;
}
