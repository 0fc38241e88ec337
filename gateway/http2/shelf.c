/* SPDX-License-Identifier: Apache-2.0 */
/* Small pieces of memory for the library, which takes and gives back some ten of them for each
 * stream. A turn holds hundreds of streams at once, more than the allocator of the system keeps at
 * hand for a thread; so the free pieces of a host wait here, by size, for the next stream.
 *
 *   | room, next: 16 bytes | room bytes |      room a multiple of STEP, as long as it is at most
 *                                              ROOM_MAX; else as it was asked for
 */
#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

enum { STEP = HTTP2_SHELF_STEP, ROOM_MAX = STEP * HTTP2_SHELF_SIZES };

#ifdef __SANITIZE_ADDRESS__
enum { SHELF_KEEPS = 0 };
#else
enum { SHELF_KEEPS = 1 };
#endif

struct http2_piece {
    alignas(max_align_t) size_t room;
    struct http2_piece *next; /* on the shelf */
};

static_assert(sizeof(struct http2_piece) % alignof(max_align_t) == 0,
              "room begins where anything may begin");

static struct http2_piece **place_of(struct http2_shelf *shelf, size_t room) {
    return &shelf->first[room / STEP - 1];
}

void *http2_shelf_take(struct http2_shelf *shelf, size_t size) {
    size_t room = size;
    if (size <= ROOM_MAX) {
        room = size == 0 ? (size_t)STEP : (size + STEP - 1) / STEP * STEP;
        struct http2_piece **place = place_of(shelf, room);
        struct http2_piece *piece = *place;
        if (piece != NULL) {
            *place = piece->next;
            shelf->kept -= room;
            return piece + 1;
        }
    }
    if (room > SIZE_MAX - sizeof(struct http2_piece)) {
        return NULL;
    }
    struct http2_piece *piece = malloc(sizeof *piece + room);
    if (piece == NULL) {
        return NULL;
    }
    piece->room = room;
    return piece + 1;
}

size_t http2_shelf_room(const void *ptr) {
    return ((const struct http2_piece *)ptr - 1)->room;
}

void http2_shelf_give(struct http2_shelf *shelf, void *ptr) {
    struct http2_piece *piece = (struct http2_piece *)ptr - 1;
    size_t kept_max = (size_t)LIMIT_HTTP2_SHELF * SHELF_KEEPS;
    if (piece->room > ROOM_MAX || piece->room > kept_max - shelf->kept) {
        free(piece);
        return;
    }
    struct http2_piece **place = place_of(shelf, piece->room);
    piece->next = *place;
    *place = piece;
    shelf->kept += piece->room;
}

void http2_shelf_clear(struct http2_shelf *shelf) {
    for (size_t i = 0; i < HTTP2_SHELF_SIZES; i++) {
        while (shelf->first[i] != NULL) {
            struct http2_piece *next = shelf->first[i]->next;
            free(shelf->first[i]);
            shelf->first[i] = next;
        }
    }
    shelf->kept = 0;
}
