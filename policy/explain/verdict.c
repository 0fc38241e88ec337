/* SPDX-License-Identifier: Apache-2.0 */
/* What the first half of the decision says of the whole question. */
#include "policy/explain/explain_int.h"

/* The first field over all sources that is refused, or that is not: as a ruling, and where it is.
 * False where there is none. */
static bool first_ruling(const struct permit *permit, bool refused, size_t *out_source,
                         struct policy_ruling *out_ruling) {
    for (size_t i = 0; i < permit->source_count; i++) {
        for (size_t j = 0; j < permit->sources[i].field_count; j++) {
            *out_ruling = policy_ruling_of(permit, i, j);
            if ((out_ruling->refusal != POLICY_REASON_NONE) == refused) {
                *out_source = i;
                return true;
            }
        }
    }
    return false;
}

struct lg_err policy_permit_verdict(const struct permit *permit, struct arena *arena,
                                    struct verdict *out_verdict) {
    struct policy_outcome *outcomes = arena_array(arena, permit->source_count, sizeof *outcomes);
    struct policy_outcome whole;
    struct policy_ruling ruling;
    size_t source = 0;
    if (outcomes == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < permit->source_count; i++) {
        size_t count = permit->sources[i].field_count;
        struct policy_ruling *rulings = arena_array(arena, count, sizeof *rulings);
        if (rulings == NULL) {
            return policy_no_memory();
        }
        for (size_t j = 0; j < count; j++) {
            rulings[j] = policy_ruling_of(permit, i, j);
        }
        outcomes[i] = (struct policy_outcome){.rulings = rulings,
                                              .ruling_count = count,
                                              .reason = permit->sources[i].refusal,
                                              .told = permit->sources[i].refusal};
    }
    TRY(policy_combine(outcomes, permit->source_count, arena, &whole));
    struct verdict verdict = {
        .decision = whole.decision,
        .code = span_text(policy_reason_name(whole.reason)),
        .sentence = span_text(policy_reason_sentence(whole.reason)),
        .clauses = whole.clauses,
    };
    if (permit->scopes[0].policy != NULL) {
        verdict.agreement = permit->scopes[0].policy->id;
        verdict.agreement_version = permit->scopes[0].policy->version;
    }
    bool is_refused = whole.decision == DECISION_REFUSE;
    if (first_ruling(permit, is_refused, &source, &ruling)) {
        verdict.agreement = ruling.term->agreement;
        verdict.agreement_version = ruling.term->agreement_version;
        if (is_refused) {
            verdict.sentence = policy_sentence(permit, source, &ruling, arena);
            verdict.remedy = policy_remedy(permit, source, &ruling, arena);
        }
    }
    if (lg_failed(arena_failed(arena))) {
        return policy_no_memory();
    }
    *out_verdict = verdict;
    return LG_OK;
}
