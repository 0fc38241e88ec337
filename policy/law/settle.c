/* SPDX-License-Identifier: Apache-2.0 */
/* The axes in the second half: the duty of confidence, objections, the National Data Opt-Out and
 * the holder's own judgement (design, law, 4.3, rules 5 to 11). */
#include "gateway/base/assert.h"
#include "policy/law/decide_int.h"

/* Refuses on one axis, and refers where the reason says so. */
static void refuse(struct settling *s, enum policy_axis axis, enum policy_reason stage,
                   enum policy_reason reason) {
    bool refers = policy_reason_is_referral(reason);
    policy_axis_raise(&s->ruling.axes, axis, refers ? POLICY_AXIS_REFERRED : POLICY_AXIS_NOT_MET);
    if (s->ruling.refusal == POLICY_REASON_NONE) {
        s->ruling.refusal = reason;
        s->stage = stage;
    }
}

/* The override stands in for the person's word (rule 10), or its fault is the reason. */
static void refuse_unless(struct settling *s, enum policy_axis axis, enum policy_reason stage) {
    const struct emergency_state *emergency = &s->it->scope->emergency;
    bool helps = emergency->section == NULL || emergency->section->sets_aside_consent;
    if (emergency->is_valid && helps) {
        policy_axis_raise(&s->ruling.axes, axis, POLICY_AXIS_SET_ASIDE);
        s->ruling.by_emergency = true;
        return;
    }
    bool is_fault = emergency->fault != POLICY_REASON_NONE && helps;
    refuse(s, axis, stage, is_fault ? emergency->fault : stage);
}

/* ---- confidentiality ---- */

static bool is_no(enum consent_found found) {
    return found == CONSENT_FOUND_REFUSED || found == CONSENT_FOUND_WITHDRAWN;
}

/* Reasonable expectation, within direct care and between those who give it. */
static bool is_expected(const struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    const struct purpose_law *purpose = &policy->purposes[it->scope->purpose].law;
    /* Which is no secondary use then: no text says both, and none inherits both. */
    return purpose->direct_care == LAW_YES && policy->parties[it->source].law.is_care &&
           policy->parties[it->scope->recipient].law.is_care;
}

/* The override may stand in for the person's permission at all. */
static bool override_serves(const struct settling *s) {
    const struct emergency_state *emergency = &s->it->scope->emergency;
    return emergency->is_valid && emergency->section->sets_aside_consent;
}

/* Whether a route is open; *out_unknown where that is for a person to find out. */
static bool is_open(const struct settling *s, enum policy_confidence route,
                    const struct consent_finding *said, bool *out_unknown) {
    const struct candidate *it = s->it;
    enum policy_capacity capacity = it->scope->request->capacity;
    switch (route) {
    case POLICY_CONFIDENCE_IMPLIED:
        return is_expected(it) && !is_no(said->found);
    case POLICY_CONFIDENCE_EXPLICIT:
        return said->found == CONSENT_FOUND_GIVEN && said->is_explicit;
    case POLICY_CONFIDENCE_STATUTE:
        return it->lifts_confidence;
    case POLICY_CONFIDENCE_SECTION_251:
        return true;
    case POLICY_CONFIDENCE_PUBLIC_INTEREST:
        *out_unknown = true;
        return override_serves(s) && (!is_no(said->found) || policy_refusal_yields(s));
    default:
        ASSERT(route == POLICY_CONFIDENCE_BEST_INTERESTS);
        *out_unknown |= capacity == POLICY_CAPACITY_NOT_KNOWN;
        return capacity == POLICY_CAPACITY_LACKS;
    }
}

static void rely_on(struct settling *s, enum policy_confidence route,
                    const struct consent_finding *said) {
    s->ruling.permission = route == POLICY_CONFIDENCE_EXPLICIT ? said->fact : NULL;
    s->ruling.axes |= (uint32_t)route << POLICY_AXES_CONFIDENCE_SHIFT;
    s->ruling.by_emergency |= route == POLICY_CONFIDENCE_PUBLIC_INTEREST;
    bool is_unchecked = route == POLICY_CONFIDENCE_STATUTE && s->it->term.law_unchecked;
    policy_axis_raise(&s->ruling.axes, POLICY_AXIS_CONFIDENTIALITY,
                      is_unchecked ? POLICY_AXIS_MET_WITH_WARNING : POLICY_AXIS_MET);
}

static bool is_confidential(const struct candidate *it) {
    bool is_group = it->term.treatment == TREATMENT_AGGREGATE;
    return it->scope->policy->statutes != NULL && !is_group &&
           (it->marks.is_confidential || it->marks.is_patient || policy_law_is_silent(it));
}

/* Whether the duty of confidence applies at all is not known. */
static bool is_unsaid(const struct candidate *it) {
    return policy_law_is_silent(it) && !it->marks.is_confidential;
}

