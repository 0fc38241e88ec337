/* SPDX-License-Identifier: Apache-2.0 */
/* Pages beside the calls: what is a GET of one, what it is answered with, slow readers and the
 * ceiling of what they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/grpc_int.h"
#include "tests/support/connect_scene.h"

#include <cmocka.h>

enum { LARGE = 1300000 };

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static const struct h2_raw_stream *get(struct connect_scene *scene, const char *path) {
    connect_request(scene, "GET", path, NULL);
    return connect_send_headers(scene, true);
}

/* A stream that is asked for, and how it stands; the identifier of the last. */
static uint32_t get_open(struct connect_scene *scene, const char *path) {
    connect_request(scene, "GET", path, NULL);
    uint32_t id = connect_open_headers(scene);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, (struct span){0});
    return id;
}

static void window_add(struct connect_scene *scene, uint32_t id, uint32_t len) {
    const uint8_t bytes[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                              (uint8_t)len};
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, id, span_of(bytes, sizeof bytes));
}

static uint64_t count_of(const struct connect_scene *scene, enum grpc_status status) {
    return grpc_server_counters(scene->world->server)->by_status[status];
}

/* ---- What is a page ---- */

static void a_page_is_a_plain_get(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer = get(scene, "/p/5");
    assert_string_equal(answer->fields,
                        ":status: 200\ncontent-type: text/plain\ncache-control: no-store\n"
                        "x-content-type-options: nosniff\n");
    assert_string_equal(answer->body, "abcde");
    assert_true(answer->has_ended);
    assert_int_equal(answer->resets, 0);
    assert_int_equal(scene->world->seen.requests, 1);
    assert_int_equal(count_of(scene, GRPC_OK), 1);
    connect_end(scene);
}

static void nothing_else_is(void **state) {
    static const struct {
        const char *method;
        const char *path;
        const char *status;
    } cases[] = {{"GET", "/p", "405"},    {"GET", "/q/5", "405"},     {"GET", "/", "405"},
                 {"HEAD", "/p/5", "405"}, {"PUT", "/p/5", "405"},     {"DELETE", "/p/5", "405"},
                 {"POST", "/p/5", "404"}, {"GET", "/t.T/Echo", "405"}};
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        connect_request(scene, cases[i].method, cases[i].path, "application/proto");
        assert_string_equal(connect_send_headers(scene, true)->http_status, cases[i].status);
    }
    /* The row's own path is no method. */
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/p/*", "application/proto", span_text("x"));
    assert_string_equal(answer->http_status, "404");
    assert_int_equal(scene->world->seen.requests, 0);
    connect_end(scene);
}

static void a_long_path_is_none(void **state) {
    char path[LIMIT_GRPC_PATH + 2];
    struct connect_scene *scene = connect_begin(*state);
    memset(path, '0', sizeof path - 1);
    memcpy(path, "/p/", 3);
    path[sizeof path - 1] = '\0';
    assert_string_equal(get(scene, path)->http_status, "405");
    path[LIMIT_GRPC_PATH] = '\0';
    path[LIMIT_GRPC_PATH - 1] = '7';
    assert_string_equal(get(scene, path)->body, "abcdefg");
    connect_end(scene);
}

static void a_body_is_refused(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    connect_request(scene, "GET", "/p/5", NULL);
    uint32_t id = connect_open_headers(scene);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("/../x"));
    assert_string_equal(connect_settle(scene, id)->http_status, "400");
    assert_int_equal(scene->world->seen.requests, 0);
    connect_end(scene);
}

static void a_page_is_refused_like_a_call(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer = get(scene, "/p/no");
    assert_string_equal(answer->http_status, "403");
    assert_string_equal(answer->body,
                        "{\"code\":\"permission_denied\",\"message\":\"not for you\"}");
    connect_end(scene);
}

/* ---- Readers ---- */

