/* SPDX-License-Identifier: Apache-2.0 */
/* Find and Evaluate. */
#include "gateway/wire/subjects.h"

#include "gateway/service/service_int.h"

/* ---- Find ---- */

static void on_found(struct service_search *search) {
    struct service_call *call = search->call;
    const struct query_worker *worker = call->service->worker;
    struct wire_find_reply reply = {.verdict = search->verdict};
    uint8_t handle[LOCATE_HANDLE_SIZE];
    struct lg_err err = service_search_logged(search, &reply.logged);
    if (!search->is_refused) {
        reply.verdict.decision = DECISION_PERMIT;
        reply.band = search->located.is_enough ? WIRE_FIND_ENOUGH : WIRE_FIND_NOT_ENOUGH_TO_DECIDE;
        if (!lg_failed(err)) {
            err = locate_handle_make(worker->gateway->locate, &search->asker, &search->located,
                                     handle);
        }
        reply.handle = span_of(handle, sizeof handle);
    }
    struct span bytes = span_of(NULL, 0);
    if (!lg_failed(err)) {
        err = wire_find_reply_encode(call->arena, &reply, &bytes);
    }
    service_search_answer(search, err, bytes);
}

void service_find(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct service_search *search = arena_alloc(call->arena, sizeof *search);
    if (search == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    *search = (struct service_search){.call = call,
                                      .wants_person = true,
                                      .counts = true,
                                      .what = query_find_what,
                                      .on_located = on_found};
    struct wire_report report;
    struct lg_err err = wire_find_request_decode(call->arena, message, &report, &search->question);
    if (!service_decoded(call, err, &report) ||
        !service_authenticate(call, &search->question.ground.actor)) {
        return;
    }
    enum person_ref_kind kind = search->question.person.kind;
    if ((kind != PERSON_TOKENS && kind != PERSON_IDENTITY) ||
        !service_person_is_usable(call, &search->question.person, &search->question.ground)) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "person: send tokens, which your connector makes from an identity; "
                       "identity itself only where the agreement has `look-up: plain`");
        return;
    }
    service_search_begin(search);
}

/* ---- Evaluate ---- */

struct evaluation {
    struct service_call *call;
    struct query_keys_call *keys_call;
};

static void on_evaluated(void *ctx, enum grpc_status status,
                         const struct wire_evaluate_reply *reply) {
    struct service_call *call = ((struct evaluation *)ctx)->call;
    if (status == GRPC_RESOURCE_EXHAUSTED) {
        service_refuse(call, status,
                       "The agency's budget of evaluations for today is used up: ask the key "
                       "service's administrator for a larger one");
        return;
    }
    if (status == GRPC_INVALID_ARGUMENT) {
        service_refuse(call, status,
                       "batches: an element is not of the group, or a class is not "
                       "one that the key service holds a key for");
        return;
    }
    if (status != GRPC_OK) {
        service_refuse(call, GRPC_UNAVAILABLE, "The key service cannot be reached: try again");
        return;
    }
    struct span bytes = span_of(NULL, 0);
    struct lg_err err = wire_evaluate_reply_encode(call->arena, reply, &bytes);
    service_answer(call, err, bytes);
}

static bool is_running(const struct policy_force *force, int64_t now_ms) {
    struct policy_term_days days = policy_days(force->policy);
    int32_t today = policy_local_day(force->policy, now_ms / 1000);
    return !force->is_suspended && !force->is_unsigned && today >= days.first_day &&
           today <= days.last_day;
}

static bool has_left(const struct policy_force *force, struct span party) {
    for (size_t i = 0; i < force->withdrawn.count; i++) {
        if (span_equal(force->withdrawn.items[i], party)) {
            return true;
        }
    }
    return false;
}

/* Blind look-up is open to every party of an agreement in force, and ends with it (README, rule
 * 11). */
static bool is_party(const struct service_call *call) {
    const struct query_gateway *gateway = call->service->worker->gateway;
    const struct agreement_forces forces = call->agreements.forces;
    int64_t now_ms = clock_wall_ms(&gateway->clock);
    for (size_t i = 0; i < forces.count; i++) {
        const struct policy_force *force = &forces.force[i];
        struct policy_party party;
        if (is_running(force, now_ms) && !has_left(force, call->caller.agency) &&
            policy_party_find(force->policy, call->caller.agency, &party)) {
            return true;
        }
    }
    return false;
}

static void evaluation_begin(struct service_call *call,
                             const struct wire_evaluate_request *request) {
    struct evaluation *evaluation = arena_alloc(call->arena, sizeof *evaluation);
    if (evaluation == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    evaluation->call = call;
    const struct wire_keys_evaluate_request relayed = {
        .agency = call->caller.agency,
        .batches = request->batches,
        .batch_count = request->batch_count,
    };
    const struct query_keys_terms terms = {
        .arena = call->arena,
        .deadline_ms = grpc_call_deadline_ms(call->call),
        .ctx = evaluation,
    };
    struct lg_err err = query_keys_evaluate(call->service->worker->keys, &terms, &relayed,
                                            on_evaluated, &evaluation->keys_call);
    if (lg_failed(err)) {
        service_refuse(call, GRPC_UNAVAILABLE, "The key service cannot be reached: try again");
        return;
    }
    call->work = evaluation;
}

void service_evaluate_cancel(void *ctx, struct grpc_call *grpc, enum grpc_status why) {
    (void)ctx;
    (void)why;
    struct service_call *call = grpc_call_ctx(grpc);
    if (call != NULL && call->work != NULL) {
        query_keys_cancel(&((struct evaluation *)call->work)->keys_call);
        service_call_end(&call);
    }
}

void service_evaluate(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct wire_evaluate_request request = {0};
    struct wire_report report;
    struct lg_err err = wire_evaluate_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) || !service_authenticate_system(call) ||
        service_is_stopped(call)) {
        return;
    }
    if (!is_party(call)) {
        service_refuse(call, GRPC_PERMISSION_DENIED,
                       "The agency is no party of an agreement in force");
        return;
    }
    evaluation_begin(call, &request);
}
