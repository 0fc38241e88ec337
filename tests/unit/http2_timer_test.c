/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that are slow or still: every wait ends, at its time and not before; memory stays bounded;
 * connections drain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

struct scene {
    struct h2_raw raw;
    struct h2_raw_block block;
};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static struct scene *begin(struct grpc_world *world) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_connect(world, &scene->raw);
    return scene;
}

static void end(struct scene *scene) {
    h2_raw_free(&scene->raw);
    free(scene);
}

static void pass(struct scene *scene, int64_t ms) {
    scene->raw.world->mono_ms += ms;
    h2_raw_settle(&scene->raw);
}

static void hush(struct scene *scene) {
    /* Every answer waits for a window of 0. */
    h2_raw_bytes(&scene->raw, span_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, span_of("\0\4\0\0\0\0", 6));
    h2_raw_settle(&scene->raw);
}

static void test_silent_handshake(void **state) {
    struct grpc_world *world = *state;
    int fds[2];
    uint8_t byte = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_false(lg_failed(grpc_server_take(world->server, fds[1])));
    grpc_world_pass(world, LIMIT_HTTP2_HANDSHAKE_MS - 1);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 1);
    assert_int_equal(read(fds[0], &byte, 1), -1);
    grpc_world_pass(world, 1);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
    assert_int_equal(read(fds[0], &byte, 1), 0);
    close(fds[0]);
}

static void test_handshakes_are_bounded(void **state) {
    struct grpc_world *world = *state;
    int fds[LIMIT_HTTP2_HANDSHAKES + 1][2];
    for (int i = 0; i <= LIMIT_HTTP2_HANDSHAKES; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds[i]), 0);
        struct lg_err err = grpc_server_take(world->server, fds[i][1]);
        assert_int_equal(lg_failed(err), i == LIMIT_HTTP2_HANDSHAKES);
    }
    for (int i = 0; i <= LIMIT_HTTP2_HANDSHAKES; i++) {
        close(fds[i][0]);
    }
    grpc_world_settle(world);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
}

static int dial(uint16_t port) {
    struct http2_address address;
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    assert_false(lg_failed(http2_address_resolve(text, &address)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address.storage, address.len), 0);
    return fd;
}

static void test_handshakes_of_one_address(void **state) {
    struct grpc_world *world = *state;
    const struct http2_counters *counters = http2_host_counters(world->host);
    uint64_t turned_away = counters->turned_away;
    int fds[LIMIT_HTTP2_HANDSHAKES_ADDRESS + 3];
    for (int i = 0; i < LIMIT_HTTP2_HANDSHAKES_ADDRESS + 3; i++) {
        fds[i] = dial(grpc_server_port(world->server));
        grpc_world_settle(world);
    }
    assert_int_equal(counters->handshakes, LIMIT_HTTP2_HANDSHAKES_ADDRESS);
    assert_int_equal(counters->turned_away - turned_away, 3);
    /* Another address, here a socket without one, is not kept out by them. */
    struct scene *scene = begin(world);
    h2_raw_greet(&scene->raw);
    end(scene);
    for (int i = 0; i < LIMIT_HTTP2_HANDSHAKES_ADDRESS + 3; i++) {
        close(fds[i]);
    }
    grpc_world_settle(world);
    assert_int_equal(counters->handshakes, 0);
}

static void test_no_settings(void **state) {
    struct scene *scene = begin(*state);
    scene->raw.holds_ack = true; /* nothing may come before the preface */
    pass(scene, LIMIT_HTTP2_SETTINGS_MS - 1);
    assert_false(scene->raw.is_closed);
    pass(scene, 1);
    assert_int_equal(scene->raw.goaway_error, NGHTTP2_SETTINGS_TIMEOUT);
    assert_true(scene->raw.is_closed);
    end(scene);
}

