/* SPDX-License-Identifier: Apache-2.0 */
/* Our client against our server over mutual TLS: every kind of call and every way one can end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/base/limits.h"
#include "tests/support/grpc_world.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static void test_unary(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("question"), 5000);
    assert_int_equal(it.done, 0);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_CONNECTING);
    grpc_world_settle(world);
    assert_int_equal(it.done, 1);
    assert_int_equal(it.status, GRPC_OK);
    assert_false(it.is_ours);
    assert_int_equal(it.messages, 1);
    assert_int_equal(it.last_len, 8);
    assert_memory_equal(it.last, "question", 8);
    assert_string_equal(world->seen.agency, "police");
    assert_string_equal(world->seen.traceparent,
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_int_equal(world->seen.deadline_in_ms, 5000);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_READY);
    assert_int_equal(grpc_server_counters(world->server)->by_status[GRPC_OK], 1);
    assert_int_equal(grpc_channel_counters(world->channel)->by_status[GRPC_OK], 1);
    assert_int_equal(grpc_channel_counters(world->channel)->open, 0);
}

static void test_message_sizes(void **state) {
    struct grpc_world *world = *state;
    static const size_t SIZES[] = {0, 1, 16379, 16384, 65530, 65531, 65535, LIMIT_GRPC_MESSAGE_MAX};
    uint8_t *bytes = calloc(1, LIMIT_GRPC_MESSAGE_MAX);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        struct grpc_try it;
        memset(bytes, (int)(i + 1), SIZES[i]);
        grpc_try_begin(world, &it, "/t.T/Echo", span_of(bytes, SIZES[i]), 5000);
        grpc_world_settle(world);
        assert_int_equal(it.status, GRPC_OK);
        assert_int_equal(it.done, 1);
        assert_int_equal(it.bytes, SIZES[i]);
        assert_true(SIZES[i] == 0 || it.last[0] == i + 1);
    }
    free(bytes);
}

static void test_request_over_the_limit(void **state) {
    struct grpc_world *world = *state;
    uint8_t *bytes = calloc(1, LIMIT_GRPC_MESSAGE_MAX + 1);
    assert_non_null(bytes);
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Echo", span_of(bytes, LIMIT_GRPC_MESSAGE_MAX + 1), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_RESOURCE_EXHAUSTED);
    assert_false(it.is_ours);
    assert_int_equal(world->seen.requests, 0);
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("next"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    free(bytes);
}

static void test_answer_over_the_limit(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it = {0};
    struct grpc_request request = {
        .path = "/t.T/Echo",
        .message = span_text("12345"),
        .deadline_ms = world->mono_ms + 1000,
        .response_max = 4,
    };
    assert_false(
        lg_failed(grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, &it, &it.leg)));
    grpc_world_settle(world);
    assert_int_equal(it.done, 1);
    assert_int_equal(it.status, GRPC_RESOURCE_EXHAUSTED);
    assert_true(it.is_ours);
    assert_int_equal(it.messages, 0);
}

static void test_status_message_and_pushback(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Refuse", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_FAILED_PRECONDITION);
    assert_string_equal(it.message, "50 % of \xc3\xa4\n");
    assert_int_equal(it.pushback_ms, 1500);
    assert_false(it.is_ours);
    assert_false(it.surely_unprocessed);
    assert_int_equal(it.messages, 0);
}

static void test_unknown_method(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_UNIMPLEMENTED);
    assert_int_equal(world->seen.requests, 0);
}

static void test_server_stream(void **state) {
    struct grpc_world *world = *state;
    static const uint8_t FIVE[] = {5, 'a', 'b'};
    static const uint8_t NONE[] = {0};
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Many", span_of(FIVE, 3), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 5);
    assert_int_equal(it.bytes, 15);
    grpc_try_begin(world, &it, "/t.T/Many", span_of(NONE, 1), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 0);
}

/* A unary leg that gets two answers, or none with OK, has failed. */
static void test_wrong_number_of_answers(void **state) {
    struct grpc_world *world = *state;
    static const uint8_t TWO[] = {2};
    static const uint8_t NONE[] = {0};
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Copies", span_of(TWO, 1), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_INTERNAL);
    assert_int_equal(it.messages, 0);
    grpc_try_begin(world, &it, "/t.T/Copies", span_of(NONE, 1), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_INTERNAL);
    assert_true(it.is_ours);
}

