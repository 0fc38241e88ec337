/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/grpc_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/limits.h"

#include <cmocka.h>

static const char SERVER_URI[] = "lockgate://bridgewater/hub/gateway";

static int64_t read_wall(void *ctx) {
    const struct grpc_world *world = ctx;
    return world->wall_ms;
}

static int64_t read_mono(void *ctx) {
    const struct grpc_world *world = ctx;
    return world->mono_ms;
}

/* ---- the service: Echo, Hold, Refuse, Many, Sum ---- */

static void note_values(struct grpc_world *world, const struct grpc_call *call, const char *name) {
    struct span value = grpc_call_metadata(call, name);
    for (size_t i = 1; value.ptr != NULL; i++) {
        size_t len = strlen(world->seen.notes);
        snprintf(world->seen.notes + len, GRPC_WORLD_TEXT - len, "%.*s;", (int)value.len,
                 (const char *)value.ptr);
        value = grpc_call_metadata_at(call, name, i);
    }
}

static void note(struct grpc_world *world, struct grpc_call *call) {
    struct span trace = grpc_call_metadata(call, "traceparent");
    world->seen.requests++;
    world->seen.deadline_in_ms = grpc_call_deadline_ms(call) - world->mono_ms;
    snprintf(world->seen.traceparent, GRPC_WORLD_TEXT, "%.*s", (int)trace.len,
             trace.ptr == NULL ? "" : (const char *)trace.ptr);
    snprintf(world->seen.agency, GRPC_WORLD_TEXT, "%s", grpc_call_peer(call)->agency);
    note_values(world, call, "x-note");
    note_values(world, call, "x-note-bin");
}

static void hold(struct grpc_world *world, struct grpc_call *call) {
    assert_true(world->held_count < GRPC_WORLD_HELD);
    world->held[world->held_count] = call;
    world->held_count++;
}

static void unhold(struct grpc_world *world, const struct grpc_call *call) {
    for (size_t i = 0; i < world->held_count; i++) {
        if (world->held[i] == call) {
            world->held_count--;
            world->held[i] = world->held[world->held_count];
            return;
        }
    }
    fail_msg("a call that is not held");
}

static void on_echo(void *ctx, struct grpc_call *call, struct span message) {
    struct grpc_world *world = ctx;
    note(world, call);
    world->seen.bytes += message.len;
    grpc_call_reply(&call, message);
    assert_null(call);
}

static void on_hold(void *ctx, struct grpc_call *call, struct span message) {
    struct grpc_world *world = ctx;
    note(world, call);
    world->seen.bytes += message.len;
    hold(world, call);
}

/* By the first byte: urgent, bulk, or as any other. */
static enum grpc_lane lane_of(void *ctx, struct span message) {
    (void)ctx;
    uint8_t first = message.len > 0 ? message.ptr[0] : 0;
    if (first == 'u') {
        return GRPC_LANE_URGENT;
    }
    return first == 'b' ? GRPC_LANE_BULK : GRPC_LANE_NORMAL;
}

static void on_refuse(void *ctx, struct grpc_call *call, struct span message) {
    (void)message;
    note(ctx, call);
    grpc_call_finish_later(call, GRPC_FAILED_PRECONDITION, "50 % of \xc3\xa4\n", 1500);
    grpc_call_finish(call, GRPC_OK, NULL); /* over already: ignored */
    grpc_call_release(&call);
}

/* As many copies as its first byte says. */
static void on_many(void *ctx, struct grpc_call *call, struct span message) {
    note(ctx, call);
    for (int i = 0; message.len > 0 && i < message.ptr[0]; i++) {
        if (lg_failed(grpc_call_send(call, message))) {
            grpc_call_refuse(&call, GRPC_RESOURCE_EXHAUSTED, "no room");
            return;
        }
    }
    grpc_call_refuse(&call, GRPC_OK, NULL);
}

