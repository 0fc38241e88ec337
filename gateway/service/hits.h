/* SPDX-License-Identifier: Apache-2.0 */
/* What a look into the index found, as its reader may see it. What comes from the index is a hint
 * where to look: what is shown is the leaf, if it is this agency's. */
#ifndef GATEWAY_SERVICE_HITS_H
#define GATEWAY_SERVICE_HITS_H

#include "gateway/index/index.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/audit_search.h"

/* One entry with its receipt under a checkpoint; is_own false: the leaf is not of this side of the
 * caller's agency, and nothing is shown. In the arena, like what `found` points to. */
struct service_hit {
    bool is_own;
    struct receipt_form entry;
    struct wire_audit_hit hit;
};
/* For the pool. Errors of the log; LIMIT. */
LG_MUST_USE struct lg_err service_hit_make(const struct service_call *call,
                                           const struct index_hit *found,
                                           const struct audit_receipts_under *under,
                                           struct arena *arena, struct service_hit *out_hit);

/* One page, of one message: entries[i] is the receipt of hits[i], the entries of a question stand
 * together, and all paths lead to checkpoint. In the arena, like what `found` points to. */
struct service_hits {
    struct receipt_form *entries;
    struct wire_audit_hit *hits;
    size_t count;
    struct span checkpoint;
    bool is_more;
    uint64_t last; /* where is_more: the position before which the next page begins */
};

/* For the pool. beside: bytes of the message that each hit may take beside its own. Errors of the
 * log; LIMIT. */
LG_MUST_USE struct lg_err service_hits_make(const struct service_call *call,
                                            const struct index_found *found, size_t beside,
                                            struct arena *arena, struct service_hits *out_hits);

#endif
