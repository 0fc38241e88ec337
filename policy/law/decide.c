/* SPDX-License-Identifier: Apache-2.0 */
/* The axes in the first half of a decision: who may rely on a basis, power or duty, purpose lock,
 * necessity (design, law, 4.3, rules 1 to 4, 10 and 13). Nothing here is set aside by an emergency:
 * an override stands in for the person's word, never for a power that a public body lacks. */
#include <assert.h>

#include "gateway/base/assert.h"
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

/* Notice is owed on a permit (law.md 4.3, rule 12), and DPA 2018 s.44(4) restricts it where it
 * would prejudice the purposes of law enforcement: what one of the two sides handles under Part 3,
 * where the requester records that seeking consent would prejudice the purpose, is not told either.
 */
static void note_telling(struct candidate *it, bool is_part_3) {
    bool prejudices = span_equal_text(it->scope->request->no_consent_reason, "would-prejudice");
    it->untold = it->scope->policy->statutes != NULL && is_part_3 && prejudices;
}

/* What the recipient holds under the other regime is a new disclosure, recorded as such. */
static void note_regime(struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    uint64_t left = it->clause->law.receives;
    bool is_part_3 = false;
    if (it->scope->basis == POLICY_NONE) {
        return;
    }
    it->term.regime = regime_of(policy, it->scope->basis);
    it->term.regime_crossing = policy->statutes != NULL && left != 0;
    for (uint32_t i = 0; left != 0; i++, left >>= 1) {
        enum policy_regime regime = (left & 1U) != 0 ? regime_of(policy, i) : POLICY_REGIME_NONE;
        is_part_3 |= regime == POLICY_REGIME_PART_3;
        if (regime == it->term.regime) {
            it->term.regime_crossing = false;
        }
    }
    note_telling(it, is_part_3 || it->term.regime == POLICY_REGIME_PART_3);
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
                                      const struct register_entry *entry, uint64_t function) {
    enum fit from = fit_of_source(entry, source_of(it)->law.bodies);
    enum fit to = fit_of(entry->to, recipient_of(it)->law.bodies);
    enum fit what_for = fit_of(entry->functions, function);
    if (from == FIT_NO || to == FIT_NO || what_for == FIT_NO) {
        return POLICY_POWER_MISSING;
    }
    bool known = from == FIT_YES && to == FIT_YES && what_for == FIT_YES;
    return known ? POLICY_REASON_NONE : POLICY_POWER_NOT_KNOWN;
}

bool policy_law_is_silent(const struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    return !it->marks.says_patient && category->data_class == POLICY_SPECIAL &&
           source_of(it)->law.is_care;
}

static bool is_carved_out(const struct candidate *it, const struct register_entry *entry) {
    const struct policy *policy = it->scope->policy;
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    bool is_detail = entry->aggregates_only && it->term.treatment != TREATMENT_AGGREGATE;
    uint32_t kinds = category->law.kinds;
    kinds |= it->marks.is_patient ? UINT32_C(1) << REGISTER_DATA_PATIENT : 0;
    return is_detail || (entry->except_from & source_of(it)->law.bodies) != 0 ||
           (entry->except_data & kinds) != 0;
}

/* Carve-outs come after the power is found, and whatever the agreement lists. */
static enum policy_reason entry_lacks(const struct candidate *it,
                                      const struct register_entry *entry, uint64_t function) {
    const struct scope *scope = it->scope;
    enum policy_reason lacks = scope_lacks(it, entry, function);
    if (lacks != POLICY_REASON_NONE) {
        return lacks;
    }
    int32_t day = scope->is_proof ? scope->law_day : scope->now.day;
    if (!entry->shown.is_commenced || day < entry->shown.in_force_day) {
        return POLICY_POWER_NOT_COMMENCED;
    }
    if (is_carved_out(it, entry)) {
        return POLICY_POWER_CARVED_OUT;
    }
    bool may_be_out = (entry->except_data >> REGISTER_DATA_PATIENT & 1U) != 0;
    return may_be_out && policy_law_is_silent(it) ? POLICY_POWER_NOT_KNOWN : POLICY_REASON_NONE;
}

/* How near a power that failed came: of those that are cited the one that got furthest is the
 * reason. */
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

/* Of functions that all need a power the one that is barred most firmly is the reason: what is
 * known to be missing goes before what is for a person to find out. */
