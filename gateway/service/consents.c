/* SPDX-License-Identifier: Apache-2.0 */
/* Consents: each call is a search first (policy, SEARCH entry, look-up); a change is then an entry
 * of its own, applied to the store before it is acknowledged. */
#include "gateway/wire/consents.h"

#include "gateway/consent/leaflet.h"
#include "gateway/consent/shown.h"
#include "gateway/service/service_int.h"

struct consent_work {
    struct service_search search;
    struct service_commit commit;
    struct consent consent;       /* Record; Withdraw: kind, names and how */
    struct consent_id consent_id; /* Withdraw, Show, Receipt; zeros: none */
    struct consent_change change;
};

static const struct consent_id no_consent;

static struct consent_work *consent_work_of(struct service_search *search) {
    return (struct consent_work *)search; /* search is its first member */
}

static struct consent_work *consent_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct consent_work *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    begun->search.call = call;
    begun->search.wants_person = true;
    return begun;
}

/* After decoding: fills the search and starts it. */
static void consent_search(struct consent_work *begun, struct lg_err err,
                           const struct wire_report *report,
                           void (*on_located)(struct service_search *search)) {
    struct service_call *call = begun->search.call;
    if (!service_decoded(call, err, report) ||
        !service_authenticate(call, &begun->search.question.ground.actor)) {
        return;
    }
    if (begun->search.wants_person &&
        !service_person_is_usable(call, &begun->search.question.person,
                                  &begun->search.question.ground)) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, service_person_sentence);
        return;
    }
    begun->search.on_located = on_located;
    service_search_begin(&begun->search);
}

static struct verdict permitted(const struct service_search *search) {
    struct verdict verdict = search->verdict;
    if (!search->is_refused) {
        verdict.decision = DECISION_PERMIT;
    }
    return verdict;
}

static const char not_enough_sentence[] =
    "What was given does not say for certain who the person is; nothing was recorded or shown.";

/* A consent is never put on a person who is not certain, and never tells that only a hidden source
 * knows somebody. */
static bool person_is_sure(const struct service_search *search) {
    return !search->is_refused && search->located.is_known && search->located.is_enough;
}

static struct verdict not_enough(const struct service_search *search) {
    struct verdict verdict = permitted(search);
    verdict.decision = DECISION_REFUSE;
    verdict.code = span_text("NOT_ENOUGH_TO_DECIDE");
    verdict.sentence = span_text(not_enough_sentence);
    verdict.remedy = span_text("Find the person with more of what is known of them.");
    return verdict;
}

static struct verdict verdict_of(const struct service_search *search) {
    return search->is_refused || person_is_sure(search) ? permitted(search) : not_enough(search);
}

/* ---- Changes ---- */

static struct lg_err logged_of(struct consent_work *begun, struct wire_logged *out_logged) {
    const struct receipt *receipt = begun->commit.receipt;
    if (receipt == NULL) {
        return service_search_logged(&begun->search, out_logged);
    }
    out_logged->has_receipt = true;
    out_logged->checkpoint = audit_receipt_checkpoint(receipt);
    return audit_receipt_form(receipt, span_of(NULL, 0), begun->search.call->arena,
                              &out_logged->receipt);
}

static void change_answer(struct consent_work *begun, struct lg_err err, struct span bytes) {
    struct receipt *receipt = begun->commit.receipt;
    service_search_answer(&begun->search, err, bytes);
    audit_receipt_free(&receipt);
}

/* Commits the change: the sealed body is what the store will hold. */
static struct lg_err change_commit(struct consent_work *begun, const char *reason,
                                   void (*on_committed)(struct service_commit *commit)) {
    struct service_call *call = begun->search.call;
    const struct query_worker *worker = call->service->worker;
    const struct person_id *person = &begun->search.located.person;
    struct store_tag *scopes = NULL;
    size_t scope_count = 0;
    TRY(consent_scopes_person(worker->reader, person, call->arena, &scopes, &scope_count));
    struct audit_scope changed[AUDIT_CONDITION_MAX];
    for (size_t i = 0; i < scope_count && i < AUDIT_CONDITION_MAX; i++) {
        for (size_t j = 0; j < AUDIT_SCOPE_SIZE; j++) {
            changed[i].bytes[j] = scopes[i].bytes[j];
        }
    }
    const struct audit_entry_fields fields = {
        .kind = AUDIT_CONSENT,
        .request_id = begun->search.question.id,
        .requesting_agency = call->caller.agency,
        .agreement = begun->search.verdict.agreement,
        .agreement_version = begun->search.verdict.agreement_version,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(reason),
        .person = person,
        .sealed = begun->change.body,
    };
    begun->commit =
        (struct service_commit){.call = call, .on_committed = on_committed, .ctx = begun};
    return service_commit_begin(&begun->commit, &(struct audit_batch){
                                                    .entries = &fields,
                                                    .count = 1,
                                                    .changed = changed,
                                                    .changed_count = scope_count,
                                                });
}

