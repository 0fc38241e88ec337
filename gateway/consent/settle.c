/* SPDX-License-Identifier: Apache-2.0 */
/* Permit and person to grant.
 *
 * Every source is settled twice: with the person's facts (which for an open source are nobody's
 * unless the caller may know the person) and with nobody's. What the caller sees of a hidden source
 * before something is released, whether a hidden source is called, and what a question takes from
 * its limits, follow from the permit and the second one alone. */
#include <assert.h>
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/assert.h"
#include "gateway/consent/consent_int.h"

struct source_grant {
    enum consent_call call;
    struct policy_outcome outcome;
    struct policy_outcome shown;
    struct policy_facts facts; /* what it was settled with: the person's, or nobody's */
};

struct grant {
    const struct permit *permit;
    struct source_grant *sources;
    struct policy_outcome shown_all;
    uint64_t applied_through;
    uint64_t owed;
    struct store_tag *scopes;
    size_t scope_count;
};

/* One settling at work. */
struct settle_state {
    struct consent_counters *counters;
    const struct consent_question *question;
    struct arena *arena;
    size_t source_count;
    size_t limit_count;
    struct policy_facts facts;             /* the person's */
    struct policy_facts nobody;            /* no consents, the same counts */
    const struct policy_opt_out *opt_outs; /* the person's, one for each source */
    struct policy_counts *counts;          /* one for each limit of the permit */
    struct consent_bucket (*buckets)[3];   /* person, agency, subject of each limit */
    bool *used;                            /* limits to take from */
    struct grant *grant;
};

/* ---- Limits ------------------------------------------------------------------------------------
 */

static struct lg_err person_key(struct settle_state *state, const struct policy_limit *limit,
                                struct consent_bucket *bucket) {
    const struct caller *caller = state->question->caller;
    struct span parts[] = {limit->agreement, limit->id, span_text("person"), caller->agency,
                           caller->user_id};
    return store_user_tag_make(consent_counters_store(state->counters), STORE_TAG_COUNTER, parts, 5,
                               &bucket->key);
}

static struct lg_err bucket_key(struct settle_state *state, const struct policy_limit *limit,
                                struct span whom, struct span part, struct consent_bucket *bucket) {
    struct span parts[] = {limit->agreement, limit->id, whom, state->question->caller->agency,
                           part};
    return store_tag_make(consent_counters_store(state->counters), STORE_TAG_COUNTER, parts, 5,
                          &bucket->key);
}

/* A limit's three counters. That of the subject is the asking agency's own, so that nobody sees
 * what another one asked, and only of people whom this caller may know: counting others would tell
 * that they exist. */
static struct lg_err buckets_make(struct settle_state *state, size_t i) {
    struct policy_limit limit = policy_permit_limit(state->question->permit, i);
    struct consent_bucket *buckets = state->buckets[i];
    buckets[0].rate = limit.per_person;
    buckets[1].rate = limit.per_agency;
    buckets[2].rate = limit.per_subject;
    TRY(person_key(state, &limit, &buckets[0]));
    TRY(bucket_key(state, &limit, span_text("agency"), span_of(NULL, 0), &buckets[1]));
    const struct person_id *person = state->question->person;
    if (person == NULL || !state->question->is_enough) {
        buckets[2].rate.count = 0;
        return LG_OK;
    }
    struct span part = span_of(person->bytes, sizeof person->bytes);
    return bucket_key(state, &limit, span_text("subject"), part, &buckets[2]);
}

/* What is not counted finds every counter at nought, as those of a table that nobody has used. */
static void counts_look(struct settle_state *state) {
    if (state->question->is_uncounted) {
        return;
    }
    int64_t now = state->question->mono_ms;
    for (size_t i = 0; i < state->limit_count; i++) {
        struct consent_bucket *buckets = state->buckets[i];
        state->counts[i].person = consent_counters_look(state->counters, &buckets[0], now);
        state->counts[i].agency = consent_counters_look(state->counters, &buckets[1], now);
        state->counts[i].subject = consent_counters_look(state->counters, &buckets[2], now);
    }
}

static struct lg_err limits_take(struct settle_state *state) {
    if (state->question->is_uncounted) {
        return LG_OK;
    }
    for (size_t i = 0; i < state->limit_count; i++) {
        for (size_t j = 0; state->used[i] && j < 3; j++) {
            if (!consent_counters_take(state->counters, &state->buckets[i][j],
                                       state->question->mono_ms)) {
                return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
            }
            uint64_t owed = consent_counters_owed(state->counters, &state->buckets[i][j],
                                                  state->question->mono_ms);
            state->grant->owed = owed > state->grant->owed ? owed : state->grant->owed;
        }
    }
    return LG_OK;
}

