/* SPDX-License-Identifier: Apache-2.0 */
/* What stock clients do on the wire, and what they need to see of us (transport.md 4.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

#define BYTES(text) span_of(text, sizeof(text) - 1)

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

static void open_stream(struct scene *scene, uint32_t id, const char *path) {
    h2_raw_request(&scene->block, path);
    h2_raw_headers(&scene->raw, id, &scene->block, false);
}

/* ---- answers ---- */

/* Clients of other makers refuse an answer without a content type. */
static void test_fields_of_answers(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_greet(&scene->raw);
    h2_raw_call(&scene->raw, 1, "/t.T/Echo", span_text("x"));
    h2_raw_call(&scene->raw, 3, "/t.T/Refuse", span_text("x"));
    h2_raw_call(&scene->raw, 5, "/t.T/None", span_text("x"));
    h2_raw_settle(&scene->raw);
    const struct h2_raw_stream *streams = scene->raw.streams;
    assert_string_equal(streams[0].names, ":status content-type grpc-status ");
    assert_string_equal(streams[1].names,
                        ":status content-type grpc-status grpc-message grpc-retry-pushback-ms ");
    assert_string_equal(streams[2].names, ":status content-type grpc-status grpc-message ");
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(streams[i].http_status, "200");
        assert_string_equal(streams[i].content_type, "application/grpc");
        assert_int_equal(streams[i].headers, i == 0 ? 2 : 1);
        assert_true(streams[i].has_ended);
        assert_int_equal(streams[i].resets, 0);
    }
    end(scene);
}

/* An unknown SETTINGS (C-core's 0xfe03), a MAX_CONCURRENT_STREAMS of 0, which only forbids push,
 * the header list of 8,192, the largest frames: all but the window is nothing to us. */
static void test_settings_of_c_core(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_bytes(&scene->raw, BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0,
                 BYTES("\0\2\0\0\0\0\0\3\0\0\0\0\0\4\0\0\0\7\0\5\0\xff\xff\xff\0\6\0\0\x20\0"
                       "\xfe\3\0\0\0\1"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.settings_acks, 1);
    h2_raw_call(&scene->raw, 1, "/t.T/Echo", span_text("eight and more"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[0].data_len, 7); /* the window of a stream */
    assert_false(scene->raw.streams[0].has_ended);
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, 1, BYTES("\0\0\0\5"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[0].data_len, 12);
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\4\0\1\0\0"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[0].data_len, 5 + 14);
    assert_string_equal(scene->raw.streams[0].grpc_status, "0");
    end(scene);
}

/* ---- pings ---- */

/* C-core probes the bandwidth: a PING and three WINDOW_UPDATEs around every small call, as fast as
 * calls go. It is no flood: an answer of ours lies between any two. */
static void test_probing_client(void **state) {
    enum { CALLS = 1000 };
    struct scene *scene = begin(*state);
    struct h2_raw *raw = &scene->raw;
    h2_raw_greet(raw);
    for (uint32_t i = 0; i < CALLS; i++) {
        uint32_t id = 2 * i + 1;
        open_stream(scene, id, "/t.T/Echo");
        h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, id, BYTES("\0\0\0\5"));
        h2_raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, BYTES("\0\0\0\0\1x"));
        h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\0\0\5"));
        h2_raw_frame(raw, NGHTTP2_PING, 0, 0, span_text("12345678"));
        h2_raw_frame(raw, NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\0\0\5"));
        h2_raw_settle(raw);
        assert_string_equal(raw->streams[i].grpc_status, "0");
    }
    assert_int_equal(raw->ping_acks, CALLS);
    assert_int_equal(raw->goaways, 0);
    end(scene);
}

/* Keepalive of a client whose call is long: every ten seconds is fine, every second is not, and is
 * told by the text that slows gRPC clients down. */
static void test_keepalive_of_a_client(void **state) {
    struct scene *scene = begin(*state);
    struct h2_raw *raw = &scene->raw;
    struct grpc_world *world = *state;
    h2_raw_greet(raw);
    open_stream(scene, 1, "/t.T/Talk");
    h2_raw_settle(raw);
    for (int i = 0; i < 5; i++) {
        world->mono_ms += 10000;
        h2_raw_frame(raw, NGHTTP2_PING, 0, 0, span_text("12345678"));
        h2_raw_settle(raw);
    }
    assert_int_equal(raw->ping_acks, 5);
    assert_int_equal(raw->goaways, 0);
    for (int i = 0; i < 3; i++) {
        world->mono_ms += 1000;
        h2_raw_frame(raw, NGHTTP2_PING, 0, 0, span_text("12345678"));
        h2_raw_settle(raw);
    }
    assert_int_equal(raw->goaway_error, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_string_equal(raw->goaway_text, "too_many_pings");
    assert_true(raw->is_closed);
    assert_int_equal(world->seen.why, GRPC_CANCELLED);
    end(scene);
}

/* ---- ends ---- */

/* A client whose connection breaks has cancelled everything, in whatever state it was. */
static void test_lost_connection(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    struct h2_raw *raw = &scene->raw;
    h2_raw_greet(raw);
    h2_raw_call(raw, 1, "/t.T/Hold", span_text("x"));
    open_stream(scene, 3, "/t.T/Talk");
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 3, BYTES("\0\0\0\0\5pause\0\0\0\0\1x"));
    open_stream(scene, 5, "/t.T/Sum");
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 5, BYTES("\0\0\0\0\5par"));
    open_stream(scene, 7, "/t.T/Echo"); /* given to nobody yet */
    h2_raw_settle(raw);
    assert_int_equal(world->held_count, 3);
    world->keeps = true;
    tls_stream_free(&raw->tls);
    grpc_world_settle(world);
    assert_int_equal(world->seen.cancelled, 3);
    assert_int_equal(world->seen.why, GRPC_CANCELLED);
    /* Their places are taken until their owners let go. */
    assert_int_equal(http2_host_counters(world->host)->works, 3);
    assert_int_equal(grpc_server_counters(world->server)->by_status[GRPC_CANCELLED], 4);
    while (world->held_count > 0) {
        grpc_world_release(world, 0);
    }
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    assert_int_equal(world->seen.requests, 2);
    end(scene);
}

