/* SPDX-License-Identifier: Apache-2.0 */
/* Step permit: what the agreements in force allow, before anything is looked up. */
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/query/query_int.h"

/* Which of the five are given, in the order of enum policy_necessity. */
static uint32_t necessity_of(const struct five_reasons *reasons) {
    const struct span texts[POLICY_NECESSITIES] = {
        [POLICY_PROPORTIONATE] = reasons->proportionate,
        [POLICY_LAWFUL] = reasons->lawful,
        [POLICY_ACCOUNTABLE] = reasons->accountable,
        [POLICY_NECESSARY] = reasons->necessary,
        [POLICY_LEAST_INTRUSIVE] = reasons->least_intrusive,
    };
    uint32_t bits = 0;
    for (size_t i = 0; i < POLICY_NECESSITIES; i++) {
        bits |= texts[i].len > 0 ? UINT32_C(1) << i : 0;
    }
    return bits;
}

static enum policy_capacity capacity_of(enum capacity capacity) {
    switch (capacity) {
    case CAPACITY_CAN:
        return POLICY_CAPACITY_HAS;
    case CAPACITY_CANNOT:
        return POLICY_CAPACITY_LACKS;
    case CAPACITY_UNSTATED:
    case CAPACITY_NOT_KNOWN:
        break;
    }
    return POLICY_CAPACITY_NOT_KNOWN;
}

struct policy_request query_policy_request(const struct caller *caller,
                                           const struct question *question, int64_t now_ms) {
    return (struct policy_request){
        .agreement = question->ground.agreement,
        .at_s = now_ms / 1000,
        .recipient = caller->agency,
        .role = caller->role,
        .sources = question->sources,
        .fields = question->items,
        .purpose = question->ground.purpose,
        .basis = question->ground.basis,
        .age_class = question->age_class,
        .has_case_reference = question->ground.case_reference.len > 0,
        .has_second_person = question->second_person.user_id.len > 0,
        .no_consent_reason = question->no_consent_reason,
        .has_statement = question->statement.len > 0,
        .has_compelling_reason = question->compelling_reason.len > 0,
        .capacity = capacity_of(question->deciding_capacity),
        .necessity = necessity_of(&question->reasons),
    };
}

/* The agreement that decided, and the day it is there. */
static struct lg_err agreement_note(struct query *query) {
    const struct policy_force *force =
        agreement_forces_find(query->agreements.forces, query->verdict.agreement);
    query->agreement = query->verdict.agreement;
    query->agreement_version = query->verdict.agreement_version;
    if (force == NULL) {
        return LG_OK;
    }
    char day[11];
    policy_day_text(policy_local_day(force->policy, query->begun_wall_ms / 1000), day);
    query->today = arena_copy(query->arena, span_text(day));
    return arena_failed(query->arena);
}

static struct lg_err decide(struct query *query) {
    const struct agreement_forces forces = query->agreements.forces;
    struct policy_request request =
        query_policy_request(query->caller, query->question, query->begun_wall_ms);
    TRY(query_emergency_read(query));
    request.emergency = query->emergency.facts;
    request.has_second_person = query->emergency.has_second;
    TRY(policy_decide(forces.force, forces.count, &request, query->arena, &query->permit));
    TRY(policy_permit_verdict(query->permit, query->arena, &query->verdict));
    return agreement_note(query);
}

static void on_refused(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    if (outcome->result == AUDIT_COMMITTED) {
        query->refusal_receipt = audit_receipt_hold(outcome->receipts[0]);
    }
    query_resume(query);
}

/* A refusal travels the same line: durable, with a receipt. */
struct lg_err query_refusal_commit(struct query *query, struct span reason) {
    struct audit_entry_fields fields;
    query_person_recall(query);
    TRY(query_trail_refusal(query, reason, &fields));
    const struct audit_batch batch = {.entries = &fields, .count = 1};
    TRY(audit_commit(query->worker->gateway->log, &batch, query->worker->loop, on_refused, query));
    query->is_committing = true;
    query->is_finalled = true;
    return LG_OK;
}

const char query_stopped_code[] = "ACCESS_STOPPED";
const char query_stopped_sentence[] =
    "Access was stopped by an officer: ask your agency's information governance officer, or the "
    "host's";

struct lg_err query_stopped_refuse(struct query *query) {
    query->verdict = (struct verdict){
        .decision = DECISION_REFUSE,
        .code = span_text(query_stopped_code),
        .sentence = span_text(query_stopped_sentence),
    };
    return query_refusal_commit(query, query->verdict.code);
}

/* Whoever is stopped is asked nothing more. */
static struct lg_err stopped_check(struct query *query, bool *out_stopped) {
    TRY(access_check(query->worker->reader, query->caller, out_stopped));
    return *out_stopped ? query_stopped_refuse(query) : LG_OK;
}

enum step step_permit(struct query *query) {
    if (query->is_finalled) { /* back from the log */
        return query_reply_end(query);
    }
    /* Not before: what was stopped since it came must not permit it. */
    query->agreements = query_agreements_hold(query->worker);
    bool is_stopped = false;
    struct lg_err err = stopped_check(query, &is_stopped);
    if (is_stopped) {
        return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
    }
    if (!lg_failed(err)) {
        err = decide(query);
    }
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    if (policy_permit_is_open(query->permit)) {
        return STEP_NEXT;
    }
    err = query_refusal_commit(query, query->verdict.code);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}
