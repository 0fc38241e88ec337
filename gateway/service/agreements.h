/* SPDX-License-Identifier: Apache-2.0 */
/* Methods of the service Agreements, for the table of service.c. */
#ifndef GATEWAY_SERVICE_AGREEMENTS_H
#define GATEWAY_SERVICE_AGREEMENTS_H

#include "gateway/service/service_int.h"
#include "gateway/wire/agreements.h"
#include "policy/lint/lint.h"

void service_agreement_check(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_propose(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_sign(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_activate(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_suspend(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_resume(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_refuse(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_withdraw(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_review(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_end(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_diff(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_replay(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_list(void *ctx, struct grpc_call *grpc, struct span message);
void service_agreement_get(void *ctx, struct grpc_call *grpc, struct span message);

/* agreement_info.c: a version as it travels, in the arena. */
LG_MUST_USE struct lg_err service_agreement_info(const struct agreement_info *info,
                                                 struct arena *arena,
                                                 struct wire_agreement_info *out_info);
/* Whether the caller is given the signature lines, which hold offices and reasons: officers are,
 * and systems of the agreement's parties. */
bool service_agreement_shows_lines(const struct agreement_info *info, const struct caller *caller);
/* Every fault and doubt that a check found. */
LG_MUST_USE struct lg_err service_agreement_findings(const struct policy_findings *findings,
                                                     struct arena *arena,
                                                     const struct wire_finding **out_findings);

#endif