/* A drain: what was taken goes on both ways until it ends, what comes is not begun. */
static void test_drain_with_streams(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    struct h2_raw *raw = &scene->raw;
    h2_raw_greet(raw);
    open_stream(scene, 1, "/t.T/Talk");
    open_stream(scene, 3, "/t.T/Sum");
    h2_raw_call(raw, 5, "/grpc.health.v1.Health/Watch", (struct span){0});
    h2_raw_settle(raw);
    assert_memory_equal(raw->streams[2].data, "\0\0\0\0\2\x08\1", 7);
    grpc_server_drain(world->server, world->mono_ms + 60000, NULL, NULL);
    h2_raw_settle(raw);
    /* Watchers see it before they are sent elsewhere. */
    assert_memory_equal(raw->streams[2].data + 7, "\0\0\0\0\2\x08\2", 7);
    assert_string_equal(raw->streams[2].grpc_status, "14");
    assert_int_equal(raw->goaway_last, INT32_MAX);
    h2_raw_frame(raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, span_of("\0\0\0\0\0\0\0\0", 8));
    h2_raw_settle(raw);
    assert_int_equal(raw->goaways, 2);
    assert_int_equal(raw->goaway_last, 5);
    open_stream(scene, 7, "/t.T/Talk");
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 1, BYTES("\0\0\0\0\5still"));
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 3, BYTES("\0\0\0\0\5still"));
    h2_raw_settle(raw);
    assert_int_equal(world->seen.opened, 2);
    assert_memory_equal(raw->streams[0].data, "\0\0\0\0\5still", 10);
    h2_raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, (struct span){0});
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[0].grpc_status, "0");
    assert_false(raw->is_closed);
    h2_raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 3, (struct span){0});
    h2_raw_settle(raw);
    assert_string_equal(raw->streams[1].grpc_status, "0");
    assert_true(raw->is_closed);
    assert_int_equal(world->seen.cancelled, 0);
    end(scene);
}

