/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/connector/left.h"

#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/base/bytes.h"

static const char salt_label[] = "record";

/* SHA-256(salt, bytes). The salt follows from the call under the agency's own key, so that it need
 * not be kept: the agency can open the commitment to one answer by making it again. */
static void commitment_make(const struct connector_left *left, uint8_t out[static 32]) {
    uint8_t text[sizeof salt_label - 1 + MODEL_CALL_REFERENCE_SIZE];
    uint8_t salt[VAULT_MAC32_SIZE];
    struct vault_sha256 hash;
    memcpy(text, salt_label, sizeof salt_label - 1);
    memcpy(text + sizeof salt_label - 1, left->request->call_reference.bytes,
           MODEL_CALL_REFERENCE_SIZE);
    vault_mac32(left->key, span_of(text, sizeof text), salt);
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(salt, sizeof salt));
    vault_sha256_add(&hash, left->reply);
    vault_sha256_end(&hash, out);
}

static bool has_left(const struct answer *answer, struct span item) {
    for (size_t i = 0; !answer->is_withheld && i < answer->record_count; i++) {
        const struct source_record *record = &answer->records[i];
        for (size_t j = 0; j < record->item_count; j++) {
            if (span_equal(record->items[j].item, item)) {
                return true;
            }
        }
    }
    return false;
}

struct lg_err connector_left_add(struct record_book *book, struct arena *arena,
                                 const struct connector_left *left) {
    const struct fetch_request *request = left->request;
    const struct answer *answer = left->answer;
    struct record_entry entry = {
        .kind = RECORD_LEFT,
        .time_ms = left->now_ms,
        .call = request->call_reference,
        .agreement = request->agreement,
        .agreement_version = request->agreement_version,
        .purpose = request->purpose,
        .withheld = answer->is_withheld ? answer->withholding.code : span_of(NULL, 0),
        .items = request->items,
        .record_count = answer->is_withheld ? 0 : (uint32_t)answer->record_count,
    };
    for (size_t i = 0; i < request->items.count && i < LIMIT_WIRE_ITEMS; i++) {
        if (has_left(answer, request->items.items[i])) {
            entry.gave[i / 8] |= (uint8_t)(1U << (i % 8));
        }
    }
    commitment_make(left, entry.payload);
    return record_book_add(book, arena, &entry);
}

/* RFC 9162, section 2.1.1. */
static void leaf_hash(struct span leaf, uint8_t out[static VAULT_SHA256_SIZE]) {
    struct vault_sha256 hash;
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of("\0", 1));
    vault_sha256_add(&hash, leaf);
    vault_sha256_end(&hash, out);
}

struct lg_err connector_left_receipt(struct record_book *book, struct arena *arena, int64_t now_ms,
                                     const struct wire_acknowledge_request *request) {
    struct span leaf = request->logged.receipt.leaf;
    struct audit_entry decoded;
    struct record_entry entry = {.kind = RECORD_RECEIPT,
                                 .time_ms = now_ms,
                                 .call = request->call_reference,
                                 .index = request->logged.receipt.index};
    leaf_hash(leaf, entry.leaf_hash);
    /* A leaf that is none of ours is kept by its hash: comparing it finds that out. */
    if (!lg_failed(audit_entry_decode(leaf, &decoded)) &&
        decoded.commitment.len == sizeof entry.commitment) {
        entry.has_commitment = true;
        memcpy(entry.commitment, decoded.commitment.ptr, sizeof entry.commitment);
    }
    TRY(record_book_add(book, arena, &entry));
    return record_book_flush(book);
}

struct lg_err connector_left_unsent(struct record_book *book, struct arena *arena, int64_t now_ms,
                                    const struct call_reference *call) {
    const struct record_entry entry = {.kind = RECORD_UNSENT, .time_ms = now_ms, .call = *call};
    return record_book_add(book, arena, &entry);
}
