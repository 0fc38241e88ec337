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
#include "tests/support/grpc_world.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_order)};
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
