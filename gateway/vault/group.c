/* SPDX-License-Identifier: Apache-2.0 */
/* ristretto255 with the checks that libsodium leaves to its callers: it takes the identity for a
 * valid point, ignores the top bit of a scalar and accepts s + L for s. Up to 1.0.18 it ignores the
 * top bit of a point as well, so that each would have two encodings (RFC 9496, 4.3.1, has one). */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

_Static_assert(crypto_core_ristretto255_BYTES == VAULT_POINT_SIZE, "point");
_Static_assert(crypto_core_ristretto255_SCALARBYTES == VAULT_SCALAR_SIZE, "scalar");

enum { SHA512_BLOCK = 128, EXPANDED = 64 };

bool vault_point_is_valid(const struct vault_point *point) {
    return sodium_is_zero(point->bytes, sizeof point->bytes) == 0 &&
           (point->bytes[VAULT_POINT_SIZE - 1] & 0x80) == 0 &&
           crypto_core_ristretto255_is_valid_point(point->bytes) == 1;
}

bool vault_scalar_is_zero(const struct vault_scalar *scalar) {
    return sodium_is_zero(scalar->bytes, sizeof scalar->bytes) == 1;
}

bool vault_scalar_is_reduced(const struct vault_scalar *scalar) {
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = {0};
    uint8_t reduced[VAULT_SCALAR_SIZE];
    memcpy(wide, scalar->bytes, sizeof scalar->bytes);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    bool same = sodium_memcmp(reduced, scalar->bytes, sizeof reduced) == 0;
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(reduced, sizeof reduced);
    return same;
}

void vault_point_random(struct vault_point *out_point) {
    do {
        crypto_core_ristretto255_random(out_point->bytes);
    } while (!vault_point_is_valid(out_point)); /* the identity: once in 2^252 */
}

void vault_scalar_random(struct vault_scalar *out_scalar) {
    crypto_core_ristretto255_scalar_random(out_scalar->bytes); /* never zero */
}

void vault_expand(struct span dst, const struct span *parts, size_t count, uint8_t out[static 64]) {
    ASSERT(dst.len >= 1 && dst.len <= 255);
    static const uint8_t zeros[SHA512_BLOCK] = {0};
    const uint8_t size_and_zero[3] = {0, EXPANDED, 0};
    const uint8_t one = 1;
    const uint8_t dst_len = (uint8_t)dst.len;
    uint8_t first[VAULT_SHA512_SIZE];
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, zeros, sizeof zeros);
    for (size_t i = 0; i < count; i++) {
        crypto_hash_sha512_update(&state, parts[i].ptr, parts[i].len);
    }
    crypto_hash_sha512_update(&state, size_and_zero, sizeof size_and_zero);
    crypto_hash_sha512_update(&state, dst.ptr, dst.len);
    crypto_hash_sha512_update(&state, &dst_len, 1);
    crypto_hash_sha512_final(&state, first);
    /* 64 bytes are one block of SHA-512, so that b_1 is all of the output. */
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, first, sizeof first);
    crypto_hash_sha512_update(&state, &one, 1);
    crypto_hash_sha512_update(&state, dst.ptr, dst.len);
    crypto_hash_sha512_update(&state, &dst_len, 1);
    crypto_hash_sha512_final(&state, out);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(first, sizeof first);
}

void vault_scalar_hash(struct span dst, const struct span *parts, size_t count,
                       struct vault_scalar *out_scalar) {
    uint8_t wide[EXPANDED];
    vault_expand(dst, parts, count, wide);
    crypto_core_ristretto255_scalar_reduce(out_scalar->bytes, wide);
    sodium_memzero(wide, sizeof wide);
}

struct lg_err vault_point_hash(struct span dst, struct span input, struct vault_point *out_point) {
    if (dst.len < 1 || dst.len > 255) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    uint8_t wide[EXPANDED];
    vault_expand(dst, &input, 1, wide);
    int rc = crypto_core_ristretto255_from_hash(out_point->bytes, wide);
    sodium_memzero(wide, sizeof wide);
    ASSERT(rc == 0);
    return vault_point_is_valid(out_point) ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_POINT);
}

