/* SPDX-License-Identifier: Apache-2.0 */
/* Everything cryptographic that is not TLS: the only door to libsodium, and to libcrypto's SHA-256.
 * Key bytes live in here, in guarded memory; everybody else holds a `struct vault_key *`.
 *
 * Buffers named `out` are the caller's and hold exactly the size that the comment gives. Functions
 * without a result cannot fail once vault_init has succeeded. Every function is thread-safe; a key
 * may be used by several threads at once. */
#ifndef GATEWAY_VAULT_VAULT_H
#define GATEWAY_VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/attr.h"
#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/limits.h"
#include "gateway/base/span.h"

enum vault_code {
    VAULT_INIT = 1,   /* INTERNAL: no randomness, or the self test failed */
    VAULT_MEMORY,     /* LIMIT: no memory for a key */
    VAULT_FILE,       /* CONFIG: key file missing, not a private regular file of ours, unreadable */
    VAULT_FORMAT,     /* CONFIG: key file of another kind or shape */
    VAULT_PASSPHRASE, /* CONFIG: no passphrase, or not the one that sealed the file */
    VAULT_WRITE,      /* STORE: a key file could not be made durable */
    VAULT_SIZE,       /* INPUT: a length that no caller of ours sends; nothing was computed */
    VAULT_OPEN,       /* INPUT: sealed bytes are not what was sealed under this key and data */
    VAULT_SIGNATURE,  /* INPUT: signature does not fit */
    VAULT_POINT,      /* INPUT: not a group element, or the identity */
    VAULT_SCALAR,     /* INPUT: scalar is zero or not in reduced form */
    VAULT_PROOF,      /* INPUT: proof does not fit */
    VAULT_TEXT,       /* INPUT: text is not a pseudonym */
};

enum {
    VAULT_KEY_SIZE = 32,
    VAULT_SHA256_SIZE = 32,
    VAULT_SHA512_SIZE = 64,
    VAULT_MAC16_SIZE = 16,
    VAULT_MAC32_SIZE = 32,
    VAULT_SEAL_OVERHEAD = 40, /* nonce 24, tag 16 */
    VAULT_BOX_OVERHEAD = 48,  /* one-time public key 32, tag 16 */
    VAULT_SIGNATURE_SIZE = 64,
    VAULT_POINT_SIZE = 32,
    VAULT_SCALAR_SIZE = 32,
    VAULT_PROOF_SIZE = 64,
    VAULT_BATCH_MAX = LIMIT_VAULT_BATCH, /* elements under one proof (subjects.md 5.3) */
    VAULT_OPRF_OUTPUT_SIZE = 64,         /* RFC 9497: Nh of SHA-512 */
    VAULT_OPRF_INPUT_MAX = 65535,        /* RFC 9497, 1.2: input and info under 2^16 bytes */
    VAULT_PSEUDONYM_TEXT_SIZE = 58,      /* base32 of point 32 and check 4, without NUL */
};

/* ---- Start, randomness, comparing, wiping */

/* What the machine gave us. memory_locked false: keys may reach swap; a production start refuses
 * (libsodium itself goes on silently, security.md M8). */
struct vault_report {
    bool memory_locked;
};

/* Starts libsodium, checks known answers of every primitive and tries to lock memory. First call of
 * every program and test; further calls are harmless. INTERNAL VAULT_INIT otherwise. */
LG_MUST_USE struct lg_err vault_init(struct vault_report *out_report);

/* Fills out with bytes of the system's generator. */
void vault_random(void *out, size_t len);
/* Equal length and bytes; the time tells nothing about the bytes. */
bool vault_equal(struct span a, struct span b);
/* Zeroes memory in a way that no compiler leaves out. */
void vault_wipe(void *ptr, size_t len);

/* ---- Hashes without a key */

void vault_sha256(struct span data, uint8_t out[static VAULT_SHA256_SIZE]);
void vault_sha512(struct span data, uint8_t out[static VAULT_SHA512_SIZE]);

