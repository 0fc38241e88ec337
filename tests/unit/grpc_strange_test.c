/* SPDX-License-Identifier: Apache-2.0 */
/* Our client against a server that says anything at any time: sequences drawn from a fixed seed,
 * while calls of all kinds are begun, fed, ended and cancelled. Whatever comes, every leg ends
 * once, and what is told of it is one of the statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/h2_raw.h"

#include <cmocka.h>

enum { ROUNDS = 15, STEPS = 400, LEGS = 40, STREAMS = 2 * LEGS };

#define BYTES(text)                                                                                \
    { (const uint8_t *)(text), sizeof(text) - 1 }

/* What the server has sent on a stream. */
enum stage { SILENT, ANSWERING, ENDED };

struct storm {
    struct h2_raw raw;
    struct h2_raw_block block;
    uint64_t random;
    enum stage stages[STREAMS + 1];
    struct grpc_try tries[LEGS];
    bool has_ended[LEGS];
    bool is_cancelled[LEGS];
    size_t leg_count;
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

/* ---- the server ---- */

static void add_status(struct storm *storm) {
    static const char *const STATUSES[] = {"0", "0", "0", "5", "14", "16", "17", "x"};
    h2_raw_add(&storm->block, "grpc-status", STATUSES[draw(storm, 8)]);
    h2_raw_add(&storm->block, "grpc-message", "so%20it%2");
    h2_raw_add(&storm->block, "x-note-bin", "YQ,?,YQ");
    if (draw(storm, 3) == 0) {
        h2_raw_add(&storm->block, "grpc-retry-pushback-ms", "20");
    }
}

static void send_head(struct storm *storm, uint32_t id) {
    static const char *const STATUSES[] = {"200", "200", "200", "200", "200", "103", "503", "404"};
    static const char *const TYPES[] = {"application/grpc", "application/grpc", "application/grpc",
                                        "text/html"};
    const char *status = STATUSES[draw(storm, 8)];
    bool is_interim = strcmp(status, "103") == 0;
    bool is_end = !is_interim && draw(storm, 5) == 0;
    storm->block.len = 0;
    h2_raw_add(&storm->block, ":status", status);
    h2_raw_add(&storm->block, "content-type", TYPES[draw(storm, 4)]);
    h2_raw_add(&storm->block, "x-note", "n");
    if (is_end) {
        add_status(storm);
    }
    h2_raw_headers(&storm->raw, id, &storm->block, is_end);
    if (!is_interim) {
        storm->stages[id / 2] = is_end ? ENDED : ANSWERING;
    }
}

static void send_rest(struct storm *storm, uint32_t id) {
    static const struct span PIECES[] = {
        BYTES("\0\0\0\0\5hello"), BYTES("\0\0\0\0\0"),         BYTES("\0\0\0\0\1a\0\0\0\0\1b"),
        BYTES("\0\0\0"),          BYTES("\0\0\0\0\x20part"),   BYTES("\1\0\0\0\1a"),
        BYTES("\7\0\0\0\0"),      BYTES("\0\xff\xff\xff\xff"), BYTES(""),
    };
    size_t max = draw(storm, 4) == 0 ? sizeof PIECES / sizeof PIECES[0] : 2;
    if (draw(storm, 3) == 0) {
        storm->block.len = 0;
        add_status(storm);
        h2_raw_headers(&storm->raw, id, &storm->block, true);
        storm->stages[id / 2] = ENDED;
        return;
    }
    bool is_end = draw(storm, 12) == 0;
    h2_raw_frame(&storm->raw, NGHTTP2_DATA, is_end ? NGHTTP2_FLAG_END_STREAM : 0, id,
                 PIECES[draw(storm, max)]);
    storm->stages[id / 2] = is_end ? ENDED : ANSWERING;
}

static void reset_any(struct storm *storm, uint32_t id) {
    static const char ERRORS[] = {0, 1, 2, 7, 7, 7, 8, 11, 12, 13};
    const char payload[] = {0, 0, 0, ERRORS[draw(storm, sizeof ERRORS)]};
    h2_raw_frame(&storm->raw, NGHTTP2_RST_STREAM, 0, id, span_of(payload, 4));
    storm->stages[id / 2] = ENDED;
}

/* On a stream that the client has begun and neither side has ended. */
static void move_stream(struct storm *storm) {
    uint32_t id = 2 * (uint32_t)draw(storm, STREAMS) + 1;
    const struct h2_raw_stream *stream = &storm->raw.streams[id / 2];
    if (stream->headers == 0 || stream->resets > 0 || storm->stages[id / 2] == ENDED) {
        return;
    }
    if (draw(storm, 10) == 0) {
        reset_any(storm, id);
    } else if (storm->stages[id / 2] == SILENT) {
        send_head(storm, id);
    } else {
        send_rest(storm, id);
    }
}

static void move_connection(struct storm *storm) {
    static const struct span FEWER = BYTES("\0\3\0\0\0\2");
    static const struct span MORE = BYTES("\0\3\0\0\0\x64");
    static const struct span WINDOW = BYTES("\0\4\0\0\0\x10");
    static const struct span PING = BYTES("12345678");
    switch (draw(storm, 8)) {
    case 0:
        h2_raw_frame(&storm->raw, NGHTTP2_SETTINGS, 0, 0, FEWER);
        break;
    case 1:
        h2_raw_frame(&storm->raw, NGHTTP2_SETTINGS, 0, 0, WINDOW);
        break;
    case 2:
        h2_raw_frame(&storm->raw, NGHTTP2_PING, 0, 0, PING);
        break;
    default:
        h2_raw_frame(&storm->raw, NGHTTP2_SETTINGS, 0, 0, MORE);
        break;
    }
}

/* ---- the client ---- */

static void begin_leg(struct storm *storm) {
    static const char *const PATHS[] = {"/t.T/Talk", "/t.T/Sum", "/t.T/Many", "/t.T/Echo"};
    struct grpc_world *world = storm->raw.world;
    if (storm->leg_count == LEGS || grpc_channel_state(world->channel) == GRPC_CHANNEL_BROKEN) {
        return;
    }
    size_t i = storm->leg_count++;
    size_t path = draw(storm, 4);
    grpc_try_with(world, &storm->tries[i], (struct grpc_request){.path = PATHS[path]},
                  (int64_t)draw(storm, 30000) + 1);
    storm->has_ended[i] = path >= 2;
    storm->tries[i].cancels = draw(storm, 6) == 0;
}

static void move_leg(struct storm *storm) {
    size_t i = storm->leg_count == 0 ? 0 : draw(storm, storm->leg_count);
    struct grpc_try *it = &storm->tries[i];
    if (it->leg == NULL || draw(storm, 3) == 0) {
        begin_leg(storm);
    } else if (draw(storm, 5) == 0) {
        grpc_leg_cancel(&it->leg);
        storm->is_cancelled[i] = true;
    } else if (!storm->has_ended[i]) {
        storm->has_ended[i] = draw(storm, 4) == 0;
        if (storm->has_ended[i]) {
            grpc_leg_end(it->leg);
        } else {
            lg_err_ignore(grpc_leg_send(it->leg, span_text("more")), "any outcome is one");
        }
    }
}

static void step(struct storm *storm) {
    switch (draw(storm, 12)) {
    case 0:
    case 1:
        move_leg(storm);
        break;
    case 2:
        move_connection(storm);
        break;
    case 3:
        storm->raw.world->mono_ms += (int64_t)draw(storm, 400);
        break;
    case 4:
        h2_raw_settle(&storm->raw);
        break;
    default:
        move_stream(storm);
        break;
    }
    loop_turn(storm->raw.world->loop, 0);
}

/* In peace, in the middle, or with a GOAWAY that disowns half of it. */
static void finish(struct storm *storm) {
    static const struct span GOAWAY = BYTES("\0\0\0\x11\0\0\0\0");
    struct grpc_world *world = storm->raw.world;
    if (draw(storm, 2) == 0) {
        h2_raw_frame(&storm->raw, NGHTTP2_GOAWAY, 0, 0, GOAWAY);
        h2_raw_settle(&storm->raw);
    }
    if (draw(storm, 2) == 0) {
        tls_stream_free(&storm->raw.tls);
        grpc_world_settle(world);
    }
    grpc_channel_free(&world->channel);
    grpc_world_settle(world);
}

static void run(struct grpc_world *world, uint64_t seed) {
    void *state = world;
    struct storm *storm = calloc(1, sizeof *storm);
    assert_non_null(storm);
    storm->random = seed;
    assert_int_equal(grpc_world_open(&state), 0);
    h2_raw_listen(world, &storm->raw, &storm->tries[0], "/t.T/Echo");
    storm->leg_count = 1;
    storm->has_ended[0] = true;
    h2_raw_frame(&storm->raw, NGHTTP2_SETTINGS, 0, 0, (struct span){0});
    h2_raw_settle(&storm->raw);
    for (int i = 0; i < STEPS && !storm->raw.is_closed; i++) {
        step(storm);
    }
    finish(storm);
    for (size_t i = 0; i < storm->leg_count; i++) {
        const struct grpc_try *it = &storm->tries[i];
        bool is_cancelled = storm->is_cancelled[i] || (it->cancels && it->done == 0);
        assert_int_equal(it->done, is_cancelled ? 0 : 1);
        assert_null(it->leg);
        assert_true((unsigned)it->status <= GRPC_UNAUTHENTICATED);
    }
    h2_raw_free(&storm->raw);
    assert_int_equal(grpc_world_close(&state), 0);
    free(storm);
}

static void test_any_answers(void **state) {
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        run(*state, seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_answers)};
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
