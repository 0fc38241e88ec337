/* SPDX-License-Identifier: Apache-2.0 */
/* Places of a listener whose peers have no names: so many in all, and so many from one address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/h2_raw.h"

#include <cmocka.h>

static const struct http2_events EVENTS = {0};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static struct http2_listener *listen_with(struct grpc_world *world, size_t all, size_t address) {
    struct http2_listener *listener = NULL;
    struct http2_listen listen = {
        .host = world->host,
        .tls = world->server_tls,
        .events = &EVENTS,
        .connections_max = all,
        .address_max = address,
    };
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &listen.address)));
    assert_false(lg_failed(http2_listener_new(&listen, &listener)));
    return listener;
}

static int dial(struct grpc_world *world, const struct http2_listener *listener) {
    struct http2_address address;
    char text[32];
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", http2_listener_port(listener));
    assert_false(lg_failed(http2_address_resolve(text, &address)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address.storage, address.len), 0);
    grpc_world_settle(world);
    return fd;
}

static bool is_closed(int fd) {
    uint8_t byte = 0;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void one_address_has_its_places(void **state) {
    struct grpc_world *world = *state;
    struct http2_listener *listener = listen_with(world, 0, 2);
    int first = dial(world, listener);
    int second = dial(world, listener);
    int third = dial(world, listener);
    assert_false(is_closed(first));
    assert_false(is_closed(second));
    assert_true(is_closed(third));
    close(third);
    /* A socket of no address is none of that address. */
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_false(lg_failed(http2_listener_take(listener, pair[1])));
    close(pair[0]);
    /* A place that is given back is one. */
    close(first);
    grpc_world_settle(world);
    int fourth = dial(world, listener);
    assert_false(is_closed(fourth));
    close(second);
    close(fourth);
    http2_listener_free(&listener);
    grpc_world_settle(world);
}

static void all_have_theirs(void **state) {
    struct grpc_world *world = *state;
    struct http2_listener *listener = listen_with(world, 1, 0);
    int first = dial(world, listener);
    int second = dial(world, listener);
    assert_false(is_closed(first));
    assert_true(is_closed(second));
    close(first);
    close(second);
    http2_listener_free(&listener);
    grpc_world_settle(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_its_places),
        cmocka_unit_test(all_have_theirs),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
