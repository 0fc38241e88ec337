/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of an officer's agency, open ones first by the day of their answer. The look is
 * logged. */
#include <stdlib.h>

#include "gateway/base/day.h"
#include "gateway/service/sar_int.h"

/* Of one request at a time: its steps, with the longest sentences. */
enum { SCRATCH = (LIMIT_SAR_ALL_STEPS + 1) * (STORE_SAR_BODY_MAX + 512) };

struct listing {
    struct service_commit commit; /* first */
    bool is_with_closed;
    struct wire_sar_case *cases;
    size_t count;
};

/* ---- as it travels ---- */

int32_t service_sar_today(const struct service_call *call) {
    return day_london_of_ms(clock_wall_ms(&call->service->worker->gateway->clock));
}

static struct span day_text(int32_t day, struct arena *arena) {
    char text[DAY_TEXT_SIZE + 1];
    day_write(day, text);
    return arena_copy(arena, span_of((const uint8_t *)text, DAY_TEXT_SIZE));
}

static void answer_show(const struct sar_answer *answer, struct arena *arena,
                        struct wire_sar_answer *out) {
    *out = (struct wire_sar_answer){
        .form = (enum wire_sar_form)answer->form,
        .to = (enum wire_sar_recipient)answer->to,
        .covered_size = answer->covered,
        .line_count = answer->line_count,
        .lines_digest = arena_copy(arena, span_of(answer->lines, sizeof answer->lines)),
        .document_digest = arena_copy(arena, span_of(answer->document, sizeof answer->document)),
    };
}

struct lg_err service_sar_state(const struct service_call *call, const struct sar_request *request,
                                struct arena *arena, struct wire_sar_case *out_state) {
    int32_t today = service_sar_today(call);
    size_t marks = 0;
    TRY(store_sar_mark_count(call->service->worker->reader, request->number, &marks));
    *out_state = (struct wire_sar_case){
        .number = request->number,
        .received_day = day_text(request->opened.day, arena),
        .due_day = day_text(sar_request_due(request, today), arena),
        .overdue = sar_request_is_overdue(request, today),
        .extended_months = request->extra_months,
        .pause = (enum wire_sar_pause)request->pause,
        .outcome = (enum wire_sar_outcome)request->outcome,
        .withheld_count = (uint32_t)marks,
        .representative_evidence = arena_copy(arena, request->opened.evidence),
        .case_reference = arena_copy(arena, request->opened.case_reference),
        .opened_by = arena_copy(arena, request->opened.user_id),
        .opened_ms = request->opened.at_ms,
        .export_count = (uint32_t)request->export_count,
        .has_answer = request->export_count > 0,
        .answered_ms = request->answered_ms,
    };
    if (out_state->has_answer) {
        answer_show(&request->answer, arena, &out_state->answer);
    }
    if (request->pause != SAR_PAUSE_NONE) {
        out_state->paused_since = day_text(request->paused_since, arena);
    }
    return arena_failed(arena);
}

/* ---- the list ---- */

static struct lg_err state_add(struct listing *listing, const struct store_sar *row) {
    const struct service_call *call = listing->commit.call;
    OWN(arena_free) struct arena *scratch = NULL;
    struct sar_request request;
    TRY(arena_new(SCRATCH, &scratch));
    TRY(sar_request_read(call->service->worker->reader, row, 0, scratch, &request));
    return service_sar_state(call, &request, call->arena, &listing->cases[listing->count++]);
}

static int due_order(const void *a, const void *b) {
    const struct wire_sar_case *one = a;
    const struct wire_sar_case *other = b;
    int order = span_compare(one->due_day, other->due_day);
    return order != 0 ? order : (one->number > other->number) - (one->number < other->number);
}

static struct lg_err rows_add(struct listing *listing, bool is_closed) {
    const struct service_call *call = listing->commit.call;
    struct store_sars rows;
    size_t first = listing->count;
    TRY(store_sar_list(call->service->worker->reader, call->caller.agency, is_closed, call->arena,
                       &rows));
    for (size_t i = 0; i < rows.count; i++) {
        TRY(state_add(listing, &rows.items[i]));
    }
    if (!is_closed && rows.count > 0) {
        qsort(&listing->cases[first], rows.count, sizeof *listing->cases, due_order);
    }
    return LG_OK;
}

static struct lg_err list_make(struct listing *listing, struct wire_sar_list_reply *reply) {
    struct arena *arena = listing->commit.call->arena;
    listing->cases = arena_array(arena, LIMIT_WIRE_SAR_LIST, sizeof *listing->cases);
    TRY(arena_failed(arena));
    TRY(rows_add(listing, false));
    if (listing->is_with_closed) {
        TRY(rows_add(listing, true));
    }
    reply->cases = listing->cases;
    reply->case_count = listing->count;
    return service_commit_logged(&listing->commit, &reply->logged);
}

static void on_logged(struct service_commit *commit) {
    struct listing *listing = commit->ctx;
    struct wire_sar_list_reply reply = {.case_count = 0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = list_make(listing, &reply);
    if (!lg_failed(err)) {
        err = wire_sar_list_reply_encode(commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

void service_sar_list(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct listing *listing = arena_alloc(call->arena, sizeof *listing);
    if (listing == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    struct wire_sar_list_request request = {.closed = false};
    struct wire_report report;
    struct lg_err err = wire_sar_list_request_decode(call->arena, message, &report, &request);
    if (!service_decoded(call, err, &report) ||
        !service_officer_authenticate(call, &request.actor)) {
        return;
    }
    *listing = (struct listing){
        .commit = {.call = call, .on_committed = on_logged, .ctx = listing},
        .is_with_closed = request.closed,
    };
    err = service_officer_look(&listing->commit, "SUBJECT_ACCESS_LIST");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
