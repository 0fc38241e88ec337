/* SPDX-License-Identifier: Apache-2.0 */
/* The second half for one field: reason for no consent, consent, limit, in this order. The consent
 * part is the truth table of the design, section 13, row for row. */
#include "policy/law/decide_int.h"

static void note(struct settling *s, enum policy_check check, enum policy_reason stage,
                 enum policy_reason reason) {
    policy_mark_set(&s->ruling.checks, check,
                    stage == POLICY_REASON_NONE ? POLICY_PASSED : POLICY_FAILED);
    if (stage != POLICY_REASON_NONE && s->ruling.refusal == POLICY_REASON_NONE) {
        s->ruling.refusal = reason;
        s->stage = stage;
    }
}

static void note_set_aside(struct settling *s, enum policy_check check) {
    policy_mark_set(&s->ruling.checks, check, POLICY_SET_ASIDE);
    s->ruling.by_emergency = true;
}

static void settle_reason(struct settling *s) {
    const struct scope *scope = s->it->scope;
    bool needed = s->it->needs_reason && s->it->term.consent == POLICY_CONSENT_NOT_NEEDED;
    if (!needed || s->found == CONSENT_FOUND_GIVEN ||
        policy_is_no_consent_reason(scope->request->no_consent_reason)) {
        note(s, POLICY_CHECK_REASON, POLICY_REASON_NONE, POLICY_REASON_NONE);
        return;
    }
    if (scope->emergency.is_valid) {
        /* The rationale is the reason. */
        note_set_aside(s, POLICY_CHECK_REASON);
        return;
    }
    note(s, POLICY_CHECK_REASON, POLICY_NO_CONSENT_REASON_MISSING,
         POLICY_NO_CONSENT_REASON_MISSING);
}

/* The code of a consent that is not enough, NONE where it is. */
static enum policy_reason consent_lacks(const struct settling *s) {
    static const enum policy_reason codes[] = {
        [CONSENT_FOUND_NONE] = POLICY_CONSENT_MISSING,
        [CONSENT_FOUND_GIVEN] = POLICY_REASON_NONE,
        [CONSENT_FOUND_REFUSED] = POLICY_CONSENT_REFUSED,
        [CONSENT_FOUND_WITHDRAWN] = POLICY_CONSENT_WITHDRAWN,
        [CONSENT_FOUND_EXPIRED] = POLICY_CONSENT_EXPIRED,
        [CONSENT_FOUND_OUT_OF_SCOPE] = POLICY_CONSENT_OUT_OF_SCOPE,
    };
    const struct policy_term *term = &s->it->term;
    bool needs_explicit =
        term->data_class == POLICY_SPECIAL && term->basis_kind == POLICY_BASIS_CONSENT;
    if (s->found == CONSENT_FOUND_GIVEN && needs_explicit && !s->is_explicit) {
        return POLICY_CONSENT_NOT_EXPLICIT;
    }
    return codes[s->found];
}

static bool is_refused(const struct settling *s) {
    return s->found == CONSENT_FOUND_REFUSED || s->found == CONSENT_FOUND_WITHDRAWN;
}

/* Whether the refusal is that of an adult who can consent, or may. */
static bool refuser_may_consent(const struct settling *s) {
    const struct policy_request *request = s->it->scope->request;
    bool can = request->emergency.capacity == CAPACITY_CAN ||
               request->emergency.capacity == CAPACITY_NOT_KNOWN;
    return can && request->age_class != AGE_CHILD;
}

/* Vital interests do not carry a refusal by an adult who can consent: the agreement has to name the
 * basis for that (law.md 4.3, rule 11). */
static bool basis_carries_refusal(const struct settling *s) {
    const struct emergency *section = s->it->scope->emergency.section;
    return !refuser_may_consent(s) || section->basis_for_refusal != POLICY_NO16;
}

bool policy_refusal_yields(const struct settling *s) {
    return s->it->scope->emergency.is_senior && basis_carries_refusal(s);
}

