/* SPDX-License-Identifier: Apache-2.0 */
/* Step relied: what leaves on the strength of a consent is noted before it leaves, so that
 * everybody who received it can be told when the consent ends (UK GDPR, Article 19). Comes after
 * the receipts, as only what was released was relied on, and before the reply, so that no crash
 * leaves a recipient whom nobody would tell. Only the first use by a recipient, for a purpose, of a
 * source's category is an entry: the same question again writes nothing. */
#include <assert.h>

#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

/* Items of one entry, so that it fits with the longest names; and how often a question may come
 * back with more than one commit holds. */
enum { ENTRY_ITEMS = 4, WIDER_MAX = 24, ROUNDS_MAX = 32 };
static_assert(1 + 2 * 16 + 1 + 8 + 3 * 65 + 4 + 2 + WIDER_MAX * 65 + 2 + ENTRY_ITEMS * 138 <=
                  LIMIT_STORE_RELIANCE_BODY,
              "an entry with the longest names fits");

/* A use, and the fact that it is of. */
struct use {
    struct consent_reliance it;
    const struct consent *fact;
};

/* Uses of this gate, one for each consent and agreement. */
struct uses {
    struct query *query;
    struct use *items;
    size_t count;
};

static bool ruling_relies(const struct policy_ruling *ruling) {
    return ruling->refusal == POLICY_REASON_NONE && ruling->treatment != TREATMENT_REDACT &&
           ruling->term->consent != POLICY_CONSENT_NOT_NEEDED && ruling->consent != NULL &&
           ruling->consent->state == CONSENT_GIVEN;
}

static bool extract_has(const struct extract *extract, struct span field) {
    for (size_t i = 0; i < extract->record_count; i++) {
        const struct released_record *record = &extract->records[i];
        for (size_t j = 0; j < record->item_count; j++) {
            if (span_equal(record->items[j].item, field)) {
                return true;
            }
        }
    }
    return false;
}

/* Purposes that cover this one by the agreement that decided: a withdrawal may name any of them. */
static struct lg_err wider_list(const struct query *query, const struct policy_term *term,
                                struct span_list *out_wider) {
    const struct agreement_forces forces = query->agreements.forces;
    struct span *names = arena_array(query->arena, WIDER_MAX, sizeof *names);
    TRY(arena_failed(query->arena));
    size_t count = 0;
    for (size_t i = 0; i < forces.count; i++) {
        const struct policy *policy = forces.force[i].policy;
        bool is_it = span_equal(policy_id(policy), term->agreement) &&
                     policy_version(policy) == term->agreement_version;
        for (size_t j = 0; is_it && j < policy_purpose_count(policy) && count < WIDER_MAX; j++) {
            struct span purpose = policy_purpose_at(policy, j);
            if (policy_purpose_covers(policy, purpose, query->question->ground.purpose)) {
                names[count++] = purpose;
            }
        }
    }
    *out_wider = (struct span_list){.items = names, .count = count};
    return LG_OK;
}

static struct lg_err use_of(struct uses *uses, const struct policy_ruling *ruling,
                            struct consent_reliance **out_use) {
    const struct query *query = uses->query;
    for (size_t i = 0; i < uses->count; i++) {
        struct consent_reliance *it = &uses->items[i].it;
        bool same = span_equal(span_of(it->consent.bytes, MODEL_CONSENT_ID_SIZE),
                               span_of(ruling->consent->id.bytes, MODEL_CONSENT_ID_SIZE));
        if (same && span_equal(it->agreement, ruling->term->agreement)) {
            *out_use = it;
            return LG_OK;
        }
    }
    uses->items = arena_more(query->arena, uses->items, uses->count, sizeof *uses->items);
    TRY(arena_failed(query->arena));
    uses->items[uses->count].fact = ruling->consent;
    struct consent_reliance *use = &uses->items[uses->count++].it;
    *use = (struct consent_reliance){
        .consent = ruling->consent->id,
        .kind = ruling->consent->kind,
        .released_ms = clock_wall_ms(&query->worker->gateway->clock),
        .recipient = query->caller->agency,
        .agreement = ruling->term->agreement,
        .agreement_version = ruling->term->agreement_version,
        .purpose = query->question->ground.purpose,
    };
    *out_use = use;
    return wider_list(query, ruling->term, &use->wider);
}

static bool item_is_there(const struct consent_reliance *use, const struct consent_use_item *item) {
    for (size_t i = 0; i < use->item_count; i++) {
        if (span_equal(use->items[i].source, item->source) &&
            span_equal(use->items[i].category, item->category)) {
            return true;
        }
    }
    return false;
}