static void on_open(void *ctx, struct grpc_call *call) {
    struct grpc_world *world = ctx;
    world->seen.opened++;
    hold(world, call);
}

static void on_message(void *ctx, struct grpc_call *call, struct span message) {
    struct grpc_world *world = ctx;
    world->seen.messages++;
    world->seen.bytes += message.len;
    if (world->pauses) {
        world->pauses = false;
        grpc_call_pause(call);
    }
}

static void on_end(void *ctx, struct grpc_call *call) {
    struct grpc_world *world = ctx;
    uint8_t count = (uint8_t)world->seen.messages;
    world->seen.ended++;
    unhold(world, call);
    grpc_call_reply(&call, span_of(&count, 1));
}

/* ---- Talk: what each message asks for ---- */

static void on_talk_open(void *ctx, struct grpc_call *call) {
    struct grpc_world *world = ctx;
    note(world, call);
    world->seen.opened++;
    hold(world, call);
    const struct grpc_pair *notes = world->answer_notes;
    if (notes[0].name != NULL) {
        lg_err_ignore(grpc_call_add_header(call, notes[0].name, notes[0].value), "shows");
    }
    if (notes[1].name != NULL) {
        lg_err_ignore(grpc_call_add_trailer(call, notes[1].name, notes[1].value), "shows");
    }
}

/* "finish" and "release" end the call from inside, "pause" pauses it, "quiet" is not answered, all
 * else comes back. */
static void on_talk(void *ctx, struct grpc_call *call, struct span message) {
    struct grpc_world *world = ctx;
    world->seen.messages++;
    world->seen.bytes += message.len;
    if (span_equal_text(message, "finish")) {
        grpc_call_finish(call, GRPC_ABORTED, "enough");
    } else if (span_equal_text(message, "release")) {
        unhold(world, call);
        grpc_call_refuse(&call, GRPC_ABORTED, "enough");
    } else if (span_equal_text(message, "pause")) {
        grpc_call_pause(call);
    } else if (!span_equal_text(message, "quiet")) {
        lg_err_ignore(grpc_call_send(call, message), "the client counts what comes back");
    }
}

static void on_talk_end(void *ctx, struct grpc_call *call) {
    struct grpc_world *world = ctx;
    world->seen.ended++;
    unhold(world, call);
    grpc_call_refuse(&call, GRPC_OK, NULL);
}

static void on_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    struct grpc_world *world = ctx;
    world->seen.cancelled++;
    world->seen.why = why;
    assert_false(grpc_call_is_open(call));
    assert_true(lg_failed(grpc_call_send(call, span_text("late"))));
    if (!world->keeps) {
        unhold(world, call);
        grpc_call_release(&call);
    }
}

static void on_writable(void *ctx, struct grpc_call *call) {
    static const uint8_t ZEROS[LIMIT_HTTP2_STREAM_PENDING];
    struct grpc_world *world = ctx;
    world->seen.writable++;
    if (world->again > 0 && !lg_failed(grpc_call_send(call, span_of(ZEROS, world->again)))) {
        world->again = 0;
    }
}

static bool on_peer(void *ctx, const struct tls_peer *peer) {
    const struct grpc_world *world = ctx;
    return world->is_known && strcmp(peer->partnership, "bridgewater") == 0;
}

void grpc_world_release(struct grpc_world *world, size_t index) {
    struct grpc_call *call = world->held[index];
    unhold(world, call);
    if (grpc_call_is_open(call)) {
        grpc_call_reply(&call, span_text("held"));
    } else {
        grpc_call_release(&call);
    }
}

/* ---- JSON: {"t":"TEXT"} is the message TEXT ---- */

static const char JSON_HEAD[] = "{\"t\":\"";
static const char JSON_TAIL[] = "\"}";

static bool knows_json(const char *path) {
    return strncmp(path, "/t.T/", 5) == 0;
}

