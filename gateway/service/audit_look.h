/* SPDX-License-Identifier: Apache-2.0 */
/* What searching and exporting the log have in common: how a look is asked for. */
#ifndef GATEWAY_SERVICE_AUDIT_LOOK_H
#define GATEWAY_SERVICE_AUDIT_LOOK_H

#include "gateway/index/index.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/audit_search.h"

/* NULL, or the sentence that says what does not go together. */
const char *service_audit_look_fault(const struct service_call *call,
                                     const struct wire_audit_search_request *request);
/* The code of the reason in the log; NULL for none. */
const char *service_audit_look_reason(enum wire_search_reason reason);
/* The query, of the caller's own agency, but for most, before and whom it is about. Names point
 * into the request. LIMIT. */
LG_MUST_USE struct lg_err service_audit_look_query(const struct service_call *call,
                                                   const struct wire_audit_search_request *request,
                                                   struct index_query *out_query);
/* Whom it is about, once they were located: their ids, in the call's arena. Errors of the store. */
LG_MUST_USE struct lg_err service_audit_look_persons(const struct service_search *search,
                                                     struct index_query *query);

#endif