static void test_settings_not_acknowledged(void **state) {
    struct scene *scene = begin(*state);
    scene->raw.holds_ack = true;
    h2_raw_greet(&scene->raw);
    pass(scene, LIMIT_HTTP2_SETTINGS_MS - 1);
    assert_int_equal(scene->raw.goaways, 0);
    pass(scene, 1);
    assert_int_equal(scene->raw.goaway_error, NGHTTP2_SETTINGS_TIMEOUT);
    end(scene);
}

static void test_slow_header_block(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_greet(&scene->raw);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_frame(&scene->raw, NGHTTP2_HEADERS, 0, 1, span_of(scene->block.bytes, 10));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_HTTP2_BLOCK_MS - 1);
    h2_raw_frame(&scene->raw, NGHTTP2_CONTINUATION, 0, 1, span_of(scene->block.bytes + 10, 10));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.goaways, 0);
    pass(scene, 1);
    assert_int_equal(scene->raw.goaways, 1);
    assert_true(scene->raw.is_closed);
    end(scene);
}

/* A body that stops, and one that dribbles: a unary body has its time as a whole. */
static void test_slow_body(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_greet(&scene->raw);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_headers(&scene->raw, 3, &scene->block, false);
    h2_raw_settle(&scene->raw);
    for (int i = 0; i < 9; i++) {
        pass(scene, LIMIT_HTTP2_BODY_MS / 10);
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 3, span_of("\0", 1));
    }
    pass(scene, LIMIT_HTTP2_BODY_MS / 10 - 1);
    assert_int_equal(scene->raw.streams[0].resets + scene->raw.streams[1].resets, 0);
    pass(scene, 1);
    assert_int_equal(http2_host_counters(scene->raw.world->host)->works, 0);
    /* There was nothing else on this connection. */
    assert_int_equal(scene->raw.goaways, 1);
    assert_int_equal(scene->raw.goaway_error, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_true(scene->raw.is_closed);
    end(scene);
}

/* Beside a call that is being worked on, a late body costs its own stream alone; once it is over,
 * the next one costs the connection, however new the bodies beside it are. */
static void test_slow_body_beside_work(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_greet(&scene->raw);
    h2_raw_call(&scene->raw, 1, "/t.T/Hold", span_text("works"));
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, 3, &scene->block, false);
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_HTTP2_BODY_MS);
    assert_int_equal(scene->raw.streams[1].reset_error, NGHTTP2_CANCEL);
    assert_int_equal(scene->raw.goaways, 0);
    h2_raw_headers(&scene->raw, 5, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 1, span_of("\0\0\0\x8", 4));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_HTTP2_BODY_MS - 1);
    h2_raw_headers(&scene->raw, 7, &scene->block, false);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.goaways, 0);
    pass(scene, 1);
    assert_int_equal(scene->raw.goaways, 1);
    assert_true(scene->raw.is_closed);
    end(scene);
}

/* A client stream rests between messages, but not inside one. */
static void test_client_stream_rests(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    h2_raw_greet(&scene->raw);
    h2_raw_request(&scene->block, "/t.T/Sum");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, span_of("\0\0\0\0\1a", 6));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_GRPC_STREAM_REST_MS - 1);
    assert_int_equal(world->seen.messages, 1);
    assert_int_equal(scene->raw.streams[0].resets, 0);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, span_of("\0\0\0\0\1", 5));
    pass(scene, 0);
    pass(scene, LIMIT_HTTP2_BODY_MS);
    assert_int_equal(scene->raw.goaways, 1);
    assert_int_equal(world->seen.cancelled, 1);
    end(scene);
}

