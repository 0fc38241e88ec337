/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/index/keys.h"

#include <string.h>

void index_keys_free(struct index_keys *keys) {
    for (size_t i = 0; i < INDEX_KEYS_SLOTS; i++) {
        vault_key_free(&keys->slots[i].key);
    }
    vault_wipe(keys, sizeof *keys);
}

struct lg_err index_key_get(struct index_keys *keys, struct store *store,
                            const struct person_id *person, uint32_t quarter,
                            struct vault_key **out_key) {
    static const struct person_id nobody = {{0}};
    const struct person_id *id = person == NULL ? &nobody : person;
    size_t at = id->bytes[0] % INDEX_KEYS_SLOTS;
    if (keys->slots[at].key == NULL || keys->slots[at].quarter != quarter ||
        keys->slots[at].has_person != (person != NULL) ||
        memcmp(keys->slots[at].person.bytes, id->bytes, sizeof id->bytes) != 0) {
        struct vault_key *key = NULL;
        TRY(store_key_find(store, person, quarter, &key));
        vault_key_free(&keys->slots[at].key);
        keys->slots[at].has_person = person != NULL;
        keys->slots[at].person = *id;
        keys->slots[at].quarter = quarter;
        keys->slots[at].key = key;
    }
    *out_key = keys->slots[at].key;
    return LG_OK;
}
