/* SPDX-License-Identifier: Apache-2.0 */
/* What ERASURE entries of the log mean for lockgate.db (erasure.h): requests and holds as rows, and
 * the end of everything that is kept of a person.
 *
 * What goes: the person and their aliases with M, so that no pseudonym leads back; records with
 * tokens and references; pseudonyms; consents; reliance;
 * subject access requests, which are closed by then. What stays: what they had refused, by their
 * tokens (suppress.h); review cases, which are about what staff did and are kept for that (Article
 * 17(3)(e)), and the log. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"
#include "gateway/store/suppress_int.h"

/* A row is bound to its place in the log. */
struct erasure_row {
    uint8_t bytes[8];
};

static struct erasure_row row_of(uint64_t log_index) {
    struct erasure_row row;
    struct writer w = writer_of(row.bytes, sizeof row.bytes);
    writer_u64(&w, log_index);
    return row;
}

static struct store_place place_of(const struct erasure_row *row) {
    return (struct store_place){.table = "erasure", .row = span_of(row->bytes, sizeof row->bytes)};
}

static struct span id_span(const struct store_key_id *id) {
    return span_of(id->bytes, sizeof id->bytes);
}

/* ---- Reading, on any connection */

static struct lg_err step_find(struct store_db *db, const struct store_key_id *id,
                               enum store_erasure_step step, bool *out_found) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_ERASURE_FIND);
    store_query_bytes(&query, 1, id_span(id));
    store_query_number(&query, 2, step);
    *out_found = store_query_next(&query);
    return store_query_end(&query);
}

struct lg_err store_person_is_erased(const struct store *store, struct store_db *db,
                                     const struct person_id *person, bool *out_is) {
    struct store_key_id id;
    TRY(store_key_id_person(store, person, &id));
    return step_find(db, &id, STORE_ERASURE_DONE, out_is);
}

/* The id of whoever the key is of, or of whom they were merged into. */
static struct lg_err person_of(struct store_db *db, const struct store_key_id *id, bool *out_found,
                               struct person_id *out_person) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_PERSON_OF_KEY);
    store_query_bytes(&query, 1, span_of(&id->bytes[1], 16));
    *out_found = id->bytes[0] == STORE_KEY_PERSON && store_query_next(&query);
    if (*out_found) {
        store_query_column_copy(&query, 0, out_person->bytes, sizeof out_person->bytes);
    }
    return store_query_end(&query);
}

static struct lg_err key_is_held(struct store_db *db, const struct store_key_id *id,
                                 bool *out_held) {
    if (id->bytes[0] == STORE_KEY_PERSON) {
        return step_find(db, id, STORE_ERASURE_HELD, out_held);
    }
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_ERASURE_ANY_HELD);
    *out_held = store_query_next(&query);
    return store_query_end(&query);
}

/* A person and all that were merged into them. */
struct group {
    struct person_id ids[1 + LIMIT_STORE_ALIASES];
    size_t count;
};

static struct lg_err group_read(struct store_db *db, const struct store_key_id *id,
                                struct group *out_group) {
    bool found = false;
    out_group->count = 0;
    TRY(person_of(db, id, &found, &out_group->ids[0]));
    if (!found) {
        return LG_OK;
    }
    out_group->count = 1;
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_ALIASES);
    store_query_bytes(&query, 1, store_person_span(&out_group->ids[0]));
    store_query_number(&query, 2, LIMIT_STORE_ALIASES);
    while (out_group->count < 1 + LIMIT_STORE_ALIASES && store_query_next(&query)) {
        struct person_id *alias = &out_group->ids[out_group->count++];
        store_query_column_copy(&query, 0, alias->bytes, sizeof alias->bytes);
    }
    return store_query_end(&query);
}

/* ---- Erasing: inside the transaction of the change */

static struct lg_err person_run(struct store *store, enum store_sql sql,
                                const struct person_id *person) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, sql);
    store_query_bytes(&query, 1, store_person_span(person));
    return store_query_run(&query);
}

static struct lg_err records_delete(struct store *store, const struct person_id *person) {
    int64_t numbers[STORE_ROWS_MAX];
    size_t count = STORE_ROWS_MAX;
    while (count == STORE_ROWS_MAX) {
        count = 0;
        OWN(store_query_done)
        struct store_query query = store_query_of(&store->db, SQL_RECORD_OF_PERSON);
        store_query_bytes(&query, 1, store_person_span(person));
        store_query_number(&query, 2, STORE_ROWS_MAX);
        while (count < STORE_ROWS_MAX && store_query_next(&query)) {
            numbers[count++] = store_query_column_number(&query, 5);
        }
        TRY(store_query_end(&query));
        for (size_t i = 0; i < count; i++) {
            TRY(enrol_record_delete(&store->db, numbers[i]));
        }
    }
    return LG_OK;
}

