/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements.Replay: what a draft would have answered to the questions of a period, for an officer
 * and their own side (replay.h). It is a read of the log, and entered there first like any other.
 * The work is done in turns on the bulk pool, and ends with the call. */
#include "gateway/wire/agreement_replay.h"

#include "gateway/base/limits_agreement.h"
#include "gateway/base/limits_policy.h"
#include "gateway/service/agreements.h"
#include "gateway/service/replay.h"

static const char limit_words[] =
    "A replay sees only what people asked, and people stop asking for what is refused.";

struct agreement_replay {
    struct service_commit commit;
    struct wire_replay_agreement_request request;
    struct agreement_text *draft; /* held */
    struct arena *arena;          /* owned: records and report */
    struct replay replay;
    bool is_done;
    struct diag diag;
    struct lg_err err;
    struct loop_job job;
};

static struct service_call *call_of(const struct agreement_replay *begun) {
    return begun->commit.call;
}

static const struct query_gateway *gateway_of(const struct agreement_replay *begun) {
    return call_of(begun)->service->worker->gateway;
}

static void replay_free(struct agreement_replay *begun) {
    agreement_text_free(&begun->draft);
    arena_free(&begun->arena);
}

/* ---- the work ---- */

static struct lg_err draft_find(struct agreement_replay *begun) {
    const struct wire_replay_agreement_request *request = &begun->request;
    struct agreement_book *book = gateway_of(begun)->book;
    if (request->text.len == 0) {
        return agreement_book_text(book, request->id, request->version, &begun->draft);
    }
    TRY(agreement_book_draft(book, request->text, &begun->diag, &begun->draft));
    if (!span_equal(policy_id(agreement_text_policy(begun->draft)), request->id)) {
        diag_set(&begun->diag, 0, "text: it is a draft of another agreement than id names");
        return lg_err_make(LG_CLASS_INPUT, LG_AGREEMENT, AGREEMENT_TEXT);
    }
    return LG_OK;
}

static struct lg_err replay_begin(struct agreement_replay *begun) {
    struct rehearsal *rehearsal = NULL;
    TRY(draft_find(begun));
    TRY(arena_new(LIMIT_POLICY_MEMORY, &begun->arena));
    TRY(policy_rehearse_begin(agreement_text_policy(begun->draft), begun->arena, &rehearsal));
    begun->replay = (struct replay){
        .gateway = gateway_of(begun),
        .agency = call_of(begun)->caller.agency,
        .from_ms = begun->request.from_ms,
        .to_ms = begun->request.to_ms,
        .rehearsal = rehearsal,
        .arena = begun->arena,
    };
    return LG_OK;
}

static void replay_work(void *ctx) {
    struct agreement_replay *begun = ctx;
    begun->err = begun->draft == NULL ? replay_begin(begun)
                                      : service_replay_step(&begun->replay, &begun->is_done);
}

/* ---- the answer ---- */

static void fill_row(const struct policy_turns *row, struct wire_replay_row *out) {
    *out = (struct wire_replay_row){
        .turn = (enum wire_replay_turn)(row->turn + 1),
        .clause = row->clause,
        .role = row->role,
        .purpose = row->purpose,
        .fields = row->count,
        .sample_index = row->sample_index,
        .sample = row->sample,
    };
}

static void fill_numbers(const struct agreement_replay *begun,
                         const struct policy_rehearsal *report,
                         struct wire_replay_agreement_reply *out) {
    const uint64_t *totals = report->totals;
    *out = (struct wire_replay_agreement_reply){
        .same = totals[POLICY_TURN_SAME],
        .newly_visible = totals[POLICY_TURN_NEW],
        .newly_refused = totals[POLICY_TURN_REFUSED],
        .weaker = totals[POLICY_TURN_WEAKER],
        .other = totals[POLICY_TURN_OTHER],
        .stronger = totals[POLICY_TURN_STRONGER],
        .reason_changed = totals[POLICY_TURN_REASON],
        .rate_only = totals[POLICY_TURN_RATE],
        .cannot_tell = totals[POLICY_TURN_UNKNOWN],
        .questions = report->questions,
        .left_out = {report->withheld, begun->replay.erased, begun->replay.without_text},
        .limit = span_text(limit_words),
    };
}

