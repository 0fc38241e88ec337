/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that never finish their handshake: bytes that dribble in, connections cut at each byte,
 * certificates that are refused. Each gives its place back, and the log is not theirs to fill. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "tests/support/grpc_world.h"
#include "tests/support/tls_text.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* A client by hand, on a connection that the server has taken. */
static struct raw_peer *knock(struct grpc_world *world) {
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_false(lg_failed(grpc_server_take(world->server, fds[1])));
    return raw_new(fds[0], false);
}

static void leave(struct raw_peer **raw) {
    close((*raw)->fd);
    raw_free(raw);
}

/* A good hello as one record. */
static struct raw_bytes *hello_of(struct raw_peer *raw) {
    struct raw_bytes *body = calloc(1, sizeof *body);
    struct raw_bytes *record = calloc(1, sizeof *record);
    struct raw_hello hello;
    assert_non_null(body);
    assert_non_null(record);
    raw_hello_init(&hello);
    raw_hello_write(raw, &hello, body);
    raw_put(record, span_of("\26\3\1", 3));
    size_t mark = raw_begin(record, 2);
    raw_message(raw, RAW_CLIENT_HELLO, span_of(body->ptr, body->len), record);
    raw_end(record, mark, 2);
    free(body);
    return record;
}

static void test_a_hello_that_dribbles(void **state) {
    struct grpc_world *world = *state;
    struct raw_peer *raw = knock(world);
    struct raw_bytes *hello = hello_of(raw);
    const int64_t step_ms = LIMIT_HTTP2_HANDSHAKE_MS / 20;
    size_t at = 0;
    int64_t passed_ms = 0;
    while (passed_ms + step_ms < LIMIT_HTTP2_HANDSHAKE_MS) {
        assert_true(raw_send_plain(raw, span_of(hello->ptr + at, 1)));
        at++;
        grpc_world_pass(world, step_ms);
        passed_ms += step_ms;
        assert_int_equal(http2_host_counters(world->host)->handshakes, 1);
    }
    assert_true(at < hello->len);
    grpc_world_pass(world, step_ms);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
    free(hello);
    leave(&raw);
}

static void test_a_hello_cut_at_each_byte(void **state) {
    struct grpc_world *world = *state;
    size_t len = 2;
    for (size_t cut = 0; cut < len; cut++) {
        struct raw_peer *raw = knock(world);
        struct raw_bytes *hello = hello_of(raw);
        len = hello->len;
        assert_true(raw_send_plain(raw, span_of(hello->ptr, cut)));
        grpc_world_settle(world);
        assert_int_equal(http2_host_counters(world->host)->handshakes, 1);
        leave(&raw);
        grpc_world_settle(world);
        assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
        free(hello);
    }
}

static bool hear_server(struct raw_peer *raw) {
    enum raw_message type;
    struct span body;
    while (raw_read_message(raw, &type, &body)) {
        if (type == RAW_SERVER_HELLO) {
            raw_agree(raw, raw_hello_extension(RAW_SERVER_HELLO, body, 51).ptr + 4);
        }
        if (type == RAW_FINISHED) {
            return true;
        }
    }
    return false;
}

/* After the server's flight, which is the dear part: silence until the time is over. */
static void test_silence_after_the_server_has_spoken(void **state) {
    struct grpc_world *world = *state;
    struct raw_peer *raw = knock(world);
    struct raw_bytes *hello = hello_of(raw);
    assert_true(raw_send_plain(raw, span_of(hello->ptr, hello->len)));
    grpc_world_settle(world);
    assert_true(hear_server(raw));
    grpc_world_pass(world, LIMIT_HTTP2_HANDSHAKE_MS - 1);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 1);
    grpc_world_pass(world, 1);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
    free(hello);
    leave(&raw);
}

/* Shows a certificate of another authority. */
static void show_stranger(struct grpc_world *world, const struct raw_chain *chain) {
    struct raw_peer *raw = knock(world);
    struct raw_bytes *hello = hello_of(raw);
    struct raw_bytes *body = calloc(1, sizeof *body);
    assert_non_null(body);
    assert_true(raw_send_plain(raw, span_of(hello->ptr, hello->len)));
    grpc_world_settle(world);
    assert_true(hear_server(raw));
    raw_put_certificate(chain, body);
    raw_send_message(raw, RAW_CERTIFICATE, span_of(body->ptr, body->len));
    grpc_world_settle(world);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
    free(body);
    free(hello);
    leave(&raw);
}

static void test_strangers_are_counted(void **state) {
    struct grpc_world *world = *state;
    const struct http2_counters *counters = http2_host_counters(world->host);
    struct support_ca other;
    struct raw_chain chain;
    uint64_t failed = counters->handshakes_failed;
    support_ca_new(&other, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&other, "client", "police cases");
    raw_chain_read(other.dir, "police/cases/client", &chain);
    uint64_t refused = counters->peers_refused;
    for (int i = 0; i < 3 * LIMIT_HTTP2_TOLD; i++) {
        show_stranger(world, &chain);
    }
    assert_int_equal(counters->peers_refused - refused, 3 * LIMIT_HTTP2_TOLD);
    assert_int_equal(counters->handshakes_failed - failed, 3 * LIMIT_HTTP2_TOLD);
    raw_chain_done(&chain);
    support_ca_free(&other);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_a_hello_that_dribbles),
        CASE(test_a_hello_cut_at_each_byte),
        CASE(test_silence_after_the_server_has_spoken),
        CASE(test_strangers_are_counted),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
