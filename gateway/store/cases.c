/* SPDX-License-Identifier: Apache-2.0 */
/* Review cases, derived from the log: opened once, a state that only rises, and what was done. */
#include <assert.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/store/store_int.h"

static struct span id_span(const struct review_id *id) {
    return span_of(id->bytes, sizeof id->bytes);
}

static struct store_place case_place(const struct review_id *id) {
    return (struct store_place){.table = "review", .row = id_span(id)};
}

static struct store_place act_place(const struct review_id *id) {
    return (struct store_place){.table = "review_act", .row = id_span(id)};
}

/* ---- Writing -----------------------------------------------------------------------------------
 */

static struct lg_err case_add(struct store *store, const struct store_review *review) {
    uint8_t sealed[STORE_REVIEW_BODY_MAX + VAULT_SEAL_OVERHEAD];
    const struct store_place place = case_place(&review->id);
    store_seal(store->seal_key, &place, review->body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_REVIEW_ADD);
    store_query_bytes(&query, 1, id_span(&review->id));
    store_query_number(&query, 2, review->kind);
    store_query_number(&query, 3, STORE_REVIEW_OPEN);
    store_query_bytes(&query, 4, store_tag_span(&review->opener));
    store_query_number(&query, 5, review->opened_ms);
    store_query_number(&query, 6, review->due_ms);
    store_query_number(&query, 7, (int64_t)review->log_index);
    store_query_bytes(&query, 8, span_of(sealed, review->body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

static struct lg_err agency_tag(const struct store *store, struct span agency,
                                struct store_tag *out_tag) {
    return store_tag_of(store, STORE_TAG_AGENCY, &agency, 1, out_tag);
}

/* The id by which a source's side knows the case; the side that reviews has the case's own. */
static struct lg_err side_id(const struct store *store, const struct review_id *id,
                             struct span agency, struct store_tag *out_id) {
    struct span parts[] = {id_span(id), agency};
    return store_tag_of(store, STORE_TAG_REVIEW_SIDE, parts, 2, out_id);
}

static struct lg_err side_add(struct store *store, const struct store_review *review,
                              struct span agency, bool is_own) {
    struct store_tag tag;
    struct store_tag side;
    TRY(agency_tag(store, agency, &tag));
    TRY(side_id(store, &review->id, agency, &side));
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SIDE_ADD);
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, (int64_t)review->log_index);
    store_query_bytes(&query, 3, id_span(&review->id));
    store_query_bytes(&query, 4, is_own ? id_span(&review->id) : store_tag_span(&side));
    store_query_number(&query, 5, is_own ? 1 : 0);
    return store_query_run(&query);
}

struct lg_err store_review_open(struct store *store, const struct store_review_open *open) {
    TRY(case_add(store, &open->review));
    if (store_db_changes(&store->db) == 0) {
        return LG_OK; /* the id is taken: the older case stays as it is */
    }
    for (size_t i = 0; i < open->sides.count; i++) {
        TRY(side_add(store, &open->review, open->sides.items[i], i == 0));
    }
    return LG_OK;
}

/* While it is open: of a case that was closed in that moment nobody else gets to know. */
static struct lg_err case_lapse(struct store *store, const struct store_review_act *act,
                                bool *out_is_first) {
    struct store_tag tag;
    struct store_tag side;
    TRY(agency_tag(store, act->next_side, &tag));
    TRY(side_id(store, &act->id, act->next_side, &side));
    OWN(store_query_done) struct store_query next = store_query_of(&store->db, SQL_SIDE_NEXT);
    store_query_bytes(&next, 1, store_tag_span(&tag));
    store_query_bytes(&next, 2, id_span(&act->id));
    store_query_bytes(&next, 3, store_tag_span(&side));
    TRY(store_query_run(&next));
    OWN(store_query_done) struct store_query lapse = store_query_of(&store->db, SQL_REVIEW_LAPSE);
    store_query_bytes(&lapse, 1, id_span(&act->id));
    TRY(store_query_run(&lapse));
    *out_is_first = store_db_changes(&store->db) > 0;
    return LG_OK;
}

static_assert(
    LIMIT_STORE_REVIEW_ACTS_KEPT > LIMIT_STORE_REVIEW_ACTS_LAST + LIMIT_STORE_REVIEW_ACTS_LAPSE,
    "after the last escalation somebody can take the case, before its lapse and after it");

/* Whoever has a case can close it, so that of acts which were checked at one moment those that
 * leave it with nobody have to leave room for who takes it: an escalation, and the lapse. */
static int64_t acts_max(const struct store_review_act *act, bool is_first_lapse) {
    return act->state >= STORE_REVIEW_ESCALATED && !is_first_lapse ? STORE_REVIEW_ACTS_ESCALATED_MAX
                                                                   : STORE_REVIEW_ACTS_OPEN_MAX;
}

struct lg_err store_review_act(struct store *store, const struct store_review_act *act) {
    bool is_first_lapse = false;
    if (act->is_lapse) {
        TRY(case_lapse(store, act, &is_first_lapse));
    }
    uint8_t sealed[STORE_REVIEW_BODY_MAX + VAULT_SEAL_OVERHEAD];
    const struct store_place place = act_place(&act->id);
    store_seal(store->seal_key, &place, act->body, sealed);
    OWN(store_query_done) struct store_query add = store_query_of(&store->db, SQL_ACT_ADD);
    store_query_number(&add, 1, (int64_t)act->log_index);
    store_query_bytes(&add, 2, id_span(&act->id));
    store_query_number(&add, 3, act->state);
    store_query_bytes(&add, 4, span_of(sealed, act->body.len + VAULT_SEAL_OVERHEAD));
    store_query_number(&add, 5, STORE_REVIEW_CLOSED);
    store_query_number(&add, 6, acts_max(act, is_first_lapse));
    store_query_number(&add, 7,
                       act->state >= STORE_REVIEW_ESCALATED ? 0 : LIMIT_STORE_REVIEW_ACTS_LAPSE);
    TRY(store_query_run(&add));
    OWN(store_query_done) struct store_query rise = store_query_of(&store->db, SQL_REVIEW_RISE);
    store_query_bytes(&rise, 1, id_span(&act->id));
    store_query_number(&rise, 2, act->state);
    return store_query_run(&rise);
}

/* ---- Reading -----------------------------------------------------------------------------------
 */

struct lg_err store_review_find(struct store_reader *reader, const struct review_id *id,
                                struct arena *arena, bool *out_found,
                                struct store_review *out_review) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_REVIEW_GET);
    store_query_bytes(&query, 1, id_span(id));
    *out_found = false;
    if (!store_query_next(&query)) {
        return store_query_end(&query);
    }
    struct store_review review = {.id = *id};
    review.kind = (uint32_t)store_query_column_number(&query, 1);
    review.state = (enum store_review_state)store_query_column_number(&query, 2);
    store_query_column_copy(&query, 3, review.opener.bytes, sizeof review.opener.bytes);
    review.opened_ms = store_query_column_number(&query, 4);
    review.due_ms = store_query_column_number(&query, 5);
    review.log_index = (uint64_t)store_query_column_number(&query, 6);
    const struct store_place place = case_place(id);
    TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(&query, 7), arena,
                         &review.body));
    TRY(store_query_end(&query));
    *out_review = review;
    *out_found = true;
    return LG_OK;
}

