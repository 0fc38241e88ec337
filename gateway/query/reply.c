/* SPDX-License-Identifier: Apache-2.0 */
/* Step reply, and the end of a question: parts with their receipts, the verdict over all of them,
 * the duties that come with it, and each source's own receipt. */
#include "gateway/query/query_int.h"
#include "gateway/release/release.h"
#include "gateway/wire/source.h"

/* The source's acknowledgement: its own leaf and nothing of the others. */
static void acknowledge(struct query *query, const struct query_part *part,
                        const struct reply_part *released) {
    if (!part->target.is_called || !part->has_answer) {
        return;
    }
    const struct wire_acknowledge_request request = {
        .call_reference = part->reference,
        .logged =
            {
                .has_receipt = true,
                .receipt = released->receipt,
                .checkpoint = audit_receipt_checkpoint(part->receipt),
            },
    };
    struct span message;
    if (!lg_failed(wire_acknowledge_request_encode(query->arena, &request, &message))) {
        source_acknowledge(query->worker->sources, part->agency, message);
    }
}

enum step step_reply(struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE) {
            continue;
        }
        struct lg_err err = release_part(part->receipt, &part->commitment, part->result,
                                         query->arena, &part->released);
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
        part->stage = PART_RELEASED;
        acknowledge(query, part, &part->released);
        if (query->kind == QUERY_WATCH) {
            query->events->on_part(query->ctx, &part->released, query->pseudonym,
                                   audit_receipt_checkpoint(part->receipt));
        }
    }
    return STEP_NEXT;
}

/* What the caller may see of each source: the true outcome where its answer was released. */
static struct lg_err outcomes_combine(struct query *query, struct policy_outcome *out) {
    struct policy_outcome *seen = arena_array(query->arena, query->part_count, sizeof *seen);
    TRY(arena_failed(query->arena));
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        seen[i] =
            *(part->state == SOURCE_ANSWERED ? consent_grant_outcome(query->grant, part->source)
                                             : consent_grant_shown(query->grant, part->source));
    }
    return policy_combine(seen, query->part_count, query->arena, out);
}

/* The first ruling that says why, for the sentences. */
static const struct policy_ruling *ruling_find(const struct query *query, enum policy_reason reason,
                                               size_t *out_source) {
    for (size_t i = 0; i < query->part_count; i++) {
        const struct policy_outcome *outcome = consent_grant_shown(query->grant, i);
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
    verdict->code = span_text(policy_reason_name(policy_reason_coarse(combined->reason)));
    verdict->clauses = combined->clauses;
    verdict->sentence = span_text(policy_reason_sentence(combined->reason));
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
    reply->pseudonym = query->pseudonym;
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
        err = is_refusal ? refusal_end(query, reply) : answer_end(query, reply);
    }
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    reply->verdict = query->verdict;
    query->end = (struct query_end){.status = GRPC_OK, .reply = reply};
    return STEP_STOP;
}
