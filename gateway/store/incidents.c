/* SPDX-License-Identifier: Apache-2.0 */
/* What INCIDENT entries of the log mean for lockgate.db. Whatever is done depends on the entries
 * before it alone, so that a replay ends with the same rows. */
#include "gateway/store/incidents.h"

#include "gateway/store/store_int.h"

/* A body is bound to its place in the log. */
static const char TABLE[] = "incident";
static const int64_t DAY_MS = 86400000;

struct lg_err store_incident_id(const struct store *store, struct span agency,
                                const struct request_id *request, struct store_tag *out_id) {
    const struct span parts[] = {agency, span_of(request->bytes, sizeof request->bytes)};
    return store_tag_of(store, STORE_TAG_INCIDENT, parts, 2, out_id);
}

/* ---- Writing: inside the transaction of the change ---- */

/* What is bound stays where it is until the statement has run. */
struct applying {
    const struct store_incident_change *it;
    struct store_tag agency;
    struct store_tag next;
    struct person_id person;
    uint8_t sealed[STORE_INCIDENT_BODY_MAX + VAULT_SEAL_OVERHEAD];
};

static void body_bind(struct store *store, struct applying *applying, struct store_query *query,
                      int column) {
    const struct store_incident_change *it = applying->it;
    struct store_log_row row;
    const struct store_place place = store_log_place(TABLE, it->log_index, &row);
    store_seal(store->seal_key, &place, it->body, applying->sealed);
    store_query_bytes(query, column, span_of(applying->sealed, it->body.len + VAULT_SEAL_OVERHEAD));
}

/* Id, log index and agency are the first three parameters of each statement. */
static void entry_bind(const struct applying *applying, struct store_query *query) {
    store_query_bytes(query, 1, store_tag_span(&applying->it->id));
    store_query_number(query, 2, (int64_t)applying->it->log_index);
    store_query_bytes(query, 3, store_tag_span(&applying->agency));
}

static struct lg_err opening_add(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_INCIDENT_ADD);
    entry_bind(applying, &query);
    store_query_bytes(&query, 4, store_tag_span(&it->mark));
    store_query_number(&query, 5, it->due_ms);
    body_bind(store, applying, &query, 6);
    store_query_number(&query, 7, LIMIT_INCIDENT_OPEN);
    store_query_number(&query, 8, it->at_ms);
    store_query_number(&query, 9, it->at_ms - DAY_MS);
    store_query_number(&query, 10, LIMIT_INCIDENT_DAY);
    return store_query_run(&query);
}

/* Binds whom a row goes with, as merges since have them. An entry that was under way when its
 * person was erased adds nothing. */
static struct lg_err person_bind(struct store *store, struct applying *applying,
                                 struct store_query *query, int column, bool *out_erased) {
    const struct store_incident_change *it = applying->it;
    *out_erased = false;
    if (!it->is_of_person) {
        return LG_OK;
    }
    TRY(store_person_is_erased(store, &store->db, &it->person, out_erased));
    TRY(store_person_now(store, &it->person, &applying->person));
    store_query_bytes(query, column, store_person_span(&applying->person));
    return LG_OK;
}

static struct lg_err subject_add(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    bool is_erased = false;
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_INCIDENT_SUBJECT_ADD);
    entry_bind(applying, &query);
    store_query_bytes(&query, 4, store_tag_span(&it->mark));
    TRY(person_bind(store, applying, &query, 5, &is_erased));
    return is_erased ? LG_OK : store_query_run(&query);
}

static struct lg_err step_keep(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_INCIDENT_STEP_ADD);
    store_query_bytes(&query, 1, store_tag_span(&it->id));
    store_query_number(&query, 2, (int64_t)it->log_index);
    body_bind(store, applying, &query, 3);
    return store_query_run(&query);
}

/* The turn before which it may come: telling leaves some to deciding, and deciding one to closing.
 */
static int64_t turns_of(const struct store_incident_change *it) {
    if (it->closes) {
        return LIMIT_INCIDENT_STEPS + 2;
    }
    return LIMIT_INCIDENT_STEPS + 1 - (it->stops_clock ? 0 : LIMIT_INCIDENT_STEPS_TO_DECIDE);
}

