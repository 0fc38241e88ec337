/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell shares under every basis, declaration, reason and consent: asked of the evaluator.
 *
 * A mask has one bit for each reason (given or not) and each of the states of consent below. It is
 * complete, though smaller than all facts there are:
 *   - a consent that has run out or covers something else is answered like none (design, section
 *     13), and a withdrawn one like a refused one: only the reason reads differently;
 *   - a fact that states no kind fits every clause, so it shares what the kind that the clause is
 *     about shares;
 *   - a declaration that does not hold shares what none shares. What a declaration must look like
 *     (reasons, rationale, age, how many) is compared once for the section, not here. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "policy/compare/compare_int.h"

enum { RECORDERS = 4, PER_KIND = 1 + 2 * RECORDERS, KINDS = 3, VARIANTS = 1 + KINDS * PER_KIND };

static_assert(2 * VARIANTS <= 64, "a mask is one word");

/* Who recorded it: the source, the one who asks, a third party, nobody that is stated. */
static struct span recorder_of(const struct policy *policy, const struct probe_cell *cell,
                               unsigned recorder) {
    switch (recorder) {
    case 0:
        return policy->parties[cell->source].shown.id;
    case 1:
        return policy->roles[cell->role].shown.party;
    case 2:
        return span_text("?"); /* no party has such a name */
    default:
        return span_of(NULL, 0);
    }
}

/* The fact of a variant from 1 on; variant 0 is none. */
static struct consent variant_of(const struct policy *policy, const struct probe_cell *cell,
                                 unsigned variant) {
    unsigned way = (variant - 1) % PER_KIND;
    struct consent fact = {
        .kind = (enum consent_kind)(CONSENT_KIND_BASIS + (variant - 1) / PER_KIND),
        .state = CONSENT_REFUSED,
    };
    if (way > 0) {
        fact.state = CONSENT_GIVEN;
        fact.explicit_consent = (way - 1) / RECORDERS == 1;
        fact.recorded_by = recorder_of(policy, cell, (way - 1) % RECORDERS);
    }
    return fact;
}

static uint64_t mask_of(const struct probe *probe, const struct probe_cell *cell,
                        struct probe_facts *facts) {
    struct probe_question question;
    uint64_t mask = 0;
    policy_probe_decide(probe, cell, facts, &question);
    if (question.candidate.term.refusal != POLICY_REASON_NONE) {
        return 0;
    }
    for (unsigned bit = 0; bit < 2 * VARIANTS; bit++) {
        struct consent fact = {0};
        unsigned variant = bit % VARIANTS;
        if (variant > 0) {
            fact = variant_of(probe->policy, cell, variant);
        }
        facts->consent = variant > 0 ? &fact : NULL;
        facts->has_reason = bit >= VARIANTS;
        mask |= (uint64_t)policy_probe_shares(&question, facts) << bit;
    }
    return mask;
}

bool policy_lens_holds(const struct policy *policy, uint32_t number,
                       const struct probe_cell *cell) {
    return number != POLICY_NONE &&
           policy_bits_has(&policy->emergencies[number].purposes, cell->purpose) &&
           policy_bits_has(&policy->emergencies[number].declared_by, cell->role);
}

/* The whole lens of one version, of a cell that a share clause governs there. */
static void fill(struct compare *compare, const struct probe *probe, const struct probe_cell *cell,
                 uint64_t *masks) {
    const struct policy *policy = probe->policy;
    bool is_after = probe == &compare->probe_after;
    uint16_t clause = policy_probe_clause(policy, cell);
    ASSERT(clause != POLICY_NO16);
    enum subject_kind about = policy->clauses[clause].about;
    for (uint32_t i = 0; i <= compare->emergencies.count; i++) {
        uint32_t number = POLICY_NONE;
        if (i > 0) {
            const struct pair *pair = &compare->emergencies.items[i - 1];
            number = is_after ? pair->after : pair->before;
        }
        bool holds = policy_lens_holds(policy, number, cell);
        for (uint32_t j = 0; j < compare->bases.count; j++) {
            const struct pair *basis = &compare->bases.items[j];
            uint64_t *place = &masks[(size_t)i * compare->bases.count + j];
            struct probe_facts facts = {
                .basis = basis->id,
                .emergency = holds ? &policy->emergencies[number] : NULL,
                .age = about == SUBJECT_ADULTS ? AGE_ADULT : AGE_CHILD,
            };
            if ((is_after ? basis->after : basis->before) == POLICY_NONE) {
                *place = 0;
            } else if (i > 0 && !holds) {
                *place = masks[j];
            } else {
                *place = mask_of(probe, cell, &facts);
            }
        }
    }
}

static void clear(const struct compare *compare, uint64_t *masks) {
    size_t count = (size_t)(compare->emergencies.count + 1) * compare->bases.count;
    for (size_t i = 0; i < count; i++) {
        masks[i] = 0;
    }
}

void policy_lens_fill(struct compare *compare, const struct cell_pair *cell) {
    clear(compare, compare->lens.before);
    clear(compare, compare->lens.after);
    if (cell->is_before) {
        fill(compare, &compare->probe_before, &cell->before, compare->lens.before);
    }
    if (cell->is_after) {
        fill(compare, &compare->probe_after, &cell->after, compare->lens.after);
    }
}
