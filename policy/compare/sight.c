/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/compare/sight_int.h"

static const struct permit_source *source_find(const struct permit *permit, struct span id) {
    for (size_t i = 0; i < permit->source_count; i++) {
        if (span_equal(permit->sources[i].id, id)) {
            return &permit->sources[i];
        }
    }
    return NULL;
}

bool policy_sight_of_source(const struct permit *decided, struct span source,
                            enum policy_reader reader) {
    const struct permit_source *it = source_find(decided, source);
    return reader != POLICY_READER_SOURCE || (it != NULL && it->tells > POLICY_TELLS_PERMIT);
}

/* ---- one field, whatever agreement it falls under ---- */

typedef bool (*candidate_is)(const struct candidate *it);

static bool any_is(const struct permit *permit, const struct permit_source *source,
                   struct span field, candidate_is is) {
    for (size_t i = 0; source != NULL && i < source->field_count * permit->scope_count; i++) {
        const struct candidate *it = &source->candidates[i];
        if (span_equal(it->term.field, field) && is(it)) {
            return true;
        }
    }
    return false;
}

static bool hangs_on_person(const struct candidate *it) {
    const struct policy *policy = it->scope->policy;
    if (it->term.refusal != POLICY_REASON_NONE) {
        return false;
    }
    return it->term.consent != POLICY_CONSENT_NOT_NEEDED || policy->statutes != NULL ||
           it->clause->law.objection_refers ||
           policy->categories[policy->fields[it->field].category].law.has_opt_out;
}

static bool is_sensitive(const struct candidate *it) {
    return it->term.data_class != POLICY_ORDINARY || it->term.is_hidden;
}

bool policy_sight_hangs_on_person(const struct permit *permit, struct span source,
                                  struct span field) {
    return any_is(permit, source_find(permit, source), field, hangs_on_person);
}

enum sight policy_sight_of_field(const struct sight_field *it, enum policy_reader reader) {
    const struct permit_source *decided = source_find(it->decided, it->source);
    const struct permit_source *draft = source_find(it->draft, it->source);
    bool is_blind = (decided != NULL && decided->is_hidden) ||
                    any_is(it->decided, decided, it->field, is_sensitive) ||
                    any_is(it->draft, draft, it->field, is_sensitive);
    if (reader != POLICY_READER_REQUESTER || !is_blind) {
        return SIGHT_ALL;
    }
    bool hangs = any_is(it->decided, decided, it->field, hangs_on_person) ||
                 any_is(it->draft, draft, it->field, hangs_on_person);
    return hangs ? SIGHT_NOTHING : SIGHT_TEXTS;
}

enum policy_reason policy_sight_reason(const struct policy_ruling *ruling,
                                       enum policy_reader reader) {
    return reader == POLICY_READER_REQUESTER ? ruling->told : ruling->refusal;
}

/* ---- facts ---- */

struct lg_err policy_sight_of_nobody(const struct permit *permit, struct arena *arena,
                                     struct policy_facts *out_facts) {
    size_t count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(arena, count, sizeof *counts);
    if (counts == NULL) {
        return policy_no_memory();
    }
    *out_facts = (struct policy_facts){.counts = counts, .count_count = count};
    return LG_OK;
}

struct lg_err policy_sight_drop_subject(struct arena *arena, struct policy_facts *facts) {
    struct policy_counts *counts = arena_array(arena, facts->count_count, sizeof *counts);
    if (counts == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < facts->count_count; i++) {
        counts[i] = facts->counts[i];
        counts[i].subject = 0;
    }
    facts->counts = counts;
    return LG_OK;
}
