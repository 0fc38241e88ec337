/* SPDX-License-Identifier: Apache-2.0 */
/* Erasure: officers propose, hold and decide. Each step is an ERASURE entry of the log, applied to
 * the store before it is answered (gateway/erasure/erasure.h, gateway/store/erasure.h). */
#include "gateway/wire/erasures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/consent/consent.h"
#include "gateway/erasure/suppression.h"
#include "gateway/service/service_int.h"

struct erasure_work {
    struct service_search search; /* first: of calls about a person */
    struct service_commit commit;
    enum wire_erasure_person_method person_method;
    enum wire_erasure_method method;
    struct span reason;
    struct span case_reference;
    bool is_lifted;
    /* Whose keys: one entry each. */
    struct store_key_id ids[AUDIT_BATCH_MAX];
    size_t id_count;
    uint64_t proposal; /* what is decided on; 0 where nothing is */
    struct span named; /* the tags of the keys, rising: of a person alone */
    struct audit_scope scopes[AUDIT_BATCH_MAX];
    struct person_id people[AUDIT_BATCH_MAX]; /* of those keys: none of a quarter */
};

static_assert(AUDIT_BATCH_MAX >= 2 + LIMIT_STORE_ALIASES,
              "a person, all aliases and what is kept of them fit one batch");

static const char owed_sentence[] = "An agency owes this person an answer to a subject access "
                                    "request (UK GDPR, Article 12(3)): what "
                                    "it is made of is not destroyed before (Data Protection Act "
                                    "2018, section 173). Decide when the "
                                    "request is closed";
static const char held_sentence[] =
    "An agency holds entries that this is about: erasure does not apply while they are needed for "
    "a "
    "legal claim, a legal duty or a task in the public interest (UK GDPR, Article 17(3)).";
static const char own_held_sentence[] =
    "Your agency holds entries that this is about: erasure does not apply while they are needed "
    "for a legal claim, a legal duty or a task in the public interest (UK GDPR, Article 17(3)).";
static const char erased_sentence[] =
    "The keys of this are destroyed already, or somebody decided on it; List says what stands";
static const char changed_sentence[] =
    "Since this was asked for, somebody else turned out to be this person, or this person somebody "
    "else: it would be done to more people than it was asked for. Nothing was destroyed. Refuse "
    "it, look who the person is now, and propose anew";
static const char late_sentence[] =
    "The keys of this person were destroyed before this came: there is nothing left to erase or "
    "to hold.";

static struct erasure_work *work_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct erasure_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    work->search.call = call;
    work->commit = (struct service_commit){.call = call, .ctx = work};
    return work;
}

static const struct query_worker *worker_of(const struct erasure_work *work) {
    return work->search.call->service->worker;
}

static struct arena *arena_of(const struct erasure_work *work) {
    return work->search.call->arena;
}

bool service_is_of_host(const struct service_call *call) {
    const struct config_party *host = config_host_find(call->service->worker->gateway->registry);
    return host != NULL && span_equal_text(call->caller.agency, host->id);
}

/* ---- Entries ---- */

static struct lg_err act_seal(const struct erasure_work *work, struct span *out_body) {
    const struct caller *caller = &work->search.call->caller;
    const struct erasure_act act = {
        .at_ms = clock_wall_ms(&worker_of(work)->gateway->clock),
        .agency = caller->agency,
        .system = caller->system,
        .user_id = caller->user_id,
        .role = caller->role,
        .case_reference = work->case_reference,
        .reason = work->reason,
        .named = work->named,
    };
    return erasure_act_encode(&act, arena_of(work), out_body);
}

/* What the person had refused, in front of the erasure and whether there is anything or not. */
static struct lg_err suppression_add(struct erasure_work *work,
                                     struct audit_entry_fields *out_entry) {
    struct store_reader *reader = worker_of(work)->reader;
    struct arena *arena = arena_of(work);
    struct store_suppression kept = {.log_index = 0};
    TRY(consent_refusals_keep(reader, &work->people[0],
                              clock_wall_ms(&worker_of(work)->gateway->clock), arena, &kept));
    TRY(store_suppress_tokens(reader, work->people, work->id_count, arena, &kept));
    *out_entry = (struct audit_entry_fields){
        .kind = AUDIT_SUPPRESSION,
        .requesting_agency = work->search.call->caller.agency,
        .decision = AUDIT_DECISION_PERMIT,
    };
    vault_random(out_entry->request_id.bytes, sizeof out_entry->request_id.bytes);
    return erasure_suppression_encode(&kept, arena, &out_entry->sealed);
}

