/* SPDX-License-Identifier: Apache-2.0 */
/* The table of methods, and what every handler begins and ends with. */
#include "gateway/service/service.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/identity/identity.h"
#include "gateway/service/agreements.h"
#include "gateway/service/service_int.h"

static const struct grpc_method table[] = {
    {.path = "/lockgate.v1.Disclosures/Ask",
     .kind = GRPC_UNARY,
     .lane_of = service_lane_ask,
     .on_request = service_ask,
     .on_cancel = service_disclosure_cancel},
    {.path = "/lockgate.v1.Disclosures/Watch",
     .kind = GRPC_SERVER_STREAM,
     .lane_of = service_lane_ask,
     .on_request = service_watch,
     .on_cancel = service_disclosure_cancel},
    {.path = "/lockgate.v1.Disclosures/CanAsk",
     .kind = GRPC_UNARY,
     .lane_of = service_lane_can_ask,
     .on_request = service_can_ask,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Subjects/Find",
     .kind = GRPC_UNARY,
     .lane_of = service_lane_find,
     .on_request = service_find,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Subjects/Evaluate",
     .kind = GRPC_UNARY,
     .on_request = service_evaluate,
     .on_cancel = service_evaluate_cancel},
    {.path = "/lockgate.v1.Subjects/Enrol",
     .kind = GRPC_CLIENT_STREAM,
     .lane = GRPC_LANE_BULK,
     .deadline_max_ms = LIMIT_SERVICE_ENROL_MS,
     .on_open = service_enrol_open,
     .on_message = service_enrol_message,
     .on_end = service_enrol_end,
     .on_cancel = service_enrol_cancel},
    {.path = "/lockgate.v1.Subjects/Retire",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_retire,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Record",
     .kind = GRPC_UNARY,
     .on_request = service_consent_record,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Withdraw",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_URGENT,
     .on_request = service_consent_withdraw,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Show",
     .kind = GRPC_UNARY,
     .on_request = service_consent_show,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/List",
     .kind = GRPC_UNARY,
     .on_request = service_consent_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Receipt",
     .kind = GRPC_UNARY,
     .on_request = service_consent_receipt,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Notices",
     .kind = GRPC_UNARY,
     .on_request = service_consent_notices,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Acknowledge",
     .kind = GRPC_UNARY,
     .on_request = service_consent_acknowledge,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Consents/Counts",
     .kind = GRPC_UNARY,
     .on_request = service_consent_counts,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Audit/Search",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_audit_search,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Audit/Export",
     .kind = GRPC_SERVER_STREAM,
     .lane = GRPC_LANE_BULK,
     .deadline_max_ms = LIMIT_SERVICE_EXPORT_MS,
     .on_request = service_audit_export,
     .on_cancel = service_audit_export_cancel,
     .on_writable = service_audit_export_writable},
    {.path = "/lockgate.v1.Audit/Get",
     .kind = GRPC_UNARY,
     .on_request = service_audit_get,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Audit/Explain",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_audit_explain,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Audit/Prove",
     .kind = GRPC_UNARY,
     .on_request = service_audit_prove,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Audit/Checkpoint",
     .kind = GRPC_UNARY,
     .on_request = service_audit_checkpoint,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Audit/Consistency",
     .kind = GRPC_UNARY,
     .on_request = service_audit_consistency,
     .on_cancel = service_on_cancel},
    {.path = "/log/*",
     .kind = GRPC_PAGE,
     .lane = GRPC_LANE_BULK,
     .on_request = service_page,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Check",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .request_max = LIMIT_SERVICE_AGREEMENT_REQUEST,
     .on_request = service_agreement_check,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Propose",
     .kind = GRPC_UNARY,
     .request_max = LIMIT_SERVICE_AGREEMENT_REQUEST,
     .on_request = service_agreement_propose,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Sign",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_sign,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Activate",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_activate,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Suspend",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_URGENT,
     .on_request = service_agreement_suspend,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Resume",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_resume,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Refuse",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_refuse,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Withdraw",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_URGENT,
     .on_request = service_agreement_withdraw,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Review",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_review,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/End",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_URGENT,
     .on_request = service_agreement_end,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Diff",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_agreement_diff,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Replay",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .request_max = LIMIT_SERVICE_AGREEMENT_REQUEST,
     .on_request = service_agreement_replay,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/List",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Agreements/Get",
     .kind = GRPC_UNARY,
     .on_request = service_agreement_get,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/List",
     .kind = GRPC_UNARY,
     .on_request = service_review_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/Get",
     .kind = GRPC_UNARY,
     .on_request = service_review_get,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/Take",
     .kind = GRPC_UNARY,
     .on_request = service_review_take,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/Close",
     .kind = GRPC_UNARY,
     .on_request = service_review_close,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/Tell",
     .kind = GRPC_UNARY,
     .on_request = service_review_tell,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/Open",
     .kind = GRPC_UNARY,
     .on_request = service_review_open,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reviews/Mark",
     .kind = GRPC_UNARY,
     .on_request = service_review_mark,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Access/Stop",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_URGENT,
     .on_request = service_access_stop,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Access/Resume",
     .kind = GRPC_UNARY,
     .on_request = service_access_resume,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Access/List",
     .kind = GRPC_UNARY,
     .on_request = service_access_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Erasures/Propose",
     .kind = GRPC_UNARY,
     .on_request = service_erasure_propose,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Erasures/ProposeExpiry",
     .kind = GRPC_UNARY,
     .on_request = service_erasure_expiry,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Erasures/Decide",
     .kind = GRPC_UNARY,
     .on_request = service_erasure_decide,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Erasures/Hold",
     .kind = GRPC_UNARY,
     .on_request = service_erasure_hold,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Erasures/List",
     .kind = GRPC_UNARY,
     .on_request = service_erasure_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.SubjectAccess/Open",
     .kind = GRPC_UNARY,
     .on_request = service_sar_open,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.SubjectAccess/Act",
     .kind = GRPC_UNARY,
     .on_request = service_sar_act,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.SubjectAccess/Collect",
     .kind = GRPC_UNARY,
     .on_request = service_sar_collect,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.SubjectAccess/List",
     .kind = GRPC_UNARY,
     .on_request = service_sar_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Reports/Quarter",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_report_quarterly,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Obligations/List",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_duty_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Obligations/Take",
     .kind = GRPC_UNARY,
     .on_request = service_duty_take,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Obligations/Attest",
     .kind = GRPC_UNARY,
     .on_request = service_duty_attest,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Open",
     .kind = GRPC_UNARY,
     .on_request = service_incident_open,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Scope",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_incident_scope,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Notify",
     .kind = GRPC_UNARY,
     .lane = GRPC_LANE_BULK,
     .on_request = service_incident_notify,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Act",
     .kind = GRPC_UNARY,
     .on_request = service_incident_act,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/List",
     .kind = GRPC_UNARY,
     .on_request = service_incident_list,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Get",
     .kind = GRPC_UNARY,
     .on_request = service_incident_get,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Notices",
     .kind = GRPC_UNARY,
     .on_request = service_incident_notices,
     .on_cancel = service_on_cancel},
    {.path = "/lockgate.v1.Incidents/Acknowledge",
     .kind = GRPC_UNARY,
     .on_request = service_incident_acknowledge,
     .on_cancel = service_on_cancel},
    {.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
     .kind = GRPC_BIDI,
     .request_max = LIMIT_WIRE_REFLECTION_REQUEST,
     .deadline_max_ms = LIMIT_SERVICE_REFLECTION_MS,
     .on_open = service_reflection_open,
     .on_message = service_reflection_message,
     .on_end = service_reflection_end,
     .on_cancel = service_reflection_cancel,
     .on_writable = service_reflection_writable},
    {.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     .kind = GRPC_BIDI,
     .request_max = LIMIT_WIRE_REFLECTION_REQUEST,
     .deadline_max_ms = LIMIT_SERVICE_REFLECTION_MS,
     .on_open = service_reflection_open,
     .on_message = service_reflection_message,
     .on_end = service_reflection_end,
     .on_cancel = service_reflection_cancel,
     .on_writable = service_reflection_writable},
};

