/* SPDX-License-Identifier: Apache-2.0 */
/* Keys (RFC 8446, 7.1) and what is proven with them. Records and messages: tls_record.c. */
#define _POSIX_C_SOURCE 200809L
#include "tests/support/tls_raw.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t NOTHING[RAW_HASH_SIZE] = {0};

struct raw_peer *raw_new(int fd, bool is_server) {
    struct raw_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    peer->fd = fd;
    peer->is_server = is_server;
    peer->alert = -1;
    peer->share = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    peer->transcript = EVP_MD_CTX_new();
    assert_non_null(peer->share);
    assert_non_null(peer->transcript);
    assert_int_equal(EVP_DigestInit_ex(peer->transcript, EVP_sha256(), NULL), 1);
    return peer;
}

void raw_free(struct raw_peer **peer) {
    if (*peer != NULL) {
        EVP_PKEY_free((*peer)->share);
        EVP_MD_CTX_free((*peer)->transcript);
        free(*peer);
        *peer = NULL;
    }
}

void raw_share(const struct raw_peer *peer, uint8_t out_public[static 32]) {
    size_t len = 32;
    assert_int_equal(EVP_PKEY_get_raw_public_key(peer->share, out_public, &len), 1);
    assert_int_equal(len, 32);
}

static void hmac(const uint8_t key[static RAW_HASH_SIZE], struct span text,
                 uint8_t out[static RAW_HASH_SIZE]) {
    unsigned len = 0;
    assert_non_null(HMAC(EVP_sha256(), key, RAW_HASH_SIZE, text.ptr, text.len, out, &len));
    assert_int_equal(len, RAW_HASH_SIZE);
}

/* HKDF-Expand-Label for at most one hash of output (RFC 8446, 7.1; RFC 5869, 2.3). */
static void expand(const uint8_t secret[static RAW_HASH_SIZE], const char *label,
                   struct span context, struct span out) {
    uint8_t info[128];
    uint8_t block[RAW_HASH_SIZE];
    size_t label_len = strlen(label);
    size_t len = 0;
    info[len++] = 0;
    info[len++] = (uint8_t)out.len;
    info[len++] = (uint8_t)(6 + label_len);
    memcpy(info + len, "tls13 ", 6);
    len += 6;
    memcpy(info + len, label, label_len);
    len += label_len;
    info[len++] = (uint8_t)context.len;
    if (context.len > 0) {
        memcpy(info + len, context.ptr, context.len);
        len += context.len;
    }
    info[len++] = 1;
    hmac(secret, span_of(info, len), block);
    memcpy((uint8_t *)(uintptr_t)out.ptr, block, out.len);
}

static void transcript_now(const struct raw_peer *peer, uint8_t out[static RAW_HASH_SIZE]) {
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    unsigned len = 0;
    assert_non_null(copy);
    assert_int_equal(EVP_MD_CTX_copy_ex(copy, peer->transcript), 1);
    assert_int_equal(EVP_DigestFinal_ex(copy, out, &len), 1);
    EVP_MD_CTX_free(copy);
}

static void derive(const uint8_t secret[static RAW_HASH_SIZE], const char *label, struct span hash,
                   uint8_t out[static RAW_HASH_SIZE]) {
    expand(secret, label, hash, span_of(out, RAW_HASH_SIZE));
}

static void set_keys(struct raw_direction *direction, const uint8_t secret[static RAW_HASH_SIZE]) {
    struct span none = span_of(NULL, 0);
    memcpy(direction->secret, secret, RAW_HASH_SIZE);
    expand(secret, "key", none, span_of(direction->key, RAW_KEY_SIZE));
    expand(secret, "iv", none, span_of(direction->iv, RAW_IV_SIZE));
    direction->count = 0;
    direction->is_sealed = true;
}

/* The next stage's secret: extract with what the last stage derives. */
static void next_secret(const uint8_t last[static RAW_HASH_SIZE], struct span input,
                        uint8_t out[static RAW_HASH_SIZE]) {
    uint8_t empty[RAW_HASH_SIZE];
    uint8_t salt[RAW_HASH_SIZE];
    assert_int_equal(EVP_Digest("", 0, empty, NULL, EVP_sha256(), NULL), 1);
    derive(last, "derived", span_of(empty, sizeof empty), salt);
    hmac(salt, input, out);
}

