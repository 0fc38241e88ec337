/* SPDX-License-Identifier: Apache-2.0 */
/* A log without threads, on a disk in memory. */
#ifndef TESTS_SUPPORT_AUDIT_MINI_H
#define TESTS_SUPPORT_AUDIT_MINI_H

#include "gateway/audit/begin.h"
#include "gateway/audit/merkle.h"
#include "tests/support/audit_disk.h"

enum { MINI_SEGMENT_SIZE = 72 * 4096 };

/* A log without threads: what the sequencer does with its files, step by step. Entry i is a text of
 * a length that depends on i, so that any mix-up shows. */
struct mini {
    struct disk *disk;
    struct audit_file_ops ops;
    struct audit_begun begun;
    struct audit_spares spares;
    bool has_spares;
    struct audit_journal journal;
    struct audit_edge edge;
    uint64_t read_count; /* entries that recovery handed out */
    uint8_t frame[AUDIT_FRAME_SIZE_MAX];
};

LG_MUST_USE struct lg_err mini_start(struct mini *mini, const char *origin);
/* mini_start with the usual origin; closed again on an error. */
LG_MUST_USE struct lg_err mini_open(struct mini *mini);
void mini_close(struct mini *mini);
/* One frame of `count` entries. */
LG_MUST_USE struct lg_err mini_append(struct mini *mini, size_t count);
/* The high-water file at what is durable now. */
LG_MUST_USE struct lg_err mini_mark(struct mini *mini, bool closed);

/* A disk with `frames` frames of one entry each and a mark after `marked` of them; then the power
 * went. */
struct disk *mini_disk_with(size_t frames, size_t marked);
/* Opens a disk: gives the entries found, or the code of the refusal with its sign turned. */
int64_t mini_entries_found(struct disk *disk);

#endif
