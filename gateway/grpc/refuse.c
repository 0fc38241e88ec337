/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that are turned away by admission. Refusals leave at once, since there may be thousands in
 * a second: each is one block of fields that are written out below, so that the encoder of headers
 * finds them all in its table. Nothing about them is written to the audit log, since nothing was
 * asked; a line of the process's log tells of many. */
#include <assert.h>

#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/grpc/grpc_int.h"

/* ---- what is said ---- */

#define FIELD(field_name, field_value)                                                             \
    {                                                                                              \
        .name = {.ptr = (const uint8_t *)(field_name), .len = sizeof(field_name) - 1},             \
        .value = {.ptr = (const uint8_t *)(field_value), .len = sizeof(field_value) - 1},          \
        .is_static = true,                                                                         \
    }

#define BUSY                                                                                       \
    "The gateway has more calls than it can answer in time; nothing was asked: wait as the "       \
    "answer's headers say, then send it again"
#define LATE                                                                                       \
    "The call did not get its turn in time; nothing was asked: wait as the answer's headers say, " \
    "then send it again"
#define SHARE                                                                                      \
    "Your agency has as many calls under way here as one may; nothing was asked: let some end, "   \
    "then send it again"
#define DRAINING "This gateway is about to stop; nothing was asked: connect again and send it anew"

/* What every block begins with, and where the wait stands in it. */
enum { HEAD_FIELDS = 3, SAID_FIELDS = 4, BLOCK_FIELDS = 5, STEPS = 8, STRIDE = 5 };

static const struct {
    enum grpc_status status;
    const char *message;
    struct http2_field fields[SAID_FIELDS];
} SAYINGS[] = {
    [GRPC_REFUSAL_BUSY] = {GRPC_UNAVAILABLE,
                           BUSY,
                           {FIELD(":status", "200"), FIELD("content-type", "application/grpc"),
                            FIELD("grpc-status", "14"), FIELD("grpc-message", BUSY)}},
    [GRPC_REFUSAL_LATE] = {GRPC_UNAVAILABLE,
                           LATE,
                           {FIELD(":status", "200"), FIELD("content-type", "application/grpc"),
                            FIELD("grpc-status", "14"), FIELD("grpc-message", LATE)}},
    [GRPC_REFUSAL_SHARE] = {GRPC_RESOURCE_EXHAUSTED,
                            SHARE,
                            {FIELD(":status", "200"), FIELD("content-type", "application/grpc"),
                             FIELD("grpc-status", "8"), FIELD("grpc-message", SHARE)}},
    [GRPC_REFUSAL_DRAIN] = {GRPC_UNAVAILABLE,
                            DRAINING,
                            {FIELD(":status", "200"), FIELD("content-type", "application/grpc"),
                             FIELD("grpc-status", "14"), FIELD("grpc-message", DRAINING)}},
};

/* LIMIT_ADMISSION_PUSHBACK_MS and seven steps more. */
static const struct http2_field WAITS[STEPS] = {
    FIELD("grpc-retry-pushback-ms", "200"), FIELD("grpc-retry-pushback-ms", "300"),
    FIELD("grpc-retry-pushback-ms", "400"), FIELD("grpc-retry-pushback-ms", "500"),
    FIELD("grpc-retry-pushback-ms", "600"), FIELD("grpc-retry-pushback-ms", "700"),
    FIELD("grpc-retry-pushback-ms", "800"), FIELD("grpc-retry-pushback-ms", "900"),
};
static_assert(LIMIT_ADMISSION_PUSHBACK_MS == 200 && LIMIT_ADMISSION_PUSHBACK_STEP_MS == 100,
              "they are written out");

static uint64_t sum(const uint64_t counts[static GRPC_LANE_COUNT]) {
    uint64_t total = 0;
    for (size_t i = 0; i < GRPC_LANE_COUNT; i++) {
        total += counts[i];
    }
    return total;
}

/* Each refusal the next of eight waits, five steps on: neighbours come back apart. Whom a drain
 * turns away finds another place at once. */
static int step_of(const struct grpc_server *server, enum grpc_refusal refusal) {
    uint64_t before = sum(server->counters.refused) + server->counters.refused_works;
    return refusal == GRPC_REFUSAL_DRAIN ? -1 : (int)(before * STRIDE % STEPS);
}

/* Nobody has had the call yet, so nothing was added to what it answers. */
static void respond(struct grpc_call *call, enum grpc_refusal refusal, int step) {
    struct http2_field block[BLOCK_FIELDS];
    size_t count = SAID_FIELDS;
    for (size_t i = 0; i < SAID_FIELDS; i++) {
        block[i] = SAYINGS[refusal].fields[i];
    }
    if (step >= 0) {
        block[count++] = WAITS[step];
    }
    grpc_call_mark_over(call, SAYINGS[refusal].status);
    struct lg_err err = http2_stream_respond(call->stream, block, count, true);
    if (lg_failed(err) && lg_err_code(err) == HTTP2_FULL) {
        err = http2_stream_respond(call->stream, block, HEAD_FIELDS, true);
    }
    if (lg_failed(err)) {
        http2_stream_reset(call->stream, HTTP2_INTERNAL_ERROR, false);
    }
}

/* ---- patience ---- */

static void on_patience(void *ctx);

