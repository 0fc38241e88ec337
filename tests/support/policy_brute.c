/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/policy_brute.h"

#include "gateway/base/assert.h"
#include "policy/decide/permit_int.h"

enum { BASES_MAX = 16, EMERGENCIES_MAX = 4, CONSENTS = 9 };

/* One version's side of a cell. known: it has all the names. */
struct side {
    const struct policy *policy;
    bool known;
    uint32_t role;
    uint32_t source;
    uint32_t field;
    struct span role_id;
    struct policy_force force;
    struct policy_request request;
    struct scope scope;
    struct candidate candidate;
    bool shares;
};

struct brute {
    struct side sides[2];
    const struct brute_cell *cell;
    uint64_t questions;
    bool was;
    bool is;
    bool opens;
    bool closes;
    bool few; /* states of consent */
    struct brute_ways ways;
};

static void side_init(struct side *side, const struct policy *policy,
                      const struct brute_cell *cell) {
    side->policy = policy;
    side->role = policy_names_find(&policy->role_names, cell->role);
    side->source = policy_names_find(&policy->party_names, cell->source);
    side->field = policy_names_find(&policy->field_names, cell->field);
    side->known = side->role != POLICY_NONE && side->source != POLICY_NONE &&
                  side->field != POLICY_NONE &&
                  policy_names_find(&policy->purpose_names, cell->purpose) != POLICY_NONE;
    side->force = (struct policy_force){.policy = policy};
}

static void ask(struct side *side, const struct policy_request *request,
                const struct brute_cell *cell) {
    side->request = *request;
    if (!side->known) {
        return;
    }
    const struct policy_role *role = &side->policy->roles[side->role].shown;
    side->request.trainings = (struct span_list){.items = &role->training, .count = 1};
    policy_scope_init(&side->force, &side->request, &side->scope);
    policy_candidate_decide(&side->scope, cell->source, cell->field, &side->candidate);
    if (side->candidate.clause != NULL && side->candidate.clause->limit != POLICY_NO16) {
        side->candidate.term.limit = 0;
    }
}

/* Below every rate of either version, or at the lowest that is not zero of one of them. */
static void settle(struct side *side, const struct consent *consent, struct span reason,
                   const struct policy_counts *counts) {
    const struct policy_facts facts = {
        .consents = consent, .consent_count = consent != NULL, .counts = counts, .count_count = 1};
    struct policy_ruling ruling;
    enum policy_reason stage;
    side->shares = false;
    if (!side->known || side->candidate.term.refusal != POLICY_REASON_NONE) {
        return;
    }
    side->request.no_consent_reason = reason;
    policy_candidate_settle(&side->candidate, &facts, &ruling, &stage);
    side->shares = ruling.refusal == POLICY_REASON_NONE && ruling.treatment != TREATMENT_REDACT;
}

/* ---- answers to one question that both versions share ---- */

static void rank(struct brute *brute, int64_t before, int64_t after) {
    brute->opens |= after > before;
    brute->closes |= after < before;
}

static void differ(struct brute *brute, bool differs) {
    brute->opens |= differs;
    brute->closes |= differs;
}

static int64_t openness(enum treatment treatment) {
    return treatment == TREATMENT_PASS           ? 4
           : treatment == TREATMENT_GENERALISE   ? 3
           : treatment == TREATMENT_PSEUDONYMISE ? 2
                                                 : 1;
}

