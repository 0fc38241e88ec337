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
#include "gateway/query/query.h"

struct service_signals;

/* gateway and reader are kept, the reader for the thread of the turns. Goes on where it ended, or
 * begins at the end of the log. Errors of the store; LIMIT. The caller frees it. */
LG_MUST_USE struct lg_err service_signals_open(const struct query_gateway *gateway,
                                               struct store_reader *reader,
                                               struct service_signals **out_signals);
/* Writes nothing. */
void service_signals_free(struct service_signals **signals);

/* Goes on, for so many batches at most; how many cases it opened is in *out_opened, also with an
 * error. Blocks on log and store: on no worker. is_over, where not NULL, ends it early. Errors of
 * log, index and store: what was counted since the last write is counted again by the next call. */
struct service_signals_turn {
    bool (*is_over)(void *ctx);
    void *ctx;
    size_t opened;
    bool is_behind; /* set: there is more */
};
LG_MUST_USE struct lg_err service_signals_run(struct service_signals *signals,
                                              struct service_signals_turn *turn);
/* Writes what was counted since it was written last. Errors of the store. */
LG_MUST_USE struct lg_err service_signals_write(struct service_signals *signals);

#endif
