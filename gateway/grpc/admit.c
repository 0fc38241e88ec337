/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on their way through admission: each takes its ticket when the request is in, and gives it
 * back when its owner lets the call go, whatever became of its stream meanwhile. Refusals leave at
 * once; nothing about them is written to the audit log, since nothing was asked. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/grpc/grpc_int.h"

static const char BUSY[] = "The gateway has more calls than it can answer in time; nothing was "
                           "asked: wait as the answer's headers say, then send it again";
static const char LATE[] = "The call did not get its turn in time; nothing was asked: wait as "
                           "the answer's headers say, then send it again";
static const char SHARE[] = "Your agency has as many calls under way here as one may; nothing was "
                            "asked: let some end, then send it again";
static const char DRAINING[] =
    "This gateway is about to stop; nothing was asked: connect again and "
    "send it anew";

/* ---- refusing ---- */

static uint64_t sum(const uint64_t counts[static GRPC_LANE_COUNT]) {
    uint64_t total = 0;
    for (size_t i = 0; i < GRPC_LANE_COUNT; i++) {
        total += counts[i];
    }
    return total;
}

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

void grpc_admit_note_share(struct grpc_server *server) {
    server->counters.refused_works++;
    server->told_busy.share++;
    log_wake(server);
}

static void note_busy(struct grpc_call *call) {
    struct grpc_server *server = call->server;
    server->counters.refused[call->ticket.lane]++;
    server->told_busy.refused[call->ticket.lane]++;
    log_wake(server);
}

/* Each refusal the next of eight waits, five steps on: neighbours come back apart. */
static int64_t pushback_of(const struct grpc_server *server) {
    enum { STEPS = 8, STRIDE = 5 };
    uint64_t step = sum(server->counters.refused) * STRIDE % STEPS;
    return LIMIT_ADMISSION_PUSHBACK_MS + (int64_t)step * LIMIT_ADMISSION_PUSHBACK_STEP_MS;
}

static void refuse_busy(struct grpc_call *call, const char *message) {
    note_busy(call);
    grpc_call_end(call, GRPC_UNAVAILABLE, message, pushback_of(call->server));
}

static void refuse_share(struct grpc_call *call) {
    grpc_admit_note_share(call->server);
    grpc_call_end(call, GRPC_RESOURCE_EXHAUSTED, SHARE, pushback_of(call->server));
}

/* No overload: its caller finds another place at once. */
static void refuse_drain(struct grpc_call *call) {
    call->server->counters.refused[call->ticket.lane]++;
    grpc_call_end(call, GRPC_UNAVAILABLE, DRAINING, -1);
}

/* ---- turns ---- */

static void on_pump(void *ctx);

static void pump_wake(struct grpc_server *server) {
    if (admission_is_due(&server->admission)) {
        loop_later_start(server->loop, &server->pump, on_pump, server);
    }
}

static void pump_one(struct grpc_call *call, bool is_late) {
    grpc_call_enter(call);
    if (is_late) {
        call->server->counters.refused_late++;
        call->server->told_busy.late++;
        refuse_busy(call, LATE);
    } else {
        call->server->counters.begun[call->ticket.lane]++;
        grpc_call_hand_over(call);
    }
    grpc_call_leave(call);
}

/* Held while it runs: the last of its calls may be the last thing that a freed server waits for. */
static void on_pump(void *ctx) {
    struct grpc_server *server = ctx;
    struct admission *admission = &server->admission;
    int64_t now_ms = loop_now_ms(server->loop);
    bool is_late = false;
    server->call_count++;
    admission_turn(admission, loop_turn_number(server->loop), now_ms);
    struct admission_ticket *ticket = admission_next(admission, now_ms, &is_late);
    while (ticket != NULL) {
        pump_one(ticket->ctx, is_late);
        ticket = admission_next(admission, now_ms, &is_late);
    }
    pump_wake(server);
    server->call_count--;
    grpc_server_settle(server);
}

/* ---- coming ---- */

static void ticket_make(struct grpc_call *call) {
    const struct grpc_method *method = call->method;
    struct span message = grpc_buffer_span(&call->inbox);
    call->ticket = (struct admission_ticket){
        .ctx = call,
        .party = &call->agency->party,
        .pace = &call->server->paces[method - call->server->methods],
        .lane = method->lane_of == NULL ? method->lane : method->lane_of(method->ctx, message),
        .size = message.len,
        .deadline_ms = call->deadline_ms,
    };
}

