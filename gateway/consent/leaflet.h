/* SPDX-License-Identifier: Apache-2.0 */
/* What the person is given: in plain words what was recorded, for how long, how to change it, and
 * what changing it does not do. */
#ifndef GATEWAY_CONSENT_LEAFLET_H
#define GATEWAY_CONSENT_LEAFLET_H

#include "gateway/consent/consent.h"

/* A text of lines of at most 100 characters. It names no person: the gateway holds no name, so
 * there is a line to write it on. Names of purposes, categories and parties are spelt out as the
 * agreements in force do. recorded_on: YYYY-MM-DD. In the arena; LIMIT CONSENT_MEMORY. */
struct consent_leaflet {
    const struct consent *consent;
    const struct policy_force *force;
    size_t force_count;
    struct span recorded_on;
};
LG_MUST_USE struct lg_err consent_leaflet_write(const struct consent_leaflet *leaflet,
                                                struct arena *arena, struct span *out_text);

#endif
