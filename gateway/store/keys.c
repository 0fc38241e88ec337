/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of log entries (audit.md 4.6, 4.9), in a file of their own.
 *
 *   wrap key (root) -> key of a quarter -> key of a person in that quarter
 *
 * Destroying a person's row, or a quarter's, leaves entries that nobody opens again (destroy.c); so
 * the file overwrites what it deletes and its write-ahead file is cut after every write. */
#include "gateway/store/keys.h"

#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/entries.h"
#include "gateway/store/store_int.h"

enum { WRAPPED_SIZE = VAULT_KEY_SIZE + VAULT_SEAL_OVERHEAD, EACH_PAGE = 256 };

/* What a key is bound to: its quarter, and for a person's the subject's tag. */
struct row_text {
    uint8_t bytes[4 + 16];
};

static struct store_place bucket_place(uint32_t quarter, struct row_text *text) {
    struct writer w = writer_of(text->bytes, sizeof text->bytes);
    writer_u32(&w, quarter);
    return (struct store_place){.table = "bucket", .row = span_of(text->bytes, 4)};
}

static struct store_place subject_place(uint32_t quarter, const struct store_tag *subject,
                                        struct row_text *text) {
    struct writer w = writer_of(text->bytes, sizeof text->bytes);
    writer_u32(&w, quarter);
    writer_bytes(&w, store_tag_span(subject));
    return (struct store_place){.table = "subject_key", .row = span_of(text->bytes, 20)};
}

/* A fresh 32-byte secret, wrapped; the bytes are nowhere else. */
static void wrap_new(struct vault_key *wrap, const struct store_place *place,
                     uint8_t out[static WRAPPED_SIZE]) {
    uint8_t secret[VAULT_KEY_SIZE];
    vault_random(secret, sizeof secret);
    store_seal(wrap, place, span_of(secret, sizeof secret), out);
    vault_wipe(secret, sizeof secret);
}

static struct lg_err wrap_open(struct vault_key *wrap, const struct store_place *place,
                               struct span wrapped, struct vault_key **out_key) {
    uint8_t secret[VAULT_KEY_SIZE];
    struct lg_err err = store_unseal(wrap, place, wrapped, secret, sizeof secret);
    if (!lg_failed(err) && lg_failed(vault_key_from_bytes(
                               VAULT_KIND_SECRET, span_of(secret, sizeof secret), out_key))) {
        err = store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    vault_wipe(secret, sizeof secret);
    return err;
}

/* Person NULL: nobody. */
struct lg_err store_subject_tag(const struct store *store, const struct person_id *person,
                                struct store_tag *out_tag) {
    struct span part = person == NULL ? span_of(NULL, 0) : store_person_span(person);
    return store_tag_of(store, STORE_TAG_SUBJECT, &part, 1, out_tag);
}

/* ---- Reading: under keys_read_mutex ------------------------------------------------------------
 */

/* The quarter's key from its row on any connection; *out_bucket stays NULL where there is none. */
static struct lg_err bucket_open(struct store *store, struct store_db *db, uint32_t quarter,
                                 struct vault_key **out_bucket) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_BUCKET_GET);
    store_query_number(&query, 1, quarter);
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    struct row_text text;
    struct store_place place = bucket_place(quarter, &text);
    return wrap_open(store->wrap_key, &place, store_query_column(&query, 0), out_bucket);
}

/* The same from memory where it was used lately: the current quarter's is needed for every entry.
 * It stays the store's, for as long as the mutex is held. */
static struct lg_err bucket_cached(struct store *store, uint32_t quarter,
                                   struct vault_key **out_bucket) {
    for (size_t i = 0; i < STORE_BUCKETS; i++) {
        if (store->buckets[i].key != NULL && store->buckets[i].quarter == quarter) {
            *out_bucket = store->buckets[i].key;
            return LG_OK;
        }
    }
    struct vault_key *key = NULL;
    TRY(bucket_open(store, &store->keys_reader, quarter, &key));
    if (key != NULL) {
        struct store_bucket *slot = &store->buckets[store->bucket_next % STORE_BUCKETS];
        store->bucket_next++;
        vault_key_free(&slot->key);
        *slot = (struct store_bucket){.quarter = quarter, .key = key};
    }
    *out_bucket = key;
    return LG_OK;
}

