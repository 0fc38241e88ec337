/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/glass.h"

#include "gateway/base/assert.h"
#include "policy/decide/permit_int.h"

enum { DAY_S = 86400, HOUR_S = 3600, SATURDAY = 5 };

static struct policy_provision provision_of(const struct emergency *section) {
    return (struct policy_provision){
        .id = section->id,
        .lasts_min = section->lasts_min,
        .at_most = section->at_most,
        .tell = section->tell,
        .tell_min = section->tell_min,
        .check_days = section->check_days,
        .counts_overdue = section->second_from > 0 || section->refused_from > 0,
    };
}

size_t policy_provision_count(const struct policy *policy) {
    return policy->emergency_names.count;
}

struct policy_provision policy_provision_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->emergency_names.count);
    return provision_of(&policy->emergencies[index]);
}

uint32_t policy_provision_window(const struct policy *policy) {
    uint32_t window = 0;
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        uint32_t its = policy->emergencies[i].at_most.window_s;
        window = its > window ? its : window;
    }
    return window;
}

bool policy_permit_declared(const struct permit *permit, struct span agreement,
                            struct policy_declared *out_declared) {
    *out_declared = (struct policy_declared){0};
    if (!permit->request.emergency.is_declared) {
        return false;
    }
    for (size_t i = 0; i < permit->scope_count; i++) {
        const struct scope *scope = &permit->scopes[i];
        if (scope->policy == NULL || !span_equal(scope->policy->id, agreement)) {
            continue;
        }
        const struct emergency_state *state = &scope->emergency;
        out_declared->is_valid = state->is_valid;
        out_declared->fault = state->fault;
        out_declared->has_provision = state->section != NULL;
        if (state->section != NULL) {
            out_declared->provision = provision_of(state->section);
        }
        return true;
    }
    return false;
}

static bool is_working(int32_t day) {
    return policy_weekday_of(day) < SATURDAY && !policy_is_bank_holiday(day);
}

int64_t policy_working_days_end(const struct policy *policy, int64_t at_s, uint32_t days) {
    int32_t day = policy_local_time(policy->zone, at_s).day;
    while (days > 0) {
        day++;
        days -= is_working(day) ? 1 : 0;
    }
    int64_t end_s = ((int64_t)day + 1) * DAY_S;
    /* Midnight of a place that is an hour ahead comes an hour early. */
    struct local_time ahead = policy_local_time(policy->zone, end_s - HOUR_S);
    return ahead.day == day + 1 ? end_s - HOUR_S : end_s;
}
