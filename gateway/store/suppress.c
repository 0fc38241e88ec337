/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of what outlives an erasure (suppress.h).
 *
 *   suppression        log_index -> body: facts, each after a 16-bit length, sealed
 *   suppression_token  a tag of a token's tag, and the suppressions that it leads to
 *   suppressed         whom a suppression was taken along by
 *
 * A suppression goes when neither a token nor a person leads to it. */
#include "gateway/store/suppress.h"

#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/store/suppress_int.h"

/* Suppressions that one record may meet, and that one person may have: more have their tokens in
 * common with very many others, which nobody's are. */
enum { GROUPS_MAX = 64, OF_PERSON_MAX = 16 };

struct group {
    int64_t number;
    unsigned classes;
};

struct groups {
    struct group items[GROUPS_MAX];
    size_t count;
};

static struct lg_err tag_make(const struct store *store, const struct store_tag *token,
                              struct store_tag *out_tag) {
    struct span part = store_tag_span(token);
    return store_tag_of(store, STORE_TAG_SUPPRESSED, &part, 1, out_tag);
}

/* ---- Which suppressions some tokens lead to */

static struct group *group_of(struct groups *groups, int64_t number) {
    for (size_t i = 0; i < groups->count; i++) {
        if (groups->items[i].number == number) {
            return &groups->items[i];
        }
    }
    if (groups->count == GROUPS_MAX) {
        return NULL;
    }
    groups->items[groups->count] = (struct group){.number = number};
    return &groups->items[groups->count++];
}

static struct lg_err token_look(struct store *store, const struct store_suppress_token *token,
                                struct groups *groups) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_SUPPRESS_LOOK);
    store_query_bytes(&query, 1, store_tag_span(&token->tag));
    store_query_number(&query, 2, GROUPS_MAX);
    while (store_query_next(&query)) {
        struct group *group = group_of(groups, store_query_column_number(&query, 0));
        if (group != NULL) {
            group->classes |= 1U << token->token_class;
        }
    }
    return store_query_end(&query);
}

static struct lg_err epoch_look(struct store *store, int64_t number, uint32_t epoch,
                                bool *out_has) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&store->db, SQL_SUPPRESS_EPOCH);
    store_query_number(&query, 1, number);
    store_query_number(&query, 2, TOKEN_N);
    store_query_number(&query, 3, epoch);
    *out_has = store_query_next(&query);
    return store_query_end(&query);
}

/* Both have an identifier of one epoch, and none agrees: somebody else of the same name. */
static struct lg_err contradiction_find(struct store *store, const struct group *group,
                                        const struct store_suppress_token *tokens, size_t count,
                                        bool *out_is) {
    *out_is = false;
    if ((group->classes & 1U << TOKEN_N) != 0) {
        return LG_OK;
    }
    for (size_t i = 0; i < count && !*out_is; i++) {
        if (tokens[i].token_class == TOKEN_N) {
            TRY(epoch_look(store, group->number, tokens[i].epoch, out_is));
        }
    }
    return LG_OK;
}

/* Those whose person these tokens would have joined. */
static struct lg_err groups_find(struct store *store, const struct store_suppress_token *tokens,
                                 size_t count, struct groups *groups) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        TRY(token_look(store, &tokens[i], groups));
    }
    for (size_t i = 0; i < groups->count; i++) {
        struct store_evidence evidence = {.classes = groups->items[i].classes};
        TRY(contradiction_find(store, &groups->items[i], tokens, count, &evidence.is_contradicted));
        if (store_evidence_is_enough(&evidence)) {
            groups->items[kept++] = groups->items[i];
        }
    }
    groups->count = kept;
    return LG_OK;
}

static struct lg_err token_add(struct store *store, const struct store_suppress_token *token,
                               int64_t number) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SUPPRESS_TOKEN);
    store_query_bytes(&query, 1, store_tag_span(&token->tag));
    store_query_number(&query, 2, number);
    store_query_number(&query, 3, (int64_t)token->token_class);
    store_query_number(&query, 4, token->epoch);
    store_query_number(&query, 5, 2 * (int64_t)STORE_SUPPRESS_TOKENS_MAX);
    return store_query_run(&query);
}