void store_buckets_free(struct store *store) {
    for (size_t i = 0; i < STORE_BUCKETS; i++) {
        vault_key_free(&store->buckets[i].key);
    }
    for (size_t i = 0; i < STORE_SUBJECTS; i++) {
        vault_key_free(&store->subjects[i].key);
    }
}

void store_keys_forget(struct store *store, const struct store_key_id *id) {
    bool is_person = id->bytes[0] == STORE_KEY_PERSON;
    uint32_t quarter = is_person ? 0 : store_key_quarter(id);
    for (size_t i = 0; i < STORE_SUBJECTS; i++) {
        struct store_subject *slot = &store->subjects[i];
        bool same = is_person ? memcmp(slot->subject.bytes, &id->bytes[1], 16) == 0
                              : slot->quarter == quarter;
        if (slot->key != NULL && same) {
            vault_key_free(&slot->key);
        }
    }
    for (size_t i = 0; i < STORE_BUCKETS && !is_person; i++) {
        if (store->buckets[i].key != NULL && store->buckets[i].quarter == quarter) {
            vault_key_free(&store->buckets[i].key);
        }
    }
}

static struct lg_err key_read(struct store *store, const struct store_tag *subject,
                              uint32_t quarter, struct vault_key **out_key) {
    struct vault_key *bucket = NULL;
    TRY(bucket_cached(store, quarter, &bucket));
    if (bucket == NULL) {
        return LG_OK;
    }
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->keys_reader, SQL_KEY_GET);
    store_query_number(&query, 1, quarter);
    store_query_bytes(&query, 2, store_tag_span(subject));
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    struct row_text text;
    struct store_place place = subject_place(quarter, subject, &text);
    return wrap_open(bucket, &place, store_query_column(&query, 0), out_key);
}

static bool subject_is(const struct store_subject *slot, const struct store_tag *subject,
                       uint32_t quarter) {
    return slot->key != NULL && slot->quarter == quarter &&
           memcmp(slot->subject.bytes, subject->bytes, sizeof subject->bytes) == 0;
}

/* Its slot, or the one of its set that was not wanted for longest. */
static struct store_subject *subject_slot(struct store *store, const struct store_tag *subject,
                                          uint32_t quarter) {
    size_t sets = STORE_SUBJECTS / STORE_SUBJECT_WAYS;
    size_t set = ((size_t)subject->bytes[0] << 8 | subject->bytes[1]) % sets;
    struct store_subject *slots = &store->subjects[set * STORE_SUBJECT_WAYS];
    struct store_subject *oldest = slots;
    for (size_t i = 0; i < STORE_SUBJECT_WAYS; i++) {
        if (subject_is(&slots[i], subject, quarter)) {
            return &slots[i];
        }
        if (slots[i].used < oldest->used) {
            oldest = &slots[i];
        }
    }
    return oldest;
}

/* The same from memory where it was used lately. A set of several, since to read a key and to lock
 * a page for it takes a third of a question: two people whose tags meet in one place must not cost
 * that each time. Whoever destroys a key has to take it out of here as well. */
static struct lg_err key_cached(struct store *store, const struct store_tag *subject,
                                uint32_t quarter, struct vault_key **out_key) {
    struct store_subject *slot = subject_slot(store, subject, quarter);
    if (!subject_is(slot, subject, quarter)) {
        struct vault_key *key = NULL;
        TRY(key_read(store, subject, quarter, &key));
        if (key == NULL) {
            return LG_OK;
        }
        vault_key_warm(key);
        vault_key_free(&slot->key);
        *slot = (struct store_subject){.subject = *subject, .quarter = quarter, .key = key};
    }
    slot->used = ++store->subject_uses;
    *out_key = vault_key_hold(slot->key);
    return LG_OK;
}

