/* SPDX-License-Identifier: Apache-2.0 */
/* Taking records into the index: which person a record is, and the rows that follow. Everything
 * here runs in one transaction under the store's mutex.
 *
 *   the record is      and                                      then
 *   new                one person is it (store_match_find)      joins them
 *                      nobody, or several could be              a new person
 *   known, as before                                            its reference and opt-out are
 *                                                               replaced
 *   known, changed     its identifier contradicts the others    leaves; as a new record
 *                      it is alone and one person is it         both are merged
 *                      otherwise                                stays
 *
 * Wherever the person found has a record of this agency already, the record is a duplicate and is
 * not in the index afterwards: one record per agency and person (subjects.md 6.4). */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/store/suppress_int.h"

/* Each record's look-up is dropped before the next: this bounds one. */
enum { SEARCH_BUDGET = 1 << 20 };

/* The person that the tokens decide, and whether `stays` shares an identifier with them. */
struct match {
    bool is_found;
    struct person_id person;
    bool identifier_agrees;
};

static struct lg_err match_decide(const struct store_found *found, struct arena *arena,
                                  const struct person_id *stays, struct match *out_match) {
    const struct store_candidate *candidates = found->candidates;
    struct store_evidence *evidence = arena_array(arena, found->count + 1, sizeof *evidence);
    if (evidence == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    for (size_t i = 0; i < found->count; i++) {
        evidence[i] = candidates[i].all;
        bool is_own = memcmp(candidates[i].person.bytes, stays->bytes, sizeof stays->bytes) == 0;
        bool agrees = (candidates[i].all.classes & (1U << TOKEN_N)) != 0;
        out_match->identifier_agrees = out_match->identifier_agrees || (is_own && agrees);
    }
    size_t best = store_match_find(evidence, found->count);
    if (best != STORE_MATCH_NONE) {
        out_match->is_found = true;
        out_match->person = candidates[best].person;
    }
    return LG_OK;
}

static struct lg_err match_find(struct enrol_state *state, const struct enrol_record *record,
                                struct match *out_match) {
    *out_match = (struct match){0};
    OWN(arena_free) struct arena *arena = NULL;
    if (lg_failed(arena_new(SEARCH_BUDGET, &arena))) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    struct store_search search = {.tokens = record->tokens, .token_count = record->token_count};
    struct store_found found = {0};
    TRY(store_search_run(state->store, &state->store->db, &search, arena, &found));
    return match_decide(&found, arena, &record->person, out_match);
}

/* How a record ends up: `how` is STORE_DUPLICATE where it is not to be in the index. */
static struct lg_err place_new(struct enrol_state *state, struct enrol_record *record,
                               const struct match *match, enum store_enrolled_how *out_how) {
    if (!match->is_found) {
        return enrol_person_add(state, &record->person);
    }
    struct enrol_view view;
    TRY(enrol_person_look(state, &match->person, record, &view));
    if (view.has_agency) {
        *out_how = STORE_DUPLICATE;
        return LG_OK;
    }
    if (view.rows >= STORE_ROWS_MAX) {
        return enrol_person_add(state, &record->person);
    }
    record->person = match->person;
    return LG_OK;
}

/* A person that this record alone made up may turn out to be another one. */
static struct lg_err place_alone(struct enrol_state *state, struct enrol_record *record,
                                 const struct match *match, enum store_enrolled_how *out_how) {
    if (!match->is_found) {
        return LG_OK;
    }
    struct enrol_view view;
    TRY(enrol_person_look(state, &match->person, record, &view));
    if (view.has_agency) {
        *out_how = STORE_DUPLICATE;
        return LG_OK;
    }
    if (view.rows >= STORE_ROWS_MAX) {
        return LG_OK;
    }
    return enrol_merge(state->store, &match->person, record);
}

/* The row is gone already, so that it does not speak against itself. */
static struct lg_err place_changed(struct enrol_state *state, struct enrol_record *record,
                                   enum store_enrolled_how *out_how) {
    struct enrol_view view;
    struct match match;
    TRY(enrol_person_look(state, &record->person, record, &view));
    TRY(match_find(state, record, &match));
    if (view.rows == 0) {
        return place_alone(state, record, &match, out_how);
    }
    if (view.has_identifier && !match.identifier_agrees) {
        return place_new(state, record, &match, out_how);
    }
    return LG_OK;
}

static struct lg_err record_place(struct enrol_state *state, struct enrol_record *record,
                                  enum store_enrolled_how *out_how) {
    if (!record->is_known) {
        struct match match;
        *out_how = STORE_ADDED;
        TRY(match_find(state, record, &match));
        return place_new(state, record, &match, out_how);
    }
    if (record->is_same) {
        *out_how = record->is_opt_out_changed ? STORE_UPDATED : STORE_UNCHANGED;
        return LG_OK;
    }
    *out_how = STORE_UPDATED;
    TRY(enrol_record_delete(&state->store->db, record->record_no));
    return place_changed(state, record, out_how);
}

static struct lg_err record_enrol(struct enrol_state *state, const struct store_record *given,
                                  struct store_enrolled *out_result) {
    struct enrol_record record;
    *out_result = (struct store_enrolled){0};
    TRY(enrol_record_read(state, given, &record));
    TRY(record_place(state, &record, &out_result->how));
    out_result->is_merged = record.is_merged;
    out_result->is_opted_out = record.is_opted_out;
    out_result->person = record.person;
    if (out_result->how == STORE_DUPLICATE) {
        return LG_OK;
    }
    TRY(enrol_record_put(state, &record));
    if (record.is_same) {
        return LG_OK;
    }
    TRY(store_suppress_enrol(state->store, &record));
    return enrol_tokens_add(state, &record, &out_result->tokens_cut);
}

static bool batch_valid(const struct store_enrolment *batch) {
    bool valid = store_name_valid(batch->agency) && store_name_valid(batch->agreement) &&
                 batch->count > 0 && batch->count <= STORE_BATCH_MAX && batch->quarter != 0;
    for (size_t i = 0; valid && i < batch->count; i++) {
        valid = batch->records[i].reference.len == STORE_REFERENCE_SIZE &&
                store_tokens_valid(batch->records[i].tokens, batch->records[i].token_count) &&
                store_opt_out_valid(batch->records[i].opt_out);
    }
    return valid;
}

static struct lg_err batch_enrol(struct enrol_state *state, struct store_enrolled *out_results) {
    const struct store_enrolment *batch = state->batch;
    TRY(store_tag_of(state->store, STORE_TAG_AGENCY, &batch->agency, 1, &state->agency));
    TRY(store_enrolment_tag(state->store, batch->agency, batch->agreement, &state->enrolment));
    for (size_t i = 0; i < batch->count; i++) {
        TRY(record_enrol(state, &batch->records[i], &out_results[i]));
    }
    /* A key is durable before anything could ask for it; a crash in between leaves a spare key. */
    if (state->made_count > 0) {
        TRY(store_keys_make(state->store, state->made, state->made_count, batch->quarter));
    }
    return LG_OK;
}

struct lg_err store_enrol(struct store *store, const struct store_enrolment *batch,
                          struct store_enrolled *out_results) {
    if (!batch_valid(batch)) {
        return store_fail(LG_CLASS_INPUT, STORE_FIELDS);
    }
    struct enrol_state state = {.store = store, .batch = batch};
    TRY(store_write_begin(store, STORE_BACKGROUND));
    return store_write_end(store, batch_enrol(&state, out_results));
}
