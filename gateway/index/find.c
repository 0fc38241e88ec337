/* SPDX-License-Identifier: Apache-2.0 */
/* A search: rows of the file below what it covers, and above that entries derived in memory, by the
 * same filter. For a person each quarter and each id has a tag of its own; quarters come newest
 * first, and so do their entries. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/index/index_int.h"

/* One search at work. */
struct finding {
    struct index_log *index;
    const struct index_query *query;
    struct arena *arena;
    struct store_side_filter filter;
    struct store_tag question;
    struct store_tag *tags; /* of the person: quarters, newest first, each with person_count ids */
    size_t quarter_count;
    size_t id_count;
    struct store_side *sides;
    size_t count;
};

static void filter_make(struct finding *finding) {
    const struct index_query *query = finding->query;
    const struct store *store = finding->index->config.store;
    finding->filter = (struct store_side_filter){
        .agency = store_entry_word(store, query->agency),
        .role = query->role,
        .other = store_entry_word(store, query->other),
        .agreement = store_entry_word(store, query->agreement),
        .purpose = store_entry_word(store, query->purpose),
        .basis = store_entry_word(store, query->basis),
        .kind = query->kind,
        .decision = query->decision,
        .in_emergency = query->in_emergency,
        .system = store_entry_word(store, query->system),
        .actor = store_entry_word(store, query->user_id),
        .from_ms = query->from_ms,
        .to_ms = query->to_ms == 0 ? INT64_MAX : query->to_ms,
        .before = query->before,
        .most = query->most + 1, /* to know whether there are more */
    };
    if (query->question != NULL) {
        store_entry_question(store, query->question, &finding->question);
        finding->filter.question = &finding->question;
    }
}

/* ---- The person's tags -------------------------------------------------------------------------
 */

/* A random tag where there is no key: it leads to nothing, by the same work. */
static struct lg_err tag_make(const struct finding *finding, size_t id, uint32_t quarter,
                              struct store_tag *out_tag) {
    OWN(vault_key_free) struct vault_key *key = NULL;
    struct store *store = finding->index->config.store;
    struct person_id person;
    vault_random(person.bytes, sizeof person.bytes);
    if (id < finding->query->person_count) {
        person = finding->query->persons[id];
    }
    TRY(store_key_find(store, &person, quarter, &key));
    vault_random(out_tag->bytes, sizeof out_tag->bytes);
    if (key != NULL) {
        store_entry_subject(store, key, out_tag);
    }
    return LG_OK;
}

/* From the quarter of now back to that of the first entry. */
static struct lg_err quarters_find(struct finding *finding, uint32_t *out_newest) {
    struct index_derived first;
    TRY(index_read(finding->index, 0, finding->arena, &first));
    *out_newest = audit_quarter(finding->query->now_ms);
    if (*out_newest < first.entry.quarter) {
        *out_newest = first.entry.quarter; /* the clock stepped back */
    }
    size_t count = *out_newest - first.entry.quarter + (size_t)1;
    finding->quarter_count = count < LIMIT_INDEX_QUARTERS ? count : LIMIT_INDEX_QUARTERS;
    return LG_OK;
}

static struct lg_err tags_make(struct finding *finding) {
    uint32_t newest = 0;
    size_t ids = finding->query->person_count;
    TRY(quarters_find(finding, &newest));
    finding->id_count = ids > 0 ? ids : 1;
    finding->tags = arena_array(finding->arena, finding->quarter_count * finding->id_count,
                                sizeof *finding->tags);
    TRY(arena_failed(finding->arena));
    for (size_t i = 0; i < finding->quarter_count * finding->id_count; i++) {
        uint32_t quarter = newest - (uint32_t)(i / finding->id_count);
        TRY(tag_make(finding, i % finding->id_count, quarter, &finding->tags[i]));
    }
    return LG_OK;
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

static struct lg_err side_add(struct finding *finding, const struct store_side *side) {
    finding->sides =
        arena_more(finding->arena, finding->sides, finding->count, sizeof *finding->sides);
    if (finding->sides == NULL) {
        return arena_failed(finding->arena);
    }
    finding->sides[finding->count++] = *side;
    return LG_OK;
}

static bool is_wanted(const struct finding *finding, const struct store_side *side) {
    struct store_side_filter filter = finding->filter;
    if (!finding->query->by_person) {
        return store_side_matches(&filter, side);
    }
    for (size_t i = 0; i < finding->quarter_count * finding->id_count; i++) {
        filter.subject = &finding->tags[i];
        if (store_side_matches(&filter, side)) {
            return true;
        }
    }
    return false;
}

static int newest_first(const void *a, const void *b) {
    const struct store_side *x = a;
    const struct store_side *y = b;
    if (x->position != y->position) {
        return x->position > y->position ? -1 : 1;
    }
    return (int)x->role - (int)y->role;
}

/* Entries that the file does not cover yet, in stretches whose memory is given back but for what
 * was found. */
static struct lg_err stretch_add(struct finding *finding, struct index_stretch *stretch) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_derived *derived = NULL;
    TRY(arena_new((size_t)LIMIT_INDEX_BATCH * INDEX_ENTRY_ARENA, &arena));
    TRY(index_derive(finding->index, stretch, arena, &derived));
    for (size_t i = 0; i < stretch->count && !stretch->is_spent; i++) {
        struct store_side rows[INDEX_SIDES_MAX];
        size_t row_count = 0;
        TRY(index_sides(finding->index, &derived[i], NULL, rows, &row_count));
        for (size_t j = 0; j < row_count; j++) {
            if (is_wanted(finding, &rows[j])) {
                rows[j].detail = arena_copy(finding->arena, rows[j].detail);
                TRY(side_add(finding, &rows[j]));
            }
        }
    }
    return LG_OK;
}

