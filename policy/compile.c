/* SPDX-License-Identifier: Apache-2.0 */
/* From text to policy: read the lines, the names, what refers to them, then check and tabulate. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "policy/load.h"

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
        return policy_load_stop(load, 0, "%u clauses; at most %d are allowed", (unsigned)count,
                                LIMIT_POLICY_CLAUSES);
    }
    return LG_OK;
}

static struct lg_err load_agreement_text(struct load *load, struct load *floor) {
    struct policy *policy = load->policy;
    TRY(policy_load_names(load));
    TRY(policy_load_agreement(load));
    TRY(policy_load_hours(load));
    TRY(policy_load_defaults(load));
    TRY(count_clauses(load, floor));
    TRY(allocate_clauses(policy, load, floor));
    TRY(policy_load_clauses(load));
    policy->own_clause_count = policy->clause_count;
    TRY(policy_load_emergencies(load));
    return policy_load_promises(load);
}

static struct lg_err read_sections(struct load *load, struct span text) {
    struct diag inner = {0};
    struct lg_err err = policy_doc_read(text, load->policy->arena, &inner, &load->doc);
    if (lg_err_class(err) == LG_CLASS_CONFIG) {
        return policy_load_stop(load, inner.line, "%s", inner.text);
    }
    TRY(err);
    return policy_sections_classify(load);
}

static struct lg_err compile(struct policy *policy, struct span text, struct span floor_text,
                             struct diag *diag) {
    struct load load = {.policy = policy, .diag = diag};
    struct load floor = {.policy = policy, .diag = diag, .is_floor = true};
    policy->text = arena_copy(policy->arena, text);
    struct span floor_copy = arena_copy(policy->arena, floor_text);
    if (policy->text.ptr == NULL || floor_copy.ptr == NULL) {
        return policy_no_memory();
    }
    TRY(read_sections(&load, policy->text));
    if (floor_text.len > 0) {
        TRY(read_sections(&floor, floor_copy));
    }
    TRY(load_agreement_text(&load, &floor));
    if (floor_text.len > 0) {
        TRY(policy_load_clauses(&floor));
    }
    TRY(policy_check_all(&load));
    TRY(policy_table_build(&load));
    return policy_promises_check(&load);
}

struct lg_err policy_load_steps(struct load *load, uint64_t steps) {
    load->steps += steps;
    if (load->steps > LIMIT_POLICY_STEPS) {
        return policy_load_stop(load, 0,
                                "roles, parties, purposes, fields and promises make more "
                                "combinations than can be worked out");
    }
    return LG_OK;
}

struct lg_err policy_compile(struct span text, struct span floor, struct diag *diag,
                             struct policy **out_policy) {
    struct diag unused;
    OWN(policy_free) struct policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL || lg_failed(arena_new(LIMIT_POLICY_MEMORY, &policy->arena))) {
        return policy_no_memory();
    }
    TRY(compile(policy, text, floor, diag == NULL ? &unused : diag));
    *out_policy = TAKE(policy);
    return LG_OK;
}

void policy_free(struct policy **policy) {
    if (*policy == NULL) {
        return;
    }
    arena_free(&(*policy)->arena);
    free(*policy);
    *policy = NULL;
}
