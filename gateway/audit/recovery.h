/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal at start, and the checks that stand before the first write (audit.md 5). */
#ifndef GATEWAY_AUDIT_RECOVERY_H
#define GATEWAY_AUDIT_RECOVERY_H

#include "gateway/audit/files.h"
#include "gateway/audit/frame.h"
#include "gateway/audit/highwater.h"

/* Called for every frame in order, after its own checks. An error stops the walk. */
typedef struct lg_err (*audit_on_frame_fn)(void *ctx, const struct audit_frame_view *frame,
                                           uint64_t segment, uint64_t at);

struct audit_recovery_input {
    struct audit_folder folder;
    struct audit_hash origin;
    const struct audit_mark *mark;
    audit_on_frame_fn on_frame;
    void *ctx;
};

/* The end of the log as found. */
struct audit_recovered {
    uint64_t segment_count; /* files that hold frames; they have the numbers below this */
    uint64_t tail_used;     /* bytes of the last one that count */
    bool tail_dropped;      /* bytes of an unfinished frame stand after them */
    bool leftover;          /* file number segment_count exists and holds nothing */
    uint64_t generation;    /* highest one seen */
    uint64_t batch;
    uint64_t size;
    int64_t time_ms;
    struct audit_hash previous;
    struct audit_hash root;
};

/* Walks the whole journal and changes nothing. I5: only the last frame may be bad, and only above
 * the mark; a good frame after a bad one, or one of another generation, is corruption. I4: the log
 * is at least as long as the mark says, and holds the very frame that the mark names. diag tells
 * what and where. STORE AUDIT_CORRUPT, AUDIT_BEHIND, AUDIT_IO; CONFIG AUDIT_FOREIGN; LIMIT
 * AUDIT_MEMORY; errors of on_frame. */
LG_MUST_USE struct lg_err audit_recover(const struct audit_recovery_input *input, struct diag *diag,
                                        struct audit_recovered *out_recovered);

/* Makes the last segment hold exactly what counts: after an orderly end it is cut to size; else it
 * is read past the page cache and written anew, because after a failed flush the cache shows bytes
 * that the disk never got (I9). Removes the leftover. */
LG_MUST_USE struct lg_err audit_recovery_tidy(const struct audit_folder *folder, bool closed,
                                              const struct audit_recovered *recovered);

/* Counts the journal files; STORE AUDIT_CORRUPT where a number is missing. */
LG_MUST_USE struct lg_err audit_segments_count(const struct audit_folder *folder,
                                               uint64_t *out_count);

#endif
