/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell shares under every basis, declaration, reason and consent: asked of the evaluator.
 *
 * A mask has one bit for each reason (given or not) and each of the states of consent below. It is
 * complete, though smaller than all facts there are:
 *   - a consent that has run out or covers something else is answered like none (design, section
 *     13), and a withdrawn one like a refused one: only the reason reads differently;
 *   - a fact that states no kind fits where one kind is asked for, and shares what that kind
 * shares. Where two are (a basis that is consent, and confidence that explicit consent sets aside),
 * it alone carries both: that one is asked, explicit, from each who may have recorded it;
 *   - a declaration that does not hold shares what none shares. What a declaration must look like
 *     (reasons, rationale, age, how many) is compared once for the section, not here.
 *
 * What the law asks for beside (capacity, objection, opt-out, statement, what is in force) is asked
 * at its best. Where bases, purposes, parties or categories work otherwise in the new version, each
 * of these facts is asked once more on its own, for what both versions share at its best. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "policy/compare/compare_int.h"

enum {
    RECORDERS = 4,
    PER_KIND = 1 + 2 * RECORDERS,
    KINDS = 3,
    UNSTATED = 1 + KINDS * PER_KIND, /* the first that states no kind */
    VARIANTS = UNSTATED + RECORDERS,
};

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
    if (variant >= UNSTATED) {
        return (struct consent){.kind = CONSENT_KIND_NOT_STATED,
                                .state = CONSENT_GIVEN,
                                .explicit_consent = true,
                                .recorded_by = recorder_of(policy, cell, variant - UNSTATED)};
    }
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

