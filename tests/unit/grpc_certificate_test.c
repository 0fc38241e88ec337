/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that change under a channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "tests/support/grpc_world.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* New certificate: the next call goes over a new connection. */
static void test_renewed_certificate(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    struct diag diag = {0};
    bool changed = false;
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    grpc_channel_recheck(world->channel);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_READY);
    support_ca_run(&world->ca, "renew", "police/cases");
    world->wall_ms += 60000; /* the new leaf begins now */
    assert_false(lg_failed(tls_context_refresh(world->client_tls, &diag, &changed)));
    assert_true(changed);
    grpc_channel_recheck(world->channel);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_IDLE);
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_int_equal(grpc_channel_counters(world->channel)->connects, 2);
}

/* A revoked server: what it has not answered yet is not taken from it any more. */
static void test_revoked_server(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try waiting;
    struct grpc_try next;
    struct diag diag = {0};
    bool changed = false;
    grpc_try_begin(world, &waiting, "/t.T/Hold", span_text("x"), 60000);
    grpc_world_settle(world);
    support_ca_run(&world->ca, "revoke", world->server_files.certificate);
    world->wall_ms += 60000; /* the new list begins now */
    assert_false(lg_failed(tls_context_refresh(world->client_tls, &diag, &changed)));
    assert_true(changed);
    assert_int_equal(waiting.done, 0);
    grpc_channel_recheck(world->channel);
    grpc_try_begin(world, &next, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(waiting.done, 1);
    assert_int_equal(waiting.status, GRPC_UNAVAILABLE);
    assert_int_equal(next.done, 1);
    assert_int_equal(next.status, GRPC_UNAVAILABLE);
    assert_int_equal(world->seen.requests, 1);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_renewed_certificate),
        CASE(test_revoked_server), /* last: the server's certificate is spent */
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
