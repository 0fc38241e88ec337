/* SPDX-License-Identifier: Apache-2.0 */
/* Our client's side of the checklist (transport.md 4.2), where grpc_channel_test leaves off: what
 * it says, what it makes of answers that contradict themselves, retries, keepalive, streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

#define BYTES(text) span_of(text, sizeof(text) - 1)

struct scene {
    struct h2_raw raw;
    struct h2_raw_block block;
    struct grpc_try it;
};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* A server that has read the request of one call, on stream 1. */
static struct scene *begin_on(struct grpc_world *world, const char *path) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_listen(world, &scene->raw, &scene->it, path);
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, (struct span){0});
    h2_raw_settle(&scene->raw);
    return scene;
}

static struct scene *begin(struct grpc_world *world) {
    return begin_on(world, "/t.T/Echo");
}

static void end(struct scene *scene) {
    grpc_leg_cancel(&scene->it.leg);
    grpc_channel_free(&scene->raw.world->channel);
    grpc_world_settle(scene->raw.world);
    h2_raw_free(&scene->raw);
    free(scene);
}

static void pass(struct scene *scene, int64_t ms) {
    scene->raw.world->mono_ms += ms;
    h2_raw_settle(&scene->raw);
}

static void head(struct scene *scene, const char *status, const char *type) {
    scene->block.len = 0;
    h2_raw_add(&scene->block, ":status", status);
    h2_raw_add(&scene->block, "content-type", type);
}

static void send_block(struct scene *scene, uint32_t id, bool is_end) {
    h2_raw_headers(&scene->raw, id, &scene->block, is_end);
}

static void send_trailers(struct scene *scene, uint32_t id, const char *status) {
    scene->block.len = 0;
    h2_raw_add(&scene->block, "grpc-status", status);
    send_block(scene, id, true);
    h2_raw_settle(&scene->raw);
}

static void refuse_stream(struct scene *scene, uint32_t id) {
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, id, BYTES("\0\0\0\7"));
    h2_raw_settle(&scene->raw);
}

static void pong(struct scene *scene) {
    h2_raw_frame(&scene->raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, span_of("\0\0\0\0\0\0\0\0", 8));
    h2_raw_settle(&scene->raw);
}

/* ---- what it says ---- */

static void test_order_of_fields(void **state) {
    struct scene *scene = begin(*state);
    assert_string_equal(scene->raw.streams[0].names,
                        ":method :scheme :path :authority grpc-timeout content-type te "
                        "grpc-accept-encoding user-agent traceparent ");
    assert_string_equal(scene->raw.streams[0].timeout, "60000m");
    assert_string_equal(scene->raw.streams[0].content_type, "application/grpc");
    assert_string_equal(scene->raw.streams[0].accept_encoding, "identity");
    end(scene);
}

static void test_metadata_comes_last(void **state) {
    struct scene *scene = begin(*state);
    const struct grpc_pair pairs[] = {{"x-note-bin", BYTES("\xff")}, {"a", span_text("b")}};
    struct grpc_try it;
    grpc_try_with(
        *state, &it,
        (struct grpc_request){.path = "/t.T/Echo", .metadata = pairs, .metadata_count = 2}, 5000);
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[1].names,
                        ":method :scheme :path :authority grpc-timeout content-type te "
                        "grpc-accept-encoding user-agent x-note-bin a ");
    /* An empty message is five zero bytes and the end in one frame. */
    assert_int_equal(scene->raw.frames[NGHTTP2_DATA], 2);
    assert_int_equal(scene->raw.streams[1].data_len, 5);
    assert_memory_equal(scene->raw.streams[1].data, "\0\0\0\0\0", 5);
    assert_true(scene->raw.streams[1].has_ended);
    end(scene);
}

/* A server that takes no header list of that size is not asked. */
static void test_request_over_the_header_list(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t value[1000];
    memset(value, 'v', sizeof value);
    const struct grpc_pair pair = {"x-note", span_of(value, sizeof value)};
    struct grpc_try it;
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\6\0\0\4\0")); /* 1,024 */
    h2_raw_settle(&scene->raw);
    grpc_try_with(
        *state, &it,
        (struct grpc_request){.path = "/t.T/Echo", .metadata = &pair, .metadata_count = 1}, 5000);
    h2_raw_settle(&scene->raw);
    assert_int_equal(it.status, GRPC_RESOURCE_EXHAUSTED);
    assert_true(it.surely_unprocessed);
    assert_int_equal(scene->raw.frames[NGHTTP2_HEADERS], 1);
    end(scene);
}

