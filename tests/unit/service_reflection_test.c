/* SPDX-License-Identifier: Apache-2.0 */
/* Reflection over the wire: what is told, in order and without a gap whoever reads slowly, the
 * ends of a stream, and memory failing at any place of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/wire/field_int.h"
#include "gateway/wire/schema.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char *const paths[] = {
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
};

enum { FILES = 4, NAMES = 6, ERROR = 7, ANSWERS_KEPT = 16, PIPELINED = 400, TURNS = 200 };

/* One stream of care's case system. */
struct stream {
    struct line_world *world;
    struct grpc_leg *leg;
    size_t answers;
    struct span kept[ANSWERS_KEPT]; /* the first ones, in the world's arena */
    size_t serial;                  /* of pipelined requests: the next that has to be echoed */
    bool is_pipelined;
    bool is_done;
    enum grpc_status status;
};

/* ---- messages by hand ---- */

/* The index-th field of this number; ptr NULL past the last. */
static struct span field_at(struct span message, uint32_t number, size_t index) {
    while (message.len > 0) {
        struct wire_key key = {0};
        struct wire_value value = {0};
        assert_int_equal(wire_key_take(&message, &key), 0);
        assert_int_equal(wire_value_take(&message, key.type, &value), 0);
        if (key.number == number && index-- == 0) {
            return key.type == WIRE_TYPE_BYTES ? value.bytes : span_of(paths, (size_t)value.number);
        }
    }
    return (struct span){0};
}

static size_t number_of(struct span message, uint32_t number) {
    return field_at(message, number, 0).len;
}

/* A request with one text. */
static struct span request_of(struct line_world *w, unsigned number, const char *text) {
    size_t len = strlen(text);
    uint8_t *bytes = arena_alloc(w->arena, len + 4);
    assert_non_null(bytes);
    assert_true(len < 0x4000);
    bytes[0] = (uint8_t)(number << 3 | 2);
    bytes[1] = (uint8_t)(len | 0x80U);
    bytes[2] = (uint8_t)(len >> 7);
    if (len < 0x80) { /* no more bytes than needed */
        bytes[1] = (uint8_t)len;
        memcpy(bytes + 2, text, len);
        return span_of(bytes, len + 2);
    }
    memcpy(bytes + 3, text, len);
    return span_of(bytes, len + 3);
}

/* ---- streams ---- */

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    struct stream *stream = ctx;
    bool was = support_alloc_pause(true);
    (void)leg;
    if (stream->is_pipelined) {
        char host[16];
        snprintf(host, sizeof host, "%zu", stream->serial++);
        assert_true(span_equal_text(field_at(message, 1, 0), host));
        assert_true(field_at(field_at(message, FILES, 0), 1, 1).len > 0);
    } else if (stream->answers < ANSWERS_KEPT) {
        stream->kept[stream->answers] = arena_copy(stream->world->arena, message);
    }
    stream->answers++;
    support_alloc_pause(was);
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct stream *stream = ctx;
    (void)leg;
    stream->leg = NULL;
    stream->is_done = true;
    stream->status = outcome->status;
}

static const struct grpc_leg_events events = {.on_message = on_message, .on_done = on_done};

static struct lg_err try_begin(struct line_world *w, struct stream *stream, const char *path) {
    const struct grpc_request request = {
        .path = path, .kind = GRPC_BIDI, .deadline_ms = w->mono_ms + 600000};
    *stream = (struct stream){.world = w};
    return grpc_channel_call(w->channel, &request, &events, stream, &stream->leg);
}

static void begin(struct line_world *w, struct stream *stream) {
    assert_false(lg_failed(try_begin(w, stream, paths[0])));
}

static void say(struct stream *stream, struct span message) {
    assert_false(lg_failed(grpc_leg_send(stream->leg, message)));
}

static void settle_until(struct stream *stream, size_t answers) {
    for (int i = 0; i < TURNS && stream->answers < answers && !stream->is_done; i++) {
        loop_turn(stream->world->worker.loop, 10);
    }
    assert_int_equal(stream->answers, answers);
}

/* Asks and gives the answer. */
static struct span ask(struct stream *stream, unsigned number, const char *text) {
    struct span request = request_of(stream->world, number, text);
    size_t index = stream->answers;
    assert_true(index < ANSWERS_KEPT);
    say(stream, request);
    settle_until(stream, index + 1);
    assert_true(span_equal(field_at(stream->kept[index], 2, 0), request));
    return stream->kept[index];
}

