/* SPDX-License-Identifier: Apache-2.0 */
/* Step reply, and the end of a question: parts with their receipts, the verdict over all of them,
 * the duties that come with it, and each source's own receipt. */
#include "gateway/query/query_int.h"
#include "gateway/release/release.h"
#include "gateway/wire/source.h"

/* The source's acknowledgement: its own leaf, and nothing of what the question's others share. */
static void acknowledge(struct query *query, const struct query_part *part,
                        const struct reply_part *released) {
    if (!part->was_answered) {
        return;
    }
    struct receipt_form receipt = released->receipt;
    receipt.detail = span_of(NULL, 0);
    const struct wire_acknowledge_request request = {
        .call_reference = part->reference,
        .logged =
            {
                .has_receipt = true,
                .receipt = receipt,
                .checkpoint = audit_receipt_checkpoint(part->receipt),
            },
    };
    struct span message;
    if (!lg_failed(wire_acknowledge_request_encode(query->arena, &request, &message))) {
        source_acknowledge(query->worker->sources, part->agency, message);
    }
}

/* A hidden source that shows nothing must not be told by the name of somebody. */
static struct span pseudonym_shown(const struct query *query) {
    return query->is_named ? query->pseudonym : span_of(NULL, 0);
}

static void name_show(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        bool shows = part->stage == PART_IN_GATE && part->state == SOURCE_ANSWERED;
        query->is_named = query->is_named || shows || query->located.is_enough;
    }
}

static bool part_send(struct query *query, const struct query_part *part) {
    return query->events->on_part(query->ctx, &part->released, pseudonym_shown(query),
                                  audit_receipt_checkpoint(part->receipt));
}

/* The answer is of no more use: only the bytes that were committed to leave. */
static void answer_wipe(struct query_part *part) {
    part->has_answer = false;
    part->answer = (struct answer){0};
    part->extract = (struct extract){0};
    part->links = NULL;
    part->link_count = 0;
    arena_free(&part->memory);
}

static struct lg_err part_release(struct query *query, struct query_part *part) {
    TRY(release_part(part->receipt, &part->commitment, part->result, query->arena,
                     &part->released));
    part->stage = PART_RELEASED;
    acknowledge(query, part, &part->released);
    answer_wipe(part);
    return LG_OK;
}

static void on_due(void *ctx) {
    query_resume(ctx);
}

/* True while what is in the gate has to wait for its slot. */
static bool is_held(struct query *query) {
    int64_t due_ms = query_gate_due(query);
    if (due_ms <= loop_now_ms(query->worker->loop)) {
        return false;
    }
    struct lg_err err = loop_timer_start(query->worker->loop, &query->hold, due_ms, on_due, query);
    return !lg_failed(err);
}

enum step step_reply(struct query *query) {
    if (is_held(query)) {
        return STEP_WAIT;
    }
    name_show(query);
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE) {
            continue;
        }
        struct lg_err err = part_release(query, part);
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
        if (query->kind == QUERY_WATCH && !part_send(query, part)) {
            query->is_lost = true;
            return query_fail_status(query, GRPC_RESOURCE_EXHAUSTED,
                                     "A part does not fit: read the stream faster or ask for "
                                     "fewer items");
        }
    }
    return STEP_NEXT;
}

/* Over what the caller may see of each source, as it was when its line was released. */
static struct lg_err outcomes_combine(struct query *query, struct policy_outcome *out) {
    struct policy_outcome *seen = arena_array(query->arena, query->part_count, sizeof *seen);
    TRY(arena_failed(query->arena));
    for (size_t i = 0; i < query->part_count; i++) {
        seen[i] = *query->parts[i].seen;
    }
    return policy_combine(seen, query->part_count, query->arena, out);
}

/* The first ruling that says why, for the sentences. */
static const struct policy_ruling *ruling_find(const struct query *query, enum policy_reason reason,
                                               size_t *out_source) {
    for (size_t i = 0; i < query->part_count; i++) {
        const struct policy_outcome *outcome = query->parts[i].seen;
        for (size_t j = 0; j < outcome->ruling_count; j++) {
            if (outcome->rulings[j].refusal != POLICY_REASON_NONE &&
                (outcome->rulings[j].refusal == reason || reason == POLICY_PARTIAL)) {
                *out_source = i;
                return &outcome->rulings[j];
            }
        }
    }
    return NULL;
}

static struct lg_err verdict_make(struct query *query, struct policy_outcome *combined) {
    TRY(outcomes_combine(query, combined));
    struct verdict *verdict = &query->verdict;
    verdict->decision = combined->decision;
    enum policy_reason shown = combined->told;
    verdict->code = span_text(policy_reason_name(shown));
    verdict->clauses = combined->clauses;
    verdict->sentence = span_text(policy_reason_sentence(shown));
    verdict->remedy = span_of(NULL, 0);
    size_t source = 0;
    const struct policy_ruling *ruling = ruling_find(query, combined->reason, &source);
    if (combined->decision != DECISION_PERMIT && ruling != NULL) {
        if (combined->decision == DECISION_REFUSE) {
            verdict->sentence = policy_sentence(query->permit, source, ruling, query->arena);
        }
        verdict->remedy = policy_remedy(query->permit, source, ruling, query->arena);
    }
    return arena_failed(query->arena);
}

static struct lg_err refusal_end(struct query *query, struct ask_reply *reply) {
    reply->has_refusal_receipt = true;
    reply->checkpoint = audit_receipt_checkpoint(query->refusal_receipt);
    return audit_receipt_form(query->refusal_receipt, span_of(NULL, 0), query->arena,
                              &reply->refusal_receipt);
}

static struct lg_err answer_end(struct query *query, struct ask_reply *reply) {
    struct policy_outcome combined;
    TRY(verdict_make(query, &combined));
    struct reply_part *parts = arena_array(query->arena, query->part_count, sizeof *parts);
    TRY(arena_failed(query->arena));
    for (size_t i = 0; i < query->part_count; i++) {
        parts[i] = query->parts[i].released;
        reply->checkpoint = audit_receipt_checkpoint(query->parts[i].receipt);
    }
    reply->parts = parts;
    reply->part_count = query->part_count;
    reply->duties = combined.duties;
    reply->pseudonym = pseudonym_shown(query);
    return LG_OK;
}

enum step query_reply_end(struct query *query) {
    struct ask_reply *reply = arena_alloc(query->arena, sizeof *reply);
    struct lg_err err = arena_failed(query->arena);
    bool is_refusal = query->part_count == 0;
    if (is_refusal && query->refusal_receipt == NULL) {
        return query_fail_status(query, GRPC_UNAVAILABLE,
                                 "The log takes no entries now: try again later");
    }
    if (!lg_failed(err)) {
        reply->id = query->question->id;
        query_emergency_note(query, reply);
        err = is_refusal ? refusal_end(query, reply) : answer_end(query, reply);
    }
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    reply->verdict = query->verdict;
    query->end = (struct query_end){.status = GRPC_OK, .reply = reply};
    return STEP_STOP;
}
