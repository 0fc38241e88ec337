/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of both directions: names, "-bin" values, what is too much, and what must not fail a
 * call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

#define BYTES(text) span_of(text, sizeof(text) - 1)

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* ---- both ways, over both of our sides ---- */

static void test_round_trip(void **state) {
    struct grpc_world *world = *state;
    const struct grpc_pair SENT[] = {
        {"x-note", span_text("plain ~ text")},
        {"x-note-bin", BYTES("\1\2\xff")},
        {"x-note", span_text("")},
        {"x-note-bin", span_text("a, b")},
        {"x-other", span_text("not kept")},
    };
    struct grpc_try it;
    world->answer_notes[0] = (struct grpc_pair){"x-note", span_text("first")};
    world->answer_notes[1] = (struct grpc_pair){"x-note-bin", BYTES("la\xffst")};
    grpc_try_with(world, &it,
                  (struct grpc_request){.path = "/t.T/Talk", .metadata = SENT, .metadata_count = 5},
                  5000);
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("x"))));
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
    assert_string_equal(world->seen.notes, "plain ~ text;;\1\2\xff;a, b;");
    assert_string_equal(it.header, "first");
    assert_string_equal(it.trailer, "la\xffst");
}

/* An answer of a status alone that has headers too is no Trailers-Only, or they could not be told
 * apart; with trailers alone it is. */
static void test_without_a_message(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    world->answer_notes[0] = (struct grpc_pair){"x-note", span_text("first")};
    world->answer_notes[1] = (struct grpc_pair){"x-note-bin", span_text("last")};
    grpc_try_with(world, &it, (struct grpc_request){.path = "/t.T/Talk"}, 5000);
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("release"))));
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_ABORTED);
    assert_string_equal(it.header, "first");
    assert_string_equal(it.trailer, "last");
    world->answer_notes[0] = (struct grpc_pair){0};
    grpc_try_with(world, &it, (struct grpc_request){.path = "/t.T/Talk"}, 5000);
    assert_false(lg_failed(grpc_leg_send(it.leg, span_text("release"))));
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_ABORTED);
    assert_string_equal(it.header, "");
    assert_string_equal(it.trailer, "last");
}

/* ---- what may be added ---- */

static struct grpc_call *talk(struct grpc_world *world, struct grpc_try *it) {
    grpc_try_with(world, it, (struct grpc_request){.path = "/t.T/Talk"}, 5000);
    grpc_world_settle(world);
    return world->held[0];
}

static void test_names_and_values(void **state) {
    static const struct {
        const char *name;
        const char *value;
        bool is_good;
    } FIELDS[] = {
        {"a", "", true},
        {"0.9_z-a", "~ !", true},
        {"x-bin", "\n\xff", true},
        {"bin", "text", true},
        {"x-bin2", "\xff", false},
        {"", "x", false},
        {"X-Note", "x", false},
        {":path", "x", false},
        {"a b", "x", false},
        {"a/b", "x", false},
        {"caf\xc3\xa9", "x", false},
        {"grpc-status", "0", false},
        {"grpc-anything-bin", "0", false},
        {"connect-timeout-ms", "1", false},
        {"content-type", "x", false},
        {"te", "x", false},
        {"content-length", "1", false},
        {"connection", "close", false},
        {"x-note", " x", false},
        {"x-note", "x ", false},
        {"x-note", "a\tb", false},
        {"x-note", "a\r\nb: c", false},
        {"x-note", "\x7f", false},
        {"x-note", "caf\xc3\xa9", false},
    };
    struct grpc_world *world = *state;
    struct grpc_try it;
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        struct grpc_call *call = talk(world, &it);
        struct lg_err err = grpc_call_add_header(call, FIELDS[i].name, span_text(FIELDS[i].value));
        assert_int_equal(lg_failed(err), !FIELDS[i].is_good);
        assert_true(FIELDS[i].is_good || lg_err_code(err) == GRPC_FIELD);
        err = grpc_call_add_trailer(call, FIELDS[i].name, span_text(FIELDS[i].value));
        assert_int_equal(lg_failed(err), !FIELDS[i].is_good);
        grpc_leg_end(it.leg);
        grpc_world_settle(world);
        assert_int_equal(it.status, GRPC_OK);
    }
}