/* One entry for each key. What rests on these persons is stale once they are destroyed. */
static struct lg_err step_commit(struct erasure_work *work, enum store_erasure_step step,
                                 void (*on_committed)(struct service_commit *commit)) {
    struct service_call *call = work->search.call;
    bool ends_person = step == STORE_ERASURE_DONE && work->ids[0].bytes[0] == STORE_KEY_PERSON;
    size_t first = ends_person ? 1 : 0;
    struct audit_entry_fields *entries =
        arena_array(arena_of(work), first + work->id_count, sizeof *entries);
    struct span body;
    TRY(arena_failed(arena_of(work)));
    TRY(act_seal(work, &body));
    TRY(ends_person ? suppression_add(work, &entries[0]) : LG_OK);
    for (size_t i = 0; i < work->id_count; i++) {
        entries[first + i] = (struct audit_entry_fields){
            .kind = AUDIT_ERASURE,
            .requesting_agency = call->caller.agency,
            .decision = AUDIT_DECISION_PERMIT,
            .reason = span_text(erasure_reason(step)),
            .items_form = AUDIT_ITEMS_DIGEST,
            .sealed = body,
        };
        struct audit_entry_fields *entry = &entries[first + i];
        vault_random(entry->request_id.bytes, sizeof entry->request_id.bytes);
        erasure_items_write(&work->ids[i], work->proposal, entry->items);
    }
    work->commit.receipt_at = first;
    work->commit.on_committed = on_committed;
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){
                                    .entries = entries,
                                    .count = first + work->id_count,
                                    .changed = work->scopes,
                                    .changed_count = ends_person ? work->id_count : 0,
                                });
}

static int tag_order(const void *a, const void *b) {
    return memcmp(a, b, STORE_KEY_TAG_SIZE);
}

static struct lg_err named_make(struct erasure_work *work) {
    uint8_t *tags = arena_array(arena_of(work), work->id_count, STORE_KEY_TAG_SIZE);
    TRY(arena_failed(arena_of(work)));
    for (size_t i = 0; i < work->id_count; i++) {
        memcpy(&tags[i * STORE_KEY_TAG_SIZE], &work->ids[i].bytes[1], STORE_KEY_TAG_SIZE);
    }
    qsort(tags, work->id_count, STORE_KEY_TAG_SIZE, tag_order);
    work->named = span_of(tags, work->id_count * STORE_KEY_TAG_SIZE);
    return LG_OK;
}

/* Keys and scopes of a person and all that were merged into them. */
static struct lg_err persons_fill(struct erasure_work *work, const struct person_id *ids,
                                  size_t count) {
    const struct store *store = worker_of(work)->gateway->store;
    ASSERT(count <= AUDIT_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        struct span id = span_of(ids[i].bytes, sizeof ids[i].bytes);
        struct store_tag scope;
        TRY(store_key_id_person(store, &ids[i], &work->ids[i]));
        TRY(store_tag_make(store, STORE_TAG_SCOPE_PERSON, &id, 1, &scope));
        memcpy(work->scopes[i].bytes, scope.bytes, sizeof scope.bytes);
        work->people[i] = ids[i];
    }
    work->id_count = count;
    return named_make(work);
}

/* ---- Propose and Hold ---- */

static void person_refuse(struct erasure_work *work, struct lg_err err) {
    audit_receipt_free(&work->search.receipt);
    service_refuse_error(work->search.call, err);
}

static void person_answer(struct erasure_work *work, const struct verdict *verdict) {
    struct wire_erasure_person_reply reply = {.verdict = *verdict};
    struct span bytes = span_of(NULL, 0);
    struct receipt *receipt = work->commit.receipt;
    struct lg_err err = LG_OK;
    if (receipt == NULL) {
        err = service_search_logged(&work->search, &reply.logged);
    } else {
        err = service_commit_logged(&work->commit, &reply.logged);
        bool is_proposed =
            work->person_method == WIRE_ERASURE_PROPOSE && verdict->decision == DECISION_PERMIT;
        reply.proposal = is_proposed ? audit_receipt_index(receipt) : 0;
    }
    if (!lg_failed(err)) {
        err = wire_erasure_person_reply_encode(work->person_method, arena_of(work), &reply, &bytes);
    }
    service_search_answer(&work->search, err, bytes);
    audit_receipt_free(&receipt);
}