/* Answers that nobody reads: bounded in size and in time. */
static void test_zero_window(void **state) {
    struct scene *scene = begin(*state);
    hush(scene);
    h2_raw_call(&scene->raw, 1, "/t.T/Echo", span_text("answer"));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_HTTP2_ANSWER_MS - 1);
    assert_int_equal(scene->raw.streams[0].headers, 1);
    assert_int_equal(scene->raw.streams[0].data_len, 0);
    assert_int_equal(scene->raw.streams[0].resets, 0);
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, 1, span_of("\0\0\0\3", 4));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_HTTP2_ANSWER_MS - 1);
    assert_int_equal(scene->raw.streams[0].data_len, 3);
    assert_int_equal(scene->raw.streams[0].resets, 0);
    pass(scene, 1);
    assert_int_equal(scene->raw.streams[0].reset_error, NGHTTP2_CANCEL);
    assert_int_equal(http2_host_counters(scene->raw.world->host)->works, 0);
    end(scene);
}

/* A window of one byte at a time is progress, but earns nothing: the updates run out. */
static void test_dribbled_window(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t message[1000];
    hush(scene);
    h2_raw_call(&scene->raw, 1, "/t.T/Echo", span_of(message, sizeof message));
    h2_raw_settle(&scene->raw);
    for (int i = 0; i <= LIMIT_HTTP2_IDLE_FRAMES && !scene->raw.is_closed; i++) {
        h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, 1, span_of("\0\0\0\1", 4));
        h2_raw_settle(&scene->raw);
    }
    assert_true(scene->raw.streams[0].data_len >= LIMIT_HTTP2_IDLE_FRAMES - 10);
    assert_int_equal(scene->raw.goaway_error, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_true(scene->raw.is_closed);
    end(scene);
}

static void test_unread_answers_are_bounded(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t message[16000];
    hush(scene);
    for (uint32_t i = 0; i < LIMIT_HTTP2_STREAMS; i++) {
        h2_raw_call(&scene->raw, 2 * i + 1, "/t.T/Echo", span_of(message, sizeof message));
        h2_raw_settle(&scene->raw);
    }
    size_t refused = 0;
    for (uint32_t i = 0; i < LIMIT_HTTP2_STREAMS; i++) {
        refused += strcmp(scene->raw.streams[i].grpc_status, "8") == 0 ? 1U : 0U;
    }
    size_t room = LIMIT_HTTP2_CONNECTION_PENDING / (sizeof message + 5);
    assert_int_equal(refused, LIMIT_HTTP2_STREAMS - room);
    end(scene);
}

/* A peer that stops reading its socket: we stop reading ours, and then it is gone. */
static void test_blocked_socket(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t message[16000] = {30};
    struct h2_raw *raw = &scene->raw;
    h2_raw_bytes(raw, span_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, span_of("\0\4\x7f\xff\xff\xff", 6));
    h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 0, span_of("\x7f\xff\0\0", 4));
    h2_raw_settle(raw);
    raw->reads_nothing = true;
    h2_raw_call(raw, 1, "/t.T/Many", span_of(message, sizeof message));
    h2_raw_settle(raw);
    int requests = raw->world->seen.requests;
    assert_int_equal(requests, 1);
    h2_raw_call(raw, 3, "/t.T/Echo", span_text("not read any more"));
    h2_raw_settle(raw);
    assert_int_equal(raw->world->seen.requests, 1);
    pass(scene, LIMIT_HTTP2_WRITE_MS - 1);
    assert_int_equal(http2_host_counters(raw->world->host)->connections, 1);
    pass(scene, 1);
    assert_int_equal(http2_host_counters(raw->world->host)->connections, 0);
    end(scene);
}

