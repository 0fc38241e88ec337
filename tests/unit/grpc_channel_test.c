/* SPDX-License-Identifier: Apache-2.0 */
/* Our client against servers that answer strangely, break, lie or are not there (transport.md 4.2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

struct scene {
    struct h2_raw raw;
    struct h2_raw_block block;
    struct grpc_try it;
};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static void greet(struct scene *scene) {
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, (struct span){0});
    h2_raw_settle(&scene->raw);
}

/* A server that has read the request of one unary call, on stream 1. */
static struct scene *begin(struct grpc_world *world) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_listen(world, &scene->raw, &scene->it, "/t.T/Echo");
    greet(scene);
    return scene;
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

/* HEADERS with :status, content-type and, where given, one more field. */
static void send_headers(struct scene *scene, uint32_t stream_id, const char *status,
                         const char *grpc_status, bool is_end) {
    scene->block.len = 0;
    h2_raw_add(&scene->block, ":status", status);
    h2_raw_add(&scene->block, "content-type", "application/grpc");
    if (grpc_status != NULL) {
        h2_raw_add(&scene->block, "grpc-status", grpc_status);
        h2_raw_add(&scene->block, "grpc-message", "a%20%C3%A4%zz%4");
    }
    h2_raw_headers(&scene->raw, stream_id, &scene->block, is_end);
}

static void send_trailers(struct scene *scene, uint32_t stream_id, const char *grpc_status) {
    scene->block.len = 0;
    h2_raw_add(&scene->block, "grpc-status", grpc_status);
    h2_raw_headers(&scene->raw, stream_id, &scene->block, true);
}

static void send_answer(struct scene *scene, uint32_t stream_id, struct span body) {
    send_headers(scene, stream_id, "200", NULL, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, stream_id, body);
    send_trailers(scene, stream_id, "0");
    h2_raw_settle(&scene->raw);
}

#define BYTES(text) span_of(text, sizeof(text) - 1)

static void test_request_on_the_wire(void **state) {
    struct scene *scene = begin(*state);
    assert_int_equal(scene->raw.settings[NGHTTP2_SETTINGS_ENABLE_PUSH], 0);
    assert_int_equal(scene->raw.settings[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE], 65536);
    assert_int_equal(scene->raw.frames[NGHTTP2_HEADERS], 1);
    /* Message and END_STREAM are in one DATA frame. */
    assert_int_equal(scene->raw.frames[NGHTTP2_DATA], 1);
    assert_true(scene->raw.streams[0].has_ended);
    assert_memory_equal(scene->raw.streams[0].data, "\0\0\0\0\x08question", 13);
    send_answer(scene, 1, BYTES("\0\0\0\0\2ok"));
    assert_int_equal(scene->it.status, GRPC_OK);
    assert_memory_equal(scene->it.last, "ok", 2);
    end(scene);
}

static void test_statuses(void **state) {
    static const struct {
        const char *text;
        enum grpc_status status;
        bool is_ours;
    } STATUSES[] = {
        {"5", GRPC_NOT_FOUND, false}, {"16", GRPC_UNAUTHENTICATED, false},
        {"17", GRPC_UNKNOWN, false},  {"-1", GRPC_UNKNOWN, false},
        {"", GRPC_UNKNOWN, false},    {"abc", GRPC_UNKNOWN, false},
        {"0", GRPC_INTERNAL, true}, /* OK without an answer */
    };
    for (size_t i = 0; i < sizeof STATUSES / sizeof STATUSES[0]; i++) {
        struct scene *scene = begin(*state);
        send_headers(scene, 1, "200", STATUSES[i].text, true);
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->it.done, 1);
        assert_int_equal(scene->it.status, STATUSES[i].status);
        assert_int_equal(scene->it.is_ours, STATUSES[i].is_ours);
        if (!STATUSES[i].is_ours) {
            assert_string_equal(scene->it.message, "a \xc3\xa4%zz%4");
        }
        end(scene);
    }
}

