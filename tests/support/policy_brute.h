/* SPDX-License-Identifier: Apache-2.0 */
/* How one cell changed between two versions, by putting every question to both: the yardstick that
 * the comparison of versions is held against. It knows nothing of clauses. */
#ifndef TESTS_SUPPORT_POLICY_BRUTE_H
#define TESTS_SUPPORT_POLICY_BRUTE_H

#include "policy/compare/compare.h"

struct brute_cell {
    struct span role; /* "party/role" */
    struct span source;
    struct span purpose;
    struct span field;
};

/* Moments that are tried; nothing else of the calendar is. */
struct brute_times {
    const int64_t *at_s;
    size_t count;
    bool few_consents; /* none, refused and given alone: enough where no clause tells them apart */
};

/* 0 where nothing changed. questions counts those put to a version. */
int policy_brute_class(const struct policy *before, const struct policy *after,
                       const struct brute_cell *cell, const struct brute_times *times,
                       uint64_t *questions);

/* Of all questions, or of those without a given consent, or without a declared emergency. */
struct brute_ways {
    bool without_consent;
    bool without_emergency;
};
/* Whether any of them is shared. */
bool policy_brute_shares(const struct policy *policy, const struct brute_cell *cell,
                         const struct brute_times *times, struct brute_ways ways);

#endif
