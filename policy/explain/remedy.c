/* SPDX-License-Identifier: Apache-2.0 */
/* One change for what fails first: each check, axis and fault of an emergency has few. */
#include "policy/explain/seek_int.h"
#include "policy/law/decide_int.h"

static struct policy_hint plain(enum policy_hint_kind kind) {
    return (struct policy_hint){.kind = kind};
}

/* ---- a change for each check ---- */

static struct policy_hint ask_at(struct seeking *s, int64_t at_s) {
    struct local_time shown = policy_local_time(s->it->scope->policy->zone, at_s);
    return (struct policy_hint){
        .kind = POLICY_HINT_ASK_AT, .at_s = at_s, .value = policy_moment_words(shown, s->arena)};
}

static struct policy_hint ask_lead(const struct seeking *s) {
    const struct policy *policy = s->it->scope->policy;
    return (struct policy_hint){.kind = POLICY_HINT_ASK_LEAD,
                                .value = policy->parties[policy->lead].shown.id};
}

struct policy_hint policy_remedy_officer(const struct seeking *s) {
    return (struct policy_hint){.kind = POLICY_HINT_ASK_OFFICER,
                                .value = policy_law_officer(s->it, s->arena)};
}

static struct policy_hint for_agreement(struct seeking *s) {
    if (s->candidate.duty_outlives) {
        return policy_remedy_officer(s);
    }
    if (s->ruling.refusal == POLICY_AGREEMENT_NOT_STARTED) {
        int64_t at_s = (int64_t)s->it->scope->policy->days.first_day * 86400;
        /* The day may have begun before, by the clock on the wall. */
        return ask_at(
            s, at_s - 60 * (int64_t)policy_local_time(s->it->scope->policy->zone, at_s).minute);
    }
    return ask_lead(s);
}

static struct policy_hint for_names(const struct seeking *s) {
    struct policy_hint hint = plain(POLICY_HINT_NONE);
    if (s->ruling.refusal == POLICY_TRAINING_NOT_CURRENT) {
        hint.kind = POLICY_HINT_TRAINING;
        hint.value = s->scope.policy->roles[s->scope.role].shown.training;
    }
    return hint;
}

/* "Unknown fails every `about`": saying which it is may be all that lacks. */
static struct policy_hint for_subject(const struct seeking *s) {
    struct policy_hint hint = plain(POLICY_HINT_NONE);
    if (s->attempt.request.age_class == AGE_UNKNOWN) {
        bool is_child = s->candidate.clause->about == SUBJECT_CHILDREN;
        hint.kind = POLICY_HINT_AGE_CLASS;
        hint.value = span_text(is_child ? "child" : "adult");
    }
    return hint;
}

/* By the clock on the wall, so that where summer time begins or ends on the way the hours may not
 * be open after the wait, which goes on from there. */
static struct policy_hint for_hours(struct seeking *s) {
    const struct hours *hours = &s->scope.policy->hours[s->candidate.clause->hours];
    enum zone zone = s->scope.policy->zone;
    int64_t at_s = s->attempt.request.at_s - s->attempt.request.at_s % 60;
    struct local_time now = policy_local_time(zone, at_s);
    while (!policy_hours_open(hours, now)) {
        uint32_t wait_min = policy_hours_wait(hours, now);
        if (wait_min == UINT32_MAX) {
            return plain(POLICY_HINT_NONE);
        }
        at_s += (int64_t)wait_min * 60;
        now = policy_local_time(zone, at_s);
    }
    return ask_at(s, at_s);
}

static struct policy_hint for_consent(const struct seeking *s) {
    const struct candidate *it = s->it;
    return (struct policy_hint){.kind = POLICY_HINT_ASK_PERSON,
                                .value = it->scope->policy->parties[it->source].shown.id};
}

static struct policy_hint for_limit(const struct seeking *s) {
    return (struct policy_hint){.kind = POLICY_HINT_WAIT,
                                .value = s->scope.policy->limits[s->candidate.clause->limit].id};
}

static struct policy_hint for_check(struct seeking *s, unsigned check) {
    switch (check) {
    case POLICY_CHECK_AGREEMENT:
        return for_agreement(s);
    case POLICY_CHECK_NAMES:
        return for_names(s);
    case POLICY_CHECK_REVIEW:
        return ask_lead(s);
    case POLICY_CHECK_SUBJECT:
        return for_subject(s);
    case POLICY_CHECK_CASE:
        return plain(POLICY_HINT_CASE_REFERENCE);
    case POLICY_CHECK_SECOND_PERSON:
        return plain(POLICY_HINT_SECOND_PERSON);
    case POLICY_CHECK_HOURS:
        return for_hours(s);
    case POLICY_CHECK_REASON:
        return plain(POLICY_HINT_NO_CONSENT_REASON);
    case POLICY_CHECK_CONSENT:
        return for_consent(s);
    case POLICY_CHECK_LIMIT:
        return for_limit(s);
    default:
        return plain(POLICY_HINT_NONE);
    }
}