/* ---- From the log */

struct place_row {
    uint8_t bytes[8];
};

static struct place_row row_of(uint64_t log_index) {
    struct place_row row;
    struct writer w = writer_of(row.bytes, sizeof row.bytes);
    writer_u64(&w, log_index);
    return row;
}

static struct store_place place_of(const struct place_row *row) {
    return (struct store_place){.table = "suppression",
                                .row = span_of(row->bytes, sizeof row->bytes)};
}

static struct lg_err body_add(struct store *store, const struct store_suppression *it) {
    uint8_t plain[STORE_SUPPRESS_BODY_MAX];
    uint8_t sealed[STORE_SUPPRESS_BODY_MAX + VAULT_SEAL_OVERHEAD];
    struct writer w = writer_of(plain, sizeof plain);
    struct span body;
    for (size_t i = 0; i < it->fact_count; i++) {
        writer_part(&w, it->facts[i]);
    }
    TRY(writer_end(&w, &body));
    const struct place_row row = row_of(it->log_index);
    const struct store_place place = place_of(&row);
    store_seal(store->seal_key, &place, body, sealed);
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SUPPRESS_ADD);
    store_query_number(&query, 1, (int64_t)it->log_index);
    store_query_bytes(&query, 2, span_of(sealed, body.len + VAULT_SEAL_OVERHEAD));
    return store_query_run(&query);
}

bool store_suppression_valid(const struct store_suppression *it, uint64_t through) {
    size_t size = 0;
    bool valid = it->log_index < through && it->token_count <= STORE_SUPPRESS_TOKENS_MAX &&
                 it->fact_count <= STORE_SUPPRESS_FACTS_MAX;
    for (size_t i = 0; valid && i < it->fact_count; i++) {
        size += 2 + it->facts[i].len;
        valid = it->facts[i].len > 0 && size <= STORE_SUPPRESS_BODY_MAX;
    }
    for (size_t i = 0; valid && i < it->token_count; i++) {
        valid = it->tokens[i].token_class >= TOKEN_N && it->tokens[i].token_class < TOKEN_CLASS_END;
    }
    return valid;
}

struct lg_err store_suppress_sweep(struct store *store) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SUPPRESS_SWEEP);
    return store_query_run(&query);
}

/* Of an older one only the tokens that are this person's own: it may be somebody else's, whom a
 * mistyped identifier brought together with them. What is left of it refuses too much at most. */
static struct lg_err tokens_drop(struct store *store, const struct store_suppression *it,
                                 int64_t number) {
    for (size_t i = 0; i < it->token_count; i++) {
        OWN(store_query_done)
        struct store_query query = store_query_of(&store->db, SQL_SUPPRESS_TOKEN_DROP);
        store_query_number(&query, 1, number);
        store_query_bytes(&query, 2, store_tag_span(&it->tokens[i].tag));
        TRY(store_query_run(&query));
    }
    return LG_OK;
}

struct lg_err store_suppression_apply(struct store *store, const struct store_suppression *it) {
    struct groups older = {.count = 0};
    TRY(groups_find(store, it->tokens, it->token_count, &older));
    for (size_t i = 0; i < older.count; i++) {
        TRY(tokens_drop(store, it, older.items[i].number));
    }
    if (it->fact_count > 0 && it->token_count > 0) {
        TRY(body_add(store, it));
        for (size_t i = 0; i < it->token_count; i++) {
            TRY(token_add(store, &it->tokens[i], (int64_t)it->log_index));
        }
    }
    return store_suppress_sweep(store);
}

/* ---- At enrolment */

/* The person has it from now on, and what else is known of them leads to it too: their newer tokens
 * when keys are replaced, and the identifier that a record without one did not have. */
static struct lg_err taken_along(struct store *store, int64_t number,
                                 const struct store_suppress_token *tokens, size_t count,
                                 const struct person_id *person) {
    OWN(store_query_done) struct store_query query = store_query_of(&store->db, SQL_SUPPRESSED_ADD);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, number);
    TRY(store_query_run(&query));
    for (size_t i = 0; i < count; i++) {
        TRY(token_add(store, &tokens[i], number));
    }
    return LG_OK;
}