static struct lg_err report_encode(struct agreement_replay *begun, struct span *out_bytes) {
    struct arena *arena = call_of(begun)->arena;
    struct policy_rehearsal report;
    struct wire_replay_agreement_reply reply;
    TRY(policy_rehearse_report(begun->replay.rehearsal, &report));
    fill_numbers(begun, &report, &reply);
    struct wire_replay_row *rows = arena_array(begun->arena, report.row_count, sizeof *rows);
    TRY(arena_failed(begun->arena));
    for (size_t i = 0; i < report.row_count; i++) {
        fill_row(&report.rows[i], &rows[i]);
    }
    reply.rows = rows;
    reply.row_count = report.row_count;
    TRY(service_commit_logged(&begun->commit, &reply.logged));
    return wire_replay_agreement_reply_encode(arena, &reply, out_bytes);
}

static bool is_error(struct lg_err err, enum lg_module module, int code) {
    return lg_failed(err) && lg_err_module(err) == module && (int)lg_err_code(err) == code;
}

/* Ends the call; the receipt is freed. */
static void refuse(struct agreement_replay *begun) {
    struct service_call *call = call_of(begun);
    struct lg_err err = begun->err;
    audit_receipt_free(&begun->commit.receipt);
    if (is_error(err, LG_AGREEMENT, AGREEMENT_UNKNOWN)) {
        service_refuse(call, GRPC_NOT_FOUND,
                       "id, version: there is no such version that can be evaluated; ask List");
    } else if (is_error(err, LG_AGREEMENT, AGREEMENT_TEXT)) {
        const struct diag *diag = &begun->diag;
        struct span words = diag->line > 0 ? arena_format(call->arena, "text, line %u: %s",
                                                          (unsigned)diag->line, diag->text)
                                           : span_text(diag->text);
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       words.ptr == NULL ? "text: it has faults; ask Check"
                                         : (const char *)words.ptr);
    } else if (is_error(err, LG_SERVICE, SERVICE_REPLAY_TOO_LONG)) {
        service_refuse(call, GRPC_OUT_OF_RANGE,
                       "from_ms, to_ms: the period holds more than one replay reads; ask for "
                       "shorter ones");
    } else {
        service_refuse_error(call, err);
    }
}

static void finish(struct agreement_replay *begun) {
    struct span bytes = span_of(NULL, 0);
    struct lg_err encoded = report_encode(begun, &bytes);
    replay_free(begun);
    service_commit_answer(&begun->commit, encoded, bytes);
}

static void turn_send(struct agreement_replay *begun) {
    loop_pool_send(gateway_of(begun)->bulk, &begun->job);
}

static void on_turn(void *ctx) {
    struct agreement_replay *begun = ctx;
    if (lg_failed(begun->err)) {
        replay_free(begun);
        refuse(begun);
    } else if (begun->is_done) {
        finish(begun);
    } else if (call_of(begun)->is_cancelled) {
        replay_free(begun);
        service_commit_answer(&begun->commit, LG_OK, span_of(NULL, 0));
    } else {
        turn_send(begun);
    }
}

static void on_logged(struct service_commit *commit) {
    struct agreement_replay *begun = commit->ctx;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    begun->job = (struct loop_job){.work = replay_work,
                                   .on_done = on_turn,
                                   .ctx = begun,
                                   .loop = commit->call->service->worker->loop};
    turn_send(begun);
}

/* ---- the call ---- */

/* NULL: it can be replayed. */
static const char *fault_of(const struct wire_replay_agreement_request *request) {
    if (request->from_ms >= request->to_ms) {
        return "from_ms, to_ms: the first moment of the period comes before its end";
    }
    if (request->text.len > 0 && request->version != 0) {
        return "version, text: name a version or send a text, not both";
    }
    return NULL;
}

static void look_begin(struct agreement_replay *begun) {
    const char *fault = fault_of(&begun->request);
    if (fault != NULL) {
        service_refuse(call_of(begun), GRPC_INVALID_ARGUMENT, fault);
        return;
    }
    struct lg_err err = service_officer_look(&begun->commit, "REPLAY");
    if (lg_failed(err)) {
        service_refuse_error(call_of(begun), err);
    }
}

void service_agreement_replay(void *ctx, struct grpc_call *grpc, struct span message) {
    struct service_call *call = service_call_begin(ctx, grpc);
    if (call == NULL) {
        return;
    }
    struct agreement_replay *begun = arena_alloc(call->arena, sizeof *begun);
    if (begun == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    *begun = (struct agreement_replay){.replay = {.has_begun = false}};
    begun->commit = (struct service_commit){.call = call, .on_committed = on_logged, .ctx = begun};
    struct wire_report report;
    struct lg_err err =
        wire_replay_agreement_request_decode(call->arena, message, &report, &begun->request);
    if (service_decoded(call, err, &report) &&
        service_officer_authenticate(call, &begun->request.actor)) {
        look_begin(begun);
    }
}