static void compare_answers(struct brute *brute) {
    const struct policy_term *was = &brute->sides[0].candidate.term;
    const struct policy_term *is = &brute->sides[1].candidate.term;
    rank(brute, openness(was->treatment), openness(is->treatment));
    differ(brute, was->treatment == is->treatment && !span_equal(was->rule, is->rule));
    if (was->treatment == TREATMENT_AGGREGATE && is->treatment == TREATMENT_AGGREGATE) {
        rank(brute, is->group_min, was->group_min);
    }
    rank(brute, was->keep_days == 0 ? INT64_MAX : was->keep_days,
         is->keep_days == 0 ? INT64_MAX : is->keep_days);
    rank(brute, -(int64_t)was->onward, -(int64_t)is->onward);
    differ(brute,
           was->onward == is->onward && (!span_equal(was->onward_party, is->onward_party) ||
                                         !span_equal(was->onward_purpose, is->onward_purpose)));
    rank(brute, -(int64_t)was->data_from_day, -(int64_t)is->data_from_day);
    rank(brute, !was->is_hidden, !is->is_hidden);
    differ(brute, was->tells != is->tells);
    rank(brute, was->consent_shown, is->consent_shown);
    differ(brute, !span_equal(was->receives_under, is->receives_under));
}

static void compare_question(struct brute *brute) {
    bool was = brute->sides[0].shares;
    bool is = brute->sides[1].shares;
    brute->questions++;
    brute->was |= was;
    brute->is |= is;
    brute->opens |= is && !was;
    brute->closes |= was && !is;
    if (was && is) {
        compare_answers(brute);
    }
}

/* ---- all questions ---- */

/* Every kind and recorder, and either way of giving it, at least once beside the plain ones. */
static struct consent consent_of(const struct brute_cell *cell, unsigned variant) {
    const struct span asker = span_slice(cell->role, 0, span_index(cell->role, '/'));
    const struct consent all[CONSENTS] = {
        {.state = 0},
        {.kind = CONSENT_KIND_BASIS, .state = CONSENT_REFUSED},
        {.kind = CONSENT_KIND_BASIS, .state = CONSENT_GIVEN, .recorded_by = cell->source},
        {.kind = CONSENT_KIND_SERVICE, .state = CONSENT_GIVEN, .recorded_by = cell->source},
        {.kind = CONSENT_KIND_CONFIDENTIALITY, .state = CONSENT_GIVEN, .recorded_by = cell->source},
        {.kind = CONSENT_KIND_BASIS,
         .state = CONSENT_GIVEN,
         .explicit_consent = true,
         .recorded_by = asker},
        {.kind = CONSENT_KIND_NOT_STATED,
         .state = CONSENT_GIVEN,
         .explicit_consent = true,
         .recorded_by = span_text("elsewhere")},
        {.kind = CONSENT_KIND_NOT_STATED, .state = CONSENT_GIVEN},
        {.kind = CONSENT_KIND_CONFIDENTIALITY, .state = CONSENT_WITHDRAWN},
    };
    return all[variant];
}

static void settle_all(struct brute *brute) {
    static const struct policy_counts counts[] = {{0, 0, 0}, {0, 5, 0}, {3, 0, 0}, {0, 0, 2}};
    for (unsigned i = 0; i < (brute->few ? 3 : CONSENTS); i++) {
        struct consent consent = consent_of(brute->cell, i);
        if (brute->ways.without_consent && consent.state == CONSENT_GIVEN) {
            continue;
        }
        for (unsigned j = 0; j < (brute->few ? 4 : 8); j++) {
            struct span reason = span_text((j & 1U) != 0 ? "cannot-give" : "");
            for (int k = 0; k < 2; k++) {
                settle(&brute->sides[k], i > 0 ? &consent : NULL, reason, &counts[j / 2]);
            }
            compare_question(brute);
        }
    }
}

static bool may_share(const struct side *side) {
    return side->known && side->candidate.term.refusal == POLICY_REASON_NONE;
}

static void ask_all(struct brute *brute, struct policy_request *request) {
    static const enum age_class ages[] = {AGE_UNKNOWN, AGE_CHILD, AGE_ADULT};
    for (unsigned i = 0; i < 12; i++) {
        request->age_class = ages[i / 4];
        request->has_case_reference = (i & 1U) != 0;
        request->has_second_person = (i & 2U) != 0;
        ask(&brute->sides[0], request, brute->cell);
        ask(&brute->sides[1], request, brute->cell);
        if (may_share(&brute->sides[0]) || may_share(&brute->sides[1])) {
            settle_all(brute);
        }
    }
}

