/* SPDX-License-Identifier: Apache-2.0 */
/* Explain, of the service Audit: it is a read of the log, and entered there first like any other.
 * The decision is made again from its record against the texts that the record names, in force or
 * not: the book of agreements keeps every version. Opening
 * sealed parts tries the key of every person of the quarter, so it is done off the worker; and what
 * a requester is shown of hidden things does not depend on what was found. */
#include "gateway/wire/explain.h"

#include "gateway/service/service_int.h"
#include "policy/record/record.h"

/* Why there is no explanation: a verdict, not a status. */
enum explain_end {
    EXPLAIN_DONE,
    EXPLAIN_NOT_YOURS,
    EXPLAIN_NOT_FOUND,
    EXPLAIN_NO_DECISION,
    EXPLAIN_ERASED,
    EXPLAIN_NO_TEXT,
};

struct explaining {
    struct service_search search;
    uint64_t index;
    struct span request_id;
    struct loop_job job;
    struct lg_err err;
    struct span denied; /* reason of the entry, where all of the question was refused */
    enum explain_end end;
    enum policy_reader reader;
    struct wire_explain_reply reply;
    /* The decision again. */
    struct policy_record_ask ask;
    struct policy_record_part part;
    bool is_part;
    struct withholding withholding; /* of a part that its source withheld */
    struct policy_record_texts texts;
    struct agreement_text **held; /* of versions that are not in force any more */
    size_t held_count;
    struct policy_replay replay;
    const struct permit *permit;
};

static struct arena *arena_of(const struct explaining *e) {
    return e->search.call->arena;
}

static const struct query_gateway *gateway_of(const struct explaining *e) {
    return e->search.call->service->worker->gateway;
}

static struct span agency_of(const struct explaining *e) {
    return e->search.call->caller.agency;
}

/* ---- finding the entry ---- */

enum { SCAN_STEP = 64, SCAN_ARENA = SCAN_STEP * 2 * LIMIT_AUDIT_ENTRY };

static bool is_question(const struct audit_entry *entry) {
    return !entry->is_part && (entry->kind == AUDIT_ASK || entry->kind == AUDIT_DENIAL);
}

/* Entries from `from` down, at most SCAN_STEP of them, in memory of their own. */
static struct lg_err scan_step(struct explaining *e, uint64_t *from, bool *out_found) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(SCAN_ARENA, &arena));
    for (size_t i = 0; i<SCAN_STEP && * from> 0 && !*out_found; i++) {
        struct audit_entry entry;
        struct span leaf;
        (*from)--;
        TRY(audit_entry_get(gateway_of(e)->log, *from, arena, &leaf));
        TRY(audit_entry_decode(leaf, &entry));
        *out_found = is_question(&entry) && span_equal(entry.requesting_agency, agency_of(e)) &&
                     span_equal(span_of(entry.request_id.bytes, sizeof entry.request_id.bytes),
                                e->request_id);
    }
    return LG_OK;
}

static struct lg_err index_find(struct explaining *e) {
    uint64_t from = audit_size(gateway_of(e)->log);
    uint64_t least = from > LIMIT_SERVICE_EXPLAIN_SCAN ? from - LIMIT_SERVICE_EXPLAIN_SCAN : 0;
    bool found = false;
    while (!found && from > least) {
        TRY(scan_step(e, &from, &found));
    }
    e->index = from;
    e->end = found ? EXPLAIN_DONE : EXPLAIN_NOT_FOUND;
    return LG_OK;
}

/* ---- whose it is ---- */