static struct lg_err read_json(const char *path, struct arena *arena, struct span json,
                               const char **out_sentence, struct span *out_message) {
    size_t head = sizeof JSON_HEAD - 1;
    size_t tail = sizeof JSON_TAIL - 1;
    (void)path;
    if (json.len < head + tail || !span_starts_with(json, span_text(JSON_HEAD))) {
        *out_sentence = arena_text(arena, span_text("t: is \"missing\"; set it"));
        return lg_err_make(LG_CLASS_INPUT, LG_WIRE, 1);
    }
    *out_message = arena_copy(arena, span_slice(json, head, json.len - head - tail));
    return arena_failed(arena);
}

/* "unwritable" is what no message of this contract is. */
static struct lg_err write_json(const char *path, struct arena *arena, struct span message,
                                struct span *out_json) {
    (void)path;
    if (span_equal_text(message, "unwritable")) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, 1);
    }
    size_t len = message.len + sizeof JSON_HEAD + sizeof JSON_TAIL - 2;
    char *text = arena_alloc(arena, len + 1);
    TRY(arena_failed(arena));
    snprintf(text, len + 1, "%s%.*s%s", JSON_HEAD, (int)message.len, (const char *)message.ptr,
             JSON_TAIL);
    *out_json = span_of(text, len);
    return LG_OK;
}

static const struct grpc_codec CODEC = {
    .knows = knows_json, .read = read_json, .write = write_json};

/* ---- pages ---- */

/* /p/N has N bytes, /p/no is refused, /p/hold waits in `held`. */
static void on_page(void *ctx, struct grpc_call *call, struct span path) {
    struct grpc_world *world = ctx;
    if (span_equal_text(path, "no")) {
        grpc_call_refuse(&call, GRPC_PERMISSION_DENIED, "not for you");
        return;
    }
    if (span_equal_text(path, "hold")) {
        on_hold(ctx, call, path);
        return;
    }
    size_t len = 0;
    for (size_t i = 0; i < path.len; i++) {
        len = len * 10 + (path.ptr[i] - (unsigned)'0');
    }
    char *body = malloc(len);
    assert_non_null(body);
    for (size_t i = 0; i < len; i++) {
        body[i] = (char)('a' + i % 26);
    }
    const struct grpc_page page = {
        .type = "text/plain", .cache = "no-store", .body = span_of(body, len)};
    world->seen.requests++;
    grpc_call_page(&call, &page);
    free(body);
}

/* ---- the world ---- */

static void make_tls(struct grpc_world *world, const char *source_dir) {
    struct diag diag = {0};
    support_ca_new(&world->ca, source_dir, "bridgewater");
    support_ca_run(&world->ca, "client", "police cases");
    support_ca_run(&world->ca, "server", "hub gateway gateway.example,127.0.0.1");
    support_files_set(&world->ca, "police/cases/client", &world->client_files);
    support_files_set(&world->ca, "hub/gateway/server", &world->server_files);
    assert_false(lg_failed(
        tls_context_new(TLS_CLIENT, &world->client_files.files, &diag, &world->client_tls)));
    assert_false(lg_failed(
        tls_context_new(TLS_SERVER, &world->server_files.files, &diag, &world->server_tls)));
}

int grpc_world_setup(void **state, const char *source_dir) {
    struct grpc_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    make_tls(world, source_dir);
    struct clock machine = clock_system();
    world->mono_ms = 1000000;
    world->wall_ms = clock_wall_ms(&machine);
    struct clock clock = {.wall_ms = read_wall, .mono_ms = read_mono, .ctx = world};
    assert_false(lg_failed(loop_new(clock, &world->loop)));
    assert_false(lg_failed(http2_host_new(world->loop, &world->host)));
    *state = world;
    return 0;
}

int grpc_world_teardown(void **state) {
    struct grpc_world *world = *state;
    http2_host_free(&world->host);
    loop_free(&world->loop);
    tls_context_free(&world->client_tls);
    tls_context_free(&world->server_tls);
    support_ca_free(&world->ca);
    free(world);
    return 0;
}

