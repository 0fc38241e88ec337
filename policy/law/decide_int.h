/* SPDX-License-Identifier: Apache-2.0 */
/* The axes inside the evaluation of one field, inside policy/ only. */
#ifndef POLICY_LAW_DECIDE_INT_H
#define POLICY_LAW_DECIDE_INT_H

#include "policy/decide/permit_int.h"
#include "policy/decide/settle_int.h"
#include "policy/law/axes.h"

/* The weightier of two verdicts stands. */
static inline void policy_axis_raise(uint32_t *axes, enum policy_axis axis,
                                     enum policy_axis_verdict verdict) {
    uint32_t shift = POLICY_AXIS_BITS * (uint32_t)axis;
    if (verdict > policy_axes_get(*axes, axis)) {
        *axes = (*axes & ~(7U << shift)) | (uint32_t)verdict << shift;
    }
}

/* True where a public authority would rely on Article 6(1)(ea). */
bool policy_law_is_shut(const struct candidate *it);
/* Special category data of a body of health or social care of which nobody says whether it is
 * patient information: it may be, and what would follow is for a person to decide (law.md 4.3, rule
 * 14). */
bool policy_law_is_silent(const struct candidate *it);
/* What agreements say of the data as such, into the candidate: before a power is looked for. */
void policy_law_mark(struct candidate *it);
/* What the source received under a statute with a lock goes no further than the lock says. */
void policy_law_lock(struct candidate *it);
/* Statement, regime, power and lock, in this order. */
void policy_law_decide(struct candidate *it);
void policy_law_necessity(struct candidate *it);
/* For a field that the agreement refuses as a whole: whether a duty exists all the same. */
void policy_law_outlive(struct candidate *it);
/* Refuses, or refers where the reason says so; the first refusal is the reason. */
void policy_law_refuse(struct candidate *it, enum policy_axis axis, enum policy_reason reason);
/* Confidentiality, objection, opt-out and the holder's judgement, in this order. */
void policy_law_settle(struct settling *s);
/* Who signs for the source is who answers for its data: "the Caldicott Guardian of NAME". */
struct span policy_law_officer(const struct candidate *it, struct arena *arena);
/* The lawful next step, naming the officer to ask where there is one; empty where the reason is
 * none of the axes'. ptr NULL likewise where memory is used up. */
struct span policy_law_remedy(const struct candidate *it, enum policy_reason reason,
                              struct arena *arena);
/* Verdicts on agreement, basis and consent, from the checks that were made. */
void policy_axes_sum_up(const struct candidate *it, uint32_t checks, uint32_t *axes);

#endif
