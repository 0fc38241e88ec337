/* SPDX-License-Identifier: Apache-2.0 */
/* What the changes of the log mean for the store. */
#ifndef GATEWAY_QUERY_APPLY_H
#define GATEWAY_QUERY_APPLY_H

#include "gateway/audit/audit.h"
#include "gateway/store/store.h"

/* An audit_apply_fn; ctx is the `struct store *`. INPUT where the log holds what this version
 * cannot read (do not start); errors of the store; LIMIT without memory. */
LG_MUST_USE struct lg_err query_apply(void *ctx, const struct audit_change *changes, size_t count);

/* Whether the change is an act on an agreement, which the book of agreements takes as well once the
 * store has it. */
bool query_apply_is_agreement(const struct audit_change *change);

#endif
