/* SPDX-License-Identifier: Apache-2.0 */
/* What would make it lawful: the failed checks have few alternatives each; they are put to the
 * evaluator one after the other until nothing fails any more, or until one fails that no change
 * mends. Which basis is cited decides what else is asked for, so each basis is tried. */
#include "policy/explain/explain_int.h"
#include "policy/law_decide.h"

/* A search for one set of changes. */
struct seeking {
    const struct candidate *it; /* as it was refused */
    struct arena *arena;
    struct policy_attempt attempt;
    struct scope scope; /* of the attempt as it is now; likewise below */
    struct candidate candidate;
    struct policy_ruling ruling;
    bool is_half;     /* consent and limits are not known: the first half is to be mended */
    bool may_declare; /* the set may begin with an emergency, or mend the one that was declared */
    struct policy_hint hints[POLICY_HINTS_MAX];
    size_t count;
    bool is_lead_only; /* nothing that the asker could change */
};

/* ---- trying ---- */

static void evaluate(struct seeking *s) {
    enum policy_reason stage;
    const struct candidate *it = s->it;
    policy_scope_init(&it->scope->force, &s->attempt.request, &s->scope);
    policy_candidate_decide(&s->scope, it->scope->policy->parties[it->source].shown.id,
                            it->term.field, &s->candidate);
    if (s->candidate.term.refusal == POLICY_REASON_NONE &&
        s->candidate.clause->limit != POLICY_NO16) {
        s->candidate.term.limit = 0;
    }
    policy_candidate_settle(&s->candidate, &s->attempt.facts, &s->ruling, &stage);
}

static enum policy_mark mark_of(const struct seeking *s, enum policy_check check) {
    return (enum policy_mark)(s->ruling.checks >> (2 * (unsigned)check) & 3U);
}

/* The first check that fails; POLICY_CHECKS where none does. */
static unsigned failed_check(const struct seeking *s) {
    unsigned check = 0;
    while (check < POLICY_CHECKS && mark_of(s, (enum policy_check)check) != POLICY_FAILED) {
        check++;
    }
    return check;
}

/* ---- a change for each check ---- */

static struct policy_hint plain(enum policy_hint_kind kind) {
    return (struct policy_hint){.kind = kind};
}

/* The moment at which the wall clock shows this minute after the day began; summer time may begin
 * or end in between. */
static int64_t moment_of(enum zone zone, int32_t day, int64_t minutes) {
    int64_t at_s = (int64_t)day * 86400 + minutes * 60;
    struct local_time shown = policy_local_time(zone, at_s);
    int64_t ahead_min = ((int64_t)shown.day - day) * 1440 + shown.minute - minutes;
    return at_s - ahead_min * 60;
}

static struct policy_hint ask_at(struct seeking *s, int32_t day, int64_t minutes) {
    enum zone zone = s->it->scope->policy->zone;
    struct policy_hint hint = {.kind = POLICY_HINT_ASK_AT, .at_s = moment_of(zone, day, minutes)};
    hint.value = policy_moment_words(policy_local_time(zone, hint.at_s), s->arena);
    return hint;
}

static struct policy_hint ask_lead(const struct seeking *s) {
    const struct policy *policy = s->it->scope->policy;
    return (struct policy_hint){.kind = POLICY_HINT_ASK_LEAD,
                                .value = policy->parties[policy->lead].shown.id};
}

static struct policy_hint ask_officer(const struct seeking *s) {
    return (struct policy_hint){.kind = POLICY_HINT_ASK_OFFICER,
                                .value = policy_law_officer(s->it, s->arena)};
}

