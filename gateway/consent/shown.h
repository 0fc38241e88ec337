/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets to see which of a person's consents. */
#ifndef GATEWAY_CONSENT_SHOWN_H
#define GATEWAY_CONSENT_SHOWN_H

#include "gateway/consent/consent.h"

/* Who looks: a caller whose question about consents this permit allows. */
struct consent_viewer {
    const struct permit *permit;
    const struct caller *caller;
    const struct policy_force *force;
    size_t force_count;
};

/* Keeps, in their order, those that the viewer may see: what its own agency recorded; for an
 * officer those about data that its agency holds; and where a clause that is open to this question
 * says `consent shown: yes`, those that it would rest on. All others are as if they were not there:
 * that one exists tells what the person said. Who recorded it is left to the recording agency
 * alone. The new count. */
size_t consent_shown_filter(const struct consent_viewer *viewer, struct consent *consents,
                            size_t count);

#endif
