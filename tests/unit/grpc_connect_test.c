/* SPDX-License-Identifier: Apache-2.0 */
/* Connect at the server, unary (design/transport.md 4.3; the Connect protocol page): the same
 * methods and owners as by gRPC, in Connect's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/connect_scene.h"

#include <cmocka.h>

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* ---- answers ---- */

static void a_unary_call_is_a_bare_message_both_ways(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Echo", "application/proto", span_text("hello"));
    assert_string_equal(answer->fields, ":status: 200\ncontent-type: application/proto\n");
    assert_string_equal(answer->body, "hello");
    assert_int_equal(answer->headers, 1);
    answer = connect_ask(scene, "/t.T/Echo", "application/json", span_text("{\"t\":\"hi\"}"));
    assert_string_equal(answer->fields, ":status: 200\ncontent-type: application/json\n");
    assert_string_equal(answer->body, "{\"t\":\"hi\"}");
    assert_true(answer->has_ended);
    assert_int_equal(scene->world->seen.requests, 2);
    assert_string_equal(scene->world->seen.agency, "police");
    assert_int_equal(grpc_server_counters(scene->world->server)->by_status[GRPC_OK], 2);
    connect_end(scene);
}

static void the_type_may_have_parameters_and_any_case(void **state) {
    static const char *const TYPES[] = {"application/json; charset=utf-8", "Application/JSON",
                                        "application/json;charset=UTF-8"};
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        const struct h2_raw_stream *answer =
            connect_ask(scene, "/t.T/Echo", TYPES[i], span_text("{\"t\":\"\"}"));
        assert_string_equal(answer->http_status, "200");
    }
    connect_end(scene);
}

static void no_body_is_the_message_without_fields(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Echo", "application/proto", (struct span){0});
    assert_string_equal(answer->http_status, "200");
    assert_int_equal(answer->data_len, 0);
    assert_true(answer->has_ended);
    /* END_STREAM with the headers. */
    connect_headers(scene, "/t.T/Echo", "application/proto");
    answer = connect_send_headers(scene, true);
    assert_string_equal(answer->http_status, "200");
    /* JSON has no empty text. */
    answer = connect_ask(scene, "/t.T/Echo", "application/json", (struct span){0});
    assert_string_equal(answer->http_status, "400");
    connect_end(scene);
}

static void a_body_comes_in_any_pieces(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Echo", "application/json");
    static const char text[] = "{\"t\":\"pieces\"}";
    for (size_t i = 0; i < sizeof text - 1; i++) {
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(text + i, 1));
    }
    assert_int_equal(scene->world->seen.requests, 0);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, (struct span){0});
    assert_string_equal(connect_settle(scene, id)->body, text);
    connect_end(scene);
}

/* ---- errors ---- */

static void an_error_is_json_whatever_was_asked_in(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    static const char *const TYPES[] = {"application/json", "application/proto"};
    for (size_t i = 0; i < 2; i++) {
        const struct h2_raw_stream *answer =
            connect_ask(scene, "/t.T/Refuse", TYPES[i], span_text("{\"t\":\"\"}"));
        assert_string_equal(answer->fields, ":status: 400\ncontent-type: application/json\n"
                                            "retry-after: 2\n");
        assert_string_equal(answer->body, "{\"code\":\"failed_precondition\",\"message\":"
                                          "\"50 % of \xc3\xa4\\u000a\"}");
    }
    connect_end(scene);
}

static void json_that_cannot_be_read_says_which_field(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Echo", "application/json", span_text("{\"x\":1}"));
    assert_string_equal(answer->http_status, "400");
    assert_string_equal(answer->body, "{\"code\":\"invalid_argument\",\"message\":"
                                      "\"t: is \\\"missing\\\"; set it\"}");
    assert_int_equal(scene->world->seen.requests, 0);
    connect_end(scene);
}

static void a_reply_that_is_none_is_internal(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Echo", "application/json", span_text("{\"t\":\"unwritable\"}"));
    assert_string_equal(answer->http_status, "500");
    assert_string_equal(answer->body, "{\"code\":\"internal\"}");
    connect_end(scene);
}

struct turned_down {
    const char *method;
    const char *path;
    const char *type;
    const char *fields;
    const char *body;
};

