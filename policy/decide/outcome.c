/* SPDX-License-Identifier: Apache-2.0 */
/* From fields to a whole: which agreement's ruling is used, decision, reason, clauses, duties. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "policy/decide/foremost.h"
#include "policy/decide/outcome_int.h"

/* ---- one field over several agreements ---- */

struct settled {
    struct policy_ruling ruling;
    struct contender contender;
    bool is_masked; /* refused, and not for all to know why */
};

static struct settled settle_one(const struct candidate *candidate,
                                 const struct policy_facts *facts) {
    struct settled one = {.contender = {.it = candidate}};
    policy_candidate_settle(candidate, facts, &one.ruling, &one.contender.stage);
    one.contender.refusal = one.ruling.refusal;
    one.is_masked = policy_candidate_masks(candidate, &one.ruling);
    return one;
}

/* One that the first half left open: of those alone the second half is asked. */
static bool is_open(const struct candidate *candidate) {
    return candidate->term.refusal == POLICY_REASON_NONE;
}

/* Where all of them refuse and none may tell what the person said, which one speaks must not tell
 * it either: it is the one that would speak of somebody who was never asked. */
static struct settled speak_of_nobody(const struct candidate *all, size_t count,
                                      const struct policy_facts *facts) {
    struct contender best = {.it = NULL};
    for (size_t i = 0; i < count; i++) {
        struct contender next = {.it = &all[i]};
        struct policy_ruling blind;
        if (!is_open(next.it)) {
            continue;
        }
        policy_candidate_settle_nobody(next.it, facts, &blind, &next.stage);
        next.refusal = blind.refusal;
        if (best.it == NULL || policy_comes_first(&next, &best)) {
            best = next;
        }
    }
    return settle_one(best.it, facts);
}

static struct policy_ruling settle_field(const struct permit *permit,
                                         const struct permit_source *source, size_t field,
                                         const struct policy_facts *facts) {
    const struct candidate *all = &source->candidates[field * permit->scope_count];
    size_t lead = source->leads[field];
    struct settled best = settle_one(&all[lead], facts);
    bool is_masked = best.is_masked;
    bool is_alone = true;
    for (size_t i = 0; i < permit->scope_count; i++) {
        /* What was refused before cannot come first now, unless everything is refused; then the
         * lead of the first half, or one that got as far as consent, stays in front. */
        if (i == lead || !is_open(&all[i])) {
            continue;
        }
        const struct settled next = settle_one(&all[i], facts);
        is_masked = is_masked && next.is_masked;
        is_alone = false;
        if (policy_comes_first(&next.contender, &best.contender)) {
            best = next;
        }
    }
    if (is_masked && !is_alone) {
        best = speak_of_nobody(all, permit->scope_count, facts);
    }
    return best.ruling;
}

/* ---- duties ---- */

static void stricter_onward(const struct policy_term *term, struct tally *tally) {
    if (tally->onward == 0 || term->onward > tally->onward) {
        tally->onward = term->onward;
        tally->onward_differs = false;
        tally->onward_party = term->onward_party;
        tally->onward_purpose = term->onward_purpose;
        return;
    }
    bool same = span_equal(term->onward_party, tally->onward_party) &&
                span_equal(term->onward_purpose, tally->onward_purpose);
    /* Two different permissions to pass on, each for its own fields, make none for the whole; but a
     * stricter one that is alone binds it, in whatever order the fields are asked for. */
    tally->onward_differs |= term->onward == tally->onward && !same;
}

/* The term of a ruling is the first member of the candidate that it came from. */
static const struct candidate *candidate_of(const struct policy_ruling *ruling) {
    static_assert(offsetof(struct candidate, term) == 0, "a term is its candidate");
    return (const struct candidate *)(const void *)ruling->term;
}

