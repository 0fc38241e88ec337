/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves. What decodes is in its ranges and accounts for every byte; nothing opens that was not
 * sealed under the key. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/audit/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static void check_entry(const struct audit_entry *entry, size_t size) {
    require(entry->head.len + entry->key_commitment.len + 2 + entry->sealed.len == size);
    require(entry->kind >= AUDIT_ASK && entry->kind < AUDIT_KIND_END);
    require((unsigned)entry->decision < AUDIT_DECISION_END);
    require(entry->time_ms >= 0);
    require(entry->tag.len == AUDIT_TAG_SIZE);
    require(entry->commitment.len == 0 || entry->commitment.len == AUDIT_HASH_SIZE);
    require(entry->items.len == (entry->items_form == AUDIT_ITEMS_NONE ? 0 : 32U));
    require(entry->is_part == audit_is_part(entry->kind, entry->source_agency));
    require(entry->quarter == audit_quarter(entry->time_ms));
    require(entry->asker.len == (entry->is_part ? AUDIT_TAG_SIZE : 0));
    require(entry->detail.len == (entry->is_part ? AUDIT_HASH_SIZE : 0));
    require(!entry->is_part || (entry->flags == 0 && entry->commitment.len > 0));
    require(entry->purpose.len <= AUDIT_CODE_SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vault_report report;
    struct audit_entry entry;
    struct arena *arena = NULL;
    struct vault_key *key = NULL;
    struct audit_opened opened;
    struct audit_detail detail;
    struct span leaf = span_of(data, size);
    if (lg_failed(audit_entry_decode(leaf, &entry))) {
        return 0;
    }
    check_entry(&entry, size);
    require(lg_failed(audit_detail_read(&entry, leaf, &detail)));
    if (!lg_failed(vault_init(&report)) && !lg_failed(arena_new(1 << 14, &arena)) &&
        !lg_failed(vault_key_new(VAULT_KIND_SECRET, &key))) {
        require(lg_failed(audit_entry_open(leaf, key, arena, &opened)));
        require(!audit_entry_is_about(&entry, key));
    }
    vault_key_free(&key);
    arena_free(&arena);
    return 0;
}
