/* SPDX-License-Identifier: Apache-2.0 */
/* Step targets: whom to ask, by which reference, and what each is asked and told. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/query/query_int.h"

static enum locate_call call_of(enum consent_call call) {
    switch (call) {
    case CONSENT_CALL_NO:
        return LOCATE_CALL_NO;
    case CONSENT_CALL_HELD:
        return LOCATE_CALL_HELD;
    case CONSENT_CALL_ALWAYS:
        return LOCATE_CALL_ALWAYS;
    case CONSENT_CALL_DECOY:
        return LOCATE_CALL_DECOY;
    }
    return LOCATE_CALL_NO;
}

/* Public keys in the form that vault takes, one for each part that is to be asked. */
static struct lg_err queries_make(struct query *query, struct locate_target_query *queries,
                                  struct vault_box_public *boxes) {
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        queries[i] = (struct locate_target_query){.agency = part->agency};
        if (part->stage != PART_WAITING) {
            continue;
        }
        const struct config_party *party =
            config_party_find(query->worker->gateway->registry, part->agency);
        ASSERT(party != NULL); /* source_is_available knows it */
        memcpy(boxes[i].bytes, party->public_key, sizeof boxes[i].bytes);
        queries[i].box = &boxes[i];
        queries[i].call = call_of(consent_grant_call(query->grant, part->source));
    }
    return LG_OK;
}

static bool list_has(const struct span *items, size_t count, struct span item) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal(items[i], item)) {
            return true;
        }
    }
    return false;
}

/* Whether the source is asked for this field: what the grant shares; for a decoy what it would
 * share with consent, so that the call looks like any other. */
static bool is_asked(const struct query *query, const struct query_part *part, size_t field) {
    const struct policy_term *term = policy_permit_term(query->permit, part->source, field);
    bool leaves = term->treatment == TREATMENT_PASS || term->treatment == TREATMENT_GENERALISE ||
                  term->treatment == TREATMENT_PSEUDONYMISE;
    if (term->refusal != POLICY_REASON_NONE || !leaves) {
        return false;
    }
    const struct policy_outcome *outcome = consent_grant_outcome(query->grant, part->source);
    return part->target.is_decoy || outcome->rulings[field].refusal == POLICY_REASON_NONE;
}

static void fetch_tell(struct query *query, const struct query_part *part,
                       struct fetch_request *fetch) {
    enum policy_tells tells = policy_permit_tells(query->permit, part->source);
    if (tells >= POLICY_TELLS_PURPOSE) {
        fetch->purpose = query->question->ground.purpose;
        fetch->requesting_agency = query->caller->agency;
    }
    if (tells >= POLICY_TELLS_PERSON) {
        fetch->acting_user = query->caller->user_id;
    }
}

static struct lg_err fetch_make(struct query *query, struct query_part *part) {
    size_t count = policy_permit_term_count(query->permit, part->source);
    struct span *items = arena_array(query->arena, count, sizeof *items);
    struct span *clauses = arena_array(query->arena, count, sizeof *clauses);
    TRY(arena_failed(query->arena));
    struct fetch_request *fetch = &part->fetch;
    *fetch = (struct fetch_request){
        .call_reference = part->reference,
        .reference = part->target.reference,
        .tier = query->question->tier,
    };
    size_t item_count = 0;
    size_t clause_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_asked(query, part, i)) {
            continue;
        }
        const struct policy_term *term = policy_permit_term(query->permit, part->source, i);
        items[item_count++] = term->field;
        fetch->agreement = term->agreement;
        fetch->agreement_version = term->agreement_version;
        if (!list_has(clauses, clause_count, term->clause)) {
            clauses[clause_count++] = term->clause;
        }
    }
    fetch->items = (struct span_list){.items = items, .count = item_count};
    fetch->clauses = (struct span_list){.items = clauses, .count = clause_count};
    fetch_tell(query, part, fetch);
    return LG_OK;
}

static struct lg_err targets_find(struct query *query) {
    size_t count = query->part_count;
    struct locate_target_query *queries = arena_array(query->arena, count, sizeof *queries);
    struct vault_box_public *boxes = arena_array(query->arena, count, sizeof *boxes);
    struct locate_target *targets = arena_array(query->arena, count, sizeof *targets);
    TRY(arena_failed(query->arena));
    TRY(queries_make(query, queries, boxes));
    const struct locate_look look = query_look(query);
    TRY(locate_targets(&look, &query->located, queries, count, targets));
    for (size_t i = 0; i < count; i++) {
        struct query_part *part = &query->parts[i];
        if (part->stage != PART_WAITING) {
            continue;
        }
        part->target = targets[i];
        if (!part->target.is_called) {
            part->state = SOURCE_NOTHING_TO_SHOW;
            part->stage = PART_READY;
        } else {
            TRY(fetch_make(query, part));
        }
    }
    return LG_OK;
}

enum step step_targets(struct query *query) {
    struct lg_err err = targets_find(query);
    return lg_failed(err) ? query_fail(query, err) : STEP_NEXT;
}
