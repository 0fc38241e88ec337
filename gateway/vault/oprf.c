/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9497 for the suite ristretto255-SHA512: keys, blinding, evaluation, verification, output.
 * Proofs are in proof.c. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

struct vault_tag vault_oprf_tag(const char *prefix, enum vault_oprf_mode mode) {
    struct vault_tag tag = {.len = 0};
    struct writer w = writer_of(tag.bytes, sizeof tag.bytes);
    struct span written = {.ptr = NULL, .len = 0};
    writer_text(&w, prefix);
    writer_text(&w, "OPRFV1-");
    writer_u8(&w, (uint8_t)mode);
    writer_text(&w, "-ristretto255-SHA512");
    ASSERT(!lg_failed(writer_end(&w, &written)));
    tag.len = written.len;
    return tag;
}

static struct span tag_span(const struct vault_tag *tag) {
    return span_of(tag->bytes, tag->len);
}

/* I2OSP(len, 2) */
static struct span length_write(size_t len, uint8_t out[static 2]) {
    ASSERT(len <= VAULT_OPRF_INPUT_MAX);
    out[0] = (uint8_t)(len >> 8);
    out[1] = (uint8_t)(len & 0xff);
    return span_of(out, 2);
}

struct lg_err vault_oprf_key_derive(enum vault_oprf_mode mode, struct vault_key *seed,
                                    struct span info, struct vault_key **out_key) {
    if (info.len > VAULT_OPRF_INPUT_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    struct vault_tag tag = vault_oprf_tag("DeriveKeyPair", mode);
    uint8_t len[2];
    uint8_t counter = 0;
    struct vault_scalar scalar;
    struct span parts[] = {
        span_of(vault_key_enter(seed, VAULT_KIND_SECRET), VAULT_KEY_SIZE),
        length_write(info.len, len),
        info,
        span_of(&counter, 1),
    };
    do {
        vault_scalar_hash(tag_span(&tag), parts, sizeof parts / sizeof parts[0], &scalar);
    } while (vault_scalar_is_zero(&scalar) && counter++ < UINT8_MAX);
    vault_key_leave(seed);
    struct lg_err err = vault_key_from_bytes(VAULT_KIND_SCALAR,
                                             span_of(scalar.bytes, sizeof scalar.bytes), out_key);
    sodium_memzero(&scalar, sizeof scalar);
    return err;
}

struct vault_point vault_oprf_public(const struct vault_key *key) {
    ASSERT(key->kind == VAULT_KIND_SCALAR);
    struct vault_point point;
    memcpy(point.bytes, key->public_bytes, sizeof point.bytes);
    return point;
}

struct lg_err vault_oprf_blind(enum vault_oprf_mode mode, struct span input,
                               const struct vault_scalar *blind, struct vault_point *out_blinded) {
    if (input.len > VAULT_OPRF_INPUT_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    struct vault_tag tag = vault_oprf_tag("HashToGroup-", mode);
    struct vault_point element;
    TRY(vault_point_hash(tag_span(&tag), input, &element));
    struct lg_err err = vault_point_multiply(&element, blind, out_blinded);
    sodium_memzero(&element, sizeof element);
    return err;
}

static struct lg_err points_check(const struct vault_point *points, size_t count) {
    if (count == 0 || count > VAULT_BATCH_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    for (size_t i = 0; i < count; i++) {
        if (!vault_point_is_valid(&points[i])) {
            return vault_fail(LG_CLASS_INPUT, VAULT_POINT);
        }
    }
    return LG_OK;
}

/* m of mode POPRF: HashToScalar("Info" || len || info). */
static void info_scalar(struct span info, struct vault_scalar *out_scalar) {
    struct vault_tag tag = vault_oprf_tag("HashToScalar-", VAULT_POPRF);
    uint8_t len[2];
    const struct span parts[] = {span_text("Info"), length_write(info.len, len), info};
    vault_scalar_hash(tag_span(&tag), parts, sizeof parts / sizeof parts[0], out_scalar);
}

/* Multiplies every element by `factor`, then proves it with `k` where a proof is wanted. */
struct evaluation {
    struct vault_scalar k;      /* what the proof is about */
    struct vault_scalar factor; /* k, or 1/k for POPRF */
};

static void evaluation_wipe(struct evaluation *evaluation) {
    sodium_memzero(evaluation, sizeof *evaluation);
}

/* Sets k and factor from the key; POPRF: k = key + m. */
static struct lg_err evaluation_key(enum vault_oprf_mode mode,
                                    const struct vault_oprf_request *request,
                                    struct evaluation *out) {
    memcpy(out->k.bytes, vault_key_enter(request->key, VAULT_KIND_SCALAR), VAULT_SCALAR_SIZE);
    vault_key_leave(request->key);
    if (mode != VAULT_POPRF) {
        out->factor = out->k;
        return LG_OK;
    }
    struct vault_scalar m;
    info_scalar(request->info, &m);
    crypto_core_ristretto255_scalar_add(out->k.bytes, out->k.bytes, m.bytes);
    return vault_scalar_invert(&out->k, 1, &out->factor);
}

static struct lg_err evaluation_multiply(const struct evaluation *evaluation,
                                         const struct vault_point *blinded, size_t count,
                                         struct vault_point *out_evaluated) {
    for (size_t i = 0; i < count; i++) {
        if (crypto_scalarmult_ristretto255(out_evaluated[i].bytes, evaluation->factor.bytes,
                                           blinded[i].bytes) != 0) {
            return vault_fail(LG_CLASS_INPUT, VAULT_POINT);
        }
    }
    return LG_OK;
}

static struct lg_err evaluation_prove(enum vault_oprf_mode mode,
                                      const struct vault_oprf_request *request,
                                      const struct evaluation *evaluation,
                                      const struct vault_point *evaluated,
                                      struct vault_proof *out_proof) {
    struct vault_point public_key;
    int rc = crypto_scalarmult_ristretto255_base(public_key.bytes, evaluation->k.bytes);
    ASSERT(rc == 0);
    /* Of POPRF the key is inverted, so that the two lists change places (RFC 9497, 3.3.3). */
    bool swapped = mode == VAULT_POPRF;
    struct vault_statement statement = {
        .mode = mode,
        .public_key = &public_key,
        .c = swapped ? evaluated : request->blinded,
        .d = swapped ? request->blinded : evaluated,
        .count = request->count,
    };
    struct vault_scalar random;
    if (request->proof_random != NULL) {
        random = *request->proof_random;
    } else {
        vault_scalar_random(&random);
    }
    struct lg_err err = vault_proof_make(&statement, &evaluation->k, &random, out_proof);
    sodium_memzero(&random, sizeof random);
    return err;
}

struct lg_err vault_oprf_evaluate(enum vault_oprf_mode mode,
                                  const struct vault_oprf_request *request,
                                  struct vault_point *out_evaluated,
                                  struct vault_proof *out_proof) {
    ASSERT((mode == VAULT_OPRF) == (out_proof == NULL));
    if (request->info.len > VAULT_OPRF_INPUT_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    TRY(points_check(request->blinded, request->count));
    struct evaluation evaluation;
    struct lg_err err = evaluation_key(mode, request, &evaluation);
    if (!lg_failed(err)) {
        err = evaluation_multiply(&evaluation, request->blinded, request->count, out_evaluated);
    }
    if (!lg_failed(err) && mode != VAULT_OPRF) {
        err = evaluation_prove(mode, request, &evaluation, out_evaluated, out_proof);
    }
    evaluation_wipe(&evaluation);
    return err;
}

/* m·G + public key (RFC 9497, 3.3.3). */
static struct lg_err tweaked_key(struct span info, const struct vault_point *public_key,
                                 struct vault_point *out_key) {
    struct vault_scalar m;
    info_scalar(info, &m);
    struct vault_point base;
    if (crypto_scalarmult_ristretto255_base(base.bytes, m.bytes) != 0 ||
        crypto_core_ristretto255_add(out_key->bytes, base.bytes, public_key->bytes) != 0 ||
        !vault_point_is_valid(out_key)) {
        return vault_fail(LG_CLASS_INPUT, VAULT_POINT);
    }
    return LG_OK;
}

struct lg_err vault_oprf_verify(enum vault_oprf_mode mode, const struct vault_oprf_answer *answer) {
    ASSERT(mode != VAULT_OPRF);
    if (answer->info.len > VAULT_OPRF_INPUT_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    TRY(points_check(answer->public_key, 1));
    TRY(points_check(answer->blinded, answer->count));
    TRY(points_check(answer->evaluated, answer->count));
    struct vault_statement statement = {
        .mode = mode,
        .public_key = answer->public_key,
        .c = answer->blinded,
        .d = answer->evaluated,
        .count = answer->count,
    };
    struct vault_point tweaked;
    if (mode == VAULT_POPRF) {
        TRY(tweaked_key(answer->info, answer->public_key, &tweaked));
        statement.public_key = &tweaked;
        statement.c = answer->evaluated;
        statement.d = answer->blinded;
    }
    return vault_proof_check(&statement, answer->proof);
}

static void hash_part(struct vault_sha512 *hash, struct span part) {
    uint8_t len[2];
    vault_sha512_add(hash, length_write(part.len, len));
    vault_sha512_add(hash, part);
}

struct lg_err vault_oprf_finalize(enum vault_oprf_mode mode, struct span input, struct span info,
                                  const struct vault_point *unblinded,
                                  uint8_t out[static VAULT_OPRF_OUTPUT_SIZE]) {
    if (input.len > VAULT_OPRF_INPUT_MAX || info.len > VAULT_OPRF_INPUT_MAX) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    struct vault_sha512 hash;
    vault_sha512_begin(&hash);
    hash_part(&hash, input);
    if (mode == VAULT_POPRF) {
        hash_part(&hash, info);
    }
    hash_part(&hash, span_of(unblinded->bytes, sizeof unblinded->bytes));
    vault_sha512_add(&hash, span_text("Finalize"));
    vault_sha512_end(&hash, out);
    return LG_OK;
}
