/* SPDX-License-Identifier: Apache-2.0 */
/* The witness's server: what one partner holds of its places is no more than a share. */
#define _POSIX_C_SOURCE 200809L
#include "tests/unit/witness_scene.h"

enum { HELD = LIMIT_WITNESS_WORKS_AGENCY, TURNS = 200 };

/* A partner that begins requests and never ends them. */
struct slow {
    struct http2_connection *connection;
    struct http2_stream *streams[HELD + 1];
    size_t opened;
    size_t busy; /* answered by 503 */
    bool is_open;
};

static bool on_slow_open(void *ctx, struct http2_connection *connection) {
    struct slow *slow = ctx;
    (void)connection;
    slow->is_open = true;
    return true;
}

static void on_slow_headers(void *ctx, struct http2_stream *stream,
                            const struct http2_block *block) {
    struct slow *slow = ctx;
    (void)stream;
    assert_int_equal(block->status, 503);
    slow->busy++;
}

static void on_slow_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
}

static void on_slow_end(void *ctx, struct http2_stream *stream) {
    (void)ctx;
    (void)stream;
}

static void on_slow_closed(void *ctx, struct http2_connection *connection, enum http2_why why) {
    struct slow *slow = ctx;
    (void)connection;
    (void)why;
    slow->connection = NULL;
}

static void on_slow_reset(void *ctx, struct http2_stream *stream, uint32_t error,
                          bool unprocessed) {
    (void)ctx;
    (void)stream;
    (void)error;
    (void)unprocessed;
}

static const struct http2_events SLOW = {.on_open = on_slow_open,
                                         .on_closed = on_slow_closed,
                                         .on_headers = on_slow_headers,
                                         .on_data = on_slow_data,
                                         .on_end = on_slow_end,
                                         .on_reset = on_slow_reset};

static void turns(struct scene *scene) {
    for (int i = 0; i < TURNS; i++) {
        grpc_world_turn(scene->world);
    }
}

static void slow_connect(struct scene *scene, struct slow *slow, struct tls_context *tls) {
    char text[64];
    struct http2_target target = {.host = scene->world->host,
                                  .tls = tls,
                                  .dns_name = "127.0.0.1",
                                  .uri = URI,
                                  .events = &SLOW,
                                  .ctx = slow};
    snprintf(text, sizeof text, "127.0.0.1:%u", witness_server_port(scene->server));
    assert_false(lg_failed(http2_address_resolve(text, &target.address)));
    assert_false(lg_failed(http2_connect(&target, &slow->connection)));
    for (int i = 0; i < TURNS_MAX && !slow->is_open; i++) {
        loop_turn(scene->world->loop, TURN_MS);
    }
    assert_true(slow->is_open);
}

static void slow_begin(struct slow *slow) {
    const struct http2_field fields[] = {
        {.name = span_text(":method"), .value = span_text("POST")},
        {.name = span_text(":scheme"), .value = span_text("https")},
        {.name = span_text(":authority"), .value = span_text("127.0.0.1")},
        {.name = span_text(":path"), .value = span_text("/add-checkpoint")}};
    struct http2_stream **stream = &slow->streams[slow->opened];
    assert_false(lg_failed(http2_stream_open(slow->connection, fields, 4, false, stream)));
    slow->opened++;
}

static void slow_end(struct slow *slow) {
    for (size_t i = 0; i < slow->opened; i++) {
        http2_stream_release(&slow->streams[i]);
    }
    if (slow->connection != NULL) {
        http2_connection_abandon(&slow->connection);
    }
}

static void a_slow_partner_keeps_nobody_out(void **state) {
    struct scene *scene = scene_begin(state);
    struct support_files files;
    struct tls_context *other_tls = NULL;
    struct diag diag;
    struct slow slow = {.opened = 0};
    support_ca_run(&scene->world->ca, "client", "housing cases");
    support_files_set(&scene->world->ca, "housing/cases/client", &files);
    assert_false(lg_failed(tls_context_new(TLS_CLIENT, &files.files, &diag, &other_tls)));
    slow_connect(scene, &slow, other_tls);
    for (size_t i = 0; i < HELD; i++) {
        slow_begin(&slow);
    }
    turns(scene);
    assert_int_equal(slow.busy, 0);
    slow_begin(&slow);
    turns(scene);
    assert_int_equal(slow.busy, 1); /* its share is full */
    client_start(scene);            /* another agency's log, over the certificate of police */
    rounds_await(scene, 1);
    assert_int_equal(witnessed(scene), 1);
    slow_end(&slow);
    turns(scene);
    slow = (struct slow){.opened = 0};
    slow_connect(scene, &slow, other_tls);
    slow_begin(&slow);
    turns(scene);
    assert_int_equal(slow.busy, 0); /* places come back */
    slow_end(&slow);
    turns(scene);
    scene_end(scene);
    tls_context_free(&other_tls);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_partner_keeps_nobody_out),
    };
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
