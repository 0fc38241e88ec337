/* SPDX-License-Identifier: Apache-2.0 */
/* A decision made again from its record: against the texts that the record names, in force or not,
 * as the book of agreements keeps every version. What a requester is shown of hidden things does
 * not depend on what was found. */
#include "gateway/service/explain_int.h"

static struct arena *arena_of(const struct explaining *e) {
    return e->search.call->arena;
}

static const struct query_gateway *gateway_of(const struct explaining *e) {
    return e->search.call->service->worker->gateway;
}

/* ---- the record ---- */

static struct lg_err record_open(struct explaining *e, struct span leaf,
                                 struct query_trail_record *out_record) {
    struct audit_opened opened;
    bool found = false;
    TRY(audit_entry_unseal(gateway_of(e)->log, leaf, arena_of(e), &opened, &found));
    if (!found) {
        e->end = EXPLAIN_ERASED;
        return LG_OK;
    }
    if (lg_failed(query_trail_read(opened.sealed, out_record)) || out_record->bytes.len == 0) {
        e->end = EXPLAIN_NO_DECISION;
    }
    return LG_OK;
}

/* The record of the question, and of the part where the entry is one. */
static struct lg_err records_read(struct explaining *e, struct span leaf) {
    struct query_trail_record record = {.is_part = false};
    struct query_trail_record ask = {.is_part = false};
    TRY(record_open(e, leaf, &record));
    if (e->end != EXPLAIN_DONE) {
        return LG_OK;
    }
    ask = record;
    if (record.is_part) {
        struct span ask_leaf;
        TRY(audit_entry_get(gateway_of(e)->log, record.ask_index, arena_of(e), &ask_leaf));
        TRY(record_open(e, ask_leaf, &ask));
    }
    if (e->end != EXPLAIN_DONE) {
        return LG_OK;
    }
    TRY(policy_record_ask_read(ask.bytes, arena_of(e), &e->ask));
    e->is_part = record.is_part;
    e->withholding = record.withholding;
    return record.is_part ? policy_record_part_read(record.bytes, e->ask.agreement_count,
                                                    arena_of(e), &e->part)
                          : LG_OK;
}

/* A text among those in force, or NULL. */
static const struct policy *text_in_force(const struct explaining *e,
                                          const struct policy_record_hash *wanted) {
    const struct agreement_forces forces = e->search.call->agreements.forces;
    for (size_t i = 0; i < forces.count; i++) {
        if (memcmp(forces.force[i].hash, wanted->bytes, sizeof wanted->bytes) == 0) {
            return forces.force[i].policy;
        }
    }
    return NULL;
}

/* A text of any version that this gateway ever had, held until the answer is made; NULL where there
 * is none. */
static struct lg_err text_of_old(struct explaining *e, const struct policy_record_hash *wanted,
                                 const struct policy **out_policy) {
    struct agreement_book *book = gateway_of(e)->book;
    struct span mark = span_of(wanted->bytes, sizeof wanted->bytes);
    struct agreement_text **held = &e->held[e->held_count];
    *out_policy = NULL;
    if (book == NULL) {
        return LG_OK;
    }
    struct lg_err err = agreement_book_text_marked(book, mark, held);
    if (lg_failed(err)) {
        return lg_err_class(err) == LG_CLASS_INPUT ? LG_OK : err;
    }
    e->held_count++;
    *out_policy = agreement_text_policy(*held);
    return LG_OK;
}

void explaining_done(struct explaining *e) {
    while (e->held_count > 0) {
        agreement_text_free(&e->held[--e->held_count]);
    }
}

/* The texts that the record names. */
static struct lg_err texts_find(struct explaining *e) {
    size_t count = policy_record_ask_text_count(&e->ask);
    const struct policy **policies = arena_array(arena_of(e), count, sizeof(struct policy *));
    e->held = arena_array(arena_of(e), count, sizeof(struct agreement_text *));
    TRY(arena_failed(arena_of(e)));
    for (size_t i = 0; i < count; i++) {
        const struct policy_record_hash *wanted = policy_record_ask_hash(&e->ask, i);
        policies[i] = text_in_force(e, wanted);
        if (policies[i] == NULL) {
            TRY(text_of_old(e, wanted, &policies[i]));
        }
        if (policies[i] == NULL) {
            e->end = EXPLAIN_NO_TEXT;
        }
    }
    e->texts = policy_record_texts_of(&e->ask, policies);
    return LG_OK;
}

/* ---- the explanation ---- */

static struct lg_err source_explain(struct explaining *e, size_t source,
                                    const struct policy_facts *facts,
                                    struct wire_explained_source *out_source) {
    const struct policy_explain_what what = {.source = source, .facts = facts, .reader = e->reader};
    struct policy_explained_source explained;
    TRY(policy_explain(e->permit, &what, arena_of(e), &explained));
    return service_explained_source(&explained, arena_of(e), out_source);
}

/* Of a question: every source, as the agreement sees it. */
static struct lg_err question_explain(struct explaining *e) {
    size_t count = policy_permit_source_count(e->permit);
    struct wire_explained_source *sources = arena_array(arena_of(e), count, sizeof *sources);
    TRY(arena_failed(arena_of(e)));
    for (size_t i = 0; i < count; i++) {
        TRY(source_explain(e, i, NULL, &sources[i]));
    }
    e->reply.sources = sources;
    e->reply.source_count = count;
    return LG_OK;
}