static struct lg_err item_add(struct uses *uses, const struct query_part *part,
                              const struct policy_ruling *ruling) {
    const struct consent_use_item item = {
        .source = part->agency,
        .category = ruling->term->category,
        .released_index = audit_receipt_index(part->receipt),
    };
    struct consent_reliance *use = NULL;
    TRY(use_of(uses, ruling, &use));
    if (item_is_there(use, &item)) {
        return LG_OK;
    }
    struct consent_use_item *items =
        arena_array(uses->query->arena, use->item_count + 1, sizeof *items);
    TRY(arena_failed(uses->query->arena));
    for (size_t i = 0; i < use->item_count; i++) {
        items[i] = use->items[i];
    }
    items[use->item_count++] = item;
    use->items = items;
    return LG_OK;
}

static struct lg_err part_uses(struct uses *uses, const struct query_part *part) {
    const struct policy_outcome *outcome = consent_grant_outcome(uses->query->grant, part->source);
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        if (ruling_relies(ruling) && extract_has(&part->extract, ruling->term->field)) {
            TRY(item_add(uses, part, ruling));
        }
    }
    return LG_OK;
}

static struct lg_err uses_list(struct uses *uses) {
    const struct query *query = uses->query;
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        if (part->stage == PART_IN_GATE && part->state == SOURCE_ANSWERED) {
            TRY(part_uses(uses, part));
        }
    }
    return LG_OK;
}

/* ---- Entries -----------------------------------------------------------------------------------
 */

struct entries {
    struct audit_entry_fields items[AUDIT_BATCH_MAX];
    size_t count;
};

static struct lg_err entry_add(const struct query *query, const struct consent_reliance *use,
                               struct entries *entries) {
    struct audit_entry_fields *fields = &entries->items[entries->count++];
    *fields = (struct audit_entry_fields){
        .kind = AUDIT_CONSENT,
        .request_id = query->question->id,
        .requesting_agency = query->caller->agency,
        .agreement = use->agreement,
        .agreement_version = use->agreement_version,
        .purpose = use->purpose,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("CONSENT_RELIED_ON"),
        .person = &query->located.person,
    };
    return consent_use_encode(&query->located.person, use, query->arena, &fields->sealed);
}

/* A case for each source of these items, where the asker recorded the consent itself. */
static struct lg_err cases_add(const struct query *query, const struct consent_reliance *use,
                               struct entries *entries) {
    for (size_t i = 0; i < use->item_count; i++) {
        bool is_repeat = false;
        for (size_t j = 0; j < i; j++) {
            is_repeat = is_repeat || span_equal(use->items[j].source, use->items[i].source);
        }
        if (!is_repeat) {
            TRY(query_by_asker_entry(query, use->items[i].source, use,
                                     &entries->items[entries->count++]));
        }
    }
    return LG_OK;
}

/* What of the use is new, a few items an entry with their cases, as many as one commit holds. */
static struct lg_err entries_add(const struct query *query, const struct use *of,
                                 struct entries *entries) {
    const struct consent_use_item *items = NULL;
    struct consent_reliance use = of->it;
    bool is_by_asker = query_is_by_asker(query, of->fact);
    size_t count = 0;
    TRY(consent_use_new(query->worker->reader, &use, query->arena, &items, &count));
    for (size_t at = 0; at < count && entries->count + 1 + ENTRY_ITEMS <= AUDIT_BATCH_MAX;
         at += ENTRY_ITEMS) {
        use.items = &items[at];
        use.item_count = count - at < ENTRY_ITEMS ? count - at : ENTRY_ITEMS;
        TRY(entry_add(query, &use, entries));
        if (is_by_asker) {
            TRY(cases_add(query, &use, entries));
        }
    }
    return LG_OK;
}

static void on_noted(void *ctx, const struct audit_outcome *outcome) {
    struct query *query = ctx;
    query->is_committing = false;
    query->commit_result = outcome->result;
    query->has_commit_result = true;
    query_resume(query);
}

static struct lg_err uses_commit(struct query *query) {
    struct uses uses = {.query = query};
    struct entries *entries = arena_alloc(query->arena, sizeof *entries);
    TRY(arena_failed(query->arena));
    TRY(uses_list(&uses));
    for (size_t i = 0; i < uses.count; i++) {
        TRY(entries_add(query, &uses.items[i], entries));
    }
    if (entries->count == 0) {
        return LG_OK;
    }
    const struct audit_batch batch = {.entries = entries->items, .count = entries->count};
    TRY(audit_commit(query->worker->gateway->log, &batch, query->worker->loop, on_noted, query));
    query->is_committing = true;
    return LG_OK;
}

enum step step_relied(struct query *query) {
    bool is_back = query->has_commit_result;
    query->has_commit_result = false;
    query->relied_rounds = is_back ? query->relied_rounds + 1 : 0;
    if (is_back && (query->commit_result != AUDIT_COMMITTED || query->relied_rounds > ROUNDS_MAX)) {
        return query_fail_status(query, GRPC_UNAVAILABLE,
                                 "The log takes no disclosures now: try again later");
    }
    struct lg_err err = uses_commit(query);
    if (lg_failed(err)) {
        return query_fail(query, err);
    }
    return query->is_committing ? STEP_WAIT : STEP_NEXT;
}