/* Of the bits `among`. */
static uint64_t mask_of(const struct probe *probe, const struct probe_cell *cell,
                        struct probe_facts *facts, uint64_t among) {
    struct probe_question question;
    uint64_t mask = 0;
    policy_probe_decide(probe, cell, facts, &question);
    if (question.candidate.term.refusal != POLICY_REASON_NONE) {
        return 0;
    }
    for (unsigned bit = 0; bit < 2 * VARIANTS; bit++) {
        if ((among >> bit & 1U) == 0) {
            continue;
        }
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

/* One version, of a cell that a share clause governs there. */
struct side {
    struct compare *compare;
    const struct probe *probe;
    const struct probe_cell *cell;
    bool is_after;
};

static uint32_t number_of(const struct side *side, const struct pair *pair) {
    return side->is_after ? pair->after : pair->before;
}

static uint32_t emergency_of(const struct side *side, uint32_t declaration) {
    const struct pairs *pairs = &side->compare->emergencies;
    return declaration == 0 ? POLICY_NONE : number_of(side, &pairs->items[declaration - 1]);
}

static struct probe_facts facts_of(const struct side *side, uint32_t declaration,
                                   const struct pair *basis) {
    const struct policy *policy = side->probe->policy;
    enum subject_kind about = policy->clauses[policy_probe_clause(policy, side->cell)].about;
    uint32_t number = emergency_of(side, declaration);
    bool holds = policy_lens_holds(policy, number, side->cell);
    return (struct probe_facts){
        .basis = basis->id,
        .emergency = holds ? &policy->emergencies[number] : NULL,
        .age = about == SUBJECT_ADULTS ? AGE_ADULT : AGE_CHILD,
    };
}

/* What is shared on any of the days. */
static uint64_t mask_of_days(const struct side *side, struct probe_facts *facts) {
    const struct lens *lens = &side->compare->lens;
    uint64_t mask = 0;
    for (uint32_t i = 0; i < lens->day_count; i++) {
        facts->law_day = lens->days[i];
        mask |= mask_of(side->probe, side->cell, facts, ~mask);
    }
    return mask;
}

/* The whole lens of one version. */
static void fill(const struct side *side, uint64_t *masks) {
    const struct compare *compare = side->compare;
    ASSERT(policy_probe_clause(side->probe->policy, side->cell) != POLICY_NO16);
    for (uint32_t i = 0; i <= compare->emergencies.count; i++) {
        for (uint32_t j = 0; j < compare->bases.count; j++) {
            const struct pair *basis = &compare->bases.items[j];
            uint64_t *place = &masks[(size_t)i * compare->bases.count + j];
            struct probe_facts facts = facts_of(side, i, basis);
            if (number_of(side, basis) == POLICY_NONE) {
                *place = 0;
            } else if (i > 0 && facts.emergency == NULL) {
                *place = masks[j];
            } else {
                *place = mask_of_days(side, &facts);
            }
        }
    }
}

/* ---- what the law asks for ---- */

static uint32_t opt_out_days(const struct policy *policy, const struct probe_cell *cell) {
    const struct category *category = &policy->categories[policy->fields[cell->field].category];
    return category->law.has_opt_out ? category->law.opt_out_days : 0;
}

/* As old as one of the versions takes it. */
static uint32_t oldest_taken(const struct side sides[static 2]) {
    uint32_t was = opt_out_days(sides[0].probe->policy, sides[0].cell);
    uint32_t is = opt_out_days(sides[1].probe->policy, sides[1].cell);
    return was > is ? was : is;
}

/* Which of `among`, shared by both at its best, one of the versions does not share under the facts;
 * bits of MOVE_. */
static uint8_t law_move(const struct side sides[static 2], uint64_t among,
                        struct probe_facts facts[static 2]) {
    uint64_t was = mask_of(sides[0].probe, sides[0].cell, &facts[0], among);
    uint64_t is = mask_of(sides[1].probe, sides[1].cell, &facts[1], among);
    return (uint8_t)(((is & ~was) != 0 ? MOVE_WEAKER : 0) | ((was & ~is) != 0 ? MOVE_STRONGER : 0));
}

static uint8_t law_moves_on(const struct side sides[static 2], uint32_t declaration, uint32_t basis,
                            int32_t day) {
    const struct compare *compare = sides[0].compare;
    size_t place = (size_t)declaration * compare->bases.count + basis;
    uint64_t among = compare->lens.before[place] & compare->lens.after[place];
    uint8_t moves = 0;
    for (unsigned law = PROBE_BEST; among != 0 && law < PROBE_LAWS; law++) {
        struct probe_facts facts[2];
        for (int i = 0; i < 2; i++) {
            facts[i] = facts_of(&sides[i], declaration, &compare->bases.items[basis]);
            facts[i].law = (enum probe_law)law;
            facts[i].opt_out_days = oldest_taken(sides);
            facts[i].law_day = day;
        }
        moves |= law_move(sides, among, facts);
    }
    return moves;
}

static uint8_t law_moves(const struct side sides[static 2]) {
    const struct compare *compare = sides[0].compare;
    uint8_t moves = 0;
    for (uint32_t i = 0; i <= compare->emergencies.count; i++) {
        for (uint32_t j = 0; j < compare->bases.count && moves != MOVE_CHANGED; j++) {
            for (uint32_t k = 0; k < compare->lens.day_count; k++) {
                moves |= law_moves_on(sides, i, j, compare->lens.days[k]);
            }
        }
    }
    return moves;
}

static void clear(const struct compare *compare, uint64_t *masks) {
    size_t count = (size_t)(compare->emergencies.count + 1) * compare->bases.count;
    for (size_t i = 0; i < count; i++) {
        masks[i] = 0;
    }
}

void policy_lens_fill(struct compare *compare, const struct cell_pair *cell) {
    const struct side sides[2] = {
        {compare, &compare->probe_before, &cell->before, false},
        {compare, &compare->probe_after, &cell->after, true},
    };
    clear(compare, compare->lens.before);
    clear(compare, compare->lens.after);
    if (cell->is_before) {
        fill(&sides[0], compare->lens.before);
    }
    if (cell->is_after) {
        fill(&sides[1], compare->lens.after);
    }
    bool by_law =
        !compare->alike && (compare->before->statutes != NULL || compare->after->statutes != NULL ||
                            compare->before->has_marks || compare->after->has_marks);
    compare->lens.law_moves = by_law && cell->is_before && cell->is_after ? law_moves(sides) : 0;
}
