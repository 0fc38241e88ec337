/* SPDX-License-Identifier: Apache-2.0 */
/* More calls than a server may have under way: who waits, who is refused and how, and what frees a
 * place. The server of the world holds what it is asked to, and may have 64 under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/grpc_world.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

enum { PLACES = 64, STREAMS = LIMIT_HTTP2_STREAMS };
enum { OVER = STREAMS - PLACES };

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static struct admission *admission(struct grpc_world *world) {
    return &world->server->admission;
}

static void hold(struct grpc_world *world, struct grpc_try *it, const char *text) {
    grpc_try_begin(world, it, "/t.T/Hold", span_text(text), 20000);
}

/* As many calls as one connection may have: 64 are begun, 36 wait. */
static void fill(struct grpc_world *world, struct grpc_try tries[static STREAMS]) {
    admission(world)->under_way_max = PLACES;
    for (size_t i = 0; i < STREAMS; i++) {
        hold(world, &tries[i], "n");
    }
    grpc_world_settle(world);
    assert_int_equal(world->held_count, PLACES);
    assert_int_equal(admission(world)->under_way, PLACES);
    assert_int_equal(admission(world)->rings[GRPC_LANE_NORMAL].waiting, OVER);
    assert_true(admission_valid(admission(world)));
}

static void expect_empty(struct grpc_world *world) {
    assert_int_equal(world->held_count, 0);
    assert_int_equal(admission(world)->under_way, 0);
    assert_int_equal(admission(world)->waiting_size, 0);
    assert_null(admission_any(admission(world)));
    assert_int_equal(http2_host_counters(world->host)->works, 0);
}

static void release_all(struct grpc_world *world) {
    while (world->held_count > 0) {
        grpc_world_release(world, 0);
        grpc_world_turn(world);
    }
    grpc_world_settle(world);
}

/* What waited begins as places come free, and is answered. */
static void test_waiting_calls_get_their_turn(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    for (size_t left = OVER; left > 0; left--) {
        grpc_world_release(world, 0);
        grpc_world_settle(world);
        assert_int_equal(world->held_count, PLACES);
    }
    release_all(world);
    for (size_t i = 0; i < STREAMS; i++) {
        assert_int_equal(tries[i].status, GRPC_OK);
    }
    assert_int_equal(grpc_server_counters(world->server)->begun[GRPC_LANE_NORMAL], STREAMS);
    assert_int_equal(grpc_server_counters(world->server)->refused[GRPC_LANE_NORMAL], 0);
    expect_empty(world);
}

/* One loop turn begins so many and no more; the rest is begun in the next ones. */
static void test_one_turn_is_short(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    for (size_t i = 0; i < STREAMS; i++) {
        hold(world, &tries[i], "n");
    }
    while (world->held_count == 0) {
        grpc_world_turn(world);
    }
    assert_int_equal(world->held_count, LIMIT_ADMISSION_TURN_BEGINS_FIRST);
    grpc_world_turn(world);
    assert_in_range(world->held_count, LIMIT_ADMISSION_TURN_BEGINS_FIRST + 1, STREAMS - 1);
    grpc_world_settle(world);
    assert_int_equal(world->held_count, STREAMS);
    release_all(world);
    expect_empty(world);
}

/* Urgent calls find room where there is none for others, and go before what waits. */
static void test_urgent_goes_first(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    struct grpc_try bulk;
    admission(world)->under_way_max = PLACES;
    for (size_t i = 0; i < PLACES + 10; i++) {
        hold(world, &tries[i], "n");
    }
    grpc_world_settle(world);
    hold(world, &bulk, "bulk");
    grpc_world_settle(world);
    assert_int_equal(world->held_count, PLACES);
    for (size_t i = PLACES + 10; i < PLACES + 30; i++) {
        hold(world, &tries[i], "urgent");
    }
    grpc_world_settle(world);
    const struct grpc_counters *counters = grpc_server_counters(world->server);
    assert_int_equal(counters->begun[GRPC_LANE_URGENT], PLACES / 4);
    assert_int_equal(counters->begun[GRPC_LANE_NORMAL], PLACES);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    assert_int_equal(counters->begun[GRPC_LANE_URGENT], PLACES / 4 + 1);
    assert_int_equal(counters->begun[GRPC_LANE_BULK], 0);
    release_all(world);
    assert_int_equal(bulk.status, GRPC_OK);
    assert_int_equal(counters->begun[GRPC_LANE_URGENT], 20);
    expect_empty(world);
}

