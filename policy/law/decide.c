/* SPDX-License-Identifier: Apache-2.0 */
/* The axes in the first half of a decision: who may rely on a basis, power or duty, purpose lock,
 * necessity (design, law, 4.3, rules 1 to 4, 10 and 13). Nothing here is set aside by an emergency:
 * an override stands in for the person's word, never for a power that a public body lacks. */
#include "policy/law/decide_int.h"

void policy_law_refuse(struct candidate *it, enum policy_axis axis, enum policy_reason reason) {
    bool refers = policy_reason_is_referral(reason);
    policy_axis_raise(&it->axes, axis, refers ? POLICY_AXIS_REFERRED : POLICY_AXIS_NOT_MET);
    if (it->term.refusal == POLICY_REASON_NONE) {
        it->term.refusal = reason;
        it->stage = reason;
    }
}

static const struct party *source_of(const struct candidate *it) {
    return &it->scope->policy->parties[it->source];
}

static const struct party *recipient_of(const struct candidate *it) {
    return &it->scope->policy->parties[it->scope->recipient];
}

/* ---- basis ---- */

static bool is_recognised_interest(const struct policy *policy, uint32_t basis) {
    return policy->bases[basis].kind == POLICY_BASIS_RECOGNISED_INTEREST;
}

/* Whether every basis of the recipient is of this sort; where the clause names none it is that of
 * the source. */
static bool receives_by_interest(const struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    uint64_t left = it->clause->law.receives;
    if (left == 0) {
        return is_recognised_interest(policy, it->scope->basis);
    }
    for (uint32_t i = 0; left != 0; i++, left >>= 1) {
        if ((left & 1U) != 0 && !is_recognised_interest(policy, i)) {
            return false;
        }
    }
    return true;
}

/* Article 6(1), last sentence: (ea), like (f), is closed to public authorities in the performance
 * of their tasks, be it the source that cites it or the recipient that would rely on it. */
bool policy_law_is_shut(const struct candidate *it) {
    const struct scope *scope = it->scope;
    if (scope->policy->statutes == NULL || scope->basis == POLICY_NONE) {
        return false;
    }
    bool source_cites = source_of(it)->shown.is_public_authority &&
                        is_recognised_interest(scope->policy, scope->basis);
    bool recipient_relies = recipient_of(it)->shown.is_public_authority && receives_by_interest(it);
    return source_cites || recipient_relies;
}

/* Annex 1, paragraph 1: a body that answers a public body's request keeps the requester's
 * statement. */
static void check_statement(struct candidate *it) {
    const struct scope *scope = it->scope;
    bool by_law = scope->policy->statutes != NULL && scope->basis != POLICY_NONE &&
                  is_recognised_interest(scope->policy, scope->basis) &&
                  recipient_of(it)->shown.is_public_authority;
    if ((by_law || it->clause->law.requires_statement) && !scope->request->has_statement) {
        policy_law_refuse(it, POLICY_AXIS_BASIS, POLICY_STATEMENT_MISSING);
    }
}

static enum policy_regime regime_of(const struct policy *policy, uint32_t basis) {
    return policy->bases[basis].kind == POLICY_BASIS_LAW_ENFORCEMENT ? POLICY_REGIME_PART_3
                                                                     : POLICY_REGIME_UK_GDPR;
}

/* What the recipient holds under the other regime is a new disclosure, recorded as such. */
static void note_regime(struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    uint64_t left = it->clause->law.receives;
    if (it->scope->basis == POLICY_NONE) {
        return;
    }
    it->term.regime = regime_of(policy, it->scope->basis);
    it->term.regime_crossing = policy->statutes != NULL && left != 0;
    for (uint32_t i = 0; left != 0; i++, left >>= 1) {
        if ((left & 1U) != 0 && regime_of(policy, i) == it->term.regime) {
            it->term.regime_crossing = false;
        }
    }
}

/* ---- power ---- */

enum fit { FIT_YES, FIT_UNKNOWN, FIT_NO };

/* A body that nobody classified is not taken for one outside. */
static enum fit fit_of(uint64_t wanted, uint64_t have) {
    if (wanted == REGISTER_ANY || (wanted & have) != 0) {
        return FIT_YES;
    }
    return have == 0 ? FIT_UNKNOWN : FIT_NO;
}

/* The same where the entry takes all bodies but some. */
static enum fit fit_of_source(const struct register_entry *entry, uint64_t have) {
    return entry->except_from != 0 && have == 0 ? FIT_UNKNOWN : fit_of(entry->from, have);
}