/* ---- answers that contradict themselves ---- */

/* grpc-status wins over the HTTP status and over the content type. */
static void test_grpc_status_wins(void **state) {
    static const char *const HEADS[][2] = {
        {"503", "application/grpc"}, {"404", "text/html"}, {"200", "text/plain"}};
    for (size_t i = 0; i < sizeof HEADS / sizeof HEADS[0]; i++) {
        struct scene *scene = begin(*state);
        head(scene, HEADS[i][0], HEADS[i][1]);
        h2_raw_add(&scene->block, "grpc-status", "5");
        send_block(scene, 1, true);
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->it.status, GRPC_NOT_FOUND);
        assert_false(scene->it.is_ours);
        end(scene);
    }
}

/* OK without a readable answer is none, whatever the trailers say. */
static void test_ok_of_another_content_type(void **state) {
    struct scene *scene = begin(*state);
    head(scene, "200", "text/html");
    send_block(scene, 1, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\1a"));
    send_trailers(scene, 1, "0");
    assert_int_equal(scene->it.status, GRPC_INTERNAL);
    assert_int_equal(scene->it.messages, 0);
    end(scene);
}

/* An encoding that was not offered: each message says by its flag whether it is used. */
static void test_compressed_answer(void **state) {
    struct scene *scene = begin(*state);
    head(scene, "200", "application/grpc");
    h2_raw_add(&scene->block, "grpc-encoding", "gzip");
    send_block(scene, 1, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\1\0\0\0\1a"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.status, GRPC_INTERNAL);
    assert_true(scene->it.is_ours);
    assert_int_equal(scene->raw.streams[0].reset_error, NGHTTP2_CANCEL);
    end(scene);
}

/* Trailers in pieces, after an answer byte by byte. */
static void test_answer_in_pieces(void **state) {
    static const char BODY[] = "\0\0\0\0\3abc";
    struct scene *scene = begin(*state);
    head(scene, "200", "application/grpc");
    h2_raw_frame(&scene->raw, NGHTTP2_HEADERS, 0, 1, span_of(scene->block.bytes, 3));
    h2_raw_frame(&scene->raw, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1,
                 span_of(scene->block.bytes + 3, scene->block.len - 3));
    for (size_t i = 0; i < sizeof BODY - 1; i++) {
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, span_of(BODY + i, 1));
        h2_raw_settle(&scene->raw);
    }
    scene->block.len = 0;
    h2_raw_add(&scene->block, "grpc-status", "0");
    h2_raw_frame(&scene->raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1,
                 span_of(scene->block.bytes, 5));
    h2_raw_frame(&scene->raw, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1,
                 span_of(scene->block.bytes + 5, scene->block.len - 5));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.status, GRPC_OK);
    assert_memory_equal(scene->it.last, "abc", 3);
    end(scene);
}

/* Nothing comes after the trailers: one end is told, and the connection does not outlive it. */
static void test_data_after_trailers(void **state) {
    struct scene *scene = begin(*state);
    head(scene, "200", "application/grpc");
    send_block(scene, 1, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\1a"));
    send_trailers(scene, 1, "0");
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\1b"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.done, 1);
    assert_int_equal(scene->it.status, GRPC_OK);
    assert_int_equal(scene->it.messages, 1);
    end(scene);
}

static void test_pushback(void **state) {
    static const struct {
        const char *text;
        int64_t pushback_ms;
    } PUSHBACKS[] = {{"0", 0}, {"1500", 1500}, {"-1", -1}, {"soon", -1}, {"", -1}};
    for (size_t i = 0; i < sizeof PUSHBACKS / sizeof PUSHBACKS[0]; i++) {
        struct scene *scene = begin(*state);
        head(scene, "200", "application/grpc");
        h2_raw_add(&scene->block, "grpc-status", "14");
        h2_raw_add(&scene->block, "grpc-retry-pushback-ms", PUSHBACKS[i].text);
        send_block(scene, 1, true);
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
        assert_int_equal(scene->it.pushback_ms, PUSHBACKS[i].pushback_ms);
        /* It was answered: trying again is its owner's business. */
        assert_int_equal(scene->raw.frames[NGHTTP2_HEADERS], 1);
        end(scene);
    }
}

/* Values that we kept none of, and too many, do no harm. */
static void test_metadata_of_an_answer(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_try it;
    grpc_try_with(*state, &it, (struct grpc_request){.path = "/t.T/Echo"}, 5000);
    h2_raw_settle(&scene->raw);
    head(scene, "200", "application/grpc");
    h2_raw_add(&scene->block, "x-note", "caf\xc3\xa9");
    for (int i = 0; i < 2 * LIMIT_GRPC_METADATA_FIELDS; i++) {
        h2_raw_add(&scene->block, "x-note", "first");
    }
    h2_raw_add(&scene->block, "x-other", "not kept");
    send_block(scene, 3, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 3, BYTES("\0\0\0\0\1a"));
    scene->block.len = 0;
    h2_raw_add(&scene->block, "x-note-bin", "!!!!,bGFzdA");
    h2_raw_add(&scene->block, "grpc-status", "0");
    send_block(scene, 3, true);
    h2_raw_settle(&scene->raw);
    assert_int_equal(it.status, GRPC_OK);
    assert_string_equal(it.header, "first");
    assert_string_equal(it.trailer, "last");
    end(scene);
}

/* ---- resets, retries ---- */

/* The server gives up at the same deadline, a moment before our own timer. */
static void test_cancel_after_the_deadline(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 1, BYTES("\0\0\0\x08"));
    pass(scene, 60000);
    assert_int_equal(scene->it.done, 1);
    assert_int_equal(scene->it.status, GRPC_DEADLINE_EXCEEDED);
    end(scene);
}

