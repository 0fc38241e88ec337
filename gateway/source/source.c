/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/source/source.h"

#include <stdlib.h>

#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/source/breaker.h"
#include "gateway/vault/vault.h"
#include "gateway/wire/source.h"

static const char fetch_path[] = "/lockgate.v1.Source/Fetch";
static const char acknowledge_path[] = "/lockgate.v1.Source/Acknowledge";

/* Ten seconds for an acknowledgement: nobody waits, but its place is not held for ever. */
enum { ACKNOWLEDGE_MS = 10000 };

struct agency {
    const struct config_party *party;
    struct grpc_channel *channel; /* NULL: its address could not be resolved */
    struct source_breaker breaker;
    size_t legs;
};

struct source_pool {
    struct loop *loop;
    struct agency *agencies;
    size_t agency_count;
};

struct source_leg {
    struct source_pool *pool;
    struct agency *agency;
    struct arena *arena;
    struct call_reference call_reference;
    source_on_done_fn on_done;
    void *ctx;
    struct grpc_leg *call; /* NULL while `refused` is under way */
    bool is_hidden;
    bool is_decoy;
    bool is_counted; /* the breaker waits for its outcome */
    uint32_t round;
    struct loop_timer refused;     /* tells of a fault known at once, from the loop */
    struct source_outcome outcome; /* what on_message made of the answer */
};

static struct lg_err failed(enum lg_class klass, enum source_code code) {
    return lg_err_make(klass, LG_SOURCE, (uint16_t)code);
}

static struct lg_err channel_open(const struct source_pool_config *config, struct agency *agency) {
    const struct config_source *source = agency->party->source;
    struct grpc_dial dial = {
        .host = config->host,
        .tls = config->tls,
        .dns_name = source->dns,
        .uri = source->uri,
    };
    vault_random(&dial.seed, sizeof dial.seed);
    TRY(http2_address_resolve(source->address.text, &dial.address));
    TRY(grpc_channel_new(&dial, &agency->channel));
    grpc_channel_wake(agency->channel);
    return LG_OK;
}

struct lg_err source_pool_new(const struct source_pool_config *config,
                              struct source_pool **out_pool) {
    OWN(source_pool_free) struct source_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return failed(LG_CLASS_LIMIT, SOURCE_MEMORY);
    }
    pool->loop = config->loop;
    pool->agencies = calloc(config->registry->party_count, sizeof *pool->agencies);
    if (pool->agencies == NULL) {
        return failed(LG_CLASS_LIMIT, SOURCE_MEMORY);
    }
    for (uint32_t i = 0; i < config->registry->party_count; i++) {
        const struct config_party *party = &config->registry->parties[i];
        if (party->source == NULL || pool->agency_count == LIMIT_SOURCE_AGENCIES) {
            continue;
        }
        struct agency *agency = &pool->agencies[pool->agency_count++];
        agency->party = party;
        if (lg_failed(channel_open(config, agency))) {
            log_line(LOG_ERROR, "source.address", "agency=%s", party->id);
        }
    }
    *out_pool = TAKE(pool);
    return LG_OK;
}

void source_pool_free(struct source_pool **pool) {
    if (*pool == NULL) {
        return;
    }
    for (size_t i = 0; i < (*pool)->agency_count; i++) {
        if ((*pool)->agencies[i].channel != NULL) {
            grpc_channel_free(&(*pool)->agencies[i].channel);
        }
    }
    free((*pool)->agencies);
    free(*pool);
    *pool = NULL;
}

void source_pool_recheck(struct source_pool *pool) {
    for (size_t i = 0; i < pool->agency_count; i++) {
        if (pool->agencies[i].channel != NULL) {
            grpc_channel_recheck(pool->agencies[i].channel);
        }
    }
}

static struct agency *agency_find(struct source_pool *pool, struct span id) {
    for (size_t i = 0; i < pool->agency_count; i++) {
        if (span_equal_text(id, pool->agencies[i].party->id)) {
            return &pool->agencies[i];
        }
    }
    return NULL;
}

bool source_is_available(struct source_pool *pool, struct span id) {
    const struct agency *agency = agency_find(pool, id);
    if (agency == NULL || agency->channel == NULL || agency->legs >= LIMIT_SOURCE_LEGS) {
        return false;
    }
    return grpc_channel_state(agency->channel) != GRPC_CHANNEL_BROKEN &&
           source_breaker_would_pass(&agency->breaker, loop_now_ms(pool->loop));
}

static void leg_drop(struct source_leg *leg) {
    leg->agency->legs--;
    free(leg);
}