/* Finished and still held: the next reset, end or byte of the peer reaches no owner. */
static void test_events_after_the_end(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    struct h2_raw *raw = &scene->raw;
    h2_raw_greet(raw);
    for (uint32_t id = 1; id <= 5; id += 2) {
        open_stream(scene, id, "/t.T/Talk");
        h2_raw_frame(raw, NGHTTP2_DATA, 0, id, BYTES("\0\0\0\0\6finish"));
    }
    h2_raw_settle(raw);
    h2_raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, BYTES("\0\0\0\0\1x"));
    h2_raw_frame(raw, NGHTTP2_RST_STREAM, 0, 3, BYTES("\0\0\0\x08"));
    h2_raw_frame(raw, NGHTTP2_DATA, 0, 5, BYTES("\7junk"));
    h2_raw_settle(raw);
    assert_int_equal(world->seen.messages, 3);
    assert_int_equal(world->seen.ended, 0);
    assert_int_equal(world->seen.cancelled, 0);
    assert_int_equal(world->held_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(raw->streams[i].grpc_status, "10");
        assert_false(grpc_call_is_open(world->held[i]));
        grpc_call_pause(world->held[i]);
        grpc_call_resume(world->held[i]);
    }
    grpc_world_pass(world, LIMIT_GRPC_STREAM_DEADLINE_MS);
    assert_int_equal(world->seen.cancelled, 0);
    end(scene);
}

/* ---- health ---- */

static struct grpc_channel *channel_of_another(struct grpc_world *world,
                                               struct support_files *files,
                                               struct tls_context **out_tls) {
    struct diag diag = {0};
    struct grpc_channel *channel = NULL;
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->server));
    support_ca_run(&world->ca, "client", "health wards");
    world->wall_ms += 60000; /* the leaf begins now */
    support_files_set(&world->ca, "health/wards/client", files);
    assert_false(lg_failed(tls_context_new(TLS_CLIENT, &files->files, &diag, out_tls)));
    struct grpc_dial dial = {
        .host = world->host,
        .tls = *out_tls,
        .dns_name = "gateway.example",
        .uri = "lockgate://bridgewater/hub/gateway",
        .seed = 2,
    };
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &channel)));
    return channel;
}

/* One agency's watchers, however many, keep nobody else from watching, and those that end make
 * room. */
static void test_watchers_of_an_agency(void **state) {
    static const char PATH[] = "/grpc.health.v1.Health/Watch";
    struct grpc_world *world = *state;
    struct grpc_try all[LIMIT_GRPC_AGENCY_WATCHERS + 1];
    for (size_t i = 0; i < LIMIT_GRPC_AGENCY_WATCHERS + 1; i++) {
        grpc_try_begin(world, &all[i], PATH, (struct span){0}, 60000);
        grpc_world_settle(world);
    }
    assert_int_equal(all[LIMIT_GRPC_AGENCY_WATCHERS - 1].messages, 1);
    assert_int_equal(all[LIMIT_GRPC_AGENCY_WATCHERS].status, GRPC_RESOURCE_EXHAUSTED);
    struct support_files files;
    struct tls_context *tls = NULL;
    struct grpc_channel *own = world->channel;
    struct grpc_try other;
    world->channel = channel_of_another(world, &files, &tls);
    grpc_try_begin(world, &other, PATH, (struct span){0}, 60000);
    grpc_world_settle(world);
    assert_int_equal(other.messages, 1);
    grpc_leg_cancel(&other.leg);
    grpc_channel_free(&world->channel);
    world->channel = own;
    grpc_leg_cancel(&all[0].leg);
    grpc_world_settle(world);
    grpc_try_begin(world, &all[0], PATH, (struct span){0}, 60000);
    grpc_world_settle(world);
    assert_int_equal(all[0].messages, 1);
    tls_context_free(&tls);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_fields_of_answers),    CASE(test_settings_of_c_core),
        CASE(test_probing_client),       CASE(test_keepalive_of_a_client),
        CASE(test_lost_connection),      CASE(test_drain_with_streams),
        CASE(test_events_after_the_end), CASE(test_watchers_of_an_agency),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
