/* SPDX-License-Identifier: Apache-2.0 */
/* Destroying keys of log entries, for good (erasure.h). keys.db overwrites what it deletes; then
 * its write-ahead file, which had the wrapped keys too, is cut to nothing, and what was open in
 * memory is closed. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/entries.h"
#include "gateway/store/store_int.h"

/* CUT_TRIES: each waits as long as SQLite does for a reader of another process, a backup. */
/* QUARTERS_MAX: four a year, more than any partnership will see. */
enum { QUARTERS_MAX = 400 };
enum { TAG_SIZE = 16, SWEEP_ROWS = 1024, SETTLE_IDS = 64, CUT_TRIES = 5 };

/* ---- Ids */

struct lg_err store_key_id_person(const struct store *store, const struct person_id *person,
                                  struct store_key_id *out_id) {
    struct store_tag tag;
    TRY(store_subject_tag(store, person, &tag));
    *out_id = (struct store_key_id){.bytes = {STORE_KEY_PERSON}};
    memcpy(&out_id->bytes[1], tag.bytes, TAG_SIZE);
    return LG_OK;
}

struct store_key_id store_key_id_quarter(uint32_t quarter) {
    struct store_key_id id = {.bytes = {STORE_KEY_QUARTER}};
    struct writer w = writer_of(&id.bytes[1], 4);
    writer_u32(&w, quarter);
    return id;
}

uint32_t store_key_quarter(const struct store_key_id *id) {
    struct reader r = reader_of(span_of(&id->bytes[1], 4));
    ASSERT(id->bytes[0] == STORE_KEY_QUARTER);
    return reader_u32(&r);
}

struct lg_err store_key_id_read(struct span bytes, struct store_key_id *out_id,
                                enum store_key_kind *out_kind) {
    if (bytes.len != STORE_KEY_ID_SIZE ||
        (bytes.ptr[0] != STORE_KEY_PERSON && bytes.ptr[0] != STORE_KEY_QUARTER)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    size_t used = bytes.ptr[0] == STORE_KEY_PERSON ? 1 + TAG_SIZE : 1 + 4;
    for (size_t i = used; i < STORE_KEY_ID_SIZE; i++) {
        if (bytes.ptr[i] != 0) {
            return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
        }
    }
    memcpy(out_id->bytes, bytes.ptr, STORE_KEY_ID_SIZE);
    *out_kind = bytes.ptr[0] == STORE_KEY_PERSON ? STORE_KEY_PERSON : STORE_KEY_QUARTER;
    return LG_OK;
}

static struct span id_span(const struct store_key_id *id) {
    return span_of(id->bytes, sizeof id->bytes);
}

struct lg_err store_key_is_destroyed(struct store_db *db, const struct store_key_id *id,
                                     bool *out_is) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_DESTROYED_GET);
    store_query_bytes(&query, 1, id_span(id));
    *out_is = store_query_next(&query);
    return store_query_end(&query);
}

static struct lg_err rows_destroy(struct store *store, const struct store_key_id *id) {
    bool is_person = id->bytes[0] == STORE_KEY_PERSON;
    OWN(store_query_done)
    struct store_query query =
        store_query_of(&store->keys, is_person ? SQL_KEY_DESTROY : SQL_BUCKET_DESTROY);
    if (is_person) {
        store_query_bytes(&query, 1, span_of(&id->bytes[1], TAG_SIZE));
    } else {
        store_query_number(&query, 1, store_key_quarter(id));
    }
    return store_query_run(&query);
}

/* ---- What the index has to forget: noted with the destruction, in one transaction */

static struct lg_err forget_add(struct store *store, struct span what) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->keys, SQL_FORGET_ADD);
    store_query_bytes(&query, 1, what);
    return store_query_run(&query);
}