/* The second try says that it is one, and has what is left of the time. */
static void test_second_try(void **state) {
    struct scene *scene = begin(*state);
    assert_string_equal(scene->raw.streams[0].attempts, "");
    pass(scene, 9000);
    refuse_stream(scene, 1);
    assert_string_equal(scene->raw.streams[1].attempts, "1");
    assert_string_equal(scene->raw.streams[1].timeout, "51000m");
    for (int i = 0; i < 5; i++) {
        pong(scene);
        pass(scene, 10000);
    }
    assert_int_equal(scene->it.done, 0);
    pass(scene, 1000);
    assert_int_equal(scene->it.status, GRPC_DEADLINE_EXCEEDED);
    end(scene);
}

/* What a client streamed is not kept, so it is its owner who tries again. */
static void test_streams_are_not_retried(void **state) {
    static const char *const PATHS[] = {"/t.T/Sum", "/t.T/Talk"};
    for (size_t i = 0; i < 2; i++) {
        struct scene *scene = begin_on(*state, PATHS[i]);
        refuse_stream(scene, 1);
        assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
        assert_true(scene->it.surely_unprocessed);
        assert_int_equal(scene->raw.frames[NGHTTP2_HEADERS], 1);
        end(scene);
    }
}

/* What a server still sends on calls that we gave up goes by, and its window is given back: else
 * the connection would stand still after sixteen of them. */
static void test_late_answers(void **state) {
    enum { CALLS = 20, PART = 16384 };
    static const uint8_t PARTS[PART];
    struct scene *scene = begin(*state);
    grpc_leg_cancel(&scene->it.leg);
    for (uint32_t i = 0; i < CALLS; i++) {
        struct grpc_try it;
        uint32_t id = 2 * i + 3;
        grpc_try_begin(*state, &it, "/t.T/Echo", span_text("x"), 5000);
        h2_raw_settle(&scene->raw);
        head(scene, "200", "application/grpc");
        send_block(scene, id, false);
        h2_raw_settle(&scene->raw);
        grpc_leg_cancel(&it.leg);
        for (int j = 0; j < 4; j++) {
            h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(PARTS, PART));
        }
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->raw.streams[id / 2].reset_error, NGHTTP2_CANCEL);
        assert_int_equal(it.done, 0);
    }
    assert_int_equal(scene->raw.goaways, 0);
    assert_false(scene->raw.is_closed);
    struct grpc_try last;
    grpc_try_begin(*state, &last, "/t.T/Echo", span_text("x"), 5000);
    h2_raw_settle(&scene->raw);
    head(scene, "200", "application/grpc");
    send_block(scene, 2 * CALLS + 3, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 2 * CALLS + 3, BYTES("\0\0\0\0\1a"));
    send_trailers(scene, 2 * CALLS + 3, "0");
    assert_int_equal(last.status, GRPC_OK);
    end(scene);
}

/* ---- streams ---- */

