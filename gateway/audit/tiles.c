/* SPDX-License-Identifier: Apache-2.0 */
/* Names of tiles, and what of them the newest checkpoint covers. */
#include "gateway/audit/tiles.h"

#include <string.h>

#include "gateway/audit/audit_int.h"

enum {
    ELEMENT_DIGITS = 3,
    ELEMENT_STEP = 1000,
    ELEMENTS_MAX = 6, /* an index below 10^18: more than a tree of 2^62 leaves has tiles */
    NUMBER_DIGITS_MAX = 3,
};

static struct lg_err out_of_range(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
}

/* ---- Names */

static bool prefix_take(struct span *rest, const char *prefix) {
    if (!span_starts_with(*rest, span_text(prefix))) {
        return false;
    }
    *rest = span_slice(*rest, strlen(prefix), rest->len);
    return true;
}

/* Digits at the front as a number; how many there were. */
static size_t digits_take(struct span *rest, size_t digits_max, uint64_t *out_number) {
    size_t count = 0;
    uint64_t number = 0;
    while (count < digits_max && count < rest->len && rest->ptr[count] >= '0' &&
           rest->ptr[count] <= '9') {
        number = number * 10 + (rest->ptr[count] - (unsigned)'0');
        count++;
    }
    *rest = span_slice(*rest, count, rest->len);
    *out_number = number;
    return count;
}

/* A number without leading zeroes. */
static bool number_take(struct span *rest, uint64_t *out_number) {
    bool starts_with_zero = rest->len > 0 && rest->ptr[0] == '0';
    size_t count = digits_take(rest, NUMBER_DIGITS_MAX, out_number);
    return count == 1 || (count > 1 && !starts_with_zero);
}

/* "x001/x234/067": elements of three digits, all but the last behind an x, and no more of them than
 * the number needs. */
static bool index_take(struct span *rest, uint64_t *out_index) {
    uint64_t index = 0;
    for (size_t i = 0; i < ELEMENTS_MAX; i++) {
        uint64_t element = 0;
        bool is_last = !prefix_take(rest, "x");
        if (digits_take(rest, ELEMENT_DIGITS, &element) != ELEMENT_DIGITS ||
            (i == 0 && !is_last && element == 0)) {
            return false;
        }
        index = index * ELEMENT_STEP + element;
        if (is_last) {
            *out_index = index;
            return true;
        }
        if (!prefix_take(rest, "/")) {
            return false;
        }
    }
    return false;
}

struct lg_err audit_tile_path_read(struct span path, struct audit_tile *out_tile) {
    struct audit_tile tile = {.width = AUDIT_TILE_WIDTH};
    struct span rest = path;
    uint64_t level = 0;
    uint64_t width = 0;
    if (!prefix_take(&rest, "tile/")) {
        return out_of_range();
    }
    tile.is_entries = prefix_take(&rest, "entries/");
    if (!tile.is_entries &&
        (!number_take(&rest, &level) || level > AUDIT_TILE_LEVEL_MAX || !prefix_take(&rest, "/"))) {
        return out_of_range();
    }
    if (!index_take(&rest, &tile.index)) {
        return out_of_range();
    }
    if (prefix_take(&rest, ".p/")) {
        if (!number_take(&rest, &width) || width == 0 || width >= AUDIT_TILE_WIDTH) {
            return out_of_range();
        }
        tile.width = (unsigned)width;
    }
    if (rest.len > 0) {
        return out_of_range();
    }
    tile.level = (unsigned)level;
    *out_tile = tile;
    return LG_OK;
}

/* ---- What is there */

/* True when `size` leaves complete every node of the tile. */
static bool is_covered(const struct audit_tile *tile, uint64_t size) {
    unsigned shift = tile->level * 8;
    uint64_t nodes = shift < 64 ? size >> shift : 0;
    return tile->index <= nodes / AUDIT_TILE_WIDTH &&
           tile->index * AUDIT_TILE_WIDTH + tile->width <= nodes;
}

struct lg_err audit_tile_read(struct audit_log *log, const struct audit_tile *tile,
                              struct arena *arena, struct span *out_bytes) {
    if (!is_covered(tile, audit_size(log))) {
        return out_of_range();
    }
    return audit_volumes_read(&log->volumes, tile, arena, out_bytes);
}
