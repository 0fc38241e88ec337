/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of reliance. Each is found by a tag of what makes it one; recipient, source and notice stand
 * in tags of their own, what it says is sealed. An end of 0 is none: the log's first entry is never
 * a consent. */
#include "gateway/store/reliance.h"

#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/store/changes_int.h"

/* Rows of one person that a fact is held against at a time, and the memory for their bodies. */
enum { STEP_ROWS = 64, STEP_BUDGET = 1 << 18 };

static struct lg_err key_tag(const struct store *store, const struct store_use_key *key,
                             struct store_tag *out_tag) {
    struct span parts[] = {span_of(&key->rests_on, 1),
                           span_of(key->consent.bytes, sizeof key->consent.bytes),
                           key->recipient,
                           key->agreement,
                           key->purpose,
                           key->source,
                           key->category};
    return store_tag_of(store, STORE_TAG_USE, parts, sizeof parts / sizeof *parts, out_tag);
}

static struct lg_err party_tag(const struct store *store, int kind, struct span party,
                               struct store_tag *out_tag) {
    return store_tag_of(store, kind, &party, 1, out_tag);
}

struct lg_err store_notice_tag(const struct store *store, const struct store_notice_key *key,
                               struct store_tag *out_tag) {
    uint8_t rest[9];
    struct writer w = writer_of(rest, sizeof rest);
    writer_u64(&w, key->ended_index);
    writer_u8(&w, (uint8_t)key->kind);
    struct span parts[] = {key->recipient, key->agreement, span_of(rest, sizeof rest)};
    return store_tag_of(store, STORE_TAG_NOTICE, parts, 3, out_tag);
}

struct lg_err store_notice_side_tag(const struct store *store, const struct store_tag *notice,
                                    struct span party, struct store_tag *out_tag) {
    struct span parts[] = {store_tag_span(notice), party};
    return store_tag_of(store, STORE_TAG_NOTICE_SIDE, parts, 2, out_tag);
}

static struct store_place use_place(const struct store_tag *tag) {
    return (struct store_place){.table = "reliance", .row = store_tag_span(tag)};
}

/* ---- Ending ------------------------------------------------------------------------------------
 */

/* One row that has not ended; in the arena, as its statement is given back before another writes.
 */
struct open_row {
    int64_t number;
    struct span body;
};

/* The person's next rows after *after, which moves on. */
static struct lg_err open_rows_read(struct store *store, const struct person_id *person,
                                    int64_t *after, struct arena *arena, struct open_row *rows,
                                    size_t *out_count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_RELIANCE_OPEN);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, *after);
    store_query_number(&query, 3, STEP_ROWS);
    size_t count = 0;
    while (count < STEP_ROWS && store_query_next(&query)) {
        struct store_tag tag;
        rows[count].number = store_query_column_number(&query, 0);
        store_query_column_copy(&query, 1, tag.bytes, sizeof tag.bytes);
        struct store_place place = use_place(&tag);
        TRY(store_unseal_dup(store->seal_key, &place, store_query_column(&query, 2), arena,
                             &rows[count].body));
        *after = rows[count].number;
        count++;
    }
    *out_count = count;
    return store_query_end(&query);
}

static struct lg_err row_end(struct store *store, int64_t number,
                             const struct store_notice_key *key) {
    struct store_tag notice;
    TRY(store_notice_tag(store, key, &notice));
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_RELIANCE_END);
    store_query_number(&query, 1, (int64_t)key->ended_index);
    store_query_bytes(&query, 2, store_tag_span(&notice));
    store_query_number(&query, 3, number);
    return store_query_run(&query);
}

static struct lg_err rows_end(struct store *store, const struct store_consent *fact,
                              const struct store_ending *ending, const struct open_row *rows,
                              size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool ends = false;
        struct store_notice_key key = {.ended_index = fact->log_index};
        TRY(ending->find(ending->ctx, fact->body, rows[i].body, &ends, &key));
        if (ends) {
            TRY(row_end(store, rows[i].number, &key));
        }
    }
    return LG_OK;
}

struct lg_err store_reliances_end(struct store *store, const struct person_id *person,
                                  const struct store_consent *fact,
                                  const struct store_ending *ending) {
    int64_t after = 0;
    size_t count = STEP_ROWS;
    while (count == STEP_ROWS) {
        OWN(arena_free) struct arena *arena = NULL;
        struct open_row rows[STEP_ROWS];
        if (lg_failed(arena_new(STEP_BUDGET, &arena))) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(open_rows_read(store, person, &after, arena, rows, &count));
        TRY(rows_end(store, fact, ending, rows, count));
    }
    return LG_OK;
}

/* ---- Uses --------------------------------------------------------------------------------------
 */

