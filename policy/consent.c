/* SPDX-License-Identifier: Apache-2.0 */
/* What a person's consents come to for one field (design, section 13, "Rules behind it"). */
#include "policy/permit_int.h"

/* An empty list covers all. */
static bool list_covers(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return list->count == 0;
}

/* A wider purpose covers the narrower; purposes that the agreement does not know cover nothing. */
static bool purposes_cover(const struct scope *scope, const struct span_list *purposes) {
    for (size_t i = 0; i < purposes->count; i++) {
        uint32_t wider = policy_names_find(&scope->policy->purpose_names, purposes->items[i]);
        if (wider != POLICY_NONE &&
            policy_purpose_steps(scope->policy, wider, scope->purpose) != UINT32_MAX) {
            return true;
        }
    }
    return purposes->count == 0;
}

/* Whether a given consent was recorded by somebody whom the clause believes. */
static bool recorder_counts(const struct candidate *it, struct span recorder) {
    struct span recipient = it->scope->request->recipient;
    struct span source = it->scope->policy->parties[it->source].shown.id;
    switch (it->term.recorder) {
    case POLICY_RECORDER_SOURCE:
        return span_equal(recorder, source);
    case POLICY_RECORDER_EITHER:
        return span_equal(recorder, source) || span_equal(recorder, recipient);
    case POLICY_RECORDER_NOT_ASKER:
        return recorder.len > 0 && !span_equal(recorder, recipient);
    case POLICY_RECORDER_ANY:
        break;
    }
    return true;
}

static bool in_scope(const struct candidate *it, const struct consent *fact) {
    return purposes_cover(it->scope, &fact->purposes) &&
           list_covers(&fact->categories, it->term.category) &&
           list_covers(&fact->recipients, it->scope->request->recipient) &&
           (fact->state != CONSENT_GIVEN || recorder_counts(it, fact->recorded_by));
}

/* Equal age: the stricter one counts as newer. */
static bool is_newer(const struct consent *a, const struct consent *b) {
    if (a->log_index != b->log_index) {
        return a->log_index > b->log_index;
    }
    if (a->recorded_ms != b->recorded_ms) {
        return a->recorded_ms > b->recorded_ms;
    }
    return a->state != CONSENT_GIVEN && b->state == CONSENT_GIVEN;
}

/* A date that cannot be read gives no consent. */
static enum consent_found dates_find(const struct consent *fact, int32_t today) {
    int32_t day;
    if (fact->from.len > 0 && (!policy_day_parse(fact->from, &day) || today < day)) {
        return CONSENT_FOUND_OUT_OF_SCOPE;
    }
    if (fact->until.len > 0 && (!policy_day_parse(fact->until, &day) || today > day)) {
        return CONSENT_FOUND_EXPIRED;
    }
    return CONSENT_FOUND_GIVEN;
}

enum consent_found policy_consent_find(const struct candidate *candidate,
                                       const struct policy_facts *facts, bool *out_explicit) {
    const struct consent *newest = NULL;
    bool given_elsewhere = false;
    *out_explicit = false;
    for (size_t i = 0; i < facts->consent_count; i++) {
        const struct consent *fact = &facts->consents[i];
        if (!in_scope(candidate, fact)) {
            given_elsewhere |= fact->state == CONSENT_GIVEN;
        } else if (newest == NULL || is_newer(fact, newest)) {
            newest = fact;
        }
    }
    if (newest == NULL) {
        return given_elsewhere ? CONSENT_FOUND_OUT_OF_SCOPE : CONSENT_FOUND_NONE;
    }
    switch (newest->state) {
    case CONSENT_GIVEN:
        *out_explicit = newest->explicit_consent;
        return dates_find(newest, candidate->scope->now.day);
    case CONSENT_WITHDRAWN:
        return CONSENT_FOUND_WITHDRAWN;
    case CONSENT_REFUSED:
        break;
    }
    /* A state that nobody knows stops like a refusal. */
    return CONSENT_FOUND_REFUSED;
}

bool policy_is_no_consent_reason(struct span reason) {
    return span_equal_text(reason, "cannot-give") ||
           span_equal_text(reason, "cannot-reasonably-obtain") ||
           span_equal_text(reason, "would-prejudice");
}
