/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/support/h2_raw.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAME_HEAD = 9 };

static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/* ---- TLS ---- */

static void shake_hands(struct h2_raw *raw) {
    struct lg_err err = {.word = 1};
    for (int i = 0; i < 50 && lg_failed(err); i++) {
        unsigned events = 0;
        err = tls_stream_handshake(raw->tls, &events);
        assert_true(!lg_failed(err) || lg_err_code(err) == TLS_AGAIN);
        loop_turn(raw->world->loop, 1);
    }
    assert_false(lg_failed(err));
}

static void init(struct grpc_world *world, struct h2_raw *raw) {
    static const struct h2_raw none; /* too large for the stack */
    *raw = none;
    raw->world = world;
    raw->in = malloc(H2_RAW_BUFFER);
    assert_non_null(raw->in);
    assert_int_equal(nghttp2_hd_inflate_new(&raw->inflater), 0);
}

void h2_raw_connect(struct grpc_world *world, struct h2_raw *raw) {
    int fds[2];
    init(world, raw);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_false(lg_failed(tls_stream_new(world->client_tls, fds[0], "gateway.example",
                                          "lockgate://bridgewater/hub/gateway", &raw->tls)));
    assert_false(lg_failed(grpc_server_take(world->server, fds[1])));
    shake_hands(raw);
    grpc_world_settle(world);
}

static int listen_anywhere(struct http2_address *address) {
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", address)));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address->storage, address->len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address->storage, &address->len), 0);
    return fd;
}

void h2_raw_listen(struct grpc_world *world, struct h2_raw *raw, struct grpc_try *begin,
                   const char *path) {
    struct grpc_dial dial = {
        .host = world->host,
        .tls = world->client_tls,
        .dns_name = "gateway.example",
        .uri = "lockgate://bridgewater/hub/gateway",
        .seed = 11,
    };
    init(world, raw);
    raw->awaits_preface = true;
    int fd = listen_anywhere(&dial.address);
    grpc_channel_free(&world->channel);
    assert_false(lg_failed(grpc_channel_new(&dial, &world->channel)));
    grpc_try_begin(world, begin, path, span_text("question"), 60000);
    int taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
    assert_true(taken >= 0);
    close(fd);
    int one = 1;
    assert_int_equal(setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    assert_false(lg_failed(tls_stream_new(world->server_tls, taken, NULL, NULL, &raw->tls)));
    shake_hands(raw);
    grpc_world_settle(world);
}

void h2_raw_free(struct h2_raw *raw) {
    tls_stream_free(&raw->tls);
    nghttp2_hd_inflate_del(raw->inflater);
    free(raw->in);
}

/* ---- what comes ---- */

static uint32_t read_u32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void copy_text(char *out, size_t size, struct span text) {
    snprintf(out, size, "%.*s", (int)text.len, text.len == 0 ? "" : (const char *)text.ptr);
}

static void note_field(struct h2_raw_stream *stream, const nghttp2_nv *nv) {
    struct span name = span_of(nv->name, nv->namelen);
    struct span value = span_of(nv->value, nv->valuelen);
    size_t used = strlen(stream->names);
    snprintf(stream->names + used, sizeof stream->names - used, "%.*s ", (int)name.len,
             (const char *)name.ptr);
    size_t at = strlen(stream->fields);
    snprintf(stream->fields + at, H2_RAW_LINES - at, "%.*s: %.*s\n", (int)name.len,
             (const char *)name.ptr, (int)value.len, (const char *)value.ptr);
    if (span_equal_text(name, ":status")) {
        copy_text(stream->http_status, sizeof stream->http_status, value);
    } else if (span_equal_text(name, "grpc-status")) {
        copy_text(stream->grpc_status, sizeof stream->grpc_status, value);
    } else if (span_equal_text(name, "grpc-message")) {
        copy_text(stream->grpc_message, sizeof stream->grpc_message, value);
    } else if (span_equal_text(name, "grpc-accept-encoding")) {
        copy_text(stream->accept_encoding, sizeof stream->accept_encoding, value);
    } else if (span_equal_text(name, "content-type")) {
        copy_text(stream->content_type, sizeof stream->content_type, value);
    } else if (span_equal_text(name, "grpc-previous-rpc-attempts")) {
        copy_text(stream->attempts, sizeof stream->attempts, value);
    } else if (span_equal_text(name, "grpc-timeout")) {
        copy_text(stream->timeout, sizeof stream->timeout, value);
    }
}

static void read_block(struct h2_raw *raw, struct h2_raw_stream *stream, struct span block) {
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(raw->inflater, &nv, &flags, block.ptr, block.len, 1);
        assert_true(used >= 0);
        block = span_slice(block, (size_t)used, block.len);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            note_field(stream, &nv);
        }
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
            nghttp2_hd_inflate_end_headers(raw->inflater);
            return;
        }
    }
}