static struct lg_err group_delete(struct store *store, const struct group *group) {
    static const enum store_sql deletes[] = {SQL_PSEUDONYM_DELETE, SQL_CONSENT_DELETE,
                                             SQL_SUPPRESSED_DELETE, SQL_RELIANCE_DELETE};
    for (size_t i = 0; i < group->count; i++) {
        TRY(person_run(store, SQL_MARK_ERASE,
                       &group->ids[i])); /* by tokens, while they are there */
        TRY(records_delete(store, &group->ids[i]));
        for (size_t j = 0; j < sizeof deletes / sizeof deletes[0]; j++) {
            TRY(person_run(store, deletes[j], &group->ids[i]));
        }
        TRY(store_sar_erase(store, &group->ids[i]));
        TRY(store_incident_erase(store, &group->ids[i]));
    }
    TRY(store_suppress_sweep(store));
    return group->count == 0 ? LG_OK : person_run(store, SQL_PERSON_DELETE, &group->ids[0]);
}

/* The keys that a decision names: its own, and those that are about the same person. */
static size_t named_count(const struct store_erasure *it) {
    return it->named.len == 0 ? 1 : it->named.len / STORE_KEY_TAG_SIZE;
}

static struct store_key_id named_at(const struct store_erasure *it, size_t i) {
    struct store_key_id id = it->key_id;
    if (it->named.len > 0) {
        memcpy(&id.bytes[1], &it->named.ptr[i * STORE_KEY_TAG_SIZE], STORE_KEY_TAG_SIZE);
    }
    return id;
}

static bool is_named(const struct store_erasure *it, const struct store_key_id *id) {
    bool is = false;
    for (size_t i = 0; i < named_count(it) && !is; i++) {
        struct store_key_id named = named_at(it, i);
        is = span_equal(id_span(&named), id_span(id));
    }
    return is;
}

static struct lg_err named_are_held(struct store *store, const struct store_erasure *it,
                                    bool *out_held) {
    *out_held = false;
    for (size_t i = 0; i < named_count(it) && !*out_held; i++) {
        struct store_key_id named = named_at(it, i);
        TRY(key_is_held(&store->db, &named, out_held));
    }
    return LG_OK;
}

/* A merge since would leave keys behind that nobody named, or take people away whom nobody named.
 * Fewer than named is no harm: in a store that came back from a backup they were not merged yet. */
static struct lg_err group_is_named(struct store *store, const struct store_erasure *it,
                                    const struct group *group, bool *out_is) {
    *out_is = is_named(it, &it->key_id);
    for (size_t i = 0; i < group->count && *out_is; i++) {
        struct store_key_id own;
        TRY(store_key_id_person(store, &group->ids[i], &own));
        *out_is = is_named(it, &own);
    }
    return LG_OK;
}

static struct lg_err number_find(struct store_db *db, enum store_sql sql, uint64_t number,
                                 bool *out_found) {
    OWN(store_query_done) struct store_query query = store_query_of(db, sql);
    store_query_number(&query, 1, (int64_t)number);
    *out_found = store_query_next(&query);
    return store_query_end(&query);
}

/* Whether what it decides on stands, or was done already with another key of the same decision. */
static struct lg_err proposal_stands(struct store *store, const struct store_erasure *it,
                                     bool *out_stands) {
    *out_stands = false;
    if (it->proposal > INT64_MAX) {
        return LG_OK;
    }
    TRY(number_find(&store->db, SQL_ERASURE_DECIDED, it->proposal, out_stands));
    if (*out_stands) {
        return LG_OK;
    }
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_ERASURE_GET);
    store_query_number(&query, 1, (int64_t)it->proposal);
    if (store_query_next(&query)) {
        struct store_key_id asked;
        store_query_column_copy(&query, 1, asked.bytes, sizeof asked.bytes);
        *out_stands =
            store_query_column_number(&query, 2) == STORE_ERASURE_ASKED && is_named(it, &asked);
    }
    return store_query_end(&query);
}