#define TAKES_UNARY "application/json, application/proto, application/grpc"
#define TAKES_STREAM "application/connect+json, application/connect+proto, application/grpc"

static void check_turned_down(struct connect_scene *scene, const struct turned_down *it) {
    connect_request(scene, it->method, it->path, it->type);
    const struct h2_raw_stream *answer = connect_send_headers(scene, true);
    assert_string_equal(answer->fields, it->fields);
    assert_string_equal(answer->body, it->body);
    assert_true(answer->has_ended);
}

static void what_cannot_be_a_call_says_what_can(void **state) {
    static const char no_post[] =
        "{\"code\":\"unimplemented\",\"message\":\"only POST is taken: send the request as the "
        "body of POST /package.Service/Method\"}";
    static const char no_type[] =
        "{\"code\":\"unimplemented\",\"message\":\"this content-type is not taken: send "
        "application/json, application/proto or application/grpc\"}";
    static const char no_type_fields[] =
        ":status: 415\ncontent-type: application/json\naccept-post: application/json, "
        "application/proto, application/connect+json, application/connect+proto, "
        "application/grpc\n";
    static const char no_method[] =
        "{\"code\":\"unimplemented\",\"message\":\"no such method: the path is "
        "/package.Service/Method, with their upper case\"}";
    static const char json[] = ":status: 404\ncontent-type: application/json\n";
    static const char allow[] = ":status: 405\ncontent-type: application/json\nallow: POST\n";
    static const char unary[] =
        ":status: 415\ncontent-type: application/json\naccept-post: " TAKES_UNARY "\n";
    static const char stream[] =
        ":status: 415\ncontent-type: application/json\naccept-post: " TAKES_STREAM "\n";
    static const char no_json[] = ":status: 415\ncontent-type: application/json\naccept-post: "
                                  "application/proto, application/grpc\n";
    static const char no_json_stream[] =
        ":status: 415\ncontent-type: application/json\naccept-post: "
        "application/connect+proto, application/grpc\n";
    static const char once[] =
        "{\"code\":\"unimplemented\",\"message\":\"this method answers once: send the bare message "
        "with content-type application/json or application/proto\"}";
    static const char streams[] =
        "{\"code\":\"unimplemented\",\"message\":\"this method streams: send framed messages with "
        "content-type application/connect+json or application/connect+proto\"}";
    static const char proto[] =
        "{\"code\":\"unimplemented\",\"message\":\"this method has no JSON form: send content-type "
        "application/proto\"}";
    static const char connect_proto[] =
        "{\"code\":\"unimplemented\",\"message\":\"this method has no JSON form: send content-type "
        "application/connect+proto\"}";
    const struct turned_down cases[] = {
        {"GET", "/t.T/Echo", "application/json", allow, no_post},
        {"GET", "/", "", allow, no_post},
        {"PUT", "/t.T/Echo", "application/json", allow, no_post},
        {"OPTIONS", "/t.T/Echo", "", allow, no_post},
        {"HEAD", "/t.T/Echo", "", allow, ""},
        {"POST", "/t.T/Echo", "application/x-www-form-urlencoded", no_type_fields, no_type},
        {"POST", "/t.T/Echo", "text/json", no_type_fields, no_type},
        {"POST", "/t.T/Echo", "application/jsonx", no_type_fields, no_type},
        {"POST", "/t.T/Echo", "application/grpc-web+proto", no_type_fields, no_type},
        {"POST", "/t.T/Nothing", "application/json", json, no_method},
        {"POST", "/t.T/echo", "application/proto", json, no_method},
        {"POST", "/t.T/Echo?x=1", "application/json", json, no_method},
        {"POST", "/t.T/Nothing", "application/connect+proto", json, no_method},
        {"POST", "/t.T/Echo", "application/connect+proto", unary, once},
        {"POST", "/t.T/Echo", "application/connect+json", unary, once},
        {"POST", "/t.T/Many", "application/json", stream, streams},
        {"POST", "/t.T/Many", "application/proto", stream, streams},
        {"POST", "/t.T/Sum", "application/proto", stream, streams},
        {"POST", "/t.T/Talk", "application/json", stream, streams},
        {"POST", "/grpc.health.v1.Health/Check", "application/json", no_json, proto},
        {"POST", "/grpc.health.v1.Health/Watch", "application/connect+json", no_json_stream,
         connect_proto},
    };
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_turned_down(scene, &cases[i]);
    }
    assert_int_equal(scene->world->seen.requests, 0);
    connect_end(scene);
}

