/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and message authentication. States of the libraries are copied in and out of ours, so that
 * their headers stay behind the door.
 *
 * SHA-256 is libcrypto's, which uses the processor's own instructions where it has them; libsodium
 * has portable code alone, five times slower, and every entry of the log is hashed some ten times.
 * The functions are those that OpenSSL 3 calls deprecated, since what it offers instead allocates,
 * looks up a provider and can fail; vault_init checks known answers whichever code runs. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

static_assert(sizeof(struct vault_sha256) == sizeof(SHA256_CTX), "state fits");
static_assert(sizeof(struct vault_sha512) == sizeof(crypto_hash_sha512_state), "state fits");

enum { HMAC_BLOCK = SHA256_CBLOCK, HMAC_INNER = 0x36, HMAC_OUTER = 0x5c };

static_assert((int)VAULT_KEY_SIZE <= (int)HMAC_BLOCK, "a key is padded, never hashed first");

/* The three steps say 1 always, unless they were given a NULL state. */
static void hash_begin(SHA256_CTX *state) {
    ASSERT(SHA256_Init(state) == 1);
}

static void hash_add(SHA256_CTX *state, struct span data) {
    ASSERT(SHA256_Update(state, data.ptr, data.len) == 1);
}

static void hash_end(SHA256_CTX *state, uint8_t *out) {
    ASSERT(SHA256_Final(out, state) == 1);
    sodium_memzero(state, sizeof *state);
}

void vault_sha256(struct span data, uint8_t out[static VAULT_SHA256_SIZE]) {
    SHA256_CTX state;
    hash_begin(&state);
    hash_add(&state, data);
    hash_end(&state, out);
}

void vault_sha512(struct span data, uint8_t out[static VAULT_SHA512_SIZE]) {
    crypto_hash_sha512(out, data.ptr, data.len);
}

void vault_sha256_begin(struct vault_sha256 *hash) {
    SHA256_CTX state;
    hash_begin(&state);
    memcpy(hash, &state, sizeof state);
}

void vault_sha256_add(struct vault_sha256 *hash, struct span data) {
    SHA256_CTX state;
    memcpy(&state, hash, sizeof state);
    hash_add(&state, data);
    memcpy(hash, &state, sizeof state);
    sodium_memzero(&state, sizeof state);
}

void vault_sha256_end(struct vault_sha256 *hash, uint8_t out[static VAULT_SHA256_SIZE]) {
    SHA256_CTX state;
    memcpy(&state, hash, sizeof state);
    hash_end(&state, out);
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

/* The hash of the key's block and of what follows it (RFC 2104, 2). */
static void keyed_hash(const uint8_t *secret, uint8_t pad, struct span data, uint8_t *out) {
    uint8_t block[HMAC_BLOCK];
    SHA256_CTX state;
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < VAULT_KEY_SIZE; i++) {
        block[i] ^= secret[i];
    }
    hash_begin(&state);
    hash_add(&state, span_of(block, sizeof block));
    hash_add(&state, data);
    hash_end(&state, out);
    sodium_memzero(block, sizeof block);
}

void vault_hmac_sha256(struct vault_key *key, struct span data,
                       uint8_t out[static VAULT_SHA256_SIZE]) {
    uint8_t inner[VAULT_SHA256_SIZE];
    const uint8_t *secret = vault_key_enter(key, VAULT_KIND_SECRET);
    keyed_hash(secret, HMAC_INNER, data, inner);
    keyed_hash(secret, HMAC_OUTER, span_of(inner, sizeof inner), out);
    vault_key_leave(key);
    sodium_memzero(inner, sizeof inner);
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