static struct lg_err row_add(struct store *store, const struct store_erasure *it) {
    uint8_t sealed[STORE_REVIEW_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct store_tag agency;
    const struct erasure_row row = row_of(it->log_index);
    const struct store_place place = place_of(&row);
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &it->agency, 1, &agency));
    store_seal(store->seal_key, &place, it->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_ERASURE_ADD);
    store_query_number(&query, 1, (int64_t)it->log_index);
    store_query_bytes(&query, 2, id_span(&it->key_id));
    store_query_number(&query, 3, it->step);
    store_query_bytes(&query, 4, store_tag_span(&agency));
    store_query_bytes(&query, 5, span_of(sealed, it->body.len + VAULT_SEAL_OVERHEAD));
    store_query_number(&query, 6, (int64_t)it->proposal);
    return store_query_run(&query);
}

/* agency: empty for whoever's. */
static struct lg_err rows_drop(struct store *store, const struct store_key_id *id,
                               enum store_erasure_step step, struct span agency) {
    struct store_tag tag;
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_ERASURE_DROP);
    store_query_bytes(&query, 1, id_span(id));
    store_query_number(&query, 2, step);
    if (agency.len > 0) {
        TRY(store_tag_of(store, STORE_TAG_AGENCY, &agency, 1, &tag));
        store_query_bytes(&query, 3, store_tag_span(&tag));
    }
    return store_query_run(&query);
}

static struct lg_err group_is_owed(struct store_db *db, const struct group *group, bool *out_owed) {
    *out_owed = false;
    for (size_t i = 0; i < group->count && !*out_owed; i++) {
        TRY(store_sar_is_open(db, &group->ids[i], out_owed));
    }
    return LG_OK;
}

/* Whether an answer to the person is owed that the erasure would take away. Where the key is gone
 * the erasure was done once, and this store came back from before: how its requests ended is not
 * read any more. */
static struct lg_err answer_is_owed(struct store *store, const struct store_erasure *it,
                                    const struct group *group, bool *out_owed) {
    bool is_gone = false;
    *out_owed = false;
    TRY(store_key_is_gone(store, &it->key_id, &is_gone));
    return is_gone ? LG_OK : group_is_owed(&store->db, group, out_owed);
}

/* NULL where nothing stands against it. What came first in the log wins. */
static struct lg_err obstacle_find(struct store *store, const struct store_erasure *it,
                                   const struct group *group, const char **out_obstacle) {
    bool stands = false;
    bool is_same = false;
    bool is_held = false;
    bool is_owed = false;
    TRY(proposal_stands(store, it, &stands));
    TRY(group_is_named(store, it, group, &is_same));
    TRY(named_are_held(store, it, &is_held));
    TRY(answer_is_owed(store, it, group, &is_owed));
    const char *against = is_owed ? "answer-owed" : NULL;
    against = is_held ? "held" : against;
    against = is_same ? against : "merged";
    *out_obstacle = stands ? against : "decided";
    return LG_OK;
}

static struct lg_err erase(struct store *store, const struct store_erasure *it) {
    struct group group;
    const char *obstacle = NULL;
    TRY(group_read(&store->db, &it->key_id, &group));
    TRY(obstacle_find(store, it, &group, &obstacle));
    if (obstacle != NULL) {
        log_line(LOG_WARN, "store.erasure.passed", "index=%llu why=%s",
                 (unsigned long long)it->log_index, obstacle);
        return LG_OK;
    }
    TRY(store_keys_destroy(store, &it->key_id, 1));
    TRY(store_db_overwrite(&store->db, true));
    struct lg_err err = group_delete(store, &group);
    TRY(store_db_overwrite(&store->db, false));
    TRY(err);
    for (size_t i = 0; i < named_count(it); i++) {
        struct store_key_id named = named_at(it, i);
        TRY(rows_drop(store, &named, STORE_ERASURE_ASKED, span_of(NULL, 0)));
    }
    return row_add(store, it);
}

static struct lg_err refuse(struct store *store, const struct store_erasure *it) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_ERASURE_REFUSE);
    store_query_number(&query, 1, (int64_t)it->proposal);
    return store_query_run(&query);
}

struct lg_err store_erasure_apply(struct store *store, const struct store_erasure *it) {
    bool is_done = false;
    TRY(step_find(&store->db, &it->key_id, STORE_ERASURE_DONE, &is_done));
    if (is_done) {
        return LG_OK; /* there is nothing left to ask for, or to hold */
    }
    switch (it->step) {
    case STORE_ERASURE_ASKED:
    case STORE_ERASURE_HELD: /* an agency's newer one takes the place of its own older one */
        TRY(rows_drop(store, &it->key_id, it->step, it->agency));
        return row_add(store, it);
    case STORE_ERASURE_REFUSED:
        return refuse(store, it);
    case STORE_ERASURE_RELEASED:
        return rows_drop(store, &it->key_id, STORE_ERASURE_HELD, it->agency);
    case STORE_ERASURE_DONE:
        break;
    }
    return erase(store, it);
}