enum { TABLE_COUNT = sizeof table / sizeof *table };

struct lg_err service_new(struct query_worker *worker, struct service **out_service) {
    OWN(service_free) struct service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    service->methods = calloc(TABLE_COUNT, sizeof *service->methods);
    if (service->methods == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, SERVICE_MEMORY);
    }
    service->worker = worker;
    service->method_count = TABLE_COUNT;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        service->methods[i] = table[i];
        service->methods[i].ctx = service;
        if (service->methods[i].deadline_max_ms == 0) {
            service->methods[i].deadline_max_ms = worker->gateway->limits.deadline_max_ms;
        }
    }
    *out_service = TAKE(service);
    return LG_OK;
}

void service_free(struct service **service) {
    if (*service != NULL) {
        free((*service)->methods);
        free(*service);
        *service = NULL;
    }
}

const struct grpc_method *service_methods(const struct service *service, size_t *out_count) {
    *out_count = service->method_count;
    return service->methods;
}

void service_use_sessions(struct service *service, struct service_sessions sessions) {
    service->sessions = sessions;
}

bool service_knows_peer(void *ctx, const struct tls_peer *peer) {
    const struct service *service = ctx;
    const struct config_partnership *registry = service->worker->gateway->registry;
    const struct config_party *party = config_party_find(registry, span_text(peer->agency));
    return strcmp(peer->partnership, registry->partnership) == 0 && party != NULL &&
           config_system_find(party, span_text(peer->system)) != NULL;
}