/* The server ends both ways by its trailers: nothing more is sent, and sending says so. */
static void test_server_ends_a_bidi_call(void **state) {
    struct scene *scene = begin_on(*state, "/t.T/Talk");
    assert_false(lg_failed(grpc_leg_send(scene->it.leg, span_text("x"))));
    h2_raw_settle(&scene->raw);
    head(scene, "200", "application/grpc");
    send_block(scene, 1, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\1a\0\0\0\0\1b\0\0"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.messages, 2);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0"));
    send_trailers(scene, 1, "0");
    assert_int_equal(scene->it.done, 1);
    assert_int_equal(scene->it.status, GRPC_OK);
    assert_int_equal(scene->it.messages, 3);
    assert_int_equal(scene->raw.streams[0].reset_error, NGHTTP2_CANCEL);
    end(scene);
}

/* A message that is not whole at the end is a fault, though the status is OK. */
static void test_half_a_message_in_a_stream(void **state) {
    struct scene *scene = begin_on(*state, "/t.T/Talk");
    head(scene, "200", "application/grpc");
    send_block(scene, 1, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\1a\0\0\0\0\2b"));
    send_trailers(scene, 1, "0");
    assert_int_equal(scene->it.status, GRPC_INTERNAL);
    assert_int_equal(scene->it.messages, 1);
    end(scene);
}

/* ---- keepalive ---- */

/* No call, no PING: a server would be right to count it. */
static void test_no_ping_without_a_call(void **state) {
    struct scene *scene = begin(*state);
    head(scene, "200", "application/grpc");
    send_block(scene, 1, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\1a"));
    send_trailers(scene, 1, "0");
    assert_int_equal(scene->it.status, GRPC_OK);
    for (int i = 0; i < 5; i++) {
        pass(scene, LIMIT_GRPC_KEEPALIVE_MS);
    }
    assert_int_equal(scene->raw.frames[NGHTTP2_PING], 0);
    assert_false(scene->raw.is_closed);
    end(scene);
}

static void tell_too_many_pings(struct scene *scene) {
    h2_raw_frame(&scene->raw, NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\1\0\0\0\x0btoo_many_pings"));
    h2_raw_settle(&scene->raw);
}

/* Each time the wait is doubled, up to two hours; other texts and errors change nothing. */
static void test_doubled_keepalive(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    h2_raw_frame(&scene->raw, NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\1\0\0\0\x0btoo_many_cooks"));
    h2_raw_frame(&scene->raw, NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\1\0\0\0\0too_many_pings"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(world->channel->keepalive_ms, LIMIT_GRPC_KEEPALIVE_MS);
    for (int64_t ms = 2 * LIMIT_GRPC_KEEPALIVE_MS; ms < LIMIT_GRPC_KEEPALIVE_MAX_MS; ms *= 2) {
        tell_too_many_pings(scene);
        assert_int_equal(world->channel->keepalive_ms, ms);
    }
    tell_too_many_pings(scene);
    tell_too_many_pings(scene);
    assert_int_equal(world->channel->keepalive_ms, LIMIT_GRPC_KEEPALIVE_MAX_MS);
    end(scene);
}

/* The doubled wait is kept to on the next connection. */
static void test_doubled_keepalive_is_used(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    world->channel->keepalive_ms = 2 * LIMIT_GRPC_KEEPALIVE_MS;
    pong(scene);
    loop_timer_stop(world->loop, &world->channel->keepalive);
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 60000);
    h2_raw_settle(&scene->raw);
    pass(scene, 2 * LIMIT_GRPC_KEEPALIVE_MS - 1);
    assert_int_equal(scene->raw.frames[NGHTTP2_PING], 0);
    pass(scene, 1);
    assert_int_equal(scene->raw.frames[NGHTTP2_PING], 1);
    end(scene);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_order_of_fields),
        CASE(test_metadata_comes_last),
        CASE(test_request_over_the_header_list),
        CASE(test_grpc_status_wins),
        CASE(test_ok_of_another_content_type),
        CASE(test_compressed_answer),
        CASE(test_answer_in_pieces),
        CASE(test_data_after_trailers),
        CASE(test_pushback),
        CASE(test_metadata_of_an_answer),
        CASE(test_cancel_after_the_deadline),
        CASE(test_second_try),
        CASE(test_streams_are_not_retried),
        CASE(test_late_answers),
        CASE(test_server_ends_a_bidi_call),
        CASE(test_half_a_message_in_a_stream),
        CASE(test_no_ping_without_a_call),
        CASE(test_doubled_keepalive),
        CASE(test_doubled_keepalive_is_used),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
