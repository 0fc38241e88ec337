/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about consent, derived from the log. They and applied_through are written in one
 * transaction and read in one, so that a grant knows what it was read at (audit.md 4.8). */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/store_int.h"

static struct store_place fact_place(const struct consent_id *id) {
    return (struct store_place){.table = "consent", .row = span_of(id->bytes, sizeof id->bytes)};
}

static struct lg_err through_read(struct store_db *db, uint64_t *out_through) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_META_GET);
    store_query_text(&query, 1, "applied_through");
    int64_t through = store_query_next(&query) ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    if (through < 0) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    *out_through = (uint64_t)through;
    return LG_OK;
}

static struct lg_err through_write(struct store_db *db, uint64_t through) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_META_PUT);
    store_query_text(&query, 1, "applied_through");
    store_query_number(&query, 2, (int64_t)through);
    return store_query_run(&query);
}

static struct lg_err fact_add(struct store *store, const struct store_consent *fact) {
    struct store_person_row row;
    TRY(store_person_get(store, &store->db, &fact->person, &row));
    uint8_t sealed[STORE_CONSENT_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct store_place place = fact_place(&fact->id);
    store_seal(store->seal_key, &place, fact->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_CONSENT_ADD);
    store_query_bytes(&query, 1, span_of(fact->id.bytes, sizeof fact->id.bytes));
    store_query_bytes(&query, 2, store_person_span(&row.person.id));
    store_query_number(&query, 3, (int64_t)fact->log_index);
    store_query_bytes(&query, 4, span_of(sealed, fact->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

static struct lg_err facts_apply(struct store *store, const struct store_consent *consents,
                                 size_t count, uint64_t through) {
    uint64_t applied = 0;
    TRY(through_read(&store->db, &applied));
    if (through <= applied) {
        return LG_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (consents[i].log_index >= applied) {
            TRY(fact_add(store, &consents[i]));
        }
    }
    return through_write(&store->db, through);
}

static bool facts_valid(const struct store_consent *consents, size_t count, uint64_t through) {
    bool valid = count <= STORE_APPLY_MAX && through <= INT64_MAX;
    for (size_t i = 0; valid && i < count; i++) {
        valid = consents[i].body.len > 0 && consents[i].body.len <= STORE_CONSENT_BODY_MAX &&
                consents[i].log_index < through &&
                (i == 0 || consents[i].log_index > consents[i - 1].log_index);
    }
    return valid;
}

struct lg_err store_consents_apply(struct store *store, const struct store_consent *consents,
                                   size_t count, uint64_t through) {
    if (!facts_valid(consents, count, through)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_write_begin(store, STORE_URGENT));
    return store_write_end(store, facts_apply(store, consents, count, through));
}

struct lg_err store_applied_through(struct store_reader *reader, uint64_t *out_through) {
    return through_read(&reader->db, out_through);
}

/* The row that a query of the four columns stands on. */
static struct lg_err fact_read(struct store_reader *reader, struct store_query *query,
                               struct arena *arena, struct store_consent *out_fact) {
    store_query_column_copy(query, 0, out_fact->id.bytes, sizeof out_fact->id.bytes);
    store_query_column_copy(query, 1, out_fact->person.bytes, sizeof out_fact->person.bytes);
    out_fact->log_index = (uint64_t)store_query_column_number(query, 2);
    struct store_place place = fact_place(&out_fact->id);
    return store_unseal_dup(reader->store->seal_key, &place, store_query_column(query, 3), arena,
                            &out_fact->body);
}

static struct lg_err facts_read(struct store_reader *reader, const struct person_id *person,
                                struct arena *arena, struct store_consents *out_consents) {
    struct store_consent *facts = NULL;
    struct store_person_row row;
    TRY(store_person_get(reader->store, &reader->db, person, &row));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_CONSENT_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(&row.person.id));
    store_query_number(&query, 2, STORE_CONSENTS_MAX);
    size_t count = 0;
    while (count < STORE_CONSENTS_MAX && store_query_next(&query)) {
        facts = arena_more(arena, facts, count, sizeof *facts);
        if (facts == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(fact_read(reader, &query, arena, &facts[count]));
        count++;
    }
    TRY(store_query_end(&query));
    out_consents->items = facts;
    out_consents->count = count;
    return through_read(&reader->db, &out_consents->applied_through);
}

struct lg_err store_consents_read(struct store_reader *reader, const struct person_id *person,
                                  struct arena *arena, struct store_consents *out_consents) {
    struct person_id nobody;
    vault_random(nobody.bytes, sizeof nobody.bytes);
    TRY(store_db_begin(&reader->db, false));
    return store_db_end(&reader->db,
                        facts_read(reader, person == NULL ? &nobody : person, arena, out_consents));
}

struct lg_err store_consent_find(struct store_reader *reader, const struct consent_id *id,
                                 struct arena *arena, bool *out_found,
                                 struct store_consent *out_consent) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_CONSENT_GET);
    store_query_bytes(&query, 1, span_of(id->bytes, sizeof id->bytes));
    *out_found = false;
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    TRY(fact_read(reader, &query, arena, out_consent));
    *out_found = true;
    return store_query_end(&query);
}
