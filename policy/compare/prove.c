/* SPDX-License-Identifier: Apache-2.0 */
/* The search. Nodes are parties that have a field and may give it: first those that hold it, then
 * those to whom a clause lets it be passed on (`onward: to`). Edges are cells that share it under a
 * question that the promise forbids. `onward: ask` is no edge: somebody decides about it. */
#include "policy/compare/prove.h"

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "policy/compare/prove_int.h"

/* ---- one cell ---- */

static struct lg_err count(struct prove *prove, uint64_t *counter) {
    (*counter)++;
    return prove->cells + prove->questions > prove->questions_max
               ? lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE)
               : LG_OK;
}

/* Covers all, recorded by the source: no other consent shares more. */
static struct consent best_consent(const struct policy *policy, uint32_t source) {
    return (struct consent){
        .state = CONSENT_GIVEN,
        .explicit_consent = true,
        .recorded_by = policy->parties[source].shown.id,
    };
}

/* What is varied of a cell's questions. */
struct way {
    bool with_consent;
    uint32_t emergency; /* POLICY_NONE: none */
    enum age_class age;
};

static void note_step(struct policy_step *step, const struct policy *policy,
                      const struct probe_cell *cell, const struct way *way) {
    uint16_t clause = policy_probe_clause(policy, cell);
    *step = (struct policy_step){
        .agreement = policy->id,
        .source = policy->parties[cell->source].shown.id,
        .purpose = policy->purposes[cell->purpose].id,
        .field = policy->fields[cell->field].id,
        .clause = policy->clauses[clause].shown.id,
        .with_consent = way->with_consent,
        .about_adult = way->age == AGE_ADULT,
    };
    if (way->emergency != POLICY_NONE) {
        step->emergency = policy->emergencies[way->emergency].id;
    }
}