static struct verdict verdict_make(const struct erasure_work *work, const char *code,
                                   const char *sentence, const char *remedy) {
    struct verdict verdict = work->search.verdict;
    verdict.decision = DECISION_REFUSE;
    verdict.code = span_text(code);
    verdict.sentence = span_text(sentence);
    verdict.remedy = span_text(remedy);
    return verdict;
}

/* False after it refused. */
static bool is_durable(struct erasure_work *work) {
    struct receipt *receipt = work->search.receipt;
    if (service_commit_is_durable(&work->commit)) {
        return true;
    }
    audit_receipt_free(&receipt);
    return false;
}

/* Somebody else's decision may have come first in the log. */
static struct lg_err any_is_done(const struct erasure_work *work, bool *out_done) {
    *out_done = false;
    for (size_t i = 0; i < work->id_count && !*out_done; i++) {
        TRY(store_erasure_is_done(worker_of(work)->reader, &work->ids[i], out_done));
    }
    return LG_OK;
}

static void on_person_logged(struct service_commit *commit) {
    struct erasure_work *work = commit->ctx;
    struct verdict verdict = work->search.verdict;
    bool is_late = false;
    verdict.decision = DECISION_PERMIT;
    if (!is_durable(work)) {
        return;
    }
    struct lg_err err = any_is_done(work, &is_late);
    if (lg_failed(err)) {
        audit_receipt_free(&work->commit.receipt);
        person_refuse(work, err);
        return;
    }
    if (is_late && !work->is_lifted) {
        verdict = verdict_make(work, "ERASED", late_sentence,
                               "Nothing is to be done: List says what stands.");
    }
    person_answer(work, &verdict);
}

/* A refusal enters the log as any other. */
static void on_held_logged(struct service_commit *commit) {
    struct erasure_work *work = commit->ctx;
    const struct verdict verdict =
        verdict_make(work, "LEGAL_HOLD", own_held_sentence,
                     "Let go of them when the need is over, and propose anew.");
    if (is_durable(work)) {
        person_answer(work, &verdict);
    }
}

static struct lg_err held_commit(struct erasure_work *work) {
    struct audit_entry_fields fields = {
        .kind = AUDIT_DENIAL,
        .requesting_agency = work->search.call->caller.agency,
        .decision = AUDIT_DECISION_REFUSE,
        .reason = span_text("LEGAL_HOLD"),
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(act_seal(work, &fields.sealed));
    work->commit.on_committed = on_held_logged;
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){.entries = &fields, .count = 1});
}

static struct lg_err person_step(struct erasure_work *work) {
    struct store_reader *reader = worker_of(work)->reader;
    struct person_id *ids = NULL;
    size_t count = 0;
    bool is_held = false;
    TRY(store_aliases_read(reader, &work->search.located.person, arena_of(work), &ids, &count));
    TRY(persons_fill(work, ids, count));
    if (work->person_method == WIRE_ERASURE_HOLD) {
        work->named = span_of(NULL, 0);
        return step_commit(work, work->is_lifted ? STORE_ERASURE_RELEASED : STORE_ERASURE_HELD,
                           on_person_logged);
    }
    /* That somebody else holds them is theirs and the host's to know: the host's decision meets it.
     */
    TRY(store_erasure_is_held_by(reader, work->ids, count, work->search.call->caller.agency,
                                 &is_held));
    if (is_held) {
        return held_commit(work);
    }
    work->id_count = 1; /* the person; the body names who is them by now */
    return step_commit(work, STORE_ERASURE_ASKED, on_person_logged);
}

static void on_located(struct service_search *search) {
    struct erasure_work *work = (struct erasure_work *)search;
    if (search->is_refused) {
        person_answer(work, &search->verdict);
        return;
    }
    if (!search->located.is_known || !search->located.is_enough) {
        const struct verdict verdict = verdict_make(
            work, "NOT_ENOUGH_TO_DECIDE",
            "What was given does not say for certain who the person is; nothing was changed.",
            "Find the person with more of what is known of them.");
        person_answer(work, &verdict);
        return;
    }
    struct lg_err err = person_step(work);
    if (lg_failed(err)) {
        person_refuse(work, err);
    }
}

static void person_run(void *ctx, struct grpc_call *grpc, struct span message,
                       enum wire_erasure_person_method method) {
    struct erasure_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->search.call;
    struct wire_erasure_person_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_erasure_person_request_decode(method, call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.ground.actor)) {
        return;
    }
    if (!service_person_is_usable(call, &request.person, &request.ground)) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, service_person_sentence);
        return;
    }
    work->person_method = method;
    work->reason = request.reason;
    work->case_reference = request.ground.case_reference;
    work->is_lifted = request.lifted;
    work->search.question =
        (struct question){.id = request.id, .person = request.person, .ground = request.ground};
    work->search.wants_person = true;
    work->search.counts = true;
    work->search.on_located = on_located;
    service_search_begin(&work->search);
}

