/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of the statute register (policy/register), beside those of gateway/base/limits.h. */
#ifndef GATEWAY_BASE_LIMITS_REGISTER_H
#define GATEWAY_BASE_LIMITS_REGISTER_H

enum {
    /* Bodies and functions are bits of one machine word; that of no body is kept free. */
    LIMIT_REGISTER_BODIES = 63,
    LIMIT_REGISTER_FUNCTIONS = 64,
    /* An entry's place is eight bits of the word that a decision record keeps, 0 for none. */
    LIMIT_REGISTER_ENTRIES = 255,
    /* Entries that one basis may cite: each is looked at for every field. */
    LIMIT_REGISTER_CITED = 8,
    /* Bytes of a compiled register, of which every agreement under it holds a copy. */
    LIMIT_REGISTER_MEMORY = 16777216,
};

#endif