void policy_tally_add(struct tally *tally, const struct policy_ruling *ruling) {
    const struct policy_term *term = ruling->term;
    tally->fields++;
    if (ruling->refusal != POLICY_REASON_NONE) {
        bool is_settled = term->refusal == POLICY_REASON_NONE;
        enum policy_reason *first = is_settled ? &tally->first_settled : &tally->first_refusal;
        bool is_told = is_settled && *first == POLICY_REASON_NONE;
        tally->settled_told = is_told ? ruling->told : tally->settled_told;
        *first = *first == POLICY_REASON_NONE ? ruling->refusal : *first;
        return;
    }
    if (ruling->treatment == TREATMENT_REDACT) {
        return;
    }
    tally->shared++;
    tally->by_emergency |= ruling->by_emergency;
    tally->objection |= ruling->objection_noted;
    tally->review_due |= term->review_due;
    tally->law_unchecked |= term->law_unchecked;
    tally->purpose_lock |= term->purpose_lock;
    tally->regime_crossing |= term->regime_crossing;
    tally->untold |= candidate_of(ruling)->untold;
    if (term->keep_days > 0 && (tally->keep_days == 0 || term->keep_days < tally->keep_days)) {
        tally->keep_days = term->keep_days;
    }
    tally->group_min = term->group_min > tally->group_min ? term->group_min : tally->group_min;
    stricter_onward(term, tally);
}

void policy_tally_decide(const struct tally *tally, struct policy_outcome *outcome) {
    if (tally->shared == 0) {
        /* The refusal of the field that got furthest: a withdrawn consent is the reason, though
         * other fields were never permitted. */
        enum policy_reason furthest = tally->first_settled == POLICY_REASON_NONE
                                          ? tally->first_refusal
                                          : tally->first_settled;
        outcome->decision = DECISION_REFUSE;
        outcome->reason = furthest == POLICY_REASON_NONE ? POLICY_REDACTED : furthest;
        outcome->told =
            tally->first_settled == POLICY_REASON_NONE ? outcome->reason : tally->settled_told;
        return;
    }
    bool whole = tally->shared == tally->fields;
    outcome->decision = whole ? DECISION_PERMIT : DECISION_PARTIAL;
    outcome->reason = !whole                ? POLICY_PARTIAL
                      : tally->by_emergency ? POLICY_PERMIT_EMERGENCY
                                            : POLICY_PERMIT_CLAUSE;
    outcome->told = outcome->reason;
}

enum { TALLY_CODES_MAX = 9 };

/* In alphabetical order, as they are sent. */
struct lg_err policy_tally_duties(const struct tally *tally, struct arena *arena,
                                  struct duties *out_duties) {
    static const char *const onwards[] = {"", "to", "ask", "no"};
    struct span *codes = arena_array(arena, TALLY_CODES_MAX, sizeof *codes);
    size_t count = 0;
    *out_duties = (struct duties){0};
    if (codes == NULL) {
        return policy_no_memory();
    }
    if (tally->shared == 0) {
        return LG_OK;
    }
    if (tally->untold) {
        codes[count++] = span_text("do-not-tell-crime");
    }
    if (tally->by_emergency) {
        codes[count++] = span_text("emergency-check");
        codes[count++] = span_text("emergency-tell");
    }
    if (tally->law_unchecked) {
        codes[count++] = span_text("law-unchecked");
    }
    if (tally->group_min > 0) {
        codes[count++] = arena_format(arena, "min-group=%u", (unsigned)tally->group_min);
    }
    if (tally->objection) {
        codes[count++] = span_text("objection-noted");
    }
    if (tally->purpose_lock) {
        codes[count++] = span_text("purpose-lock");
    }
    if (tally->regime_crossing) {
        codes[count++] = span_text("regime-crossing");
    }
    if (tally->review_due) {
        codes[count++] = span_text("review-due");
    }
    out_duties->keep_days = tally->keep_days;
    out_duties->onward =
        span_text(onwards[tally->onward_differs ? POLICY_ONWARD_NO : tally->onward]);
    out_duties->obligations = (struct span_list){.items = codes, .count = count};
    return lg_failed(arena_failed(arena)) ? policy_no_memory() : LG_OK;
}

