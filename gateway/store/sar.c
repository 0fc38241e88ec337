/* SPDX-License-Identifier: Apache-2.0 */
/* What SUBJECT_ACCESS entries of the log mean for lockgate.db. Whatever is done depends on the
 * entries before it alone, so that a replay ends with the same rows. */
#include "gateway/store/sar.h"

#include "gateway/store/store_int.h"

/* A row is bound to its place in the log. */
static const char TABLE[] = "sar";

/* ---- Writing: inside the transaction of the change ---- */

/* Binds what every entry has: its index, its request, whose it is, and its body as the log's. */
static struct lg_err entry_bind(struct store *store, const struct store_sar *it,
                                struct store_query *query) {
    uint8_t sealed[STORE_SAR_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct store_tag tag;
    struct store_log_row row;
    const struct store_place place = store_log_place(TABLE, it->log_index, &row);
    TRY(store_agency_tag(store, it->agency, &tag));
    store_seal(store->seal_key, &place, it->body, sealed);
    store_query_number(query, 1, (int64_t)it->log_index);
    store_query_number(query, 2, (int64_t)it->number);
    store_query_bytes(query, 3, store_tag_span(&tag));
    store_query_bytes(query, 4, span_of(sealed, it->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(query);
}

struct lg_err store_person_now(struct store *store, const struct person_id *person,
                               struct person_id *out_person) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_PERSON_GET);
    store_query_bytes(&query, 1, store_person_span(person));
    *out_person = *person;
    if (store_query_next(&query)) {
        store_query_column_copy(&query, 1, out_person->bytes, sizeof out_person->bytes);
    }
    return store_query_end(&query);
}

static struct lg_err opening_add(struct store *store, const struct store_sar *it) {
    bool is_erased = false;
    struct person_id person;
    TRY(store_person_is_erased(store, &store->db, &it->person, &is_erased));
    TRY(store_person_now(store, &it->person, &person));
    if (is_erased) {
        /* It was under way when its person was erased. The agency owes an answer all the same: that
         * nothing is held any more (Article 12(3)). It is about nobody. */
        person = (struct person_id){.bytes = {0}};
    }
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SAR_ADD);
    store_query_bytes(&query, 5, store_person_span(&person));
    store_query_number(&query, 6, LIMIT_SAR_OPEN);
    return entry_bind(store, it, &query);
}

static struct lg_err mark_change(struct store *store, const struct store_sar *it) {
    enum store_sql sql = it->is_lifted ? SQL_SAR_MARK_DROP : SQL_SAR_MARK_PUT;
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, sql);
    if (!it->is_lifted) {
        store_query_number(&query, 5, (int64_t)it->line);
        store_query_number(&query, 6, LIMIT_SAR_MARKS);
        return entry_bind(store, it, &query);
    }
    struct store_tag tag;
    TRY(store_agency_tag(store, it->agency, &tag));
    store_query_number(&query, 1, (int64_t)it->number);
    store_query_number(&query, 2, (int64_t)it->line);
    store_query_bytes(&query, 3, store_tag_span(&tag));
    return store_query_run(&query);
}

/* Steps that there may be already: some places are left for answers, and one for the end. */
static int64_t most_before(const struct store_sar *it) {
    if (it->closes) {
        return LIMIT_SAR_ALL_STEPS;
    }
    return it->exports ? LIMIT_SAR_ALL_STEPS - 1 : LIMIT_SAR_STEPS;
}

static struct lg_err step_add(struct store *store, const struct store_sar *it) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SAR_STEP_ADD);
    store_query_number(&query, 5, most_before(it));
    TRY(entry_bind(store, it, &query));
    if (!it->closes || store_db_changes(&store->db) == 0) {
        return LG_OK;
    }
    OWN(store_query_done) struct store_query close = store_query_of(&store->db, SQL_SAR_CLOSE);
    store_query_number(&close, 1, (int64_t)it->number);
    return store_query_run(&close);
}

struct lg_err store_sar_apply(struct store *store, const struct store_sar *it) {
    if (it->opens) {
        return opening_add(store, it);
    }
    return it->marks ? mark_change(store, it) : step_add(store, it);
}

bool store_sar_valid(const struct store_sar *it, uint64_t through) {
    return store_name_valid(it->agency) && it->body.len > 0 && it->body.len <= STORE_SAR_BODY_MAX &&
           it->log_index < through && it->line <= INT64_MAX &&
           (it->opens ? it->number == it->log_index : it->number < it->log_index);
}

struct lg_err store_sar_is_open(struct store_db *db, const struct person_id *person,
                                bool *out_open) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_SAR_IS_OPEN);
    store_query_bytes(&query, 1, store_person_span(person));
    *out_open = store_query_next(&query);
    return store_query_end(&query);
}

struct lg_err store_sar_erase(struct store *store, const struct person_id *person) {
    static const enum store_sql deletes[] = {SQL_SAR_STEPS_ERASE, SQL_SAR_MARKS_ERASE,
                                             SQL_SAR_ERASE};
    for (size_t i = 0; i < sizeof deletes / sizeof deletes[0]; i++) {
        OWN(store_query_done) struct store_query query = store_query_of(&store->db, deletes[i]);
        store_query_bytes(&query, 1, store_person_span(person));
        TRY(store_query_run(&query));
    }
    return LG_OK;
}

