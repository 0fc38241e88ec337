/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that enrolment reads and writes. Everything runs inside the store's write transaction.
 */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/enrol_int.h"

static void token_insert(struct enrol_record *record, const struct store_token *token,
                         const struct store_tag *tag) {
    size_t place = 0;
    while (place < record->token_count &&
           memcmp(record->tags[place].bytes, tag->bytes, sizeof tag->bytes) < 0) {
        place++;
    }
    if (place < record->token_count &&
        memcmp(record->tags[place].bytes, tag->bytes, sizeof tag->bytes) == 0) {
        return;
    }
    size_t behind = record->token_count - place;
    memmove(&record->tags[place + 1], &record->tags[place], behind * sizeof record->tags[0]);
    memmove(&record->tokens[place + 1], &record->tokens[place], behind * sizeof record->tokens[0]);
    record->tags[place] = *tag;
    record->tokens[place] = *token;
    record->token_count++;
}

static struct lg_err tokens_take(struct enrol_state *state, struct enrol_record *record) {
    for (size_t i = 0; i < record->given->token_count; i++) {
        struct store_tag tag;
        TRY(store_token_tag(state->store, &record->given->tokens[i], &tag));
        token_insert(record, &record->given->tokens[i], &tag);
    }
    struct span all = span_of(record->tags, record->token_count * sizeof record->tags[0]);
    return store_tag_of(state->store, STORE_TAG_TOKEN_SET, &all, 1, &record->token_set);
}

/* One body. */
enum { BODY_BUDGET = 1 << 14 };

/* Whether the row that the query stands on says something else about the opt-out. */
static struct lg_err opt_out_compare(struct enrol_state *state, struct store_query *query,
                                     struct enrol_record *record) {
    OWN(arena_free) struct arena *arena = NULL;
    if (lg_failed(arena_new(BODY_BUDGET, &arena))) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    struct store_body body;
    struct store_place place = store_record_place(store_tag_span(&record->key), &record->person);
    TRY(store_body_open(state->store, &place, store_query_column(query, 4), arena, &body));
    record->is_opt_out_changed = body.opt_out.state != record->given->opt_out.state;
    record->is_opted_out =
        record->is_opt_out_changed && body.opt_out.state == OPT_OUT_DOES_NOT_APPLY;
    return LG_OK;
}

static struct lg_err row_read(struct enrol_state *state, struct enrol_record *record) {
    const struct record_tag *tag = &record->given->record_tag;
    struct span parts[] = {state->batch->agency, span_of(tag->bytes, sizeof tag->bytes)};
    TRY(store_tag_of(state->store, STORE_TAG_RECORD, parts, 2, &record->key));
    OWN(store_query_done)
    struct store_query query = store_query_of(&state->store->db, SQL_RECORD_GET);
    store_query_bytes(&query, 1, store_tag_span(&record->key));
    record->is_known = store_query_next(&query);
    if (record->is_known) {
        record->record_no = store_query_column_number(&query, 0);
        store_query_column_copy(&query, 1, record->person.bytes, MODEL_PERSON_ID_SIZE);
        record->is_same =
            span_equal(store_query_column(&query, 2), store_tag_span(&record->token_set)) &&
            span_equal(store_query_column(&query, 3), store_tag_span(&state->enrolment));
        TRY(opt_out_compare(state, &query, record));
    }
    return store_query_end(&query);
}

struct lg_err enrol_record_read(struct enrol_state *state, const struct store_record *given,
                                struct enrol_record *out_record) {
    *out_record = (struct enrol_record){.given = given};
    TRY(tokens_take(state, out_record));
    return row_read(state, out_record);
}

struct lg_err enrol_person_look(struct enrol_state *state, const struct person_id *person,
                                const struct enrol_record *record, struct enrol_view *out_view) {
    *out_view = (struct enrol_view){0};
    OWN(store_query_done)
    struct store_query query = store_query_of(&state->store->db, SQL_RECORD_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, STORE_ROWS_MAX);
    while (store_query_next(&query)) {
        out_view->rows++;
        out_view->has_agency = out_view->has_agency || span_equal(store_query_column(&query, 2),
                                                                  store_tag_span(&state->agency));
        int64_t epoch = store_query_column_number(&query, 3);
        for (size_t i = 0; i < record->token_count; i++) {
            bool same = record->tokens[i].token_class == TOKEN_N &&
                        (int64_t)record->tokens[i].epoch == epoch;
            out_view->has_identifier = out_view->has_identifier || same;
        }
    }
    return store_query_end(&query);
}

