/* SPDX-License-Identifier: Apache-2.0 */
/* What applying entries of the log to rows of reliance is made of. All run inside the one
 * transaction of store_changes_apply; persons are resolved, aliases and all. */
#ifndef GATEWAY_STORE_CHANGES_INT_H
#define GATEWAY_STORE_CHANGES_INT_H

#include "gateway/store/reliance.h"
#include "gateway/store/store_int.h"

/* Ends the person's open rows that the fact ends. */
LG_MUST_USE struct lg_err store_reliances_end(struct store *store, const struct person_id *person,
                                              const struct store_consent *fact,
                                              const struct store_ending *ending);
/* Adds the uses; those that are there already stay as they are. */
LG_MUST_USE struct lg_err store_uses_add(struct store *store, const struct person_id *person,
                                         const struct store_consent_change *change);
LG_MUST_USE struct lg_err
store_notice_acknowledge(struct store *store, const struct store_tag *notice, uint64_t log_index);
/* Counts one fact. */
LG_MUST_USE struct lg_err store_tally_add(struct store *store, const struct store_tally_mark *mark);

#endif
