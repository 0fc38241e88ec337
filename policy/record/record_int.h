/* SPDX-License-Identifier: Apache-2.0 */
/* Inside policy/record only. */
#ifndef POLICY_RECORD_RECORD_INT_H
#define POLICY_RECORD_RECORD_INT_H

#include "policy/decide/permit_int.h"
#include "policy/law/axes.h"
#include "policy/record/record.h"

/* ---- the format, drawn in policy/record/write.c ---- */

enum { RECORD_VERSION = 2, NAME_SIZE = 3, CONSENT_SIZE = 37 };

enum ask_bit {
    ASK_WHOLE = 1,
    ASK_CASE = 2,
    ASK_SECOND = 4,
    ASK_STATEMENT = 8,
    ASK_DECLARED = 16,
    ASK_HAS_AGE = 32,
    ASK_COMPELLING = 64,
    ASK_BYSTANDERS = 128,
    ASK_BITS = 255,
};
enum part_bit {
    PART_WHOLE = 1,
    PART_OPTED_OUT = 2,
    PART_WITHHELD = 4,
    PART_OPT_OUT_KNOWN = 8,
    PART_BITS = 15
};
enum { GIVEN_KINDS = (1 << CONSENT_KIND_END) - 1 };
enum ruling_bit { RULING_TREATMENT = 15, RULING_EMERGENCY = 16, RULING_OBJECTION = 32 };
enum consent_bit {
    CONSENT_EXPLICIT = 1,
    CONSENT_EVERY_PURPOSE = 2,
    CONSENT_EVERY_CATEGORY = 4,
    CONSENT_EVERY_RECIPIENT = 8,
    CONSENT_EVERY_SOURCE = 16,
    CONSENT_RECORDER = 32,
};

/* ---- making ---- */

/* The number of a name in the first agreement of the permit that has it. An empty text is not
 * given; an unknown one is UNKNOWN number 0. Not for roles, whose name needs a party. */
struct policy_record_name policy_record_name_find(const struct permit *permit,
                                                  enum policy_record_kind kind, struct span text);
/* How many agreements there are: a scope without one is none. */
size_t policy_record_agreement_count(const struct permit *permit);
/* The facts of consent that count for the source, into *part. */
LG_MUST_USE struct lg_err policy_record_consents_make(const struct permit *permit, size_t source,
                                                      const struct policy_record_settled *settled,
                                                      struct arena *arena,
                                                      struct policy_record_part *part);

#endif