static struct lg_err step_add(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_INCIDENT_TURN);
    entry_bind(applying, &query);
    store_query_bytes(&query, 4, store_tag_span(&it->mark));
    store_query_number(&query, 5, it->version);
    store_query_number(&query, 6, it->stops_clock ? 1 : 0);
    store_query_number(&query, 7, it->closes ? 1 : 0);
    store_query_number(&query, 8, turns_of(it));
    TRY(store_query_run(&query));
    return store_db_changes(&store->db) == 0 ? LG_OK : step_keep(store, applying);
}

static struct lg_err notice_add(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    bool is_erased = false;
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_INCIDENT_NOTICE_ADD);
    entry_bind(applying, &query);
    store_query_bytes(&query, 4, store_tag_span(&it->mark));
    TRY(person_bind(store, applying, &query, 5, &is_erased));
    body_bind(store, applying, &query, 6);
    store_query_number(&query, 7, LIMIT_INCIDENT_NOTICES);
    store_query_number(&query, 8, LIMIT_INCIDENT_AGENCY_NOTICES);
    return is_erased ? LG_OK : store_query_run(&query);
}

static struct lg_err answer_add(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_INCIDENT_ANSWER);
    entry_bind(applying, &query);
    store_query_number(&query, 4, (int64_t)it->number);
    body_bind(store, applying, &query, 5);
    return store_query_run(&query);
}

static struct lg_err lapse_add(struct store *store, struct applying *applying) {
    const struct store_incident_change *it = applying->it;
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_INCIDENT_LAPSE);
    entry_bind(applying, &query);
    if (it->next.len > 0) {
        TRY(store_agency_tag(store, it->next, &applying->next));
        store_query_bytes(&query, 4, store_tag_span(&applying->next));
    }
    return store_query_run(&query);
}

struct lg_err store_incident_apply(struct store *store, const struct store_incident_change *it) {
    struct applying applying = {.it = it};
    TRY(store_agency_tag(store, it->agency, &applying.agency));
    switch (it->op) {
    case STORE_INCIDENT_OPENS:
        return opening_add(store, &applying);
    case STORE_INCIDENT_IS_OF:
        return subject_add(store, &applying);
    case STORE_INCIDENT_STEPS:
        return step_add(store, &applying);
    case STORE_INCIDENT_TELLS:
        return notice_add(store, &applying);
    case STORE_INCIDENT_ENDS:
        return answer_add(store, &applying);
    case STORE_INCIDENT_LAPSES:
        return lapse_add(store, &applying);
    }
    return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
}

bool store_incident_valid(const struct store_incident_change *it, uint64_t through) {
    return it->op >= STORE_INCIDENT_OPENS && it->op <= STORE_INCIDENT_LAPSES &&
           store_name_valid(it->agency) && (it->next.len == 0 || store_name_valid(it->next)) &&
           it->body.len > 0 && it->body.len <= STORE_INCIDENT_BODY_MAX && it->log_index < through &&
           (it->number == 0 || it->number < it->log_index);
}

struct lg_err store_incident_erase(struct store *store, const struct person_id *person) {
    static const enum store_sql deletes[] = {SQL_INCIDENT_NOTICES_ERASE,
                                             SQL_INCIDENT_SUBJECT_ERASE};
    for (size_t i = 0; i < sizeof deletes / sizeof deletes[0]; i++) {
        OWN(store_query_done) struct store_query query = store_query_of(&store->db, deletes[i]);
        store_query_bytes(&query, 1, store_person_span(person));
        TRY(store_query_run(&query));
    }
    return LG_OK;
}

/* ---- Reading: incidents ---- */

static struct lg_err body_read(const struct store_reader *reader, uint64_t log_index,
                               struct span sealed, struct arena *arena, struct span *out_body) {
    struct store_log_row row;
    const struct store_place place = store_log_place(TABLE, log_index, &row);
    return store_unseal_dup(reader->store->seal_key, &place, sealed, arena, out_body);
}