/* ---- Sources -----------------------------------------------------------------------------------
 */

static bool ruling_shares(const struct policy_ruling *ruling) {
    return ruling->refusal == POLICY_REASON_NONE && ruling->treatment != TREATMENT_REDACT;
}

static bool limit_is_used_up(const struct policy_ruling *ruling) {
    return (ruling->checks >> (2 * POLICY_CHECK_LIMIT) & 3U) == POLICY_FAILED;
}

/* Whether the field would be asked for if only the person's consent allowed it. Every check is made
 * whatever the ones before say, so this one does not depend on the person. */
static bool ruling_may_share(const struct policy_ruling *ruling) {
    const struct policy_term *term = ruling->term;
    return term->refusal == POLICY_REASON_NONE && term->treatment != TREATMENT_REDACT &&
           !limit_is_used_up(ruling);
}

static void limit_use(struct settle_state *state, const struct policy_ruling *ruling) {
    if (ruling->term->limit != POLICY_LIMIT_NONE) {
        state->used[ruling->term->limit] = true;
    }
}

/* What is asked of the source, and which limits that falls under. */
static enum consent_call call_decide(struct settle_state *state, bool is_hidden,
                                     const struct policy_outcome *outcome) {
    bool shares = false;
    bool may_share = false;
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        bool this_shares = ruling_shares(ruling);
        bool this_may = is_hidden && ruling_may_share(ruling);
        shares = shares || this_shares;
        may_share = may_share || this_may;
        if (this_shares || this_may) {
            limit_use(state, ruling);
        }
    }
    if (is_hidden) {
        enum consent_call hidden_call = shares ? CONSENT_CALL_ALWAYS : CONSENT_CALL_DECOY;
        return may_share ? hidden_call : CONSENT_CALL_NO;
    }
    return shares ? CONSENT_CALL_HELD : CONSENT_CALL_NO;
}

static struct lg_err source_settle(struct settle_state *state, size_t source) {
    const struct permit *permit = state->question->permit;
    struct source_grant *granted = &state->grant->sources[source];
    bool is_hidden = policy_permit_is_hidden(permit, source);
    granted->facts = state->nobody;
    if (is_hidden || state->question->is_enough) {
        granted->facts = state->facts;
        granted->facts.opt_out = state->opt_outs[source];
    }
    TRY(policy_settle(permit, source, &granted->facts, state->arena, &granted->outcome));
    granted->shown = granted->outcome; /* of an open source the same facts, hence the same */
    if (is_hidden) {
        TRY(policy_settle(permit, source, &state->nobody, state->arena, &granted->shown));
    }
    granted->call = CONSENT_CALL_NO;
    if (policy_permit_refusal(permit, source) == POLICY_REASON_NONE) {
        granted->call = call_decide(state, is_hidden, &granted->outcome);
    }
    return LG_OK;
}

static struct lg_err sources_settle(struct settle_state *state) {
    struct policy_outcome *shown = arena_array(state->arena, state->source_count, sizeof *shown);
    if (shown == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < state->source_count; i++) {
        TRY(source_settle(state, i));
        shown[i] = state->grant->sources[i].shown;
    }
    return policy_combine(shown, state->source_count, state->arena, &state->grant->shown_all);
}

/* ---- Scopes ------------------------------------------------------------------------------------
 */

