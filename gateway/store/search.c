/* SPDX-License-Identifier: Apache-2.0 */
/* Who shares a token with what is looked for, and how far that goes. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/store/store_int.h"

bool store_tokens_valid(const struct store_token *tokens, size_t count) {
    if (count == 0 || count > STORE_TOKENS_MAX) {
        return false;
    }
    bool valid = true;
    for (size_t i = 0; i < count; i++) {
        valid = valid && tokens[i].token_class >= TOKEN_N &&
                tokens[i].token_class < TOKEN_CLASS_END && tokens[i].epoch != 0;
    }
    return valid;
}

struct lg_err store_token_tag(const struct store *store, const struct store_token *token,
                              struct store_tag *out_tag) {
    uint8_t head[5];
    struct writer w = writer_of(head, sizeof head);
    writer_u8(&w, (uint8_t)token->token_class);
    writer_u32(&w, token->epoch);
    struct span parts[] = {span_of(head, sizeof head), span_of(token->point, MODEL_POINT_SIZE)};
    return store_tag_of(store, STORE_TAG_TOKEN, parts, 2, out_tag);
}

/* One look-up under way; candidates stay sorted by person. */
struct search_state {
    const struct store *store;
    struct store_db *db;
    const struct store_search *search;
    struct store_candidate *candidates;
    size_t count;
};

/* Whether a row of this enrolment counts, and whether it is visible. */
static bool row_counts(const struct store_search *search, const uint8_t enrolment[static 16],
                       bool *out_visible) {
    *out_visible = true;
    if (search->scope == NULL) {
        return true;
    }
    for (size_t i = 0; i < search->scope_count; i++) {
        if (memcmp(search->scope[i].enrolment.bytes, enrolment, 16) == 0) {
            *out_visible = search->scope[i].is_visible;
            return true;
        }
    }
    return false;
}

/* The person's place among the candidates, made where it is not there yet. */
static struct store_candidate *candidate_of(struct search_state *state,
                                            const struct person_id *person) {
    size_t low = 0;
    size_t high = state->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order =
            memcmp(state->candidates[middle].person.bytes, person->bytes, sizeof person->bytes);
        if (order == 0) {
            return &state->candidates[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    ASSERT(state->count < STORE_CANDIDATES_MAX);
    memmove(&state->candidates[low + 1], &state->candidates[low],
            (state->count - low) * sizeof state->candidates[0]);
    state->candidates[low] = (struct store_candidate){.person = *person};
    state->count++;
    return &state->candidates[low];
}

/* Counts one token's block. A full one was or may have been cut: it tells nobody apart. */
static struct lg_err block_read(struct search_state *state, const struct store_token *token,
                                const struct store_tag *tag) {
    struct {
        struct person_id person;
        uint8_t enrolment[16];
    } rows[STORE_BLOCK_MAX];
    size_t count = 0;
    OWN(store_query_done) struct store_query query = store_query_of(state->db, SQL_TOKEN_ROWS);
    store_query_bytes(&query, 1, store_tag_span(tag));
    store_query_number(&query, 2, STORE_BLOCK_MAX);
    while (count < STORE_BLOCK_MAX && store_query_next(&query)) {
        store_query_column_copy(&query, 0, rows[count].person.bytes, MODEL_PERSON_ID_SIZE);
        store_query_column_copy(&query, 1, rows[count].enrolment, 16);
        count++;
    }
    TRY(store_query_end(&query));
    if (count == STORE_BLOCK_MAX) {
        return LG_OK;
    }
    unsigned bit = 1U << token->token_class;
    for (size_t i = 0; i < count; i++) {
        bool is_visible = false;
        if (row_counts(state->search, rows[i].enrolment, &is_visible)) {
            struct store_candidate *candidate = candidate_of(state, &rows[i].person);
            candidate->all.classes |= bit;
            candidate->visible.classes |= is_visible ? bit : 0;
        }
    }
    return LG_OK;
}

/* Whether some identifier of the search is of this epoch. */
static bool has_identifier(const struct store_search *search, int64_t epoch) {
    for (size_t i = 0; i < search->token_count; i++) {
        if (search->tokens[i].token_class == TOKEN_N && (int64_t)search->tokens[i].epoch == epoch) {
            return true;
        }
    }
    return false;
}

/* Looks for identifiers that differ. Only evidence that would be enough needs the look. */
static struct lg_err candidate_weigh(struct search_state *state,
                                     struct store_candidate *candidate) {
    if (!store_evidence_is_enough(&candidate->all)) {
        return LG_OK;
    }
    bool all_differ = false;
    bool visible_differ = false;
    OWN(store_query_done)
    struct store_query query = store_query_of(state->db, SQL_RECORD_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(&candidate->person));
    store_query_number(&query, 2, STORE_ROWS_MAX);
    while (store_query_next(&query)) {
        uint8_t enrolment[16];
        store_query_column_copy(&query, 1, enrolment, sizeof enrolment);
        bool is_visible = false;
        if (!row_counts(state->search, enrolment, &is_visible)) {
            continue;
        }
        bool differs = has_identifier(state->search, store_query_column_number(&query, 3));
        all_differ = all_differ || differs;
        visible_differ = visible_differ || (differs && is_visible);
        candidate->has_visible = candidate->has_visible || is_visible;
    }
    TRY(store_query_end(&query));
    unsigned bit = 1U << TOKEN_N;
    candidate->all.is_contradicted = all_differ && (candidate->all.classes & bit) == 0;
    candidate->visible.is_contradicted = visible_differ && (candidate->visible.classes & bit) == 0;
    return LG_OK;
}

/* Reads what weighing reads, for nobody: so that a look-up that finds nobody does the same. */
static struct lg_err nobody_weigh(struct search_state *state) {
    struct store_candidate nobody = {.all.classes = 1U << TOKEN_N};
    vault_random(nobody.person.bytes, sizeof nobody.person.bytes);
    return candidate_weigh(state, &nobody);
}

static struct lg_err search_blocks(struct search_state *state) {
    for (size_t i = 0; i < state->search->token_count; i++) {
        struct store_tag tag;
        TRY(store_token_tag(state->store, &state->search->tokens[i], &tag));
        TRY(block_read(state, &state->search->tokens[i], &tag));
    }
    bool is_somebody = false;
    for (size_t i = 0; i < state->count; i++) {
        is_somebody = is_somebody || store_evidence_is_enough(&state->candidates[i].all);
        TRY(candidate_weigh(state, &state->candidates[i]));
    }
    return is_somebody ? LG_OK : nobody_weigh(state);
}

struct lg_err store_search_run(const struct store *store, struct store_db *db,
                               const struct store_search *search, struct arena *arena,
                               struct store_found *out_found) {
    if (!store_tokens_valid(search->tokens, search->token_count)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    struct search_state state = {.store = store, .db = db, .search = search};
    state.candidates =
        arena_array(arena, search->token_count * STORE_BLOCK_MAX + 1, sizeof state.candidates[0]);
    if (state.candidates == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    TRY(search_blocks(&state));
    *out_found = (struct store_found){.candidates = state.candidates, .count = state.count};
    return LG_OK;
}

struct lg_err store_candidates_find(struct store_reader *reader, const struct store_search *search,
                                    struct arena *arena, struct store_candidate **out_candidates,
                                    size_t *out_count) {
    TRY(store_db_begin(&reader->db, false));
    struct store_found found = {0};
    TRY(store_db_end(&reader->db,
                     store_search_run(reader->store, &reader->db, search, arena, &found)));
    *out_candidates = found.candidates;
    *out_count = found.count;
    return LG_OK;
}