struct lg_err store_reviews_count(struct store_reader *reader,
                                  const struct store_review_count *which, uint32_t *out_count) {
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_REVIEW_COUNT);
    store_query_bytes(&query, 1, store_tag_span(&which->opener));
    store_query_number(&query, 2, which->kind);
    store_query_number(&query, 3, which->opened_after_ms);
    store_query_number(&query, 4, which->due_before_ms);
    store_query_number(&query, 5,
                       which->is_unclosed ? STORE_REVIEW_CLOSED : STORE_REVIEW_CLOSED + 1);
    store_query_number(&query, 6, STORE_REVIEW_COUNT_MAX);
    int64_t count = store_query_next(&query) ? store_query_column_number(&query, 0) : 0;
    TRY(store_query_end(&query));
    *out_count = (uint32_t)count;
    return LG_OK;
}

struct lg_err store_review_side_find(struct store_reader *reader, struct span agency,
                                     const struct review_id *id, struct arena *arena,
                                     struct store_review_side *out_side) {
    struct store_tag tag;
    TRY(agency_tag(reader->store, agency, &tag));
    struct review_id whole;
    out_side->is_found = false;
    {
        OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SIDE_GET);
        store_query_bytes(&query, 1, store_tag_span(&tag));
        store_query_bytes(&query, 2, id_span(id));
        if (!store_query_next(&query)) {
            return store_query_end(&query);
        }
        store_query_column_copy(&query, 0, whole.bytes, sizeof whole.bytes);
        out_side->is_own = store_query_column_number(&query, 1) != 0;
        TRY(store_query_end(&query));
    }
    out_side->id = *id;
    return store_review_find(reader, &whole, arena, &out_side->is_found, &out_side->review);
}

struct lg_err store_reviews_due(struct store_reader *reader, const struct store_due_look *look,
                                struct arena *arena, struct store_review_due **out_dues,
                                size_t *out_count) {
    static const struct store_review_due before_all = {.due_ms = INT64_MIN};
    struct store_review_due *dues = arena_array(arena, STORE_REVIEWS_DUE_MAX, sizeof *dues);
    size_t count = 0;
    if (dues == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    const struct store_review_due *after = look->after == NULL ? &before_all : look->after;
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_REVIEW_DUE);
    store_query_number(&query, 1, look->now_ms);
    store_query_number(&query, 2, (int64_t)STORE_REVIEWS_DUE_MAX);
    store_query_number(&query, 3, after->due_ms);
    store_query_bytes(&query, 4, id_span(&after->id));
    while (count < STORE_REVIEWS_DUE_MAX && store_query_next(&query)) {
        store_query_column_copy(&query, 0, dues[count].id.bytes, sizeof dues[count].id.bytes);
        dues[count].due_ms = store_query_column_number(&query, 1);
        count++;
    }
    TRY(store_query_end(&query));
    *out_dues = dues;
    *out_count = count;
    return LG_OK;
}

