/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/signing.h"

#include "gateway/base/assert.h"
#include "policy/policy_int.h"
#include "policy/text/names.h"

/* No zone is further from UTC than this, in seconds. */
enum { DAY_S = 86400, ZONE_MAX_S = 15 * 3600 };

struct policy_signer policy_signer_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy_party_count(policy));
    const struct party *party = &policy->parties[index];
    return (struct policy_signer){
        .party = party->shown.id, .office = party->signs_as, .key = party->key};
}

struct span policy_lead(const struct policy *policy) {
    return policy->parties[policy->lead].shown.id;
}

bool policy_signs_both_sides(const struct policy *policy) {
    return policy->both_sides;
}

uint32_t policy_replaces(const struct policy *policy) {
    return policy->replaces;
}

bool policy_returns_on_leaving(const struct policy *policy, struct span party) {
    uint32_t index = policy_names_find(&policy->party_names, party);
    bool returns = policy->return_on_leaving;
    for (uint32_t i = 0; index != POLICY_NONE && i < policy->own_clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];
        returns = returns || (clause->kind == CLAUSE_ENROL && clause->return_on_leaving &&
                              policy_bits_has(&clause->from, index));
    }
    return returns;
}

bool policy_returns_on_expiry(const struct policy *policy) {
    return policy->return_on_expiry;
}

/* Local days never go back by a whole day, so the moment is found by halving. */
int64_t policy_day_begins(const struct policy *policy, int32_t day) {
    int64_t before = (int64_t)day * DAY_S - ZONE_MAX_S;
    int64_t at = (int64_t)day * DAY_S + ZONE_MAX_S;
    while (at - before > 1) {
        int64_t middle = before + (at - before) / 2;
        if (policy_local_day(policy, middle) < day) {
            before = middle;
        } else {
            at = middle;
        }
    }
    return at;
}