/* A hash under way. The inside belongs to the vault; wiped by _end. */
struct vault_sha256 {
    uint64_t opaque[14];
};
struct vault_sha512 {
    uint64_t opaque[26];
};

void vault_sha256_begin(struct vault_sha256 *hash);
void vault_sha256_add(struct vault_sha256 *hash, struct span data);
void vault_sha256_end(struct vault_sha256 *hash, uint8_t out[static VAULT_SHA256_SIZE]);
void vault_sha512_begin(struct vault_sha512 *hash);
void vault_sha512_add(struct vault_sha512 *hash, struct span data);
void vault_sha512_end(struct vault_sha512 *hash, uint8_t out[static VAULT_SHA512_SIZE]);

/* ---- Keys */

/* What a key is for; every use asserts the kind. Each holds a 32-byte secret. */
enum vault_kind {
    VAULT_KIND_SECRET = 1, /* symmetric: MAC, seal, root of derivations */
    VAULT_KIND_SIGN,       /* Ed25519 seed */
    VAULT_KIND_BOX,        /* X25519 secret */
    VAULT_KIND_SCALAR,     /* ristretto255 scalar, reduced and not zero */
};

/* A secret in guarded memory: unreadable between uses, between guard pages, left out of core files.
 * Always true: the secret fits its kind. */
struct vault_key;

/* A fresh random key. LIMIT VAULT_MEMORY. The caller frees it with vault_key_free. */
LG_MUST_USE struct lg_err vault_key_new(enum vault_kind kind, struct vault_key **out_key);
/* A key of these 32 bytes, which the caller wipes. INPUT VAULT_SIZE where there are not 32, INPUT
 * VAULT_SCALAR for a scalar that is zero or not reduced, LIMIT VAULT_MEMORY. */
LG_MUST_USE struct lg_err vault_key_from_bytes(enum vault_kind kind, struct span secret,
                                               struct vault_key **out_key);
/* Wipes and frees once the last holder did; accepts NULL and sets the pointer to NULL. */
void vault_key_free(struct vault_key **key);
/* One more holder of the same key, who calls vault_key_free too. Any thread that holds it. */
struct vault_key *vault_key_hold(struct vault_key *key);
/* For keys that every question uses, before they are shared: the page stays readable between uses.
 * It is still locked, read-only, between guard pages and out of core files; only the two system
 * calls a use go, which were a quarter of the gateway's time (some 48 uses a question). */
void vault_key_warm(struct vault_key *key);
/* False when the system refused to lock this key's page. */
bool vault_key_is_locked(const struct vault_key *key);

/* A key file. Sealed form (Argon2id, XChaCha20-Poly1305) where a passphrase is given; without one
 * the file is the 32 bytes themselves, for development.
 *
 * passphrase_path: NULL, a path, or `credential:NAME`, which is NAME in $CREDENTIALS_DIRECTORY
 * (also behind a folder, which configuration puts before what it takes for a path). Both files must
 * be regular, ours or root's, not symbolic links, and closed to group and others (a credential may
 * be readable by its group, as systemd makes it). The passphrase is the file's bytes, one newline
 * at the end left out, 8 to 1024 of them. */
struct vault_file {
    const char *path;
    const char *passphrase_path;
};

/* The key in the file. CONFIG VAULT_FILE, VAULT_FORMAT, VAULT_PASSPHRASE (diag says which and what
 * to do; may be NULL), LIMIT VAULT_MEMORY. The caller frees the key. */
LG_MUST_USE struct lg_err vault_key_load(const struct vault_file *file, enum vault_kind kind,
                                         struct diag *diag, struct vault_key **out_key);
/* A fresh key, durable in a file that did not exist (never overwrites: CONFIG VAULT_FILE). Errors
 * of vault_key_load and STORE VAULT_WRITE. The caller frees the key. */
LG_MUST_USE struct lg_err vault_key_create(const struct vault_file *file, enum vault_kind kind,
                                           struct diag *diag, struct vault_key **out_key);
