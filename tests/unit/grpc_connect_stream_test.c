/* SPDX-License-Identifier: Apache-2.0 */
/* Connect at the server, streams (design/transport.md 4.3; the Connect protocol page): framed
 * messages, a last frame with the status, and metadata of both forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/connect_int.h"
#include "tests/support/connect_scene.h"
#include "tests/support/support.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

#define BYTES(text) span_of(text, sizeof(text) - 1)

static void expect_body(const struct h2_raw_stream *answer, struct span body) {
    assert_int_equal(answer->data_len, body.len);
    assert_memory_equal(answer->body, body.ptr, body.len);
}

static const char PROTO[] = "application/connect+proto";
static const char JSON[] = "application/connect+json";

/* ---- server streams ---- */

static void a_stream_ends_in_a_frame_of_its_own(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Many", PROTO, BYTES("\0\0\0\0\2\3x"));
    assert_string_equal(answer->fields, ":status: 200\ncontent-type: application/connect+proto\n");
    expect_body(answer, BYTES("\0\0\0\0\2\3x\0\0\0\0\2\3x\0\0\0\0\2\3x\2\0\0\0\2{}"));
    assert_true(answer->has_ended);
    assert_int_equal(answer->headers, 1);
    connect_end(scene);
}

static void a_stream_of_json(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    /* The first byte of the message, '!', asks for 33 copies: one is looked at. */
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Many", JSON, BYTES("\0\0\0\0\x9{\"t\":\"!\"}"));
    assert_string_equal(answer->fields, ":status: 200\ncontent-type: application/connect+json\n");
    assert_int_equal(answer->data_len, 33 * (5 + 9) + 5 + 2);
    assert_memory_equal(answer->body, "\0\0\0\0\x9{\"t\":\"!\"}\0\0\0\0\x9{", 20);
    assert_memory_equal(answer->body + 33 * (5 + 9), "\2\0\0\0\2{}", 7);
    connect_end(scene);
}

static void a_stream_without_messages_is_its_end(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Many", PROTO, BYTES("\0\0\0\0\0"));
    expect_body(answer, BYTES("\2\0\0\0\2{}"));
    connect_end(scene);
}

/* What is wrong with a stream is told in its end, behind a status of 200. */
static void wrong_frames_are_told_in_the_end(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *error;
    } CASES[] = {
        {"", 0, "unimplemented\",\"message\":\"no message in a unary call"},
        {"\0", 1, "internal\",\"message\":\"the message is not whole"},
        {"\0\0\0\0\2x", 6, "internal\",\"message\":\"the message is not whole"},
        {"\0\0\0\0\1x\0\0\0\0\1y", 12,
         "unimplemented\",\"message\":\"more than one message in a unary call"},
        {"\1\0\0\0\1x", 6, "internal\",\"message\":\"compressed message without an encoding"},
        {"\2\0\0\0\2{}", 7, "internal\",\"message\":\"unknown message flag"},
        {"\x80\0\0\0\0", 5, "internal\",\"message\":\"unknown message flag"},
        {"\0\0\1\0\1", 5, "resource_exhausted\",\"message\":\"message over the limit"},
        {"\0\xff\xff\xff\xff", 5, "resource_exhausted\",\"message\":\"message over the limit"},
    };
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char end[256];
        const struct h2_raw_stream *answer =
            connect_ask(scene, "/t.T/Many", PROTO, span_of(CASES[i].bytes, CASES[i].len));
        int len = snprintf(end, sizeof end, "{\"error\":{\"code\":\"%s\"}}", CASES[i].error);
        assert_string_equal(answer->http_status, "200");
        assert_int_equal(answer->data_len, 5 + len);
        assert_int_equal(answer->body[0], 2);
        assert_int_equal((uint8_t)answer->body[4], len);
        assert_string_equal(answer->body + 5, end);
    }
    assert_int_equal(scene->world->seen.requests, 0);
    connect_end(scene);
}

static void json_in_a_frame_is_read_like_any(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Many", JSON, BYTES("\0\0\0\0\2{}"));
    assert_string_equal(answer->body + 5, "{\"error\":{\"code\":\"invalid_argument\",\"message\":"
                                          "\"t: is \\\"missing\\\"; set it\"}}");
    answer = connect_ask(scene, "/t.T/Many", JSON, BYTES("\0\0\0\0\0"));
    assert_string_equal(answer->http_status, "200");
    assert_non_null(strstr(answer->body + 5, "invalid_argument"));
    connect_end(scene);
}

