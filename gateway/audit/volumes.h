/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: what of the log will never change, copied out of the journal into two files for each
 * 65,536 entries, so that whoever reads the whole log stands in nobody's way. Derived: a volume
 * that is missing or not right is made again from the journal. */
#ifndef GATEWAY_AUDIT_VOLUMES_H
#define GATEWAY_AUDIT_VOLUMES_H

#include <pthread.h>

#include "gateway/audit/files.h"
#include "gateway/audit/tiles.h"
#include "gateway/audit/tree.h"
#include "gateway/base/limits_witness.h"

/* A volume being made; fds are -1 where none is. */
struct audit_volume_build {
    int hashes_fd;
    int entries_fd;
    uint64_t volume;
    size_t tile_count;   /* done */
    uint64_t entries_at; /* where the next bundle goes */
    uint64_t ends[LIMIT_AUDIT_VOLUME_TILES];
};

/* Volumes 0 to built - 1 are there. */
struct audit_volumes {
    struct audit_folder folder;
    struct audit_tree *tree;
    size_t tiles;         /* of a volume, 1 to LIMIT_AUDIT_VOLUME_TILES */
    pthread_mutex_t lock; /* of built */
    uint64_t built;
    struct audit_volume_build build; /* of the one who calls audit_volumes_turn */
};

/* `tree` is kept. LIMIT AUDIT_MEMORY. */
LG_MUST_USE struct lg_err audit_volumes_init(const struct audit_folder *folder,
                                             struct audit_tree *tree, size_t tiles,
                                             struct audit_volumes *out_volumes);
void audit_volumes_done(struct audit_volumes *volumes);

/* Copies some tiles of the next volume that `size` entries fill, and takes it in use once it is
 * durable; one thread. What cannot be made is begun again by the next call. STORE AUDIT_NO_SPACE,
 * AUDIT_IO, AUDIT_CORRUPT (the journal does not hold what the tree was made of); LIMIT. */
LG_MUST_USE struct lg_err audit_volumes_turn(struct audit_volumes *volumes, uint64_t size);
uint64_t audit_volumes_built(struct audit_volumes *volumes);

/* The tile's bytes from volume or journal, checked against the tree; the tile is within it. A
 * volume that is not right is told, taken out of use, and not what is answered with. Any thread.
 * Errors of audit_tile_read. */
LG_MUST_USE struct lg_err audit_volumes_read(struct audit_volumes *volumes,
                                             const struct audit_tile *tile, struct arena *arena,
                                             struct span *out_bytes);

#endif
