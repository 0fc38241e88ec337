/* SPDX-License-Identifier: Apache-2.0 */
/* Marks: the staff of an agency, and records that nobody has a reason to see, as tags of tokens. */
#include "gateway/store/signals.h"
#include "gateway/store/store_int.h"

struct lg_err store_mark_label(const struct store *store, const struct store_mark *mark,
                               struct store_tag *out_label) {
    const char *kind = mark->kind == STORE_MARK_STAFF ? "staff" : "canary";
    struct span parts[] = {span_text("mark"), span_text(kind), mark->agency, mark->label};
    return store_user_tag_make(store, STORE_TAG_OPENER, parts, 4, out_label);
}

/* ---- Writing ---- */

/* Whose mark it is, as rows have it. */
struct owner {
    struct store_tag agency;
    struct store_tag label;
};

static struct lg_err mark_drop(struct store *store, const struct store_mark *mark,
                               const struct owner *owner) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_MARK_DROP);
    store_query_bytes(&query, 1, store_tag_span(&owner->agency));
    store_query_number(&query, 2, mark->kind);
    store_query_bytes(&query, 3, store_tag_span(&owner->label));
    return store_query_run(&query);
}

static struct lg_err tag_add(struct store *store, const struct store_mark *mark,
                             const struct owner *owner, const struct store_tag *tag) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_MARK_ADD);
    store_query_bytes(&query, 1, store_tag_span(&owner->agency));
    store_query_number(&query, 2, mark->kind);
    store_query_bytes(&query, 3, store_tag_span(&owner->label));
    store_query_bytes(&query, 4, store_tag_span(tag));
    return store_query_run(&query);
}

static struct lg_err marks_count(struct store *store, const struct store_mark *mark,
                                 const struct owner *owner, uint32_t *out_count) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_MARK_COUNT);
    store_query_bytes(&query, 1, store_tag_span(&owner->agency));
    store_query_number(&query, 2, mark->kind);
    int64_t count = store_query_next(&query) ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    *out_count = (uint32_t)count;
    return LG_OK;
}

static struct lg_err owner_make(const struct store *store, const struct store_mark *mark,
                                struct owner *out_owner) {
    TRY(store_tag_of(store, STORE_TAG_AGENCY, &mark->agency, 1, &out_owner->agency));
    return store_mark_label(store, mark, &out_owner->label);
}

static struct lg_err mark_put(struct store *store, const struct store_mark *mark,
                              struct store_marked *marked) {
    struct owner owner;
    TRY(owner_make(store, mark, &owner));
    TRY(mark_drop(store, mark, &owner));
    TRY(marks_count(store, mark, &owner, &marked->count));
    marked->is_full = mark->tag_count > 0 && marked->count >= LIMIT_SIGNALS_MARKS;
    for (size_t i = 0; i < mark->tag_count && !marked->is_full; i++) {
        TRY(tag_add(store, mark, &owner, &mark->tags[i]));
    }
    marked->count += mark->tag_count > 0 && !marked->is_full ? 1 : 0;
    return LG_OK;
}

/* Full is only what has no row of that label: what was dropped before left room for it. */
struct lg_err store_mark_put(struct store *store, const struct store_mark *mark,
                             struct store_marked *out_marked) {
    *out_marked = (struct store_marked){.is_full = true};
    if (mark->tag_count > STORE_TOKENS_MAX) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    TRY(store_write_begin(store, STORE_URGENT));
    return store_write_end(store, mark_put(store, mark, out_marked));
}

struct lg_err store_mark_tags(const struct store *store, const struct store_token *tokens,
                              size_t count, struct store_tag *out_tags) {
    for (size_t i = 0; i < count; i++) {
        TRY(store_token_tag(store, &tokens[i], &out_tags[i]));
    }
    return LG_OK;
}

bool store_mark_valid(const struct store_mark_change *change, uint64_t through) {
    const struct store_mark *mark = &change->mark;
    return change->log_index < through && store_name_valid(mark->agency) &&
           (mark->kind == STORE_MARK_STAFF || mark->kind == STORE_MARK_CANARY) &&
           mark->label.len > 0 && mark->tag_count <= STORE_TOKENS_MAX;
}

