/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of misuse, from the log: who asked, searched or was refused goes through the rules
 * (gateway/signals) after the entry is durable and on no worker, and what hits is put before
 * officers of the user's own agency as a review case: hours later, at a moment that is drawn at
 * random and covered by padding, so that neither when the log grows nor by how much tells which
 * question it was (signal_moments.c). Whoever asked hears nothing of it, and nothing of the person
 * asked about is in it. Nobody sees a case in which they have a hit themselves; but who has many in
 * one day, and is an officer, may count those of others up to the ceiling of the day.
 *
 * How far it came and what it counted is in the store, a minute old at most: after a crash the rest
 * is counted again, and comes to the same cases. A case that waits is in the store with its hit. */
#ifndef GATEWAY_SERVICE_SIGNALS_H
#define GATEWAY_SERVICE_SIGNALS_H

#include <stdbool.h>

#include "gateway/base/err.h"
#include "gateway/index/index.h"
#include "gateway/query/query.h"

struct service_signals;

/* gateway and reader are kept, the reader for the thread that reads the log. Goes on where it
 * ended, or begins at the end of the log. Errors of the store; LIMIT. The caller frees it. */
LG_MUST_USE struct lg_err service_signals_open(const struct query_gateway *gateway,
                                               struct store_reader *reader,
                                               struct service_signals **out_signals);
/* Writes nothing. */
void service_signals_free(struct service_signals **signals);

/* What the reader of the log hands entries to: it blocks on log and store, and says itself what
 * fails. What was counted since the last write is counted again after an error. Lives as long as
 * the signals. */
const struct index_follower *service_signals_follower(const struct service_signals *signals);
/* Since it was opened itself: cases, and hits that a day had no room for. */
struct service_signals_did {
    size_t opened;
    size_t left_out;
};
struct service_signals_did service_signals_done(const struct service_signals *signals);
/* Writes what was counted since it was written last. Errors of the store. */
LG_MUST_USE struct lg_err service_signals_write(struct service_signals *signals);

#endif