/* ---- a change for each axis ---- */

static bool is_stopped(const struct seeking *s, enum policy_axis axis) {
    return policy_axes_get(s->ruling.axes, axis) >= POLICY_AXIS_REFERRED;
}

/* Permission, where that is a route; else a person decides. */
static struct policy_hint for_confidentiality(struct seeking *s) {
    const struct policy_attempt before = s->attempt;
    const struct policy_hint hint = {
        .kind = POLICY_HINT_ASK_PERMISSION,
        .value = s->it->scope->policy->parties[s->it->source].shown.id,
    };
    if (lg_failed(policy_hint_apply(&hint, s->arena, &s->attempt))) {
        return plain(POLICY_HINT_NONE); /* the arena knows */
    }
    policy_seek_evaluate(s);
    bool helps = !is_stopped(s, POLICY_AXIS_CONFIDENTIALITY);
    s->attempt = before;
    policy_seek_evaluate(s);
    return helps ? hint : policy_remedy_officer(s);
}

/* No check failed. Where an emergency was declared in vain its fault is the reason, so that the
 * axes of the person go by their verdicts. */
static struct policy_hint for_axis(struct seeking *s) {
    enum policy_reason reason = s->ruling.refusal;
    if (reason == POLICY_STATEMENT_MISSING) {
        return plain(POLICY_HINT_STATEMENT);
    }
    if (reason == POLICY_NECESSITY_MISSING) {
        return plain(POLICY_HINT_FIVE_REASONS);
    }
    if (reason == POLICY_POWER_NOT_KNOWN || reason == POLICY_HOLDER_WITHHOLDS) {
        return policy_remedy_officer(s);
    }
    if (is_stopped(s, POLICY_AXIS_CONFIDENTIALITY)) {
        return for_confidentiality(s);
    }
    bool is_asked = is_stopped(s, POLICY_AXIS_OBJECTION) && reason != POLICY_OPT_OUT_APPLIES;
    return is_asked ? policy_remedy_officer(s) : plain(POLICY_HINT_NONE);
}

/* ---- the emergency ---- */

/* What mends the declared emergency's first fault. */
static struct policy_hint for_fault(const struct seeking *s) {
    const struct emergency *section = s->scope.emergency.section;
    switch (s->scope.emergency.fault) {
    case POLICY_EMERGENCY_REASON:
        return (struct policy_hint){.kind = POLICY_HINT_EMERGENCY_REASON,
                                    .value = section->reasons.items[0]};
    case POLICY_EMERGENCY_RATIONALE:
        return (struct policy_hint){.kind = POLICY_HINT_RATIONALE,
                                    .number = section->rationale_min};
    case POLICY_EMERGENCY_LAPSED:
        return plain(POLICY_HINT_EMERGENCY_AGAIN);
    case POLICY_EMERGENCY_SECOND_PERSON:
        return plain(POLICY_HINT_SECOND_PERSON);
    default:
        return plain(POLICY_HINT_NONE);
    }
}

struct policy_hint policy_remedy_declare(const struct seeking *s, uint32_t section) {
    const struct policy *policy = s->it->scope->policy;
    const struct emergency *it = &policy->emergencies[section];
    if (!policy_bits_has(&it->declared_by, s->scope.role) ||
        !policy_bits_has(&it->purposes, s->scope.purpose)) {
        return plain(POLICY_HINT_NONE);
    }
    return (struct policy_hint){.kind = POLICY_HINT_EMERGENCY,
                                .value = it->id,
                                .reason = it->reasons.items[0],
                                .number = it->rationale_min};
}

/* ---- what comes next ---- */

struct policy_hint policy_remedy_next(struct seeking *s) {
    /* Where it may be declared it was: by the asker, or as the first change of the set. */
    bool mends = s->may_declare && s->scope.emergency.fault != POLICY_REASON_NONE;
    struct policy_hint hint = mends ? for_fault(s) : plain(POLICY_HINT_NONE);
    if (hint.kind != POLICY_HINT_NONE) {
        return hint;
    }
    unsigned check = policy_seek_failed(s);
    return check < POLICY_CHECKS ? for_check(s, check) : for_axis(s);
}