static int firmness(enum policy_reason lacks) {
    switch (lacks) {
    case POLICY_POWER_CARVED_OUT:
        return 4;
    case POLICY_POWER_NOT_COMMENCED:
        return 3;
    case POLICY_POWER_MISSING:
        return 2;
    case POLICY_POWER_NOT_KNOWN:
        return 1;
    default:
        return 0;
    }
}

/* The choice among what the basis cites. */
struct choice {
    const struct register_entry *entry; /* that carries it, or that stands in the way */
    enum policy_reason lacks;
    size_t cited; /* its place among what is cited */
};

/* Specific before general, checked before unchecked, else the first that is cited. */
static bool is_better(const struct register_entry *a, const struct register_entry *b) {
    if (a->is_general != b->is_general) {
        return b->is_general;
    }
    return register_is_checked(a) && !register_is_checked(b);
}

static void offer(struct choice *choice, const struct choice *next) {
    bool have = choice->entry != NULL && choice->lacks == POLICY_REASON_NONE;
    bool is_first = choice->entry == NULL;
    if (next->lacks == POLICY_REASON_NONE
            ? !have || is_better(next->entry, choice->entry)
            : is_first || (!have && nearness(next->lacks) > nearness(choice->lacks))) {
        *choice = *next;
    }
}

/* A specific power that leaves this data out: of all the register has, since the statute speaks of
 * the data, whatever the agreement cites. NULL: none does. */
static const struct register_entry *bar_find(const struct candidate *it, uint64_t function) {
    const struct policy_register *law = it->scope->policy->statutes;
    for (uint32_t i = 0; i < law->entry_names.count; i++) {
        const struct register_entry *entry = &law->entries[i];
        if (register_is_gateway(entry) && !entry->is_general &&
            entry_lacks(it, entry, function) == POLICY_POWER_CARVED_OUT) {
            return entry;
        }
    }
    return NULL;
}

/* For one function. A general power does not save what a specific one leaves out. */
static struct choice choose_for(const struct candidate *it, uint64_t function) {
    const struct scope *scope = it->scope;
    const struct basis_law *basis = &scope->policy->bases[scope->basis].law;
    struct choice choice = {.lacks = POLICY_POWER_MISSING};
    for (uint32_t i = 0; i < basis->entry_count; i++) {
        const struct register_entry *entry = &scope->policy->statutes->entries[basis->entries[i]];
        const struct choice next = {entry, entry_lacks(it, entry, function), i};
        offer(&choice, &next);
    }
    if (choice.lacks == POLICY_REASON_NONE && choice.entry->is_general) {
        const struct register_entry *bar = bar_find(it, function);
        if (bar != NULL) {
            choice = (struct choice){bar, POLICY_POWER_CARVED_OUT, 0};
        }
    }
    return choice;
}

/* What carries all functions of the purpose; each needs a power of its own, and the strictest word
 * of those that are relied on counts. entry: the one that is named. */
struct reliance {
    const struct register_entry *entry;
    enum policy_reason lacks;
    bool is_duty;
    bool may_withhold;
    bool is_unchecked;
    bool has_lock;
    bool needs_agreement;
    bool lifts_confidence;
    bool objection_refers;
};

static void rely_too(struct reliance *out, const struct register_entry *entry) {
    bool is_duty = entry->shown.kind == POLICY_REGISTER_DUTY;
    bool is_first = out->entry == NULL;
    if (is_first || is_better(entry, out->entry)) {
        out->entry = entry;
    }
    out->is_duty = is_duty && (is_first || out->is_duty);
    out->lifts_confidence = entry->lifts_confidence && (is_first || out->lifts_confidence);
    out->may_withhold |= !is_duty || entry->holder_may_withhold;
    out->is_unchecked |= !register_is_checked(entry);
    out->has_lock |= entry->use_only_for != 0;
    out->needs_agreement |= entry->needs_agreement;
    out->objection_refers |= entry->objection_refers;
}

/* The entries at these places of what is cited, in the order in which they are. */
static struct reliance reliance_of(const struct candidate *it, uint32_t used) {
    const struct scope *scope = it->scope;
    const struct basis_law *basis = &scope->policy->bases[scope->basis].law;
    struct reliance reliance = {.lacks = POLICY_REASON_NONE};
    for (uint32_t i = 0; i < basis->entry_count; i++) {
        if ((used >> i & 1U) != 0) {
            rely_too(&reliance, &scope->policy->statutes->entries[basis->entries[i]]);
        }
    }
    return reliance;
}

