/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a witness: what is read, written again, is the same bytes. And names of tiles: what
 * is read lies within its ranges. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/audit/tiles.h"
#include "gateway/witness/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_SIZE = 1 << 20 };

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static void request_try(struct span bytes) {
    struct witness_request request;
    struct arena *arena = NULL;
    struct span again;
    if (lg_failed(witness_request_read(bytes, &request)) ||
        lg_failed(arena_new(ARENA_SIZE, &arena))) {
        return;
    }
    require(request.proof.count <= AUDIT_CONSISTENCY_MAX);
    require(request.note.len > 0);
    if (!lg_failed(witness_request_write(&request, arena, &again))) {
        require(span_equal(again, bytes));
    }
    arena_free(&arena);
}

static void tile_try(struct span path) {
    struct audit_tile tile;
    if (!lg_failed(audit_tile_path_read(path, &tile))) {
        require(tile.level <= AUDIT_TILE_LEVEL_MAX);
        require(tile.width >= 1);
        require(tile.width <= AUDIT_TILE_WIDTH);
        require(!tile.is_entries || tile.level == 0);
        require(tile.index < UINT64_C(1000000000000000000));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size);
    request_try(bytes);
    tile_try(bytes);
    return 0;
}