/* *out_key stays NULL where there is none. */
static struct lg_err key_find(struct store *store, const struct store_tag *subject,
                              uint32_t quarter, struct vault_key **out_key) {
    ASSERT(pthread_mutex_lock(&store->keys_read_mutex) == 0);
    struct lg_err err = key_cached(store, subject, quarter, out_key);
    ASSERT(pthread_mutex_unlock(&store->keys_read_mutex) == 0);
    return err;
}

/* ---- Writing: under keys_mutex -----------------------------------------------------------------
 */

/* The quarter's key, made where there is none. The caller frees it. */
static struct lg_err bucket_get(struct store *store, uint32_t quarter,
                                struct vault_key **out_bucket) {
    TRY(bucket_open(store, &store->keys, quarter, out_bucket));
    if (*out_bucket != NULL) {
        return LG_OK;
    }
    struct row_text text;
    struct store_place place = bucket_place(quarter, &text);
    uint8_t wrapped[WRAPPED_SIZE];
    wrap_new(store->wrap_key, &place, wrapped);
    OWN(store_query_done) struct store_query add = store_query_of(&store->keys, SQL_BUCKET_ADD);
    store_query_number(&add, 1, quarter);
    store_query_bytes(&add, 2, span_of(wrapped, sizeof wrapped));
    TRY(store_query_run(&add));
    return bucket_open(store, &store->keys, quarter, out_bucket);
}

static struct lg_err key_add(struct store *store, struct vault_key *bucket,
                             const struct store_tag *subject, uint32_t quarter) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->keys, SQL_KEY_GET);
    store_query_number(&query, 1, quarter);
    store_query_bytes(&query, 2, store_tag_span(subject));
    bool is_there = store_query_next(&query);
    TRY(store_query_end(&query));
    if (is_there) {
        return LG_OK;
    }
    struct row_text text;
    struct store_place place = subject_place(quarter, subject, &text);
    uint8_t wrapped[WRAPPED_SIZE];
    wrap_new(bucket, &place, wrapped);
    OWN(store_query_done) struct store_query add = store_query_of(&store->keys, SQL_KEY_ADD);
    store_query_number(&add, 1, quarter);
    store_query_bytes(&add, 2, store_tag_span(subject));
    store_query_bytes(&add, 3, span_of(wrapped, sizeof wrapped));
    return store_query_run(&add);
}

/* Under a key that is gone, or of a person who is, none is made. */
static struct lg_err key_add_wanted(struct store *store, struct vault_key *bucket,
                                    const struct person_id *person, uint32_t quarter) {
    struct store_tag subject;
    bool is_destroyed = false;
    if (person != NULL) {
        struct store_key_id id;
        TRY(store_key_id_person(store, person, &id));
        TRY(store_key_is_destroyed(&store->keys, &id, &is_destroyed));
    }
    TRY(store_subject_tag(store, person, &subject));
    return is_destroyed ? LG_OK : key_add(store, bucket, &subject, quarter);
}

/* persons NULL: nobody, once. */
static struct lg_err keys_add(struct store *store, const struct person_id *persons, size_t count,
                              uint32_t quarter) {
    OWN(vault_key_free) struct vault_key *bucket = NULL;
    const struct store_key_id id = store_key_id_quarter(quarter);
    bool is_destroyed = false;
    TRY(store_key_is_destroyed(&store->keys, &id, &is_destroyed));
    if (is_destroyed) {
        return LG_OK;
    }
    TRY(bucket_get(store, quarter, &bucket));
    for (size_t i = 0; i < count; i++) {
        TRY(key_add_wanted(store, bucket, persons == NULL ? NULL : &persons[i], quarter));
    }
    return LG_OK;
}

struct lg_err store_keys_make(struct store *store, const struct person_id *persons, size_t count,
                              uint32_t quarter) {
    ASSERT(pthread_mutex_lock(&store->keys_mutex) == 0);
    struct lg_err err = store_fail(LG_CLASS_STORE, STORE_LATCHED);
    if (!store_is_latched(store)) {
        err = store_db_begin(&store->keys, true);
        if (!lg_failed(err)) {
            err = store_db_end(&store->keys, keys_add(store, persons, count, quarter));
        }
        if (!lg_failed(err)) {
            (void)store_db_truncate(&store->keys);
        }
        store_latch_check(store, &store->keys);
    }
    ASSERT(pthread_mutex_unlock(&store->keys_mutex) == 0);
    return err;
}