/* Cancelled while it waits: its place is free, its owner never hears of it. */
static void test_cancelled_while_it_waits(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    for (size_t i = PLACES; i < STREAMS; i += 2) {
        grpc_leg_cancel(&tries[i].leg);
    }
    grpc_world_settle(world);
    assert_int_equal(admission(world)->rings[GRPC_LANE_NORMAL].waiting, OVER / 2);
    assert_int_equal(http2_host_counters(world->host)->works, PLACES + OVER / 2);
    assert_int_equal(world->seen.cancelled, 0);
    release_all(world);
    assert_int_equal(world->seen.requests, PLACES + OVER / 2);
    expect_empty(world);
}

/* A cancelled call that its owner still works on holds its place until it is let go. */
static void test_cancelled_work_is_counted(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    world->keeps = true;
    for (size_t i = 0; i < STREAMS; i++) {
        grpc_leg_cancel(&tries[i].leg);
    }
    grpc_world_settle(world);
    assert_int_equal(world->seen.cancelled, PLACES);
    assert_int_equal(world->held_count, PLACES);
    assert_int_equal(admission(world)->under_way, PLACES);
    assert_int_equal(admission(world)->rings[GRPC_LANE_NORMAL].waiting, 0);
    struct grpc_try next;
    hold(world, &next, "next");
    grpc_world_settle(world);
    assert_int_equal(world->seen.requests, PLACES);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    assert_int_equal(world->seen.requests, PLACES + 1);
    world->keeps = false;
    release_all(world);
    assert_int_equal(next.status, GRPC_OK);
    expect_empty(world);
}

/* The deadline of a call that waits ends it; nobody works on it. */
static void test_deadline_while_it_waits(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    struct grpc_try hasty;
    admission(world)->under_way_max = PLACES;
    for (size_t i = 0; i < PLACES; i++) {
        hold(world, &tries[i], "n");
    }
    grpc_try_begin(world, &hasty, "/t.T/Hold", span_text("n"), 100);
    grpc_world_settle(world);
    assert_int_equal(admission(world)->rings[GRPC_LANE_NORMAL].waiting, 1);
    grpc_world_pass(world, 101);
    assert_int_equal(hasty.status, GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(admission(world)->rings[GRPC_LANE_NORMAL].waiting, 0);
    assert_int_equal(world->seen.requests, PLACES);
    release_all(world);
    expect_empty(world);
}

/* Its turn comes when half of its time is gone: refused, and told when to come again. */
static void test_refused_late(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    grpc_world_pass(world, 10001);
    assert_int_equal(admission(world)->rings[GRPC_LANE_NORMAL].waiting, OVER);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    const struct grpc_counters *counters = grpc_server_counters(world->server);
    assert_int_equal(counters->refused_late, OVER);
    assert_int_equal(counters->refused[GRPC_LANE_NORMAL], OVER);
    int steps[8] = {0};
    int refused = 0;
    for (size_t i = 0; i < STREAMS; i++) {
        if (tries[i].status != GRPC_UNAVAILABLE) {
            continue;
        }
        int64_t step =
            (tries[i].pushback_ms - LIMIT_ADMISSION_PUSHBACK_MS) / LIMIT_ADMISSION_PUSHBACK_STEP_MS;
        assert_in_range(step, 0, 7);
        steps[step]++;
        refused++;
        assert_false(tries[i].is_ours);
        assert_non_null(strstr(tries[i].message, "nothing was asked"));
    }
    assert_int_equal(refused, OVER);
    for (size_t i = 0; i < 8; i++) {
        assert_in_range(steps[i], OVER / 8, OVER / 8 + 1);
    }
    release_all(world);
    expect_empty(world);
}

/* Who could not have their turn in time hears it in the turn in which they came. */
static void test_refused_at_once(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    struct grpc_try late;
    fill(world, tries);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    admission(world)->rate = 10000; /* ten calls a second */
    grpc_try_begin(world, &late, "/t.T/Hold", span_text("n"), 4000);
    grpc_world_settle(world);
    assert_int_equal(late.status, GRPC_UNAVAILABLE);
    assert_true(late.pushback_ms >= LIMIT_ADMISSION_PUSHBACK_MS);
    assert_int_equal(grpc_server_counters(world->server)->refused_late, 0);
    /* A client stream does not wait at all. */
    grpc_try_begin(world, &late, "/t.T/Sum", (struct span){0}, 4000);
    grpc_leg_end(late.leg);
    grpc_world_settle(world);
    assert_int_equal(late.status, GRPC_UNAVAILABLE);
    assert_int_equal(world->seen.opened, 0);
    /* Health is answered whatever happens. */
    grpc_try_begin(world, &late, "/grpc.health.v1.Health/Check", (struct span){0}, 4000);
    grpc_world_settle(world);
    assert_int_equal(late.status, GRPC_OK);
    release_all(world);
    expect_empty(world);
}

static void test_client_streams_are_counted(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Sum", (struct span){0}, 4000);
    grpc_world_settle(world);
    assert_int_equal(world->server->stream_count, 1);
    world->server->stream_count = LIMIT_ADMISSION_STREAMS;
    struct grpc_try over;
    grpc_try_begin(world, &over, "/t.T/Sum", (struct span){0}, 4000);
    grpc_world_settle(world);
    assert_int_equal(over.status, GRPC_UNAVAILABLE);
    world->server->stream_count = 1;
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(world->server->stream_count, 0);
}

/* What a refusal says over the wire, and what is left of it for a client that takes next to no
 * headers. */
static void test_a_refusal_as_it_is_sent(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    struct h2_raw *raw = calloc(1, sizeof *raw);
    assert_non_null(raw);
    fill(world, tries);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    struct admission_party *party = &grpc_server_agency(world->server, "police")->party;
    uint32_t plain = party->plain;
    party->plain = LIMIT_GRPC_AGENCY_WORKS;
    h2_raw_connect(world, raw);
    h2_raw_greet(raw);
    h2_raw_call(raw, 1, "/t.T/Hold", span_text("n"));
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[0].http_status, "200");
    assert_string_equal(raw->streams[0].names,
                        ":status content-type grpc-status grpc-message grpc-retry-pushback-ms ");
    assert_string_equal(raw->streams[0].grpc_status, "8");
    assert_non_null(strstr(raw->streams[0].fields,
                           "grpc-message: Your agency has as many calls under way here as one may; "
                           "nothing was asked: let some end, then send it again\n"));
    assert_int_equal(raw->streams[0].headers, 1);
    h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, span_of("\0\6\0\0\0\xb0", 6)); /* 176 */
    h2_raw_settle(raw);
    h2_raw_call(raw, 3, "/t.T/Hold", span_text("n"));
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[1].grpc_status, "8");
    assert_string_equal(raw->streams[1].grpc_message, "");
    assert_int_equal(grpc_server_counters(world->server)->refused_works, 2);
    party->plain = plain;
    h2_raw_free(raw);
    free(raw);
    release_all(world);
    expect_empty(world);
}

