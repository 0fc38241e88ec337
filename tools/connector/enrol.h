/* SPDX-License-Identifier: Apache-2.0 */
/* An agency's people into the index: tokens made in batches of 256, sent in a stream each, and
 * written down when they are acknowledged. */
#ifndef TOOLS_CONNECTOR_ENROL_H
#define TOOLS_CONNECTOR_ENROL_H

#include <stdio.h>

#include "tools/connector/agent.h"

enum { CONNECTOR_REJECTED_KEPT = 1000 };

struct connector_rejected {
    uint64_t line;
    char code[40];
};

struct connector_enrolment {
    uint64_t people;    /* rows of the person table */
    uint64_t hidden;    /* by the mapping's hide rule: never sent */
    uint64_t same;      /* acknowledged before as they are */
    uint64_t sent;      /* records of this run */
    uint64_t added;     /* of them, as the gateway counted */
    uint64_t updated;   /* */
    uint64_t unchanged; /* */
    uint64_t rejected;  /* here or at the gateway */
    uint64_t gone;      /* enrolled once, in the data no more */
    uint64_t retired;   /* of them, taken out by this run */
    struct connector_rejected lines[CONNECTOR_REJECTED_KEPT];
    size_t line_count;
    char sentence[256]; /* of the gateway, where it refused */
    enum grpc_status status;
};

struct connector_enrol_options {
    const char *agreement;
    bool retire;      /* takes people out who are gone */
    bool is_terminal; /* progress is drawn over itself */
    FILE *progress;   /* NULL: none */
};

/* Runs the agent's loop until all is sent. CONFIG CONNECTOR_OPT_OUT with line and sentence in *diag
 * before anything is sent: the opt-out result that the mapping names is of no use. PEER
 * CONNECTOR_NETWORK: run it again, it goes on where it stopped. The counts are filled as far as it
 * came. */
LG_MUST_USE struct lg_err connector_enrol(struct connector_agent *agent,
                                          const struct connector_enrol_options *options,
                                          struct diag *diag,
                                          struct connector_enrolment *out_enrolment);

#endif
