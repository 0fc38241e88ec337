/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of misuse follow the reader of the log: on no worker, and in its share of a core, so
 * that whoever asks does not wait for them. */
#include "gateway/service/signals.h"

#include <stdlib.h>

#include "gateway/node/node_int.h"

struct node_signals {
    struct store_reader *reader;
    struct service_signals *signals;
};

struct lg_err node_signals_start(struct node *node) {
    struct node_signals *it = calloc(1, sizeof *it);
    if (it == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_SERVICE, NODE_MEMORY);
    }
    node->signals = it;
    TRY(store_reader_open(node->store, &it->reader));
    TRY(service_signals_open(&node->gateway, it->reader, &it->signals));
    index_follow(node->index, service_signals_follower(it->signals));
    return LG_OK;
}

void node_signals_stop(struct node *node) {
    struct node_signals *it = node->signals;
    if (it == NULL) {
        return;
    }
    index_stop(node->index);
    index_follow(node->index, NULL);
    if (it->signals != NULL) {
        lg_err_ignore(service_signals_write(it->signals), "the next start counts it again");
    }
    service_signals_free(&it->signals);
    store_reader_free(&it->reader);
    free(it);
    node->signals = NULL;
}
