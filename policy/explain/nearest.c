/* SPDX-License-Identifier: Apache-2.0 */
/* The clauses that come nearest to a cell that none governs: they share its field and differ in the
 * fewest of recipient, source and purpose. */
#include "policy/explain/explain_int.h"

enum { DIFFERS_RECIPIENT = 1, DIFFERS_SOURCE = 2, DIFFERS_PURPOSE = 4 };

static bool shares_field(const struct policy *policy, const struct clause *clause, uint32_t field) {
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        if ((datum->kind == DATA_FIELD && datum->index == field) ||
            (datum->kind == DATA_CATEGORY && datum->index == policy->fields[field].category)) {
            return true;
        }
    }
    return false;
}

static bool covers_purpose(const struct policy *policy, const struct clause *clause,
                           uint32_t purpose) {
    for (uint32_t at = purpose; at != POLICY_NO16; at = policy->purposes[at].parent) {
        if (policy_bits_has(&clause->purposes, at)) {
            return true;
        }
    }
    return false;
}

static unsigned differences(const struct candidate *it, const struct clause *clause) {
    const struct scope *scope = it->scope;
    unsigned differs = 0;
    if (policy_targets_match(scope->policy, &clause->to, scope->role) == 0) {
        differs |= DIFFERS_RECIPIENT;
    }
    if (!policy_bits_has(&clause->from, it->source)) {
        differs |= DIFFERS_SOURCE;
    }
    if (!covers_purpose(scope->policy, clause, scope->purpose)) {
        differs |= DIFFERS_PURPOSE;
    }
    return differs;
}

static unsigned count_bits(unsigned differs) {
    return (differs & 1U) + (differs >> 1 & 1U) + (differs >> 2 & 1U);
}

static const char *words_for(unsigned differs) {
    static const char *const words[] = {
        "nothing",
        "recipient",
        "source",
        "recipient and source",
        "purpose",
        "recipient and purpose",
        "source and purpose",
        "recipient, source and purpose",
    };
    return words[differs];
}

size_t policy_nearest_find(const struct candidate *candidate,
                           struct policy_nearest out[static POLICY_NEAREST_MAX]) {
    const struct policy *policy = candidate->scope->policy;
    size_t count = 0;
    for (unsigned wanted = 1; wanted <= 3; wanted++) {
        for (uint32_t i = 0; i < policy->own_clause_count && count < POLICY_NEAREST_MAX; i++) {
            const struct clause *clause = &policy->clauses[i];
            unsigned differs = differences(candidate, clause);
            if (clause->kind != CLAUSE_SHARE || count_bits(differs) != wanted ||
                !shares_field(policy, clause, candidate->field)) {
                continue;
            }
            out[count++] = (struct policy_nearest){
                .clause = clause->shown.id,
                .line = clause->shown.line,
                .differs = span_text(words_for(differs)),
            };
        }
    }
    return count;
}