static struct reliance choose(const struct candidate *it) {
    static_assert(LIMIT_REGISTER_CITED <= 32, "places of what is cited are bits");
    const struct scope *scope = it->scope;
    struct choice worst = {.lacks = POLICY_REASON_NONE};
    uint32_t used = 0;
    if (scope->basis == POLICY_NONE) {
        return (struct reliance){.lacks = POLICY_POWER_MISSING};
    }
    uint64_t left = scope->policy->purposes[scope->purpose].law.functions;
    left = left == 0 ? scope->policy->bases[scope->basis].law.functions : left;
    do {
        uint64_t function = left & (~left + 1);
        const struct choice choice = choose_for(it, function);
        if (choice.lacks == POLICY_REASON_NONE) {
            used |= UINT32_C(1) << choice.cited;
        } else if (firmness(choice.lacks) > firmness(worst.lacks)) {
            worst = choice;
        }
        left &= ~function;
    } while (left != 0);
    if (worst.lacks != POLICY_REASON_NONE) {
        return (struct reliance){.entry = worst.entry, .lacks = worst.lacks};
    }
    return reliance_of(it, used);
}

static void name_entry(struct candidate *it, const struct register_entry *entry) {
    const struct policy_register *law = it->scope->policy->statutes;
    it->law = entry;
    it->axes |= (uint32_t)(entry - law->entries + 1) << POLICY_AXES_ENTRY_SHIFT;
}

/* Under a duty silence means share; under a power the holder is free. What needs the person's
 * agreement is shared without it in an emergency only. */
static void rely_on(struct candidate *it, const struct reliance *reliance) {
    struct policy_term *term = &it->term;
    term->is_duty = reliance->is_duty;
    term->holder_may_withhold = reliance->may_withhold;
    term->law_unchecked = reliance->is_unchecked;
    term->purpose_lock = reliance->has_lock;
    it->lifts_confidence = reliance->lifts_confidence;
    it->objection_by_law = reliance->objection_refers;
    if (reliance->needs_agreement && term->consent == POLICY_CONSENT_NOT_NEEDED) {
        term->consent = POLICY_CONSENT_UNLESS_EMERGENCY;
        it->agreement_by_law = true;
    }
    policy_axis_raise(&it->axes, POLICY_AXIS_POWER,
                      reliance->is_unchecked ? POLICY_AXIS_MET_WITH_WARNING : POLICY_AXIS_MET);
}

/* Private and voluntary bodies need no power; a duty may bind them all the same, and so does what
 * the statute they cite leaves out. */
static bool power_counts(const struct candidate *it, enum policy_reason lacks) {
    return source_of(it)->shown.is_public_authority || lacks == POLICY_REASON_NONE ||
           lacks == POLICY_POWER_CARVED_OUT;
}

static void check_power(struct candidate *it) {
    const struct reliance reliance = choose(it);
    if (!power_counts(it, reliance.lacks)) {
        return;
    }
    if (reliance.entry != NULL) {
        name_entry(it, reliance.entry);
    }
    if (reliance.lacks == POLICY_REASON_NONE) {
        rely_on(it, &reliance);
    } else {
        policy_law_refuse(it, POLICY_AXIS_POWER, reliance.lacks);
    }
}

/* ---- first half ---- */

void policy_law_decide(struct candidate *it) {
    if (it->term.treatment == TREATMENT_REDACT) {
        return;
    }
    policy_law_mark(it);
    check_statement(it);
    note_regime(it);
    if (it->scope->policy->statutes != NULL) {
        check_power(it);
    }
    policy_law_lock(it);
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
    /* Without an agreement there is no register either. */
    ASSERT(refusal >= POLICY_AGREEMENT_SUSPENDED);
    return refusal <= POLICY_PARTY_WITHDRAWN || refusal == POLICY_AGREEMENT_REVIEW_OVERDUE;
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
    policy_law_mark(it);
    const struct reliance reliance = choose(it);
    if (reliance.lacks == POLICY_REASON_NONE && reliance.is_duty) {
        name_entry(it, reliance.entry);
        it->term.is_duty = true;
        policy_axis_raise(&it->axes, POLICY_AXIS_POWER,
                          reliance.is_unchecked ? POLICY_AXIS_MET_WITH_WARNING : POLICY_AXIS_MET);
        it->duty_outlives = true;
    }
}
