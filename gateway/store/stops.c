/* SPDX-License-Identifier: Apache-2.0 */
/* Callers who are stopped, derived from the log. */
#include "gateway/store/store_int.h"

static struct store_place stop_place(const struct store_tag *scope) {
    return (struct store_place){.table = "stop", .row = store_tag_span(scope)};
}

static struct lg_err stop_put(struct store *store, const struct store_stop *stop) {
    struct store_tag agency;
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &stop->agency, 1, &agency));
    uint8_t sealed[STORE_REVIEW_BODY_MAX + VAULT_SEAL_OVERHEAD];
    const struct store_place place = stop_place(&stop->scope);
    store_seal(store->seal_key, &place, stop->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_STOP_PUT);
    store_query_bytes(&query, 1, store_tag_span(&stop->scope));
    store_query_number(&query, 2, (int64_t)stop->log_index);
    store_query_bytes(&query, 3, store_tag_span(&agency));
    store_query_bytes(&query, 4, span_of(sealed, stop->body.len + VAULT_SEAL_OVERHEAD));
    if (!stop->is_firm) {
        store_query_number(&query, 5, (int64_t)stop->replaces);
    }
    return store_query_run(&query);
}

struct lg_err store_stop_apply(struct store *store, const struct store_stop *stop) {
    if (!stop->is_lifted) {
        return stop_put(store, stop);
    }
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_STOP_DELETE);
    store_query_bytes(&query, 1, store_tag_span(&stop->scope));
    store_query_number(&query, 2, (int64_t)stop->replaces);
    return store_query_run(&query);
}

struct lg_err store_stops_note(struct store *store) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_STOP_COUNT);
    bool has = store_query_next(&query) && store_query_column_number(&query, 0) > 0;
    TRY(store_query_end(&query));
    /* Before the commit: who looks too early finds nothing, and nobody looks too late, since a stop
     * is acknowledged after it. It never falls again: until the next start a look costs a read. */
    if (has) {
        atomic_store(&store->has_stops, true);
    }
    return LG_OK;
}

bool store_has_stops(const struct store *store) {
    return atomic_load(&store->has_stops);
}

struct lg_err store_stop_check(struct store_reader *reader, const struct store_tag *scopes,
                               size_t count, bool *out_stopped) {
    *out_stopped = false;
    for (size_t i = 0; i < count && !*out_stopped; i++) {
        OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_STOP_GET);
        store_query_bytes(&query, 1, store_tag_span(&scopes[i]));
        *out_stopped = store_query_next(&query);
        TRY(store_query_end(&query));
    }
    return LG_OK;
}

struct lg_err store_stop_find(struct store_reader *reader, const struct store_tag *scope,
                              struct arena *arena, bool *out_found, struct store_stop *out_stop) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_STOP_GET);
    store_query_bytes(&query, 1, store_tag_span(scope));
    *out_found = false;
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    struct store_stop stop = {.scope = *scope};
    stop.log_index = (uint64_t)store_query_column_number(&query, 0);
    const struct store_place place = stop_place(scope);
    TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(&query, 1), arena,
                         &stop.body));
    TRY(store_query_end(&query));
    *out_stop = stop;
    *out_found = true;
    return LG_OK;
}

struct lg_err store_stops_list(struct store_reader *reader, struct span agency, struct arena *arena,
                               struct store_stop **out_stops, size_t *out_count) {
    struct store_stop *stops = NULL;
    size_t count = 0;
    struct store_tag tag;
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_STOP_LIST);
    if (agency.len > 0) {
        store_query_bytes(&query, 1, store_tag_span(&tag));
    }
    store_query_number(&query, 2, STORE_STOPS_MAX);
    while (count < STORE_STOPS_MAX && store_query_next(&query)) {
        stops = arena_more(arena, stops, count, sizeof *stops);
        if (stops == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        struct store_stop *stop = &stops[count++];
        *stop = (struct store_stop){.agency = agency};
        store_query_column_copy(&query, 0, stop->scope.bytes, sizeof stop->scope.bytes);
        stop->log_index = (uint64_t)store_query_column_number(&query, 1);
        const struct store_place place = stop_place(&stop->scope);
        TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(&query, 2), arena,
                             &stop->body));
    }
    TRY(store_query_end(&query));
    *out_stops = stops;
    *out_count = count;
    return LG_OK;
}
