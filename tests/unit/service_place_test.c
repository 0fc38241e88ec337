/* SPDX-License-Identifier: Apache-2.0 */
/* A question holds its place in the limits of its agency and connection until its legs are
 * cancelled and its last entry is written, however early its stream was reset: one cheap reset must
 * not free a place while the work goes on (transport.md 3, addition 2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/grpc/grpc_int.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { AT_HOMES = 1U << LINE_HOMES, TURNS_MAX = 4000 };

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};

struct call {
    struct grpc_leg *leg;
    bool is_done;
    enum grpc_status status;
};

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct call *call = ctx;
    (void)leg;
    call->leg = NULL;
    call->is_done = true;
    call->status = outcome->status;
}

static const struct grpc_leg_events call_events = {.on_done = on_done};

/* A question of care to homes, over the wire, on request id `id`. */
static void begin(struct line_world *w, struct call *call, struct span handle, uint8_t id) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, handle);
    struct span homes = span_text("homes");
    struct grpc_request request = {.path = "/lockgate.v1.Disclosures/Ask",
                                   .deadline_ms = w->mono_ms + 20000};
    memset(ask.question.id.bytes, id, sizeof ask.question.id.bytes);
    ask.question.sources = (struct span_list){&homes, 1};
    ask.question.ground.actor =
        (struct actor){.user_id = span_text("u-17"), .role = span_text("worker")};
    assert_false(lg_failed(wire_ask_request_encode(w->arena, &ask.question, &request.message)));
    *call = (struct call){.status = GRPC_UNKNOWN};
    assert_false(
        lg_failed(grpc_channel_call(w->channel, &request, &call_events, call, &call->leg)));
}

static struct span handle_of_amy(struct line_world *w) {
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    return line_handle(w, &amy, true);
}

/* Calls of care that count, as the gateway's server sees it. */
static uint32_t works_of_care(struct line_world *w) {
    return grpc_server_agency(w->server, "care")->works;
}

static size_t outcomes_since(struct line_world *w, uint64_t from) {
    struct line_log log;
    line_log_read(w, from, &log);
    return line_log_count(&log, AUDIT_OUTCOME);
}

/* Turns until the gateway has read the reset; the question's place is still taken then. */
static void until_reset(struct line_world *w, uint64_t resets) {
    for (int i = 0; i < TURNS_MAX && http2_host_counters(w->host)->streams_reset == resets; i++) {
        loop_turn(w->worker.loop, 0);
    }
    assert_true(http2_host_counters(w->host)->streams_reset > resets);
}

static void a_reset_question_holds_its_place_until_its_entry(void **state) {
    struct line_world *w = *state;
    struct call call;
    uint64_t from = audit_size(w->gateway.log);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    begin(w, &call, handle_of_amy(w), 1);
    line_until_fetched(w, LINE_HOMES, 1);
    assert_int_equal(works_of_care(w), 1);
    uint64_t resets = http2_host_counters(w->host)->streams_reset;
    grpc_leg_cancel(&call.leg);
    until_reset(w, resets);
    assert_int_equal(works_of_care(w), 1);
    for (int i = 0; i < TURNS_MAX && works_of_care(w) > 0; i++) {
        loop_turn(w->worker.loop, 1);
    }
    assert_int_equal(works_of_care(w), 0);
    assert_int_equal(outcomes_since(w, from), 1);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].cancelled, 1);
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 1);
}

/* Many at once: at every turn there are at least as many places taken as entries are missing, and
 * no agency is asked for a question that was reset before it came to that. */
static void many_resets_free_no_place_early(void **state) {
    enum { CALLS = 24 };
    struct line_world *w = *state;
    struct call calls[CALLS];
    uint64_t from = audit_size(w->gateway.log);
    struct span handle = handle_of_amy(w);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    for (uint8_t i = 0; i < CALLS; i++) {
        begin(w, &calls[i], handle, (uint8_t)(i + 1));
    }
    line_until_fetched(w, LINE_HOMES, CALLS);
    assert_int_equal(works_of_care(w), CALLS);
    for (size_t i = 0; i < CALLS; i++) {
        grpc_leg_cancel(&calls[i].leg);
    }
    for (int i = 0; i < TURNS_MAX && works_of_care(w) > 0; i++) {
        loop_turn(w->worker.loop, 1);
        assert_true(works_of_care(w) + outcomes_since(w, from) >= CALLS);
    }
    assert_int_equal(works_of_care(w), 0);
    assert_int_equal(outcomes_since(w, from), CALLS);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].cancelled, CALLS);
    /* And the places are free again. */
    struct call again;
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    begin(w, &again, handle, CALLS + 1);
    line_until(w, &again.is_done);
    assert_int_equal(again.status, GRPC_OK);
}

static void a_question_reset_before_it_was_asked_asks_nobody(void **state) {
    struct line_world *w = *state;
    struct call call;
    struct span handle = handle_of_amy(w);
    uint64_t resets = http2_host_counters(w->host)->streams_reset;
    begin(w, &call, handle, 1);
    for (int i = 0; i < TURNS_MAX && works_of_care(w) == 0; i++) {
        loop_turn(w->worker.loop, 0);
    }
    assert_int_equal(works_of_care(w), 1);
    grpc_leg_cancel(&call.leg);
    until_reset(w, resets);
    for (int i = 0; i < TURNS_MAX && works_of_care(w) > 0; i++) {
        loop_turn(w->worker.loop, 1);
    }
    line_settle(w);
    assert_int_equal(works_of_care(w), 0);
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_reset_question_holds_its_place_until_its_entry),
        T(many_resets_free_no_place_early),
        T(a_question_reset_before_it_was_asked_asks_nobody),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
