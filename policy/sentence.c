/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences for people: what was decided on a field, and which lawful step would change it. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "policy/nearest_int.h"
#include "policy/permit_int.h"

/* The term of a ruling is the first member of the candidate that it came from. */
static const struct candidate *candidate_of(const struct policy_ruling *ruling) {
    static_assert(offsetof(struct candidate, term) == 0, "a term is its candidate");
    return (const struct candidate *)(const void *)ruling->term;
}

static int len(struct span text) {
    return (int)text.len;
}

static const char *str(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

struct policy_ruling policy_ruling_of(const struct permit *permit, size_t source, size_t field) {
    const struct policy_term *term = policy_permit_term(permit, source, field);
    const struct candidate *candidate = (const struct candidate *)(const void *)term;
    return (struct policy_ruling){
        .term = term,
        .refusal = term->refusal,
        .treatment = term->treatment,
        .basis = permit->request.basis,
        .checks = candidate->checks,
    };
}

static struct span shared_sentence(const struct policy_ruling *ruling, struct arena *arena) {
    static const char *const how[] = {
        [TREATMENT_NONE] = "Not shared",
        [TREATMENT_PASS] = "Shared as it is",
        [TREATMENT_GENERALISE] = "Shared in general form",
        [TREATMENT_PSEUDONYMISE] = "Shared as a pseudonym",
        [TREATMENT_AGGREGATE] = "Shared as a count",
        [TREATMENT_REDACT] = "Left out",
    };
    const struct policy_term *term = ruling->term;
    const char *emergency = ruling->by_emergency ? ", because of the emergency" : "";
    if (ruling->treatment == TREATMENT_GENERALISE) {
        return arena_format(arena, "%s (%.*s) under clause %.*s%s.", how[ruling->treatment],
                            len(term->rule), str(term->rule), len(term->clause), str(term->clause),
                            emergency);
    }
    return arena_format(arena, "%s under clause %.*s%s.", how[ruling->treatment], len(term->clause),
                        str(term->clause), emergency);
}

/* What the requester is told of consent: its state only where the clause shows it and the data is
 * ordinary, else one answer for all states. */
static struct span consent_sentence(const struct policy_ruling *ruling, struct arena *arena) {
    const struct policy_term *term = ruling->term;
    if (term->consent_shown && term->data_class == POLICY_ORDINARY) {
        return arena_format(arena, "Refused. Clause %.*s needs the person's consent. %s",
                            len(term->clause), str(term->clause),
                            policy_reason_sentence(ruling->refusal));
    }
    return arena_format(arena,
                        "Nothing can be shared under clause %.*s without the person's consent.",
                        len(term->clause), str(term->clause));
}

static struct span hours_sentence(const struct policy_ruling *ruling, struct arena *arena) {
    const struct candidate *it = candidate_of(ruling);
    const struct hours *hours = &it->scope->policy->hours[it->clause->hours];
    return arena_format(arena, "Refused. Clause %.*s is open %.*s.", len(ruling->term->clause),
                        str(ruling->term->clause), len(hours->text), str(hours->text));
}

struct span policy_sentence(const struct permit *permit, size_t source,
                            const struct policy_ruling *ruling, struct arena *arena) {
    const struct policy_term *term = ruling->term;
    ASSERT(source < permit->source_count);
    if (ruling->refusal == POLICY_REASON_NONE) {
        return shared_sentence(ruling, arena);
    }
    if (policy_reason_is_consent(ruling->refusal)) {
        return consent_sentence(ruling, arena);
    }
    if (ruling->refusal == POLICY_OUT_OF_HOURS) {
        return hours_sentence(ruling, arena);
    }
    if (ruling->refusal == POLICY_NO_CLAUSE) {
        return policy_nearest_sentence(candidate_of(ruling), arena);
    }
    if (term->clause.len == 0) {
        return arena_format(arena, "Refused. %s", policy_reason_sentence(ruling->refusal));
    }
    const struct candidate *it = candidate_of(ruling);
    bool is_floor = ruling->refusal == POLICY_FLOOR_PROHIBITED;
    ASSERT(it->scope->policy != NULL);
    return arena_format(arena, "Refused under %sclause %.*s (line %u). %s",
                        is_floor ? "the floor's " : "", len(term->clause), str(term->clause),
                        (unsigned)term->clause_line, policy_reason_sentence(ruling->refusal));
}

/* ---- remedies ---- */

/* Bases that the clause lists and that would carry this very question. */
static struct span basis_remedy(const struct candidate *it, struct arena *arena) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    struct span text = span_of(NULL, 0);
    for (uint32_t i = 0; i < policy->basis_names.count; i++) {
        bool fits = (it->clause->bases >> i & 1U) != 0 &&
                    policy_basis_carries(policy, i, scope->purpose, it->term.data_class) &&
                    policy_basis_suits_parties(policy, i, it->source, scope->recipient);
        if (fits) {
            struct span id = policy->bases[i].id;
            text = arena_format(arena, "%.*s%s%.*s", len(text), str(text),
                                text.len == 0 ? "" : " or ", len(id), str(id));
        }
    }
    if (text.len == 0) {
        return text;
    }
    return arena_format(arena, "Cite %.*s, if it applies.", len(text), str(text));
}

