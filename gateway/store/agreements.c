/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to agreements, derived from the log. */
#include "gateway/base/bytes.h"
#include "gateway/store/store_int.h"

/* A row is bound to its place in the log. */
struct act_row {
    uint8_t bytes[8];
};

static struct act_row row_of(uint64_t log_index) {
    struct act_row row;
    struct writer w = writer_of(row.bytes, sizeof row.bytes);
    writer_u64(&w, log_index);
    return row;
}

static struct store_place place_of(const struct act_row *row) {
    return (struct store_place){.table = "agreement_act",
                                .row = span_of(row->bytes, sizeof row->bytes)};
}

struct lg_err store_agreement_act_add(struct store *store, const struct store_agreement_act *act) {
    uint8_t sealed[STORE_AGREEMENT_BODY_MAX + VAULT_SEAL_OVERHEAD];
    const struct act_row row = row_of(act->log_index);
    const struct store_place place = place_of(&row);
    store_seal(store->seal_key, &place, act->body, sealed);
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_AGREEMENT_ACT_ADD);
    store_query_number(&query, 1, (int64_t)act->log_index);
    store_query_number(&query, 2, act->time_ms);
    store_query_bytes(&query, 3, span_of(sealed, act->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

static struct lg_err act_give(struct store_reader *reader, struct store_query *query,
                              struct lg_err (*on_act)(void *, const struct store_agreement_act *),
                              void *ctx) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_agreement_act act = {
        .log_index = (uint64_t)store_query_column_number(query, 0),
        .time_ms = store_query_column_number(query, 1),
    };
    const struct act_row row = row_of(act.log_index);
    const struct store_place place = place_of(&row);
    TRY(arena_new(2 * STORE_AGREEMENT_BODY_MAX, &arena));
    TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(query, 2), arena,
                         &act.body));
    return on_act(ctx, &act);
}

struct lg_err
store_agreement_acts_each(struct store_reader *reader,
                          struct lg_err (*on_act)(void *ctx, const struct store_agreement_act *act),
                          void *ctx) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_AGREEMENT_ACT_LIST);
    while (store_query_next(&query)) {
        TRY(act_give(reader, &query, on_act, ctx));
    }
    return store_query_end(&query);
}
