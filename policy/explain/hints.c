/* SPDX-License-Identifier: Apache-2.0 */
/* What would make it lawful: the failed checks have few alternatives each; they are put to the
 * evaluator one after the other until nothing fails any more, or until one fails that no change
 * mends. Which basis is cited decides what else is asked for, so each basis is tried. */
#include "policy/explain/seek_int.h"

/* ---- trying ---- */

void policy_seek_evaluate(struct seeking *s) {
    enum policy_reason stage;
    const struct candidate *it = s->it;
    policy_scope_init(&it->scope->force, &s->attempt.request, &s->scope);
    s->scope.bindings = it->scope->bindings;
    s->scope.binding_count = it->scope->binding_count;
    policy_candidate_decide(&s->scope, it->scope->policy->parties[it->source].shown.id,
                            it->term.field, &s->candidate);
    if (s->candidate.term.refusal == POLICY_REASON_NONE &&
        s->candidate.clause->limit != POLICY_NO16) {
        s->candidate.term.limit = 0;
    }
    policy_candidate_settle(&s->candidate, &s->attempt.facts, &s->ruling, &stage);
}

enum policy_mark policy_seek_mark(const struct seeking *s, enum policy_check check) {
    return (enum policy_mark)(s->ruling.checks >> (2 * (unsigned)check) & 3U);
}

unsigned policy_seek_failed(const struct seeking *s) {
    unsigned check = 0;
    while (check < POLICY_CHECKS &&
           policy_seek_mark(s, (enum policy_check)check) != POLICY_FAILED) {
        check++;
    }
    return check;
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

/* It is for somebody else to decide. */
static void leave_to(struct seeking *s, const struct policy_hint *hint) {
    s->hints[0] = *hint;
    s->count = 1;
    s->is_lead_only = true;
}

/* Adds changes until the field is shared; *out_works false where that does not come about. */
static struct lg_err seek(struct seeking *s, bool *out_works) {
    *out_works = false;
    policy_seek_evaluate(s);
    for (size_t i = 0; i < POLICY_HINT_END && !is_shared(s); i++) {
        struct policy_hint hint = policy_remedy_next(s);
        if (hint.kind == POLICY_HINT_NONE) {
            return LG_OK;
        }
        if (hint.kind == POLICY_HINT_ASK_LEAD || hint.kind == POLICY_HINT_ASK_OFFICER) {
            leave_to(s, &hint);
            *out_works = true;
            return LG_OK;
        }
        TRY(change(s, &hint));
        policy_seek_evaluate(s);
    }
    *out_works = is_shared(s);
    return LG_OK;
}

/* ---- bases ---- */

/* What stops it is the power, where no check failed and no change is left: whatever is looked for
 * before the power fails a check or has a change of its own. */
static bool lacks_power(const struct seeking *s) {
    return s->ruling.refusal <= POLICY_PURPOSE_LOCKED;
}

/* Another basis may cite a power that covers it. What a statute leaves out, or locks, is not to be
 * had by naming another one: that is for a person to judge. */
static bool basis_may_mend_power(const struct seeking *s) {
    enum policy_reason reason = s->ruling.refusal;
    return reason != POLICY_POWER_CARVED_OUT && reason != POLICY_PURPOSE_LOCKED;
}

/* Bases that the clause or an emergency names: no other can help. */
static bool is_basis_of(const struct seeking *s, uint32_t basis) {
    const struct policy *policy = s->it->scope->policy;
    bool is_named = (s->candidate.clause->bases >> basis & 1U) != 0;
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
    bool is_power = !*out_works && policy_seek_failed(s) == POLICY_CHECKS && lacks_power(s);
    bool is_basis = (is_power && basis_may_mend_power(s)) ||
                    (!*out_works && policy_seek_mark(s, POLICY_CHECK_BASIS) == POLICY_FAILED);
    for (uint32_t i = 0; is_basis && i < s->it->scope->policy->basis_names.count; i++) {
        const struct policy_hint hint = {.kind = POLICY_HINT_CITE_BASIS,
                                         .value = s->it->scope->policy->bases[i].id};
        bool works = false;
        if (!is_basis_of(s, i)) {
            continue;
        }
        *trial = start;
        lg_err_ignore(change(trial, &hint), "to cite a basis takes no memory");
        TRY(seek(trial, &works));
        if (works && !trial->is_lead_only && (!*out_works || trial->count < best->count)) {
            *best = *trial;
            *out_works = true;
        }
    }
    if (is_basis && *out_works) {
        *s = *best;
    } else if (is_power) {
        const struct policy_hint hint = policy_remedy_officer(s);
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
        policy_seek_evaluate(trial);
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
    policy_seek_evaluate(s);
    if (s->scope.emergency.is_valid) {
        return LG_OK; /* it did not help */
    }
    if (!s->attempt.request.emergency.is_declared) {
        const struct policy_hint hint = policy_remedy_declare(s, section);
        if (hint.kind == POLICY_HINT_NONE) {
            return LG_OK;
        }
        lg_err_ignore(change(s, &hint), "to declare takes no memory");
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