static size_t source_find(const struct explaining *e, struct span id) {
    size_t source = 0;
    while (source < policy_permit_source_count(e->permit) &&
           !span_equal(policy_permit_source(e->permit, source), id)) {
        source++;
    }
    return source;
}

static struct lg_err part_explain(struct explaining *e, size_t *out_source) {
    struct policy_replay_facts facts;
    struct span id;
    struct wire_explained_source *sources = arena_alloc(arena_of(e), sizeof *sources);
    TRY(arena_failed(arena_of(e)));
    TRY(policy_record_text(&e->texts, POLICY_RECORD_PARTY, e->part.source, arena_of(e), &id));
    *out_source = source_find(e, id);
    if (*out_source == policy_permit_source_count(e->permit)) {
        e->end = EXPLAIN_NO_DECISION;
        return LG_OK;
    }
    TRY(policy_record_facts(&e->replay, &e->part, e->permit, arena_of(e), &facts));
    TRY(source_explain(e, *out_source, &facts.facts, sources));
    e->reply.sources = sources;
    e->reply.source_count = 1;
    return LG_OK;
}

static struct span consent_word(const struct policy_record_part *part) {
    static const char *const words[] = {[CONSENT_GIVEN] = "given",
                                        [CONSENT_REFUSED] = "refused",
                                        [CONSENT_WITHDRAWN] = "withdrawn"};
    const struct policy_record_consent *newest = NULL;
    for (size_t i = 0; i < part->consent_count; i++) {
        if (newest == NULL || part->consents[i].revision > newest->revision) {
            newest = &part->consents[i];
        }
    }
    return newest == NULL ? span_of(NULL, 0) : span_text(words[newest->state]);
}

/* A source reads of who asked and why what its clause tells. */
static void facts_make(struct explaining *e, size_t source) {
    const struct policy_request *request = &e->replay.request;
    bool is_source = e->reader == POLICY_READER_SOURCE;
    bool told = !is_source || policy_permit_tells(e->permit, source) != POLICY_TELLS_PERMIT;
    struct wire_decision_facts *facts = &e->reply.facts;
    *facts = (struct wire_decision_facts){
        .at_s = request->at_s,
        .case_reference = request->has_case_reference,
        .second_person = request->has_second_person,
        .emergency = request->emergency.is_declared,
        .emergency_reason = request->emergency.reason,
        .rationale_chars = request->emergency.rationale_chars,
        .emergency_age_min = request->emergency.age_min,
    };
    if (told) {
        facts->recipient = request->recipient;
        facts->role = request->role;
        facts->purpose = request->purpose;
        facts->basis = request->basis;
        facts->no_consent_reason = request->no_consent_reason;
        facts->age_class = request->age_class;
        facts->emergency_count = request->emergency.count;
    }
    if (!is_source) {
        facts->reasons_given = e->ask.reasons_given;
        facts->statement = e->ask.has_statement;
    } else {
        facts->consent = consent_word(&e->part);
        facts->withholding = e->withholding.code;
        facts->withholding_office = e->withholding.office;
    }
    e->reply.has_facts = true;
}

static struct lg_err agreement_make(struct explaining *e) {
    struct policy_explained_agreement from;
    if (e->texts.count == 0) {
        return LG_OK;
    }
    TRY(policy_explain_agreement(e->texts.policies[0], arena_of(e), &from));
    e->reply.agreement = (struct wire_explained_agreement){
        .id = from.id,
        .title = from.title,
        .version = from.version,
        .lead = from.lead,
        .contact = from.contact,
        .review_day = from.review_day,
        .last_day = from.last_day,
        .signatories = from.signatories,
        .emergency_tell = from.emergency_tell,
    };
    e->reply.has_agreement = true;
    e->reply.policy_hash =
        span_of(e->ask.agreements[0].hash.bytes, sizeof e->ask.agreements[0].hash.bytes);
    return LG_OK;
}

static struct lg_err explanation_make(struct explaining *e) {
    size_t source = 0;
    if (!policy_record_is_complete(&e->ask, e->is_part ? &e->part : NULL)) {
        e->end = EXPLAIN_CUT;
        return LG_OK;
    }
    TRY(texts_find(e));
    if (e->end != EXPLAIN_DONE) {
        return LG_OK;
    }
    TRY(policy_record_request(&e->ask, &e->texts, arena_of(e), &e->replay));
    TRY(policy_decide(e->replay.force, e->replay.force_count, &e->replay.request, arena_of(e),
                      &e->permit));
    TRY(e->is_part ? part_explain(e, &source) : question_explain(e));
    if (policy_permit_is_open(e->permit)) {
        e->reply.refused_for = e->denied;
    }
    if (e->end == EXPLAIN_DONE) {
        facts_make(e, source);
        TRY(agreement_make(e));
    }
    return LG_OK;
}

struct lg_err explaining_make(struct explaining *e, struct span leaf) {
    TRY(records_read(e, leaf));
    return e->end == EXPLAIN_DONE ? explanation_make(e) : LG_OK;
}
