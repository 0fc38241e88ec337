/* SPDX-License-Identifier: Apache-2.0 */
/* Ask, Watch and CanAsk. A request id is begun once: a repeat in flight joins, a later one gets
 * verdict and receipts. */
#include "gateway/wire/disclosures.h"

#include <stdlib.h>

#include "gateway/base/num.h"
#include "gateway/service/service_int.h"

struct disclosure {
    struct service_call *call;
    enum query_kind kind;
    struct question question;
    struct query_mark mark;
    struct query *query; /* NULL: joins another one */
    struct query_joiner joiner;
    bool is_joined;
    bool is_over; /* the register was told of the end */
    struct service_transcript full;
    struct service_transcript kept; /* for later repeats */
};

static struct disclosure *disclosure_of(struct grpc_call *call) {
    struct service_call *begun = grpc_call_ctx(call);
    return begun == NULL ? NULL : (struct disclosure *)begun->work;
}

/* The key is of certificate, acting user, method and request id; the digest of the whole message.
 */
static void mark_make(struct disclosure *disclosure, struct span message) {
    const struct query_gateway *gateway = disclosure->call->service->worker->gateway;
    const struct caller *caller = &disclosure->call->caller;
    struct vault_sha256 hash;
    uint8_t digest[VAULT_SHA256_SIZE];
    uint8_t kind = (uint8_t)disclosure->kind;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(&kind, 1));
    vault_sha256_add(&hash, span_of(caller->fingerprint, sizeof caller->fingerprint));
    vault_sha256_add(&hash, span_of(disclosure->question.id.bytes, MODEL_REQUEST_ID_SIZE));
    vault_sha256_add(&hash, caller->user_id);
    vault_sha256_end(&hash, digest);
    vault_mac16(gateway->mark_key, span_of(digest, sizeof digest), disclosure->mark.key);
    vault_sha256(message, disclosure->mark.digest);
}

/* Once: after it the id may already be somebody else's request. */
static void reg_end(struct disclosure *disclosure, struct span full, struct span kept) {
    if (!disclosure->is_over) {
        disclosure->is_over = true;
        query_register_end(disclosure->call->service->worker->gateway->reg, &disclosure->mark, full,
                           kept);
    }
}

/* What a later repeat gets: no result, no pseudonym. */
static struct lg_err kept_encode(struct disclosure *disclosure, const struct ask_reply *reply,
                                 struct span *out_bytes) {
    struct arena *arena = disclosure->call->arena;
    struct reply_part *parts = arena_array(arena, reply->part_count, sizeof *parts);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < reply->part_count; i++) {
        parts[i] = (struct reply_part){.receipt = reply->parts[i].receipt};
    }
    struct ask_reply kept = *reply;
    kept.parts = parts;
    kept.pseudonym = span_of(NULL, 0);
    kept.repeated_request = true;
    return wire_ask_reply_encode(arena, &kept, out_bytes);
}

static struct lg_err ask_end(struct disclosure *disclosure, const struct ask_reply *reply) {
    struct span full;
    struct span kept;
    TRY(wire_ask_reply_encode(disclosure->call->arena, reply, &full));
    TRY(kept_encode(disclosure, reply, &kept));
    TRY(service_transcript_add(&disclosure->full, full));
    return service_transcript_add(&disclosure->kept, kept);
}

static struct lg_err watch_end(struct disclosure *disclosure, const struct ask_reply *reply) {
    const struct wire_watch_reply watch = {
        .kind = WIRE_WATCH_END,
        .end =
            {
                .verdict = reply->verdict,
                .duties = reply->duties,
                .has_refusal_receipt = reply->has_refusal_receipt,
                .refusal_receipt = reply->refusal_receipt,
                .checkpoint = reply->checkpoint,
                .has_emergency = reply->has_emergency,
                .emergency = reply->emergency,
            },
    };
    struct span bytes;
    TRY(wire_watch_reply_encode(disclosure->call->arena, &watch, &bytes));
    TRY(service_transcript_add(&disclosure->full, bytes));
    return service_transcript_add(&disclosure->kept, bytes);
}