static void end_well(struct stream *stream) {
    grpc_leg_end(stream->leg);
    line_until(stream->world, &stream->is_done);
    assert_int_equal(stream->status, GRPC_OK);
}

/* ---- what is told ---- */

static void expect_every_method_is_declared(struct line_world *w) {
    size_t count = 0;
    const struct grpc_method *methods = service_methods(w->service, &count);
    for (size_t i = 0; i < count; i++) {
        char name[LIMIT_GRPC_PATH];
        if (methods[i].kind == GRPC_PAGE) {
            continue;
        }
        snprintf(name, sizeof name, "%s", methods[i].path + 1);
        *strchr(name, '/') = '.';
        assert_non_null(wire_schema_symbol_find(span_text(name)).ptr);
    }
}

static void every_service_is_listed_and_declared(void **state) {
    struct line_world *w = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct stream stream;
        assert_false(lg_failed(try_begin(w, &stream, paths[i])));
        struct span names = field_at(ask(&stream, 7, "*"), NAMES, 0);
        struct span before = span_text("");
        struct span service;
        size_t count = 0;
        while ((service = field_at(names, 1, count)).ptr != NULL) {
            struct span name = field_at(service, 1, 0);
            assert_true(span_compare(before, name) < 0);
            assert_non_null(wire_schema_symbol_find(name).ptr);
            before = name;
            count++;
        }
        assert_true(count >= 7);
        end_well(&stream);
    }
    expect_every_method_is_declared(w);
}

static void files_come_with_what_they_import(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    begin(w, &stream);
    struct span common = wire_schema_file_find(span_text("lockgate/v1/common.proto"));
    struct span files = field_at(ask(&stream, 3, "lockgate/v1/common.proto"), FILES, 0);
    assert_true(span_equal(field_at(files, 1, 0), common));
    assert_null(field_at(files, 1, 1).ptr);
    files = field_at(ask(&stream, 4, "lockgate.v1.Disclosures.Watch"), FILES, 0);
    assert_true(span_equal(field_at(files, 1, 0),
                           wire_schema_file_find(span_text("lockgate/v1/disclosures.proto"))));
    assert_true(span_equal(field_at(files, 1, 1), common));
    assert_null(field_at(files, 1, 2).ptr);
    end_well(&stream);
}

static void expect_error(struct span answer, enum grpc_status status) {
    struct span error = field_at(answer, ERROR, 0);
    assert_int_equal(number_of(error, 1), status);
    assert_true(field_at(error, 2, 0).len > 10);
    assert_null(field_at(answer, FILES, 0).ptr);
}

static void what_is_not_known_is_told_and_the_stream_goes_on(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    begin(w, &stream);
    expect_error(ask(&stream, 3, "lockgate/v1/nothing.proto"), GRPC_NOT_FOUND);
    expect_error(ask(&stream, 4, "lockgate.v1.Nothing"), GRPC_NOT_FOUND);
    expect_error(ask(&stream, 4, ""), GRPC_NOT_FOUND);
    expect_error(ask(&stream, 5, ""), GRPC_NOT_FOUND);
    expect_error(ask(&stream, 6, "lockgate.v1.AskRequest"), GRPC_NOT_FOUND);
    expect_error(ask(&stream, 1, "host alone"), GRPC_INVALID_ARGUMENT);
    assert_true(span_equal_text(field_at(stream.kept[5], 1, 0), "host alone"));
    assert_non_null(field_at(ask(&stream, 4, "lockgate.v1.Tier"), FILES, 0).ptr);
    end_well(&stream);
}

/* All of them arrive before the first answer leaves: the stream stands still when it holds its
 * maximum, and goes on. */
static void no_answer_is_lost_where_many_wait(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    struct wire_schema_files files;
    size_t size = 0;
    wire_schema_closure(wire_schema_symbol_find(span_text("lockgate.v1.Audit")), &files);
    for (size_t i = 0; i < files.count; i++) {
        size += files.files[i].len;
    }
    assert_true(size * PIPELINED > (size_t)2 * LIMIT_HTTP2_STREAM_PENDING);
    begin(w, &stream);
    stream.is_pipelined = true;
    for (size_t i = 0; i < PIPELINED; i++) {
        char host[16];
        char text[64];
        int len = snprintf(host, sizeof host, "%zu", i);
        len = snprintf(text, sizeof text, "\x0a%c%s\x22\x11lockgate.v1.Audit", len, host);
        say(&stream, span_of(text, (size_t)len));
    }
    grpc_leg_end(stream.leg);
    line_until(w, &stream.is_done);
    assert_int_equal(stream.status, GRPC_OK);
    assert_int_equal(stream.answers, PIPELINED);
}

