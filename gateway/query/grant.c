/* SPDX-License-Identifier: Apache-2.0 */
/* Step grant: the permit settled for this person; and what follows for each source. */
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

struct lg_err query_settle(struct query *query) {
    const struct query_gateway *gateway = query->worker->gateway;
    const struct consent_question question = {
        .permit = query->permit,
        .caller = query->caller,
        .person = query->located.is_known ? &query->located.person : NULL,
        .is_enough = query->located.is_enough,
        .mono_ms = loop_now_ms(query->worker->loop),
    };
    return consent_settle(gateway->counters, query->worker->reader, &question, query->arena,
                          &query->grant);
}

/* Where a source is not asked: refused by the agreement, by consent, or out of reach. */
static void part_state(struct query *query, struct query_part *part) {
    enum consent_call call = consent_grant_call(query->grant, part->source);
    if (call == CONSENT_CALL_NO) {
        enum policy_reason reason = consent_grant_shown(query->grant, part->source)->reason;
        bool by_consent =
            policy_permit_refusal(query->permit, part->source) == POLICY_REASON_NONE &&
            policy_reason_is_consent(reason);
        part->state = by_consent ? SOURCE_WITHHELD_BY_CONSENT : SOURCE_NOT_PERMITTED;
        part->stage = PART_READY;
    } else if (!source_is_available(query->worker->sources, part->agency)) {
        part->state = SOURCE_UNAVAILABLE;
        part->stage = PART_READY;
    }
}

static struct lg_err parts_make(struct query *query) {
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
    struct lg_err err = query_settle(query);
    if (!lg_failed(err)) {
        err = parts_make(query);
    }
    return lg_failed(err) ? query_fail(query, err) : STEP_NEXT;
}
