/* SPDX-License-Identifier: Apache-2.0 */
/* What agreements say of data as such: under which statute it was received, that it is patient
 * information, that it is held in confidence. The word is on the data: one agreement's holds under
 * every other, and does not end with it (design, law, 4.3, rule 10: an override defeats no
 * carve-out; Care Act 2014 s.45: the lock is on what was supplied). */
#include "policy/law/decide_int.h"

bool policy_binds(const struct policy *policy, bool is_superseded) {
    return policy->has_locks || (policy->has_marks && !is_superseded);
}

/* ---- one text within another ---- */

static bool lock_within(const struct policy *policy, const struct category *category,
                        const struct policy *other, const struct category *others) {
    return category->law.received_under == POLICY_NO16 ||
           (category->law.received_under == others->law.received_under &&
            span_equal(policy->statutes->edition, other->statutes->edition));
}

static bool marks_within(const struct category *category, const struct category *others) {
    const struct category_law *law = &category->law;
    bool opt_out = !law->has_opt_out ||
                   (others->law.has_opt_out && others->law.opt_out_days <= law->opt_out_days);
    return opt_out && (!law->is_patient || others->law.is_patient) &&
           (!category->is_confidential || others->is_confidential);
}

static bool holders_within(const struct policy *policy, const struct category *category,
                           const struct policy *other, const struct category *others) {
    for (uint32_t i = 0; i < policy->party_names.count; i++) {
        uint32_t party = policy_names_find(&other->party_names, policy->parties[i].shown.id);
        if (policy_bits_has(&category->holders, i) &&
            (party == POLICY_NONE || !policy_bits_has(&others->holders, party))) {
            return false;
        }
    }
    return true;
}

static bool says_something(const struct category *category, bool is_superseded) {
    bool marks = category->law.is_patient || category->is_confidential;
    return category->law.received_under != POLICY_NO16 || (marks && !is_superseded);
}

/* A field of one text and the same of another, by their categories. */
struct pair {
    const struct category *category;
    const struct category *others; /* NULL: the other does not have the field */
};

static struct pair pair_of(const struct policy *policy, uint32_t field,
                           const struct policy *other) {
    uint32_t found = policy_names_find(&other->field_names, policy->fields[field].id);
    struct pair pair = {.category = &policy->categories[policy->fields[field].category]};
    if (found != POLICY_NONE) {
        pair.others = &other->categories[other->fields[found].category];
    }
    return pair;
}

bool policy_binds_within(const struct policy *policy, const struct policy *other,
                         bool is_superseded) {
    struct pair last = {0};
    for (uint32_t i = 0; i < policy->field_names.count; i++) {
        const struct pair pair = pair_of(policy, i, other);
        bool is_known = pair.category == last.category && pair.others == last.others;
        if (is_known || !says_something(pair.category, is_superseded)) {
            continue;
        }
        if (pair.others == NULL || !lock_within(policy, pair.category, other, pair.others) ||
            (!is_superseded && !marks_within(pair.category, pair.others)) ||
            !holders_within(policy, pair.category, other, pair.others)) {
            return false;
        }
        last = pair;
    }
    return true;
}

/* ---- of one question ---- */

static void add(struct permit *permit, struct binding binding) {
    for (size_t i = 0; i < permit->binding_count; i++) {
        if (permit->bindings[i].policy == binding.policy) {
            return;
        }
    }
    permit->bindings[permit->binding_count++] = binding;
}

/* A draft that nobody signed binds nobody. */
static void add_force(struct permit *permit, const struct policy_force *force) {
    if (policy_binds(force->policy, false) && !force->is_unsigned) {
        add(permit, (struct binding){.policy = force->policy, .hash = force->hash});
    }
}

static void add_bystanders(struct permit *permit, const struct policy_force *force) {
    for (size_t i = 0; i < force->bystander_count; i++) {
        const struct policy_bystander *it = &force->bystanders[i];
        add(permit, (struct binding){it->policy, it->hash, it->is_superseded});
    }
}

/* The list is the same one in all that are in force at once. */
static bool has_own_list(const struct policy_force *force, size_t i) {
    return i == 0 || force[i].bystanders != force[i - 1].bystanders;
}

