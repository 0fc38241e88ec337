/* SPDX-License-Identifier: Apache-2.0 */
/* What an agreement says of a request before any field is looked at: decision steps 1 to 4. */
#include "gateway/base/bytes.h"
#include "policy/decide/permit_int.h"

static bool listed(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return false;
}

static uint32_t find_role(const struct policy *policy, struct span party, struct span role) {
    uint8_t name[2 * LIMIT_POLICY_NAME_SIZE + 1];
    struct writer writer = writer_of(name, sizeof name);
    struct span written;
    writer_bytes(&writer, party);
    writer_u8(&writer, '/');
    writer_bytes(&writer, role);
    if (lg_failed(writer_end(&writer, &written))) {
        return POLICY_NONE;
    }
    return policy_names_find(&policy->role_names, written);
}

static int32_t review_day_of(const struct policy_force *force) {
    return force->has_review_day ? force->review_day : force->policy->days.review_day;
}

void policy_scope_init(const struct policy_force *force, const struct policy_request *request,
                       struct scope *out_scope) {
    const struct policy *policy = force->policy;
    struct scope scope = {
        .policy = policy,
        .force = *force,
        .request = request,
        .recipient = policy_names_find(&policy->party_names, request->recipient),
        .role = find_role(policy, request->recipient, request->role),
        .purpose = policy_names_find(&policy->purpose_names, request->purpose),
        .basis = policy_names_find(&policy->basis_names, request->basis),
        .now = policy_local_time(policy->zone, request->at_s),
    };
    for (size_t i = 0; i < request->fields.count; i++) {
        scope.field_unknown |=
            policy_names_find(&policy->field_names, request->fields.items[i]) == POLICY_NONE;
    }
    scope.review_due = scope.now.day > review_day_of(force);
    if (scope.role != POLICY_NONE && scope.purpose != POLICY_NONE) {
        policy_emergency_judge(policy, request, scope.role, scope.purpose, &scope.emergency);
    }
    *out_scope = scope;
}

static bool concerns(const struct scope *scope, const struct span_list *parties, uint32_t source) {
    return listed(parties, scope->request->recipient) ||
           (source != POLICY_NONE && listed(parties, scope->policy->parties[source].shown.id));
}

static enum policy_reason refuse_agreement(const struct scope *scope, uint32_t source) {
    const struct policy_force *force = &scope->force;
    const struct policy *policy = scope->policy;
    bool unsigned_side = policy->both_sides ? concerns(scope, &force->unsigned_parties, source)
                                            : force->unsigned_parties.count > 0;
    if (force->is_suspended || concerns(scope, &force->suspended, source)) {
        return POLICY_AGREEMENT_SUSPENDED;
    }
    if (force->is_unsigned || unsigned_side) {
        return POLICY_AGREEMENT_NOT_SIGNED;
    }
    if (scope->now.day < policy->days.first_day) {
        return POLICY_AGREEMENT_NOT_STARTED;
    }
    if (scope->now.day > policy->days.last_day) {
        return POLICY_AGREEMENT_EXPIRED;
    }
    if (concerns(scope, &force->withdrawn, source)) {
        return POLICY_PARTY_WITHDRAWN;
    }
    return POLICY_REASON_NONE;
}

enum policy_reason policy_agreement_refusal(const struct policy_force *force,
                                            const struct policy_request *request) {
    struct scope scope;
    policy_scope_init(force, request, &scope);
    enum policy_reason refusal = refuse_agreement(&scope, POLICY_NONE);
    bool overdue = scope.now.day > review_day_of(force) + (int32_t)force->policy->days.grace_days;
    if (refusal == POLICY_REASON_NONE && overdue) {
        return POLICY_AGREEMENT_REVIEW_OVERDUE;
    }
    return refusal;
}

static enum policy_reason refuse_names(const struct scope *scope, uint32_t source) {
    const struct policy *policy = scope->policy;
    if (scope->recipient == POLICY_NONE || source == POLICY_NONE) {
        return POLICY_NOT_A_PARTY;
    }
    if (scope->role == POLICY_NONE) {
        return POLICY_ROLE_UNKNOWN;
    }
    struct span training = policy->roles[scope->role].shown.training;
    if (training.len > 0 && !listed(&scope->request->trainings, training)) {
        return POLICY_TRAINING_NOT_CURRENT;
    }
    if (source == scope->recipient) {
        return POLICY_SAME_PARTY;
    }
    if (scope->purpose == POLICY_NONE) {
        return POLICY_PURPOSE_UNKNOWN;
    }
    return scope->field_unknown ? POLICY_FIELD_UNKNOWN : POLICY_REASON_NONE;
}

/* NONE also where a valid emergency sets the review aside; *out_mark tells which. */
static enum policy_reason refuse_review(const struct scope *scope, enum policy_mark *out_mark) {
    const struct policy_term_days *days = &scope->policy->days;
    const struct emergency_state *emergency = &scope->emergency;
    *out_mark = POLICY_PASSED;
    if (scope->now.day <= review_day_of(&scope->force) + (int32_t)days->grace_days) {
        return POLICY_REASON_NONE;
    }
    bool helps = emergency->section == NULL || emergency->section->sets_aside_review;
    if (emergency->is_valid && helps) {
        *out_mark = POLICY_SET_ASIDE;
        return POLICY_REASON_NONE;
    }
    *out_mark = POLICY_FAILED;
    bool is_fault = emergency->fault != POLICY_REASON_NONE && helps;
    return is_fault ? emergency->fault : POLICY_AGREEMENT_REVIEW_OVERDUE;
}

enum policy_reason policy_scope_refusal(const struct scope *scope, uint32_t source,
                                        enum policy_reason *out_stage, uint32_t *out_checks) {
    enum policy_mark mark;
    if (scope->policy == NULL) {
        *out_stage = POLICY_NO_AGREEMENT;
        policy_mark_set(out_checks, POLICY_CHECK_AGREEMENT, POLICY_FAILED);
        return *out_stage;
    }
    *out_stage = refuse_agreement(scope, source);
    policy_mark_set(out_checks, POLICY_CHECK_AGREEMENT,
                    *out_stage == POLICY_REASON_NONE ? POLICY_PASSED : POLICY_FAILED);
    if (*out_stage != POLICY_REASON_NONE) {
        return *out_stage;
    }
    *out_stage = refuse_names(scope, source);
    policy_mark_set(out_checks, POLICY_CHECK_NAMES,
                    *out_stage == POLICY_REASON_NONE ? POLICY_PASSED : POLICY_FAILED);
    if (*out_stage != POLICY_REASON_NONE) {
        return *out_stage;
    }
    enum policy_reason reason = refuse_review(scope, &mark);
    *out_stage =
        reason == POLICY_REASON_NONE ? POLICY_REASON_NONE : POLICY_AGREEMENT_REVIEW_OVERDUE;
    policy_mark_set(out_checks, POLICY_CHECK_REVIEW, mark);
    return reason;
}