/* An officer of the source reads that side; anybody of the agency that asked reads the other. */
static struct lg_err reader_find(struct explaining *e, const struct audit_entry *entry) {
    bool asked = span_equal(entry->requesting_agency, agency_of(e));
    bool is_officer = e->search.call->caller.kind == SYSTEM_OFFICER;
    if (entry->is_part) {
        TRY(audit_entry_is_asked_by(gateway_of(e)->log, entry, agency_of(e), &asked));
    }
    if (asked) {
        e->reader = POLICY_READER_REQUESTER;
    } else if (entry->is_part && is_officer && span_equal(entry->source_agency, agency_of(e))) {
        e->reader = POLICY_READER_SOURCE;
    } else {
        e->end = EXPLAIN_NOT_YOURS;
    }
    return LG_OK;
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
 * is none, or where floor or register are others now. */
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

static void texts_release(struct explaining *e) {
    while (e->held_count > 0) {
        agreement_text_free(&e->held[--e->held_count]);
    }
}

/* The texts that the record names. */
static struct lg_err texts_find(struct explaining *e) {
    const struct policy **policies =
        arena_array(arena_of(e), e->ask.agreement_count, sizeof(struct policy *));
    e->held = arena_array(arena_of(e), e->ask.agreement_count, sizeof(struct agreement_text *));
    TRY(arena_failed(arena_of(e)));
    for (size_t i = 0; i < e->ask.agreement_count; i++) {
        const struct policy_record_hash *wanted = &e->ask.agreements[i].hash;
        policies[i] = text_in_force(e, wanted);
        if (policies[i] == NULL) {
            TRY(text_of_old(e, wanted, &policies[i]));
        }
        if (policies[i] == NULL) {
            e->end = EXPLAIN_NO_TEXT;
        }
    }
    e->texts = (struct policy_record_texts){.policies = policies, .count = e->ask.agreement_count};
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

static struct lg_err explain(struct explaining *e) {
    struct audit_entry entry;
    struct span leaf;
    if (e->request_id.len > 0) {
        TRY(index_find(e));
    }
    if (e->end != EXPLAIN_DONE) {
        return LG_OK;
    }
    TRY(audit_entry_get(gateway_of(e)->log, e->index, arena_of(e), &leaf));
    TRY(audit_entry_decode(leaf, &entry));
    TRY(reader_find(e, &entry));
    e->denied = !entry.is_part && entry.kind == AUDIT_DENIAL ? entry.reason : span_of(NULL, 0);
    if (e->end == EXPLAIN_DONE && !entry.is_part && !is_question(&entry)) {
        e->end = EXPLAIN_NO_DECISION;
    }
    if (e->end == EXPLAIN_DONE) {
        TRY(records_read(e, leaf));
    }
    return e->end == EXPLAIN_DONE ? explanation_make(e) : LG_OK;
}

/* ---- the answer ---- */

static void verdict_set(struct explaining *e) {
    static const struct {
        const char *code;
        const char *sentence;
    } ends[] = {
        [EXPLAIN_NOT_YOURS] = {"NOT_YOUR_ENTRY",
                               "This entry is not about a question of your agency or to it."},
        [EXPLAIN_NOT_FOUND] =
            {"NOT_FOUND", "No question of your agency with this request id is among the newest "
                          "entries; give the index of its receipt."},
        [EXPLAIN_NO_DECISION] = {"NO_DECISION", "This entry holds no decision to explain."},
        [EXPLAIN_ERASED] = {"ERASED", "What this entry sealed was erased with the person's keys."},
        [EXPLAIN_NO_TEXT] = {"TEXT_NOT_HERE",
                             "The text that decided is not here as it was: its file is broken, or "
                             "floor or register are others now. Explain it with the texts of that "
                             "time."},
    };
    e->reply.verdict = e->search.verdict;
    e->reply.verdict.decision = DECISION_PERMIT;
    e->reply.index = e->index;
    e->reply.reader = span_text(e->reader == POLICY_READER_SOURCE ? "source" : "requester");
    if (e->end != EXPLAIN_DONE) {
        e->reply.verdict.decision = DECISION_REFUSE;
        e->reply.verdict.code = span_text(ends[e->end].code);
        e->reply.verdict.sentence = span_text(ends[e->end].sentence);
        e->reply.verdict.remedy = span_of(NULL, 0);
        e->reply.reader = span_of(NULL, 0);
    }
}

static void answer(struct explaining *e) {
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_search_logged(&e->search, &e->reply.logged);
    if (!lg_failed(err)) {
        err = wire_explain_reply_encode(arena_of(e), &e->reply, &bytes);
    }
    texts_release(e);
    service_search_answer(&e->search, err, bytes);
}

static void work(void *ctx) {
    struct explaining *e = ctx;
    e->err = explain(e);
}

static void on_worked(void *ctx) {
    struct explaining *e = ctx;
    if (!lg_failed(e->err)) {
        verdict_set(e);
        answer(e);
        return;
    }
    texts_release(e);
    audit_receipt_free(&e->search.receipt);
    if (lg_err_class(e->err) == LG_CLASS_INPUT) {
        service_refuse(e->search.call, GRPC_OUT_OF_RANGE,
                       "index: outside the log; ask Checkpoint for its size");
    } else {
        service_refuse_error(e->search.call, e->err);
    }
}

static void on_logged(struct service_search *search) {
    struct explaining *e = (struct explaining *)search;
    if (search->is_refused) {
        e->reply.verdict = search->verdict;
        answer(e);
        return;
    }
    e->job = (struct loop_job){
        .work = work, .on_done = on_worked, .ctx = e, .loop = search->call->service->worker->loop};
    loop_pool_send(gateway_of(e)->bulk, &e->job);
}

void service_audit_explain(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_explain_request request = {.index = 0};
    struct wire_report report;
    struct lg_err err = wire_explain_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_authenticate(call, &request.ground.actor)) {
        return;
    }
    if (request.request_id.len != 0 && request.request_id.len != MODEL_REQUEST_ID_SIZE) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, "request_id: 16 bytes, or none and an index");
        return;
    }
    struct explaining *e = arena_alloc(call->arena, sizeof *e);
    if (e == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    e->index = request.index;
    e->request_id = request.request_id;
    e->search = (struct service_search){
        .call = call, .question = {.ground = request.ground}, .on_located = on_logged};
    vault_random(e->search.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    service_search_begin(&e->search);
}
