/* SPDX-License-Identifier: Apache-2.0 */
/* One field while it is settled, inside policy/ only. */
#ifndef POLICY_DECIDE_SETTLE_INT_H
#define POLICY_DECIDE_SETTLE_INT_H

#include "policy/decide/permit_int.h"

struct settling {
    const struct candidate *it;
    const struct policy_facts *facts;
    struct policy_ruling ruling;
    enum policy_reason stage;
    enum consent_found found;
    bool is_explicit;
    bool refusal_set_aside;
};

/* Whether the emergency, which is valid, stands in for a person who said no: its declarer is one of
 * those who may set a refusal aside, and the agreement names a basis that carries it (law.md 4.3,
 * rule 11). */
bool policy_refusal_yields(const struct settling *s);

#endif
