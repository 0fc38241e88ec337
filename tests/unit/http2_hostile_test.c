/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on a server's connection, frame by frame over real TLS (design/transport.md 3,
 * security.md 4.1): each ends where it should, and a good client beside it notices nothing. */
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
    struct grpc_try good;
};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static struct scene *begin(struct grpc_world *world) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_connect(world, &scene->raw);
    h2_raw_greet(&scene->raw);
    return scene;
}

/* The other connection of the world still gets its answer. */
static void end(struct scene *scene) {
    struct grpc_world *world = scene->raw.world;
    grpc_try_begin(world, &scene->good, "/t.T/Echo", span_text("good"), 5000);
    grpc_world_settle(world);
    assert_int_equal(scene->good.status, GRPC_OK);
    h2_raw_free(&scene->raw);
    free(scene);
}

static void expect_goaway(struct scene *scene, uint32_t error) {
    h2_raw_settle(&scene->raw);
    assert_true(scene->raw.goaways >= 1);
    assert_int_equal(scene->raw.goaway_error, error);
    assert_true(scene->raw.is_closed);
}

static void expect_peace(struct scene *scene) {
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.goaways, 0);
    assert_false(scene->raw.is_closed);
}

static void flood(struct scene *scene, int count, uint8_t type, uint32_t stream_id,
                  struct span payload) {
    for (int i = 0; i < count; i++) {
        h2_raw_frame(&scene->raw, type, 0, stream_id, payload);
    }
}

static void expect_answer(struct scene *scene, uint32_t stream_id) {
    h2_raw_call(&scene->raw, stream_id, "/t.T/Echo", span_text("ok"));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[stream_id / 2].grpc_status, "0");
}

/* ---- not HTTP/2 at all ---- */

static void test_other_protocols(void **state) {
    static const char *const TEXTS[] = {
        "GET / HTTP/1.1\r\nHost: gateway.example\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX",
        "\x16\x03\x01\x02",
    };
    struct grpc_world *world = *state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct scene *scene = calloc(1, sizeof *scene);
        assert_non_null(scene);
        h2_raw_connect(world, &scene->raw);
        h2_raw_bytes(&scene->raw, span_text(TEXTS[i]));
        h2_raw_settle(&scene->raw);
        assert_true(scene->raw.is_closed);
        assert_int_equal(world->seen.requests, (int)i);
        end(scene);
    }
}

static void test_settings_announced(void **state) {
    struct scene *scene = begin(*state);
    assert_int_equal(scene->raw.settings[NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS], 100);
    assert_int_equal(scene->raw.settings[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE], 65536);
    assert_int_equal(scene->raw.settings[NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE], 16384);
    expect_answer(scene, 1);
    expect_peace(scene);
    end(scene);
}

/* Every byte in a record of its own, the preface and a call with a block in two frames. */
static void test_byte_by_byte(void **state) {
    static const char BYTES[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                "\0\0\0\4\0\0\0\0\0"
                                "\0\0\x0d\1\0\0\0\0\1\x83\x87\x04\x09/t.T/Echo"
                                "\0\0\x24\x09\4\0\0\0\1\x01\x0fgateway.example\x0f\x10\x10"
                                "application/grpc"
                                "\0\0\6\0\1\0\0\0\1\0\0\0\0\1x";
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_connect(*state, &scene->raw);
    scene->raw.holds_ack = true; /* nothing of ours between the bytes */
    for (size_t i = 0; i < sizeof BYTES - 1; i++) {
        h2_raw_bytes(&scene->raw, span_of(BYTES + i, 1));
        grpc_world_turn(*state);
    }
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[0].grpc_status, "0");
    assert_int_equal(scene->raw.streams[0].data_len, 6);
    expect_peace(scene);
    end(scene);
}

/* ---- frames without progress ---- */

static void test_ping_flood(void **state) {
    struct scene *scene = begin(*state);
    flood(scene, 1 + LIMIT_HTTP2_PING_STRIKES, NGHTTP2_PING, 0, span_text("12345678"));
    expect_peace(scene);
    assert_int_equal(scene->raw.ping_acks, 1 + LIMIT_HTTP2_PING_STRIKES);
    flood(scene, 1, NGHTTP2_PING, 0, span_text("12345678"));
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_string_equal(scene->raw.goaway_text, "too_many_pings");
    end(scene);
}

