/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as one piece of work: zeroed, bounded, never freed piece by piece,
 * wiped when it is dropped. */
#ifndef GATEWAY_BASE_ARENA_H
#define GATEWAY_BASE_ARENA_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/base/span.h"

enum arena_code { ARENA_FULL = 1, ARENA_MEMORY };

/* Always true: no more than `budget` bytes were ever handed out. One thread at a time. */
struct arena;

/* A new arena that hands out at most `budget` bytes in all. Blocks come from the heap as needed.
 * LIMIT ARENA_MEMORY when the heap has none. The caller frees it. */
LG_MUST_USE struct lg_err arena_new(size_t budget, struct arena **out_arena);
/* Wipes and frees everything; accepts NULL and sets the pointer to NULL. */
void arena_free(struct arena **arena);

/* `size` zeroed bytes, aligned for any type, valid until the arena is freed; size 0 gives a valid
 * pointer. NULL when the budget or the heap is used up (which arena_failed then reports). */
void *arena_alloc(struct arena *arena, size_t size);
/* The same for `count` things of `size`, checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy of the bytes with a NUL after them that is not counted; ptr NULL on failure. */
struct span arena_copy(struct arena *arena, struct span bytes);
/* A NUL-terminated copy; NULL on failure. */
char *arena_text(struct arena *arena, struct span bytes);
/* Formatted text; ptr NULL on failure. */
struct span arena_format(struct arena *arena, const char *format, ...) LG_PRINTF(2, 3);
/* LIMIT once any request was turned down, LG_OK before: so a run of allocations is checked once. */
LG_MUST_USE struct lg_err arena_failed(const struct arena *arena);
/* Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

#endif
