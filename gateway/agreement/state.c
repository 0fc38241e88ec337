/* SPDX-License-Identifier: Apache-2.0 */
/* The first row whose condition holds gives the state:
 *
 *   condition                                                  state
 *   not proposed                                               none
 *   files or signatures are not what they were                 broken
 *   a party refused and it was never activated                 refused
 *   not activated: all signatures that are needed              signed
 *                  some                                        signing
 *                  none                                        proposed
 *   activated: ended, and its day has come                     ended
 *              a version that replaces it has begun            superseded
 *              after the last day                              expired
 *              before the first day                            scheduled
 *              suspended by the lead                           suspended
 *              after review and grace                          overdue
 *              after the day of review                         grace
 *              at most 90 days before it, or on it             review due
 *              else                                            active
 *
 * A version that never began and is superseded stays superseded; an end that was set before the
 * first day ends it there. */
#include "gateway/agreement/state.h"

static enum agreement_state unsigned_state(const struct agreement_facts *facts) {
    if (facts->is_refused) {
        return AGREEMENT_STATE_REFUSED;
    }
    if (facts->is_signed) {
        return AGREEMENT_STATE_SIGNED;
    }
    return facts->signed_count > 0 ? AGREEMENT_STATE_SIGNING : AGREEMENT_STATE_PROPOSED;
}

static enum agreement_state review_state(const struct agreement_facts *facts) {
    int64_t review = facts->days.review_day;
    if (facts->today > review + (int64_t)facts->days.grace_days) {
        return AGREEMENT_STATE_OVERDUE;
    }
    if (facts->today > review) {
        return AGREEMENT_STATE_GRACE;
    }
    return facts->today >= review - AGREEMENT_REMIND_FIRST ? AGREEMENT_STATE_REVIEW_DUE
                                                           : AGREEMENT_STATE_ACTIVE;
}

enum agreement_state agreement_state_of(const struct agreement_facts *facts) {
    if (!facts->is_proposed) {
        return AGREEMENT_STATE_NONE;
    }
    if (facts->is_broken) {
        return AGREEMENT_STATE_BROKEN;
    }
    if (!facts->is_activated) {
        return unsigned_state(facts);
    }
    if (facts->has_end && facts->today >= facts->end_day) {
        return AGREEMENT_STATE_ENDED;
    }
    if (facts->is_superseded) {
        return AGREEMENT_STATE_SUPERSEDED;
    }
    if (facts->today > facts->days.last_day) {
        return AGREEMENT_STATE_EXPIRED;
    }
    if (facts->today < facts->days.first_day) {
        return AGREEMENT_STATE_SCHEDULED;
    }
    return facts->is_suspended ? AGREEMENT_STATE_SUSPENDED : review_state(facts);
}

const char *agreement_state_name(enum agreement_state state) {
    static const char *const names[] = {
        [AGREEMENT_STATE_NONE] = "not proposed",     [AGREEMENT_STATE_PROPOSED] = "proposed",
        [AGREEMENT_STATE_SIGNED] = "signed",         [AGREEMENT_STATE_ACTIVE] = "active",
        [AGREEMENT_STATE_SUSPENDED] = "suspended",   [AGREEMENT_STATE_EXPIRED] = "expired",
        [AGREEMENT_STATE_SUPERSEDED] = "superseded", [AGREEMENT_STATE_SIGNING] = "signing",
        [AGREEMENT_STATE_SCHEDULED] = "scheduled",   [AGREEMENT_STATE_REVIEW_DUE] = "review due",
        [AGREEMENT_STATE_GRACE] = "in grace",        [AGREEMENT_STATE_OVERDUE] = "review overdue",
        [AGREEMENT_STATE_ENDED] = "ended",           [AGREEMENT_STATE_REFUSED] = "refused",
        [AGREEMENT_STATE_BROKEN] = "broken",
    };
    return (size_t)state < sizeof names / sizeof *names ? names[state] : "";
}

bool agreement_state_is_in_force(enum agreement_state state) {
    return state == AGREEMENT_STATE_ACTIVE || state == AGREEMENT_STATE_REVIEW_DUE ||
           state == AGREEMENT_STATE_GRACE;
}

uint32_t agreement_reminder(int32_t today, int32_t day) {
    int64_t left = (int64_t)day - today;
    if (left <= AGREEMENT_REMIND_LAST) {
        return AGREEMENT_REMIND_LAST;
    }
    if (left <= AGREEMENT_REMIND_SECOND) {
        return AGREEMENT_REMIND_SECOND;
    }
    return left <= AGREEMENT_REMIND_FIRST ? AGREEMENT_REMIND_FIRST : 0;
}