void service_erasure_propose(void *ctx, struct grpc_call *grpc, struct span message) {
    person_run(ctx, grpc, message, WIRE_ERASURE_PROPOSE);
}

void service_erasure_hold(void *ctx, struct grpc_call *grpc, struct span message) {
    person_run(ctx, grpc, message, WIRE_ERASURE_HOLD);
}

/* ---- ProposeExpiry and Decide ---- */

static void plain_answer(struct erasure_work *work) {
    struct wire_erasure_reply reply = {0};
    struct span bytes = span_of(NULL, 0);
    if (work->method == WIRE_ERASURE_EXPIRY) {
        reply.proposal = audit_receipt_index(work->commit.receipt);
    }
    struct lg_err err = service_commit_logged(&work->commit, &reply.logged);
    if (!lg_failed(err)) {
        err = wire_erasure_reply_encode(work->method, arena_of(work), &reply, &bytes);
    }
    service_commit_answer(&work->commit, err, bytes);
}

/* sentence: why what was logged did not come to be; NULL where it did. */
static void plain_end(struct erasure_work *work, struct lg_err err, const char *sentence) {
    if (!lg_failed(err) && sentence == NULL) {
        plain_answer(work);
        return;
    }
    audit_receipt_free(&work->commit.receipt);
    if (lg_failed(err)) {
        service_refuse_error(work->commit.call, err);
    } else {
        service_refuse(work->commit.call, GRPC_FAILED_PRECONDITION, sentence);
    }
}

/* Asked for, or refused: too late where the keys are destroyed. */
static void on_plain_logged(struct service_commit *commit) {
    struct erasure_work *work = commit->ctx;
    bool is_late = false;
    if (service_commit_is_durable(commit)) {
        struct lg_err err = any_is_done(work, &is_late);
        plain_end(work, err, is_late ? erased_sentence : NULL);
    }
}

/* Why nothing was destroyed, by what stands now. */
static struct lg_err obstacle_find(struct erasure_work *work, const char **out_sentence) {
    struct store_reader *reader = worker_of(work)->reader;
    struct store_erasure proposal;
    bool stands = false;
    bool is_held = false;
    bool is_owed = false;
    TRY(store_erasure_find(reader, work->proposal, arena_of(work), &stands, &proposal));
    TRY(store_erasure_is_held(reader, work->ids, work->id_count, &is_held));
    TRY(store_erasure_is_owed(reader, &work->ids[0], &is_owed));
    *out_sentence = stands ? changed_sentence : erased_sentence;
    *out_sentence = stands && is_owed ? owed_sentence : *out_sentence;
    *out_sentence = stands && is_held ? held_sentence : *out_sentence;
    return LG_OK;
}

/* A hold, a refusal or a merge may have come first: then nothing was destroyed. */
static void on_decided(struct service_commit *commit) {
    struct erasure_work *work = commit->ctx;
    const char *sentence = NULL;
    bool is_done = false;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = store_erasure_is_done(worker_of(work)->reader, &work->ids[0], &is_done);
    if (!lg_failed(err) && !is_done) {
        err = obstacle_find(work, &sentence);
    }
    plain_end(work, err, sentence);
}

static struct erasure_work *plain_begin(void *ctx, struct grpc_call *grpc, struct span message,
                                        enum wire_erasure_method method,
                                        struct wire_erasure_request *request) {
    struct erasure_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return NULL;
    }
    struct service_call *call = work->search.call;
    struct wire_report report;
    struct lg_err err = wire_erasure_request_decode(method, call->arena, message, &report, request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request->actor)) {
        return NULL;
    }
    work->method = method;
    work->reason = request->reason;
    return work;
}

