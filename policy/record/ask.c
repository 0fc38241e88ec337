/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a question, out of its permit. */
#include <assert.h>
#include <string.h>

#include "policy/record/record_int.h"

/* ---- agreements ---- */

/* What the caller gave for a text, or what stands beside it where it is in force. */
static struct policy_record_hash hash_of(const struct policy_record_given *given,
                                         const struct policy *policy, const uint8_t *beside) {
    struct policy_record_hash hash;
    for (size_t i = 0; i < given->force_count; i++) {
        if (given->force[i].policy == policy) {
            return given->hashes[i];
        }
    }
    static_assert(sizeof hash.bytes == sizeof((struct policy_force *)0)->hash, "one kind of hash");
    memcpy(hash.bytes, beside, sizeof hash.bytes);
    return hash;
}

static struct lg_err make_agreements(const struct permit *permit,
                                     const struct policy_record_given *given, struct arena *arena,
                                     struct policy_record_ask *ask) {
    size_t count = policy_record_agreement_count(permit);
    struct policy_record_agreement *agreements = arena_array(arena, count, sizeof *agreements);
    if (agreements == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < count; i++) {
        const struct scope *scope = &permit->scopes[i];
        /* Where all must sign, one that has not keeps everybody waiting. */
        bool waits = !scope->policy->both_sides && scope->force.unsigned_parties.count > 0;
        agreements[i] = (struct policy_record_agreement){
            .hash = hash_of(given, scope->policy, scope->force.hash),
            .version = scope->policy->version,
            .is_suspended = scope->force.is_suspended,
            .is_unsigned = scope->force.is_unsigned || waits,
        };
    }
    ask->agreements = agreements;
    ask->agreement_count = count;
    return LG_OK;
}

static bool is_asked(const struct permit *permit, const struct policy *policy) {
    for (size_t i = 0; i < permit->scope_count; i++) {
        if (permit->scopes[i].policy == policy) {
            return true;
        }
    }
    return false;
}

/* Those that bore on what was asked. Also where no agreement was asked: a draft that is rehearsed
 * may have covered the question. */
static struct lg_err make_bystanders(const struct permit *permit,
                                     const struct policy_record_given *given, struct arena *arena,
                                     struct policy_record_ask *ask) {
    struct policy_record_bystander *bystanders =
        arena_array(arena, POLICY_RECORD_BYSTANDERS_MAX, sizeof *bystanders);
    size_t count = 0;
    if (bystanders == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < permit->binding_count; i++) {
        const struct binding *it = &permit->bindings[i];
        if (is_asked(permit, it->policy) || !policy_law_binding_bears(permit, it)) {
            continue;
        }
        if (count == POLICY_RECORD_BYSTANDERS_MAX) {
            ask->is_whole = false;
            break;
        }
        bystanders[count++] = (struct policy_record_bystander){
            .hash = hash_of(given, it->policy, it->hash), .is_superseded = it->is_superseded};
    }
    ask->bystanders = bystanders;
    ask->bystander_count = count;
    return LG_OK;
}

/* Parties of whom something became, at most as many as a record holds. */
struct standing_list {
    struct policy_record_standing *items;
    size_t count;
    bool is_whole;
};

/* A party that the text does not know cannot be in a question. */
static void add_standings(const struct permit *permit, size_t agreement,
                          enum policy_record_state state, struct standing_list *list) {
    const struct scope *scope = &permit->scopes[agreement];
    const struct span_list *parties[] = {
        [POLICY_RECORD_SUSPENDED] = &scope->force.suspended,
        [POLICY_RECORD_NOT_SIGNED] = &scope->force.unsigned_parties,
        [POLICY_RECORD_WITHDRAWN] = &scope->force.withdrawn,
    };
    for (size_t i = 0; i < parties[state]->count; i++) {
        uint32_t party = policy_names_find(&scope->policy->party_names, parties[state]->items[i]);
        if (party != POLICY_NONE && list->count == POLICY_RECORD_STANDINGS_MAX) {
            list->is_whole = false;
        } else if (party != POLICY_NONE) {
            list->items[list->count++] = (struct policy_record_standing){
                .party = {(uint8_t)agreement, (uint16_t)party}, .state = state};
        }
    }
}

static struct lg_err make_standings(const struct permit *permit, struct arena *arena,
                                    struct policy_record_ask *ask) {
    struct standing_list list = {.is_whole = true};
    list.items = arena_array(arena, POLICY_RECORD_STANDINGS_MAX, sizeof *list.items);
    if (list.items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < ask->agreement_count; i++) {
        add_standings(permit, i, POLICY_RECORD_SUSPENDED, &list);
        add_standings(permit, i, POLICY_RECORD_NOT_SIGNED, &list);
        add_standings(permit, i, POLICY_RECORD_WITHDRAWN, &list);
    }
    ask->standings = list.items;
    ask->standing_count = list.count;
    ask->is_whole = list.is_whole;
    return LG_OK;
}

/* ---- lists ---- */

