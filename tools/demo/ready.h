/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a program answers: grpc.health.v1, over mutual TLS like every other call. */
#ifndef TOOLS_DEMO_READY_H
#define TOOLS_DEMO_READY_H

#include "tools/demo/process.h"
#include "tools/demo/site.h"

struct demo_health {
    const struct demo_process *process; /* that it runs is looked at as well */
    uint16_t port;
    const char *agency; /* of the server's certificate */
    const char *system;
    const char *as_agency; /* whose certificate we show */
    const char *as_system;
};

/* Asks until the answer is SERVING. PEER DEMO_NOT_READY after 20 seconds, or at once when the
 * program ended, with the last line of its log in *diag. */
LG_MUST_USE struct lg_err demo_ready_wait(const struct demo_site *site,
                                          const struct demo_health *health, struct diag *diag);

#endif
