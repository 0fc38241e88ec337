/* SPDX-License-Identifier: Apache-2.0 */
/* Start of the library, known answers, and the small tools that have no key. */
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

void vault_random(void *out, size_t len) {
    randombytes_buf(out, len);
}

bool vault_equal(struct span a, struct span b) {
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void vault_wipe(void *ptr, size_t len) {
    if (len > 0) {
        sodium_memzero(ptr, len);
    }
}

static bool answer_is(struct span got, const char *hex) {
    uint8_t want[64];
    return got.len <= sizeof want && !lg_failed(bytes_from_hex(span_text(hex), want, got.len)) &&
           vault_equal(got, span_of(want, got.len));
}

/* FIPS 180-4 examples, "abc". */
static bool hashes_work(void) {
    uint8_t short_digest[VAULT_SHA256_SIZE];
    uint8_t long_digest[VAULT_SHA512_SIZE];
    vault_sha256(span_text("abc"), short_digest);
    vault_sha512(span_text("abc"), long_digest);
    return answer_is(span_of(short_digest, sizeof short_digest),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") &&
           answer_is(span_of(long_digest, sizeof long_digest),
                     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

/* RFC 8032, 7.1, test 1, and a signature over another message. */
static bool signatures_work(void) {
    uint8_t seed[VAULT_KEY_SIZE];
    OWN(vault_key_free) struct vault_key *key = NULL;
    if (lg_failed(bytes_from_hex(
            span_text("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), seed,
            sizeof seed)) ||
        lg_failed(vault_key_from_bytes(VAULT_KIND_SIGN, span_of(seed, sizeof seed), &key))) {
        return false;
    }
    struct vault_sign_public public_key = vault_sign_public(key);
    struct vault_signature signature;
    vault_sign(key, span_of(NULL, 0), &signature);
    return answer_is(span_of(signature.bytes, sizeof signature.bytes),
                     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b") &&
           !lg_failed(vault_verify(&public_key, span_of(NULL, 0), &signature)) &&
           lg_failed(vault_verify(&public_key, span_text("x"), &signature));
}

static bool sealing_works(void) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    if (lg_failed(vault_key_new(VAULT_KIND_SECRET, &key))) {
        return false;
    }
    uint8_t sealed[4 + VAULT_SEAL_OVERHEAD];
    uint8_t plain[4];
    struct span box = span_of(sealed, sizeof sealed);
    vault_seal(key, span_text("bound"), span_text("test"), sealed);
    if (lg_failed(vault_open(key, span_text("bound"), box, plain)) ||
        !vault_equal(span_of(plain, sizeof plain), span_text("test"))) {
        return false;
    }
    sealed[sizeof sealed - 1] ^= 1;
    return lg_failed(vault_open(key, span_text("bound"), box, plain));
}

/* RFC 9497, A.1.2: the key pair of mode VOPRF; needs SHA-512, scalars and points to be right. */
static bool group_works(void) {
    uint8_t bytes[VAULT_KEY_SIZE];
    memset(bytes, 0xa3, sizeof bytes);
    OWN(vault_key_free) struct vault_key *seed = NULL;
    OWN(vault_key_free) struct vault_key *key = NULL;
    if (lg_failed(vault_key_from_bytes(VAULT_KIND_SECRET, span_of(bytes, sizeof bytes), &seed)) ||
        lg_failed(vault_oprf_key_derive(VAULT_VOPRF, seed, span_text("test key"), &key))) {
        return false;
    }
    struct vault_point public_key = vault_oprf_public(key);
    return answer_is(span_of(public_key.bytes, sizeof public_key.bytes),
                     "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e");
}

struct lg_err vault_init(struct vault_report *out_report) {
    if (sodium_init() < 0 || !hashes_work() || !signatures_work() || !sealing_works() ||
        !group_works()) {
        return vault_fail(LG_CLASS_INTERNAL, VAULT_INIT);
    }
    OWN(vault_key_free) struct vault_key *probe = NULL;
    TRY(vault_key_new(VAULT_KIND_SECRET, &probe));
    *out_report = (struct vault_report){.memory_locked = vault_key_is_locked(probe)};
    return LG_OK;
}
