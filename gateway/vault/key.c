/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in guarded memory and their derivation. A page is opened for reading by the first user and
 * closed by the last, so that a stray read anywhere else ends the process instead of leaking. */
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/vault/vault.h"
#include "gateway/vault/vault_int.h"

enum { LABEL_TEXT_MAX = 512 };

static size_t secret_size(enum vault_kind kind) {
    return kind == VAULT_KIND_SIGN ? crypto_sign_SECRETKEYBYTES : VAULT_KEY_SIZE;
}

const uint8_t *vault_key_enter(struct vault_key *key, enum vault_kind kind) {
    ASSERT(key != NULL);
    ASSERT(key->kind == kind);
    if (key->warm) {
        return key->secret;
    }
    ASSERT(pthread_mutex_lock(&key->mutex) == 0);
    if (key->users == 0) {
        ASSERT(sodium_mprotect_readonly(key->secret) == 0);
    }
    key->users++;
    ASSERT(pthread_mutex_unlock(&key->mutex) == 0);
    return key->secret;
}

void vault_key_leave(struct vault_key *key) {
    if (key->warm) {
        return;
    }
    ASSERT(pthread_mutex_lock(&key->mutex) == 0);
    ASSERT(key->users > 0);
    key->users--;
    if (key->users == 0) {
        ASSERT(sodium_mprotect_noaccess(key->secret) == 0);
    }
    ASSERT(pthread_mutex_unlock(&key->mutex) == 0);
}

/* An open key whose secret is not set yet. */
static struct lg_err key_alloc(enum vault_kind kind, struct vault_key **out_key) {
    struct vault_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return vault_fail(LG_CLASS_LIMIT, VAULT_MEMORY);
    }
    key->kind = kind;
    key->secret = sodium_malloc(secret_size(kind));
    if (key->secret == NULL) {
        free(key);
        return vault_fail(LG_CLASS_LIMIT, VAULT_MEMORY);
    }
    /* sodium_malloc goes on where the system refuses to lock; only this call tells (M8). */
    key->locked = sodium_mlock(key->secret, secret_size(kind)) == 0;
    ASSERT(pthread_mutex_init(&key->mutex, NULL) == 0);
    *out_key = key;
    return LG_OK;
}

/* Fills the public half from the secret's first 32 bytes and closes the page. */
static void key_close(struct vault_key *key) {
    int rc = 0;
    switch (key->kind) {
    case VAULT_KIND_SECRET:
        break;
    case VAULT_KIND_SIGN: {
        uint8_t seed[crypto_sign_SEEDBYTES];
        memcpy(seed, key->secret, sizeof seed);
        rc = crypto_sign_seed_keypair(key->public_bytes, key->secret, seed);
        sodium_memzero(seed, sizeof seed);
        break;
    }
    case VAULT_KIND_BOX:
        rc = crypto_scalarmult_base(key->public_bytes, key->secret);
        break;
    case VAULT_KIND_SCALAR:
        rc = crypto_scalarmult_ristretto255_base(key->public_bytes, key->secret);
        break;
    }
    ASSERT(rc == 0);
    ASSERT(sodium_mprotect_noaccess(key->secret) == 0);
}

struct lg_err vault_key_new(enum vault_kind kind, struct vault_key **out_key) {
    struct vault_key *key = NULL;
    TRY(key_alloc(kind, &key));
    if (kind == VAULT_KIND_SCALAR) {
        struct vault_scalar scalar;
        vault_scalar_random(&scalar);
        memcpy(key->secret, scalar.bytes, sizeof scalar.bytes);
        sodium_memzero(&scalar, sizeof scalar);
    } else {
        randombytes_buf(key->secret, VAULT_KEY_SIZE);
    }
    key_close(key);
    *out_key = key;
    return LG_OK;
}

static struct lg_err scalar_check(struct span secret) {
    struct vault_scalar scalar;
    memcpy(scalar.bytes, secret.ptr, sizeof scalar.bytes);
    bool fits = vault_scalar_is_reduced(&scalar) && !vault_scalar_is_zero(&scalar);
    sodium_memzero(&scalar, sizeof scalar);
    return fits ? LG_OK : vault_fail(LG_CLASS_INPUT, VAULT_SCALAR);
}

struct lg_err vault_key_from_bytes(enum vault_kind kind, struct span secret,
                                   struct vault_key **out_key) {
    if (secret.len != VAULT_KEY_SIZE) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    if (kind == VAULT_KIND_SCALAR) {
        TRY(scalar_check(secret));
    }
    struct vault_key *key = NULL;
    TRY(key_alloc(kind, &key));
    memcpy(key->secret, secret.ptr, VAULT_KEY_SIZE);
    key_close(key);
    *out_key = key;
    return LG_OK;
}

void vault_key_free(struct vault_key **key) {
    if (*key == NULL) {
        return;
    }
    if (atomic_fetch_sub(&(*key)->holders, 1) > 0) {
        *key = NULL;
        return;
    }
    ASSERT((*key)->users == 0);
    sodium_free((*key)->secret); /* wipes first */
    ASSERT(pthread_mutex_destroy(&(*key)->mutex) == 0);
    free(*key);
    *key = NULL;
}

struct vault_key *vault_key_hold(struct vault_key *key) {
    atomic_fetch_add(&key->holders, 1);
    return key;
}

void vault_key_warm(struct vault_key *key) {
    ASSERT(key->users == 0);
    ASSERT(sodium_mprotect_readonly(key->secret) == 0);
    key->warm = true;
}

bool vault_key_is_locked(const struct vault_key *key) {
    return key->locked;
}

struct lg_err vault_label_write(const struct vault_label *label,
                                uint8_t out[static VAULT_LABEL_SIZE_MAX],
                                struct span *out_written) {
    struct span purpose = span_text(label->purpose);
    if (purpose.len > LABEL_TEXT_MAX || label->scheme.len > LABEL_TEXT_MAX - purpose.len) {
        return vault_fail(LG_CLASS_INPUT, VAULT_SIZE);
    }
    struct writer w = writer_of(out, VAULT_LABEL_SIZE_MAX);
    writer_part(&w, span_text("lockgate"));
    writer_part(&w, span_text("1"));
    writer_part(&w, purpose);
    writer_part(&w, label->scheme);
    writer_u64(&w, label->epoch);
    return writer_end(&w, out_written);
}

struct lg_err vault_key_derive(struct vault_key *root, const struct vault_label *label,
                               enum vault_kind kind, struct vault_key **out_key) {
    ASSERT(kind != VAULT_KIND_SCALAR);
    uint8_t buf[VAULT_LABEL_SIZE_MAX];
    struct span encoded;
    TRY(vault_label_write(label, buf, &encoded));
    uint8_t secret[VAULT_MAC32_SIZE];
    vault_mac32(root, encoded, secret);
    struct lg_err err = vault_key_from_bytes(kind, span_of(secret, sizeof secret), out_key);
    sodium_memzero(secret, sizeof secret);
    return err;
}
