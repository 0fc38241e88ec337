/* SPDX-License-Identifier: Apache-2.0 */
/* From text to policy: read the lines, the names, what refers to them, then check and tabulate. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "policy/compare/prove.h"
#include "policy/lint/lint.h"
#include "policy/load/load.h"
#include "policy/register/register.h"

/* What a compilation reads and where its faults go. findings NULL: the first one ends it. */
struct input {
    struct span text;
    struct span floor;
    struct diag *diag;
    struct policy_findings *findings;
    bool is_unproven;                  /* promises are left to policy_prove */
    const struct policy_register *law; /* NULL: none */
};

/* Arms and clauses have their ceilings; a small text takes small arrays. */
static struct lg_err allocate_clauses(struct policy *policy, const struct load *load,
                                      const struct load *floor) {
    uint32_t clauses = floor->doc.section_count + load->doc.section_count;
    uint32_t arms = load->doc.setting_count;
    for (size_t i = 0; i < policy->text.len; i++) {
        arms += policy->text.ptr[i] == ',';
    }
    arms = (uint32_t)num_min(arms, LIMIT_POLICY_ARMS);
    policy->clauses = arena_array(policy->arena, clauses, sizeof *policy->clauses);
    policy->arms = arena_array(policy->arena, arms, sizeof *policy->arms);
    return policy->clauses == NULL || policy->arms == NULL ? policy_no_memory() : LG_OK;
}

static struct lg_err count_clauses(struct load *load, const struct load *floor) {
    uint32_t count =
        policy_sections_count(load, SECTION_SHARE) + policy_sections_count(load, SECTION_NEVER) +
        policy_sections_count(load, SECTION_ENROL) + policy_sections_count(floor, SECTION_NEVER);
    if (count > LIMIT_POLICY_CLAUSES) {
        return policy_load_fault(load, "E00", policy_on_line(0),
                                 "%u clauses; at most %d are allowed", (unsigned)count,
                                 LIMIT_POLICY_CLAUSES);
    }
    return LG_OK;
}

/* Settings of one kind do not depend on those of another, only on names: where several faults are
 * wanted, each kind is read whatever the others held. */
static struct lg_err load_agreement_text(struct load *load, struct load *floor,
                                         const struct policy_register *law) {
    struct policy *policy = load->policy;
    TRY(policy_load_past(load, policy_load_law(load, law)));
    TRY(policy_load_names(load));
    TRY(policy_load_past(load, policy_load_agreement(load)));
    TRY(policy_load_past(load, policy_load_hours(load)));
    TRY(policy_load_past(load, policy_load_defaults(load)));
    TRY(count_clauses(load, floor));
    TRY(allocate_clauses(policy, load, floor));
    TRY(policy_load_past(load, policy_load_clauses(load)));
    policy->own_clause_count = policy->clause_count;
    TRY(policy_load_past(load, policy_load_emergencies(load)));
    TRY(policy_load_past(load, policy_load_promises(load)));
    return LG_OK;
}

static struct lg_err read_sections(struct load *load, struct span text) {
    const struct policy_faults faults = {
        .diag = load->diag, .findings = load->findings, .is_floor = load->is_floor};
    TRY(policy_doc_check(text, load->policy->arena, &faults, &load->doc));
    TRY(policy_sections_classify(load));
    return policy_sections_check(load);
}

static struct lg_err compile(const struct input *input, struct policy *policy) {
    struct load load = {.policy = policy, .diag = input->diag, .findings = input->findings};
    struct load floor = load;
    floor.is_floor = true;
    policy->text = arena_copy(policy->arena, input->text);
    struct span floor_copy = arena_copy(policy->arena, input->floor);
    if (policy->text.ptr == NULL || floor_copy.ptr == NULL) {
        return policy_no_memory();
    }
    TRY(policy_load_past(&load, read_sections(&load, policy->text)));
    if (input->floor.len > 0) {
        TRY(policy_load_past(&floor, read_sections(&floor, floor_copy)));
    }
    TRY(policy_load_barrier(&load));
    TRY(load_agreement_text(&load, &floor, input->law));
    if (input->floor.len > 0) {
        TRY(policy_load_past(&floor, policy_load_clauses(&floor)));
    }
    TRY(policy_load_barrier(&load));
    TRY(policy_check_all(&load));
    TRY(policy_table_build(&load));
    TRY(policy_load_barrier(&load));
    TRY(input->is_unproven ? LG_OK : policy_promises_check(&load));
    return policy_load_barrier(&load);
}

struct lg_err policy_load_steps(struct load *load, uint64_t steps) {
    load->steps += steps;
    if (load->steps > LIMIT_POLICY_STEPS) {
        return policy_load_fault(load, "E00", policy_on_line(0),
                                 "roles, parties, purposes, fields and promises make more "
                                 "combinations than can be worked out");
    }
    return LG_OK;
}

static struct lg_err compile_new(const struct input *input, struct policy **out_policy) {
    OWN(policy_free) struct policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL || lg_failed(arena_new(LIMIT_POLICY_MEMORY, &policy->arena))) {
        return policy_no_memory();
    }
    TRY(compile(input, policy));
    *out_policy = TAKE(policy);
    return LG_OK;
}

struct lg_err policy_compile(struct span text, struct span floor, struct diag *diag,
                             struct policy **out_policy) {
    struct diag unused;
    const struct input input = {
        .text = text, .floor = floor, .diag = diag == NULL ? &unused : diag};
    return compile_new(&input, out_policy);
}

struct lg_err policy_compile_unproven(struct span text, struct span floor, struct diag *diag,
                                      struct policy **out_policy) {
    const struct input input = {.text = text, .floor = floor, .diag = diag, .is_unproven = true};
    return compile_new(&input, out_policy);
}

struct lg_err policy_compile_unproven_law(const struct policy_unproven *input, struct diag *diag,
                                          struct policy **out_policy) {
    const struct input whole = {.text = input->text,
                                .floor = input->floor,
                                .law = input->statutes,
                                .diag = diag,
                                .is_unproven = true};
    return compile_new(&whole, out_policy);
}

struct lg_err policy_compile_law(struct span text, struct span floor,
                                 const struct policy_register *law, struct diag *diag,
                                 struct policy **out_policy) {
    struct diag unused;
    const struct input input = {
        .text = text, .floor = floor, .law = law, .diag = diag == NULL ? &unused : diag};
    return compile_new(&input, out_policy);
}

const struct policy_register *policy_law(const struct policy *policy) {
    return policy->statutes;
}

bool policy_needs_law(const struct policy *policy) {
    return policy->needs_law;
}

struct lg_err policy_check(struct span text, struct span floor, struct policy_findings *findings,
                           struct policy **out_policy) {
    return policy_check_law(text, floor, NULL, findings, out_policy);
}

struct lg_err policy_check_law(struct span text, struct span floor,
                               const struct policy_register *law, struct policy_findings *findings,
                               struct policy **out_policy) {
    struct diag diag = {0};
    const struct input input = {
        .text = text, .floor = floor, .law = law, .diag = &diag, .findings = findings};
    struct lg_err err = compile_new(&input, out_policy);
    policy_findings_sort(findings);
    return err;
}

void policy_free(struct policy **policy) {
    if (*policy == NULL) {
        return;
    }
    arena_free(&(*policy)->arena);
    free(*policy);
    *policy = NULL;
}