static void test_client_stream(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Sum", (struct span){0}, 5000);
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("before the connection"))));
    grpc_world_settle(world);
    assert_int_equal(world->seen.opened, 1);
    assert_int_equal(world->seen.messages, 1);
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("second"))));
    assert_false(lg_failed(grpc_leg_send(it.leg, (struct span){0})));
    grpc_world_settle(world);
    assert_int_equal(world->seen.messages, 3);
    assert_int_equal(world->seen.bytes, 21 + 6);
    assert_int_equal(world->seen.ended, 0);
    grpc_leg_end(it.leg);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.ended, 1);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 1);
    assert_int_equal(it.last[0], 3);
}

static void test_client_stream_without_messages(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Sum", (struct span){0}, 5000);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.ended, 1);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.last[0], 0);
}

/* A paused call is told of nothing, and the sender is held back by its window and then told. */
static void test_client_stream_pause(void **state) {
    struct grpc_world *world = *state;
    uint8_t *row = calloc(1, 16384);
    assert_non_null(row);
    struct grpc_try it;
    world->pauses = true;
    grpc_try_begin(world, &it, "/t.T/Sum", (struct span){0}, 600000);
    grpc_world_settle(world);
    int sent = 0;
    while (!lg_failed(grpc_leg_send(it.leg, span_of(row, 16384)))) {
        sent++;
        assert_true(sent < 100);
    }
    grpc_world_settle(world);
    assert_int_equal(world->seen.messages, 1);
    assert_int_equal(it.writable, 0);
    grpc_world_pass(world, LIMIT_HTTP2_ANSWER_MS + 1000);
    assert_int_equal(it.done, 0);
    grpc_call_resume(world->held[0]);
    assert_int_equal(world->seen.messages, 1); /* not from inside */
    grpc_world_settle(world);
    assert_int_equal(world->seen.messages, sent);
    assert_int_equal(it.writable, 1);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.last[0], sent);
    free(row);
}

/* The end is told after the pause too. */
static void test_client_stream_pause_at_end(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    world->pauses = true;
    grpc_try_begin(world, &it, "/t.T/Sum", (struct span){0}, 5000);
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("a"))));
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("b"))));
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.messages, 1);
    assert_int_equal(world->seen.ended, 0);
    grpc_call_resume(world->held[0]);
    grpc_world_settle(world);
    assert_int_equal(world->seen.messages, 2);
    assert_int_equal(it.status, GRPC_OK);
}

static void test_deadline_of_both_sides(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 3000);
    grpc_world_settle(world);
    assert_int_equal(world->held_count, 1);
    grpc_world_pass(world, 2999);
    assert_int_equal(it.done, 0);
    assert_int_equal(world->seen.cancelled, 0);
    grpc_world_pass(world, 1);
    assert_int_equal(it.status, GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(world->seen.cancelled, 1);
    assert_int_equal(world->seen.why, GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(world->held_count, 0);
}

/* A longer deadline than the method's becomes the method's, and the server answers it. */
static void test_deadline_is_clamped(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 900000);
    grpc_world_settle(world);
    assert_int_equal(world->seen.deadline_in_ms, LIMIT_GRPC_DEADLINE_MS);
    grpc_world_pass(world, LIMIT_GRPC_DEADLINE_MS);
    assert_int_equal(it.status, GRPC_DEADLINE_EXCEEDED);
    assert_false(it.is_ours);
    assert_int_equal(world->seen.cancelled, 1);
}

