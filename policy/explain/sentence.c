/* SPDX-License-Identifier: Apache-2.0 */
/* What was decided on a field, in a sentence or two, for each of the three readers. */
#include <assert.h>
#include <stddef.h>

#include "gateway/base/assert.h"
#include "policy/explain/explain_int.h"
#include "policy/law/decide_int.h"

const struct candidate *policy_candidate_of(const struct policy_ruling *ruling) {
    static_assert(offsetof(struct candidate, term) == 0, "a term is its candidate");
    return (const struct candidate *)(const void *)ruling->term;
}

struct policy_ruling policy_ruling_of(const struct permit *permit, size_t source, size_t field) {
    const struct policy_term *term = policy_permit_term(permit, source, field);
    const struct candidate *candidate = (const struct candidate *)(const void *)term;
    return (struct policy_ruling){
        .term = term,
        .refusal = term->refusal,
        .told = term->refusal,
        .treatment = term->treatment,
        .basis = permit->request.basis,
        .checks = candidate->checks,
        .axes = candidate->axes,
    };
}

/* ---- shared ---- */

static struct span shared_sentence(const struct telling *t) {
    static const char *const how[] = {
        [TREATMENT_NONE] = "Not shared",
        [TREATMENT_PASS] = "Shared as it is",
        [TREATMENT_GENERALISE] = "Shared in general form",
        [TREATMENT_PSEUDONYMISE] = "Shared as a pseudonym",
        [TREATMENT_AGGREGATE] = "Shared as a count",
        [TREATMENT_REDACT] = "Left out",
    };
    const struct policy_ruling *ruling = t->ruling;
    const struct policy_term *term = ruling->term;
    const char *emergency = ruling->by_emergency ? ", because of the emergency" : "";
    bool is_open = ruling->treatment != TREATMENT_REDACT;
    const char *hidden = t->is_hidden && is_open ? ", where there is anything to show" : "";
    if (ruling->treatment == TREATMENT_GENERALISE) {
        return arena_format(t->arena, "%s (%.*s) under clause %.*s%s%s.", how[ruling->treatment],
                            policy_len(term->rule), policy_str(term->rule),
                            policy_len(term->clause), policy_str(term->clause), emergency, hidden);
    }
    return arena_format(t->arena, "%s under clause %.*s%s%s.", how[ruling->treatment],
                        policy_len(term->clause), policy_str(term->clause), emergency, hidden);
}

/* ---- consent ---- */

static const char *whose(const struct clause *clause) {
    static const char *const words[] = {
        [SUBJECT_ANYONE] = "person's",
        [SUBJECT_CHILDREN] = "child's",
        [SUBJECT_ADULTS] = "adult's",
    };
    return words[clause->about];
}

struct span policy_day_words(int32_t day, struct arena *arena) {
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int32_t year;
    uint32_t month;
    uint32_t date;
    policy_date_of(day, &year, &month, &date);
    return arena_format(arena, "%u %s %d", (unsigned)date, months[month - 1], (int)year);
}

/* " on 3 June 2026", where a day is known. */
static struct span on_day(const struct telling *t) {
    const struct consent *fact = t->ruling->consent;
    const struct policy *policy = policy_candidate_of(t->ruling)->scope->policy;
    int32_t day;
    ASSERT(fact != NULL); /* each of these reasons is of a fact */
    if (t->ruling->refusal == POLICY_CONSENT_EXPIRED) {
        if (!policy_day_parse(fact->until, &day)) {
            return span_of(NULL, 0);
        }
    } else if (fact->recorded_ms > 0 && fact->recorded_ms < INT64_MAX) {
        day = policy_local_day(policy, fact->recorded_ms / 1000);
    } else {
        return span_of(NULL, 0);
    }
    struct span words = policy_day_words(day, t->arena);
    return arena_format(t->arena, " on %.*s", policy_len(words), policy_str(words));
}