static void note_settings(struct h2_raw *raw, uint8_t flags, struct span payload) {
    if ((flags & NGHTTP2_FLAG_ACK) != 0) {
        raw->settings_acks++;
        return;
    }
    for (size_t at = 0; at + 6 <= payload.len; at += 6) {
        unsigned id = (unsigned)payload.ptr[at] << 8 | payload.ptr[at + 1];
        if (id < 16) {
            raw->settings[id] = read_u32(payload.ptr + at + 2);
        }
    }
    if (!raw->holds_ack) {
        h2_raw_frame(raw, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, (struct span){0});
    }
}

static void note_data(struct h2_raw_stream *stream, struct span payload) {
    for (size_t i = 0; i < payload.len && stream->data_len + i < H2_RAW_TEXT; i++) {
        stream->data[stream->data_len + i] = payload.ptr[i];
    }
    for (size_t i = 0; i < payload.len && stream->data_len + i < H2_RAW_BODY - 1; i++) {
        stream->body[stream->data_len + i] = (char)payload.ptr[i];
    }
    stream->data_len += payload.len;
}

static void note_frame(struct h2_raw *raw, const uint8_t *head, struct span payload) {
    uint8_t type = head[3];
    uint8_t flags = head[4];
    uint32_t id = read_u32(head + 5);
    struct h2_raw_stream *stream = &raw->streams[id / 2 % H2_RAW_STREAMS];
    raw->frames[type % 16]++;
    switch (type) {
    case NGHTTP2_SETTINGS:
        note_settings(raw, flags, payload);
        break;
    case NGHTTP2_PING:
        raw->ping_acks += (flags & NGHTTP2_FLAG_ACK) != 0 ? 1 : 0;
        break;
    case NGHTTP2_GOAWAY:
        raw->goaways++;
        raw->goaway_last = read_u32(payload.ptr);
        raw->goaway_error = read_u32(payload.ptr + 4);
        copy_text(raw->goaway_text, H2_RAW_TEXT, span_slice(payload, 8, payload.len - 8));
        break;
    case NGHTTP2_RST_STREAM:
        stream->resets++;
        stream->reset_error = read_u32(payload.ptr);
        break;
    case NGHTTP2_HEADERS:
        assert_true((flags & NGHTTP2_FLAG_END_HEADERS) != 0);
        stream->headers++;
        read_block(raw, stream, payload);
        break;
    case NGHTTP2_DATA:
        note_data(stream, payload);
        break;
    default:
        break;
    }
    bool can_end = type == NGHTTP2_DATA || type == NGHTTP2_HEADERS;
    if (can_end && (flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        stream->has_ended = true;
    }
}

static void note_frames(struct h2_raw *raw) {
    size_t at = 0;
    if (raw->awaits_preface) {
        if (raw->in_len < sizeof PREFACE - 1) {
            return;
        }
        assert_memory_equal(raw->in, PREFACE, sizeof PREFACE - 1);
        raw->awaits_preface = false;
        at = sizeof PREFACE - 1;
    }
    while (raw->in_len - at >= FRAME_HEAD) {
        const uint8_t *head = raw->in + at;
        size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (raw->in_len - at - FRAME_HEAD < len) {
            break;
        }
        note_frame(raw, head, span_of(head + FRAME_HEAD, len));
        at += FRAME_HEAD + len;
    }
    memmove(raw->in, raw->in + at, raw->in_len - at);
    raw->in_len -= at;
}

static void read_all(struct h2_raw *raw) {
    while (!raw->is_closed && !raw->reads_nothing) {
        size_t len = 0;
        assert_true(raw->in_len + 16384 <= H2_RAW_BUFFER);
        struct lg_err err = tls_stream_read(raw->tls, raw->in + raw->in_len, 16384, &len);
        if (lg_failed(err)) {
            raw->is_closed = lg_err_code(err) != TLS_AGAIN;
            break;
        }
        raw->in_len += len;
    }
    note_frames(raw);
}

void h2_raw_settle(struct h2_raw *raw) {
    for (int i = 0; i < 4; i++) {
        for (int turn = 0; turn < 6; turn++) {
            loop_turn(raw->world->loop, turn == 0 ? 2 : 0);
        }
        read_all(raw);
    }
}

/* ---- what goes ---- */

void h2_raw_bytes(struct h2_raw *raw, struct span bytes) {
    for (int i = 0; i < 100000 && bytes.len > 0 && !raw->is_closed; i++) {
        size_t taken = 0;
        struct lg_err err = tls_stream_write(raw->tls, bytes, &taken);
        if (!lg_failed(err)) {
            bytes = span_slice(bytes, taken, bytes.len);
            continue;
        }
        if (lg_err_code(err) != TLS_AGAIN) {
            break;
        }
        loop_turn(raw->world->loop, 0);
        if (i % 64 == 63) {
            read_all(raw);
        }
    }
}

void h2_raw_frame(struct h2_raw *raw, uint8_t type, uint8_t flags, uint32_t stream_id,
                  struct span payload) {
    uint8_t *frame = malloc(FRAME_HEAD + payload.len);
    assert_non_null(frame);
    frame[0] = (uint8_t)(payload.len >> 16);
    frame[1] = (uint8_t)(payload.len >> 8);
    frame[2] = (uint8_t)payload.len;
    frame[3] = type;
    frame[4] = flags;
    for (size_t i = 0; i < 4; i++) {
        frame[5 + i] = (uint8_t)(stream_id >> (24 - 8 * i));
    }
    if (payload.len > 0) {
        memcpy(frame + FRAME_HEAD, payload.ptr, payload.len);
    }
    h2_raw_bytes(raw, span_of(frame, FRAME_HEAD + payload.len));
    free(frame);
}

void h2_raw_greet(struct h2_raw *raw) {
    h2_raw_bytes(raw, span_text(PREFACE));
    h2_raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, (struct span){0});
    h2_raw_settle(raw);
    assert_int_equal(raw->settings_acks, 1);
}

