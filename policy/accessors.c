/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled agreement says about itself, and who may be enrolled under it. */
#include "gateway/base/assert.h"
#include "policy/decide/permit_int.h"

struct span policy_id(const struct policy *policy) {
    return policy->id;
}

struct span policy_title(const struct policy *policy) {
    return policy->title;
}

uint32_t policy_version(const struct policy *policy) {
    return policy->version;
}

struct span policy_text(const struct policy *policy) {
    return policy->text;
}

struct span policy_contact(const struct policy *policy) {
    return policy->contact;
}

struct span policy_notice(const struct policy *policy) {
    return policy->notice;
}

struct policy_term_days policy_days(const struct policy *policy) {
    return policy->days;
}

size_t policy_party_count(const struct policy *policy) {
    return policy->party_names.count;
}

struct policy_party policy_party_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->party_names.count);
    return policy->parties[index].shown;
}

size_t policy_role_count(const struct policy *policy) {
    return policy->role_names.count;
}

struct policy_role policy_role_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->role_names.count);
    return policy->roles[index].shown;
}

size_t policy_field_count(const struct policy *policy) {
    return policy->field_names.count;
}

struct policy_field policy_field_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->field_names.count);
    const struct field *field = &policy->fields[index];
    const struct category *category = &policy->categories[field->category];
    return (struct policy_field){
        .id = field->id,
        .category = category->id,
        .data_class = category->data_class,
    };
}

size_t policy_clause_count(const struct policy *policy) {
    return policy->clause_count;
}

struct policy_clause policy_clause_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->clause_count);
    return policy->clauses[index].shown;
}

size_t policy_purpose_count(const struct policy *policy) {
    return policy->purpose_names.count;
}

struct span policy_purpose_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->purpose_names.count);
    return policy->purposes[index].id;
}

size_t policy_category_count(const struct policy *policy) {
    return policy->category_names.count;
}

struct span policy_category_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->category_names.count);
    return policy->categories[index].id;
}

struct span policy_purpose_title(const struct policy *policy, struct span id) {
    uint32_t index = policy_names_find(&policy->purpose_names, id);
    return index == POLICY_NONE ? span_of(NULL, 0) : policy->purposes[index].title;
}

struct span policy_category_title(const struct policy *policy, struct span id) {
    uint32_t index = policy_names_find(&policy->category_names, id);
    return index == POLICY_NONE ? span_of(NULL, 0) : policy->categories[index].title;
}

size_t policy_rule_count(const struct policy *policy) {
    return policy->rule_names.count;
}

struct span policy_rule_at(const struct policy *policy, size_t index) {
    ASSERT(index < policy->rule_names.count);
    return policy->rules[index].id;
}

bool policy_party_find(const struct policy *policy, struct span id,
                       struct policy_party *out_party) {
    uint32_t index = policy_names_find(&policy->party_names, id);
    if (index == POLICY_NONE) {
        return false;
    }
    *out_party = policy->parties[index].shown;
    return true;
}

bool policy_role_find(const struct policy *policy, struct span party, struct span role,
                      struct policy_role *out_role) {
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        const struct policy_role *it = &policy->roles[i].shown;
        if (span_equal(it->party, party) && span_equal(it->id, role)) {
            *out_role = *it;
            return true;
        }
    }
    return false;
}

bool policy_field_find(const struct policy *policy, struct span id,
                       struct policy_field *out_field) {
    uint32_t index = policy_names_find(&policy->field_names, id);
    if (index == POLICY_NONE) {
        return false;
    }
    *out_field = policy_field_at(policy, index);
    return true;
}

bool policy_clause_find(const struct policy *policy, struct span id,
                        struct policy_clause *out_clause) {
    uint32_t index = policy_names_find(&policy->clause_names, id);
    if (index == POLICY_NONE) {
        return false;
    }
    *out_clause = policy->clauses[index].shown;
    return true;
}

bool policy_purpose_covers(const struct policy *policy, struct span wider, struct span purpose) {
    uint32_t above = policy_names_find(&policy->purpose_names, wider);
    uint32_t below = policy_names_find(&policy->purpose_names, purpose);
    return above != POLICY_NONE && below != POLICY_NONE &&
           policy_purpose_steps(policy, above, below) != UINT32_MAX;
}

bool policy_source_holds(const struct policy *policy, struct span party, struct span field) {
    uint32_t source = policy_names_find(&policy->party_names, party);
    uint32_t index = policy_names_find(&policy->field_names, field);
    return source != POLICY_NONE && index != POLICY_NONE &&
           policy_bits_has(&policy->categories[policy->fields[index].category].holders, source);
}

/* ---- enrolment ---- */

static bool lets_in(const struct clause *clause, uint32_t party, struct span population) {
    if (clause->kind != CLAUSE_ENROL || !policy_bits_has(&clause->from, party)) {
        return false;
    }
    for (size_t i = 0; i < clause->people.count && population.len > 0; i++) {
        if (span_equal(clause->people.items[i], population)) {
            return true;
        }
    }
    return clause->people_all;
}

static void join(struct policy_enrolment *enrolment, const struct policy *policy,
                 const struct clause *clause) {
    bool is_first = enrolment->clause.len == 0;
    enrolment->refusal = POLICY_REASON_NONE;
    enrolment->classes |= clause->classes;
    if (enrolment->keep_days == 0 || clause->keep_days < enrolment->keep_days) {
        enrolment->keep_days = clause->keep_days;
    }
    if (is_first) {
        enrolment->agreement = policy->id;
        enrolment->clause = clause->shown.id;
        enrolment->return_on_leaving = clause->return_on_leaving;
    }
}

static void enrol_under(const struct policy_force *force, struct span party, struct span population,
                        int64_t at_s, struct policy_enrolment *enrolment) {
    const struct policy *policy = force->policy;
    const struct policy_request request = {.at_s = at_s, .recipient = party};
    enum policy_reason refusal = policy_agreement_refusal(force, &request);
    uint32_t index = policy_names_find(&policy->party_names, party);
    if (refusal == POLICY_REASON_NONE && index == POLICY_NONE) {
        refusal = POLICY_NOT_A_PARTY;
    }
    for (uint32_t i = 0; i < policy->own_clause_count && refusal == POLICY_REASON_NONE; i++) {
        if (lets_in(&policy->clauses[i], index, population)) {
            join(enrolment, policy, &policy->clauses[i]);
        }
    }
    if (enrolment->clause.len == 0) {
        refusal = refusal == POLICY_REASON_NONE ? POLICY_NO_CLAUSE : refusal;
        enrolment->refusal = refusal > enrolment->refusal ? refusal : enrolment->refusal;
    }
}

struct policy_enrolment policy_enrol_find(const struct policy_force *force, size_t force_count,
                                          struct span party, struct span population, int64_t at_s) {
    struct policy_enrolment enrolment = {.refusal = POLICY_NO_AGREEMENT};
    for (size_t i = 0; i < force_count; i++) {
        enrol_under(&force[i], party, population, at_s, &enrolment);
    }
    return enrolment;
}
