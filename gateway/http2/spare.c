/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the library when there is none. nghttp2 1.52 does not come through every failed
 * allocation: where a frame's memory cannot be had it may free an item that was never filled in,
 * and ends the process by an assertion of its own. So a request of the library that the system
 * turns down is served from a small store that every host keeps, and the connection, which is told,
 * ends in the same turn: what it took goes back with its session.
 *
 *   | size, 16 bytes | room | size | room | ...        from the front; whole again when all is back
 */
#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/http2/http2_int.h"

enum { STEP = 16 };

static_assert(alignof(max_align_t) <= STEP, "room begins where anything may begin");

static bool is_spare(const struct http2_spare *spare, const void *ptr) {
    uintptr_t at = (uintptr_t)ptr;
    uintptr_t begin = (uintptr_t)spare->bytes;
    return at >= begin && at < begin + sizeof spare->bytes;
}

static void *take(struct http2_connection *connection, size_t size) {
    struct http2_spare *spare = &connection->host->spare;
    if (size > sizeof spare->bytes - 2 * (size_t)STEP) {
        return NULL;
    }
    size_t whole = (size + 2 * (size_t)STEP - 1) / STEP * STEP;
    if (whole > sizeof spare->bytes - spare->used) {
        return NULL;
    }
    uint8_t *head = spare->bytes + spare->used;
    memcpy(head, &size, sizeof size);
    spare->used += whole;
    spare->live++;
    connection->is_short = true;
    http2_connection_wake(connection);
    return head + STEP;
}

static void give_back(struct http2_spare *spare) {
    ASSERT(spare->live > 0);
    spare->live--;
    spare->used = spare->live == 0 ? 0 : spare->used;
}

static void *spare_malloc(size_t size, void *ctx) {
    struct http2_connection *connection = ctx;
    void *ptr = http2_shelf_take(&connection->host->shelf, size);
    return ptr != NULL ? ptr : take(connection, size);
}

static void spare_free(void *ptr, void *ctx) {
    struct http2_connection *connection = ctx;
    if (is_spare(&connection->host->spare, ptr)) {
        give_back(&connection->host->spare);
    } else if (ptr != NULL) {
        http2_shelf_give(&connection->host->shelf, ptr);
    }
}

static void *spare_calloc(size_t count, size_t size, void *ctx) {
    size_t whole = 0;
    if (lg_failed(num_mul(count, size, &whole))) {
        return NULL;
    }
    void *ptr = spare_malloc(whole, ctx);
    if (ptr != NULL) {
        memset(ptr, 0, whole);
    }
    return ptr;
}

static size_t room_of(const struct http2_connection *connection, const void *ptr) {
    size_t room = 0;
    if (!is_spare(&connection->host->spare, ptr)) {
        return http2_shelf_room(ptr);
    }
    memcpy(&room, (const uint8_t *)ptr - STEP, sizeof room);
    return room;
}

static void *spare_realloc(void *ptr, size_t size, void *ctx) {
    size_t room = ptr == NULL ? 0 : room_of(ctx, ptr);
    if (ptr != NULL && size <= room) {
        return ptr;
    }
    void *grown = spare_malloc(size, ctx);
    if (grown != NULL && ptr != NULL) {
        memcpy(grown, ptr, room);
        spare_free(ptr, ctx);
    }
    return grown;
}

nghttp2_mem http2_spare_mem(struct http2_connection *connection) {
    return (nghttp2_mem){
        .mem_user_data = connection,
        .malloc = spare_malloc,
        .free = spare_free,
        .calloc = spare_calloc,
        .realloc = spare_realloc,
    };
}
