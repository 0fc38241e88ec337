/* SPDX-License-Identifier: Apache-2.0 */
/* The log as files that anybody can copy (c2sp.org/tlog-tiles): hash tiles and entry bundles. */
#ifndef GATEWAY_AUDIT_TILES_H
#define GATEWAY_AUDIT_TILES_H

#include "gateway/audit/audit.h"

enum { AUDIT_TILE_WIDTH = 256, AUDIT_TILE_LEVEL_MAX = 63 };

/* One tile, or one bundle of entries. Node i of tile `index` of `level` is the root over the leaves
 * (index * 256 + i) * 256^level up to the same of i + 1. */
struct audit_tile {
    bool is_entries; /* level is 0 */
    unsigned level;  /* 0 to 63 */
    uint64_t index;
    unsigned width; /* 1 to 256, which is whole */
};

/* "tile/L/N", "tile/L/N.p/W", "tile/entries/N", "tile/entries/N.p/W" in their one form. INPUT
 * AUDIT_RANGE for anything else. */
LG_MUST_USE struct lg_err audit_tile_path_read(struct span path, struct audit_tile *out_tile);

/* Its bytes, in the arena: hashes of 32 bytes, or entries with a 16-bit length before each; nothing
 * is handed out that does not hash to what the tree holds. Reads files: for a pool, not for a
 * worker. Any thread. INPUT AUDIT_RANGE where the newest checkpoint does not cover it whole; STORE
 * AUDIT_IO, AUDIT_CORRUPT; LIMIT. */
LG_MUST_USE struct lg_err audit_tile_read(struct audit_log *log, const struct audit_tile *tile,
                                          struct arena *arena, struct span *out_bytes);

#endif