/* The last message, and what joiners and later repeats get. */
static struct lg_err end_make(struct disclosure *disclosure, const struct ask_reply *reply,
                              struct span *out_full, struct span *out_kept) {
    TRY(disclosure->kind == QUERY_ASK ? ask_end(disclosure, reply) : watch_end(disclosure, reply));
    TRY(service_transcript_join(&disclosure->full, disclosure->call->arena, out_full));
    return service_transcript_join(&disclosure->kept, disclosure->call->arena, out_kept);
}

static bool last_send(struct disclosure *disclosure) {
    const struct service_transcript *full = &disclosure->full;
    struct grpc_call *call = disclosure->call->call;
    if (lg_failed(grpc_call_send(call, full->messages[full->count - 1]))) {
        grpc_call_finish(call, GRPC_RESOURCE_EXHAUSTED,
                         "The answer is larger than one message may be: ask for fewer items");
        return false;
    }
    grpc_call_finish(call, GRPC_OK, NULL);
    return true;
}

static bool on_end(void *ctx, const struct query_end *end) {
    struct disclosure *disclosure = ctx;
    struct span full = span_of(NULL, 0);
    struct span kept = span_of(NULL, 0);
    if (end->status != GRPC_OK) {
        reg_end(disclosure, full, kept);
        grpc_call_finish(disclosure->call->call, end->status, end->message);
        return true;
    }
    struct lg_err err = end_make(disclosure, end->reply, &full, &kept);
    if (lg_failed(err)) {
        struct query_end failed = query_end_of_error(err);
        reg_end(disclosure, span_of(NULL, 0), span_of(NULL, 0));
        grpc_call_finish(disclosure->call->call, failed.status, failed.message);
        return false;
    }
    reg_end(disclosure, full, kept);
    return last_send(disclosure);
}

/* Encodes a part and puts it behind those before it. */
static struct lg_err part_add(struct disclosure *disclosure, const struct wire_watch_part *part,
                              struct service_transcript *transcript, struct span *out_bytes) {
    const struct wire_watch_reply watch = {.kind = WIRE_WATCH_PART, .part = *part};
    TRY(wire_watch_reply_encode(disclosure->call->arena, &watch, out_bytes));
    return service_transcript_add(transcript, *out_bytes);
}

static bool on_part(void *ctx, const struct reply_part *part, struct span pseudonym,
                    struct span checkpoint) {
    struct disclosure *disclosure = ctx;
    struct span bytes;
    struct span kept_bytes;
    const struct wire_watch_part full = {
        .part = *part, .pseudonym = pseudonym, .checkpoint = checkpoint};
    const struct wire_watch_part kept = {.part = {.receipt = part->receipt},
                                         .checkpoint = checkpoint};
    return !lg_failed(part_add(disclosure, &kept, &disclosure->kept, &kept_bytes)) &&
           !lg_failed(part_add(disclosure, &full, &disclosure->full, &bytes)) &&
           !lg_failed(grpc_call_send(disclosure->call->call, bytes));
}

/* The arena went with the query, and disclosure and caller with it; the call goes last. */
static void on_closed(void *ctx) {
    struct disclosure *disclosure = ctx;
    struct service_call *call = disclosure->call;
    reg_end(disclosure, span_of(NULL, 0), span_of(NULL, 0));
    call->arena = NULL;
    service_call_end(&call);
}

static void on_rest(void *ctx, bool rests) {
    const struct disclosure *disclosure = ctx;
    grpc_call_rest(disclosure->call->call, rests);
}

