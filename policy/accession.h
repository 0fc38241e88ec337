/* SPDX-License-Identifier: Apache-2.0 */
/* Joining an agreement without everybody signing again (design, 14), where `signatures needed: both
 * sides`. A new version is an accession where it is the old one, section by section, and more:
 * parties, roles of those, and clauses. Then a signature over the old version still binds its party
 * in the new one, unless a new clause concerns it: what it signed stands there word for word, and
 * nothing that is new reaches its data or gives it any.
 *
 * Who is new, every party that a new clause names on either side or as who gets it from there, with
 * whom somebody new is a joint controller, and the lead (by the book, which
 * also carries nothing from what was never in force or was ended) sign the new version. Where
 * an old clause reaches the newcomer (`any`), what it shares has changed, and everybody signs. */
#ifndef POLICY_ACCESSION_H
#define POLICY_ACCESSION_H

#include "policy/policy.h"

/* Whether `after` is an accession to `before`; where it is, out_carries[i] says of party i of
 * `after` that its signature over `before` still counts (LIMIT_POLICY_PARTIES of them; all false
 * otherwise). Work space from the arena. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_accession(const struct policy *before, const struct policy *after,
                                           struct arena *arena, bool *out_carries,
                                           bool *out_is_accession);

#endif