static void open_server(struct grpc_world *world) {
    struct grpc_method methods[] = {
        {.path = "/t.T/Echo", .ctx = world, .on_request = on_echo},
        {.path = "/t.T/Hold",
         .ctx = world,
         .lane_of = lane_of,
         .on_request = on_hold,
         .on_cancel = on_cancel},
        {.path = "/t.T/Refuse", .ctx = world, .on_request = on_refuse},
        {.path = "/p/*",
         .kind = GRPC_PAGE,
         .ctx = world,
         .on_request = on_page,
         .on_cancel = on_cancel},
        {.path = "/t.T/Many",
         .kind = GRPC_SERVER_STREAM,
         .ctx = world,
         .on_request = on_many,
         .on_writable = on_writable},
        {.path = "/t.T/Copies", .kind = GRPC_SERVER_STREAM, .ctx = world, .on_request = on_many},
        {.path = "/t.T/Feed",
         .kind = GRPC_SERVER_STREAM,
         .ctx = world,
         .on_request = on_hold,
         .on_cancel = on_cancel,
         .on_writable = on_writable},
        {.path = "/t.T/Sum",
         .kind = GRPC_CLIENT_STREAM,
         .ctx = world,
         .on_open = on_open,
         .on_message = on_message,
         .on_end = on_end,
         .on_cancel = on_cancel},
        {.path = "/t.T/Talk",
         .kind = GRPC_BIDI,
         .ctx = world,
         .on_open = on_talk_open,
         .on_message = on_talk,
         .on_end = on_talk_end,
         .on_cancel = on_cancel,
         .on_writable = on_writable},
    };
    static const char *const METADATA[] = {"x-note", "x-note-bin", NULL};
    struct grpc_serve serve = {
        .host = world->host,
        .tls = world->server_tls,
        .methods = methods,
        .method_count = sizeof methods / sizeof methods[0],
        .metadata = METADATA,
        .codec = &CODEC,
        .is_named = true,
        .on_peer = on_peer,
        .ctx = world,
    };
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_false(lg_failed(grpc_server_new(&serve, &world->server)));
    grpc_server_set_serving(world->server, "", true);
}

static void open_channel(struct grpc_world *world) {
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->server));
    struct grpc_dial dial = {
        .host = world->host,
        .tls = world->client_tls,
        .dns_name = "gateway.example",
        .uri = SERVER_URI,
        .seed = 7,
    };
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &world->channel)));
}

int grpc_world_open(void **state) {
    struct grpc_world *world = *state;
    world->seen = (struct grpc_seen){0};
    world->held_count = 0;
    world->answer_notes[0] = (struct grpc_pair){0};
    world->answer_notes[1] = (struct grpc_pair){0};
    world->again = 0;
    world->pauses = false;
    world->keeps = false;
    world->is_known = true;
    world->is_drained = false;
    open_server(world);
    open_channel(world);
    return 0;
}

int grpc_world_close(void **state) {
    struct grpc_world *world = *state;
    grpc_channel_free(&world->channel);
    grpc_world_settle(world);
    world->keeps = false;
    while (world->held_count > 0) {
        grpc_world_release(world, 0);
    }
    grpc_server_free(&world->server);
    grpc_world_settle(world);
    grpc_world_pass(world, LIMIT_HTTP2_LINGER_MS); /* for connections that linger */
    assert_int_equal(http2_host_counters(world->host)->works, 0);
    assert_int_equal(http2_host_counters(world->host)->connections, 0);
    assert_int_equal(http2_host_counters(world->host)->handshakes, 0);
    return 0;
}

void grpc_world_turn(struct grpc_world *world) {
    loop_turn(world->loop, 0);
}

/* Everything is on this machine: a byte that was sent is readable at the next turn, and what a turn
 * begins is done a few turns later. Twelve are more than the longest chain, a handshake. */
