/* SPDX-License-Identifier: Apache-2.0 */
/* Every read about a person: policy, a durable SEARCH entry, and only then the look-up. */
#include "gateway/access/access.h"
#include "gateway/base/bytes.h"
#include "gateway/service/service_int.h"

static struct lg_err permit_make(struct service_search *search) {
    const struct query_gateway *gateway = search->call->service->worker->gateway;
    const struct agreement_forces forces = search->call->agreements.forces;
    struct arena *arena = search->call->arena;
    struct policy_request request = query_policy_request(&search->call->caller, &search->question,
                                                         clock_wall_ms(&gateway->clock));
    TRY(policy_decide(forces.force, forces.count, &request, arena, &search->permit));
    return policy_permit_verdict(search->permit, arena, &search->verdict);
}

/* A search needs an agreement in force in which caller, role, purpose and basis fit together
 * somewhere; what is found is then cut to what this caller may learn. */
static bool is_refused(const struct service_search *search) {
    return !policy_permit_is_open(search->permit);
}

/* The sealed part: version 1, then system, user, role, display name and case reference. */
static struct lg_err sealed_make(struct service_search *search, struct span *out_sealed) {
    const struct caller *caller = &search->call->caller;
    enum { SEALED_SIZE = 1024 };
    uint8_t *buf = arena_alloc(search->call->arena, SEALED_SIZE);
    TRY(arena_failed(search->call->arena));
    struct writer w = writer_of(buf, SEALED_SIZE);
    writer_u8(&w, 1);
    writer_part(&w, caller->system);
    writer_part(&w, caller->user_id);
    writer_part(&w, caller->role);
    writer_part(&w, caller->display_name);
    writer_part(&w, search->question.ground.case_reference);
    return writer_end(&w, out_sealed);
}

static void search_failed(struct service_search *search, struct lg_err err) {
    audit_receipt_free(&search->receipt);
    service_refuse_error(search->call, err);
}

static struct locate_look search_look(const struct service_search *search) {
    const struct query_worker *worker = search->call->service->worker;
    return (struct locate_look){.locate = worker->gateway->locate,
                                .reader = worker->reader,
                                .asker = &search->asker,
                                .arena = search->call->arena};
}

static void on_tokens(void *ctx, enum grpc_status status, const struct store_search *tokens) {
    struct service_search *search = ctx;
    search->plain = NULL;
    search->call->work = NULL;
    if (status != GRPC_OK) {
        audit_receipt_free(&search->receipt);
        struct query_end end = query_plain_end_of(status);
        service_refuse(search->call, end.status, end.message);
        return;
    }
    const struct locate_look look = search_look(search);
    struct lg_err err = locate_find(&look, tokens, &search->located);
    if (lg_failed(err)) {
        search_failed(search, err);
    } else {
        search->on_located(search);
    }
}

/* Identifiers in clear become tokens first; the search goes on when they are there. */
static struct lg_err plain_begin(struct service_search *search) {
    const struct query_plain_ask ask = {
        .worker = search->call->service->worker,
        .arena = search->call->arena,
        .agency = search->call->caller.agency,
        .identity = &search->question.person.identity,
        .deadline_ms = grpc_call_deadline_ms(search->call->call),
        .on_tokens = on_tokens,
        .ctx = search,
    };
    TRY(query_plain_begin(&ask, &search->plain));
    search->call->work = search; /* so that a caller who goes away ends it */
    return LG_OK;
}

/* What waits for the key service has nothing to write any more: it ends at once. Everything else
 * ends by itself. */
void service_on_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    (void)ctx;
    (void)why;
    struct service_call *begun = grpc_call_ctx(call);
    if (begun == NULL) {
        return;
    }
    begun->is_cancelled = true;
    if (begun->work != NULL) {
        struct service_search *search = begun->work;
        query_plain_cancel(&search->plain);
        audit_receipt_free(&search->receipt);
        service_call_end(&begun);
    }
}