bool grpc_admit_request(struct grpc_call *call) {
    struct grpc_server *server = call->server;
    int64_t now_ms = loop_now_ms(server->loop);
    ticket_make(call);
    if (call->ticket.lane == GRPC_LANE_NONE) {
        return true;
    }
    admission_turn(&server->admission, loop_turn_number(server->loop), now_ms);
    switch (admission_offer(&server->admission, &call->ticket, now_ms)) {
    case ADMISSION_BEGIN:
        server->counters.begun[call->ticket.lane]++;
        return true;
    case ADMISSION_WAIT:
        if (server->is_draining) {
            refuse_drain(call);
        } else {
            pump_wake(server);
        }
        return false;
    case ADMISSION_BUSY:
        refuse_busy(call, BUSY);
        return false;
    case ADMISSION_SHARE:
        refuse_share(call);
        return false;
    }
    return false;
}

bool grpc_admit_stream(struct grpc_call *call) {
    struct grpc_server *server = call->server;
    call->ticket.lane = call->method->lane;
    if (call->ticket.lane == GRPC_LANE_NONE) {
        return true;
    }
    if (server->stream_count >= LIMIT_ADMISSION_STREAMS ||
        admission_wait_ms(&server->admission) > LIMIT_ADMISSION_STREAM_WAIT_MS) {
        refuse_busy(call, BUSY);
        return false;
    }
    if (call->agency->works > LIMIT_GRPC_AGENCY_WORKS ||
        call->agency->streams >= LIMIT_ADMISSION_STREAMS_AGENCY) {
        refuse_share(call);
        return false;
    }
    server->stream_count++;
    call->agency->streams++;
    call->is_stream = true;
    return true;
}

/* ---- going ---- */

static enum admission_end end_of(const struct grpc_call *call, enum grpc_status status,
                                 int64_t now_ms) {
    /* A client that gives up at its deadline may be a moment before our own timer. */
    enum { EARLY_MS = 10 };
    if (status == GRPC_OK) {
        return ADMISSION_DONE;
    }
    bool is_gone = status == GRPC_CANCELLED && now_ms >= call->deadline_ms - EARLY_MS;
    return status == GRPC_DEADLINE_EXCEEDED || is_gone ? ADMISSION_MISSED : ADMISSION_GIVEN_UP;
}

void grpc_admit_over(struct grpc_call *call, enum grpc_status status) {
    struct admission *admission = &call->server->admission;
    int64_t now_ms = loop_now_ms(call->server->loop);
    if (call->ticket.stage == ADMISSION_BEGUN) {
        admission_note(admission, &call->ticket, end_of(call, status, now_ms), now_ms);
    } else {
        admission_leave(admission, &call->ticket);
    }
}

void grpc_admit_leave(struct grpc_call *call) {
    struct grpc_server *server = call->server;
    admission_leave(&server->admission, &call->ticket);
    if (call->is_stream) {
        server->stream_count--;
        call->agency->streams--;
    }
    pump_wake(server);
}

void grpc_call_rest(struct grpc_call *call, bool rests) {
    struct grpc_server *server = call->server;
    admission_rest(&server->admission, &call->ticket, rests, loop_now_ms(server->loop));
    if (rests) {
        pump_wake(server);
    }
}

/* What waits has not been begun: its caller loses nothing by asking elsewhere. */
void grpc_admit_drain(struct grpc_server *server) {
    struct admission_ticket *ticket = admission_any(&server->admission);
    while (ticket != NULL) {
        struct grpc_call *call = ticket->ctx;
        grpc_call_enter(call);
        refuse_drain(call);
        grpc_call_leave(call);
        ticket = admission_any(&server->admission);
    }
}

/* ---- life ---- */

struct lg_err grpc_admit_new(struct grpc_server *server) {
    int64_t now_ms = loop_now_ms(server->loop);
    server->paces = calloc(server->method_count, sizeof *server->paces);
    if (server->paces == NULL) {
        return grpc_error_memory();
    }
    for (size_t i = 0; i < server->method_count; i++) {
        server->paces[i] = (struct admission_pace){
            .from_ms = now_ms, .least_ms = INT64_MAX, .before_ms = INT64_MAX};
    }
    admission_init(&server->admission, server->config.own_max_ms, now_ms);
    return LG_OK;
}

void grpc_admit_done(struct grpc_server *server) {
    loop_later_stop(server->loop, &server->pump);
    loop_timer_stop(server->loop, &server->told_busy.timer);
    free(server->paces);
    server->paces = NULL;
}