/* on_done may begin other legs, so the place of this one is given back first. */
static void leg_finish(struct source_leg *leg, const struct source_outcome *outcome) {
    source_on_done_fn on_done = leg->on_done;
    void *ctx = leg->ctx;
    struct source_outcome copy = *outcome;
    leg_drop(leg);
    on_done(ctx, &copy);
}

static void on_refused(void *ctx) {
    struct source_leg *leg = ctx;
    leg_finish(leg, &leg->outcome);
}

/* An answer counts when it decodes and is the answer to this very call. */
static void on_message(void *ctx, struct grpc_leg *call, struct span message) {
    (void)call;
    struct source_leg *leg = ctx;
    struct answer answer = {0};
    struct wire_report report;
    if (lg_failed(wire_fetch_reply_decode(leg->arena, message, &report, &answer)) ||
        !span_equal(span_of(answer.call_reference.bytes, MODEL_CALL_REFERENCE_SIZE),
                    span_of(leg->call_reference.bytes, MODEL_CALL_REFERENCE_SIZE))) {
        log_line(LOG_WARN, "source.answer.unusable", "agency=%s", leg->agency->party->id);
        return;
    }
    leg->outcome = (struct source_outcome){.state = SOURCE_ANSWERED, .answer = answer};
}

/* What says that the agency as a whole cannot be asked. An error or an unusable answer to one
 * question may lie in that question: if it counted, one caller could close an agency to all
 * others. */
static bool is_down(enum grpc_status status) {
    return status == GRPC_UNAVAILABLE || status == GRPC_UNIMPLEMENTED ||
           status == GRPC_UNAUTHENTICATED;
}

/* The connection failed, not the call: that is so whomever the call is about. */
static bool is_unreached(const struct grpc_outcome *outcome) {
    return outcome->is_ours && (outcome->surely_unprocessed || outcome->status == GRPC_UNAVAILABLE);
}

enum health { FINE, FAILED, UNDECIDED };

/* What a hidden source makes of a call about somebody must not show in its health either: of it
 * only the connection counts. What it makes of a decoy tells how it is, and nothing of anybody. */
static enum health health_of(const struct source_leg *leg, const struct grpc_outcome *outcome) {
    if (leg->outcome.state == SOURCE_ANSWERED) {
        return FINE;
    }
    if (!leg->is_hidden) {
        return is_down(outcome->status) ? FAILED : UNDECIDED;
    }
    if (is_unreached(outcome)) {
        return outcome->status == GRPC_UNAVAILABLE ? FAILED : UNDECIDED;
    }
    bool is_late = outcome->status == GRPC_DEADLINE_EXCEEDED;
    return leg->is_decoy && !is_late ? FAILED : UNDECIDED;
}

static void breaker_note(struct source_leg *leg, const struct grpc_outcome *outcome) {
    struct agency *agency = leg->agency;
    leg->is_counted = false;
    switch (health_of(leg, outcome)) {
    case FINE:
        source_breaker_succeeded(&agency->breaker, leg->round);
        break;
    case UNDECIDED:
        source_breaker_undecided(&agency->breaker, leg->round);
        break;
    case FAILED:
        if (source_breaker_failed(&agency->breaker, leg->round, loop_now_ms(leg->pool->loop))) {
            log_line(LOG_WARN, "source.breaker.open", "agency=%s status=%s", agency->party->id,
                     grpc_status_name(outcome->status));
        }
        break;
    }
}

/* A hidden source that fails for people whom it knows and not for decoys would tell of them. Once
 * it was reached, its line is what a decoy's would be; the operator reads of it in the log. */
static enum source_state state_of(const struct source_leg *leg,
                                  const struct grpc_outcome *outcome) {
    if (outcome->status == GRPC_DEADLINE_EXCEEDED) {
        return SOURCE_NO_ANSWER_IN_TIME;
    }
    if (outcome->status == GRPC_OK && leg->outcome.state == SOURCE_ANSWERED) {
        return SOURCE_ANSWERED;
    }
    if (!leg->is_hidden || is_unreached(outcome)) {
        return SOURCE_UNAVAILABLE;
    }
    log_line(LOG_WARN, "source.hidden.failed", "agency=%s status=%s", leg->agency->party->id,
             grpc_status_name(outcome->status));
    return SOURCE_NOTHING_TO_SHOW;
}

static void on_done(void *ctx, struct grpc_leg *call, const struct grpc_outcome *outcome) {
    (void)call;
    struct source_leg *leg = ctx;
    leg->call = NULL;
    leg->outcome.state = state_of(leg, outcome);
    breaker_note(leg, outcome);
    leg_finish(leg, &leg->outcome);
}

