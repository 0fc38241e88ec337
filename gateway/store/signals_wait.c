/* SPDX-License-Identifier: Apache-2.0 */
/* Cases of the rules of misuse that are not opened yet, and when the next are. */
#include "gateway/store/signals.h"
#include "gateway/store/store_int.h"

static const char moment_name[] = "signals_moment";

static struct span review_span(const struct review_id *id) {
    return span_of(id->bytes, sizeof id->bytes);
}

/* A body that changed its place does not open. */
static struct store_place place_of(const struct review_id *id) {
    return (struct store_place){.table = "signal_wait", .row = review_span(id)};
}

/* ---- Writing ---- */

static struct lg_err wait_add(struct store *store, const struct store_signal_wait *wait) {
    uint8_t sealed[STORE_REVIEW_BODY_MAX + VAULT_SEAL_OVERHEAD];
    const struct store_place place = place_of(&wait->review);
    store_seal(store->seal_key, &place, wait->body, sealed);
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_SIGNAL_WAIT_ADD);
    store_query_bytes(&query, 1, review_span(&wait->review));
    store_query_bytes(&query, 2, span_of(sealed, wait->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

static struct lg_err hits_wait(struct store *store, const struct store_signal *signals,
                               size_t count, const struct store_signal_wait *wait) {
    TRY(store_signals_put(store, signals, count));
    return wait_add(store, wait);
}

struct lg_err store_signals_wait(struct store *store, const struct store_signal *signals,
                                 size_t count, const struct store_signal_wait *wait) {
    if (wait->body.len > STORE_REVIEW_BODY_MAX) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_write_begin(store, STORE_BACKGROUND));
    return store_write_end(store, hits_wait(store, signals, count, wait));
}

static struct lg_err wait_drop(struct store *store, const struct review_id *review) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_SIGNAL_WAIT_DROP);
    store_query_bytes(&query, 1, review_span(review));
    return store_query_run(&query);
}

static struct lg_err moment_put(struct store *store, int64_t next_ms) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_META_PUT);
    store_query_text(&query, 1, moment_name);
    store_query_number(&query, 2, next_ms);
    return store_query_run(&query);
}

static struct lg_err opened_put(struct store *store, const struct store_signal_wait *opened,
                                size_t count, int64_t next_ms) {
    for (size_t i = 0; i < count; i++) {
        TRY(wait_drop(store, &opened[i].review));
    }
    return moment_put(store, next_ms);
}

struct lg_err store_signals_opened(struct store *store, const struct store_signal_wait *opened,
                                   size_t count, int64_t next_ms) {
    TRY(store_write_begin(store, STORE_BACKGROUND));
    return store_write_end(store, opened_put(store, opened, count, next_ms));
}

/* ---- Reading ---- */

struct lg_err store_signal_is_waiting(struct store_reader *reader, const struct review_id *review,
                                      bool *out_is) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_WAIT_IS);
    store_query_bytes(&query, 1, review_span(review));
    bool is = store_query_next(&query);
    TRY(store_query_end(&query));
    *out_is = is;
    return LG_OK;
}

struct lg_err store_signals_waiting_count(struct store_reader *reader, size_t *out_count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_WAIT_COUNT);
    int64_t count = store_query_next(&query) ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    *out_count = (size_t)count;
    return LG_OK;
}

struct lg_err store_signals_waiting(struct store_reader *reader, struct arena *arena,
                                    struct store_signal_wait **out_waiting, size_t *out_count) {
    struct store_signal_wait *waiting = NULL;
    size_t count = 0;
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SIGNAL_WAIT_LIST);
    store_query_number(&query, 1, LIMIT_SIGNALS_WAITING);
    while (count < LIMIT_SIGNALS_WAITING && store_query_next(&query)) {
        waiting = arena_more(arena, waiting, count, sizeof *waiting);
        if (waiting == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        struct store_signal_wait *wait = &waiting[count++];
        store_query_column_copy(&query, 0, wait->review.bytes, sizeof wait->review.bytes);
        const struct store_place place = place_of(&wait->review);
        struct lg_err err = store_unseal_dup(reader->store->seal_key, &place,
                                             store_query_column(&query, 1), arena, &wait->body);
        if (lg_err_class(err) == LG_CLASS_LIMIT) {
            return err;
        }
        wait->body = lg_failed(err) ? span_of(NULL, 0) : wait->body;
    }
    TRY(store_query_end(&query));
    *out_waiting = waiting;
    *out_count = count;
    return LG_OK;
}

struct lg_err store_signals_moment(struct store_reader *reader, bool *out_found,
                                   int64_t *out_next_ms) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_META_GET);
    store_query_text(&query, 1, moment_name);
    bool found = store_query_next(&query);
    int64_t next_ms = found ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    *out_found = found;
    *out_next_ms = next_ms;
    return LG_OK;
}
