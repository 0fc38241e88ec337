/* SPDX-License-Identifier: Apache-2.0 */
/* entries.db: two connections, one that writes and one that reads, each with its own lock. One that
 * an error of the disk broke is opened again at its next use; the file is removed only where what
 * it holds is wrong. */
#define _DEFAULT_SOURCE
#include "gateway/store/entries.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/entry_duties.h"
#include "gateway/store/entry_tags.h"
#include "gateway/store/store_int.h"

struct store_entries {
    struct store *store;
    pthread_mutex_t write_mutex; /* taken before read_mutex where both are */
    struct store_db writer;
    pthread_mutex_t read_mutex;
    struct store_db reader;
    _Atomic bool is_ruined;
    uint64_t turn; /* under both */
};

enum {
    COVERAGE_PLAIN_SIZE = 8 + 32,
    COVERAGE_SIZE = COVERAGE_PLAIN_SIZE + VAULT_MAC16_SIZE,
    MARK_SIZE = VAULT_MAC16_SIZE
};

/* ---- Opening -----------------------------------------------------------------------------------
 */

static struct lg_err mark_check(struct store_entries *entries) {
    uint8_t mark[MARK_SIZE];
    store_entry_tag(entries->store, STORE_ENTRY_TAG_MARK, span_text(STORE_ENTRIES_MARK), mark);
    OWN(store_query_done) struct store_query query = store_query_of(&entries->writer, SQL_META_GET);
    store_query_text(&query, 1, "mark");
    bool is_there = store_query_next(&query);
    bool is_ours = is_there && span_equal(store_query_column(&query, 0), span_of(mark, MARK_SIZE));
    TRY(store_query_end(&query));
    if (is_there) {
        return is_ours ? LG_OK : store_fail(LG_CLASS_CONFIG, STORE_KEY);
    }
    OWN(store_query_done) struct store_query put = store_query_of(&entries->writer, SQL_META_PUT);
    store_query_text(&put, 1, "mark");
    store_query_bytes(&put, 2, span_of(mark, MARK_SIZE));
    return store_query_run(&put);
}

static void files_close(struct store_entries *entries) {
    store_db_close(&entries->reader);
    store_db_close(&entries->writer);
}

bool store_entries_is_ruined(const struct store_entries *entries) {
    return atomic_load(&entries->is_ruined);
}

void store_entries_ruin(struct store_entries *entries) {
    atomic_store(&entries->is_ruined, true);
}

/* Takes note of what is wrong with the file itself. The disk, memory and locks pass by. */
static struct lg_err noted(struct store_entries *entries, struct lg_err err) {
    bool is_of_file = lg_err_module(err) == LG_STORE &&
                      (lg_err_code(err) == STORE_CORRUPT || lg_err_code(err) == STORE_SCHEMA ||
                       lg_err_code(err) == STORE_KEY);
    if (lg_failed(err) && is_of_file) {
        store_entries_ruin(entries);
    }
    return err;
}

/* Opens a connection that is closed or broken; one that works is left as it is. */
static struct lg_err writer_open(struct store_entries *entries) {
    const struct store_db_options options = {.entries = true};
    struct diag diag; /* what is wrong with a derived file is of no use to anybody */
    if (entries->writer.handle != NULL && !entries->writer.is_broken) {
        return LG_OK;
    }
    store_db_close(&entries->writer);
    TRY(noted(entries, store_file_open(entries->store, &entries->writer, options, &diag)));
    struct lg_err err = noted(entries, mark_check(entries));
    if (lg_failed(err)) {
        store_db_close(&entries->writer);
    }
    return err;
}

static struct lg_err reader_open(struct store_entries *entries) {
    const struct store_db_options options = {.entries = true, .is_readonly = true};
    struct diag diag;
    if (entries->reader.handle != NULL && !entries->reader.is_broken) {
        return LG_OK;
    }
    store_db_close(&entries->reader);
    struct lg_err err = store_file_open(entries->store, &entries->reader, options, &diag);
    /* Whose file it is, and of what version, is for the one to say that writes: it may not have
     * been made yet. */
    return lg_err_class(err) == LG_CLASS_CONFIG ? store_fail(LG_CLASS_STORE, STORE_IO)
                                                : noted(entries, err);
}

static struct lg_err files_open(struct store_entries *entries) {
    TRY(writer_open(entries));
    return reader_open(entries);
}

static void both_lock(struct store_entries *entries) {
    ASSERT(pthread_mutex_lock(&entries->write_mutex) == 0);
    ASSERT(pthread_mutex_lock(&entries->read_mutex) == 0);
}

