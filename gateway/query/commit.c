/* SPDX-License-Identifier: Apache-2.0 */
/* Steps asked and receipt: nothing is asked before its ASK is durable, nothing leaves before its
 * RELEASE is. A change of consent that came first makes the grant stale: it is made anew, and what
 * is no longer granted is not asked for, or held back. */
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

/* ---- What a commit rests on
 * ----------------------------------------------------------------------
 */

struct batch {
    struct arena *arena;
    struct audit_entry_fields *entries;
    size_t count;
    struct audit_condition *conditions;
    size_t condition_count;
    bool releases; /* some entry is a RELEASE: then the conditions count */
};

static struct audit_condition *condition_find(struct batch *batch, const struct store_tag *scope) {
    for (size_t i = 0; i < batch->condition_count; i++) {
        if (memcmp(batch->conditions[i].scope, scope->bytes, sizeof scope->bytes) == 0) {
            return &batch->conditions[i];
        }
    }
    return NULL;
}

static struct lg_err entry_add(struct batch *batch, struct audit_entry_fields **out_entry) {
    if (batch->count == AUDIT_BATCH_MAX) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
    }
    batch->entries = arena_more(batch->arena, batch->entries, batch->count, sizeof *batch->entries);
    TRY(arena_failed(batch->arena));
    *out_entry = &batch->entries[batch->count++];
    return LG_OK;
}

static struct lg_err condition_add(struct batch *batch, const struct store_tag *scope,
                                   uint64_t applied_through) {
    if (batch->condition_count == AUDIT_CONDITION_MAX) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
    }
    batch->conditions = arena_more(batch->arena, batch->conditions, batch->condition_count,
                                   sizeof *batch->conditions);
    TRY(arena_failed(batch->arena));
    struct audit_condition *condition = &batch->conditions[batch->condition_count++];
    memcpy(condition->scope, scope->bytes, sizeof condition->scope);
    condition->applied_through = applied_through;
    return LG_OK;
}

/* Where two grants rest on one scope, the older one counts: what was read before a change must not
 * hide behind what was read after it. */
static struct lg_err conditions_add(struct batch *batch, const struct query_basis *basis) {
    for (size_t i = 0; i < basis->scope_count; i++) {
        struct audit_condition *condition = condition_find(batch, &basis->scopes[i]);
        if (condition == NULL) {
            TRY(condition_add(batch, &basis->scopes[i], basis->applied_through));
        } else if (basis->applied_through < condition->applied_through) {
            condition->applied_through = basis->applied_through;
        }
    }
    return LG_OK;
}

static struct lg_err grant_add(struct query *query, struct batch *batch) {
    struct query_basis basis;
    TRY(query_basis_make(query->grant, query->arena, &basis));
    return conditions_add(batch, &basis);
}

/* What the question rests on changed: the grant by what is known now. STEP_NEXT, or its end.
 * *out_stopped: its caller may ask nothing more, and the grant is the old one. */
static enum step grant_renew(struct query *query, bool *out_stopped) {
    if (query_agreements_stopped(query->worker, &query->agreements, query->permit)) {
        query->end = query_agreements_end();
        return STEP_STOP;
    }
    if (++query->stale_count > LIMIT_QUERY_STALE) {
        return query_fail_status(query, GRPC_ABORTED,
                                 "What this question rests on is changing: ask again");
    }
    struct lg_err err = access_check(query->worker->reader, query->caller, out_stopped);
    if (!lg_failed(err) && *out_stopped) {
        return STEP_STOP;
    }
    if (!lg_failed(err)) {
        err = query_settle(query);
    }
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    if (query_emergency_is_new(query)) {
        /* Consent went while the question was under way, and the emergency would stand in for it:
         * no case says so of this source. */
        return query_fail_status(query, GRPC_ABORTED,
                                 "What this question rests on is changing: ask again");
    }
    return STEP_NEXT;
}

/* ---- Asked --------------------------------------------------------------------------------------
 */

static void on_asked(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->commit_result = outcome->result;
    query->has_commit_result = true;
    query->is_asked = outcome->result == AUDIT_COMMITTED;
    if (query->is_asked) {
        query->ask_index = audit_receipt_index(outcome->receipts[0]);
    }
    query_resume(query);
}

static struct lg_err ask_commit(struct query *query) {
    struct batch batch = {.arena = query->arena};
    struct audit_entry_fields *fields = NULL;
    TRY(entry_add(&batch, &fields));
    TRY(query_trail_ask(query, fields));
    TRY(grant_add(query, &batch));
    const struct audit_batch audit = {
        .entries = batch.entries,
        .count = batch.count,
        .conditions = batch.conditions,
        .condition_count = batch.condition_count,
    };
    TRY(audit_commit(query->worker->gateway->log, &audit, query->worker->loop, on_asked, query));
    query->is_committing = true;
    return LG_OK;
}

/* Nobody was asked: the targets are those of the new grant. */
static enum step ask_again(struct query *query) {
    bool is_stopped = false;
    enum step result = grant_renew(query, &is_stopped);
    if (is_stopped) {
        query->part_count = 0; /* a refusal has no lines */
        struct lg_err err = query_stopped_refuse(query);
        return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
    }
    if (result == STEP_NEXT) {
        struct lg_err err = query_parts_make(query);
        if (lg_failed(err)) {
            return query_fail(query, err);
        }
        query_targets_again(query);
        return STEP_WAIT;
    }
    return result;
}

