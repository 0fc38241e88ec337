/* SPDX-License-Identifier: Apache-2.0 */
/* Access: stops of a person, a system or an agency. The STOP entry names its scope as a change, so
 * that releases which rest on it are refused; it is applied to the store before it is acknowledged,
 * so that the next question on any worker finds it. */
#include "gateway/wire/access.h"

#include <string.h>

#include "gateway/access/access.h"
#include "gateway/service/service_int.h"

struct access_work {
    struct service_commit commit;
    enum wire_access_method method;
    struct access_stop stop;
};

static bool is_host(const struct config_partnership *registry, struct span agency) {
    const struct config_party *host = config_host_find(registry);
    return host != NULL && span_equal_text(agency, host->id);
}

static const char *scope_fault(const struct service_call *call,
                               const struct wire_access_scope *scope) {
    const struct config_partnership *registry = call->service->worker->gateway->registry;
    const struct config_party *party = config_party_find(registry, scope->agency);
    if (party == NULL) {
        return "scope.agency: no agency of this partnership has that name";
    }
    if (scope->system.len > 0 && scope->user_id.len > 0) {
        return "scope: a system or a user_id, not both; a person is stopped on every system";
    }
    if (scope->system.len > 0 && config_system_find(party, scope->system) == NULL) {
        return "scope.system: that agency has no system of that name";
    }
    return span_is_plain(scope->user_id) ? NULL : "scope.user_id: plain text of one line";
}

static const char *fault_sentence(enum access_fault fault) {
    static const char *const sentences[] = {
        [ACCESS_FAULT_NONE] = NULL,
        [ACCESS_FAULT_FOREIGN] = "scope.agency: an officer stops their own agency's; the host's "
                                 "officer stops everybody's",
        [ACCESS_FAULT_HOSTS] = "scope: the host of the partnership stopped that; ask its officer, "
                               "who alone changes it",
        [ACCESS_FAULT_SELF] = "scope: that stop covers you; an officer whom it does not cover has "
                              "to lift it, or the host's",
        [ACCESS_FAULT_LAST] = "scope.system: you call from that system, and nobody stands above "
                              "the host to lift it; stop it from another officer's system",
    };
    return sentences[fault];
}

/* False after it refused. */
/* Checks the change against what stands now; the entry then names that. False after a refusal. */
static bool may_change(struct access_work *work) {
    struct service_call *call = work->commit.call;
    const struct query_worker *worker = call->service->worker;
    struct access_change change = {
        .whom = work->stop.whom,
        .is_lifted = work->stop.is_lifted,
        .caller = &call->caller,
        .is_host = is_host(worker->gateway->registry, call->caller.agency),
    };
    struct access_stop standing = {0};
    struct lg_err err =
        access_standing(worker->reader, &change.whom, call->arena, &work->stop.replaces, &standing);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return false;
    }
    change.is_of_the_host =
        work->stop.replaces != 0 && is_host(worker->gateway->registry, standing.by_agency);
    work->stop.is_firm = change.is_host && !change.is_lifted;
    enum access_fault fault = access_change_check(&change);
    if (fault != ACCESS_FAULT_NONE) {
        service_refuse(call, GRPC_PERMISSION_DENIED, fault_sentence(fault));
    }
    return fault == ACCESS_FAULT_NONE;
}

/* Whether it changed anything, or another officer's change came first. */
static struct lg_err taken_check(const struct access_work *work, bool *out_taken) {
    const struct service_call *call = work->commit.call;
    struct access_stop standing;
    uint64_t index = 0;
    TRY(access_standing(call->service->worker->reader, &work->stop.whom, call->arena, &index,
                        &standing));
    uint64_t own = audit_receipt_index(work->commit.receipt);
    *out_taken = work->stop.is_lifted ? index == 0 || index > own : index >= own;
    return LG_OK;
}

