/* SPDX-License-Identifier: Apache-2.0 */
/* Step relied: what leaves on the strength of a consent, or could have been objected to, is noted
 * before it leaves, so that everybody who received it can be told when the consent ends or the
 * person objects (UK GDPR, Articles 19 and 21). Linked people are noted like the person. Comes
 * after the receipts, as only what was released was relied on, and before the reply, so that no
 * crash leaves a recipient whom nobody would tell. Only the first use by a recipient, for a
 * purpose, of a source's category is an entry: the same question again writes nothing. */
#include <assert.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"

/* Items of one entry, so that it fits with the longest names; and how often a question may come
 * back with more than one commit holds. */
enum { ENTRY_ITEMS = 4, WIDER_MAX = 24, ROUNDS_MAX = 32 };

/* Of one ruling: the person's consent, the explicit permission that sets the duty of confidence or
 * an opt-out aside, and that they do not object. */
enum { RELIANCES_MAX = 3 };

static_assert(1 + 2 * 16 + 1 + 8 + 3 * 65 + 4 + 2 + WIDER_MAX * 65 + 2 + ENTRY_ITEMS * 138 <=
                  LIMIT_STORE_RELIANCE_BODY,
              "an entry with the longest names fits");

/* A use, and whose it is. */
struct use {
    struct consent_reliance it;
    struct person_id person;
    bool is_by_asker;
};

/* Of whom a source released something, and in which entry. */
struct about {
    struct person_id person;
    struct span source;
    uint64_t released_index;
};

/* Uses of this gate, one for each person, consent and agreement. */
struct uses {
    struct query *query;
    struct use *items;
    size_t count;
};

static bool ruling_shares(const struct policy_ruling *ruling) {
    return ruling->refusal == POLICY_REASON_NONE && ruling->treatment != TREATMENT_REDACT;
}

static bool ruling_relies(const struct policy_ruling *ruling) {
    return ruling->term->consent != POLICY_CONSENT_NOT_NEEDED && ruling->consent != NULL &&
           ruling->consent->state == CONSENT_GIVEN;
}

/* That nobody objected rests on the newest fact that says so: an objection that was lifted, or what
 * was given where nobody needs to ask, and its refusal would be one; so that the next objection
 * ends what was shared since. Where there is none it goes by the person. */
static struct consent_id unobjected_id(const struct person_id *person,
                                       const struct policy_ruling *ruling) {
    struct consent_id id;
    const struct consent *given = ruling->consent;
    const struct consent *newest = ruling->lifted;
    bool counts = ruling->objection_kinds != 0 && given != NULL && given->state == CONSENT_GIVEN;
    if (counts && (newest == NULL || given->log_index > newest->log_index)) {
        newest = given;
    }
    static_assert(sizeof id.bytes == sizeof person->bytes, "one stands in for the other");
    memcpy(id.bytes, newest != NULL ? newest->id.bytes : person->bytes, sizeof id.bytes);
    return id;
}

static struct query_reliance reliance_of(const struct query *query,
                                         const struct policy_ruling *ruling,
                                         const struct consent *fact) {
    return (struct query_reliance){
        .term = ruling->term,
        .consent = fact->id,
        .kind = fact->kind,
        .is_by_asker = query_is_by_asker(query, fact),
    };
}

/* What a ruling by which something left rests on; nothing where it would have left anyway. */
static size_t reliances_of(const struct query *query, const struct person_id *person,
                           const struct policy_ruling *ruling,
                           struct query_reliance out[static RELIANCES_MAX]) {
    size_t count = 0;
    bool by_consent = ruling_relies(ruling);
    if (by_consent) {
        out[count++] = reliance_of(query, ruling, ruling->consent);
    }
    bool is_same = by_consent && ruling->permission == ruling->consent;
    if (ruling->permission != NULL && !is_same) {
        out[count++] = reliance_of(query, ruling, ruling->permission);
    }
    if (ruling->is_objectable) {
        out[count++] = (struct query_reliance){
            .term = ruling->term,
            .consent = unobjected_id(person, ruling),
            .kind = CONSENT_KIND_OBJECTION,
            .refusals = (uint8_t)ruling->objection_kinds,
        };
    }
    return count;
}

