/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/h2_raw_must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"

#include <cmocka.h>

static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/* ---- fields ---- */

static const struct {
    char letter;
    const char *name;
    const char *value;
} GOOD_FIELDS[] = {
    {'m', ":method", "POST"},
    {'s', ":scheme", "https"},
    {'p', ":path", "/t.T/Echo"},
    {'a', ":authority", "gateway.example"},
    {'c', "content-type", "application/grpc"},
    {'t', "te", "trailers"},
    {'S', ":status", "200"},
    {'C', "content-type", "application/grpc"},
    {'G', "grpc-status", "0"},
};

static void add_good(struct h2_raw_block *block, char letter) {
    for (size_t i = 0; i < sizeof GOOD_FIELDS / sizeof GOOD_FIELDS[0]; i++) {
        if (GOOD_FIELDS[i].letter == letter) {
            h2_raw_add(block, GOOD_FIELDS[i].name, GOOD_FIELDS[i].value);
            return;
        }
    }
    fail_msg("no field '%c'", letter);
}

static uint8_t hex_digit(uint8_t byte) {
    return (uint8_t)(byte >= 'a' ? byte - 'a' + 10 : byte - '0');
}

/* %XX in place; gives the new length. */
static size_t decode(uint8_t *text, size_t len) {
    size_t out = 0;
    for (size_t i = 0; i < len; out++) {
        bool is_coded = text[i] == '%' && i + 2 < len;
        text[out] =
            is_coded ? (uint8_t)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        i += is_coded ? 3 : 1;
    }
    return out;
}

static void add_item(struct h2_raw_block *block, struct span item) {
    static const size_t NONE = (size_t)-1;
    uint8_t name[512];
    uint8_t value[512];
    size_t at = NONE;
    for (size_t i = 0; i < item.len && at == NONE; i++) {
        at = item.ptr[i] == '=' ? i : NONE;
    }
    if (at == NONE) {
        for (size_t i = 0; i < item.len; i++) {
            add_good(block, (char)item.ptr[i]);
        }
        return;
    }
    size_t value_len = item.len - at - 1;
    assert_true(at <= sizeof name && value_len <= sizeof value);
    memcpy(name, item.ptr, at);
    memcpy(value, item.ptr + at + 1, value_len);
    h2_raw_add_bytes(block, span_of(name, decode(name, at)),
                     span_of(value, decode(value, value_len)));
}

void h2_raw_fields(struct h2_raw_block *block, const char *text) {
    struct span rest = span_text(text);
    struct span item = {0};
    while (span_split(&rest, '|', &item)) {
        add_item(block, item);
    }
}

/* ---- steps ---- */

static void run_step(struct h2_raw *raw, const struct h2_raw_step *step, uint32_t stream_id) {
    static struct h2_raw_block block;
    uint8_t *filled = NULL;
    struct span payload = span_of(step->bytes, step->len);
    switch (step->kind) {
    case H2_RAW_FIELDS:
        block.len = 0;
        h2_raw_fields(&block, step->bytes);
        h2_raw_frame(raw, step->type, step->flags, stream_id, span_of(block.bytes, block.len));
        break;
    case H2_RAW_FRAME:
        if (step->size > step->len) {
            filled = calloc(1, step->size);
            assert_non_null(filled);
            memcpy(filled, step->bytes, step->len);
            payload = span_of(filled, step->size);
        }
        h2_raw_frame(raw, step->type, step->flags, stream_id, payload);
        free(filled);
        break;
    case H2_RAW_BYTES:
        h2_raw_bytes(raw, payload);
        break;
    default:
        h2_raw_settle(raw);
        break;
    }
}

void h2_raw_run(struct h2_raw *raw, const struct h2_raw_step *steps) {
    for (size_t i = 0; i < H2_RAW_STEPS && steps[i].kind != H2_RAW_END; i++) {
        for (int n = 0; n < (steps[i].times == 0 ? 1 : steps[i].times); n++) {
            run_step(raw, &steps[i], steps[i].stream_id + (uint32_t)n * steps[i].id_stride);
        }
    }
    h2_raw_settle(raw);
}

/* ---- what came of it ---- */

