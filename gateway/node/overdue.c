/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews, duties and incidents whose time has passed are handed on, on a thread of its own: each
 * is an entry of the log, which is waited for. */
#include <stdlib.h>

#include "gateway/base/log.h"
#include "gateway/node/node_int.h"
#include "gateway/node/turns.h"

/* What is handed on is days late by its nature; a turn takes a few, and the rest come soon. */
static const int64_t REST_NS = 2000000000;

struct node_overdue {
    struct node *node;
    struct store_reader *reader;
    struct service_duty_sweep sweep;
    struct node_turns turns;
};

static void outcome_note(const char *what, struct lg_err err, size_t count) {
    if (count > 0) {
        log_line(LOG_INFO, "node.overdue", "what=%s escalated=%zu", what, count);
    }
    if (lg_failed(err)) {
        log_line(LOG_WARN, "node.overdue", "what=%s left=some class=%s", what,
                 lg_class_name(lg_err_class(err)));
    }
}

static int64_t turn_run(void *ctx) {
    struct node_overdue *it = ctx;
    const struct query_gateway *gateway = &it->node->gateway;
    size_t count = 0;
    struct lg_err err = service_reviews_lapse(gateway, it->reader, &count);
    outcome_note("reviews", err, count);
    err = service_duties_lapse(gateway, it->reader, &it->sweep, &count);
    outcome_note("duties", err, count);
    err = service_incidents_lapse(gateway, it->reader, &count);
    outcome_note("incidents", err, count);
    return REST_NS;
}

struct lg_err node_overdue_start(struct node *node) {
    struct node_overdue *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    node->overdue = it;
    it->node = node;
    TRY(store_reader_open(node->store, &it->reader));
    return node_turns_start(&it->turns, turn_run, it);
}

void node_overdue_stop(struct node *node) {
    struct node_overdue *it = node->overdue;
    if (it == NULL) {
        return;
    }
    node_turns_stop(&it->turns);
    store_reader_free(&it->reader);
    free(it);
    node->overdue = NULL;
}