static void settle_confidentiality(struct settling *s) {
    const struct clause_law *clause = &s->it->clause->law;
    uint32_t kinds = 1U << CONSENT_KIND_CONFIDENTIALITY | 1U << CONSENT_KIND_NOT_STATED;
    bool unknown = clause->routes == 0 || is_unsaid(s->it);
    if (!is_confidential(s->it)) {
        return;
    }
    const struct consent_finding said = policy_consent_find_of(s->it, s->facts, kinds);
    for (uint32_t route = POLICY_CONFIDENCE_IMPLIED; route < POLICY_CONFIDENCES; route++) {
        if ((clause->routes >> route & 1U) != 0 &&
            is_open(s, (enum policy_confidence)route, &said, &unknown)) {
            rely_on(s, (enum policy_confidence)route, &said);
            s->refusal_set_aside |= route == POLICY_CONFIDENCE_PUBLIC_INTEREST && is_no(said.found);
            return;
        }
    }
    bool is_no_set_aside = is_no(said.found) && override_serves(s);
    if (is_no_set_aside && !policy_refusal_yields(s)) {
        if (s->ruling.refusal == POLICY_REASON_NONE) {
            /* The reason is told by what was refused, which consent as a basis need not be. */
            s->ruling.consent = said.fact;
            s->ruling.conflicts = said.conflicts;
        }
        refuse(s, POLICY_AXIS_CONFIDENTIALITY, POLICY_CONFIDENTIALITY_NOT_MET,
               POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        return;
    }
    s->refusal_set_aside |= is_no_set_aside;
    refuse_unless(s, POLICY_AXIS_CONFIDENTIALITY,
                  unknown ? POLICY_CONFIDENTIALITY_NOT_KNOWN : POLICY_CONFIDENTIALITY_NOT_MET);
}

/* ---- objection ---- */

/* An objection pauses, unless a duty, the override or a recorded compelling reason stands against
 * it; a statute may say that it matters even to a duty (Health and Social Care Act 2012 s.251B),
 * and then the reason, which stands against Article 21 only, does not help. */
static void settle_objection(struct settling *s) {
    const struct candidate *it = s->it;
    const struct consent_finding objected =
        policy_consent_find_of(it, s->facts, 1U << CONSENT_KIND_OBJECTION);
    bool stands = s->ruling.objection_noted || objected.found == CONSENT_FOUND_REFUSED;
    bool by_law = it->objection_by_law;
    bool refers = it->clause->law.objection_refers && !it->term.is_duty;
    bool stops = by_law || (refers && !it->scope->request->has_compelling_reason);
    if (!stands) {
        policy_axis_raise(&s->ruling.axes, POLICY_AXIS_OBJECTION, POLICY_AXIS_MET);
        s->ruling.is_objectable = stops;
        s->ruling.lifted = objected.fact;
        s->ruling.objection_kinds =
            it->term.consent == POLICY_CONSENT_NOT_NEEDED ? policy_consent_kinds(it) : 0;
        return;
    }
    s->ruling.objection_noted = true;
    policy_axis_raise(&s->ruling.axes, POLICY_AXIS_OBJECTION, POLICY_AXIS_MET_WITH_WARNING);
    if (stops) {
        refuse_unless(s, POLICY_AXIS_OBJECTION, POLICY_OBJECTION_REGISTERED);
    }
}

/* ---- National Data Opt-Out ---- */

/* Patient information, beyond individual care, and none of the exemptions. A purpose that says of
 * neither is not known to be care. */
static bool opt_out_is_asked(const struct settling *s, const struct category *category) {
    const struct candidate *it = s->it;
    const struct policy *policy = it->scope->policy;
    const struct purpose_law *purpose = &policy->purposes[it->scope->purpose].law;
    bool is_care = purpose->secondary_use != LAW_YES &&
                   (purpose->direct_care == LAW_YES || purpose->secondary_use == LAW_NO);
    bool is_wanted = it->marks.has_opt_out || policy->statutes != NULL;
    bool is_exempt =
        category->law.is_exempt || it->term.is_duty || it->term.treatment == TREATMENT_AGGREGATE;
    bool is_patient =
        it->marks.is_patient || (policy->statutes != NULL && policy_law_is_silent(it));
    return is_patient && is_wanted && !is_exempt && !is_care;
}

static enum policy_reason opt_out_lacks(const struct settling *s) {
    const struct policy_opt_out *flag = &s->facts->opt_out;
    const struct candidate *it = s->it;
    int32_t today = it->scope->now.day;
    bool is_known_use =
        it->scope->policy->purposes[it->scope->purpose].law.secondary_use == LAW_YES;
    bool is_fresh = flag->is_known && it->marks.has_opt_out && flag->as_of_day <= today &&
                    (int64_t)today - flag->as_of_day <= (int64_t)it->marks.opt_out_days;
    if (!is_known_use || !is_fresh) {
        return POLICY_OPT_OUT_UNKNOWN;
    }
    return flag->applies ? POLICY_OPT_OUT_APPLIES : POLICY_REASON_NONE;
}

/* The person's own permission, explicit: for the lawful basis or for confidentiality. A later word
 * that states no kind ends it, as it does wherever a kind is asked for, and is none itself. */
static bool is_permitted(struct settling *s) {
    static const uint32_t kinds = 1U << CONSENT_KIND_BASIS | 1U << CONSENT_KIND_CONFIDENTIALITY |
                                  1U << CONSENT_KIND_NOT_STATED;
    if (s->ruling.permission != NULL) {
        return true;
    }
    const struct consent_finding said = policy_consent_find_of(s->it, s->facts, kinds);
    bool is_given = said.found == CONSENT_FOUND_GIVEN && said.is_explicit;
    if (!is_given || said.fact->kind == CONSENT_KIND_NOT_STATED) {
        return false;
    }
    s->ruling.permission = said.fact;
    return true;
}

static void settle_opt_out(struct settling *s) {
    const struct policy *policy = s->it->scope->policy;
    const struct category *category = &policy->categories[policy->fields[s->it->field].category];
    if (!opt_out_is_asked(s, category) || is_permitted(s)) {
        return;
    }
    enum policy_reason lacks = opt_out_lacks(s);
    if (lacks == POLICY_REASON_NONE) {
        policy_axis_raise(&s->ruling.axes, POLICY_AXIS_OBJECTION, POLICY_AXIS_MET);
        return;
    }
    refuse_unless(s, POLICY_AXIS_OBJECTION, lacks);
}

/* ---- the holder ---- */

/* Children Act 2004 s.16LA(3): off where the holder considers disclosure more detrimental. Under a
 * power the holder is free anyway; a duty without that choice goes to a person. No override answers
 * for the holder. */
static void settle_holder(struct settling *s) {
    bool refers = s->it->term.is_duty && !s->it->term.holder_may_withhold;
    if (!s->facts->holder_withholds) {
        return;
    }
    refuse(s, POLICY_AXIS_POWER, POLICY_HOLDER_WITHHOLDS, POLICY_HOLDER_WITHHOLDS);
    if (refers) {
        s->ruling.axes &= ~(7U << (POLICY_AXIS_BITS * POLICY_AXIS_POWER));
        policy_axis_raise(&s->ruling.axes, POLICY_AXIS_POWER, POLICY_AXIS_REFERRED);
    }
}

void policy_law_settle(struct settling *s) {
    if (s->it->term.treatment == TREATMENT_REDACT) {
        return;
    }
    settle_confidentiality(s);
    settle_objection(s);
    settle_opt_out(s);
    settle_holder(s);
}

/* ---- summing up ---- */

/* The lower of the two bits of a check. */
static inline uint32_t low(enum policy_check check) {
    return UINT32_C(1) << (2 * (uint32_t)check);
}

static inline uint32_t agreement_checks(void) {
    return low(POLICY_CHECK_AGREEMENT) | low(POLICY_CHECK_NAMES) | low(POLICY_CHECK_REVIEW) |
           low(POLICY_CHECK_HOLDS) | low(POLICY_CHECK_FLOOR) | low(POLICY_CHECK_NEVER) |
           low(POLICY_CHECK_SHARE) | low(POLICY_CHECK_EMERGENCY) | low(POLICY_CHECK_SUBJECT) |
           low(POLICY_CHECK_CASE) | low(POLICY_CHECK_SECOND_PERSON) | low(POLICY_CHECK_HOURS) |
           low(POLICY_CHECK_LIMIT);
}

static enum policy_axis_verdict verdict_of(uint32_t checks, uint32_t which) {
    uint32_t low = checks & which;
    uint32_t high = checks >> 1 & which;
    if ((high & ~low) != 0) {
        return POLICY_AXIS_NOT_MET;
    }
    if ((high & low) != 0) {
        return POLICY_AXIS_SET_ASIDE;
    }
    return (low & ~high) != 0 ? POLICY_AXIS_MET : POLICY_AXIS_NOT_ASKED;
}

static enum policy_axis consent_axis(const struct candidate *it) {
    if (it->agreement_by_law) {
        return POLICY_AXIS_POWER;
    }
    bool is_permission = it->clause->consent_is == CONSENT_IS_CONFIDENTIALITY &&
                         it->term.basis_kind != POLICY_BASIS_CONSENT;
    return is_permission ? POLICY_AXIS_CONFIDENTIALITY : POLICY_AXIS_BASIS;
}

void policy_axes_sum_up(const struct candidate *it, uint32_t checks, uint32_t *axes) {
    enum policy_axis_verdict agreement = verdict_of(checks, agreement_checks());
    if (agreement == POLICY_AXIS_MET && it->term.review_due) {
        agreement = POLICY_AXIS_MET_WITH_WARNING;
    }
    if (it->duty_outlives) {
        agreement = POLICY_AXIS_REFERRED;
    }
    policy_axis_raise(axes, POLICY_AXIS_AGREEMENT, agreement);
    policy_axis_raise(axes, POLICY_AXIS_BASIS,
                      verdict_of(checks, low(POLICY_CHECK_BASIS) | low(POLICY_CHECK_REASON)));
    if (it->clause != NULL && it->term.consent != POLICY_CONSENT_NOT_NEEDED) {
        policy_axis_raise(axes, consent_axis(it), verdict_of(checks, low(POLICY_CHECK_CONSENT)));
    }
}