/* vault_key_load where the file exists, else vault_key_create. */
LG_MUST_USE struct lg_err vault_key_load_or_create(const struct vault_file *file,
                                                   enum vault_kind kind, struct diag *diag,
                                                   struct vault_key **out_key);

/* The first size_max bytes of a private file (rules above), such as sealed state; size_max one
 * above the largest that is right tells a longer one. CONFIG VAULT_FILE. */
LG_MUST_USE struct lg_err vault_private_read(const char *path, struct diag *diag, uint8_t *out,
                                             size_t size_max, size_t *out_len);

enum vault_write { VAULT_WRITE_FRESH, VAULT_WRITE_REPLACE };

/* Writes a private file (0600) whole or not at all, and returns when it is durable: beside it,
 * fsync, link or rename, fsync of the folder. FRESH never overwrites: CONFIG VAULT_FILE. STORE
 * VAULT_WRITE: what is under the name after a crash is the old file or the new one. */
LG_MUST_USE struct lg_err vault_private_write(const char *path, struct span data,
                                              enum vault_write how, struct diag *diag);

/* What a derived key or a wrapped value is for. Encoded as length-prefixed parts: "lockgate", "1",
 * purpose, scheme, epoch, so that no two labels share an encoding. purpose and scheme together at
 * most 512 bytes. */
struct vault_label {
    const char *purpose;
    struct span scheme; /* what the purpose needs told apart, empty where nothing */
    uint64_t epoch;
};

enum { VAULT_LABEL_SIZE_MAX = 544 };

/* The encoding, for use as associated data. INPUT VAULT_SIZE where it is too long. */
LG_MUST_USE struct lg_err vault_label_write(const struct vault_label *label,
                                            uint8_t out[static VAULT_LABEL_SIZE_MAX],
                                            struct span *out_written);
/* BLAKE2b-256 of the label under root (a VAULT_KIND_SECRET) as a key of any kind but SCALAR, for
 * which see vault_oprf_key_derive. INPUT VAULT_SIZE, LIMIT VAULT_MEMORY. The caller frees it. */
LG_MUST_USE struct lg_err vault_key_derive(struct vault_key *root, const struct vault_label *label,
                                           enum vault_kind kind, struct vault_key **out_key);

/* ---- Under a key of kind SECRET */

void vault_hmac_sha256(struct vault_key *key, struct span data,
                       uint8_t out[static VAULT_SHA256_SIZE]);
/* Keyed BLAKE2b of 16 or 32 bytes. */
void vault_mac16(struct vault_key *key, struct span data, uint8_t out[static VAULT_MAC16_SIZE]);
void vault_mac32(struct vault_key *key, struct span data, uint8_t out[static VAULT_MAC32_SIZE]);

/* XChaCha20-Poly1305 with a random nonce: nonce, ciphertext, tag. out holds plain.len +
 * VAULT_SEAL_OVERHEAD bytes and does not overlap plain. `bound` is authenticated, not stored. */
void vault_seal(struct vault_key *key, struct span bound, struct span plain, uint8_t *out);
/* The plain bytes; out_plain holds sealed.len - VAULT_SEAL_OVERHEAD. INPUT VAULT_OPEN when anything
 * differs; out_plain is then untouched or zero. */
LG_MUST_USE struct lg_err vault_open(struct vault_key *key, struct span bound, struct span sealed,
                                     uint8_t *out_plain);

/* ---- Signatures: Ed25519 (RFC 8032), keys of kind SIGN */

struct vault_sign_public {
    uint8_t bytes[32];
};
struct vault_signature {
    uint8_t bytes[VAULT_SIGNATURE_SIZE];
};

struct vault_sign_public vault_sign_public(const struct vault_key *key);
/* Signs the bytes as they are; the caller puts a domain label first where its format has one. */
void vault_sign(struct vault_key *key, struct span message, struct vault_signature *out_signature);
/* INPUT VAULT_SIGNATURE unless the signature is this key's over this message. */
LG_MUST_USE struct lg_err vault_verify(const struct vault_sign_public *key, struct span message,
                                       const struct vault_signature *signature);

