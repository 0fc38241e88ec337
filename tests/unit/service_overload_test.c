/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway with few places: an agency that does not answer takes none of them, and a question
 * whose caller went away holds its own until its legs are cancelled and its end is in the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { PLACES = LIMIT_ADMISSION_UNDER_WAY_LEAST, CALLS = PLACES + 16 };

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};

struct call {
    struct grpc_leg *leg;
    bool is_done;
    enum grpc_status status;
};

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct call *call = ctx;
    (void)leg;
    call->is_done = true;
    call->leg = NULL;
    call->status = outcome->status;
}

static const struct grpc_leg_events call_events = {.on_done = on_done};

static int setup(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

static struct admission *admission(const struct line_world *w) {
    return &w->server->admission;
}

static void ask(struct line_world *w, struct call *call, struct span handle, const char *source,
                uint8_t id) {
    struct line_ask it = line_ask_of(w, QUERY_ASK, handle);
    struct span name = span_text(source);
    struct span bytes;
    memset(it.question.id.bytes, id, sizeof it.question.id.bytes);
    it.question.sources = (struct span_list){&name, 1};
    it.question.ground.actor =
        (struct actor){.user_id = span_text("u-17"), .role = span_text("worker")};
    assert_false(lg_failed(wire_ask_request_encode(w->arena, &it.question, &bytes)));
    const struct grpc_request request = {.path = "/lockgate.v1.Disclosures/Ask",
                                         .message = bytes,
                                         .deadline_ms = w->mono_ms + 20000};
    *call = (struct call){0};
    assert_false(
        lg_failed(grpc_channel_call(w->channel, &request, &call_events, call, &call->leg)));
}

static struct span handle_of_amy(struct line_world *w) {
    struct person_id amy = line_person(w, 1, 1U << LINE_HOMES | 1U << LINE_SCHOOL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    return line_handle(w, &amy, true);
}

/* More questions to homes than there are places, and homes keeps them all. */
static void stall(struct line_world *w, struct call calls[static CALLS], struct span handle) {
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    admission(w)->under_way_max = PLACES;
    for (size_t i = 0; i < CALLS; i++) {
        ask(w, &calls[i], handle, "homes", (uint8_t)(i + 1));
    }
    line_until_fetched(w, LINE_HOMES, CALLS);
    line_settle(w);
    assert_int_equal(admission(w)->resting, CALLS);
    assert_int_equal(admission(w)->under_way, 0);
}

static void a_slow_agency_takes_no_place(void **state) {
    struct line_world *w = *state;
    struct call calls[CALLS];
    struct call other;
    struct span handle = handle_of_amy(w);
    stall(w, calls, handle);
    ask(w, &other, handle, "school", CALLS + 1);
    line_until(w, &other.is_done);
    assert_int_equal(other.status, GRPC_OK);
    assert_false(calls[0].is_done);
    line_agency_release(w, LINE_HOMES);
    for (size_t i = 0; i < CALLS; i++) {
        line_until(w, &calls[i].is_done);
        assert_int_equal(calls[i].status, GRPC_OK);
    }
    line_settle(w);
    assert_int_equal(admission(w)->resting + admission(w)->under_way, 0);
    assert_int_equal(grpc_server_counters(w->server)->refused[GRPC_LANE_NORMAL], 0);
}

static void a_cancelled_question_holds_its_place_until_it_is_logged(void **state) {
    struct line_world *w = *state;
    struct call calls[CALLS];
    stall(w, calls, handle_of_amy(w));
    uint64_t asked = audit_size(w->gateway.log);
    for (size_t i = 0; i < CALLS; i++) {
        grpc_leg_cancel(&calls[i].leg);
    }
    /* A place given back before its entry is durable would show as fewer entries than ends. */
    for (int i = 0; i < 100000 && admission(w)->resting + admission(w)->under_way > 0; i++) {
        loop_turn(w->worker.loop, 1);
        size_t ended = CALLS - admission(w)->resting - admission(w)->under_way;
        assert_true(audit_size(w->gateway.log) >= asked + ended);
    }
    assert_int_equal(admission(w)->resting + admission(w)->under_way, 0);
    assert_int_equal(audit_size(w->gateway.log), asked + CALLS);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].cancelled, CALLS);
    assert_int_equal(w->server->call_count, 0);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, line_world_open, line_world_close)
    const struct CMUnitTest tests[] = {
        CASE(a_slow_agency_takes_no_place),
        CASE(a_cancelled_question_holds_its_place_until_it_is_logged),
    };
    return cmocka_run_group_tests(tests, setup, line_world_teardown);
}
