/* SPDX-License-Identifier: Apache-2.0 */
/* What an agreement says about who signs it, what it replaces and what its end means. */
#ifndef POLICY_SIGNING_H
#define POLICY_SIGNING_H

#include "policy/policy.h"

struct policy_signer {
    struct span party;
    struct span office; /* signs as */
    struct span key;    /* as written; empty where the party names none */
};

/* In the order of policy_party_at. */
struct policy_signer policy_signer_at(const struct policy *policy, size_t index);
/* The party that keeps the file. */
struct span policy_lead(const struct policy *policy);
/* signatures needed: both sides. A clause applies once its own two parties signed; otherwise all
 * parties sign before any clause does. */
bool policy_signs_both_sides(const struct policy *policy);
/* The version that this one replaces; 0: the first. */
uint32_t policy_replaces(const struct policy *policy);
/* What becomes of what a party enrolled when it leaves, by the agreement's end or by one of the
 * party's enrol clauses, and of all enrolments when the agreement ends: given back to it, or
 * deleted here. */
bool policy_returns_on_leaving(const struct policy *policy, struct span party);
bool policy_returns_on_expiry(const struct policy *policy);
/* The first moment, in seconds since 1970 UTC, whose local day in the agreement's time zone is
 * `day` or a later one. */
int64_t policy_day_begins(const struct policy *policy, int32_t day);

#endif