static struct lg_err person_locate(struct service_search *search) {
    const struct query_worker *worker = search->call->service->worker;
    const struct query_asking asking = {
        .worker = worker,
        .caller = &search->call->caller,
        .question = &search->question,
        .permit = search->permit,
        .agreements = search->call->agreements.set,
    };
    TRY(query_asker_make(&asking, search->call->arena, &search->asker));
    if (search->question.person.kind == PERSON_PSEUDONYM && search->asker.agreement.len == 0) {
        search->asker.agreement = search->verdict.agreement;
    }
    if (search->question.person.kind == PERSON_IDENTITY) {
        return plain_begin(search);
    }
    const struct locate_look look = search_look(search);
    return locate_person(&look, &search->question.person, &search->located);
}

/* What was permitted when it came and is stopped by now is not shown. */
static bool search_stopped(const struct service_search *search) {
    const struct service_call *call = search->call;
    return !search->is_refused &&
           query_agreements_stopped(call->service->worker, &call->agreements, search->permit);
}

static void search_locate(struct service_search *search) {
    if (search_stopped(search)) {
        audit_receipt_free(&search->receipt);
        service_refuse(search->call, GRPC_ABORTED, query_agreements_end().message);
        return;
    }
    bool locates = !search->is_refused && search->wants_person;
    struct lg_err err = locates ? person_locate(search) : LG_OK;
    if (lg_failed(err)) {
        search_failed(search, err);
    } else if (search->plain == NULL) {
        search->on_located(search);
    }
}

static void on_logged(struct service_commit *commit) {
    struct service_search *search = commit->ctx;
    search->receipt = commit->receipt;
    if (search->receipt == NULL) {
        service_refuse(search->call, GRPC_UNAVAILABLE,
                       "The log takes no entries now: try again later");
    } else {
        search_locate(search);
    }
}

static struct lg_err search_commit(struct service_search *search) {
    struct service_commit *commit = arena_alloc(search->call->arena, sizeof *commit);
    TRY(arena_failed(search->call->arena));
    *commit =
        (struct service_commit){.call = search->call, .on_committed = on_logged, .ctx = search};
    struct audit_entry_fields fields = {
        .kind = search->is_refused ? AUDIT_DENIAL : AUDIT_SEARCH,
        .request_id = search->question.id,
        .requesting_agency = search->call->caller.agency,
        .agreement =
            query_known_agreement(search->call->agreements.forces, search->verdict.agreement),
        .agreement_version = search->verdict.agreement_version,
        .decision = search->is_refused ? AUDIT_DECISION_REFUSE : AUDIT_DECISION_PERMIT,
        .reason = search->is_refused ? search->verdict.code : span_of(NULL, 0),
        /* Never FINAL: it began no question, and must not end one that has its id. */
    };
    if (search->question.person.kind == PERSON_IDENTITY) {
        fields.flags |= AUDIT_FLAG_CLEAR_IDENTIFIER;
    }
    if (!search->is_refused) { /* known names only */
        fields.purpose = search->question.ground.purpose;
        fields.basis = search->question.ground.basis;
        fields.reason = search->what == NULL ? span_of(NULL, 0) : span_text(search->what);
    }
    TRY(sealed_make(search, &fields.sealed));
    return service_commit_begin(commit, &(struct audit_batch){.entries = &fields, .count = 1});
}

static struct query_budget_use budget_use(const struct service_search *search) {
    return (struct query_budget_use){
        .worker = search->call->service->worker,
        .caller = &search->call->caller,
        .ground = &search->question.ground,
        .forces = search->call->agreements.forces,
        .agreement = search->verdict.agreement,
    };
}