static void on_drained(void *ctx) {
    struct grpc_world *world = ctx;
    world->is_drained = true;
}

/* What waits when the server drains has not been begun: refused; what is under way ends well. */
static void test_drain(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    grpc_server_drain(world->server, world->mono_ms + 5000, on_drained, world);
    grpc_world_settle(world);
    int refused = 0;
    for (size_t i = 0; i < STREAMS; i++) {
        refused += tries[i].status == GRPC_UNAVAILABLE && tries[i].done == 1 ? 1 : 0;
    }
    assert_int_equal(refused, OVER);
    assert_int_equal(world->held_count, PLACES);
    release_all(world);
    grpc_world_pass(world, LIMIT_HTTP2_DRAIN_STEP_MS);
    grpc_world_pass(world, LIMIT_HTTP2_LINGER_MS);
    assert_true(world->is_drained);
    assert_int_equal(refused, OVER);
    expect_empty(world);
}

/* The connection goes while calls wait and others are begun: everything is given back. */
static void test_lost_connection(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    grpc_channel_free(&world->channel);
    grpc_world_settle(world);
    assert_int_equal(world->seen.cancelled, PLACES);
    expect_empty(world);
}

/* The server goes first, with calls that wait, and calls that are held and released late. */
static void test_freed_while_calls_wait(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    world->keeps = true;
    grpc_server_free(&world->server);
    grpc_world_settle(world);
    assert_int_equal(world->held_count, PLACES);
    while (world->held_count > 0) {
        grpc_world_release(world, 0);
    }
    grpc_world_settle(world);
    assert_int_equal(http2_host_counters(world->host)->works, 0);
}

/* Refusals are told in one line a while, and so is their end. */
static void test_log_timer_rests(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try tries[STREAMS];
    fill(world, tries);
    assert_int_equal(world->server->told_busy.timer.heap_index, 0);
    grpc_world_pass(world, 10001);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    assert_int_not_equal(world->server->told_busy.timer.heap_index, 0);
    assert_int_equal(world->server->told_busy.late, OVER);
    grpc_world_pass(world, LIMIT_ADMISSION_LOG_FIRST_MS);
    assert_int_equal(world->server->told_busy.late, 0);
    assert_int_not_equal(world->server->told_busy.timer.heap_index, 0);
    grpc_world_pass(world, LIMIT_ADMISSION_LOG_MS);
    assert_int_equal(world->server->told_busy.timer.heap_index, 0);
    release_all(world);
    expect_empty(world);
}

