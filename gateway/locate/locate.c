/* SPDX-License-Identifier: Apache-2.0 */
/* From tokens, handle, pseudonym or link to a person. */
#include "gateway/locate/locate.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/edge/edge.h"
#include "gateway/locate/locate_int.h"

struct lg_err locate_fail(enum lg_class klass, enum locate_code code) {
    return lg_err_make(klass, LG_LOCATE, (uint16_t)code);
}

struct lg_err locate_new(struct store *store, struct vault_key *root, struct vault_key *index_key,
                         struct locate **out_locate) {
    OWN(locate_free) struct locate *locate = calloc(1, sizeof *locate);
    if (locate == NULL) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    locate->store = store;
    locate->index_key = index_key;
    struct vault_label label = {.purpose = "locate-handle", .epoch = 1};
    if (lg_failed(vault_key_derive(root, &label, VAULT_KIND_SECRET, &locate->handle_key))) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    vault_key_warm(locate->handle_key);
    vault_point_random(&locate->spare);
    *out_locate = TAKE(locate);
    return LG_OK;
}

void locate_free(struct locate **locate) {
    if (*locate == NULL) {
        return;
    }
    vault_key_free(&(*locate)->handle_key);
    free(*locate);
    *locate = NULL;
}

void locate_nobody(const struct locate *locate, struct located *out_located) {
    *out_located = (struct located){.point = locate->spare};
    vault_random(out_located->person.bytes, sizeof out_located->person.bytes);
}

/* ---- Whose rows count --------------------------------------------------------------------------
 */

static struct lg_err scope_count(const struct locate_asker *asker, size_t *out_count) {
    if (asker->source_count > LOCATE_SOURCES_MAX) {
        return locate_fail(LG_CLASS_INTERNAL, LOCATE_SOURCE);
    }
    size_t count = 0;
    for (size_t i = 0; i < asker->source_count; i++) {
        count += asker->sources[i].enrolled_under.count;
    }
    *out_count = count;
    return LG_OK;
}

struct lg_err locate_scope_make(const struct locate *locate, const struct locate_asker *asker,
                                struct arena *arena, struct store_scope **out_scope,
                                size_t *out_count) {
    size_t count = 0;
    TRY(scope_count(asker, &count));
    struct store_scope *scope = arena_array(arena, count + 1, sizeof *scope);
    if (scope == NULL) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    size_t used = 0;
    for (size_t i = 0; i < asker->source_count; i++) {
        const struct locate_source *source = &asker->sources[i];
        for (size_t j = 0; j < source->enrolled_under.count; j++) {
            TRY(store_enrolment_tag(locate->store, source->agency, source->enrolled_under.items[j],
                                    &scope[used].enrolment));
            scope[used].is_visible = source->is_visible;
            used++;
        }
    }
    *out_scope = scope;
    *out_count = used;
    return LG_OK;
}

/* The scope of this look-up's asker, kept or made now. */
static struct lg_err scope_get(const struct locate_look *look, const struct store_scope **out_scope,
                               size_t *out_count) {
    if (look->asker->scope != NULL) {
        *out_scope = look->asker->scope;
        *out_count = look->asker->scope_count;
        return LG_OK;
    }
    struct store_scope *scope = NULL;
    TRY(locate_scope_make(look->locate, look->asker, look->arena, &scope, out_count));
    *out_scope = scope;
    return LG_OK;
}

/* The person's rows; and whether one that counts is visible. */
static struct lg_err rows_look(const struct locate_look *look, struct located *located,
                               bool *out_visible) {
    const struct store_scope *scope = NULL;
    size_t scope_size = 0;
    TRY(scope_get(look, &scope, &scope_size));
    struct store_row *rows = NULL;
    TRY(store_rows_read(look->reader, &located->person, look->arena, &rows, &located->row_count));
    located->rows = rows;
    located->has_rows = true;
    *out_visible = false;
    for (size_t i = 0; i < located->row_count; i++) {
        for (size_t j = 0; j < scope_size; j++) {
            bool same = memcmp(rows[i].enrolment.bytes, scope[j].enrolment.bytes,
                               sizeof scope[j].enrolment.bytes) == 0;
            *out_visible = *out_visible || (same && scope[j].is_visible);
        }
    }
    return LG_OK;
}

