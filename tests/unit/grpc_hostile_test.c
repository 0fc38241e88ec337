/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC requests as nobody should send them (design/security.md 4.2): each gets its defined status,
 * and the connection goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

struct scene {
    struct h2_raw raw;
    struct h2_raw_block block;
    uint32_t next_id;
};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static struct scene *begin(struct grpc_world *world) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_connect(world, &scene->raw);
    h2_raw_greet(&scene->raw);
    scene->next_id = 1;
    return scene;
}

/* The same connection still answers a good call. */
static void end(struct scene *scene) {
    h2_raw_call(&scene->raw, scene->next_id, "/t.T/Echo", span_text("good"));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[scene->next_id / 2].grpc_status, "0");
    assert_int_equal(scene->raw.goaways, 0);
    h2_raw_free(&scene->raw);
    free(scene);
}

static const struct h2_raw_stream *settle(struct scene *scene) {
    h2_raw_settle(&scene->raw);
    scene->next_id += 2;
    return &scene->raw.streams[(scene->next_id - 2) / 2];
}

/* Headers of a call with one more field, and a body; how it was answered. */
static const struct h2_raw_stream *ask(struct scene *scene, const char *path, const char *name,
                                       const char *value, struct span body) {
    h2_raw_request(&scene->block, path);
    if (name != NULL) {
        h2_raw_add(&scene->block, name, value);
    }
    h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, scene->next_id, body);
    return settle(scene);
}

#define BYTES(text) span_of(text, sizeof(text) - 1)

static void test_bodies(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *status;
    } BODIES[] = {
        {"\0\0\0\0\1x", 6, "0"},
        {"\0\0\0\0\0", 5, "0"},
        {"", 0, "12"},                        /* no message */
        {"\0", 1, "13"},                      /* part of a prefix */
        {"\0\0\0\0\2x", 6, "13"},             /* part of a message */
        {"\0\0\0\0\1x\0\0\0\0\1y", 12, "12"}, /* two messages */
        {"\0\0\0\0\1x\0", 7, "13"},           /* bytes behind it */
        {"\1\0\0\0\1x", 6, "13"},             /* compressed, no encoding named */
        {"\2\0\0\0\1x", 6, "13"},             /* no such flag */
        {"\xff\0\0\0\1x", 6, "13"},
        {"\0\0\1\0\1x", 6, "8"},         /* one over */
        {"\0\3\xe8\0\0x", 6, "8"},       /* a thousand times over */
        {"\0\xff\xff\xff\xffx", 6, "8"}, /* 4 GiB */
    };
    struct scene *scene = begin(*state);
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        const struct h2_raw_stream *answer =
            ask(scene, "/t.T/Echo", NULL, NULL, span_of(BODIES[i].bytes, BODIES[i].len));
        assert_string_equal(answer->grpc_status, BODIES[i].status);
        assert_string_equal(answer->http_status, "200");
        assert_true(answer->has_ended);
        assert_int_equal(answer->headers, strcmp(BODIES[i].status, "0") == 0 ? 2 : 1);
    }
    assert_int_equal(((struct grpc_world *)*state)->seen.requests, 2);
    end(scene);
}

static void test_headers_end_the_stream(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, scene->next_id, &scene->block, true);
    assert_string_equal(settle(scene)->grpc_status, "12");
    h2_raw_request(&scene->block, "/t.T/Sum");
    h2_raw_headers(&scene->raw, scene->next_id, &scene->block, true);
    const struct h2_raw_stream *answer = settle(scene);
    assert_string_equal(answer->grpc_status, "0");
    assert_memory_equal(answer->data, "\0\0\0\0\1\0", 6);
    end(scene);
}

/* One message split at every byte, and the end in a frame of its own. */
static void test_message_split_everywhere(void **state) {
    struct scene *scene = begin(*state);
    static const char BODY[] = "\0\0\0\0\4abcd";
    for (size_t at = 0; at <= 9; at++) {
        uint32_t id = scene->next_id;
        h2_raw_request(&scene->block, "/t.T/Echo");
        h2_raw_headers(&scene->raw, id, &scene->block, false);
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(BODY, at));
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(BODY + at, 9 - at));
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, (struct span){0});
        const struct h2_raw_stream *answer = settle(scene);
        assert_string_equal(answer->grpc_status, "0");
        assert_int_equal(answer->data_len, 9);
        assert_memory_equal(answer->data, BODY, 9);
    }
    end(scene);
}

