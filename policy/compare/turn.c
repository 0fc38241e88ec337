/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a field in a replay. */
#include "policy/compare/rehearse_int.h"

const char policy_rehearse_limit[] =
    "A replay sees only what people asked, and people stop asking for what is refused.";

const char *policy_turn_name(enum policy_turn turn) {
    static const char *const names[POLICY_TURNS] = {
        [POLICY_TURN_NEW] = "newly visible",
        [POLICY_TURN_WEAKER] = "treatment weaker",
        [POLICY_TURN_OTHER] = "treatment other",
        [POLICY_TURN_STRONGER] = "treatment stronger",
        [POLICY_TURN_REFUSED] = "permit to refuse",
        [POLICY_TURN_REASON] = "reason changed",
        [POLICY_TURN_RATE] = "rate limit only",
        [POLICY_TURN_UNKNOWN] = "cannot tell",
        [POLICY_TURN_SAME] = "same",
    };
    return names[turn];
}

struct seen policy_seen_of(const struct policy_outcome *outcome, struct span field) {
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        if (span_equal(ruling->term->field, field)) {
            return (struct seen){ruling, ruling->refusal, ruling->treatment};
        }
    }
    return (struct seen){.reason = POLICY_NO_CLAUSE};
}

bool policy_seen_is_shared(const struct seen *seen) {
    return seen->reason == POLICY_REASON_NONE && seen->treatment != TREATMENT_REDACT;
}

static enum policy_turn shared_turn(const struct seen *old, const struct seen *new) {
    static const int openness[] = {
        [TREATMENT_NONE] = 0,         [TREATMENT_REDACT] = 1,     [TREATMENT_AGGREGATE] = 2,
        [TREATMENT_PSEUDONYMISE] = 3, [TREATMENT_GENERALISE] = 4, [TREATMENT_PASS] = 5,
    };
    if (old->treatment == new->treatment) {
        return span_equal(old->ruling->term->rule, new->ruling->term->rule) ? POLICY_TURN_SAME
                                                                            : POLICY_TURN_OTHER;
    }
    return openness[new->treatment] > openness[old->treatment] ? POLICY_TURN_WEAKER
                                                               : POLICY_TURN_STRONGER;
}

enum policy_turn policy_turn_of(const struct seen *old, const struct seen *new) {
    bool by_rate = old->reason == POLICY_RATE_LIMIT || new->reason == POLICY_RATE_LIMIT;
    if (policy_seen_is_shared(old) && policy_seen_is_shared(new)) {
        return shared_turn(old, new);
    }
    if (policy_seen_is_shared(old) == policy_seen_is_shared(new) && old->reason == new->reason) {
        return POLICY_TURN_SAME;
    }
    if (by_rate) {
        return POLICY_TURN_RATE;
    }
    if (policy_seen_is_shared(old)) {
        return POLICY_TURN_REFUSED;
    }
    return policy_seen_is_shared(new) ? POLICY_TURN_NEW : POLICY_TURN_REASON;
}
