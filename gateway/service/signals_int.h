/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of misuse at work, inside this module: signals.c follows the log and counts,
 * signal_events.c makes of an entry what the rules look at, signal_cases.c makes of what hit a case
 * that waits, signal_moments.c opens what waits. All on the thread that reads the log. */
#ifndef GATEWAY_SERVICE_SIGNALS_INT_H
#define GATEWAY_SERVICE_SIGNALS_INT_H

#include "gateway/index/index.h"
#include "gateway/query/query.h"
#include "gateway/service/signal_marks.h"
#include "gateway/service/signals.h"
#include "gateway/signals/signals.h"
#include "gateway/store/signals.h"

/* Rows that wait for one transaction. */
enum { SERVICE_SIGNALS_PENDING = 64 };

struct service_signals {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    struct index_follower follower;
    struct signals_agency **agencies; /* one for each party, in the registry's order */
    bool *is_changed;                 /* since it was written */
    size_t agency_count;
    uint64_t through; /* entries of the log that were looked at */
    uint64_t written_through;
    int64_t written_ms; /* of the wall clock */
    int64_t swept_ms;   /* INT64_MIN: not yet */
    bool has_failed;    /* what is counted is not what the log says: read it again */
    struct store_signal pending[SERVICE_SIGNALS_PENDING];
    size_t pending_count;
    size_t waiting_count;           /* cases that wait, of all agencies */
    int64_t moment_ms;              /* when they are opened */
    struct service_signals_did did; /* since it was opened */
    struct service_signals_did told;
    bool fails; /* and that was told */
    struct service_marks_known *known;
    struct query_askers *askers; /* whose existence a user's agency may learn */
};

static inline int64_t service_signals_now(const struct service_signals *signals) {
    return clock_wall_ms(&signals->gateway->clock);
}

/* ---- Events ---- */

/* False for an agency that is no party any more, and where nobody acted. */
bool service_signals_agency_find(const struct service_signals *signals,
                                 const struct index_asked *asked, size_t *out_agency);
/* Errors of the store; LIMIT. */
LG_MUST_USE struct lg_err service_signals_event_make(const struct service_signals *signals,
                                                     size_t agency, const struct index_asked *asked,
                                                     struct signals_event *out);

/* ---- Cases ---- */

/* A hit of the agency's (in the registry's order): it joins a case, or one waits for it. asked is
 * the entry that was looked at then, which may be another than the one that it is about; NULL:
 * time alone. Errors of log and store; LIMIT. */
LG_MUST_USE struct lg_err service_signals_hit(struct service_signals *signals, size_t agency,
                                              const struct signals_hit *hit,
                                              const struct index_asked *asked);
/* Writes the rows that are pending. */
LG_MUST_USE struct lg_err service_signals_pending_write(struct service_signals *signals);

/* ---- Moments ---- */

/* When the next cases are opened, as the store has it, or drawn where that is past. */
LG_MUST_USE struct lg_err service_signals_moment_read(struct service_signals *signals);
/* Opens what waits, if it is time. */
LG_MUST_USE struct lg_err service_signals_open_due(struct service_signals *signals);

#endif
