/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of subject access share. */
#ifndef GATEWAY_SERVICE_SAR_INT_H
#define GATEWAY_SERVICE_SAR_INT_H

#include "gateway/sar/sar.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/subject_access.h"

/* For a number that is none of the caller's agency: whether it is another's or nobody's is not
 * told. */
extern const char service_sar_absent[];

/* Today, as the office has it: the civil day of the United Kingdom. */
int32_t service_sar_today(const struct service_call *call);
/* The request as it travels; texts are those of `request`, days in the arena. Errors of reading;
 * LIMIT. */
LG_MUST_USE struct lg_err service_sar_state(const struct service_call *call,
                                            const struct sar_request *request, struct arena *arena,
                                            struct wire_sar_case *out_state);

#endif