/* JSON may be twice as long as a message, by its prefix already. */
static void the_prefix_alone_is_refused(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Many", JSON);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, BYTES("\0\0\2\0\0"));
    assert_int_equal(connect_settle(scene, id)->headers, 0);
    id = connect_open(scene, "/t.T/Many", JSON);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, BYTES("\0\0\2\0\1"));
    assert_non_null(strstr(connect_settle(scene, id)->body + 5, "resource_exhausted"));
    connect_end(scene);
}

static void headers_of_a_stream_are_checked_as_of_a_unary_call(void **state) {
    static const struct {
        const char *name;
        const char *value;
        const char *fields;
        const char *end;
    } CASES[] = {
        {"connect-protocol-version", "2", "",
         "invalid_argument\",\"message\":\"connect-protocol-version is not known here; send 1, or "
         "none"},
        {"connect-timeout-ms", "x", "",
         "invalid_argument\",\"message\":\"connect-timeout-ms is not readable; send 1 to 10 "
         "digits"},
        {"connect-content-encoding", "gzip", "connect-accept-encoding: identity\n",
         "unimplemented\",\"message\":\"only the encoding identity is taken; send the message "
         "uncompressed"},
        {"content-encoding", "gzip", "connect-accept-encoding: identity\n",
         "unimplemented\",\"message\":\"only the encoding identity is taken; send the message "
         "uncompressed"},
    };
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char fields[256];
        char end[256];
        connect_headers(scene, "/t.T/Many", PROTO);
        h2_raw_add(&scene->block, CASES[i].name, CASES[i].value);
        uint32_t id = connect_open_headers(scene);
        const struct h2_raw_stream *answer = connect_settle(scene, id);
        snprintf(fields, sizeof fields, ":status: 200\ncontent-type: %s\n%s", PROTO,
                 CASES[i].fields);
        snprintf(end, sizeof end, "{\"error\":{\"code\":\"%s\"}}", CASES[i].end);
        assert_string_equal(answer->fields, fields);
        assert_string_equal(answer->body + 5, end);
    }
    connect_end(scene);
}

static void a_stream_that_is_reset_is_cancelled(void **state) {
    static const uint8_t cancel[4] = {0, 0, 0, NGHTTP2_CANCEL};
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Feed", JSON);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id,
                 BYTES("\0\0\0\0\x9{\"t\":\"a\"}"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->world->held_count, 1);
    struct grpc_call *call = scene->world->held[0];
    assert_false(lg_failed(grpc_call_send(call, span_text("one"))));
    assert_int_equal(connect_settle(scene, id)->data_len, 5 + 11);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, id, span_of(cancel, sizeof cancel));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->world->seen.cancelled, 1);
    assert_int_equal(scene->world->seen.why, GRPC_CANCELLED);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 0);
    connect_end(scene);
}

/* The end goes out although nothing more may wait in the stream. */
static void a_full_stream_still_ends(void **state) {
    static uint8_t large[LIMIT_GRPC_SEND_MAX];
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Feed", PROTO);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, BYTES("\0\0\0\0\1x"));
    h2_raw_settle(&scene->raw);
    struct grpc_call *call = scene->world->held[0];
    assert_false(lg_failed(grpc_call_send(call, span_of(large, sizeof large))));
    struct lg_err err = grpc_call_send(call, span_text("more"));
    assert_int_equal(lg_err_code(err), GRPC_FULL);
    grpc_call_finish(call, GRPC_UNAVAILABLE, "enough");
    static const uint8_t window[4] = {0, 0x7f, 0, 0};
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, id, span_of(window, sizeof window));
    h2_raw_frame(&scene->raw, NGHTTP2_WINDOW_UPDATE, 0, 0, span_of(window, sizeof window));
    for (int i = 0; i < 20; i++) {
        h2_raw_settle(&scene->raw);
    }
    static const char end[] = "{\"error\":{\"code\":\"unavailable\",\"message\":\"enough\"}}";
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_int_equal(answer->data_len, 5 + sizeof large + 5 + sizeof end - 1);
    assert_true(answer->has_ended);
    grpc_world_release(scene->world, 0);
    connect_end(scene);
}

