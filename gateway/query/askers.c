/* SPDX-License-Identifier: Apache-2.0 */
/* A table of LIMIT_QUERY_ASKERS places, one for a hash: a newcomer takes the place. The key is all
 * of the request that policy_decide reads where no source and no field is named, and the minute. */
#include "gateway/query/askers.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits.h"
#include "gateway/query/query.h"

enum { KEY_SIZE_MAX = 512, MINUTE_S = 60 };

struct asker_key {
    uint8_t bytes[KEY_SIZE_MAX];
    size_t len;
};

/* memory NULL: free. */
struct kept {
    struct asker_key key;
    struct arena *memory;
    const struct locate_source *sources;
    size_t source_count;
    const struct store_scope *scope;
    size_t scope_count;
};

struct query_askers {
    const struct query_gateway *gateway;
    struct agreement_set *agreements; /* from which all that is kept was worked out; or NULL */
    struct kept kept[LIMIT_QUERY_ASKERS];
};

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_QUERY, QUERY_ERR_SOURCES);
}

struct lg_err query_askers_new(const struct query_gateway *gateway,
                               struct query_askers **out_askers) {
    struct query_askers *askers = calloc(1, sizeof *askers);
    if (askers == NULL) {
        return no_memory();
    }
    askers->gateway = gateway;
    *out_askers = askers;
    return LG_OK;
}

static void kept_drop(struct query_askers *askers) {
    for (size_t i = 0; i < LIMIT_QUERY_ASKERS; i++) {
        arena_free(&askers->kept[i].memory);
    }
    agreement_set_free(&askers->agreements);
}

void query_askers_free(struct query_askers **askers) {
    if (*askers == NULL) {
        return;
    }
    kept_drop(*askers);
    free(*askers);
    *askers = NULL;
}

/* ---- Keys */

/* False where the words are too long to be kept. */
static bool key_make(const struct policy_request *request, struct asker_key *key) {
    const struct policy_emergency *emergency = &request->emergency;
    const struct span texts[] = {request->agreement, request->recipient, request->role,
                                 request->purpose,   request->basis,     request->no_consent_reason,
                                 emergency->reason};
    struct writer w = writer_of(key->bytes, sizeof key->bytes);
    struct span written;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        writer_part(&w, texts[i]);
    }
    writer_u64(&w, (uint64_t)(request->at_s / MINUTE_S));
    writer_u8(&w, (uint8_t)request->age_class);
    writer_u8(&w, request->has_case_reference ? 1 : 0);
    writer_u8(&w, request->has_second_person ? 1 : 0);
    writer_u8(&w, emergency->is_declared ? 1 : 0);
    writer_u8(&w, emergency->has_age ? 1 : 0);
    writer_u32(&w, emergency->age_min);
    writer_u32(&w, emergency->rationale_chars);
    writer_u32(&w, emergency->count);
    writer_u32(&w, emergency->overdue);
    if (lg_failed(writer_end(&w, &written))) {
        return false;
    }
    key->len = written.len;
    return true;
}

static bool key_same(const struct asker_key *a, const struct asker_key *b) {
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* FNV-1a. Who chooses words so that they meet in one place loses the saving. */
static struct kept *place_of(struct query_askers *askers, const struct asker_key *key) {
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < key->len; i++) {
        hash = (hash ^ key->bytes[i]) * 16777619U;
    }
    return &askers->kept[hash % LIMIT_QUERY_ASKERS];
}

/* ---- Working it out */

/* Agreements under which this agency's rows count now: those with an enrol clause in force. */
static struct lg_err enrolled_under(struct agreement_forces forces, struct span agency,
                                    int64_t now_s, struct arena *arena, struct span_list *out) {
    struct span *ids = arena_array(arena, forces.count, sizeof *ids);
    TRY(arena_failed(arena));
    size_t count = 0;
    for (size_t i = 0; i < forces.count; i++) {
        struct policy_enrolment enrolment =
            policy_enrol_find(&forces.force[i], 1, agency, span_text(""), now_s);
        if (enrolment.refusal == POLICY_REASON_NONE) {
            ids[count++] = policy_id(forces.force[i].policy);
        }
    }
    *out = (struct span_list){.items = ids, .count = count};
    return LG_OK;
}

static bool list_has(struct span_list list, struct span item) {
    for (size_t i = 0; i < list.count; i++) {
        if (span_equal(list.items[i], item)) {
            return true;
        }
    }
    return false;
}