static void change_refuse(struct consent_work *begun, struct lg_err err) {
    struct receipt *receipt = begun->search.receipt;
    struct service_call *call = begun->search.call;
    if (lg_err_class(err) == LG_CLASS_INPUT && lg_err_code(err) == CONSENT_UNKNOWN) {
        service_refuse(call, GRPC_NOT_FOUND, "consent_id: this person has no consent of that id");
    } else if (lg_err_class(err) == LG_CLASS_INPUT && lg_err_code(err) == CONSENT_NAME) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "purposes, categories and recipients must be names of an agreement in "
                       "force; nothing was changed");
    } else if (lg_err_class(err) == LG_CLASS_INPUT) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "consent: kind is needed; state must be GIVEN or REFUSED (an objection: "
                       "REFUSED, or WITHDRAWN to lift it); purposes, categories, recipients and "
                       "sources are at most 32 names of a-z, 0-9, dot and dash; from and until "
                       "are days YYYY-MM-DD in that order; references are at most 63 characters "
                       "without spaces; a representative needs representative_evidence");
    } else {
        service_refuse_error(call, err);
    }
    audit_receipt_free(&receipt);
}

static void record_answer(struct consent_work *begun, struct verdict verdict) {
    struct wire_record_consent_reply reply = {.verdict = verdict};
    if (begun->commit.receipt != NULL) {
        reply.consent_id = begun->change.id;
    }
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = logged_of(begun, &reply.logged);
    if (!lg_failed(err)) {
        err = wire_record_consent_reply_encode(begun->search.call->arena, &reply, &bytes);
    }
    change_answer(begun, err, bytes);
}

static bool was_committed(struct consent_work *begun) {
    if (begun->commit.receipt != NULL) {
        return true;
    }
    struct receipt *receipt = begun->search.receipt;
    service_refuse(begun->search.call, GRPC_UNAVAILABLE,
                   "The log takes no entries now; nothing was changed: try again");
    audit_receipt_free(&receipt);
    return false;
}

static void on_recorded(struct service_commit *commit) {
    struct consent_work *begun = commit->ctx;
    if (was_committed(begun)) {
        record_answer(begun, permitted(&begun->search));
    }
}

static struct lg_err names_check(const struct service_search *search,
                                 const struct consent *consent) {
    const struct agreement_forces forces = search->call->agreements.forces;
    return consent_names_check(forces.force, forces.count, consent);
}

static struct consent_recorder recorder_of(const struct service_search *search) {
    const struct caller *caller = &search->call->caller;
    return (struct consent_recorder){
        .party = caller->agency,
        .user_id = caller->user_id,
        .role = caller->role,
        .now_ms = clock_wall_ms(&search->call->service->worker->gateway->clock),
    };
}

static void on_record_located(struct service_search *search) {
    struct consent_work *begun = consent_work_of(search);
    if (!person_is_sure(search)) {
        record_answer(begun, verdict_of(search));
        return;
    }
    const struct query_worker *worker = search->call->service->worker;
    const struct consent_draft draft = {
        .person = &search->located.person,
        .consent = &begun->consent,
        .recorder = recorder_of(search),
    };
    struct lg_err err = names_check(search, &begun->consent);
    if (!lg_failed(err)) {
        err = consent_record_make(worker->reader, &draft, search->call->arena, &begun->change);
    }
    if (!lg_failed(err)) {
        err = change_commit(
            begun, begun->consent.state == CONSENT_GIVEN ? "CONSENT_GIVEN" : "CONSENT_REFUSED",
            on_recorded);
    }
    if (lg_failed(err)) {
        change_refuse(begun, err);
    }
}

void service_consent_record(void *ctx, struct grpc_call *grpc, struct span message) {
    struct consent_work *begun = consent_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    begun->search.counts = true;
    struct wire_record_consent_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_record_consent_request_decode(begun->search.call->arena, message, &report, &request);
    begun->search.question =
        (struct question){.id = request.id, .person = request.person, .ground = request.ground};
    begun->consent = request.consent;
    consent_search(begun, err, &report, on_record_located);
}