/* Directional: sender, recipient, function. */
static enum policy_reason scope_lacks(const struct candidate *it,
                                      const struct register_entry *entry, uint64_t functions) {
    enum fit from = fit_of_source(entry, source_of(it)->law.bodies);
    enum fit to = fit_of(entry->to, recipient_of(it)->law.bodies);
    enum fit what_for = fit_of(entry->functions, functions);
    if (from == FIT_NO || to == FIT_NO || what_for == FIT_NO) {
        return POLICY_POWER_MISSING;
    }
    bool known = from == FIT_YES && to == FIT_YES && what_for == FIT_YES;
    return known ? POLICY_REASON_NONE : POLICY_POWER_NOT_KNOWN;
}

static bool is_carved_out(const struct candidate *it, const struct register_entry *entry) {
    const struct policy *policy = it->scope->policy;
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    bool is_detail = entry->aggregates_only && it->term.treatment != TREATMENT_AGGREGATE;
    return is_detail || (entry->except_from & source_of(it)->law.bodies) != 0 ||
           (entry->except_data & category->law.kinds) != 0;
}

/* Carve-outs come after the power is found, and whatever the agreement lists. */
static enum policy_reason entry_lacks(const struct candidate *it,
                                      const struct register_entry *entry, uint64_t functions) {
    const struct scope *scope = it->scope;
    enum policy_reason lacks = scope_lacks(it, entry, functions);
    if (lacks != POLICY_REASON_NONE) {
        return lacks;
    }
    int32_t day = scope->is_proof ? scope->policy->days.last_day : scope->now.day;
    if (!entry->shown.is_commenced || day < entry->shown.in_force_day) {
        return POLICY_POWER_NOT_COMMENCED;
    }
    return is_carved_out(it, entry) ? POLICY_POWER_CARVED_OUT : POLICY_REASON_NONE;
}

/* How near a power that failed came: the one that got furthest is the reason. */
static int nearness(enum policy_reason lacks) {
    switch (lacks) {
    case POLICY_POWER_CARVED_OUT:
        return 3;
    case POLICY_POWER_NOT_COMMENCED:
        return 2;
    case POLICY_POWER_NOT_KNOWN:
        return 1;
    default:
        return 0;
    }
}

/* The choice among what the basis cites. */
struct choice {
    const struct register_entry *entry; /* that carries it, or the one that came nearest */
    enum policy_reason lacks;
    bool carved_out; /* a specific power leaves this data out */
};

/* Checked before unchecked, specific before general, else the first that is cited. */
static bool is_better(const struct register_entry *a, const struct register_entry *b) {
    if (a->is_general != b->is_general) {
        return b->is_general;
    }
    return register_is_checked(a) && !register_is_checked(b);
}

static void offer(struct choice *choice, const struct register_entry *entry,
                  enum policy_reason lacks) {
    bool have = choice->entry != NULL && choice->lacks == POLICY_REASON_NONE;
    choice->carved_out |= lacks == POLICY_POWER_CARVED_OUT && !entry->is_general;
    if (lacks == POLICY_REASON_NONE) {
        if (!have || is_better(entry, choice->entry)) {
            *choice = (struct choice){entry, lacks, choice->carved_out};
        }
    } else if (choice->entry == NULL || (!have && nearness(lacks) > nearness(choice->lacks))) {
        *choice = (struct choice){entry, lacks, choice->carved_out};
    }
}

/* A general power does not save what a specific one leaves out. */
static struct choice choose(const struct candidate *it) {
    const struct scope *scope = it->scope;
    struct choice choice = {.lacks = POLICY_POWER_MISSING};
    if (scope->basis == POLICY_NONE) {
        return choice;
    }
    const struct basis_law *basis = &scope->policy->bases[scope->basis].law;
    uint64_t functions = scope->policy->purposes[scope->purpose].law.functions;
    functions = functions == 0 ? basis->functions : functions;
    for (uint32_t i = 0; i < basis->entry_count; i++) {
        const struct register_entry *entry = &scope->policy->statutes->entries[basis->entries[i]];
        offer(&choice, entry, entry_lacks(it, entry, functions));
    }
    if (choice.lacks == POLICY_REASON_NONE && choice.carved_out && choice.entry->is_general) {
        choice.lacks = POLICY_POWER_CARVED_OUT;
    }
    return choice;
}

/* Under a duty silence means share; under a power the holder is free. What needs the person's
 * agreement is shared without it in an emergency only. */
