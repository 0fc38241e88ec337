/* SPDX-License-Identifier: Apache-2.0 */
/* One source, explained to one reader. */
#include "policy/explain/explain.h"

#include "gateway/base/assert.h"
#include "policy/explain/explain_int.h"

/* An explanation at work. `seen` is the outcome with the facts that this reader may be told of;
 * `blind` the same with nobody's, where nothing may depend on the person. */
struct explaining {
    const struct permit *permit;
    size_t source;
    enum policy_reader reader;
    bool has_facts;
    const struct policy_facts *facts;
    struct policy_outcome seen;
    struct policy_outcome blind;
    struct policy_facts nobody;
    struct arena *arena;
};

/* Counts are of the asker, also that of one person: what the asking agency asked about them. */
static struct lg_err nobody_of(const struct policy_facts *facts, const struct permit *permit,
                               struct arena *arena, struct policy_facts *out_facts) {
    size_t count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(arena, count, sizeof *counts);
    if (counts == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; facts != NULL && facts->counts != NULL && i < count; i++) {
        if (i < facts->count_count) {
            counts[i] = facts->counts[i];
        }
    }
    *out_facts = (struct policy_facts){.counts = counts, .count_count = count};
    return LG_OK;
}

static bool is_blind(const struct explaining *e, const struct policy_term *term) {
    return e->reader == POLICY_READER_REQUESTER &&
           (!e->has_facts || term->data_class != POLICY_ORDINARY || term->is_hidden ||
            policy_permit_is_hidden(e->permit, e->source));
}

/* A requester reads of no state of consent, unless the clause shows it and the data is ordinary. */
static enum policy_reason reason_told(const struct telling *t) {
    if (t->reader != POLICY_READER_REQUESTER) {
        return t->ruling->refusal;
    }
    return t->is_hidden ? policy_reason_coarse(t->ruling->told) : t->ruling->told;
}

/* Checks and changes are then those of somebody who was never asked: what stands in the way of them
 * does not tell what this one said. */
static bool is_told_of_nobody(const struct telling *t) {
    return t->reader == POLICY_READER_REQUESTER &&
           policy_candidate_masks(policy_candidate_of(t->ruling), t->ruling);
}

static uint32_t checks_of_nobody(const struct telling *t, const struct policy_facts *nobody) {
    struct policy_ruling ruling;
    enum policy_reason stage;
    policy_candidate_settle_nobody(policy_candidate_of(t->ruling), nobody, &ruling, &stage);
    return ruling.checks;
}

static void name_clause(const struct telling *t, struct policy_explanation *out) {
    const struct policy *policy = policy_candidate_of(t->ruling)->scope->policy;
    struct policy_clause clause;
    out->clause = t->ruling->term->clause;
    out->clause_line = t->ruling->term->clause_line;
    out->is_floor = t->ruling->refusal == POLICY_FLOOR_PROHIBITED;
    if (!out->is_floor && out->clause.len > 0) {
        ASSERT(policy_clause_find(policy, out->clause, &clause));
        out->clause_title = clause.title;
    }
}

/* All but the hints. */
static void tell(const struct telling *t, struct policy_explanation *out) {
    const struct policy_term *term = t->ruling->term;
    *out = (struct policy_explanation){
        .source = policy_permit_source(t->permit, t->source),
        .field = term->field,
        .data_class = term->data_class,
        .reason = reason_told(t),
        .treatment = t->ruling->treatment,
        .rule = t->ruling->treatment == TREATMENT_GENERALISE ? term->rule : span_of(NULL, 0),
        .sentence = policy_tell_sentence(t),
        .agreement = term->agreement,
        .agreement_version = term->agreement_version,
    };
    name_clause(t, out);
    policy_tell_checks(t, out);
    policy_tell_axes(t, out);
    if (t->ruling->refusal == POLICY_NO_CLAUSE) {
        out->nearest_count = policy_nearest_find(policy_candidate_of(t->ruling), out->nearest);
    }
}

static struct lg_err explain_field(const struct explaining *e, size_t field,
                                   struct policy_explanation *out) {
    const struct policy_ruling *blind = &e->blind.rulings[field];
    bool hidden = is_blind(e, blind->term);
    const struct policy_ruling *ruling = hidden || !e->has_facts ? blind : &e->seen.rulings[field];
    struct telling t = {
        .permit = e->permit,
        .source = e->source,
        .ruling = ruling,
        .checks = ruling->checks,
        .reader = e->reader,
        .is_hidden = hidden,
        .is_half = hidden || !e->has_facts || e->reader == POLICY_READER_REQUESTER,
        .arena = e->arena,
    };
    const struct policy_facts *facts = hidden || !e->has_facts ? &e->nobody : e->facts;
    bool is_masked = is_told_of_nobody(&t);
    if (is_masked) {
        t.checks = checks_of_nobody(&t, &e->nobody);
    }
    tell(&t, out);
    return policy_hints_find(is_masked ? blind : t.ruling, is_masked ? &e->nobody : facts, e->arena,
                             &out->hints);
}