static void test_how_much(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    static uint8_t value[LIMIT_GRPC_ADDED_SIZE + 1];
    memset(value, 'v', sizeof value);
    struct grpc_call *call = talk(world, &it);
    struct span whole = span_of(value, LIMIT_GRPC_ADDED_SIZE - 1);
    struct span over = span_of(value, LIMIT_GRPC_ADDED_SIZE);
    assert_int_equal(lg_err_code(grpc_call_add_trailer(call, "a", over)), GRPC_FULL);
    assert_int_equal(lg_err_code(grpc_call_add_trailer(call, "a-bin", whole)), GRPC_FULL);
    assert_false(lg_failed(grpc_call_add_trailer(call, "a", whole)));
    assert_int_equal(lg_err_code(grpc_call_add_trailer(call, "b", (struct span){0})), GRPC_FULL);
    for (size_t i = 0; i < LIMIT_GRPC_ADDED_FIELDS; i++) {
        assert_false(lg_failed(grpc_call_add_header(call, "b", (struct span){0})));
    }
    assert_int_equal(lg_err_code(grpc_call_add_header(call, "b", (struct span){0})), GRPC_FULL);
    grpc_leg_end(it.leg);
    grpc_world_settle(world);
    assert_int_equal(it.status, GRPC_OK);
}

static void test_too_late(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it;
    struct grpc_call *call = talk(world, &it);
    assert_false(lg_failed(grpc_call_send(call, span_text("x"))));
    assert_int_equal(lg_err_code(grpc_call_add_header(call, "a", (struct span){0})), GRPC_GONE);
    assert_false(lg_failed(grpc_call_add_trailer(call, "x-note-bin", span_text("in time"))));
    grpc_call_finish(call, GRPC_OK, NULL);
    assert_int_equal(lg_err_code(grpc_call_add_trailer(call, "a", (struct span){0})), GRPC_GONE);
    grpc_world_settle(world);
    assert_string_equal(it.trailer, "in time");
}

static void test_request_refused(void **state) {
    struct grpc_world *world = *state;
    struct grpc_try it = {0};
    struct grpc_pair pairs[LIMIT_GRPC_ADDED_FIELDS + 1];
    struct grpc_request request = {.path = "/t.T/Echo",
                                   .deadline_ms = world->mono_ms + 1000,
                                   .metadata = pairs,
                                   .metadata_count = 1};
    pairs[0] = (struct grpc_pair){"grpc-timeout", span_text("1S")};
    struct lg_err err = grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, &it, &it.leg);
    assert_int_equal(lg_err_code(err), GRPC_FIELD);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    for (size_t i = 0; i < LIMIT_GRPC_ADDED_FIELDS + 1; i++) {
        pairs[i] = (struct grpc_pair){"a", span_text("1S")};
    }
    request.metadata_count = LIMIT_GRPC_ADDED_FIELDS + 1;
    err = grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, &it, &it.leg);
    assert_int_equal(lg_err_code(err), GRPC_FULL);
    assert_int_equal(grpc_channel_counters(world->channel)->waiting, 0);
    grpc_world_settle(world);
    assert_int_equal(it.done, 0);
}

/* ---- as a peer sends it ---- */

struct scene {
    struct h2_raw raw;
    struct h2_raw_block block;
};

static struct scene *begin(struct grpc_world *world) {
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    h2_raw_connect(world, &scene->raw);
    h2_raw_greet(&scene->raw);
    return scene;
}

static void end(struct scene *scene) {
    assert_int_equal(scene->raw.goaways, 0);
    h2_raw_free(&scene->raw);
    free(scene);
}

static void test_values_of_a_peer(void **state) {
    static const struct {
        const char *name;
        const char *value;
        const char *seen;
    } FIELDS[] = {
        {"x-note-bin", "YQ==", "a;"},
        {"x-note-bin", "YQ", "a;"},
        {"x-note-bin", "YQ=", "a;"},
        {"x-note-bin", "", ";"},
        {"x-note-bin", "YWI,YWI=, YWJj ,Yg", "ab;ab;abc;b;"},
        {"x-note-bin", "YWI,!,Yg", "ab;b;"},
        {"x-note-bin", "Y", ""},
        {"x-note-bin", "YR", ""}, /* bits beyond the last byte */
        {"x-note-bin", "YQ===", ""},
        {"x-note-bin", "====", ""},
        {"x-note-bin", "Y Q", ""},
        {"x-note-bin", "_-8", ""}, /* the other alphabet is not gRPC's */
        {"x-note-bin", "caf\xc3\xa9", ""},
        {"x-note", "a, b", "a, b;"},
        {"x-note", "", ";"},
        {"x-note", "caf\xc3\xa9", ""}, /* HTTP allows it, gRPC does not: absent */
        {"x-note", "a\tb", ""},
        {"x-not", "other", ""},
        {"x-note-binx", "other", ""},
    };
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    for (uint32_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        world->seen = (struct grpc_seen){0};
        h2_raw_request(&scene->block, "/t.T/Echo");
        h2_raw_add(&scene->block, FIELDS[i].name, FIELDS[i].value);
        h2_raw_headers(&scene->raw, 2 * i + 1, &scene->block, false);
        h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 2 * i + 1,
                     BYTES("\0\0\0\0\1x"));
        h2_raw_settle(&scene->raw);
        assert_string_equal(scene->raw.streams[i].grpc_status, "0");
        assert_string_equal(world->seen.notes, FIELDS[i].seen);
    }
    end(scene);
}

