/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/support/tls_meet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS_MAX = 64, RANDOM_SIZE = 32, EXT_NAME = 0, EXT_GROUPS = 10, EXT_SIGNATURES = 13 };
enum { EXT_PROTOCOLS = 16, EXT_VERSIONS = 43, EXT_SHARES = 51 };

static struct span bytes_of(const struct raw_bytes *bytes) {
    return span_of(bytes->ptr, bytes->len);
}

static struct raw_bytes *bytes_new(void) {
    struct raw_bytes *bytes = calloc(1, sizeof *bytes);
    assert_non_null(bytes);
    return bytes;
}

/* ---- hellos ---- */

void raw_hello_init(struct raw_hello *hello) {
    *hello = (struct raw_hello){
        .version = 0x0303,
        .session = span_of(NULL, 0),
        .ciphers = span_of("\x13\x01", 2),
        .compression = span_of("\0", 1),
        .versions = span_of("\x03\x04", 2),
        .groups = span_of("\0\x1d", 2),
        .signatures = span_of("\x04\x03\x08\x07", 4),
        .protocols = span_of("\2h2", 3),
        .has_share = true,
    };
}

/* A list with a length of `size` bytes inside an extension. */
static void put_list(struct raw_bytes *out, unsigned type, struct span list, int size) {
    if (list.ptr == NULL) {
        return;
    }
    raw_put_number(out, type, 2);
    size_t outer = raw_begin(out, 2);
    size_t inner = raw_begin(out, size);
    raw_put(out, list);
    raw_end(out, inner, size);
    raw_end(out, outer, 2);
}

static void put_name(struct raw_bytes *out, struct span name) {
    if (name.ptr == NULL) {
        return;
    }
    raw_put_number(out, EXT_NAME, 2);
    size_t outer = raw_begin(out, 2);
    size_t list = raw_begin(out, 2);
    raw_put_number(out, 0, 1);
    size_t inner = raw_begin(out, 2);
    raw_put(out, name);
    raw_end(out, inner, 2);
    raw_end(out, list, 2);
    raw_end(out, outer, 2);
}

static void put_share(const struct raw_peer *peer, struct raw_bytes *out) {
    uint8_t share[32];
    raw_share(peer, share);
    raw_put_number(out, 0x001d, 2);
    raw_put_number(out, sizeof share, 2);
    raw_put(out, span_of(share, sizeof share));
}

static void put_shares(const struct raw_peer *peer, bool has_share, struct raw_bytes *out) {
    raw_put_number(out, EXT_SHARES, 2);
    size_t outer = raw_begin(out, 2);
    size_t list = raw_begin(out, 2);
    if (has_share) {
        put_share(peer, out);
    }
    raw_end(out, list, 2);
    raw_end(out, outer, 2);
}

static void put_sized(struct raw_bytes *out, struct span bytes, int size) {
    raw_put_number(out, bytes.len, size);
    raw_put(out, bytes);
}

void raw_hello_write(const struct raw_peer *peer, const struct raw_hello *hello,
                     struct raw_bytes *out_body) {
    static const uint8_t random[RANDOM_SIZE] = "thirty-two bytes, not so random";
    raw_put_number(out_body, hello->version, 2);
    raw_put(out_body, span_of(random, sizeof random));
    put_sized(out_body, hello->session, 1);
    put_sized(out_body, hello->ciphers, 2);
    put_sized(out_body, hello->compression, 1);
    size_t mark = raw_begin(out_body, 2);
    put_name(out_body, hello->name);
    put_list(out_body, EXT_GROUPS, hello->groups, 2);
    put_list(out_body, EXT_SIGNATURES, hello->signatures, 2);
    put_list(out_body, EXT_PROTOCOLS, hello->protocols, 2);
    put_list(out_body, EXT_VERSIONS, hello->versions, 1);
    put_shares(peer, hello->has_share, out_body);
    raw_put(out_body, hello->more);
    raw_end(out_body, mark, 2);
}

static unsigned number_at(struct span bytes, size_t at) {
    assert_true(at + 2 <= bytes.len);
    return (unsigned)bytes.ptr[at] << 8 | bytes.ptr[at + 1];
}

