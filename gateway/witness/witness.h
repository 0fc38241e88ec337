/* SPDX-License-Identifier: Apache-2.0 */
/* A witness of logs (c2sp.org/tlog-witness): remembers how far it has seen each log grow, and
 * cosigns a checkpoint only if it carries on from there. So a log that shows two histories, or
 * forgets one, shows it to somebody.
 *
 * This header is the witness itself, without a network: one thread at a time, which does not mind
 * waiting for a disk. */
#ifndef GATEWAY_WITNESS_WITNESS_H
#define GATEWAY_WITNESS_WITNESS_H

#include "gateway/audit/audit.h"
#include "gateway/audit/files.h"
#include "gateway/base/limits_witness.h"

enum witness_code {
    WITNESS_REQUEST = 1, /* INPUT: bytes that are no request (C2SP tlog-witness, add-checkpoint) */
    WITNESS_KEYS,        /* CONFIG: too many logs or keys, doubled, or not of the right type */
    WITNESS_LOCKED,      /* STORE: another process has this state */
    WITNESS_STATE,       /* STORE: state that was not written by us, or not for this log */
    WITNESS_IO,          /* STORE: a file could not be read or written: the process must end */
    WITNESS_MEMORY,      /* LIMIT: no memory */
    WITNESS_SYSTEM,      /* INTERNAL: no thread */
};

/* ---- A request ------------------------------------------------------------------------------ */

/* "old N", hashes, an empty line, a signed note; spans point into the bytes. */
struct witness_request {
    uint64_t old_size;
    struct audit_path proof;
    struct span note;
};

/* INPUT WITNESS_REQUEST for what is not one. The note is not looked at. */
LG_MUST_USE struct lg_err witness_request_read(struct span bytes,
                                               struct witness_request *out_request);
/* A request as a log sends it, in the arena. LIMIT. */
LG_MUST_USE struct lg_err witness_request_write(const struct witness_request *request,
                                                struct arena *arena, struct span *out_bytes);

/* ---- The witness ---------------------------------------------------------------------------- */

struct witness;

struct witness_config {
    const char *folder;         /* exists, mode 0700; ours alone */
    const char *name;           /* of the witness and its key: no space, no plus */
    struct vault_key *sign_key; /* kind SIGN; kept */
    bool is_new;                /* the key was made just now: the folder may be empty */
    const char *const *logs;    /* verifier keys NAME+ID+KEY; several of one name are one log */
    size_t log_count;
    struct clock clock;
    const struct audit_file_ops *files; /* NULL: the machine's */
};

/* Takes the folder's lock, reads what was remembered of each log, and writes it again before the
 * first answer: what a failed write of an earlier process left in memory is then on the disk
 * (security.md M2). A key that is not new finds the state that it began: without it a fork would be
 * cosigned. diag says what is wrong. STORE WITNESS_LOCKED, WITNESS_STATE, WITNESS_IO;
 * CONFIG WITNESS_KEYS; LIMIT. The caller frees it. */
LG_MUST_USE struct lg_err witness_open(const struct witness_config *config, struct diag *diag,
                                       struct witness **out_witness);
void witness_free(struct witness **witness);
/* The verifier key that relies on this witness, with NUL. */
void witness_vkey_write(const struct witness *witness, char out[static AUDIT_VKEY_SIZE_MAX]);

enum { WITNESS_REPLY_SIZE_MAX = 512 };

/* What goes out. status: 200 with a cosignature line, 400, 403, 404, 409 with the size, 422; body
 * is text that ends in a newline, type its content type, static. */
struct witness_reply {
    unsigned status;
    const char *type;
    size_t len;
    char body[WITNESS_REPLY_SIZE_MAX];
};

/* Answers a request. A cosignature is given out only after the checkpoint is durable. STORE
 * WITNESS_IO: nothing may be answered from now on; the process has to end and read again what the
 * disk holds. */
LG_MUST_USE struct lg_err witness_add_checkpoint(struct witness *witness, struct span request,
                                                 struct witness_reply *out_reply);

#endif
