/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/store/entry_tags.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/entries.h"
#include "gateway/store/store_int.h"

void store_entry_tag(const struct store *store, enum store_entry_tag_of of, struct span bytes,
                     uint8_t out[static VAULT_MAC16_SIZE]) {
    uint8_t text[1 + 255];
    struct writer w = writer_of(text, sizeof text);
    struct span written = span_of(text, 0);
    writer_u8(&w, (uint8_t)of);
    writer_bytes(&w, bytes);
    struct lg_err err = writer_end(&w, &written);
    ASSERT(!lg_failed(err)); /* words are at most AUDIT_CODE_SIZE_MAX, the rest is of fixed size */
    vault_mac16(store->entries_key, written, out);
}

int64_t store_entry_word(const struct store *store, struct span word) {
    uint8_t tag[VAULT_MAC16_SIZE];
    uint64_t number = 0;
    if (word.len == 0) {
        return 0;
    }
    ASSERT(word.len <= 255);
    store_entry_tag(store, STORE_ENTRY_TAG_WORD, word, tag);
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | tag[i];
    }
    int64_t value = (int64_t)(number >> 1); /* a column holds 63 bits of a positive number */
    return value == 0 ? 1 : value;
}

void store_entry_question(const struct store *store, const struct request_id *id,
                          struct store_tag *out_tag) {
    store_entry_tag(store, STORE_ENTRY_TAG_QUESTION, span_of(id->bytes, sizeof id->bytes),
                    out_tag->bytes);
}

void store_entry_subject(const struct store *store, struct vault_key *subject,
                         struct store_tag *out_tag) {
    uint8_t inner[VAULT_MAC16_SIZE];
    vault_mac16(subject, span_text(STORE_ENTRIES_MARK), inner);
    store_entry_tag(store, STORE_ENTRY_TAG_SUBJECT, span_of(inner, sizeof inner), out_tag->bytes);
    vault_wipe(inner, sizeof inner);
}

void store_entry_unled(const struct store *store, const struct store_tag *subject,
                       struct store_tag *out_tag) {
    store_entry_tag(store, STORE_ENTRY_TAG_UNLED, store_tag_span(subject), out_tag->bytes);
}

/* ---- Matching: pure -------------------------------------------------------------------------- */

static bool word_fits(int64_t wanted, int64_t has) {
    return wanted == 0 || wanted == has;
}

static bool tag_fits(const struct store_tag *wanted, const struct store_tag *has) {
    return wanted == NULL || memcmp(wanted->bytes, has->bytes, sizeof has->bytes) == 0;
}

bool store_side_matches(const struct store_side_filter *filter, const struct store_side *side) {
    return side->agency == filter->agency && side->position < filter->before &&
           side->time_ms >= filter->from_ms && side->time_ms < filter->to_ms &&
           (filter->subject == NULL || side->has_subject) &&
           tag_fits(filter->subject, &side->subject) &&
           tag_fits(filter->question, &side->question) && word_fits(filter->role, side->role) &&
           word_fits(filter->other, side->other) && word_fits(filter->agreement, side->agreement) &&
           word_fits(filter->purpose, side->purpose) && word_fits(filter->basis, side->basis) &&
           word_fits(filter->kind, side->kind) && word_fits(filter->decision, side->decision) &&
           word_fits(filter->system, side->system) && word_fits(filter->actor, side->actor) &&
           (!filter->in_emergency || side->is_emergency);
}

struct store_place store_side_place(const struct store_side *side, struct store_side_text *text) {
    struct writer w = writer_of(text->bytes, sizeof text->bytes);
    writer_u64(&w, side->position);
    writer_u8(&w, (uint8_t)side->role);
    return (struct store_place){.table = "side", .row = span_of(text->bytes, sizeof text->bytes)};
}
