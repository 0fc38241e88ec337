/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews and duties whose day has passed. */
#include "gateway/base/log.h"
#include "gateway/node/node_int.h"

void node_reviews_lapse(struct node *node) {
    size_t count = 0;
    if (node->reader == NULL && lg_failed(store_reader_open(node->store, &node->reader))) {
        log_line(LOG_WARN, "node.reviews", "escalated=no cause=store");
        return;
    }
    struct lg_err err = service_reviews_lapse(&node->gateway, node->reader, &count);
    if (count > 0) {
        log_line(LOG_INFO, "node.reviews.overdue", "escalated=%zu", count);
    }
    if (lg_failed(err)) {
        log_line(LOG_WARN, "node.reviews", "left=some class=%s", lg_class_name(lg_err_class(err)));
    }
}

void node_duties_lapse(struct node *node) {
    size_t count = 0;
    if (node->reader == NULL && lg_failed(store_reader_open(node->store, &node->reader))) {
        log_line(LOG_WARN, "node.duties", "escalated=no cause=store");
        return;
    }
    struct lg_err err =
        service_duties_lapse(&node->gateway, node->reader, &node->duty_sweep, &count);
    if (count > 0) {
        log_line(LOG_INFO, "node.duties.overdue", "escalated=%zu", count);
    }
    if (lg_failed(err)) {
        log_line(LOG_WARN, "node.duties", "left=some class=%s", lg_class_name(lg_err_class(err)));
    }
}
