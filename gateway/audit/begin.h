/* SPDX-License-Identifier: Apache-2.0 */
/* Taking over the files of a log, in three steps: lock, read, and only then write. */
#ifndef GATEWAY_AUDIT_BEGIN_H
#define GATEWAY_AUDIT_BEGIN_H

#include "gateway/audit/highwater.h"
#include "gateway/audit/journal.h"
#include "gateway/audit/recovery.h"

/* The files of an open log. Zeroed with descriptors at -1 by audit_begun_init. */
struct audit_begun {
    struct audit_folder folder;
    struct audit_hash origin; /* SHA-256 of the log's name */
    int lock_fd;
    struct audit_highwater highwater;
    struct audit_recovered found;
    uint64_t generation;
};

struct audit_begun audit_begun_init(const struct audit_folder *folder, const char *origin);
/* Takes the folder's lock and reads the high-water file, which a new log gets here. STORE
 * AUDIT_LOCKED, AUDIT_CORRUPT, AUDIT_IO. */
LG_MUST_USE struct lg_err audit_begin_lock(struct audit_begun *begun, struct diag *diag);
/* Reads and checks the journal. Errors of audit_recover. */
LG_MUST_USE struct lg_err audit_begin_read(struct audit_begun *begun, audit_on_frame_fn on_frame,
                                           void *ctx, struct diag *diag);
/* Tidies the tail and begins a generation, durable in the high-water file before any segment has
 * it. STORE AUDIT_IO, AUDIT_NO_SPACE. */
LG_MUST_USE struct lg_err audit_begin_write(struct audit_begun *begun);
/* A journal that goes on where the found one ends; its first segment is made by the first append.
 * The spares are kept. */
struct audit_journal audit_begun_journal(const struct audit_begun *begun,
                                         struct audit_spares *spares);
void audit_begun_done(struct audit_begun *begun);

#endif
