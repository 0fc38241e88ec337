/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the design's lint whose breach cannot be evaluated (E03 to E08, E10, E13). */
#include "policy/load/load.h"

static int len(struct span text) {
    return (int)text.len;
}

static const char *str(struct span text) {
    return (const char *)text.ptr;
}

static bool in_clause(const struct clause *clause, uint32_t basis) {
    return (clause->bases >> basis & 1U) != 0;
}

static enum policy_class class_of(const struct policy *policy, const struct datum *datum) {
    uint32_t category =
        datum->kind == DATA_CATEGORY ? datum->index : policy->fields[datum->index].category;
    return policy->categories[category].data_class;
}

/* E03. */
static struct lg_err check_conditions(struct load *load, const struct clause *clause,
                                      uint32_t basis) {
    const struct policy *policy = load->policy;
    const struct basis *it = &policy->bases[basis];
    for (uint32_t i = 0; i < clause->data.count; i++) {
        enum policy_class data_class = class_of(policy, &clause->data.items[i]);
        bool lacks9 = data_class == POLICY_SPECIAL && !it->has_article9;
        bool lacks10 = data_class == POLICY_CRIMINAL && !it->has_article10;
        if (lacks9 || lacks10) {
            return policy_load_fault(load, "E03", policy_at_datum(&clause->data.items[i]),
                                     "clause %.*s shares %s data under `%.*s`, which has no "
                                     "`article %d`",
                                     len(clause->shown.id), str(clause->shown.id),
                                     lacks9 ? "special" : "criminal", len(it->id), str(it->id),
                                     lacks9 ? 9 : 10);
        }
    }
    return LG_OK;
}

/* E06, E07. */
static struct lg_err check_parties(struct load *load, const struct clause *clause, uint32_t basis) {
    const struct policy *policy = load->policy;
    const struct basis *it = &policy->bases[basis];
    bool some_source = false;
    bool some_recipient = false;
    TRY(policy_load_steps(load, (uint64_t)clause->to.count * policy->role_names.count));
    for (uint32_t i = 0; i < policy->party_names.count; i++) {
        some_source |=
            policy_bits_has(&clause->from, i) && !policy->parties[i].shown.is_public_authority;
    }
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        some_recipient |= policy_targets_match(policy, &clause->to, i) > 0 &&
                          policy->parties[policy->roles[i].party].shown.is_competent_authority;
    }
    if (it->kind == POLICY_BASIS_LAW_ENFORCEMENT && !some_recipient) {
        return policy_load_fault(load, "E06", policy_on_line(clause->shown.line),
                                 "clause %.*s: `%.*s` is for law enforcement and no recipient is a "
                                 "competent authority",
                                 len(clause->shown.id), str(clause->shown.id), len(it->id),
                                 str(it->id));
    }
    if (it->kind == POLICY_BASIS_RECOGNISED_INTEREST && !some_source) {
        return policy_load_fault(load, "E07", policy_on_line(clause->shown.line),
                                 "clause %.*s: `%.*s` is not open to public authorities and every "
                                 "source is one",
                                 len(clause->shown.id), str(clause->shown.id), len(it->id),
                                 str(it->id));
    }
    return LG_OK;
}

static struct lg_err check_basis(struct load *load, const struct clause *clause, uint32_t basis) {
    const struct basis *it = &load->policy->bases[basis];
    if (it->kind == POLICY_BASIS_CONSENT && clause->consent == POLICY_CONSENT_NOT_NEEDED) {
        return policy_load_fault(load, "E04", policy_on_line(clause->shown.line),
                                 "clause %.*s: `%.*s` is consent, and consent is not needed",
                                 len(clause->shown.id), str(clause->shown.id), len(it->id),
                                 str(it->id));
    }
    if (it->kind == POLICY_BASIS_VITAL && !clause->when_emergency) {
        return policy_load_fault(load, "E08", policy_on_line(clause->shown.line),
                                 "clause %.*s: `%.*s` is vital interests, which needs `when: "
                                 "emergency`",
                                 len(clause->shown.id), str(clause->shown.id), len(it->id),
                                 str(it->id));
    }
    TRY(policy_load_past(load, check_conditions(load, clause, basis)));
    return check_parties(load, clause, basis);
}

/* E05: whether a basis covers a purpose of the clause or one within it. */
static bool covers_some(const struct policy *policy, const struct clause *clause, uint32_t basis) {
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        for (uint32_t at = i; at != POLICY_NO16; at = policy->purposes[at].parent) {
            if (policy_bits_has(&clause->purposes, at) &&
                policy_bits_has(&policy->bases[basis].covers, i)) {
                return true;
            }
        }
    }
    return false;
}

static struct lg_err check_bases(struct load *load, const struct clause *clause) {
    bool covered = false;
    for (uint32_t i = 0; i < load->policy->basis_names.count; i++) {
        if (in_clause(clause, i)) {
            TRY(policy_load_past(load, check_basis(load, clause, i)));
            covered |= covers_some(load->policy, clause, i);
        }
    }
    if (!covered) {
        return policy_load_fault(load, "E05", policy_on_line(clause->shown.line),
                                 "clause %.*s: no basis covers its purpose or any within it",
                                 len(clause->shown.id), str(clause->shown.id));
    }
    return LG_OK;
}

/* E10. */
static struct lg_err check_holders(struct load *load, const struct clause *clause) {
    const struct policy *policy = load->policy;
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        uint32_t category =
            datum->kind == DATA_CATEGORY ? datum->index : policy->fields[datum->index].category;
        const struct bits *holders = &policy->categories[category].holders;
        uint64_t held = 0;
        for (uint32_t word = 0; word < policy_bits_words(holders->size); word++) {
            held |= holders->words[word] & clause->from.words[word];
        }
        if (held == 0) {
            struct span id = policy->categories[category].id;
            return policy_load_fault(load, "E10", policy_at_datum(datum),
                                     "clause %.*s shares `%.*s` from parties that do not hold it",
                                     len(clause->shown.id), str(clause->shown.id), len(id),
                                     str(id));
        }
    }
    return LG_OK;
}