/* One line as this call carries it: alone in a message of its stream, or of the one reply. */
static size_t on_measure(void *ctx, struct span result) {
    const struct disclosure *disclosure = ctx;
    const struct grpc_call *call = disclosure->call->call;
    if (!grpc_call_is_json(call)) {
        return result.len;
    }
    OWN(arena_free) struct arena *arena = NULL;
    const struct reply_part part = {.result = result};
    const struct ask_reply reply = {.parts = &part, .part_count = 1};
    const struct wire_watch_reply watch = {.kind = WIRE_WATCH_PART, .part = {.part = part}};
    struct span bytes = {0};
    struct lg_err err = arena_new(LIMIT_SERVICE_MESSAGE_ARENA + LIMIT_GRPC_SEND_MAX, &arena);
    if (!lg_failed(err)) {
        err = disclosure->kind == QUERY_ASK ? wire_ask_reply_encode(arena, &reply, &bytes)
                                            : wire_watch_reply_encode(arena, &watch, &bytes);
    }
    return lg_failed(err) ? SIZE_MAX : grpc_call_measure(call, bytes);
}

static bool on_reserve(void *ctx, size_t len) {
    const struct disclosure *disclosure = ctx;
    return grpc_call_reserve(disclosure->call->call, len);
}

static const struct query_events query_events = {
    .on_part = on_part,
    .on_end = on_end,
    .on_closed = on_closed,
    .on_rest = on_rest,
    .on_measure = on_measure,
    .on_reserve = on_reserve,
};

static void on_joined_reply(void *ctx, struct span reply) {
    struct disclosure *disclosure = ctx;
    struct service_call *call = disclosure->call;
    if (reply.len == 0) {
        grpc_call_finish(call->call, GRPC_ABORTED,
                         "The request that this one repeats ended without an answer: send it with "
                         "a new request_id");
    } else {
        (void)service_transcript_send(call->call, reply);
    }
    query_joiner_done(&disclosure->joiner);
    service_call_end(&call);
}

static void query_start_for(struct disclosure *disclosure) {
    struct service_call *call = disclosure->call;
    const struct query_start start = {
        .worker = call->service->worker,
        .kind = disclosure->kind,
        .arena = call->arena,
        .caller = &call->caller,
        .question = &disclosure->question,
        .deadline_ms = grpc_call_deadline_ms(call->call),
        .events = &query_events,
        .ctx = disclosure,
        .is_text = grpc_call_is_json(call->call),
    };
    struct lg_err err = query_begin(&start, &disclosure->query);
    if (lg_failed(err)) {
        reg_end(disclosure, span_of(NULL, 0), span_of(NULL, 0));
        service_refuse_error(call, err);
    }
}

static void repeated(struct disclosure *disclosure, struct span reply) {
    struct service_call *call = disclosure->call;
    (void)service_transcript_send(call->call, reply);
    free((void *)(uintptr_t)reply.ptr);
    service_call_end(&call);
}

static void disclosure_begin(struct disclosure *disclosure) {
    struct service_call *call = disclosure->call;
    const struct query_worker *worker = call->service->worker;
    struct span reply = span_of(NULL, 0);
    disclosure->joiner =
        (struct query_joiner){.loop = worker->loop, .on_reply = on_joined_reply, .ctx = disclosure};
    switch (query_register_begin(worker->gateway->reg, &disclosure->mark, loop_now_ms(worker->loop),
                                 &disclosure->joiner, &reply)) {
    case QUERY_NEW:
        query_start_for(disclosure);
        return;
    case QUERY_JOINED:
        disclosure->is_joined = true;
        grpc_call_rest(call->call, true); /* the other one works for it */
        return;
    case QUERY_REPEATED:
        repeated(disclosure, reply);
        return;
    case QUERY_CONFLICT:
        service_refuse(call, GRPC_ALREADY_EXISTS,
                       "request_id was used for another question: draw a new one of 16 random "
                       "bytes for each question");
        return;
    case QUERY_FULL:
        service_refuse(call, GRPC_RESOURCE_EXHAUSTED, "Too many questions at once: try again");
        return;
    }
}