/* Consent lacks and the clause lets an emergency stand in. */
static void settle_in_emergency(struct settling *s, enum policy_reason lacks) {
    const struct emergency_state *emergency = &s->it->scope->emergency;
    bool helps = emergency->section == NULL || emergency->section->sets_aside_consent;
    if (!helps || (!emergency->is_valid && emergency->fault == POLICY_REASON_NONE)) {
        note(s, POLICY_CHECK_CONSENT, lacks, lacks);
        return;
    }
    if (!emergency->is_valid) {
        note(s, POLICY_CHECK_CONSENT, lacks, emergency->fault);
        return;
    }
    if (is_refused(s) && !policy_refusal_yields(s)) {
        note(s, POLICY_CHECK_CONSENT, lacks, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        return;
    }
    s->refusal_set_aside = is_refused(s);
    note_set_aside(s, POLICY_CHECK_CONSENT);
}

static void settle_consent(struct settling *s) {
    enum policy_reason lacks = consent_lacks(s);
    if (s->it->term.consent == POLICY_CONSENT_NOT_NEEDED) {
        s->ruling.objection_noted = is_refused(s);
        lacks = POLICY_REASON_NONE;
    }
    if (lacks != POLICY_REASON_NONE && s->it->term.consent == POLICY_CONSENT_UNLESS_EMERGENCY) {
        settle_in_emergency(s, lacks);
        return;
    }
    note(s, POLICY_CHECK_CONSENT, lacks, lacks);
}

static bool is_over(struct policy_rate rate, uint32_t count) {
    return rate.count > 0 && count >= rate.count;
}

static bool limit_is_reached(const struct settling *s) {
    const struct candidate *it = s->it;
    if (it->term.limit == POLICY_LIMIT_NONE) {
        return false;
    }
    if (s->facts->counts == NULL || it->term.limit >= s->facts->count_count) {
        return true;
    }
    const struct limit *limit = &it->scope->policy->limits[it->clause->limit];
    const struct policy_counts *counts = &s->facts->counts[it->term.limit];
    return is_over(limit->per_person, counts->person) ||
           is_over(limit->per_agency, counts->agency) ||
           is_over(limit->per_subject, counts->subject);
}

static void settle_limit(struct settling *s) {
    const struct emergency_state *emergency = &s->it->scope->emergency;
    if (!limit_is_reached(s)) {
        note(s, POLICY_CHECK_LIMIT, POLICY_REASON_NONE, POLICY_REASON_NONE);
        return;
    }
    bool helps = emergency->section == NULL || emergency->section->sets_aside_limit;
    if (emergency->is_valid && helps) {
        note_set_aside(s, POLICY_CHECK_LIMIT);
        return;
    }
    bool is_fault = emergency->fault != POLICY_REASON_NONE && helps;
    note(s, POLICY_CHECK_LIMIT, POLICY_RATE_LIMIT, is_fault ? emergency->fault : POLICY_RATE_LIMIT);
}

/* The basis that is recorded. */
static struct span recorded_basis(const struct settling *s) {
    const struct scope *scope = s->it->scope;
    const struct emergency *section = scope->emergency.section;
    if (!s->ruling.by_emergency) {
        return scope->request->basis;
    }
    bool is_incapable = scope->request->emergency.capacity == CAPACITY_CANNOT;
    if (s->refusal_set_aside && !is_incapable && section->basis_for_refusal != POLICY_NO16) {
        return scope->policy->bases[section->basis_for_refusal].id;
    }
    return scope->policy->bases[section->basis].id;
}

/* Limits are checked last, so that a refused question takes nothing of an allowance. limit_first:
 * of what the requester is told the asker's own limit comes before all that the person may have
 * said; where it came after, it would tell that nothing of that stood in the way. */
static void settle(const struct candidate *candidate, const struct policy_facts *facts,
                   bool limit_first, struct settling *out_settled) {
    struct settling s = {
        .it = candidate,
        .facts = facts,
        .stage = candidate->stage,
        .ruling = {.term = &candidate->term,
                   .refusal = candidate->term.refusal,
                   .by_emergency = candidate->term.emergency_used,
                   .basis = candidate->scope->request->basis,
                   .checks = candidate->checks,
                   .axes = candidate->axes},
    };
    if (s.ruling.refusal == POLICY_REASON_NONE) {
        const struct consent_finding finding = policy_consent_find(candidate, facts);
        s.found = finding.found;
        s.is_explicit = finding.is_explicit;
        s.ruling.consent = finding.fact;
        s.ruling.conflicts = finding.conflicts;
        if (limit_first) {
            settle_limit(&s);
        }
        settle_reason(&s);
        settle_consent(&s);
        policy_law_settle(&s);
        if (!limit_first) {
            settle_limit(&s);
        }
        policy_axes_sum_up(candidate, s.ruling.checks, &s.ruling.axes);
        s.ruling.basis = recorded_basis(&s);
    }
    if (s.ruling.refusal == POLICY_REASON_NONE) {
        s.ruling.treatment = candidate->term.treatment;
    } else {
        s.ruling.by_emergency = false;
        s.ruling.objection_noted = false;
        s.ruling.basis = candidate->scope->request->basis;
    }
    *out_settled = s;
}

/* ---- what the requester may read ---- */

/* Whether nothing that is told may depend on what the person said. What the holder decides is not
 * theirs; of special, criminal and hidden data it is told no more than that. */
static bool is_masked(const struct policy_term *term, enum policy_reason refusal) {
    bool is_open = term->data_class == POLICY_ORDINARY && !term->is_hidden;
    bool is_shown = term->consent_shown || refusal == POLICY_HOLDER_WITHHOLDS;
    return !is_open || !is_shown;
}

/* A limit is reached where nothing of the person stood in the way. */
bool policy_candidate_masks(const struct candidate *candidate, const struct policy_ruling *ruling) {
    bool is_settled = candidate->term.refusal == POLICY_REASON_NONE;
    bool is_personal = is_settled && ruling->refusal != POLICY_REASON_NONE;
    return is_personal && is_masked(&candidate->term, ruling->refusal);
}

void policy_candidate_settle_nobody(const struct candidate *candidate,
                                    const struct policy_facts *facts,
                                    struct policy_ruling *out_ruling,
                                    enum policy_reason *out_stage) {
    struct candidate alone = *candidate;
    struct policy_counts counts = {0};
    if (facts->counts != NULL && alone.term.limit < facts->count_count) {
        counts = facts->counts[alone.term.limit];
    }
    alone.term.limit = alone.term.limit == POLICY_LIMIT_NONE ? POLICY_LIMIT_NONE : 0;
    const struct policy_facts nobody = {.counts = &counts, .count_count = 1};
    struct settling blind;
    settle(&alone, &nobody, true, &blind);
    *out_ruling = blind.ruling;
    out_ruling->term = &candidate->term;
    *out_stage = blind.stage;
}

/* Where that would be shared it is the person's word that stands in the way. */
static enum policy_reason told_of_nobody(const struct candidate *candidate,
                                         const struct policy_facts *facts) {
    struct policy_ruling blind;
    enum policy_reason stage;
    policy_candidate_settle_nobody(candidate, facts, &blind, &stage);
    return blind.refusal == POLICY_REASON_NONE ? POLICY_CONSENT_MISSING
                                               : policy_reason_coarse(blind.refusal);
}

void policy_candidate_settle(const struct candidate *candidate, const struct policy_facts *facts,
                             struct policy_ruling *out_ruling, enum policy_reason *out_stage) {
    struct settling s;
    settle(candidate, facts, false, &s);
    s.ruling.told = policy_candidate_masks(candidate, &s.ruling) ? told_of_nobody(candidate, facts)
                                                                 : s.ruling.refusal;
    *out_ruling = s.ruling;
    *out_stage = s.stage;
}
