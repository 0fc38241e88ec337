/* SPDX-License-Identifier: Apache-2.0 */
/* Hints as changes of a question, as the asker would make them. */
#include "policy/explain/explain_int.h"

static struct lg_err add_training(struct span training, struct arena *arena,
                                  struct policy_request *request) {
    struct span *items = arena_array(arena, request->trainings.count + 1, sizeof *items);
    if (items == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < request->trainings.count; i++) {
        items[i] = request->trainings.items[i];
    }
    items[request->trainings.count] = training;
    request->trainings = (struct span_list){.items = items, .count = request->trainings.count + 1};
    return LG_OK;
}

/* The person agreed: to all of this, explicitly, now, and the source wrote it down. */
static struct lg_err add_consent(const struct policy_hint *hint, struct arena *arena,
                                 struct policy_facts *facts) {
    bool is_permission = hint->kind == POLICY_HINT_ASK_PERMISSION;
    struct consent *consents = arena_array(arena, facts->consent_count + 1, sizeof *consents);
    if (consents == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < facts->consent_count; i++) {
        consents[i] = facts->consents[i];
    }
    consents[facts->consent_count] = (struct consent){
        .state = CONSENT_GIVEN,
        .kind = is_permission ? CONSENT_KIND_CONFIDENTIALITY : CONSENT_KIND_NOT_STATED,
        .explicit_consent = true,
        .recorded_ms = INT64_MAX,
        .recorded_by = hint->value,
        .log_index = UINT64_MAX};
    facts->consents = consents;
    facts->consent_count++;
    return LG_OK;
}

static struct lg_err clear_counts(struct arena *arena, struct policy_facts *facts) {
    struct policy_counts *counts = arena_array(arena, facts->count_count, sizeof *counts);
    if (counts == NULL) {
        return policy_no_memory();
    }
    facts->counts = counts;
    return LG_OK;
}

/* Of an adult, silence is no word that they cannot consent: so the gateway reads it, and an
 * emergency that it would refuse helps nobody. Earlier ones and late reviews stay as they are
 * known. */
static void declare(const struct policy_hint *hint, struct policy_request *request) {
    const struct policy_emergency was = request->emergency;
    bool is_silent = was.capacity == CAPACITY_UNSTATED && request->age_class != AGE_CHILD;
    request->emergency = (struct policy_emergency){
        .is_declared = true,
        .id = hint->value,
        .reason = hint->reason,
        .rationale_chars = hint->number,
        .has_age = true,
        .count = was.count,
        .overdue = was.overdue,
        .capacity = is_silent ? CAPACITY_NOT_KNOWN : was.capacity,
    };
}

/* Those that need no memory. */
static void set(const struct policy_hint *hint, struct policy_request *request) {
    switch (hint->kind) {
    case POLICY_HINT_CITE_BASIS:
        request->basis = hint->value;
        break;
    case POLICY_HINT_CASE_REFERENCE:
        request->has_case_reference = true;
        break;
    case POLICY_HINT_SECOND_PERSON:
        request->has_second_person = true;
        break;
    case POLICY_HINT_ASK_AT:
        request->at_s = hint->at_s;
        break;
    case POLICY_HINT_NO_CONSENT_REASON:
        request->no_consent_reason = span_text("cannot-reasonably-obtain");
        break;
    case POLICY_HINT_FIVE_REASONS:
        request->necessity = (1U << POLICY_NECESSITIES) - 1;
        break;
    case POLICY_HINT_STATEMENT:
        request->has_statement = true;
        break;
    case POLICY_HINT_AGE_CLASS:
        request->age_class = span_equal_text(hint->value, "child") ? AGE_CHILD : AGE_ADULT;
        break;
    case POLICY_HINT_RATIONALE:
        request->emergency.rationale_chars = hint->number;
        break;
    case POLICY_HINT_EMERGENCY_REASON:
        request->emergency.reason = hint->value;
        break;
    case POLICY_HINT_EMERGENCY_AGAIN:
        request->emergency.has_age = true;
        request->emergency.age_min = 0;
        break;
    case POLICY_HINT_EMERGENCY:
        declare(hint, request);
        break;
    default:
        break;
    }
}

struct lg_err policy_hint_apply(const struct policy_hint *hint, struct arena *arena,
                                struct policy_attempt *attempt) {
    switch (hint->kind) {
    case POLICY_HINT_TRAINING:
        return add_training(hint->value, arena, &attempt->request);
    case POLICY_HINT_ASK_PERSON:
    case POLICY_HINT_ASK_PERMISSION:
        return add_consent(hint, arena, &attempt->facts);
    case POLICY_HINT_WAIT:
        return clear_counts(arena, &attempt->facts);
    default:
        set(hint, &attempt->request);
        return LG_OK;
    }
}