/* Each test's state. */
struct run {
    struct grpc_world *world;
    const struct h2_raw_must *must;
};

static void expect_end(struct h2_raw *raw, const struct h2_raw_expect *expect) {
    assert_true(raw->is_closed);
    if (expect->reaction == H2_RAW_GOAWAY) {
        assert_int_equal(raw->goaways, 1);
        assert_int_equal(raw->goaway_error, expect->error);
    }
}

static bool is_ended(const struct h2_raw_expect *expect) {
    return expect->reaction == H2_RAW_GOAWAY || expect->reaction == H2_RAW_CLOSED;
}

/* What the connection shows; of streams below the next call's alone. */
static void expect_peace(struct h2_raw *raw, const struct h2_raw_expect *expect) {
    assert_int_equal(raw->goaways, 0);
    assert_false(raw->is_closed);
    for (uint32_t id = 1; id < H2_RAW_NEXT_ID; id += 2) {
        const struct h2_raw_stream *stream = &raw->streams[id / 2];
        bool is_it = expect->reaction == H2_RAW_RESET && expect->stream_id == id;
        if (is_it) {
            assert_int_equal(stream->resets, 1);
            assert_int_equal(stream->reset_error, expect->error);
        } else if (expect->reaction != H2_RAW_ANSWERED) {
            assert_int_equal(stream->resets, 0);
        }
    }
}

/* ---- clients that break rules ---- */

static void expect_of_server(struct h2_raw *raw, const struct h2_raw_must *must) {
    const struct h2_raw_expect *expect = &must->expect;
    assert_int_equal(raw->world->seen.requests, must->served);
    if (is_ended(expect)) {
        expect_end(raw, expect);
        return;
    }
    expect_peace(raw, expect);
    if (expect->reaction == H2_RAW_ANSWERED) {
        assert_string_equal(raw->streams[expect->stream_id / 2].grpc_status, expect->status);
    }
    h2_raw_call(raw, H2_RAW_NEXT_ID, "/t.T/Echo", span_text("next"));
    h2_raw_settle(raw);
    const struct h2_raw_stream *next = &raw->streams[H2_RAW_NEXT_ID / 2];
    assert_string_equal(next->grpc_status, "0");
    assert_int_equal(next->data_len, 9);
    assert_memory_equal(next->data, "\0\0\0\0\4next", 9);
}

static void expect_good_client(struct grpc_world *world) {
    struct grpc_try good;
    grpc_try_begin(world, &good, "/t.T/Echo", span_text("good"), 5000);
    grpc_world_settle(world);
    assert_int_equal(good.status, GRPC_OK);
    assert_memory_equal(good.last, "good", 4);
}

static void run_client(void **state) {
    const struct run *run = *state;
    struct h2_raw *raw = calloc(1, sizeof *raw);
    assert_non_null(raw);
    h2_raw_connect(run->world, raw);
    if (!run->must->is_silent) {
        h2_raw_bytes(raw, span_text(PREFACE));
        h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, (struct span){0});
        h2_raw_settle(raw);
    }
    run->world->pauses = run->must->pauses;
    h2_raw_run(raw, run->must->steps);
    expect_of_server(raw, run->must);
    expect_good_client(run->world);
    h2_raw_free(raw);
    free(raw);
}

/* ---- servers that break rules ---- */

static struct span good_body(void) {
    static const uint8_t BODY[] = {0, 0, 0, 0, 2, 'o', 'k'};
    return span_of(BODY, sizeof BODY);
}

static void answer(struct h2_raw *raw, uint32_t stream_id) {
    static struct h2_raw_block block;
    block.len = 0;
    h2_raw_fields(&block, "SC");
    h2_raw_headers(raw, stream_id, &block, false);
    h2_raw_frame(raw, NGHTTP2_DATA, 0, stream_id, good_body());
    block.len = 0;
    h2_raw_fields(&block, "G");
    h2_raw_headers(raw, stream_id, &block, true);
    h2_raw_settle(raw);
}

