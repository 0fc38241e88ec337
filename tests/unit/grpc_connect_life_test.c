/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every call holds for Connect's: deadlines, turns, drain, certificates; and that an
 * error is JSON whatever it says. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/connect_int.h"
#include "tests/support/connect_scene.h"

#include <cmocka.h>

enum { PLACES = LIMIT_ADMISSION_UNDER_WAY_LEAST };

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

static uint32_t hold(struct connect_scene *scene, const char *type, const char *body) {
    uint32_t id = connect_open(scene, "/t.T/Hold", type);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_text(body));
    return id;
}

static void the_deadline_of_a_stream_is_told_in_its_end(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    connect_headers(scene, "/t.T/Feed", "application/connect+proto");
    h2_raw_add(&scene->block, "connect-timeout-ms", "250");
    uint32_t id = connect_open_headers(scene);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, span_of("\0\0\0\0\1x", 6));
    h2_raw_settle(&scene->raw);
    assert_false(lg_failed(grpc_call_send(scene->world->held[0], span_text("first"))));
    grpc_world_pass(scene->world, 249);
    assert_false(connect_settle(scene, id)->has_ended);
    grpc_world_pass(scene->world, 1);
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_string_equal(answer->http_status, "200");
    assert_memory_equal(answer->body, "\0\0\0\0\5first\2", 11);
    assert_string_equal(answer->body + 15, "{\"error\":{\"code\":\"deadline_exceeded\","
                                           "\"message\":\"deadline passed\"}}");
    assert_int_equal(scene->world->seen.why, GRPC_DEADLINE_EXCEEDED);
    connect_end(scene);
}

/* A JSON call waits for its turn as the message that it is: its lane is read from that. */
static void calls_wait_for_their_turn(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    struct grpc_world *world = scene->world;
    uint32_t ids[PLACES + 2];
    world->server->admission.under_way_max = PLACES;
    for (size_t i = 0; i < PLACES; i++) {
        ids[i] = hold(scene, "application/json", "{\"t\":\"b\"}");
        h2_raw_settle(&scene->raw);
    }
    size_t begun = world->held_count;
    ids[PLACES] = hold(scene, "application/json", "{\"t\":\"b\"}");
    ids[PLACES + 1] = hold(scene, "application/json", "{\"t\":\"urgent\"}");
    h2_raw_settle(&scene->raw);
    assert_int_equal(grpc_server_counters(world->server)->begun[GRPC_LANE_URGENT], 1);
    assert_int_equal(world->held_count, begun + 1);
    while (world->held_count > 0) {
        grpc_world_release(world, 0);
        grpc_world_settle(world);
    }
    for (size_t i = 0; i < PLACES + 2; i++) {
        const struct h2_raw_stream *answer = connect_settle(scene, ids[i]);
        assert_string_equal(answer->body, "{\"t\":\"held\"}");
    }
    connect_end(scene);
}

static void who_cannot_have_a_turn_is_told_to_wait(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    struct grpc_world *world = scene->world;
    world->server->admission.under_way_max = PLACES;
    for (size_t i = 0; i <= PLACES; i++) {
        (void)hold(scene, "application/proto", "n");
        h2_raw_settle(&scene->raw);
    }
    world->server->admission.rate = 1; /* a call in a thousand seconds */
    uint32_t id = hold(scene, "application/proto", "n");
    const struct h2_raw_stream *answer = connect_settle(scene, id);
    assert_string_equal(answer->http_status, "503");
    assert_non_null(strstr(answer->fields, "\nretry-after: "));
    assert_memory_equal(answer->body, "{\"code\":\"unavailable\",\"message\":\"", 33);
    h2_raw_free(&scene->raw);
    free(scene);
    grpc_world_settle(world);
}

static void on_drained(void *ctx) {
    struct grpc_world *world = ctx;
    world->is_drained = true;
}

static void what_was_taken_is_answered_while_draining(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    struct grpc_world *world = scene->world;
    uint32_t id = hold(scene, "application/json", "{\"t\":\"x\"}");
    h2_raw_settle(&scene->raw);
    grpc_server_drain(world->server, world->mono_ms + 10000, on_drained, world);
    h2_raw_settle(&scene->raw);
    assert_false(world->is_drained);
    assert_int_equal(connect_settle(scene, id)->headers, 0);
    grpc_world_release(world, 0);
    assert_string_equal(connect_settle(scene, id)->body, "{\"t\":\"held\"}");
    grpc_world_pass(world, LIMIT_HTTP2_DRAIN_STEP_MS); /* this client answers no PING */
    grpc_world_pass(world, LIMIT_HTTP2_LINGER_MS);
    assert_true(world->is_drained);
    h2_raw_free(&scene->raw);
    free(scene);
}

static void a_certificate_that_has_ended_is_told(void **state) {
    struct connect_scene *scene = connect_begin(*state);
    int64_t now_ms = scene->world->wall_ms;
    scene->world->wall_ms += (int64_t)LIMIT_TLS_LEAF_DAYS * 86400000 * 2;
    const struct h2_raw_stream *answer =
        connect_ask(scene, "/t.T/Echo", "application/json", span_text("{\"t\":\"x\"}"));
    assert_string_equal(answer->http_status, "401");
    assert_string_equal(answer->body, "{\"code\":\"unauthenticated\",\"message\":\"the client's "
                                      "certificate is no longer valid\"}");
    assert_int_equal(scene->world->seen.requests, 0);
    scene->world->wall_ms = now_ms;
    connect_end(scene);
}

/* Every byte once as the message, read by another hand. */
static void an_error_is_json_whatever_it_says(void **state) {
    static char out[GRPC_CONNECT_TEXT_MAX];
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char message[] = {'a', (char)byte, 'z', '\0'};
        json_error_t error;
        struct span text = grpc_connect_error(GRPC_ABORTED, message, out);
        json_t *json = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
        assert_non_null(json);
        const char *told = json_string_value(json_object_get(json, "message"));
        assert_string_equal(json_string_value(json_object_get(json, "code")), "aborted");
        if (byte < 0x80) {
            assert_string_equal(told, message);
        } else {
            assert_null(told);
        }
        json_decref(json);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONNECT_TEST(the_deadline_of_a_stream_is_told_in_its_end),
        CONNECT_TEST(calls_wait_for_their_turn),
        CONNECT_TEST(who_cannot_have_a_turn_is_told_to_wait),
        CONNECT_TEST(what_was_taken_is_answered_while_draining),
        CONNECT_TEST(a_certificate_that_has_ended_is_told),
        cmocka_unit_test(an_error_is_json_whatever_it_says),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