/* ---- header blocks ---- */

/* RFC 7541, 5.1, prefix of 7 bits. */
static void put_text(struct h2_raw_block *block, struct span text) {
    assert_true(block->len + text.len + 8 < sizeof block->bytes);
    size_t rest = text.len;
    if (rest < 127) {
        block->bytes[block->len++] = (uint8_t)rest;
    } else {
        block->bytes[block->len++] = 127;
        rest -= 127;
        while (rest >= 128) {
            block->bytes[block->len++] = (uint8_t)(rest % 128 + 128);
            rest /= 128;
        }
        block->bytes[block->len++] = (uint8_t)rest;
    }
    if (text.len > 0) {
        memcpy(block->bytes + block->len, text.ptr, text.len);
        block->len += text.len;
    }
}

void h2_raw_add_bytes(struct h2_raw_block *block, struct span name, struct span value) {
    assert_true(block->len < sizeof block->bytes);
    block->bytes[block->len++] = 0;
    put_text(block, name);
    put_text(block, value);
}

void h2_raw_add(struct h2_raw_block *block, const char *name, const char *value) {
    h2_raw_add_bytes(block, span_text(name), span_text(value));
}

void h2_raw_request(struct h2_raw_block *block, const char *path) {
    block->len = 0;
    h2_raw_add(block, ":method", "POST");
    h2_raw_add(block, ":scheme", "https");
    h2_raw_add(block, ":path", path);
    h2_raw_add(block, ":authority", "gateway.example");
    h2_raw_add(block, "content-type", "application/grpc+proto");
    h2_raw_add(block, "te", "trailers");
}

void h2_raw_headers(struct h2_raw *raw, uint32_t stream_id, const struct h2_raw_block *block,
                    bool end) {
    uint8_t flags = NGHTTP2_FLAG_END_HEADERS | (end ? NGHTTP2_FLAG_END_STREAM : 0);
    h2_raw_frame(raw, NGHTTP2_HEADERS, flags, stream_id, span_of(block->bytes, block->len));
}

void h2_raw_call(struct h2_raw *raw, uint32_t stream_id, const char *path, struct span message) {
    static struct h2_raw_block block;
    uint8_t body[16384] = {0, 0, 0, (uint8_t)(message.len >> 8), (uint8_t)message.len};
    assert_true(message.len <= sizeof body - 5);
    if (message.len > 0) {
        memcpy(body + 5, message.ptr, message.len);
    }
    h2_raw_request(&block, path);
    h2_raw_headers(raw, stream_id, &block, false);
    h2_raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, stream_id,
                 span_of(body, 5 + message.len));
}