/* ---- Sealed boxes: anybody seals to an X25519 public key, the key of kind BOX opens */

struct vault_box_public {
    uint8_t bytes[32];
};

struct vault_box_public vault_box_public(const struct vault_key *key);
/* out holds plain.len + VAULT_BOX_OVERHEAD bytes. INPUT VAULT_POINT for a public key of low order.
 * Two boxes of one plain text differ, and nobody without the key tells which plain text is in one.
 */
LG_MUST_USE struct lg_err vault_box_seal(const struct vault_box_public *to, struct span plain,
                                         uint8_t *out);
/* out_plain holds sealed.len - VAULT_BOX_OVERHEAD bytes. INPUT VAULT_OPEN. */
LG_MUST_USE struct lg_err vault_box_open(struct vault_key *key, struct span sealed,
                                         uint8_t *out_plain);

/* ---- The group ristretto255 (RFC 9496). Every function refuses the identity, which libsodium's
 * own validity check lets through, and scalars that are zero or not in reduced form. */

struct vault_point {
    uint8_t bytes[VAULT_POINT_SIZE];
};
struct vault_scalar {
    uint8_t bytes[VAULT_SCALAR_SIZE];
};

/* An element in its one encoding, and not the identity. */
bool vault_point_is_valid(const struct vault_point *point);
void vault_point_random(struct vault_point *out_point);
/* Uniform and not zero. The caller wipes it. */
void vault_scalar_random(struct vault_scalar *out_scalar);
/* hash_to_ristretto255 of RFC 9380, appendix B, with expand_message_xmd over SHA-512. dst 1 to 255
 * bytes. INPUT VAULT_SIZE; VAULT_POINT in the case of the identity that nobody can bring about. */
LG_MUST_USE struct lg_err vault_point_hash(struct span dst, struct span input,
                                           struct vault_point *out_point);
/* s·P. INPUT VAULT_POINT, VAULT_SCALAR. */
LG_MUST_USE struct lg_err vault_point_multiply(const struct vault_point *point,
                                               const struct vault_scalar *scalar,
                                               struct vault_point *out_product);
/* The same with a key of kind SCALAR. INPUT VAULT_POINT. */
LG_MUST_USE struct lg_err vault_point_multiply_key(const struct vault_point *point,
                                                   struct vault_key *key,
                                                   struct vault_point *out_product);
/* (over/under)·P of each point for keys of kind SCALAR, where NULL stands for 1: pseudonymising,
 * translating, and the way back. out_products holds count and may be points. INPUT VAULT_SIZE for
 * none or more than VAULT_BATCH_MAX, VAULT_POINT; some of out_products may then be written. */
LG_MUST_USE struct lg_err vault_points_translate(const struct vault_point *points, size_t count,
                                                 struct vault_key *over, struct vault_key *under,
                                                 struct vault_point *out_products);
/* The inverse of each, with one inversion and three multiplications each. 1 to VAULT_BATCH_MAX;
 * INPUT VAULT_SIZE, VAULT_SCALAR. out_inverses may not overlap scalars; the caller wipes both. */
LG_MUST_USE struct lg_err vault_scalar_invert(const struct vault_scalar *scalars, size_t count,
                                              struct vault_scalar *out_inverses);

/* b·M with a fresh b, and 1/b, for the key service to multiply without learning M. INPUT
 * VAULT_POINT. The caller wipes out_unblind. */
LG_MUST_USE struct lg_err vault_point_blind(const struct vault_point *point,
                                            struct vault_point *out_blinded,
                                            struct vault_scalar *out_unblind);
/* (1/b)·P. INPUT VAULT_POINT, VAULT_SCALAR. */
LG_MUST_USE struct lg_err vault_point_unblind(const struct vault_point *point,
                                              const struct vault_scalar *unblind,
                                              struct vault_point *out_point);

/* ---- Oblivious pseudorandom functions: RFC 9497, suite ristretto255-SHA512 */