/* The whole as this reader sees it: over the rulings that the fields were explained by. Fails where
 * anything before it had no memory (policy_duty_codes). */
static struct lg_err sum_up(const struct explaining *e, struct policy_explained_source *out) {
    size_t count = e->blind.ruling_count;
    struct policy_ruling *rulings = arena_array(e->arena, count, sizeof *rulings);
    struct policy_outcome one = {.reason = e->blind.reason, .told = e->blind.told};
    struct policy_outcome whole;
    if (rulings == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        bool hidden = is_blind(e, e->blind.rulings[i].term) || !e->has_facts;
        rulings[i] = hidden ? e->blind.rulings[i] : e->seen.rulings[i];
    }
    one.rulings = rulings;
    one.ruling_count = count;
    TRY(policy_combine(&one, 1, e->arena, &whole));
    out->decision = whole.decision;
    out->reason = e->reader == POLICY_READER_REQUESTER ? whole.told : whole.reason;
    return policy_duty_codes(&whole.duties, e->arena, &out->obligations);
}

struct lg_err policy_explain(const struct permit *permit, const struct policy_explain_what *what,
                             struct arena *arena, struct policy_explained_source *out_explained) {
    const struct policy_facts *facts = what->facts;
    size_t source = what->source;
    ASSERT(source < permit->source_count);
    struct explaining e = {
        .permit = permit,
        .source = source,
        .reader = what->reader,
        .has_facts = facts != NULL,
        .facts = facts,
        .arena = arena,
    };
    struct policy_explained_source out = {.source = policy_permit_source(permit, source)};
    TRY(nobody_of(facts, permit, arena, &e.nobody));
    TRY(policy_settle(permit, source, &e.nobody, arena, &e.blind));
    if (e.has_facts) {
        TRY(policy_settle(permit, source, facts, arena, &e.seen));
    }
    struct policy_explanation *fields = arena_array(arena, e.blind.ruling_count, sizeof *fields);
    if (fields == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < e.blind.ruling_count; i++) {
        TRY(explain_field(&e, i, &fields[i]));
    }
    out.fields = fields;
    out.field_count = e.blind.ruling_count;
    TRY(sum_up(&e, &out));
    *out_explained = out;
    return LG_OK;
}

struct lg_err policy_explain_term(const struct permit *permit, size_t source, size_t field,
                                  struct arena *arena, struct policy_explanation *out_explanation) {
    const struct policy_ruling ruling = policy_ruling_of(permit, source, field);
    const struct telling t = {
        .permit = permit,
        .source = source,
        .ruling = &ruling,
        .checks = ruling.checks,
        .reader = POLICY_READER_REQUESTER,
        .is_hidden = true,
        .is_half = true,
        .arena = arena,
    };
    tell(&t, out_explanation);
    TRY(policy_hints_find(&ruling, NULL, arena, &out_explanation->hints));
    return lg_failed(arena_failed(arena)) ? policy_no_memory() : LG_OK;
}

/* ---- the agreement ---- */

static struct span signatory(const struct party *party, struct arena *arena) {
    struct span name = party->shown.name;
    return arena_format(arena, "%.*s (%.*s)", policy_len(name), policy_str(name),
                        policy_len(party->signs_as), policy_str(party->signs_as));
}

static struct span day_of(int32_t day, struct arena *arena) {
    char text[11];
    policy_day_text(day, text);
    return arena_copy(arena, span_text(text));
}

struct lg_err policy_explain_agreement(const struct policy *policy, struct arena *arena,
                                       struct policy_explained_agreement *out_agreement) {
    size_t count = policy->party_names.count;
    struct span *signatories = arena_array(arena, count, sizeof *signatories);
    if (signatories == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        signatories[i] = signatory(&policy->parties[i], arena);
    }
    struct policy_explained_agreement out = {
        .id = policy->id,
        .title = policy->title,
        .version = policy->version,
        .lead = policy->parties[policy->lead].shown.id,
        .contact = policy->contact,
        .review_day = day_of(policy->days.review_day, arena),
        .last_day = day_of(policy->days.last_day, arena),
        .signatories = {.items = signatories, .count = count},
    };
    if (policy->emergency_names.count > 0) {
        const struct emergency *section = &policy->emergencies[0];
        out.emergency_tell =
            arena_format(arena, "%.*s within %u minutes", policy_len(section->tell),
                         policy_str(section->tell), (unsigned)section->tell_min);
    }
    if (lg_failed(arena_failed(arena))) {
        return policy_no_memory();
    }
    *out_agreement = out;
    return LG_OK;
}
