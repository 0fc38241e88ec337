/* SPDX-License-Identifier: Apache-2.0 */
/* Records and handshake messages of tls_raw.h.
 *
 *   record    type (1)  0x0303  length (2)  bytes
 *   sealed    23 (1)  0x0303  length (2)  AES-128-GCM of: bytes, true type (1), zeros
 *   message   type (1)  length (3)  body */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/tls_raw.h"
#include "tests/support/tls_text.h"

#include <cmocka.h>

enum { HEAD_SIZE = 5, MESSAGE_HEAD_SIZE = 4, TAG_SIZE = 16, PART_SIZE = 16384 };

/* ---- bytes ---- */

void raw_put(struct raw_bytes *bytes, struct span more) {
    assert_true(bytes->len + more.len <= sizeof bytes->ptr);
    if (more.len > 0) {
        memcpy(bytes->ptr + bytes->len, more.ptr, more.len);
        bytes->len += more.len;
    }
}

void raw_put_number(struct raw_bytes *bytes, uint64_t value, int size) {
    for (int i = size - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        raw_put(bytes, span_of(&byte, 1));
    }
}

size_t raw_begin(struct raw_bytes *bytes, int size) {
    raw_put_number(bytes, 0, size);
    return bytes->len;
}

void raw_end(struct raw_bytes *bytes, size_t mark, int size) {
    size_t value = bytes->len - mark;
    for (int i = 0; i < size; i++) {
        bytes->ptr[mark - 1 - (size_t)i] = (uint8_t)(value >> (8 * i));
    }
}

/* ---- seals ---- */

static void nonce_of(const struct raw_direction *direction, uint8_t out[static RAW_IV_SIZE]) {
    memcpy(out, direction->iv, RAW_IV_SIZE);
    for (int i = 0; i < 8; i++) {
        out[RAW_IV_SIZE - 1 - i] ^= (uint8_t)(direction->count >> (8 * i));
    }
}

/* Seals or opens `len` bytes in place; false where the seal is not good. */
static bool crypt(struct raw_direction *direction, const uint8_t *head, uint8_t *bytes, size_t len,
                  bool seals) {
    uint8_t nonce[RAW_IV_SIZE];
    int out = 0;
    nonce_of(direction, nonce);
    direction->count++;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_non_null(ctx);
    assert_int_equal(
        EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, direction->key, nonce, seals ? 1 : 0), 1);
    assert_int_equal(EVP_CipherUpdate(ctx, NULL, &out, head, HEAD_SIZE), 1);
    assert_int_equal(EVP_CipherUpdate(ctx, bytes, &out, bytes, (int)len), 1);
    if (!seals) {
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, bytes + len);
    }
    uint8_t rest[16];
    bool good = EVP_CipherFinal_ex(ctx, rest, &out) == 1;
    if (seals) {
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, bytes + len);
    }
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

/* ---- sending ---- */