static struct lg_err use_add(struct store *store, const struct person_id *person,
                             const struct store_use *use, uint64_t log_index) {
    struct store_tag tag;
    struct store_tag recipient;
    struct store_tag source;
    TRY(key_tag(store, &use->key, &tag));
    TRY(party_tag(store, STORE_TAG_RECIPIENT, use->key.recipient, &recipient));
    TRY(party_tag(store, STORE_TAG_DISCLOSER, use->key.source, &source));
    uint8_t sealed[STORE_RELIANCE_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct store_place place = use_place(&tag);
    store_seal(store->seal_key, &place, use->body, sealed);
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_RELIANCE_ADD);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_bytes(&query, 2, store_person_span(person));
    store_query_bytes(&query, 3, store_tag_span(&recipient));
    store_query_bytes(&query, 4, store_tag_span(&source));
    store_query_number(&query, 5, (int64_t)log_index);
    store_query_bytes(&query, 6, span_of(sealed, use->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

struct lg_err store_uses_add(struct store *store, const struct person_id *person,
                             const struct store_consent_change *change) {
    for (size_t i = 0; i < change->use_count; i++) {
        TRY(use_add(store, person, &change->uses[i], change->log_index));
    }
    return LG_OK;
}

/* A notice longer than a page is given in parts, from its first row on, and so it is acknowledged:
 * what was not given yet stays outstanding. */
struct lg_err store_notice_acknowledge(struct store *store, const struct store_tag *notice,
                                       uint64_t log_index) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_RELIANCE_ACKNOWLEDGE);
    store_query_number(&query, 1, (int64_t)log_index);
    store_query_bytes(&query, 2, store_tag_span(notice));
    store_query_number(&query, 3, STORE_NOTICE_ROWS_MAX);
    return store_query_run(&query);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

struct lg_err store_use_find(struct store_reader *reader, const struct store_use_key *key,
                             bool *out_found) {
    struct store_tag tag;
    TRY(key_tag(reader->store, key, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_RELIANCE_GET);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    bool found = store_query_next(&query);
    TRY(store_query_end(&query));
    *out_found = found;
    return LG_OK;
}

static struct lg_err reliance_read(struct store_reader *reader, struct store_query *query,
                                   struct arena *arena, struct store_reliance *out_row) {
    struct store_tag tag;
    store_query_column_copy(query, 0, tag.bytes, sizeof tag.bytes);
    store_query_column_copy(query, 1, out_row->person.bytes, sizeof out_row->person.bytes);
    store_query_column_copy(query, 2, out_row->notice.bytes, sizeof out_row->notice.bytes);
    out_row->ended_index = (uint64_t)store_query_column_number(query, 3);
    out_row->acknowledged_index = (uint64_t)store_query_column_number(query, 4);
    out_row->row = (uint64_t)store_query_column_number(query, 6);
    struct store_place place = use_place(&tag);
    return store_unseal_dup(reader->store->seal_key, &place, store_query_column(query, 5), arena,
                            &out_row->body);
}

static struct lg_err rows_read(struct store_reader *reader, struct store_query *query,
                               struct arena *arena, struct store_reliance **out_rows,
                               size_t *out_count) {
    struct store_reliance *rows = NULL;
    size_t count = 0;
    while (count < STORE_NOTICE_ROWS_MAX && store_query_next(query)) {
        rows = arena_more(arena, rows, count, sizeof *rows);
        if (rows == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(reliance_read(reader, query, arena, &rows[count]));
        count++;
    }
    TRY(store_query_end(query));
    *out_rows = rows;
    *out_count = count;
    return LG_OK;
}

static struct store_place page_place(const struct store_reliance_search *search) {
    return (struct store_place){
        .table = search->is_source ? "notice page of source" : "notice page", .row = search->party};
}

void store_notice_page_seal(const struct store *store, const struct store_reliance_search *search,
                            uint8_t out[static STORE_NOTICE_PAGE_SIZE]) {
    const struct store_place place = page_place(search);
    uint8_t plain[STORE_NOTICE_PAGE_PLAIN];
    struct span written = {0};
    struct writer w = writer_of(plain, sizeof plain);
    writer_u64(&w, search->from_index);
    writer_bytes(&w, store_tag_span(&search->after_notice));
    writer_u64(&w, search->after_row);
    lg_err_ignore(writer_end(&w, &written), "two numbers and a tag fit");
    store_seal(store->seal_key, &place, span_of(plain, sizeof plain), out);
}

struct lg_err store_notice_page_open(const struct store *store, struct span page,
                                     struct store_reliance_search *search) {
    const struct store_place place = page_place(search);
    uint8_t plain[STORE_NOTICE_PAGE_PLAIN];
    if (lg_failed(store_unseal(store->seal_key, &place, page, plain, sizeof plain))) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    struct reader r = reader_of(span_of(plain, sizeof plain));
    search->from_index = reader_u64(&r);
    reader_copy(&r, search->after_notice.bytes, sizeof search->after_notice.bytes);
    search->after_row = reader_u64(&r);
    return LG_OK;
}

struct lg_err store_reliances_read(struct store_reader *reader,
                                   const struct store_reliance_search *search, struct arena *arena,
                                   struct store_reliance **out_rows, size_t *out_count) {
    struct store_tag tag;
    if (search->from_index > INT64_MAX || search->after_row > INT64_MAX) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(party_tag(reader->store, search->is_source ? STORE_TAG_DISCLOSER : STORE_TAG_RECIPIENT,
                  search->party, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(
        &reader->db, search->is_source ? SQL_RELIANCE_OF_SOURCE : SQL_RELIANCE_OF_RECIPIENT);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, search->from_index == 0 ? 1 : (int64_t)search->from_index);
    store_query_number(&query, 3, search->outstanding_only ? 0 : INT64_MAX);
    store_query_number(&query, 4, STORE_NOTICE_ROWS_MAX);
    store_query_bytes(&query, 5, store_tag_span(&search->after_notice));
    store_query_number(&query, 6, (int64_t)search->after_row);
    return rows_read(reader, &query, arena, out_rows, out_count);
}

struct lg_err store_notice_read(struct store_reader *reader, const struct store_tag *notice,
                                struct arena *arena, struct store_reliance **out_rows,
                                size_t *out_count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_RELIANCE_OF_NOTICE);
    store_query_bytes(&query, 1, store_tag_span(notice));
    store_query_number(&query, 2, STORE_NOTICE_ROWS_MAX);
    return rows_read(reader, &query, arena, out_rows, out_count);
}