/* The row that a query of INCIDENT_FROM stands on. */
static struct lg_err row_read(const struct store_reader *reader, struct store_query *query,
                              struct arena *arena, struct store_incident *out_row) {
    *out_row = (struct store_incident){
        .log_index = (uint64_t)store_query_column_number(query, 1),
        .version = (uint32_t)store_query_column_number(query, 2),
        .is_closed = store_query_column_number(query, 3) != 0,
        .escalated_index = (uint64_t)store_query_column_number(query, 4),
    };
    store_query_column_copy(query, 0, out_row->id.bytes, sizeof out_row->id.bytes);
    return body_read(reader, out_row->log_index, store_query_column(query, 5), arena,
                     &out_row->body);
}

static struct lg_err rows_read(struct store_reader *reader, struct store_query *query, size_t most,
                               struct arena *arena, struct store_incidents *out_rows) {
    struct store_incidents rows = {.items = arena_array(arena, most, sizeof *rows.items)};
    if (rows.items == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    while (rows.count < most && store_query_next(query)) {
        TRY(row_read(reader, query, arena, &rows.items[rows.count]));
        rows.count++;
    }
    *out_rows = rows;
    return store_query_end(query);
}

struct lg_err store_incident_find(struct store_reader *reader, struct span agency,
                                  const struct store_tag *id, struct arena *arena,
                                  struct store_incident **out_row) {
    struct store_tag tag;
    struct store_incidents rows;
    *out_row = NULL;
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_GET);
    store_query_bytes(&query, 1, store_tag_span(id));
    store_query_bytes(&query, 2, store_tag_span(&tag));
    TRY(rows_read(reader, &query, 1, arena, &rows));
    *out_row = rows.count > 0 ? rows.items : NULL;
    return LG_OK;
}

struct lg_err store_incident_count(struct store_reader *reader, struct span agency, int64_t now_ms,
                                   struct store_incident_count *out_count) {
    struct store_tag tag;
    *out_count = (struct store_incident_count){0, 0};
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_COUNT);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, now_ms - DAY_MS);
    if (store_query_next(&query)) {
        out_count->open = (size_t)store_query_column_number(&query, 0);
        out_count->of_day = (size_t)store_query_column_number(&query, 1);
    }
    return store_query_end(&query);
}

static int64_t index_bound(uint64_t before) {
    return before > INT64_MAX ? INT64_MAX : (int64_t)before;
}

struct lg_err store_incidents_list(struct store_reader *reader,
                                   const struct store_incident_look *look, struct arena *arena,
                                   struct store_incidents *out_rows) {
    struct store_tag tag;
    TRY(store_agency_tag(reader->store, look->agency, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(
        &reader->db, look->is_escalated ? SQL_INCIDENT_ESCALATED : SQL_INCIDENT_LIST);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, index_bound(look->before));
    store_query_number(&query, 3, look->is_with_closed ? 1 : 0);
    store_query_number(&query, 4, LIMIT_INCIDENT_PAGE);
    return rows_read(reader, &query, LIMIT_INCIDENT_PAGE, arena, out_rows);
}

struct lg_err store_incidents_due(struct store_reader *reader, int64_t now_ms, struct arena *arena,
                                  struct store_incidents *out_rows) {
    enum { MOST = LIMIT_INCIDENT_TURN };
    struct store_incidents rows = {.items = arena_array(arena, MOST, sizeof *rows.items)};
    if (rows.items == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_DUE);
    store_query_number(&query, 1, now_ms);
    while (rows.count < MOST && store_query_next(&query)) {
        struct lg_err err = row_read(reader, &query, arena, &rows.items[rows.count]);
        if (lg_failed(err) && lg_err_class(err) != LG_CLASS_STORE) {
            return err;
        }
        rows.damaged += lg_failed(err) ? 1 : 0;
        rows.count += lg_failed(err) ? 0 : 1;
    }
    *out_rows = rows;
    return store_query_end(&query);
}

struct lg_err store_incident_steps_read(struct store_reader *reader, const struct store_tag *id,
                                        struct arena *arena,
                                        struct store_incident_steps *out_steps) {
    enum { MOST = LIMIT_INCIDENT_STEPS + 1 };
    struct store_incident_steps steps = {.items = arena_array(arena, MOST, sizeof *steps.items)};
    if (steps.items == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_STEPS);
    store_query_bytes(&query, 1, store_tag_span(id));
    while (steps.count < MOST && store_query_next(&query)) {
        struct store_incident_step *step = &steps.items[steps.count++];
        step->log_index = (uint64_t)store_query_column_number(&query, 0);
        TRY(body_read(reader, step->log_index, store_query_column(&query, 1), arena, &step->body));
    }
    *out_steps = steps;
    return store_query_end(&query);
}

struct lg_err store_incident_person(struct store_reader *reader, const struct store_tag *id,
                                    bool *out_found, struct person_id *out_person) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_SUBJECT_GET);
    store_query_bytes(&query, 1, store_tag_span(id));
    *out_found = store_query_next(&query);
    if (*out_found) {
        store_query_column_copy(&query, 0, out_person->bytes, sizeof out_person->bytes);
    }
    return store_query_end(&query);
}

