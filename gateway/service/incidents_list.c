/* SPDX-License-Identifier: Apache-2.0 */
/* List and Get, of the service Incidents. The look is a SEARCH entry first. Of an incident that was
 * escalated to them the host's officers see whose it is, of what kind and since when. */
#include "gateway/base/bytes.h"
#include "gateway/service/incidents_int.h"

/* ---- List ---- */

struct listing {
    struct service_commit commit;
    const struct wire_incident_list_request *request;
    struct store_incident_look look;
};

static struct lg_err cursor_write(const struct store_incident *last, bool is_escalated,
                                  struct arena *arena, struct span *out_cursor) {
    uint8_t *buf = arena_alloc(arena, WIRE_INCIDENT_CURSOR_SIZE);
    TRY(arena_failed(arena));
    struct writer w = writer_of(buf, WIRE_INCIDENT_CURSOR_SIZE);
    writer_u64(&w, is_escalated ? last->escalated_index : last->log_index);
    return writer_end(&w, out_cursor);
}

static struct lg_err list_make(struct listing *it, struct wire_incident_list_reply *reply) {
    struct service_call *call = it->commit.call;
    struct store_reader *reader = call->service->worker->reader;
    struct store_incidents rows;
    int64_t now_ms = service_incident_now(call);
    TRY(store_incidents_list(reader, &it->look, call->arena, &rows));
    struct wire_incident *shown = arena_array(call->arena, rows.count, sizeof *shown);
    TRY(arena_failed(call->arena));
    for (size_t i = 0; i < rows.count; i++) {
        struct incident_state state;
        TRY(incident_read(reader, &rows.items[i], 0, call->arena, &state));
        TRY(service_incident_show(&state, it->look.is_escalated, now_ms, call->arena, &shown[i]));
    }
    reply->incidents = shown;
    reply->incident_count = rows.count;
    if (rows.count == LIMIT_INCIDENT_PAGE) {
        TRY(cursor_write(&rows.items[rows.count - 1], it->look.is_escalated, call->arena,
                         &reply->cursor));
    }
    return service_commit_logged(&it->commit, &reply->logged);
}

