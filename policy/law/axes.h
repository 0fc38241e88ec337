/* SPDX-License-Identifier: Apache-2.0 */
/* The six axes of one decision (design, law, 4.3): each has its own verdict and its own source, and
 * the outcome is their conjunction. A lawful basis gives no power, a power sets no confidence
 * aside, and consent stands in for neither.
 *
 * Agreement, basis and necessity are always judged. Power and confidentiality are asked only where
 * the agreement was compiled with a statute register (policy/register/register.h), and so are the
 * parts of the others that need one: who may rely on Article 6(1)(ea), the requester's statement,
 * the regime wall, the opt-out of patient information whose category says nothing of it.
 *
 * What the requester's facts mean (struct policy_request):
 *   has_statement          the requester stated, on the record, that it needs the data for its own
 *                          task under Article 6(1)(e) (UK GDPR Annex 1, paragraph 1)
 *   necessity              which of the five reasons were recorded
 *   capacity               whether the person can decide this; not known is never taken for either
 *   has_compelling_reason  grounds that override an objection were recorded (Article 21(1)) */
#ifndef POLICY_LAW_AXES_H
#define POLICY_LAW_AXES_H

#include "policy/policy.h"

enum policy_axis {
    POLICY_AXIS_AGREEMENT,
    POLICY_AXIS_POWER,
    POLICY_AXIS_BASIS,
    POLICY_AXIS_CONFIDENTIALITY,
    POLICY_AXIS_OBJECTION,
    POLICY_AXIS_NECESSITY,
    POLICY_AXES,
};

/* In the order of weight: of two verdicts on one axis the later one stands. */
enum policy_axis_verdict {
    POLICY_AXIS_NOT_ASKED,
    POLICY_AXIS_MET,
    POLICY_AXIS_MET_WITH_WARNING, /* on a register entry that nobody has checked, or a noted fact */
    POLICY_AXIS_SET_ASIDE,        /* by the emergency */
    POLICY_AXIS_REFERRED,         /* not by this route: a named officer decides */
    POLICY_AXIS_NOT_MET,
};

/* What sets the duty of confidence aside. */
enum policy_confidence {
    POLICY_CONFIDENCE_NONE,
    POLICY_CONFIDENCE_IMPLIED,  /* reasonable expectation within direct care */
    POLICY_CONFIDENCE_EXPLICIT, /* the person's permission, of kind confidentiality */
    POLICY_CONFIDENCE_STATUTE,  /* that lifts it */
    POLICY_CONFIDENCE_SECTION_251,
    POLICY_CONFIDENCE_PUBLIC_INTEREST, /* as a named person decided in an emergency */
    POLICY_CONFIDENCE_BEST_INTERESTS,  /* of a person who lacks capacity */
    POLICY_CONFIDENCES,
};

/* The word `axes` of a ruling, which a record keeps:
 *
 *   bits  0-17  six verdicts of three bits, axis after axis
 *   bits 18-20  enum policy_confidence that was relied on
 *   bits 21-23  0
 *   bits 24-31  the register entry that was relied on, or failed: its place in the register from 1;
 *               0 where there is none */
enum { POLICY_AXIS_BITS = 3, POLICY_AXES_CONFIDENCE_SHIFT = 18, POLICY_AXES_ENTRY_SHIFT = 24 };

static inline enum policy_axis_verdict policy_axes_get(uint32_t axes, enum policy_axis axis) {
    return (enum policy_axis_verdict)(axes >> (POLICY_AXIS_BITS * (uint32_t)axis) & 7U);
}

static inline enum policy_confidence policy_axes_confidence(uint32_t axes) {
    return (enum policy_confidence)(axes >> POLICY_AXES_CONFIDENCE_SHIFT & 7U);
}

/* Place in the register from 1, 0 where there is none. */
static inline uint32_t policy_axes_entry(uint32_t axes) {
    return axes >> POLICY_AXES_ENTRY_SHIFT;
}

/* source: the clause, the provision with who checked it, the article, what set confidence aside,
 * the emergency and who declared it; empty where the axis was not asked or nothing carries it.
 * Tells of facts about the person: for the source's officers and for audit, not for the requester.
 */
struct policy_axis_view {
    enum policy_axis_verdict verdict;
    struct span source;
};
/* Of a ruling whose permit is still there. source.ptr NULL also where memory is used up, which
 * arena_failed tells. */
struct policy_axis_view policy_axis_read(const struct policy_ruling *ruling, enum policy_axis axis,
                                         struct arena *arena);

/* "agreement", "power", ... and "not-asked", "met", ...; static strings. */
const char *policy_axis_name(enum policy_axis axis);
const char *policy_axis_verdict_name(enum policy_axis_verdict verdict);
const char *policy_confidence_name(enum policy_confidence confidence);

#endif