static struct lg_err tail_add(struct finding *finding, uint64_t from, uint64_t to,
                              uint64_t *out_covered) {
    struct index_stretch stretch = {.first = from,
                                    .trials = LIMIT_INDEX_TRIALS,
                                    .is_over = finding->query->is_cancelled,
                                    .ctx = finding->query->ctx};
    while (stretch.first < to && !stretch.is_spent) {
        uint64_t left = to - stretch.first;
        stretch.count = left < LIMIT_INDEX_BATCH ? (size_t)left : (size_t)LIMIT_INDEX_BATCH;
        TRY(stretch_add(finding, &stretch));
        stretch.first += stretch.is_spent ? 0 : stretch.count;
    }
    *out_covered = stretch.first;
    if (finding->count > 0) {
        qsort(finding->sides, finding->count, sizeof *finding->sides, newest_first);
    }
    return LG_OK;
}

static struct lg_err rows_add(struct finding *finding) {
    struct store_sides_found found;
    TRY(store_entries_find(finding->index->entries, &finding->filter, finding->arena, &found));
    for (size_t i = 0; i < found.count; i++) {
        TRY(side_add(finding, &found.sides[i]));
    }
    return LG_OK;
}

/* Every quarter and id is looked for, whatever was found: how long it takes says nothing. */
static struct lg_err person_add(struct finding *finding) {
    for (size_t i = 0; i < finding->quarter_count; i++) {
        size_t first = finding->count;
        for (size_t j = 0; j < finding->id_count; j++) {
            finding->filter.subject = &finding->tags[i * finding->id_count + j];
            TRY(rows_add(finding));
        }
        if (finding->count > first) {
            qsort(&finding->sides[first], finding->count - first, sizeof *finding->sides,
                  newest_first);
        }
    }
    finding->filter.subject = NULL;
    return LG_OK;
}

static bool is_cancelled(const struct finding *finding) {
    const struct index_query *query = finding->query;
    return query->is_cancelled != NULL && query->is_cancelled(query->ctx);
}

static struct lg_err sides_look(struct finding *finding, const struct store_coverage *coverage,
                                uint64_t *out_covered) {
    uint64_t size = audit_size(finding->index->config.log);
    uint64_t tail = coverage->size < size ? size - coverage->size : 0;
    tail = tail < LIMIT_INDEX_TAIL ? tail : LIMIT_INDEX_TAIL;
    finding->sides = NULL;
    finding->count = 0;
    finding->filter.before = finding->query->before;
    TRY(tail_add(finding, coverage->size, coverage->size + tail, out_covered));
    if (finding->filter.before > coverage->size) {
        finding->filter.before = coverage->size; /* the thread may have added meanwhile */
    }
    return finding->query->by_person ? person_add(finding) : rows_add(finding);
}

/* Each statement is a transaction of its own: where the file was begun anew between them, rows are
 * missing that were said to be covered. */
static struct lg_err sides_find(struct finding *finding, uint64_t *out_covered) {
    struct store_entries *entries = finding->index->entries;
    enum { TRIES = 4 };
    for (size_t i = 0; i < TRIES && !is_cancelled(finding); i++) {
        struct store_coverage before;
        struct store_coverage after;
        TRY(store_entries_coverage(entries, &before));
        TRY(sides_look(finding, &before, out_covered));
        TRY(store_entries_coverage(entries, &after));
        if (after.turn == before.turn && after.size >= before.size) {
            return LG_OK;
        }
    }
    return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
}

/* ---- Hits --------------------------------------------------------------------------------------
 */

static struct lg_err hit_make(struct finding *finding, const struct store_side *side,
                              struct index_hit *hit) {
    *hit = (struct index_hit){.side = *side};
    TRY(audit_entry_get(finding->index->config.log, side->position, finding->arena, &hit->leaf));
    TRY(audit_entry_decode(hit->leaf, &hit->entry));
    if (side->detail.len > 0) {
        /* A row that is not the leaf's shows less, never something else. */
        hit->has_detail = !lg_failed(audit_detail_read(&hit->entry, side->detail, &hit->detail));
    }
    return LG_OK;
}

static struct lg_err hits_make(struct finding *finding, struct index_found *found) {
    size_t most = finding->query->most;
    found->is_more = finding->count > most;
    found->count = found->is_more ? most : finding->count;
    found->hits = arena_array(finding->arena, found->count, sizeof *found->hits);
    TRY(arena_failed(finding->arena));
    for (size_t i = 0; i < found->count; i++) {
        TRY(hit_make(finding, &finding->sides[i], &found->hits[i]));
    }
    return LG_OK;
}

static struct lg_err find(struct index_log *index, const struct index_query *query,
                          struct arena *arena, struct index_found *out_found) {
    struct finding finding = {.index = index, .query = query, .arena = arena};
    struct index_found found = {.count = 0};
    filter_make(&finding);
    if (query->by_person) {
        TRY(tags_make(&finding));
    }
    TRY(sides_find(&finding, &found.covered));
    TRY(hits_make(&finding, &found));
    *out_found = found;
    return LG_OK;
}

/* What a key opened is not shown once it is destroyed, also where that happened meanwhile: then it
 * is looked for again. */
struct lg_err index_find(struct index_log *index, const struct index_query *query,
                         struct arena *arena, struct index_found *out_found) {
    ASSERT(query->most >= 1 && query->most <= LIMIT_INDEX_PAGE);
    ASSERT(query->person_count <= LIMIT_INDEX_ALIASES);
    if (!atomic_load(&index->is_checked)) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO);
    }
    do {
        TRY(index_forget(index));
        TRY(find(index, query, arena, out_found));
    } while (index_is_stale(index));
    return LG_OK;
}