/* The tag that rows of the index have for this key. One that does not open has none. */
static struct lg_err subject_note(struct store *store, const struct store_tag *subject,
                                  uint32_t quarter) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    struct store_tag tag;
    struct lg_err err = store_key_find_tag(store, subject, quarter, &key);
    if (lg_failed(err) || key == NULL) {
        return lg_err_class(err) == LG_CLASS_LIMIT ? err : LG_OK;
    }
    store_entry_subject(store, key, &tag);
    return forget_add(store, store_tag_span(&tag));
}

static struct lg_err person_note(struct store *store, const struct store_key_id *id) {
    uint32_t quarters[QUARTERS_MAX];
    size_t count = 0;
    struct store_tag subject;
    memcpy(subject.bytes, &id->bytes[1], TAG_SIZE);
    OWN(store_query_done) struct store_query query = store_query_of(&store->keys, SQL_KEY_QUARTERS);
    store_query_bytes(&query, 1, store_tag_span(&subject));
    while (count < QUARTERS_MAX && store_query_next(&query)) {
        quarters[count++] = (uint32_t)store_query_column_number(&query, 0);
    }
    TRY(store_query_end(&query));
    for (size_t i = 0; i < count; i++) {
        TRY(subject_note(store, &subject, quarters[i]));
    }
    return LG_OK;
}

static struct lg_err forget_note(struct store *store, const struct store_key_id *id) {
    return id->bytes[0] == STORE_KEY_PERSON ? person_note(store, id)
                                            : forget_add(store, span_of(&id->bytes[1], 4));
}

static struct lg_err forget_next(struct store *store, bool *out_found, struct store_forget *out) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->keys, SQL_FORGET_NEXT);
    *out_found = store_query_next(&query);
    if (*out_found) {
        struct span what = store_query_column(&query, 1);
        *out = (struct store_forget){.number = store_query_column_number(&query, 0),
                                     .is_quarter = what.len == 4};
        if (out->is_quarter) {
            struct reader r = reader_of(what);
            out->quarter = reader_u32(&r);
        } else {
            store_query_column_copy(&query, 1, out->subject.bytes, sizeof out->subject.bytes);
        }
    }
    return store_query_end(&query);
}

uint64_t store_forgets(struct store *store) {
    return atomic_load(&store->forgets);
}

struct lg_err store_forget_next(struct store *store, bool *out_found,
                                struct store_forget *out_forget) {
    *out_found = false;
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = forget_next(store, out_found, out_forget);
        store_latch_check(store, &store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    return err;
}

static struct lg_err forget_end(struct store *store, int64_t number) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->keys, SQL_FORGET_END);
    store_query_number(&query, 1, number);
    return store_query_run(&query);
}