struct span raw_hello_extensions(enum raw_message type, struct span body) {
    size_t at = 2 + RANDOM_SIZE;
    at += 1 + (size_t)body.ptr[at]; /* session */
    if (type == RAW_CLIENT_HELLO) {
        at += 2 + (size_t)number_at(body, at);
        at += 1 + (size_t)body.ptr[at];
    } else {
        at += 3; /* cipher and compression */
    }
    return span_slice(body, at + 2, number_at(body, at));
}

struct span raw_hello_extension(enum raw_message type, struct span body, unsigned wanted) {
    struct span rest = raw_hello_extensions(type, body);
    while (rest.len >= 4) {
        unsigned found = number_at(rest, 0);
        struct span value = span_slice(rest, 4, number_at(rest, 2));
        if (found == wanted) {
            return value;
        }
        rest = span_slice(rest, 4 + value.len, rest.len);
    }
    return span_of(NULL, 0);
}

/* ---- meetings ---- */

void raw_meeting_new(struct tls_context *context, const char *dns_name, const char *uri,
                     struct raw_meeting *out_meeting) {
    int fds[2];
    int size = 1 << 21;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    /* What is sent in one go has to fit, also in many small records. */
    assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    *out_meeting = (struct raw_meeting){.raw = raw_new(fds[1], dns_name != NULL), .fd = fds[1]};
    out_meeting->err = lg_err_make(LG_CLASS_PEER, LG_TLS, TLS_AGAIN);
    assert_false(lg_failed(tls_stream_new(context, fds[0], dns_name, uri, &out_meeting->ours)));
}

void raw_meeting_free(struct raw_meeting *meeting) {
    tls_stream_free(&meeting->ours);
    raw_free(&meeting->raw);
    close(meeting->fd);
}

void raw_pump(struct raw_meeting *meeting) {
    unsigned events = 0;
    for (int i = 0; i < STEPS_MAX && meeting->ours != NULL && lg_failed(meeting->err); i++) {
        meeting->err = tls_stream_handshake(meeting->ours, &events);
        if (lg_failed(meeting->err) && lg_err_code(meeting->err) != TLS_AGAIN) {
            snprintf(meeting->refusal, sizeof meeting->refusal, "%s",
                     tls_stream_refusal(meeting->ours));
            tls_stream_free(&meeting->ours);
        }
    }
}

/* Reads messages up to Finished; the hello of the other side gives the keys. */
bool raw_client_hear(struct raw_meeting *meeting) {
    enum raw_message type;
    struct span body;
    while (raw_read_message(meeting->raw, &type, &body)) {
        if (type == RAW_SERVER_HELLO) {
            struct span share = raw_hello_extension(RAW_SERVER_HELLO, body, EXT_SHARES);
            if (share.len != 36) {
                return false; /* HelloRetryRequest */
            }
            raw_agree(meeting->raw, share.ptr + 4);
        }
        if (type == RAW_FINISHED) {
            raw_derive_application(meeting->raw);
            return true;
        }
    }
    return false;
}

void raw_client_first(struct raw_meeting *meeting, const struct raw_hello *hello) {
    struct raw_bytes *body = bytes_new();
    struct raw_hello good;
    raw_hello_init(&good);
    raw_hello_write(meeting->raw, hello == NULL ? &good : hello, body);
    raw_send_message(meeting->raw, RAW_CLIENT_HELLO, bytes_of(body));
    free(body);
    raw_pump(meeting);
}

bool raw_client_hello(struct raw_meeting *meeting, const struct raw_hello *hello) {
    raw_client_first(meeting, hello);
    return raw_client_hear(meeting);
}

void raw_put_certificate(const struct raw_chain *chain, struct raw_bytes *out_body) {
    raw_put_number(out_body, 0, 1); /* context */
    size_t list = raw_begin(out_body, 3);
    for (size_t i = 0; i < chain->count; i++) {
        put_sized(out_body, chain->certificates[i], 3);
        raw_put_number(out_body, 0, 2); /* extensions */
    }
    raw_end(out_body, list, 3);
}

static void send_proof(struct raw_peer *raw, const struct raw_chain *chain) {
    struct raw_bytes *body = bytes_new();
    uint8_t finished[RAW_HASH_SIZE];
    raw_put_certificate(chain, body);
    raw_send_message(raw, RAW_CERTIFICATE, bytes_of(body));
    if (chain->key != NULL) {
        body->len = 0;
        raw_certificate_verify(raw, chain->key, body);
        raw_send_message(raw, RAW_CERTIFICATE_VERIFY, bytes_of(body));
    }
    raw_finished(raw, finished);
    raw_send_message(raw, RAW_FINISHED, span_of(finished, sizeof finished));
    free(body);
}