bool raw_send_plain(struct raw_peer *peer, struct span bytes) {
    while (bytes.len > 0) {
        ssize_t sent = send(peer->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = span_slice(bytes, (size_t)sent, bytes.len);
    }
    return true;
}

void raw_send_padded(struct raw_peer *peer, enum raw_record type, struct span bytes,
                     size_t padding) {
    struct raw_bytes *out = calloc(1, sizeof *out);
    bool is_sealed = peer->sending.is_sealed && type != RAW_CIPHER_CHANGE;
    size_t len = bytes.len + (is_sealed ? 1 + padding : 0);
    assert_non_null(out);
    raw_put_number(out, is_sealed ? RAW_DATA : type, 1);
    raw_put_number(out, 0x0303, 2);
    raw_put_number(out, len + (is_sealed ? TAG_SIZE : 0), 2);
    raw_put(out, bytes);
    if (is_sealed) {
        raw_put_number(out, type, 1);
        out->len += padding; /* zeros already */
        crypt(&peer->sending, out->ptr, out->ptr + HEAD_SIZE, len, true);
        out->len += TAG_SIZE;
    }
    /* Whether anybody is left to hear it shows in what is read. */
    bool sent = raw_send_plain(peer, span_of(out->ptr, out->len));
    (void)sent;
    free(out);
}

void raw_send_record(struct raw_peer *peer, enum raw_record type, struct span bytes) {
    raw_send_padded(peer, type, bytes, 0);
}

void raw_message(struct raw_peer *peer, enum raw_message type, struct span body,
                 struct raw_bytes *out_bytes) {
    size_t from = out_bytes->len;
    raw_put_number(out_bytes, type, 1);
    raw_put_number(out_bytes, body.len, 3);
    raw_put(out_bytes, body);
    assert_int_equal(
        EVP_DigestUpdate(peer->transcript, out_bytes->ptr + from, out_bytes->len - from), 1);
}

void raw_send_message(struct raw_peer *peer, enum raw_message type, struct span body) {
    struct raw_bytes *out = calloc(1, sizeof *out);
    assert_non_null(out);
    raw_message(peer, type, body, out);
    struct span rest = span_of(out->ptr, out->len);
    while (rest.len > 0) {
        struct span part = span_slice(rest, 0, PART_SIZE);
        raw_send_record(peer, RAW_HANDSHAKE, part);
        rest = span_slice(rest, part.len, rest.len);
    }
    free(out);
}

/* ---- receiving ---- */

static void receive(struct raw_peer *peer) {
    while (peer->in.len < sizeof peer->in.ptr) {
        ssize_t got =
            recv(peer->fd, peer->in.ptr + peer->in.len, sizeof peer->in.ptr - peer->in.len, 0);
        if (got == 0) {
            peer->is_ended = true;
        }
        if (got <= 0) {
            return;
        }
        peer->in.len += (size_t)got;
    }
}

/* Drops the first bytes. */
static void drop(struct raw_bytes *bytes, size_t len) {
    memmove(bytes->ptr, bytes->ptr + len, bytes->len - len);
    bytes->len -= len;
}

static size_t record_len(const struct raw_bytes *in) {
    return in->len < HEAD_SIZE ? 0 : HEAD_SIZE + ((size_t)in->ptr[3] << 8 | in->ptr[4]);
}

/* Opens the record at the front of `in`, where it is a sealed one. */
static void open_record(struct raw_peer *peer, size_t len, enum raw_record *out_type,
                        struct raw_bytes *out_bytes) {
    uint8_t *bytes = peer->in.ptr + HEAD_SIZE;
    *out_type = (enum raw_record)peer->in.ptr[0];
    out_bytes->len = 0;
    if (!peer->receiving.is_sealed || *out_type != RAW_DATA) {
        raw_put(out_bytes, span_of(bytes, len - HEAD_SIZE));
        return;
    }
    size_t inner = len - HEAD_SIZE - TAG_SIZE;
    assert_true(crypt(&peer->receiving, peer->in.ptr, bytes, inner, false));
    while (inner > 0 && bytes[inner - 1] == 0) {
        inner--;
    }
    assert_true(inner > 0);
    *out_type = (enum raw_record)bytes[inner - 1];
    raw_put(out_bytes, span_of(bytes, inner - 1));
}

bool raw_read_record(struct raw_peer *peer, enum raw_record *out_type,
                     struct raw_bytes *out_bytes) {
    receive(peer);
    for (;;) {
        size_t len = record_len(&peer->in);
        if (len == 0 || peer->in.len < len) {
            return false;
        }
        open_record(peer, len, out_type, out_bytes);
        drop(&peer->in, len);
        if (*out_type == RAW_ALERT && out_bytes->len == 2) {
            peer->alert = out_bytes->ptr[1];
        }
        if (*out_type != RAW_CIPHER_CHANGE) {
            return true;
        }
    }
}

static size_t message_len(const struct raw_bytes *messages) {
    const uint8_t *head = messages->ptr;
    return messages->len < MESSAGE_HEAD_SIZE
               ? 0
               : MESSAGE_HEAD_SIZE + ((size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]);
}

/* The message that was read last is dropped with the next call: its body stays valid till then. */
bool raw_read_message(struct raw_peer *peer, enum raw_message *out_type, struct span *out_body) {
    struct raw_bytes *record = calloc(1, sizeof *record);
    enum raw_record type = RAW_HANDSHAKE;
    assert_non_null(record);
    drop(&peer->messages, peer->taken);
    peer->taken = 0;
    size_t len = message_len(&peer->messages);
    while ((len == 0 || peer->messages.len < len) && type == RAW_HANDSHAKE &&
           raw_read_record(peer, &type, record)) {
        if (type == RAW_HANDSHAKE) {
            raw_put(&peer->messages, span_of(record->ptr, record->len));
        }
        len = message_len(&peer->messages);
    }
    free(record);
    if (len == 0 || peer->messages.len < len) {
        return false;
    }
    assert_int_equal(EVP_DigestUpdate(peer->transcript, peer->messages.ptr, len), 1);
    *out_type = (enum raw_message)peer->messages.ptr[0];
    *out_body = span_of(peer->messages.ptr + MESSAGE_HEAD_SIZE, len - MESSAGE_HEAD_SIZE);
    peer->taken = len;
    if (peer->text != NULL) {
        raw_text_message(peer->text, *out_type, *out_body);
    }
    return true;
}