static const struct grpc_leg_events leg_events = {.on_message = on_message, .on_done = on_done};

/* True when the call is on its way. */
static bool leg_call(struct source_leg *leg, const struct grpc_request *request) {
    struct agency *agency = leg->agency;
    int64_t now_ms = loop_now_ms(leg->pool->loop);
    if (agency->channel == NULL || !source_breaker_enter(&agency->breaker, now_ms, &leg->round)) {
        return false;
    }
    struct lg_err err = grpc_channel_call(agency->channel, request, &leg_events, leg, &leg->call);
    leg->is_counted = !lg_failed(err);
    if (leg->is_counted) {
        return true;
    }
    leg->call = NULL;
    if (lg_err_class(err) == LG_CLASS_PEER) {
        (void)source_breaker_failed(&agency->breaker, leg->round, now_ms);
    } else {
        source_breaker_undecided(&agency->breaker, leg->round); /* the want of room is ours */
    }
    return false;
}

/* Puts the call on its way; a fault of the agency or its channel is not our error. A caller who
 * leaves no time says nothing about the agency. */
static struct lg_err leg_send(struct source_leg *leg, const struct source_ask *ask) {
    struct span message;
    TRY(wire_fetch_request_encode(ask->arena, ask->request, &message));
    struct grpc_request request = {
        .path = fetch_path,
        .kind = GRPC_UNARY,
        .message = message,
        .deadline_ms = ask->deadline_ms,
        .response_max = LIMIT_SOURCE_ANSWER,
    };
    int64_t now_ms = loop_now_ms(leg->pool->loop);
    if (ask->deadline_ms <= now_ms) {
        leg->outcome.state = SOURCE_NO_ANSWER_IN_TIME;
    } else if (leg_call(leg, &request)) {
        return LG_OK;
    }
    return loop_timer_start(leg->pool->loop, &leg->refused, now_ms, on_refused, leg);
}

struct lg_err source_leg_begin(struct source_pool *pool, const struct source_ask *ask,
                               struct source_leg **out_leg) {
    struct agency *agency = agency_find(pool, ask->agency);
    if (agency == NULL) {
        return failed(LG_CLASS_CONFIG, SOURCE_UNKNOWN);
    }
    struct source_leg *leg = calloc(1, sizeof *leg);
    if (leg == NULL) {
        return failed(LG_CLASS_LIMIT, SOURCE_MEMORY);
    }
    *leg = (struct source_leg){
        .pool = pool,
        .agency = agency,
        .arena = ask->arena,
        .call_reference = ask->request->call_reference,
        .is_hidden = ask->is_hidden,
        .is_decoy = ask->is_decoy,
        .on_done = ask->on_done,
        .ctx = ask->ctx,
        .outcome = {.state = SOURCE_UNAVAILABLE},
    };
    agency->legs++;
    struct lg_err err = leg_send(leg, ask);
    if (lg_failed(err)) {
        leg_drop(leg);
        return err;
    }
    *out_leg = leg;
    return LG_OK;
}

void source_leg_cancel(struct source_leg **leg) {
    if (*leg == NULL) {
        return;
    }
    if ((*leg)->is_counted) {
        source_breaker_undecided(&(*leg)->agency->breaker, (*leg)->round);
    }
    loop_timer_stop((*leg)->pool->loop, &(*leg)->refused);
    grpc_leg_cancel(&(*leg)->call);
    leg_drop(*leg);
    *leg = NULL;
}

static void on_acknowledged(void *ctx, struct grpc_leg *call, const struct grpc_outcome *outcome) {
    (void)call;
    const struct agency *agency = ctx;
    if (outcome->status != GRPC_OK) {
        log_line(LOG_DEBUG, "source.acknowledge", "agency=%s status=%s", agency->party->id,
                 grpc_status_name(outcome->status));
    }
}

static const struct grpc_leg_events acknowledge_events = {.on_done = on_acknowledged};

void source_acknowledge(struct source_pool *pool, struct span id, struct span message) {
    struct agency *agency = agency_find(pool, id);
    if (agency == NULL || agency->channel == NULL) {
        return;
    }
    struct grpc_request request = {
        .path = acknowledge_path,
        .kind = GRPC_UNARY,
        .message = message,
        .deadline_ms = loop_now_ms(pool->loop) + ACKNOWLEDGE_MS,
    };
    struct grpc_leg *leg = NULL;
    lg_err_ignore(grpc_channel_call(agency->channel, &request, &acknowledge_events, agency, &leg),
                  "the agency can fetch its receipt later");
}
