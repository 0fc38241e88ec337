/* SPDX-License-Identifier: Apache-2.0 */
/* Steps asked and receipt: nothing is asked before its ASK is durable, nothing leaves before its
 * RELEASE is. A change of consent that came first makes the grant stale: it is made anew, and what
 * is no longer granted is held back. */
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

static void on_asked(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->is_asked = outcome->result == AUDIT_COMMITTED;
    query->has_commit_result = true;
    query_resume(query);
}

enum step step_asked(struct query *query) {
    if (query->has_commit_result) { /* back from the log */
        query->has_commit_result = false;
        if (query->is_asked) {
            return STEP_NEXT;
        }
        return query_fail_status(query, GRPC_UNAVAILABLE,
                                 "The log takes no questions now: try again later");
    }
    struct audit_entry_fields fields;
    const struct audit_batch batch = {.entries = &fields, .count = 1};
    struct lg_err err = query_trail_ask(query, &fields);
    if (!lg_failed(err)) {
        err =
            audit_commit(query->worker->gateway->log, &batch, query->worker->loop, on_asked, query);
    }
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    query->is_committing = true;
    return STEP_WAIT;
}

static bool is_last(const struct query *query) {
    for (size_t i = 0; i < query->part_count; i++) {
        enum part_stage stage = query->parts[i].stage;
        if (stage != PART_IN_GATE && stage != PART_RELEASED) {
            return false;
        }
    }
    return true;
}

/* Parts in the gate have the first entries of the batch, in their order; links come after them. */
struct batch {
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    size_t count;
    struct audit_condition conditions[AUDIT_CONDITION_MAX];
    size_t condition_count;
    bool releases; /* some entry is a RELEASE: then the conditions count */
};

static void conditions_add(struct batch *batch, const struct grant *grant) {
    for (size_t i = 0; i < consent_grant_scope_count(grant); i++) {
        const struct store_tag *scope = consent_grant_scope(grant, i);
        bool known = false;
        for (size_t j = 0; j < batch->condition_count; j++) {
            known = known || memcmp(batch->conditions[j].scope, scope->bytes, 16) == 0;
        }
        if (known || batch->condition_count == AUDIT_CONDITION_MAX) {
            continue;
        }
        struct audit_condition *condition = &batch->conditions[batch->condition_count++];
        memcpy(condition->scope, scope->bytes, sizeof condition->scope);
        condition->applied_through = consent_grant_applied_through(grant);
    }
}

static struct lg_err parts_add(struct query *query, struct batch *batch) {
    size_t last = query->part_count;
    for (size_t i = 0; i < query->part_count; i++) {
        last = query->parts[i].stage == PART_IN_GATE ? i : last;
    }
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE) {
            continue;
        }
        struct audit_entry_fields *fields = &batch->entries[batch->count++];
        TRY(query_trail_part(query, part, i == last && is_last(query), fields));
        batch->releases = batch->releases || fields->kind == AUDIT_RELEASE;
    }
    return LG_OK;
}

static struct lg_err links_add(struct query *query, struct batch *batch) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        for (size_t j = 0; part->stage == PART_IN_GATE && j < part->link_count; j++) {
            const struct query_link *link = &part->links[j];
            if (!link->is_allowed || link->pseudonym.len == 0) {
                continue;
            }
            if (batch->count == AUDIT_BATCH_MAX) {
                return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
            }
            TRY(query_trail_link(query, part, link, &batch->entries[batch->count++]));
            conditions_add(batch, link->grant);
        }
    }
    return LG_OK;
}

/* What a change of consent took away is held back; the answer it would have given is forgotten. */
static void part_recheck(struct query *query, struct query_part *part) {
    enum consent_call call = consent_grant_call(query->grant, part->source);
    if (!part->has_answer || call == CONSENT_CALL_HELD || call == CONSENT_CALL_ALWAYS) {
        return;
    }
    part->has_answer = false;
    part->answer = (struct answer){0};
    part->denied = consent_grant_outcome(query->grant, part->source)->reason;
    part->state = part->is_hidden ? SOURCE_NOTHING_TO_SHOW : SOURCE_WITHHELD_BY_CONSENT;
}

static enum step stale(struct query *query) {
    if (++query->stale_count > LIMIT_QUERY_STALE) {
        return query_fail_status(query, GRPC_ABORTED,
                                 "Consents of this person are changing: ask again");
    }
    struct lg_err err = query_settle(query);
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    for (size_t i = 0; i < query->part_count; i++) {
        if (query->parts[i].stage == PART_IN_GATE) {
            part_recheck(query, &query->parts[i]);
        }
    }
    /* A name that only a withheld answer of a hidden source led to would tell of it. */
    query->pseudonym = query->gate_pseudonym;
    query_gate_again(query);
    return STEP_WAIT;
}

static void receipts_take(struct query *query, const struct audit_outcome *outcome) {
    size_t next = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        if (query->parts[i].stage == PART_IN_GATE) {
            query->parts[i].receipt = audit_receipt_hold(outcome->receipts[next++]);
        }
    }
}

static void on_released(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->commit_result = outcome->result;
    query->has_commit_result = true;
    if (outcome->result == AUDIT_COMMITTED) {
        receipts_take(query, outcome);
    } else {
        query->is_finalled = false;
    }
    query_resume(query);
}

static struct lg_err release_commit(struct query *query) {
    struct batch *batch = arena_alloc(query->arena, sizeof *batch);
    TRY(arena_failed(query->arena));
    TRY(parts_add(query, batch));
    TRY(links_add(query, batch));
    conditions_add(batch, query->grant);
    const struct audit_batch audit = {
        .entries = batch->entries,
        .count = batch->count,
        .conditions = batch->conditions,
        .condition_count = batch->releases ? batch->condition_count : 0,
        .ends = is_last(query) ? &query->question->id : NULL,
    };
    TRY(audit_commit(query->worker->gateway->log, &audit, query->worker->loop, on_released, query));
    query->is_committing = true;
    query->is_finalled = is_last(query);
    return LG_OK;
}

enum step step_receipt(struct query *query) {
    if (query->has_commit_result) { /* back from the log */
        query->has_commit_result = false;
        if (query->commit_result == AUDIT_REFUSED_STALE) {
            return stale(query);
        }
        if (query->commit_result != AUDIT_COMMITTED) {
            return query_fail_status(query, GRPC_UNAVAILABLE,
                                     "The log takes no disclosures now: try again later");
        }
        return STEP_NEXT;
    }
    struct lg_err err = release_commit(query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}