struct lg_err policy_law_bindings_make(struct permit *permit, const struct policy_force *force,
                                       size_t force_count, struct arena *arena) {
    size_t room = force_count;
    for (size_t i = 0; i < force_count; i++) {
        room += has_own_list(force, i) ? force[i].bystander_count : 0;
    }
    permit->bindings = arena_array(arena, room, sizeof *permit->bindings);
    if (permit->bindings == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < force_count; i++) {
        add_force(permit, &force[i]);
    }
    for (size_t i = 0; i < force_count; i++) {
        if (has_own_list(force, i)) {
            add_bystanders(permit, &force[i]);
        }
    }
    for (size_t i = 0; i < permit->scope_count; i++) {
        permit->scopes[i].bindings = permit->bindings;
        permit->scopes[i].binding_count = permit->binding_count;
    }
    return LG_OK;
}

/* ---- of one field ---- */

/* How another text has the field, where the source holds it there; NULL where it says nothing. */
static const struct category *category_of(const struct policy *other, struct span source,
                                          struct span field) {
    uint32_t index = policy_names_find(&other->field_names, field);
    uint32_t party = policy_names_find(&other->party_names, source);
    if (index == POLICY_NONE || party == POLICY_NONE) {
        return NULL;
    }
    const struct category *category = &other->categories[other->fields[index].category];
    return policy_bits_has(&category->holders, party) ? category : NULL;
}

static const struct category *category_in(const struct candidate *it, const struct policy *other) {
    return category_of(other, it->scope->policy->parties[it->source].shown.id, it->term.field);
}

bool policy_law_binding_bears(const struct permit *permit, const struct binding *binding) {
    const struct span_list *fields = &permit->request.fields;
    for (size_t i = 0; i < permit->source_count; i++) {
        for (size_t j = 0; j < fields->count; j++) {
            const struct category *category =
                category_of(binding->policy, permit->sources[i].id, fields->items[j]);
            if (category != NULL && says_something(category, binding->is_superseded)) {
                return true;
            }
        }
    }
    return false;
}

static void mark(struct data_marks *marks, const struct category *category) {
    const struct category_law *law = &category->law;
    if (law->has_opt_out && (!marks->has_opt_out || law->opt_out_days < marks->opt_out_days)) {
        marks->has_opt_out = true;
        marks->opt_out_days = law->opt_out_days;
    }
    marks->is_patient |= law->is_patient;
    marks->says_patient |= law->is_patient;
    marks->is_confidential |= category->is_confidential;
}

/* That it is no patient information is said by the agreement that is asked alone. */
void policy_law_mark(struct candidate *it) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    const struct category *own = &policy->categories[policy->fields[it->field].category];
    struct data_marks marks = {.says_patient = own->law.says_patient};
    mark(&marks, own);
    for (size_t i = 0; i < scope->binding_count; i++) {
        const struct binding *other = &scope->bindings[i];
        bool counts = other->policy->has_marks && !other->is_superseded;
        const struct category *category =
            counts && other->policy != policy ? category_in(it, other->policy) : NULL;
        if (category != NULL) {
            mark(&marks, category);
        }
    }
    it->marks = marks;
}

/* Functions are bits of one edition; under another nobody can tell. */
static uint64_t functions_under(const struct candidate *it, const struct policy *other) {
    const struct policy *policy = it->scope->policy;
    bool is_same =
        policy->statutes != NULL && span_equal(policy->statutes->edition, other->statutes->edition);
    return is_same ? policy->purposes[it->scope->purpose].law.functions : 0;
}

static void apply_lock(struct candidate *it, const struct policy *policy,
                       const struct category *category) {
    if (category->law.received_under == POLICY_NO16) {
        return;
    }
    const struct register_entry *entry = &policy->statutes->entries[category->law.received_under];
    uint64_t functions = functions_under(it, policy);
    if (functions == 0) {
        policy_law_refuse(it, POLICY_AXIS_POWER, POLICY_POWER_NOT_KNOWN);
    } else if ((functions & ~entry->use_only_for) != 0) {
        policy_law_refuse(it, POLICY_AXIS_POWER, POLICY_PURPOSE_LOCKED);
    }
    it->term.purpose_lock = true;
}

void policy_law_lock(struct candidate *it) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    apply_lock(it, policy, &policy->categories[policy->fields[it->field].category]);
    for (size_t i = 0; i < scope->binding_count; i++) {
        const struct policy *other = scope->bindings[i].policy;
        const struct category *category =
            other->has_locks && other != policy ? category_in(it, other) : NULL;
        if (category != NULL) {
            apply_lock(it, other, category);
        }
    }
}
