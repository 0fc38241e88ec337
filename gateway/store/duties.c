/* SPDX-License-Identifier: Apache-2.0 */
/* What was done about duties, derived from the log: one row a duty, with the newest act of each
 * kind, so that however often somebody acts, a duty takes the same room. */
#include "gateway/store/duties.h"

#include <string.h>

#include "gateway/store/store_int.h"

/* A body is bound to its duty and to the kind of act that it is. */
struct act_row {
    uint8_t bytes[STORE_TAG_SIZE + 1];
};

static struct act_row row_of(const struct store_tag *duty, enum store_duty_act_kind kind) {
    struct act_row row;
    memcpy(row.bytes, duty->bytes, sizeof duty->bytes);
    row.bytes[STORE_TAG_SIZE] = (uint8_t)kind;
    return row;
}

static struct store_place place_of(const struct act_row *row) {
    return (struct store_place){.table = "duty_state",
                                .row = span_of(row->bytes, sizeof row->bytes)};
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

static struct lg_err state_make(struct store *store, const struct store_tag *duty,
                                const struct store_tag *agency) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_DUTY_STATE_MAKE);
    store_query_bytes(&query, 1, store_tag_span(duty));
    store_query_bytes(&query, 2, store_tag_span(agency));
    return store_query_run(&query);
}

struct lg_err store_duty_act_apply(struct store *store, const struct store_duty_act *act) {
    static const enum store_sql writes[] = {[STORE_DUTY_TAKEN] = SQL_DUTY_TAKEN,
                                            [STORE_DUTY_DONE] = SQL_DUTY_DONE,
                                            [STORE_DUTY_ESCALATED] = SQL_DUTY_ESCALATED};
    uint8_t sealed[STORE_REVIEW_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct store_tag agency;
    struct store_tag next;
    const struct act_row row = row_of(&act->duty, act->kind);
    const struct store_place place = place_of(&row);
    TRY(store_agency_tag(store, act->agency, &agency));
    TRY(state_make(store, &act->duty, &agency));
    store_seal(store->seal_key, &place, act->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, writes[act->kind]);
    store_query_bytes(&query, 1, store_tag_span(&act->duty));
    store_query_bytes(&query, 2, store_tag_span(&agency));
    store_query_bytes(&query, 3, span_of(sealed, act->body.len + VAULT_SEAL_OVERHEAD));
    if (act->kind == STORE_DUTY_ESCALATED) {
        store_query_number(&query, 4, (int64_t)act->log_index);
    }
    if (act->next.len > 0) {
        TRY(store_agency_tag(store, act->next, &next));
        store_query_bytes(&query, 5, store_tag_span(&next));
    }
    return store_query_run(&query);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

static struct lg_err body_read(const struct store *store, const struct store_tag *duty,
                               enum store_duty_act_kind kind, struct span sealed,
                               struct arena *arena, struct span *out_body) {
    const struct act_row row = row_of(duty, kind);
    const struct store_place place = place_of(&row);
    return sealed.len == 0 ? LG_OK
                           : store_unseal_dup(store->seal_key, &place, sealed, arena, out_body);
}

static struct lg_err state_read(const struct store *store, struct store_query *query,
                                struct arena *arena, struct store_duty_state *out_state) {
    struct store_duty_state state = {.escalated_index =
                                         (uint64_t)store_query_column_number(query, 4)};
    store_query_column_copy(query, 0, state.duty.bytes, sizeof state.duty.bytes);
    TRY(body_read(store, &state.duty, STORE_DUTY_TAKEN, store_query_column(query, 1), arena,
                  &state.taken));
    TRY(body_read(store, &state.duty, STORE_DUTY_DONE, store_query_column(query, 2), arena,
                  &state.done));
    TRY(body_read(store, &state.duty, STORE_DUTY_ESCALATED, store_query_column(query, 3), arena,
                  &state.escalated));
    *out_state = state;
    return LG_OK;
}

struct lg_err store_duty_state_read(struct store_reader *reader, const struct store_tag *duty,
                                    struct arena *arena, struct store_duty_state *out_state) {
    *out_state = (struct store_duty_state){.duty = *duty};
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_DUTY_STATE_GET);
    store_query_bytes(&query, 1, store_tag_span(duty));
    if (store_query_next(&query)) {
        TRY(state_read(reader->store, &query, arena, out_state));
    }
    return store_query_end(&query);
}

struct lg_err store_duty_states_next(struct store_reader *reader, struct span agency,
                                     uint64_t before_index, struct arena *arena,
                                     struct store_duty_states *out_states) {
    struct store_tag tag;
    struct store_duty_states states = {
        .items = arena_array(arena, LIMIT_DUTY_PAGE, sizeof *states.items)};
    if (states.items == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(store_agency_tag(reader->store, agency, &tag));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_DUTY_STATE_NEXT);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, before_index > INT64_MAX ? INT64_MAX : (int64_t)before_index);
    store_query_number(&query, 3, LIMIT_DUTY_PAGE);
    while (states.count < LIMIT_DUTY_PAGE && store_query_next(&query)) {
        TRY(state_read(reader->store, &query, arena, &states.items[states.count]));
        states.count++;
    }
    *out_states = states;
    return store_query_end(&query);
}

struct lg_err store_tellings_list(struct store_reader *reader,
                                  const struct store_telling_look *look,
                                  struct store_telling out[static LIMIT_DUTY_TURN],
                                  size_t *out_count) {
    size_t count = 0;
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_DUTY_TELLINGS);
    store_query_number(&query, 1, look->kind);
    store_query_number(&query, 2, look->opened_before_ms);
    store_query_number(&query, 3, look->after.opened_ms);
    store_query_bytes(&query, 4, span_of(look->after.id.bytes, sizeof look->after.id.bytes));
    store_query_number(&query, 5, LIMIT_DUTY_TURN);
    while (count < LIMIT_DUTY_TURN && store_query_next(&query)) {
        store_query_column_copy(&query, 0, out[count].id.bytes, sizeof out[count].id.bytes);
        out[count].opened_ms = store_query_column_number(&query, 1);
        count++;
    }
    *out_count = count;
    return store_query_end(&query);
}