static void both_unlock(struct store_entries *entries) {
    ASSERT(pthread_mutex_unlock(&entries->read_mutex) == 0);
    ASSERT(pthread_mutex_unlock(&entries->write_mutex) == 0);
}

struct lg_err store_entries_mend(struct store_entries *entries) {
    both_lock(entries);
    struct lg_err err = files_open(entries);
    both_unlock(entries);
    return err;
}

struct lg_err store_entries_reset(struct store_entries *entries) {
    both_lock(entries);
    files_close(entries);
    store_entries_remove(entries->store);
    atomic_store(&entries->is_ruined, false);
    entries->turn++;
    struct lg_err err = files_open(entries);
    both_unlock(entries);
    return err;
}

struct lg_err store_entries_open(struct store *store, struct store_entries **out_entries) {
    OWN(store_entries_free) struct store_entries *entries = calloc(1, sizeof *entries);
    if (entries == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    entries->store = store;
    ASSERT(pthread_mutex_init(&entries->write_mutex, NULL) == 0);
    ASSERT(pthread_mutex_init(&entries->read_mutex, NULL) == 0);
    struct lg_err err = files_open(entries);
    if (store_entries_is_ruined(entries)) {
        err = store_entries_reset(entries);
    }
    if (lg_err_class(err) == LG_CLASS_LIMIT) {
        return err;
    }
    lg_err_ignore(err, "a disk that fails: the next use opens it again, and says so");
    *out_entries = TAKE(entries);
    return LG_OK;
}

void store_entries_free(struct store_entries **entries) {
    struct store_entries *it = *entries;
    if (it != NULL) {
        files_close(it);
        ASSERT(pthread_mutex_destroy(&it->write_mutex) == 0);
        ASSERT(pthread_mutex_destroy(&it->read_mutex) == 0);
        free(it);
        *entries = NULL;
    }
}

static struct lg_err writing_begin(struct store_entries *entries) {
    ASSERT(pthread_mutex_lock(&entries->write_mutex) == 0);
    struct lg_err err = writer_open(entries);
    if (!lg_failed(err)) {
        err = noted(entries, store_db_begin(&entries->writer, true));
    }
    if (lg_failed(err)) {
        ASSERT(pthread_mutex_unlock(&entries->write_mutex) == 0);
    }
    return err;
}

static struct lg_err writing_end(struct store_entries *entries, struct lg_err err) {
    err = noted(entries, store_db_end(&entries->writer, err));
    ASSERT(pthread_mutex_unlock(&entries->write_mutex) == 0);
    return err;
}

static struct lg_err reading_begin(struct store_entries *entries) {
    ASSERT(pthread_mutex_lock(&entries->read_mutex) == 0);
    struct lg_err err = reader_open(entries);
    if (!lg_failed(err)) {
        err = noted(entries, store_db_begin(&entries->reader, false));
    }
    if (lg_failed(err)) {
        ASSERT(pthread_mutex_unlock(&entries->read_mutex) == 0);
    }
    return err;
}

static struct lg_err reading_end(struct store_entries *entries, struct lg_err err) {
    err = noted(entries, store_db_end(&entries->reader, err));
    ASSERT(pthread_mutex_unlock(&entries->read_mutex) == 0);
    return err;
}

struct lg_err store_entries_read(struct store_entries *entries, store_entries_read_fn read,
                                 void *ctx) {
    TRY(reading_begin(entries));
    return reading_end(entries, read(ctx, entries->store, &entries->reader));
}

struct lg_err store_entries_write(struct store_entries *entries, store_entries_read_fn write,
                                  void *ctx) {
    TRY(writing_begin(entries));
    return writing_end(entries, write(ctx, entries->store, &entries->writer));
}

/* ---- Coverage ----------------------------------------------------------------------------------
 */

/* size 8 | last 32 | a code over both 16 */
static struct lg_err coverage_decode(const struct store *store, struct span bytes,
                                     struct store_coverage *coverage) {
    uint8_t code[VAULT_MAC16_SIZE];
    struct reader r = reader_of(bytes);
    struct span plain = reader_bytes(&r, COVERAGE_PLAIN_SIZE);
    struct span given = reader_bytes(&r, sizeof code);
    if (lg_failed(reader_end(&r))) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    store_entry_tag(store, STORE_ENTRY_TAG_COVERAGE, plain, code);
    if (!vault_equal(given, span_of(code, sizeof code))) {
        return store_fail(LG_CLASS_STORE, STORE_CORRUPT);
    }
    struct reader inner = reader_of(plain);
    coverage->size = reader_u64(&inner);
    reader_copy(&inner, coverage->last, sizeof coverage->last);
    return LG_OK;
}

static struct lg_err coverage_read(struct store_entries *entries,
                                   struct store_coverage *out_coverage) {
    *out_coverage = (struct store_coverage){.turn = entries->turn};
    OWN(store_query_done)
    struct store_query query = store_query_of(&entries->reader, SQL_META_GET);
    store_query_text(&query, 1, "coverage");
    if (store_query_next(&query)) {
        TRY(coverage_decode(entries->store, store_query_column(&query, 0), out_coverage));
    }
    return store_query_end(&query);
}

static struct lg_err coverage_write(struct store_entries *entries,
                                    const struct store_coverage *coverage) {
    uint8_t bytes[COVERAGE_SIZE];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_u64(&w, coverage->size);
    writer_bytes(&w, span_of(coverage->last, sizeof coverage->last));
    store_entry_tag(entries->store, STORE_ENTRY_TAG_COVERAGE, span_of(bytes, COVERAGE_PLAIN_SIZE),
                    bytes + COVERAGE_PLAIN_SIZE);
    OWN(store_query_done) struct store_query put = store_query_of(&entries->writer, SQL_META_PUT);
    store_query_text(&put, 1, "coverage");
    store_query_bytes(&put, 2, span_of(bytes, sizeof bytes));
    return store_query_run(&put);
}

struct lg_err store_entries_coverage(struct store_entries *entries,
                                     struct store_coverage *out_coverage) {
    TRY(reading_begin(entries));
    return reading_end(entries, coverage_read(entries, out_coverage));
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

/* Agency, position, role, subject, question and words, from the first parameter on; then what both
 * statements have next. */
static void side_bind(struct store_query *query, const struct store_side *side) {
    store_query_number(query, 1, side->agency);
    store_query_number(query, 2, (int64_t)side->position);
    store_query_number(query, 3, side->role);
    if (side->has_subject) {
        store_query_bytes(query, 4, store_tag_span(&side->subject));
    }
    store_query_bytes(query, 5, store_tag_span(&side->question));
    store_query_number(query, 6, side->other);
    store_query_number(query, 7, side->agreement);
    store_query_number(query, 8, side->purpose);
    store_query_number(query, 9, side->basis);
    store_query_number(query, 10, side->time_ms);
    store_query_number(query, 11, side->kind);
    store_query_number(query, 12, side->decision);
    store_query_number(query, 13, side->is_emergency ? 1 : 0);
    store_query_number(query, 14, side->system);
    store_query_number(query, 15, side->actor);
    store_query_number(query, 16, side->is_received ? 1 : 0);
}

static struct lg_err side_put(struct store_entries *entries, const struct store_side *side) {
    uint8_t sealed[STORE_SIDE_DETAIL_MAX + VAULT_SEAL_OVERHEAD] = {0};
    struct span body = span_of(sealed, 0);
    ASSERT(side->detail.len <= STORE_SIDE_DETAIL_MAX);
    if (side->detail.len > 0) {
        struct store_side_text text;
        const struct store_place place = store_side_place(side, &text);
        store_seal(entries->store->seal_key, &place, side->detail, sealed);
        body.len = side->detail.len + VAULT_SEAL_OVERHEAD;
    }
    OWN(store_query_done) struct store_query put = store_query_of(&entries->writer, SQL_SIDE_PUT);
    side_bind(&put, side);
    store_query_bytes(&put, 17, body);
    return store_query_run(&put);
}

/* Up to here no entry is later than this, nor than what was so before. */
static struct lg_err pace_put(struct store_db *db, uint64_t size, int64_t latest_ms) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_PACE_PUT);
    store_query_number(&query, 1, (int64_t)size);
    store_query_number(&query, 2, latest_ms);
    return store_query_run(&query);
}