static int compare_codes(const void *left, const void *right) {
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

struct lg_err policy_duty_codes(const struct duties *duties, struct arena *arena,
                                struct span_list *out_codes) {
    struct span *codes = arena_array(arena, duties->obligations.count + 2, sizeof *codes);
    size_t count = 0;
    if (codes == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < duties->obligations.count; i++) {
        codes[count++] = duties->obligations.items[i];
    }
    if (duties->keep_days > 0) {
        codes[count++] = arena_format(arena, "keep=%ud", (unsigned)duties->keep_days);
    }
    if (duties->onward.len > 0) {
        codes[count++] = arena_format(arena, "onward=%.*s", (int)duties->onward.len,
                                      (const char *)duties->onward.ptr);
    }
    if (lg_failed(arena_failed(arena))) {
        return policy_no_memory();
    }
    qsort(codes, count, sizeof *codes, compare_codes);
    *out_codes = (struct span_list){.items = codes, .count = count};
    return LG_OK;
}

/* ---- clauses ---- */

static void add_clause(struct span *clauses, size_t *count, struct span clause) {
    for (size_t i = 0; i < *count; i++) {
        if (span_equal(clauses[i], clause)) {
            return;
        }
    }
    if (clause.len > 0) {
        clauses[(*count)++] = clause;
    }
}

/* Sums rulings up; those of one outcome after those of the one before. */
static struct lg_err sum_up(const struct policy_outcome *outcomes, size_t count,
                            struct arena *arena, struct policy_outcome *out) {
    struct tally tally = {0};
    size_t total = 0;
    size_t clause_count = 0;
    for (size_t i = 0; i < count; i++) {
        total += outcomes[i].ruling_count;
    }
    struct span *clauses = arena_array(arena, total, sizeof *clauses);
    if (clauses == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        const struct policy_outcome *one = &outcomes[i];
        for (size_t j = 0; j < one->ruling_count; j++) {
            policy_tally_add(&tally, &one->rulings[j]);
            add_clause(clauses, &clause_count, one->rulings[j].term->clause);
        }
        if (one->ruling_count == 0 && tally.first_refusal == POLICY_REASON_NONE) {
            tally.first_refusal = one->reason;
        }
        tally.fields += one->ruling_count == 0;
    }
    out->clauses = (struct span_list){.items = clauses, .count = clause_count};
    policy_tally_decide(&tally, out);
    return policy_tally_duties(&tally, arena, &out->duties);
}

struct lg_err policy_settle(const struct permit *permit, size_t source,
                            const struct policy_facts *facts, struct arena *arena,
                            struct policy_outcome *out_outcome) {
    ASSERT(source < permit->source_count);
    const struct permit_source *it = &permit->sources[source];
    if (facts->consent_count > LIMIT_POLICY_CONSENTS) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
    }
    struct policy_ruling *rulings = arena_array(arena, it->field_count, sizeof *rulings);
    if (rulings == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < it->field_count; i++) {
        rulings[i] = settle_field(permit, it, i, facts);
    }
    struct policy_outcome outcome = {
        .rulings = rulings,
        .ruling_count = it->field_count,
        .decision = DECISION_REFUSE,
        .reason = it->refusal,
        .told = it->refusal,
    };
    if (it->field_count > 0) {
        outcome.agreement = rulings[0].term->agreement;
        for (size_t i = 0; i < it->field_count; i++) {
            if (rulings[i].refusal == POLICY_REASON_NONE) {
                outcome.agreement = rulings[i].term->agreement;
                break;
            }
        }
    }
    TRY(sum_up(&outcome, 1, arena, &outcome));
    *out_outcome = outcome;
    return LG_OK;
}

struct lg_err policy_combine(const struct policy_outcome *outcomes, size_t count,
                             struct arena *arena, struct policy_outcome *out_outcome) {
    struct policy_outcome whole = {
        .decision = DECISION_REFUSE, .reason = POLICY_NO_AGREEMENT, .told = POLICY_NO_AGREEMENT};
    if (count > 0) {
        size_t first = 0;
        while (first + 1 < count && outcomes[first].decision == DECISION_REFUSE) {
            first++;
        }
        bool shares = outcomes[first].decision != DECISION_REFUSE;
        whole.agreement = outcomes[shares ? first : 0].agreement;
        TRY(sum_up(outcomes, count, arena, &whole));
    }
    *out_outcome = whole;
    return LG_OK;
}
