/* SPDX-License-Identifier: Apache-2.0 */
/* How often consent was asked and given, by agency. */
#ifndef GATEWAY_CONSENT_COUNTS_H
#define GATEWAY_CONSENT_COUNTS_H

#include "gateway/consent/consent.h"
#include "gateway/store/reliance.h"

enum { CONSENT_COUNT_LEAST = LIMIT_CONSENT_COUNT_LEAST };

/* A number below CONSENT_COUNT_LEAST reads as 0 with is_suppressed, and so does `asked` where it
 * would give away one that does. */
struct consent_count {
    struct span agency;
    uint32_t asked; /* given and refused together */
    uint32_t given;
    uint32_t refused;
    uint32_t withdrawn;
    uint32_t objected;
    bool suppressed;
};

/* One for each agency, in their order, for a month "YYYY-MM" in UTC. Months alone can be asked for,
 * as the difference of two longer periods could be one person. INPUT CONSENT_FIELDS for what is no
 * month; errors of the store; LIMIT CONSENT_MEMORY. In the arena. */
LG_MUST_USE struct lg_err consent_counts_read(struct store_reader *reader, struct span month,
                                              const struct span_list *agencies, struct arena *arena,
                                              struct consent_count **out_counts);
/* The month of a moment, as the store counts: months since the year 0, UTC. */
int32_t consent_month(int64_t at_ms);
/* Whether "YYYY-MM" has ended by then: before it has, the difference of two answers is what was
 * recorded between them. Of what is no month true, as consent_counts_read says what is wrong. */
bool consent_month_is_over(struct span month, int64_t now_ms);

#endif