static void test_http_statuses(void **state) {
    static const struct {
        const char *text;
        enum grpc_status status;
    } STATUSES[] = {
        {"400", GRPC_INTERNAL},      {"401", GRPC_UNAUTHENTICATED}, {"403", GRPC_PERMISSION_DENIED},
        {"404", GRPC_UNIMPLEMENTED}, {"429", GRPC_UNAVAILABLE},     {"431", GRPC_INTERNAL},
        {"500", GRPC_UNKNOWN},       {"502", GRPC_UNAVAILABLE},     {"503", GRPC_UNAVAILABLE},
        {"504", GRPC_UNAVAILABLE},   {"302", GRPC_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof STATUSES / sizeof STATUSES[0]; i++) {
        struct scene *scene = begin(*state);
        send_headers(scene, 1, STATUSES[i].text, NULL, false);
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, BYTES("<html>"));
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->it.status, STATUSES[i].status);
        assert_true(scene->it.is_ours);
        end(scene);
    }
}

static void test_bodies(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        enum grpc_status status;
    } BODIES[] = {
        {"\0\0\0\0\0", 5, GRPC_OK},
        {"\0\0\0\0\2o", 6, GRPC_INTERNAL}, /* not whole */
        {"\0\0", 2, GRPC_INTERNAL},
        {"\0\0\0\0\1a\0\0\0\0\1b", 12, GRPC_INTERNAL}, /* two */
        {"\1\0\0\0\1a", 6, GRPC_INTERNAL},             /* never offered */
        {"\7\0\0\0\1a", 6, GRPC_INTERNAL},
        {"\0\0\1\0\1a", 6, GRPC_RESOURCE_EXHAUSTED}, /* one over */
        {"\0\xff\xff\xff\xff", 5, GRPC_RESOURCE_EXHAUSTED},
    };
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        struct scene *scene = begin(*state);
        send_answer(scene, 1, span_of(BODIES[i].bytes, BODIES[i].len));
        assert_int_equal(scene->it.done, 1);
        assert_int_equal(scene->it.status, BODIES[i].status);
        assert_int_equal(scene->it.messages, BODIES[i].status == GRPC_OK ? 1 : 0);
        end(scene);
    }
}

/* An answer of another content type is not parsed, whatever it says. */
static void test_content_type(void **state) {
    struct scene *scene = begin(*state);
    scene->block.len = 0;
    h2_raw_add(&scene->block, ":status", "200");
    h2_raw_add(&scene->block, "content-type", "text/html");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, BYTES("\0\0\0\0\1a"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.status, GRPC_UNKNOWN);
    assert_int_equal(scene->it.messages, 0);
    end(scene);
}

static void test_interim_answers_are_skipped(void **state) {
    struct scene *scene = begin(*state);
    scene->block.len = 0;
    h2_raw_add(&scene->block, ":status", "103");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    send_answer(scene, 1, BYTES("\0\0\0\0\2ok"));
    assert_int_equal(scene->it.status, GRPC_OK);
    end(scene);
}

static void test_resets(void **state) {
    static const struct {
        char error;
        enum grpc_status status;
    } RESETS[] = {
        {NGHTTP2_CANCEL, GRPC_CANCELLED},
        {NGHTTP2_ENHANCE_YOUR_CALM, GRPC_RESOURCE_EXHAUSTED},
        {NGHTTP2_INADEQUATE_SECURITY, GRPC_PERMISSION_DENIED},
        {NGHTTP2_INTERNAL_ERROR, GRPC_INTERNAL},
        {NGHTTP2_NO_ERROR, GRPC_INTERNAL},
        {NGHTTP2_HTTP_1_1_REQUIRED, GRPC_INTERNAL},
    };
    for (size_t i = 0; i < sizeof RESETS / sizeof RESETS[0]; i++) {
        struct scene *scene = begin(*state);
        char payload[4] = {0, 0, 0, RESETS[i].error};
        h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 1, span_of(payload, 4));
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->it.status, RESETS[i].status);
        assert_false(scene->it.surely_unprocessed);
        assert_int_equal(grpc_channel_counters(scene->raw.world->channel)->retried, 0);
        end(scene);
    }
}

/* A stream that was surely not touched is tried once more, not twice. */
static void test_refused_stream(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 1, BYTES("\0\0\0\7"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.done, 0);
    assert_int_equal(scene->raw.streams[1].headers, 1);
    assert_memory_equal(scene->raw.streams[1].data, "\0\0\0\0\x08question", 13);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 3, BYTES("\0\0\0\7"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.done, 1);
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
    assert_true(scene->it.surely_unprocessed);
    assert_int_equal(grpc_channel_counters(scene->raw.world->channel)->retried, 1);
    end(scene);
}