static void health_answers_in_binary(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/grpc.health.v1.Health/Check", "application/proto", (struct span){0});
    assert_string_equal(answer->http_status, "200");
    assert_string_equal(answer->body, "\x08\x01");
    answer = connect_ask(scene, "/grpc.health.v1.Health/Check", "application/proto",
                         span_text("\x0a\x01x"));
    assert_string_equal(answer->http_status, "404");
    connect_end(scene);
}

/* ---- headers ---- */

static void the_version_is_one_or_absent(void **state) {
    static const char *const WRONG[] = {"0", "2", "", "01", "1.0", "v1", "1, 1"};
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        connect_ask_with(scene, "application/proto", "connect-protocol-version", "1");
    assert_string_equal(answer->http_status, "200");
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        answer = connect_ask_with(scene, "application/proto", "connect-protocol-version", WRONG[i]);
        assert_string_equal(answer->http_status, "400");
        assert_string_equal(answer->body,
                            "{\"code\":\"invalid_argument\",\"message\":\"connect-protocol-version "
                            "is not known here; send 1, or none\"}");
    }
    connect_end(scene);
}

static void the_timeout_is_one_to_ten_digits(void **state) {
    static const struct {
        const char *text;
        int64_t ms;
    } GOOD[] = {{"1", 1},
                {"5000", 5000},
                {"0000000007", 7},
                {"29999", 29999},
                {"30001", LIMIT_GRPC_DEADLINE_MS},
                {"9999999999", LIMIT_GRPC_DEADLINE_MS}};
    static const char *const WRONG[] = {"", "10000000000", "-1", "1s", "1.5", "0x1", "1 0"};
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        connect_ask_with(scene, "application/proto", "connect-timeout-ms", GOOD[i].text);
        assert_int_equal(scene->world->seen.deadline_in_ms, GOOD[i].ms);
    }
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        const struct h2_raw_stream *answer =
            connect_ask_with(scene, "application/proto", "connect-timeout-ms", WRONG[i]);
        assert_string_equal(answer->http_status, "400");
        assert_string_equal(answer->body,
                            "{\"code\":\"invalid_argument\",\"message\":\"connect-timeout-ms is "
                            "not readable; send 1 to 10 digits\"}");
    }
    /* gRPC's own header means nothing here. */
    connect_ask_with(scene, "application/proto", "grpc-timeout", "1x");
    assert_int_equal(scene->world->seen.deadline_in_ms, LIMIT_GRPC_DEADLINE_MS);
    connect_end(scene);
}

static void only_identity_is_taken(void **state) {
    static const char *const NAMES[] = {"content-encoding", "connect-content-encoding"};
    static const char *const WRONG[] = {"gzip", "br", "", "gzip, identity", "identity, identity"};
    struct connect_scene *scene = connect_begin(*state);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < sizeof WRONG / sizeof WRONG[0]; j++) {
            const struct h2_raw_stream *answer =
                connect_ask_with(scene, "application/json", NAMES[i], WRONG[j]);
            assert_string_equal(answer->fields, ":status: 501\ncontent-type: application/json\n"
                                                "accept-encoding: identity\n");
            assert_string_equal(answer->body,
                                "{\"code\":\"unimplemented\",\"message\":\"only the encoding "
                                "identity is taken; send the message uncompressed\"}");
        }
        assert_string_equal(
            connect_ask_with(scene, "application/proto", NAMES[i], "identity")->http_status, "200");
    }
    /* What the client would take of us is its affair. */
    assert_string_equal(
        connect_ask_with(scene, "application/proto", "accept-encoding", "gzip,br")->http_status,
        "200");
    connect_end(scene);
}

static void metadata_is_kept_as_by_grpc(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    connect_headers(scene, "/t.T/Echo", "application/proto");
    h2_raw_add(&scene->block, "x-note", "plain");
    h2_raw_add(&scene->block, "x-note-bin", "AQID");
    h2_raw_add(&scene->block, "traceparent", "00-1-2-3");
    (void)connect_send_headers(scene, true);
    assert_string_equal(scene->world->seen.notes, "plain;\x01\x02\x03;");
    assert_string_equal(scene->world->seen.traceparent, "00-1-2-3");
    connect_end(scene);
}

