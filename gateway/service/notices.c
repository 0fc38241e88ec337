/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a consent: notices to those who relied on one that ended, their acknowledgement, and
 * counts. Each call is a search first (policy, SEARCH entry), as every look at consents is. */
#include "gateway/wire/notices.h"

#include <string.h>

#include "gateway/consent/counts.h"
#include "gateway/consent/use.h"
#include "gateway/service/service_int.h"

struct notice_work {
    struct service_search search;
    struct service_commit commit;
    struct consent_notice_look look; /* Notices */
    struct store_tag notice_id;      /* Acknowledge */
    struct span month;               /* Counts */
};

static struct notice_work *work_of(struct service_search *search) {
    return (struct notice_work *)search; /* search is its first member */
}

static struct notice_work *work_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct notice_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    work->search.call = call;
    return work;
}

/* After decoding; for_officers: refuses everybody else. */
static void search_start(struct notice_work *work, struct lg_err err,
                         const struct wire_report *report, bool for_officers) {
    struct service_call *call = work->search.call;
    if (!service_decoded(call, err, report) ||
        !service_authenticate(call, &work->search.question.ground.actor)) {
        return;
    }
    if (for_officers && call->caller.kind != SYSTEM_OFFICER) {
        service_refuse(call, GRPC_PERMISSION_DENIED,
                       "This is for officers: use a certificate of kind officer");
        return;
    }
    service_search_begin(&work->search);
}

static struct verdict verdict_of(const struct service_search *search) {
    struct verdict verdict = search->verdict;
    if (!search->is_refused) {
        verdict.decision = DECISION_PERMIT;
    }
    return verdict;
}

/* ---- Notices -----------------------------------------------------------------------------------
 */

/* The day of an entry, UTC. */
static struct lg_err day_of(const struct service_search *search, uint64_t index,
                            struct span *out_day) {
    struct arena *arena = search->call->arena;
    struct span leaf;
    struct audit_entry entry;
    char day[11];
    TRY(audit_entry_get(search->call->service->worker->gateway->log, index, arena, &leaf));
    TRY(audit_entry_decode(leaf, &entry));
    policy_day_text((int32_t)(entry.time_ms / 86400000), day);
    *out_day = arena_copy(arena, span_text(day));
    return arena_failed(arena);
}

static struct lg_err pseudonym_of(const struct service_search *search,
                                  const struct consent_notice *notice, struct span *out_text) {
    const struct store_owner owner = {.person = notice->person,
                                      .agreement = notice->key.agreement,
                                      .recipient = notice->key.recipient};
    struct pseudonym pseudonym = {0};
    TRY(locate_pseudonym_find(search->call->service->worker->reader, &owner, search->call->arena,
                              &pseudonym));
    *out_text = pseudonym.text;
    return LG_OK;
}

static struct lg_err items_fill(const struct consent_notice *notice, struct arena *arena,
                                struct wire_notice *out, struct wire_notice_item **out_items) {
    struct wire_notice_item *items = arena_array(arena, notice->item_count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < notice->item_count; i++) {
        items[i] = (struct wire_notice_item){
            .source = notice->items[i].source,
            .category = notice->items[i].category,
            .purpose = notice->purposes[i],
            .log_index = notice->items[i].released_index,
        };
    }
    out->items = items;
    out->item_count = notice->item_count;
    *out_items = items;
    return LG_OK;
}

/* A source reads who received it, and for what, where its own entry of the release tells that, as
 * its clause had it then; and it knows the notice by an id of its own. */
static struct lg_err source_fill(const struct service_search *search,
                                 const struct consent_notice *notice,
                                 struct wire_notice_item *items, struct wire_notice *out) {
    const struct query_gateway *gateway = search->call->service->worker->gateway;
    struct store_tag side;
    out->recipient = span_of(NULL, 0);
    for (size_t i = 0; i < notice->item_count; i++) {
        struct span leaf;
        struct audit_entry entry;
        TRY(audit_entry_get(gateway->log, items[i].log_index, search->call->arena, &leaf));
        TRY(audit_entry_decode(leaf, &entry));
        items[i].purpose = entry.purpose;
        if (entry.requesting_agency.len > 0) {
            out->recipient = notice->key.recipient;
        }
    }
    TRY(store_notice_side_tag(gateway->store, &notice->id, search->call->caller.agency, &side));
    memcpy(out->notice_id, side.bytes, sizeof out->notice_id);
    return LG_OK;
}

