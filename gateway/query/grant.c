/* SPDX-License-Identifier: Apache-2.0 */
/* Step grant: the permit settled for this person; and what follows for each source. */
#include "gateway/access/access.h"
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/query/query_int.h"

struct lg_err query_settle_uncounted(const struct query *query,
                                     const struct consent_question *question, struct arena *arena,
                                     const struct grant **out_grant) {
    struct consent_question uncounted = *question;
    uncounted.is_uncounted = true;
    return consent_settle(query->worker->gateway->counters, query->worker->reader, &uncounted,
                          arena, out_grant);
}

struct lg_err query_enrolled_under(const struct query *query, const struct permit *permit,
                                   struct arena *arena, const struct span_list **out_lists) {
    size_t count = policy_permit_source_count(permit);
    struct span_list *lists = arena_array(arena, count, sizeof *lists);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        struct span agency = policy_permit_source(permit, i);
        for (size_t j = 0; j < query->asker.source_count; j++) {
            if (span_equal(query->asker.sources[j].agency, agency)) {
                lists[i] = query->asker.sources[j].enrolled_under;
            }
        }
    }
    *out_lists = lists;
    return LG_OK;
}

/* All that is read of the store in one turn is of one moment (query.c): rows of an earlier one may
 * be older than what the grant says that it was read at. */
static bool is_of_this_turn(const struct query *query) {
    return query->located_turn == loop_turn_number(query->worker->loop);
}

/* The limits are taken from once, by the first grant of a question. */
struct lg_err query_settle(struct query *query) {
    struct consent_question question = {
        .permit = query->permit,
        .caller = query->caller,
        .person = query->located.is_known ? &query->located.person : NULL,
        .is_enough = query->located.is_enough,
        .mono_ms = loop_now_ms(query->worker->loop),
        .rows = query->located.rows,
        .row_count = query->located.row_count,
        .has_rows = query->located.has_rows && is_of_this_turn(query),
    };
    TRY(query_enrolled_under(query, query->permit, query->arena, &question.enrolled_under));
    if (query->grant != NULL) {
        return query_settle_uncounted(query, &question, query->arena, &query->grant);
    }
    return consent_settle(query->worker->gateway->counters, query->worker->reader, &question,
                          query->arena, &query->grant);
}

struct lg_err query_basis_make(const struct grant *grant, struct arena *arena,
                               struct query_basis *out_basis) {
    size_t count = consent_grant_scope_count(grant);
    struct store_tag *scopes = arena_array(arena, count, sizeof *scopes);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        scopes[i] = *consent_grant_scope(grant, i);
    }
    *out_basis = (struct query_basis){
        .scopes = scopes,
        .scope_count = count,
        .applied_through = consent_grant_applied_through(grant),
    };
    return LG_OK;
}

static void part_deny(struct query_part *part, enum policy_reason reason,
                      enum source_state open_state) {
    part->has_answer = false;
    part->answer = (struct answer){0};
    part->denied = reason;
    part->state = part->is_hidden ? SOURCE_NOTHING_TO_SHOW : open_state;
}

/* The age that the question states decides what clauses cover; a source may know better. */
static bool age_contradicts(const struct query *query, const struct query_part *part) {
    enum age_class stated = query->question->age_class;
    enum age_class known = part->answer.age_class;
    return stated != AGE_UNKNOWN && known != AGE_UNKNOWN && stated != known;
}

void query_part_recheck(struct query *query, struct query_part *part) {
    if (!part->has_answer || part->target.is_decoy) {
        return;
    }
    if (part->is_too_long) {
        part->is_too_long = false;
        part->state = SOURCE_ANSWERED;
    }
    enum consent_call call = consent_grant_call(query->grant, part->source);
    if (part->answer.is_withheld) {
        query_part_withhold(part);
    } else if (call != CONSENT_CALL_HELD && call != CONSENT_CALL_ALWAYS) {
        const struct policy_outcome *outcome = consent_grant_outcome(query->grant, part->source);
        part_deny(part, outcome->reason, query_state_of(outcome));
    } else if (age_contradicts(query, part)) {
        part_deny(part, POLICY_SUBJECT_NOT_COVERED, SOURCE_NOT_PERMITTED);
    }
}

void query_part_spoil(struct query_part *part) {
    log_line(LOG_WARN, "query.answer.unusable", "agency=%.*s", (int)part->agency.len,
             (const char *)part->agency.ptr);
    part->has_answer = false;
    part->answer = (struct answer){0};
    part->link_count = 0;
    /* Only an answer about somebody can be of no use: a hidden source's line shows a decoy's. */
    part->state = part->is_hidden ? SOURCE_NOTHING_TO_SHOW : SOURCE_UNAVAILABLE;
}

/* Where a source is not asked: refused by the agreement, by consent, or out of reach. */
static void part_state(struct query *query, struct query_part *part) {
    enum consent_call call = consent_grant_call(query->grant, part->source);
    if (call == CONSENT_CALL_NO) {
        bool is_settled = policy_permit_refusal(query->permit, part->source) == POLICY_REASON_NONE;
        part->state = is_settled ? query_state_of(consent_grant_shown(query->grant, part->source))
                                 : SOURCE_NOT_PERMITTED;
        part->stage = PART_READY;
    } else if (!source_is_available(query->worker->sources, part->agency)) {
        part->state = SOURCE_UNAVAILABLE;
        part->stage = PART_READY;
    }
}

struct lg_err query_parts_make(struct query *query) {
    size_t count = policy_permit_source_count(query->permit);
    if (count > LIMIT_QUERY_SOURCES) {
        return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
    }
    query->parts = arena_array(query->arena, count, sizeof *query->parts);
    TRY(arena_failed(query->arena));
    query->part_count = count;
    for (size_t i = 0; i < count; i++) {
        struct query_part *part = &query->parts[i];
        part->query = query;
        part->source = i;
        part->agency = policy_permit_source(query->permit, i);
        part->is_hidden = policy_permit_is_hidden(query->permit, i);
        vault_random(part->reference.bytes, sizeof part->reference.bytes);
        part_state(query, part);
    }
    return LG_OK;
}

enum step step_grant(struct query *query) {
    if (query->is_finalled) { /* back from the log */
        return query_reply_end(query);
    }
    if (query_agreements_stopped(query->worker, &query->agreements, query->permit)) {
        query->end = query_agreements_end();
        return STEP_STOP;
    }
    bool is_stopped = false;
    struct lg_err err = access_check(query->worker->reader, query->caller, &is_stopped);
    if (!lg_failed(err) && is_stopped) {
        err = query_stopped_refuse(query);
        return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
    }
    if (!lg_failed(err)) {
        err = query_settle(query);
    }
    if (!lg_failed(err)) {
        err = query_parts_make(query);
    }
    return lg_failed(err) ? query_fail(query, err) : STEP_NEXT;
}
