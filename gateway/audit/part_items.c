/* SPDX-License-Identifier: Apache-2.0 */
/* What the leaf of one source says of the items that it was asked for. */
#include "gateway/audit/audit.h"

static void item_add(struct vault_sha256 *hash, struct span item) {
    const uint8_t len[2] = {(uint8_t)(item.len >> 8), (uint8_t)item.len};
    vault_sha256_add(hash, span_of(len, sizeof len));
    vault_sha256_add(hash, item);
}

void audit_part_items(const struct request_id *part, struct span_list items,
                      uint8_t out[static VAULT_SHA256_SIZE]) {
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    item_add(&hash, span_of(part->bytes, sizeof part->bytes));
    for (size_t i = 0; i < items.count; i++) {
        item_add(&hash, items.items[i]);
    }
    vault_sha256_end(&hash, out);
}
