/* SPDX-License-Identifier: Apache-2.0 */
/* The lawful next step where an axis fails: what is missing, or the officer who decides. For
 * special, criminal and hidden data, and where a clause does not show what the person said, one
 * text stands for every refusal that depends on it, so that the step tells no more than the
 * refusal. The reason is the one that is told. */
#include "gateway/base/assert.h"
#include "policy/law/decide_int.h"

static int len(struct span text) {
    return (int)text.len;
}

static const char *str(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

struct span policy_law_officer(const struct candidate *it, struct arena *arena) {
    const struct party *source = &it->scope->policy->parties[it->source];
    return arena_format(arena, "the %.*s of %.*s", len(source->signs_as), str(source->signs_as),
                        len(source->shown.name), str(source->shown.name));
}

/* "Ask WHOM ..." with the officer in the place of the string. */
static struct span refer(const struct candidate *it, const char *before, const char *after,
                         struct arena *arena) {
    struct span officer = policy_law_officer(it, arena);
    return arena_format(arena, "%s%.*s%s", before, len(officer), str(officer), after);
}

static struct span outlived(const struct candidate *it, struct arena *arena) {
    struct span officer = policy_law_officer(it, arena);
    struct span title = it->law->shown.title;
    struct span section = it->law->shown.section;
    struct span statute = it->law->shown.statute;
    return arena_format(arena,
                        "Refer it as a single disclosure under %.*s %.*s (%.*s) to %.*s, who "
                        "decides and records it.",
                        len(statute), str(statute), len(section), str(section), len(title),
                        str(title), len(officer), str(officer));
}

static struct span by_power(const struct candidate *it, enum policy_reason reason,
                            struct arena *arena) {
    switch (reason) {
    case POLICY_POWER_NOT_KNOWN:
        return refer(it, "Ask ", " which power covers it.", arena);
    case POLICY_POWER_CARVED_OUT:
        return refer(it, "Ask ", ", who may decide on disclosure in the public interest.", arena);
    case POLICY_PURPOSE_LOCKED:
        return refer(it, "Ask ", " for what is held under another power.", arena);
    default:
        return refer(it, "Cite a basis whose power covers it, or ask ", ".", arena);
    }
}

/* What is told must not depend on what the person said. */
static bool is_blind(const struct candidate *it) {
    return it->term.data_class != POLICY_ORDINARY || it->term.is_hidden || !it->term.consent_shown;
}

/* Whether a refusal that depends on the person may be one for an officer, by the agreement and the
 * register alone. */
static bool may_refer(const struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    /* What depends on the person is asked once a clause governs. */
    ASSERT(it->clause != NULL);
    const struct category *category = &policy->categories[policy->fields[it->field].category];
    return policy->statutes != NULL || it->clause->law.objection_refers ||
           category->law.has_opt_out;
}

static struct span by_person(const struct candidate *it, enum policy_reason reason, bool is_masked,
                             struct arena *arena) {
    if (is_masked) {
        return refer(it, "Ask the person, or refer it to ", ".", arena);
    }
    switch (reason) {
    case POLICY_CONFIDENTIALITY_NOT_MET:
        return span_text("Ask the person for explicit permission, or ask for the headline only.");
    case POLICY_OPT_OUT_APPLIES:
        return span_text("Ask for counts instead; an opt-out does not touch them.");
    case POLICY_OPT_OUT_UNKNOWN:
        return refer(it, "Ask again once the opt-outs were checked, or ask ", ".", arena);
    default:
        return refer(it, "Refer it to ", ", who decides and records it.", arena);
    }
}

struct span policy_law_remedy(const struct candidate *it, enum policy_reason reason,
                              struct arena *arena) {
    if (it->duty_outlives) {
        return outlived(it, arena);
    }
    if (reason == POLICY_STATEMENT_MISSING) {
        return span_text(
            "State that you need it for your own task under Article 6(1)(e), and why.");
    }
    if (reason == POLICY_NECESSITY_MISSING) {
        return span_text("Record all five: proportionate, lawful, accountable, necessary and least "
                         "intrusive.");
    }
    if (reason == POLICY_BASIS_NOT_OPEN_TO_BODY) {
        return span_text("Cite the public task that the question serves.");
    }
    if (reason >= POLICY_POWER_NOT_KNOWN && reason <= POLICY_PURPOSE_LOCKED) {
        return by_power(it, reason, arena);
    }
    bool is_new = policy_reason_is_personal(reason) && !policy_reason_is_consent(reason);
    bool is_masked =
        policy_reason_is_personal(reason) && reason != POLICY_HOLDER_WITHHOLDS && is_blind(it);
    bool is_told = is_masked ? may_refer(it) : is_new;
    return is_told ? by_person(it, reason, is_masked, arena) : span_of(NULL, 0);
}
