/* SPDX-License-Identifier: Apache-2.0 */
/* Source.Fetch and Source.Acknowledge. The answer is made at once, written to the agency's own
 * journal and record, and leaves at its slot, once the record is durable. */
#include "gateway/base/limits.h"
#include "gateway/base/log.h"
#include "gateway/wire/source.h"
#include "tools/connector/answer.h"
#include "tools/connector/left.h"
#include "tools/connector/serve_int.h"

/* An answer that waits for its slot; lives in its arena. */
struct fetch {
    struct connector_server *server;
    struct grpc_call *call;
    struct arena *arena;
    struct loop_timer timer;
    struct fetch_request request;
    struct span reply;
    int64_t began_ms;
};

static int64_t now_ms(const struct connector_server *server) {
    return clock_mono_ms(&server->agent->clock);
}

static void fetch_end(struct fetch *fetch) {
    struct arena *arena = fetch->arena;
    loop_timer_stop(fetch->server->agent->loop, &fetch->timer);
    arena_free(&arena);
}

/* One flush makes everything durable that was written before it, so that of many answers that are
 * due together the first one waits for the disk. */
static struct lg_err record_settle(struct connector_server *server) {
    TRY(record_book_flush(&server->record));
    if (server->record.dropped != server->record_dropped) {
        server->record_dropped = server->record.dropped;
        log_line(LOG_WARN, "connector.record.dropped", "files=%u newest=%u", server->record.dropped,
                 server->record.number);
    }
    return LG_OK;
}

static void on_slot(void *ctx) {
    struct fetch *fetch = ctx;
    struct lg_err err = record_settle(fetch->server);
    if (lg_failed(err)) {
        log_line(LOG_ERROR, "connector.record.failed", "class=%s code=%u",
                 lg_class_name(lg_err_class(err)), lg_err_code(err));
        grpc_call_set_ctx(fetch->call, NULL);
        grpc_call_refuse(&fetch->call, grpc_status_of_error(err), NULL);
    } else {
        grpc_call_reply(&fetch->call, fetch->reply);
    }
    fetch_end(fetch);
}

static void unsent_note(struct fetch *fetch) {
    struct connector_server *server = fetch->server;
    lg_err_ignore(connector_left_unsent(&server->record, fetch->arena,
                                        clock_wall_ms(&server->agent->clock),
                                        &fetch->request.call_reference),
                  "then the record says that it left, which is looked into");
}

void connector_on_fetch_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    (void)ctx;
    (void)why;
    struct fetch *fetch = grpc_call_ctx(call);
    if (fetch != NULL) {
        unsent_note(fetch);
        grpc_call_release(&fetch->call);
        fetch_end(fetch);
    }
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* A text that is no key of anybody, as long as keys are, so that a decoy's queries cost the same.
 */
static struct span nobody(struct arena *arena) {
    uint64_t random = 0;
    vault_random(&random, sizeof random);
    return arena_format(arena, "nobody-%08x", (unsigned)(random & 0xffffffffU));
}

static struct lg_err answer_make(struct fetch *fetch, struct answer *out_answer) {
    struct connector_agent *agent = fetch->server->agent;
    struct edge_reference reference;
    TRY(edge_reference_open(agent->keys.box, fetch->request.reference, &reference));
    struct span local = span_of(reference.local, reference.local_len);
    struct connector_question question = {
        .key = reference.is_decoy ? nobody(fetch->arena) : arena_copy(fetch->arena, local),
        .is_decoy = reference.is_decoy,
        .items = fetch->request.items,
        .tier = fetch->request.tier,
        .now_s = clock_wall_ms(&agent->clock) / 1000,
        .tag_key = agent->keys.tag};
    vault_wipe(&reference, sizeof reference);
    TRY(arena_failed(fetch->arena));
    TRY(connector_answer(agent->rows, &question, fetch->arena, out_answer));
    out_answer->call_reference = fetch->request.call_reference;
    return LG_OK;
}

/* Records that fit no size class go, oldest groups last in the list first. */
static struct lg_err reply_make(struct fetch *fetch, struct answer *answer) {
    struct span bare;
    TRY(wire_fetch_reply_encode(fetch->arena, answer, 0, &bare));
    while (connector_size_class(bare.len) == 0 && answer->record_count > 1) {
        answer->record_count = (answer->record_count + 1) / 2;
        TRY(wire_fetch_reply_encode(fetch->arena, answer, 0, &bare));
    }
    size_t size = connector_size_class(bare.len);
    struct lg_err err = wire_fetch_reply_encode(fetch->arena, answer, size, &fetch->reply);
    if (lg_failed(err) && connector_size_class(size) != 0) {
        /* A few gaps cannot be filled exactly: the next class can. */
        err = wire_fetch_reply_encode(fetch->arena, answer, connector_size_class(size),
                                      &fetch->reply);
    }
    return err;
}

