/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/consent/shown.h"

/* An empty list covers all. */
static bool list_covers(const struct span_list *list, struct span name) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], name)) {
            return true;
        }
    }
    return list->count == 0;
}

static bool is_own(const struct consent_viewer *viewer, const struct consent *consent) {
    return span_equal(consent->recorded_by, viewer->caller->agency);
}

/* ---- Officers of a source -----------------------------------------------------------------------
 */

static bool holds_some(const struct policy *policy, struct span party,
                       const struct consent *consent) {
    for (size_t i = 0; i < policy_field_count(policy); i++) {
        const struct policy_field field = policy_field_at(policy, i);
        if (list_covers(&consent->categories, field.category) &&
            policy_source_holds(policy, party, field.id)) {
            return true;
        }
    }
    return false;
}

static bool is_source_officer(const struct consent_viewer *viewer, const struct consent *consent) {
    struct span party = viewer->caller->agency;
    bool is_source = false;
    if (viewer->caller->kind != SYSTEM_OFFICER || !list_covers(&consent->sources, party)) {
        return false;
    }
    for (size_t i = 0; !is_source && i < viewer->force_count; i++) {
        is_source = holds_some(viewer->force[i].policy, party, consent);
    }
    return is_source;
}

/* ---- Clauses that show consent -----------------------------------------------------------------
 */

static bool purposes_cover(const struct consent_viewer *viewer, const struct policy_term *term,
                           const struct consent *consent) {
    struct span purpose = policy_permit_request(viewer->permit)->purpose;
    for (size_t i = 0; i < viewer->force_count; i++) {
        const struct policy *policy = viewer->force[i].policy;
        bool decides = span_equal(policy_id(policy), term->agreement);
        for (size_t j = 0; decides && j < consent->purposes.count; j++) {
            if (policy_purpose_covers(policy, consent->purposes.items[j], purpose)) {
                return true;
            }
        }
    }
    return consent->purposes.count == 0;
}

static bool term_shows(const struct consent_viewer *viewer, size_t source,
                       const struct policy_term *term, const struct consent *consent) {
    return term->refusal == POLICY_REASON_NONE && term->consent_shown &&
           list_covers(&consent->sources, policy_permit_source(viewer->permit, source)) &&
           list_covers(&consent->categories, term->category) &&
           list_covers(&consent->recipients, viewer->caller->agency) &&
           purposes_cover(viewer, term, consent);
}

static bool is_shown_by_clause(const struct consent_viewer *viewer, const struct consent *consent) {
    const struct permit *permit = viewer->permit;
    for (size_t i = 0; i < policy_permit_source_count(permit); i++) {
        for (size_t j = 0; j < policy_permit_term_count(permit, i); j++) {
            if (term_shows(viewer, i, policy_permit_term(permit, i, j), consent)) {
                return true;
            }
        }
    }
    return false;
}

size_t consent_shown_filter(const struct consent_viewer *viewer, struct consent *consents,
                            size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct consent *consent = &consents[i];
        if (!is_own(viewer, consent) && !is_source_officer(viewer, consent) &&
            !is_shown_by_clause(viewer, consent)) {
            continue;
        }
        struct consent shown = *consent;
        if (!is_own(viewer, consent)) {
            shown.how.user_id = span_of(NULL, 0);
            shown.how.role = span_of(NULL, 0);
        }
        consents[kept++] = shown;
    }
    return kept;
}
