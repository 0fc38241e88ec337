/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing, signing, sealed boxes: what keys other than scalars do. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

_Static_assert(NONCE + TAG == VAULT_SEAL_OVERHEAD, "nonce and tag");
_Static_assert(crypto_box_SEALBYTES == VAULT_BOX_OVERHEAD, "one-time key and tag");

void vault_seal(struct vault_key *key, struct span bound, struct span plain, uint8_t *out) {
    randombytes_buf(out, NONCE);
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_SECRET);
    int rc = crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain.ptr, plain.len,
                                                        bound.ptr, bound.len, NULL, out, secret);
    vault_key_leave(key);
    ASSERT(rc == 0);
}

struct lg_err vault_open(struct vault_key *key, struct span bound, struct span sealed,
                         uint8_t *out_plain) {
    if (sealed.len < VAULT_SEAL_OVERHEAD) {
        return vault_fail(LG_CLASS_INPUT, VAULT_OPEN);
    }
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_SECRET);
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(out_plain, NULL, NULL, sealed.ptr + NONCE,
                                                        sealed.len - NONCE, bound.ptr, bound.len,
                                                        sealed.ptr, secret);
    vault_key_leave(key);
    return rc == 0 ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_OPEN);
}

struct vault_sign_public vault_sign_public(const struct vault_key *key) {
    ASSERT(key->kind == VAULT_KIND_SIGN);
    struct vault_sign_public public_key;
    memcpy(public_key.bytes, key->public_bytes, sizeof public_key.bytes);
    return public_key;
}

void vault_sign(struct vault_key *key, struct span message, struct vault_signature *out_signature) {
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_SIGN);
    int rc = crypto_sign_detached(out_signature->bytes, NULL, message.ptr, message.len, secret);
    vault_key_leave(key);
    ASSERT(rc == 0);
}

struct lg_err vault_verify(const struct vault_sign_public *key, struct span message,
                           const struct vault_signature *signature) {
    int rc = crypto_sign_verify_detached(signature->bytes, message.ptr, message.len, key->bytes);
    return rc == 0 ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_SIGNATURE);
}

struct vault_box_public vault_box_public(const struct vault_key *key) {
    ASSERT(key->kind == VAULT_KIND_BOX);
    struct vault_box_public public_key;
    memcpy(public_key.bytes, key->public_bytes, sizeof public_key.bytes);
    return public_key;
}

struct lg_err vault_box_seal(const struct vault_box_public *to, struct span plain, uint8_t *out) {
    int rc = crypto_box_seal(out, plain.ptr, plain.len, to->bytes);
    return rc == 0 ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_POINT);
}

struct lg_err vault_box_open(struct vault_key *key, struct span sealed, uint8_t *out_plain) {
    if (sealed.len < VAULT_BOX_OVERHEAD) {
        return vault_fail(LG_CLASS_INPUT, VAULT_OPEN);
    }
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_BOX);
    int rc = crypto_box_seal_open(out_plain, sealed.ptr, sealed.len, key->public_bytes, secret);
    vault_key_leave(key);
    return rc == 0 ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_OPEN);
}
