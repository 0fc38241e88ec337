/* SPDX-License-Identifier: Apache-2.0 */
/* Steps budget and reserved: what a user may look at, and that no crash gives any of it back. */
#include "gateway/query/query_int.h"
#include "policy/glass.h"

/* ---- Budget ------------------------------------------------------------------------------------
 */

static bool is_valid_emergency(const struct query *query) {
    struct policy_declared declared;
    return policy_permit_declared(query->permit, query->agreement, &declared) && declared.is_valid;
}

static struct query_budget_use use_of(const struct query *query) {
    return (struct query_budget_use){
        .worker = query->worker,
        .caller = query->caller,
        .ground = &query->question->ground,
        .forces = query->agreements.forces,
        .agreement = query->agreement,
        .is_emergency = is_valid_emergency(query),
    };
}

static struct lg_err budget_refuse(struct query *query) {
    query->verdict.decision = DECISION_REFUSE;
    query->verdict.code = span_text(query_budget_code);
    query->verdict.sentence = span_text(query_budget_sentence);
    query->verdict.remedy = span_text(query_budget_remedy);
    query->verdict.clauses = (struct span_list){0};
    return query_refusal_commit(query, query->verdict.code);
}

static void on_case(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->has_commit_result = true;
    query->commit_result = outcome->result;
    query_resume(query);
}

static struct lg_err case_commit(struct query *query) {
    const struct query_budget_use use = use_of(query);
    struct audit_entry_fields fields;
    TRY(query_budget_case(&use, query->arena, &fields));
    const struct audit_batch batch = {.entries = &fields, .count = 1};
    TRY(audit_commit(query->worker->gateway->log, &batch, query->worker->loop, on_case, query));
    query->is_committing = true;
    return LG_OK;
}

static enum step budget_take(struct query *query) {
    const struct query_budget_use use = use_of(query);
    enum query_budget_state state = QUERY_BUDGET_WITHIN;
    struct lg_err err = query_budget_take(&use, &state, &query->owed);
    query->emergency.is_beyond = state == QUERY_BUDGET_BEYOND;
    if (!lg_failed(err) && (state == QUERY_BUDGET_WITHIN || state == QUERY_BUDGET_BEYOND)) {
        return STEP_NEXT;
    }
    if (!lg_failed(err)) {
        query->is_budgeted = state == QUERY_BUDGET_SOFT;
        err = query->is_budgeted ? case_commit(query) : budget_refuse(query);
    }
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

enum step step_budget(struct query *query) {
    if (query->is_finalled) { /* back from the log, refused */
        return query_reply_end(query);
    }
    if (!query->has_commit_result) {
        return budget_take(query);
    }
    query->has_commit_result = false;
    return query->commit_result == AUDIT_COMMITTED
               ? STEP_NEXT
               : query_fail_status(query, GRPC_UNAVAILABLE,
                                   "The log takes no questions now: try again later");
}

/* ---- Reserved ----------------------------------------------------------------------------------
 */

static void reserve_work(void *ctx) {
    struct query *query = ctx;
    query->reserve_error = consent_counters_flush(query->worker->gateway->counters);
}

static void reserve_done(void *ctx) {
    struct query *query = ctx;
    query->is_working = false;
    query_resume(query);
}

enum step step_reserved(struct query *query) {
    if (query->is_reserving) { /* back from the pool */
        query->is_reserving = false;
        return lg_failed(query->reserve_error) ? query_fail(query, query->reserve_error)
                                               : STEP_NEXT;
    }
    uint64_t owed = consent_grant_owed(query->grant);
    query->owed = owed > query->owed ? owed : query->owed;
    if (consent_counters_are_durable(query->worker->gateway->counters, query->owed)) {
        return STEP_NEXT;
    }
    query->reserve_job = (struct loop_job){
        .work = reserve_work, .on_done = reserve_done, .ctx = query, .loop = query->worker->loop};
    query->is_reserving = true;
    query->is_working = true;
    loop_pool_send(query->worker->gateway->pool, &query->reserve_job);
    return STEP_WAIT;
}