static void expect_next_call(struct h2_raw *raw) {
    struct grpc_try next;
    grpc_try_begin(raw->world, &next, "/t.T/Echo", span_text("next"), 5000);
    h2_raw_settle(raw);
    assert_int_equal(raw->streams[1].headers, 1);
    answer(raw, 3);
    assert_int_equal(next.status, GRPC_OK);
    assert_memory_equal(next.last, "ok", 2);
}

static void expect_of_client(struct h2_raw *raw, const struct h2_raw_must *must,
                             struct grpc_try *it) {
    const struct h2_raw_expect *expect = &must->expect;
    if (is_ended(expect)) {
        expect_end(raw, expect);
        grpc_world_pass(raw->world, LIMIT_HTTP2_LINGER_MS);
    } else {
        expect_peace(raw, expect);
    }
    if (expect->reaction == H2_RAW_IGNORED) {
        assert_int_equal(it->done, 0);
        answer(raw, 1);
        assert_memory_equal(it->last, "ok", 2);
    }
    const char *status = expect->status == NULL ? "0" : expect->status;
    if (expect->status == NULL && expect->reaction != H2_RAW_IGNORED) {
        status = is_ended(expect) ? "14" : "13";
    }
    char got[16];
    snprintf(got, sizeof got, "%d", (int)it->status);
    assert_int_equal(it->done, 1);
    assert_string_equal(got, status);
    if (!is_ended(expect)) {
        expect_next_call(raw);
    }
}

/* Another server, over a channel of its own. */
static void expect_good_server(struct grpc_world *world) {
    struct grpc_channel *broken = world->channel;
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%u", grpc_server_port(world->server));
    struct grpc_dial dial = {
        .host = world->host,
        .tls = world->client_tls,
        .dns_name = "gateway.example",
        .uri = "lockgate://bridgewater/hub/gateway",
        .seed = 5,
    };
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &world->channel)));
    expect_good_client(world);
    grpc_channel_free(&world->channel);
    world->channel = broken;
}

static void run_server(void **state) {
    const struct run *run = *state;
    struct grpc_try it;
    struct h2_raw *raw = calloc(1, sizeof *raw);
    assert_non_null(raw);
    h2_raw_listen(run->world, raw, &it, "/t.T/Echo");
    if (!run->must->is_silent) {
        h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, (struct span){0});
        h2_raw_settle(raw);
        assert_true(raw->streams[0].has_ended);
    }
    h2_raw_run(raw, run->must->steps);
    expect_of_client(raw, run->must, &it);
    expect_good_server(run->world);
    grpc_channel_free(&run->world->channel);
    grpc_world_settle(run->world);
    h2_raw_free(raw);
    free(raw);
}

/* ---- programs ---- */

static int open_run(void **state) {
    const struct run *run = *state;
    void *world = run->world;
    return grpc_world_open(&world);
}

static int close_run(void **state) {
    const struct run *run = *state;
    void *world = run->world;
    return grpc_world_close(&world);
}

static int run_all(const char *source_dir, const struct h2_raw_must *musts, size_t count,
                   CMUnitTestFunction test) {
    struct CMUnitTest *tests = calloc(count, sizeof *tests);
    struct run *runs = calloc(count, sizeof *runs);
    void *world = NULL;
    assert_true(tests != NULL && runs != NULL);
    assert_int_equal(grpc_world_setup(&world, source_dir), 0);
    for (size_t i = 0; i < count; i++) {
        runs[i] = (struct run){.world = world, .must = &musts[i]};
        tests[i] = (struct CMUnitTest){.name = musts[i].name,
                                       .test_func = test,
                                       .setup_func = open_run,
                                       .teardown_func = close_run,
                                       .initial_state = &runs[i]};
    }
    int failed = _cmocka_run_group_tests("musts", tests, count, NULL, NULL);
    printf("%zu rules of RFC 9113 and RFC 7541\n", count);
    grpc_world_teardown(&world);
    free(runs);
    free(tests);
    return failed;
}

int h2_raw_musts_of_clients(const char *source_dir, const struct h2_raw_must *musts, size_t count) {
    return run_all(source_dir, musts, count, run_client);
}

int h2_raw_musts_of_servers(const char *source_dir, const struct h2_raw_must *musts, size_t count) {
    return run_all(source_dir, musts, count, run_server);
}
