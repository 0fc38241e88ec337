/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of duties in entries.db. */
#ifndef GATEWAY_STORE_ENTRY_DUTIES_H
#define GATEWAY_STORE_ENTRY_DUTIES_H

#include "gateway/store/entries.h"
#include "gateway/store/store_int.h"

/* Adds the duties of these sides to those that are there, on the connection that writes and inside
 * its transaction. */
LG_MUST_USE struct lg_err store_duties_add(const struct store *store, struct store_db *db,
                                           const struct store_sides *sides);

/* entries.c: one transaction of the connection that reads. Errors of both. */
typedef struct lg_err (*store_entries_read_fn)(void *ctx, const struct store *store,
                                               struct store_db *db);
LG_MUST_USE struct lg_err store_entries_read(struct store_entries *entries,
                                             store_entries_read_fn read, void *ctx);
/* The same of the one that writes. */
LG_MUST_USE struct lg_err store_entries_write(struct store_entries *entries,
                                              store_entries_read_fn write, void *ctx);

#endif
