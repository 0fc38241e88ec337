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

/* Wiped blocks that arenas of one thread leave for the next: a question wants a handful of them,
 * and to zero them twice and to look for them in the heap costs more than to fill them. Nothing of
 * an arena outlives it here: a block is zeros when it comes and when it goes. Under the address
 * sanitizer every block goes back to the heap, so that what is used too late is found. */
struct arena_shelf;

/* A shelf for at most `blocks_max` blocks of some 8 KiB. LIMIT ARENA_MEMORY. The caller frees it,
 * after the arenas on it. */
LG_MUST_USE struct lg_err arena_shelf_new(size_t blocks_max, struct arena_shelf **out_shelf);
void arena_shelf_free(struct arena_shelf **shelf);
/* As arena_new, with blocks of the shelf, which is kept until the arena is freed; NULL: without. */
LG_MUST_USE struct lg_err arena_new_on(struct arena_shelf *shelf, size_t budget,
                                       struct arena **out_arena);

/* `size` zeroed bytes, aligned for any type, valid until the arena is freed; size 0 gives a valid
 * pointer. NULL when the budget or the heap is used up (which arena_failed then reports). */
void *arena_alloc(struct arena *arena, size_t size);
/* The same for `count` things of `size`, checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Room for one more after `count` things of `size`, where an array grows to a length that is not
 * known: `items` itself, or a larger copy, twice as long each time; NULL on failure. Starts from
 * count 0, and always with one more than it was asked for last. */
void *arena_more(struct arena *arena, void *items, size_t count, size_t size);
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