/* ---- limits ---- */

/* A body of that many bytes, in frames of at most 16 KiB; how it was answered. */
static const struct h2_raw_stream *ask_large(struct connect_scene *scene, const char *type,
                                             size_t len) {
    static const uint8_t zeros[16384];
    uint32_t id = connect_open(scene, "/t.T/Hold", type);
    for (size_t left = len; left > 0;) {
        size_t piece = left < sizeof zeros ? left : sizeof zeros;
        left -= piece;
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, left == 0 ? NGHTTP2_FLAG_END_STREAM : 0, id,
                     span_of(zeros, piece));
        h2_raw_settle(&scene->raw);
    }
    return connect_settle(scene, id);
}

static void a_body_over_the_limit_is_not_stored(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    const struct h2_raw_stream *answer =
        ask_large(scene, "application/proto", LIMIT_GRPC_MESSAGE_MAX);
    assert_int_equal(scene->world->held_count, 1);
    assert_int_equal(scene->world->seen.bytes, LIMIT_GRPC_MESSAGE_MAX);
    grpc_world_release(scene->world, 0);
    static const size_t OVER[] = {1, 1000, 65536};
    for (size_t i = 0; i < 3; i++) {
        answer = ask_large(scene, "application/proto", LIMIT_GRPC_MESSAGE_MAX + OVER[i]);
        assert_string_equal(answer->http_status, "429");
        assert_string_equal(
            answer->body,
            "{\"code\":\"resource_exhausted\",\"message\":\"message over the limit\"}");
    }
    /* JSON may be twice as long; these zeros are none. */
    size_t json_max = (size_t)LIMIT_GRPC_MESSAGE_MAX * LIMIT_WIRE_JSON_FACTOR;
    assert_string_equal(ask_large(scene, "application/json", json_max)->http_status, "400");
    assert_string_equal(ask_large(scene, "application/json", json_max + 1)->http_status, "429");
    assert_int_equal(scene->world->held_count, 0);
    connect_end(scene);
}

/* The JSON is within its limit and the message in it is not. */
static void the_message_in_the_json_has_its_own_limit(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Hold", "application/json");
    static char letters[16384];
    memset(letters, 'a', sizeof letters);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_text("{\"t\":\""));
    for (size_t i = 0; i < LIMIT_GRPC_MESSAGE_MAX / sizeof letters; i++) {
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(letters, sizeof letters));
        h2_raw_settle(&scene->raw);
    }
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("a\"}"));
    assert_string_equal(connect_settle(scene, id)->http_status, "429");
    assert_int_equal(scene->world->seen.requests, 0);
    connect_end(scene);
}

/* curl does not look at an answer that comes before it has sent all. */
static void a_refusal_waits_until_all_was_sent(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Nothing", "application/json");
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_text("{"));
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_int_equal(answer->headers, 0);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 1);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("}"));
    answer = connect_settle(scene, id);
    assert_string_equal(answer->http_status, "404");
    assert_int_equal(answer->resets, 0);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 0);
    connect_end(scene);
}

static void a_refusal_does_not_wait_for_ever(void **state) {
    static const uint8_t zeros[16384];
    static const uint8_t cancel[4] = {0, 0, 0, NGHTTP2_CANCEL};
    struct connect_scene *scene = connect_begin(*state);
    uint32_t id = connect_open(scene, "/t.T/Nothing", "application/json");
    for (size_t sent = 0; sent < LIMIT_GRPC_DROPPED; sent += sizeof zeros) {
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(zeros, sizeof zeros));
        h2_raw_settle(&scene->raw);
    }
    assert_int_equal(connect_settle(scene, id)->headers, 0);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, 0, id, span_of(zeros, 1));
    assert_string_equal(connect_settle(scene, id)->http_status, "404");
    assert_int_equal(connect_settle(scene, id)->reset_error, NGHTTP2_NO_ERROR);
    /* Nor for a client that is gone, or that sends no more. */
    id = connect_open(scene, "/t.T/Nothing", "application/json");
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, id, span_of(cancel, sizeof cancel));
    h2_raw_settle(&scene->raw);
    (void)connect_open(scene, "/t.T/Nothing", "application/json");
    h2_raw_settle(&scene->raw);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 1);
    grpc_world_pass(scene->world, LIMIT_HTTP2_BODY_MS);
    h2_raw_settle(&scene->raw);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 0);
    /* That was all this connection had: it ends. */
    assert_int_equal(scene->raw.goaways, 1);
    h2_raw_free(&scene->raw);
    free(scene);
}

