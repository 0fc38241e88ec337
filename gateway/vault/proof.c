/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs of discrete-logarithm equality over a batch (RFC 9497, 2.2). A proof is c and s, each in
 * the one reduced form: s + L would verify as well, and a proof that can be rewritten is no key for
 * anything. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

/* M and Z: the batch folded into one pair. */
struct composites {
    struct vault_point m;
    struct vault_point z;
};

struct framed {
    uint8_t len[2];
};

static struct framed frame(size_t len) {
    ASSERT(len <= UINT16_MAX);
    return (struct framed){.len = {(uint8_t)(len >> 8), (uint8_t)(len & 0xff)}};
}

/* The seed that every weight depends on, so that no element can be chosen after it. */
static void weights_seed(const struct vault_statement *statement,
                         uint8_t out[static VAULT_SHA512_SIZE]) {
    struct vault_tag tag = vault_oprf_tag("Seed-", statement->mode);
    const struct framed point_len = frame(VAULT_POINT_SIZE);
    const struct framed tag_len = frame(tag.len);
    struct vault_sha512 hash;
    vault_sha512_begin(&hash);
    vault_sha512_add(&hash, span_of(point_len.len, 2));
    vault_sha512_add(&hash, span_of(statement->public_key->bytes, VAULT_POINT_SIZE));
    vault_sha512_add(&hash, span_of(tag_len.len, 2));
    vault_sha512_add(&hash, span_of(tag.bytes, tag.len));
    vault_sha512_end(&hash, out);
}

static void weight(const struct vault_statement *statement,
                   const uint8_t seed[static VAULT_SHA512_SIZE], size_t i,
                   struct vault_scalar *out_weight) {
    struct vault_tag tag = vault_oprf_tag("HashToScalar-", statement->mode);
    const struct framed seed_len = frame(VAULT_SHA512_SIZE);
    const struct framed index = frame(i);
    const struct framed point_len = frame(VAULT_POINT_SIZE);
    const struct span parts[] = {
        span_of(seed_len.len, 2),
        span_of(seed, VAULT_SHA512_SIZE),
        span_of(index.len, 2),
        span_of(point_len.len, 2),
        span_of(statement->c[i].bytes, VAULT_POINT_SIZE),
        span_of(point_len.len, 2),
        span_of(statement->d[i].bytes, VAULT_POINT_SIZE),
        span_text("Composite"),
    };
    vault_scalar_hash(span_of(tag.bytes, tag.len), parts, sizeof parts / sizeof parts[0],
                      out_weight);
}

/* sum += w·point; the sum may pass through the identity. */
static bool fold(const struct vault_scalar *w, const struct vault_point *point,
                 struct vault_point *sum) {
    struct vault_point product;
    return crypto_scalarmult_ristretto255(product.bytes, w->bytes, point->bytes) == 0 &&
           crypto_core_ristretto255_add(sum->bytes, sum->bytes, product.bytes) == 0;
}

/* ComputeComposites; with k given, ComputeCompositesFast: Z = k·M. */
static struct lg_err composites_make(const struct vault_statement *statement,
                                     const struct vault_scalar *k, struct composites *out) {
    uint8_t seed[VAULT_SHA512_SIZE];
    struct vault_scalar w;
    bool good = true;
    *out = (struct composites){.m = {{0}}, .z = {{0}}};
    weights_seed(statement, seed);
    for (size_t i = 0; i < statement->count && good; i++) {
        weight(statement, seed, i, &w);
        good = fold(&w, &statement->c[i], &out->m);
        good = good && (k != NULL || fold(&w, &statement->d[i], &out->z));
    }
    if (good && k != NULL) {
        good = crypto_scalarmult_ristretto255(out->z.bytes, k->bytes, out->m.bytes) == 0;
    }
    return good ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_POINT);
}

static void challenge(const struct vault_statement *statement, const struct composites *pair,
                      const struct vault_point *t2, const struct vault_point *t3,
                      struct vault_scalar *out_challenge) {
    struct vault_tag tag = vault_oprf_tag("HashToScalar-", statement->mode);
    const struct framed len = frame(VAULT_POINT_SIZE);
    const struct vault_point *points[] = {statement->public_key, &pair->m, &pair->z, t2, t3};
    struct span parts[11];
    for (size_t i = 0; i < 5; i++) {
        parts[2 * i] = span_of(len.len, 2);
        parts[2 * i + 1] = span_of(points[i]->bytes, VAULT_POINT_SIZE);
    }
    parts[10] = span_text("Challenge");
    vault_scalar_hash(span_of(tag.bytes, tag.len), parts, 11, out_challenge);
}

struct lg_err vault_proof_make(const struct vault_statement *statement,
                               const struct vault_scalar *k, const struct vault_scalar *random,
                               struct vault_proof *out_proof) {
    struct composites pair;
    struct vault_point t2;
    struct vault_point t3;
    TRY(composites_make(statement, k, &pair));
    if (vault_scalar_is_zero(random) || !vault_scalar_is_reduced(random)) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SCALAR);
    }
    if (crypto_scalarmult_ristretto255_base(t2.bytes, random->bytes) != 0 ||
        crypto_scalarmult_ristretto255(t3.bytes, random->bytes, pair.m.bytes) != 0) {
        return vault_fail(LG_CLASS_INPUT, VAULT_POINT);
    }
    struct vault_scalar c;
    struct vault_scalar s;
    challenge(statement, &pair, &t2, &t3, &c);
    crypto_core_ristretto255_scalar_mul(s.bytes, c.bytes, k->bytes);
    crypto_core_ristretto255_scalar_sub(s.bytes, random->bytes, s.bytes);
    memcpy(out_proof->bytes, c.bytes, VAULT_SCALAR_SIZE);
    memcpy(out_proof->bytes + VAULT_SCALAR_SIZE, s.bytes, VAULT_SCALAR_SIZE);
    return LG_OK;
}

/* a·P + b·Q */
static bool combine(const struct vault_scalar *a, const struct vault_point *p,
                    const struct vault_scalar *b, const struct vault_point *q,
                    struct vault_point *out_sum) {
    *out_sum = (struct vault_point){{0}};
    return fold(a, p, out_sum) && fold(b, q, out_sum);
}

struct lg_err vault_proof_check(const struct vault_statement *statement,
                                const struct vault_proof *proof) {
    struct lg_err refused = vault_fail(LG_CLASS_INPUT, VAULT_PROOF);
    struct vault_scalar c;
    struct vault_scalar s;
    memcpy(c.bytes, proof->bytes, VAULT_SCALAR_SIZE);
    memcpy(s.bytes, proof->bytes + VAULT_SCALAR_SIZE, VAULT_SCALAR_SIZE);
    if (!vault_scalar_is_reduced(&c) || !vault_scalar_is_reduced(&s)) {
        return refused;
    }
    struct composites pair;
    struct vault_point base;
    struct vault_point t2;
    struct vault_point t3;
    const struct vault_scalar one = {{1}};
    int rc = crypto_scalarmult_ristretto255_base(base.bytes, one.bytes);
    ASSERT(rc == 0);
    if (lg_failed(composites_make(statement, NULL, &pair)) ||
        !combine(&s, &base, &c, statement->public_key, &t2) ||
        !combine(&s, &pair.m, &c, &pair.z, &t3)) {
        return refused;
    }
    struct vault_scalar expected;
    challenge(statement, &pair, &t2, &t3, &expected);
    return sodium_memcmp(expected.bytes, c.bytes, sizeof c.bytes) == 0 ? LG_OK : refused;
}