static const char *state_words(const struct telling *t) {
    const struct consent *fact = t->ruling->consent;
    switch (t->ruling->refusal) {
    case POLICY_CONSENT_REFUSED:
        return "it was refused";
    case POLICY_CONSENT_WITHDRAWN:
        return "it was withdrawn";
    case POLICY_CONSENT_OUT_OF_SCOPE:
        return "what is recorded does not cover this";
    case POLICY_CONSENT_NOT_EXPLICIT:
        return "what is recorded is not explicit";
    case POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL:
        return fact->state == CONSENT_WITHDRAWN
                   ? "this role's emergency does not set aside that it was withdrawn"
                   : "this role's emergency does not set aside that it was refused";
    default:
        return "none is recorded";
    }
}

struct span policy_tell_consent_state(const struct telling *t) {
    bool has_day = t->ruling->refusal != POLICY_CONSENT_MISSING &&
                   t->ruling->refusal != POLICY_CONSENT_OUT_OF_SCOPE &&
                   t->ruling->refusal != POLICY_CONSENT_NOT_EXPLICIT;
    struct span day = has_day ? on_day(t) : span_of(NULL, 0);
    if (t->ruling->refusal == POLICY_CONSENT_EXPIRED) {
        /* "its last day was 3 June 2026" */
        struct span bare = day.len > 4 ? span_slice(day, 4, day.len) : span_text("not readable");
        return arena_format(t->arena, "its last day was %.*s", policy_len(bare), policy_str(bare));
    }
    return arena_format(t->arena, "%s%.*s", state_words(t), policy_len(day), policy_str(day));
}

/* The first role of the asking party that may set it aside; POLICY_NONE where none may. */
static uint32_t overriding_role(const struct candidate *it, bool is_refused) {
    const struct scope *scope = it->scope;
    const struct policy *policy = scope->policy;
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        const struct emergency *section = &policy->emergencies[i];
        const struct bits *roles = is_refused ? &section->refusal_by : &section->declared_by;
        if (!section->sets_aside_consent || !policy_bits_has(&section->purposes, scope->purpose)) {
            continue;
        }
        for (uint32_t role = 0; role < policy->role_names.count; role++) {
            if (policy->roles[role].party == scope->recipient && policy_bits_has(roles, role)) {
                return role;
            }
        }
    }
    return POLICY_NONE;
}

/* "A social worker", of "social-worker". */
static struct span role_words(struct span id, struct arena *arena) {
    bool is_vowel = memchr("aeiou", id.ptr[0], 5) != NULL;
    char *text = arena_text(arena, id);
    for (size_t i = 0; text != NULL && i < id.len; i++) {
        text[i] = text[i] == '-' ? ' ' : text[i];
    }
    return arena_format(arena, "%s %s", is_vowel ? "An" : "A", text == NULL ? "" : text);
}

/* A source that may not know who asks does not read which of its roles could do what. */
static bool tells_asker(const struct telling *t) {
    return t->reader == POLICY_READER_AUDITOR ||
           policy_permit_tells(t->permit, t->source) != POLICY_TELLS_PERMIT;
}

static struct span override_words(const struct telling *t) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    const struct consent *fact = t->ruling->consent;
    bool is_refused =
        fact != NULL && (fact->state == CONSENT_REFUSED || fact->state == CONSENT_WITHDRAWN);
    if (it->term.consent != POLICY_CONSENT_UNLESS_EMERGENCY || !tells_asker(t)) {
        return span_of(NULL, 0);
    }
    uint32_t role = overriding_role(it, is_refused);
    if (role == POLICY_NONE) {
        return span_of(NULL, 0);
    }
    struct span who = role_words(it->scope->policy->roles[role].shown.id, t->arena);
    return arena_format(t->arena, " %.*s may set that aside in an emergency.", policy_len(who),
                        policy_str(who));
}

/* Its state only for those who may know, or where the clause shows it and the data is ordinary;
 * else one answer for all states. */