static struct lg_err sources_make(const struct query_askers *askers,
                                  const struct policy_request *request, struct span_list findable,
                                  struct kept *kept) {
    const struct agreement_forces forces = agreement_set_at(askers->agreements, request->at_s);
    const struct config_partnership *registry = askers->gateway->registry;
    struct locate_source *sources =
        arena_array(kept->memory, registry->party_count, sizeof *sources);
    TRY(arena_failed(kept->memory));
    for (uint32_t i = 0; i < registry->party_count; i++) {
        sources[i].agency = span_text(registry->parties[i].id);
        /* An agency knows whom it enrolled itself, whatever the agreements hide. */
        sources[i].is_visible = span_equal(sources[i].agency, request->recipient) ||
                                list_has(findable, sources[i].agency);
        TRY(enrolled_under(forces, sources[i].agency, request->at_s, kept->memory,
                           &sources[i].enrolled_under));
    }
    kept->sources = sources;
    kept->source_count = registry->party_count;
    const struct locate_asker asker = {.sources = sources, .source_count = registry->party_count};
    struct store_scope *scope = NULL;
    TRY(locate_scope_make(askers->gateway->locate, &asker, kept->memory, &scope,
                          &kept->scope_count));
    kept->scope = scope;
    return LG_OK;
}

/* Whose existence this caller may learn: asked over all sources and fields, so that the answer does
 * not depend on which of them a question names. */
static struct lg_err kept_fill(const struct query_askers *askers,
                               const struct policy_request *request, struct kept *kept) {
    const struct agreement_forces forces = agreement_set_at(askers->agreements, request->at_s);
    OWN(arena_free) struct arena *scratch = NULL;
    struct policy_request over_all = *request;
    const struct permit *all = NULL;
    struct span_list findable;
    over_all.sources = (struct span_list){0};
    over_all.fields = (struct span_list){0};
    TRY(arena_new(LIMIT_QUERY_ARENA, &scratch));
    TRY(policy_decide(forces.force, forces.count, &over_all, scratch, &all));
    TRY(policy_permit_findable(all, scratch, &findable));
    TRY(arena_new(LIMIT_QUERY_ARENA, &kept->memory));
    return sources_make(askers, request, findable, kept);
}

/* ---- Giving it out */

/* Names stay where they are; the lists are the question's own, since a newcomer may take the place
 * while it is under way. */
static struct lg_err kept_copy(const struct kept *kept, struct arena *arena,
                               struct locate_asker *out_asker) {
    struct locate_source *sources = arena_array(arena, kept->source_count, sizeof *sources);
    struct store_scope *scope = arena_array(arena, kept->scope_count, sizeof *scope);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < kept->source_count; i++) {
        struct span_list under = kept->sources[i].enrolled_under;
        struct span *ids = arena_array(arena, under.count, sizeof *ids);
        TRY(arena_failed(arena));
        for (size_t j = 0; j < under.count; j++) {
            ids[j] = under.items[j];
        }
        sources[i] = kept->sources[i];
        sources[i].enrolled_under.items = ids;
    }
    for (size_t i = 0; i < kept->scope_count; i++) {
        scope[i] = kept->scope[i];
    }
    out_asker->sources = sources;
    out_asker->source_count = kept->source_count;
    out_asker->scope = scope;
    out_asker->scope_count = kept->scope_count;
    return LG_OK;
}

static struct lg_err fill_and_copy(const struct query_askers *askers,
                                   const struct policy_request *request, struct kept *kept,
                                   struct arena *arena, struct locate_asker *out_asker) {
    TRY(kept_fill(askers, request, kept));
    return kept_copy(kept, arena, out_asker);
}

struct lg_err query_askers_get(struct query_askers *askers, struct agreement_set *agreements,
                               const struct policy_request *request, struct arena *arena,
                               struct locate_asker *out_asker) {
    struct asker_key key;
    if (askers->agreements != agreements) {
        kept_drop(askers);
        askers->agreements = agreement_set_hold(agreements);
    }
    if (!key_make(request, &key)) {
        struct kept once = {.memory = NULL};
        struct lg_err err = fill_and_copy(askers, request, &once, arena, out_asker);
        arena_free(&once.memory);
        return err;
    }
    struct kept *kept = place_of(askers, &key);
    if (kept->memory != NULL && key_same(&kept->key, &key)) {
        return kept_copy(kept, arena, out_asker);
    }
    arena_free(&kept->memory);
    struct lg_err err = fill_and_copy(askers, request, kept, arena, out_asker);
    kept->key = key;
    if (lg_failed(err)) {
        arena_free(&kept->memory);
    }
    return err;
}