static struct lg_err budget_take(struct service_search *search) {
    const struct query_budget_use use = budget_use(search);
    TRY(query_budget_take(&use, &search->budget, &search->owed));
    if (search->budget == QUERY_BUDGET_HARD) {
        search->is_refused = true;
        search->verdict.decision = DECISION_REFUSE;
        search->verdict.code = span_text(query_budget_code);
        search->verdict.sentence = span_text(query_budget_sentence);
        search->verdict.remedy = span_text(query_budget_remedy);
    }
    return LG_OK;
}

/* Policy, and whether the caller is stopped. */
static struct lg_err search_decide(struct service_search *search) {
    bool is_stopped = false;
    TRY(permit_make(search));
    search->is_refused = is_refused(search);
    TRY(access_check(search->call->service->worker->reader, &search->call->caller, &is_stopped));
    if (is_stopped) {
        search->is_refused = true;
        search->verdict.decision = DECISION_REFUSE;
        search->verdict.code = span_text(query_stopped_code);
        search->verdict.sentence = span_text(query_stopped_sentence);
        search->verdict.remedy = span_of(NULL, 0);
    }
    return search->is_refused || !search->counts ? LG_OK : budget_take(search);
}

/* ---- What the budget needs to be durable first ---- */

static void search_go_on(struct service_search *search, struct lg_err err) {
    if (!lg_failed(err)) {
        err = search_commit(search);
    }
    if (lg_failed(err)) {
        service_refuse_error(search->call, err);
    }
}

static void reserve_work(void *ctx) {
    struct service_search *search = ctx;
    search->reserve_error =
        consent_counters_flush(search->call->service->worker->gateway->counters);
}

static void reserve_done(void *ctx) {
    struct service_search *search = ctx;
    search_go_on(search, search->reserve_error);
}

static void reserve_begin(struct service_search *search) {
    const struct query_worker *worker = search->call->service->worker;
    if (consent_counters_are_durable(worker->gateway->counters, search->owed)) {
        search_go_on(search, LG_OK);
        return;
    }
    search->reserve_job = (struct loop_job){
        .work = reserve_work, .on_done = reserve_done, .ctx = search, .loop = worker->loop};
    loop_pool_send(worker->gateway->pool, &search->reserve_job);
}

static void on_case(struct service_commit *commit) {
    struct service_search *search = commit->ctx;
    if (commit->receipt == NULL) {
        service_refuse(search->call, GRPC_UNAVAILABLE,
                       "The log takes no entries now: try again later");
        return;
    }
    audit_receipt_free(&commit->receipt);
    reserve_begin(search);
}

/* The soft line opens a case; once that is durable the search goes on. */
static struct lg_err case_begin(struct service_search *search) {
    const struct query_budget_use use = budget_use(search);
    struct audit_entry_fields fields;
    struct service_commit *commit = arena_alloc(search->call->arena, sizeof *commit);
    TRY(arena_failed(search->call->arena));
    *commit = (struct service_commit){.call = search->call, .on_committed = on_case, .ctx = search};
    TRY(query_budget_case(&use, search->call->arena, &fields));
    return service_commit_begin(commit, &(struct audit_batch){.entries = &fields, .count = 1});
}

void service_search_begin(struct service_search *search) {
    struct lg_err err = search_decide(search);
    if (!lg_failed(err) && search->budget == QUERY_BUDGET_SOFT) {
        err = case_begin(search);
    } else if (!lg_failed(err)) {
        reserve_begin(search);
    }
    if (lg_failed(err)) {
        service_refuse_error(search->call, err);
    }
}

struct lg_err service_search_logged(struct service_search *search, struct wire_logged *out_logged) {
    out_logged->has_receipt = true;
    out_logged->checkpoint = audit_receipt_checkpoint(search->receipt);
    return audit_receipt_form(search->receipt, span_of(NULL, 0), search->call->arena,
                              &out_logged->receipt);
}

void service_search_answer(struct service_search *search, struct lg_err encoded,
                           struct span bytes) {
    struct receipt *receipt = search->receipt;
    service_answer(search->call, encoded, bytes);
    audit_receipt_free(&receipt);
}