/* The same peer, and then a flood: it has no 20 s more to read why it is sent away. */
static void test_blocked_socket_and_a_flood(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t message[16000];
    struct h2_raw *raw = &scene->raw;
    uint64_t calmed = http2_host_counters(raw->world->host)->calmed;
    h2_raw_bytes(raw, span_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, span_of("\0\4\x7f\xff\xff\xff", 6));
    h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 0, span_of("\x7f\xff\0\0", 4));
    h2_raw_settle(raw);
    raw->reads_nothing = true;
    /* Until the first answer is stuck; little enough waits that we still read. */
    for (uint32_t id = 1; http2_host_counters(raw->world->host)->works == 0; id += 2) {
        assert_true(id < 200);
        h2_raw_call(raw, id, "/t.T/Echo", span_of(message, sizeof message));
        h2_raw_settle(raw);
    }
    for (int i = 0; i < 10; i++) {
        h2_raw_frame(raw, NGHTTP2_PING, 0, 0, span_text("12345678"));
    }
    h2_raw_settle(raw);
    assert_int_equal(http2_host_counters(raw->world->host)->calmed, calmed + 1);
    assert_int_equal(http2_host_counters(raw->world->host)->connections, 1);
    pass(scene, LIMIT_HTTP2_LINGER_MS);
    assert_int_equal(http2_host_counters(raw->world->host)->connections, 0);
    end(scene);
}

static void test_blocked_socket_goes_on(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t message[16000] = {30};
    struct h2_raw *raw = &scene->raw;
    h2_raw_bytes(raw, span_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, span_of("\0\4\x7f\xff\xff\xff", 6));
    h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 0, span_of("\x7f\xff\0\0", 4));
    h2_raw_settle(raw);
    raw->reads_nothing = true;
    h2_raw_call(raw, 1, "/t.T/Many", span_of(message, sizeof message));
    h2_raw_call(raw, 3, "/t.T/Echo", span_text("later"));
    pass(scene, LIMIT_HTTP2_WRITE_MS - 1);
    raw->reads_nothing = false;
    for (int i = 0; i < 10; i++) {
        h2_raw_settle(raw);
    }
    assert_string_equal(raw->streams[0].grpc_status, "0");
    assert_int_equal(raw->streams[0].data_len, 30 * (sizeof message + 5));
    assert_string_equal(raw->streams[1].grpc_status, "0");
    pass(scene, LIMIT_HTTP2_WRITE_MS);
    assert_int_equal(raw->goaways, 0);
    end(scene);
}

/* First the high identifier, then, a round trip later, the true one; the peer's streams between
 * the two are taken. */
static void test_drain_in_two_steps(void **state) {
    struct scene *scene = begin(*state);
    struct h2_raw *raw = &scene->raw;
    h2_raw_greet(raw);
    h2_raw_call(raw, 1, "/t.T/Hold", span_text("x"));
    h2_raw_settle(raw);
    grpc_server_drain(raw->world->server, raw->world->mono_ms + 60000, NULL, NULL);
    h2_raw_settle(raw);
    assert_int_equal(raw->goaways, 1);
    assert_int_equal(raw->goaway_last, INT32_MAX);
    assert_int_equal(raw->frames[NGHTTP2_PING], 1);
    h2_raw_call(raw, 3, "/t.T/Echo", span_text("on its way"));
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[1].grpc_status, "0");
    h2_raw_frame(raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, span_of("\0\0\0\0\0\0\0\0", 8));
    h2_raw_settle(raw);
    assert_int_equal(raw->goaways, 2);
    assert_int_equal(raw->goaway_last, 3);
    assert_int_equal(raw->goaway_error, NGHTTP2_NO_ERROR);
    h2_raw_call(raw, 5, "/t.T/Echo", span_text("too late"));
    h2_raw_settle(raw);
    assert_int_equal(raw->world->seen.requests, 2);
    assert_false(raw->is_closed);
    grpc_world_release(raw->world, 0);
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[0].grpc_status, "0");
    assert_true(raw->is_closed);
    end(scene);
}

static void test_drain_without_a_pong(void **state) {
    struct scene *scene = begin(*state);
    struct h2_raw *raw = &scene->raw;
    h2_raw_greet(raw);
    h2_raw_call(raw, 1, "/t.T/Hold", span_text("x"));
    h2_raw_settle(raw);
    grpc_server_drain(raw->world->server, raw->world->mono_ms + 60000, NULL, NULL);
    pass(scene, LIMIT_HTTP2_DRAIN_STEP_MS - 1);
    assert_int_equal(raw->goaways, 1);
    pass(scene, 1);
    assert_int_equal(raw->goaways, 2);
    assert_int_equal(raw->goaway_last, 1);
    end(scene);
}

