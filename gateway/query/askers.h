/* SPDX-License-Identifier: Apache-2.0 */
/* Whose existence a caller may learn, and whose rows count for them.
 *
 * It follows from who asks, on what ground and in which minute, and from nothing else of a
 * question; to work it out is to decide about every source and every field, eight times the work
 * of deciding the question itself. So a worker keeps what it worked out for the rest of the minute:
 * an agreement's hours and days begin and end with one, what was worked out
 * from another set of agreements goes when a newer one is used. Nothing about any person is in it.
 */
#ifndef GATEWAY_QUERY_ASKERS_H
#define GATEWAY_QUERY_ASKERS_H

#include "gateway/agreement/set.h"
#include "gateway/locate/locate.h"
#include "policy/policy.h"

struct query_gateway;

/* One worker's own. */
struct query_askers;

/* LIMIT QUERY_ERR_SOURCES without memory. The caller frees it. */
LG_MUST_USE struct lg_err query_askers_new(const struct query_gateway *gateway,
                                           struct query_askers **out_askers);
void query_askers_free(struct query_askers **askers);

/* Under a set of agreements, which the caller holds for as long as it uses the names: sources and
 * scope for who makes this request, over all sources and fields whatever it names;
 * copied into the arena, but for names that stand in registry and agreements. */
LG_MUST_USE struct lg_err query_askers_get(struct query_askers *askers,
                                           struct agreement_set *agreements,
                                           const struct policy_request *request,
                                           struct arena *arena, struct locate_asker *out_asker);

#endif