struct lg_err store_reviews_closed(struct store_reader *reader,
                                   const struct store_closing_look *look,
                                   struct store_review_closing *out, size_t *out_count) {
    size_t count = 0;
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_ACT_CLOSED);
    store_query_number(&query, 1, look->from > INT64_MAX ? INT64_MAX : (int64_t)look->from);
    store_query_number(&query, 2, look->to > INT64_MAX ? INT64_MAX : (int64_t)look->to);
    store_query_number(&query, 3, (int64_t)look->count);
    while (count < look->count && store_query_next(&query)) {
        out[count] = (struct store_review_closing){
            .log_index = (uint64_t)store_query_column_number(&query, 0),
            .kind = (uint32_t)store_query_column_number(&query, 1),
            .opened_ms = store_query_column_number(&query, 2),
        };
        store_query_column_copy(&query, 3, out[count].id.bytes, sizeof out[count].id.bytes);
        count++;
    }
    *out_count = count;
    return store_query_end(&query);
}

/* Ids first, cases after: a statement is used by one row at a time. */
static struct lg_err sides_read(struct store_reader *reader, const struct store_review_list *which,
                                struct arena *arena, struct store_review_side **out_sides,
                                size_t *out_count) {
    struct store_tag tag;
    struct store_review_side *sides = NULL;
    size_t count = 0;
    TRY(agency_tag(reader->store, which->agency, &tag));
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_SIDE_LIST);
    uint64_t before = which->before_index > INT64_MAX ? INT64_MAX : which->before_index;
    store_query_bytes(&query, 1, store_tag_span(&tag));
    store_query_number(&query, 2, (int64_t)before);
    store_query_number(&query, 3,
                       which->is_unclosed ? STORE_REVIEW_CLOSED : STORE_REVIEW_CLOSED + 1);
    store_query_number(&query, 4, STORE_REVIEW_LIST_MAX);
    store_query_number(&query, 5, which->kept_kind);
    store_query_bytes(&query, 6, store_tag_span(&which->kept_opener));
    while (count < STORE_REVIEW_LIST_MAX && store_query_next(&query)) {
        sides = arena_more(arena, sides, count, sizeof *sides);
        if (sides == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        struct store_review_side *side = &sides[count++];
        *side = (struct store_review_side){.is_found = true};
        store_query_column_copy(&query, 0, side->review.id.bytes, MODEL_REVIEW_ID_SIZE);
        store_query_column_copy(&query, 1, side->id.bytes, MODEL_REVIEW_ID_SIZE);
        side->is_own = store_query_column_number(&query, 2) != 0;
    }
    TRY(store_query_end(&query));
    *out_sides = sides;
    *out_count = count;
    return LG_OK;
}

static struct lg_err list_read(struct store_reader *reader, const struct store_review_list *which,
                               struct arena *arena, struct store_review_side **out_sides,
                               size_t *out_count) {
    TRY(sides_read(reader, which, arena, out_sides, out_count));
    for (size_t i = 0; i < *out_count; i++) {
        struct review_id id = (*out_sides)[i].review.id;
        bool found = false;
        TRY(store_review_find(reader, &id, arena, &found, &(*out_sides)[i].review));
        if (!found) {
            return store_fail(LG_CLASS_STORE, STORE_CORRUPT); /* a side without its case */
        }
    }
    return LG_OK;
}

struct lg_err store_reviews_list(struct store_reader *reader, const struct store_review_list *which,
                                 struct arena *arena, struct store_review_side **out_sides,
                                 size_t *out_count) {
    TRY(store_db_begin(&reader->db, false));
    return store_db_end(&reader->db, list_read(reader, which, arena, out_sides, out_count));
}

struct lg_err store_review_acts_read(struct store_reader *reader, const struct review_id *id,
                                     struct arena *arena, struct store_review_act **out_acts,
                                     size_t *out_count) {
    struct store_review_act *acts = NULL;
    size_t count = 0;
    const struct store_place place = act_place(id);
    OWN(store_query_done) struct store_query query = store_query_of(&reader->db, SQL_ACT_LIST);
    store_query_bytes(&query, 1, id_span(id));
    store_query_number(&query, 2, STORE_REVIEW_ACTS_MAX);
    while (count < STORE_REVIEW_ACTS_MAX && store_query_next(&query)) {
        acts = arena_more(arena, acts, count, sizeof *acts);
        if (acts == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        struct store_review_act *act = &acts[count++];
        *act = (struct store_review_act){.id = *id};
        act->log_index = (uint64_t)store_query_column_number(&query, 0);
        act->state = (enum store_review_state)store_query_column_number(&query, 1);
        TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(&query, 2), arena,
                             &act->body));
    }
    TRY(store_query_end(&query));
    *out_acts = acts;
    *out_count = count;
    return LG_OK;
}