static void test_settings_flood(void **state) {
    struct scene *scene = begin(*state);
    flood(scene, 1000 * LIMIT_HTTP2_ACKS, NGHTTP2_SETTINGS, 0, (struct span){0});
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

static void test_priority_flood(void **state) {
    struct scene *scene = begin(*state);
    struct span payload = span_of("\0\0\0\0\x10", 5);
    flood(scene, LIMIT_HTTP2_IDLE_FRAMES - 2, NGHTTP2_PRIORITY, 3, payload);
    expect_peace(scene);
    flood(scene, 3, NGHTTP2_PRIORITY, 3, payload);
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

static void test_window_update_flood(void **state) {
    struct scene *scene = begin(*state);
    flood(scene, LIMIT_HTTP2_IDLE_FRAMES + 1, NGHTTP2_WINDOW_UPDATE, 0, span_of("\0\0\0\1", 4));
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

static void test_empty_data_flood(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    flood(scene, LIMIT_HTTP2_IDLE_FRAMES + 1, NGHTTP2_DATA, 1, (struct span){0});
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

static void test_data_of_one_byte(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, 1, span_of("\0\0\0\xff\xff", 5));
    flood(scene, LIMIT_HTTP2_SMALL_FRAMES - 100, NGHTTP2_DATA, 1, span_of("x", 1));
    expect_peace(scene);
    flood(scene, 200, NGHTTP2_DATA, 1, span_of("x", 1));
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

/* Real clients send several such frames around each call: finished calls give them back. */
static void test_budget_comes_back(void **state) {
    struct scene *scene = begin(*state);
    for (uint32_t i = 0; i < 200; i++) {
        flood(scene, 3, NGHTTP2_WINDOW_UPDATE, 0, span_of("\0\0\0\1", 4));
        flood(scene, 1, NGHTTP2_PING, 0, span_text("12345678"));
        h2_raw_call(&scene->raw, 2 * i + 1, "/t.T/Echo", span_text("ok"));
        h2_raw_settle(&scene->raw);
    }
    expect_peace(scene);
    assert_string_equal(scene->raw.streams[199].grpc_status, "0");
    end(scene);
}

static void test_unknown_frames(void **state) {
    struct scene *scene = begin(*state);
    uint8_t *payload = calloc(1, 16384);
    assert_non_null(payload);
    flood(scene, 3, 0xfa, 0, span_of(payload, 16384));
    expect_peace(scene);
    flood(scene, 2, 0xfa, 0, span_of(payload, 16384));
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    free(payload);
    end(scene);
}

/* ---- resets ---- */

static void test_rapid_reset(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    h2_raw_request(&scene->block, "/t.T/Hold");
    for (uint32_t i = 0; i < 1000; i++) {
        h2_raw_headers(&scene->raw, 2 * i + 1, &scene->block, false);
        h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, 2 * i + 1, span_of("\0\0\0\x08", 4));
    }
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_int_equal(world->seen.requests, 0);
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    end(scene);
}

/* A reset frees no place while the work goes on. */
static void test_reset_keeps_its_place(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    world->keeps = true;
    uint32_t id = 1;
    for (int i = 0; i < LIMIT_HTTP2_STREAMS; i++, id += 2) {
        h2_raw_call(&scene->raw, id, "/t.T/Hold", span_text("x"));
        h2_raw_settle(&scene->raw);
        h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, id, span_of("\0\0\0\x08", 4));
    }
    h2_raw_settle(&scene->raw);
    assert_int_equal(world->seen.cancelled, LIMIT_HTTP2_STREAMS);
    h2_raw_call(&scene->raw, id, "/t.T/Echo", span_text("x"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[id / 2].resets, 1);
    assert_int_equal(scene->raw.streams[id / 2].reset_error, NGHTTP2_REFUSED_STREAM);
    grpc_world_release(world, 0);
    expect_answer(scene, id + 2);
    end(scene);
}

/* Headers over the limit reset their stream; a hundred of those end the connection. */
static void test_provoked_resets(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    for (int i = 0; i < LIMIT_HTTP2_FIELDS; i++) {
        h2_raw_add(&scene->block, "cookie", "");
    }
    uint32_t id = 1;
    for (int i = 0; i < LIMIT_HTTP2_PROVOKED; i++, id += 2) {
        h2_raw_headers(&scene->raw, id, &scene->block, true);
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->raw.streams[id / 2].resets, 1);
    }
    expect_answer(scene, id);
    h2_raw_headers(&scene->raw, id + 2, &scene->block, true);
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

/* What none of our partners' libraries sends ends the connection at once. */
static void test_malformed_requests(void **state) {
    static const char *const FIELDS[][2] = {
        {"X-Upper", "1"},        {"connection", "close"}, {"te", "gzip"},
        {":late", "1"},          {":path", "/again"},     {"transfer-encoding", "chunked"},
        {"content-length", "1"},
    };
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        struct scene *scene = begin(*state);
        h2_raw_request(&scene->block, "/t.T/Echo");
        h2_raw_add(&scene->block, FIELDS[i][0], FIELDS[i][1]);
        h2_raw_headers(&scene->raw, 1, &scene->block, true);
        expect_goaway(scene, NGHTTP2_PROTOCOL_ERROR);
        end(scene);
    }
}

/* Faults of one request alone. */
static void test_bad_fields_reset_the_stream(void **state) {
    static const char *const FIELDS[][2] = {
        {"host", "other.example"}, {"x-line", "a\r\nb"}, {"x y", "1"}, {"", "1"}, {"x-lead", " 1"}};
    struct scene *scene = begin(*state);
    uint32_t id = 1;
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++, id += 2) {
        h2_raw_request(&scene->block, "/t.T/Echo");
        h2_raw_add(&scene->block, FIELDS[i][0], FIELDS[i][1]);
        h2_raw_headers(&scene->raw, id, &scene->block, true);
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->raw.streams[id / 2].resets, 1);
        assert_int_equal(scene->raw.streams[id / 2].headers, 0);
    }
    expect_answer(scene, id);
    end(scene);
}