void grpc_world_settle(struct grpc_world *world) {
    for (int i = 0; i < 24; i++) {
        loop_turn(world->loop, i % 12 == 11 ? 1 : 0);
    }
}

void grpc_world_pass(struct grpc_world *world, int64_t ms) {
    world->mono_ms += ms;
    grpc_world_settle(world);
}

/* ---- legs ---- */

static void on_try_message(void *ctx, struct grpc_leg *leg, struct span message) {
    struct grpc_try *it = ctx;
    it->messages++;
    it->bytes += message.len;
    it->last_len = message.len < GRPC_WORLD_TEXT ? message.len : (size_t)GRPC_WORLD_TEXT;
    if (message.len > 0) {
        memcpy(it->last, message.ptr, it->last_len);
    }
    if (it->cancels) {
        grpc_leg_cancel(&leg);
        it->leg = NULL;
    }
}

static void keep_note(struct span value, char out[static GRPC_WORLD_TEXT]) {
    snprintf(out, GRPC_WORLD_TEXT, "%.*s", (int)value.len,
             value.len == 0 ? "" : (const char *)value.ptr);
}

static void on_try_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct grpc_try *it = ctx;
    keep_note(grpc_leg_header(leg, "x-note"), it->header);
    keep_note(grpc_leg_trailer(leg, "x-note-bin"), it->trailer);
    it->leg = NULL;
    it->done++;
    it->status = outcome->status;
    it->is_ours = outcome->is_ours;
    it->surely_unprocessed = outcome->surely_unprocessed;
    it->pushback_ms = outcome->pushback_ms;
    snprintf(it->message, GRPC_WORLD_TEXT, "%.*s", (int)outcome->message.len,
             outcome->message.len == 0 ? "" : (const char *)outcome->message.ptr);
}

static void on_try_writable(void *ctx, struct grpc_leg *leg) {
    struct grpc_try *it = ctx;
    (void)leg;
    it->writable++;
}

const struct grpc_leg_events GRPC_TRY_EVENTS = {
    .on_message = on_try_message,
    .on_done = on_try_done,
    .on_writable = on_try_writable,
};

static enum grpc_kind kind_of(const char *path) {
    if (strcmp(path, "/t.T/Sum") == 0) {
        return GRPC_CLIENT_STREAM;
    }
    if (strcmp(path, "/t.T/Talk") == 0) {
        return GRPC_BIDI;
    }
    bool is_server_stream = strcmp(path, "/t.T/Many") == 0 || strcmp(path, "/t.T/Feed") == 0 ||
                            strcmp(path, "/grpc.health.v1.Health/Watch") == 0;
    return is_server_stream ? GRPC_SERVER_STREAM : GRPC_UNARY;
}

void grpc_try_with(struct grpc_world *world, struct grpc_try *it, struct grpc_request request,
                   int64_t in_ms) {
    static const char *const KEEPS[] = {"x-note", "x-note-bin", NULL};
    request.kind = kind_of(request.path);
    request.deadline_ms = world->mono_ms + in_ms;
    request.keeps = KEEPS;
    *it = (struct grpc_try){.status = GRPC_UNKNOWN, .pushback_ms = -2};
    assert_false(
        lg_failed(grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, it, &it->leg)));
}

void grpc_try_begin(struct grpc_world *world, struct grpc_try *it, const char *path,
                    struct span message, int64_t in_ms) {
    struct grpc_request request = {
        .path = path,
        .kind = kind_of(path),
        .message = message,
        .deadline_ms = world->mono_ms + in_ms,
        .traceparent = span_text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    };
    *it = (struct grpc_try){.status = GRPC_UNKNOWN, .pushback_ms = -2};
    assert_false(
        lg_failed(grpc_channel_call(world->channel, &request, &GRPC_TRY_EVENTS, it, &it->leg)));
}