static void withdraw_answer(struct consent_work *begun, struct verdict verdict) {
    const struct service_search *search = &begun->search;
    struct wire_withdraw_consent_reply reply = {.verdict = verdict};
    if (begun->commit.receipt != NULL) {
        reply.consent_id = begun->change.id;
    }
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = logged_of(begun, &reply.logged);
    if (!lg_failed(err)) {
        err = wire_withdraw_consent_reply_encode(search->call->arena, &reply, &bytes);
    }
    change_answer(begun, err, bytes);
}

static void on_withdrawn(struct service_commit *commit) {
    struct consent_work *begun = commit->ctx;
    if (was_committed(begun)) {
        withdraw_answer(begun, permitted(&begun->search));
    }
}

static struct span id_of(const struct consent_work *begun) {
    struct span id = span_of(begun->consent_id.bytes, MODEL_CONSENT_ID_SIZE);
    bool is_none = span_equal(id, span_of(no_consent.bytes, MODEL_CONSENT_ID_SIZE));
    return is_none ? span_of(NULL, 0) : id;
}

static void on_withdraw_located(struct service_search *search) {
    struct consent_work *begun = consent_work_of(search);
    if (!person_is_sure(search)) {
        withdraw_answer(begun, verdict_of(search));
        return;
    }
    const struct query_worker *worker = search->call->service->worker;
    const struct consent_withdrawal withdrawal = {
        .person = &search->located.person,
        .id = id_of(begun),
        .kind = begun->consent.kind,
        .purposes = begun->consent.purposes,
        .categories = begun->consent.categories,
        .recipients = begun->consent.recipients,
        .how = begun->consent.how,
        .recorder = recorder_of(search),
    };
    struct lg_err err = names_check(search, &begun->consent);
    if (!lg_failed(err)) {
        err =
            consent_withdraw_make(worker->reader, &withdrawal, search->call->arena, &begun->change);
    }
    if (!lg_failed(err)) {
        err = change_commit(begun, "CONSENT_WITHDRAWN", on_withdrawn);
    }
    if (lg_failed(err)) {
        change_refuse(begun, err);
    }
}

void service_consent_withdraw(void *ctx, struct grpc_call *grpc, struct span message) {
    struct consent_work *begun = consent_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_withdraw_consent_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_withdraw_consent_request_decode(begun->search.call->arena, message, &report, &request);
    begun->search.question =
        (struct question){.id = request.id, .person = request.person, .ground = request.ground};
    begun->consent_id = request.consent_id;
    begun->consent = (struct consent){
        .kind = request.kind,
        .purposes = request.purposes,
        .categories = request.categories,
        .recipients = request.recipients,
        .how = request.how,
    };
    consent_search(begun, err, &report, on_withdraw_located);
}

/* ---- Reads ---- */

static struct consent_look look_of(const struct service_search *search) {
    const struct query_worker *worker = search->call->service->worker;
    return (struct consent_look){
        .reader = worker->reader,
        .person = person_is_sure(search) ? &search->located.person : NULL,
        .force = search->call->agreements.forces.force,
        .force_count = search->call->agreements.forces.count,
    };
}

static struct consent_viewer viewer_of(const struct service_search *search) {
    const struct agreement_forces forces = search->call->agreements.forces;
    return (struct consent_viewer){
        .permit = search->permit,
        .caller = &search->call->caller,
        .force = forces.force,
        .force_count = forces.count,
    };
}

/* One of them, as far as this caller may see it. */
static struct lg_err shown_find(const struct service_search *search, struct span id,
                                struct wire_show_consent_reply *reply) {
    const struct consent_look look = look_of(search);
    const struct consent_viewer viewer = viewer_of(search);
    const struct consent *consent = NULL;
    TRY(consent_find(&look, id, search->call->arena, &consent));
    if (consent != NULL) {
        reply->consent = *consent;
        reply->has_consent = consent_shown_filter(&viewer, &reply->consent, 1) > 0;
    }
    return LG_OK;
}