struct service_call *service_call_begin(struct service *service, struct grpc_call *call) {
    struct service_call *begun = calloc(1, sizeof *begun);
    if (begun == NULL ||
        lg_failed(arena_new_on(service->worker->shelf, LIMIT_QUERY_ARENA, &begun->arena))) {
        free(begun);
        grpc_call_refuse(&call, GRPC_RESOURCE_EXHAUSTED, "The gateway is short of memory");
        return NULL;
    }
    begun->service = service;
    begun->call = call;
    begun->agreements = query_agreements_hold(service->worker);
    grpc_call_set_ctx(call, begun);
    return begun;
}

void service_call_end(struct service_call **call) {
    grpc_call_release(&(*call)->call);
    arena_free(&(*call)->arena);
    agreement_set_free(&(*call)->agreements.set);
    free(*call);
    *call = NULL;
}

void service_refuse(struct service_call *call, enum grpc_status status, const char *message) {
    grpc_call_finish(call->call, status, message);
    service_call_end(&call);
}

void service_refuse_error(struct service_call *call, struct lg_err err) {
    struct query_end end = query_end_of_error(err);
    service_refuse(call, end.status, end.message);
}

void service_answer(struct service_call *call, struct lg_err encoded, struct span bytes) {
    if (lg_failed(encoded)) {
        service_refuse_error(call, encoded);
        return;
    }
    if (lg_failed(grpc_call_send(call->call, bytes))) {
        grpc_call_finish(call->call, GRPC_RESOURCE_EXHAUSTED, "The answer is too large");
    } else {
        grpc_call_finish(call->call, GRPC_OK, NULL);
    }
    service_call_end(&call);
}