static struct lg_err rows_put(struct store_entries *entries, const struct store_side *sides,
                              size_t count) {
    for (size_t i = 0; i < count; i++) {
        TRY(side_put(entries, &sides[i]));
    }
    return LG_OK;
}

struct lg_err store_entries_put(struct store_entries *entries, const struct store_side *sides,
                                size_t count) {
    TRY(writing_begin(entries));
    return writing_end(entries, rows_put(entries, sides, count));
}

static struct lg_err sides_put(struct store_entries *entries, const struct store_sides *sides) {
    TRY(rows_put(entries, sides->sides, sides->count));
    TRY(store_duties_add(entries->store, &entries->writer, sides));
    TRY(pace_put(&entries->writer, sides->coverage.size, sides->latest_ms));
    return coverage_write(entries, &sides->coverage);
}

struct lg_err store_entries_add(struct store_entries *entries, const struct store_sides *sides) {
    TRY(writing_begin(entries));
    return writing_end(entries, sides_put(entries, sides));
}

/* Of a statement whose rows are positions. */
static struct lg_err positions_take(struct store_query *query, struct arena *arena,
                                    uint64_t **out_positions, size_t *out_count) {
    uint64_t *positions = NULL;
    size_t count = 0;
    while (store_query_next(query)) {
        positions = arena_more(arena, positions, count, sizeof *positions);
        if (positions == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        positions[count++] = (uint64_t)store_query_column_number(query, 0);
    }
    *out_positions = positions;
    *out_count = count;
    return store_query_end(query);
}

static struct lg_err positions_read(struct store_db *db, const struct store_tag *subject,
                                    struct arena *arena, uint64_t **out_positions,
                                    size_t *out_count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(db, SQL_SIDE_SUBJECT_POSITIONS);
    store_query_bytes(&query, 1, store_tag_span(subject));
    return positions_take(&query, arena, out_positions, out_count);
}

static struct lg_err subject_forget(struct store_db *db, const struct store_tag *subject) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_SIDE_FORGET);
    store_query_bytes(&query, 1, store_tag_span(subject));
    return store_query_run(&query);
}

