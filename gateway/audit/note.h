/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
 *
 * Note:        BODY, an empty line, then one line for each signature:
 *              "\xe2\x80\x94 NAME BASE64(id 4 bytes, signature)". BODY ends in a newline.
 * Checkpoint:  a note whose body is ORIGIN, SIZE in decimal, BASE64(root), each a line, then
 *              extension lines that we do not write and ignore.
 * Type 1:      Ed25519 over BODY. Type 4: 8 bytes of time, then Ed25519 over
 *              "cosignature/v1\ntime SECONDS\n" and BODY.
 * Key id:      the first 4 bytes of SHA-256(NAME, newline, type byte, key). */
#ifndef GATEWAY_AUDIT_NOTE_H
#define GATEWAY_AUDIT_NOTE_H

#include "gateway/audit/audit.h"
#include "gateway/base/limits_witness.h"

/* Always true after audit_note_read: body is UTF-8 without control characters but newlines and ends
 * in one; signatures holds 1 to LIMIT_AUDIT_NOTE_SIGNATURES well-formed lines. */
struct audit_note {
    struct span body;
    struct span signatures;
};

/* Body and what stands behind it, whatever that is: for who has to say first whose note it should
 * be. INPUT AUDIT_NOTE_FORMAT. */
LG_MUST_USE struct lg_err audit_note_split(struct span text, struct audit_note *out_note);
/* INPUT AUDIT_NOTE_FORMAT. */
LG_MUST_USE struct lg_err audit_note_read(struct span text, struct audit_note *out_note);
/* LG_OK when the key signed, and no signature that names it is wrong. INPUT AUDIT_UNSIGNED,
 * AUDIT_SIGNATURE. */
LG_MUST_USE struct lg_err audit_note_verify(const struct audit_note *note,
                                            const struct audit_vkey *key);

/* What a note says of one key. */
struct audit_signer {
    bool has_signed;
    uint64_t time_s; /* of a cosignature, Unix; 0 for a key of another type */
};
/* The same of several keys: LG_OK when at least one of them signed and no signature that names one
 * is wrong. */
LG_MUST_USE struct lg_err audit_note_signers(const struct audit_note *note,
                                             const struct audit_vkey *keys, size_t count,
                                             struct audit_signer *out_signers);

/* A cosignature line with its newline (c2sp.org/tlog-cosignature), not NUL-terminated. */
enum { AUDIT_COSIGNATURE_SIZE_MAX = 256 };
struct audit_cosignature {
    size_t len;
    char text[AUDIT_COSIGNATURE_SIZE_MAX];
};
/* Cosigns a checkpoint's body of at most LIMIT_WITNESS_BODY bytes; the vkey is of type COSIGNER and
 * of this key, its name at most AUDIT_ORIGIN_SIZE_MAX bytes; time_s above 0. */
void audit_cosign(const struct audit_vkey *vkey, struct vault_key *sign_key, uint64_t time_s,
                  struct span body, struct audit_cosignature *out_line);

/* Our own key as a verifier key. name is borrowed: no space, no plus, printable ASCII. */
struct audit_vkey audit_vkey_of(const char *name, const struct vault_key *sign_key,
                                enum audit_key_type type);
/* True for a name that a note and a key may carry. */
bool audit_note_name_is_valid(struct span name);

struct audit_checkpoint {
    struct span origin;
    uint64_t size;
    struct audit_hash root;
};

/* The three lines that matter. INPUT AUDIT_NOTE_FORMAT. */
LG_MUST_USE struct lg_err audit_checkpoint_parse(struct span body,
                                                 struct audit_checkpoint *out_checkpoint);
/* The signed note over a size and root, with our one signature; not NUL-terminated. */
struct audit_checkpoint_text {
    size_t len;
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
};
void audit_checkpoint_sign(const struct audit_vkey *vkey, struct vault_key *sign_key, uint64_t size,
                           const struct audit_hash *root, struct audit_checkpoint_text *out_text);

/* The decimal number that fills the span, without sign or leading zero, else INPUT
 * AUDIT_NOTE_FORMAT. */
LG_MUST_USE struct lg_err audit_decimal_read(struct span text, uint64_t *out_value);

#endif
