/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals and holds that stand: an agency sees its own, the host all. The look is logged. */
#include "gateway/erasure/erasure.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/erasures.h"

static struct lg_err standing_make(const struct store_erasure *row, struct arena *arena,
                                   struct wire_standing_erasure *out) {
    struct erasure_act act = {0};
    bool is_quarter = row->key_id.bytes[0] == STORE_KEY_QUARTER;
    if (row->body.len > 0) {
        TRY(erasure_act_decode(row->body, &act));
    }
    *out = (struct wire_standing_erasure){
        .log_index = row->log_index,
        .kind = is_quarter ? WIRE_ERASURE_KIND_QUARTER : WIRE_ERASURE_KIND_PERSON,
        .since_ms = act.at_ms,
        .by_agency = act.agency,
        .by_user = act.user_id,
        .case_reference = act.case_reference,
        .reason = act.reason,
    };
    if (row->step == STORE_ERASURE_HELD) {
        out->kind = WIRE_ERASURE_KIND_HOLD;
    }
    if (is_quarter) {
        char text[ERASURE_QUARTER_SIZE];
        erasure_quarter_write(store_key_quarter(&row->key_id), text);
        out->quarter = arena_copy(arena, span_text(text));
    }
    return arena_failed(arena);
}

static struct lg_err list_make(struct service_commit *commit,
                               struct wire_list_erasures_reply *reply) {
    const struct service_call *call = commit->call;
    struct span agency = service_is_of_host(call) ? span_of(NULL, 0) : call->caller.agency;
    struct store_erasure *rows = NULL;
    TRY(store_erasures_list(call->service->worker->reader, agency, call->arena, &rows,
                            &reply->standing_count));
    struct wire_standing_erasure *standing =
        arena_array(call->arena, reply->standing_count, sizeof *standing);
    TRY(arena_failed(call->arena));
    for (size_t i = 0; i < reply->standing_count; i++) {
        TRY(standing_make(&rows[i], call->arena, &standing[i]));
    }
    reply->standing = standing;
    return service_commit_logged(commit, &reply->logged);
}

static void on_list_logged(struct service_commit *commit) {
    struct wire_list_erasures_reply reply = {0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = list_make(commit, &reply);
    if (!lg_failed(err)) {
        err = wire_list_erasures_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

void service_erasure_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct service_commit *commit = arena_alloc(call->arena, sizeof *commit);
    if (commit == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct actor actor = {0};
    struct wire_report report;
    struct lg_err err = wire_list_erasures_request_decode(call->arena, message, &report, &actor);
    if (!service_decoded(call, err, &report) || !service_officer_authenticate(call, &actor)) {
        return;
    }
    *commit = (struct service_commit){.call = call, .on_committed = on_list_logged};
    err = service_officer_look(commit, "ERASURES");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
