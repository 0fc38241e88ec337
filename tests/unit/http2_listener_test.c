/* SPDX-License-Identifier: Apache-2.0 */
/* Places before anybody is known: who waits gives way to who comes, descriptors run out, and
 * nobody who has something to say is kept out by those who have not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static const struct http2_counters *counters_of(const struct grpc_world *world) {
    return http2_host_counters(world->host);
}

static int dial(struct grpc_world *world) {
    struct http2_address address;
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%u", grpc_server_port(world->server));
    assert_false(lg_failed(http2_address_resolve(text, &address)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address.storage, address.len), 0);
    return fd;
}

static bool is_closed(int fd) {
    uint8_t byte = 0;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void expect_good_call(struct grpc_world *world) {
    struct grpc_try it;
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("good"), 5000);
    grpc_world_settle(world);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
}

/* All places of one address taken by silence: the oldest gives way once it is no longer young. */
static void test_address_gives_way(void **state) {
    struct grpc_world *world = *state;
    int fds[LIMIT_HTTP2_HANDSHAKES_ADDRESS];
    for (int i = 0; i < LIMIT_HTTP2_HANDSHAKES_ADDRESS; i++) {
        fds[i] = dial(world);
        grpc_world_settle(world);
    }
    uint64_t turned_away = counters_of(world)->turned_away;
    grpc_world_pass(world, LIMIT_HTTP2_HANDSHAKE_YOUNG_MS - 1);
    int late = dial(world);
    grpc_world_settle(world);
    assert_true(is_closed(late));
    close(late);
    assert_int_equal(counters_of(world)->turned_away - turned_away, 1);
    grpc_world_pass(world, 1);
    expect_good_call(world); /* from the same address */
    assert_true(is_closed(fds[0]));
    assert_false(is_closed(fds[1]));
    assert_int_equal(counters_of(world)->turned_away - turned_away, 1);
    for (int i = 0; i < LIMIT_HTTP2_HANDSHAKES_ADDRESS; i++) {
        close(fds[i]);
    }
    grpc_world_settle(world);
    assert_int_equal(counters_of(world)->handshakes, 0);
}

/* All places of all addresses: the oldest of all gives way, here of sockets without an address. */
static void test_all_give_way(void **state) {
    struct grpc_world *world = *state;
    int fds[LIMIT_HTTP2_HANDSHAKES][2];
    for (int i = 0; i < LIMIT_HTTP2_HANDSHAKES; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds[i]), 0);
        assert_false(lg_failed(grpc_server_take(world->server, fds[i][1])));
    }
    int late = dial(world);
    grpc_world_settle(world);
    assert_true(is_closed(late));
    close(late);
    grpc_world_pass(world, LIMIT_HTTP2_HANDSHAKE_YOUNG_MS);
    expect_good_call(world);
    assert_true(is_closed(fds[0][0]));
    assert_false(is_closed(fds[1][0]));
    for (int i = 0; i < LIMIT_HTTP2_HANDSHAKES; i++) {
        close(fds[i][0]);
    }
    grpc_world_settle(world);
    assert_int_equal(counters_of(world)->handshakes, 0);
}

static int next_descriptor(void) {
    int fd = dup(STDERR_FILENO);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static struct rlimit limit_descriptors(int count) {
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit now = {.rlim_cur = (rlim_t)count, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    return before;
}

/* The last descriptors are not for peers: some get in, and when one is turned away there are as
 * many left as there have to be, but for those that this test itself has. */
static void test_descriptors_are_kept(void **state) {
    enum { ROOM = 16 };
    struct grpc_world *world = *state;
    int fds[ROOM];
    int count = 0;
    int limit = next_descriptor() + ROOM + LIMIT_HTTP2_DESCRIPTORS_KEPT;
    struct rlimit before = limit_descriptors(limit);
    const struct http2_counters *counters = counters_of(world);
    uint64_t turned_away = counters->turned_away;
    while (count < ROOM && counters->turned_away == turned_away) {
        fds[count] = dial(world);
        count++;
        grpc_world_settle(world);
        assert_int_equal(is_closed(fds[count - 1]), counters->turned_away != turned_away);
    }
    assert_in_range(count, 2, ROOM - 1);
    assert_true(next_descriptor() <= limit - LIMIT_HTTP2_DESCRIPTORS_KEPT + 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < count; i++) {
        close(fds[i]);
    }
    grpc_world_settle(world);
    expect_good_call(world);
}

/* None at all: the listener rests for a while, then takes what waited in the kernel. */
static void test_no_descriptors(void **state) {
    struct grpc_world *world = *state;
    int fd = dial(world);
    struct rlimit before = limit_descriptors(next_descriptor());
    uint64_t accepted = counters_of(world)->accepted;
    grpc_world_settle(world);
    assert_int_equal(counters_of(world)->accepted, accepted);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    grpc_world_pass(world, LIMIT_HTTP2_ACCEPT_PAUSE_MS - 1);
    assert_int_equal(counters_of(world)->accepted, accepted);
    grpc_world_pass(world, 1);
    assert_int_equal(counters_of(world)->accepted, accepted + 1);
    assert_false(is_closed(fd));
    close(fd);
    expect_good_call(world);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_address_gives_way),
        CASE(test_all_give_way),
        CASE(test_descriptors_are_kept),
        CASE(test_no_descriptors),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