/* ---- Reading: notices ---- */

/* Columns: log index, person, body, answer, its log index. */
static struct lg_err notice_read(const struct store_reader *reader, struct store_query *query,
                                 struct arena *arena, struct store_incident_notice *out_row) {
    struct store_incident_notice row = {
        .log_index = (uint64_t)store_query_column_number(query, 0),
        .is_of_person = store_query_column(query, 1).len > 0,
        .answer_index = (uint64_t)store_query_column_number(query, 4),
    };
    if (row.is_of_person) {
        store_query_column_copy(query, 1, row.person.bytes, sizeof row.person.bytes);
    }
    TRY(body_read(reader, row.log_index, store_query_column(query, 2), arena, &row.body));
    if (row.answer_index > 0) {
        TRY(body_read(reader, row.answer_index, store_query_column(query, 3), arena, &row.answer));
    }
    *out_row = row;
    return LG_OK;
}

static struct lg_err notices_read(struct store_reader *reader, struct store_query *query,
                                  size_t most, struct arena *arena,
                                  struct store_incident_notices *out_rows) {
    struct store_incident_notices rows = {.items = arena_array(arena, most, sizeof *rows.items)};
    if (rows.items == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    while (rows.count < most && store_query_next(query)) {
        TRY(notice_read(reader, query, arena, &rows.items[rows.count]));
        rows.count++;
    }
    *out_rows = rows;
    return store_query_end(query);
}

struct lg_err store_incident_notices_of(struct store_reader *reader, const struct store_tag *id,
                                        struct arena *arena,
                                        struct store_incident_notices *out_rows) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_NOTICES_OF);
    store_query_bytes(&query, 1, store_tag_span(id));
    return notices_read(reader, &query, LIMIT_INCIDENT_NOTICES, arena, out_rows);
}

struct lg_err store_incident_notices_to(struct store_reader *reader, struct span agency,
                                        uint64_t before, struct arena *arena,
                                        struct store_incident_notices *out_rows) {
    struct store_tag tag;
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_NOTICES_TO);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, index_bound(before));
    store_query_number(&query, 3, LIMIT_INCIDENT_NOTICE_PAGE);
    return notices_read(reader, &query, LIMIT_INCIDENT_NOTICE_PAGE, arena, out_rows);
}

struct lg_err store_incident_notice_find(struct store_reader *reader, struct span agency,
                                         uint64_t number, struct arena *arena,
                                         struct store_incident_notice **out_row) {
    struct store_tag tag;
    struct store_incident_notices rows;
    *out_row = NULL;
    if (number > INT64_MAX) {
        return LG_OK;
    }
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_INCIDENT_NOTICE_GET);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, (int64_t)number);
    TRY(notices_read(reader, &query, 1, arena, &rows));
    *out_row = rows.count > 0 ? rows.items : NULL;
    return LG_OK;
}
