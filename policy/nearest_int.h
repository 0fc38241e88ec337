/* SPDX-License-Identifier: Apache-2.0 */
/* The clauses that come nearest to a cell that none governs. */
#ifndef POLICY_NEAREST_INT_H
#define POLICY_NEAREST_INT_H

#include "policy/permit_int.h"

/* "Refused. No clause shares this ... Nearest: clause 7.3, which differs in recipient and purpose."
 * At most three clauses. ptr NULL where memory is used up. */
struct span policy_nearest_sentence(const struct candidate *candidate, struct arena *arena);

#endif