/* That somebody is linked is told where anything of them may be: it rests on their word where
 * nothing may without. */
struct lg_err query_link_relies(const struct query *query, const struct policy_outcome *outcome,
                                struct arena *memory, struct query_link *link) {
    link->relied = arena_array(memory, outcome->ruling_count * RELIANCES_MAX, sizeof *link->relied);
    TRY(arena_failed(memory));
    link->relied_count = 0;
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        if (!ruling_shares(ruling)) {
            continue;
        }
        size_t count =
            reliances_of(query, &link->located.person, ruling, &link->relied[link->relied_count]);
        if (count == 0) {
            link->relied_count = 0;
            return LG_OK;
        }
        link->relied_count += count;
    }
    return LG_OK;
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
    const struct policy_force *force =
        agreement_forces_find(query->agreements.forces, term->agreement);
    struct span *names = arena_array(query->arena, WIDER_MAX, sizeof *names);
    TRY(arena_failed(query->arena));
    size_t count = 0;
    size_t purposes = force != NULL ? policy_purpose_count(force->policy) : 0;
    for (size_t i = 0; i < purposes && count < WIDER_MAX; i++) {
        struct span purpose = policy_purpose_at(force->policy, i);
        if (policy_purpose_covers(force->policy, purpose, query->question->ground.purpose)) {
            names[count++] = purpose;
        }
    }
    *out_wider = (struct span_list){.items = names, .count = count};
    return LG_OK;
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len) {
    return span_equal(span_of(a, len), span_of(b, len));
}

