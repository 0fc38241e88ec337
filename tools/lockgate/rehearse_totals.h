/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCKGATE_REHEARSE_TOTALS_H
#define TOOLS_LOCKGATE_REHEARSE_TOTALS_H

#include "policy/compare/rehearse.h"

/* A replay as it may be attached to a proposal, which all parties read and sign: what each clause
 * would have changed, and nothing of who asked for what. Neither roles, purposes, samples nor
 * entries; counts of 1 to 7 as "fewer than 8", others rounded to 5, and no sum from which those
 * could be had (subjects.md 6.5). The same replay prints the same bytes. */
void rehearse_totals_print(const struct policy_rehearsal *report, bool json);

#endif
