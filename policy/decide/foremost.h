/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several agreements speaks for a field, inside policy/ only (design, agreements, section
 * 9, "Several agreements"). */
#ifndef POLICY_DECIDE_FOREMOST_H
#define POLICY_DECIDE_FOREMOST_H

#include "policy/decide/permit_int.h"

/* One agreement's word on a field, after either half of the decision. */
struct contender {
    const struct candidate *it;
    enum policy_reason refusal; /* NONE where it shares */
    /* The check that failed; of no meaning where it shares. Where all refuse, and none may tell
     * what the person said, of the decision on somebody who was never asked. */
    enum policy_reason stage;
};

/* True where a comes before b: what shares before what refuses; of refusals the one that got
 * furthest; then the more specific clause, the more restrictive treatment, the lower id. */
bool policy_comes_first(const struct contender *a, const struct contender *b);

#endif
