/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about one share clause at a time. */
#include "gateway/base/limits.h"
#include "policy/lint/lint_int.h"

/* ---- W03 ---- */

static bool to_any(const struct clause *clause) {
    for (uint32_t i = 0; i < clause->to.count; i++) {
        if (clause->to.items[i].kind == TARGET_ANY) {
            return true;
        }
    }
    return false;
}

/* The first item of a sensitive class that the clause lets out, or NULL. */
static const struct datum *sensitive_datum(const struct policy *policy,
                                           const struct clause *clause) {
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        enum policy_class data_class =
            policy->categories[policy_lint_category(policy, datum)].data_class;
        if (data_class != POLICY_ORDINARY && lint_treatment(policy, datum) != TREATMENT_REDACT) {
            return datum;
        }
    }
    return NULL;
}

static struct lg_err check_any(struct lint *lint, const struct clause *clause) {
    const struct policy *policy = lint->policy;
    const struct datum *datum = sensitive_datum(policy, clause);
    bool any = to_any(clause);
    if (datum == NULL || (!any && !clause->from_any)) {
        return LG_OK;
    }
    struct span item = policy_lint_datum_text(lint, datum);
    enum policy_class data_class =
        policy->categories[policy_lint_category(policy, datum)].data_class;
    return policy_lint_say(lint, "W03",
                           (struct lint_place){clause->shown.line, any ? "to" : "from"},
                           "clause %.*s shares %s data (`%.*s`) %s `any`",
                           lint_len(clause->shown.id), lint_str(clause->shown.id),
                           data_class == POLICY_SPECIAL ? "special category" : "criminal offence",
                           lint_len(item), lint_str(item), any ? "to" : "from");
}

/* ---- W04 ---- */

/* What is usual: the `keep` of the defaults, which the partnership chose for the rest; a year where
 * they are silent, for nothing should outlive the yearly review without a word. */
static struct lg_err check_keep(struct lint *lint, const struct clause *clause) {
    uint32_t stated = lint->policy->default_keep_days;
    uint32_t usual = stated > 0 ? stated : LIMIT_POLICY_KEEP_USUAL_DAYS;
    struct span id = clause->shown.id;
    if (clause->keep_days == 0) {
        return policy_lint_say(lint, "W04", (struct lint_place){clause->shown.line, NULL},
                               "clause %.*s does not say how long the recipient keeps what it "
                               "gets, and there is no default",
                               lint_len(id), lint_str(id));
    }
    if (clause->keep_days <= usual) {
        return LG_OK;
    }
    return policy_lint_say(lint, "W04", (struct lint_place){clause->shown.line, "keep"},
                           "clause %.*s is kept for %u days; usual %s is %u", lint_len(id),
                           lint_str(id), (unsigned)clause->keep_days,
                           stated > 0 ? "by the defaults" : "where the defaults are silent",
                           (unsigned)usual);
}

/* ---- W05 ---- */

static struct lg_err check_consent(struct lint *lint, const struct clause *clause) {
    const struct policy *policy = lint->policy;
    if (clause->consent == POLICY_CONSENT_NOT_NEEDED || clause->consent_is != CONSENT_IS_UNSET) {
        return LG_OK;
    }
    for (uint32_t i = 0; i < policy->basis_names.count; i++) {
        const struct basis *basis = &policy->bases[i];
        if (lint_has_basis(clause, i) && basis->kind != POLICY_BASIS_CONSENT) {
            return policy_lint_say(lint, "W05", (struct lint_place){clause->shown.line, "consent"},
                                   "clause %.*s asks for consent, its basis `%.*s` does not rest "
                                   "on it, and `consent is` is not stated",
                                   lint_len(clause->shown.id), lint_str(clause->shown.id),
                                   lint_len(basis->id), lint_str(basis->id));
        }
    }
    return LG_OK;
}

/* ---- W13 ---- */

static bool some_basis_covers(const struct policy *policy, const struct clause *clause,
                              uint32_t purpose) {
    for (uint32_t i = 0; i < policy->basis_names.count; i++) {
        if (lint_has_basis(clause, i) && policy_bits_has(&policy->bases[i].covers, purpose)) {
            return true;
        }
    }
    return false;
}

/* Purposes within this one that some basis covers, as "a, b". */
static struct span covered_within(struct lint *lint, const struct clause *clause,
                                  uint32_t purpose) {
    const struct policy *policy = lint->policy;
    struct span text = span_text("no purpose within it");
    bool some = false;
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        struct span id = policy->purposes[i].id;
        if (i == purpose || policy_purpose_steps(policy, purpose, i) == UINT32_MAX ||
            !some_basis_covers(policy, clause, i)) {
            continue;
        }
        text = some ? arena_format(lint->arena, "%.*s, %.*s", lint_len(text), lint_str(text),
                                   lint_len(id), lint_str(id))
                    : id;
        some = true;
        if (text.ptr == NULL) {
            break;
        }
    }
    return text;
}

static struct lg_err check_purposes(struct lint *lint, const struct clause *clause) {
    const struct policy *policy = lint->policy;
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        struct span id = policy->purposes[i].id;
        if (!policy_bits_has(&clause->purposes, i) || some_basis_covers(policy, clause, i)) {
            continue;
        }
        if (policy_lint_is_full(lint)) {
            return LG_OK;
        }
        struct span within = covered_within(lint, clause, i);
        TRY(arena_failed(lint->arena));
        TRY(policy_lint_say(lint, "W13", (struct lint_place){clause->shown.line, "purpose"},
                            "clause %.*s is for `%.*s`, and its bases cover only %.*s: a request "
                            "for `%.*s` is refused",
                            lint_len(clause->shown.id), lint_str(clause->shown.id), lint_len(id),
                            lint_str(id), lint_len(within), lint_str(within), lint_len(id),
                            lint_str(id)));
    }
    return LG_OK;
}

struct lg_err policy_lint_clauses(struct lint *lint) {
    for (uint32_t i = 0; i < lint->policy->own_clause_count; i++) {
        const struct clause *clause = &lint->policy->clauses[i];
        if (lint_is_share(clause)) {
            TRY(check_any(lint, clause));
            TRY(check_keep(lint, clause));
            TRY(check_consent(lint, clause));
            TRY(check_purposes(lint, clause));
        }
    }
    return LG_OK;
}