/* Names of both versions, each once. */
static size_t join_names(const struct names *before, const struct names *after,
                         struct span *out_names, size_t max) {
    size_t count = 0;
    for (uint32_t i = 0; i < before->count; i++) {
        out_names[count++] = before->entries[i].text;
        ASSERT(count <= max);
    }
    for (uint32_t i = 0; i < after->count; i++) {
        if (policy_names_find(before, after->entries[i].text) == POLICY_NONE) {
            out_names[count++] = after->entries[i].text;
            ASSERT(count <= max);
        }
    }
    return count;
}

/* As good as either version asks. */
static struct policy_emergency declare(const struct brute *brute, struct span id) {
    struct policy_emergency declared = {.is_declared = true, .id = id, .has_age = true};
    for (int i = 0; i < 2; i++) {
        const struct policy *policy = brute->sides[i].policy;
        uint32_t number = policy_names_find(&policy->emergency_names, id);
        if (number != POLICY_NONE) {
            declared.reason = policy->emergencies[number].reasons.items[0];
            declared.rationale_chars = 10000;
        }
    }
    return declared;
}

static void declare_all(struct brute *brute, struct policy_request *request) {
    struct span bases[BASES_MAX];
    struct span emergencies[EMERGENCIES_MAX];
    const struct policy *before = brute->sides[0].policy;
    const struct policy *after = brute->sides[1].policy;
    size_t basis_count = join_names(&before->basis_names, &after->basis_names, bases, BASES_MAX);
    size_t emergency_count =
        join_names(&before->emergency_names, &after->emergency_names, emergencies, EMERGENCIES_MAX);
    for (size_t i = 0; i < basis_count; i++) {
        request->basis = bases[i];
        for (size_t j = 0; j <= (brute->ways.without_emergency ? 0 : emergency_count); j++) {
            request->emergency =
                j == 0 ? (struct policy_emergency){0} : declare(brute, emergencies[j - 1]);
            ask_all(brute, request);
        }
    }
}

static int class_of(const struct brute *brute) {
    if (brute->was != brute->is) {
        return brute->is ? POLICY_CHANGE_NEW : POLICY_CHANGE_GONE;
    }
    if (brute->opens && brute->closes) {
        return POLICY_CHANGE_CHANGED;
    }
    return brute->opens ? POLICY_CHANGE_WEAKER : brute->closes ? POLICY_CHANGE_STRONGER : 0;
}

static void run(struct brute *brute, const struct brute_times *times) {
    size_t slash = span_index(brute->cell->role, '/');
    struct policy_request request = {
        .recipient = span_slice(brute->cell->role, 0, slash),
        .role = span_slice(brute->cell->role, slash + 1, brute->cell->role.len),
        .purpose = brute->cell->purpose,
    };
    brute->few = times->few_consents;
    for (size_t i = 0; i < times->count; i++) {
        request.at_s = times->at_s[i];
        declare_all(brute, &request);
    }
}

int policy_brute_class(const struct policy *before, const struct policy *after,
                       const struct brute_cell *cell, const struct brute_times *times,
                       uint64_t *questions) {
    struct brute brute = {.cell = cell};
    side_init(&brute.sides[0], before, cell);
    side_init(&brute.sides[1], after, cell);
    run(&brute, times);
    *questions += brute.questions;
    return class_of(&brute);
}

bool policy_brute_shares(const struct policy *policy, const struct brute_cell *cell,
                         const struct brute_times *times, struct brute_ways ways) {
    struct brute brute = {.cell = cell, .ways = ways};
    side_init(&brute.sides[0], policy, cell);
    side_init(&brute.sides[1], policy, cell);
    run(&brute, times);
    return brute.is;
}
