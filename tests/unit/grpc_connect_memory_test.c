/* SPDX-License-Identifier: Apache-2.0 */
/* Connect while each allocation of the server fails in turn, ours and those of the libraries below
 * us: an answer is whole, or it is an error, or the stream is reset; nothing is left over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/connect_scene.h"
#include "tests/support/support.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

struct question {
    const char *path;
    const char *type;
    const char *body;
    size_t body_len;
    const char *status;
    const char *answer; /* whole, of answer_len bytes */
    size_t answer_len;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct question QUESTIONS[] = {
    {"/t.T/Echo", "application/json", BYTES("{\"t\":\"hello\"}"), "200",
     BYTES("{\"t\":\"hello\"}")},
    {"/t.T/Echo", "application/proto", BYTES("hello"), "200", BYTES("hello")},
    {"/t.T/Echo", "application/json", BYTES("{}"), "400",
     BYTES("{\"code\":\"invalid_argument\",\"message\":\"t: is \\\"missing\\\"; set it\"}")},
    {"/t.T/Sum", "application/connect+json", BYTES("\0\0\0\0\x9{\"t\":\"a\"}"), "200",
     BYTES("\0\0\0\0\x9{\"t\":\"\1\"}\2\0\0\0\2{}")},
    {"/t.T/Many", "application/connect+proto", BYTES("\0\0\0\0\1\1"), "200",
     BYTES("\0\0\0\0\1\1\2\0\0\0\2{}")},
    {"/t.T/Talk", "application/connect+proto", BYTES("\0\0\0\0\2hi"), "200",
     BYTES("\0\0\0\0\2hi\2\0\0\0\x20{\"metadata\":{\"x-note\":[\"last\"]}}")},
};

/* A whole good answer, or an error in its stead. */
static void check_answer(const struct question *it, const struct h2_raw_stream *answer,
                         bool fails) {
    bool is_good = answer->has_ended && strcmp(answer->http_status, it->status) == 0 &&
                   answer->data_len == it->answer_len &&
                   memcmp(answer->body, it->answer, it->answer_len) == 0;
    if (!fails) {
        assert_true(is_good);
        return;
    }
    bool is_error = answer->has_ended && (strstr(answer->body, "\"code\":\"") != NULL ||
                                          memchr(answer->body, 2, H2_RAW_BODY) != NULL);
    bool is_none = !answer->has_ended;
    assert_true(is_good || is_error || is_none);
}

/* The question while the n-th allocation of the server's turns fails; how many there were. A stream
 * has been answered before: nghttp2 1.52 ends the process by an assertion of its own where a
 * connection's very first DATA frame finds no memory for its queue. */
static uint64_t run(struct grpc_world *world, const struct question *it, uint64_t n) {
    struct connect_scene *scene = connect_begin(world);
    (void)connect_ask(scene, "/t.T/Echo", "application/proto", span_text("before"));
    uint32_t id = connect_open(scene, it->path, it->type);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id,
                 span_of(it->body, it->body_len));
    world->answer_notes[0] = (struct grpc_pair){0};
    world->answer_notes[1] = (struct grpc_pair){"x-note", span_text("last")};
    world->seen.messages = 0;
    support_alloc_fail_at(n);
    grpc_world_settle(world);
    uint64_t seen = support_alloc_seen();
    support_alloc_fail_at(0);
    check_answer(it, connect_settle(scene, id), n > 0);
    h2_raw_free(&scene->raw);
    free(scene);
    grpc_world_settle(world);
    assert_int_equal(world->held_count, 0);
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    return seen;
}

/* Under a sanitizer the libraries' own are not seen, and ours come from pools for some questions.
 */
static void each_allocation_may_fail(void **state) {
    uint64_t total = 0;
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++) {
        uint64_t count = run(*state, &QUESTIONS[i], 0);
        total += count;
        for (uint64_t n = 1; n <= count; n++) {
            (void)run(*state, &QUESTIONS[i], n);
        }
        (void)run(*state, &QUESTIONS[i], 0);
    }
    assert_true(total > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONNECT_TEST(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