/* Many refusals make the server patient, a while without many ends it. Somebody who is refused now
 * and then changes nothing. */
static void test_patience_comes_and_goes(void **state) {
    struct grpc_world *world = *state;
    struct grpc_patience *patience = &world->server->patience;
    struct grpc_try it;
    struct admission_party *party = &grpc_server_agency(world->server, "police")->party;
    party->plain = LIMIT_GRPC_AGENCY_WORKS;
    for (int i = 0; i < LIMIT_ADMISSION_PATIENCE_REFUSALS - 1; i++) {
        hold(world, &it, "n");
        grpc_world_settle(world);
        assert_int_equal(it.status, GRPC_RESOURCE_EXHAUSTED);
    }
    assert_false(patience->is_begun);
    grpc_world_pass(world, LIMIT_ADMISSION_PATIENCE_MS);
    for (int i = 0; i < LIMIT_ADMISSION_PATIENCE_REFUSALS; i++) {
        assert_false(patience->is_begun);
        hold(world, &it, "n");
        grpc_world_settle(world);
    }
    assert_true(patience->is_begun);
    for (int i = 0; i < LIMIT_ADMISSION_PATIENCE_REFUSALS; i++) {
        hold(world, &it, "n");
    }
    grpc_world_settle(world);
    assert_int_equal(it.done, 0);
    grpc_world_pass(world, LIMIT_LOOP_PATIENCE_MS);
    assert_int_equal(it.status, GRPC_RESOURCE_EXHAUSTED);
    grpc_world_pass(world, LIMIT_ADMISSION_PATIENCE_MS - LIMIT_LOOP_PATIENCE_MS);
    assert_true(patience->is_begun);
    grpc_world_pass(world, LIMIT_ADMISSION_PATIENCE_MS);
    assert_false(patience->is_begun);
    assert_int_equal(patience->timer.heap_index, 0);
    party->plain = 0;
    expect_empty(world);
}

/* What many connections send at once is read in parts, each of one turn. */
static void test_a_turn_reads_so_many(void **state) {
    enum { PEERS = LIMIT_HTTP2_TURN_REQUESTS / STREAMS + 4, SENT = PEERS * STREAMS };
    struct grpc_world *world = *state;
    const struct grpc_counters *counters = grpc_server_counters(world->server);
    struct h2_raw *raws = calloc(PEERS, sizeof *raws);
    assert_non_null(raws);
    for (size_t i = 0; i < PEERS; i++) {
        h2_raw_connect(world, &raws[i]);
        h2_raw_greet(&raws[i]);
    }
    for (uint32_t j = 0; j < STREAMS; j++) {
        for (size_t i = 0; i < PEERS; i++) {
            h2_raw_call(&raws[i], 2 * j + 1, "/t.T/Echo", span_text("x"));
        }
    }
    assert_int_equal(counters->calls, 0);
    uint64_t before = 0;
    int turns = 0;
    while (counters->calls < SENT) {
        grpc_world_turn(world);
        assert_true(counters->calls - before <= LIMIT_HTTP2_TURN_REQUESTS + STREAMS);
        before = counters->calls;
        turns++;
        assert_true(turns < 1000);
    }
    assert_true(turns >= 2);
    grpc_world_settle(world);
    for (size_t i = 0; i < PEERS; i++) {
        h2_raw_settle(&raws[i]);
        for (size_t j = 0; j < STREAMS; j++) {
            assert_non_null(raws[i].streams[j].grpc_status);
            assert_true(raws[i].streams[j].grpc_status[0] != '\0');
        }
        h2_raw_free(&raws[i]);
    }
    free(raws);
    grpc_world_settle(world);
    expect_empty(world);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_waiting_calls_get_their_turn),
        CASE(test_one_turn_is_short),
        CASE(test_urgent_goes_first),
        CASE(test_cancelled_while_it_waits),
        CASE(test_cancelled_work_is_counted),
        CASE(test_deadline_while_it_waits),
        CASE(test_refused_late),
        CASE(test_refused_at_once),
        CASE(test_client_streams_are_counted),
        CASE(test_a_refusal_as_it_is_sent),
        CASE(test_drain),
        CASE(test_lost_connection),
        CASE(test_freed_while_calls_wait),
        CASE(test_log_timer_rests),
        CASE(test_patience_comes_and_goes),
        CASE(test_a_turn_reads_so_many),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
