/* SPDX-License-Identifier: Apache-2.0 */
/* What a person's consents come to for one field (design, section 13, "Rules behind it"). */
#include "gateway/base/assert.h"
#include "policy/decide/permit_int.h"

/* An empty list covers all. */
static bool list_covers(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return list->count == 0;
}

/* A wider purpose covers the narrower; purposes that the agreement does not know cover nothing. */
static bool purposes_cover(const struct scope *scope, const struct span_list *purposes) {
    for (size_t i = 0; i < purposes->count; i++) {
        uint32_t wider = policy_names_find(&scope->policy->purpose_names, purposes->items[i]);
        if (wider != POLICY_NONE &&
            policy_purpose_steps(scope->policy, wider, scope->purpose) != UINT32_MAX) {
            return true;
        }
    }
    return purposes->count == 0;
}

/* Whether a given consent was recorded by somebody whom the clause believes. */
static bool recorder_counts(const struct candidate *it, struct span recorder) {
    struct span recipient = it->scope->request->recipient;
    struct span source = it->scope->policy->parties[it->source].shown.id;
    if (it->term.recorder == POLICY_RECORDER_SOURCE) {
        return span_equal(recorder, source);
    }
    if (it->term.recorder == POLICY_RECORDER_EITHER) {
        return span_equal(recorder, source) || span_equal(recorder, recipient);
    }
    if (it->term.recorder == POLICY_RECORDER_NOT_ASKER) {
        return recorder.len > 0 && !span_equal(recorder, recipient);
    }
    ASSERT(it->term.recorder == POLICY_RECORDER_ANY);
    return true;
}

/* Which kinds of consent the clause is about. An objection is none; a fact that states no kind fits
 * every clause. A basis that is consent rests on consent as a basis, whatever else the clause asks
 * (law.md 4.3, rule 5: confidentiality is a different thing). */
uint32_t policy_consent_kinds(const struct candidate *it) {
    static const uint32_t any =
        1U << CONSENT_KIND_BASIS | 1U << CONSENT_KIND_CONFIDENTIALITY | 1U << CONSENT_KIND_SERVICE;
    static const uint32_t wanted[] = {
        [CONSENT_IS_UNSET] = any,
        [CONSENT_IS_BASIS] = 1U << CONSENT_KIND_BASIS,
        [CONSENT_IS_CONFIDENTIALITY] = 1U << CONSENT_KIND_CONFIDENTIALITY,
        [CONSENT_IS_SERVICE] = 1U << CONSENT_KIND_SERVICE,
    };
    bool is_basis = it->term.basis_kind == POLICY_BASIS_CONSENT;
    return 1U << CONSENT_KIND_NOT_STATED |
           (is_basis ? 1U << CONSENT_KIND_BASIS : wanted[it->clause->consent_is]);
}

/* What is looked for among the facts of a person. */
struct search {
    const struct candidate *it;
    const struct policy_facts *facts;
    uint32_t kinds;
};

/* A kind that nobody knows counts for nothing. */
static bool kind_counts(const struct search *search, enum consent_kind kind) {
    return kind < CONSENT_KIND_END && (search->kinds >> kind & 1U) != 0;
}

static bool in_scope(const struct candidate *it, const struct consent *fact) {
    return purposes_cover(it->scope, &fact->purposes) &&
           list_covers(&fact->categories, it->term.category) &&
           list_covers(&fact->recipients, it->scope->request->recipient) &&
           list_covers(&fact->sources, it->scope->policy->parties[it->source].shown.id) &&
           (fact->state != CONSENT_GIVEN || recorder_counts(it, fact->recorded_by));
}

/* Equal age: the stricter one counts as newer. */
static bool is_newer(const struct consent *a, const struct consent *b) {
    if (a->log_index != b->log_index) {
        return a->log_index > b->log_index;
    }
    if (a->recorded_ms != b->recorded_ms) {
        return a->recorded_ms > b->recorded_ms;
    }
    return a->state != CONSENT_GIVEN && b->state == CONSENT_GIVEN;
}

