/* SPDX-License-Identifier: Apache-2.0 */
/* Names as small numbers: sorted, so that no choice of names makes looking up slow. */
#ifndef POLICY_TEXT_NAMES_H
#define POLICY_TEXT_NAMES_H

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"

#define POLICY_NONE UINT32_MAX

struct names_entry {
    struct span text;
    uint32_t index;
    uint32_t line;
};

/* entries are in byte order once sealed; index is the order in which they were added. */
struct names {
    struct names_entry *entries;
    uint32_t count;
    uint32_t size;
};

/* Room for `size` names. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_names_init(struct names *names, uint32_t size,
                                            struct arena *arena);
/* Adds the next name; there must be room. */
void policy_names_add(struct names *names, struct span text, uint32_t line);
/* Sorts. Gives the entry that repeats another one (the later of the two), or NULL. */
const struct names_entry *policy_names_seal(struct names *names);
/* The number of a name, or POLICY_NONE. Sealed only. */
uint32_t policy_names_find(const struct names *names, struct span text);
/* The known name nearest to this one, or the empty span. */
struct span policy_names_nearest(const struct names *names, struct span text);

#endif
