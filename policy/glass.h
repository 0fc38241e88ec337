/* SPDX-License-Identifier: Apache-2.0 */
/* Emergencies that an agreement provides, for whoever carries out what they ask: how long one
 * lasts, who is told, when it is reviewed. */
#ifndef POLICY_GLASS_H
#define POLICY_GLASS_H

#include "policy/policy.h"

/* tell: the office that is told within tell_min minutes. */
struct policy_provision {
    struct span id;
    uint32_t lasts_min;
    struct policy_rate at_most; /* of one person */
    struct span tell;
    uint32_t tell_min;
    uint32_t check_days; /* working days */
    bool counts_overdue; /* what is overdue matters */
};

/* In the order of the file; index below the count. */
size_t policy_provision_count(const struct policy *policy);
struct policy_provision policy_provision_at(const struct policy *policy, size_t index);
/* The longest window in which emergencies of one person are counted, in seconds; 0 where the
 * agreement provides none. */
uint32_t policy_provision_window(const struct policy *policy);

/* What the permit's agreement of this id says of the emergency that was declared. False where none
 * was, or this agreement was not asked. */
struct policy_declared {
    bool is_valid;
    enum policy_reason fault; /* first fault of one that is not valid, else NONE */
    bool has_provision;
    struct policy_provision provision; /* it was judged by */
};
bool policy_permit_declared(const struct permit *permit, struct span agreement,
                            struct policy_declared *out_declared);

/* The end of the n-th working day after the day of at_s, as the agreement's place counts: Monday to
 * Friday, no bank holiday of England and Wales. UTC seconds. */
int64_t policy_working_days_end(const struct policy *policy, int64_t at_s, uint32_t days);

#endif