/* The person of an id, with a point; nobody's where there is none. */
static struct lg_err person_read(const struct locate_look *look, const struct person_id *person,
                                 struct located *out_located) {
    struct store_person found_person;
    bool found = false;
    locate_nobody(look->locate, out_located);
    TRY(store_person_find(look->reader, person, &found, &found_person));
    if (found) {
        out_located->is_known = true;
        out_located->person = found_person.id;
        out_located->point = found_person.point;
    }
    return LG_OK;
}

struct lg_err locate_known(const struct locate_look *look, const struct person_id *person,
                           struct located *out_located) {
    struct located located;
    bool is_visible = false;
    TRY(person_read(look, person, &located));
    TRY(rows_look(look, &located, &is_visible));
    located.is_visible = located.is_known && is_visible;
    *out_located = located;
    return LG_OK;
}

/* ---- Tokens ------------------------------------------------------------------------------------
 */

/* The frame repeats class and epoch for people who read messages; the sealed part is what counts,
 * and a frame that says otherwise is nonsense. */
static struct lg_err token_open(const struct locate *locate, const struct token *token,
                                struct store_token *out_token) {
    struct edge_token opened;
    if (lg_failed(edge_token_open(locate->index_key, token->sealed, &opened))) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_TOKEN);
    }
    out_token->token_class = opened.token_class;
    out_token->epoch = opened.epoch;
    memcpy(out_token->point, opened.point.bytes, sizeof out_token->point);
    vault_wipe(&opened, sizeof opened);
    if (out_token->token_class != token->token_class || out_token->epoch != token->epoch) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_TOKEN);
    }
    return LG_OK;
}

struct lg_err locate_tokens_open(const struct locate *locate, const struct token *tokens,
                                 size_t count, struct arena *arena,
                                 struct store_token **out_tokens) {
    if (count == 0 || count > STORE_TOKENS_MAX) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_TOKEN);
    }
    struct store_token *opened = arena_array(arena, count, sizeof *opened);
    if (opened == NULL) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(token_open(locate, &tokens[i], &opened[i]));
    }
    *out_tokens = opened;
    return LG_OK;
}

/* The candidate that the caller may see decided, or else the one that all rows decide. */
struct choice {
    size_t candidate;
    bool is_enough;
};

