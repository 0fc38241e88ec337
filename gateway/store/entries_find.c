/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for sides of one agency: by the index that leads to the fewest rows. */
#include "gateway/base/assert.h"
#include "gateway/store/entry_duties.h"
#include "gateway/store/entry_tags.h"
#include "gateway/store/store_int.h"

/* Questions and parts, AUDIT_ASK and AUDIT_RELEASE: side_kind of sql.c has no rows of them. */
enum { KIND_COMMON_MAX = 2 };

static enum store_sql statement_of(const struct store_side_filter *filter) {
    const struct {
        bool leads;
        enum store_sql sql;
    } ways[] = {
        {filter->subject != NULL, SQL_SIDES_OF_SUBJECT},
        {filter->question != NULL, SQL_SIDES_OF_QUESTION},
        {filter->system != 0, SQL_SIDES_OF_SYSTEM},
        {filter->actor != 0, SQL_SIDES_OF_ACTOR},
        {filter->in_emergency, SQL_SIDES_IN_EMERGENCY},
        {filter->other != 0, SQL_SIDES_OF_OTHER},
        {filter->agreement != 0, SQL_SIDES_OF_AGREEMENT},
        {filter->purpose != 0, SQL_SIDES_OF_PURPOSE},
        {filter->kind > KIND_COMMON_MAX, SQL_SIDES_OF_KIND},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (ways[i].leads) {
            return ways[i].sql;
        }
    }
    return SQL_SIDES;
}

/* One number, or `none` where it is NULL: a blob of it is then empty. */
static struct lg_err pace_read(struct store_db *db, enum store_sql sql, int64_t time_ms,
                               int64_t none, int64_t *out_position) {
    OWN(store_query_done) struct store_query query = store_query_of(db, sql);
    store_query_number(&query, 1, time_ms);
    bool is_row = store_query_next(&query);
    bool is_null = !is_row || store_query_column(&query, 0).len == 0;
    *out_position = is_null ? none : store_query_column_number(&query, 0);
    return store_query_end(&query);
}

static int64_t later(int64_t time_ms, int64_t by_ms) {
    return time_ms > INT64_MAX - by_ms ? INT64_MAX : time_ms + by_ms;
}

/* Between which positions the times of the filter lie. A part's row has its day on one side, what
 * cannot be opened counts with the end of its day, and entries of one flush change places: so two
 * days more at the end. */
static struct lg_err pace_bind(struct store_db *db, const struct store_side_filter *filter,
                               struct store_query *query) {
    static const int64_t DAY_MS = 86400000;
    int64_t from = 0;
    int64_t to = INT64_MAX;
    TRY(pace_read(db, SQL_PACE_FROM, filter->from_ms, 0, &from));
    TRY(pace_read(db, SQL_PACE_TO, later(filter->to_ms, 2 * DAY_MS), INT64_MAX, &to));
    int64_t before = filter->before > INT64_MAX ? INT64_MAX : (int64_t)filter->before;
    store_query_number(query, 2, to < before ? to : before);
    store_query_number(query, 3, from);
    return LG_OK;
}

static void filter_bind(struct store_query *query, const struct store_side_filter *filter) {
    store_query_number(query, 1, filter->agency);
    store_query_number(query, 4, filter->from_ms);
    store_query_number(query, 5, filter->to_ms);
    store_query_number(query, 6, filter->role);
    store_query_number(query, 7, filter->other);
    store_query_number(query, 8, filter->agreement);
    store_query_number(query, 9, filter->purpose);
    store_query_number(query, 10, filter->basis);
    store_query_number(query, 11, filter->kind);
    store_query_number(query, 12, filter->decision);
    store_query_number(query, 13, filter->in_emergency ? 1 : 0);
    if (filter->question != NULL) {
        store_query_bytes(query, 14, store_tag_span(filter->question));
    }
    if (filter->subject != NULL) {
        store_query_bytes(query, 15, store_tag_span(filter->subject));
    }
    store_query_number(query, 17, filter->system);
    store_query_number(query, 18, filter->actor);
}

/* Columns as SIDE_COLUMNS of sql.c has them. */
static struct lg_err side_read(const struct store *store, struct store_query *query,
                               struct arena *arena, struct store_side *side) {
    struct store_side_text text;
    side->position = (uint64_t)store_query_column_number(query, 0);
    side->role = (enum store_side_role)store_query_column_number(query, 1);
    side->has_subject = store_query_column(query, 2).len > 0;
    if (side->has_subject) {
        store_query_column_copy(query, 2, side->subject.bytes, sizeof side->subject.bytes);
    }
    store_query_column_copy(query, 3, side->question.bytes, sizeof side->question.bytes);
    side->other = store_query_column_number(query, 4);
    side->agreement = store_query_column_number(query, 5);
    side->purpose = store_query_column_number(query, 6);
    side->basis = store_query_column_number(query, 7);
    side->time_ms = store_query_column_number(query, 8);
    side->kind = (unsigned)store_query_column_number(query, 9);
    side->decision = (unsigned)store_query_column_number(query, 10);
    side->is_emergency = store_query_column_number(query, 11) != 0;
    side->system = store_query_column_number(query, 12);
    side->actor = store_query_column_number(query, 13);
    side->is_received = store_query_column_number(query, 14) != 0;
    struct span body = store_query_column(query, 15);
    const struct store_place place = store_side_place(side, &text);
    /* A row that the disk changed ruins the file: else every search would meet it. */
    return body.len == 0 ? LG_OK
                         : store_unseal_dup(store->seal_key, &place, body, arena, &side->detail);
}

struct finding {
    const struct store_side_filter *filter;
    struct arena *arena;
    struct store_sides_found found;
};

static struct lg_err sides_find(void *ctx, const struct store *store, struct store_db *db) {
    struct finding *it = ctx;
    struct store_sides_found *found = &it->found;
    OWN(store_query_done) struct store_query query = store_query_of(db, statement_of(it->filter));
    filter_bind(&query, it->filter);
    TRY(pace_bind(db, it->filter, &query));
    store_query_number(&query, 16, (int64_t)it->filter->most);
    while (store_query_next(&query)) {
        found->sides = arena_more(it->arena, found->sides, found->count, sizeof *found->sides);
        if (found->sides == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        struct store_side *side = &found->sides[found->count++];
        *side = (struct store_side){.agency = it->filter->agency};
        TRY(side_read(store, &query, it->arena, side));
    }
    return store_query_end(&query);
}

struct lg_err store_entries_find(struct store_entries *entries,
                                 const struct store_side_filter *filter, struct arena *arena,
                                 struct store_sides_found *out_found) {
    struct finding it = {.filter = filter, .arena = arena};
    TRY(store_entries_read(entries, sides_find, &it));
    *out_found = it.found;
    return LG_OK;
}