static void rows_refresh(struct connector_server *server) {
    struct diag diag = {.line = 0};
    bool changed = false;
    struct lg_err err = connector_rows_refresh(server->agent->rows, &diag, &changed);
    if (lg_failed(err)) {
        log_line(LOG_WARN, "connector.source.kept", "line=%u", diag.line);
    } else if (changed) {
        size_t bad_lines = 0;
        (void)connector_rows_bad_lines(server->agent->rows, &bad_lines);
        log_line(LOG_INFO, "connector.source.taken", "bad_lines=%zu", bad_lines);
    }
}

static struct lg_err fetch_work(struct fetch *fetch, struct span message,
                                struct wire_report *report) {
    struct connector_server *server = fetch->server;
    struct answer answer;
    TRY(wire_fetch_request_decode(fetch->arena, message, report, &fetch->request));
    rows_refresh(server);
    TRY(answer_make(fetch, &answer));
    TRY(reply_make(fetch, &answer));
    int64_t wall_ms = clock_wall_ms(&server->agent->clock);
    TRY(connector_journal_fetch(&server->journal, fetch->arena, wall_ms, &fetch->request, &answer));
    return connector_left_add(&server->record, fetch->arena,
                              &(struct connector_left){.request = &fetch->request,
                                                       .answer = &answer,
                                                       .reply = fetch->reply,
                                                       .key = server->agent->keys.tag,
                                                       .now_ms = wall_ms});
}

void connector_on_fetch(void *ctx, struct grpc_call *call, struct span message) {
    struct connector_server *server = ctx;
    if (!connector_peer_is_gateway(server, grpc_call_peer(call))) {
        grpc_call_refuse(&call, GRPC_PERMISSION_DENIED, "Only the gateway asks this source");
        return;
    }
    struct arena *arena = NULL;
    struct fetch *fetch = NULL;
    if (!lg_failed(arena_new(LIMIT_CONNECTOR_ARENA, &arena))) {
        fetch = arena_alloc(arena, sizeof *fetch);
    }
    if (fetch == NULL) {
        arena_free(&arena);
        grpc_call_refuse(&call, GRPC_RESOURCE_EXHAUSTED, NULL);
        return;
    }
    *fetch =
        (struct fetch){.server = server, .call = call, .arena = arena, .began_ms = now_ms(server)};
    struct wire_report report = {.ignored = 0};
    struct lg_err err = fetch_work(fetch, message, &report);
    if (!lg_failed(err)) {
        grpc_call_set_ctx(call, fetch);
        err = loop_timer_start(server->agent->loop, &fetch->timer,
                               connector_slot_ms(fetch->began_ms, now_ms(server)), on_slot, fetch);
        if (lg_failed(err)) {
            unsent_note(fetch);
        }
    }
    if (lg_failed(err)) {
        log_line(LOG_WARN, "connector.fetch.failed", "class=%s code=%u",
                 lg_class_name(lg_err_class(err)), lg_err_code(err));
        grpc_call_set_ctx(call, NULL);
        grpc_call_refuse(&call, grpc_status_of_error(err),
                         report.sentence[0] != '\0' ? report.sentence : NULL);
        fetch_end(fetch);
    }
}

/* ---- acknowledgement ------------------------------------------------------------------------- */

static struct lg_err acknowledge(struct connector_server *server, struct arena *arena,
                                 struct span message, struct wire_report *report) {
    struct wire_acknowledge_request request;
    TRY(wire_acknowledge_request_decode(arena, message, report, &request));
    int64_t wall_ms = clock_wall_ms(&server->agent->clock);
    TRY(connector_journal_receipt(&server->journal, arena, wall_ms, &request));
    return connector_left_receipt(&server->record, arena, wall_ms, &request);
}

void connector_on_acknowledge(void *ctx, struct grpc_call *call, struct span message) {
    struct connector_server *server = ctx;
    struct wire_report report = {.ignored = 0};
    if (!connector_peer_is_gateway(server, grpc_call_peer(call))) {
        grpc_call_refuse(&call, GRPC_PERMISSION_DENIED, "Only the gateway asks this source");
        return;
    }
    OWN(arena_free) struct arena *arena = NULL;
    struct lg_err err = arena_new(LIMIT_CONNECTOR_ARENA, &arena);
    if (!lg_failed(err)) {
        err = acknowledge(server, arena, message, &report);
    }
    if (lg_failed(err)) {
        log_line(LOG_WARN, "connector.receipt.failed", "class=%s code=%u",
                 lg_class_name(lg_err_class(err)), lg_err_code(err));
        grpc_call_refuse(&call, grpc_status_of_error(err),
                         report.sentence[0] != '\0' ? report.sentence : NULL);
        return;
    }
    grpc_call_reply(&call, (struct span){.ptr = NULL});
}