static void patience_end(struct grpc_server *server) {
    struct grpc_patience *patience = &server->patience;
    loop_timer_stop(server->loop, &patience->timer);
    if (patience->is_begun) {
        patience->is_begun = false;
        loop_patience_end(server->loop);
    }
}

static bool patience_arm(struct grpc_server *server) {
    struct grpc_patience *patience = &server->patience;
    patience->from_ms = loop_now_ms(server->loop);
    patience->refusals = 0;
    return !lg_failed(loop_timer_start(server->loop, &patience->timer,
                                       patience->from_ms + LIMIT_ADMISSION_PATIENCE_MS, on_patience,
                                       server));
}

static void on_patience(void *ctx) {
    struct grpc_server *server = ctx;
    bool goes_on = server->patience.refusals >= LIMIT_ADMISSION_PATIENCE_REFUSALS;
    if (!goes_on || !patience_arm(server)) {
        patience_end(server);
    }
}

/* Where many are refused, what reading and answering cost a connection each time is as much as a
 * refusal itself: so the next ones are read together. */
static void patience_note(struct grpc_server *server) {
    struct grpc_patience *patience = &server->patience;
    int64_t now_ms = loop_now_ms(server->loop);
    if (!patience->is_begun && now_ms - patience->from_ms >= LIMIT_ADMISSION_PATIENCE_MS) {
        patience->from_ms = now_ms;
        patience->refusals = 0;
    }
    patience->refusals++;
    bool is_due = !patience->is_begun && !server->is_freed &&
                  patience->refusals >= LIMIT_ADMISSION_PATIENCE_REFUSALS;
    if (is_due && patience_arm(server)) {
        patience->is_begun = true;
        loop_patience_begin(server->loop);
    }
}

/* ---- the log ---- */

static void on_log(void *ctx);

static void log_arm(struct grpc_server *server, int64_t in_ms) {
    lg_err_ignore(loop_timer_start(server->loop, &server->told_busy.timer,
                                   loop_now_ms(server->loop) + in_ms, on_log, server),
                  "the next refusal tries again");
}

/* One line for all refusals of a while; the last while without any ends it. */
static void on_log(void *ctx) {
    struct grpc_server *server = ctx;
    struct grpc_told_busy *told = &server->told_busy;
    const struct admission *admission = &server->admission;
    uint64_t refused = sum(told->refused) + told->share;
    if (refused == 0) {
        told->is_going = false;
        log_line(LOG_INFO, "grpc.overload.over", "refused=0");
        return;
    }
    log_line(LOG_WARN, "grpc.overload",
             "refused=%llu urgent=%llu bulk=%llu over-share=%llu late=%llu under-way=%u "
             "under-way-max=%u resting=%u turn-begins-max=%u",
             (unsigned long long)refused, (unsigned long long)told->refused[GRPC_LANE_URGENT],
             (unsigned long long)told->refused[GRPC_LANE_BULK], (unsigned long long)told->share,
             (unsigned long long)told->late, admission->under_way, admission->under_way_max,
             admission->resting, admission->turn_begins_max);
    *told = (struct grpc_told_busy){.timer = told->timer, .is_going = true};
    log_arm(server, LIMIT_ADMISSION_LOG_MS);
}

static void log_wake(struct grpc_server *server) {
    if (server->told_busy.timer.heap_index == 0 && !server->is_freed) {
        log_arm(server, LIMIT_ADMISSION_LOG_FIRST_MS);
    }
}

/* ---- counting ---- */

void grpc_refuse_note_share(struct grpc_server *server) {
    server->counters.refused_works++;
    server->told_busy.share++;
    patience_note(server);
    log_wake(server);
}

static void note_busy(struct grpc_call *call) {
    struct grpc_server *server = call->server;
    server->counters.refused[call->ticket.lane]++;
    server->told_busy.refused[call->ticket.lane]++;
    patience_note(server);
    log_wake(server);
}

static void note_late(struct grpc_call *call) {
    call->server->counters.refused_late++;
    call->server->told_busy.late++;
    note_busy(call);
}

static void note(struct grpc_call *call, enum grpc_refusal refusal) {
    switch (refusal) {
    case GRPC_REFUSAL_BUSY:
        note_busy(call);
        return;
    case GRPC_REFUSAL_LATE:
        note_late(call);
        return;
    case GRPC_REFUSAL_SHARE:
        grpc_refuse_note_share(call->server);
        return;
    case GRPC_REFUSAL_DRAIN: /* no overload */
        call->server->counters.refused[call->ticket.lane]++;
        return;
    }
}

void grpc_refuse(struct grpc_call *call, enum grpc_refusal refusal) {
    ASSERT(!call->is_given && !call->is_over);
    note(call, refusal);
    int step = step_of(call->server, refusal);
    if (call->protocol == GRPC_PROTOCOL_GRPC) {
        respond(call, refusal, step);
        return;
    }
    int64_t wait_ms =
        step < 0 ? -1
                 : LIMIT_ADMISSION_PUSHBACK_MS + (int64_t)step * LIMIT_ADMISSION_PUSHBACK_STEP_MS;
    grpc_call_end(call, SAYINGS[refusal].status, SAYINGS[refusal].message, wait_ms);
}

void grpc_refuse_done(struct grpc_server *server) {
    patience_end(server);
    loop_timer_stop(server->loop, &server->told_busy.timer);
}
