/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force, for questions and calls of one worker, and what ends them when it is stopped.
 */
#include "gateway/query/query_int.h"

enum { MS_PER_S = 1000 };

static int64_t now_s(const struct query_worker *worker) {
    return clock_wall_ms(loop_clock(worker->loop)) / MS_PER_S;
}

struct query_agreements query_agreements_hold(struct query_worker *worker) {
    struct agreement_set *set = agreement_set_hold(agreement_view_set(&worker->agreements));
    return (struct query_agreements){.set = set, .forces = agreement_set_at(set, now_s(worker))};
}

struct agreement_forces query_agreements_now(struct query_worker *worker) {
    return agreement_set_at(agreement_view_set(&worker->agreements), now_s(worker));
}

/* ---- Stops ---- */

static bool list_has(const struct span_list *list, struct span party) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal(list->items[i], party)) {
            return true;
        }
    }
    return false;
}

/* force NULL: it is in force no more. */
static bool stops(const struct policy_force *force, struct span party) {
    return force == NULL || force->is_suspended || list_has(&force->suspended, party) ||
           list_has(&force->withdrawn, party);
}

/* One source of a permit, and the agreement that one of its fields is shared under. */
static bool term_stopped(struct agreement_forces newest, const struct permit *permit, size_t source,
                         const struct policy_term *term) {
    const struct policy_force *force = agreement_forces_find(newest, term->agreement);
    return term->refusal == POLICY_REASON_NONE &&
           (stops(force, policy_permit_request(permit)->recipient) ||
            stops(force, policy_permit_source(permit, source)));
}

static bool permit_stopped(struct agreement_forces newest, const struct permit *permit) {
    for (size_t i = 0; i < policy_permit_source_count(permit); i++) {
        for (size_t j = 0; j < policy_permit_term_count(permit, i); j++) {
            if (term_stopped(newest, permit, i, policy_permit_term(permit, i, j))) {
                return true;
            }
        }
    }
    return false;
}

bool query_agreements_stopped(struct query_worker *worker, const struct query_agreements *begun,
                              const struct permit *permit) {
    struct agreement_set *newest = agreement_view_set(&worker->agreements);
    return newest != begun->set && permit != NULL &&
           permit_stopped(agreement_set_at(newest, now_s(worker)), permit);
}

void query_running_add(struct query *query) {
    struct query_worker *worker = query->worker;
    query->next = worker->running;
    query->link = &worker->running;
    if (query->next != NULL) {
        query->next->link = &query->next;
    }
    worker->running = query;
}

void query_running_remove(struct query *query) {
    *query->link = query->next;
    if (query->next != NULL) {
        query->next->link = query->link;
    }
}

void query_agreements_changed(struct query_worker *worker) {
    for (struct query *query = worker->running; query != NULL; query = query->next) {
        if (!query->is_stopped &&
            query_agreements_stopped(worker, &query->agreements, query->permit)) {
            query->is_stopped = true;
            query_resume(query);
        }
    }
}

struct query_end query_agreements_end(void) {
    return (struct query_end){
        .status = GRPC_ABORTED,
        .message = "The agreement that this rests on was stopped meanwhile: ask again to read why"};
}