static void on_list_logged(struct service_commit *commit) {
    struct listing *it = commit->ctx;
    struct wire_incident_list_reply reply = {.incident_count = 0};
    struct span bytes = span_of(NULL, 0);
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = list_make(it, &reply);
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_LIST, commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

void service_incident_list(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_LIST, sizeof(struct wire_incident_list_request),
        offsetof(struct wire_incident_list_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL) {
        return;
    }
    struct listing *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    it->commit = (struct service_commit){.call = call, .on_committed = on_list_logged, .ctx = it};
    it->look = (struct store_incident_look){.agency = call->caller.agency,
                                            .is_escalated = it->request->escalated,
                                            .is_with_closed = it->request->all,
                                            .before = UINT64_MAX};
    struct reader r = reader_of(it->request->cursor);
    if (it->request->cursor.len > 0) {
        it->look.before = reader_u64(&r);
    }
    if (lg_failed(reader_end(&r))) {
        service_refuse(call, GRPC_INVALID_ARGUMENT,
                       "cursor: of the reply before this page, with the same request");
        return;
    }
    struct lg_err err = service_officer_look(&it->commit, "INCIDENTS");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}

/* ---- Get ---- */

struct getting {
    struct service_commit commit;
    const struct wire_incident_get_request *request;
};

/* Those of whom the sender may not know to whom they went stand as one, which is acknowledged when
 * all are: else it would tell how many recipients there were. */
struct quiet {
    bool is_any;
    struct wire_incident_notice sum;
};

static void quiet_add(struct quiet *quiet, const struct wire_incident_notice *it) {
    struct wire_incident_notice *sum = &quiet->sum;
    if (!quiet->is_any) {
        *sum = *it;
        sum->number = 0;
        sum->reason = span_of(NULL, 0);
        quiet->is_any = true;
        return;
    }
    sum->entry_total += it->entry_total;
    sum->overdue = sum->overdue || it->overdue;
    sum->acknowledged = sum->acknowledged && it->acknowledged;
    sum->outcome = sum->outcome == it->outcome ? it->outcome : WIRE_INCIDENT_OUTCOME_UNSPECIFIED;
    sum->sent_ms = it->sent_ms;
    sum->by_ms = it->by_ms > sum->by_ms ? it->by_ms : sum->by_ms;
    sum->acknowledged_ms =
        it->acknowledged_ms > sum->acknowledged_ms ? it->acknowledged_ms : sum->acknowledged_ms;
}

static void quiet_end(struct quiet *quiet) {
    if (!quiet->sum.acknowledged) {
        quiet->sum.outcome = WIRE_INCIDENT_OUTCOME_UNSPECIFIED;
        quiet->sum.acknowledged_ms = 0;
    }
}

static struct lg_err notices_make(const struct service_call *call,
                                  const struct incident_state *state,
                                  struct wire_incident_get_reply *reply) {
    struct store_incident_notices rows;
    struct arena *arena = call->arena;
    int64_t now_ms = service_incident_now(call);
    TRY(store_incident_notices_of(call->service->worker->reader, &state->id, arena, &rows));
    struct wire_incident_notice *shown = arena_array(arena, rows.count + 1, sizeof *shown);
    struct quiet quiet = {.is_any = false};
    size_t count = 0;
    TRY(arena_failed(arena));
    for (size_t i = 0; i < rows.count; i++) {
        struct incident_notice notice;
        TRY(incident_notice_read(&rows.items[i], &notice));
        TRY(service_incident_notice_show(&notice, false, now_ms, arena, &shown[count]));
        if (notice.sent.is_quiet) {
            quiet_add(&quiet, &shown[count]);
        } else {
            count++;
        }
    }
    if (quiet.is_any) {
        quiet_end(&quiet);
        shown[count++] = quiet.sum;
    }
    reply->notices = shown;
    reply->notice_count = count;
    return LG_OK;
}

static struct lg_err get_make(struct getting *it, bool *out_found,
                              struct wire_incident_get_reply *reply) {
    struct service_call *call = it->commit.call;
    struct incident_state state;
    TRY(service_incident_find(call, &it->request->incident_id, 0, out_found, &state));
    if (!*out_found) {
        return LG_OK;
    }
    TRY(service_incident_show(&state, false, service_incident_now(call), call->arena,
                              &reply->incident));
    TRY(notices_make(call, &state, reply));
    return service_commit_logged(&it->commit, &reply->logged);
}

static void on_get_logged(struct service_commit *commit) {
    struct getting *it = commit->ctx;
    struct wire_incident_get_reply reply = {.notice_count = 0};
    struct span bytes = span_of(NULL, 0);
    bool found = false;
    if (!service_commit_is_durable(commit)) {
        return;
    }
    struct lg_err err = get_make(it, &found, &reply);
    if (!lg_failed(err) && !found) {
        audit_receipt_free(&commit->receipt);
        service_refuse(commit->call, GRPC_NOT_FOUND, service_incident_absent);
        return;
    }
    if (!lg_failed(err)) {
        err = wire_incident_reply_encode(WIRE_INCIDENT_GET, commit->call->arena, &reply, &bytes);
    }
    service_commit_answer(commit, err, bytes);
}

void service_incident_get(void *ctx, struct grpc_call *grpc, struct span message) {
    static const struct service_incident_shape shape = {
        WIRE_INCIDENT_GET, sizeof(struct wire_incident_get_request),
        offsetof(struct wire_incident_get_request, actor)};
    void *request = NULL;
    struct service_call *call = service_incident_begin(ctx, grpc, message, &shape, &request);
    if (call == NULL) {
        return;
    }
    struct getting *it = arena_alloc(call->arena, sizeof *it);
    if (it == NULL) {
        service_refuse_error(call, arena_failed(call->arena));
        return;
    }
    it->request = request;
    it->commit = (struct service_commit){.call = call, .on_committed = on_get_logged, .ctx = it};
    struct lg_err err = service_officer_look(&it->commit, "INCIDENTS");
    if (lg_failed(err)) {
        service_refuse_error(call, err);
    }
}