/* E04's other half and what no request could ever meet. */
static struct lg_err check_consent(struct load *load, const struct clause *clause) {
    bool none = load->policy->emergency_names.count == 0;
    if (none && (clause->when_emergency || clause->consent == POLICY_CONSENT_UNLESS_EMERGENCY)) {
        return policy_load_fault(load, "E13", policy_on_line(clause->shown.line),
                                 "clause %.*s counts on an emergency; the agreement has no "
                                 "`emergency` section",
                                 len(clause->shown.id), str(clause->shown.id));
    }
    return LG_OK;
}

static bool related(const struct policy *policy, uint32_t a, uint32_t b) {
    return policy_purpose_steps(policy, a, b) != UINT32_MAX ||
           policy_purpose_steps(policy, b, a) != UINT32_MAX;
}

static struct lg_err role_is_used(struct load *load, uint32_t role, bool *out_used) {
    const struct policy *policy = load->policy;
    *out_used = false;
    for (uint32_t i = 0; i < policy->own_clause_count && !*out_used; i++) {
        const struct clause *clause = &policy->clauses[i];
        TRY(policy_load_steps(load, clause->to.count));
        *out_used =
            clause->kind == CLAUSE_SHARE && policy_targets_match(policy, &clause->to, role) > 0;
    }
    return LG_OK;
}

static bool clause_uses(const struct policy *policy, const struct clause *clause,
                        uint32_t purpose) {
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        if (policy_bits_has(&clause->purposes, i) && related(policy, i, purpose)) {
            return true;
        }
    }
    return false;
}

static bool purpose_is_used(const struct policy *policy, uint32_t purpose) {
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];
        if (clause->kind == CLAUSE_SHARE && clause_uses(policy, clause, purpose)) {
            return true;
        }
    }
    return false;
}

/* An emergency brings its own basis, which has to carry whatever it sets aside. */
static struct lg_err check_emergency_basis(struct load *load, const struct emergency *emergency,
                                           uint32_t basis) {
    const struct policy *policy = load->policy;
    const struct basis *it = &policy->bases[basis];
    for (uint32_t i = 0; i < policy->category_names.count; i++) {
        enum policy_class data_class = policy->categories[i].data_class;
        bool lacks9 = data_class == POLICY_SPECIAL && !it->has_article9;
        bool lacks10 = data_class == POLICY_CRIMINAL && !it->has_article10;
        if (lacks9 || lacks10) {
            return policy_load_fault(load, "E03", policy_on_line(emergency->line),
                                     "the emergency's basis `%.*s` has no `article %d`, and the "
                                     "agreement has such data",
                                     len(it->id), str(it->id), lacks9 ? 9 : 10);
        }
    }
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        if (policy_bits_has(&emergency->purposes, i) && !policy_bits_has(&it->covers, i)) {
            return policy_load_fault(load, "E05", policy_on_line(emergency->line),
                                     "the emergency's basis `%.*s` does not cover `%.*s`",
                                     len(it->id), str(it->id), len(policy->purposes[i].id),
                                     str(policy->purposes[i].id));
        }
    }
    return LG_OK;
}

/* E13. */
static struct lg_err check_emergency(struct load *load, const struct emergency *emergency) {
    const struct policy *policy = load->policy;
    TRY(policy_load_past(load, check_emergency_basis(load, emergency, emergency->basis)));
    if (emergency->basis_for_refusal != POLICY_NO16) {
        TRY(policy_load_past(load,
                             check_emergency_basis(load, emergency, emergency->basis_for_refusal)));
    }
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        const struct policy_role *role = &policy->roles[i].shown;
        bool used = true;
        if (policy_bits_has(&emergency->declared_by, i)) {
            TRY(role_is_used(load, i, &used));
        }
        if (!used) {
            return policy_load_fault(
                load, "E13", policy_on_line(emergency->line),
                "no clause shares anything with `%.*s/%.*s`, which may declare "
                "the emergency",
                len(role->party), str(role->party), len(role->id), str(role->id));
        }
    }
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        if (policy_bits_has(&emergency->purposes, i) && !purpose_is_used(policy, i)) {
            return policy_load_fault(load, "E13", policy_on_line(emergency->line),
                                     "no clause is for `%.*s`, the emergency's purpose",
                                     len(policy->purposes[i].id), str(policy->purposes[i].id));
        }
    }
    return LG_OK;
}

static struct lg_err check_counts(struct load *load) {
    const struct policy *policy = load->policy;
    if (policy->party_names.count < 2 || policy->role_names.count == 0) {
        return policy_load_fault(load, "E01", policy_on_line(0),
                                 "an agreement needs two parties and a role");
    }
    if (policy->purpose_names.count == 0 || policy->field_names.count == 0) {
        return policy_load_fault(load, "E01", policy_on_line(0),
                                 "an agreement needs a purpose and a category");
    }
    return LG_OK;
}

struct lg_err policy_check_all(struct load *load) {
    const struct policy *policy = load->policy;
    TRY(check_counts(load));
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];
        if (clause->kind == CLAUSE_SHARE) {
            TRY(policy_load_past(load, check_bases(load, clause)));
            TRY(policy_load_past(load, check_holders(load, clause)));
            TRY(policy_load_past(load, check_consent(load, clause)));
        }
    }
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        TRY(policy_load_past(load, check_emergency(load, &policy->emergencies[i])));
    }
    return LG_OK;
}