/* Once too many, or too large: the first ones stay, the call goes on. */
static void test_many_values(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    h2_raw_request(&scene->block, "/t.T/Echo");
    for (int i = 0; i < LIMIT_GRPC_METADATA_FIELDS + 2; i++) {
        h2_raw_add(&scene->block, "x-note", "n");
    }
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, BYTES("\0\0\0\0\0"));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[0].grpc_status, "0");
    assert_int_equal(strlen(world->seen.notes), (size_t)2 * LIMIT_GRPC_METADATA_FIELDS);
    world->seen = (struct grpc_seen){0};
    char large[LIMIT_GRPC_METADATA_SIZE * 2 + 1];
    memset(large, 'A', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    h2_raw_request(&scene->block, "/t.T/Echo");
    h2_raw_add(&scene->block, "x-note-bin", large);
    large[LIMIT_GRPC_METADATA_SIZE / 3 * 4 + 4] = '\0';
    h2_raw_add(&scene->block, "x-note-bin", large);
    h2_raw_add(&scene->block, "x-note-bin", "YQ");
    h2_raw_headers(&scene->raw, 3, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 3, BYTES("\0\0\0\0\0"));
    h2_raw_settle(&scene->raw);
    assert_string_equal(scene->raw.streams[1].grpc_status, "0");
    assert_string_equal(world->seen.notes, "a;");
    end(scene);
}

/* A peer whose header list is too small for what was added still gets answer and status. */
static void test_small_header_list(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    static uint8_t value[500];
    memset(value, 'v', sizeof value);
    world->answer_notes[0] = (struct grpc_pair){"x-note", span_of(value, sizeof value)};
    world->answer_notes[1] = (struct grpc_pair){"x-note-bin", span_of(value, sizeof value)};
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\6\0\0\1\0")); /* 256 */
    h2_raw_request(&scene->block, "/t.T/Talk");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_frame(&scene->raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, BYTES("\0\0\0\0\1x"));
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[0].headers, 2);
    assert_int_equal(scene->raw.streams[0].data_len, 6);
    assert_string_equal(scene->raw.streams[0].grpc_status, "0");
    end(scene);
}

/* As much as may be added, behind a message of full length: within what C-core takes. */
static void test_header_list_of_c_core(void **state) {
    struct grpc_world *world = *state;
    struct scene *scene = begin(world);
    static uint8_t value[LIMIT_GRPC_ADDED_SIZE / 4 * 3 - 10];
    static char message[LIMIT_GRPC_STATUS_MESSAGE + 1];
    memset(value, 0xff, sizeof value);
    memset(message, '\n', LIMIT_GRPC_STATUS_MESSAGE);
    world->answer_notes[0] = (struct grpc_pair){"x-note-bin", span_of(value, sizeof value)};
    world->answer_notes[1] = (struct grpc_pair){"x-note-bin", span_of(value, sizeof value)};
    h2_raw_frame(&scene->raw, NGHTTP2_SETTINGS, 0, 0, BYTES("\0\6\0\0\x20\0")); /* 8,192 */
    h2_raw_request(&scene->block, "/t.T/Talk");
    h2_raw_headers(&scene->raw, 1, &scene->block, false);
    h2_raw_settle(&scene->raw);
    grpc_call_finish_later(world->held[0], GRPC_UNAVAILABLE, message, 1500);
    h2_raw_settle(&scene->raw);
    assert_int_equal(scene->raw.streams[0].headers, 2);
    assert_string_equal(scene->raw.streams[0].names,
                        ":status content-type x-note-bin grpc-status grpc-message "
                        "grpc-retry-pushback-ms x-note-bin ");
    end(scene);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, grpc_world_open, grpc_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_round_trip),        CASE(test_without_a_message),
        CASE(test_names_and_values),  CASE(test_how_much),
        CASE(test_too_late),          CASE(test_request_refused),
        CASE(test_values_of_a_peer),  CASE(test_many_values),
        CASE(test_small_header_list), CASE(test_header_list_of_c_core),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