void service_erasure_expiry(void *ctx, struct grpc_call *grpc, struct span message) {
    struct wire_erasure_request request = {0};
    struct erasure_work *work = plain_begin(ctx, grpc, message, WIRE_ERASURE_EXPIRY, &request);
    uint32_t quarter = 0;
    if (work == NULL) {
        return;
    }
    uint32_t now = audit_quarter(clock_wall_ms(&worker_of(work)->gateway->clock));
    if (!erasure_quarter_read(request.quarter, &quarter)) {
        service_refuse(work->search.call, GRPC_INVALID_ARGUMENT,
                       "quarter: a year and a quarter, as 2019-Q1");
        return;
    }
    if (!erasure_quarter_is_due(quarter, now)) {
        service_refuse(work->search.call, GRPC_FAILED_PRECONDITION,
                       "quarter: entries are kept for six years after their quarter, in which a "
                       "claim about them may be brought (Limitation Act 1980)");
        return;
    }
    work->ids[0] = store_key_id_quarter(quarter);
    work->id_count = 1;
    struct lg_err err = step_commit(work, STORE_ERASURE_ASKED, on_plain_logged);
    if (lg_failed(err)) {
        service_refuse_error(work->search.call, err);
    }
}

static const char *fault_sentence(enum erasure_fault fault) {
    static const char *const sentences[] = {
        [ERASURE_FAULT_NONE] = NULL,
        [ERASURE_FAULT_FOREIGN] = "An officer of the host of the partnership decides: one agency "
                                  "alone does not take a record of what it did away",
        [ERASURE_FAULT_SELF] = "You asked for this: another officer of the host has to decide",
        [ERASURE_FAULT_CHANGED] = changed_sentence,
        [ERASURE_FAULT_HELD] = held_sentence,
        [ERASURE_FAULT_OWED] = owed_sentence,
    };
    return sentences[fault];
}

/* The keys of what was proposed. */
static struct lg_err keys_find(struct erasure_work *work, const struct store_erasure *proposal) {
    struct person_id *ids = NULL;
    size_t count = 0;
    work->ids[0] = proposal->key_id;
    work->id_count = 1;
    TRY(store_key_persons(worker_of(work)->reader, &proposal->key_id, arena_of(work), &ids,
                          &count));
    return count == 0 ? LG_OK : persons_fill(work, ids, count);
}

/* Whether the caller may decide so; false after a refusal. */
static bool may_decide(struct erasure_work *work, const struct store_erasure *proposal,
                       bool is_refusal) {
    struct service_call *call = work->search.call;
    struct erasure_act asked;
    struct erasure_decision decision = {
        .caller = &call->caller, .is_host = service_is_of_host(call), .is_refusal = is_refusal};
    struct lg_err err = keys_find(work, proposal);
    if (!lg_failed(err)) {
        err = store_erasure_is_held(worker_of(work)->reader, work->ids, work->id_count,
                                    &decision.is_held);
    }
    if (!lg_failed(err)) {
        err = store_erasure_is_owed(worker_of(work)->reader, &work->ids[0], &decision.is_owed);
    }
    if (!lg_failed(err) && proposal->body.len > 0) {
        err = erasure_act_decode(proposal->body, &asked);
        decision.asked = &asked;
        decision.is_changed = !lg_failed(err) && !span_equal(asked.named, work->named);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return false;
    }
    enum erasure_fault fault = erasure_decision_check(&decision);
    if (fault != ERASURE_FAULT_NONE) {
        service_refuse(call,
                       fault >= ERASURE_FAULT_CHANGED ? GRPC_FAILED_PRECONDITION
                                                      : GRPC_PERMISSION_DENIED,
                       fault_sentence(fault));
    }
    return fault == ERASURE_FAULT_NONE;
}

/* One entry: it is the proposal that ends, whosever keys it was about. */
static struct lg_err refusal_commit(struct erasure_work *work,
                                    const struct store_erasure *proposal) {
    work->ids[0] = proposal->key_id;
    work->id_count = 1;
    work->named = span_of(NULL, 0);
    return step_commit(work, STORE_ERASURE_REFUSED, on_plain_logged);
}

void service_erasure_decide(void *ctx, struct grpc_call *grpc, struct span message) {
    struct wire_erasure_request request = {0};
    struct erasure_work *work = plain_begin(ctx, grpc, message, WIRE_ERASURE_DECIDE, &request);
    struct store_erasure proposal;
    bool found = false;
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->search.call;
    struct lg_err err = store_erasure_find(worker_of(work)->reader, request.proposal,
                                           arena_of(work), &found, &proposal);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return;
    }
    if (!found || proposal.step != STORE_ERASURE_ASKED) {
        service_refuse(call, GRPC_NOT_FOUND, erased_sentence);
        return;
    }
    if (!may_decide(work, &proposal, request.refused)) {
        return;
    }
    work->proposal = request.proposal;
    err = request.refused ? refusal_commit(work, &proposal)
                          : step_commit(work, STORE_ERASURE_DONE, on_decided);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