static struct span consent_sentence(const struct telling *t) {
    const struct policy_term *term = t->ruling->term;
    bool shown = term->consent_shown && term->data_class == POLICY_ORDINARY && !t->is_hidden;
    if (t->reader == POLICY_READER_REQUESTER && !shown) {
        return arena_format(t->arena,
                            "Nothing can be shared under clause %.*s without the person's consent.",
                            policy_len(term->clause), policy_str(term->clause));
    }
    if (t->reader == POLICY_READER_REQUESTER) {
        return arena_format(t->arena, "Refused. Clause %.*s needs the person's consent. %s",
                            policy_len(term->clause), policy_str(term->clause),
                            policy_reason_sentence(t->ruling->told));
    }
    struct span state = policy_tell_consent_state(t);
    struct span override = override_words(t);
    return arena_format(
        t->arena, "Refused. Clause %.*s (line %u) needs the %s agreement; %.*s.%.*s",
        policy_len(term->clause), policy_str(term->clause), (unsigned)term->clause_line,
        whose(policy_candidate_of(t->ruling)->clause), policy_len(state), policy_str(state),
        policy_len(override), policy_str(override));
}

/* ---- everything else ---- */

static struct span hours_sentence(const struct telling *t) {
    const struct candidate *it = policy_candidate_of(t->ruling);
    const struct hours *hours = &it->scope->policy->hours[it->clause->hours];
    return arena_format(t->arena, "Refused. Clause %.*s is open %.*s.", policy_len(it->term.clause),
                        policy_str(it->term.clause), policy_len(hours->text),
                        policy_str(hours->text));
}

static struct span nearest_sentence(const struct telling *t) {
    struct policy_nearest nearest[POLICY_NEAREST_MAX];
    size_t count = policy_nearest_find(policy_candidate_of(t->ruling), nearest);
    struct span text =
        arena_format(t->arena, "Refused. %s", policy_reason_sentence(POLICY_NO_CLAUSE));
    for (size_t i = 0; text.ptr != NULL && i < count; i++) {
        text = arena_format(t->arena, "%.*s Clause %.*s differs in %.*s.", policy_len(text),
                            policy_str(text), policy_len(nearest[i].clause),
                            policy_str(nearest[i].clause), policy_len(nearest[i].differs),
                            policy_str(nearest[i].differs));
    }
    return text;
}

static struct span plain_sentence(const struct telling *t, enum policy_reason refusal) {
    const struct policy_term *term = t->ruling->term;
    if (term->clause.len == 0) {
        return arena_format(t->arena, "Refused. %s", policy_reason_sentence(refusal));
    }
    return arena_format(t->arena, "Refused under %sclause %.*s (line %u). %s",
                        refusal == POLICY_FLOOR_PROHIBITED ? "the floor's " : "",
                        policy_len(term->clause), policy_str(term->clause),
                        (unsigned)term->clause_line, policy_reason_sentence(refusal));
}

struct span policy_tell_sentence(const struct telling *t) {
    bool is_requester = t->reader == POLICY_READER_REQUESTER;
    enum policy_reason refusal = is_requester ? t->ruling->told : t->ruling->refusal;
    if (refusal == POLICY_REASON_NONE) {
        return shared_sentence(t);
    }
    bool is_coarse = is_requester && t->is_hidden && policy_reason_is_personal(refusal);
    if (is_coarse || policy_reason_is_consent(refusal)) {
        return consent_sentence(t);
    }
    if (refusal == POLICY_OUT_OF_HOURS) {
        return hours_sentence(t);
    }
    return refusal == POLICY_NO_CLAUSE ? nearest_sentence(t) : plain_sentence(t, refusal);
}

static bool is_hidden(const struct permit *permit, size_t source, const struct policy_term *term) {
    return term->is_hidden || policy_permit_is_hidden(permit, source);
}

/* What is told of it must not depend on what the person said. */
static bool is_blind(const struct permit *permit, size_t source, const struct policy_term *term) {
    return term->data_class != POLICY_ORDINARY || !term->consent_shown ||
           is_hidden(permit, source, term);
}