static void a_large_page_goes_out_as_it_is_read(void **state) {
    char path[32];
    struct connect_scene *scene = connect_begin(*state);
    snprintf(path, sizeof path, "/p/%d", LARGE);
    uint32_t id = get_open(scene, path);
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_string_equal(answer->http_status, "200");
    assert_int_equal(answer->data_len, 65535); /* the window of a stream */
    assert_int_equal(count_of(scene, GRPC_OK), 0);
    window_add(scene, 0, 4 << 20);
    for (size_t i = 0; i < 30 && !answer->has_ended; i++) {
        window_add(scene, id, 65536);
        answer = connect_settle(scene, id);
    }
    assert_true(answer->has_ended);
    assert_int_equal(answer->data_len, LARGE);
    assert_int_equal(count_of(scene, GRPC_OK), 1);
    connect_end(scene);
}

static void a_reader_that_goes_leaves_nothing(void **state) {
    char path[32];
    struct connect_scene *scene = connect_begin(*state);
    snprintf(path, sizeof path, "/p/%d", LARGE);
    for (int i = 0; i < 20; i++) { /* more than may be held at once */
        uint32_t id = get_open(scene, path);
        assert_string_equal(connect_settle(scene, id)->http_status, "200");
        h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, id, span_of("\0\0\0\x8", 4));
        (void)connect_settle(scene, id);
    }
    assert_int_equal(count_of(scene, GRPC_CANCELLED), 20);
    window_add(scene, 0, 4 << 20);
    connect_end(scene);
}

static void slow_readers_hold_no_more_than_there_is_room(void **state) {
    char path[32];
    struct connect_scene *scene = connect_begin(*state);
    snprintf(path, sizeof path, "/p/%d", LARGE);
    int room = LIMIT_GRPC_PAGES_HELD_AGENCY / LARGE;
    for (int i = 0; i < room; i++) {
        uint32_t id = get_open(scene, path);
        assert_string_equal(connect_settle(scene, id)->http_status, "200");
    }
    uint32_t id = get_open(scene, path);
    assert_string_equal(connect_settle(scene, id)->http_status, "429");
    /* Three quarters are the others', and what is small goes always. */
    assert_true(scene->world->server->page_held <= LIMIT_GRPC_PAGES_HELD / 4);
    for (int i = 0; i < 20; i++) {
        assert_string_equal(get(scene, "/p/1000")->http_status, "200");
    }
    id = get_open(scene, "/p/1048576");
    assert_string_equal(connect_settle(scene, id)->http_status, "429");
    /* A reader that does not read loses its page when the time for it is over. */
    grpc_world_pass(scene->world, LIMIT_GRPC_DEADLINE_MS + 1);
    (void)connect_settle(scene, id);
    uint64_t ended = count_of(scene, GRPC_DEADLINE_EXCEEDED) + count_of(scene, GRPC_CANCELLED);
    assert_int_equal(ended, room);
    id = get_open(scene, path);
    assert_string_equal(connect_settle(scene, id)->http_status, "200");
    window_add(scene, 0, 4 << 20);
    window_add(scene, id, 4 << 20);
    for (size_t i = 0; i < 30 && !connect_settle(scene, id)->has_ended; i++) {
        grpc_world_pass(scene->world, 1);
    }
    assert_int_equal(connect_settle(scene, id)->data_len, LARGE);
    connect_end(scene);
}

static void a_page_whose_owner_is_slow_ends_in_time(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = get_open(scene, "/p/hold");
    assert_int_equal(connect_settle(scene, id)->headers, 0);
    grpc_world_pass(scene->world, LIMIT_GRPC_DEADLINE_MS + 1);
    assert_string_equal(connect_settle(scene, id)->http_status, "504");
    connect_end(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONNECT_TEST(a_page_is_a_plain_get),
        CONNECT_TEST(nothing_else_is),
        CONNECT_TEST(a_long_path_is_none),
        CONNECT_TEST(a_body_is_refused),
        CONNECT_TEST(a_page_is_refused_like_a_call),
        CONNECT_TEST(a_large_page_goes_out_as_it_is_read),
        CONNECT_TEST(a_reader_that_goes_leaves_nothing),
        CONNECT_TEST(slow_readers_hold_no_more_than_there_is_room),
        CONNECT_TEST(a_page_whose_owner_is_slow_ends_in_time),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