/* ---- Public reads */

struct lg_err store_erasure_is_owed(struct store_reader *reader, const struct store_key_id *id,
                                    bool *out_owed) {
    struct group group;
    *out_owed = true; /* until it is known */
    TRY(group_read(&reader->db, id, &group));
    return group_is_owed(&reader->db, &group, out_owed);
}

struct lg_err store_erasure_is_held(struct store_reader *reader, const struct store_key_id *ids,
                                    size_t count, bool *out_held) {
    *out_held = true; /* until it is known */
    bool held = false;
    for (size_t i = 0; i < count && !held; i++) {
        TRY(key_is_held(&reader->db, &ids[i], &held));
    }
    *out_held = held;
    return LG_OK;
}

struct lg_err store_erasure_is_held_by(struct store_reader *reader, const struct store_key_id *ids,
                                       size_t count, struct span agency, bool *out_held) {
    struct store_tag tag;
    bool held = false;
    *out_held = false;
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    for (size_t i = 0; i < count && !held; i++) {
        OWN(store_query_done)
        struct store_query query = store_query_of(&reader->db, SQL_ERASURE_HELD_BY);
        store_query_bytes(&query, 1, id_span(&ids[i]));
        store_query_bytes(&query, 2, store_tag_span(&tag));
        held = store_query_next(&query);
        TRY(store_query_end(&query));
    }
    *out_held = held;
    return LG_OK;
}

struct lg_err store_erasure_is_done(struct store_reader *reader, const struct store_key_id *id,
                                    bool *out_done) {
    return step_find(&reader->db, id, STORE_ERASURE_DONE, out_done);
}

static struct lg_err row_read(const struct store_reader *reader, struct store_query *query,
                              struct arena *arena, struct store_erasure *out_row) {
    *out_row = (struct store_erasure){
        .step = (enum store_erasure_step)store_query_column_number(query, 2),
        .log_index = (uint64_t)store_query_column_number(query, 0),
    };
    store_query_column_copy(query, 1, out_row->key_id.bytes, sizeof out_row->key_id.bytes);
    const struct erasure_row row = row_of(out_row->log_index);
    const struct store_place place = place_of(&row);
    return store_unseal_dup(reader->store->seal_key, &place, store_query_column(query, 3), arena,
                            &out_row->body);
}

struct lg_err store_erasure_find(struct store_reader *reader, uint64_t log_index,
                                 struct arena *arena, bool *out_found,
                                 struct store_erasure *out_erasure) {
    *out_found = false;
    if (log_index > INT64_MAX) {
        return LG_OK;
    }
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_ERASURE_GET);
    store_query_number(&query, 1, (int64_t)log_index);
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    TRY(row_read(reader, &query, arena, out_erasure));
    *out_found = true;
    return store_query_end(&query);
}

struct lg_err store_erasures_list(struct store_reader *reader, struct span agency,
                                  struct arena *arena, struct store_erasure **out_rows,
                                  size_t *out_count) {
    struct store_erasure *rows = NULL;
    size_t count = 0;
    struct store_tag tag;
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_ERASURE_LIST);
    if (agency.len > 0) {
        TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
        store_query_bytes(&query, 1, store_tag_span(&tag));
    }
    store_query_number(&query, 2, STORE_ERASURES_MAX);
    while (count < STORE_ERASURES_MAX && store_query_next(&query)) {
        rows = arena_more(arena, rows, count, sizeof *rows);
        if (rows == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        TRY(row_read(reader, &query, arena, &rows[count]));
        count++;
    }
    *out_rows = rows;
    *out_count = count;
    return store_query_end(&query);
}

struct lg_err store_key_persons(struct store_reader *reader, const struct store_key_id *id,
                                struct arena *arena, struct person_id **out_ids,
                                size_t *out_count) {
    struct group group;
    TRY(group_read(&reader->db, id, &group));
    *out_ids = arena_array(arena, group.count + 1, sizeof **out_ids);
    if (*out_ids == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    memcpy(*out_ids, group.ids, group.count * sizeof group.ids[0]);
    *out_count = group.count;
    return LG_OK;
}