static void on_show_located(struct service_search *search) {
    struct consent_work *begun = consent_work_of(search);
    struct arena *arena = search->call->arena;
    struct wire_show_consent_reply reply = {.verdict = verdict_of(search)};
    struct lg_err err = service_search_logged(search, &reply.logged);
    if (!lg_failed(err)) {
        err = shown_find(search, span_of(begun->consent_id.bytes, MODEL_CONSENT_ID_SIZE), &reply);
    }
    struct span bytes = span_of(NULL, 0);
    if (!lg_failed(err)) {
        err = wire_show_consent_reply_encode(arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

void service_consent_show(void *ctx, struct grpc_call *grpc, struct span message) {
    struct consent_work *begun = consent_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    begun->search.counts = true;
    struct wire_show_consent_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_show_consent_request_decode(begun->search.call->arena, message, &report, &request);
    begun->search.question =
        (struct question){.id = request.id, .person = request.person, .ground = request.ground};
    begun->consent_id = request.consent_id;
    consent_search(begun, err, &report, on_show_located);
}

static void on_list_located(struct service_search *search) {
    struct arena *arena = search->call->arena;
    struct wire_list_consents_reply reply = {.verdict = verdict_of(search)};
    struct consent *consents = NULL;
    struct lg_err err = service_search_logged(search, &reply.logged);
    const struct consent_look look = look_of(search);
    if (!lg_failed(err)) {
        err = consent_list(&look, arena, &consents, &reply.consent_count);
    }
    const struct consent_viewer viewer = viewer_of(search);
    reply.consent_count = consent_shown_filter(&viewer, consents, reply.consent_count);
    reply.consents = consents;
    struct span bytes = span_of(NULL, 0);
    if (!lg_failed(err)) {
        err = wire_list_consents_reply_encode(arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

void service_consent_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct consent_work *begun = consent_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    begun->search.counts = true;
    struct wire_list_consents_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_list_consents_request_decode(begun->search.call->arena, message, &report, &request);
    begun->search.question =
        (struct question){.id = request.id, .person = request.person, .ground = request.ground};
    consent_search(begun, err, &report, on_list_located);
}

static struct lg_err page_write(const struct service_search *search, const struct consent *consent,
                                struct span *out_page) {
    const struct agreement_forces forces = search->call->agreements.forces;
    char day[11];
    policy_day_text((int32_t)(consent->recorded_ms / 86400000), day);
    const struct consent_leaflet leaflet = {
        .consent = consent,
        .force = forces.force,
        .force_count = forces.count,
        .recorded_on = span_text(day),
    };
    return consent_leaflet_write(&leaflet, search->call->arena, out_page);
}

/* The entry of a consent that the caller's own party recorded. */
static struct lg_err receipt_find(struct service_search *search,
                                  struct wire_consent_receipt_reply *reply) {
    const struct query_worker *worker = search->call->service->worker;
    struct arena *arena = search->call->arena;
    struct store_consent stored;
    struct person_id person;
    struct consent consent = {0};
    bool found = false;
    TRY(store_consent_find(worker->reader, &consent_work_of(search)->consent_id, arena, &found,
                           &stored));
    if (found) {
        TRY(consent_entry_decode(stored.body, arena, &person, &consent));
        found = span_equal(consent.recorded_by, search->call->caller.agency);
    }
    if (!found) {
        return lg_err_make(LG_CLASS_INPUT, LG_CONSENT, CONSENT_UNKNOWN);
    }
    consent.log_index = stored.log_index;
    TRY(page_write(search, &consent, &reply->page));
    reply->logged.has_receipt = true;
    return audit_entry_receipt(worker->gateway->log, stored.log_index, arena,
                               &reply->logged.receipt, &reply->logged.checkpoint);
}

static void on_receipt_logged(struct service_search *search) {
    struct wire_consent_receipt_reply reply = {.verdict = permitted(search)};
    struct lg_err err = search->is_refused ? service_search_logged(search, &reply.logged)
                                           : receipt_find(search, &reply);
    if (lg_failed(err)) {
        change_refuse(consent_work_of(search), err);
        return;
    }
    struct span bytes = span_of(NULL, 0);
    err = wire_consent_receipt_reply_encode(search->call->arena, &reply, &bytes);
    service_search_answer(search, err, bytes);
}

void service_consent_receipt(void *ctx, struct grpc_call *grpc, struct span message) {
    struct consent_work *begun = consent_begin(ctx, grpc);
    if (begun == NULL) {
        return;
    }
    struct wire_consent_receipt_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_consent_receipt_request_decode(begun->search.call->arena, message, &report, &request);
    begun->search.question = (struct question){.id = request.id, .ground = request.ground};
    begun->search.wants_person = false;
    begun->consent_id = request.consent_id;
    consent_search(begun, err, &report, on_receipt_logged);
}