/* The answer comes before the request's end: trailers, then RST_STREAM NO_ERROR at once. */
static void test_early_answers(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_request(&scene->block, "/t.T/None");
    h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
    const struct h2_raw_stream *answer = settle(scene);
    assert_string_equal(answer->grpc_status, "12");
    assert_true(answer->has_ended);
    assert_int_equal(answer->resets, 1);
    assert_int_equal(answer->reset_error, NGHTTP2_NO_ERROR);
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, scene->next_id, BYTES("\0\xff\xff\xff\xff"));
    answer = settle(scene);
    assert_string_equal(answer->grpc_status, "8");
    assert_int_equal(answer->resets, 1);
    assert_int_equal(answer->reset_error, NGHTTP2_NO_ERROR);
    end(scene);
}

static void test_timeouts(void **state) {
    static const struct {
        const char *text;
        int64_t in_ms; /* 0: refused */
    } TIMEOUTS[] = {
        {"1S", 1000},       {"250m", 250},     {"1n", 1},
        {"1000001n", 2},    {"999u", 1},       {"1001u", 2},
        {"00000007m", 7},   {"1M", 30000},     {"99999999H", 30000},
        {"99999999n", 100}, {"999999999m", 0}, {"", 0},
        {"S", 0},           {"1", 0},          {"-1S", 0},
        {"+1S", 0},         {"1s", 0},         {"1 S", 0},
        {"1.5S", 0},        {"1SS", 0},        {"0x1S", 0},
        {"1h", 0},
    };
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    for (size_t i = 0; i < sizeof TIMEOUTS / sizeof TIMEOUTS[0]; i++) {
        const struct h2_raw_stream *answer =
            ask(scene, "/t.T/Echo", "grpc-timeout", TIMEOUTS[i].text, BYTES("\0\0\0\0\1x"));
        assert_string_equal(answer->grpc_status, TIMEOUTS[i].in_ms == 0 ? "3" : "0");
        if (TIMEOUTS[i].in_ms != 0) {
            assert_int_equal(world->seen.deadline_in_ms, TIMEOUTS[i].in_ms);
        }
    }
    const struct h2_raw_stream *absent = ask(scene, "/t.T/Echo", NULL, NULL, BYTES("\0\0\0\0\1x"));
    assert_string_equal(absent->grpc_status, "0");
    assert_int_equal(world->seen.deadline_in_ms, LIMIT_GRPC_DEADLINE_MS);
    end(scene);
}

