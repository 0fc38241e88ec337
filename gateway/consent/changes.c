/* SPDX-License-Identifier: Apache-2.0 */
/* Recording, withdrawing and showing consents. */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/consent/consent_int.h"

/* ---- Coverage ----------------------------------------------------------------------------------
 */

/* Agreements in force: their trees say which purposes lie within which. */
struct trees {
    const struct policy_force *force;
    size_t count;
};

static bool list_has(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return false;
}

/* Empty covers everything, and only empty covers it. */
static bool list_covers(const struct span_list *wide, const struct span_list *narrow) {
    if (wide->count == 0) {
        return true;
    }
    bool covers = narrow->count > 0;
    for (size_t i = 0; covers && i < narrow->count; i++) {
        covers = list_has(wide, narrow->items[i]);
    }
    return covers;
}

static bool tree_covers(const struct policy *policy, const struct span_list *wide,
                        struct span purpose) {
    for (size_t i = 0; i < wide->count; i++) {
        if (policy_purpose_covers(policy, wide->items[i], purpose)) {
            return true;
        }
    }
    return false;
}

/* By every agreement that has this purpose, and by one at least; by name alone where none has. */
static bool purpose_covered(const struct trees *trees, const struct span_list *wide,
                            struct span purpose) {
    bool covers = list_has(wide, purpose);
    for (size_t i = 0; i < trees->count; i++) {
        const struct policy *policy = trees->force[i].policy;
        if (policy_purpose_covers(policy, purpose, purpose)) {
            covers = tree_covers(policy, wide, purpose);
            if (!covers) {
                break;
            }
        }
    }
    return covers;
}

static bool purposes_cover(const struct trees *trees, const struct span_list *wide,
                           const struct span_list *narrow) {
    if (wide->count == 0) {
        return true;
    }
    bool covers = narrow->count > 0;
    for (size_t i = 0; covers && i < narrow->count; i++) {
        covers = purpose_covered(trees, wide, narrow->items[i]);
    }
    return covers;
}

static bool consent_covers(const struct trees *trees, const struct consent *wide,
                           const struct consent *narrow) {
    return consent_kind_covers(wide->kind, narrow->kind) &&
           purposes_cover(trees, &wide->purposes, &narrow->purposes) &&
           list_covers(&wide->categories, &narrow->categories) &&
           list_covers(&wide->recipients, &narrow->recipients) &&
           list_covers(&wide->sources, &narrow->sources);
}

/* Marks given consents that a later withdrawal covers. Facts are newest first. */
static void facts_mark(const struct trees *trees, struct consent_facts *facts) {
    for (size_t i = 0; i < facts->count; i++) {
        struct consent *consent = &facts->items[i];
        for (size_t j = 0; consent->state == CONSENT_GIVEN && j < i; j++) {
            const struct consent *later = &facts->items[j];
            bool is_withdrawal = later->state == CONSENT_WITHDRAWN && later->from.len == 0;
            if (is_withdrawal && consent_covers(trees, later, consent)) {
                consent->state = CONSENT_WITHDRAWN;
            }
        }
    }
}

/* ---- Names -------------------------------------------------------------------------------------
 */

static bool has_purpose(const struct policy *policy, struct span name) {
    return policy_purpose_covers(policy, name, name);
}

static bool has_category(const struct policy *policy, struct span name) {
    bool has = false;
    for (size_t i = 0; !has && i < policy_category_count(policy); i++) {
        has = span_equal(policy_category_at(policy, i), name);
    }
    return has;
}

static bool has_party(const struct policy *policy, struct span name) {
    struct policy_party party;
    return policy_party_find(policy, name, &party);
}

typedef bool (*name_known_fn)(const struct policy *policy, struct span name);

static struct lg_err names_check(const struct policy_force *force, size_t force_count,
                                 const struct span_list *names, name_known_fn is_known) {
    for (size_t i = 0; i < names->count; i++) {
        bool known = false;
        for (size_t j = 0; !known && j < force_count; j++) {
            known = is_known(force[j].policy, names->items[i]);
        }
        if (!known) {
            return consent_fail(LG_CLASS_INPUT, CONSENT_NAME);
        }
    }
    return LG_OK;
}

struct lg_err consent_names_check(const struct policy_force *force, size_t force_count,
                                  const struct consent *consent) {
    TRY(names_check(force, force_count, &consent->purposes, has_purpose));
    TRY(names_check(force, force_count, &consent->categories, has_category));
    TRY(names_check(force, force_count, &consent->recipients, has_party));
    return names_check(force, force_count, &consent->sources, has_party);
}

/* ---- Changes -----------------------------------------------------------------------------------
 */

static struct lg_err change_make(const struct person_id *person, struct consent *consent,
                                 struct arena *arena, struct consent_change *out_change) {
    vault_random(consent->id.bytes, sizeof consent->id.bytes);
    TRY(consent_entry_encode(person, consent, arena, &out_change->body));
    out_change->id = consent->id;
    return LG_OK;
}

/* A consent is given or refused; an objection stands or is lifted. */
static bool draft_valid(const struct consent *consent) {
    bool is_objection = consent->kind == CONSENT_KIND_OBJECTION;
    enum consent_state other = is_objection ? CONSENT_WITHDRAWN : CONSENT_GIVEN;
    bool has_evidence = consent->how.representative == CONSENT_REPRESENTATIVE_NONE ||
                        consent->how.representative_evidence.len > 0;
    return consent->kind != CONSENT_KIND_NOT_STATED && has_evidence &&
           (consent->state == CONSENT_REFUSED || consent->state == other);
}