static void the_deadline_answers_504(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    connect_headers(scene, "/t.T/Hold", "application/json");
    h2_raw_add(&scene->block, "connect-timeout-ms", "100");
    uint32_t id = connect_open_headers(scene);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("{\"t\":\"\"}"));
    assert_int_equal(connect_settle(scene, id)->headers, 0);
    grpc_world_pass(scene->world, 100);
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_string_equal(answer->http_status, "504");
    assert_string_equal(answer->body,
                        "{\"code\":\"deadline_exceeded\",\"message\":\"deadline passed\"}");
    assert_int_equal(scene->world->seen.cancelled, 1);
    assert_int_equal(scene->world->seen.why, GRPC_DEADLINE_EXCEEDED);
    connect_end(scene);
}

static void a_reset_cancels_and_keeps_the_place(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    static const uint8_t cancel[4] = {0, 0, 0, NGHTTP2_CANCEL};
    uint32_t id = connect_open(scene, "/t.T/Hold", "application/proto");
    scene->world->keeps = true;
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text("x"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->world->held_count, 1);
    h2_raw_frame(&scene->raw, NGHTTP2_RST_STREAM, 0, id, span_of(cancel, sizeof cancel));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->world->seen.cancelled, 1);
    assert_int_equal(scene->world->seen.why, GRPC_CANCELLED);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 1);
    scene->world->keeps = false;
    grpc_world_release(scene->world, 0);
    assert_int_equal(http2_host_counters(scene->world->host)->works, 0);
    connect_end(scene);
}

/* An answer that there is no room for is an error, not half an answer. */
static void answers_that_nobody_reads_are_bounded(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    uint32_t ids[24];
    size_t full = 0;
    static char letters[16384];
    memset(letters, 'a', sizeof letters);
    for (size_t i = 0; i < 24; i++) {
        ids[i] = connect_open(scene, "/t.T/Echo", "application/proto");
        for (size_t j = 0; j < 4; j++) {
            h2_raw_frame(&scene->raw, NGHTTP2_DATA, j == 3 ? NGHTTP2_FLAG_END_STREAM : 0, ids[i],
                         span_of(letters, sizeof letters));
        }
        h2_raw_settle(&scene->raw);
    }
    for (size_t i = 0; i < 24; i++) {
        const struct h2_raw_stream *answer = &scene->raw.streams[ids[i] / 2];
        full += strcmp(answer->http_status, "429") == 0 ? 1 : 0;
    }
    assert_true(full > 0 && full < 24);
    h2_raw_free(&scene->raw);
    free(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONNECT_TEST(a_unary_call_is_a_bare_message_both_ways),
        CONNECT_TEST(the_type_may_have_parameters_and_any_case),
        CONNECT_TEST(no_body_is_the_message_without_fields),
        CONNECT_TEST(a_body_comes_in_any_pieces),
        CONNECT_TEST(an_error_is_json_whatever_was_asked_in),
        CONNECT_TEST(json_that_cannot_be_read_says_which_field),
        CONNECT_TEST(a_reply_that_is_none_is_internal),
        CONNECT_TEST(what_cannot_be_a_call_says_what_can),
        CONNECT_TEST(health_answers_in_binary),
        CONNECT_TEST(the_version_is_one_or_absent),
        CONNECT_TEST(the_timeout_is_one_to_ten_digits),
        CONNECT_TEST(only_identity_is_taken),
        CONNECT_TEST(metadata_is_kept_as_by_grpc),
        CONNECT_TEST(a_body_over_the_limit_is_not_stored),
        CONNECT_TEST(the_message_in_the_json_has_its_own_limit),
        CONNECT_TEST(a_refusal_waits_until_all_was_sent),
        CONNECT_TEST(a_refusal_does_not_wait_for_ever),
        CONNECT_TEST(the_deadline_answers_504),
        CONNECT_TEST(a_reset_cancels_and_keeps_the_place),
        CONNECT_TEST(answers_that_nobody_reads_are_bounded),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