static bool identity_answered(struct service_call *call, struct lg_err err) {
    if (!lg_failed(err)) {
        return true;
    }
    enum grpc_status status = GRPC_UNAUTHENTICATED;
    const char *message = "The certificate names no system of this partnership: ask its "
                          "administrator to register it";
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        status = GRPC_RESOURCE_EXHAUSTED;
        message = "The gateway is short of memory";
    } else if (lg_err_code(err) == IDENTITY_OTHER) {
        status = GRPC_INVALID_ARGUMENT;
        message = "actor: is somebody else than the person who is signed in; leave it empty";
    } else if (lg_err_code(err) == IDENTITY_ROLE) {
        status = GRPC_PERMISSION_DENIED;
        message = "ground.actor.role: this system may not vouch for that role; use one that the "
                  "partnership lists for it";
    } else if (lg_err_code(err) == IDENTITY_ACTOR) {
        status = GRPC_INVALID_ARGUMENT;
        message =
            "ground.actor: user_id is needed (1 to 128 bytes of text, no blank at either end), "
            "display_name may have 128; no control characters";
    }
    service_refuse(call, status, message);
    return false;
}

/* By the session of the call, which may have ended since it came. */
static bool session_authenticate(struct service_call *call, const struct actor *actor) {
    const struct service_sessions *sessions = &call->service->sessions;
    struct identity_session session = {0};
    if (!sessions->find(sessions->ctx, call->call, &session)) {
        service_refuse(call, GRPC_UNAUTHENTICATED, "The session has ended: sign in again");
        return false;
    }
    call->is_stale = !session.is_fresh;
    return identity_answered(
        call, identity_authenticate_session(call->service->worker->gateway->registry, &session,
                                            actor, call->arena, &call->caller));
}

bool service_authenticate(struct service_call *call, const struct actor *actor) {
    if (call->service->sessions.find != NULL) {
        return session_authenticate(call, actor);
    }
    return identity_answered(call, identity_authenticate(call->service->worker->gateway->registry,
                                                         grpc_call_peer(call->call), actor,
                                                         call->arena, &call->caller));
}

bool service_authenticate_system(struct service_call *call) {
    if (call->service->sessions.find != NULL) {
        return session_authenticate(call, &(struct actor){0});
    }
    return identity_answered(
        call, identity_authenticate_system(call->service->worker->gateway->registry,
                                           grpc_call_peer(call->call), call->arena, &call->caller));
}

bool service_is_stopped(struct service_call *call) {
    bool is_stopped = false;
    struct lg_err err = access_check(call->service->worker->reader, &call->caller, &is_stopped);
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return true;
    }
    if (is_stopped) {
        service_refuse(call, GRPC_PERMISSION_DENIED, query_stopped_sentence);
    }
    return is_stopped;
}

bool service_decoded(struct service_call *call, struct lg_err err,
                     const struct wire_report *report) {
    if (!lg_failed(err)) {
        return true;
    }
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        service_refuse(call, GRPC_INVALID_ARGUMENT, report->sentence);
    } else {
        service_refuse_error(call, err);
    }
    return false;
}

const char service_person_sentence[] =
    "person: send a handle from Subjects.Find, tokens, or your own pseudonym; identity itself only "
    "where the agreement has `look-up: plain` for your agency";

bool service_person_is_usable(const struct service_call *call, const struct person_ref *person,
                              const struct ground *ground) {
    if (person->kind == PERSON_IDENTITY) {
        return query_plain_is_allowed(call->agreements.forces, call->caller.agency,
                                      ground->agreement);
    }
    return person->kind != PERSON_NONE;
}

static void on_commit_done(void *ctx, const struct audit_outcome *outcome) {
    struct service_commit *commit = ctx;
    commit->receipt = outcome->result == AUDIT_COMMITTED
                          ? audit_receipt_hold(outcome->receipts[commit->receipt_at])
                          : NULL;
    commit->on_committed(commit);
}

struct lg_err service_commit_begin(struct service_commit *commit, const struct audit_batch *batch) {
    const struct query_worker *worker = commit->call->service->worker;
    return audit_commit(worker->gateway->log, batch, worker->loop, on_commit_done, commit);
}
