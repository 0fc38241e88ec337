/* SPDX-License-Identifier: Apache-2.0 */
/* The high-water file: a lower bound of what was once durable and told to others (I4), kept apart
 * from the journal and flushed about each second. */
#ifndef GATEWAY_AUDIT_HIGHWATER_H
#define GATEWAY_AUDIT_HIGHWATER_H

#include "gateway/audit/files.h"

struct audit_mark {
    uint64_t generation;     /* highest one begun */
    uint64_t size;           /* entries; the end of a frame, or 0 */
    struct audit_hash frame; /* hash of that frame; zero at size 0 */
    struct audit_hash root;
    bool closed; /* the log was closed in order at exactly this size */
};

struct audit_highwater {
    struct audit_folder folder;
    int fd; /* -1: not open */
    uint64_t sequence;
    struct audit_mark mark; /* as last written */
};

/* Opens the file, or makes it where `make` says that the log is new. STORE AUDIT_ABSENT where it is
 * missing, AUDIT_CORRUPT where no slot is valid, AUDIT_IO. */
LG_MUST_USE struct lg_err audit_highwater_open(const struct audit_folder *folder, bool make,
                                               struct audit_highwater *out_highwater);
/* Writes and flushes. An error ends the use of the file. */
LG_MUST_USE struct lg_err audit_highwater_write(struct audit_highwater *highwater,
                                                const struct audit_mark *mark);
void audit_highwater_close(struct audit_highwater *highwater);

#endif
