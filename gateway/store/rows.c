/* SPDX-License-Identifier: Apache-2.0 */
/* Reading persons and the rows that agencies have of them.
 *
 * Body of a record, sealed, bound to record_key and person: record tag (16), updated ms (8), agency
 * and agreement each after a 16-bit length, reference (112), opt-out (1), day of the opt-out (4).
 */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/store_int.h"

bool store_name_valid(struct span name) {
    return name.len > 0 && name.len <= STORE_NAME_SIZE_MAX;
}

bool store_opt_out_valid(struct store_opt_out opt_out) {
    bool is_stated = opt_out.state != OPT_OUT_NOT_STATED;
    return opt_out.state < OPT_OUT_END && (is_stated || opt_out.as_of_day == 0);
}

struct store_place store_record_place(struct span record_key, const struct person_id *person) {
    return (struct store_place){
        .table = "record", .row = record_key, .owner = store_person_span(person)};
}

struct span store_body_seal(const struct store *store, const struct store_tag *record_key,
                            const struct person_id *person, const struct store_body *body,
                            uint8_t *out) {
    uint8_t plain[STORE_BODY_MAX];
    struct writer w = writer_of(plain, sizeof plain);
    writer_bytes(&w, span_of(body->record_tag.bytes, sizeof body->record_tag.bytes));
    writer_u64(&w, (uint64_t)body->updated_ms);
    writer_part(&w, body->agency);
    writer_part(&w, body->agreement);
    writer_bytes(&w, body->reference);
    writer_u8(&w, (uint8_t)body->opt_out.state);
    writer_u32(&w, (uint32_t)body->opt_out.as_of_day);
    struct span written = {0};
    struct lg_err err = writer_end(&w, &written);
    ASSERT(!lg_failed(err)); /* names and reference were checked on the way in */
    struct store_place place = store_record_place(store_tag_span(record_key), person);
    store_seal(store->seal_key, &place, written, out);
    vault_wipe(plain, sizeof plain);
    return span_of(out, written.len + VAULT_SEAL_OVERHEAD);
}

struct lg_err store_body_open(const struct store *store, const struct store_place *place,
                              struct span sealed, struct arena *arena,
                              struct store_body *out_body) {
    struct span plain = {0};
    TRY(store_unseal_dup(store->seal_key, place, sealed, arena, &plain));
    struct reader r = reader_of(plain);
    struct store_body body = {0};
    reader_copy(&r, body.record_tag.bytes, sizeof body.record_tag.bytes);
    body.updated_ms = (int64_t)reader_u64(&r);
    body.agency = reader_part(&r);
    body.agreement = reader_part(&r);
    body.reference = reader_bytes(&r, STORE_REFERENCE_SIZE);
    body.opt_out.state = (enum opt_out)reader_u8(&r);
    body.opt_out.as_of_day = (int32_t)reader_u32(&r);
    if (lg_failed(reader_end(&r)) || !store_opt_out_valid(body.opt_out)) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    *out_body = body;
    return LG_OK;
}

static void row_of(const struct person_id *person, const struct store_body *body,
                   struct store_row *out_row) {
    out_row->person = *person;
    out_row->record_tag = body->record_tag;
    out_row->agency = body->agency;
    out_row->agreement = body->agreement;
    out_row->reference = body->reference;
    out_row->updated_ms = body->updated_ms;
    out_row->opt_out = body->opt_out;
}

/* Rows while they are read, in ascending order of record_no. */
struct rows {
    struct store_row *items;
    int64_t numbers[STORE_ROWS_MAX];
    size_t count;
};

static void rows_insert(struct rows *rows, const struct store_row *row, int64_t number) {
    size_t at = rows->count;
    while (at > 0 && rows->numbers[at - 1] > number) {
        rows->items[at] = rows->items[at - 1];
        rows->numbers[at] = rows->numbers[at - 1];
        at--;
    }
    rows->items[at] = *row;
    rows->numbers[at] = number;
    rows->count++;
}

/* The row that a query of SQL_RECORD_OF_PERSON stands on. */
static struct lg_err row_read(struct store_reader *reader, struct store_query *query,
                              const struct person_id *person, struct arena *arena,
                              struct store_row *out_row) {
    struct store_body body;
    struct store_place place = store_record_place(store_query_column(query, 0), person);
    TRY(store_body_open(reader->store, &place, store_query_column(query, 4), arena, &body));
    row_of(person, &body, out_row);
    store_query_column_copy(query, 1, out_row->enrolment.bytes, 16);
    return LG_OK;
}

struct lg_err store_rows_read(struct store_reader *reader, const struct person_id *person,
                              struct arena *arena, struct store_row **out_rows, size_t *out_count) {
    struct rows rows = {.count = 0};
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_RECORD_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, STORE_ROWS_MAX);
    while (rows.count < STORE_ROWS_MAX && store_query_next(&query)) {
        struct store_row row;
        rows.items = arena_more(arena, rows.items, rows.count, sizeof row);
        if (rows.items == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(row_read(reader, &query, person, arena, &row));
        rows_insert(&rows, &row, store_query_column_number(&query, 5));
    }
    TRY(store_query_end(&query));
    *out_rows = rows.items;
    *out_count = rows.count;
    return LG_OK;
}