struct lg_err vault_point_multiply(const struct vault_point *point,
                                   const struct vault_scalar *scalar,
                                   struct vault_point *out_product) {
    if (vault_scalar_is_zero(scalar) || !vault_scalar_is_reduced(scalar)) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SCALAR);
    }
    if (!vault_point_is_valid(point)) {
        return vault_fail(LG_CLASS_INPUT, VAULT_POINT);
    }
    struct vault_point product;
    if (crypto_scalarmult_ristretto255(product.bytes, scalar->bytes, point->bytes) != 0) {
        return vault_fail(LG_CLASS_INPUT, VAULT_POINT);
    }
    *out_product = product;
    return LG_OK;
}

struct lg_err vault_point_multiply_key(const struct vault_point *point, struct vault_key *key,
                                       struct vault_point *out_product) {
    struct vault_scalar scalar;
    memcpy(scalar.bytes, vault_key_enter(key, VAULT_KIND_SCALAR), sizeof scalar.bytes);
    vault_key_leave(key);
    struct lg_err err = vault_point_multiply(point, &scalar, out_product);
    sodium_memzero(&scalar, sizeof scalar);
    return err;
}

/* over/under, with NULL for 1. */
static void ratio_make(struct vault_key *over, struct vault_key *under, struct vault_scalar *out) {
    *out = (struct vault_scalar){{1}};
    if (under != NULL) {
        const uint8_t *bottom = vault_key_enter(under, VAULT_KIND_SCALAR);
        int rc = crypto_core_ristretto255_scalar_invert(out->bytes, bottom);
        vault_key_leave(under);
        ASSERT(rc == 0);
    }
    if (over != NULL) {
        const uint8_t *top = vault_key_enter(over, VAULT_KIND_SCALAR);
        crypto_core_ristretto255_scalar_mul(out->bytes, out->bytes, top);
        vault_key_leave(over);
    }
}

struct lg_err vault_points_translate(const struct vault_point *points, size_t count,
                                     struct vault_key *over, struct vault_key *under,
                                     struct vault_point *out_products) {
    if (count == 0 || count > VAULT_BATCH_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    struct vault_scalar ratio;
    struct lg_err err = LG_OK;
    ratio_make(over, under, &ratio);
    for (size_t i = 0; i < count && !lg_failed(err); i++) {
        err = vault_point_multiply(&points[i], &ratio, &out_products[i]);
    }
    sodium_memzero(&ratio, sizeof ratio);
    return err;
}

/* Montgomery's trick: out holds the running products; one inversion of the last is then taken apart
 * from the back. */
struct lg_err vault_scalar_invert(const struct vault_scalar *scalars, size_t count,
                                  struct vault_scalar *out_inverses) {
    if (count == 0 || count > VAULT_BATCH_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    for (size_t i = 0; i < count; i++) {
        if (vault_scalar_is_zero(&scalars[i]) || !vault_scalar_is_reduced(&scalars[i])) {
            return vault_fail(LG_CLASS_INPUT, VAULT_SCALAR);
        }
    }
    out_inverses[0] = scalars[0];
    for (size_t i = 1; i < count; i++) {
        crypto_core_ristretto255_scalar_mul(out_inverses[i].bytes, out_inverses[i - 1].bytes,
                                            scalars[i].bytes);
    }
    struct vault_scalar rest;
    int rc = crypto_core_ristretto255_scalar_invert(rest.bytes, out_inverses[count - 1].bytes);
    ASSERT(rc == 0); /* a product of numbers that are not zero, modulo a prime */
    for (size_t i = count - 1; i > 0; i--) {
        crypto_core_ristretto255_scalar_mul(out_inverses[i].bytes, rest.bytes,
                                            out_inverses[i - 1].bytes);
        crypto_core_ristretto255_scalar_mul(rest.bytes, rest.bytes, scalars[i].bytes);
    }
    out_inverses[0] = rest;
    sodium_memzero(&rest, sizeof rest);
    return LG_OK;
}

struct lg_err vault_point_blind(const struct vault_point *point, struct vault_point *out_blinded,
                                struct vault_scalar *out_unblind) {
    struct vault_scalar blind;
    vault_scalar_random(&blind);
    struct lg_err err = vault_point_multiply(point, &blind, out_blinded);
    if (!lg_failed(err)) {
        err = vault_scalar_invert(&blind, 1, out_unblind);
    }
    sodium_memzero(&blind, sizeof blind);
    return err;
}

struct lg_err vault_point_unblind(const struct vault_point *point,
                                  const struct vault_scalar *unblind,
                                  struct vault_point *out_point) {
    return vault_point_multiply(point, unblind, out_point);
}
