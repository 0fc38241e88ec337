/* SPDX-License-Identifier: Apache-2.0 */
/* Reports.Quarter: counts for the board, for officers of the host. The look is entered in the log
 * before anything is counted; the work is done in turns on the bulk pool, and ends with the call.
 */
#include "gateway/wire/reports.h"

#include "gateway/erasure/erasure.h"
#include "gateway/service/report.h"
#include "gateway/service/service_int.h"

struct report_call {
    struct service_commit commit;
    struct wire_quarter_request request;
    struct arena *arena; /* owned: the counts */
    struct report *report;
    int64_t year_from_ms;
    int64_t from_ms;
    int64_t to_ms;
    bool is_done;
    struct lg_err err;
    struct loop_job job;
};

enum { REPORT_MEMORY = 4 << 20 };

static struct service_call *call_of(const struct report_call *begun) {
    return begun->commit.call;
}

static const struct query_gateway *gateway_of(const struct report_call *begun) {
    return call_of(begun)->service->worker->gateway;
}

static void report_free(struct report_call *begun) {
    if (begun->report != NULL) {
        service_report_done(begun->report);
        begun->report = NULL;
    }
    arena_free(&begun->arena);
}

/* ---- the work ---- */

static struct lg_err report_begin(struct report_call *begun) {
    TRY(arena_new(REPORT_MEMORY, &begun->arena));
    struct report *report = arena_alloc(begun->arena, sizeof *report);
    TRY(arena_failed(begun->arena));
    *report = (struct report){.gateway = gateway_of(begun),
                              .year_from_ms = begun->year_from_ms,
                              .from_ms = begun->from_ms,
                              .to_ms = begun->to_ms,
                              .arena = begun->arena};
    begun->report = report;
    return LG_OK;
}

static void report_work(void *ctx) {
    struct report_call *begun = ctx;
    begun->err = begun->report == NULL ? report_begin(begun)
                                       : service_report_step(begun->report, &begun->is_done);
}

/* ---- the answer ---- */

static struct lg_err reply_encode(struct report_call *begun, struct span *out_bytes) {
    struct wire_quarter_reply reply;
    TRY(service_report_tables(begun->report, begun->arena, &reply));
    reply.quarter = begun->request.quarter;
    TRY(service_commit_logged(&begun->commit, &reply.logged));
    return wire_quarter_reply_encode(call_of(begun)->arena, &reply, out_bytes);
}

static void finish(struct report_call *begun) {
    struct span bytes = span_of(NULL, 0);
    struct lg_err encoded = reply_encode(begun, &bytes);
    report_free(begun);
    service_commit_answer(&begun->commit, encoded, bytes);
}

static void turn_send(struct report_call *begun) {
    loop_pool_send(gateway_of(begun)->bulk, &begun->job);
}

static void on_turn(void *ctx) {
    struct report_call *begun = ctx;
    if (lg_failed(begun->err)) {
        report_free(begun);
        audit_receipt_free(&begun->commit.receipt);
        service_refuse_error(call_of(begun), begun->err);
    } else if (begun->is_done) {
        finish(begun);
    } else if (call_of(begun)->is_cancelled) {
        report_free(begun);
        service_commit_answer(&begun->commit, LG_OK, span_of(NULL, 0));
    } else {
        turn_send(begun);
    }
}

static void on_logged(struct service_commit *commit) {
    struct report_call *begun = commit->ctx;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    begun->job = (struct loop_job){.work = report_work,
                                   .on_done = on_turn,
                                   .ctx = begun,
                                   .loop = commit->call->service->worker->loop};
    turn_send(begun);
}

/* ---- the call ---- */

/* False after it refused. */
static bool quarter_take(struct report_call *begun) {
    uint32_t quarter = 0;
    int64_t year_ends_ms = 0;
    if (!erasure_quarter_read(begun->request.quarter, &quarter) || quarter < 4 ||
        !service_report_quarter(quarter - 3, &begun->year_from_ms, &year_ends_ms) ||
        !service_report_quarter(quarter, &begun->from_ms, &begun->to_ms)) {
        service_refuse(call_of(begun), GRPC_INVALID_ARGUMENT, "quarter: write it like 2026-Q3");
        return false;
    }
    /* A question that was asked in its last moment has its answers by then. */
    int64_t ended_ms = begun->to_ms + LIMIT_GRPC_STREAM_DEADLINE_MS;
    if (clock_wall_ms(&gateway_of(begun)->clock) < ended_ms) {
        service_refuse(call_of(begun), GRPC_FAILED_PRECONDITION,
                       "quarter: it has not ended; two reports of an open quarter would differ by "
                       "what one person did");
        return false;
    }
    return true;
}

static void look_begin(struct report_call *begun) {
    if (!service_is_of_host(call_of(begun))) {
        service_refuse(call_of(begun), GRPC_PERMISSION_DENIED,
                       "Reports are for officers of the host of the partnership");
        return;
    }
    if (!quarter_take(begun)) {
        return;
    }
    if (gateway_of(begun)->index == NULL) {
        service_refuse(call_of(begun), GRPC_UNAVAILABLE,
                       "the index of the log could not be opened when the gateway was started: "
                       "people cannot be told apart, and nothing is reported, until it is started "
                       "again");
        return;
    }
    struct lg_err err = service_officer_look(&begun->commit, "REPORT");
    if (lg_failed(err)) {
        service_refuse_error(call_of(begun), err);
    }
}

void service_report_quarterly(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct report_call *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    begun->commit = (struct service_commit){.call = call, .on_committed = on_logged, .ctx = begun};
    struct wire_report report;
    struct lg_err err = wire_quarter_request_decode(call->arena, message, &report, &begun->request);
    if (service_decoded(call, err, &report) &&
        service_officer_authenticate(call, &begun->request.actor)) {
        look_begin(begun);
    }
}