/* 0 is a good timeout that is over at once; so are tiny ones, hundreds of them. */
static void test_deadline_storm(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    const struct h2_raw_stream *answer =
        ask(scene, "/t.T/Hold", "grpc-timeout", "0S", BYTES("\0\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "4");
    for (int i = 0; i < 200; i++) {
        answer = ask(scene, "/t.T/Hold", "grpc-timeout", "1m", BYTES("\0\0\0\0\1x"));
        world->mono_ms++;
        h2_raw_settle(&scene->raw);
        assert_string_equal(answer->grpc_status, "4");
    }
    assert_int_equal(world->held_count, 0);
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    end(scene);
}

static void test_encodings(void **state) {
    struct scene *scene = begin(*state);
    const struct h2_raw_stream *answer =
        ask(scene, "/t.T/Echo", "grpc-encoding", "gzip", BYTES("\1\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "12");
    assert_string_equal(answer->accept_encoding, "identity");
    answer = ask(scene, "/t.T/Echo", "grpc-encoding", "identity", BYTES("\0\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "0");
    answer = ask(scene, "/t.T/Echo", "grpc-encoding", "identity", BYTES("\1\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "13");
    end(scene);
}

/* What is neither gRPC nor Connect gets an HTTP status, and a body that says why. */
static void test_http_answers(void **state) {
    static const struct {
        const char *method;
        const char *authority;
        const char *type;
        const char *http_status;
        const char *grpc_status;
    } REQUESTS[] = {
        {"POST", "gateway.example", "application/grpc", "200", "12"},
        {"POST", "gateway.example:7443", "application/grpc;v=1", "200", "12"},
        {"POST", "GATEWAY.example", "application/grpc", "200", "12"},
        {"POST", "127.0.0.1:7443", "application/grpc", "200", "12"},
        {"POST", "gateway.example", "application/grpc+json", "200", "12"},
        {"POST", "gateway.example", "application/grpc-web", "415", ""},
        {"POST", "gateway.example", "application/grp", "415", ""},
        {"POST", "gateway.example", "", "415", ""},
        {"GET", "gateway.example", "application/grpc", "405", ""},
        {"PUT", "gateway.example", "application/grpc", "405", ""},
        {"POST", "other.example", "application/grpc", "421", ""},
        {"POST", "gateway.example.evil", "application/grpc", "421", ""},
        {"POST", "127.0.0.2", "application/grpc", "421", ""},
        {"POST", "[::1]:7443", "application/grpc", "421", ""},
        {"POST", "user@gateway.example", "application/grpc", "421", ""},
        {"POST", "gateway.example:7443:1", "application/grpc", "421", ""},
        {"POST", ":7443", "application/grpc", "421", ""},
    };
    struct scene *scene = begin(*state);
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++) {
        scene->block.len = 0;
        h2_raw_add(&scene->block, ":path", "/t.T/Echo");
        h2_raw_add(&scene->block, ":scheme", "https");
        h2_raw_add(&scene->block, ":method", REQUESTS[i].method);
        h2_raw_add(&scene->block, ":authority", REQUESTS[i].authority);
        h2_raw_add(&scene->block, "content-type", REQUESTS[i].type);
        h2_raw_headers(&scene->raw, scene->next_id, &scene->block, true);
        const struct h2_raw_stream *answer = settle(scene);
        assert_string_equal(answer->http_status, REQUESTS[i].http_status);
        assert_string_equal(answer->grpc_status, REQUESTS[i].grpc_status);
        bool is_grpc = strcmp(answer->http_status, "200") == 0;
        assert_int_equal(strncmp(answer->body, "{\"code\":\"unimplemented\",\"message\":", 34) == 0,
                         !is_grpc);
        assert_true(answer->has_ended);
    }
    end(scene);
}

static void test_paths(void **state) {
    static const char *const PATHS[] = {
        "/",
        "//",
        "/t.T",
        "/t.T/",
        "/t.T/echo",
        "/t.T/Echo/",
        "/t.T/Echo?x",
        "/t.T/Echo#x",
        "/t.T//Echo",
        "/t.T/Ech%6f",
        "/grpc.health.v1.Health/List",
    };
    struct scene *scene = begin(*state);
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        const struct h2_raw_stream *answer = ask(scene, PATHS[i], NULL, NULL, BYTES("\0\0\0\0\1x"));
        assert_string_equal(answer->grpc_status, "12");
    }
    assert_int_equal(((struct grpc_world *)*state)->seen.requests, 0);
    end(scene);
}

/* Metadata out of range must not fail a call; what is unknown is ignored. */
static void test_metadata(void **state) {
    static const char *const FIELDS[][2] = {
        {"x-note", "\xc3\xa4\xff"}, {"x-data-bin", "not base64 !"}, {"grpc-tags-bin", "AAAA"},
        {"grpc-unknown", "1"},      {"user-agent", "anything/1"},   {"te", "trailers"},
    };
    struct scene *scene = begin(*state);
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        const struct h2_raw_stream *answer =
            ask(scene, "/t.T/Echo", FIELDS[i][0], FIELDS[i][1], BYTES("\0\0\0\0\1x"));
        assert_string_equal(answer->grpc_status, "0");
    }
    end(scene);
}

static void test_traceparent_too_long(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    char value[LIMIT_GRPC_METADATA_SIZE + 2];
    memset(value, 'a', sizeof value);
    value[LIMIT_GRPC_METADATA_SIZE] = '\0';
    (void)ask(scene, "/t.T/Echo", "traceparent", value, BYTES("\0\0\0\0\1x"));
    assert_int_equal(strlen(world->seen.traceparent), GRPC_WORLD_TEXT - 1);
    value[LIMIT_GRPC_METADATA_SIZE] = 'a';
    value[LIMIT_GRPC_METADATA_SIZE + 1] = '\0';
    const struct h2_raw_stream *answer =
        ask(scene, "/t.T/Echo", "traceparent", value, BYTES("\0\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "0");
    assert_string_equal(world->seen.traceparent, "");
    end(scene);
}

/* A client that takes next to no headers still learns the status. */
static void test_small_header_list(void **state) {
    struct scene *scene = begin(*state);
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\6\0\0\0\xb0")); /* 176 */
    h2_raw_settle(&scene->raw);
    const struct h2_raw_stream *answer =
        ask(scene, "/t.T/Refuse", NULL, NULL, BYTES("\0\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "9");
    assert_string_equal(answer->grpc_message, "");
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\6\0\0\x20\0"));
    h2_raw_settle(&scene->raw);
    answer = ask(scene, "/t.T/Refuse", NULL, NULL, BYTES("\0\0\0\0\1x"));
    assert_string_equal(answer->grpc_message, "50 %25 of %C3%A4%0A");
    end(scene);
}

/* Faults inside a client stream end it and are told to its owner. */
static void test_client_stream_faults(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *status;
        int messages;
    } BODIES[] = {
        {"\0\0\0\0\1x\1\0\0\0\1x", 12, "13", 1},
        {"\0\0\0\0\1x\0\xff\0\0\0", 11, "8", 1},
        {"\0\0\0\0\1x\0\0\0\0\2y", 12, "13", 1},
        {"\0\0\0\0\1x\0\0", 8, "13", 1},
    };
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        world->seen = (struct grpc_seen){0};
        const struct h2_raw_stream *answer =
            ask(scene, "/t.T/Sum", NULL, NULL, span_of(BODIES[i].bytes, BODIES[i].len));
        assert_string_equal(answer->grpc_status, BODIES[i].status);
        assert_int_equal(world->seen.messages, BODIES[i].messages);
        assert_int_equal(world->seen.cancelled, 1);
        assert_int_equal(world->seen.ended, 0);
        assert_int_equal(world->held_count, 0);
    }
    end(scene);
}

/* The agency's places are shared by all its connections. */
static void test_agency_works(void **state) {
    enum { SCENES = LIMIT_GRPC_AGENCY_WORKS / LIMIT_HTTP2_STREAMS + 1 };
    struct grpc_world *world = *state;
    struct scene *scenes[SCENES];
    for (int i = 0; i < SCENES; i++) {
        scenes[i] = begin(world);
    }
    for (int i = 0; i < LIMIT_GRPC_AGENCY_WORKS; i++) {
        struct scene *scene = scenes[i % SCENES];
        h2_raw_call(&scene->raw, scene->next_id, "/t.T/Hold", span_text("x"));
        scene->next_id += 2;
        grpc_world_turn(world);
    }
    grpc_world_settle(world);
    assert_int_equal(world->held_count, LIMIT_GRPC_AGENCY_WORKS);
    const struct h2_raw_stream *answer =
        ask(scenes[0], "/t.T/Echo", NULL, NULL, BYTES("\0\0\0\0\1x"));
    assert_string_equal(answer->grpc_status, "8");
    assert_int_equal(grpc_server_counters(world->server)->refused_works, 1);
    grpc_world_release(world, 0);
    for (int i = 0; i < SCENES; i++) {
        end(scenes[i]);
        while (world->held_count >= LIMIT_GRPC_AGENCY_WORKS) {
            grpc_world_release(world, 0);
        }
    }
}

/* Watchers of health of one agency; one that leaves makes room. */
static void test_watchers_of_one_agency(void **state) {
    static const char WATCH[] = "/grpc.health.v1.Health/Watch";
    struct scene *scene = begin(*state);
    uint32_t first = scene->next_id;
    for (int i = 0; i < LIMIT_GRPC_AGENCY_WATCHERS; i++) {
        const struct h2_raw_stream *answer = ask(scene, WATCH, NULL, NULL, BYTES("\0\0\0\0\0"));
        assert_int_equal(answer->data_len, 7);
        assert_false(answer->has_ended);
    }
    assert_string_equal(ask(scene, WATCH, NULL, NULL, BYTES("\0\0\0\0\0"))->grpc_status, "8");
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, first, BYTES("\0\0\0\x08"));
    assert_false(ask(scene, WATCH, NULL, NULL, BYTES("\0\0\0\0\0"))->has_ended);
    assert_string_equal(ask(scene, WATCH, NULL, NULL, BYTES("\0\0\0\0\0"))->grpc_status, "8");
    end(scene);
}

/* Client streams of one agency; one that leaves makes room. */
static void test_client_streams_of_one_agency(void **state) {
    struct scene *scene = begin(*state);
    struct grpc_world *world = *state;
    uint32_t first = scene->next_id;
    for (int i = 0; i <= LIMIT_ADMISSION_STREAMS_AGENCY; i++) {
        h2_raw_request(&scene->block, "/t.T/Sum");
        h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
        const struct h2_raw_stream *answer = settle(scene);
        bool is_over = i == LIMIT_ADMISSION_STREAMS_AGENCY;
        assert_string_equal(answer->grpc_status, is_over ? "8" : "");
    }
    assert_int_equal(world->held_count, LIMIT_ADMISSION_STREAMS_AGENCY);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, first, BYTES("\0\0\0\x08"));
    h2_raw_request(&scene->block, "/t.T/Sum");
    h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
    assert_string_equal(settle(scene)->grpc_status, "");
    end(scene);
}

/* A hundred bodies that stop before their end: what is held for them is bounded for their
 * connection, the rest is refused at once, and the connection goes on. */
static void test_unfinished_bodies_are_bounded(void **state) {
    enum { STOPPED = LIMIT_HTTP2_STREAMS - 1, PARTS = 4, PART = 16384 };
    static uint8_t part[PART] = {0, 0, 0, 0xff, 0xff}; /* of a message of 65,535 bytes */
    struct scene *scene = begin(*state);
    size_t refused = 0;
    uint32_t first = scene->next_id;
    for (int i = 0; i < STOPPED; i++, scene->next_id += 2) {
        h2_raw_request(&scene->block, i % 2 == 0 ? "/t.T/Echo" : "/t.T/Sum");
        h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
        for (int n = 0; n < PARTS; n++) {
            part[3] = n == 0 ? 0xff : 0;
            part[4] = n == 0 ? 0xff : 0;
            h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, scene->next_id,
                         span_of(part, n == PARTS - 1 ? PART - 100 : PART));
        }
        h2_raw_settle(&scene->raw);
        refused += strcmp(scene->raw.streams[scene->next_id / 2].grpc_status, "8") == 0 ? 1U : 0U;
    }
    assert_int_equal(refused, STOPPED - LIMIT_HTTP2_CONNECTION_HELD / 65536);
    /* A small call finds room; one that is finished gives its room back. */
    assert_string_equal(ask(scene, "/t.T/Echo", NULL, NULL, BYTES("\0\0\0\0\1x"))->grpc_status,
                        "0");
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, 0, BYTES("\0\4\0\0"));
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, first, BYTES("\0\4\0\0"));
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, first, span_of(part + 5, 104));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[first / 2].grpc_status, "0");
    for (int i = 0; i < 2; i++, scene->next_id += 2) {
        h2_raw_request(&scene->block, "/t.T/Echo");
        h2_raw_headers(&scene->raw, scene->next_id, &scene->block, false);
        part[3] = 0xff;
        part[4] = 0xff;
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, scene->next_id, span_of(part, PART));
        h2_raw_settle(&scene->raw);
        assert_int_equal(scene->raw.streams[scene->next_id / 2].resets, 0);
    }
    end(scene);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_bodies),
        CASE(test_headers_end_the_stream),
        CASE(test_message_split_everywhere),
        CASE(test_early_answers),
        CASE(test_timeouts),
        CASE(test_deadline_storm),
        CASE(test_encodings),
        CASE(test_http_answers),
        CASE(test_paths),
        CASE(test_metadata),
        CASE(test_traceparent_too_long),
        CASE(test_small_header_list),
        CASE(test_client_stream_faults),
        CASE(test_agency_works),
        CASE(test_watchers_of_one_agency),
        CASE(test_client_streams_of_one_agency),
        CASE(test_unfinished_bodies_are_bounded),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