enum step step_asked(struct query *query) {
    if (query->is_finalled) { /* back from the log, refused */
        return query_reply_end(query);
    }
    if (query->has_commit_result) { /* back from the log */
        query->has_commit_result = false;
        if (query->commit_result == AUDIT_REFUSED_STALE) {
            return ask_again(query);
        }
        if (query->is_asked) {
            return STEP_NEXT;
        }
        return query_fail_status(query, GRPC_UNAVAILABLE,
                                 "The log takes no questions now: try again later");
    }
    struct lg_err err = ask_commit(query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

/* ---- Receipt ------------------------------------------------------------------------------------
 */

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
static struct lg_err parts_add(struct query *query, struct batch *batch) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE) {
            continue;
        }
        struct audit_entry_fields *fields = NULL;
        TRY(entry_add(batch, &fields));
        TRY(query_trail_part(query, part, fields));
        batch->releases = batch->releases || fields->kind == AUDIT_RELEASE;
    }
    return LG_OK;
}

static struct lg_err links_add(struct query *query, struct batch *batch) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        for (size_t j = 0; part->stage == PART_IN_GATE && j < part->link_count; j++) {
            const struct query_link *link = &part->links[j];
            if (!link->is_released) {
                continue;
            }
            struct audit_entry_fields *fields = NULL;
            TRY(entry_add(batch, &fields));
            TRY(query_trail_link(query, part, link, fields));
            TRY(conditions_add(batch, &link->basis));
        }
    }
    return LG_OK;
}

static enum step release_again(struct query *query) {
    bool is_stopped = false;
    enum step result = grant_renew(query, &is_stopped);
    if (is_stopped) {
        return query_fail_status(query, GRPC_PERMISSION_DENIED, query_stopped_sentence);
    }
    if (result == STEP_NEXT) {
        query_gate_again(query);
        return STEP_WAIT;
    }
    return result;
}

/* A question that still waits for witnesses is open in the log: were we to end now, it would be
 * closed as abandoned. */
static bool is_end(const struct query *query) {
    return is_last(query) && !query_needs_witnesses(query);
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
    struct batch batch = {.arena = query->arena};
    TRY(parts_add(query, &batch));
    TRY(links_add(query, &batch));
    TRY(grant_add(query, &batch));
    const struct audit_batch audit = {
        .entries = batch.entries,
        .count = batch.count,
        .conditions = batch.conditions,
        .condition_count = batch.releases ? batch.condition_count : 0,
        .ends = is_end(query) ? &query->question->id : NULL,
    };
    TRY(audit_commit(query->worker->gateway->log, &audit, query->worker->loop, on_released, query));
    query->is_committing = true;
    query->is_finalled = is_end(query);
    query->gate_releases = batch.releases;
    return LG_OK;
}

/* ---- Confirmed ----------------------------------------------------------------------------------
 */

static void on_confirmed(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->commit_result = outcome->result;
    query->has_commit_result = true;
    if (outcome->result != AUDIT_COMMITTED) {
        query->is_finalled = false;
    }
    query_resume(query);
}

static struct lg_err link_conditions_add(struct query *query, struct batch *batch) {
    for (size_t i = 0; i < query->part_count; i++) {
        struct query_part *part = &query->parts[i];
        for (size_t j = 0; part->stage == PART_IN_GATE && j < part->link_count; j++) {
            if (part->links[j].is_released) {
                TRY(conditions_add(batch, &part->links[j].basis));
            }
        }
    }
    return LG_OK;
}

struct lg_err query_confirm_commit(struct query *query) {
    struct batch batch = {.arena = query->arena};
    struct audit_entry_fields *fields = NULL;
    TRY(entry_add(&batch, &fields));
    TRY(query_trail_confirmed(query, is_last(query), fields));
    TRY(link_conditions_add(query, &batch));
    TRY(grant_add(query, &batch));
    const struct audit_batch audit = {
        .entries = batch.entries,
        .count = batch.count,
        .conditions = batch.conditions,
        .condition_count = query->gate_releases ? batch.condition_count : 0,
    };
    TRY(audit_commit(query->worker->gateway->log, &audit, query->worker->loop, on_confirmed,
                     query));
    query->is_committing = true;
    query->is_finalled = is_last(query);
    return LG_OK;
}

enum step step_receipt(struct query *query) {
    if (query->has_commit_result) { /* back from the log */
        query->has_commit_result = false;
        if (query->commit_result == AUDIT_REFUSED_STALE) {
            return release_again(query);
        }
        if (query->commit_result != AUDIT_COMMITTED) {
            return query_fail_status(query, GRPC_UNAVAILABLE,
                                     "The log takes no disclosures now: try again later");
        }
        return STEP_NEXT;
    }
    if (query_agreements_stopped(query->worker, &query->agreements, query->permit)) {
        query->end = query_agreements_end();
        return STEP_STOP;
    }
    struct lg_err err = release_commit(query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}
