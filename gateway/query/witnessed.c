/* SPDX-License-Identifier: Apache-2.0 */
/* Step witnessed: an answer under an agreement that asks for it leaves only when enough witnesses
 * have cosigned the log with its RELEASE in it, so that nobody who runs this gateway can say
 * afterwards that it never left. Waiting takes a while, so that what the grant rests on is looked
 * at again at its end, by the log itself: one more entry, which a consent, stop or agreement that
 * changed meanwhile makes stale, and without which nothing leaves.
 *
 *   waits      -> confirms   enough have cosigned
 *   waits      -> not sent   the question's time is over
 *   confirms   -> sent       its OUTCOME is durable
 *   confirms   -> not sent   something changed; told when the question's time is over
 *
 * What changed may be of a person whom only a hidden source knows, or of nobody that this requester
 * may learn of. So a change is told with the words and at the moment of witnesses that do not come.
 */
#include "gateway/audit/witnessed.h"

#include "gateway/base/log.h"
#include "gateway/query/query_int.h"
#include "policy/glass.h"

static const char unconfirmed_sentence[] =
    "Nothing was sent: the witnesses of the log did not confirm it in time, or what it rests on "
    "changed; ask again, with more time";

static bool is_among(const struct span *ids, size_t count, struct span agreement) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal(ids[i], agreement)) {
            return true;
        }
    }
    return false;
}

/* By what was declared and not by what it was needed for: of a hidden source that would follow from
 * the person. */
static bool is_let_go(const struct query_quorum *quorum, const struct permit *permit,
                      struct span agreement) {
    struct policy_declared declared;
    return is_among(quorum->at_once, quorum->at_once_count, agreement) &&
           policy_permit_declared(permit, agreement, &declared) && declared.is_valid;
}

static bool source_needs(const struct query_quorum *quorum, const struct permit *permit,
                         size_t source) {
    for (size_t j = 0; j < policy_permit_term_count(permit, source); j++) {
        const struct policy_term *term = policy_permit_term(permit, source, j);
        if (term->refusal == POLICY_REASON_NONE &&
            is_among(quorum->agreements, quorum->agreement_count, term->agreement) &&
            !is_let_go(quorum, permit, term->agreement)) {
            return true;
        }
    }
    return false;
}

bool query_needs_witnesses(const struct query *query) {
    const struct query_quorum *quorum = query->worker->gateway->quorum;
    size_t count = quorum == NULL ? 0 : policy_permit_source_count(query->permit);
    for (size_t i = 0; i < count; i++) {
        if (source_needs(quorum, query->permit, i)) {
            return true;
        }
    }
    return false;
}

/* All entries of this gate are under a checkpoint that enough have cosigned. */
static bool is_seen(const struct query *query) {
    struct audit_log *log = query->worker->gateway->log;
    uint64_t size = 0;
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        if (part->stage == PART_IN_GATE) {
            uint64_t end = audit_receipt_size(part->receipt);
            size = end > size ? end : size;
        }
    }
    return !audit_log_is_frozen(log) &&
           audit_seen_by(log, size) >= query->worker->gateway->quorum->needed;
}

static void on_due(void *ctx) {
    query_resume(ctx);
}

static enum step unconfirmed(struct query *query) {
    query->awaits_witnesses = false;
    query->is_unconfirmed = true;
    log_line(LOG_WARN, "query.unconfirmed", "needed=%zu", query->worker->gateway->quorum->needed);
    return query_fail_status(query, GRPC_UNAVAILABLE, unconfirmed_sentence);
}

/* Until a witness has cosigned, all have been asked, or the question's time is over. */
static enum step await(struct query *query) {
    const struct query_quorum *quorum = query->worker->gateway->quorum;
    int64_t due_ms = query->deadline_ms - QUERY_ROOM_RESERVE_MS;
    if (loop_now_ms(query->worker->loop) >= due_ms) {
        return unconfirmed(query);
    }
    bool asks = !query->awaits_witnesses || query->is_round_over;
    query->awaits_witnesses = true;
    query->is_round_over = false;
    if (asks && !query->is_unconfirmed) {
        quorum->hurry(quorum->ctx);
    }
    struct lg_err err = loop_timer_start(query->worker->loop, &query->hold, due_ms, on_due, query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

static enum step confirmed(struct query *query) {
    query->has_commit_result = false;
    if (query->commit_result == AUDIT_COMMITTED) {
        return STEP_NEXT;
    }
    if (query->commit_result == AUDIT_REFUSED_STALE) {
        query->is_unconfirmed = true;
        return await(query);
    }
    return query_fail_status(query, GRPC_UNAVAILABLE,
                             "The log takes no disclosures now: try again later");
}

enum step step_witnessed(struct query *query) {
    if (!query_needs_witnesses(query)) {
        return STEP_NEXT;
    }
    if (query->has_commit_result) { /* back from the log */
        return confirmed(query);
    }
    if (query->is_unconfirmed || !is_seen(query)) {
        return await(query);
    }
    query->awaits_witnesses = false;
    loop_timer_stop(query->worker->loop, &query->hold);
    struct lg_err err = query_confirm_commit(query);
    return lg_failed(err) ? query_fail(query, err) : STEP_WAIT;
}

void query_witnesses_told(struct query_worker *worker, bool round_over) {
    for (struct query *query = worker->running; query != NULL; query = query->next) {
        if (query->awaits_witnesses) {
            query->is_round_over = query->is_round_over || round_over;
            query_resume(query);
        }
    }
}