static void test_cancel_reaches_the_server(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 5000);
    grpc_world_settle(world);
    grpc_leg_cancel(&it.leg);
    assert_null(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.done, 0);
    assert_int_equal(world->seen.why, GRPC_CANCELLED);
    assert_int_equal(world->held_count, 0);
}

/* The place is taken until the work is over, not until the stream is. */
static void test_work_outlives_its_stream(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    world->keeps = true;
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 5000);
    grpc_world_settle(world);
    grpc_leg_cancel(&it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.cancelled, 1);
    assert_int_equal(world->held_count, 1);
    assert_int_equal(http2_host_counters(world->host)->works, 1);
    grpc_world_release(world, 0);
    assert_int_equal(http2_host_counters(world->host)->works, 0);
}

static void test_work_outlives_its_server(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    world->keeps = true;
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 5000);
    grpc_world_settle(world);
    grpc_server_free(&world->server);
    assert_int_equal(world->seen.why, GRPC_CANCELLED);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_UNAVAILABLE);
    assert_false(it.surely_unprocessed);
    assert_string_equal(grpc_call_peer(world->held[0])->agency, "police");
    grpc_world_release(world, 0);
}

/* More calls than the connection takes: the others wait in line and are all answered. */
static void test_more_than_the_peer_takes(void **state) {
    enum { COUNT = LIMIT_HTTP2_STREAMS + 20 };
    struct grpc_world *world = *state;
    struct grpc_try *all = calloc(COUNT, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < COUNT; i++) {
        grpc_try_begin(world, &all[i], "/t.T/Hold", span_text("x"), 5000);
    }
    grpc_world_settle(world);
    assert_int_equal(world->held_count, LIMIT_HTTP2_STREAMS);
    assert_int_equal(grpc_channel_counters(world->channel)->waiting, 20);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    assert_int_equal(world->held_count, LIMIT_HTTP2_STREAMS);
    assert_int_equal(world->seen.requests, LIMIT_HTTP2_STREAMS + 1);
    while (world->held_count > 0) {
        grpc_world_release(world, 0);
        grpc_world_settle(world);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(all[i].status, GRPC_OK);
        assert_int_equal(all[i].done, 1);
    }
    assert_int_equal(http2_host_counters(world->host)->streams_refused, 0);
    free(all);
}

static void test_line_is_bounded(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    struct grpc_leg *leg = NULL;
    for (size_t i = 0; i < LIMIT_GRPC_WAITING; i++) {
        grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 5000);
    }
    struct grpc_request request = {.path = "/t.T/Echo", .deadline_ms = world->mono_ms + 5000};
    struct lg_err err = grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, &it, &leg);
    assert_int_equal(lg_err_code(err), GRPC_FULL);
    request.deadline_ms = world->mono_ms;
    err = grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, &it, &leg);
    assert_int_equal(lg_err_code(err), GRPC_GONE);
    grpc_channel_free(&world->channel);
    assert_int_equal(it.done, LIMIT_GRPC_WAITING > 1 ? LIMIT_GRPC_WAITING : 1);
    grpc_world_settle(world);
}

/* The owner of a stream may end it from its own callback. */
static void test_cancel_from_on_message(void **state) {
    struct grpc_world *world = *state;
    static const uint8_t NINE[] = {9};
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Many", span_of(NINE, 1), 5000);
    it.cancels = true;
    grpc_world_settle(world);
    assert_int_equal(it.messages, 1);
    assert_int_equal(it.done, 0);
    assert_int_equal(grpc_channel_counters(world->channel)->open, 0);
}