static void test_window_overflow(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    flood(scene, 2, NGHTTP2_WINDOW_UPDATE, 1, span_of("\x7f\xff\xff\xff", 4));
    expect_goaway(scene, NGHTTP2_FLOW_CONTROL_ERROR);
    end(scene);
}

/* ---- header blocks ---- */

/* One field in the table, then a byte for each time it is said again: 8,000 fields of 50 bytes. */
static void test_header_bomb(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    size_t at = scene->block.len;
    h2_raw_add(&scene->block, "cookie", "a=0123456789012345678901234567890123456789");
    scene->block.bytes[at] = 0x40;
    memset(scene->block.bytes + scene->block.len, 0xbe, 8000);
    scene->block.len += 8000;
    h2_raw_headers(&scene->raw, 1, &scene->block, true);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[0].resets, 1);
    assert_int_equal(((struct grpc_world *)*state)->seen.requests, 0);
    expect_answer(scene, 3);
    end(scene);
}

/* Blocks over the limit that are large cost their sender more than small ones: some hundred
 * thousand fields are decoded for one connection, not some millions. */
static void test_header_bombs(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    memset(scene->block.bytes + scene->block.len, 0x90, 16000 - scene->block.len);
    scene->block.len = 16000;
    for (uint32_t id = 1; id < 9; id += 2) {
        h2_raw_headers(&scene->raw, id, &scene->block, true);
        h2_raw_settle(&scene->raw);
    }
    expect_peace(scene);
    for (uint32_t id = 9; id < 19; id += 2) {
        h2_raw_headers(&scene->raw, id, &scene->block, true);
    }
    expect_goaway(scene, NGHTTP2_ENHANCE_YOUR_CALM);
    end(scene);
}

static void test_header_list_size(void **state) {
    struct scene *scene = begin(*state);
    static char value[LIMIT_HTTP2_BLOCK_SIZE];
    h2_raw_request(&scene->block, "/t.T/Echo");
    size_t fixed = 0;
    static const char *const NAMES[] = {":methodPOST",
                                        ":schemehttps",
                                        ":path/t.T/Echo",
                                        ":authoritygateway.example",
                                        "content-typeapplication/grpc+proto",
                                        "tetrailers",
                                        "x"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        fixed += strlen(NAMES[i]) + 32;
    }
    memset(value, 'v', LIMIT_HTTP2_BLOCK_SIZE - fixed);
    size_t len = scene->block.len;
    h2_raw_add(&scene->block, "x", value);
    h2_raw_headers(&scene->raw, 1, &scene->block, true);
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[0].grpc_status, "12"); /* no message, but taken */
    value[LIMIT_HTTP2_BLOCK_SIZE - fixed] = 'v';
    scene->block.len = len;
    h2_raw_add(&scene->block, "x", value);
    h2_raw_headers(&scene->raw, 3, &scene->block, true);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[1].resets, 1);
    assert_int_equal(scene->raw.streams[1].headers, 0);
    end(scene);
}

static void test_continuation_flood(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_frame(&scene->raw, NGHTTP2_HEADERS, 0, 1, span_of(scene->block.bytes, scene->block.len));
    flood(scene, 100, NGHTTP2_CONTINUATION, 1, (struct span){0});
    h2_raw_settle(&scene->raw);
    assert_true(scene->raw.is_closed);
    assert_int_equal(scene->raw.goaways, 1);
    end(scene);
}

static void test_continuation_of_one_request(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_frame(&scene->raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1,
                 span_of(scene->block.bytes, 10));
    h2_raw_settle(&scene->raw);
    h2_raw_frame(&scene->raw, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1,
                 span_of(scene->block.bytes + 10, scene->block.len - 10));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[0].grpc_status, "12");
    grpc_world_pass(*state, LIMIT_HTTP2_BLOCK_MS);
    expect_peace(scene);
    end(scene);
}

