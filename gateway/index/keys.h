/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a stretch of entries. Those of one question are near each other and about one person:
 * its key is looked up once, not for each, on a connection that answers take turns with. */
#ifndef GATEWAY_INDEX_KEYS_H
#define GATEWAY_INDEX_KEYS_H

#include "gateway/index/index_int.h"

enum { INDEX_KEYS_SLOTS = 64 };

/* All zero before the first. A slot that another key needs is given up. */
struct index_keys {
    struct {
        bool has_person; /* else nobody's */
        struct person_id person;
        uint32_t quarter;
        struct vault_key *key; /* NULL: empty */
    } slots[INDEX_KEYS_SLOTS];
};

void index_keys_free(struct index_keys *keys);
/* person NULL: nobody's. *out_key belongs to `keys`, until the next call; NULL: there is none.
 * Errors of the store. */
LG_MUST_USE struct lg_err index_key_get(struct index_keys *keys, struct store *store,
                                        const struct person_id *person, uint32_t quarter,
                                        struct vault_key **out_key);

#endif
