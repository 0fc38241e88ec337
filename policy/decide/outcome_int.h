/* SPDX-License-Identifier: Apache-2.0 */
/* Rulings counted up, inside policy/ only. */
#ifndef POLICY_DECIDE_OUTCOME_INT_H
#define POLICY_DECIDE_OUTCOME_INT_H

#include "policy/policy_int.h"

/* Of all fields asked for; duties come from those that are shared and not redacted. */
struct tally {
    size_t fields;
    size_t shared;
    enum policy_reason first_refusal;
    enum policy_reason first_settled; /* of a field that the first half would have shared */
    enum policy_reason settled_told;  /* what may be read of it */
    bool by_emergency;
    bool objection;
    bool review_due;
    bool law_unchecked;
    bool purpose_lock;
    bool regime_crossing;
    bool untold;
    uint32_t keep_days;
    uint32_t group_min;
    enum policy_onward onward; /* the strictest so far */
    bool onward_differs;       /* two of that kind name different parties or purposes */
    struct span onward_party;
    struct span onward_purpose;
};

void policy_tally_add(struct tally *tally, const struct policy_ruling *ruling);
void policy_tally_decide(const struct tally *tally, struct policy_outcome *outcome);
LG_MUST_USE struct lg_err policy_tally_duties(const struct tally *tally, struct arena *arena,
                                              struct duties *out_duties);

#endif