static struct lg_err use_of(struct uses *uses, const struct about *about,
                            const struct query_reliance *relied,
                            struct consent_reliance **out_use) {
    const struct query *query = uses->query;
    for (size_t i = 0; i < uses->count; i++) {
        struct consent_reliance *it = &uses->items[i].it;
        if (it->kind == relied->kind && it->refusals == relied->refusals &&
            same_bytes(it->consent.bytes, relied->consent.bytes, MODEL_CONSENT_ID_SIZE) &&
            same_bytes(uses->items[i].person.bytes, about->person.bytes, MODEL_PERSON_ID_SIZE) &&
            span_equal(it->agreement, relied->term->agreement)) {
            *out_use = it;
            return LG_OK;
        }
    }
    uses->items = arena_more(query->arena, uses->items, uses->count, sizeof *uses->items);
    TRY(arena_failed(query->arena));
    struct use *use = &uses->items[uses->count++];
    *use = (struct use){
        .it = {.consent = relied->consent,
               .kind = relied->kind,
               .refusals = relied->refusals,
               .released_ms = clock_wall_ms(&query->worker->gateway->clock),
               .recipient = query->caller->agency,
               .agreement = relied->term->agreement,
               .agreement_version = relied->term->agreement_version,
               .purpose = query->question->ground.purpose},
        .person = about->person,
        .is_by_asker = relied->is_by_asker,
    };
    *out_use = &use->it;
    return wider_list(query, relied->term, &use->it.wider);
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

static struct lg_err item_add(struct uses *uses, const struct about *about,
                              const struct query_reliance *relied) {
    const struct consent_use_item item = {
        .source = about->source,
        .category = relied->term->category,
        .released_index = about->released_index,
    };
    struct consent_reliance *use = NULL;
    TRY(use_of(uses, about, relied, &use));
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

/* What of the person asked about left. */
static struct lg_err part_uses(struct uses *uses, const struct query_part *part) {
    const struct policy_outcome *outcome = consent_grant_outcome(uses->query->grant, part->source);
    const struct about about = {uses->query->located.person, part->agency,
                                audit_receipt_index(part->receipt)};
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        struct query_reliance relied[RELIANCES_MAX];
        bool leaves = ruling_shares(ruling) && extract_has(&part->extract, ruling->term->field);
        size_t count = leaves ? reliances_of(uses->query, &about.person, ruling, relied) : 0;
        for (size_t j = 0; j < count; j++) {
            TRY(item_add(uses, &about, &relied[j]));
        }
    }
    return LG_OK;
}

/* Who was named in it: they stand in the line whose receipt the caller has. */
static struct lg_err link_uses(struct uses *uses, const struct query_part *part,
                               const struct query_link *link) {
    const struct about about = {link->located.person, part->agency,
                                audit_receipt_index(part->receipt)};
    for (size_t i = 0; link->is_released && i < link->relied_count; i++) {
        TRY(item_add(uses, &about, &link->relied[i]));
    }
    return LG_OK;
}

static struct lg_err uses_list(struct uses *uses) {
    const struct query *query = uses->query;
    for (size_t i = 0; i < query->part_count; i++) {
        const struct query_part *part = &query->parts[i];
        if (part->stage != PART_IN_GATE || part->state != SOURCE_ANSWERED) {
            continue;
        }
        TRY(part_uses(uses, part));
        for (size_t j = 0; j < part->link_count; j++) {
            TRY(link_uses(uses, part, &part->links[j]));
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

static struct lg_err entry_add(const struct query *query, const struct use *of,
                               struct entries *entries) {
    const struct consent_reliance *use = &of->it;
    struct audit_entry_fields *fields = &entries->items[entries->count++];
    *fields = (struct audit_entry_fields){
        .kind = AUDIT_CONSENT,
        .request_id = query->question->id,
        .requesting_agency = query->caller->agency,
        .agreement = use->agreement,
        .agreement_version = use->agreement_version,
        .purpose = use->purpose,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(use->kind == CONSENT_KIND_OBJECTION ? "OBJECTION_POSSIBLE"
                                                                : "CONSENT_RELIED_ON"),
        .person = &of->person,
    };
    return consent_use_encode(&of->person, use, query->arena, &fields->sealed);
}

/* A case for each source of these items, where the asker recorded the consent itself. */
static struct lg_err cases_add(const struct query *query, const struct use *of,
                               struct entries *entries) {
    const struct consent_reliance *use = &of->it;
    for (size_t i = 0; i < use->item_count; i++) {
        bool is_repeat = false;
        for (size_t j = 0; j < i; j++) {
            is_repeat = is_repeat || span_equal(use->items[j].source, use->items[i].source);
        }
        if (!is_repeat) {
            struct audit_entry_fields *entry = &entries->items[entries->count++];
            TRY(query_by_asker_entry(query, use->items[i].source, use, entry));
            entry->person = &of->person;
        }
    }
    return LG_OK;
}

/* What of the use is new, a few items an entry with their cases, as many as one commit holds. */
static struct lg_err entries_add(const struct query *query, const struct use *of,
                                 struct entries **out_entries) {
    const struct consent_use_item *items = NULL;
    size_t count = 0;
    TRY(consent_use_new(query->worker->reader, &of->it, query->arena, &items, &count));
    if (count == 0) {
        return LG_OK; /* as nearly always: the room for a commit is not even cleared */
    }
    if (*out_entries == NULL) {
        *out_entries = arena_alloc(query->arena, sizeof **out_entries);
    }
    struct use *some = arena_alloc(query->arena, sizeof *some);
    TRY(arena_failed(query->arena));
    *some = *of;
    struct entries *entries = *out_entries;
    for (size_t at = 0; at < count && entries->count + 1 + ENTRY_ITEMS <= AUDIT_BATCH_MAX;
         at += ENTRY_ITEMS) {
        some->it.items = &items[at];
        some->it.item_count = count - at < ENTRY_ITEMS ? count - at : ENTRY_ITEMS;
        TRY(entry_add(query, some, entries));
        if (of->is_by_asker) {
            TRY(cases_add(query, some, entries));
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
    struct entries *entries = NULL;
    TRY(uses_list(&uses));
    for (size_t i = 0; i < uses.count; i++) {
        TRY(entries_add(query, &uses.items[i], &entries));
    }
    if (entries == NULL || entries->count == 0) {
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