/* ---- ends ---- */

static void a_stream_has_its_number_of_answers(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    begin(w, &stream);
    for (size_t i = 0; i <= LIMIT_SERVICE_REFLECTION_ANSWERS; i++) {
        say(&stream, span_text("\x1a\x01x"));
    }
    line_until(w, &stream.is_done);
    assert_int_equal(stream.status, GRPC_RESOURCE_EXHAUSTED);
    assert_int_equal(stream.answers, LIMIT_SERVICE_REFLECTION_ANSWERS);
}

static void faults_end_the_stream(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    char large[LIMIT_WIRE_REFLECTION_REQUEST];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    begin(w, &stream);
    say(&stream, request_of(w, 3, large));
    line_until(w, &stream.is_done);
    assert_int_equal(stream.status, GRPC_RESOURCE_EXHAUSTED);
    begin(w, &stream);
    (void)ask(&stream, 7, "");
    say(&stream, span_text("\x1a\x05yz"));
    line_until(w, &stream.is_done);
    assert_int_equal(stream.status, GRPC_INVALID_ARGUMENT);
    assert_int_equal(stream.answers, 1);
    large[sizeof large - 4] = '\0'; /* with number and length: exactly what is allowed */
    begin(w, &stream);
    expect_error(ask(&stream, 3, large), GRPC_NOT_FOUND);
    end_well(&stream);
}

static void a_stream_may_end_at_any_time(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    begin(w, &stream);
    end_well(&stream);
    assert_int_equal(stream.answers, 0);
    begin(w, &stream);
    (void)ask(&stream, 7, "");
    grpc_leg_cancel(&stream.leg);
    line_settle(w);
    begin(w, &stream);
    for (int64_t ms = 0; ms < LIMIT_SERVICE_REFLECTION_MS; ms += LIMIT_GRPC_STREAM_REST_MS / 2) {
        (void)ask(&stream, 7, "");
        line_pass(w, LIMIT_GRPC_STREAM_REST_MS / 2);
    }
    line_until(w, &stream.is_done);
    assert_int_equal(stream.status, GRPC_DEADLINE_EXCEEDED);
    begin(w, &stream);
    (void)ask(&stream, 7, "");
    grpc_server_free(&w->server);
    line_until(w, &stream.is_done);
    assert_int_equal(stream.status, GRPC_UNAVAILABLE);
}

/* ---- memory ---- */

/* True when the n-th allocation was there to fail. */
static bool stream_failing_at(struct line_world *w, uint64_t n) {
    struct stream stream;
    struct span request = request_of(w, 4, "lockgate.v1.Disclosures");
    support_alloc_fail_at(n);
    struct lg_err err = try_begin(w, &stream, paths[0]);
    if (!lg_failed(err)) {
        err = grpc_leg_send(stream.leg, request);
    }
    for (int i = 0; i < TURNS && stream.answers == 0 && !stream.is_done && !lg_failed(err); i++) {
        loop_turn(w->worker.loop, 1);
    }
    bool was_reached = support_alloc_seen() >= n;
    support_alloc_fail_at(0);
    assert_true(stream.answers == 0 || field_at(stream.kept[0], FILES, 0).len > 0);
    grpc_leg_cancel(&stream.leg);
    line_pass(w, 2000); /* a connection that broke may come back */
    return was_reached;
}

static void each_allocation_may_fail(void **state) {
    struct line_world *w = *state;
    struct stream stream;
    uint64_t n = 1;
    begin(w, &stream);
    (void)ask(&stream, 7, "");
    end_well(&stream);
    while (stream_failing_at(w, n)) {
        n++;
        assert_true(n < 1000);
    }
    assert_true(n > 3);
    line_pass(w, LIMIT_GRPC_BACKOFF_MAX_MS * 2);
    begin(w, &stream);
    (void)ask(&stream, 7, "");
    end_well(&stream);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(every_service_is_listed_and_declared),
        T(files_come_with_what_they_import),
        T(what_is_not_known_is_told_and_the_stream_goes_on),
        T(no_answer_is_lost_where_many_wait),
        T(a_stream_has_its_number_of_answers),
        T(faults_end_the_stream),
        T(a_stream_may_end_at_any_time),
        T(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