/* ---- Reading ---- */

/* Columns: log index, body. */
static struct lg_err row_read(const struct store_reader *reader, struct store_query *query,
                              struct arena *arena, struct store_sar *out_row) {
    *out_row = (struct store_sar){.log_index = (uint64_t)store_query_column_number(query, 0)};
    struct store_log_row bytes;
    const struct store_place place = store_log_place(TABLE, out_row->log_index, &bytes);
    return store_unseal_dup(reader->store->seal_key, &place, store_query_column(query, 1), arena,
                            &out_row->body);
}

/* Columns: log index, body, person. */
static struct lg_err request_read(const struct store_reader *reader, struct store_query *query,
                                  struct arena *arena, struct store_sar *out_row) {
    TRY(row_read(reader, query, arena, out_row));
    out_row->number = out_row->log_index;
    out_row->opens = true;
    store_query_column_copy(query, 2, out_row->person.bytes, sizeof out_row->person.bytes);
    return LG_OK;
}

struct lg_err store_sar_find(struct store_reader *reader, struct span agency, uint64_t number,
                             struct arena *arena, struct store_sar **out_row) {
    struct store_tag tag;
    *out_row = NULL;
    if (number > INT64_MAX) {
        return LG_OK;
    }
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SAR_GET);
    store_query_number(&query, 1, (int64_t)number);
    store_query_bytes(&query, 2, store_tag_span(&tag));
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    struct store_sar *row = arena_alloc(arena, sizeof *row);
    if (row == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(request_read(reader, &query, arena, row));
    TRY(store_query_end(&query));
    *out_row = row;
    return LG_OK;
}

typedef struct lg_err (*read_fn)(const struct store_reader *reader, struct store_query *query,
                                 struct arena *arena, struct store_sar *out_row);

static struct lg_err rows_read(struct store_reader *reader, struct store_query *query, read_fn read,
                               struct arena *arena, struct store_sars *out_rows) {
    struct store_sars rows = {.count = 0};
    while (store_query_next(query)) {
        rows.items = arena_more(arena, rows.items, rows.count, sizeof *rows.items);
        if (rows.items == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(read(reader, query, arena, &rows.items[rows.count]));
        rows.count++;
    }
    *out_rows = rows;
    return store_query_end(query);
}

struct lg_err store_sar_list(struct store_reader *reader, struct span agency, bool is_closed,
                             struct arena *arena, struct store_sars *out_rows) {
    struct store_tag tag;
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SAR_LIST);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, is_closed ? 1 : 0);
    store_query_number(&query, 3, LIMIT_SAR_OPEN);
    return rows_read(reader, &query, request_read, arena, out_rows);
}

struct lg_err store_sar_open_count(struct store_reader *reader, struct span agency,
                                   size_t *out_count) {
    struct store_tag tag;
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SAR_COUNT);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    *out_count = store_query_next(&query) ? (size_t)store_query_column_number(&query, 0) : 0;
    return store_query_end(&query);
}

struct lg_err store_sar_steps_read(struct store_reader *reader, uint64_t number,
                                   struct arena *arena, struct store_sars *out_rows) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SAR_STEPS);
    store_query_number(&query, 1, (int64_t)number);
    store_query_number(&query, 2, LIMIT_SAR_ALL_STEPS);
    return rows_read(reader, &query, row_read, arena, out_rows);
}

/* Columns: log index, body, line. */
static struct lg_err mark_read(const struct store_reader *reader, struct store_query *query,
                               struct arena *arena, struct store_sar *out_row) {
    TRY(row_read(reader, query, arena, out_row));
    out_row->marks = true;
    out_row->line = (uint64_t)store_query_column_number(query, 2);
    return LG_OK;
}

struct lg_err store_sar_marks_read(struct store_reader *reader, uint64_t number,
                                   struct arena *arena, struct store_sars *out_rows) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SAR_MARKS);
    store_query_number(&query, 1, (int64_t)number);
    store_query_number(&query, 2, LIMIT_SAR_MARKS);
    return rows_read(reader, &query, mark_read, arena, out_rows);
}

struct lg_err store_sar_mark_count(struct store_reader *reader, uint64_t number,
                                   size_t *out_count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SAR_MARK_COUNT);
    store_query_number(&query, 1, (int64_t)number);
    *out_count = store_query_next(&query) ? (size_t)store_query_column_number(&query, 0) : 0;
    return store_query_end(&query);
}

struct lg_err store_sar_mark_find(struct store_reader *reader, uint64_t number, uint64_t line,
                                  uint64_t *out_index) {
    *out_index = 0;
    if (line > INT64_MAX) {
        return LG_OK;
    }
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SAR_MARK_GET);
    store_query_number(&query, 1, (int64_t)number);
    store_query_number(&query, 2, (int64_t)line);
    *out_index = store_query_next(&query) ? (uint64_t)store_query_column_number(&query, 0) : 0;
    return store_query_end(&query);
}