/* What the contract allows and this gateway does not serve; true when it refused. */
static bool is_unserved(struct disclosure *disclosure) {
    const struct question *question = &disclosure->question;
    /* Whoever sits down at a screen that somebody left open does not break the glass. */
    if (question->emergency_declared && disclosure->call->is_stale) {
        service_refuse(disclosure->call, GRPC_FAILED_PRECONDITION, service_stale_sentence);
        return true;
    }
    const char *fault = service_emergency_fault(disclosure->call, question);
    if (fault != NULL) {
        service_refuse(disclosure->call, GRPC_INVALID_ARGUMENT, fault);
        return true;
    }
    if (!service_person_is_usable(disclosure->call, &question->person, &question->ground)) {
        service_refuse(disclosure->call, GRPC_INVALID_ARGUMENT, service_person_sentence);
        return true;
    }
    if (!query_trail_fits(disclosure->call->agreements.forces.count, &disclosure->call->caller,
                          question)) {
        service_refuse(disclosure->call, GRPC_INVALID_ARGUMENT, query_trail_sentence);
        return true;
    }
    return false;
}

static void disclosure_open(struct service *service, struct grpc_call *grpc, struct span message,
                            enum query_kind kind) {
    struct service_call *call = service_call_begin(service, grpc);
    if (call == NULL) {
        return;
    }
    struct disclosure *disclosure = arena_alloc(call->arena, sizeof *disclosure);
    if (disclosure == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    *disclosure = (struct disclosure){.call = call, .kind = kind};
    call->work = disclosure;
    struct wire_report report;
    struct lg_err err =
        wire_ask_request_decode(call->arena, message, &report, &disclosure->question);
    if (!service_decoded(call, err, &report) ||
        !service_authenticate(call, &disclosure->question.ground.actor) ||
        is_unserved(disclosure)) {
        return;
    }
    mark_make(disclosure, message);
    disclosure_begin(disclosure);
}

void service_ask(void *ctx, struct grpc_call *call, struct span message) {
    disclosure_open(ctx, call, message, QUERY_ASK);
}

void service_watch(void *ctx, struct grpc_call *call, struct span message) {
    disclosure_open(ctx, call, message, QUERY_WATCH);
}

void service_disclosure_cancel(void *ctx, struct grpc_call *grpc, enum grpc_status why) {
    (void)ctx;
    (void)why;
    struct disclosure *disclosure = disclosure_of(grpc);
    if (disclosure == NULL) {
        return;
    }
    struct service_call *call = disclosure->call;
    call->is_cancelled = true;
    if (disclosure->query != NULL) {
        query_cancel(disclosure->query);
    } else if (disclosure->is_joined &&
               query_register_leave(call->service->worker->gateway->reg, &disclosure->mark,
                                    &disclosure->joiner)) {
        service_call_end(&call);
    }
}

/* ---- CanAsk ---- */

static const char *treatment_name(enum treatment treatment) {
    switch (treatment) {
    case TREATMENT_PASS:
        return "pass";
    case TREATMENT_GENERALISE:
        return "generalise";
    case TREATMENT_PSEUDONYMISE:
        return "pseudonymise";
    case TREATMENT_AGGREGATE:
        return "aggregate";
    case TREATMENT_NONE:
    case TREATMENT_REDACT:
        return "";
    }
    return "";
}

static const char *consent_name(enum policy_consent_rule rule) {
    switch (rule) {
    case POLICY_CONSENT_NOT_NEEDED:
        return "not needed";
    case POLICY_CONSENT_REQUIRED:
        return "required";
    case POLICY_CONSENT_UNLESS_EMERGENCY:
        return "required unless emergency";
    }
    return "";
}

/* One source's line while it is put together. */
struct permit_line {
    struct wire_source_permit *out;
    struct wire_permitted_item *items;
    struct held_back *held;
    struct wire_explained_item *missing;
    size_t *budget; /* items that may still be explained */
};

static void term_note(const struct permit *permit, size_t source, size_t field, struct arena *arena,
                      const struct permit_line *line) {
    const struct policy_term *term = policy_permit_term(permit, source, field);
    bool redacted = term->treatment == TREATMENT_REDACT;
    if (term->refusal == POLICY_REASON_NONE && !redacted) {
        line->items[line->out->item_count++] = (struct wire_permitted_item){
            .item = term->field,
            .treatment = span_text(treatment_name(term->treatment)),
            .rule = term->rule,
            .clause = term->clause,
            .consent = span_text(consent_name(term->consent)),
        };
        return;
    }
    struct policy_ruling ruling = policy_ruling_of(permit, source, field);
    enum policy_reason reason = redacted ? POLICY_REDACTED : term->refusal;
    line->held[line->out->held_back_count++] = (struct held_back){
        .item = term->field,
        .code = span_text(policy_reason_name(reason)),
        .clause = term->clause,
        .sentence = policy_sentence(permit, source, &ruling, arena),
    };
}

/* Fields of one clause that are refused alike have one answer. */
static bool is_told(const struct permit *permit, size_t source, size_t field) {
    const struct policy_term *term = policy_permit_term(permit, source, field);
    for (size_t i = 0; i < field; i++) {
        const struct policy_term *told = policy_permit_term(permit, source, i);
        if (told->refusal == term->refusal && span_equal(told->clause, term->clause) &&
            span_equal(told->category, term->category)) {
            return true;
        }
    }
    return false;
}

static struct lg_err missing_note(const struct permit *permit, size_t source, size_t field,
                                  struct arena *arena, const struct permit_line *line) {
    const struct policy_term *term = policy_permit_term(permit, source, field);
    struct policy_explanation explanation;
    if (term->refusal == POLICY_REASON_NONE || *line->budget == 0 ||
        is_told(permit, source, field)) {
        return LG_OK;
    }
    (*line->budget)--;
    TRY(policy_explain_term(permit, source, field, arena, &explanation));
    return service_explained_item(&explanation, arena, &line->missing[line->out->missing_count++]);
}

static struct lg_err can_ask_sources(const struct permit *permit, struct arena *arena,
                                     struct wire_can_ask_reply *reply) {
    size_t count = policy_permit_source_count(permit);
    size_t budget = LIMIT_WIRE_MISSING;
    struct wire_source_permit *sources = arena_array(arena, count, sizeof *sources);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        size_t terms = policy_permit_term_count(permit, i);
        struct wire_permitted_item *items = arena_array(arena, terms, sizeof *items);
        struct held_back *held = arena_array(arena, terms, sizeof *held);
        struct wire_explained_item *missing =
            arena_array(arena, num_min(terms, budget), sizeof *missing);
        TRY(arena_failed(arena));
        sources[i] = (struct wire_source_permit){
            .source = policy_permit_source(permit, i),
            .items = items,
            .held_back = held,
            .missing = missing,
        };
        const struct permit_line line = {.out = &sources[i],
                                         .items = items,
                                         .held = held,
                                         .missing = missing,
                                         .budget = &budget};
        for (size_t j = 0; j < terms; j++) {
            term_note(permit, i, j, arena, &line);
            TRY(missing_note(permit, i, j, arena, &line));
        }
    }
    reply->sources = sources;
    reply->source_count = count;
    return arena_failed(arena);
}

static struct lg_err can_ask_answer(struct service_call *call, const struct question *question,
                                    struct span *out_bytes) {
    const struct query_gateway *gateway = call->service->worker->gateway;
    const struct agreement_forces forces = call->agreements.forces;
    struct policy_request request =
        query_policy_request(&call->caller, question, clock_wall_ms(&gateway->clock));
    const struct permit *permit = NULL;
    struct wire_can_ask_reply reply = {0};
    TRY(policy_decide(forces.force, forces.count, &request, call->arena, &permit));
    TRY(policy_permit_verdict(permit, call->arena, &reply.verdict));
    TRY(can_ask_sources(permit, call->arena, &reply));
    return wire_can_ask_reply_encode(call->arena, &reply, out_bytes);
}

void service_can_ask(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct question question = {0};
    struct wire_report report;
    struct lg_err err = wire_can_ask_request_decode(call->arena, message, &report, &question);
    if (!service_decoded(call, err, &report) ||
        !service_authenticate(call, &question.ground.actor) || service_is_stopped(call)) {
        return;
    }
    struct span bytes = span_of(NULL, 0);
    err = can_ask_answer(call, &question, &bytes);
    service_answer(call, err, bytes);
}