static void test_refused_then_answered(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 1, BYTES("\0\0\0\7"));
    h2_raw_settle(&scene->raw);
    send_answer(scene, 3, BYTES("\0\0\0\0\2ok"));
    assert_int_equal(scene->it.status, GRPC_OK);
    assert_int_equal(scene->it.messages, 1);
    end(scene);
}

/* Refused after something was said: it was touched. */
static void test_refused_after_headers(void **state) {
    struct scene *scene = begin(*state);
    send_headers(scene, 1, "200", NULL, false);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 1, BYTES("\0\0\0\7"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
    assert_int_equal(grpc_channel_counters(scene->raw.world->channel)->retried, 0);
    end(scene);
}

static void test_goaway_above_last(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\0\0\0\0\0"));
    h2_raw_settle(&scene->raw);
    grpc_world_settle(*state);
    /* It waits to be tried elsewhere, but this server had never answered: that is a failure. */
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
    assert_true(scene->it.surely_unprocessed);
    assert_int_equal(grpc_channel_state(scene->raw.world->channel), GRPC_CHANNEL_BROKEN);
    end(scene);
}

static void test_goaway_lets_streams_finish(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_channel *channel = scene->raw.world->channel;
    h2_raw_frame(&scene->raw, NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\1\0\0\0\0"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.done, 0);
    assert_int_not_equal(grpc_channel_state(channel), GRPC_CHANNEL_READY);
    send_answer(scene, 1, BYTES("\0\0\0\0\2ok"));
    assert_int_equal(scene->it.status, GRPC_OK);
    assert_true(scene->raw.is_closed);
    end(scene);
}

static void test_lost_connection(void **state) {
    struct scene *scene = begin(*state);
    tls_stream_free(&scene->raw.tls);
    grpc_world_settle(*state);
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
    assert_false(scene->it.surely_unprocessed);
    assert_int_equal(grpc_channel_counters(scene->raw.world->channel)->failures_in_row, 1);
    end(scene);
}

static void test_peer_takes_one_stream(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_try second;
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\3\0\0\0\1"));
    h2_raw_settle(&scene->raw);
    grpc_try_begin(*state, &second, "/t.T/Echo", span_text("second"), 60000);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.frames[NGHTTP2_HEADERS], 1);
    send_answer(scene, 1, BYTES("\0\0\0\0\2ok"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.frames[NGHTTP2_HEADERS], 2);
    send_answer(scene, 3, BYTES("\0\0\0\0\2ok"));
    assert_int_equal(second.status, GRPC_OK);
    end(scene);
}

static void test_peer_takes_no_stream(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_try second;
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\3\0\0\0\0"));
    h2_raw_settle(&scene->raw);
    grpc_try_begin(*state, &second, "/t.T/Echo", span_text("second"), 5000);
    h2_raw_settle(&scene->raw);
    pass(scene, 5000);
    assert_int_equal(second.status, GRPC_DEADLINE_EXCEEDED);
    assert_true(second.surely_unprocessed);
    end(scene);
}

static void test_own_deadline_resets(void **state) {
    struct scene *scene = begin(*state);
    pass(scene, 0);
    send_headers(scene, 1, "200", NULL, false);
    for (int i = 0; i < 6; i++) {
        h2_raw_frame(&scene->raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, span_text("12345678"));
        pass(scene, 10000);
    }
    assert_int_equal(scene->it.status, GRPC_DEADLINE_EXCEEDED);
    assert_int_equal(scene->raw.streams[0].reset_error, NGHTTP2_CANCEL);
    /* What still comes is dropped. */
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\2ok"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.done, 1);
    assert_false(scene->raw.is_closed);
    end(scene);
}

/* Silence with a call open: a PING, and without any word the connection is given up. */
static void test_keepalive(void **state) {
    struct scene *scene = begin(*state);
    pass(scene, LIMIT_GRPC_KEEPALIVE_MS);
    assert_int_equal(scene->raw.frames[NGHTTP2_PING], 1);
    h2_raw_frame(&scene->raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, span_of("\0\0\0\0\0\0\0\0", 8));
    h2_raw_settle(&scene->raw);
    pass(scene, LIMIT_GRPC_KEEPALIVE_MS);
    assert_int_equal(scene->raw.frames[NGHTTP2_PING], 2);
    pass(scene, LIMIT_HTTP2_PING_TIMEOUT_MS - 1);
    assert_int_equal(scene->it.done, 0);
    pass(scene, 1);
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
    end(scene);
}

static void test_too_many_pings_doubles_the_wait(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    send_answer(scene, 1, BYTES("\0\0\0\0\2ok"));
    h2_raw_frame(&scene->raw, NGHTTP2_GOAWAY, 0, 0, BYTES("\0\0\0\1\0\0\0\x0btoo_many_pings"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_IDLE);
    assert_int_equal(world->channel->keepalive_ms, 2 * LIMIT_GRPC_KEEPALIVE_MS);
    end(scene);
}

/* ---- the limits hold for servers too ---- */

static void expect_ended(struct scene *scene, uint32_t error) {
    h2_raw_settle(&scene->raw);
    assert_true(scene->raw.is_closed);
    assert_int_equal(scene->raw.goaway_error, error);
    grpc_world_pass(scene->raw.world, LIMIT_HTTP2_LINGER_MS);
    assert_int_equal(scene->it.done, 1);
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
}

static void test_server_floods(void **state) {
    static const struct {
        uint8_t type;
        uint8_t stream_id;
        const char *payload;
        size_t len;
    } FLOODS[] = {
        {NGHTTP2_PING, 0, "12345678", 8},
        {NGHTTP2_SETTINGS, 0, "", 0},
        {NGHTTP2_WINDOW_UPDATE, 0, "\0\0\0\1", 4},
        {NGHTTP2_PRIORITY, 1, "\0\0\0\0\x10", 5},
        {0xfa, 0,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345"
         "0123456789012345678901234567890123456789012345678901234567890123456789012345",
         152},
    };
    for (size_t i = 0; i < sizeof FLOODS / sizeof FLOODS[0]; i++) {
        struct scene *scene = begin(*state);
        for (int n = 0; n < 2000; n++) {
            h2_raw_frame(&scene->raw, FLOODS[i].type, 0, FLOODS[i].stream_id,
                         span_of(FLOODS[i].payload, FLOODS[i].len));
        }
        expect_ended(scene, NGHTTP2_ENHANCE_YOUR_CALM);
        end(scene);
    }
}

static void test_server_header_bomb(void **state) {
    struct scene *scene = begin(*state);
    scene->block.len = 0;
    h2_raw_add(&scene->block, ":status", "200");
    for (int i = 0; i < LIMIT_HTTP2_FIELDS; i++) {
        h2_raw_add(&scene->block, "x", "y");
    }
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.status, GRPC_INTERNAL);
    assert_int_equal(scene->raw.streams[0].resets, 1);
    assert_false(scene->raw.is_closed);
    end(scene);
}

static void test_server_pushes(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1,
                 BYTES("\0\0\0\2\x82"));
    expect_ended(scene, NGHTTP2_PROTOCOL_ERROR);
    end(scene);
}

static void test_server_is_not_http2(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_listen(world, &scene->raw, &scene->it, "/t.T/Echo");
    h2_raw_bytes(&scene->raw, span_text("HTTP/1.1 400 Bad Request\r\n\r\n"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->it.status, GRPC_UNAVAILABLE);
    grpc_world_pass(world, LIMIT_HTTP2_LINGER_MS);
    assert_int_equal(grpc_channel_counters(world->channel)->failures_in_row, 1);
    end(scene);
}

/* ---- connecting ---- */

static void dial(struct grpc_world *world, const char *address, const char *uri) {
    struct grpc_dial dial = {
        .host = world->host,
        .tls = world->client_tls,
        .dns_name = "gateway.example",
        .uri = uri,
        .seed = 3,
    };
    grpc_channel_free(&world->channel);
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &world->channel)));
}