struct lg_err store_mark_apply(struct store *store, const struct store_mark *mark) {
    struct store_marked marked;
    return mark_put(store, mark, &marked);
}

struct lg_err store_marks_leave(struct store *store, const struct store_tag *agency) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_MARK_LEAVE);
    store_query_bytes(&query, 1, store_tag_span(agency));
    return store_query_run(&query);
}

/* ---- Reading ---- */

static struct lg_err number_read(struct store_query *query, int64_t *out_number) {
    *out_number = store_query_next(query) ? store_query_column_number(query, 0) : 0;
    return store_query_end(query);
}

struct lg_err store_mark_standing(struct store_reader *reader, const struct store_mark *mark,
                                  struct store_mark_standing *out_standing) {
    struct owner owner;
    int64_t count = 0;
    int64_t has = 0;
    TRY(owner_make(reader->store, mark, &owner));
    OWN(store_query_done) struct store_query all = store_query_of(&reader->db, SQL_MARK_COUNT);
    store_query_bytes(&all, 1, store_tag_span(&owner.agency));
    store_query_number(&all, 2, mark->kind);
    TRY(number_read(&all, &count));
    OWN(store_query_done) struct store_query one = store_query_of(&reader->db, SQL_MARK_HAS);
    store_query_bytes(&one, 1, store_tag_span(&owner.agency));
    store_query_number(&one, 2, mark->kind);
    store_query_bytes(&one, 3, store_tag_span(&owner.label));
    TRY(number_read(&one, &has));
    *out_standing = (struct store_mark_standing){.count = (uint32_t)count, .has = has != 0};
    return LG_OK;
}

static struct lg_err matches_read(struct store_query *query, struct arena *arena,
                                  struct store_mark_matches *out_matches) {
    struct store_mark_matches matches = {.items = NULL};
    while (matches.count < 2 * LIMIT_SIGNALS_MATCHES && store_query_next(query)) {
        matches.items = arena_more(arena, matches.items, matches.count, sizeof *matches.items);
        if (matches.items == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        struct store_mark_match *match = &matches.items[matches.count++];
        match->kind = (enum store_mark_kind)store_query_column_number(query, 0);
        store_query_column_copy(query, 1, match->label.bytes, sizeof match->label.bytes);
        match->token_class = (enum token_class)store_query_column_number(query, 2);
        store_query_column_copy(query, 3, match->enrolment.bytes, sizeof match->enrolment.bytes);
    }
    TRY(store_query_end(query));
    *out_matches = matches;
    return LG_OK;
}

struct lg_err store_marks_match(struct store_reader *reader, struct span agency,
                                const struct person_id *person, struct arena *arena,
                                struct store_mark_matches *out_matches) {
    struct store_person row;
    struct store_tag tag;
    bool found = false;
    *out_matches = (struct store_mark_matches){.items = NULL};
    TRY(store_person_find(reader, person, &found, &row));
    if (!found) {
        return LG_OK;
    }
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_MARK_MATCH);
    store_query_bytes(&query, 1, store_person_span(&row.id));
    store_query_bytes(&query, 2, store_tag_span(&tag));
    store_query_number(&query, 3, LIMIT_SIGNALS_MATCHES);
    return matches_read(&query, arena, out_matches);
}

struct lg_err store_marks_persons(struct store_reader *reader, struct span agency,
                                  struct arena *arena, struct person_id **out_persons,
                                  size_t *out_count) {
    struct person_id *persons = NULL;
    struct store_tag tag;
    size_t count = 0;
    TRY(store_tag_of(reader->store, STORE_TAG_AGENCY, &agency, 1, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_MARK_PERSONS);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, LIMIT_SIGNALS_PERSONS);
    while (count < LIMIT_SIGNALS_PERSONS && store_query_next(&query)) {
        persons = arena_more(arena, persons, count, sizeof *persons);
        if (persons == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        store_query_column_copy(&query, 0, persons[count].bytes, sizeof persons[count].bytes);
        count++;
    }
    TRY(store_query_end(&query));
    *out_persons = persons;
    *out_count = count;
    return LG_OK;
}