static void test_idle_connection_ends(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_greet(&scene->raw);
    h2_raw_call(&scene->raw, 1, "/t.T/Echo", span_text("x"));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_HTTP2_IDLE_MS - 1);
    assert_int_equal(scene->raw.goaways, 0);
    pass(scene, 1);
    assert_int_equal(scene->raw.goaways, 1);
    pass(scene, LIMIT_HTTP2_DRAIN_STEP_MS);
    assert_true(scene->raw.goaways >= 2);
    assert_int_equal(scene->raw.goaway_error, NGHTTP2_NO_ERROR);
    assert_true(scene->raw.is_closed);
    end(scene);
}

/* A busy connection ends by its age, between one and two times the limit. */
static void test_old_connection_ends(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_greet(&scene->raw);
    int64_t age_ms = 0;
    for (uint32_t id = 1; scene->raw.goaways == 0; id += 2) {
        h2_raw_call(&scene->raw, id, "/t.T/Echo", span_text("x"));
        h2_raw_settle(&scene->raw);
        pass(scene, LIMIT_HTTP2_IDLE_MS / 2);
        age_ms += LIMIT_HTTP2_IDLE_MS / 2;
        assert_true(age_ms <= 2 * LIMIT_HTTP2_AGE_MS);
    }
    assert_true(age_ms >= LIMIT_HTTP2_AGE_MS);
    assert_int_equal(scene->raw.goaway_last, INT32_MAX);
    end(scene);
}

/* A revoked client: its next request is refused, and when the connection is looked at again, what
 * it still waits for is cancelled and the connection closed. */
static void test_revoked_peer(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    struct diag diag = {0};
    bool changed = false;
    h2_raw_greet(&scene->raw);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_call(&scene->raw, 3, "/t.T/Hold", span_text("x"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(world->held_count, 1);
    assert_int_equal(world->seen.requests, 1);
    support_ca_run(&world->ca, "revoke", world->client_files.certificate);
    assert_false(lg_failed(tls_context_refresh(world->server_tls, &diag, &changed)));
    assert_true(changed);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, span_of("\0\0\0\0\0", 5));
    h2_raw_call(&scene->raw, 5, "/t.T/Sum", span_text("x"));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[0].grpc_status, "16");
    assert_string_equal(scene->raw.streams[2].grpc_status, "16");
    assert_int_equal(world->seen.requests + world->seen.opened, 1);
    assert_int_equal(scene->raw.goaways, 0);
    assert_int_equal(world->seen.cancelled, 0);
    grpc_server_recheck(world->server);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.goaways, 1);
    assert_int_equal(world->seen.cancelled, 1);
    assert_true(scene->raw.is_closed);
    end(scene);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_silent_handshake),
        CASE(test_handshakes_are_bounded),
        CASE(test_handshakes_of_one_address),
        CASE(test_no_settings),
        CASE(test_settings_not_acknowledged),
        CASE(test_slow_header_block),
        CASE(test_slow_body),
        CASE(test_slow_body_beside_work),
        CASE(test_client_stream_rests),
        CASE(test_zero_window),
        CASE(test_dribbled_window),
        CASE(test_unread_answers_are_bounded),
        CASE(test_blocked_socket),
        CASE(test_blocked_socket_and_a_flood),
        CASE(test_blocked_socket_goes_on),
        CASE(test_drain_in_two_steps),
        CASE(test_drain_without_a_pong),
        CASE(test_idle_connection_ends),
        CASE(test_old_connection_ends),
        CASE(test_revoked_peer), /* last: the client's certificate is spent */
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
