/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in entries.db instead of words, ids and persons: codes under a key that is derived
 * from the store's and lies in no file. Each use has a number of its own, so that equal bytes of
 * two uses have nothing in common. */
#ifndef GATEWAY_STORE_ENTRY_TAGS_H
#define GATEWAY_STORE_ENTRY_TAGS_H

#include "gateway/base/span.h"
#include "gateway/store/store.h"
#include "gateway/vault/vault.h"

/* Of the file's layout: another one is begun anew. */
#define STORE_ENTRIES_MARK "lockgate entries 4"

enum store_entry_tag_of {
    STORE_ENTRY_TAG_MARK = 1,
    STORE_ENTRY_TAG_WORD,
    STORE_ENTRY_TAG_QUESTION,
    STORE_ENTRY_TAG_SUBJECT,
    STORE_ENTRY_TAG_UNLED,
    STORE_ENTRY_TAG_COVERAGE,
};

/* `bytes`: at most 255. */
void store_entry_tag(const struct store *store, enum store_entry_tag_of of, struct span bytes,
                     uint8_t out[static VAULT_MAC16_SIZE]);

#endif