struct span policy_sentence(const struct permit *permit, size_t source,
                            const struct policy_ruling *ruling, struct arena *arena) {
    ASSERT(source < permit->source_count);
    bool is_refused = ruling->refusal != POLICY_REASON_NONE;
    const struct telling telling = {
        .permit = permit,
        .source = source,
        .ruling = ruling,
        .reader = POLICY_READER_REQUESTER,
        .is_hidden = is_refused && is_hidden(permit, source, ruling->term),
        .arena = arena,
    };
    return policy_tell_sentence(&telling);
}

/* The same for somebody who was never asked, and about whom nobody asked before. */
static struct lg_err blind_ruling(const struct policy_ruling *ruling, struct arena *arena,
                                  struct policy_ruling *out_ruling) {
    const struct candidate *it = policy_candidate_of(ruling);
    struct policy_counts *counts = arena_alloc(arena, sizeof *counts);
    enum policy_reason stage;
    if (counts == NULL) {
        return policy_no_memory();
    }
    struct candidate alone = *it;
    alone.term.limit = alone.term.limit == POLICY_LIMIT_NONE ? POLICY_LIMIT_NONE : 0;
    const struct policy_facts nobody = {.counts = counts, .count_count = 1};
    policy_candidate_settle(&alone, &nobody, out_ruling, &stage);
    out_ruling->term = &it->term;
    return LG_OK;
}

/* As for somebody of whom nothing stands in the way but the limit, which is told first. */
static struct policy_ruling limited_ruling(const struct policy_ruling *ruling) {
    const struct candidate *it = policy_candidate_of(ruling);
    struct policy_ruling limited = {.term = ruling->term,
                                    .refusal = POLICY_RATE_LIMIT,
                                    .told = POLICY_RATE_LIMIT,
                                    .basis = it->scope->request->basis,
                                    .checks = it->checks,
                                    .axes = it->axes};
    policy_mark_set(&limited.checks, POLICY_CHECK_REASON, POLICY_PASSED);
    policy_mark_set(&limited.checks, POLICY_CHECK_CONSENT, POLICY_PASSED);
    policy_mark_set(&limited.checks, POLICY_CHECK_LIMIT, POLICY_FAILED);
    return limited;
}

/* A step that is the same whatever the person said. Where somebody who was never asked would be
 * shared, it is their word that stands in the way. */
static struct span blind_remedy(const struct policy_ruling *ruling, struct arena *arena) {
    const struct policy_hint ask = {.kind = POLICY_HINT_ASK_PERSON};
    struct policy_ruling blind;
    struct policy_hints hints;
    if (ruling->told == POLICY_RATE_LIMIT) {
        blind = limited_ruling(ruling);
    } else if (lg_failed(blind_ruling(ruling, arena, &blind))) {
        return span_of(NULL, 0);
    }
    if (blind.refusal == POLICY_REASON_NONE) {
        return policy_hint_sentence(&ask, arena);
    }
    if (lg_failed(policy_hints_find(&blind, NULL, arena, &hints))) {
        return span_of(NULL, 0);
    }
    return policy_hints_sentence(&hints, arena);
}

struct span policy_remedy(const struct permit *permit, size_t source,
                          const struct policy_ruling *ruling, struct arena *arena) {
    struct policy_hints hints;
    ASSERT(source < permit->source_count);
    bool is_settled = ruling->term->refusal == POLICY_REASON_NONE;
    struct span by_law = policy_law_remedy(policy_candidate_of(ruling), ruling->told, arena);
    if (by_law.len > 0) {
        return by_law;
    }
    bool may_be_personal = is_settled && ruling->refusal != POLICY_REASON_NONE;
    if (may_be_personal && is_blind(permit, source, ruling->term)) {
        return blind_remedy(ruling, arena);
    }
    if (lg_failed(policy_hints_find(ruling, NULL, arena, &hints))) {
        return span_of(NULL, 0);
    }
    return policy_hints_sentence(&hints, arena);
}
