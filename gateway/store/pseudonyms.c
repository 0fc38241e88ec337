/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudonyms that were given out: found again by person, agreement and recipient, and accepted back
 * by agreement, recipient and the pseudonym itself. */
#include "gateway/store/store_int.h"

static struct lg_err owner_tag(const struct store *store, const struct store_owner *owner,
                               struct store_tag *out_tag) {
    struct span parts[] = {store_person_span(&owner->person), owner->agreement, owner->recipient};
    return store_tag_of(store, STORE_TAG_OWNER, parts, 3, out_tag);
}

static struct lg_err pseudonym_tag(const struct store *store,
                                   const struct store_recipient *recipient,
                                   const struct vault_point *pseudonym, struct store_tag *out_tag) {
    struct span parts[] = {recipient->agreement, recipient->recipient,
                           span_of(pseudonym->bytes, sizeof pseudonym->bytes)};
    return store_tag_of(store, STORE_TAG_PSEUDONYM, parts, 3, out_tag);
}

struct lg_err store_pseudonym_get(struct store_reader *reader, const struct store_owner *owner,
                                  bool *out_found, struct vault_point *out_pseudonym) {
    struct store_tag tag;
    TRY(owner_tag(reader->store, owner, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_PSEUDONYM_GET);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    *out_found = false;
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    struct store_place place = {.table = "pseudonym", .row = store_tag_span(&tag)};
    TRY(store_unseal(reader->store->seal_key, &place, store_query_column(&query, 0),
                     out_pseudonym->bytes, sizeof out_pseudonym->bytes));
    *out_found = true;
    return store_query_end(&query);
}

struct lg_err store_pseudonym_find(struct store_reader *reader,
                                   const struct store_recipient *recipient,
                                   const struct vault_point *pseudonym, bool *out_found,
                                   struct person_id *out_person) {
    struct store_tag tag;
    TRY(pseudonym_tag(reader->store, recipient, pseudonym, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_PSEUDONYM_FIND);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    *out_found = store_query_next(&query);
    if (*out_found) {
        store_query_column_copy(&query, 0, out_person->bytes, sizeof out_person->bytes);
    }
    return store_query_end(&query);
}

/* Of a person who was erased meanwhile none is kept. */
static struct lg_err pseudonym_add(struct store *store, const struct store_pseudonym *given) {
    bool is_erased = false;
    TRY(store_person_is_erased(store, &store->db, &given->owner.person, &is_erased));
    if (is_erased) {
        return LG_OK;
    }
    struct store_tag owner;
    struct store_tag own;
    TRY(owner_tag(store, &given->owner, &owner));
    struct store_recipient recipient = {given->owner.agreement, given->owner.recipient};
    TRY(pseudonym_tag(store, &recipient, &given->pseudonym, &own));
    struct store_place place = {.table = "pseudonym", .row = store_tag_span(&owner)};
    uint8_t sealed[sizeof given->pseudonym.bytes + VAULT_SEAL_OVERHEAD];
    store_seal(store->seal_key, &place,
               span_of(given->pseudonym.bytes, sizeof given->pseudonym.bytes), sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_PSEUDONYM_ADD);
    store_query_bytes(&query, 1, store_tag_span(&owner));
    store_query_bytes(&query, 2, store_tag_span(&own));
    store_query_bytes(&query, 3, store_person_span(&given->owner.person));
    store_query_bytes(&query, 4, span_of(sealed, sizeof sealed));
    return store_query_run(&query);
}

static struct lg_err pseudonyms_add(struct store *store, const struct store_pseudonym *pseudonyms,
                                    size_t count) {
    for (size_t i = 0; i < count; i++) {
        TRY(pseudonym_add(store, &pseudonyms[i]));
    }
    return LG_OK;
}

struct lg_err store_pseudonyms_put(struct store *store, const struct store_pseudonym *pseudonyms,
                                   size_t count) {
    bool valid = count > 0 && count <= STORE_BATCH_MAX;
    for (size_t i = 0; valid && i < count; i++) {
        valid = store_name_valid(pseudonyms[i].owner.agreement) &&
                store_name_valid(pseudonyms[i].owner.recipient);
    }
    if (!valid) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_write_begin(store, STORE_URGENT));
    return store_write_end(store, pseudonyms_add(store, pseudonyms, count));
}
