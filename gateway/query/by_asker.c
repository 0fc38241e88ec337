/* SPDX-License-Identifier: Apache-2.0 */
/* A consent that the asker itself recorded shortly before it was used goes on the list of the
 * source's officers: nobody else heard the person say it. The case is opened with the use, before
 * anything leaves, once for each consent and source. */
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"
#include "gateway/review/review.h"

bool query_is_by_asker(const struct query *query, const struct consent *consent) {
    int64_t age_ms = query->begun_wall_ms - consent->recorded_ms;
    return span_equal(consent->recorded_by, query->caller->agency) &&
           age_ms < LIMIT_CONSENT_FRESH_MS;
}

static enum policy_tells tells_of(const struct query *query, struct span source) {
    for (size_t i = 0; i < policy_permit_source_count(query->permit); i++) {
        if (span_equal(policy_permit_source(query->permit, i), source)) {
            return policy_permit_tells(query->permit, i);
        }
    }
    return POLICY_TELLS_PERMIT;
}

/* The source's officers read it: the day, and of who asked and why what the clause tells their
 * agency. The opener is for the rule that nobody reviews their own doing. */
static struct review_opening opening_of(const struct query *query, struct span source,
                                        struct span agreement) {
    enum { DAY_MS = 24 * 3600 * 1000 };
    enum policy_tells tells = tells_of(query, source);
    int64_t day_ms = query->begun_wall_ms - query->begun_wall_ms % DAY_MS;
    struct review_opening opening = {
        .kind = REVIEW_CONSENT_BY_ASKER,
        .reviewer = source,
        .opener = {.agency = query->caller->agency,
                   .user_id = query->caller->user_id,
                   .agreement = agreement},
        .opened_ms = day_ms,
        .due_ms = day_ms + LIMIT_CONSENT_REVIEW_MS,
        .cause = span_text("recorded-within-the-hour"),
    };
    if (tells >= POLICY_TELLS_PURPOSE) {
        opening.purpose = query->question->ground.purpose;
    }
    if (tells >= POLICY_TELLS_PERSON) {
        opening.role = query->caller->role;
    }
    vault_random(opening.id.bytes, sizeof opening.id.bytes);
    return opening;
}

/* The source reads its leaf: of who asked and why that has what the clause tells, as the leaf of a
 * release has; the rest is sealed. */
struct lg_err query_by_asker_entry(const struct query *query, struct span source,
                                   const struct consent_reliance *use,
                                   struct audit_entry_fields *out) {
    const struct review_opening opening = opening_of(query, source, use->agreement);
    *out = (struct audit_entry_fields){
        .kind = AUDIT_REVIEW,
        .source_agency = source,
        .agreement = use->agreement,
        .agreement_version = use->agreement_version,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("CONSENT_BY_ASKER"),
    };
    if (tells_of(query, source) >= POLICY_TELLS_PURPOSE) {
        out->requesting_agency = query->caller->agency;
        out->purpose = use->purpose;
    }
    vault_random(out->request_id.bytes, sizeof out->request_id.bytes);
    return review_opening_encode(&opening, query->arena, &out->sealed);
}