/* What the other side says last: an alert, if it does not like us. */
static void hear_end(struct raw_meeting *meeting) {
    struct raw_bytes *record = bytes_new();
    enum raw_record type;
    while (raw_read_record(meeting->raw, &type, record)) {
    }
    free(record);
}

void raw_client_answer(struct raw_meeting *meeting, const struct raw_chain *chain) {
    struct raw_peer *raw = meeting->raw;
    /* From its Finished on the server seals with the application's keys. */
    raw_use_application(raw, false, true);
    send_proof(raw, chain);
    raw_use_application(raw, true, false);
    raw_pump(meeting);
    hear_end(meeting);
}

/* Extensions of a ServerHello (RFC 8446, 4.1.3). */
static void put_server_hello(struct raw_peer *raw, struct span session, struct raw_bytes *out) {
    static const uint8_t random[RANDOM_SIZE] = "thirty-two bytes of the server!";
    raw_put_number(out, 0x0303, 2);
    raw_put(out, span_of(random, sizeof random));
    put_sized(out, session, 1);
    raw_put_number(out, 0x1301, 2);
    raw_put_number(out, 0, 1);
    size_t mark = raw_begin(out, 2);
    raw_put_number(out, EXT_VERSIONS, 2);
    raw_put_number(out, 2, 2);
    raw_put_number(out, 0x0304, 2);
    raw_put_number(out, EXT_SHARES, 2);
    raw_put_number(out, 36, 2);
    put_share(raw, out);
    raw_end(out, mark, 2);
}

static void send_server_hello(struct raw_peer *raw, struct span hello) {
    struct raw_bytes *body = bytes_new();
    struct span session = span_slice(hello, 3 + RANDOM_SIZE, hello.ptr[2 + RANDOM_SIZE]);
    struct span shares = raw_hello_extension(RAW_CLIENT_HELLO, hello, EXT_SHARES);
    assert_int_equal(number_at(shares, 2), 0x001d); /* our client sends one of X25519 */
    uint8_t other[32];
    memcpy(other, shares.ptr + 6, sizeof other);
    put_server_hello(raw, session, body);
    raw_send_message(raw, RAW_SERVER_HELLO, bytes_of(body));
    raw_agree(raw, other);
    free(body);
}

static void send_extensions(struct raw_peer *raw) {
    struct raw_bytes *body = bytes_new();
    size_t mark = raw_begin(body, 2);
    put_list(body, EXT_PROTOCOLS, span_of("\2h2", 3), 2);
    raw_end(body, mark, 2);
    raw_send_message(raw, RAW_EXTENSIONS, bytes_of(body));
    body->len = 0;
    raw_put_number(body, 0, 1);
    mark = raw_begin(body, 2);
    put_list(body, EXT_SIGNATURES, span_of("\x04\x03\x08\x07", 4), 2);
    raw_end(body, mark, 2);
    raw_send_message(raw, RAW_CERTIFICATE_REQUEST, bytes_of(body));
    free(body);
}

void raw_server_answer(struct raw_meeting *meeting, const struct raw_chain *chain) {
    struct raw_peer *raw = meeting->raw;
    enum raw_message type;
    struct span hello;
    raw_pump(meeting);
    assert_true(raw_read_message(raw, &type, &hello));
    assert_int_equal(type, RAW_CLIENT_HELLO);
    send_server_hello(raw, hello);
    send_extensions(raw);
    send_proof(raw, chain);
    raw_pump(meeting);
    if (meeting->ours == NULL) {
        hear_end(meeting);
    }
}

/* The keys of the application are those of the transcript at our own Finished. */
bool raw_server_finish(struct raw_meeting *meeting) {
    struct raw_peer *raw = meeting->raw;
    enum raw_message type;
    struct span body;
    uint8_t finished[RAW_HASH_SIZE];
    raw_derive_application(raw);
    for (;;) {
        raw_finished_other(raw, finished);
        if (!raw_read_message(raw, &type, &body)) {
            return false;
        }
        if (type == RAW_FINISHED) {
            raw_use_application(raw, true, true);
            return span_equal(body, span_of(finished, sizeof finished));
        }
    }
}
