/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/index/index_int.h"

/* FNV-1a, 32 bits: which place, nothing more. */
static size_t place_of(struct span word) {
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < word.len; i++) {
        hash = (hash ^ word.ptr[i]) * UINT32_C(16777619);
    }
    return hash % INDEX_WORDS_SLOTS;
}

int64_t index_word_get(struct index_words *words, const struct store *store, struct span word) {
    if (words == NULL || word.len == 0 || word.len > AUDIT_CODE_SIZE_MAX) {
        return store_entry_word(store, word);
    }
    size_t at = place_of(word);
    bool is_there =
        words->slots[at].len == word.len && memcmp(words->slots[at].bytes, word.ptr, word.len) == 0;
    if (!is_there) {
        words->slots[at].len = word.len;
        memcpy(words->slots[at].bytes, word.ptr, word.len);
        words->slots[at].number = store_entry_word(store, word);
    }
    return words->slots[at].number;
}