static struct lg_err scope_add(struct settle_state *state, const struct store_tag *scope) {
    struct grant *grant = state->grant;
    for (size_t i = 0; i < grant->scope_count; i++) {
        if (memcmp(grant->scopes[i].bytes, scope->bytes, sizeof scope->bytes) == 0) {
            return LG_OK;
        }
    }
    static_assert(1 + ACCESS_SCOPES + LIMIT_POLICY_AGREEMENTS <= CONSENT_SCOPES_MAX,
                  "the person, the caller and every agreement have room");
    ASSERT(grant->scope_count < CONSENT_SCOPES_MAX);
    struct store_tag *scopes =
        arena_more(state->arena, grant->scopes, grant->scope_count, sizeof *scopes);
    if (scopes == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    grant->scopes = scopes;
    grant->scopes[grant->scope_count++] = *scope;
    return LG_OK;
}

static struct lg_err agreements_add(struct settle_state *state, const struct store *store) {
    for (size_t i = 0; i < state->source_count; i++) {
        const struct policy_outcome *outcome = &state->grant->sources[i].outcome;
        for (size_t j = 0; j < outcome->ruling_count; j++) {
            struct span agreement = outcome->rulings[j].term->agreement;
            struct store_tag scope;
            /* A clause's fields share their agreement: mostly the one before. */
            bool is_repeat =
                agreement.len == 0 ||
                (j > 0 && span_equal(agreement, outcome->rulings[j - 1].term->agreement));
            if (is_repeat) {
                continue;
            }
            TRY(consent_scope_agreement(store, agreement, &scope));
            TRY(scope_add(state, &scope));
        }
    }
    return LG_OK;
}

static struct lg_err scopes_make(struct settle_state *state) {
    const struct store *store = consent_counters_store(state->counters);
    const struct consent_question *question = state->question;
    struct span person = question->person == NULL
                             ? span_of(NULL, 0)
                             : span_of(question->person->bytes, sizeof question->person->bytes);
    struct store_tag scope;
    TRY(store_tag_make(store, STORE_TAG_SCOPE_PERSON, &person, 1, &scope));
    TRY(scope_add(state, &scope));
    struct store_tag callers[ACCESS_SCOPES];
    TRY(access_scopes_of(store, question->caller, callers));
    for (size_t i = 0; i < ACCESS_SCOPES; i++) {
        TRY(scope_add(state, &callers[i]));
    }
    return agreements_add(state, store);
}

/* ---- The step ----------------------------------------------------------------------------------
 */

static struct lg_err state_make(struct settle_state *state) {
    state->source_count = policy_permit_source_count(state->question->permit);
    state->limit_count = policy_permit_limit_count(state->question->permit);
    struct arena *arena = state->arena;
    state->grant = arena_alloc(arena, sizeof *state->grant);
    state->counts = arena_array(arena, state->limit_count, sizeof *state->counts);
    state->buckets = arena_array(arena, state->limit_count, sizeof *state->buckets);
    state->used = arena_array(arena, state->limit_count, sizeof *state->used);
    if (lg_failed(arena_failed(arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    struct grant *grant = state->grant;
    grant->permit = state->question->permit;
    grant->sources = arena_array(arena, state->source_count, sizeof *grant->sources);
    if (lg_failed(arena_failed(arena))) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < state->limit_count; i++) {
        TRY(buckets_make(state, i));
    }
    return LG_OK;
}

static void facts_set(struct settle_state *state, const struct consent_facts *facts) {
    state->nobody =
        (struct policy_facts){.counts = state->counts, .count_count = state->limit_count};
    state->facts = state->nobody;
    state->facts.consents = facts->items;
    state->facts.consent_count = facts->count;
    state->grant->applied_through = facts->applied_through;
}

struct lg_err consent_settle(struct consent_counters *counters, struct store_reader *reader,
                             const struct consent_question *question, struct arena *arena,
                             const struct grant **out_grant) {
    struct settle_state state = {.counters = counters, .question = question, .arena = arena};
    TRY(state_make(&state));
    struct consent_facts facts;
    TRY(consent_facts_settle(reader, question->person, arena, &facts));
    consent_facts_close(&facts);
    facts_set(&state, &facts);
    struct policy_opt_out *opt_outs = NULL;
    TRY(consent_opt_outs_read(reader, question, arena, &opt_outs));
    state.opt_outs = opt_outs;
    /* From the look to the take nobody else counts, so that a limit is kept to the last use. */
    consent_counters_enter(counters);
    counts_look(&state);
    struct lg_err err = sources_settle(&state);
    if (!lg_failed(err)) {
        err = limits_take(&state);
    }
    consent_counters_leave(counters);
    TRY(err);
    TRY(scopes_make(&state));
    *out_grant = state.grant;
    return LG_OK;
}

const struct permit *consent_grant_permit(const struct grant *grant) {
    return grant->permit;
}

static const struct source_grant *source_of(const struct grant *grant, size_t source) {
    ASSERT(source < policy_permit_source_count(grant->permit));
    return &grant->sources[source];
}

enum consent_call consent_grant_call(const struct grant *grant, size_t source) {
    return source_of(grant, source)->call;
}

const struct policy_outcome *consent_grant_outcome(const struct grant *grant, size_t source) {
    return &source_of(grant, source)->outcome;
}

const struct policy_outcome *consent_grant_shown(const struct grant *grant, size_t source) {
    return &source_of(grant, source)->shown;
}

const struct policy_facts *consent_grant_facts(const struct grant *grant, size_t source) {
    return &source_of(grant, source)->facts;
}

const struct policy_outcome *consent_grant_shown_all(const struct grant *grant) {
    return &grant->shown_all;
}

uint64_t consent_grant_owed(const struct grant *grant) {
    return grant->owed;
}

uint64_t consent_grant_applied_through(const struct grant *grant) {
    return grant->applied_through;
}

size_t consent_grant_scope_count(const struct grant *grant) {
    return grant->scope_count;
}

const struct store_tag *consent_grant_scope(const struct grant *grant, size_t index) {
    ASSERT(index < grant->scope_count);
    return &grant->scopes[index];
}