struct lg_err store_forget_end(struct store *store, int64_t number) {
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = store_db_begin(&store->keys, true);
        if (!lg_failed(err)) {
            err = store_db_end(&store->keys, forget_end(store, number));
        }
        if (!lg_failed(err)) {
            (void)store_db_truncate(&store->keys); /* it leads to the rows in older copies */
        }
        store_latch_check(store, &store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    return err;
}

/* ---- Destroying: under keys_mutex */

static struct lg_err id_destroy(struct store *store, const struct store_key_id *id) {
    TRY(forget_note(store, id));
    TRY(rows_destroy(store, id));
    OWN(store_query_done) struct store_query add = store_query_of(&store->keys, SQL_DESTROYED_ADD);
    store_query_bytes(&add, 1, id_span(id));
    return store_query_run(&add);
}

static struct lg_err ids_destroy(struct store *store, const struct store_key_id *ids,
                                 size_t count) {
    for (size_t i = 0; i < count; i++) {
        TRY(id_destroy(store, &ids[i]));
    }
    return LG_OK;
}

/* Nobody reads meanwhile, so that the write-ahead file can be cut and no key is taken up again. */
static struct lg_err traces_remove(struct store *store, const struct store_key_id *ids,
                                   size_t count) {
    ASSERT(pthread_mutex_lock(&store->keys_read_mutex) == 0);
    for (size_t i = 0; i < count; i++) {
        store_keys_forget(store, &ids[i]);
    }
    bool is_cut = false;
    for (unsigned i = 0; i < CUT_TRIES && !is_cut && !store->keys.is_broken; i++) {
        is_cut = store_db_truncate(&store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_read_mutex) == 0);
    return is_cut ? LG_OK : store_fail(LG_CLASS_STORE, STORE_IO);
}

struct lg_err store_keys_destroy(struct store *store, const struct store_key_id *ids,
                                 size_t count) {
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = store_db_begin(&store->keys, true);
        if (!lg_failed(err)) {
            err = store_db_end(&store->keys, ids_destroy(store, ids, count));
        }
        if (!lg_failed(err)) {
            atomic_fetch_add(&store->forgets, 1);
            err = traces_remove(store, ids, count);
        }
        store_latch_check(store, &store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    return err;
}

struct lg_err store_key_is_gone(struct store *store, const struct store_key_id *id,
                                bool *out_gone) {
    *out_gone = false;
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = store_key_is_destroyed(&store->keys, id, out_gone);
        store_latch_check(store, &store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    return err;
}

/* ---- After a backup came back */

struct ids_page {
    struct store_key_id ids[SETTLE_IDS];
    size_t count;
    int64_t last;
};

static struct lg_err done_after(struct store *store, struct ids_page *page) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_ERASURE_DONE);
    store_query_number(&query, 1, page->last);
    store_query_number(&query, 2, SETTLE_IDS);
    page->count = 0;
    while (page->count < SETTLE_IDS && store_query_next(&query)) {
        page->last = store_query_column_number(&query, 0);
        store_query_column_copy(&query, 1, page->ids[page->count].bytes, STORE_KEY_ID_SIZE);
        page->count++;
    }
    return store_query_end(&query);
}

/* Leaves those that keys.db does not know as destroyed. */
static struct lg_err known_drop(struct store *store, struct ids_page *page, size_t *out_left) {
    size_t left = 0;
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = LG_OK;
    for (size_t i = 0; i < page->count && !lg_failed(err); i++) {
        bool is_destroyed = false;
        err = store_key_is_destroyed(&store->keys, &page->ids[i], &is_destroyed);
        if (!is_destroyed) {
            page->ids[left++] = page->ids[i];
        }
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    *out_left = left;
    return err;
}

static struct lg_err settle(struct store *store, size_t *out_destroyed) {
    struct ids_page page = {.count = SETTLE_IDS, .last = -1};
    size_t destroyed = 0;
    while (page.count == SETTLE_IDS) {
        size_t left = 0;
        TRY(done_after(store, &page));
        TRY(known_drop(store, &page, &left));
        if (left > 0) {
            TRY(store_keys_destroy(store, page.ids, left));
        }
        destroyed += left;
    }
    *out_destroyed = destroyed;
    return LG_OK;
}

struct lg_err store_keys_settle(struct store *store, size_t *out_destroyed) {
    store_turn_take(&store->turn, STORE_URGENT);
    struct lg_err err = settle(store, out_destroyed);
    store_latch_check(store, &store->db);
    store_turn_give(&store->turn);
    return err;
}

/* ---- What is older than the keys */

/* The first person's key that is destroyed and comes after *id; in its place. */
static struct lg_err person_after(struct store_db *keys, struct store_key_id *id, bool *out_found) {
    OWN(store_query_done) struct store_query query = store_query_of(keys, SQL_DESTROYED_QUARTERS);
    store_query_bytes(&query, 1, id_span(id));
    *out_found = store_query_next(&query);
    if (*out_found) {
        store_query_column_copy(&query, 0, id->bytes, sizeof id->bytes);
        *out_found = id->bytes[0] == STORE_KEY_PERSON;
    }
    return store_query_end(&query);
}

static struct lg_err is_there(struct store *store, const struct store_key_id *id, bool *out_is) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_PERSON_OF_KEY);
    store_query_bytes(&query, 1, span_of(&id->bytes[1], TAG_SIZE));
    *out_is = store_query_next(&query);
    return store_query_end(&query);
}

