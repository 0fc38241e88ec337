/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and message authentication. libsodium's states are copied in and out of ours, so that its
 * header stays behind the door. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

static_assert(sizeof(struct vault_sha256) == sizeof(crypto_hash_sha256_state), "state fits");
static_assert(sizeof(struct vault_sha512) == sizeof(crypto_hash_sha512_state), "state fits");

void vault_sha256(struct span data, uint8_t out[static VAULT_SHA256_SIZE]) {
    crypto_hash_sha256(out, data.ptr, data.len);
}

void vault_sha512(struct span data, uint8_t out[static VAULT_SHA512_SIZE]) {
    crypto_hash_sha512(out, data.ptr, data.len);
}

void vault_sha256_begin(struct vault_sha256 *hash) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    memcpy(hash, &state, sizeof state);
}

void vault_sha256_add(struct vault_sha256 *hash, struct span data) {
    crypto_hash_sha256_state state;
    memcpy(&state, hash, sizeof state);
    crypto_hash_sha256_update(&state, data.ptr, data.len);
    memcpy(hash, &state, sizeof state);
    sodium_memzero(&state, sizeof state);
}

void vault_sha256_end(struct vault_sha256 *hash, uint8_t out[static VAULT_SHA256_SIZE]) {
    crypto_hash_sha256_state state;
    memcpy(&state, hash, sizeof state);
    crypto_hash_sha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(hash, sizeof *hash);
}

void vault_sha512_begin(struct vault_sha512 *hash) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    memcpy(hash, &state, sizeof state);
}

void vault_sha512_add(struct vault_sha512 *hash, struct span data) {
    crypto_hash_sha512_state state;
    memcpy(&state, hash, sizeof state);
    crypto_hash_sha512_update(&state, data.ptr, data.len);
    memcpy(hash, &state, sizeof state);
    sodium_memzero(&state, sizeof state);
}

void vault_sha512_end(struct vault_sha512 *hash, uint8_t out[static VAULT_SHA512_SIZE]) {
    crypto_hash_sha512_state state;
    memcpy(&state, hash, sizeof state);
    crypto_hash_sha512_final(&state, out);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(hash, sizeof *hash);
}

void vault_hmac_sha256(struct vault_key *key, struct span data,
                       uint8_t out[static VAULT_SHA256_SIZE]) {
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_SECRET);
    crypto_auth_hmacsha256(out, data.ptr, data.len, secret);
    vault_key_leave(key);
}

static void mac(struct vault_key *key, struct span data, uint8_t *out, size_t out_size) {
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_SECRET);
    int rc = crypto_generichash(out, out_size, data.ptr, data.len, secret, VAULT_KEY_SIZE);
    vault_key_leave(key);
    ASSERT(rc == 0);
}

void vault_mac16(struct vault_key *key, struct span data, uint8_t out[static VAULT_MAC16_SIZE]) {
    mac(key, data, out, VAULT_MAC16_SIZE);
}

void vault_mac32(struct vault_key *key, struct span data, uint8_t out[static VAULT_MAC32_SIZE]) {
    mac(key, data, out, VAULT_MAC32_SIZE);
}
