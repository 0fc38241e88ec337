/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the log that wait for their file: they take no place of the questions, and one agency's
 * are a share of all. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits_witness.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { SHARE = LIMIT_SERVICE_PAGES_AGENCY, TURNS_MAX = 2000 };

/* A mirror of the log with one connection. */
struct mirror {
    struct http2_connection *connection;
    struct http2_stream *streams[SHARE + 1];
    size_t asked;
    size_t answered;
    size_t refused; /* by 429 */
    bool is_open;
};

/* A job that keeps the bulk pool's only thread until it is let go. */
struct stall {
    pthread_mutex_t lock;
    struct loop_job job;
    bool is_done;
};

static int setup(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

static void on_stall(void *ctx) {
    struct stall *stall = ctx;
    assert_int_equal(pthread_mutex_lock(&stall->lock), 0);
    assert_int_equal(pthread_mutex_unlock(&stall->lock), 0);
}

static void on_stalled(void *ctx) {
    struct stall *stall = ctx;
    stall->is_done = true;
}

static bool on_open(void *ctx, struct http2_connection *connection) {
    struct mirror *mirror = ctx;
    (void)connection;
    mirror->is_open = true;
    return true;
}

static void on_closed(void *ctx, struct http2_connection *connection, enum http2_why why) {
    struct mirror *mirror = ctx;
    (void)connection;
    (void)why;
    mirror->connection = NULL;
}

static void on_headers(void *ctx, struct http2_stream *stream, const struct http2_block *block) {
    struct mirror *mirror = ctx;
    (void)stream;
    assert_true(block->status == 200 || block->status == 429);
    mirror->answered += block->status == 200 ? 1 : 0;
    mirror->refused += block->status == 429 ? 1 : 0;
}

static void on_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
}

static void on_end(void *ctx, struct http2_stream *stream) {
    (void)ctx;
    (void)stream;
}

static void on_reset(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed) {
    (void)ctx;
    (void)stream;
    (void)error;
    (void)unprocessed;
}

static const struct http2_events EVENTS = {.on_open = on_open,
                                           .on_closed = on_closed,
                                           .on_headers = on_headers,
                                           .on_data = on_data,
                                           .on_end = on_end,
                                           .on_reset = on_reset};

static void mirror_connect(struct line_world *w, struct mirror *mirror) {
    char text[64];
    struct http2_target target = {.host = w->host,
                                  .tls = w->caller_client,
                                  .dns_name = "gateway.example",
                                  .uri = "lockgate://bridgewater/hub/gateway",
                                  .events = &EVENTS,
                                  .ctx = mirror};
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", grpc_server_port(w->server));
    assert_false(lg_failed(http2_address_resolve(text, &target.address)));
    assert_false(lg_failed(http2_connect(&target, &mirror->connection)));
    line_until(w, &mirror->is_open);
}

static void get(struct mirror *mirror) {
    const struct http2_field fields[] = {
        {.name = span_text(":method"), .value = span_text("GET")},
        {.name = span_text(":scheme"), .value = span_text("https")},
        {.name = span_text(":authority"), .value = span_text("gateway.example")},
        {.name = span_text(":path"), .value = span_text("/log/tile/0/000.p/1")}};
    struct http2_stream **stream = &mirror->streams[mirror->asked];
    assert_false(lg_failed(http2_stream_open(mirror->connection, fields, 4, true, stream)));
    mirror->asked++;
}

static void pages_in_line_take_no_places(void **state) {
    struct line_world *w = *state;
    struct mirror mirror = {.asked = 0};
    struct stall stall = {.is_done = false};
    assert_int_equal(pthread_mutex_init(&stall.lock, NULL), 0);
    assert_int_equal(pthread_mutex_lock(&stall.lock), 0);
    stall.job = (struct loop_job){
        .work = on_stall, .on_done = on_stalled, .ctx = &stall, .loop = w->worker.loop};
    loop_pool_send(w->gateway.bulk, &stall.job);
    mirror_connect(w, &mirror);
    for (size_t i = 0; i < SHARE; i++) {
        get(&mirror);
    }
    line_settle(w);
    assert_int_equal(mirror.answered + mirror.refused, 0);
    assert_int_equal(w->server->admission.under_way, 0);
    assert_int_equal(w->server->admission.resting, SHARE);
    get(&mirror); /* one more than its share */
    for (int i = 0; i < TURNS_MAX && mirror.refused == 0; i++) {
        line_settle(w);
    }
    assert_int_equal(mirror.refused, 1);
    assert_int_equal(mirror.answered, 0);
    assert_int_equal(pthread_mutex_unlock(&stall.lock), 0);
    line_until(w, &stall.is_done);
    for (int i = 0; i < TURNS_MAX && mirror.answered < SHARE; i++) {
        loop_turn(w->worker.loop, 1);
    }
    assert_int_equal(mirror.answered, SHARE);
    line_settle(w);
    assert_int_equal(w->server->admission.under_way + w->server->admission.resting, 0);
    for (size_t i = 0; i < mirror.asked; i++) {
        http2_stream_release(&mirror.streams[i]);
    }
    http2_connection_abandon(&mirror.connection);
    line_settle(w);
    assert_int_equal(pthread_mutex_destroy(&stall.lock), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_in_line_take_no_places, line_world_open,
                                        line_world_close),
    };
    return cmocka_run_group_tests(tests, setup, line_world_teardown);
}
