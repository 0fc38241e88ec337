/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that either side of a call may do, in any order: sequences drawn from a fixed seed,
 * with all kinds of calls under way at once. Whatever the order, every leg ends once, every place
 * is given back, and the sanitizers see nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

enum { ROUNDS = 150, STEPS = 300, LEGS = 40, LARGE = 300000 };

struct storm {
    struct grpc_world *world;
    uint64_t random;
    struct grpc_try tries[LEGS];
    bool has_ended[LEGS];    /* its own side */
    bool is_cancelled[LEGS]; /* by us, from outside */
    size_t leg_count;
    uint8_t large[LARGE];
};

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* splitmix64 */
static size_t draw(struct storm *storm, size_t max) {
    storm->random += 0x9e3779b97f4a7c15U;
    uint64_t z = storm->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (size_t)((z ^ (z >> 31)) % max);
}

/* ---- what the client does ---- */

static void begin_leg(struct storm *storm) {
    static const char *const PATHS[] = {"/t.T/Talk", "/t.T/Talk", "/t.T/Talk", "/t.T/Sum",
                                        "/t.T/Feed", "/t.T/Hold", "/t.T/Echo", "/t.T/None"};
    static const struct grpc_pair PAIR = {"x-note-bin", {(const uint8_t *)"n", 1}};
    if (storm->leg_count == LEGS ||
        grpc_channel_state(storm->world->channel) == GRPC_CHANNEL_BROKEN) {
        return;
    }
    size_t i = storm->leg_count++;
    size_t path = draw(storm, sizeof PATHS / sizeof PATHS[0]);
    struct grpc_request request = {.path = PATHS[path], .response_max = LIMIT_GRPC_MESSAGE_CEILING};
    request.metadata = &PAIR;
    request.metadata_count = draw(storm, 2);
    request.message = path < 4 ? (struct span){0} : span_of(storm->large, draw(storm, 3000));
    grpc_try_with(storm->world, &storm->tries[i], request, (int64_t)draw(storm, 20000) + 1);
    storm->has_ended[i] = path >= 4;
    storm->tries[i].cancels = draw(storm, 8) == 0;
}

static void say(struct storm *storm, size_t i) {
    static const char *const TEXTS[] = {"echo",  "echo", "echo",    "quiet", "",
                                        "pause", "",     "release", "finish"};
    struct span text = span_text(TEXTS[draw(storm, sizeof TEXTS / sizeof TEXTS[0])]);
    bool is_large = draw(storm, 6) == 0;
    if (!storm->has_ended[i]) {
        lg_err_ignore(
            grpc_leg_send(storm->tries[i].leg, is_large ? span_of(storm->large, 60000) : text),
            "any outcome is one");
    }
}

static void move_leg(struct storm *storm) {
    size_t i = storm->leg_count == 0 ? 0 : draw(storm, storm->leg_count);
    struct grpc_try *it = &storm->tries[i];
    if (storm->leg_count == 0 || it->leg == NULL) {
        begin_leg(storm);
        return;
    }
    switch (draw(storm, 8)) {
    case 0:
        grpc_leg_cancel(&it->leg);
        storm->is_cancelled[i] = true;
        break;
    case 1:
        if (!storm->has_ended[i]) {
            grpc_leg_end(it->leg);
            storm->has_ended[i] = true;
        }
        break;
    default:
        say(storm, i);
        break;
    }
}

/* ---- what the server's owner does ---- */

static bool is_streamed_to(const struct grpc_call *call) {
    enum grpc_kind kind = grpc_call_method(call)->kind;
    return kind == GRPC_BIDI || kind == GRPC_CLIENT_STREAM;
}

static void move_call(struct storm *storm) {
    struct grpc_world *world = storm->world;
    if (world->held_count == 0) {
        return;
    }
    size_t i = draw(storm, world->held_count);
    struct grpc_call *call = world->held[i];
    switch (draw(storm, 9)) {
    case 0:
        grpc_world_release(world, i);
        break;
    case 1:
        grpc_call_finish_later(call, GRPC_ABORTED, "so far", 10);
        break;
    case 2:
    case 3:
        if (is_streamed_to(call)) {
            grpc_call_pause(call);
        }
        break;
    case 4:
    case 5:
        if (is_streamed_to(call)) {
            grpc_call_resume(call);
        }
        break;
    case 6:
        lg_err_ignore(grpc_call_add_trailer(call, "x-note-bin", span_text("t")), "any outcome");
        lg_err_ignore(grpc_call_add_header(call, "x-note", span_text("h")), "any outcome");
        break;
    default:
        world->again = draw(storm, LIMIT_GRPC_SEND_MAX) + 1;
        lg_err_ignore(grpc_call_send(call, span_of(storm->large, draw(storm, LARGE))),
                      "any outcome is one");
        break;
    }
}

