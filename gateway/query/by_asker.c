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

static struct review_opening opening_of(const struct query *query, struct span source,
                                        struct span agreement) {
    struct review_opening opening = {
        .kind = REVIEW_CONSENT_BY_ASKER,
        .reviewer = source,
        .opener = {.agency = query->caller->agency,
                   .user_id = query->caller->user_id,
                   .agreement = agreement},
        .system = query->caller->system,
        .role = query->caller->role,
        .purpose = query->question->ground.purpose,
        .case_reference = query->question->ground.case_reference,
        .opened_ms = query->begun_wall_ms,
        .due_ms = query->begun_wall_ms + LIMIT_CONSENT_REVIEW_MS,
        .cause = span_text("recorded-within-the-hour"),
    };
    vault_random(opening.id.bytes, sizeof opening.id.bytes);
    return opening;
}

struct lg_err query_by_asker_entry(const struct query *query, struct span source,
                                   const struct consent_reliance *use,
                                   struct audit_entry_fields *out) {
    const struct review_opening opening = opening_of(query, source, use->agreement);
    *out = (struct audit_entry_fields){
        .kind = AUDIT_REVIEW,
        .requesting_agency = query->caller->agency,
        .agreement = use->agreement,
        .agreement_version = use->agreement_version,
        .purpose = use->purpose,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("CONSENT_BY_ASKER"),
        .person = &query->located.person,
    };
    vault_random(out->request_id.bytes, sizeof out->request_id.bytes);
    return review_opening_encode(&opening, query->arena, &out->sealed);
}
