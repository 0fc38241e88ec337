/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of limits as far as they were reserved: a key and the moment at which it is empty. */
#include "gateway/store/store_int.h"

static struct lg_err counters_write(struct store *store, const struct store_counter *counters,
                                    size_t count) {
    for (size_t i = 0; i < count; i++) {
        OWN(store_query_done)
        struct store_query query = store_query_of(&store->db, SQL_COUNTER_PUT);
        store_query_bytes(&query, 1, store_tag_span(&counters[i].key));
        store_query_number(&query, 2, counters[i].empty_at_us);
        TRY(store_query_run(&query));
    }
    return LG_OK;
}

struct lg_err store_counters_put(struct store *store, const struct store_counter *counters,
                                 size_t count) {
    if (count > STORE_COUNTERS_MAX) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_write_begin(store, STORE_URGENT));
    return store_write_end(store, counters_write(store, counters, count));
}

static struct lg_err counters_drop(struct store *store, int64_t through_us) {
    OWN(store_query_done) struct store_query drop = store_query_of(&store->db, SQL_COUNTER_DROP);
    store_query_number(&drop, 1, through_us);
    return store_query_run(&drop);
}

static struct lg_err counters_swap(struct store *store, const struct store_counter *counters,
                                   size_t count) {
    TRY(counters_drop(store, INT64_MAX));
    return counters_write(store, counters, count);
}

struct lg_err store_counters_replace(struct store *store, const struct store_counter *counters,
                                     size_t count) {
    TRY(store_write_begin(store, STORE_URGENT));
    return store_write_end(store, counters_swap(store, counters, count));
}

static struct lg_err counters_read(struct store *store, int64_t now_us,
                                   void (*on_counter)(void *ctx, const struct store_counter *it),
                                   void *ctx) {
    TRY(counters_drop(store, now_us));
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_COUNTER_LIST);
    while (store_query_next(&query)) {
        struct store_counter counter;
        store_query_column_copy(&query, 0, counter.key.bytes, sizeof counter.key.bytes);
        counter.empty_at_us = store_query_column_number(&query, 1);
        on_counter(ctx, &counter);
    }
    return store_query_end(&query);
}

struct lg_err store_counters_load(struct store *store, int64_t now_us,
                                  void (*on_counter)(void *ctx, const struct store_counter *it),
                                  void *ctx) {
    TRY(store_write_begin(store, STORE_URGENT));
    return store_write_end(store, counters_read(store, now_us, on_counter, ctx));
}