static void rely_on(struct candidate *it, const struct register_entry *entry) {
    struct policy_term *term = &it->term;
    bool is_checked = register_is_checked(entry);
    term->is_duty = entry->shown.kind == POLICY_REGISTER_DUTY;
    term->holder_may_withhold = !term->is_duty || entry->holder_may_withhold;
    term->law_unchecked = !is_checked;
    term->purpose_lock = entry->use_only_for != 0;
    if (entry->needs_agreement && term->consent == POLICY_CONSENT_NOT_NEEDED) {
        term->consent = POLICY_CONSENT_UNLESS_EMERGENCY;
        it->agreement_by_law = true;
    }
    policy_axis_raise(&it->axes, POLICY_AXIS_POWER,
                      is_checked ? POLICY_AXIS_MET : POLICY_AXIS_MET_WITH_WARNING);
}

/* Private and voluntary bodies need no power; a duty may bind them all the same, and so does what
 * the statute they cite leaves out, or that it is not yet law. */
static bool power_counts(const struct candidate *it, enum policy_reason lacks) {
    return source_of(it)->shown.is_public_authority || lacks == POLICY_REASON_NONE ||
           lacks == POLICY_POWER_CARVED_OUT || lacks == POLICY_POWER_NOT_COMMENCED;
}

static void check_power(struct candidate *it) {
    const struct policy_register *law = it->scope->policy->statutes;
    struct choice choice = choose(it);
    bool counts = power_counts(it, choice.lacks);
    if (choice.entry != NULL && counts) {
        it->law = choice.entry;
        it->axes |= (uint32_t)(choice.entry - law->entries + 1) << POLICY_AXES_ENTRY_SHIFT;
    }
    if (choice.lacks == POLICY_REASON_NONE) {
        rely_on(it, choice.entry);
    } else if (counts) {
        policy_law_refuse(it, POLICY_AXIS_POWER, choice.lacks);
    }
}

/* What the source received under a statute with a lock goes no further than the lock says. */
static void check_lock(struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    if (category->law.received_under == POLICY_NO16) {
        return;
    }
    uint64_t functions = policy->purposes[it->scope->purpose].law.functions;
    const struct register_entry *entry = &policy->statutes->entries[category->law.received_under];
    if (functions == 0) {
        policy_law_refuse(it, POLICY_AXIS_POWER, POLICY_POWER_NOT_KNOWN);
    } else if ((functions & ~entry->use_only_for) != 0) {
        policy_law_refuse(it, POLICY_AXIS_POWER, POLICY_PURPOSE_LOCKED);
    }
    it->term.purpose_lock = true;
}

void policy_law_decide(struct candidate *it) {
    if (it->term.treatment == TREATMENT_REDACT) {
        return;
    }
    check_statement(it);
    note_regime(it);
    if (it->scope->policy->statutes != NULL) {
        check_power(it);
        check_lock(it);
    }
}

/* ---- necessity ---- */

void policy_law_necessity(struct candidate *it) {
    uint32_t all = (1U << POLICY_NECESSITIES) - 1;
    if (!it->clause->law.requires_necessity || it->term.treatment == TREATMENT_REDACT) {
        return;
    }
    if ((it->scope->request->necessity & all) != all) {
        policy_law_refuse(it, POLICY_AXIS_NECESSITY, POLICY_NECESSITY_MISSING);
        return;
    }
    policy_axis_raise(&it->axes, POLICY_AXIS_NECESSITY, POLICY_AXIS_MET);
}

/* ---- no live agreement ---- */

static bool is_dead(enum policy_reason refusal) {
    return (refusal >= POLICY_AGREEMENT_SUSPENDED && refusal <= POLICY_PARTY_WITHDRAWN) ||
           refusal == POLICY_AGREEMENT_REVIEW_OVERDUE;
}

/* A duty outlives the agreement: the automated route is closed, and a named officer may decide on a
 * single disclosure. */
void policy_law_outlive(struct candidate *it) {
    const struct scope *scope = it->scope;
    bool is_known = scope->policy != NULL && scope->policy->statutes != NULL &&
                    it->source != POLICY_NONE && scope->recipient != POLICY_NONE &&
                    it->field != POLICY_NONE && scope->purpose != POLICY_NONE;
    if (!is_known || !is_dead(it->stage)) {
        return;
    }
    struct choice choice = choose(it);
    if (choice.lacks == POLICY_REASON_NONE && choice.entry->shown.kind == POLICY_REGISTER_DUTY) {
        it->law = choice.entry;
        it->axes |= (uint32_t)(choice.entry - scope->policy->statutes->entries + 1)
                    << POLICY_AXES_ENTRY_SHIFT;
        it->term.is_duty = true;
        policy_axis_raise(&it->axes, POLICY_AXIS_POWER,
                          register_is_checked(choice.entry) ? POLICY_AXIS_MET
                                                            : POLICY_AXIS_MET_WITH_WARNING);
        it->duty_outlives = true;
    }
}
