/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of erasure, each with its reason. */
#ifndef GATEWAY_BASE_LIMITS_ERASURE_H
#define GATEWAY_BASE_LIMITS_ERASURE_H

enum {
    /* Quarters for which entries can be read after their own ended, at least: six years, in which a
     * claim about a disclosure may be brought (Limitation Act 1980, sections 5 and 9). */
    LIMIT_ERASURE_KEEP_QUARTERS = 24,
    /* Requests and holds of one list: as many as the store reads. */
    LIMIT_WIRE_ERASURES = 256,
    /* "2019-Q1". */
    LIMIT_WIRE_QUARTER = 7,
};

#endif