/* The write-ahead file would keep what the pages have lost. */
static struct lg_err forgetting_end(struct store_entries *entries, struct lg_err err) {
    err = noted(entries, store_db_end(&entries->writer, err));
    if (!lg_failed(err)) {
        store_db_truncate(&entries->writer);
    }
    ASSERT(pthread_mutex_unlock(&entries->write_mutex) == 0);
    return err;
}

struct lg_err store_entries_forget(struct store_entries *entries, const struct store_tag *subject,
                                   struct arena *arena, uint64_t **out_positions,
                                   size_t *out_count) {
    TRY(writing_begin(entries));
    struct lg_err err = positions_read(&entries->writer, subject, arena, out_positions, out_count);
    if (!lg_failed(err)) {
        err = subject_forget(&entries->writer, subject);
    }
    return forgetting_end(entries, err);
}

struct lg_err store_entries_of(struct store_entries *entries, const struct store_tag *subject,
                               struct arena *arena, uint64_t **out_positions, size_t *out_count) {
    TRY(reading_begin(entries));
    return reading_end(entries,
                       positions_read(&entries->reader, subject, arena, out_positions, out_count));
}

static struct lg_err between_read(struct store_db *db, const int64_t time_ms[static 2],
                                  struct arena *arena, struct store_positions *out_positions) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_SIDE_BETWEEN);
    store_query_number(&query, 1, time_ms[0]);
    store_query_number(&query, 2, time_ms[1]);
    return positions_take(&query, arena, &out_positions->items, &out_positions->count);
}

struct lg_err store_entries_between(struct store_entries *entries, int64_t from_ms, int64_t to_ms,
                                    struct arena *arena, struct store_positions *out_positions) {
    const int64_t time_ms[] = {from_ms, to_ms};
    TRY(reading_begin(entries));
    return reading_end(entries, between_read(&entries->reader, time_ms, arena, out_positions));
}

static struct lg_err detailed_drop(struct store_db *db, int64_t from_ms, int64_t to_ms) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_SIDE_DETAILED_DROP);
    store_query_number(&query, 1, from_ms);
    store_query_number(&query, 2, to_ms);
    return store_query_run(&query);
}

struct lg_err store_entries_detailed_drop(struct store_entries *entries, int64_t from_ms,
                                          int64_t to_ms) {
    TRY(writing_begin(entries));
    return forgetting_end(entries, detailed_drop(&entries->writer, from_ms, to_ms));
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static struct lg_err side_has(struct store_db *db, const struct store_side *side, bool *out_has) {
    OWN(store_query_done) struct store_query query = store_query_of(db, SQL_SIDE_IS);
    side_bind(&query, side);
    *out_has = store_query_next(&query);
    return store_query_end(&query);
}

struct lg_err store_entries_has(struct store_entries *entries, const struct store_side *side,
                                bool *out_has) {
    *out_has = false;
    TRY(reading_begin(entries));
    return reading_end(entries, side_has(&entries->reader, side, out_has));
}
