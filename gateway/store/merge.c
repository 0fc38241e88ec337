/* SPDX-License-Identifier: Apache-2.0 */
/* Two persons that turn out to be one (subjects.md 5.4): the older M stays. Pseudonyms of the other
 * still lead to the person, through its alias; so do handles in flight and entries of the log. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/store/enrol_int.h"

/* Decrypted bodies of at most STORE_ROWS_MAX records. */
enum { MERGE_BUDGET = 1 << 17 };

/* One row to move; in the arena, as its own statement is given back before the next one writes. */
struct moved_row {
    struct store_tag key;
    struct store_body body;
};

static struct lg_err rows_read(struct store *store, const struct person_id *person,
                               struct arena *arena, struct moved_row **out_rows,
                               size_t *out_count) {
    struct moved_row *rows = arena_array(arena, STORE_ROWS_MAX, sizeof *rows);
    if (rows == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    size_t count = 0;
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_RECORD_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, STORE_ROWS_MAX);
    while (count < STORE_ROWS_MAX && store_query_next(&query)) {
        store_query_column_copy(&query, 0, rows[count].key.bytes, sizeof rows[count].key.bytes);
        struct store_place place = store_record_place(store_tag_span(&rows[count].key), person);
        TRY(store_body_open(store, &place, store_query_column(&query, 4), arena,
                            &rows[count].body));
        count++;
    }
    TRY(store_query_end(&query));
    *out_rows = rows;
    *out_count = count;
    return LG_OK;
}

static struct lg_err row_move(struct store *store, const struct moved_row *row,
                              const struct person_id *to) {
    uint8_t sealed[STORE_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct span value = store_body_seal(store, &row->key, to, &row->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_RECORD_MOVE);
    store_query_bytes(&query, 1, store_person_span(to));
    store_query_bytes(&query, 2, value);
    store_query_bytes(&query, 3, store_tag_span(&row->key));
    return store_query_run(&query);
}

static struct lg_err rows_move(struct store *store, const struct person_id *from,
                               const struct person_id *to) {
    OWN(arena_free) struct arena *arena = NULL;
    if (lg_failed(arena_new(MERGE_BUDGET, &arena))) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    struct moved_row *rows = NULL;
    size_t count = 0;
    TRY(rows_read(store, from, arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(row_move(store, &rows[i], to));
    }
    return LG_OK;
}

/* A statement with the ids of two persons. */
static struct lg_err pair_run(struct store *store, enum store_sql sql, const struct person_id *to,
                              const struct person_id *from) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, sql);
    store_query_bytes(&query, 1, store_person_span(to));
    store_query_bytes(&query, 2, store_person_span(from));
    return store_query_run(&query);
}

static struct lg_err alias_count(struct store *store, const struct person_id *person,
                                 size_t *out_count) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_ALIASES);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, LIMIT_STORE_ALIASES + 1);
    size_t count = 0;
    while (store_query_next(&query)) {
        count++;
    }
    *out_count = count;
    return store_query_end(&query);
}

static struct lg_err person_age(struct store *store, const struct person_id *person,
                                int64_t *out_seq) {
    struct store_person_row row;
    TRY(store_person_get(store, &store->db, person, &row));
    *out_seq = row.seq;
    return row.is_there ? LG_OK : store_fail(LG_CLASS_STORE, STORE_CORRUPT);
}

struct lg_err enrol_merge(struct store *store, const struct person_id *other,
                          struct enrol_record *record) {
    struct person_id pair[2] = {record->person, *other};
    int64_t ages[2] = {0, 0};
    size_t aliases[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) {
        TRY(person_age(store, &pair[i], &ages[i]));
        TRY(alias_count(store, &pair[i], &aliases[i]));
    }
    if (aliases[0] + aliases[1] + 1 > LIMIT_STORE_ALIASES) {
        return LG_OK;
    }
    size_t kept = ages[0] < ages[1] ? 0 : 1;
    const struct person_id *to = &pair[kept];
    const struct person_id *from = &pair[1 - kept];
    TRY(rows_move(store, from, to));
    TRY(pair_run(store, SQL_CONSENT_MOVE, to, from));
    TRY(pair_run(store, SQL_SUPPRESSED_MOVE, to, from));
    TRY(pair_run(store, SQL_RELIANCE_MOVE, to, from));
    TRY(pair_run(store, SQL_SAR_MOVE, to, from));
    TRY(pair_run(store, SQL_INCIDENT_SUBJECT_MOVE, to, from));
    TRY(pair_run(store, SQL_INCIDENT_NOTICES_MOVE, to, from));
    TRY(pair_run(store, SQL_PERSON_ALIAS, to, from));
    record->person = *to;
    record->is_merged = true;
    return LG_OK;
}