enum vault_oprf_mode { VAULT_OPRF = 0, VAULT_VOPRF = 1, VAULT_POPRF = 2 };

/* c and s of the discrete-logarithm-equality proof, each 32 bytes. */
struct vault_proof {
    uint8_t bytes[VAULT_PROOF_SIZE];
};

/* DeriveKeyPair (3.2.1) with a seed in a key of kind SECRET; info at most VAULT_OPRF_INPUT_MAX.
 * Gives a key of kind SCALAR. INPUT VAULT_SIZE, VAULT_SCALAR (never seen), LIMIT VAULT_MEMORY. */
LG_MUST_USE struct lg_err vault_oprf_key_derive(enum vault_oprf_mode mode, struct vault_key *seed,
                                                struct span info, struct vault_key **out_key);
/* k·G, which clients pin. Key of kind SCALAR. */
struct vault_point vault_oprf_public(const struct vault_key *key);

/* Blind (3.3) with a blind the caller drew by vault_scalar_random: blind · HashToGroup(input).
 * INPUT VAULT_SIZE, VAULT_SCALAR, VAULT_POINT. */
LG_MUST_USE struct lg_err vault_oprf_blind(enum vault_oprf_mode mode, struct span input,
                                           const struct vault_scalar *blind,
                                           struct vault_point *out_blinded);

/* What the server multiplies: 1 to VAULT_BATCH_MAX elements under one proof. */
struct vault_oprf_request {
    struct vault_key *key; /* kind SCALAR */
    const struct vault_point *blinded;
    size_t count;
    struct span info;                        /* POPRF only, else empty */
    const struct vault_scalar *proof_random; /* NULL: drawn here, as always outside test vectors */
};

/* BlindEvaluate (3.3). out_evaluated holds count points and may not overlap the request; out_proof
 * is NULL in mode OPRF alone. INPUT VAULT_SIZE, VAULT_POINT (nothing is written then), VAULT_SCALAR
 * (POPRF: this info has no inverse). */
LG_MUST_USE struct lg_err vault_oprf_evaluate(enum vault_oprf_mode mode,
                                              const struct vault_oprf_request *request,
                                              struct vault_point *out_evaluated,
                                              struct vault_proof *out_proof);

/* What the client got back for what it sent. */
struct vault_oprf_answer {
    const struct vault_point *public_key;
    const struct vault_point *blinded;
    const struct vault_point *evaluated;
    size_t count;
    struct span info; /* POPRF only, else empty */
    const struct vault_proof *proof;
};

/* LG_OK only when every element was multiplied by the pinned key. Modes VOPRF and POPRF. INPUT
 * VAULT_SIZE, VAULT_POINT, VAULT_PROOF (also for a proof whose numbers are not reduced). To be
 * called before any of `evaluated` is unblinded. */
LG_MUST_USE struct lg_err vault_oprf_verify(enum vault_oprf_mode mode,
                                            const struct vault_oprf_answer *answer);

/* The last step of Finalize (3.3): the hash of input, info (POPRF only, else ignored) and the
 * unblinded element, which is vault_point_multiply of the evaluated one by the inverse of the
 * blind. INPUT VAULT_SIZE. */
LG_MUST_USE struct lg_err vault_oprf_finalize(enum vault_oprf_mode mode, struct span input,
                                              struct span info, const struct vault_point *unblinded,
                                              uint8_t out[static VAULT_OPRF_OUTPUT_SIZE]);

/* ---- Pseudonyms as people see them */

/* Base32 (lower case, no padding) of the point and 4 bytes of its unkeyed BLAKE2b, which catches
 * slips of the pen and proves nothing. Ends in NUL. */
void vault_pseudonym_write(const struct vault_point *point,
                           char out[static VAULT_PSEUDONYM_TEXT_SIZE + 1]);
/* Strict: exact length, lower case, check fits, a valid point. INPUT VAULT_TEXT. */
LG_MUST_USE struct lg_err vault_pseudonym_read(struct span text, struct vault_point *out_point);

#endif