/* The signed text is for the recipient, and so is its pseudonym of the person. */
static struct lg_err note_fill(const struct service_search *search,
                               const struct consent_notice *notice, struct wire_notice *out) {
    struct arena *arena = search->call->arena;
    struct consent_notice_text text = {.notice = notice};
    struct span plain;
    TRY(pseudonym_of(search, notice, &text.pseudonym));
    TRY(day_of(search, notice->key.ended_index, &text.ended_on));
    TRY(consent_notice_write(&text, arena, &plain));
    out->pseudonym = text.pseudonym;
    return audit_text_sign(search->call->service->worker->gateway->log, plain, arena, &out->note);
}

static struct lg_err notice_fill(const struct service_search *search,
                                 const struct consent_notice *notice, bool of_source,
                                 struct wire_notice *out) {
    *out = (struct wire_notice){
        .recipient = notice->key.recipient,
        .agreement = notice->key.agreement,
        .kind = notice->key.kind,
        .acknowledged = notice->is_acknowledged,
    };
    memcpy(out->notice_id, notice->id.bytes, sizeof out->notice_id);
    struct wire_notice_item *items = NULL;
    TRY(items_fill(notice, search->call->arena, out, &items));
    return of_source ? source_fill(search, notice, items, out) : note_fill(search, notice, out);
}

static struct lg_err notices_fill(struct service_search *search, struct wire_notices_reply *reply) {
    struct notice_work *work = work_of(search);
    struct arena *arena = search->call->arena;
    struct consent_notice *notices = NULL;
    size_t count = 0;
    work->look.reader = search->call->service->worker->reader;
    work->look.party = search->call->caller.agency;
    TRY(consent_notices_read(&work->look, arena, &notices, &count, &reply->next));
    struct wire_notice *out = arena_array(arena, count, sizeof *out);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        TRY(notice_fill(search, &notices[i], work->look.of_source, &out[i]));
    }
    reply->notices = out;
    reply->notice_count = count;
    return LG_OK;
}