static void recorder_set(struct consent *consent, const struct consent_recorder *recorder) {
    consent->recorded_by = recorder->party;
    consent->recorded_ms = recorder->now_ms;
    consent->how.user_id = recorder->user_id;
    consent->how.role = recorder->role;
}

struct lg_err consent_record_make(struct store_reader *reader, const struct consent_draft *draft,
                                  struct arena *arena, struct consent_change *out_change) {
    struct consent consent = *draft->consent;
    if (!draft_valid(&consent)) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    recorder_set(&consent, &draft->recorder);
    TRY(change_make(draft->person, &consent, arena, out_change));
    struct store_consents rows = {0};
    TRY(store_consents_read(reader, draft->person, arena, &rows));
    return rows.count < CONSENT_RECORDS_MAX ? LG_OK : consent_fail(LG_CLASS_LIMIT, CONSENT_FULL);
}

/* The one of this id, or NULL. */
static const struct consent *fact_find(const struct consent_facts *facts, struct span id) {
    for (size_t i = 0; i < facts->count; i++) {
        const struct consent *consent = &facts->items[i];
        if (span_equal(span_of(consent->id.bytes, sizeof consent->id.bytes), id)) {
            return consent;
        }
    }
    return NULL;
}

/* All that the one consent was about is withdrawn, whatever else is asked for. */
static struct lg_err withdrawal_narrow(struct store_reader *reader,
                                       const struct consent_withdrawal *withdrawal,
                                       struct arena *arena, struct consent *consent) {
    struct consent_facts facts;
    TRY(consent_facts_read(reader, withdrawal->person, arena, &facts));
    const struct consent *old = fact_find(&facts, withdrawal->id);
    if (old == NULL) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_UNKNOWN);
    }
    consent->kind = old->kind;
    consent->purposes = old->purposes;
    consent->categories = old->categories;
    consent->recipients = old->recipients;
    consent->sources = old->sources;
    return LG_OK;
}

struct lg_err consent_withdraw_make(struct store_reader *reader,
                                    const struct consent_withdrawal *withdrawal,
                                    struct arena *arena, struct consent_change *out_change) {
    struct consent consent = {
        .state = CONSENT_WITHDRAWN,
        .kind = withdrawal->kind,
        .purposes = withdrawal->purposes,
        .categories = withdrawal->categories,
        .recipients = withdrawal->recipients,
        .how = withdrawal->how,
    };
    recorder_set(&consent, &withdrawal->recorder);
    if (withdrawal->id.len > 0) {
        TRY(withdrawal_narrow(reader, withdrawal, arena, &consent));
    }
    if (consent.kind == CONSENT_KIND_OBJECTION) {
        return consent_fail(LG_CLASS_INPUT, CONSENT_FIELDS);
    }
    return change_make(withdrawal->person, &consent, arena, out_change);
}

/* ---- Showing -----------------------------------------------------------------------------------
 */

static struct lg_err shown_read(const struct consent_look *look, struct arena *arena,
                                struct consent_facts *out_facts) {
    const struct trees trees = {look->force, look->force_count};
    TRY(consent_facts_read(look->reader, look->person, arena, out_facts));
    facts_mark(&trees, out_facts);
    return LG_OK;
}

struct lg_err consent_list(const struct consent_look *look, struct arena *arena,
                           struct consent **out_consents, size_t *out_count) {
    struct consent_facts facts;
    TRY(shown_read(look, arena, &facts));
    *out_consents = facts.items;
    *out_count = facts.count;
    return LG_OK;
}

struct lg_err consent_find(const struct consent_look *look, struct span id, struct arena *arena,
                           const struct consent **out_consent) {
    struct consent_facts facts;
    TRY(shown_read(look, arena, &facts));
    *out_consent = fact_find(&facts, id);
    return LG_OK;
}

/* ---- Scopes ------------------------------------------------------------------------------------
 */

struct lg_err consent_scope_agreement(const struct store *store, struct span agreement,
                                      struct store_tag *out_scope) {
    return store_tag_make(store, STORE_TAG_SCOPE_AGREEMENT, &agreement, 1, out_scope);
}

struct lg_err consent_scope_caller(const struct store *store, struct span agency,
                                   struct span system, struct store_tag *out_scope) {
    struct span parts[] = {agency, system};
    return store_tag_make(store, STORE_TAG_SCOPE_CALLER, parts, 2, out_scope);
}

struct lg_err consent_scopes_person(struct store_reader *reader, const struct person_id *person,
                                    struct arena *arena, struct store_tag **out_scopes,
                                    size_t *out_count) {
    struct person_id *ids = NULL;
    size_t count = 0;
    TRY(store_aliases_read(reader, person, arena, &ids, &count));
    struct store_tag *scopes = arena_array(arena, count, sizeof *scopes);
    if (scopes == NULL) {
        return consent_fail(LG_CLASS_LIMIT, CONSENT_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct span id = span_of(ids[i].bytes, sizeof ids[i].bytes);
        TRY(store_tag_make(store_reader_store(reader), STORE_TAG_SCOPE_PERSON, &id, 1, &scopes[i]));
    }
    *out_scopes = scopes;
    *out_count = count;
    return LG_OK;
}
