/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of misuse, from the log: who asked, searched or was refused goes through the rules
 * (gateway/signals) after the entry is durable and on no worker, and what hits is put before
 * officers of the user's own agency as a review case. Whoever asked hears nothing of it, and
 * nothing of the person asked about is in it.
 *
 * How far it came and what it counted is in the store, a minute old at most: after a crash the rest
 * is counted again, and comes to the same cases. */
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
/* Cases that it opened since it was opened itself. */
size_t service_signals_opened(const struct service_signals *signals);
/* Writes what was counted since it was written last. Errors of the store. */
LG_MUST_USE struct lg_err service_signals_write(struct service_signals *signals);

#endif
