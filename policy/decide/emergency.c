/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a declared emergency holds (design, decision step 3). */
#include "policy/decide/permit_int.h"

static bool has_reason(const struct emergency *section, struct span reason) {
    for (size_t i = 0; i < section->reasons.count; i++) {
        if (span_equal(section->reasons.items[i], reason)) {
            return true;
        }
    }
    return false;
}

static bool is_from(uint32_t count, uint32_t from) {
    return from > 0 && count >= from;
}

/* What late reviews of earlier emergencies leave of the allowance. */
static enum policy_reason judge_allowance(const struct emergency *section,
                                          const struct policy_request *request) {
    uint32_t overdue = request->emergency.overdue;
    if (is_from(overdue, section->refused_from)) {
        return POLICY_EMERGENCY_REVIEWS_OVERDUE;
    }
    bool needs_second = section->requires_second || is_from(overdue, section->second_from);
    return needs_second && !request->has_second_person ? POLICY_EMERGENCY_SECOND_PERSON
                                                       : POLICY_REASON_NONE;
}

/* The first fault in the order of the codes, NONE where it holds. */
static enum policy_reason judge(const struct emergency *section,
                                const struct policy_request *request, uint32_t role,
                                uint32_t purpose) {
    const struct policy_emergency *declared = &request->emergency;
    if (!policy_bits_has(&section->purposes, purpose)) {
        return POLICY_EMERGENCY_PURPOSE;
    }
    if (!policy_bits_has(&section->declared_by, role)) {
        return POLICY_EMERGENCY_ROLE;
    }
    if (!has_reason(section, declared->reason)) {
        return POLICY_EMERGENCY_REASON;
    }
    if (declared->rationale_chars < section->rationale_min) {
        return POLICY_EMERGENCY_RATIONALE;
    }
    if (!declared->has_age || declared->age_min >= section->lasts_min) {
        return POLICY_EMERGENCY_LAPSED;
    }
    if (declared->count >= section->at_most.count) {
        return POLICY_EMERGENCY_LIMIT;
    }
    return judge_allowance(section, request);
}

void policy_emergency_judge(const struct policy *policy, const struct policy_request *request,
                            uint32_t role, uint32_t purpose, struct emergency_state *out_state) {
    const struct policy_emergency *declared = &request->emergency;
    *out_state = (struct emergency_state){0};
    if (!declared->is_declared) {
        return;
    }
    out_state->fault = POLICY_EMERGENCY_NOT_PROVIDED;
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        const struct emergency *section = &policy->emergencies[i];
        if (declared->id.len > 0 && !span_equal(declared->id, section->id)) {
            continue;
        }
        enum policy_reason fault = judge(section, request, role, purpose);
        if (fault == POLICY_REASON_NONE || out_state->section == NULL) {
            out_state->section = section;
            out_state->fault = fault;
        }
        if (fault == POLICY_REASON_NONE) {
            out_state->is_valid = true;
            out_state->is_senior = policy_bits_has(&section->refusal_by, role);
            return;
        }
    }
}
