/* SPDX-License-Identifier: Apache-2.0 */
/* The connector's server: Source for the gateway, Edge for the agency's own systems.
 *
 * Source may be called by the one certificate that the configuration names as the gateway's. Edge
 * is offered where the configuration says so, and only to systems of the same agency and
 * partnership. Every answer to Fetch is padded to a size class and leaves at the next slot of time
 * after the work, a decoy's like a person's. */
#ifndef TOOLS_CONNECTOR_SERVE_H
#define TOOLS_CONNECTOR_SERVE_H

#include "tools/connector/agent.h"

/* Serves until SIGTERM or SIGINT. The agent is connected. Errors of starting, with a sentence in
 * *diag. */
LG_MUST_USE struct lg_err connector_serve(struct connector_agent *agent, struct diag *diag);

/* Bytes that an answer of this length is padded to; 0 where it is longer than any class. */
size_t connector_size_class(size_t len);
/* When an answer leaves whose work began and ended at these times, in milliseconds. */
int64_t connector_slot_ms(int64_t began_ms, int64_t ended_ms);

#endif