static struct span hours_remedy(const struct candidate *it, struct arena *arena) {
    const struct scope *scope = it->scope;
    const struct hours *hours = &scope->policy->hours[it->clause->hours];
    uint32_t wait_min = policy_hours_wait(hours, scope->now);
    char day_text[11];
    if (wait_min == UINT32_MAX) {
        return span_of(NULL, 0);
    }
    uint32_t minute = scope->now.minute + wait_min;
    int32_t day = scope->now.day + (int32_t)(minute / 1440);
    policy_day_text(day, day_text);
    return arena_format(arena, "Ask from %02u:%02u on %s.", minute % 1440 / 60, minute % 60,
                        day_text);
}

static struct span days_remedy(const struct candidate *it, struct arena *arena) {
    const struct policy_term_days *days = &it->scope->policy->days;
    char day_text[11];
    policy_day_text(days->first_day, day_text);
    return arena_format(arena, "Ask from %s.", day_text);
}

static struct span limit_remedy(const struct candidate *it, struct arena *arena) {
    const struct limit *limit = &it->scope->policy->limits[it->clause->limit];
    return arena_format(arena, "Wait; limit %.*s counts earlier questions.", len(limit->id),
                        str(limit->id));
}

static struct span rationale_remedy(const struct candidate *it, struct arena *arena) {
    const struct emergency *section = it->scope->emergency.section;
    return arena_format(arena, "Write a rationale of at least %u characters.",
                        (unsigned)section->rationale_min);
}

static struct span plain_remedy(enum policy_reason reason) {
    switch (reason) {
    case POLICY_AGREEMENT_SUSPENDED:
    case POLICY_AGREEMENT_NOT_SIGNED:
    case POLICY_AGREEMENT_EXPIRED:
    case POLICY_AGREEMENT_REVIEW_OVERDUE:
        return span_text("Ask the lead of the agreement.");
    case POLICY_TRAINING_NOT_CURRENT:
        return span_text("Renew the training that the role needs.");
    case POLICY_CASE_REFERENCE_MISSING:
        return span_text("Give the case reference.");
    case POLICY_SECOND_PERSON_MISSING:
        return span_text("Have a second person confirm the question.");
    case POLICY_NO_CONSENT_REASON_MISSING:
        return span_text("Ask the person, or say why not: cannot-give, cannot-reasonably-obtain or "
                         "would-prejudice.");
    case POLICY_EMERGENCY_LAPSED:
        return span_text("Declare the emergency again, if it goes on.");
    default:
        return policy_reason_is_consent(reason) ? span_text("Ask the person.") : span_of(NULL, 0);
    }
}

/* "Unknown fails every `about`": saying which it is may be all that lacks. */
static struct span subject_remedy(const struct candidate *it) {
    if (it->scope->request->age_class != AGE_UNKNOWN) {
        return span_of(NULL, 0);
    }
    return span_text("Say whether the person is a child or an adult.");
}

static struct span remedy_of(const struct policy_ruling *ruling, struct arena *arena) {
    const struct candidate *it = candidate_of(ruling);
    switch (ruling->refusal) {
    case POLICY_BASIS_NOT_ACCEPTED:
        return basis_remedy(it, arena);
    case POLICY_SUBJECT_NOT_COVERED:
        return subject_remedy(it);
    case POLICY_OUT_OF_HOURS:
        return hours_remedy(it, arena);
    case POLICY_AGREEMENT_NOT_STARTED:
        return days_remedy(it, arena);
    case POLICY_RATE_LIMIT:
        return limit_remedy(it, arena);
    case POLICY_EMERGENCY_RATIONALE:
        return rationale_remedy(it, arena);
    default:
        return plain_remedy(ruling->refusal);
    }
}