/* ---- streams of clients ---- */

static void clients_stream_as_by_grpc(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Sum", PROTO, BYTES("\0\0\0\0\1x\0\0\0\0\2yz"));
    expect_body(answer, BYTES("\0\0\0\0\1\2\2\0\0\0\2{}"));
    assert_int_equal(scene->world->seen.bytes, 3);
    answer = connect_ask(scene, "/t.T/Sum", JSON,
                         BYTES("\0\0\0\0\xa{\"t\":\"ab\"}\0\0\0\0\x8{\"t\":\"\"}"));
    assert_int_equal(scene->world->seen.bytes, 5);
    /* A message that is none ends the call, and its owner learns it. */
    answer = connect_ask(scene, "/t.T/Sum", JSON, BYTES("\0\0\0\0\2{}"));
    assert_non_null(strstr(answer->body + 5, "invalid_argument"));
    assert_int_equal(scene->world->seen.cancelled, 1);
    assert_int_equal(scene->world->seen.why, GRPC_INVALID_ARGUMENT);
    connect_end(scene);
}

static void both_sides_stream(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Talk", PROTO);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, BYTES("\0\0\0\0\2hi"));
    expect_body(connect_settle(scene, id), BYTES("\0\0\0\0\2hi"));
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, BYTES("\0\0\0\0\6finish"));
    assert_string_equal(connect_settle(scene, id)->body + 7 + 5,
                        "{\"error\":{\"code\":\"aborted\",\"message\":\"enough\"}}");
    grpc_world_release(scene->world, 0);
    connect_end(scene);
}

/* ---- metadata of answers ---- */

static void note_answer(struct grpc_world *world) {
    world->answer_notes[0] = (struct grpc_pair){"x-first", span_text("a \"b\"")};
    world->answer_notes[1] = (struct grpc_pair){"x-last-bin", BYTES("\1\2\3\4")};
}

static void trailers_of_a_stream_stand_in_its_end(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    note_answer(scene->world);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Talk", PROTO, BYTES("\0\0\0\0\2hi"));
    assert_string_equal(answer->fields, ":status: 200\ncontent-type: application/connect+proto\n"
                                        "x-first: a \"b\"\n");
    assert_string_equal(answer->body + 7 + 5, "{\"metadata\":{\"x-last-bin\":[\"AQIDBA\"]}}");
    connect_end(scene);
}

static void trailers_of_a_unary_answer_are_headers(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    static const bool GOOD[] = {true, false};
    for (size_t i = 0; i < 2; i++) {
        uint32_t id = connect_open(scene, "/t.T/Hold", "application/proto");
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("x"));
        h2_raw_settle(&scene->raw);
        struct grpc_call *call = scene->world->held[0];
        assert_false(lg_failed(grpc_call_add_header(call, "x-first", span_text("a"))));
        if (GOOD[i]) {
            assert_false(lg_failed(grpc_call_send(call, span_text("held"))));
        }
        assert_false(lg_failed(grpc_call_add_trailer(call, "x-last", span_text("b"))));
        assert_false(lg_failed(grpc_call_add_trailer(call, "x-last", span_text("c"))));
        grpc_call_finish(call, GOOD[i] ? GRPC_OK : GRPC_NOT_FOUND, NULL);
        grpc_world_release(scene->world, 0);
        const struct h2_raw_stream *answer = connect_settle(scene, id);
        assert_non_null(
            strstr(answer->fields, "x-first: a\ntrailer-x-last: b\ntrailer-x-last: c\n"));
        assert_string_equal(answer->http_status, GOOD[i] ? "200" : "404");
        assert_string_equal(answer->body, GOOD[i] ? "held" : "{\"code\":\"not_found\"}");
    }
    connect_end(scene);
}

static void a_unary_answer_needs_a_message(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Hold", "application/proto");
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("x"));
    h2_raw_settle(&scene->raw);
    grpc_call_finish(scene->world->held[0], GRPC_OK, NULL);
    grpc_world_release(scene->world, 0);
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_string_equal(answer->http_status, "500");
    assert_string_equal(answer->body,
                        "{\"code\":\"internal\",\"message\":\"the method gave no answer\"}");
    connect_end(scene);
}

