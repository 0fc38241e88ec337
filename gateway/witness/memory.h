/* SPDX-License-Identifier: Apache-2.0 */
/* What a witness remembers of each log: one small file a log, replaced whole. */
#ifndef GATEWAY_WITNESS_MEMORY_H
#define GATEWAY_WITNESS_MEMORY_H

#include "gateway/witness/witness.h"

/* The newest checkpoint that was cosigned; of a log never seen, the empty tree. */
struct witness_seen {
    uint64_t size;
    struct audit_hash root;
};

struct witness_memory {
    struct audit_folder folder;
    int lock_fd;
};

/* STORE WITNESS_LOCKED, WITNESS_IO. */
LG_MUST_USE struct lg_err witness_memory_open(const struct audit_folder *folder,
                                              struct witness_memory *out_memory);
void witness_memory_close(struct witness_memory *memory);
/* STORE WITNESS_STATE, WITNESS_IO. */
LG_MUST_USE struct lg_err witness_memory_read(const struct witness_memory *memory,
                                              struct span origin, struct witness_seen *out_seen);
/* Durable when it returns. STORE WITNESS_IO: what the disk holds is not known. */
LG_MUST_USE struct lg_err witness_memory_write(const struct witness_memory *memory,
                                               struct span origin, const struct witness_seen *seen);

#endif