/* Whether an emergency of this role could stand in for what failed. */
static bool emergency_would_help(const struct policy_ruling *ruling) {
    const struct candidate *it = candidate_of(ruling);
    const struct scope *scope = it->scope;
    if (it->clause == NULL || scope->request->emergency.is_declared) {
        return false;
    }
    for (uint32_t i = 0; i < scope->policy->emergency_names.count; i++) {
        const struct emergency *section = &scope->policy->emergencies[i];
        bool sets_aside =
            (policy_reason_is_consent(ruling->refusal) && section->sets_aside_consent &&
             it->term.consent == POLICY_CONSENT_UNLESS_EMERGENCY) ||
            (ruling->refusal == POLICY_OUT_OF_HOURS && section->sets_aside_hours) ||
            (ruling->refusal == POLICY_RATE_LIMIT && section->sets_aside_limit) ||
            ruling->refusal == POLICY_EMERGENCY_ONLY;
        if (sets_aside && policy_bits_has(&section->declared_by, scope->role) &&
            policy_bits_has(&section->purposes, scope->purpose)) {
            return true;
        }
    }
    return false;
}

struct span policy_remedy(const struct permit *permit, size_t source,
                          const struct policy_ruling *ruling, struct arena *arena) {
    ASSERT(source < permit->source_count);
    struct span remedy = remedy_of(ruling, arena);
    if (!emergency_would_help(ruling)) {
        return remedy;
    }
    return arena_format(arena, "%.*s%sIf a life is in danger, your role may declare an emergency.",
                        len(remedy), str(remedy), remedy.len == 0 ? "" : " ");
}

/* ---- the verdict of the first half ---- */

/* The first field over all sources that is refused, or that is not: as a ruling, and where it is.
 * False where there is none. */
static bool first_ruling(const struct permit *permit, bool refused, size_t *out_source,
                         struct policy_ruling *out_ruling) {
    for (size_t i = 0; i < permit->source_count; i++) {
        for (size_t j = 0; j < permit->sources[i].field_count; j++) {
            *out_ruling = policy_ruling_of(permit, i, j);
            if ((out_ruling->refusal != POLICY_REASON_NONE) == refused) {
                *out_source = i;
                return true;
            }
        }
    }
    return false;
}

struct lg_err policy_permit_verdict(const struct permit *permit, struct arena *arena,
                                    struct verdict *out_verdict) {
    struct policy_outcome *outcomes = arena_array(arena, permit->source_count, sizeof *outcomes);
    struct policy_outcome whole;
    struct policy_ruling ruling;
    size_t source = 0;
    if (outcomes == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < permit->source_count; i++) {
        size_t count = permit->sources[i].field_count;
        struct policy_ruling *rulings = arena_array(arena, count, sizeof *rulings);
        if (rulings == NULL) {
            return policy_no_memory();
        }
        for (size_t j = 0; j < count; j++) {
            rulings[j] = policy_ruling_of(permit, i, j);
        }
        outcomes[i] = (struct policy_outcome){
            .rulings = rulings, .ruling_count = count, .reason = permit->sources[i].refusal};
    }
    TRY(policy_combine(outcomes, permit->source_count, arena, &whole));
    struct verdict verdict = {
        .decision = whole.decision,
        .code = span_text(policy_reason_name(whole.reason)),
        .sentence = span_text(policy_reason_sentence(whole.reason)),
        .clauses = whole.clauses,
    };
    if (permit->scopes[0].policy != NULL) {
        verdict.agreement = permit->scopes[0].policy->id;
        verdict.agreement_version = permit->scopes[0].policy->version;
    }
    bool is_refused = whole.decision == DECISION_REFUSE;
    if (first_ruling(permit, is_refused, &source, &ruling)) {
        verdict.agreement = ruling.term->agreement;
        verdict.agreement_version = ruling.term->agreement_version;
        if (is_refused) {
            verdict.sentence = policy_sentence(permit, source, &ruling, arena);
            verdict.remedy = policy_remedy(permit, source, &ruling, arena);
        }
    }
    if (lg_failed(arena_failed(arena))) {
        return policy_no_memory();
    }
    *out_verdict = verdict;
    return LG_OK;
}
