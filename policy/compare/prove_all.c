/* SPDX-License-Identifier: Apache-2.0 */
/* Every promise of an agreement, and counterexamples as lines of a cases file. */
#include "policy/cases/cases.h"
#include "policy/compare/prove_int.h"

/* The agreement of a step, by its id; the first where two have the same. */
static const struct prove_agreement *agreement_of(const struct prove *prove, struct span id) {
    size_t i = 0;
    while (!span_equal(prove->agreements[i].policy->id, id)) {
        i++;
    }
    return &prove->agreements[i];
}

static struct policy_emergency declared(const struct policy *policy, struct span id) {
    uint32_t number = policy_names_find(&policy->emergency_names, id);
    return id.len == 0 ? (struct policy_emergency){0}
                       : policy_probe_declare(&policy->emergencies[number]);
}

/* The question of a step, with everything at its best, as it would be asked. */
static struct lg_err case_line(const struct prove *prove, struct policy_step *step) {
    const struct prove_agreement *agreement = agreement_of(prove, step->agreement);
    const struct policy *policy = agreement->policy;
    const struct policy_force force = {.policy = policy};
    uint32_t role = policy_names_find(&policy->role_names, step->role);
    uint32_t clause = policy_names_find(&policy->clause_names, step->clause);
    const struct policy_role *shown = &policy->roles[role].shown;
    const struct consent consent = {
        .state = CONSENT_GIVEN, .explicit_consent = true, .recorded_by = step->source};
    const struct policy_request request = {
        .agreement = policy->id,
        .at_s = policy_probe_moment(&agreement->probe, (uint16_t)clause),
        .recipient = shown->party,
        .role = shown->id,
        .trainings = {.items = &shown->training, .count = shown->training.len > 0},
        .sources = {.items = &step->source, .count = 1},
        .fields = {.items = &step->field, .count = 1},
        .purpose = step->purpose,
        .basis = step->basis,
        .age_class = step->about_adult ? AGE_ADULT : AGE_CHILD,
        .has_case_reference = true,
        .has_second_person = true,
        .no_consent_reason = span_text("would-prejudice"),
        .emergency = declared(policy, step->emergency),
    };
    const struct policy_case_row row = {
        .id = prove->promise->id,
        .title = span_text("Breaks the promise"),
        .why = policy_prove_sentence(prove),
        .force = &force,
        .request = &request,
        .consent = step->with_consent ? &consent : NULL,
    };
    return policy_case_row_write(&row, prove->arena, &step->case_line);
}

/* The hops from the first holder to the one that breaks the promise. */
static struct lg_err path_of(const struct prove *prove, struct policy_proof *proof) {
    size_t count = 1;
    for (size_t at = prove->last_parent; prove->holders[at].parent != SIZE_MAX;
         at = prove->holders[at].parent) {
        count++;
    }
    struct policy_step *steps = arena_array(prove->arena, count, sizeof *steps);
    if (steps == NULL) {
        return policy_no_memory();
    }
    steps[count - 1] = prove->last;
    size_t at = prove->last_parent;
    for (size_t i = count - 1; i > 0; i--) {
        steps[i - 1] = prove->holders[at].step;
        at = prove->holders[at].parent;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(case_line(prove, &steps[i]));
    }
    proof->steps = steps;
    proof->step_count = count;
    return LG_OK;
}

static struct lg_err prove_one(struct prove *prove, struct policy_proof *out_proof) {
    uint64_t cells = prove->cells;
    uint64_t questions = prove->questions;
    TRY(policy_prove_promise(prove));
    struct policy_proof proof = {
        .id = prove->promise->id,
        .is_never = prove->promise->kind == PROMISE_NEVER,
        .holds = !prove->is_broken,
        .cells = prove->cells - cells,
        .questions = prove->questions - questions,
    };
    if (prove->is_broken) {
        proof.sentence = policy_prove_sentence(prove);
        if (proof.sentence.ptr == NULL) {
            return policy_no_memory();
        }
    }
    if (prove->is_broken && proof.is_never) {
        TRY(path_of(prove, &proof));
    }
    *out_proof = proof;
    return LG_OK;
}

struct lg_err policy_prove(const struct policy *policy, const struct policy *const *others,
                           size_t other_count, struct arena *arena,
                           struct policy_proofs *out_proofs) {
    struct prove_agreement *agreements = arena_array(arena, other_count + 1, sizeof *agreements);
    struct policy_proof *list = arena_array(arena, policy->promise_count, sizeof *list);
    struct policy_proofs proofs = {.proofs = list, .count = policy->promise_count};
    if (agreements == NULL || list == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i <= other_count; i++) {
        agreements[i].policy = i == 0 ? policy : others[i - 1];
        TRY(policy_probe_init(agreements[i].policy, arena, &agreements[i].probe));
    }
    struct prove prove = {
        .agreements = agreements,
        .agreement_count = other_count + 1,
        .arena = arena,
        .questions_max = LIMIT_POLICY_STEPS,
    };
    for (uint32_t i = 0; i < policy->promise_count; i++) {
        prove.promise = &policy->promises[i];
        TRY(prove_one(&prove, &list[i]));
        proofs.broken += !list[i].holds;
    }
    *out_proofs = proofs;
    return LG_OK;
}