/* ---- Public ------------------------------------------------------------------------------------
 */

static struct lg_err either_destroyed(struct store *store, const struct store_key_id *person,
                                      const struct store_key_id *quarter, bool *out_is) {
    *out_is = false;
    if (person != NULL) {
        TRY(store_key_is_destroyed(&store->keys_reader, person, out_is));
    }
    return *out_is ? LG_OK : store_key_is_destroyed(&store->keys_reader, quarter, out_is);
}

/* A key that is nowhere else, in place of one that was destroyed: what it seals was erased before
 * it was written. CORRUPT where nothing was. */
static struct lg_err key_once(struct store *store, const struct person_id *person, uint32_t quarter,
                              struct vault_key **out_key) {
    const struct store_key_id of_quarter = store_key_id_quarter(quarter);
    struct store_key_id of_person;
    bool is_destroyed = false;
    if (person != NULL) {
        TRY(store_key_id_person(store, person, &of_person));
    }
    ASSERT(pthread_mutex_lock(&store->keys_read_mutex) == 0);
    struct lg_err err =
        either_destroyed(store, person == NULL ? NULL : &of_person, &of_quarter, &is_destroyed);
    ASSERT(pthread_mutex_unlock(&store->keys_read_mutex) == 0);
    TRY(err);
    if (!is_destroyed) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    if (lg_failed(vault_key_new(VAULT_KIND_SECRET, out_key))) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    return LG_OK;
}

static struct lg_err key_get(struct store *store, const struct person_id *person, uint32_t quarter,
                             struct vault_key **out_key) {
    struct store_tag subject;
    TRY(store_subject_tag(store, person, &subject));
    struct vault_key *key = NULL;
    TRY(key_find(store, &subject, quarter, &key));
    if (key == NULL) {
        TRY(store_keys_make(store, person, 1, quarter));
        TRY(key_find(store, &subject, quarter, &key));
    }
    if (key == NULL) {
        return key_once(store, person, quarter, out_key);
    }
    *out_key = key;
    return LG_OK;
}

struct lg_err store_key_find(struct store *store, const struct person_id *person, uint32_t quarter,
                             struct vault_key **out_key) {
    struct store_tag subject;
    *out_key = NULL;
    TRY(store_subject_tag(store, person, &subject));
    return key_find(store, &subject, quarter, out_key);
}

struct lg_err store_key_find_tag(struct store *store, const struct store_tag *subject,
                                 uint32_t quarter, struct vault_key **out_key) {
    *out_key = NULL;
    return key_find(store, subject, quarter, out_key);
}

struct lg_err store_key_subject(void *ctx, const struct person_id *person, uint32_t quarter,
                                struct vault_key **out_key) {
    ASSERT(person != NULL);
    return key_get(ctx, person, quarter, out_key);
}

struct lg_err store_key_nobody(void *ctx, uint32_t quarter, struct vault_key **out_key) {
    return key_get(ctx, NULL, quarter, out_key);
}

/* Some wrapped keys after a subject, so that no lock is held while they are shown. */
struct key_page {
    size_t count;
    struct {
        struct store_tag subject;
        uint8_t wrapped[WRAPPED_SIZE];
    } rows[EACH_PAGE];
};

static struct lg_err page_read(struct store *store, uint32_t quarter, const struct store_tag *after,
                               struct key_page *out_page) {
    out_page->count = 0;
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->keys_reader, SQL_KEY_AFTER);
    store_query_number(&query, 1, quarter);
    store_query_bytes(&query, 2, after == NULL ? span_of(NULL, 0) : store_tag_span(after));
    store_query_number(&query, 3, EACH_PAGE);
    while (out_page->count < EACH_PAGE && store_query_next(&query)) {
        size_t i = out_page->count++;
        store_query_column_copy(&query, 0, out_page->rows[i].subject.bytes, 16);
        store_query_column_copy(&query, 1, out_page->rows[i].wrapped, WRAPPED_SIZE);
    }
    return store_query_end(&query);
}

