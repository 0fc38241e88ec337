/* SPDX-License-Identifier: Apache-2.0 */
/* A case about a difference between the log and what a party wrote down itself.
 *
 * Its id follows from what differs, under the gateway's key, so that one difference has one case:
 * told again it finds the one that stands, and of two that are told at one moment the store takes
 * the first. The case is of the teller's own agency, whose officers see it; another than the one
 * who told it looks into it, and past its day the agreement's lead does, so that a difference does
 * not stay with those whom it is about. */
#include <assert.h>

#include "gateway/base/bytes.h"
#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/reviews.h"

struct telling {
    struct service_commit commit;
    struct wire_open_review_request request;
    struct review_opening opening;
    bool is_known; /* the case stood before */
};

static const struct query_worker *worker_of(const struct telling *telling) {
    return telling->commit.call->service->worker;
}

static struct span reference_of(const struct telling *telling) {
    const struct call_reference *call = &telling->request.call_reference;
    return span_of(call->bytes, sizeof call->bytes);
}

static void id_make(const struct telling *telling, struct review_id *out_id) {
    static_assert((int)VAULT_MAC16_SIZE == (int)MODEL_REVIEW_ID_SIZE, "a code is an id");
    uint8_t text[512];
    struct writer w = writer_of(text, sizeof text);
    struct span written = span_of(NULL, 0);
    writer_part(&w, span_text("review-difference"));
    writer_part(&w, telling->commit.call->caller.agency);
    writer_part(&w, telling->request.cause);
    writer_bytes(&w, reference_of(telling));
    writer_u8(&w, telling->request.has_log_index ? 1 : 0);
    writer_u64(&w, telling->request.has_log_index ? telling->request.log_index : 0);
    /* Two places of a record, and the same place of two records, are two differences. Nothing is
     * added for what is no place of one, so that cases of before are found again. */
    if (telling->request.record_file > 0) {
        writer_u32(&w, telling->request.record_file);
        writer_u64(&w, telling->request.record_at);
        writer_bytes(&w, span_of(telling->request.record_chain, WIRE_REVIEW_CHAIN));
    }
    lg_err_ignore(writer_end(&w, &written), "names of at most 128 bytes: it fits");
    vault_mac16(worker_of(telling)->gateway->mark_key, written, out_id->bytes);
}

/* Call and leaf, or place of the record, in the case reference: what whoever looks into it searches
 * for. */
static struct span reference_text(const struct telling *telling) {
    char hex[2 * MODEL_CALL_REFERENCE_SIZE + 1];
    struct arena *arena = telling->commit.call->arena;
    if (telling->request.record_file > 0) {
        return arena_format(arena, "record file %u, byte %llu", telling->request.record_file,
                            (unsigned long long)telling->request.record_at);
    }
    bytes_to_hex(reference_of(telling), hex);
    if (!telling->request.has_log_index) {
        return arena_format(arena, "call %s", hex);
    }
    return arena_format(arena, "call %s, entry %llu", hex,
                        (unsigned long long)telling->request.log_index);
}

static struct lg_err opening_make(struct telling *telling) {
    const struct service_call *call = telling->commit.call;
    const struct caller *caller = &call->caller;
    int64_t now_ms = clock_wall_ms(&worker_of(telling)->gateway->clock);
    telling->opening = (struct review_opening){
        .kind = REVIEW_DIFFERENCE,
        .reviewer = caller->agency,
        .opener = {.agency = caller->agency,
                   .user_id = caller->user_id,
                   .agreement =
                       query_known_agreement(call->agreements.forces, telling->request.agreement)},
        .system = caller->system,
        .role = caller->role,
        .case_reference = reference_text(telling),
        .opened_ms = now_ms,
        .due_ms = now_ms + LIMIT_SERVICE_DIFFERENCE_MS,
        .cause = telling->request.cause,
    };
    id_make(telling, &telling->opening.id);
    return arena_failed(call->arena);
}

/* ---- Answering ---- */

static struct lg_err reply_make(struct telling *telling, struct wire_open_review_reply *reply) {
    struct store_review review;
    bool found = false;
    reply->review_id = telling->opening.id;
    TRY(service_commit_logged(&telling->commit, &reply->logged));
    TRY(store_review_find(worker_of(telling)->reader, &telling->opening.id,
                          telling->commit.call->arena, &found, &review));
    /* Of two that were told at one moment the one that came first in the log opened it. */
    reply->is_new = !telling->is_known && found && review.log_index == reply->logged.receipt.index;
    return LG_OK;
}

static void on_logged(struct service_commit *commit) {
    struct telling *telling = commit->ctx;
    struct wire_open_review_reply reply = {.is_new = false};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = reply_make(telling, &reply);
    if (!lg_failed(err)) {
        err = wire_open_review_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

/* ---- Opening ---- */

static struct lg_err opening_commit(struct telling *telling) {
    const struct review_opening *opening = &telling->opening;
    struct audit_entry_fields fields = {
        .kind = AUDIT_REVIEW,
        .requesting_agency = opening->reviewer,
        .agreement = opening->opener.agreement,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("DIFFERENCE_FOUND"),
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(review_opening_encode(opening, telling->commit.call->arena, &fields.sealed));
    return service_commit_begin(&telling->commit,
                                &(struct audit_batch){.entries = &fields, .count = 1});
}

static struct lg_err unclosed_count(const struct telling *telling, uint32_t *out_count) {
    const struct query_worker *worker = worker_of(telling);
    struct store_review_count which = {.kind = REVIEW_DIFFERENCE,
                                       .opened_after_ms = INT64_MIN,
                                       .due_before_ms = INT64_MAX,
                                       .is_unclosed = true};
    TRY(review_opener_tag(worker->gateway->store, &telling->opening.opener, &which.opener));
    return store_reviews_count(worker->reader, &which, out_count);
}

/* What is known is looked at, and that is logged; what is new is opened. */
static struct lg_err telling_run(struct telling *telling, bool *out_full) {
    struct store_review review;
    uint32_t count = 0;
    *out_full = false;
    TRY(opening_make(telling));
    TRY(store_review_find(worker_of(telling)->reader, &telling->opening.id,
                          telling->commit.call->arena, &telling->is_known, &review));
    if (telling->is_known) {
        return service_officer_look(&telling->commit, "REVIEWS");
    }
    TRY(unclosed_count(telling, &count));
    *out_full = count >= LIMIT_SERVICE_DIFFERENCES;
    return *out_full ? LG_OK : opening_commit(telling);
}

void service_review_open(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct telling *telling = arena_alloc(call->arena, sizeof *telling);
    if (telling == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_report report;
    telling->commit =
        (struct service_commit){.call = call, .ctx = telling, .on_committed = on_logged};
    struct lg_err err =
        wire_open_review_request_decode(call->arena, message, &report, &telling->request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &telling->request.actor)) {
        return;
    }
    if (!review_difference_is_known(telling->request.cause)) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "cause: none of the differences that `lockgate audit reconcile` names");
        return;
    }
    bool is_full = false;
    err = telling_run(telling, &is_full);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    } else if (is_full) {
        service_refuse(call, GRPC_FAILED_PRECONDITION,
                       "You have told of as many differences as can be open at once: have some "
                       "looked into and closed first");
    }
}
