/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_SERVICE_SAR_UNTOLD_H
#define GATEWAY_SERVICE_SAR_UNTOLD_H

#include "gateway/service/hits.h"
#include "gateway/wire/subject_access.h"

/* Which hits of the page the person may not be told of (yet), and why: fills untold of the reply,
 * in the arena. For the pool: reads the store. query: whom the report is about. Errors of the
 * store; LIMIT. */
LG_MUST_USE struct lg_err service_sar_untold(const struct service_call *call,
                                             const struct index_query *query,
                                             const struct service_hits *page, struct arena *arena,
                                             struct wire_sar_collect_reply *out_reply);

#endif