/* Whether the cell is shared in this way under any basis; *step then says how. */
static struct lg_err way_shares(struct prove *prove, const struct prove_agreement *agreement,
                                const struct probe_cell *cell, const struct way *way,
                                struct policy_step *step) {
    const struct policy *policy = agreement->policy;
    const struct consent given = best_consent(policy, cell->source);
    struct probe_facts facts = {
        .age = way->age,
        .has_reason = true,
        .consent = way->with_consent ? &given : NULL,
    };
    if (way->emergency != POLICY_NONE) {
        facts.emergency = &policy->emergencies[way->emergency];
    }
    for (uint32_t i = 0; i < policy->basis_names.count; i++) {
        struct probe_question question;
        facts.basis = policy->bases[i].id;
        for (uint32_t j = 0; j < agreement->probe.law_day_count; j++) {
            facts.law_day = agreement->probe.law_days[j];
            TRY(count(prove, &prove->questions));
            policy_probe_decide(&agreement->probe, cell, &facts, &question);
            if (policy_probe_shares(&question, &facts)) {
                note_step(step, policy, cell, way);
                step->basis = facts.basis;
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

/* Puts the cell in every way that the promise forbids (of `always`: that it may count on).
 * step->clause stays empty where none shares. */
static struct lg_err cell_shares(struct prove *prove, const struct prove_agreement *agreement,
                                 const struct probe_cell *cell, struct policy_step *step) {
    const struct promise *promise = prove->promise;
    const struct policy *policy = agreement->policy;
    bool with_emergencies = promise->kind == PROMISE_NEVER && !promise->unless_emergency;
    uint32_t emergencies = with_emergencies ? policy->emergency_names.count : 0;
    *step = (struct policy_step){0};
    for (uint32_t i = 0; i <= emergencies; i++) {
        for (unsigned j = 0; j < 4; j++) {
            const struct way way = {
                .with_consent = (j & 1U) != 0,
                .emergency = i == 0 ? POLICY_NONE : i - 1,
                .age = (j & 2U) != 0 ? AGE_ADULT : AGE_CHILD,
            };
            if (way.with_consent && promise->without_consent) {
                continue;
            }
            TRY(way_shares(prove, agreement, cell, &way, step));
            if (step->clause.len > 0) {
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

/* ---- of whom the promise speaks ---- */

/* The promise's numbers are those of the agreement that makes it; others are asked by name. */
static const struct policy *maker(const struct prove *prove) {
    return prove->agreements[0].policy;
}

static bool speaks_of_role(const struct prove *prove, const struct policy *policy, uint32_t role) {
    if (policy != maker(prove)) {
        uint8_t name[2 * LIMIT_POLICY_NAME_SIZE + 1];
        struct writer writer = writer_of(name, sizeof name);
        struct span id;
        writer_bytes(&writer, policy->roles[role].shown.party);
        writer_u8(&writer, '/');
        writer_bytes(&writer, policy->roles[role].shown.id);
        ASSERT(!lg_failed(writer_end(&writer, &id)));
        role = policy_names_find(&maker(prove)->role_names, id);
    }
    return role != POLICY_NONE &&
           policy_targets_match(maker(prove), &prove->promise->who, role) > 0;
}

static bool speaks_of_purpose(const struct prove *prove, const struct policy *policy,
                              uint32_t purpose) {
    if (policy != maker(prove)) {
        purpose = policy_names_find(&maker(prove)->purpose_names, policy->purposes[purpose].id);
    }
    return prove->promise->any_purpose ||
           (purpose != POLICY_NONE && policy_bits_has(&prove->promise->purposes, purpose));
}

/* Of any role of the party. */
static bool speaks_of_party(const struct prove *prove, struct span party) {
    const struct policy *policy = maker(prove);
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        if (span_equal(policy->roles[i].shown.party, party) &&
            policy_targets_match(policy, &prove->promise->who, i) > 0) {
            return true;
        }
    }
    return false;
}

static bool speaks_of_field(const struct prove *prove, uint32_t field) {
    const struct data *sees = &prove->promise->sees;
    for (uint32_t i = 0; i < sees->count; i++) {
        const struct datum *datum = &sees->items[i];
        bool is_it = datum->kind == DATA_FIELD
                         ? datum->index == field
                         : datum->index == maker(prove)->fields[field].category;
        if (is_it) {
            return true;
        }
    }
    return false;
}

/* ---- paths ---- */

static bool has_holder(const struct prove *prove, struct span party) {
    for (size_t i = 0; i < prove->holder_count; i++) {
        if (span_equal(prove->holders[i].party, party)) {
            return true;
        }
    }
    return false;
}

static struct lg_err add_holder(struct prove *prove, const struct prove_holder *holder) {
    if (has_holder(prove, holder->party)) {
        return LG_OK;
    }
    prove->holders =
        arena_more(prove->arena, prove->holders, prove->holder_count, sizeof *prove->holders);
    if (prove->holders == NULL) {
        return policy_no_memory();
    }
    prove->holders[prove->holder_count++] = *holder;
    return LG_OK;
}

static struct lg_err name_role(const struct prove *prove, const struct policy_role *role,
                               struct span *out_name) {
    *out_name =
        arena_format(prove->arena, "%.*s/%.*s", (int)role->party.len, (const char *)role->party.ptr,
                     (int)role->id.len, (const char *)role->id.ptr);
    return out_name->ptr == NULL ? policy_no_memory() : LG_OK;
}

/* One cell of a holder: does it break the promise, does it lead on? */
static struct lg_err follow_cell(struct prove *prove, const struct prove_agreement *agreement,
                                 const struct probe_cell *cell, size_t parent) {
    const struct policy *policy = agreement->policy;
    uint16_t clause = policy_probe_clause(policy, cell);
    struct policy_step step;
    if (clause == POLICY_NO16) {
        return LG_OK;
    }
    const struct onward *onward = &policy->clauses[clause].onward;
    bool leads_on = onward->kind == POLICY_ONWARD_TO;
    bool first_hand = speaks_of_role(prove, policy, cell->role) &&
                      speaks_of_purpose(prove, policy, cell->purpose);
    if (!first_hand && !leads_on) {
        return LG_OK;
    }
    TRY(cell_shares(prove, agreement, cell, &step));
    if (step.clause.len == 0) {
        return LG_OK;
    }
    TRY(name_role(prove, &policy->roles[cell->role].shown, &step.role));
    if (!first_hand) {
        step.onward_party = policy->parties[onward->party].shown.id;
        step.onward_purpose = policy->purposes[onward->purpose].id;
    }
    if (first_hand || (speaks_of_party(prove, step.onward_party) &&
                       speaks_of_purpose(prove, policy, onward->purpose))) {
        prove->is_broken = true;
        prove->last = step;
        prove->last_parent = parent;
        return LG_OK;
    }
    const struct prove_holder holder = {step.onward_party, parent, step};
    return add_holder(prove, &holder);
}

static struct lg_err follow_source(struct prove *prove, const struct prove_agreement *agreement,
                                   size_t parent) {
    const struct policy *policy = agreement->policy;
    struct probe_cell cell = {
        .source = policy_names_find(&policy->party_names, prove->holders[parent].party),
        .field = policy_names_find(&policy->field_names, prove->field),
    };
    if (cell.source == POLICY_NONE || cell.field == POLICY_NONE) {
        return LG_OK;
    }
    for (cell.role = 0; cell.role < policy->role_names.count; cell.role++) {
        for (cell.purpose = 0; cell.purpose < policy->purpose_names.count; cell.purpose++) {
            TRY(count(prove, &prove->cells));
            TRY(follow_cell(prove, agreement, &cell, parent));
            if (prove->is_broken) {
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

/* Who holds the field at first: the parties that the promise names, in any of the agreements. */
static struct lg_err first_holders(struct prove *prove) {
    for (size_t i = 0; i < prove->agreement_count; i++) {
        const struct policy *policy = prove->agreements[i].policy;
        for (uint32_t j = 0; j < policy->party_names.count; j++) {
            const struct prove_holder holder = {.party = policy->parties[j].shown.id,
                                                .parent = SIZE_MAX};
            uint32_t known = policy_names_find(&maker(prove)->party_names, holder.party);
            bool is_named = prove->promise->from_any ||
                            (known != POLICY_NONE && policy_bits_has(&prove->promise->from, known));
            if (is_named) {
                TRY(add_holder(prove, &holder));
            }
        }
    }
    return LG_OK;
}

/* Breadth first, so that the path that is shown is the shortest. */
static struct lg_err follow_field(struct prove *prove) {
    prove->holders = NULL;
    prove->holder_count = 0;
    TRY(first_holders(prove));
    for (size_t i = 0; i < prove->holder_count; i++) {
        for (size_t j = 0; j < prove->agreement_count; j++) {
            TRY(follow_source(prove, &prove->agreements[j], i));
            if (prove->is_broken) {
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

static struct lg_err prove_never(struct prove *prove) {
    for (uint32_t i = 0; i < maker(prove)->field_names.count; i++) {
        if (speaks_of_field(prove, i)) {
            prove->field = maker(prove)->fields[i].id;
            TRY(follow_field(prove));
        }
        if (prove->is_broken) {
            return LG_OK;
        }
    }
    return LG_OK;
}

/* ---- always ---- */

/* Whether some source and purpose of the promise shows the field to the role. */
static struct lg_err field_is_shown(struct prove *prove, struct probe_cell cell, bool *out_shown) {
    const struct policy *policy = maker(prove);
    *out_shown = false;
    for (cell.source = 0; cell.source < policy->party_names.count; cell.source++) {
        for (cell.purpose = 0; cell.purpose < policy->purpose_names.count; cell.purpose++) {
            struct policy_step step;
            TRY(count(prove, &prove->cells));
            bool is_meant = policy_bits_has(&prove->promise->from, cell.source) &&
                            speaks_of_purpose(prove, policy, cell.purpose);
            if (!is_meant || policy_probe_clause(policy, &cell) == POLICY_NO16) {
                continue;
            }
            TRY(cell_shares(prove, &prove->agreements[0], &cell, &step));
            if (step.clause.len > 0) {
                *out_shown = true;
                return LG_OK;
            }
        }
    }
    return LG_OK;
}

static struct lg_err prove_always_role(struct prove *prove, uint32_t role) {
    const struct policy *policy = maker(prove);
    for (uint32_t i = 0; i < policy->field_names.count; i++) {
        const struct probe_cell cell = {.role = role, .field = i};
        bool is_shown = true;
        if (speaks_of_field(prove, i)) {
            TRY(field_is_shown(prove, cell, &is_shown));
        }
        if (!is_shown) {
            prove->is_broken = true;
            prove->lacking_field = policy->fields[i].id;
            return name_role(prove, &policy->roles[role].shown, &prove->lacking);
        }
    }
    return LG_OK;
}

static struct lg_err prove_always(struct prove *prove) {
    const struct policy *policy = maker(prove);
    for (uint32_t i = 0; i < policy->role_names.count && !prove->is_broken; i++) {
        if (policy_targets_match(policy, &prove->promise->who, i) > 0) {
            TRY(prove_always_role(prove, i));
        }
    }
    return LG_OK;
}

struct lg_err policy_prove_promise(struct prove *prove) {
    prove->is_broken = false;
    prove->last_parent = SIZE_MAX;
    return prove->promise->kind == PROMISE_NEVER ? prove_never(prove) : prove_always(prove);
}

/* ---- words ---- */

static struct span never_sentence(const struct prove *prove) {
    const struct policy_step *step = &prove->last;
    return arena_format(
        prove->arena,
        "%.*s gets `%.*s` from %.*s for %.*s under %.*s by clause %.*s%s%s%s, about %s",
        (int)step->role.len, (const char *)step->role.ptr, (int)step->field.len,
        (const char *)step->field.ptr, (int)step->source.len, (const char *)step->source.ptr,
        (int)step->purpose.len, (const char *)step->purpose.ptr, (int)step->basis.len,
        (const char *)step->basis.ptr, (int)step->clause.len, (const char *)step->clause.ptr,
        step->onward_party.len > 0 ? ", which lets it pass on," : "",
        step->with_consent ? " with consent" : "",
        step->emergency.len > 0 ? " in an emergency" : "",
        step->about_adult ? "an adult" : "a child");
}

struct span policy_prove_sentence(const struct prove *prove) {
    if (prove->promise->kind == PROMISE_NEVER) {
        return never_sentence(prove);
    }
    return arena_format(prove->arena, "no ordinary question of %.*s gets `%.*s`",
                        (int)prove->lacking.len, (const char *)prove->lacking.ptr,
                        (int)prove->lacking_field.len, (const char *)prove->lacking_field.ptr);
}
