/* SPDX-License-Identifier: Apache-2.0 */
/* What enrolment, erasing and the log do with suppressions: each inside a write transaction. */
#ifndef GATEWAY_STORE_SUPPRESS_INT_H
#define GATEWAY_STORE_SUPPRESS_INT_H

#include "gateway/store/enrol_int.h"
#include "gateway/store/suppress.h"

/* Takes the place of what was kept of the same person. */
LG_MUST_USE struct lg_err store_suppression_apply(struct store *store,
                                                  const struct store_suppression *it);
/* Gives the record's person what was kept of whom its tokens would have joined. */
LG_MUST_USE struct lg_err store_suppress_enrol(struct store *store,
                                               const struct enrol_record *record);
/* Takes away what nothing leads to any more. */
LG_MUST_USE struct lg_err store_suppress_sweep(struct store *store);

#endif