struct lg_err store_suppress_enrol(struct store *store, const struct enrol_record *record) {
    struct store_suppress_token tokens[STORE_TOKENS_MAX];
    struct groups groups = {.count = 0};
    for (size_t i = 0; i < record->token_count; i++) {
        tokens[i].token_class = record->tokens[i].token_class;
        tokens[i].epoch = record->tokens[i].epoch;
        TRY(tag_make(store, &record->tags[i], &tokens[i].tag));
    }
    TRY(groups_find(store, tokens, record->token_count, &groups));
    for (size_t i = 0; i < groups.count; i++) {
        TRY(taken_along(store, groups.items[i].number, tokens, record->token_count,
                        &record->person));
    }
    return LG_OK;
}

/* ---- Reading */

static struct lg_err person_tokens(struct store_reader *reader, const struct person_id *person,
                                   struct store_suppress_token *tokens, size_t *count) {
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SUPPRESS_OF_PERSON);
    store_query_bytes(&query, 1, store_person_span(person));
    store_query_number(&query, 2, (int64_t)(STORE_SUPPRESS_TOKENS_MAX - *count));
    while (*count < STORE_SUPPRESS_TOKENS_MAX && store_query_next(&query)) {
        struct store_tag token;
        struct store_suppress_token *it = &tokens[*count];
        store_query_column_copy(&query, 0, token.bytes, sizeof token.bytes);
        it->token_class = (enum token_class)store_query_column_number(&query, 1);
        it->epoch = (uint32_t)store_query_column_number(&query, 2);
        TRY(tag_make(reader->store, &token, &it->tag));
        (*count)++;
    }
    return store_query_end(&query);
}

struct lg_err store_suppress_tokens(struct store_reader *reader, const struct person_id *people,
                                    size_t count, struct arena *arena,
                                    struct store_suppression *out_kept) {
    size_t found = 0;
    struct store_suppress_token *tokens =
        arena_array(arena, STORE_SUPPRESS_TOKENS_MAX, sizeof *tokens);
    if (tokens == NULL) {
        return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(person_tokens(reader, &people[i], tokens, &found));
    }
    out_kept->tokens = tokens;
    out_kept->token_count = found;
    return LG_OK;
}

static struct lg_err facts_open(const struct store_reader *reader, struct store_query *query,
                                struct arena *arena, struct store_consent **facts, size_t *count) {
    struct span body;
    uint64_t log_index = (uint64_t)store_query_column_number(query, 0);
    const struct place_row row = row_of(log_index);
    const struct store_place place = place_of(&row);
    TRY(store_unseal_dup(reader->store->seal_key, &place, store_query_column(query, 1), arena,
                         &body));
    struct reader r = reader_of(body);
    while (!r.failed && r.rest.len > 0) {
        *facts = arena_more(arena, *facts, *count, sizeof **facts);
        if (*facts == NULL) {
            return store_fail(LG_CLASS_LIMIT, STORE_MEMORY);
        }
        (*facts)[(*count)++] =
            (struct store_consent){.log_index = log_index, .body = reader_part(&r)};
    }
    return lg_failed(reader_end(&r)) ? store_fail(LG_CLASS_STORE, STORE_CORRUPT) : LG_OK;
}

struct lg_err store_suppressed_read(struct store_reader *reader, const struct person_id *person,
                                    struct arena *arena, struct store_consents *out_facts) {
    struct person_id nobody;
    struct store_person_row row;
    struct store_consent *facts = NULL;
    size_t count = 0;
    vault_random(nobody.bytes, sizeof nobody.bytes);
    TRY(store_person_get(reader->store, &reader->db, person == NULL ? &nobody : person, &row));
    OWN(store_query_done)
    struct store_query query = store_query_of(&reader->db, SQL_SUPPRESSED_READ);
    store_query_bytes(&query, 1, store_person_span(&row.person.id));
    store_query_number(&query, 2, OF_PERSON_MAX);
    while (store_query_next(&query)) {
        TRY(facts_open(reader, &query, arena, &facts, &count));
    }
    *out_facts = (struct store_consents){.items = facts, .count = count};
    return store_query_end(&query);
}