/* Nobody listens: calls fail at once until the wait is over, and the waits grow. */
static void test_backoff(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    dial(world, "127.0.0.1:1", "lockgate://bridgewater/hub/gateway");
    int64_t wait_ms = LIMIT_GRPC_BACKOFF_MS;
    for (uint32_t i = 1; i <= 14; i++) {
        grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
        grpc_world_settle(world);
        assert_int_equal(it.status, GRPC_UNAVAILABLE);
        assert_true(it.surely_unprocessed);
        assert_true(it.is_ours);
        assert_int_equal(grpc_channel_counters(world->channel)->failures_in_row, i);
        int64_t least_ms =
            wait_ms * 8 / 10 < LIMIT_GRPC_BACKOFF_MS ? LIMIT_GRPC_BACKOFF_MS : wait_ms * 8 / 10;
        grpc_world_pass(world, least_ms - 1);
        assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_BROKEN);
        struct grpc_request request = {.path = "/t.T/Echo", .deadline_ms = INT64_MAX};
        struct lg_err err =
            grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, &it, &it.leg);
        assert_int_equal(lg_err_code(err), GRPC_GONE);
        grpc_world_pass(world, wait_ms * 4 / 10 + 2);
        assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_IDLE);
        wait_ms = wait_ms * 8 / 5 > LIMIT_GRPC_BACKOFF_MAX_MS ? LIMIT_GRPC_BACKOFF_MAX_MS
                                                              : wait_ms * 8 / 5;
    }
}