static void stage(struct raw_peer *peer, const uint8_t secret[static RAW_HASH_SIZE],
                  const char *client, const char *server) {
    uint8_t hash[RAW_HASH_SIZE];
    transcript_now(peer, hash);
    derive(secret, client, span_of(hash, sizeof hash), peer->client_secret);
    derive(secret, server, span_of(hash, sizeof hash), peer->server_secret);
}

static void use(struct raw_peer *peer, bool sending, bool receiving) {
    const uint8_t *ours = peer->is_server ? peer->server_secret : peer->client_secret;
    const uint8_t *theirs = peer->is_server ? peer->client_secret : peer->server_secret;
    if (sending) {
        set_keys(&peer->sending, ours);
    }
    if (receiving) {
        set_keys(&peer->receiving, theirs);
    }
}

void raw_agree(struct raw_peer *peer, const uint8_t other[static 32]) {
    uint8_t shared[32];
    size_t len = sizeof shared;
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, other, 32);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(peer->share, NULL);
    assert_non_null(theirs);
    assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(ctx, theirs), 1);
    assert_int_equal(EVP_PKEY_derive(ctx, shared, &len), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(theirs);
    hmac(NOTHING, span_of(NOTHING, sizeof NOTHING), peer->early);
    next_secret(peer->early, span_of(shared, sizeof shared), peer->handshake);
    stage(peer, peer->handshake, "c hs traffic", "s hs traffic");
    use(peer, true, true);
}

void raw_derive_application(struct raw_peer *peer) {
    next_secret(peer->handshake, span_of(NOTHING, sizeof NOTHING), peer->master);
    stage(peer, peer->master, "c ap traffic", "s ap traffic");
}

void raw_use_application(struct raw_peer *peer, bool sending, bool receiving) {
    use(peer, sending, receiving);
}

void raw_update_sending(struct raw_peer *peer) {
    uint8_t next[RAW_HASH_SIZE];
    derive(peer->sending.secret, "traffic upd", span_of(NULL, 0), next);
    set_keys(&peer->sending, next);
}

static void finished(const struct raw_peer *peer, const struct raw_direction *direction,
                     uint8_t out_body[static RAW_HASH_SIZE]) {
    uint8_t key[RAW_HASH_SIZE];
    uint8_t hash[RAW_HASH_SIZE];
    derive(direction->secret, "finished", span_of(NULL, 0), key);
    transcript_now(peer, hash);
    hmac(key, span_of(hash, sizeof hash), out_body);
}

void raw_finished(struct raw_peer *peer, uint8_t out_body[static RAW_HASH_SIZE]) {
    finished(peer, &peer->sending, out_body);
}

void raw_finished_other(struct raw_peer *peer, uint8_t out_body[static RAW_HASH_SIZE]) {
    finished(peer, &peer->receiving, out_body);
}

/* RFC 8446, 4.2.3. A key that no code fits is shown under ECDSA's. */
static unsigned code_of(const EVP_PKEY *key) {
    if (EVP_PKEY_is_a(key, "ED25519")) {
        return 0x0807;
    }
    if (EVP_PKEY_is_a(key, "ED448")) {
        return 0x0808;
    }
    return EVP_PKEY_is_a(key, "RSA") ? 0x0804 : 0x0403;
}

static void sign(EVP_PKEY *key, struct span text, struct raw_bytes *out) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx = NULL;
    bool is_edwards = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
    uint8_t signature[1024];
    size_t len = sizeof signature;
    assert_int_equal(EVP_DigestSignInit(ctx, &key_ctx, is_edwards ? NULL : EVP_sha256(), NULL, key),
                     1);
    if (EVP_PKEY_is_a(key, "RSA")) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(EVP_DigestSign(ctx, signature, &len, text.ptr, text.len), 1);
    EVP_MD_CTX_free(ctx);
    raw_put(out, span_of(signature, len));
}

void raw_certificate_verify(struct raw_peer *peer, EVP_PKEY *key, struct raw_bytes *out_body) {
    uint8_t text[64 + 34 + RAW_HASH_SIZE];
    const char *label =
        peer->is_server ? "TLS 1.3, server CertificateVerify" : "TLS 1.3, client CertificateVerify";
    memset(text, ' ', 64);
    memcpy(text + 64, label, 34); /* with its NUL */
    transcript_now(peer, text + 98);
    raw_put_number(out_body, code_of(key), 2);
    size_t mark = raw_begin(out_body, 2);
    sign(key, span_of(text, sizeof text), out_body);
    raw_end(out_body, mark, 2);
}
