/* SPDX-License-Identifier: Apache-2.0 */
/* The record of one source, out of its outcome. How long each list is follows from the permit. */
#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "policy/record/record_int.h"

/* The agreement of a ruling: its term is the first member of the candidate that it came from. */
static const struct candidate *candidate_of(const struct policy_ruling *ruling) {
    return (const struct candidate *)(const void *)ruling->term;
}

static uint16_t clause_number(const struct policy *policy, const struct policy_term *term) {
    uint16_t i = 0;
    if (term->clause.len == 0) {
        return UINT16_MAX;
    }
    while (policy->clauses[i].shown.id.ptr != term->clause.ptr) {
        i++;
    }
    return i;
}

static struct policy_record_field field_of(const struct permit *permit,
                                           const struct policy_ruling *ruling) {
    const struct candidate *candidate = candidate_of(ruling);
    const struct policy *policy = candidate->scope->policy;
    struct policy_record_field field = {
        .agreement = POLICY_RECORD_UNKNOWN,
        .field = UINT16_MAX,
        .clause = UINT16_MAX,
        .reason = ruling->refusal,
        .treatment = ruling->treatment,
        .by_emergency = ruling->by_emergency,
        .objection_noted = ruling->objection_noted,
        .checks = ruling->checks,
        .axes = ruling->axes,
    };
    if (policy != NULL) {
        field.agreement = (uint8_t)(candidate->scope - permit->scopes);
        field.clause = clause_number(policy, ruling->term);
    }
    if (candidate->field != POLICY_NONE) {
        field.field = (uint16_t)candidate->field;
    }
    return field;
}

static struct lg_err make_fields(const struct permit *permit, const struct policy_outcome *outcome,
                                 struct arena *arena, struct policy_record_part *part) {
    size_t count = num_min(outcome->ruling_count, POLICY_RECORD_FIELDS_MAX);
    struct policy_record_field *fields = arena_array(arena, count, sizeof *fields);
    if (fields == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        fields[i] = field_of(permit, &outcome->rulings[i]);
    }
    part->fields = fields;
    part->field_count = count;
    part->field_total = outcome->ruling_count;
    return LG_OK;
}

static struct policy_counts counts_of(const struct policy_facts *facts, size_t limit) {
    if (facts->counts == NULL || limit >= facts->count_count) {
        return (struct policy_counts){UINT32_MAX, UINT32_MAX, UINT32_MAX};
    }
    return facts->counts[limit];
}

/* The limit of every candidate that is still open, whichever comes first in the end. */
static struct lg_err make_limits(const struct permit *permit, const struct permit_source *source,
                                 const struct policy_facts *facts, struct arena *arena,
                                 struct policy_record_part *part) {
    bool *used = arena_array(arena, permit->limit_count, sizeof *used);
    struct policy_record_limit *limits =
        arena_array(arena, POLICY_RECORD_LIMITS_MAX, sizeof *limits);
    if (used == NULL || limits == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < source->field_count * permit->scope_count; i++) {
        size_t limit = source->candidates[i].term.limit;
        if (limit != POLICY_LIMIT_NONE) {
            used[limit] = true;
        }
    }
    for (size_t i = 0; i < permit->limit_count; i++) {
        const struct limit_ref *ref = &permit->limits[i];
        size_t scope = 0;
        while (permit->scopes[scope].policy != ref->policy) {
            scope++;
        }
        if (used[i] && part->limit_count == POLICY_RECORD_LIMITS_MAX) {
            part->is_whole = false;
        } else if (used[i]) {
            limits[part->limit_count++] = (struct policy_record_limit){
                .limit = {(uint8_t)scope, (uint16_t)ref->limit}, .counts = counts_of(facts, i)};
        }
    }
    part->limits = limits;
    return LG_OK;
}

struct lg_err policy_record_part_make(const struct permit *permit, size_t source,
                                      const struct policy_record_settled *settled,
                                      struct arena *arena, struct policy_record_part *out_part) {
    const struct policy_outcome *outcome = settled->outcome;
    ASSERT(source < permit->source_count);
    struct policy_record_part part = {
        .is_whole = true,
        .source = policy_record_name_find(permit, POLICY_RECORD_PARTY, permit->sources[source].id),
        .decision = outcome->decision,
        .reason = outcome->reason,
        .is_withheld = settled->facts->holder_withholds,
    };
    if (settled->facts->opt_out.is_known) {
        part.opt_out_known = true;
        part.opted_out = settled->facts->opt_out.applies;
        part.opt_out_day = settled->facts->opt_out.as_of_day;
    }
    TRY(make_fields(permit, outcome, arena, &part));
    TRY(make_limits(permit, &permit->sources[source], settled->facts, arena, &part));
    TRY(policy_record_consents_make(permit, source, settled, arena, &part));
    *out_part = part;
    return LG_OK;
}
