/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of blocks, newest first. A request that does not fit the newest block opens another of
 * at least BLOCK_SIZE; what was left in the old one is lost. Blocks of BLOCK_SIZE may come from a
 * shelf and go back to it; there they are zero throughout. */
#define _DEFAULT_SOURCE
#include "gateway/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"

enum { BLOCK_SIZE = 8192, ALIGN = alignof(max_align_t), MORE_FIRST = 4 };

#ifdef __SANITIZE_ADDRESS__
enum { SHELF_KEEPS = 0 };
#else
enum { SHELF_KEEPS = 1 };
#endif

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

struct arena_shelf {
    struct block *first;
    size_t count;
    size_t count_max;
};

struct arena {
    struct arena_shelf *shelf; /* or NULL */
    struct block *newest;
    size_t budget;
    size_t used;
    struct lg_err failed;
};

struct lg_err arena_shelf_new(size_t blocks_max, struct arena_shelf **out_shelf) {
    struct arena_shelf *shelf = calloc(1, sizeof *shelf);
    if (shelf == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_BASE, ARENA_MEMORY);
    }
    shelf->count_max = blocks_max * SHELF_KEEPS;
    *out_shelf = shelf;
    return LG_OK;
}

void arena_shelf_free(struct arena_shelf **shelf) {
    if (*shelf == NULL) {
        return;
    }
    struct block *block = (*shelf)->first;
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(*shelf);
    *shelf = NULL;
}

struct lg_err arena_new_on(struct arena_shelf *shelf, size_t budget, struct arena **out_arena) {
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_BASE, ARENA_MEMORY);
    }
    arena->shelf = shelf;
    arena->budget = budget;
    *out_arena = arena;
    return LG_OK;
}

struct lg_err arena_new(size_t budget, struct arena **out_arena) {
    return arena_new_on(NULL, budget, out_arena);
}

/* A wiped block onto the shelf where there is room, else back to the heap. */
static void block_drop(struct arena_shelf *shelf, struct block *block) {
    if (shelf == NULL || block->size != BLOCK_SIZE || shelf->count == shelf->count_max) {
        free(block);
        return;
    }
    block->used = 0;
    block->next = shelf->first;
    shelf->first = block;
    shelf->count++;
}

void arena_free(struct arena **arena) {
    if (*arena == NULL) {
        return;
    }
    struct block *block = (*arena)->newest;
    while (block != NULL) {
        struct block *next = block->next;
        explicit_bzero(block->bytes, block->used);
        block_drop((*arena)->shelf, block);
        block = next;
    }
    free(*arena);
    *arena = NULL;
}

static void *fail(struct arena *arena, uint16_t code) {
    arena->failed = lg_err_make(LG_CLASS_LIMIT, LG_BASE, code);
    return NULL;
}

/* Zeroed, from the shelf or the heap; NULL when that has none. */
static struct block *block_take(struct arena_shelf *shelf, size_t size) {
    if (shelf != NULL && size == BLOCK_SIZE && shelf->first != NULL) {
        struct block *block = shelf->first;
        shelf->first = block->next;
        shelf->count--;
        return block;
    }
    struct block *block = calloc(1, sizeof *block + size);
    if (block != NULL) {
        block->size = size;
    }
    return block;
}

static struct block *block_open(struct arena *arena, size_t need) {
    struct block *block = block_take(arena->shelf, num_max(need, BLOCK_SIZE));
    if (block == NULL) {
        return NULL;
    }
    block->next = arena->newest;
    arena->newest = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > arena->budget - arena->used) {
        return fail(arena, ARENA_FULL);
    }
    size_t need = (num_max(size, 1) + ALIGN - 1) / ALIGN * ALIGN;
    struct block *block = arena->newest;
    if (block == NULL || block->size - block->used < need) {
        block = block_open(arena, need);
    }
    if (block == NULL) {
        return fail(arena, ARENA_MEMORY);
    }
    void *place = block->bytes + block->used;
    block->used += need;
    arena->used += size;
    ASSERT(arena->used <= arena->budget);
    return place;
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
    size_t total = 0;
    if (lg_failed(num_mul(count, size, &total))) {
        return fail(arena, ARENA_FULL);
    }
    return arena_alloc(arena, total);
}

void *arena_more(struct arena *arena, void *items, size_t count, size_t size) {
    bool is_full = count == 0 || (count >= MORE_FIRST && (count & (count - 1)) == 0);
    if (!is_full) {
        return items;
    }
    void *larger = arena_array(arena, num_max(2 * count, MORE_FIRST), size);
    if (larger != NULL && count > 0) {
        memcpy(larger, items, count * size);
    }
    return larger;
}

char *arena_text(struct arena *arena, struct span bytes) {
    if (bytes.len == SIZE_MAX) {
        return fail(arena, ARENA_FULL);
    }
    char *copy = arena_alloc(arena, bytes.len + 1);
    if (copy != NULL && bytes.len > 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    return copy;
}

struct span arena_copy(struct arena *arena, struct span bytes) {
    char *copy = arena_text(arena, bytes);
    return span_of(copy, copy == NULL ? 0 : bytes.len);
}

struct span arena_format(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    if (text == NULL) {
        return span_of(NULL, 0);
    }
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return span_of(text, (size_t)len);
}

struct lg_err arena_failed(const struct arena *arena) {
    return arena->failed;
}

size_t arena_used(const struct arena *arena) {
    return arena->used;
}