static void on_notices_logged(struct service_search *search) {
    struct wire_notices_reply reply = {.verdict = verdict_of(search)};
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_search_logged(search, &reply.logged);
    if (!lg_failed(err) && !search->is_refused) {
        err = notices_fill(search, &reply);
    }
    if (!lg_failed(err)) {
        err = wire_notices_reply_encode(search->call->arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

void service_consent_notices(void *ctx, struct grpc_call *grpc, struct span message) {
    struct notice_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct wire_notices_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_notices_request_decode(work->search.call->arena, message, &report, &request);
    work->search.question = (struct question){.id = request.id, .ground = request.ground};
    work->search.on_located = on_notices_logged;
    work->look = (struct consent_notice_look){
        .of_source = request.of_source,
        .outstanding_only = request.outstanding_only,
        .page = request.page,
    };
    search_start(work, err, &report, request.of_source);
}

/* ---- Acknowledge -------------------------------------------------------------------------------
 */

static void acknowledge_answer(struct notice_work *work, struct receipt *receipt) {
    struct service_search *search = &work->search;
    struct arena *arena = search->call->arena;
    struct wire_acknowledge_notice_reply reply = {.verdict = verdict_of(search)};
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = LG_OK;
    if (receipt == NULL) {
        err = service_search_logged(search, &reply.logged);
    } else {
        reply.logged.has_receipt = true;
        reply.logged.checkpoint = audit_receipt_checkpoint(receipt);
        err = audit_receipt_form(receipt, span_of(NULL, 0), arena, &reply.logged.receipt);
    }
    if (!lg_failed(err)) {
        err = wire_acknowledge_notice_reply_encode(arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
    audit_receipt_free(&receipt);
}

static void on_acknowledged(struct service_commit *commit) {
    struct notice_work *work = commit->ctx;
    if (commit->receipt == NULL) {
        struct receipt *receipt = work->search.receipt;
        service_refuse(work->search.call, GRPC_UNAVAILABLE,
                       "The log takes no entries now; the notice is still outstanding: try again");
        audit_receipt_free(&receipt);
        return;
    }
    acknowledge_answer(work, commit->receipt);
}

static struct lg_err acknowledge_commit(struct notice_work *work,
                                        const struct consent_notice *notice) {
    const struct caller *caller = &work->search.call->caller;
    const struct consent_acknowledgement acknowledgement = {
        .notice = notice->key,
        .recorder =
            {
                .party = caller->agency,
                .user_id = caller->user_id,
                .role = caller->role,
                .now_ms = clock_wall_ms(&work->search.call->service->worker->gateway->clock),
            },
    };
    struct audit_entry_fields fields = {
        .kind = AUDIT_CONSENT,
        .request_id = work->search.question.id,
        .requesting_agency = caller->agency,
        .agreement = notice->key.agreement,
        .agreement_version = notice->agreement_version,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("NOTICE_ACKNOWLEDGED"),
        .person = &notice->person,
    };
    TRY(consent_acknowledgement_encode(&acknowledgement, work->search.call->arena, &fields.sealed));
    work->commit = (struct service_commit){
        .call = work->search.call, .on_committed = on_acknowledged, .ctx = work};
    return service_commit_begin(&work->commit,
                                &(struct audit_batch){.entries = &fields, .count = 1});
}

static void on_acknowledge_logged(struct service_search *search) {
    struct notice_work *work = work_of(search);
    const struct consent_notice *notice = NULL;
    if (search->is_refused) {
        acknowledge_answer(work, NULL);
        return;
    }
    struct lg_err err =
        consent_notice_find(search->call->service->worker->reader, search->call->caller.agency,
                            &work->notice_id, search->call->arena, &notice);
    if (!lg_failed(err) && notice != NULL) {
        err = acknowledge_commit(work, notice);
        if (!lg_failed(err)) {
            return;
        }
    }
    struct receipt *receipt = search->receipt;
    if (lg_failed(err)) {
        service_refuse_error(search->call, err);
    } else {
        service_refuse(search->call, GRPC_NOT_FOUND,
                       "notice_id: there is no such notice to your agency");
    }
    audit_receipt_free(&receipt);
}

void service_consent_acknowledge(void *ctx, struct grpc_call *grpc, struct span message) {
    struct notice_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct wire_acknowledge_notice_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_acknowledge_notice_request_decode(work->search.call->arena, message,
                                                               &report, &request);
    work->search.question = (struct question){.id = request.id, .ground = request.ground};
    work->search.on_located = on_acknowledge_logged;
    memcpy(work->notice_id.bytes, request.notice_id, sizeof work->notice_id.bytes);
    search_start(work, err, &report, false);
}

/* ---- Counts ------------------------------------------------------------------------------------
 */

static struct lg_err agencies_list(const struct config_partnership *registry, struct arena *arena,
                                   struct span_list *out_list) {
    struct span *items = arena_array(arena, registry->party_count, sizeof *items);
    TRY(arena_failed(arena));
    for (uint32_t i = 0; i < registry->party_count; i++) {
        items[i] = span_text(registry->parties[i].id);
    }
    *out_list = (struct span_list){.items = items, .count = registry->party_count};
    return LG_OK;
}

static struct lg_err counts_fill(struct service_search *search,
                                 struct wire_consent_counts_reply *reply) {
    const struct query_worker *worker = search->call->service->worker;
    struct arena *arena = search->call->arena;
    struct span_list agencies;
    struct consent_count *counts = NULL;
    TRY(agencies_list(worker->gateway->registry, arena, &agencies));
    TRY(consent_counts_read(worker->reader, work_of(search)->month, &agencies, arena, &counts));
    struct wire_consent_count *out = arena_array(arena, agencies.count, sizeof *out);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < agencies.count; i++) {
        out[i] = (struct wire_consent_count){
            .agency = counts[i].agency,
            .asked = counts[i].asked,
            .given = counts[i].given,
            .refused = counts[i].refused,
            .withdrawn = counts[i].withdrawn,
            .objected = counts[i].objected,
            .suppressed = counts[i].suppressed,
        };
    }
    reply->counts = out;
    reply->count_count = agencies.count;
    return LG_OK;
}

static bool month_is_over(struct service_search *search) {
    const struct query_gateway *gateway = search->call->service->worker->gateway;
    return consent_month_is_over(work_of(search)->month, clock_wall_ms(&gateway->clock));
}

static void counts_refuse(struct service_search *search, enum grpc_status status,
                          const char *message) {
    struct receipt *receipt = search->receipt;
    service_refuse(search->call, status, message);
    audit_receipt_free(&receipt);
}

static void on_counts_logged(struct service_search *search) {
    if (!search->is_refused && !month_is_over(search)) {
        counts_refuse(search, GRPC_FAILED_PRECONDITION,
                      "month: it is counted when it has ended; ask for an earlier one");
        return;
    }
    struct wire_consent_counts_reply reply = {.verdict = verdict_of(search)};
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = service_search_logged(search, &reply.logged);
    if (!lg_failed(err) && !search->is_refused) {
        err = counts_fill(search, &reply);
    }
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        counts_refuse(search, GRPC_INVALID_ARGUMENT, "month: YYYY-MM of the calendar");
        return;
    }
    if (!lg_failed(err)) {
        err = wire_consent_counts_reply_encode(search->call->arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

void service_consent_counts(void *ctx, struct grpc_call *grpc, struct span message) {
    struct notice_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct wire_consent_counts_request request = {0};
    struct wire_report report;
    struct lg_err err =
        wire_consent_counts_request_decode(work->search.call->arena, message, &report, &request);
    work->search.question = (struct question){.id = request.id, .ground = request.ground};
    work->search.on_located = on_counts_logged;
    work->month = request.month;
    search_start(work, err, &report, true);
}
