/* SPDX-License-Identifier: Apache-2.0 */
/* Shared inside the vault: how a key is opened, and the hashing under group and proofs. */
#ifndef GATEWAY_VAULT_VAULT_INT_H
#define GATEWAY_VAULT_VAULT_INT_H

#include <pthread.h>
#include <sodium.h>
#include <sys/stat.h>

#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/vault/vault.h"

/* secret lies in guarded memory: 64 bytes (seed, public key) for SIGN as libsodium wants them, else
 * 32. It is readable exactly while users > 0. */
struct vault_key {
    enum vault_kind kind;
    bool locked;
    uint8_t public_bytes[32]; /* zero for SECRET */
    uint8_t *secret;
    bool warm;              /* set before the key is shared: the page stays readable */
    _Atomic size_t holders; /* beside the first */
    pthread_mutex_t mutex;  /* guards users and the page's protection */
    size_t users;
};

LG_MUST_USE static inline struct lg_err vault_fail(enum lg_class klass, enum vault_code code) {
    return lg_err_make(klass, LG_VAULT, (uint16_t)code);
}

/* The secret, readable until vault_key_leave. Asserts the kind. */
const uint8_t *vault_key_enter(struct vault_key *key, enum vault_kind kind);
void vault_key_leave(struct vault_key *key);

enum { VAULT_PATH_SIZE = 4096 };

/* A file, and the mode bits that it may not have. */
struct vault_private {
    const char *path;
    mode_t forbidden;
};

LG_MUST_USE struct lg_err vault_file_refuse(struct diag *diag, const char *path, const char *what);
/* vault_private_read with other bits forbidden. */
LG_MUST_USE struct lg_err vault_private_load(const struct vault_private *place, struct diag *diag,
                                             uint8_t *out, size_t size_max, size_t *out_len);

/* expand_message_xmd of RFC 9380, 5.3.1, over SHA-512, always 64 bytes. dst.len 1 to 255. */
void vault_expand(struct span dst, const struct span *parts, size_t count, uint8_t out[static 64]);
/* hash_to_scalar of RFC 9497, 4.1. */
void vault_scalar_hash(struct span dst, const struct span *parts, size_t count,
                       struct vault_scalar *out_scalar);
/* In reduced form; zero is let through. */
bool vault_scalar_is_reduced(const struct vault_scalar *scalar);
bool vault_scalar_is_zero(const struct vault_scalar *scalar);

/* A domain separation tag: `prefix`, then the context string of RFC 9497, 3.1. */
struct vault_tag {
    uint8_t bytes[64];
    size_t len;
};
struct vault_tag vault_oprf_tag(const char *prefix, enum vault_oprf_mode mode);

/* Statement of RFC 9497, 2.2: log_G(base) is the same number as log_C(D) for every pair. */
struct vault_statement {
    enum vault_oprf_mode mode;
    const struct vault_point *public_key;
    const struct vault_point *c;
    const struct vault_point *d;
    size_t count;
};

/* GenerateProof for the number k with the given random scalar. */
LG_MUST_USE struct lg_err vault_proof_make(const struct vault_statement *statement,
                                           const struct vault_scalar *k,
                                           const struct vault_scalar *random,
                                           struct vault_proof *out_proof);
/* VerifyProof. INPUT VAULT_PROOF. */
LG_MUST_USE struct lg_err vault_proof_check(const struct vault_statement *statement,
                                            const struct vault_proof *proof);

#endif