struct lg_err enrol_person_add(struct enrol_state *state, struct person_id *out_person) {
    struct person_id person;
    struct vault_point point;
    vault_random(person.bytes, sizeof person.bytes);
    vault_point_random(&point);
    struct store_place place = {.table = "person", .row = store_person_span(&person)};
    uint8_t sealed[sizeof point.bytes + VAULT_SEAL_OVERHEAD];
    store_seal(state->store->seal_key, &place, span_of(point.bytes, sizeof point.bytes), sealed);
    vault_wipe(&point, sizeof point);
    OWN(store_query_done)
    struct store_query query = store_query_of(&state->store->db, SQL_PERSON_ADD);
    struct store_tag subject;
    TRY(store_subject_tag(state->store, &person, &subject));
    store_query_bytes(&query, 1, store_person_span(&person));
    store_query_bytes(&query, 2, span_of(sealed, sizeof sealed));
    store_query_bytes(&query, 3, store_tag_span(&subject));
    TRY(store_query_run(&query));
    ASSERT(state->made_count < STORE_BATCH_MAX);
    state->made[state->made_count++] = person;
    *out_person = person;
    return LG_OK;
}

static struct lg_err tokens_delete(struct store_db *db, int64_t record_no) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_TOKEN_DELETE);
    store_query_number(&query, 1, record_no);
    return store_query_run(&query);
}

static struct lg_err block_is_full(struct enrol_state *state, const struct store_tag *tag,
                                   bool *out_full) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&state->store->db, SQL_TOKEN_COUNT);
    store_query_bytes(&query, 1, store_tag_span(tag));
    store_query_number(&query, 2, STORE_BLOCK_MAX);
    *out_full = store_query_next(&query) && store_query_column_number(&query, 0) >= STORE_BLOCK_MAX;
    return store_query_end(&query);
}

static struct lg_err token_add(struct enrol_state *state, const struct enrol_record *record,
                               size_t i) {
    uint8_t row[sizeof record->tags[i].bytes + 8];
    struct writer w = writer_of(row, sizeof row);
    writer_bytes(&w, store_tag_span(&record->tags[i]));
    writer_u64(&w, (uint64_t)record->record_no);
    struct store_place place = {.table = "token", .row = span_of(row, sizeof row)};
    uint8_t sealed[MODEL_POINT_SIZE + VAULT_SEAL_OVERHEAD];
    store_seal(state->store->seal_key, &place, span_of(record->tokens[i].point, MODEL_POINT_SIZE),
               sealed);
    OWN(store_query_done)
    struct store_query query = store_query_of(&state->store->db, SQL_TOKEN_ADD);
    store_query_bytes(&query, 1, store_tag_span(&record->tags[i]));
    store_query_number(&query, 2, record->record_no);
    store_query_number(&query, 3, (int64_t)record->tokens[i].token_class);
    store_query_number(&query, 4, record->tokens[i].epoch);
    store_query_bytes(&query, 5, span_of(sealed, sizeof sealed));
    return store_query_run(&query);
}

struct lg_err enrol_tokens_add(struct enrol_state *state, const struct enrol_record *record,
                               uint32_t *out_cut) {
    for (size_t i = 0; i < record->token_count; i++) {
        bool is_full = false;
        TRY(block_is_full(state, &record->tags[i], &is_full));
        if (is_full) {
            (*out_cut)++;
            continue;
        }
        TRY(token_add(state, record, i));
    }
    return LG_OK;
}

static int64_t identifier_epoch(const struct enrol_record *record) {
    int64_t newest = 0;
    for (size_t i = 0; i < record->token_count; i++) {
        if (record->tokens[i].token_class == TOKEN_N && (int64_t)record->tokens[i].epoch > newest) {
            newest = record->tokens[i].epoch;
        }
    }
    return newest;
}

struct lg_err enrol_record_put(struct enrol_state *state, struct enrol_record *record) {
    struct store_body body = {
        .record_tag = record->given->record_tag,
        .updated_ms = state->batch->now_ms,
        .agency = state->batch->agency,
        .agreement = state->batch->agreement,
        .reference = record->given->reference,
        .opt_out = record->given->opt_out,
    };
    uint8_t sealed[STORE_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct span value = store_body_seal(state->store, &record->key, &record->person, &body, sealed);
    OWN(store_query_done)
    struct store_query query = store_query_of(&state->store->db, SQL_RECORD_PUT);
    store_query_bytes(&query, 1, store_tag_span(&record->key));
    store_query_bytes(&query, 2, store_person_span(&record->person));
    store_query_bytes(&query, 3, store_tag_span(&state->agency));
    store_query_bytes(&query, 4, store_tag_span(&state->enrolment));
    store_query_bytes(&query, 5, store_tag_span(&record->token_set));
    store_query_number(&query, 6, identifier_epoch(record));
    store_query_bytes(&query, 7, value);
    if (store_query_next(&query)) {
        record->record_no = store_query_column_number(&query, 0);
    }
    return store_query_run(&query);
}

struct lg_err enrol_record_delete(struct store_db *db, int64_t record_no) {
    TRY(tokens_delete(db, record_no));
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_RECORD_DELETE);
    store_query_number(&query, 1, record_no);
    return store_query_run(&query);
}