/* Unknown ones are told apart, so that as many are decided on again. */
static struct lg_err make_names(const struct permit *permit, enum policy_record_kind kind,
                                const struct span_list *texts, struct arena *arena,
                                const struct policy_record_name **out_names) {
    struct policy_record_name *names = arena_array(arena, texts->count, sizeof *names);
    if (names == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < texts->count; i++) {
        names[i] = policy_record_name_find(permit, kind, texts->items[i]);
        size_t first = i;
        for (size_t j = 0; names[i].agreement == POLICY_RECORD_UNKNOWN && j < first; j++) {
            first = span_equal(texts->items[j], texts->items[i]) ? j : first;
        }
        if (names[i].agreement == POLICY_RECORD_UNKNOWN) {
            names[i].number = (uint16_t)first;
        }
    }
    *out_names = names;
    return LG_OK;
}

/* A training that no role asks for decides nothing here, but may under another text. */
static struct lg_err make_trainings(const struct permit *permit, struct arena *arena,
                                    struct policy_record_ask *ask) {
    const struct span_list *texts = &permit->request.trainings;
    struct policy_record_name *names =
        arena_array(arena, POLICY_RECORD_TRAININGS_MAX, sizeof *names);
    if (names == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < texts->count; i++) {
        struct policy_record_name name =
            policy_record_name_find(permit, POLICY_RECORD_TRAINING, texts->items[i]);
        bool is_known = name.agreement < POLICY_RECORD_UNKNOWN;
        if (!is_known || ask->training_count == POLICY_RECORD_TRAININGS_MAX) {
            ask->is_whole = false;
        } else {
            names[ask->training_count++] = name;
        }
    }
    ask->trainings = names;
    return LG_OK;
}

/* ---- facts ---- */

static struct policy_record_name role_of(const struct permit *permit) {
    if (permit->request.role.len == 0) {
        return (struct policy_record_name){.agreement = POLICY_RECORD_NOT_GIVEN};
    }
    for (size_t i = 0; i < permit->scope_count; i++) {
        if (permit->scopes[i].role != POLICY_NONE) {
            return (struct policy_record_name){(uint8_t)i, (uint16_t)permit->scopes[i].role};
        }
    }
    return (struct policy_record_name){.agreement = POLICY_RECORD_UNKNOWN};
}

static enum policy_record_no_consent no_consent_of(struct span reason) {
    static const char *const words[] = {
        [POLICY_RECORD_CANNOT_GIVE] = "cannot-give",
        [POLICY_RECORD_CANNOT_OBTAIN] = "cannot-reasonably-obtain",
        [POLICY_RECORD_WOULD_PREJUDICE] = "would-prejudice",
    };
    if (reason.len == 0) {
        return POLICY_RECORD_NO_REASON;
    }
    for (size_t i = POLICY_RECORD_CANNOT_GIVE; i <= POLICY_RECORD_WOULD_PREJUDICE; i++) {
        if (span_equal_text(reason, words[i])) {
            return (enum policy_record_no_consent)i;
        }
    }
    return POLICY_RECORD_OTHER_REASON;
}

static struct policy_record_emergency emergency_of(const struct permit *permit) {
    const struct policy_emergency *declared = &permit->request.emergency;
    struct policy_record_emergency none = {
        .section = {.agreement = POLICY_RECORD_NOT_GIVEN},
        .reason = {.agreement = POLICY_RECORD_NOT_GIVEN},
    };
    if (!declared->is_declared) {
        return none;
    }
    return (struct policy_record_emergency){
        .is_declared = true,
        .has_age = declared->has_age,
        .section = policy_record_name_find(permit, POLICY_RECORD_EMERGENCY, declared->id),
        .reason = policy_record_name_find(permit, POLICY_RECORD_EMERGENCY_REASON, declared->reason),
        .rationale_chars = declared->rationale_chars,
        .age_min = declared->has_age ? declared->age_min : 0,
        .count = declared->count,
        .overdue = declared->overdue,
        .capacity = declared->capacity,
    };
}

struct lg_err policy_record_ask_make(const struct permit *permit,
                                     const struct policy_record_given *given, struct arena *arena,
                                     struct policy_record_ask *out_ask) {
    const struct policy_request *request = &permit->request;
    struct policy_record_ask ask = {
        .is_whole = true,
        .at_s = request->at_s,
        .agreement = policy_record_name_find(permit, POLICY_RECORD_AGREEMENT, request->agreement),
        .recipient = policy_record_name_find(permit, POLICY_RECORD_PARTY, request->recipient),
        .role = role_of(permit),
        .purpose = policy_record_name_find(permit, POLICY_RECORD_PURPOSE, request->purpose),
        .basis = policy_record_name_find(permit, POLICY_RECORD_BASIS, request->basis),
        .age_class = request->age_class,
        .has_case_reference = request->has_case_reference,
        .has_second_person = request->has_second_person,
        .has_statement = request->has_statement,
        .no_consent = no_consent_of(request->no_consent_reason),
        .reasons_given = (uint8_t)(request->necessity & 0x1f),
        .has_compelling_reason = request->has_compelling_reason,
        .capacity = request->capacity,
        .emergency = emergency_of(permit),
        .source_count = request->sources.count,
        .field_count = request->fields.count,
    };
    TRY(make_agreements(permit, given, arena, &ask));
    TRY(make_standings(permit, arena, &ask));
    TRY(make_trainings(permit, arena, &ask));
    TRY(make_bystanders(permit, given, arena, &ask));
    TRY(make_names(permit, POLICY_RECORD_PARTY, &request->sources, arena, &ask.sources));
    TRY(make_names(permit, POLICY_RECORD_FIELD, &request->fields, arena, &ask.fields));
    *out_ask = ask;
    return LG_OK;
}
