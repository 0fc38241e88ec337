/* SPDX-License-Identifier: Apache-2.0 */
/* How names, clauses and cells fit each other: shared by compile and evaluation. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "policy/policy_int.h"

/* Places of the parts of a fit; the data bit lies above them (POLICY_FIT_FIELD). */
enum { FIT_RECIPIENT = 1 << 16, FIT_PURPOSE = 1 << 8, FIT_NEAR = 128, FIT_SOURCE = 1 };

static_assert((int)FIT_NEAR > (int)LIMIT_POLICY_PURPOSE_DEPTH, "nearness stays above zero");

uint32_t policy_purpose_steps(const struct policy *policy, uint32_t wider, uint32_t purpose) {
    uint32_t steps = 0;
    while (purpose != wider) {
        if (policy->purposes[purpose].parent == POLICY_NO16) {
            return UINT32_MAX;
        }
        purpose = policy->purposes[purpose].parent;
        steps++;
        ASSERT(steps <= LIMIT_POLICY_PURPOSE_DEPTH);
    }
    return steps;
}

uint32_t policy_targets_match(const struct policy *policy, const struct targets *targets,
                              uint32_t role) {
    uint32_t best = 0;
    for (uint32_t i = 0; i < targets->count; i++) {
        const struct target *target = &targets->items[i];
        bool matches = target->kind == TARGET_ANY ||
                       (target->kind == TARGET_ROLE && target->index == role) ||
                       (target->kind == TARGET_PARTY && target->index == policy->roles[role].party);
        uint32_t rank = matches ? (uint32_t)target->kind + 1 : 0;
        best = rank > best ? rank : best;
    }
    return best;
}

/* Nearness of the nearest purpose that the clause names: FIT_NEAR for the purpose itself, one less
 * a step up. */
static uint32_t purpose_rank(const struct policy *policy, const struct clause *clause,
                             uint32_t purpose) {
    uint32_t rank = FIT_NEAR;
    while (!policy_bits_has(&clause->purposes, purpose)) {
        purpose = policy->purposes[purpose].parent;
        ASSERT(purpose != POLICY_NO16);
        rank--;
    }
    return rank;
}

uint32_t policy_clause_fit(const struct policy *policy, const struct clause *clause, uint32_t role,
                           uint32_t source, uint32_t purpose) {
    uint32_t recipient = policy_targets_match(policy, &clause->to, role);
    uint32_t near = purpose_rank(policy, clause, purpose);
    ASSERT(recipient > 0);
    ASSERT(policy_bits_has(&clause->from, source));
    return recipient * FIT_RECIPIENT + near * FIT_PURPOSE + (clause->from_any ? 0 : FIT_SOURCE);
}

bool policy_is_hidden(const struct policy *policy, uint32_t source, uint32_t category,
                      const struct clause *clause) {
    const struct category *data = &policy->categories[category];
    enum policy_existence party = policy->parties[source].shown.existence;
    if (clause->existence != POLICY_EXISTENCE_UNSET) {
        return clause->existence == POLICY_HIDDEN;
    }
    if (party == POLICY_HIDDEN || data->existence == POLICY_HIDDEN) {
        return true;
    }
    if (party == POLICY_OPEN || data->existence == POLICY_OPEN) {
        return false;
    }
    return data->data_class != POLICY_ORDINARY;
}

bool policy_basis_carries(const struct policy *policy, uint32_t basis, uint32_t purpose,
                          enum policy_class data_class) {
    const struct basis *it = &policy->bases[basis];
    const bool has_condition[] = {
        [POLICY_ORDINARY] = true,
        [POLICY_SPECIAL] = it->has_article9,
        [POLICY_CRIMINAL] = it->has_article10,
    };
    ASSERT(has_condition[data_class]);
    return policy_bits_has(&it->covers, purpose);
}

bool policy_basis_suits_parties(const struct policy *policy, uint32_t basis, uint32_t source,
                                uint32_t recipient) {
    switch (policy->bases[basis].kind) {
    case POLICY_BASIS_RECOGNISED_INTEREST:
        return !policy->parties[source].shown.is_public_authority;
    case POLICY_BASIS_LAW_ENFORCEMENT:
        return policy->parties[recipient].shown.is_competent_authority;
    default:
        return true;
    }
}
