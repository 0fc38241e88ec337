/* SPDX-License-Identifier: Apache-2.0 */
/* One field while it is settled, inside policy/ only. */
#ifndef POLICY_SETTLE_INT_H
#define POLICY_SETTLE_INT_H

#include "policy/permit_int.h"

struct settling {
    const struct candidate *it;
    const struct policy_facts *facts;
    struct policy_ruling ruling;
    enum policy_reason stage;
    enum consent_found found;
    bool is_explicit;
    bool refusal_set_aside;
};

#endif
