/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: numbered files of frames, zero-filled ahead, appended to by one thread. */
#ifndef GATEWAY_AUDIT_JOURNAL_H
#define GATEWAY_AUDIT_JOURNAL_H

#include <pthread.h>

#include "gateway/audit/files.h"
#include "gateway/audit/frame.h"

/* "segment-" and ten digits, with NUL. */
enum { AUDIT_SEGMENT_NAME_SIZE = 19, AUDIT_SPARE_COUNT = 2 };

void audit_segment_name(uint64_t number, char out[static AUDIT_SEGMENT_NAME_SIZE]);

/* ---- Spare segments: files of zeros, made in the background, so that a full disk shows there and
 * not in a commit. The two spares are the reserve of I10. */

struct audit_spares {
    struct audit_folder folder;
    uint64_t segment_size;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ready[AUDIT_SPARE_COUNT];
    bool filling;
    bool short_of_space; /* the last attempt to fill found the disk full */
};

/* Counts the spares that are there; files of another size are removed. STORE AUDIT_IO; LIMIT
 * AUDIT_MEMORY. */
LG_MUST_USE struct lg_err audit_spares_init(const struct audit_folder *folder,
                                            uint64_t segment_size, struct audit_spares *out_spares);
void audit_spares_done(struct audit_spares *spares);
/* Makes one where one is missing: takes as long as writing a segment. STORE AUDIT_NO_SPACE (which
 * is also remembered), AUDIT_IO. */
LG_MUST_USE struct lg_err audit_spares_fill(struct audit_spares *spares);
/* Renames a spare to `name`, making one first where none is ready; the folder is not synced. */
LG_MUST_USE struct lg_err audit_spares_take(struct audit_spares *spares, const char *name);
/* True below the reserve: a spare is missing and the disk is full. */
bool audit_spares_low(struct audit_spares *spares);

/* ---- Appending */

struct audit_journal {
    struct audit_folder folder;
    struct audit_spares *spares;
    uint64_t segment_size;
    struct audit_hash origin;
    int fd;           /* of the segment being written; -1: none yet */
    uint64_t segment; /* its number; of the next one while fd is -1 */
    uint64_t at;      /* where the next frame goes */
    uint64_t generation;
    uint64_t batch; /* of the next frame */
    uint64_t size;  /* entries */
    int64_t time_ms;
    struct audit_hash previous;
    struct audit_hash root;
};

/* Where a frame landed. */
struct audit_place {
    uint64_t segment;
    uint64_t at;
};

/* Seals the frame, writes it with one write and one flush; starts the next segment where it does
 * not fit. Time is held where it would step back. After an error the journal may not be used, nor
 * the process go on (I9). STORE AUDIT_IO, AUDIT_NO_SPACE. */
LG_MUST_USE struct lg_err audit_journal_append(struct audit_journal *journal,
                                               struct audit_frame *frame, int64_t time_ms,
                                               const struct audit_hash *root,
                                               struct audit_place *out_place);
void audit_journal_close(struct audit_journal *journal);

#endif