static struct policy_hint for_agreement(struct seeking *s) {
    if (s->candidate.duty_outlives) {
        return ask_officer(s);
    }
    if (s->ruling.refusal == POLICY_AGREEMENT_NOT_STARTED) {
        return ask_at(s, s->it->scope->policy->days.first_day, 0);
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

static struct policy_hint for_hours(struct seeking *s) {
    const struct hours *hours = &s->scope.policy->hours[s->candidate.clause->hours];
    uint32_t wait_min = policy_hours_wait(hours, s->scope.now);
    if (wait_min == UINT32_MAX) {
        return plain(POLICY_HINT_NONE);
    }
    return ask_at(s, s->scope.now.day, (int64_t)s->scope.now.minute + wait_min);
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
    evaluate(s);
    bool helps = !is_stopped(s, POLICY_AXIS_CONFIDENTIALITY);
    s->attempt = before;
    evaluate(s);
    return helps ? hint : ask_officer(s);
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
        return ask_officer(s);
    }
    if (is_stopped(s, POLICY_AXIS_CONFIDENTIALITY)) {
        return for_confidentiality(s);
    }
    bool is_asked = is_stopped(s, POLICY_AXIS_OBJECTION) && reason != POLICY_OPT_OUT_APPLIES;
    return is_asked ? ask_officer(s) : plain(POLICY_HINT_NONE);
}

/* What stops it is the power. */
static bool lacks_power(const struct seeking *s) {
    enum policy_reason reason = s->ruling.refusal;
    return reason >= POLICY_POWER_MISSING && reason <= POLICY_PURPOSE_LOCKED;
}

/* Another basis may cite a power that covers it. What a statute leaves out, or locks, is not to be
 * had by naming another one: that is for a person to judge. */
static bool basis_may_mend_power(const struct seeking *s) {
    enum policy_reason reason = s->ruling.refusal;
    return reason != POLICY_POWER_CARVED_OUT && reason != POLICY_PURPOSE_LOCKED;
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

/* A section that this role may declare for this purpose; NONE where there is none. */
static struct policy_hint to_declare(const struct seeking *s, uint32_t section) {
    const struct policy *policy = s->it->scope->policy;
    const struct emergency *it = &policy->emergencies[section];
    if (!policy_bits_has(&it->declared_by, s->scope.role) ||
        !policy_bits_has(&it->purposes, s->scope.purpose) || it->reasons.count == 0) {
        return plain(POLICY_HINT_NONE);
    }
    return (struct policy_hint){.kind = POLICY_HINT_EMERGENCY,
                                .value = it->id,
                                .reason = it->reasons.items[0],
                                .number = it->rationale_min};
}

/* ---- a set ---- */

static struct lg_err change(struct seeking *s, const struct policy_hint *hint) {
    TRY(policy_hint_apply(hint, s->arena, &s->attempt));
    for (size_t i = 0; i < s->count; i++) {
        if (s->hints[i].kind == hint->kind) { /* a later moment, and so on */
            s->hints[i] = *hint;
            return LG_OK;
        }
    }
    s->hints[s->count++] = *hint;
    return LG_OK;
}

static bool is_shared(const struct seeking *s) {
    return (s->is_half ? s->candidate.term.refusal : s->ruling.refusal) == POLICY_REASON_NONE;
}

/* The next change, or none where nothing helps. */
static struct policy_hint next_hint(struct seeking *s) {
    bool mends = s->may_declare && s->attempt.request.emergency.is_declared &&
                 s->scope.emergency.fault != POLICY_REASON_NONE;
    struct policy_hint hint = mends ? for_fault(s) : plain(POLICY_HINT_NONE);
    if (hint.kind != POLICY_HINT_NONE) {
        return hint;
    }
    unsigned check = failed_check(s);
    return check < POLICY_CHECKS ? for_check(s, check) : for_axis(s);
}

/* It is for somebody else to decide. */
static void leave_to(struct seeking *s, const struct policy_hint *hint) {
    s->hints[0] = *hint;
    s->count = 1;
    s->is_lead_only = true;
}

/* Adds changes until the field is shared; *out_works false where that does not come about. */
static struct lg_err seek(struct seeking *s, bool *out_works) {
    *out_works = false;
    evaluate(s);
    for (size_t i = 0; i < POLICY_HINTS_MAX && !is_shared(s); i++) {
        struct policy_hint hint = next_hint(s);
        if (hint.kind == POLICY_HINT_NONE) {
            return LG_OK;
        }
        if (hint.kind == POLICY_HINT_ASK_LEAD || hint.kind == POLICY_HINT_ASK_OFFICER) {
            leave_to(s, &hint);
            *out_works = true;
            return LG_OK;
        }
        TRY(change(s, &hint));
        evaluate(s);
    }
    *out_works = is_shared(s);
    return LG_OK;
}

/* Bases that the clause or an emergency names: no other can help. */
static bool is_basis_of(const struct seeking *s, uint32_t basis) {
    const struct policy *policy = s->it->scope->policy;
    bool is_named = s->candidate.clause != NULL && (s->candidate.clause->bases >> basis & 1U) != 0;
    for (uint32_t i = 0; s->may_declare && i < policy->emergency_names.count; i++) {
        is_named = is_named || policy->emergencies[i].basis == basis;
    }
    return is_named;
}

/* The same search with each basis instead of the one cited, where that one is not accepted; keeps
 * the set with the fewest changes. */
static struct lg_err seek_bases(struct seeking *s, bool *out_works) {
    struct seeking start = *s;
    struct seeking *best = arena_alloc(s->arena, sizeof *best);
    struct seeking *trial = arena_alloc(s->arena, sizeof *trial);
    *out_works = false;
    if (best == NULL || trial == NULL) {
        return policy_no_memory();
    }
    TRY(seek(s, out_works));
    bool is_power = !*out_works && failed_check(s) == POLICY_CHECKS && lacks_power(s);
    bool is_basis = (is_power && basis_may_mend_power(s)) ||
                    (!*out_works && mark_of(s, POLICY_CHECK_BASIS) == POLICY_FAILED);
    for (uint32_t i = 0; is_basis && i < s->it->scope->policy->basis_names.count; i++) {
        const struct policy_hint hint = {.kind = POLICY_HINT_CITE_BASIS,
                                         .value = s->it->scope->policy->bases[i].id};
        bool works = false;
        if (!is_basis_of(s, i)) {
            continue;
        }
        *trial = start;
        TRY(change(trial, &hint));
        TRY(seek(trial, &works));
        if (works && !trial->is_lead_only && (!*out_works || trial->count < best->count)) {
            *best = *trial;
            *out_works = true;
        }
    }
    if (is_basis && *out_works) {
        *s = *best;
    } else if (is_power) {
        const struct policy_hint hint = ask_officer(s);
        leave_to(s, &hint);
        *out_works = true;
    }
    return LG_OK;
}

/* A change may do what an earlier one was made for: what is not needed goes. *start: the search
 * before any change; *s keeps the set. */
static struct lg_err prune(const struct seeking *start, struct seeking *s) {
    struct seeking *trial = arena_alloc(s->arena, sizeof *trial);
    if (trial == NULL) {
        return policy_no_memory();
    }
    for (size_t without = s->count; !s->is_lead_only && without-- > 0;) {
        *trial = *start;
        for (size_t i = 0; i < s->count; i++) {
            if (i != without) {
                TRY(change(trial, &s->hints[i]));
            }
        }
        evaluate(trial);
        if (is_shared(trial)) {
            *s = *trial;
        }
    }
    return LG_OK;
}

/* ---- both sets ---- */

/* Whether the asker can do all of it here and now. */
static bool is_at_once(const struct policy_hint *hints, size_t count) {
    for (size_t i = 0; i < count; i++) {
        enum policy_hint_kind kind = hints[i].kind;
        if (kind == POLICY_HINT_ASK_PERSON || kind == POLICY_HINT_ASK_AT ||
            kind == POLICY_HINT_WAIT || kind == POLICY_HINT_TRAINING ||
            kind == POLICY_HINT_ASK_PERMISSION || kind == POLICY_HINT_ASK_OFFICER ||
            kind == POLICY_HINT_ASK_LEAD) {
            return false;
        }
    }
    return true;
}

static struct lg_err add_set(const struct seeking *s, struct policy_hints *out) {
    struct policy_hint *hints = arena_array(s->arena, s->count, sizeof *hints);
    if (hints == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < s->count; i++) {
        hints[i] = s->hints[i];
    }
    out->sets[out->count++] = (struct policy_hint_set){
        .hints = hints, .count = s->count, .changes_request = !s->is_lead_only};
    return LG_OK;
}

/* What the search begins with. */
struct origin {
    const struct policy_ruling *ruling;
    const struct policy_facts *facts;
    struct arena *arena;
};

static struct lg_err begin(const struct origin *origin, struct seeking **out_seeking) {
    const struct policy_ruling *ruling = origin->ruling;
    struct arena *arena = origin->arena;
    const struct candidate *it = policy_candidate_of(ruling);
    unsigned limit = ruling->checks >> (2 * (unsigned)POLICY_CHECK_LIMIT) & 3U;
    uint32_t used = limit == POLICY_FAILED || limit == POLICY_SET_ASIDE ? UINT32_MAX : 0;
    struct seeking *s = arena_alloc(arena, sizeof *s);
    struct policy_counts *counts = arena_alloc(arena, sizeof *counts);
    if (s == NULL || counts == NULL) {
        return policy_no_memory();
    }
    *counts = (struct policy_counts){used, used, used};
    *s = (struct seeking){.it = it, .arena = arena};
    s->is_half = origin->facts == NULL && it->term.refusal != POLICY_REASON_NONE;
    s->attempt.request = *it->scope->request;
    s->attempt.facts = (struct policy_facts){
        .consents = ruling->consent,
        .consent_count = ruling->consent != NULL ? 1 : 0,
        .counts = counts,
        .count_count = 1,
    };
    if (origin->facts != NULL) {
        s->attempt.facts.consents = origin->facts->consents;
        s->attempt.facts.consent_count = origin->facts->consent_count;
        s->attempt.facts.opt_out = origin->facts->opt_out;
        s->attempt.facts.holder_withholds = origin->facts->holder_withholds;
    }
    *out_seeking = s;
    return LG_OK;
}

static struct lg_err seek_ordinary(const struct origin *origin, struct policy_hints *out) {
    struct seeking *s = NULL;
    bool works = false;
    TRY(begin(origin, &s));
    struct seeking start = *s;
    TRY(seek_bases(s, &works));
    TRY(works ? prune(&start, s) : LG_OK);
    return works && s->count > 0 ? add_set(s, out) : LG_OK;
}

/* An emergency counts only where it is used: one that is not needed is no way to anything. */
static struct lg_err seek_in_section(const struct origin *origin, uint32_t section,
                                     struct policy_hints *out) {
    struct seeking *s = NULL;
    bool works = false;
    TRY(begin(origin, &s));
    s->may_declare = true;
    struct seeking start = *s;
    evaluate(s);
    if (s->scope.emergency.is_valid) {
        return LG_OK; /* it did not help */
    }
    if (!s->attempt.request.emergency.is_declared) {
        const struct policy_hint hint = to_declare(s, section);
        if (hint.kind == POLICY_HINT_NONE) {
            return LG_OK;
        }
        TRY(change(s, &hint));
    }
    TRY(seek_bases(s, &works));
    works = works && !s->is_lead_only;
    TRY(works ? prune(&start, s) : LG_OK);
    works = works && (s->is_half ? s->candidate.term.emergency_used : s->ruling.by_emergency);
    return works && is_at_once(s->hints, s->count) ? add_set(s, out) : LG_OK;
}

struct lg_err policy_hints_find(const struct policy_ruling *ruling,
                                const struct policy_facts *facts, struct arena *arena,
                                struct policy_hints *out_hints) {
    const struct origin origin = {.ruling = ruling, .facts = facts, .arena = arena};
    const struct candidate *it = policy_candidate_of(ruling);
    const struct scope *scope = it->scope;
    struct policy_hints hints = {.count = 0};
    bool is_known = scope->policy != NULL && it->source != POLICY_NONE;
    if (ruling->refusal == POLICY_REASON_NONE || !is_known) {
        *out_hints = hints;
        return LG_OK;
    }
    TRY(seek_ordinary(&origin, &hints));
    /* An emergency is no way around a form: it is offered where the other way takes others or time.
     */
    bool is_form = hints.count > 0 && is_at_once(hints.sets[0].hints, hints.sets[0].count);
    bool may = scope->role != POLICY_NONE && scope->purpose != POLICY_NONE && !is_form;
    size_t ordinary = hints.count;
    for (uint32_t i = 0; may && i < scope->policy->emergency_names.count; i++) {
        if (hints.count == ordinary) {
            TRY(seek_in_section(&origin, i, &hints));
        }
    }
    *out_hints = hints;
    return lg_failed(arena_failed(arena)) ? policy_no_memory() : LG_OK;
}