/* Another agency's certificate, though good, is not the one we asked for. */
static void test_wrong_identity(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->server));
    dial(world, address, "lockgate://bridgewater/police/cases");
    grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_UNAVAILABLE);
    assert_int_equal(grpc_channel_state(world->channel), GRPC_CHANNEL_BROKEN);
    assert_int_equal(world->seen.requests, 0);
}

/* A channel that goes away while it connects, or with calls in every state. */
static void test_free_at_any_time(void **state) {
    struct grpc_world *world = *state;
    for (int turns = 0; turns < 12; turns++) {
        struct grpc_try one;
        struct grpc_try two;
        char address[64];
        snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->server));
        dial(world, address, "lockgate://bridgewater/hub/gateway");
        grpc_try_begin(world, &one, "/t.T/Hold", span_text("x"), 5000);
        grpc_try_begin(world, &two, "/t.T/Echo", span_text("x"), 5000);
        for (int i = 0; i < turns; i++) {
            loop_turn(world->loop, 1);
        }
        grpc_channel_free(&world->channel);
        assert_int_equal(one.done, 1);
        assert_int_equal(one.status, GRPC_UNAVAILABLE);
        assert_int_equal(two.done, 1);
        grpc_world_settle(world);
        assert_int_equal(world->held_count, 0);
    }
}

/* A connection that has had its time is followed by another; no call notices. */
static void test_old_connection(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    const struct grpc_channel_counters *counters = grpc_channel_counters(world->channel);
    for (int64_t ms = 0; counters->connects < 3; ms += LIMIT_HTTP2_IDLE_MS / 2) {
        assert_true(ms <= (int64_t)4 * LIMIT_HTTP2_AGE_MS);
        grpc_try_begin(world, &it, "/t.T/Echo", span_text("x"), 5000);
        grpc_world_settle(world);
        assert_int_equal(it.status, GRPC_OK);
        grpc_world_pass(world, LIMIT_HTTP2_IDLE_MS / 2);
    }
    assert_int_equal(counters->connect_failures, 0);
    grpc_world_pass(world, LIMIT_HTTP2_AGE_DRAIN_MS + LIMIT_HTTP2_LINGER_MS);
    assert_true(http2_host_counters(world->host)->connections <= 2);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_request_on_the_wire),
        CASE(test_statuses),
        CASE(test_http_statuses),
        CASE(test_bodies),
        CASE(test_content_type),
        CASE(test_interim_answers_are_skipped),
        CASE(test_resets),
        CASE(test_refused_stream),
        CASE(test_refused_then_answered),
        CASE(test_refused_after_headers),
        CASE(test_goaway_above_last),
        CASE(test_goaway_lets_streams_finish),
        CASE(test_lost_connection),
        CASE(test_peer_takes_one_stream),
        CASE(test_peer_takes_no_stream),
        CASE(test_own_deadline_resets),
        CASE(test_keepalive),
        CASE(test_too_many_pings_doubles_the_wait),
        CASE(test_server_floods),
        CASE(test_server_header_bomb),
        CASE(test_server_pushes),
        CASE(test_server_is_not_http2),
        CASE(test_backoff),
        CASE(test_wrong_identity),
        CASE(test_free_at_any_time),
        CASE(test_old_connection),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