static void step(struct storm *storm) {
    switch (draw(storm, 10)) {
    case 0:
    case 1:
    case 2:
        move_leg(storm);
        break;
    case 3:
    case 4:
        move_call(storm);
        break;
    case 5:
        storm->world->mono_ms += (int64_t)draw(storm, 700);
        loop_turn(storm->world->loop, 0);
        break;
    case 6:
        storm->world->keeps = !storm->world->keeps;
        break;
    default:
        loop_turn(storm->world->loop, 0);
        break;
    }
}

/* ---- rounds ---- */

/* One of the three ways in which it all may end, in the middle of it. */
static void finish(struct storm *storm) {
    struct grpc_world *world = storm->world;
    switch (draw(storm, 3)) {
    case 0:
        grpc_server_free(&world->server);
        break;
    case 1:
        grpc_server_drain(world->server, world->mono_ms + (int64_t)draw(storm, 3000), NULL, NULL);
        for (int i = 0; i < 20; i++) {
            step(storm);
        }
        break;
    default:
        break;
    }
    grpc_world_settle(world);
    grpc_channel_free(&world->channel);
}

static void expect_ends(const struct storm *storm) {
    for (size_t i = 0; i < storm->leg_count; i++) {
        const struct grpc_try *it = &storm->tries[i];
        bool is_cancelled = storm->is_cancelled[i] || (it->cancels && it->done == 0);
        assert_int_equal(it->done, is_cancelled ? 0 : 1);
        assert_null(it->leg);
    }
}

static void run(struct grpc_world *world, uint64_t seed) {
    void *state = world;
    struct storm *storm = calloc(1, sizeof *storm);
    assert_non_null(storm);
    storm->world = world;
    storm->random = seed;
    assert_int_equal(grpc_world_open(&state), 0);
    for (int i = 0; i < STEPS; i++) {
        step(storm);
    }
    finish(storm);
    expect_ends(storm);
    assert_int_equal(grpc_world_close(&state), 0);
    free(storm);
}

static void test_any_order(void **state) {
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        run(*state, seed);
    }
}

/* ---- the same, from a client that keeps to nothing but the framing ---- */

enum { RAW_ROUNDS = 30, RAW_STEPS = 250, RAW_STREAMS = 40 };

#define BYTES(text)                                                                                \
    { (const uint8_t *)(text), sizeof(text) - 1 }

/* The streams that this client has opened; what it has not ended itself it may go on with. */
struct client {
    struct h2_raw raw;
    uint32_t next_id;
    bool is_over[RAW_STREAMS + 1]; /* by us */
};

static void open_any(struct storm *storm, struct client *client) {
    static const char *const PATHS[] = {"/t.T/Talk", "/t.T/Talk", "/t.T/Sum",
                                        "/t.T/Echo", "/t.T/Feed", "/grpc.health.v1.Health/Watch",
                                        "/t.T/None", "/t.T/Many"};
    static const char *const TYPES[] = {"application/grpc",          "application/grpc",
                                        "application/grpc",          "application/proto",
                                        "application/connect+proto", "application/json",
                                        "application/connect+json",  "text/html"};
    static const char *const FIELDS[][2] = {
        {"grpc-timeout", "1S"},        {"grpc-timeout", "x"},
        {"connect-timeout-ms", "900"}, {"x-note-bin", "YQ,!,YQ=="},
        {"grpc-encoding", "gzip"},     {"te", "trailers"},
        {"content-encoding", "gzip"},  {"x-note", "a"}};
    struct h2_raw_block block = {.len = 0};
    h2_raw_add(&block, ":method", draw(storm, 20) == 0 ? "GET" : "POST");
    h2_raw_add(&block, ":scheme", "https");
    h2_raw_add(&block, ":path", PATHS[draw(storm, 8)]);
    h2_raw_add(&block, ":authority", "gateway.example");
    h2_raw_add(&block, "content-type", TYPES[draw(storm, 8)]);
    size_t field = draw(storm, 16);
    if (field < 8) {
        h2_raw_add(&block, FIELDS[field][0], FIELDS[field][1]);
    }
    bool is_end = draw(storm, 10) == 0;
    client->is_over[client->next_id / 2] = is_end;
    h2_raw_headers(&client->raw, client->next_id, &block, is_end);
    client->next_id += 2;
}