/* A reader that stops is told of: the server's stream is full, then writable. */
static void test_server_stream_back_pressure(void **state) {
    struct grpc_world *world = *state;
    uint8_t *part = calloc(1, 32768);
    assert_non_null(part);
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Feed", span_text("x"), 600000);
    grpc_world_settle(world);
    int sent = 0;
    struct lg_err err = grpc_call_send(world->held[0], span_of(part, 32768));
    while (!lg_failed(err)) {
        sent++;
        assert_true(sent < 100);
        err = grpc_call_send(world->held[0], span_of(part, 32768));
    }
    assert_int_equal(lg_err_code(err), GRPC_FULL);
    assert_int_equal(sent, LIMIT_HTTP2_STREAM_PENDING / (32768 + 5));
    grpc_world_settle(world);
    assert_int_equal(world->seen.writable, 1);
    assert_int_equal(it.messages, sent);
    grpc_call_finish(world->held[0], GRPC_OK, NULL);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    free(part);
}

static void test_health(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/grpc.health.v1.Health/Check", (struct span){0}, 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_memory_equal(it.last, "\x08\x01", 2);
    grpc_server_set_serving(world->server, "t.T", false);
    grpc_try_begin(world, &it, "/grpc.health.v1.Health/Check", span_text("\x0a\x03t.T"), 5000);
    grpc_world_settle(world);
    assert_memory_equal(it.last, "\x08\x02", 2);
    grpc_try_begin(world, &it, "/grpc.health.v1.Health/Check", span_text("\x0a\x03t.U"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_NOT_FOUND);
    static const char *const BAD[] = {"\x0a\x04t.T", "\x0a\x02t.T", "\x0a", "\x10\x01",
                                      "\x0a\xff\xff\xff"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        grpc_try_begin(world, &it, "/grpc.health.v1.Health/Check", span_text(BAD[i]), 5000);
        grpc_world_settle(world);
        assert_int_equal(it.status, GRPC_INTERNAL);
    }
}

static void test_health_watch(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try one;
    struct grpc_try unknown;
    grpc_try_begin(world, &one, "/grpc.health.v1.Health/Watch", span_text("\x0a\x03t.T"), 60000);
    grpc_try_begin(world, &unknown, "/grpc.health.v1.Health/Watch", span_text("\x0a\x03t.U"),
                   60000);
    grpc_world_settle(world);
    assert_memory_equal(one.last, "\x08\x01", 2);
    assert_memory_equal(unknown.last, "\x08\x03", 2);
    assert_int_equal(unknown.done, 0);
    grpc_server_set_serving(world->server, "t.T", false);
    grpc_server_set_serving(world->server, "t.T", false);
    grpc_world_settle(world);
    assert_int_equal(one.messages, 2);
    assert_memory_equal(one.last, "\x08\x02", 2);
    assert_int_equal(unknown.messages, 1);
    grpc_leg_cancel(&one.leg);
    grpc_world_settle(world);
    grpc_server_set_serving(world->server, "", true);
    grpc_world_settle(world);
    assert_int_equal(one.messages, 2);
    grpc_leg_cancel(&unknown.leg);
}

static void on_drained(void *ctx) {
    struct grpc_world *world = ctx;
    world->is_drained = true;
}

/* What was taken is finished, what comes meanwhile is not, and watchers see it before. */
static void test_drain(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try watch;
    struct grpc_try it;
    grpc_try_begin(world, &watch, "/grpc.health.v1.Health/Watch", (struct span){0}, 60000);
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 20000);
    grpc_world_settle(world);
    grpc_server_drain(world->server, world->mono_ms + 10000, on_drained, world);
    grpc_world_settle(world);
    assert_memory_equal(watch.last, "\x08\x02", 2);
    assert_int_equal(watch.status, GRPC_UNAVAILABLE);
    assert_false(world->is_drained);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_IDLE);
    grpc_world_release(world, 0);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    grpc_world_pass(world, LIMIT_HTTP2_LINGER_MS);
    assert_true(world->is_drained);
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_UNAVAILABLE);
    assert_true(it.surely_unprocessed);
}