static void test_table_games(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1,
                 span_of("\x3f\xe2\x1f\x82", 4)); /* a table of 4,097 */
    expect_goaway(scene, NGHTTP2_COMPRESSION_ERROR);
    end(scene);
}

/* Bodies that were on their way when we answered early reach nobody, and are no attack. */
static void test_late_bodies(void **state) {
    struct scene *scene = begin(*state);
    static uint8_t part[16000];
    for (uint32_t id = 1; id < 41; id += 2) {
        h2_raw_request(&scene->block, "/t.T/None");
        h2_raw_headers(&scene->raw, id, &scene->block, false);
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->raw.streams[id / 2].resets, 1);
        for (int i = 0; i < 4; i++) {
            h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(part, sizeof part));
        }
    }
    expect_answer(scene, 41);
    expect_peace(scene);
    end(scene);
}

/* ---- order ---- */

static void test_stream_identifier_goes_down(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_call(&scene->raw, 5, "/t.T/Echo", span_text("x"));
    h2_raw_settle(&scene->raw);
    h2_raw_call(&scene->raw, 3, "/t.T/Echo", span_text("x"));
    expect_goaway(scene, NGHTTP2_PROTOCOL_ERROR);
    assert_int_equal(scene->raw.goaway_last, 5);
    end(scene);
}

static void test_frames_in_the_wrong_place(void **state) {
    static const struct {
        uint8_t type;
        uint8_t flags;
        uint32_t stream_id;
        const char *payload;
        size_t len;
    } FRAMES[] = {
        {NGHTTP2_DATA, 0, 1, "x", 1},                /* idle stream */
        {NGHTTP2_RST_STREAM, 0, 1, "\0\0\0\x08", 4}, /* idle stream */
        {NGHTTP2_HEADERS, 4, 2, "\x82", 1},          /* even identifier */
        {NGHTTP2_HEADERS, 4, 0, "\x82", 1},          /* stream 0 */
        {NGHTTP2_PING, 0, 0, "1234567", 7},          /* wrong size */
        {NGHTTP2_SETTINGS, 0, 0, "12345", 5},        /* wrong size */
        {NGHTTP2_SETTINGS, 0, 0, "\0\2\0\0\0\2", 6}, /* ENABLE_PUSH 2 */
        {NGHTTP2_PUSH_PROMISE, 4, 1, "\0\0\0\2\x82", 5},
        {NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\0", 4},
        {NGHTTP2_CONTINUATION, 4, 1, "\x82", 1},
    };
    for (size_t i = 0; i < sizeof FRAMES / sizeof FRAMES[0]; i++) {
        struct scene *scene = begin(*state);
        h2_raw_frame(&scene->raw, FRAMES[i].type, FRAMES[i].flags, FRAMES[i].stream_id,
                     span_of(FRAMES[i].payload, FRAMES[i].len));
        h2_raw_settle(&scene->raw);
        assert_true(scene->raw.is_closed);
        assert_int_equal(scene->raw.goaways, 1);
        end(scene);
    }
}

/* Bytes that follow our GOAWAY are thrown away (CVE-2026-27135 was an assertion there). */
static void test_frames_after_goaway(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_PING, 0, 0, span_text("1234567"));
    for (int i = 0; i < 50; i++) {
        h2_raw_request(&scene->block, "/t.T/Echo");
        h2_raw_headers(&scene->raw, (uint32_t)(2 * i + 1), &scene->block, true);
        h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, span_text("12345"));
    }
    expect_goaway(scene, NGHTTP2_FRAME_SIZE_ERROR);
    assert_int_equal(((struct grpc_world *)*state)->seen.requests, 0);
    end(scene);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_other_protocols),
        CASE(test_settings_announced),
        CASE(test_byte_by_byte),
        CASE(test_ping_flood),
        CASE(test_settings_flood),
        CASE(test_priority_flood),
        CASE(test_window_update_flood),
        CASE(test_empty_data_flood),
        CASE(test_data_of_one_byte),
        CASE(test_budget_comes_back),
        CASE(test_unknown_frames),
        CASE(test_rapid_reset),
        CASE(test_reset_keeps_its_place),
        CASE(test_provoked_resets),
        CASE(test_malformed_requests),
        CASE(test_bad_fields_reset_the_stream),
        CASE(test_window_overflow),
        CASE(test_header_bomb),
        CASE(test_header_bombs),
        CASE(test_header_list_size),
        CASE(test_continuation_flood),
        CASE(test_continuation_of_one_request),
        CASE(test_table_games),
        CASE(test_late_bodies),
        CASE(test_stream_identifier_goes_down),
        CASE(test_frames_in_the_wrong_place),
        CASE(test_frames_after_goaway),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
