/* SPDX-License-Identifier: Apache-2.0 */
/* One gateway process: everything that its workers share, opened in the one safe order, and the
 * workers. Start: configuration, keys, agreements, store, log, what a crash left unapplied, then
 * listeners. Nothing is answered before all of it holds. */
#ifndef GATEWAY_NODE_NODE_H
#define GATEWAY_NODE_NODE_H

#include <stdint.h>

#include "gateway/base/diag.h"
#include "gateway/base/err.h"

enum node_code {
    NODE_MEMORY = 1,
    NODE_AGREEMENT, /* CONFIG: an agreement's hash, text or rule is not what it should be */
    NODE_PARTIES,   /* CONFIG: more parties than look-ups can tell apart */
    NODE_THREAD,    /* INTERNAL: a worker could not be started */
    NODE_WARDS,     /* CONFIG: the table of wards is not one, or an agreement needs one */
};

struct node;

/* Opens everything and starts the workers. diag says what is wrong and what to do. */
LG_MUST_USE struct lg_err node_start(const char *config_path, struct diag *diag,
                                     struct node **out_node);
/* Reads and checks the configuration and everything that it names, and starts nothing. */
LG_MUST_USE struct lg_err node_check(const char *config_path, struct diag *diag);
/* The port that the first worker listens on. */
uint16_t node_port(const struct node *node);
/* Re-reads certificates, keys and revocation lists where they changed; called every few seconds.
 * Also makes the next quarter's keys in the background. */
void node_refresh(struct node *node);
/* Drains, within `drain_ms`, and frees. */
void node_stop(struct node **node, int64_t drain_ms);

#endif
