/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that stream both ways: each way goes on and ends by itself, and either side may end it all
 * at any moment, from inside its callbacks too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

#define BYTES(text) span_of(text, sizeof(text) - 1)

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static void say(struct grpc_try *it, const char *text) {
    assert_false(lg_failed(grpc_leg_send(it->leg, span_text(text))));
}

static void begin(struct grpc_world *world, struct grpc_try *it) {
    grpc_try_begin(world, it, "/t.T/Talk", (struct span){0}, 600000);
    grpc_world_settle(world);
    assert_int_equal(world->seen.opened, 1);
}

static void test_ping_pong(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    for (int i = 1; i <= 3; i++) {
        say(&it, "ball");
        grpc_world_settle(world);
        assert_int_equal(it.messages, i);
        assert_memory_equal(it.last, "ball", 4);
    }
    say(&it, "two");
    say(&it, "at once");
    grpc_world_settle(world);
    assert_int_equal(it.messages, 5);
    assert_int_equal(it.done, 0);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.ended, 1);
    assert_int_equal(it.done, 1);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 5);
}

static void test_before_the_connection(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Talk", (struct span){0}, 5000);
    say(&it, "early");
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 1);
}

static void test_no_message_at_all(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 0);
    assert_int_equal(world->seen.messages, 0);
}

/* The server speaks without having been asked, and when the client has long said all. */
static void test_server_speaks_by_itself(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    assert_false(lg_failed(grpc_call_send(world->held[0], span_text("news"))));
    grpc_world_settle(world);
    assert_int_equal(it.messages, 1);
    grpc_call_pause(world->held[0]);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.ended, 0);
    assert_false(lg_failed(grpc_call_send(world->held[0], span_text("more"))));
    grpc_world_settle(world);
    assert_int_equal(it.messages, 2);
    grpc_call_resume(world->held[0]);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
}

/* A client that learns the end has nothing more to say. */
static void test_server_finishes_first(void **state) {
    static const char *const ENDINGS[] = {"finish", "release"};
    struct grpc_world *world = *state;
    for (size_t i = 0; i < 2; i++) {
        struct grpc_try it;
        world->seen = (struct grpc_seen){0};
        begin(world, &it);
        say(&it, "first");
        say(&it, ENDINGS[i]);
        say(&it, "not heard");
        grpc_world_settle(world);
        assert_int_equal(it.messages, 1);
        assert_int_equal(it.done, 1);
        assert_int_equal(it.status, GRPC_ABORTED);
        assert_string_equal(it.message, "enough");
        assert_int_equal(world->seen.messages, 2);
        assert_int_equal(world->seen.cancelled, 0);
        assert_int_equal(world->seen.ended, 0);
        if (world->held_count > 0) {
            grpc_world_release(world, 0);
        }
    }
}

/* On the wire: trailers with END_STREAM, then RST_STREAM NO_ERROR, and the connection goes on. */
static void test_wire_of_an_early_end(void **state) {
    struct h2_raw *raw = calloc(1, sizeof *raw);
    struct h2_raw_block block;
    assert_non_null(raw);
    h2_raw_connect(*state, raw);
    h2_raw_greet(raw);
    h2_raw_request(&block, "/t.T/Talk");
    h2_raw_headers(raw, 1, &block, false);
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\2hi\0\0\0\0\7rele"));
    h2_raw_settle(raw);
    assert_int_equal(raw->streams[0].headers, 1);
    assert_int_equal(raw->streams[0].data_len, 7);
    assert_memory_equal(raw->streams[0].data, "\0\0\0\0\2hi", 7);
    assert_int_equal(raw->streams[0].resets, 0);
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 1, BYTES("ase\0\0\0\0\4late"));
    h2_raw_settle(raw);
    assert_int_equal(raw->streams[0].headers, 2);
    assert_true(raw->streams[0].has_ended);
    assert_string_equal(raw->streams[0].grpc_status, "10");
    assert_int_equal(raw->streams[0].resets, 1);
    assert_int_equal(raw->streams[0].reset_error, NGHTTP2_NO_ERROR);
    h2_raw_call(raw, 3, "/t.T/Echo", span_text("next"));
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[1].grpc_status, "0");
    assert_int_equal(raw->goaways, 0);
    h2_raw_free(raw);
    free(raw);
}

