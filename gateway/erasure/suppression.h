/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a SUPPRESSION entry: always of one size, so that nobody who sees the log knows
 * whether the person who was erased had refused anything. */
#ifndef GATEWAY_ERASURE_SUPPRESSION_H
#define GATEWAY_ERASURE_SUPPRESSION_H

#include "gateway/erasure/erasure.h"
#include "gateway/store/suppress.h"

/* log_index is not part of it. In the arena. INPUT ERASURE_FIELDS for what is out of its range;
 * LIMIT ERASURE_MEMORY. */
LG_MUST_USE struct lg_err erasure_suppression_encode(const struct store_suppression *it,
                                                     struct arena *arena, struct span *out_body);
/* Lists in the arena, facts point into the body. An empty body, whose key is gone, has nothing.
 * INPUT ERASURE_BODY; LIMIT ERASURE_MEMORY. */
LG_MUST_USE struct lg_err erasure_suppression_decode(uint64_t log_index, struct span body,
                                                     struct arena *arena,
                                                     struct store_suppression *out_suppression);

#endif
