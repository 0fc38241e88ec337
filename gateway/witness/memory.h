/* SPDX-License-Identifier: Apache-2.0 */
/* What a witness remembers of each log: one small file a log, replaced whole; and of which logs it
 * remembers something, so that a file that is gone is not a log that was never seen. */
#ifndef GATEWAY_WITNESS_MEMORY_H
#define GATEWAY_WITNESS_MEMORY_H

#include "gateway/witness/witness.h"

/* The newest checkpoint that was cosigned; of a log never seen, the empty tree. */
struct witness_seen {
    uint64_t size;
    struct audit_hash root;
};

enum {
    WITNESS_BEGUN_HEAD_SIZE = 16,
    WITNESS_BEGUN_SIZE_MAX =
        WITNESS_BEGUN_HEAD_SIZE + (LIMIT_WITNESS_LOGS_EVER + 1) * VAULT_SHA256_SIZE,
};

struct witness_memory {
    struct audit_folder folder;
    int lock_fd;
    size_t begun_count;
    uint8_t begun[WITNESS_BEGUN_SIZE_MAX]; /* the file "begun", without its check */
};

/* Whose the state is. */
struct witness_owner {
    const uint8_t *key_id; /* 4 bytes of the verifier key */
    bool is_new; /* the key has signed nothing yet: it may begin a state, or take one over */
};

/* Takes the lock. STORE WITNESS_LOCKED, WITNESS_IO. */
LG_MUST_USE struct lg_err witness_memory_open(const struct audit_folder *folder,
                                              struct witness_memory *out_memory);
/* After the open, before all else: a key that is not new finds its own state. STORE WITNESS_STATE
 * when there is none, or one of another key; WITNESS_IO. */
LG_MUST_USE struct lg_err witness_memory_begin(struct witness_memory *memory,
                                               const struct witness_owner *owner);
/* True for a log of which something is remembered. */
bool witness_memory_has_begun(const struct witness_memory *memory, struct span origin);
void witness_memory_close(struct witness_memory *memory);
/* STORE WITNESS_STATE, also for a log that has begun and whose file is gone; WITNESS_IO. */
LG_MUST_USE struct lg_err witness_memory_read(const struct witness_memory *memory,
                                              struct span origin, struct witness_seen *out_seen);
/* Durable when it returns; the log has begun. At most LIMIT_WITNESS_LOGS_EVER logs. STORE
 * WITNESS_IO: what the disk holds is not known. */
LG_MUST_USE struct lg_err witness_memory_write(struct witness_memory *memory, struct span origin,
                                               const struct witness_seen *seen);

#endif