static struct lg_err choice_make(const struct store_candidate *candidates, size_t count,
                                 struct arena *arena, struct choice *out_choice) {
    struct store_evidence *all = arena_array(arena, count + 1, sizeof *all);
    struct store_evidence *visible = arena_array(arena, count + 1, sizeof *visible);
    if (all == NULL || visible == NULL) {
        return locate_fail(LG_CLASS_LIMIT, LOCATE_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = candidates[i].all;
        visible[i] = candidates[i].visible;
    }
    size_t by_all = store_match_find(all, count);
    size_t by_visible = store_match_find(visible, count);
    out_choice->is_enough = by_visible != STORE_MATCH_NONE;
    out_choice->candidate = out_choice->is_enough ? by_visible : by_all;
    return LG_OK;
}

struct lg_err locate_find(const struct locate_look *look, const struct store_search *tokens,
                          struct located *out_located) {
    const struct store_scope *scope = NULL;
    size_t scope_size = 0;
    TRY(scope_get(look, &scope, &scope_size));
    struct store_search search = *tokens;
    search.scope = scope;
    search.scope_count = scope_size;
    struct store_candidate *candidates = NULL;
    size_t count = 0;
    TRY(store_candidates_find(look->reader, &search, look->arena, &candidates, &count));
    struct choice choice = {.candidate = STORE_MATCH_NONE};
    TRY(choice_make(candidates, count, look->arena, &choice));
    struct store_candidate found = {0};
    vault_random(found.person.bytes, sizeof found.person.bytes);
    if (choice.candidate != STORE_MATCH_NONE) {
        found = candidates[choice.candidate];
    }
    TRY(person_read(look, &found.person, out_located));
    out_located->is_visible = out_located->is_known && found.has_visible;
    out_located->is_enough = out_located->is_known && choice.is_enough;
    return LG_OK;
}

/* ---- References --------------------------------------------------------------------------------
 */

static struct lg_err by_tokens(const struct locate_look *look, const struct person_ref *reference,
                               struct located *out_located) {
    struct store_token *tokens = NULL;
    TRY(locate_tokens_open(look->locate, reference->tokens, reference->token_count, look->arena,
                           &tokens));
    struct store_search search = {.tokens = tokens, .token_count = reference->token_count};
    return locate_find(look, &search, out_located);
}

static struct lg_err by_handle(const struct locate_look *look, struct span handle,
                               struct located *out_located) {
    struct locate_bound bound = {0};
    TRY(locate_handle_open(look->locate, look->asker, handle, &bound));
    TRY(locate_known(look, &bound.person, out_located));
    out_located->is_enough = out_located->is_known && bound.is_known && bound.is_enough;
    return LG_OK;
}

/* Somebody else's and nobody's pseudonym fail alike. */
static struct lg_err by_pseudonym(const struct locate_look *look, struct span text,
                                  struct located *out_located) {
    struct vault_point point;
    if (lg_failed(vault_pseudonym_read(text, &point))) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_PSEUDONYM);
    }
    bool found = false;
    struct person_id person;
    struct store_recipient recipient = {look->asker->agreement, look->asker->caller->agency};
    TRY(store_pseudonym_find(look->reader, &recipient, &point, &found, &person));
    if (!found) {
        return locate_fail(LG_CLASS_INPUT, LOCATE_PSEUDONYM);
    }
    TRY(locate_known(look, &person, out_located));
    out_located->is_enough = out_located->is_known;
    return LG_OK;
}

struct lg_err locate_person(const struct locate_look *look, const struct person_ref *reference,
                            struct located *out_located) {
    switch (reference->kind) {
    case PERSON_HANDLE:
        return by_handle(look, reference->handle, out_located);
    case PERSON_TOKENS:
        return by_tokens(look, reference, out_located);
    case PERSON_PSEUDONYM:
        return by_pseudonym(look, reference->pseudonym, out_located);
    case PERSON_NONE:
    case PERSON_IDENTITY:
        break;
    }
    return locate_fail(LG_CLASS_INPUT, LOCATE_REFERENCE);
}

struct lg_err locate_linked(const struct locate_look *look, struct span agency,
                            const struct record_tag *record_tag, struct located *out_located) {
    const struct store_scope *scope = NULL;
    size_t scope_size = 0;
    TRY(scope_get(look, &scope, &scope_size));
    const struct store_row *row = NULL;
    TRY(store_record_find(look->reader, agency, record_tag, look->arena, &row));
    bool counts = false;
    for (size_t i = 0; row != NULL && i < scope_size; i++) {
        counts = counts || memcmp(row->enrolment.bytes, scope[i].enrolment.bytes,
                                  sizeof row->enrolment.bytes) == 0;
    }
    struct person_id person;
    vault_random(person.bytes, sizeof person.bytes);
    if (counts) {
        person = row->person;
    }
    TRY(locate_known(look, &person, out_located));
    out_located->is_enough = out_located->is_visible;
    /* A linked person is asked about nowhere, and this memory may end with the look-up. */
    out_located->rows = NULL;
    out_located->row_count = 0;
    out_located->has_rows = false;
    return LG_OK;
}