/* A date that cannot be read gives no consent. */
static enum consent_found dates_find(const struct consent *fact, int32_t today) {
    int32_t day;
    if (fact->from.len > 0 && (!policy_day_parse(fact->from, &day) || today < day)) {
        return CONSENT_FOUND_OUT_OF_SCOPE;
    }
    if (fact->until.len > 0 && (!policy_day_parse(fact->until, &day) || today > day)) {
        return CONSENT_FOUND_EXPIRED;
    }
    return CONSENT_FOUND_GIVEN;
}

/* A consent in force and a refusal contradict each other; a withdrawal contradicts nothing, it ends
 * what was given. */
static bool contradicts(const struct consent *a, const struct consent *b, int32_t today) {
    const struct consent *given = a->state == CONSENT_GIVEN ? a : b;
    const struct consent *refused = a->state == CONSENT_GIVEN ? b : a;
    return given->state == CONSENT_GIVEN && refused->state == CONSENT_REFUSED &&
           dates_find(given, today) == CONSENT_FOUND_GIVEN;
}

/* The newest fact of this scope that says the opposite of the one that decided. */
static const struct consent *conflict_find(const struct search *search,
                                           const struct consent *decided) {
    const struct policy_facts *facts = search->facts;
    const struct candidate *it = search->it;
    const struct consent *found = NULL;
    for (size_t i = 0; i < facts->consent_count; i++) {
        const struct consent *fact = &facts->consents[i];
        if (kind_counts(search, fact->kind) && in_scope(it, fact) &&
            contradicts(decided, fact, it->scope->now.day) &&
            (found == NULL || is_newer(fact, found))) {
            found = fact;
        }
    }
    return found;
}

/* Newest wins, be it the wider or the narrower one; NULL where none is of this scope. */
static const struct consent *newest_find(const struct search *search, bool *out_given_elsewhere) {
    const struct policy_facts *facts = search->facts;
    const struct consent *newest = NULL;
    *out_given_elsewhere = false;
    for (size_t i = 0; i < facts->consent_count; i++) {
        const struct consent *fact = &facts->consents[i];
        if (!kind_counts(search, fact->kind)) {
            continue;
        }
        if (!in_scope(search->it, fact)) {
            *out_given_elsewhere |= fact->state == CONSENT_GIVEN;
        } else if (newest == NULL || is_newer(fact, newest)) {
            newest = fact;
        }
    }
    return newest;
}

struct consent_finding policy_consent_find_of(const struct candidate *candidate,
                                              const struct policy_facts *facts, uint32_t kinds) {
    const struct search search = {candidate, facts, kinds};
    bool given_elsewhere = false;
    struct consent_finding finding = {.found = CONSENT_FOUND_NONE};
    finding.fact = newest_find(&search, &given_elsewhere);
    if (finding.fact == NULL) {
        finding.found = given_elsewhere ? CONSENT_FOUND_OUT_OF_SCOPE : CONSENT_FOUND_NONE;
        return finding;
    }
    finding.conflicts = conflict_find(&search, finding.fact);
    switch (finding.fact->state) {
    case CONSENT_GIVEN:
        finding.is_explicit = finding.fact->explicit_consent;
        finding.found = dates_find(finding.fact, candidate->scope->now.day);
        return finding;
    case CONSENT_WITHDRAWN:
        finding.found = CONSENT_FOUND_WITHDRAWN;
        return finding;
    case CONSENT_REFUSED:
        break;
    }
    /* A state that nobody knows stops like a refusal. */
    finding.found = CONSENT_FOUND_REFUSED;
    return finding;
}

struct consent_finding policy_consent_find(const struct candidate *candidate,
                                           const struct policy_facts *facts) {
    return policy_consent_find_of(candidate, facts, policy_consent_kinds(candidate));
}

bool policy_is_no_consent_reason(struct span reason) {
    return span_equal_text(reason, "cannot-give") ||
           span_equal_text(reason, "cannot-reasonably-obtain") ||
           span_equal_text(reason, "would-prejudice");
}
