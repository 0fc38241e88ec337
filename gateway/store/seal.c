/* SPDX-License-Identifier: Apache-2.0 */
/* Tags for look-ups and sealed values.
 *
 * A tag is keyed BLAKE2b-128 of: kind (1 byte), then each part after its 16-bit length. A sealed
 * value is XChaCha20-Poly1305 bound to: table, row and owner, each after its 16-bit length; so a
 * value moved to another row, or a row to another person, does not open. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/store_int.h"

struct span store_tag_span(const struct store_tag *tag) {
    return span_of(tag->bytes, sizeof tag->bytes);
}

/* folded: so many bytes at the end go in with A-Z in lower case. */
static struct lg_err tag_make(const struct store *store, int kind, const struct span_list *parts,
                              size_t folded, struct store_tag *out_tag) {
    uint8_t text[STORE_TAG_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);
    writer_u8(&w, (uint8_t)kind);
    for (size_t i = 0; i < parts->count; i++) {
        writer_part(&w, parts->items[i]);
    }
    struct span written;
    if (parts->count > STORE_TAG_PARTS_MAX || lg_failed(writer_end(&w, &written))) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    span_fold(&text[written.len - folded], folded);
    vault_mac16(store->tag_key, written, out_tag->bytes);
    vault_wipe(text, sizeof text);
    return LG_OK;
}

struct lg_err store_tag_of(const struct store *store, int kind, const struct span *parts,
                           size_t count, struct store_tag *out_tag) {
    const struct span_list list = {parts, count};
    return tag_make(store, kind, &list, 0, out_tag);
}

struct lg_err store_user_tag_make(const struct store *store, enum store_tag_kind kind,
                                  const struct span *parts, size_t count,
                                  struct store_tag *out_tag) {
    ASSERT(kind < STORE_TAG_PUBLIC_END && count > 0);
    const struct span_list list = {parts, count};
    return tag_make(store, (int)kind, &list, parts[count - 1].len, out_tag);
}

struct lg_err store_tag_make(const struct store *store, enum store_tag_kind kind,
                             const struct span *parts, size_t count, struct store_tag *out_tag) {
    ASSERT(kind < STORE_TAG_PUBLIC_END);
    return store_tag_of(store, (int)kind, parts, count, out_tag);
}

struct lg_err store_agency_tag(const struct store *store, struct span agency,
                               struct store_tag *out_tag) {
    return store_tag_of(store, STORE_TAG_AGENCY, &agency, 1, out_tag);
}

struct store_place store_log_place(const char *table, uint64_t log_index,
                                   struct store_log_row *row) {
    struct writer w = writer_of(row->bytes, sizeof row->bytes);
    writer_u64(&w, log_index);
    return (struct store_place){.table = table, .row = span_of(row->bytes, sizeof row->bytes)};
}

struct lg_err store_enrolment_tag(const struct store *store, struct span agency,
                                  struct span agreement, struct store_tag *out_tag) {
    struct span parts[] = {agency, agreement};
    return store_tag_of(store, STORE_TAG_ENROLMENT, parts, 2, out_tag);
}

enum { BOUND_MAX = 160 };

static struct span bound_of(const struct store_place *place, uint8_t out[static BOUND_MAX]) {
    struct writer w = writer_of(out, BOUND_MAX);
    writer_part(&w, span_text(place->table));
    writer_part(&w, place->row);
    writer_part(&w, place->owner);
    struct span bound = {0};
    struct lg_err err = writer_end(&w, &bound);
    ASSERT(!lg_failed(err)); /* rows are tags and ids of ours */
    return bound;
}

void store_seal(struct vault_key *key, const struct store_place *place, struct span plain,
                uint8_t *out) {
    ASSERT(plain.len <= STORE_PLAIN_MAX);
    uint8_t bound[BOUND_MAX];
    vault_seal(key, bound_of(place, bound), plain, out);
}

struct lg_err store_unseal(struct vault_key *key, const struct store_place *place,
                           struct span sealed, uint8_t *out, size_t size) {
    uint8_t bound[BOUND_MAX];
    if (sealed.len != size + VAULT_SEAL_OVERHEAD ||
        lg_failed(vault_open(key, bound_of(place, bound), sealed, out))) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    return LG_OK;
}

struct lg_err store_unseal_dup(struct vault_key *key, const struct store_place *place,
                               struct span sealed, struct arena *arena, struct span *out_plain) {
    if (sealed.len < VAULT_SEAL_OVERHEAD || sealed.len > STORE_SEALED_MAX) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    size_t size = sealed.len - VAULT_SEAL_OVERHEAD;
    uint8_t *plain = arena_alloc(arena, size);
    if (plain == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(store_unseal(key, place, sealed, plain, size));
    *out_plain = span_of(plain, size);
    return LG_OK;
}