static struct lg_err record_find(struct store_reader *reader, const struct store_tag *key,
                                 struct arena *arena, bool *out_found, struct store_row *out_row) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_RECORD_GET);
    store_query_bytes(&query, 1, store_tag_span(key));
    *out_found = store_query_next(&query);
    if (!*out_found) {
        return store_query_end(&query);
    }
    struct person_id person;
    struct store_body body;
    store_query_column_copy(&query, 1, person.bytes, sizeof person.bytes);
    store_query_column_copy(&query, 3, out_row->enrolment.bytes, 16);
    struct store_place place = store_record_place(store_tag_span(key), &person);
    TRY(store_body_open(reader->store, &place, store_query_column(&query, 4), arena, &body));
    row_of(&person, &body, out_row);
    return store_query_end(&query);
}

struct lg_err store_record_find(struct store_reader *reader, struct span agency,
                                const struct record_tag *record_tag, struct arena *arena,
                                const struct store_row **out_row) {
    struct span parts[] = {agency, span_of(record_tag->bytes, sizeof record_tag->bytes)};
    struct store_tag key;
    TRY(store_tag_of(reader->store, STORE_TAG_RECORD, parts, 2, &key));
    struct store_row *row = arena_alloc(arena, sizeof *row);
    if (row == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    bool found = false;
    TRY(record_find(reader, &key, arena, &found, row));
    *out_row = found ? row : NULL;
    return LG_OK;
}

/* Opens nothing, at the cost of a person's body: whether an id is somebody's takes equally long. */
static void nobody_unseal(const struct store *store) {
    static const uint8_t sealed[sizeof(struct vault_point) + VAULT_SEAL_OVERHEAD];
    uint8_t plain[sizeof(struct vault_point)];
    const struct store_place place = {.table = "person"};
    lg_err_ignore(
        store_unseal(store->seal_key, &place, span_of(sealed, sizeof sealed), plain, sizeof plain),
        "it is sealed by nobody");
}

struct lg_err store_person_get(const struct store *store, struct store_db *db,
                               const struct person_id *person, struct store_person_row *out_row) {
    *out_row = (struct store_person_row){.person.id = *person};
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_PERSON_GET);
    store_query_bytes(&query, 1, store_person_span(person));
    if (!store_query_next(&query)) {
        nobody_unseal(store);
        return store_query_end(&query);
    }
    struct store_person *found = &out_row->person;
    out_row->seq = store_query_column_number(&query, 0);
    store_query_column_copy(&query, 1, found->id.bytes, MODEL_PERSON_ID_SIZE);
    struct store_place place = {.table = "person", .row = store_person_span(&found->id)};
    TRY(store_unseal(store->seal_key, &place, store_query_column(&query, 2), found->point.bytes,
                     sizeof found->point.bytes));
    out_row->is_there = true;
    return store_query_end(&query);
}

struct lg_err store_person_find(struct store_reader *reader, const struct person_id *person,
                                bool *out_found, struct store_person *out_person) {
    struct store_person_row row;
    TRY(store_person_get(reader->store, &reader->db, person, &row));
    *out_found = row.is_there;
    if (row.is_there) {
        *out_person = row.person;
    }
    return LG_OK;
}

struct lg_err store_aliases_read(struct store_reader *reader, const struct person_id *person,
                                 struct arena *arena, struct person_id **out_ids,
                                 size_t *out_count) {
    struct store_person_row row;
    TRY(store_person_get(reader->store, &reader->db, person, &row));
    struct person_id *ids = arena_array(arena, 1 + LIMIT_STORE_ALIASES, sizeof *ids);
    if (ids == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    size_t count = 0;
    ids[count++] = row.person.id;
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_ALIASES);
    store_query_bytes(&query, 1, store_person_span(&ids[0]));
    store_query_number(&query, 2, LIMIT_STORE_ALIASES);
    while (count <= LIMIT_STORE_ALIASES && store_query_next(&query)) {
        store_query_column_copy(&query, 0, ids[count].bytes, sizeof ids[count].bytes);
        count++;
    }
    TRY(store_query_end(&query));
    *out_ids = ids;
    *out_count = count;
    return LG_OK;
}

struct lg_err store_agency_count(struct store_reader *reader, struct span agency,
                                 uint64_t *out_count) {
    struct store_tag tag;
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_AGENCY_COUNT);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    uint64_t count = 0;
    if (store_query_next(&query)) {
        count = (uint64_t)store_query_column_number(&query, 0);
    }
    TRY(store_query_end(&query));
    *out_count = count;
    return LG_OK;
}