/* ---- texts ---- */

static void every_code_has_its_name_and_status(void **state) {
    (void)state;
    static const char *const CODES[][2] = {
        {"canceled", "499"},
        {"unknown", "500"},
        {"invalid_argument", "400"},
        {"deadline_exceeded", "504"},
        {"not_found", "404"},
        {"already_exists", "409"},
        {"permission_denied", "403"},
        {"resource_exhausted", "429"},
        {"failed_precondition", "400"},
        {"aborted", "409"},
        {"out_of_range", "400"},
        {"unimplemented", "501"},
        {"internal", "500"},
        {"unavailable", "503"},
        {"data_loss", "500"},
        {"unauthenticated", "401"},
    };
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++) {
        assert_string_equal(grpc_connect_code((enum grpc_status)(i + 1)), CODES[i][0]);
        assert_string_equal(grpc_connect_http((enum grpc_status)(i + 1)), CODES[i][1]);
    }
    assert_string_equal(grpc_connect_code((enum grpc_status)99), "unknown");
}

static void the_longest_error_fits(void **state) {
    (void)state;
    static char out[GRPC_CONNECT_TEXT_MAX];
    char message[LIMIT_GRPC_STATUS_MESSAGE + 2];
    memset(message, 1, sizeof message);
    message[sizeof message - 1] = '\0';
    struct span text = grpc_connect_error(GRPC_FAILED_PRECONDITION, message, out);
    assert_int_equal(text.len, 6 * LIMIT_GRPC_STATUS_MESSAGE +
                                   strlen("{\"code\":\"failed_precondition\",\"message\":\"\"}"));
    /* What is no UTF-8 is not told: the text must be JSON. */
    text = grpc_connect_error(GRPC_INTERNAL, "\xff", out);
    assert_true(span_equal_text(text, "{\"code\":\"internal\"}"));
}

static void the_longest_end_fits(void **state) {
    (void)state;
    static char out[GRPC_CONNECT_TEXT_MAX];
    struct grpc_fields *fields = NULL;
    char message[LIMIT_GRPC_STATUS_MESSAGE + 1];
    char value[200];
    memset(message, 1, sizeof message);
    message[sizeof message - 1] = '\0';
    memset(value, '"', sizeof value);
    for (size_t i = 0; i < LIMIT_GRPC_ADDED_FIELDS; i++) {
        char name[2] = {(char)('a' + i), '\0'};
        assert_false(lg_failed(grpc_fields_add(&fields, name, span_of(value, sizeof value))));
    }
    struct span text = grpc_connect_end_text(GRPC_FAILED_PRECONDITION, message, fields, out);
    assert_true(text.len > 6 * LIMIT_GRPC_STATUS_MESSAGE + 8 * 400);
    assert_int_equal(text.ptr[text.len - 1], '}');
    grpc_fields_free(&fields);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONNECT_TEST(a_stream_ends_in_a_frame_of_its_own),
        CONNECT_TEST(a_stream_of_json),
        CONNECT_TEST(a_stream_without_messages_is_its_end),
        CONNECT_TEST(wrong_frames_are_told_in_the_end),
        CONNECT_TEST(json_in_a_frame_is_read_like_any),
        CONNECT_TEST(the_prefix_alone_is_refused),
        CONNECT_TEST(headers_of_a_stream_are_checked_as_of_a_unary_call),
        CONNECT_TEST(a_stream_that_is_reset_is_cancelled),
        CONNECT_TEST(a_full_stream_still_ends),
        CONNECT_TEST(clients_stream_as_by_grpc),
        CONNECT_TEST(both_sides_stream),
        CONNECT_TEST(trailers_of_a_stream_stand_in_its_end),
        CONNECT_TEST(trailers_of_a_unary_answer_are_headers),
        CONNECT_TEST(a_unary_answer_needs_a_message),
        cmocka_unit_test(every_code_has_its_name_and_status),
        cmocka_unit_test(the_longest_error_fits),
        cmocka_unit_test(the_longest_end_fits),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
