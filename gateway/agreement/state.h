/* SPDX-License-Identifier: Apache-2.0 */
/* Where a version of an agreement stands. Derived, never stored: a pure function of what is durable
 * and of the day. */
#ifndef GATEWAY_AGREEMENT_STATE_H
#define GATEWAY_AGREEMENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* Values are those of the contract (AgreementState). */
enum agreement_state {
    AGREEMENT_STATE_NONE = 0, /* nothing durable says that it was proposed */
    AGREEMENT_STATE_PROPOSED = 1,
    AGREEMENT_STATE_SIGNED = 2,
    AGREEMENT_STATE_ACTIVE = 3,
    AGREEMENT_STATE_SUSPENDED = 4,
    AGREEMENT_STATE_EXPIRED = 5,
    AGREEMENT_STATE_SUPERSEDED = 6,
    AGREEMENT_STATE_SIGNING = 7,
    AGREEMENT_STATE_SCHEDULED = 8,
    AGREEMENT_STATE_REVIEW_DUE = 9,
    AGREEMENT_STATE_GRACE = 10,
    AGREEMENT_STATE_OVERDUE = 11,
    AGREEMENT_STATE_ENDED = 12,
    AGREEMENT_STATE_REFUSED = 13,
    AGREEMENT_STATE_BROKEN = 14, /* what is on disk is not what was signed: not in force */
};

/* Days before the day of review, or before the last day, on which people are reminded; the first of
 * them begins "review due" (agreements.md 14). */
enum { AGREEMENT_REMIND_FIRST = 90, AGREEMENT_REMIND_SECOND = 30, AGREEMENT_REMIND_LAST = 7 };

struct agreement_facts {
    bool is_proposed;
    bool is_broken;
    bool is_refused;
    uint32_t signed_count; /* parties whose signature is good */
    bool is_signed;        /* all that are needed */
    bool is_activated;
    bool is_suspended;  /* by the lead, for all */
    bool is_superseded; /* a version that replaces it was activated and its first day has come */
    bool has_end;       /* ended before its last day */
    int32_t end_day;    /* the first day on which it no longer applies */
    struct policy_term_days days; /* with the day of review as the last review left it */
    int32_t today;                /* local */
};

enum agreement_state agreement_state_of(const struct agreement_facts *facts);
/* "review due" and so on, for people: a static string. */
const char *agreement_state_name(enum agreement_state state);
/* True where questions may be asked under it as far as state goes; each party's own suspension,
 * withdrawal or missing signature comes on top. */
bool agreement_state_is_in_force(enum agreement_state state);
/* Which reminder is due on this day for a day that is to come: 90, 30, 7, or 0 for none yet. On the
 * day itself and after it: 7. */
uint32_t agreement_reminder(int32_t today, int32_t day);

#endif