/* *out_more: the page was shown to its end and another may follow. */
static struct lg_err page_show(struct vault_key *bucket, uint32_t quarter,
                               const struct key_page *page,
                               bool (*on_key)(void *on_ctx, struct vault_key *key), void *on_ctx,
                               bool *out_more) {
    *out_more = page->count == EACH_PAGE;
    for (size_t i = 0; i < page->count; i++) {
        struct row_text text;
        struct store_place place = subject_place(quarter, &page->rows[i].subject, &text);
        OWN(vault_key_free) struct vault_key *key = NULL;
        TRY(wrap_open(bucket, &place, span_of(page->rows[i].wrapped, WRAPPED_SIZE), &key));
        vault_key_warm(key); /* tried on many entries at once, and freed */
        if (!on_key(on_ctx, key)) {
            *out_more = false;
            break;
        }
    }
    return LG_OK;
}

struct lg_err store_key_each(void *ctx, uint32_t quarter,
                             bool (*on_key)(void *on_ctx, struct vault_key *key), void *on_ctx) {
    struct store *store = ctx;
    OWN(vault_key_free) struct vault_key *bucket = NULL;
    ASSERT(pthread_mutex_lock(&store->keys_read_mutex) == 0);
    struct lg_err err = bucket_open(store, &store->keys_reader, quarter, &bucket);
    ASSERT(pthread_mutex_unlock(&store->keys_read_mutex) == 0);
    if (bucket != NULL) {
        vault_key_warm(bucket); /* it unwraps each of them */
    }
    struct key_page page = {.count = 0};
    bool more = bucket != NULL;
    while (!lg_failed(err) && more) {
        const struct store_tag *after = page.count > 0 ? &page.rows[page.count - 1].subject : NULL;
        struct store_tag last = after == NULL ? (struct store_tag){{0}} : *after;
        ASSERT(pthread_mutex_lock(&store->keys_read_mutex) == 0);
        err = page_read(store, quarter, after == NULL ? NULL : &last, &page);
        ASSERT(pthread_mutex_unlock(&store->keys_read_mutex) == 0);
        if (!lg_failed(err)) {
            err = page_show(bucket, quarter, &page, on_key, on_ctx, &more);
        }
    }
    return err;
}

/* With the turn to write: the next persons in the order in which they came. */
static struct lg_err persons_after(struct store *store, struct person_id *out_persons,
                                   size_t *out_count, int64_t *out_last) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_PERSON_AFTER);
    store_query_number(&query, 1, store->prepared_after);
    store_query_number(&query, 2, STORE_BATCH_MAX);
    *out_count = 0;
    while (*out_count < STORE_BATCH_MAX && store_query_next(&query)) {
        *out_last = store_query_column_number(&query, 0);
        store_query_column_copy(&query, 1, out_persons[*out_count].bytes, MODEL_PERSON_ID_SIZE);
        (*out_count)++;
    }
    return store_query_end(&query);
}

/* Nobody's key comes first; then the persons, from where the last call stopped. */
static struct lg_err prepare(struct store *store, uint32_t quarter, bool *out_left) {
    if (store->prepared_quarter != quarter) {
        TRY(store_keys_make(store, NULL, 1, quarter));
        store->prepared_quarter = quarter;
        store->prepared_after = 0;
    }
    struct person_id persons[STORE_BATCH_MAX];
    size_t count = 0;
    int64_t last = store->prepared_after;
    TRY(persons_after(store, persons, &count, &last));
    if (count > 0) {
        TRY(store_keys_make(store, persons, count, quarter));
    }
    store->prepared_after = last;
    *out_left = count == STORE_BATCH_MAX;
    return LG_OK;
}

struct lg_err store_keys_prepare(struct store *store, uint32_t quarter, bool *out_left) {
    store_turn_take(&store->turn, STORE_BACKGROUND);
    struct lg_err err = prepare(store, quarter, out_left);
    store_latch_check(store, &store->db);
    store_turn_give(&store->turn);
    return err;
}
