/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on their way through admission: each takes its ticket when the request is in, and gives it
 * back when its owner lets the call go, whatever became of its stream meanwhile. Refusals:
 * refuse.c.
 */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/grpc_int.h"

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
        grpc_refuse(call, GRPC_REFUSAL_LATE);
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
            grpc_refuse(call, GRPC_REFUSAL_DRAIN);
        } else {
            pump_wake(server);
        }
        return false;
    case ADMISSION_BUSY:
        grpc_refuse(call, GRPC_REFUSAL_BUSY);
        return false;
    case ADMISSION_SHARE:
        grpc_refuse(call, GRPC_REFUSAL_SHARE);
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
        grpc_refuse(call, GRPC_REFUSAL_BUSY);
        return false;
    }
    if (call->agency->works > LIMIT_GRPC_AGENCY_WORKS ||
        call->agency->streams >= LIMIT_ADMISSION_STREAMS_AGENCY) {
        grpc_refuse(call, GRPC_REFUSAL_SHARE);
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
        grpc_refuse(call, GRPC_REFUSAL_DRAIN);
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
    free(server->paces);
    server->paces = NULL;
}
