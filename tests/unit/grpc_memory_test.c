/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation failing in turn, ours and those of the libraries below us: every call still ends
 * exactly once, nothing is left over, and the next call goes well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/grpc_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static bool begin(struct grpc_world *world, struct grpc_try *it, const char *path,
                  enum grpc_kind kind) {
    static const uint8_t MESSAGE[3000] = {3};
    static const char *const KEEPS[] = {"x-note", "x-note-bin", NULL};
    const struct grpc_pair metadata[] = {{"x-note-bin", span_of(MESSAGE, 16)}};
    struct grpc_request request = {
        .path = path,
        .kind = kind,
        .deadline_ms = world->mono_ms + 1000,
        .metadata = metadata,
        .metadata_count = 1,
        .keeps = KEEPS,
    };
    if (kind == GRPC_UNARY || kind == GRPC_SERVER_STREAM) {
        request.message = span_of(MESSAGE, sizeof MESSAGE);
    }
    *it = (struct grpc_try){0};
    return !lg_failed(grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, it, &it->leg));
}

/* One call of each kind while the n-th allocation fails; how many there were. */
static uint64_t run(struct grpc_world *world, uint64_t n) {
    enum { CALLS = 4 };
    struct grpc_try all[CALLS];
    bool has_begun[CALLS];
    world->answer_notes[0] = (struct grpc_pair){"x-note", span_text("first")};
    world->answer_notes[1] = (struct grpc_pair){"x-note-bin", span_text("last")};
    support_alloc_fail_at(n);
    has_begun[0] = begin(world, &all[0], "/t.T/Echo", GRPC_UNARY);
    has_begun[1] = begin(world, &all[1], "/t.T/Copies", GRPC_SERVER_STREAM);
    has_begun[2] = begin(world, &all[2], "/t.T/Sum", GRPC_CLIENT_STREAM);
    has_begun[3] = begin(world, &all[3], "/t.T/Talk", GRPC_BIDI);
    for (size_t i = 2; i < CALLS; i++) {
        if (has_begun[i]) {
            lg_err_ignore(grpc_leg_send(all[i].leg, span_text("row")), "the answer shows");
            grpc_leg_end(all[i].leg);
        }
    }
    grpc_world_settle(world);
    uint64_t seen = support_alloc_seen();
    support_alloc_fail_at(0);
    grpc_world_pass(world, 1000);
    for (size_t i = 0; i < CALLS; i++) {
        assert_int_equal(all[i].done, has_begun[i] ? 1 : 0);
        assert_true(n != 0 || all[i].status == GRPC_OK);
    }
    assert_int_equal(world->held_count, 0);
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    return seen;
}

static void expect_service(struct grpc_world *world) {
    struct grpc_try it;
    /* A failed connection is waited for. */
    grpc_world_pass(world, LIMIT_GRPC_BACKOFF_MAX_MS * 2);
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
}

/* On a connection that is there. */
static void test_calls(void **state) {
    struct grpc_world *world = *state;
    expect_service(world);
    uint64_t count = run(world, 0);
    if (count == 0) {
        skip(); /* a sanitizer owns the heap */
    }
    for (uint64_t n = 1; n <= count; n++) {
        (void)run(world, n);
        expect_service(world);
    }
}

/* From nothing: connection, handshake and session too. OpenSSL makes a thousand allocations here; a
 * step that has no divisor in common with their patterns finds every place in time. */
static void test_connections(void **state) {
    enum { STEP = 13 };
    struct grpc_world *world = *state;
    uint64_t count = run(world, 0);
    if (count == 0) {
        skip();
    }
    for (uint64_t n = 1; n <= count; n += STEP) {
        assert_int_equal(grpc_world_close(state), 0);
        assert_int_equal(grpc_world_open(state), 0);
        (void)run(world, n);
        expect_service(world);
    }
}

static void test_servers_and_channels(void **state) {
    struct grpc_world *world = *state;
    struct grpc_method method = {.path = "/t.T/None", .on_request = NULL};
    struct grpc_serve serve = {.host = world->host, .tls = world->server_tls};
    struct grpc_server *server = NULL;
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    for (uint64_t n = 1;; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = grpc_server_new(&serve, &server);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    }
    grpc_server_free(&server);
    /* Tables that cannot be. */
    serve.methods = &method;
    serve.method_count = 1;
    assert_int_equal(lg_err_class(grpc_server_new(&serve, &server)), LG_CLASS_CONFIG);
    static const char *const PATHS[] = {
        "", "/", "t.T/M", "/t.T", "/t.T/", "//M", "/grpc.health.v1.Health/Check"};
    method.on_request = (void (*)(void *, struct grpc_call *, struct span))abort;
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        method.path = PATHS[i];
        assert_int_equal(lg_err_class(grpc_server_new(&serve, &server)), LG_CLASS_CONFIG);
        assert_null(server);
    }
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_calls),
        CASE(test_connections),
        CASE(test_servers_and_channels),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