static void on_committed(struct service_commit *commit) {
    struct access_work *work = commit->ctx;
    struct wire_access_reply reply = {0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    bool taken = false;
    struct lg_err err = taken_check(work, &taken);
    if (!lg_failed(err) && !taken) {
        struct receipt *receipt = commit->receipt;
        service_refuse(commit->call, GRPC_ABORTED,
                       "Another officer changed this stop in the same moment; theirs stands: look "
                       "at it and try again");
        audit_receipt_free(&receipt);
        return;
    }
    if (!lg_failed(err)) {
        err = service_commit_logged(commit, &reply.logged);
    }
    if (!lg_failed(err)) {
        err = wire_access_reply_encode(work->method, commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

static struct lg_err stop_commit(struct access_work *work) {
    struct service_call *call = work->commit.call;
    const struct query_gateway *gateway = call->service->worker->gateway;
    const struct access_stop stop = work->stop;
    struct audit_entry_fields fields = {
        .kind = AUDIT_STOP,
        .requesting_agency = call->caller.agency,
        .source_agency = stop.whom.agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(stop.is_lifted ? ACCESS_REASON_RESUME : ACCESS_REASON_STOP),
    };
    struct store_tag tag;
    struct audit_scope scope;
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(access_scope_make(gateway->store, &stop.whom, &tag));
    memcpy(scope.bytes, tag.bytes, sizeof scope.bytes);
    TRY(access_stop_encode(&stop, call->arena, &fields.sealed));
    work->commit.on_committed = on_committed;
    return service_commit_begin(
        &work->commit, &(struct audit_batch){
                           .entries = &fields, .count = 1, .changed = &scope, .changed_count = 1});
}

static struct access_work *work_begin(void *ctx, struct grpc_call *grpc) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return NULL;
    }
    struct access_work *work = arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return NULL;
    }
    work->commit = (struct service_commit){.call = call, .ctx = work};
    return work;
}

static struct access_stop stop_of(const struct service_call *call,
                                  const struct wire_access_request *request, bool is_lifted) {
    return (struct access_stop){
        .whom = {request->scope.agency, request->scope.system, request->scope.user_id},
        .is_lifted = is_lifted,
        .at_ms = clock_wall_ms(&call->service->worker->gateway->clock),
        .by_agency = call->caller.agency,
        .by_user = call->caller.user_id,
        .by_role = call->caller.role,
        .reason = request->reason,
    };
}

static void change_run(void *ctx, struct grpc_call *grpc, struct span message,
                       enum wire_access_method method) {
    struct access_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->commit.call;
    struct wire_access_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_access_request_decode(method, call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.actor)) {
        return;
    }
    work->method = method;
    const char *fault = scope_fault(call, &request.scope);
    if (fault != NULL) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    work->stop = stop_of(call, &request, method == WIRE_ACCESS_RESUME);
    if (!may_change(work)) {
        return;
    }
    err = stop_commit(work);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

void service_access_stop(void *ctx, struct grpc_call *grpc, struct span message) {
    change_run(ctx, grpc, message, WIRE_ACCESS_STOP);
}

void service_access_resume(void *ctx, struct grpc_call *grpc, struct span message) {
    change_run(ctx, grpc, message, WIRE_ACCESS_RESUME);
}

/* ---- List ---- */

static struct lg_err list_make(struct service_commit *commit, struct wire_list_stops_reply *reply) {
    const struct service_call *call = commit->call;
    const struct query_worker *worker = call->service->worker;
    struct store_stop *rows = NULL;
    struct span agency = call->caller.agency;
    if (is_host(worker->gateway->registry, agency)) {
        agency = span_of(NULL, 0);
    }
    TRY(store_stops_list(worker->reader, agency, call->arena, &rows, &reply->stop_count));
    struct wire_stopped_access *stops = arena_array(call->arena, reply->stop_count, sizeof *stops);
    TRY(arena_failed(call->arena));
    for (size_t i = 0; i < reply->stop_count; i++) {
        struct access_stop stop;
        TRY(access_stop_decode(rows[i].body, &stop));
        stops[i] = (struct wire_stopped_access){
            .scope = {stop.whom.agency, stop.whom.system, stop.whom.user_id},
            .since_ms = stop.at_ms,
            .by_agency = stop.by_agency,
            .by_user = stop.by_user,
            .reason = stop.reason,
            .log_index = rows[i].log_index,
        };
    }
    reply->stops = stops;
    return service_commit_logged(commit, &reply->logged);
}

static void on_list_logged(struct service_commit *commit) {
    struct wire_list_stops_reply reply = {0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = list_make(commit, &reply);
    if (!lg_failed(err)) {
        err = wire_list_stops_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

void service_access_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct access_work *work = work_begin(ctx, grpc);
    if (work == NULL) {
        return;
    }
    struct service_call *call = work->commit.call;
    struct actor actor = {0};
    struct wire_report report;
    struct lg_err err = wire_list_stops_request_decode(call->arena, message, &report, &actor);
    if (!service_decoded(call, err, &report) || !service_officer_authenticate(call, &actor)) {
        return;
    }
    work->commit.on_committed = on_list_logged;
    err = service_officer_look(&work->commit, "STOPS");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
