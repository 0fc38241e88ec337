/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of signals of misuse (gateway/signals): where a rule hit, and what is counted of an
 * agency's people. Derived from the log; users stand here as tags alone. */
#ifndef GATEWAY_STORE_SIGNALS_H
#define GATEWAY_STORE_SIGNALS_H

#include "gateway/base/limits_signals.h"
#include "gateway/store/store.h"

/* A rule that hit. opener: STORE_TAG_OPENER of agency and user. */
struct store_signal {
    struct store_tag opener;
    uint32_t rule;
    uint64_t log_index; /* of the entry that it is about */
    int64_t at_ms;
    struct review_id review; /* the case that it is in */
};

/* Adds them in one transaction; those that are there stay as they are, and beyond
 * LIMIT_SIGNALS_HITS of one case nothing is added. STORE STORE_IO, STORE_LATCHED. */
LG_MUST_USE struct lg_err store_signals_add(struct store *store, const struct store_signal *signals,
                                            size_t count);
/* The newest of a rule and user. */
LG_MUST_USE struct lg_err store_signal_last(struct store_reader *reader,
                                            const struct store_tag *opener, uint32_t rule,
                                            bool *out_found, struct store_signal *out_signal);

/* A case's hits: how many are kept, the newest of them, and how many of the same rule and user came
 * before it, at most STORE_REVIEW_COUNT_MAX. */
struct store_signals_of {
    uint32_t count;
    uint32_t earlier;
    size_t shown_count;
    struct store_signal shown[LIMIT_SIGNALS_HITS_SHOWN];
};
LG_MUST_USE struct lg_err store_signals_of_case(struct store_reader *reader,
                                                const struct review_id *review,
                                                struct store_signals_of *out_of);

/* ---- Counts ---------------------------------------------------------------------------------- */

/* What is counted of one agency's people: bytes of the signals module. */
struct store_signal_counts {
    struct span agency;
    struct span body;
};
enum { STORE_SIGNALS_BODY_MAX = 1 << 18 };

/* Replaces the counts of these agencies and says up to which size of the log they go, in one
 * transaction, and deletes hits from before forget_ms. Errors as above; INPUT STORE_FIELDS. */
struct store_signals_written {
    const struct store_signal_counts *counts;
    size_t count;
    uint64_t through;
    int64_t forget_ms;
};
LG_MUST_USE struct lg_err store_signals_write(struct store *store,
                                              const struct store_signals_written *written);
/* out_body empty where nothing was written of the agency; in the arena. STORE STORE_CORRUPT. */
LG_MUST_USE struct lg_err store_signals_read(struct store_reader *reader, struct span agency,
                                             struct arena *arena, struct span *out_body);
/* *out_found false before the first were written. */
LG_MUST_USE struct lg_err store_signals_through(struct store_reader *reader, bool *out_found,
                                                uint64_t *out_through);

#endif