static void test_drain_is_cut(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Hold", span_text("x"), 20000);
    grpc_world_settle(world);
    grpc_server_drain(world->server, world->mono_ms + 10000, on_drained, world);
    grpc_world_pass(world, 10000);
    assert_int_equal(it.status, GRPC_UNAVAILABLE);
    assert_int_equal(world->seen.cancelled, 1);
    grpc_world_pass(world, LIMIT_HTTP2_LINGER_MS);
    assert_true(world->is_drained);
}

static void test_drain_of_nothing(void **state) {
    struct grpc_world *world = *state;
    grpc_server_drain(world->server, world->mono_ms + 10000, on_drained, world);
    assert_false(world->is_drained);
    grpc_world_settle(world);
    assert_true(world->is_drained);
}

static void test_unknown_peer(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    world->is_known = false;
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_UNAVAILABLE);
    assert_int_equal(world->seen.requests, 0);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_BROKEN);
}

/* A client of the world's agency whose handshake is done; false: turned away at once. */
static bool connect_one(struct grpc_world *world, struct tls_stream **out_stream) {
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_false(lg_failed(tls_stream_new(world->client_tls, fds[0], "gateway.example",
                                          "lockgate://bridgewater/hub/gateway", out_stream)));
    assert_false(lg_failed(grpc_server_take(world->server, fds[1])));
    struct lg_err err = {.word = 1};
    for (int i = 0; i < 10 && lg_failed(err); i++) {
        unsigned events = 0;
        err = tls_stream_handshake(*out_stream, &events);
        grpc_world_turn(world);
    }
    assert_false(lg_failed(err));
    for (int i = 0; i < 4; i++) {
        grpc_world_turn(world);
    }
    uint8_t byte = 0;
    size_t len = 0;
    return !lg_failed(tls_stream_read(*out_stream, &byte, 1, &len));
}

/* One agency cannot take every connection. */
static void test_connections_of_an_agency(void **state) {
    struct grpc_world *world = *state;
    struct tls_stream *streams[LIMIT_GRPC_AGENCY_CONNECTIONS + 1] = {NULL};
    for (int i = 0; i < LIMIT_GRPC_AGENCY_CONNECTIONS; i++) {
        assert_true(connect_one(world, &streams[i]));
    }
    assert_false(connect_one(world, &streams[LIMIT_GRPC_AGENCY_CONNECTIONS]));
    tls_stream_free(&streams[0]);
    tls_stream_free(&streams[LIMIT_GRPC_AGENCY_CONNECTIONS]);
    grpc_world_settle(world);
    assert_true(connect_one(world, &streams[0]));
    for (int i = 0; i < LIMIT_GRPC_AGENCY_CONNECTIONS; i++) {
        tls_stream_free(&streams[i]);
    }
    grpc_world_settle(world);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_unary),
        CASE(test_message_sizes),
        CASE(test_request_over_the_limit),
        CASE(test_answer_over_the_limit),
        CASE(test_status_message_and_pushback),
        CASE(test_unknown_method),
        CASE(test_server_stream),
        CASE(test_wrong_number_of_answers),
        CASE(test_client_stream),
        CASE(test_client_stream_without_messages),
        CASE(test_client_stream_pause),
        CASE(test_client_stream_pause_at_end),
        CASE(test_deadline_of_both_sides),
        CASE(test_deadline_is_clamped),
        CASE(test_cancel_reaches_the_server),
        CASE(test_work_outlives_its_stream),
        CASE(test_work_outlives_its_server),
        CASE(test_more_than_the_peer_takes),
        CASE(test_line_is_bounded),
        CASE(test_cancel_from_on_message),
        CASE(test_server_stream_back_pressure),
        CASE(test_health),
        CASE(test_health_watch),
        CASE(test_drain),
        CASE(test_drain_is_cut),
        CASE(test_drain_of_nothing),
        CASE(test_unknown_peer),
        CASE(test_connections_of_an_agency),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