static void test_cancel_and_deadline(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    say(&it, "quiet");
    grpc_world_settle(world);
    grpc_leg_cancel(&it.leg);
    grpc_world_settle(world);
    assert_int_equal(world->seen.why, GRPC_CANCELLED);
    assert_int_equal(it.done, 0);
    grpc_try_begin(world, &it, "/t.T/Talk", (struct span){0}, 3000);
    grpc_world_settle(world);
    grpc_world_pass(world, 3000);
    assert_int_equal(it.status, GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(world->seen.cancelled, 2);
    assert_int_equal(world->seen.why, GRPC_DEADLINE_EXCEEDED);
}

/* From inside on_message the leg may be cancelled. */
static void test_cancel_from_on_message(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    it.cancels = true;
    say(&it, "a");
    say(&it, "b");
    grpc_world_settle(world);
    assert_int_equal(it.messages, 1);
    assert_int_equal(it.done, 0);
    assert_int_equal(world->seen.why, GRPC_CANCELLED);
}

/* What waited behind a pause when the call ended is given back, though its owner holds on to it:
 * else a few such calls would stop the connection for all others. */
static void test_paused_and_reset(void **state) {
    enum { CALLS = 20, PART = 16384 };
    struct grpc_world *world = *state;
    uint8_t *part = calloc(1, PART);
    assert_non_null(part);
    struct grpc_try all[CALLS];
    world->keeps = true;
    for (size_t i = 0; i < CALLS; i++) {
        world->seen.opened = 0;
        begin(world, &all[i]);
        say(&all[i], "pause");
        for (int j = 0; j < 5; j++) {
            assert_false(lg_failed(grpc_leg_send(all[i].leg, span_of(part, PART))));
        }
        grpc_world_settle(world);
        grpc_leg_cancel(&all[i].leg);
        grpc_world_settle(world);
        assert_int_equal(world->seen.cancelled, (int)i + 1);
    }
    assert_int_equal(world->held_count, CALLS);
    struct grpc_try it;
    uint8_t *large = calloc(1, 60000);
    assert_non_null(large);
    grpc_try_begin(world, &it, "/t.T/Echo", span_of(large, 60000), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    free(large);
    free(part);
}

/* Finished by its owner while much waits behind the pause: no message is told any more. */
static void test_paused_and_finished(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    say(&it, "pause");
    say(&it, "after");
    grpc_world_settle(world);
    grpc_call_finish(world->held[0], GRPC_OK, NULL);
    grpc_call_resume(world->held[0]);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(world->seen.messages, 1);
    assert_int_equal(world->seen.ended, 0);
}

/* Each way is held back by itself. */
static void test_back_pressure(void **state) {
    struct grpc_world *world = *state;
    uint8_t *part = calloc(1, 32768);
    assert_non_null(part);
    struct grpc_try it;
    begin(world, &it);
    int sent = 0;
    while (!lg_failed(grpc_call_send(world->held[0], span_of(part, 32768)))) {
        sent++;
        assert_true(sent < 100);
    }
    grpc_world_settle(world);
    assert_int_equal(world->seen.writable, 1);
    assert_int_equal(it.messages, sent);
    grpc_call_pause(world->held[0]);
    int said = 0;
    while (!lg_failed(grpc_leg_send(it.leg, span_of(part, 32768)))) {
        said++;
        assert_true(said < 100);
    }
    grpc_world_settle(world);
    assert_int_equal(it.writable, 0);
    assert_false(lg_failed(grpc_call_send(world->held[0], span_text("still heard"))));
    grpc_world_settle(world);
    assert_int_equal(it.messages, sent + 1);
    grpc_call_resume(world->held[0]);
    grpc_world_settle(world);
    assert_int_equal(world->seen.messages, said);
    assert_int_equal(it.writable, 1);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    free(part);
}

/* What is wanted again does not fit beside what still waits: its owner is told when it does, and
 * not before, though the stream is low all the time. */
static void test_back_pressure_of_a_large_message(void **state) {
    struct grpc_world *world = *state;
    static uint8_t part[LIMIT_HTTP2_STREAM_PENDING];
    struct h2_raw *raw = calloc(1, sizeof *raw);
    struct h2_raw_block block;
    assert_non_null(raw);
    h2_raw_connect(world, raw);
    h2_raw_greet(raw);
    h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\4\0\0\0\0")); /* no window */
    h2_raw_request(&block, "/t.T/Talk");
    h2_raw_headers(raw, 1, &block, false);
    h2_raw_settle(raw);
    struct grpc_call *call = world->held[0];
    assert_false(lg_failed(grpc_call_send(call, span_of(part, 60000))));
    world->again = LIMIT_HTTP2_STREAM_PENDING - 5;
    struct lg_err err = grpc_call_send(call, span_of(part, world->again));
    assert_int_equal(lg_err_code(err), GRPC_FULL);
    h2_raw_settle(raw);
    assert_int_equal(world->seen.writable, 0);
    h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\x20\0\0"));
    h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 1, BYTES("\0\x20\0\0"));
    for (int i = 0; i < 10; i++) {
        h2_raw_settle(raw);
    }
    assert_int_equal(world->seen.writable, 1);
    assert_int_equal(raw->streams[0].data_len, 60005 + LIMIT_HTTP2_STREAM_PENDING);
    h2_raw_free(raw);
    free(raw);
}

/* What fits no stream is no matter of waiting. */
static void test_message_too_large_for_any_stream(void **state) {
    struct grpc_world *world = *state;
    static uint8_t part[LIMIT_HTTP2_STREAM_PENDING];
    struct span over = span_of(part, LIMIT_HTTP2_STREAM_PENDING - 4);
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Talk", (struct span){0}, 5000);
    assert_int_equal(lg_err_code(grpc_leg_send(it.leg, over)), GRPC_LARGE);
    grpc_world_settle(world);
    assert_int_equal(lg_err_code(grpc_leg_send(it.leg, over)), GRPC_LARGE);
    assert_int_equal(lg_err_code(grpc_call_send(world->held[0], over)), GRPC_LARGE);
    grpc_world_settle(world);
    assert_int_equal(world->seen.writable, 0);
    assert_int_equal(it.writable, 0);
    say(&it, "small");
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(it.messages, 1);
}

/* A client may be silent for as long as it is told something, and no longer. */
static void test_rest(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    begin(world, &it);
    for (int i = 0; i < 3; i++) {
        grpc_world_pass(world, LIMIT_GRPC_STREAM_REST_MS - 1000);
        assert_false(lg_failed(grpc_call_send(world->held[0], span_text("news"))));
        grpc_world_settle(world);
    }
    assert_int_equal(it.messages, 3);
    grpc_world_pass(world, LIMIT_GRPC_STREAM_REST_MS);
    assert_int_equal(world->seen.cancelled, 1);
    assert_int_equal(it.status, GRPC_CANCELLED);
}

/* Faults in the stream are answered after what was answered before them. */
static void test_faults(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *status;
    } BODIES[] = {
        {"\0\0\0\0\1x\1\0\0\0\1x", 12, "13"},
        {"\0\0\0\0\1x\0\xff\0\0\0", 11, "8"},
        {"\0\0\0\0\1x\0\0", 8, "13"},
    };
    struct grpc_world *world = *state;
    struct h2_raw *raw = calloc(1, sizeof *raw);
    struct h2_raw_block block;
    assert_non_null(raw);
    h2_raw_connect(world, raw);
    h2_raw_greet(raw);
    for (uint32_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        world->seen = (struct grpc_seen){0};
        h2_raw_request(&block, "/t.T/Talk");
        h2_raw_headers(raw, 2 * i + 1, &block, false);
        h2_raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 2 * i + 1,
                     span_of(BODIES[i].bytes, BODIES[i].len));
        h2_raw_settle(raw);
        assert_string_equal(raw->streams[i].grpc_status, BODIES[i].status);
        assert_int_equal(raw->streams[i].data_len, 6);
        assert_int_equal(raw->streams[i].headers, 2);
        assert_int_equal(world->seen.messages, 1);
        assert_int_equal(world->seen.cancelled, 1);
        assert_int_equal(world->seen.ended, 0);
    }
    assert_int_equal(raw->goaways, 0);
    h2_raw_free(raw);
    free(raw);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_ping_pong),
        CASE(test_before_the_connection),
        CASE(test_no_message_at_all),
        CASE(test_server_speaks_by_itself),
        CASE(test_server_finishes_first),
        CASE(test_wire_of_an_early_end),
        CASE(test_cancel_and_deadline),
        CASE(test_cancel_from_on_message),
        CASE(test_paused_and_reset),
        CASE(test_paused_and_finished),
        CASE(test_back_pressure),
        CASE(test_back_pressure_of_a_large_message),
        CASE(test_message_too_large_for_any_stream),
        CASE(test_rest),
        CASE(test_faults),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