/* Ids are the key, zeroes behind it: the next one is greater by one in its last byte at least. */
static void id_step(struct store_key_id *id) {
    for (size_t i = STORE_KEY_ID_SIZE; i > 0; i--) {
        if (++id->bytes[i - 1] != 0) {
            return;
        }
    }
}

static struct lg_err outlived(struct store *store, size_t *out_people) {
    struct store_key_id id = {.bytes = {STORE_KEY_PERSON}};
    size_t people = 0;
    bool found = true;
    while (found) {
        bool is = false;
        ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
        struct lg_err err = person_after(&store->keys, &id, &found);
        ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
        TRY(err);
        if (found) {
            TRY(is_there(store, &id, &is));
            people += is ? 1 : 0;
            id_step(&id);
        }
    }
    *out_people = people;
    return LG_OK;
}

struct lg_err store_keys_outlived(struct store *store, size_t *out_people) {
    store_turn_take(&store->turn, STORE_URGENT);
    struct lg_err err = outlived(store, out_people);
    store_latch_check(store, &store->db);
    store_turn_give(&store->turn);
    return err;
}

struct lg_err store_key_any_destroyed(void *ctx, uint32_t quarter, bool *out_any) {
    struct store *store = ctx;
    const struct store_key_id of_quarter = store_key_id_quarter(quarter);
    struct store_key_id person = {.bytes = {STORE_KEY_PERSON}};
    *out_any = false;
    ASSERT(pthread_mutex_lock(&store->keys_read_mutex) == 0);
    struct lg_err err = person_after(&store->keys_reader, &person, out_any);
    if (!lg_failed(err) && !*out_any) {
        err = store_key_is_destroyed(&store->keys_reader, &of_quarter, out_any);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_read_mutex) == 0);
    return err;
}

/* ---- What a quarter leaves: rows that only its key opened */

static struct lg_err sweep_some(struct store *store, uint32_t quarter, size_t *room) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->keys, SQL_KEY_SWEEP);
    store_query_number(&query, 1, quarter);
    store_query_number(&query, 2, (int64_t)*room);
    TRY(store_query_run(&query));
    *room -= store_db_changes(&store->keys);
    return LG_OK;
}

/* The quarters that ended: their statement is given back before another one writes. */
static struct lg_err quarters_read(struct store *store, uint32_t *out_quarters, size_t max,
                                   size_t *out_count) {
    const struct store_key_id first = {.bytes = {STORE_KEY_QUARTER}};
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->keys, SQL_DESTROYED_QUARTERS);
    store_query_bytes(&query, 1, id_span(&first));
    *out_count = 0;
    while (*out_count < max && store_query_next(&query)) {
        struct store_key_id id;
        store_query_column_copy(&query, 0, id.bytes, sizeof id.bytes);
        out_quarters[(*out_count)++] = store_key_quarter(&id);
    }
    return store_query_end(&query);
}

static struct lg_err sweep(struct store *store, size_t *room) {
    uint32_t quarters[QUARTERS_MAX];
    size_t count = 0;
    TRY(quarters_read(store, quarters, QUARTERS_MAX, &count));
    for (size_t i = 0; i<count && * room> 0; i++) {
        TRY(sweep_some(store, quarters[i], room));
    }
    return LG_OK;
}

struct lg_err store_keys_sweep(struct store *store, bool *out_left) {
    size_t room = SWEEP_ROWS;
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = store_db_begin(&store->keys, true);
        if (!lg_failed(err)) {
            err = store_db_end(&store->keys, sweep(store, &room));
        }
        if (!lg_failed(err) && room < SWEEP_ROWS) {
            (void)store_db_truncate(&store->keys);
        }
        store_latch_check(store, &store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    *out_left = lg_failed(err) || room == 0;
    return err;
}