static void send_any(struct storm *storm, struct client *client, uint32_t id) {
    static const struct span PIECES[] = {
        BYTES("\0\0\0\0\5hello"),
        BYTES("\0\0\0\0\5pause"),
        BYTES("\0\0\0\0\7release"),
        BYTES("\0\0\0\0\6finish"),
        BYTES("\0\0\0\0\1a\0\0\0\0\0\0\0\0\0\1b"),
        BYTES("\0\0\0"),
        BYTES("\0\0\0\0\x20part"),
        BYTES("\1\0\0\0\1a"),
        BYTES("\2\0\0\0\0"),
        BYTES("\0\xff\xff\xff\xff"),
        BYTES("{\"a\":1}"),
        BYTES(""),
    };
    /* Mostly whole messages, or no stream would last. */
    size_t max = draw(storm, 6) == 0 ? sizeof PIECES / sizeof PIECES[0] : 5;
    bool is_end = draw(storm, 10) == 0;
    uint8_t flags = is_end ? NGHTTP2_FLAG_END_STREAM : 0;
    client->is_over[id / 2] = is_end;
    h2_raw_frame(&client->raw, NGHTTP2_DATA, flags, id, PIECES[draw(storm, max)]);
}

/* A stream to go on with, or 0. */
static uint32_t pick(struct storm *storm, const struct client *client) {
    uint32_t id = client->next_id < 3 ? 0 : 2 * (uint32_t)draw(storm, client->next_id / 2) + 1;
    return id == 0 || client->is_over[id / 2] ? 0 : id;
}

static void go_on(struct storm *storm, struct client *client, uint32_t id) {
    switch (id == 0 ? 99 : draw(storm, 12)) {
    case 99:
        break;
    case 0:
        h2_raw_frame(&client->raw, NGHTTP2_RST_STREAM, 0, id, (struct span)BYTES("\0\0\0\x08"));
        client->is_over[id / 2] = true;
        break;
    case 1:
        h2_raw_frame(&client->raw, NGHTTP2_WINDOW_UPDATE, 0, id, (struct span)BYTES("\0\0\1\0"));
        break;
    default:
        send_any(storm, client, id);
        break;
    }
}

static void step_raw(struct storm *storm, struct client *client) {
    switch (draw(storm, 10)) {
    case 0:
    case 1:
        if (client->next_id < 2 * RAW_STREAMS) {
            open_any(storm, client);
        }
        break;
    case 2:
        storm->world->mono_ms += (int64_t)draw(storm, 300);
        loop_turn(storm->world->loop, 0);
        break;
    case 3:
        move_call(storm);
        break;
    default:
        go_on(storm, client, pick(storm, client));
        loop_turn(storm->world->loop, 0);
        break;
    }
}

/* Everybody else's calls go on, whatever became of the client. */
static void run_raw(struct grpc_world *world, uint64_t seed) {
    void *state = world;
    struct storm *storm = calloc(1, sizeof *storm);
    struct client *client = calloc(1, sizeof *client);
    struct grpc_try other;
    assert_non_null(storm);
    assert_non_null(client);
    storm->world = world;
    storm->random = seed;
    client->next_id = 1;
    assert_int_equal(grpc_world_open(&state), 0);
    h2_raw_connect(world, &client->raw);
    h2_raw_greet(&client->raw);
    for (int i = 0; i < RAW_STEPS; i++) {
        step_raw(storm, client);
        if (i % 50 == 49) {
            h2_raw_settle(&client->raw);
        }
    }
    h2_raw_settle(&client->raw);
    assert_false(client->raw.is_closed);
    grpc_try_begin(world, &other, "/t.T/Echo", span_text("x"), 5000);
    grpc_world_settle(world);
    assert_int_equal(other.status, GRPC_OK);
    h2_raw_free(&client->raw);
    grpc_world_settle(world);
    assert_int_equal(grpc_world_close(&state), 0);
    free(client);
    free(storm);
}

static void test_any_frames(void **state) {
    for (uint64_t seed = 1; seed <= RAW_ROUNDS; seed++) {
        run_raw(*state, seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_any_frames),
    };
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
